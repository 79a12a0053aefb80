//! Webhooks in Razorpay's words, from the change to a receiver.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use paydesk::domain::dialect::Dialect;
use paydesk::domain::ids::PayoutLinkId;
use paydesk::jobs;
use paydesk::service::links;
use paydesk::service::webhooks::{self, NewWebhook};
use serde_json::json;
use sha2::Sha256;

use crate::support::api::send;
use crate::support::app::{SECOND, TestApp, claim_input, spawn_with, visit};
use crate::support::razorpay::{account, contact, link, link_with};
use crate::support::receiver::{Heard, Receiver};

async fn ground() -> (TestApp, Receiver, String) {
    let app = spawn_with(|config| {
        config.webhooks.hosts = vec!["127.0.0.1".into()];
        config.webhooks.patience = Duration::from_millis(2_000);
    })
    .await;
    let receiver = Receiver::start().await;
    let new = NewWebhook { client: Some("1".into()), url: Some(receiver.url()), events: None };
    let made = webhooks::create(&app.test.desk, &app.test.admin, Dialect::Razorpay, &new).await.expect("a webhook");
    (app, receiver, made.secret)
}

/// What was heard, in the order it happened.
async fn heard(app: &TestApp, receiver: &Receiver) -> Vec<Heard> {
    for _ in 0..3 {
        app.test.clock.advance(SECOND);
        jobs::look(&app.test.desk).await.expect("jobs");
    }
    let mut heard = receiver.heard();
    heard.sort_by_key(|heard| heard.header("x-razorpay-event-id").to_owned());
    heard
}

fn events(heard: &[Heard]) -> Vec<String> {
    heard.iter().map(Heard::event).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_links_events_carry_the_complete_link_and_are_signed() {
    let (app, receiver, secret) = ground().await;
    let (_, number) = app.test.rupees().await;
    let program = app.razorpay().await;
    // In another currency, and so none of this API's business.
    app.test.link("10.00").await;
    let made = program.post("/v1/payout-links", link(&number)).await;
    let cancelled = program.post_nothing(&format!("/v1/payout-links/{}/cancel", made.id())).await;
    let told = heard(&app, &receiver).await;
    assert_eq!(events(&told), ["payout_link.issued", "payout_link.cancelled"]);
    let body = told[1].json();
    let mut names: Vec<&String> = body.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["account_id", "contains", "created_at", "entity", "event", "payload"]);
    assert_eq!((&body["entity"], &body["contains"]), (&json!("event"), &json!(["payout_link"])));
    assert!(body["account_id"].as_str().unwrap().starts_with("acc_"));
    assert_eq!(body["created_at"], cancelled.member("cancelled_at"));
    assert_eq!(body["payload"], json!({"payout_link": {"entity": cancelled.json()}}));
    assert_eq!(told[0].json()["payload"]["payout_link"]["entity"], made.json());
    for heard in &told {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(heard.body.as_bytes());
        let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(heard.header("x-razorpay-signature"), hex);
    }
    assert_ne!(told[0].header("x-razorpay-event-id"), told[1].header("x-razorpay-event-id"));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_event_of_a_link_has_its_name() {
    let (app, receiver, _) = ground().await;
    let (_, number) = app.test.rupees().await;
    let program = app.razorpay().await;
    let id = |text: &str| PayoutLinkId::from_base62(text.trim_start_matches("poutlk_")).unwrap();
    let pending = program.post("/v1/payout-links", link_with(&number, "amount", json!(100_001))).await.id();
    links::decide(&app.test.desk, &app.test.approver, id(&pending), false, None, None, None).await.unwrap();
    let claimed = id(&program.post("/v1/payout-links", link(&number)).await.id());
    let secret = app.test.secret(&app.test.get_link(claimed).await);
    // The sandbox refuses the first account.
    for account in ["50100123459041", "50100123456789"] {
        links::claim(&app.test.desk, &visit(), &secret, &claim_input(account), None).await.unwrap();
        app.test.run_jobs(40).await;
    }
    let now = app.test.clock.now() / SECOND;
    let short = program.post("/v1/payout-links", link_with(&number, "expire_by", json!(now + 900))).await;
    app.test.clock.advance(901 * SECOND);
    let told = heard(&app, &receiver).await;
    let of_links: Vec<Heard> = told.into_iter().filter(|heard| heard.event().starts_with("payout_link.")).collect();
    assert_eq!(
        events(&of_links),
        [
            "payout_link.pending",
            "payout_link.rejected",
            "payout_link.issued",
            "payout_link.processing",
            "payout_link.attempted",
            "payout_link.processing",
            "payout_link.processed",
            "payout_link.issued",
            "payout_link.expired",
        ]
    );
    let status = |place: usize| of_links[place].json()["payload"]["payout_link"]["entity"]["status"].clone();
    assert_eq!((status(4), status(8)), (json!("issued"), json!("expired")));
    assert_eq!(of_links[8].json()["payload"]["payout_link"]["entity"]["id"], json!(short.id()));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payouts_events_follow_its_life() {
    let (app, receiver, _) = ground().await;
    let (_, number) = app.test.rupees().await;
    let program = app.razorpay().await;
    let contact = program.post("/v1/contacts", contact()).await.id();
    let fund_account = program.post("/v1/fund_accounts", account(&contact)).await.id();
    let make = async |key: &str, amount: i64| {
        let body = json!({
            "account_number": number, "fund_account_id": fund_account, "amount": amount, "currency": "INR",
            "mode": "IMPS", "purpose": "refund",
        });
        send(program.request("POST", "/v1/payouts").header("X-Payout-Idempotency", key).json(&body)).await.id()
    };
    let paid = make("key-paid", 1_000).await;
    let failed = make("key-failed", 19_041).await;
    let back = make("key-back", 19_046).await;
    let pending = make("key-pending", 100_001).await;
    app.test.run_jobs(60).await;
    let told = heard(&app, &receiver).await;
    let of = |id: &str| {
        let its = told.iter().filter(|heard| heard.json()["payload"]["payout"]["entity"]["id"] == json!(id));
        its.map(Heard::event).collect::<Vec<_>>()
    };
    assert_eq!(of(&paid), ["payout.queued", "payout.initiated", "payout.updated", "payout.processed"]);
    assert_eq!(of(&failed), ["payout.queued", "payout.initiated", "payout.failed"]);
    assert_eq!(
        of(&back),
        ["payout.queued", "payout.initiated", "payout.updated", "payout.processed", "payout.reversed"]
    );
    assert_eq!(of(&pending), ["payout.pending"]);
    let last = told.iter().rfind(|heard| heard.json()["payload"]["payout"]["entity"]["id"] == json!(paid)).unwrap();
    let now = program.get(&format!("/v1/payouts/{paid}")).await.json();
    assert_eq!((&last.json()["payload"]["payout"]["entity"], &last.json()["contains"]), (&now, &json!(["payout"])));
}
