//! Jobs: one row that breaks, rows of another process, clean-up.

use paydesk::domain::command::{Advance, Command, NewPayout, News, PayeeChoice, Terms, Unit};
use paydesk::domain::ids::PayoutId;
use paydesk::domain::money::{Currency, Money};
use paydesk::domain::payout::{Rule, State};
use paydesk::error::Error;
use paydesk::jobs;
use paydesk::service::payouts;
use paydesk::service::reversals::{self, ReversalInput};
use std::time::Duration;

use crate::support::app::{SECOND, TestDesk, USD, desk, input};

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_that_cannot_be_written_stops_no_other_and_is_put_off() {
    let test = desk().await;
    let (broken, whole) = (test.payout("10.00").await.payout.id, test.payout("20.00").await.payout.id);
    test.run_jobs(16).await;
    let ended = test.payout("30.00").await.payout;
    payouts::cancel(&test.desk, &test.operator, ended.id, None, None, None).await.unwrap();
    // A hold that is closed already cannot be closed again, so this payout cannot be completed.
    let (hold, ended) = (ended.hold_id.unwrap().to_string(), ended.id.to_string());
    test.desk
        .store
        .write(move |tx| {
            let (broken, ended, hold) = (broken.to_string(), ended.clone(), hold.clone());
            Box::pin(async move {
                tx.execute("UPDATE payouts SET hold_id = NULL WHERE id = $1", &[ended.into()]).await?;
                tx.execute("UPDATE payouts SET hold_id = $2 WHERE id = $1", &[broken.into(), hold.into()]).await
            })
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
        Unit { caller: test.operator.clone(), key: None, command: Command::Advance(advance), item: None }
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

/// Writes to the database past every rule.
async fn by_hand(test: &TestDesk, sql: &'static str) {
    test.desk.store.write(move |tx| Box::pin(async move { tx.execute(sql, &[]).await })).await.expect("a write");
}

/// A payout with a provider that agrees to stop it, and was asked to.
async fn asked_to_stop(test: &TestDesk) -> PayoutId {
    let id = test.payout("90.51").await.payout.id;
    test.run_jobs(20).await;
    payouts::ask_to_cancel(&test.desk, &test.operator, id, None, None).await.expect("a question");
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_a_look_that_fails_keeps_no_other_from_its_turn() {
    let test = desk().await;
    let stopped = asked_to_stop(&test).await;
    let paid = test.completed("50.00").await.payout.id;
    let all = ReversalInput { reason: Some("r".into()), ..ReversalInput::default() };
    reversals::reverse(&test.desk, &test.operator, paid, &all, None, None, Duration::ZERO).await.unwrap();
    let made = test.payout("10.00").await.payout.id;
    // The row cannot be read, so no reversal can be asked about.
    by_hand(&test, "UPDATE reversals SET id = 'unreadable'").await;
    test.clock.advance(SECOND);
    assert!(jobs::look(&test.desk).await.is_err());
    assert_eq!(test.get(made).await.payout.state, State::Queued, "the part before it worked");
    assert_eq!(test.get(stopped).await.payout.state, State::Cancelled, "and the one after it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bug_in_a_part_of_a_look_is_the_end_of_neither_the_look_nor_the_job() {
    let test = desk().await;
    let broken = test.payout("10.00").await.payout.id;
    let stopped = test.payout("90.51").await.payout.id;
    test.run_jobs(17).await;
    payouts::ask_to_cancel(&test.desk, &test.operator, stopped, None, None).await.unwrap();
    let before = test.get(broken).await.payout.submitted_at.unwrap();
    // No time can be reckoned from this one: the attempt panics.
    let sql = "UPDATE payouts SET submitted_at = -9223372036854775807, due_at = 1 WHERE amount_minor = 1000";
    by_hand(&test, sql).await;
    test.clock.advance(SECOND);
    assert!(jobs::look(&test.desk).await.is_err());
    assert_eq!(test.get(stopped).await.payout.state, State::Cancelled);
    // The job itself looks again and again, and goes on once the row is right.
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let job = tokio::spawn(jobs::run(test.desk.clone(), stopping));
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(!job.is_finished());
    test.desk
        .store
        .write(move |tx| {
            let sql = "UPDATE payouts SET submitted_at = $1 WHERE amount_minor = 1000";
            Box::pin(async move { tx.execute(sql, &[before.into()]).await })
        })
        .await
        .unwrap();
    for _ in 0..100 {
        test.desk.wake.notify_one();
        tokio::time::sleep(Duration::from_millis(100)).await;
        if test.get(broken).await.payout.state == State::Completed {
            break;
        }
        test.clock.advance(SECOND);
    }
    assert_eq!(test.get(broken).await.payout.state, State::Completed);
    stop.send(true).unwrap();
    job.await.unwrap();
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_look_works_through_so_many_payouts_and_leaves_the_rest_to_the_next() {
    let test = desk().await;
    let payee = test.payout("1.00").await.payee.id;
    test.run_jobs(60).await;
    let unit = |number: i64| {
        let new = NewPayout {
            wallet_number: USD,
            amount: Money::new(100, Currency::USD),
            payee: PayeeChoice::Saved(payee, None),
            reference_id: format!("ROUND_{number}"),
            description: None,
            metadata: None,
            terms: Terms::default(),
        };
        Unit { caller: test.operator.clone(), key: None, command: Command::Create(Box::new(new)), item: None }
    };
    for first in (0..4_100).step_by(410) {
        let outcomes = test.desk.store.run_set((first..first + 410).map(unit).collect()).await.unwrap();
        assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
    }
    let count = async |state: &str| test.int(&format!("SELECT COUNT(*) FROM payouts WHERE state = '{state}'")).await;
    // Nobody has asked for a look since.
    let woken = || tokio::time::timeout(Duration::from_millis(50), test.desk.wake.notified());
    let _ = woken().await;
    jobs::look(&test.desk).await.unwrap();
    assert_eq!((count("queued").await, count("created").await), (4_000, 100));
    woken().await.expect("there is more, so the next look comes at once");
    jobs::look(&test.desk).await.unwrap();
    assert_eq!((count("queued").await, count("created").await), (4_100, 0));
    assert!(woken().await.is_err(), "nothing is left to do now");
}
