//! The sandbox plays rails that change their mind: late, twice and out of order.

use paydesk::domain::event::{Event, EventType};
use paydesk::domain::ids::PayoutId;
use paydesk::domain::payout::State;
use paydesk::service::payouts;

use crate::support::app::{TestDesk, USD, desk};

async fn booked(test: &TestDesk, id: PayoutId, kind: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM ledger_transactions WHERE payout_id = '{id}' AND kind = '{kind}'");
    test.int(&sql).await
}

/// A payout that its provider has and was asked to stop.
async fn asked(test: &TestDesk, amount: &str) -> PayoutId {
    let id = test.payout(amount).await.payout.id;
    test.run_jobs(20).await;
    payouts::ask_to_cancel(&test.desk, &test.operator, id, None, None).await.expect("a question");
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_pays_after_its_yes_is_one_loss_however_often_it_says_so() {
    let test = desk().await;
    let before = test.balances(USD).await;
    let id = asked(&test, "90.53").await;
    test.run_jobs(1).await;
    let cancelled = test.get(id).await;
    assert_eq!((cancelled.payout.state, test.balances(USD).await), (State::Cancelled, before));
    assert_eq!(booked(&test, id, "LOSS").await, 0);
    test.run_jobs(10).await;
    let lost = test.get(id).await;
    let booked_once = booked(&test, id, "LOSS").await;
    assert_eq!((lost.payout.state, booked_once, test.balances(USD).await), (State::Cancelled, 1, before));
    assert!(lost.payout.rail_reference.is_some());
    assert_eq!(lost.events.last().unwrap().event_type, EventType::Loss);
    test.verify().await;
    // It says so again for a while; then nobody asks any more.
    test.run_jobs(60).await;
    assert_eq!((test.get(id).await.payout.due_at, booked(&test, id, "LOSS").await), (None, 1));
    assert_eq!(test.get(id).await.events, lost.events);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_pays_after_it_failed_is_a_loss_too() {
    let test = desk().await;
    let id = test.completed("90.57").await.payout.id;
    let payout = test.get(id).await.payout;
    assert_eq!((payout.state, booked(&test, id, "PAYOUT_REFUND").await), (State::Failed, 1));
    assert_eq!(booked(&test, id, "LOSS").await, 1);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_yes_refunds_when_it_comes_and_not_before() {
    let test = desk().await;
    let before = test.balances(USD).await;
    let id = asked(&test, "90.54").await;
    test.run_jobs(5).await;
    assert_eq!((test.get(id).await.payout.state, booked(&test, id, "PAYOUT_REFUND").await), (State::Processing, 0));
    assert_eq!(test.int("SELECT COUNT(*) FROM cancellations WHERE state = 'unanswered'").await, 1);
    test.run_jobs(60).await;
    assert_eq!((test.get(id).await.payout.state, test.balances(USD).await), (State::Cancelled, before));
    assert_eq!((booked(&test, id, "PAYOUT_REFUND").await, booked(&test, id, "LOSS").await), (1, 0));
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doubled_and_contradictory_answers_after_payment_book_nothing() {
    let test = desk().await;
    for amount in ["90.55", "90.56"] {
        let id = test.completed(amount).await.payout.id;
        let record = test.get(id).await;
        assert_eq!(record.payout.state, State::Completed, "{amount}");
        let ended = |event: &&Event| event.event_type == EventType::StatusChange && event.to_state.is_final();
        let ends: Vec<_> = record.events.iter().filter(ended).collect();
        assert_eq!((ends.len(), booked(&test, id, "PAYOUT_SETTLED").await), (1, 1), "{amount}");
        assert_eq!(record.payout.due_at, None, "{amount} is not asked about for ever");
    }
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_after_it_was_paid_is_told_once_and_opens_one_case() {
    let test = desk().await;
    let id = test.completed("90.56").await.payout.id;
    test.run_jobs(60).await;
    let record = test.get(id).await;
    assert!(record.is_contradicted() && record.payout.due_at.is_none());
    let told = record.events.iter().filter(|event| event.message.starts_with("Provider says that it failed"));
    assert_eq!((told.count(), booked(&test, id, "PAYOUT_RETURN").await), (1, 0));
    let cases = format!("SELECT COUNT(*) FROM cases WHERE subject_id = '{id}' AND kind = 'failed_after_paid'");
    let audited = "SELECT COUNT(*) FROM audit_log WHERE reason LIKE 'failed after it was paid%'";
    assert_eq!((test.int(&cases).await, test.int(audited).await), (1, 1));
    test.verify().await;
}
