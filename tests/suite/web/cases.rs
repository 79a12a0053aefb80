//! The unknown desk: cases open and close by themselves, and two people settle one.

use std::time::Duration;

use paydesk::domain::caller::{Caller, Via};
use paydesk::domain::command::{Advance, Command, News, Unit};
use paydesk::domain::ids::PayoutId;
use paydesk::domain::payout::{ClosedBy, State};
use paydesk::service::payouts;
use paydesk::service::reversals::{self, ReversalInput};

use crate::support::api::Answer;
use crate::support::app::{SECOND, TestApp, USD, spawn};
use crate::support::person::Person;

/// A payout that its provider took and does not answer about, and its case.
pub async fn unknown(app: &TestApp, amount: &str) -> (PayoutId, String) {
    let id = app.test.payout(amount).await.payout.id;
    app.test.run_jobs(16).await;
    (id, case_of(app, &id.to_string()).await)
}

pub async fn case_of(app: &TestApp, subject: &str) -> String {
    app.test.text(&format!("SELECT id FROM cases WHERE subject_id = '{subject}' ORDER BY id DESC LIMIT 1")).await
}

pub async fn ending(app: &TestApp, case: &str) -> String {
    app.test.text(&format!("SELECT state || ' ' || COALESCE(ending, '') FROM cases WHERE id = '{case}'")).await
}

pub async fn count(app: &TestApp, kind: &str) -> i64 {
    app.test.int(&format!("SELECT COUNT(*) FROM ledger_transactions WHERE kind = '{kind}'")).await
}

/// Proposes what the form of the case's page offers, with the versions that stand in it.
pub async fn propose(person: &Person, case: &str, verdict: &str) -> Answer {
    let page = person.get(&format!("/cases/{case}")).await;
    let field = |name| page.field(name).unwrap_or_default();
    let (version, subject_version) = (field("version"), field("subject_version"));
    let form = [
        ("outcome", verdict),
        ("reason", "Statement of 15 January"),
        ("version", version.as_str()),
        ("subject_version", subject_version.as_str()),
    ];
    person.post(&format!("/cases/{case}/proposal"), &form).await
}

pub async fn version(app: &TestApp, case: &str) -> String {
    app.test.int(&format!("SELECT version FROM cases WHERE id = '{case}'")).await.to_string()
}

pub async fn confirm(app: &TestApp, person: &Person, case: &str) -> Answer {
    let version = version(app, case).await;
    person.post(&format!("/cases/{case}/settlement"), &[("version", &version)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_provider_opens_a_case_and_its_answer_closes_it() {
    let app = spawn().await;
    let (silent, case) = unknown(&app, "90.43").await;
    let (late, answered) = unknown(&app, "90.47").await;
    let operator = app.person("olga@example.com").await;
    let list = operator.get("/cases").await;
    let shown = list.main();
    assert!(shown.contains("Payout without an answer") && shown.contains("USD 180"), "{shown}");
    app.test.run_jobs(30).await;
    assert_eq!(app.test.get(late).await.payout.state, State::Completed);
    assert_eq!((ending(&app, &answered).await, ending(&app, &case).await), ("closed answered".into(), "open ".into()));
    let list = operator.get("/cases").await;
    assert!(list.text.contains(&case) && !list.text.contains(&answered));
    assert!(operator.get("/cases?state=closed").await.text.contains(&answered));
    let page = operator.get(&format!("/cases/{case}")).await;
    assert!(page.main().contains("it has said nothing about this") && page.text.contains(&silent.to_string()));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_settle_what_was_not_paid_and_only_then_money_moves() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let (id, case) = unknown(&app, "90.43").await;
    let held = app.test.balances(USD).await;
    let operator = app.person("olga@example.com").await;
    let approver = app.person("axel@example.com").await;
    // Nothing is proposed yet, and a proposal needs its words.
    assert_eq!(confirm(&app, &approver, &case).await.status, 409);
    assert_eq!(propose(&operator, &case, "").await.status, 422);
    assert_eq!(propose(&operator, &case, "not_done").await.status, 303);
    assert_eq!(propose(&operator, &case, "done").await.status, 409, "one proposal at a time");
    assert_eq!((app.test.balances(USD).await, ending(&app, &case).await), (held, "settling ".into()));
    assert_eq!(confirm(&app, &operator, &case).await.status, 403, "an operator does not confirm");
    let stale = approver.post(&format!("/cases/{case}/settlement"), &[("version", "1")]).await;
    assert_eq!(stale.status, 409);
    assert_eq!(confirm(&app, &approver, &case).await.status, 303);
    let record = app.test.get(id).await;
    let payout = &record.payout;
    assert_eq!(
        (payout.state, payout.closed_by, app.test.balances(USD).await),
        (State::Failed, Some(ClosedBy::Staff), before)
    );
    let said = record.events.iter().find(|event| event.message.starts_with("Staff settled")).expect("a line");
    assert_eq!((said.actor_name.as_str(), said.actor_type.as_str()), ("Axel Approver", "admin"));
    assert_eq!(said.note.as_deref(), Some("Statement of 15 January (proposed by Olga Operator)"));
    assert_eq!(ending(&app, &case).await, "closed settled");
    assert_eq!(confirm(&app, &approver, &case).await.status, 409, "once");
    assert_eq!((count(&app, "PAYOUT_REFUND").await, count(&app, "LOSS").await), (1, 0));
    let page = approver.get(&format!("/cases/{case}")).await;
    assert!(page.main().contains("Olga Operator proposed it, Axel Approver confirmed it"), "{}", page.main());
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_proposed_does_not_confirm_and_two_confirmers_settle_once() {
    let app = spawn().await;
    let (id, case) = unknown(&app, "90.43").await;
    let approver = app.person("axel@example.com").await;
    let admin = app.person("anna@example.com").await;
    assert_eq!(propose(&admin, &case, "done").await.status, 303);
    assert_eq!(confirm(&app, &admin, &case).await.status, 403);
    let page = admin.get(&format!("/cases/{case}")).await;
    assert!(
        page.main().contains("Whoever proposed it does not confirm it") && !page.main().contains("Confirm and book")
    );
    let again = app.person("axel@example.com").await;
    let (one, other) = tokio::join!(confirm(&app, &approver, &case), confirm(&app, &again, &case));
    let mut answers = [one.status, other.status];
    answers.sort_unstable();
    assert_eq!(answers, [303, 409]);
    assert_eq!((app.test.get(id).await.payout.state, count(&app, "PAYOUT_SETTLED").await), (State::Completed, 1));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_dies_when_the_record_changes() {
    let app = spawn().await;
    let (id, case) = unknown(&app, "90.43").await;
    let operator = app.person("olga@example.com").await;
    let approver = app.person("axel@example.com").await;
    assert_eq!(propose(&operator, &case, "not_done").await.status, 303);
    payouts::ask_to_cancel(&app.test.desk, &app.test.operator, id, None, None).await.expect("a question");
    assert_eq!(confirm(&app, &approver, &case).await.status, 409);
    assert!(!app.test.get(id).await.payout.state.is_final());
    assert_eq!(operator.post(&format!("/cases/{case}/withdrawal"), &[]).await.status, 303);
    assert_eq!(propose(&operator, &case, "not_done").await.status, 303);
    assert_eq!(confirm(&app, &approver, &case).await.status, 303);
    // The question that was open meanwhile has its answer: the payout has ended.
    app.test.run_jobs(5).await;
    assert_eq!(app.test.int("SELECT COUNT(*) FROM cases WHERE state <> 'closed'").await, 0);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_staff_settled_as_unpaid_and_the_provider_paid_is_a_loss_with_a_case() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let (id, case) = unknown(&app, "90.47").await;
    let operator = app.person("olga@example.com").await;
    let approver = app.person("axel@example.com").await;
    assert_eq!(propose(&operator, &case, "not_done").await.status, 303);
    assert_eq!(confirm(&app, &approver, &case).await.status, 303);
    app.test.run_jobs(90).await;
    assert_eq!((count(&app, "LOSS").await, app.test.balances(USD).await), (1, before));
    assert_eq!(app.test.get(id).await.payout.state, State::Failed);
    let loss = case_of(&app, &id.to_string()).await;
    let record = approver.get(&format!("/payouts/{id}")).await;
    assert!(record.main().contains("paid it after its refund"), "{}", record.main());
    assert_ne!(loss, case);
    let page = approver.get(&format!("/cases/{loss}")).await;
    assert!(page.main().contains("Paid after its refund") && !page.main().contains("Ask the provider now"));
    assert_eq!(operator.post(&format!("/cases/{loss}/questions"), &[]).await.status, 409);
    assert_eq!(propose(&operator, &loss, "not_done").await.status, 422, "a loss is only dealt with");
    assert_eq!(propose(&operator, &loss, "done").await.status, 303);
    assert_eq!(confirm(&app, &approver, &loss).await.status, 303);
    assert_eq!((ending(&app, &loss).await, count(&app, "LOSS").await), ("closed settled".into(), 1));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reversals_and_cancellations_without_an_answer_are_settled_too() {
    let app = spawn().await;
    let operator = app.person("olga@example.com").await;
    let approver = app.person("axel@example.com").await;
    for (verdict, back) in [("done", 1), ("not_done", 1)] {
        let paid = app.test.completed("90.49").await.payout.id;
        let all = ReversalInput { reason: Some("r".into()), ..ReversalInput::default() };
        let desk = &app.test.desk;
        let asked = reversals::reverse(desk, &app.test.operator, paid, &all, None, None, Duration::ZERO).await.unwrap();
        app.test.run_jobs(2).await;
        let case = case_of(&app, &asked.value.id.to_string()).await;
        assert_eq!(propose(&operator, &case, verdict).await.status, 303);
        assert_eq!(confirm(&app, &approver, &case).await.status, 303);
        assert_eq!(count(&app, "PAYOUT_REVERSAL").await, back);
        assert_eq!(ending(&app, &case).await, "closed settled");
    }
    for (verdict, state) in [("done", State::Cancelled), ("not_done", State::Processing)] {
        let id = app.test.payout("90.54").await.payout.id;
        app.test.run_jobs(16).await;
        let asked =
            payouts::ask_to_cancel(&app.test.desk, &app.test.operator, id, None, None).await.expect("a question");
        app.test.run_jobs(2).await;
        let case = case_of(&app, &asked.value.id.to_string()).await;
        assert_eq!(propose(&operator, &case, verdict).await.status, 303);
        assert_eq!(confirm(&app, &approver, &case).await.status, 303);
        assert_eq!((app.test.get(id).await.payout.state, ending(&app, &case).await), (state, "closed settled".into()));
    }
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_has_an_owner_and_notes_and_asks_the_provider_on_demand() {
    let app = spawn().await;
    let (id, case) = unknown(&app, "90.43").await;
    let operator = app.person("olga@example.com").await;
    assert_eq!(operator.post(&format!("/cases/{case}/owner"), &[("owner", "")]).await.status, 303);
    assert_eq!(operator.post(&format!("/cases/{case}/notes"), &[("note", " ")]).await.status, 422);
    let note = "Rang <b>them</b>: they will ring back";
    assert_eq!(operator.post(&format!("/cases/{case}/notes"), &[("note", note)]).await.status, 303);
    app.test.run_jobs(200).await;
    assert!(app.test.get(id).await.payout.due_at > Some(app.test.clock.now()));
    assert_eq!(operator.post(&format!("/cases/{case}/questions"), &[]).await.status, 303);
    assert!(app.test.get(id).await.payout.due_at <= Some(app.test.clock.now()));
    let page = app.person("vera@example.com").await.get(&format!("/cases/{case}")).await;
    assert!(page.main().contains("Olga Operator") && !page.text.contains("<b>them"), "{}", page.main());
    assert!(!page.main().contains("Propose"), "a viewer only reads");
    let audited =
        "SELECT COUNT(*) FROM audit_log WHERE outcome = 'done' AND action IN ('case.take', 'case.note', 'case.ask')";
    assert_eq!(app.test.int(audited).await, 3);
    assert_eq!(operator.get("/cases/cas_01h455vb4pex5vsknk084sn02q").await.status, 404);
    assert_eq!(operator.get("/cases/x").await.status, 404);
}

/// Something that the provider says of a payout.
async fn says(app: &TestApp, payout_id: PayoutId, news: News) {
    let due_at = Some(app.test.clock.now() + 3_600 * SECOND);
    let command = Command::Advance(Advance { payout_id, version: None, news, due_at });
    let unit = Unit { caller: Caller::system(Via::Job, "test"), key: None, command, item: None };
    app.test.desk.store.run(unit).await.expect("written").result.expect("heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_about_a_question_dies_when_its_payout_moves_on() {
    let app = spawn().await;
    let operator = app.person("olga@example.com").await;
    let approver = app.person("axel@example.com").await;
    let id = app.test.payout("90.54").await.payout.id;
    app.test.run_jobs(16).await;
    let asked = payouts::ask_to_cancel(&app.test.desk, &app.test.operator, id, None, None).await.expect("a question");
    app.test.run_jobs(2).await;
    let case = case_of(&app, &asked.value.id.to_string()).await;
    assert_eq!(propose(&operator, &case, "done").await.status, 303);
    app.test.clock.advance(SECOND);
    says(&app, id, News::Accepted { reference: None }).await;
    let before = app.test.balances(USD).await;
    let late = confirm(&app, &approver, &case).await;
    assert_eq!(late.status, 409);
    assert!(late.main().contains("The record changed after this was proposed."), "{}", late.main());
    assert_eq!((app.test.get(id).await.payout.state, app.test.balances(USD).await), (State::Settling, before));
    app.test.clock.advance(SECOND);
    assert_eq!(operator.post(&format!("/cases/{case}/withdrawal"), &[]).await.status, 303);
    assert_eq!(propose(&operator, &case, "not_done").await.status, 303);
    assert_eq!(confirm(&app, &approver, &case).await.status, 303);
    assert_eq!((app.test.get(id).await.payout.state, app.test.balances(USD).await), (State::Settling, before));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_staff_settled_as_paid_and_the_provider_says_failed_comes_back_once() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let operator = app.person("olga@example.com").await;
    let approver = app.person("axel@example.com").await;
    let id = app.test.payout("90.42").await.payout.id;
    app.test.run_jobs(16).await;
    says(&app, id, News::Unknown).await;
    let case = case_of(&app, &id.to_string()).await;
    assert_eq!(propose(&operator, &case, "done").await.status, 303);
    assert_eq!(confirm(&app, &approver, &case).await.status, 303);
    assert_eq!((app.test.get(id).await.payout.state, count(&app, "PAYOUT_SETTLED").await), (State::Completed, 1));
    app.test.run_jobs(70).await;
    let payout = app.test.get(id).await.payout;
    assert_eq!((payout.state, payout.returned_at.is_some(), payout.due_at), (State::Completed, true, None));
    assert_eq!((count(&app, "PAYOUT_RETURN").await, app.test.balances(USD).await), (1, before));
    app.test.run_jobs(200).await;
    assert_eq!(count(&app, "PAYOUT_RETURN").await, 1);
    app.test.verify().await;
}
