//! Money paths through the database: what is planned is what is written.

use paydesk::domain::payout::{Rule, State};
use paydesk::error::Error;
use paydesk::service::payouts;
use paydesk::service::reversals::{self, ReversalInput};
use std::time::Duration;

use crate::support::app::{EUR, JPY, KWD, USD, desk, input};

fn rule<T: std::fmt::Debug>(result: Result<T, Error>) -> Rule {
    match result {
        Err(Error::Refused(refusal)) => refusal.rule,
        other => panic!("should be refused: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_payout_is_back_in_the_wallet_to_the_cent() {
    let test = desk().await;
    let before = test.balances(USD).await;
    let made = test.payout("100.00").await;
    assert_eq!(test.balances(USD).await, (before.0 - 10_150, before.1 + 10_150));
    let cancelled =
        payouts::cancel(&test.desk, &test.operator, made.payout.id, Some("twice"), None, None).await.unwrap().value;
    assert_eq!(cancelled.payout.state, State::Cancelled);
    assert_eq!(test.balances(USD).await, before);
    assert_eq!(test.get(made.payout.id).await, cancelled, "the answer is what is stored");
    let again = payouts::cancel(&test.desk, &test.operator, made.payout.id, None, None, None).await;
    assert_eq!(rule(again), Rule::NotCancellable);
    assert_eq!(test.balances(USD).await, before);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_is_paid_by_the_sandbox_and_reversed_in_parts_until_nothing_is_left() {
    let test = desk().await;
    let before = test.balances(USD).await.0;
    let paid = test.completed("100.00").await;
    assert_eq!(paid.payout.state, State::Completed);
    assert_eq!(test.balances(USD).await, (before - 10_150, 0));
    for (amount, left) in [(Some("25.50"), 7_450), (Some("74.00"), 50), (None, 0)] {
        let part = ReversalInput {
            amount: amount.map(str::to_owned),
            reason: Some("agreed".into()),
            ..ReversalInput::default()
        };
        let patience = Duration::ZERO;
        reversals::reverse(&test.desk, &test.operator, paid.payout.id, &part, None, None, patience).await.unwrap();
        test.run_jobs(2).await;
        assert_eq!(test.get(paid.payout.id).await.payout.reversible().minor, left);
    }
    assert_eq!(test.balances(USD).await, (before - 150, 0));
    let more = ReversalInput { reason: Some("more".into()), ..ReversalInput::default() };
    let refused =
        reversals::reverse(&test.desk, &test.operator, paid.payout.id, &more, None, None, Duration::ZERO).await;
    assert_eq!(rule(refused), Rule::FullyReversed);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_plays_its_table() {
    let test = desk().await;
    let plays = [
        ("90.41", State::Failed),
        ("90.42", State::Failed),
        ("90.43", State::Processing),
        ("90.44", State::ActionRequired),
        ("90.45", State::ActionRequired),
        ("90.46", State::Completed),
        ("90.47", State::Completed),
        ("90.51", State::Processing),
        ("10.00", State::Completed),
    ];
    let mut ids = Vec::new();
    for (amount, state) in plays {
        ids.push((test.payout(amount).await.payout.id, amount, state));
    }
    test.run_jobs(90).await;
    for (id, amount, state) in ids {
        let payout = test.get(id).await.payout;
        assert_eq!(payout.state, state, "{amount}");
        assert_eq!(payout.outcome_unknown_since.is_some(), amount == "90.43", "{amount}");
        assert_eq!(payout.returned_at.is_some(), amount == "90.46", "{amount}");
    }
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn currencies_keep_their_own_decimals() {
    let test = desk().await;
    for (wallet, currency, amount, total) in
        [(EUR, "EUR", "10.01", 1_016), (JPY, "JPY", "500", 508), (KWD, "KWD", "1.250", 1_269)]
    {
        let before = test.balances(wallet).await.0;
        let input = input(&format!("ref {currency}"), wallet, currency, amount);
        payouts::create(&test.desk, &test.operator, &input, None).await.unwrap();
        assert_eq!(before - test.balances(wallet).await.0, total, "{currency}");
    }
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_with_the_same_key_pays_once_also_after_other_things_happened() {
    let test = desk().await;
    let input = input("key", USD, "USD", "20.00");
    let first = payouts::create(&test.desk, &test.operator, &input, Some("key-12345")).await.unwrap();
    payouts::cancel(&test.desk, &test.operator, first.value.payout.id, None, None, None).await.unwrap();
    let again = payouts::create(&test.desk, &test.operator, &input, Some("key-12345")).await.unwrap();
    assert!(again.repeated && !first.repeated);
    assert_eq!(again.value, first.value, "a repeat is told the first outcome");
    assert_eq!(test.int("SELECT COUNT(*) FROM payouts").await, 1);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_is_cancelled_in_one_set_with_a_result_for_each() {
    let test = desk().await;
    let before = test.balances(USD).await;
    let mut items = Vec::new();
    for _ in 0..5 {
        items.push((test.payout("10.00").await.payout.id, None));
    }
    let gone = items[2].0;
    payouts::cancel(&test.desk, &test.operator, gone, None, None, None).await.unwrap();
    let results = payouts::cancel_many(&test.desk, &test.operator, &items, Some("stop"), None).await.unwrap();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 4);
    assert_eq!(results[2].as_ref().unwrap_err().rule, Rule::NotCancellable);
    assert_eq!(test.balances(USD).await, before);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_without_the_role_change_nothing_and_are_written_down() {
    let test = desk().await;
    let made = test.payout("10.00").await;
    let refused = payouts::cancel(&test.desk, &test.viewer, made.payout.id, None, None, None).await;
    assert!(matches!(refused, Err(Error::Forbidden)));
    let decided = payouts::decide(&test.desk, &test.operator, made.payout.id, true, None, None, None).await;
    assert!(matches!(decided, Err(Error::Forbidden)));
    assert_eq!(test.int("SELECT COUNT(*) FROM audit_log WHERE outcome = 'refused'").await, 2);
    assert_eq!(test.get(made.payout.id).await.payout.state, State::Created);
}

#[tokio::test(flavor = "multi_thread")]
async fn above_the_limit_a_second_person_approves() {
    let test = desk().await;
    let made = test.payout("1000.01").await;
    assert!(made.payout.waits_for_approval());
    test.run_jobs(30).await;
    assert!(test.get(made.payout.id).await.payout.waits_for_approval(), "no job moves it");
    let id = made.payout.id;
    payouts::decide(&test.desk, &test.approver, id, true, Some("fits"), None, None).await.unwrap();
    test.run_jobs(60).await;
    assert_eq!(test.get(id).await.payout.state, State::Completed);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobodys_answer_for_thirty_days_expires_and_refunds() {
    let test = desk().await;
    let before = test.balances(USD).await;
    let made = test.payout("2000.00").await;
    test.clock.advance(30 * 24 * 3_600 * 1_000_000);
    test.run_jobs(1).await;
    assert_eq!(test.get(made.payout.id).await.payout.state, State::Expired);
    assert_eq!(test.balances(USD).await, before);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_at_the_rail_is_stopped_only_by_the_rail() {
    let test = desk().await;
    let before = test.balances(USD).await;
    let (agrees, refuses) = (test.payout("90.51").await.payout.id, test.payout("90.52").await.payout.id);
    test.run_jobs(20).await;
    for id in [agrees, refuses] {
        let now = payouts::cancel(&test.desk, &test.operator, id, None, None, None).await;
        assert_eq!(rule(now), Rule::NotCancellable);
        payouts::ask_to_cancel(&test.desk, &test.operator, id, Some("stop"), None).await.unwrap();
    }
    test.run_jobs(2).await;
    assert_eq!(test.get(agrees).await.payout.state, State::Cancelled);
    assert_eq!(test.get(refuses).await.payout.state, State::Processing);
    assert_eq!(test.balances(USD).await.0, before.0 - 9_188);
    test.verify().await;
}
