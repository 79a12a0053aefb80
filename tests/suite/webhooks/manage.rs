//! Webhooks made, changed and taken away: who may, how many, and what is refused.

use paydesk::domain::dialect::Dialect;
use paydesk::domain::payout::Rule;
use paydesk::domain::webhook::DeliveryState;
use paydesk::error::Error;
use paydesk::service::webhooks::{self, NewWebhook, Which};
use serde_json::{Value, json};

use super::{HOUR, after, desk, log, webhook};
use crate::support::api::{Answer, send};
use crate::support::app::TestApp;
use crate::support::receiver::Receiver;

async fn patch(app: &TestApp, id: &str, body: Value) -> Answer {
    send(app.api().request("PATCH", &format!("/webhooks/{id}")).json(&body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_makes_changes_and_deletes_its_webhooks() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let api = app.api();
    let made = api.post("/webhooks", json!({ "url": receiver.url(), "events": ["payout.cancelled"] })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.id();
    let secret = made.member("secret").as_str().unwrap().to_owned();
    assert!(id.starts_with("whk_") && secret.starts_with("whsec_") && secret.len() == 50);
    let mut expected = made.json();
    expected.as_object_mut().unwrap().remove("secret");
    assert_eq!(
        expected,
        json!({ "id": id, "url": receiver.url(), "events": ["payout.cancelled"], "status": "active", "off_reason": null,
                "created_at": "2026-01-15T10:30:00Z" })
    );
    assert_eq!(api.get(&format!("/webhooks/{id}")).await.json(), expected, "its secret is told once");
    assert_eq!(api.get("/webhooks").await.json(), json!([expected]));
    let changed = patch(&app, &id, json!({ "events": ["payout.failed", "payout.created"], "status": "off" })).await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.member("events"), json!(["payout.created", "payout.failed"]));
    assert_eq!((changed.member("status"), changed.member("url")), (json!("off"), json!(receiver.url())));
    assert!(changed.member("off_reason").as_str().unwrap().starts_with("switched off by "));
    assert_eq!(patch(&app, &id, json!({ "status": "active" })).await.member("status"), "active");
    // A test, its log, and once more.
    let queued = api.post_nothing(&format!("/webhooks/{id}/tests")).await;
    assert_eq!((queued.status, queued.member("status"), queued.member("tries")), (202, json!("waiting"), json!(0)));
    after(&app.test, 0).await;
    let heard = receiver.heard().remove(0);
    assert_eq!((heard.event().as_str(), heard.json()["id"].clone()), ("webhook.test", queued.member("event_id")));
    let log = api.get(&format!("/webhooks/{id}/deliveries?status=delivered&limit=5")).await;
    let delivery = queued.id();
    assert_eq!(log.json()[0]["id"], json!(delivery));
    assert_eq!((log.json()[0]["answer_status"].clone(), log.json()[0]["tries"].clone()), (json!(200), json!(1)));
    assert_eq!(api.get(&format!("/webhooks/{id}/deliveries?before={delivery}")).await.json(), json!([]));
    let one = api.get(&format!("/webhooks/{id}/deliveries/{delivery}")).await;
    assert_eq!(one.member("request"), json!(heard.body));
    let again = api.post_nothing(&format!("/webhooks/{id}/deliveries/{delivery}/replays")).await;
    assert_eq!((again.status, again.member("status")), (202, json!("waiting")));
    after(&app.test, 0).await;
    assert_eq!(receiver.heard().len(), 2);
    let rotated = api.post(&format!("/webhooks/{id}/secrets"), json!({ "overlap_seconds": 3600 })).await;
    assert_eq!(rotated.status, 201);
    assert!(rotated.member("secret").as_str().is_some_and(|new| new.starts_with("whsec_") && new != secret));
    assert_eq!(api.delete(&format!("/webhooks/{id}")).await.status, 204);
    api.get(&format!("/webhooks/{id}")).await.refuses(404, "NotFound", "Webhook not found");
    assert_eq!(api.get("/webhooks").await.json(), json!([]));
    let sql = "SELECT COUNT(*) FROM audit_log WHERE action LIKE 'webhook.%' AND outcome = 'done'";
    assert_eq!(app.test.int(sql).await, 8);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_at_once_lose_nothing() {
    let app = desk().await;
    let api = app.api();
    let id = api.post("/webhooks", json!({ "url": "https://example.com/0" })).await.id();
    let path = format!("/webhooks/{id}");
    let events = [json!(["payout.failed"]), json!(["payout.completed"])];
    for round in 0..30 {
        let (url, events) = (format!("https://example.com/{}", round + 1), &events[round % 2]);
        let status = if round % 2 == 0 { "off" } else { "active" };
        let (one, other, third) = tokio::join!(
            patch(&app, &id, json!({ "url": url })),
            patch(&app, &id, json!({ "events": events })),
            patch(&app, &id, json!({ "status": status })),
        );
        assert_eq!([one.status, other.status, third.status], [200; 3]);
        let now = api.get(&path).await;
        let members = (now.member("url"), now.member("events"), now.member("status"));
        assert_eq!(members, (json!(url), events.clone(), json!(status)), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_named() {
    let app = desk().await;
    let api = app.api();
    for (body, start) in [
        (json!({}), "url is required"),
        (json!({ "url": "http://example.com/hooks" }), "url must begin with https://"),
        (json!({ "url": "https://10.0.0.1/" }), "url must not lead to a private or reserved address"),
        (json!({ "url": "https://[fd00::1]/" }), "url must not lead to a private or reserved address"),
        (json!({ "url": "https://u:p@example.com/" }), "url must be an address such as"),
        (
            json!({ "url": "https://example.com/", "events": ["payout.lost"] }),
            "events must be names of events; payout.lost",
        ),
        (json!({ "url": "https://example.com/", "events": [] }), "events must have at least one"),
        (json!({ "url": "https://example.com/", "colour": "red" }), "colour is not a member"),
    ] {
        api.post("/webhooks", body).await.refuses_member(start);
    }
    let made = api.post("/webhooks", json!({ "url": "https://example.com/hooks" })).await;
    assert_eq!(made.json()["events"].as_array().unwrap().len(), 22, "all of them");
    let id = made.id();
    patch(&app, &id, json!({ "status": "asleep" })).await.refuses_member("status must be active or off");
    patch(&app, &id, json!({ "url": "" })).await.refuses_member("url is required");
    api.post(&format!("/webhooks/{id}/secrets"), json!({ "overlap_seconds": 604_801 }))
        .await
        .refuses_member("overlap_seconds must be from 0");
    api.get(&format!("/webhooks/{id}/deliveries?before=x")).await.refuses_member("before must be the id");
    api.get(&format!("/webhooks/{id}/deliveries?limit=101")).await.refuses_member("limit must be from 1 to 100");
    api.get(&format!("/webhooks/{id}/deliveries/dlv_x")).await.refuses(404, "NotFound", "Delivery not found");
    api.get("/webhooks/nothing").await.refuses(404, "NotFound", "Webhook not found");
    for path in [format!("/webhooks/{id}?full=1"), format!("/webhooks/{id}/deliveries/dlv_x?full=1")] {
        api.get(&path).await.refuses_member("full is not a parameter of this address");
    }
    api.delete(&format!("/webhooks/{id}?full=1")).await.refuses_member("full is not a parameter of this address");
    assert_eq!(api.get(&format!("/webhooks/{id}")).await.status, 200, "nothing was deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_clients_webhook_is_unknown_and_so_is_another_dialects() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let id = webhook(&app.test, &receiver.url(), &[]).await.webhook.id;
    let other = app.other_api();
    assert_eq!(other.get("/webhooks").await.json(), json!([]));
    for answer in [
        other.get(&format!("/webhooks/{id}")).await,
        other.delete(&format!("/webhooks/{id}")).await,
        other.post_nothing(&format!("/webhooks/{id}/tests")).await,
        other.post_nothing(&format!("/webhooks/{id}/secrets")).await,
        other.get(&format!("/webhooks/{id}/deliveries")).await,
    ] {
        answer.refuses(404, "NotFound", "Webhook not found");
    }
    let (desk, admin) = (&app.test.desk, &app.test.admin);
    let revolut = webhooks::get(desk, admin, Which::of(Dialect::Revolut, id)).await;
    assert!(matches!(revolut, Err(Error::NotFound("Webhook"))));
    assert!(webhooks::list(desk, admin, Some(Dialect::Revolut)).await.unwrap().is_empty());
    let viewer = webhooks::list(desk, &app.test.viewer, None).await;
    assert!(matches!(viewer, Err(Error::Forbidden)));
    let read_only = app.readonly_api();
    assert_eq!(read_only.get(&format!("/webhooks/{id}")).await.status, 200);
    assert_eq!(read_only.delete(&format!("/webhooks/{id}")).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_makes_one_webhook_however_often_it_comes() {
    let app = desk().await;
    let send = async |url: &str, key: &str| {
        let request = app.api().request("POST", "/webhooks").header("Idempotency-Key", key);
        crate::support::api::send(request.json(&json!({ "url": url }))).await
    };
    let first = send("https://example.com/one", "key-1").await;
    assert_eq!((first.status, first.header("Idempotent-Replayed")), (201, ""));
    let again = send("https://example.com/one", "key-1").await;
    assert_eq!((again.status, again.header("Idempotent-Replayed")), (201, "true"));
    assert_eq!(again.json(), first.json(), "with its secret");
    let words = "Idempotency-Key was used for another request";
    send("https://example.com/two", "key-1").await.refuses(422, "UnprocessableEntity", words);
    assert_ne!(send("https://example.com/one", "key-2").await.id(), first.id());
    assert_eq!(app.test.int("SELECT COUNT(*) FROM webhooks").await, 2);
    assert_eq!(app.api().delete(&format!("/webhooks/{}", first.id())).await.status, 204);
    let words = "the first outcome of this Idempotency-Key can no longer be read";
    send("https://example.com/one", "key-1").await.refuses(409, "Conflict", words);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_webhooks_and_three_secrets_are_enough() {
    let app = desk().await;
    let (desk, admin) = (&app.test.desk, &app.test.admin);
    let new = |client: &str| NewWebhook {
        client: Some(client.into()),
        url: Some("https://example.com/hooks".into()),
        events: None,
    };
    let first = webhooks::create(desk, admin, Dialect::Wallet, &new("1")).await.unwrap().webhook.id;
    // At once, and still no more than ten.
    let new_one = new("1");
    let many = (0..15).map(|_| webhooks::create(desk, admin, Dialect::Wallet, &new_one));
    let made = futures_util::future::join_all(many).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 9);
    for refused in made.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, Error::Refused(refusal) if refusal.rule == Rule::WebhookLimit));
    }
    webhooks::create(desk, admin, Dialect::Wallet, &new("2")).await.expect("another client has its own ten");
    let refused = app.api().post("/webhooks", json!({ "url": "https://example.com/" })).await;
    refused.refuses(409, "Conflict", "This client has 10 webhooks of this dialect already.");
    let which = Which::any(first);
    webhooks::rotate(desk, admin, which, HOUR, None).await.unwrap();
    webhooks::rotate(desk, admin, which, 2 * HOUR, None).await.unwrap();
    let fourth = webhooks::rotate(desk, admin, which, HOUR, None).await;
    assert!(matches!(fourth, Err(Error::Refused(refusal)) if refusal.rule == Rule::SecretLimit));
    // Two older ones are left when the newest is replaced at once.
    webhooks::rotate(desk, admin, which, 0, None).await.unwrap();
    assert_eq!(webhooks::secret_ends(desk, admin, which).await.unwrap().len(), 3);
    after(&app.test, 2 * HOUR).await;
    assert_eq!(webhooks::secret_ends(desk, admin, which).await.unwrap(), [None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_while_it_is_off_is_sent_when_it_is_on_again() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let made = webhook(&app.test, &receiver.url(), &["payout.created"]).await.webhook;
    let (desk, admin, which) = (&app.test.desk, &app.test.admin, Which::any(made.id));
    app.test.payout("10.00").await;
    while webhooks::outbox::make_out(desk).await.unwrap() {}
    webhooks::switch(desk, admin, which, false).await.unwrap();
    after(&app.test, HOUR).await;
    assert!(receiver.heard().is_empty());
    webhooks::switch(desk, admin, which, true).await.unwrap();
    after(&app.test, 0).await;
    assert_eq!(log(&app.test, &made).await[0].state, DeliveryState::Delivered);
}
