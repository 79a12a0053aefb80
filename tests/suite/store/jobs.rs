//! Jobs: one row that breaks, rows of another process, clean-up.

use paydesk::domain::command::{Advance, Command, News, Unit};
use paydesk::domain::payout::{Rule, State};
use paydesk::error::Error;
use paydesk::jobs;
use paydesk::service::payouts;
use paydesk::service::reversals::{self, ReversalInput};
use std::time::Duration;

use crate::support::app::{SECOND, USD, desk, input};

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_that_cannot_be_written_stops_no_other_and_is_put_off() {
    let test = desk().await;
    let (broken, whole) = (test.payout("10.00").await.payout.id, test.payout("20.00").await.payout.id);
    test.run_jobs(16).await;
    // Without its hold the payout cannot be completed: planning that is a bug, and panics.
    test.desk
        .store
        .write(move |tx| {
            let id = broken.to_string();
            Box::pin(async move { tx.execute("UPDATE payouts SET hold_id = NULL WHERE id = $1", &[id.into()]).await })
        })
        .await
        .unwrap();
    test.run_jobs(30).await;
    assert_eq!(test.get(whole).await.payout.state, State::Completed);
    let broken = test.get(broken).await.payout;
    assert!(!broken.state.is_final());
    assert!(broken.due_at.unwrap() > test.clock.now());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_moved_meanwhile_is_left_alone_and_not_audited() {
    let test = desk().await;
    let payout = test.payout("10.00").await.payout;
    let queue = || {
        let news = News::Queued;
        let advance = Advance { payout_id: payout.id, version: Some(payout.version), news, due_at: None };
        Unit { caller: test.operator.clone(), key: None, command: Command::Advance(advance) }
    };
    test.desk.store.run(queue()).await.unwrap().result.unwrap();
    let before = test.get(payout.id).await;
    let audited = test.int("SELECT COUNT(*) FROM audit_log").await;
    let late = test.desk.store.run(queue()).await.unwrap();
    assert_eq!(late.result.unwrap_err().rule, Rule::Stale);
    assert_eq!(test.get(payout.id).await, before);
    assert_eq!(test.int("SELECT COUNT(*) FROM audit_log").await, audited);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_provider_is_asked_again_without_a_row_for_every_question() {
    let test = desk().await;
    let payout = test.payout("90.43").await.payout.id;
    let paid = test.completed("90.49").await.payout.id;
    let all = ReversalInput { reason: Some("r".into()), ..ReversalInput::default() };
    reversals::reverse(&test.desk, &test.operator, paid, &all, None, None, Duration::ZERO).await.unwrap();
    payouts::ask_to_cancel(&test.desk, &test.operator, payout, None, None).await.unwrap();
    test.run_jobs(5).await;
    let rows = "SELECT COUNT(*) FROM audit_log";
    let (audited, version) = (test.int(rows).await, test.get(payout).await.payout.version);
    let due = test.get(payout).await.payout.due_at;
    test.clock.advance(700 * SECOND);
    test.run_jobs(5).await;
    assert_eq!(test.int(rows).await, audited);
    assert_eq!(test.get(payout).await.payout.version, version);
    assert!(test.get(payout).await.payout.due_at > due);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_spelled_otherwise_is_a_repeat() {
    let test = desk().await;
    let mut input = input("spelling", USD, "USD", "5");
    let first = payouts::create(&test.desk, &test.operator, &input, Some("key-spelling")).await.unwrap();
    input.amount = Some("5.00".into());
    let again = payouts::create(&test.desk, &test.operator, &input, Some("key-spelling")).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.value, first.value);
    input.amount = Some("5.01".into());
    let other = payouts::create(&test.desk, &test.operator, &input, Some("key-spelling")).await;
    assert!(matches!(other, Err(Error::Refused(refusal)) if refusal.rule == Rule::KeyReused));
}

#[tokio::test(flavor = "multi_thread")]
async fn old_keys_are_removed_and_young_ones_kept() {
    let test = desk().await;
    let (old, young) = (input("old", USD, "USD", "5.00"), input("young", USD, "USD", "5.00"));
    payouts::create(&test.desk, &test.operator, &old, Some("key-of-old")).await.unwrap();
    test.clock.advance(31 * 24 * 3_600 * SECOND);
    payouts::create(&test.desk, &test.operator, &young, Some("key-of-young")).await.unwrap();
    jobs::clean_up(&test.desk).await;
    assert_eq!(test.int("SELECT COUNT(*) FROM idempotency_keys").await, 1);
}
