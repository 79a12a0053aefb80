//! What everything has in common: errors of one shape, addresses, and what published clients are forgiven.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use paydesk::domain::dialect::Dialect;
use paydesk::service::credentials::NewCredential;
use serde_json::json;

use crate::support::api::send;
use crate::support::app::{spawn, spawn_with};
use crate::support::programs::{form, issue};
use crate::support::razorpay::link;

#[tokio::test(flavor = "multi_thread")]
async fn unknown_addresses_and_methods_are_400() {
    let app = spawn().await;
    let program = app.razorpay().await;
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
    let id = app.razorpay().await.post("/v1//payout-links", link(&account)).await.id();
    for path in [format!("/v1/payout-links//{id}"), format!("/v1///payout-links//{id}?expand[]=none")] {
        assert_eq!(app.razorpay().await.get(&path).await.id(), id);
    }
    let cancelled = app.razorpay().await.post_nothing(&format!("/v1//payout-links//{id}///cancel")).await;
    assert_eq!((cancelled.status, cancelled.member("status")), (200, json!("cancelled")));
    // A blank id is told as such there.
    app.api().post_nothing("/payouts//cancel").await.refuses(400, "BadRequest", "Payout ID is required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_has_any_body_or_none_and_a_get_may_say_it_has_json() {
    let app = spawn().await;
    let (_, account) = app.test.rupees().await;
    let program = app.razorpay().await;
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
    let program = app.razorpay().await;
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

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_known_is_told_so() {
    let app = spawn().await;
    let issued = issue(&app.test, &form(Dialect::Razorpay)).await;
    let id = issued.credential.username.clone();
    assert!(id.starts_with("rzp_"), "{id}");
    let basic = |user: &str, password: &str| format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    let secret = issued.secret.clone().unwrap();
    let known = app.razorpay_with(Some(&basic(&id, &secret)));
    assert_eq!(known.get("/v1/payout-links").await.status, 200);
    let others = [
        None,
        Some(basic(&id, "wrong")),
        Some(basic("rzp_test_nobody", &secret)),
        Some(basic("", "")),
        Some("Basic".to_owned()),
        Some("Basic !!".to_owned()),
        Some(format!("Digest {id}")),
    ];
    for authorization in others {
        let stranger = app.razorpay_with(authorization.as_deref());
        for (method, path) in [
            ("GET", "/v1/payout-links"),
            ("POST", "/v1/payout-links"),
            ("POST", "/v1/payout-links/x/cancel"),
            ("POST", "/v1/payouts"),
            ("PATCH", "/v1/contacts/x"),
            ("GET", "/v1/banking_balances"),
        ] {
            let answer = send(stranger.request(method, path)).await;
            answer.errs(401, "Authentication failed", "authentication_failed", "");
        }
    }
    let partner = app.razorpay_with(Some("Bearer token")).get("/v1/payouts").await.json();
    assert_eq!(partner["error"]["code"], "BAD_REQUEST_AUTHENTICATION_ERROR");
    // A key of another API is none here.
    let wallet = issue(&app.test, &form(Dialect::Wallet)).await;
    let other = app.razorpay_with(Some(&basic(&wallet.credential.username, &wallet.secret.unwrap())));
    other.get("/v1/payouts").await.errs(401, "Authentication failed", "authentication_failed", "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_on_the_list_is_told_so() {
    let app = spawn().await;
    let elsewhere = NewCredential { ip_list: "10.0.0.0/8".into(), ..form(Dialect::Razorpay) };
    let text = "Transactions from this IP are not allowed. Contact support for help.";
    app.razorpay_of(&elsewhere).await.get("/v1/payout-links").await.errs(400, text, "", "");
    let here = NewCredential { ip_list: "127.0.0.1/32".into(), ..form(Dialect::Razorpay) };
    assert_eq!(app.razorpay_of(&here).await.get("/v1/payout-links").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_does_no_more_than_its_scopes() {
    let app = spawn().await;
    let (_, account) = app.test.rupees().await;
    let whole = app.razorpay().await;
    let id = whole.post("/v1/payout-links", link(&account)).await.id();
    let readonly = app.readonly_razorpay().await;
    for path in [
        "/v1/payout-links".to_owned(),
        format!("/v1/payout-links/{id}"),
        format!("/v1/payouts?account_number={account}"),
        "/v1/contacts".to_owned(),
        "/v1/fund_accounts".to_owned(),
        format!("/v1/transactions?account_number={account}"),
        format!("/v1/banking_balances?account_number={account}"),
    ] {
        assert_eq!(readonly.get(&path).await.status, 200, "{path}");
    }
    for (method, path) in [
        ("POST", "/v1/payout-links".to_owned()),
        ("POST", format!("/v1/payout-links/{id}/cancel")),
        ("POST", "/v1/payouts".to_owned()),
        ("POST", "/v1/payouts/pout_00000000000001/cancel".to_owned()),
        ("POST", "/v1/payouts/pout_00000000000001/approve".to_owned()),
        ("POST", "/v1/payouts/pout_00000000000001/reject".to_owned()),
        ("POST", "/v1/contacts".to_owned()),
        ("PATCH", "/v1/contacts/cont_00000000000001".to_owned()),
        ("POST", "/v1/fund_accounts".to_owned()),
        ("PATCH", "/v1/fund_accounts/fa_00000000000001".to_owned()),
    ] {
        let answer = send(readonly.request(method, &path)).await;
        assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text);
        assert_eq!(answer.json()["error"]["code"], "BAD_REQUEST_AUTHENTICATION_ERROR");
        assert_eq!(answer.json()["error"]["reason"], "authentication_failed");
    }
    assert_eq!(whole.get(&format!("/v1/payout-links/{id}")).await.member("status"), "issued");
    // Whoever may only pay does not need WRITE to name a new contact with the payment.
    let payer = NewCredential { scopes: vec!["PAY".into()], ..form(Dialect::Razorpay) };
    assert_eq!(app.razorpay_of(&payer).await.post("/v1/payout-links", link(&account)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_are_put_off() {
    let app = spawn_with(|config| config.rate_limits.razorpay = 3).await;
    let program = app.razorpay().await;
    let mut refused = None;
    for _ in 0..20 {
        let answer = program.get("/v1/payout-links").await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        assert_eq!((answer.status, answer.header("ratelimit-policy")), (200, "\"api\";q=3;w=1"));
    }
    let refused = refused.expect("a refusal");
    refused.errs(429, "Too many requests. Please try again later.", "", "");
    assert_eq!(refused.header("retry-after"), "1");
}
