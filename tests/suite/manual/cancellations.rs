//! Questions to staff: whether a payout was stopped, and whether money came back.

use std::time::Duration;

use paydesk::domain::cancellation;
use paydesk::domain::ids::PayoutId;
use paydesk::domain::payout::{Rule, State};
use paydesk::domain::reversal;
use paydesk::service::manual::{self, Typed, WorkQuery};
use paydesk::service::payouts;
use paydesk::service::reversals::{self, ReversalInput};
use paydesk::store::manual::Part;

use super::{booked, confirm, not_paid, paid, queued, rule, taken, wallet};
use crate::support::app::{TestDesk, desk};

async fn answer(test: &TestDesk, id: PayoutId, kind: &str, subject: &str, outcome: &str) -> Typed {
    Typed {
        kind: kind.into(),
        subject_id: subject.into(),
        outcome: outcome.into(),
        reason: "The bank said so".into(),
        version: test.get(id).await.payout.version,
        ..Typed::default()
    }
}

async fn asked(test: &TestDesk, id: PayoutId) -> String {
    let asked = payouts::ask_to_cancel(&test.desk, &test.operator, id, Some("Wrong payee"), None).await.unwrap();
    asked.value.id.to_string()
}

async fn state_of(test: &TestDesk, cancellation: &str) -> String {
    test.text(&format!("SELECT state FROM cancellations WHERE id = '{cancellation}'")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_of_what_is_taken_is_a_question_to_staff() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    let before = test.balances(wallet).await;
    // Not taken yet: cancelled at once.
    let waiting = queued(&test, wallet, "WAITS", "10.00").await;
    payouts::cancel(&test.desk, &test.operator, waiting, None, None, None).await.unwrap();
    assert_eq!(test.balances(wallet).await, before);
    for (outcome, state) in [("done", State::Cancelled), ("not_done", State::Processing)] {
        let id = taken(&test, wallet, outcome, "60.00").await;
        let question = asked(&test, id).await;
        test.run_jobs(60).await;
        assert_eq!(state_of(&test, &question).await, "requested", "no job asks anybody");
        let list = manual::list(&test.desk, &test.viewer, Part::Taken, &WorkQuery::default(), 10).await.unwrap();
        let (questions, more) = manual::questions(&test.desk, &test.viewer, None, 10).await.unwrap();
        assert_eq!((list.questions, questions.len(), questions[0].payout_id, more), (1, 1, id, false));
        let said = answer(&test, id, "cancellation", &question, outcome).await;
        assert!(!manual::record(&test.desk, &test.operator, id, &said).await.unwrap());
        assert_eq!(test.get(id).await.payout.state, state);
        let again = answer(&test, id, "cancellation", &question, outcome).await;
        assert_eq!(rule(manual::record(&test.desk, &test.operator, id, &again).await), Rule::WrongState);
        if state == State::Cancelled {
            // What was stopped is over, whoever records something else.
            let late = paid(&test, id, "TOO-LATE").await;
            assert_eq!(rule(manual::record(&test.desk, &test.operator, id, &late).await), Rule::WrongState);
            assert_eq!(booked(&test, id, "PAYOUT_REFUND").await, 1);
        } else {
            manual::record(&test.desk, &test.operator, id, &paid(&test, id, "WENT-ON").await).await.unwrap();
        }
    }
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_answers_the_question_and_ends_what_waits() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    let id = taken(&test, wallet, "BOTH", "3000.00").await;
    let question = asked(&test, id).await;
    // Above the limit both wait for a second person.
    let stopped = answer(&test, id, "cancellation", &question, "done").await;
    assert!(manual::record(&test.desk, &test.operator, id, &stopped).await.unwrap());
    let said = paid(&test, id, "BOTH-REF").await;
    assert!(manual::record(&test.desk, &test.operator, id, &said).await.unwrap());
    // The payout changed since the first was recorded, so that only the second one can be confirmed.
    let answers = manual::get(&test.desk, &test.approver, id).await.unwrap().answers;
    let first = answers.iter().find(|it| it.subject_id == question).unwrap();
    let confirmed = manual::confirm(&test.desk, &test.approver, id, first.id, first.version).await;
    assert_eq!(rule(confirmed), Rule::Stale);
    let second = answers.iter().find(|it| it.subject_id != question).unwrap();
    manual::confirm(&test.desk, &test.approver, id, second.id, second.version).await.unwrap();
    assert_eq!(
        (test.get(id).await.payout.state, state_of(&test, &question).await),
        (State::Completed, "refused".into())
    );
    assert_eq!(test.int("SELECT COUNT(*) FROM manual_answers WHERE state = 'waiting'").await, 0);
    assert_eq!(cancellation::State::Refused.name(), "refused");
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_is_a_question_to_staff_and_nobody_waits_for_it() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    for (amount, two) in [("80.00", false), ("4000.00", true)] {
        let id = taken(&test, wallet, amount, amount).await;
        manual::record(&test.desk, &test.operator, id, &paid(&test, id, amount).await).await.unwrap();
        if two {
            confirm(&test, id).await.unwrap();
        }
        let before = test.balances(wallet).await;
        let part = ReversalInput { amount: Some("30.00".into()), reason: Some("r".into()), ..ReversalInput::default() };
        let patience = Duration::from_secs(30);
        let began = std::time::Instant::now();
        for (outcome, state) in [("not_done", reversal::State::Failed), ("done", reversal::State::Completed)] {
            let asked = reversals::reverse(&test.desk, &test.operator, id, &part, None, None, patience).await.unwrap();
            assert_eq!((asked.value.state, asked.value.due_at), (reversal::State::Pending, None));
            test.run_jobs(30).await;
            assert_eq!(test.balances(wallet).await, before);
            let said = answer(&test, id, "reversal", &asked.value.id.to_string(), outcome).await;
            assert_eq!(manual::record(&test.desk, &test.operator, id, &said).await.unwrap(), two);
            if two {
                confirm(&test, id).await.unwrap();
            }
            let now = reversals::get(&test.desk, &test.viewer, asked.value.id).await.unwrap();
            assert_eq!(now.state, state);
        }
        assert!(began.elapsed() < patience, "nobody waits for people");
        assert_eq!(test.balances(wallet).await.0, before.0 + 3_000);
    }
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_of_the_payout_is_nothing_to_record() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    let (id, other) = (taken(&test, wallet, "A", "10.00").await, taken(&test, wallet, "B", "10.00").await);
    let question = asked(&test, other).await;
    for said in [
        answer(&test, id, "cancellation", &question, "done").await,
        answer(&test, id, "reversal", "rev_01h455vb4pex5vsknk084sn02q", "done").await,
        Typed { subject_id: other.to_string(), ..not_paid(&test, id).await },
    ] {
        let refused = manual::record(&test.desk, &test.operator, id, &said).await;
        assert!(matches!(refused, Err(paydesk::error::Error::NotFound(_))), "{refused:?}");
    }
    assert_eq!(test.int("SELECT COUNT(*) FROM manual_answers").await, 0);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_of_every_kind_are_paged_through_oldest_first() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    let mut asked_of = Vec::new();
    for number in 0..6 {
        let id = taken(&test, wallet, &format!("PAGED-{number}"), "2000.00").await;
        if number % 3 == 0 {
            asked(&test, id).await;
        } else {
            manual::record(&test.desk, &test.operator, id, &paid(&test, id, &format!("REF-{number}")).await)
                .await
                .unwrap();
            confirm(&test, id).await.unwrap();
            if number % 3 == 1 {
                let part = ReversalInput {
                    amount: Some("30.00".into()),
                    reason: Some("r".into()),
                    ..ReversalInput::default()
                };
                reversals::reverse(&test.desk, &test.operator, id, &part, None, None, Duration::ZERO).await.unwrap();
            } else {
                let back = answer(&test, id, "aftermath", &id.to_string(), "not_done").await;
                assert!(manual::record(&test.desk, &test.operator, id, &back).await.unwrap());
            }
        }
        asked_of.push(id);
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (page, more) = manual::questions(&test.desk, &test.viewer, after.as_deref(), 2).await.unwrap();
        assert!(page.iter().all(|question| question.asked_at() > 0));
        seen.extend(page.iter().map(|question| question.payout_id));
        after = page.last().map(|question| question.id.clone());
        if !more {
            break;
        }
    }
    assert_eq!(seen, asked_of);
    let list = manual::list(&test.desk, &test.viewer, Part::Taken, &WorkQuery::default(), 10).await.unwrap();
    assert_eq!(list.questions, 6);
    test.verify().await;
}
