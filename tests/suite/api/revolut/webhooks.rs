//! `/api/2.0/webhooks`: managing them, and what they are told.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use paydesk::jobs;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::api::{Answer, send};
use crate::support::app::{SECOND, TestApp, USD, spawn_with};
use crate::support::receiver::{Receiver, Says};
use crate::support::revolut::{Revolut, with};

const MINUTE: i64 = 60 * SECOND;

/// A desk that may call this machine.
async fn desk() -> TestApp {
    spawn_with(|config| {
        config.rate_limits.revolut = 0;
        config.webhooks.hosts = vec!["127.0.0.1".into()];
        config.webhooks.patience = Duration::from_secs(3);
    })
    .await
}

async fn call(api: &Revolut, method: &str, path: &str, body: Option<Value>) -> Answer {
    let request = api.request(method, &format!("/api/2.0{path}"));
    send(match body {
        Some(body) => request.body(body.to_string()),
        None => request,
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_made_changed_rotated_and_deleted() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let api = app.revolut().await;
    let url = receiver.url();
    let made = call(&api, "POST", "/webhooks", Some(json!({ "url": url }))).await;
    let secret = made.member("signing_secret").as_str().unwrap().to_owned();
    let usual = json!(["TransactionCreated", "TransactionStateChanged"]);
    let expected = json!({"id": made.id(), "url": url, "events": usual, "signing_secret": secret});
    assert_eq!((made.status, made.json()), (201, expected.clone()));
    assert!(secret.starts_with("wsk_") && secret.len() == 36, "{secret}");
    let path = format!("/webhooks/{}", made.id());
    assert_eq!(call(&api, "GET", &path, None).await.json(), expected);
    let bare = json!({"id": made.id(), "url": url, "events": usual});
    assert_eq!(call(&api, "GET", "/webhooks", None).await.json(), json!([bare]));
    let events = json!(["PayoutLinkCreated", "PayoutLinkStateChanged"]);
    let changed = call(&api, "PATCH", &path, Some(json!({ "events": events }))).await;
    assert_eq!((changed.status, changed.json()), (200, json!({"id": made.id(), "url": url, "events": events})));
    let nothing = "At least one of 'url' and 'events' must be given";
    call(&api, "PATCH", &path, Some(json!({}))).await.is_error(400, 3000, nothing);
    let rotate = format!("{path}/rotate-signing-secret");
    let rotated = call(&api, "POST", &rotate, None).await;
    assert_eq!(rotated.status, 200);
    assert_ne!(rotated.member("signing_secret"), json!(secret));
    let long = "Value 'P8D' is not in correct format for field 'expiration_period'";
    call(&api, "POST", &rotate, Some(json!({"expiration_period": "P8D"}))).await.is_error(400, 3000, long);
    for _ in 0..2 {
        assert_eq!(call(&api, "POST", &rotate, Some(json!({"expiration_period": "P7D"}))).await.status, 200);
    }
    let many = call(&api, "POST", &rotate, Some(json!({"expiration_period": "P1D"}))).await;
    assert_eq!((many.status, many.member("code")), (422, json!(3355)), "{}", many.text);
    let deleted = call(&api, "DELETE", &path, None).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    for (method, path) in
        [("GET", path.clone()), ("DELETE", path.clone()), ("POST", rotate), ("GET", path + "/failed-events")]
    {
        call(&api, method, &path, None).await.is_error(404, 3040, "Webhook not found");
    }
    call(&api, "GET", "/webhooks/nope", None).await.is_error(400, 2101, "Invalid path parameter 'id': expected UUID");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_webhook_can_be_is_refused() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let api = app.revolut().await;
    call(&api, "POST", "/webhooks", Some(json!({}))).await.is_error(400, 3009, "Required 'url' is missing");
    let plain = call(&api, "POST", "/webhooks", Some(json!({"url": "http://example.com/hooks"}))).await;
    assert_eq!((plain.status, plain.member("code")), (400, json!(3000)), "{}", plain.text);
    let strange = json!({"url": receiver.url(), "events": ["Everything"]});
    let strange = call(&api, "POST", "/webhooks", Some(strange)).await;
    assert_eq!((strange.status, strange.member("code")), (400, json!(3000)), "{}", strange.text);
    for _ in 0..10 {
        assert_eq!(call(&api, "POST", "/webhooks", Some(json!({"url": receiver.url()}))).await.status, 201);
    }
    let eleventh = call(&api, "POST", "/webhooks", Some(json!({"url": receiver.url()}))).await;
    assert_eq!((eleventh.status, eleventh.member("code")), (422, json!(3352)), "{}", eleventh.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_and_transactions_are_told_in_the_contracts_words_and_signed() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let api = app.revolut().await;
    let events = ["TransactionCreated", "TransactionStateChanged", "PayoutLinkCreated", "PayoutLinkStateChanged"];
    let made = call(&api, "POST", "/webhooks", Some(json!({"url": receiver.url(), "events": events}))).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let secret = made.member("signing_secret").as_str().unwrap().to_owned();
    let link = api.post("/payout-links", &app.link_body().await).await.id();
    api.post_text(&format!("/payout-links/{link}/cancel"), "").await;
    let top_up = json!({"account_id": app.account(USD).await, "amount": 5, "currency": "USD", "state": "pending"});
    let top_up = api.post("/sandbox/topup", &top_up).await.id();
    api.post_text(&format!("/sandbox/transactions/{top_up}/complete"), "").await;
    app.test.clock.advance(SECOND);
    jobs::look(&app.test.desk).await.unwrap();
    let mut heard = receiver.heard();
    heard.sort_by_key(|heard| heard.json()["timestamp"].as_str().unwrap().to_owned());
    let bodies: Vec<Value> = heard.iter().map(|heard| with(&heard.json(), "timestamp", Value::Null)).collect();
    let shown = api.get(&format!("/transaction/{top_up}")).await.json();
    let changed = |event: &str, data: Value| json!({"data": data, "event": event});
    assert_eq!(bodies.len(), 4, "{bodies:?}");
    assert_eq!(
        bodies[0],
        changed("PayoutLinkCreated", json!({"id": link, "request_id": "rent-2026-01", "state": "active"}))
    );
    let cancelled = json!({"id": link, "new_state": "cancelled", "old_state": "active", "request_id": "rent-2026-01"});
    assert_eq!(bodies[1], changed("PayoutLinkStateChanged", cancelled));
    assert_eq!((&bodies[2]["event"], &bodies[2]["data"]["state"]), (&json!("TransactionCreated"), &json!("pending")));
    assert_eq!(bodies[2]["data"]["legs"], shown["legs"]);
    let completed = json!({"id": top_up, "new_state": "completed", "old_state": "pending"});
    assert_eq!(bodies[3], changed("TransactionStateChanged", completed));
    for heard in &heard {
        // The members stand in the order of the contract's example, without white space.
        assert!(heard.body.starts_with("{\"data\":{") && !heard.body.contains(": "), "{}", heard.body);
        let timestamp = heard.header("revolut-request-timestamp");
        assert_eq!(timestamp, (app.test.clock.now() / 1_000).to_string());
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("v1.{timestamp}.{}", heard.body).as_bytes());
        let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(heard.header("revolut-signature"), format!("v1={hex}"));
    }
    let times: Vec<&str> = bodies.iter().filter_map(|body| body["timestamp"].as_str()).collect();
    assert!(times.is_empty(), "taken out above");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_told_from_pending_to_its_end() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let api = app.revolut().await;
    call(&api, "POST", "/webhooks", Some(json!({"url": receiver.url()}))).await;
    let id = app.test.payout("10.00").await.payout.id;
    app.test.run_jobs(60).await;
    let mut heard: Vec<Value> = receiver.heard().iter().map(|heard| heard.json()).collect();
    heard.sort_by_key(|body| body["timestamp"].as_str().unwrap().to_owned());
    let steps: Vec<_> = heard
        .iter()
        .map(|body| (body["event"].clone(), body["data"]["old_state"].clone(), body["data"]["new_state"].clone()))
        .collect();
    let changed = json!("TransactionStateChanged");
    assert_eq!(
        steps,
        [
            (json!("TransactionCreated"), Value::Null, Value::Null),
            (changed.clone(), json!("created"), json!("pending")),
            (changed, json!("pending"), json!("completed")),
        ]
    );
    assert!(heard.iter().all(|body| body["data"]["id"] == json!(id.hyphenated())));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_has_failed_after_three_more_tries() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let api = app.revolut().await;
    let made =
        call(&api, "POST", "/webhooks", Some(json!({"url": receiver.url(), "events": ["TransactionCreated"]}))).await;
    receiver.answers([Says::Status(500); 4]);
    let payout = app.test.payout("10.00").await.payout.id;
    for _ in 0..4 {
        app.test.clock.advance(10 * MINUTE);
        jobs::look(&app.test.desk).await.unwrap();
    }
    assert_eq!(receiver.heard().len(), 4);
    let path = format!("/webhooks/{}/failed-events", made.id());
    let failed = call(&api, "GET", &path, None).await.json();
    let event = &failed[0];
    assert_eq!(failed.as_array().unwrap().len(), 1);
    assert_eq!((&event["webhook_id"], &event["webhook_url"]), (&json!(made.id()), &json!(receiver.url())));
    assert_eq!(event["payload"]["data"]["id"], json!(payout.hyphenated()));
    let mut members: Vec<&String> = event.as_object().unwrap().keys().collect();
    members.sort();
    let expected = ["created_at", "id", "last_sent_date", "payload", "updated_at", "webhook_id", "webhook_url"];
    assert_eq!(members, expected);
    let far = call(&api, "GET", &format!("{path}?created_before=2025-12-01"), None).await;
    far.is_error(400, 2101, "Parameter created_before must be at most 21 days ago");
    call(&api, "GET", &format!("{path}?limit=0"), None).await.is_error(400, 2101, "limit must be between 1 and 1000");
}
