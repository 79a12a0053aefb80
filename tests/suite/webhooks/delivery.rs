//! Deliveries: signed, tried again, ended, and never to where they must not go.

use std::time::{Duration, Instant};

use paydesk::domain::message::Kind as MessageKind;
use paydesk::domain::webhook::{DeliveryState, State};
use paydesk::service::webhooks::deliveries;
use paydesk::service::webhooks::{self, Which, outbox};
use paydesk::service::{messages, payouts};
use serde_json::json;

use super::{HOUR, MINUTE, after, desk, found, ids, log, own, standard, webhook};
use crate::support::app::SECOND;
use crate::support::receiver::{Receiver, Says};

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_told_signed_with_the_record_as_it_stood() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let made = webhook(&app.test, &receiver.url(), &["payout.created", "payout.cancelled"]).await;
    let id = app.test.payout("100.00").await.payout.id;
    payouts::cancel(&app.test.desk, &app.test.operator, id, Some("wrong amount"), None, None).await.unwrap();
    after(&app.test, SECOND).await;
    let mut heard = receiver.heard();
    heard.sort_by_key(|heard| heard.header("webhook-id").to_owned());
    assert_eq!(heard.iter().map(|heard| heard.event()).collect::<Vec<_>>(), ["payout.created", "payout.cancelled"]);
    for heard in &heard {
        assert!(heard.head.starts_with("POST /hooks HTTP/1.1\r\n"));
        assert_eq!(heard.header("content-type"), "application/json");
        assert_eq!(heard.header("webhook-timestamp"), (app.test.clock.now() / SECOND).to_string());
        assert_eq!(heard.header("webhook-signature"), standard(&made.secret, heard));
        let expected = format!("t={},{}", heard.header("webhook-timestamp"), own(&made.secret, heard));
        assert_eq!(heard.header("x-signature"), expected);
        assert_eq!(heard.json()["id"], json!(heard.header("webhook-id")));
        assert_eq!(heard.json()["data"]["id"], json!(id.to_string()));
        assert!(!heard.body.contains(": ") && heard.body.contains("\"amount\":100.00,"), "{}", heard.body);
    }
    assert_eq!(heard[0].json()["data"]["status"], "created", "as it stood, not as it is");
    assert_eq!(heard[0].json()["data"]["events"].as_array().unwrap().len(), 1);
    // The same members as the API answers with.
    let now = app.api().get(&format!("/payouts/{id}")).await.json();
    assert_eq!(heard[1].json()["data"], now);
    assert!(log(&app.test, &made.webhook).await.iter().all(|sent| sent.state == DeliveryState::Delivered));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_is_tried_again_with_the_same_id() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let made = webhook(&app.test, &receiver.url(), &["payout.created"]).await;
    receiver.answers([Says::Status(500), Says::Elsewhere, Says::Nothing]);
    app.test.payout("10.00").await;
    after(&app.test, 0).await;
    let sent = log(&app.test, &made.webhook).await.remove(0);
    assert_eq!((sent.state, sent.status, sent.attempts), (DeliveryState::Waiting, Some(500), 1));
    assert_eq!(sent.answer.as_deref(), Some("heard as 500"));
    after(&app.test, 4 * SECOND).await;
    assert_eq!(receiver.heard().len(), 1, "not before its time");
    after(&app.test, 2 * SECOND).await;
    let sent = log(&app.test, &made.webhook).await.remove(0);
    assert_eq!((sent.state, sent.status), (DeliveryState::Waiting, Some(302)), "a redirect takes nothing");
    after(&app.test, 6 * MINUTE).await;
    let sent = log(&app.test, &made.webhook).await.remove(0);
    assert_eq!((sent.state, sent.status, sent.attempts), (DeliveryState::Waiting, None, 3));
    assert!(sent.answer.as_deref().is_some_and(|why| why.starts_with("no answer in")), "{sent:?}");
    after(&app.test, 40 * MINUTE).await;
    let sent = log(&app.test, &made.webhook).await.remove(0);
    assert_eq!((sent.state, sent.status, sent.attempts), (DeliveryState::Delivered, Some(200), 4));
    let heard = ids(&receiver);
    assert_eq!(heard.len(), 4, "and the place it was sent to was never asked");
    assert!(heard.iter().all(|id| *id == sent.event_id.to_string()));
    let bodies: std::collections::BTreeSet<_> = receiver.heard().into_iter().map(|heard| heard.body).collect();
    assert_eq!(bodies.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_three_days_it_has_failed_and_can_be_replayed() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let made = webhook(&app.test, &receiver.url(), &["payout.created"]).await;
    receiver.answers([Says::Status(503); 10]);
    app.test.payout("10.00").await;
    for _ in 0..12 {
        after(&app.test, 27 * HOUR).await;
    }
    let sent = log(&app.test, &made.webhook).await.remove(0);
    assert_eq!((sent.state, sent.attempts, receiver.heard().len()), (DeliveryState::Failed, 10, 10));
    let which = Which::any(made.webhook.id);
    let (_, failed) = deliveries::failed(&app.test.desk, &app.test.admin, which, None, 10).await.unwrap();
    assert_eq!(failed[0].body, receiver.heard()[0].body);
    let none = deliveries::failed(&app.test.desk, &app.test.admin, which, Some(sent.id.created_at()), 10).await;
    assert!(none.unwrap().1.is_empty(), "made before then");
    deliveries::replay(&app.test.desk, &app.test.admin, which, sent.id).await.unwrap();
    receiver.answers([Says::Status(500)]);
    after(&app.test, 0).await;
    after(&app.test, 6 * SECOND).await;
    let sent = log(&app.test, &made.webhook).await.remove(0);
    assert_eq!((sent.state, sent.tries(), receiver.heard().len()), (DeliveryState::Delivered, 2, 12));
    assert!(ids(&receiver).iter().all(|id| *id == sent.event_id.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn gone_switches_it_off_and_tells_the_owner() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let made = webhook(&app.test, &receiver.url(), &["payout.created"]).await;
    receiver.answers([Says::Status(410)]);
    app.test.payout("10.00").await;
    after(&app.test, 0).await;
    let off = found(&app.test, &made.webhook).await;
    assert_eq!((off.state, off.off_reason.as_deref()), (State::Off, Some("its receiver answered 410 Gone")));
    let told = messages::about(&app.test.desk, &off.id.to_string()).await.unwrap();
    assert_eq!(
        (told.len(), told[0].kind, told[0].recipient.as_str()),
        (1, MessageKind::WebhookOff, "anna@example.com")
    );
    // While it is off nothing is even written.
    app.test.payout("10.00").await;
    after(&app.test, HOUR).await;
    assert_eq!((receiver.heard().len(), log(&app.test, &off).await.len()), (1, 1));
    webhooks::switch(&app.test.desk, &app.test.admin, Which::any(off.id), true).await.unwrap();
    app.test.payout("10.00").await;
    after(&app.test, 0).await;
    assert_eq!(receiver.heard().len(), 2);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_to_this_machine_is_never_called() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let url = receiver.url().replace("http://127.0.0.1", "https://localhost");
    let made = webhook(&app.test, &url, &["payout.created"]).await;
    app.test.payout("10.00").await;
    after(&app.test, 0).await;
    let sent = log(&app.test, &made.webhook).await.remove(0);
    assert_eq!((sent.state, sent.status), (DeliveryState::Waiting, None));
    assert_eq!(sent.answer.as_deref(), Some("the address must not lead to a private or reserved address"));
    assert!(receiver.heard().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_keeps_nobody_else_waiting() {
    let (app, slow, quick) = (desk().await, Receiver::start().await, Receiver::start().await);
    slow.answers([Says::Slowly(Duration::from_millis(300)); 100]);
    webhook(&app.test, &slow.url(), &["payout.created"]).await;
    webhook(&app.test, &quick.url(), &["payout.created"]).await;
    for _ in 0..40 {
        app.test.payout("10.00").await;
    }
    let begun = Instant::now();
    let work = tokio::spawn({
        let desk = app.test.desk.clone();
        async move { paydesk::jobs::look(&desk).await }
    });
    while quick.heard().len() < 40 {
        assert!(begun.elapsed() < Duration::from_secs(20), "{} heard", quick.heard().len());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let behind = slow.heard().len();
    assert!(behind < 40, "the quick one had all when the slow one had {behind}");
    work.await.unwrap().unwrap();
    assert_eq!(slow.heard().len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_took_a_delivery_and_died_is_followed_by_another() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let made = webhook(&app.test, &receiver.url(), &["payout.created"]).await;
    app.test.payout("10.00").await;
    while outbox::make_out(&app.test.desk).await.unwrap() {}
    let taken = outbox::take(&app.test.desk, &[], 10).await.unwrap();
    assert_eq!(taken[0].deliveries.as_ref().map(Vec::len), Some(1));
    after(&app.test, MINUTE).await;
    assert!(receiver.heard().is_empty(), "somebody has it");
    after(&app.test, 5 * MINUTE).await;
    let sent = log(&app.test, &made.webhook).await.remove(0);
    assert_eq!((sent.state, sent.attempts), (DeliveryState::Delivered, 2));
    assert_eq!(ids(&receiver), [sent.event_id.to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_secrets_sign_until_the_old_one_ends() {
    let (app, receiver) = (desk().await, Receiver::start().await);
    let made = webhook(&app.test, &receiver.url(), &["payout.created"]).await;
    let which = Which::any(made.webhook.id);
    let newer = webhooks::rotate(&app.test.desk, &app.test.admin, which, HOUR, None).await.unwrap();
    app.test.payout("10.00").await;
    after(&app.test, 0).await;
    let heard = receiver.heard().remove(0);
    let both = format!("{} {}", standard(&newer.secret, &heard), standard(&made.secret, &heard));
    assert_eq!(heard.header("webhook-signature"), both);
    assert!(heard.header("x-signature").ends_with(&own(&made.secret, &heard)));
    after(&app.test, HOUR).await;
    app.test.payout("10.00").await;
    after(&app.test, 0).await;
    let heard = receiver.heard().remove(1);
    assert_eq!(heard.header("webhook-signature"), standard(&newer.secret, &heard));
}
