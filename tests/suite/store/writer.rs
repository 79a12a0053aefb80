//! The one writer: races, groups, failures.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use paydesk::domain::command::{Cancel, Command, Done, PayoutRecord, Unit};
use paydesk::domain::payout::{CancelPolicy, Rule, State};
use paydesk::error::Error;
use paydesk::service::payouts;
use paydesk::service::programs::Arrival;
use paydesk::service::reversals::{self, ReversalInput};

use crate::support::app::{USD, desk, input};

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_cancel_one_payout_and_one_wins() {
    let test = desk().await;
    let before = test.balances(USD).await;
    let id = test.payout("100.00").await.payout.id;
    let tries = (0..64).map(|_| payouts::cancel(&test.desk, &test.operator, id, None, None, None));
    let results = join_all(tries).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(test.int("SELECT COUNT(*) FROM ledger_transactions WHERE kind = 'PAYOUT_REFUND'").await, 1);
    assert_eq!(test.int("SELECT COUNT(*) FROM audit_log WHERE action = 'payout.cancel'").await, 64);
    assert_eq!(test.balances(USD).await, before);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_part_reversals_never_pass_the_amount() {
    let test = desk().await;
    let id = test.completed("100.00").await.payout.id;
    let part = ReversalInput { amount: Some("7.00".into()), reason: Some("r".into()), ..ReversalInput::default() };
    let tries = (0..32).map(|_| reversals::reverse(&test.desk, &test.operator, id, &part, None, None, Duration::ZERO));
    let results = join_all(tries).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 14);
    test.run_jobs(2).await;
    assert_eq!(test.get(id).await.payout.reversed_done_minor, 9_800);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_at_once_makes_one_payout() {
    let test = desk().await;
    let input = input("at-once", USD, "USD", "5.00");
    let tries = (0..32).map(|_| payouts::create(&test.desk, &test.operator, &input, Some("the-same-key")));
    let results: Vec<_> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert!(results.iter().all(|answered| answered.value == results[0].value));
    assert_eq!(test.int("SELECT COUNT(*) FROM payouts").await, 1);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wallet_is_never_overdrawn_by_many_at_once() {
    let test = desk().await;
    // Each takes 101,500.00 of the million: nine fit.
    let tries = (0..20).map(|n| {
        let input = input(&format!("big-{n}"), USD, "USD", "100000.00");
        let desk = &test.desk;
        let operator = &test.operator;
        async move { payouts::create(desk, operator, &input, None).await }
    });
    let made = join_all(tries).await.iter().filter(|result| result.is_ok()).count();
    assert_eq!(made, 9);
    assert_eq!(test.balances(USD).await.0, 100_000_000 - 9 * 10_150_000);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_fails_takes_nobody_with_it() {
    let test = desk().await;
    let id = test.payout("10.00").await.payout.id;
    let broken = (0..20).map(|_| {
        test.desk.store.write(|tx| {
            Box::pin(async move {
                tx.execute("INSERT INTO meta (name, value) VALUES ('half', 'done')", &[]).await?;
                tx.execute("INSERT INTO no_such_table VALUES (1)", &[]).await
            })
        })
    });
    let panicking = (0..3).map(|_| {
        test.desk.store.write(|tx| {
            Box::pin(async move {
                tx.execute("INSERT INTO meta (name, value) VALUES ('half', 'done')", &[]).await?;
                if tx.now() > 0 {
                    panic!("a bug in a write");
                }
                Ok(0_u64)
            })
        })
    });
    let cancel = payouts::cancel(&test.desk, &test.operator, id, None, None, None);
    let (broken, panicking, cancelled) = tokio::join!(join_all(broken), join_all(panicking), cancel);
    assert!(broken.iter().all(Result::is_err));
    assert!(panicking.iter().all(Result::is_err));
    assert_eq!(cancelled.unwrap().value.payout.state, State::Cancelled);
    assert_eq!(test.int("SELECT COUNT(*) FROM meta WHERE name = 'half'").await, 0);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_queued_finishes_even_if_the_client_has_gone() {
    let test = desk().await;
    let id = test.payout("10.00").await.payout.id;
    let desk = test.desk.clone();
    let operator = test.operator.clone();
    let gone = tokio::spawn(async move { payouts::cancel(&desk, &operator, id, None, None, None).await });
    tokio::time::sleep(Duration::from_millis(1)).await;
    gone.abort();
    let _ = gone.await;
    // Whether the abort came before or after it was queued, the books are whole.
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn making_cancelling_and_paying_race_and_everything_adds_up() {
    let test = Arc::new(desk().await);
    let mut tasks = Vec::new();
    for n in 0..40 {
        let racer = Arc::clone(&test);
        tasks.push(tokio::spawn(async move {
            let input = input(&format!("race-{n}"), USD, "USD", "3.00");
            let made = payouts::create(&racer.desk, &racer.operator, &input, None).await.unwrap().value;
            let _ = payouts::cancel(&racer.desk, &racer.operator, made.payout.id, None, None, None).await;
        }));
        if n % 5 == 0 {
            test.run_jobs(4).await;
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    test.run_jobs(40).await;
    let open = test.int("SELECT COUNT(*) FROM payouts WHERE state NOT IN ('completed', 'cancelled')").await;
    assert_eq!(open, 0);
    assert_eq!(test.balances(USD).await.1, 0);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_in_the_same_group_is_told_the_first_outcome() {
    use paydesk::domain::command::{Cancel, Command, IdempotencyKey, KeyTerms, Unit};
    use paydesk::domain::payout::CancelPolicy;
    let test = desk().await;
    let id = test.payout("10.00").await.payout.id;
    let key = IdempotencyKey {
        caller: "c".into(),
        operation: "o".into(),
        key: "k".into(),
        request_hash: "h".into(),
        terms: KeyTerms::default(),
    };
    let unit = || Unit {
        caller: test.operator.clone(),
        key: Some(key.clone()),
        command: Command::Cancel(Cancel { payout_id: id, policy: CancelPolicy::DESK, reason: None, version: None }),
        item: None,
    };
    let outcomes = test.desk.store.run_set(vec![unit(), unit()]).await.unwrap();
    assert!(!outcomes[0].repeated && outcomes[1].repeated);
    assert_eq!(outcomes[0].result, outcomes[1].result);
    assert!(matches!(outcomes[0].result, Ok(Done::Payout(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_of_another_client_never_learns_that_a_payout_exists() {
    let test = desk().await;
    let id = test.payout("10.00").await.payout.id;
    let stranger = paydesk::service::tokens::authenticate(
        &test.desk,
        &test.other_token,
        &Arrival { ip: None, request_id: "test".into() },
    )
    .await;
    let stranger = stranger.expect("a program");
    let refused = payouts::cancel(&test.desk, &stranger, id, None, None, None).await;
    assert!(matches!(refused, Err(Error::NotFound("Payout"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_before_its_turn_is_read_again_when_it_has_changed() {
    let test = desk().await;
    let (still, moved, due) = (test.payout("10.00").await, test.payout("20.00").await, test.payout("30.00").await);
    let renamed = test.payout("40.00").await;
    let before = test.balances(USD).await;
    let all = [&still, &moved, &due, &renamed];
    let cancel = |record: &PayoutRecord| Unit {
        caller: test.operator.clone(),
        key: None,
        command: Command::Cancel(Cancel {
            payout_id: record.payout.id,
            policy: CancelPolicy::DESK,
            reason: None,
            version: None,
        }),
        item: None,
    };
    let units: Vec<Unit> = all.into_iter().map(cancel).collect();
    let seen: Vec<PayoutRecord> = all.into_iter().cloned().collect();
    payouts::cancel(&test.desk, &test.operator, moved.payout.id, None, None, None).await.expect("cancelled");
    // A job looks at another time, and the payee has another name: neither is a new version of the payout.
    for change in [
        format!("UPDATE payouts SET due_at = due_at + 1 WHERE id = '{}'", due.payout.id),
        format!("UPDATE payees SET first_name = 'Another', version = version + 1 WHERE id = '{}'", renamed.payee.id),
    ] {
        let changed = test.desk.store.write(move |tx| {
            let change = change.clone();
            Box::pin(async move { tx.execute(&change, &[]).await })
        });
        assert_eq!(changed.await.expect("a change"), 1);
    }
    let results = test.desk.store.run_seen(units, seen).await.expect("a set");
    let outcomes: Vec<_> = results.into_iter().map(|result| result.expect("written").result).collect();
    assert!(matches!(&outcomes[0], Ok(Done::Payout(record)) if record.payout.state == State::Cancelled));
    assert!(matches!(&outcomes[1], Err(refusal) if refusal.rule == Rule::NotCancellable), "{:?}", outcomes[1]);
    assert!(matches!(&outcomes[2], Ok(Done::Payout(record)) if record.payout.due_at.is_none()));
    assert!(matches!(&outcomes[3], Ok(Done::Payout(record)) if record.payee.first_name == "Another"));
    let refunds = "SELECT COUNT(*) FROM ledger_transactions WHERE kind = 'PAYOUT_REFUND'";
    assert_eq!(test.int(refunds).await, 4);
    let total: i64 = all.iter().map(|record| record.payout.total().minor).sum();
    assert_eq!(test.balances(USD).await, (before.0 + total, before.1 - total));
    test.verify().await;
}
