//! What belongs to no route: unknown addresses, methods, bodies, problem documents, rates, status.

use reqwest::Client;
use serde_json::json;

use crate::support::api::{payout, payout_with, send};
use crate::support::app::{spawn, spawn_with};

#[tokio::test(flavor = "multi_thread")]
async fn unknown_addresses_and_methods_answer_in_the_contracts_shape() {
    let app = spawn().await;
    let nobody = app.api_with(None);
    for path in ["", "/", "/nowhere", "//payouts", "/payouts/x/y/z"] {
        nobody.get(path).await.refuses(404, "NotFound", "Route not found");
    }
    for (method, path, allow) in [
        ("DELETE", "/payouts", "GET, HEAD, POST"),
        ("PUT", "/payouts/x", "GET, HEAD"),
        ("GET", "/payouts/x/cancel", "POST"),
        ("OPTIONS", "/payouts/x/reversals", "GET, HEAD, POST"),
        ("PATCH", "/beneficiaries/x", "GET, HEAD, DELETE"),
        ("POST", "/transactions", "GET, HEAD"),
    ] {
        let answer = send(nobody.request(method, path)).await;
        answer.refuses(405, "MethodNotAllowed", "Method not allowed");
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
    }
    let head = send(app.api().request("HEAD", "/payouts")).await;
    assert_eq!((head.status, head.text.as_str(), head.header("x-total-count")), (200, "", "0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_bounded_json_objects() {
    let app = spawn().await;
    let post = |kind: &'static str, body: Vec<u8>| {
        send(app.api().request("POST", "/payouts").header("Content-Type", kind).body(body))
    };
    let large = payout_with("PAY_1", "description", json!("x".repeat(65_536))).to_string();
    post("application/json", large.into_bytes()).await.refuses(
        413,
        "PayloadTooLarge",
        "body must have at most 65536 bytes",
    );
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json"] {
        let answer = post(kind, payout("PAY_1").to_string().into_bytes()).await;
        assert_eq!((answer.status, answer.member("error")), (415, json!("UnsupportedMediaType")), "{kind}");
    }
    for body in ["{", "[]", "null", "1", "\"x\"", "{\"a\":1}x", "{'a':1}", "\u{feff}{}"] {
        post("application/json", body.into()).await.refuses_member("body must be a JSON object");
    }
    post("application/json", b"{\"reference_id\":\"\xff\"}".to_vec()).await.refuses_member("body must be");
    let deep = format!("{{\"metadata\":{}1{}}}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    assert_eq!(post("application/json", deep.into_bytes()).await.status, 400);
    assert_eq!(post("application/json; charset=utf-8", payout("PAY_1").to_string().into_bytes()).await.status, 201);
    let nobody = app.api_with(None);
    let unknown = send(nobody.request("POST", "/payouts").body("x".repeat(100_000))).await;
    unknown.refuses(401, "UnauthorizedAccess", "Authentication required");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_problem_document_gets_one() {
    let app = spawn().await;
    let body = payout_with("PAY_1", "amount", json!("1e2"));
    let request = app.api().request("POST", "/payouts").header("Accept", "application/problem+json");
    let answer = send(request.header("X-Request-Id", "mine-1").json(&body)).await;
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    for (member, value) in [
        ("type", json!("about:blank")),
        ("title", json!("Bad Request")),
        ("status", json!(400)),
        ("instance", json!("/api/v1/payouts")),
        ("code", json!("validation")),
        ("request_id", json!("mine-1")),
    ] {
        assert_eq!(problem[member], value, "{member}");
    }
    assert_eq!(problem["errors"][0]["pointer"], "/amount");
    assert!(problem["detail"].as_str().unwrap().starts_with("amount must be"));
    let refused = app.api_with(None).request("GET", "/payouts").header("Accept", "application/problem+json");
    assert_eq!(send(refused).await.json()["status"], 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_credential_has_its_own_rate() {
    let app = spawn_with(|config| config.rate_limits.v1 = 3).await;
    let api = app.api();
    for left in ["2", "1", "0"] {
        let answer = api.get("/wallets").await;
        assert_eq!((answer.status, answer.header("ratelimit-policy")), (200, "\"api\";q=3;w=60"));
        assert!(
            answer.header("ratelimit").starts_with(&format!("\"api\";r={left};t=")),
            "{}",
            answer.header("ratelimit")
        );
    }
    let refused = api.get("/wallets").await;
    refused.refuses(429, "TooManyRequests", "Too many requests. Please try again later.");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(app.readonly_api().get("/wallets").await.status, 200);
    let nobody = app.api_with(None).get("/wallets").await;
    assert_eq!((nobody.status, nobody.header("ratelimit-policy")), (401, "\"api\";q=3;w=60"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_is_for_everybody() {
    let app = spawn().await;
    let status = send(Client::new().get(format!("{}/status", app.base_url))).await;
    assert_eq!((status.status, status.json()), (200, json!({"status": "ok"})));
    assert!(!status.header("x-request-id").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_is_ready_only_while_the_database_can_be_read() {
    let app = spawn().await;
    let get = async |path: &str| send(Client::new().get(format!("{}{path}", app.base_url))).await;
    assert_eq!(get("/readyz").await.status, 200);
    // Nothing has failed to be written, so only reading can tell.
    app.test.desk.store.close().await;
    assert!(app.test.desk.store.is_healthy());
    let answer = get("/readyz").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"));
    assert_eq!(get("/healthz").await.status, 200, "the process itself is alive");
}
