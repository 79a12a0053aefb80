//! The outbox: every change once, in the unit of the change, and only where somebody wants to know.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use paydesk::domain::payout_link::LinkPolicy;
use paydesk::jobs;
use paydesk::keys::{Keys, Ring};
use paydesk::service::reversals::{self, ReversalInput};
use paydesk::service::rotation;
use paydesk::service::{links, payouts};

use super::{HOUR, MINUTE, after, desk, ids, log, webhook};
use crate::support::app::{SECOND, TestApp, claim_input, link_input, visit};
use crate::support::receiver::Receiver;

const DAY: i64 = 24 * HOUR;

/// The names heard about each record, in the order of their ids, which is the order in which they happened.
fn stories(receiver: &Receiver) -> BTreeMap<String, Vec<String>> {
    let mut heard = receiver.heard();
    heard.sort_by_key(|heard| heard.header("webhook-id").to_owned());
    let mut stories: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for heard in heard {
        let about = heard.json()["data"]["id"].as_str().unwrap().to_owned();
        stories.entry(about).or_default().push(heard.event());
    }
    stories
}

async fn outbox(app: &TestApp) -> i64 {
    app.test.int("SELECT COUNT(*) FROM webhook_events").await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_webhook_that_wants_it_nothing_is_written() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    app.test.payout("10.00").await;
    assert_eq!(outbox(&app).await, 0);
    webhook(&app.test, &receiver.url(), &["payout.failed", "reversal.failed"]).await;
    app.test.completed("10.00").await;
    app.test.link("10.00").await;
    assert_eq!((outbox(&app).await, receiver.heard().len()), (0, 0));
    // The other client's, whose webhook this is not.
    let other = crate::support::app::input("OTHER", crate::support::app::OTHER_USD, "USD", "90.41");
    payouts::create(&app.test.desk, &app.test.operator, &other, None).await.unwrap();
    app.test.run_jobs(30).await;
    assert_eq!(outbox(&app).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_change_is_told() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let made = webhook(&app.test, &receiver.url(), &[]).await;
    let test = &app.test;
    let big = test.payout("2000.00").await.payout.id;
    payouts::decide(&test.desk, &test.approver, big, false, Some("no"), None, None).await.unwrap();
    let paid = test.completed("50.00").await.payout.id;
    let part = ReversalInput { amount: Some("1.00".into()), reason: Some("part".into()), ..ReversalInput::default() };
    let reversed = reversals::reverse(&test.desk, &test.operator, paid, &part, None, None, Duration::ZERO).await;
    let reversed = reversed.unwrap().value.id;
    let waits = test.link("2000.00").await.link.id;
    links::decide(&test.desk, &test.approver, waits, true, None, None, None).await.unwrap();
    links::cancel(&test.desk, &test.operator, waits, LinkPolicy::DESK, None, None, None).await.unwrap();
    let claimed = test.link("10.00").await;
    // Accounts that end so are refused, so the link is open again.
    links::claim(&test.desk, &visit(), &test.secret(&claimed), &claim_input("1234569041"), None).await.unwrap();
    let expires = links::create(&test.desk, &test.operator, &link_input("11.00"), None).await.unwrap().value.link.id;
    test.run_jobs(60).await;
    after(test, 2 * DAY).await;
    after(test, SECOND).await;
    let stories = stories(&receiver);
    let told = |id: String| stories[&id].iter().map(|name| name.split('.').nth(1).unwrap()).collect::<Vec<_>>();
    assert_eq!(told(big.to_string()), ["created", "action_required", "cancelled"]);
    assert_eq!(told(paid.to_string()), ["created", "queued", "processing", "settling", "completed"]);
    assert_eq!(told(reversed.to_string()), ["created", "completed"]);
    assert_eq!(told(waits.to_string()), ["pending", "issued", "cancelled"]);
    assert_eq!(told(claimed.link.id.to_string()), ["issued", "processing", "reopened", "expired"]);
    assert_eq!(told(expires.to_string()), ["issued", "expired"]);
    let all = log(test, &made.webhook).await;
    assert_eq!(all.iter().map(|sent| sent.event_id).collect::<BTreeSet<_>>().len(), all.len());
    // An open link's address is told and works; the database holds it sealed alone.
    let open = receiver.heard().into_iter().find(|heard| heard.event() == "payout_link.reopened").unwrap().json();
    assert_eq!(open["data"]["status"], "issued");
    let address = open["data"]["short_url"].as_str().unwrap().to_owned();
    assert!(address.ends_with(&test.secret(&claimed)));
    let secret = test.secret(&claimed);
    for column in ["webhook_events.snapshot", "webhook_deliveries.body"] {
        let (table, name) = column.split_once('.').unwrap();
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE {name} LIKE '%{secret}%' OR {name} LIKE '%1234569041%'");
        assert_eq!(test.int(&sql).await, 0, "{column}");
    }
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_cancels_are_a_thousand_different_events() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let mut payouts = Vec::new();
    for _ in 0..20 {
        let made = futures_util::future::join_all((0..50).map(|_| app.test.payout("1.00"))).await;
        payouts.extend(made.into_iter().map(|record| record.payout.id));
    }
    webhook(&app.test, &receiver.url(), &["payout.cancelled"]).await;
    let (desk, operator) = (&app.test.desk, &app.test.operator);
    // Twice each, and the second time in vain.
    for chunk in payouts.chunks(100) {
        let cancels = chunk.iter().chain(chunk).map(|id| payouts::cancel(desk, operator, *id, None, None, None));
        futures_util::future::join_all(cancels).await;
    }
    assert_eq!(outbox(&app).await, 1_000);
    jobs::look(desk).await.unwrap();
    let heard = ids(&receiver);
    let about: BTreeSet<_> = receiver.heard().iter().map(|heard| heard.json()["data"]["id"].to_string()).collect();
    assert_eq!((heard.len(), heard.into_iter().collect::<BTreeSet<_>>().len(), about.len()), (1_000, 1_000, 1_000));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_is_told_by_the_next_process_that_looks() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    webhook(&app.test, &receiver.url(), &["payout.created"]).await;
    app.test.payout("10.00").await;
    // Nobody has looked: what stands in the database is all there is. Another desk opens it.
    let mut config = crate::support::app::config("http://127.0.0.1:1");
    config.webhooks = app.test.desk.config.webhooks.clone();
    let keys = Keys::derive(&[7; 32]);
    let clock = app.test.clock.clone();
    let other = paydesk::app::desk(&app.test.location, config, keys, clock).await.expect("a second desk");
    jobs::look(&other).await.unwrap();
    assert_eq!(receiver.heard().len(), 1);
    jobs::look(&app.test.desk).await.unwrap();
    assert_eq!(receiver.heard().len(), 1, "told once");
    other.store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_hears_nothing_from_before_its_time() {
    let (app, early, late) = (desk().await, Receiver::start().await, Receiver::start().await);
    webhook(&app.test, &early.url(), &["payout.created"]).await;
    app.test.payout("10.00").await;
    app.test.clock.advance(SECOND);
    webhook(&app.test, &late.url(), &["payout.created"]).await;
    after(&app.test, SECOND).await;
    assert_eq!((early.heard().len(), late.heard().len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn old_rows_are_removed_and_with_them_what_a_deleted_webhook_was_sent() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let kept = webhook(&app.test, &receiver.url(), &["payout.created"]).await.webhook;
    let gone = webhook(&app.test, &receiver.url(), &["payout.created"]).await.webhook;
    app.test.payout("10.00").await;
    after(&app.test, 0).await;
    let which = paydesk::service::webhooks::Which::any(gone.id);
    paydesk::service::webhooks::delete(&app.test.desk, &app.test.admin, which).await.unwrap();
    let rows = async |table: &str| app.test.int(&format!("SELECT COUNT(*) FROM {table}")).await;
    assert_eq!((rows("webhook_deliveries").await, rows("webhook_secrets").await), (2, 1));
    jobs::clean_up(&app.test.desk).await;
    assert_eq!((rows("webhook_deliveries").await, rows("webhooks").await), (1, 1));
    app.test.clock.advance(29 * DAY);
    jobs::clean_up(&app.test.desk).await;
    assert_eq!((log(&app.test, &kept).await.len(), outbox(&app).await), (1, 1));
    app.test.clock.advance(DAY + MINUTE);
    jobs::clean_up(&app.test.desk).await;
    assert_eq!((log(&app.test, &kept).await.len(), outbox(&app).await), (0, 0));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_and_bodies_move_to_a_new_key_with_everything_else() {
    let (mut app, receiver) = (desk().await, Receiver::start().await);
    rotation::settle(&app.test.desk.store, &app.test.desk.keys).await.expect("settled");
    let made = webhook(&app.test, &receiver.url(), &["payout_link.issued"]).await;
    app.test.link("10.00").await;
    while paydesk::service::webhooks::outbox::make_out(&app.test.desk).await.unwrap() {}
    app.test.link("20.00").await;
    let ring = |secrets: &[u8]| Keys::of(&Ring::of(secrets.iter().map(|byte| vec![*byte; 32]).collect()));
    rotation::settle(&app.test.desk.store, &ring(&[8, 7])).await.expect("settled");
    app.test.desk.keys = std::sync::Arc::new(ring(&[8]));
    app.test.verify().await;
    after(&app.test, SECOND).await;
    let heard = receiver.heard();
    assert_eq!(heard.len(), 2);
    assert!(heard.iter().all(|heard| heard.header("webhook-signature") == super::standard(&made.secret, heard)));
}
