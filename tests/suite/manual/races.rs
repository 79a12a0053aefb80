//! Two people at the same moment: one of them does it, and both are told the truth.

use futures_util::future::join_all;
use paydesk::domain::freeze::Scope;
use paydesk::domain::payout::State;
use paydesk::service::manual;
use paydesk::service::{freezes, payouts};

use super::{booked, not_paid, paid, queued, taken, wallet};
use crate::freezes::{lift, new};
use crate::support::app::desk;

#[tokio::test(flavor = "multi_thread")]
async fn two_people_never_take_the_same_payout() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    let mut ids = Vec::new();
    for number in 0..12 {
        ids.push(queued(&test, wallet, &format!("RACE-{number}"), "5.00").await);
    }
    let by = |caller| manual::take(&test.desk, caller, &ids);
    let (olga, axel, anna) = tokio::join!(by(&test.operator), by(&test.approver), by(&test.admin));
    let won = |taken: &[(_, Result<(), _>)]| taken.iter().filter(|(_, result)| result.is_ok()).count();
    let all = [olga.unwrap(), axel.unwrap(), anna.unwrap()];
    assert_eq!(all.iter().map(|taken| won(taken)).sum::<usize>(), 12, "each is taken once");
    assert_eq!(test.int("SELECT COUNT(*) FROM manual_takings").await, 12);
    let told = all.iter().flatten().filter_map(|(_, result)| result.as_ref().err());
    assert!(told.map(|refusal| refusal.reason.as_str()).all(|reason| reason == "It is taken already."));
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contradicting_answers_at_once_end_with_one_outcome() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    for round in 0..6 {
        let id = taken(&test, wallet, &format!("SPLIT-{round}"), "50.00").await;
        let (yes, no) = (paid(&test, id, &format!("REF-{round}")).await, not_paid(&test, id).await);
        let (one, other) = tokio::join!(
            manual::record(&test.desk, &test.operator, id, &yes),
            manual::record(&test.desk, &test.approver, id, &no)
        );
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        let ended = booked(&test, id, "PAYOUT_SETTLED").await + booked(&test, id, "PAYOUT_REFUND").await;
        assert_eq!(ended, 1);
        let state = if one.is_ok() { State::Completed } else { State::Failed };
        assert_eq!(test.get(id).await.payout.state, state);
    }
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_cancelling_and_freezing_at_once_have_one_winner() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    for round in 0..6 {
        let id = queued(&test, wallet, &format!("THREE-{round}"), "50.00").await;
        let ids = [id];
        let wanted = new(Scope::Wallet, wallet);
        let (took, cancelled, frozen) = tokio::join!(
            manual::take(&test.desk, &test.operator, &ids),
            payouts::cancel(&test.desk, &test.approver, id, None, None, None),
            freezes::create(&test.desk, &test.admin, &wanted, None)
        );
        let (took, cancelled) = (took.unwrap().remove(0).1.is_ok(), cancelled.is_ok());
        assert!(!(took && cancelled), "never both");
        let state = test.get(id).await.payout.state;
        let expected = if took {
            State::Processing
        } else if cancelled {
            State::Cancelled
        } else {
            State::Queued
        };
        assert_eq!(state, expected);
        let freeze = frozen.unwrap().value;
        lift(&test, &freeze).await;
    }
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_is_booked_once_however_many_confirm() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    let id = taken(&test, wallet, "ONCE", "9000.00").await;
    manual::record(&test.desk, &test.operator, id, &not_paid(&test, id).await).await.unwrap();
    let answer = manual::get(&test.desk, &test.approver, id).await.unwrap().answers.remove(0);
    let callers = [&test.approver, &test.admin, &test.approver, &test.admin];
    let confirmed =
        join_all(callers.map(|caller| manual::confirm(&test.desk, caller, id, answer.id, answer.version))).await;
    assert_eq!(confirmed.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(booked(&test, id, "PAYOUT_REFUND").await, 1);
    test.verify().await;
}
