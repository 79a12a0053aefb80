//! Hand-over and approval against freezes, also at the same moment; and the queue after the lift.

use futures_util::future::join_all;
use paydesk::domain::freeze::Scope;
use paydesk::domain::payout::{Rule, State};
use paydesk::jobs;
use paydesk::service::freezes::{self, NewFreeze};
use paydesk::service::payouts;

use super::{audited, freeze, lift, new, rule};
use crate::support::app::{SECOND, USD, desk};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_frozen_stays_queued_and_goes_on_by_itself_right_after_the_lift() {
    let test = desk().await;
    let id = test.payout("10.00").await.payout.id;
    test.run_jobs(2).await;
    assert_eq!(test.get(id).await.payout.state, State::Queued);
    let frozen = freeze(&test, Scope::Everything, "").await;
    let before = (test.get(id).await, test.int("SELECT COUNT(*) FROM audit_log").await);
    test.run_jobs(60).await;
    let held = test.get(id).await;
    assert_eq!((held.payout.state, held.events.len()), (State::Queued, before.0.events.len()));
    // Nothing was tried again and again, and nothing was written down again and again.
    assert_eq!(test.int("SELECT COUNT(*) FROM audit_log").await, before.1);
    assert!(held.payout.due_at.unwrap() > test.clock.now() + 400 * SECOND);
    lift(&test, &frozen).await;
    jobs::look(&test.desk).await.unwrap();
    assert_eq!(test.get(id).await.payout.state, State::Processing, "the first look after the lift hands it over");
    test.run_jobs(60).await;
    assert_eq!(test.get(id).await.payout.state, State::Completed);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_freeze_holds_or_is_not_due_yet_is_not_woken() {
    let test = desk().await;
    let held = test.payout("10.00").await.payout.id;
    let all = freeze(&test, Scope::Everything, "").await;
    let wallet = freeze(&test, Scope::Wallet, USD).await;
    test.run_jobs(40).await;
    // Made under the freeze: its provider would not take it before its delay is over.
    let young = test.payout("20.00").await.payout.id;
    jobs::look(&test.desk).await.unwrap();
    lift(&test, &all).await;
    test.run_jobs(3).await;
    for id in [held, young] {
        assert_eq!(test.get(id).await.payout.state, State::Queued);
    }
    let due_at = test.get(young).await.payout.due_at.unwrap();
    lift(&test, &wallet).await;
    jobs::look(&test.desk).await.unwrap();
    assert_eq!(test.get(held).await.payout.state, State::Processing);
    assert_eq!(test.get(young).await.payout.due_at, Some(due_at));
    assert_eq!(test.int("SELECT COUNT(*) FROM freezes WHERE resumed_at IS NULL").await, 0);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_one_unit_wakes_all_go_on() {
    let test = desk().await;
    for _ in 0..30 {
        test.payout("1.00").await;
    }
    test.run_jobs(1).await;
    let frozen = freeze(&test, Scope::Client, 1).await;
    test.run_jobs(30).await;
    lift(&test, &frozen).await;
    jobs::look(&test.desk).await.unwrap();
    assert_eq!(test.int("SELECT COUNT(*) FROM payouts WHERE state = 'queued'").await, 0);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_and_the_hand_over_at_the_same_moment_have_one_winner() {
    for _ in 0..12 {
        let test = desk().await;
        let id = test.payout("10.00").await.payout.id;
        test.run_jobs(1).await;
        test.clock.advance(20 * SECOND);
        let order = new(Scope::Wallet, USD);
        let (made, looked) =
            tokio::join!(freezes::create(&test.desk, &test.operator, &order, None), jobs::look(&test.desk));
        looked.unwrap();
        let frozen = made.unwrap().value;
        let payout = test.get(id).await.payout;
        match payout.submitted_at {
            // Handed over before: the freeze found it with the provider, and the provider answers.
            Some(at) => {
                assert!(at <= frozen.id.created_at());
                assert!(frozen.stood.contains("processing"), "{}", frozen.stood);
            }
            None => {
                assert_eq!(payout.state, State::Queued);
                assert!(frozen.stood.contains("queued"), "{}", frozen.stood);
            }
        }
        test.run_jobs(60).await;
        let expected = if payout.submitted_at.is_some() { State::Completed } else { State::Queued };
        assert_eq!(test.get(id).await.payout.state, expected);
        test.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_and_an_approval_at_the_same_moment_have_one_winner_and_both_are_told() {
    let test = desk().await;
    for round in 0..12 {
        let id = test.payout("1500.00").await.payout.id;
        let order = new(Scope::Wallet, USD);
        let (made, decided) = tokio::join!(
            freezes::create(&test.desk, &test.operator, &order, None),
            payouts::decide(&test.desk, &test.approver, id, true, None, None, None)
        );
        let frozen = made.unwrap().value;
        let payout = test.get(id).await.payout;
        match decided {
            Ok(answered) => {
                assert_eq!((answered.value.payout.state, payout.state), (State::Queued, State::Queued));
                assert!(payout.queued_at.unwrap() <= frozen.id.created_at(), "{round}");
            }
            refused => {
                assert_eq!((rule(refused), payout.state), (Rule::Frozen, State::ActionRequired));
                assert!(payout.checker_staff_id.is_none());
            }
        }
        lift(&test, &frozen).await;
    }
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_blocks_nothing() {
    let test = desk().await;
    let order = NewFreeze { drill: true, ..new(Scope::Everything, "") };
    let drill = freezes::create(&test.desk, &test.operator, &order, None).await.unwrap().value;
    let (id, waits) = (test.payout("10.00").await.payout.id, test.payout("1500.00").await.payout.id);
    payouts::decide(&test.desk, &test.approver, waits, true, None, None, None).await.unwrap();
    test.run_jobs(60).await;
    for id in [id, waits] {
        assert_eq!(test.get(id).await.payout.state, State::Completed);
    }
    // A real one beside it is another matter; lifting the drill does not lift it.
    freeze(&test, Scope::Everything, "").await;
    lift(&test, &drill).await;
    assert_eq!(test.int("SELECT COUNT(*) FROM freezes WHERE state = 'active'").await, 1);
    assert_eq!(audited(&test, "freeze.drill", "done").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_is_frozen_once_also_when_many_ask_at_the_same_moment() {
    let test = desk().await;
    let order = new(Scope::Wallet, USD);
    let made = join_all((0..8).map(|_| freezes::create(&test.desk, &test.operator, &order, None))).await;
    let made: Vec<_> = made.into_iter().map(Result::unwrap).collect();
    assert_eq!(made.iter().filter(|made| !made.repeated).count(), 1);
    assert!(made.iter().all(|other| other.value.id == made[0].value.id));
    assert_eq!(test.int("SELECT COUNT(*) FROM freezes").await, 1);
    assert_eq!(audited(&test, "freeze.make", "repeated").await, 7);
    // By its id it is the same wallet.
    let id = test.text("SELECT id FROM wallets WHERE number = 1").await;
    let again = freezes::create(&test.desk, &test.admin, &new(Scope::Wallet, id), None).await.unwrap();
    assert!(again.repeated);
}
