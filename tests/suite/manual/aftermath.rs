//! What the bank does after the outcome was booked: it pays what was refunded, or sends back what it paid.

use futures_util::future::join_all;
use paydesk::domain::event::EventType;
use paydesk::domain::ids::PayoutId;
use paydesk::domain::payout::{Rule, State};
use paydesk::error::Error;
use paydesk::service::manual::{self, Typed};
use paydesk::service::payouts;

use super::{booked, confirm, not_paid, paid, queued, rule, taken, wallet};
use crate::support::app::{TestDesk, desk, spawn};

async fn paid_all_the_same(test: &TestDesk, id: PayoutId, reference: &str) -> Typed {
    Typed { kind: "aftermath".into(), ..paid(test, id, reference).await }
}

async fn sent_back(test: &TestDesk, id: PayoutId) -> Typed {
    Typed { kind: "aftermath".into(), ..not_paid(test, id).await }
}

async fn record(test: &TestDesk, id: PayoutId, said: &Typed) -> Result<bool, Error> {
    manual::record(&test.desk, &test.operator, id, said).await
}

async fn cases(test: &TestDesk, id: PayoutId) -> i64 {
    test.int(&format!("SELECT COUNT(*) FROM cases WHERE kind = 'paid_after_refund' AND subject_id = '{id}'")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bank_paid_after_its_refund_is_one_loss_with_its_case() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    let before = test.balances(wallet).await;
    // Not paid; and stopped.
    let failed = taken(&test, wallet, "FAILED", "100.00").await;
    assert_eq!(rule(record(&test, failed, &paid_all_the_same(&test, failed, "EARLY").await).await), Rule::WrongState);
    record(&test, failed, &not_paid(&test, failed).await).await.unwrap();
    let stopped = taken(&test, wallet, "STOPPED", "200.00").await;
    let asked = payouts::ask_to_cancel(&test.desk, &test.operator, stopped, None, None).await.unwrap().value.id;
    let yes = Typed { kind: "cancellation".into(), subject_id: asked.to_string(), ..paid(&test, stopped, "").await };
    record(&test, stopped, &yes).await.unwrap();
    for (id, state) in [(failed, State::Failed), (stopped, State::Cancelled)] {
        assert_eq!(test.balances(wallet).await, before);
        // The bank's reference and day are needed, and it cannot have been sent back.
        let bare = Typed { reference: String::new(), ..paid_all_the_same(&test, id, "").await };
        assert!(matches!(record(&test, id, &bare).await, Err(Error::Validation(_))));
        assert_eq!(rule(record(&test, id, &sent_back(&test, id).await).await), Rule::WrongState);
        let said = paid_all_the_same(&test, id, &format!("DEBIT-{state:?}")).await;
        assert!(!record(&test, id, &said).await.unwrap(), "below the limit one is enough");
        let lost = test.get(id).await;
        assert_eq!((lost.payout.state, test.balances(wallet).await), (state, before), "the wallet keeps its refund");
        assert_eq!(lost.payout.rail_reference.as_deref(), Some(said.reference.as_str()));
        assert!(lost.events.iter().any(|event| event.event_type == EventType::Loss));
        assert_eq!((booked(&test, id, "LOSS").await, cases(&test, id).await), (1, 1));
        // Once, whatever is said again.
        for again in [said, paid_all_the_same(&test, id, "DEBIT-2").await, paid(&test, id, "DEBIT-3").await] {
            assert_eq!(rule(record(&test, id, &again).await), Rule::WrongState);
        }
        assert_eq!((booked(&test, id, "LOSS").await, cases(&test, id).await), (1, 1));
    }
    // Its reference stands for it from now on.
    let other = taken(&test, wallet, "OTHER", "10.00").await;
    assert_eq!(rule(record(&test, other, &paid(&test, other, "DEBIT-Failed").await).await), Rule::ReferenceTaken);
    // What nobody ever took to the bank was not paid by it.
    let waiting = queued(&test, wallet, "NEVER", "10.00").await;
    payouts::cancel(&test.desk, &test.operator, waiting, None, None, None).await.unwrap();
    let said = paid_all_the_same(&test, waiting, "NEVER").await;
    assert_eq!(rule(record(&test, waiting, &said).await), Rule::WrongState);
    test.run_jobs(10).await;
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bank_sent_back_returns_to_the_wallet_once() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    let before = test.balances(wallet).await;
    let id = taken(&test, wallet, "BACK", "300.00").await;
    assert_eq!(rule(record(&test, id, &sent_back(&test, id).await).await), Rule::WrongState);
    record(&test, id, &paid(&test, id, "OUT").await).await.unwrap();
    let unasked = Typed { reason: String::new(), ..sent_back(&test, id).await };
    assert!(matches!(record(&test, id, &unasked).await, Err(Error::Validation(_))));
    assert_eq!(rule(record(&test, id, &paid_all_the_same(&test, id, "AGAIN").await).await), Rule::WrongState);
    let said = sent_back(&test, id).await;
    assert!(!record(&test, id, &said).await.unwrap());
    let payout = test.get(id).await.payout;
    assert_eq!((payout.state, payout.returned_at.is_some()), (State::Completed, true));
    assert_eq!((test.balances(wallet).await, booked(&test, id, "PAYOUT_RETURN").await), (before, 1));
    for again in [said, sent_back(&test, id).await] {
        assert_eq!(rule(record(&test, id, &again).await), Rule::WrongState);
    }
    assert_eq!(booked(&test, id, "PAYOUT_RETURN").await, 1);
    test.run_jobs(10).await;
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn above_the_limit_a_second_person_confirms_what_the_bank_did_afterwards() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    for (back, kind) in [(false, "LOSS"), (true, "PAYOUT_RETURN")] {
        let id = taken(&test, wallet, kind, "5000.00").await;
        let first = if back { paid(&test, id, "OUT-1").await } else { not_paid(&test, id).await };
        record(&test, id, &first).await.unwrap();
        confirm(&test, id).await.unwrap();
        let said = if back { sent_back(&test, id).await } else { paid_all_the_same(&test, id, "DEBIT").await };
        assert!(record(&test, id, &said).await.unwrap(), "it waits");
        assert_eq!(booked(&test, id, kind).await, 0);
        assert_eq!(rule(record(&test, id, &said).await), Rule::WrongState, "one answer at a time");
        let (questions, _) = manual::questions(&test.desk, &test.viewer, None, 10).await.unwrap();
        assert_eq!((questions.len(), questions[0].payout_id), (1, id), "whoever confirms it finds it");
        let answer = manual::get(&test.desk, &test.admin, id).await.unwrap().answers.remove(0);
        let own = manual::confirm(&test.desk, &test.operator, id, answer.id, answer.version).await;
        assert!(matches!(own, Err(Error::Forbidden)));
        let callers = [&test.approver, &test.admin, &test.approver];
        let confirmed =
            join_all(callers.map(|caller| manual::confirm(&test.desk, caller, id, answer.id, answer.version))).await;
        assert_eq!(confirmed.iter().filter(|result| result.is_ok()).count(), 1);
        assert_eq!(booked(&test, id, kind).await, 1);
        assert!(manual::questions(&test.desk, &test.viewer, None, 10).await.unwrap().0.is_empty());
    }
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_record_it_at_once_book_one_loss() {
    let test = desk().await;
    let wallet = wallet(&test).await;
    for round in 0..6 {
        let id = taken(&test, wallet, &format!("TWICE-{round}"), "50.00").await;
        record(&test, id, &not_paid(&test, id).await).await.unwrap();
        let (one, other) = (format!("ONE-{round}"), format!("OTHER-{round}"));
        let (one, other) = (paid_all_the_same(&test, id, &one).await, paid_all_the_same(&test, id, &other).await);
        let (one, other) =
            tokio::join!(record(&test, id, &one), manual::record(&test.desk, &test.approver, id, &other));
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        assert_eq!((booked(&test, id, "LOSS").await, cases(&test, id).await), (1, 1));
    }
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_what_has_ended_offers_what_the_bank_may_still_have_done() {
    let app = spawn().await;
    let wallet = wallet(&app.test).await;
    let id = taken(&app.test, wallet, "PAGE", "40.00").await;
    record(&app.test, id, &not_paid(&app.test, id).await).await.unwrap();
    let olga = app.person("olga@example.com").await;
    let href = format!("/manual/{id}");
    let page = olga.get(&href).await;
    assert!(page.main().contains("The bank paid it all the same"), "{}", page.main());
    assert!(!page.main().contains("The bank sent it back"), "{}", page.main());
    let fields = ["kind", "subject_id", "version", "outcome"].map(|name| (name, page.field(name).unwrap()));
    let mut form: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let wrong = olga.post(&format!("{href}/answers"), &form).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("<details class=\"disclose\" open>"), "what is wrong is not folded away");
    form.extend([("reference", "DEBIT-9"), ("paid_on", "2026-01-15")]);
    assert_eq!(olga.post(&format!("{href}/answers"), &form).await.status, 303);
    let page = olga.get(&href).await;
    assert!(page.main().contains("it was paid all the same"), "{}", page.main());
    assert!(page.field("outcome").is_none(), "nothing is left to say");
    assert_eq!(booked(&app.test, id, "LOSS").await, 1);
    let vera = app.person("vera@example.com").await;
    assert!(!vera.get(&href).await.main().contains("Record it"));
    app.test.verify().await;
}
