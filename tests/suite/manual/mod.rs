//! The manual rail: staff take payouts to the bank, record what became of them, and a second person confirms.

mod aftermath;
mod cancellations;
mod pages;
mod races;
mod recording;

use paydesk::domain::command::PayoutRecord;
use paydesk::domain::ids::PayoutId;
use paydesk::domain::payout::Rule;
use paydesk::error::Error;
use paydesk::service::manual::{self, Typed};
use paydesk::service::payouts;
use paydesk::service::wallet_settings::{self, WalletInput};

use crate::support::app::{TestDesk, input};

/// A wallet of the first client whose payouts staff pay, with USD 100,000.00 and approval above 1,000.00.
pub async fn wallet(test: &TestDesk) -> i64 {
    let input = WalletInput {
        client: "1".into(),
        name: "Bank USD".into(),
        currency: "USD".into(),
        approval_limit: "1000".into(),
        percentage: "1".into(),
        rail: "manual".into(),
        ..WalletInput::default()
    };
    let wallet = wallet_settings::create(&test.desk, &test.admin, &input).await.expect("a wallet");
    test.top_up(wallet, "100000").await;
    wallet
}

/// A payout of it that waits to be paid; one above the limit was approved.
pub async fn queued(test: &TestDesk, wallet: i64, reference: &str, amount: &str) -> PayoutId {
    let mut input = input(reference, wallet, "USD", amount);
    input.beneficiary.identifiers = Some(r#"{"iban":"DE89370400440532013000","bic":"COBADEFFXXX"}"#.into());
    let made = payouts::create(&test.desk, &test.operator, &input, None).await.expect("a payout").value;
    let id = made.payout.id;
    if made.payout.waits_for_approval() {
        payouts::decide(&test.desk, &test.approver, id, true, None, None, None).await.expect("approved");
    }
    test.run_jobs(2).await;
    id
}

/// The same, taken by the operator.
pub async fn taken(test: &TestDesk, wallet: i64, reference: &str, amount: &str) -> PayoutId {
    let id = queued(test, wallet, reference, amount).await;
    let result = manual::take(&test.desk, &test.operator, &[id]).await.expect("an answer");
    assert!(result[0].1.is_ok(), "{result:?}");
    id
}

/// That it was paid, as the payout stands now.
pub async fn paid(test: &TestDesk, id: PayoutId, reference: &str) -> Typed {
    Typed { reference: reference.into(), paid_on: "2026-01-15".into(), ..said(test, id, "done").await }
}

/// That it was not.
pub async fn not_paid(test: &TestDesk, id: PayoutId) -> Typed {
    Typed { reason: "The account is closed".into(), ..said(test, id, "not_done").await }
}

async fn said(test: &TestDesk, id: PayoutId, outcome: &str) -> Typed {
    Typed {
        kind: "payout".into(),
        subject_id: id.to_string(),
        outcome: outcome.into(),
        version: test.get(id).await.payout.version,
        ..Typed::default()
    }
}

/// Confirms what waits for a second person, as the approver.
pub async fn confirm(test: &TestDesk, id: PayoutId) -> Result<(), Error> {
    let shown = manual::get(&test.desk, &test.approver, id).await.expect("the payout");
    let waiting = shown.answers.iter().find(|it| it.state == paydesk::domain::manual::State::Waiting);
    let answer = waiting.expect("an answer that waits");
    manual::confirm(&test.desk, &test.approver, id, answer.id, answer.version).await
}

/// The rule that refused it.
pub fn rule<T: std::fmt::Debug>(result: Result<T, Error>) -> Rule {
    match result {
        Err(Error::Refused(refusal)) => refusal.rule,
        other => panic!("{other:?}"),
    }
}

/// How often a kind of ledger transaction was booked for it.
pub async fn booked(test: &TestDesk, id: PayoutId, kind: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM ledger_transactions WHERE payout_id = '{id}' AND kind = '{kind}'");
    test.int(&sql).await
}

/// The lines of its history.
pub fn lines(record: &PayoutRecord) -> Vec<&str> {
    record.events.iter().map(|event| event.message.as_str()).collect()
}
