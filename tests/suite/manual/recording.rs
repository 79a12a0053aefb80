//! Taken, paid and recorded; refused; confirmed by a second person; forgotten.

use paydesk::domain::freeze::Scope;
use paydesk::domain::payout::{ClosedBy, Rule, State};
use paydesk::error::Error;
use paydesk::service::cases;
use paydesk::service::manual::{self, Typed, WorkQuery};
use paydesk::service::payouts;
use paydesk::store::manual::Part;

use super::{booked, confirm, lines, not_paid, paid, queued, rule, taken, wallet};
use crate::freezes::{freeze, lift};
use crate::support::app::desk;

/// Two days, in seconds.
const TWO_DAYS: i64 = 48 * 3_600;

#[tokio::test(flavor = "multi_thread")]
async fn staff_take_pay_and_record_and_programs_see_ordinary_states() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    let before = test.balances(wallet).await;
    let id = queued(&test, wallet, "BANK-1", "100.00").await;
    test.run_jobs(120).await;
    let waiting = test.get(id).await.payout;
    assert_eq!((waiting.state, waiting.due_at), (State::Queued, None), "no job ever takes it, or looks at it");
    let work = WorkQuery::default();
    let list = manual::list(&test.desk, &test.viewer, Part::ToPay, &work, 10).await.unwrap();
    assert_eq!((list.lines.len(), list.to_pay[0].amount_minor, list.taken.len()), (1, 10_000, 0));
    // No bank details before it is taken, nor for who may not pay.
    assert!(manual::get(&test.desk, &test.operator, id).await.unwrap().identifiers.is_empty());
    let result = manual::take(&test.desk, &test.operator, &[id]).await.unwrap();
    assert!(result[0].1.is_ok());
    let now = test.get(id).await.payout;
    assert_eq!((now.state, now.submitted_at), (State::Processing, Some(test.clock.now())));
    let shown = manual::get(&test.desk, &test.operator, id).await.unwrap();
    assert_eq!(shown.identifiers["iban"], "DE89370400440532013000");
    assert!(manual::get(&test.desk, &test.viewer, id).await.unwrap().identifiers.is_empty());
    let revealed = format!("SELECT COUNT(*) FROM audit_log WHERE action = 'payee.reveal' AND reason LIKE '%{id}'");
    assert_eq!(test.int(&revealed).await, 1);
    assert_eq!(test.balances(wallet).await, (before.0 - 10_100, 10_100), "held until it is recorded");
    let said = paid(&test, id, "BANK-REF-77").await;
    assert!(!manual::record(&test.desk, &test.operator, id, &said).await.unwrap(), "below the limit one is enough");
    let record = test.get(id).await;
    assert_eq!((record.payout.state, record.payout.rail_reference.as_deref()), (State::Completed, Some("BANK-REF-77")));
    assert!(lines(&record).contains(&"Recorded at the bank: it was paid"), "{:?}", lines(&record));
    assert_eq!(test.balances(wallet).await, (before.0 - 10_100, 0));
    // Recorded twice, and with another outcome: once.
    for again in [paid(&test, id, "BANK-REF-78").await, not_paid(&test, id).await] {
        assert_eq!(rule(manual::record(&test.desk, &test.operator, id, &again).await), Rule::WrongState);
    }
    assert_eq!((booked(&test, id, "PAYOUT_SETTLED").await, booked(&test, id, "PAYOUT_REFUND").await), (1, 0));
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bank_did_not_pay_is_refunded_once() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    let before = test.balances(wallet).await;
    let id = taken(&test, wallet, "BANK-2", "200.00").await;
    let fields = |typed: Typed| {
        let desk = test.desk.clone();
        let operator = test.operator.clone();
        async move {
            match manual::record(&desk, &operator, id, &typed).await {
                Err(Error::Validation(errors)) => errors.into_iter().map(|error| error.field).collect::<Vec<_>>(),
                other => panic!("{other:?}"),
            }
        }
    };
    let said = not_paid(&test, id).await;
    assert_eq!(fields(Typed { reason: " ".into(), ..said.clone() }).await, ["reason"]);
    assert_eq!(fields(Typed { outcome: String::new(), ..said.clone() }).await, ["outcome"]);
    let done = paid(&test, id, "").await;
    assert_eq!(fields(Typed { paid_on: String::new(), ..done.clone() }).await, ["reference", "paid_on"]);
    assert_eq!(fields(Typed { reference: "R".into(), paid_on: "2026-01-17".into(), ..done }).await, ["paid_on"]);
    let stale = Typed { version: said.version - 1, ..said.clone() };
    assert_eq!(rule(manual::record(&test.desk, &test.operator, id, &stale).await), Rule::Stale);
    assert!(matches!(manual::record(&test.desk, &test.viewer, id, &said).await, Err(Error::Forbidden)));
    manual::record(&test.desk, &test.operator, id, &said).await.unwrap();
    let payout = test.get(id).await.payout;
    assert_eq!((payout.state, payout.closed_by), (State::Failed, Some(ClosedBy::Rail)));
    assert_eq!(payout.failure_reason.as_deref(), Some("The account is closed"));
    assert_eq!((test.balances(wallet).await, booked(&test, id, "PAYOUT_REFUND").await), (before, 1));
    test.run_jobs(20).await;
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn above_the_limit_nothing_is_booked_before_a_second_person_agrees() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    for (number, failed) in [(1, false), (2, true)] {
        let id = taken(&test, wallet, &format!("BIG-{number}"), "5000.00").await;
        let held = test.balances(wallet).await;
        let said = if failed { not_paid(&test, id).await } else { paid(&test, id, "BIG-REF").await };
        assert!(manual::record(&test.desk, &test.operator, id, &said).await.unwrap());
        assert_eq!((test.get(id).await.payout.state, test.balances(wallet).await), (State::Processing, held));
        // One answer at a time, and not by who recorded it, nor by an operator.
        let other = if failed { paid(&test, id, "BIG-REF-3").await } else { not_paid(&test, id).await };
        assert_eq!(rule(manual::record(&test.desk, &test.approver, id, &other).await), Rule::WrongState);
        let answer = manual::get(&test.desk, &test.operator, id).await.unwrap().answers.remove(0);
        let by = |caller| manual::confirm(&test.desk, caller, id, answer.id, answer.version);
        assert!(matches!(by(&test.operator).await, Err(Error::Forbidden)));
        // Taken back and recorded by the approver, who then may not confirm.
        manual::take_back(&test.desk, &test.operator, id, answer.id).await.unwrap();
        assert_eq!(rule(by(&test.approver).await), Rule::WrongState);
        let said = if failed { not_paid(&test, id).await } else { paid(&test, id, "BIG-REF").await };
        manual::record(&test.desk, &test.approver, id, &said).await.unwrap();
        assert_eq!(rule(confirm(&test, id).await), Rule::MakerIsChecker);
        let answer = manual::get(&test.desk, &test.admin, id).await.unwrap().answers.remove(0);
        manual::confirm(&test.desk, &test.admin, id, answer.id, answer.version).await.unwrap();
        let state = if failed { State::Failed } else { State::Completed };
        assert_eq!(test.get(id).await.payout.state, state);
        let twice = manual::confirm(&test.desk, &test.admin, id, answer.id, answer.version).await;
        assert_eq!(rule(twice), Rule::WrongState);
    }
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_of_the_bank_stands_for_one_payout() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    let (one, other) = (taken(&test, wallet, "ONE", "10.00").await, taken(&test, wallet, "OTHER", "20.00").await);
    manual::record(&test.desk, &test.operator, one, &paid(&test, one, "SAME").await).await.unwrap();
    let again = paid(&test, other, "SAME").await;
    assert_eq!(rule(manual::record(&test.desk, &test.operator, other, &again).await), Rule::ReferenceTaken);
    // What waits for a second person holds its reference too; what is taken back frees it.
    let (big, small) = (taken(&test, wallet, "BIG", "2000.00").await, taken(&test, wallet, "SMALL", "5.00").await);
    manual::record(&test.desk, &test.operator, big, &paid(&test, big, "HELD").await).await.unwrap();
    let typed = paid(&test, small, "HELD").await;
    assert_eq!(rule(manual::record(&test.desk, &test.operator, small, &typed).await), Rule::ReferenceTaken);
    let answer = manual::get(&test.desk, &test.operator, big).await.unwrap().answers.remove(0);
    manual::take_back(&test.desk, &test.operator, big, answer.id).await.unwrap();
    manual::record(&test.desk, &test.operator, small, &typed).await.unwrap();
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_records_for_two_days_is_a_case_and_can_still_be_recorded() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    let ids = [
        taken(&test, wallet, "LATE-1", "30.00").await,
        taken(&test, wallet, "LATE-2", "40.00").await,
        taken(&test, wallet, "LATE-3", "50.00").await,
    ];
    test.clock.advance((TWO_DAYS - 60) * 1_000_000);
    test.run_jobs(1).await;
    assert_eq!(test.int("SELECT COUNT(*) FROM cases").await, 0);
    test.clock.advance(70 * 1_000_000);
    test.run_jobs(3).await;
    assert_eq!(test.int("SELECT COUNT(*) FROM cases WHERE kind = 'unknown_payout' AND state = 'open'").await, 3);
    for id in ids {
        let payout = test.get(id).await.payout;
        assert_eq!((payout.state, payout.due_at), (State::Processing, None), "and nobody is asked about it");
        assert!(payout.outcome_unknown_since.is_some());
    }
    // There is no provider to ask.
    let case = test.text(&format!("SELECT id FROM cases WHERE subject_id = '{}'", ids[0])).await;
    let case = case.parse().unwrap();
    assert_eq!(rule(cases::ask_now(&test.desk, &test.operator, case).await), Rule::WrongState);
    // Recorded late: the case closes in the same moment.
    manual::record(&test.desk, &test.operator, ids[0], &paid(&test, ids[0], "LATE").await).await.unwrap();
    manual::record(&test.desk, &test.operator, ids[1], &not_paid(&test, ids[1]).await).await.unwrap();
    assert_eq!(test.int("SELECT COUNT(*) FROM cases WHERE ending = 'answered'").await, 2);
    // Or settled by two people like any other, with a question that was open: it has its answer.
    payouts::ask_to_cancel(&test.desk, &test.operator, ids[2], None, None).await.unwrap();
    let case = test.text(&format!("SELECT id FROM cases WHERE subject_id = '{}'", ids[2])).await;
    let case = case.parse().unwrap();
    let (line, ..) = cases::get(&test.desk, &test.operator, case).await.unwrap();
    let seen = (line.case.version, line.version_now.unwrap());
    cases::propose(&test.desk, &test.operator, case, seen, "done", "On the statement").await.unwrap();
    let (line, ..) = cases::get(&test.desk, &test.operator, case).await.unwrap();
    cases::settle(&test.desk, &test.approver, case, line.case.version).await.unwrap();
    assert_eq!(test.get(ids[2]).await.payout.state, State::Completed);
    assert_eq!(test.int("SELECT COUNT(*) FROM cancellations WHERE state = 'refused'").await, 1);
    test.run_jobs(5).await;
    assert_eq!(test.int("SELECT COUNT(*) FROM cases WHERE state <> 'closed'").await, 0);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_frozen_is_not_taken_and_what_is_taken_is_recorded_all_the_same() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    let before = taken(&test, wallet, "BEFORE", "10.00").await;
    let id = queued(&test, wallet, "FROZEN", "20.00").await;
    let frozen = freeze(&test, Scope::Rail, "manual").await;
    let refused = manual::take(&test.desk, &test.operator, &[id]).await.unwrap().remove(0).1;
    assert_eq!(refused.unwrap_err().rule, Rule::Frozen);
    assert_eq!(test.get(id).await.payout.state, State::Queued);
    manual::record(&test.desk, &test.operator, before, &paid(&test, before, "B").await).await.unwrap();
    lift(&test, &frozen).await;
    test.run_jobs(30).await;
    assert_eq!(test.get(id).await.payout.state, State::Queued, "no job takes it after the lift either");
    assert!(manual::take(&test.desk, &test.operator, &[id]).await.unwrap()[0].1.is_ok());
    // The sandbox's payouts are none that people take.
    let other = test.payout("10.00").await.payout.id;
    test.run_jobs(2).await;
    assert!(manual::take(&test.desk, &test.operator, &[other]).await.unwrap()[0].1.is_err());
    assert!(matches!(manual::take(&test.desk, &test.viewer, &[other]).await, Err(Error::Forbidden)));
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_second_person_outlives_two_days_and_is_confirmed_as_it_was_shown() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    let id = taken(&test, wallet, "SLOW", "5000.00").await;
    manual::record(&test.desk, &test.operator, id, &paid(&test, id, "SLOW-REF").await).await.unwrap();
    let before = manual::get(&test.desk, &test.approver, id).await.unwrap();
    // Recorded on facts that changed since: a line of the job's makes that no better.
    let other = taken(&test, wallet, "STALE", "5000.00").await;
    manual::record(&test.desk, &test.operator, other, &paid(&test, other, "STALE-REF").await).await.unwrap();
    payouts::ask_to_cancel(&test.desk, &test.operator, other, None, None).await.unwrap();
    test.clock.advance((TWO_DAYS + 60) * 1_000_000);
    test.run_jobs(5).await;
    let record = test.get(id).await;
    assert!(record.payout.version > before.record.payout.version);
    let recorded = "What became of it is recorded and waits for a second person; it is not booked yet";
    assert_eq!(lines(&record).iter().filter(|line| **line == recorded).count(), 1, "{:?}", lines(&record));
    assert!(!lines(&record).iter().any(|line| line.starts_with("Nobody has recorded")), "{:?}", lines(&record));
    assert_eq!(record.payout.due_at, None, "said once, and nobody looks again");
    assert_eq!(test.int("SELECT COUNT(*) FROM cases WHERE kind = 'unknown_payout' AND state = 'open'").await, 2);
    assert_eq!(rule(confirm(&test, other).await), Rule::Stale);
    // The page was opened before the job came.
    let answer = &before.answers[0];
    manual::confirm(&test.desk, &test.approver, id, answer.id, answer.version).await.unwrap();
    assert_eq!(test.get(id).await.payout.state, State::Completed);
    assert_eq!(test.int("SELECT COUNT(*) FROM cases WHERE ending = 'answered'").await, 1);
    test.verify().await;
}
