//! What everything has in common: errors of one shape, addresses, and what published clients are forgiven.

use serde_json::json;

use crate::support::api::send;
use crate::support::app::spawn;
use crate::support::razorpay::link;

#[tokio::test(flavor = "multi_thread")]
async fn unknown_addresses_and_methods_are_400() {
    let app = spawn().await;
    let program = app.razorpay();
    for path in ["/v1", "/v1/", "/v1/payout-link", "/v1/payout-links/a/b", "/v1/payout-links/a/cancel/b"] {
        program.get(path).await.is_nowhere();
        app.razorpay_with(None).get(path).await.is_nowhere();
    }
    for (method, path) in [
        ("PUT", "/v1/payout-links"),
        ("DELETE", "/v1/payout-links/poutlk_00000000000001"),
        ("GET", "/v1/payout-links/poutlk_00000000000001/cancel"),
        ("PATCH", "/v1/payout-links/poutlk_00000000000001/cancel"),
        ("OPTIONS", "/v1/payout-links"),
    ] {
        send(program.request(method, path)).await.is_nowhere();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slashes_are_merged_here_and_nowhere_else() {
    let app = spawn().await;
    let (_, account) = app.test.rupees().await;
    let id = app.razorpay().post("/v1//payout-links", link(&account)).await.id();
    for path in [format!("/v1/payout-links//{id}"), format!("/v1///payout-links//{id}?expand[]=none")] {
        assert_eq!(app.razorpay().get(&path).await.id(), id);
    }
    let cancelled = app.razorpay().post_nothing(&format!("/v1//payout-links//{id}///cancel")).await;
    assert_eq!((cancelled.status, cancelled.member("status")), (200, json!("cancelled")));
    // A blank id is told as such there.
    app.api().post_nothing("/payouts//cancel").await.refuses(400, "BadRequest", "Payout ID is required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_has_any_body_or_none_and_a_get_may_say_it_has_json() {
    let app = spawn().await;
    let (_, account) = app.test.rupees().await;
    let program = app.razorpay();
    let json = ("Content-Type", "application/json");
    for (headers, body) in [
        (vec![], None),
        (vec![json], None),
        (vec![("Content-Length", "0")], None),
        (vec![json, ("Content-Length", "0")], None),
        (vec![json], Some("{}")),
        (vec![], Some("{}")),
    ] {
        let id = program.post("/v1/payout-links", link(&account)).await.id();
        let mut request = program.request("POST", &format!("/v1/payout-links/{id}/cancel"));
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let request = if let Some(body) = body { request.body(body) } else { request };
        let cancelled = send(request).await;
        assert_eq!((cancelled.status, cancelled.member("status")), (200, json!("cancelled")), "{headers:?} {body:?}");
        let read = program.request("GET", &format!("/v1/payout-links/{id}")).header(json.0, json.1);
        assert_eq!(send(read).await.status, 200);
    }
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_cannot_be_read_is_told() {
    let app = spawn().await;
    let program = app.razorpay();
    for body in ["{", "[]", "1", "{\"amount\":}", "\u{feff}{}"] {
        let answer = send(program.request("POST", "/v1/payout-links").body(body)).await;
        let description = answer.json()["error"]["description"].as_str().unwrap_or_default().to_owned();
        assert!(description.starts_with("The body must be a JSON object"), "{body}: {}", answer.text);
        answer.errs_input(&description, "");
    }
    let huge = program.request("POST", "/v1/payout-links").body("x".repeat(70_000));
    send(huge).await.errs_input("The body may not be greater than 65536 bytes.", "");
    program.get("/v1/payout-links?receipt=%00").await.errs_input("The address must not contain U+0000.", "");
    let hidden = program.request("POST", "/v1/payout-links").body("{\"account_number\":\"a\\u0000\"}");
    send(hidden).await.errs_input("The account_number format is invalid.", "account_number");
}
