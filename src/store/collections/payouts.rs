//! Payouts of one wallet, as Razorpay's dialect asks for them.

use super::{Branches, Window};
use crate::domain::command::PayoutRecord;
use crate::domain::ids::{AccountId, PayeeId, PayoutId, PayoutLinkId, WalletId};
use crate::domain::payout::State;
use crate::store::load::{record_joins, record_object};
use crate::store::sql::{self, Engine, Value};
use crate::store::{Reader, StoreError};

/// Which payouts of a wallet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PayoutFilter {
    /// In one of these; empty means all.
    pub standings: Vec<Standing>,
    pub payee: Option<PayeeId>,
    pub account: Option<AccountId>,
    pub reference: Option<String>,
    /// A member that only the dialect knows.
    pub mode: Option<String>,
    /// Nothing can match.
    pub nothing: bool,
}

/// Where a payout stands, where its state alone does not say enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// In this state.
    Is(State),
    /// Waiting for a checker.
    ForApproval,
    /// Waiting for what the provider asked for.
    ForVerification,
    /// Completed, and not sent back by the bank.
    Paid,
    /// Completed, and sent back by the bank.
    Returned,
    /// Cancelled by a checker.
    SentBack,
    /// Cancelled by anybody else.
    Withdrawn,
}

impl Standing {
    /// Written out, so that the indexes of the few are used.
    fn condition(self) -> String {
        match self {
            Standing::Is(state) => format!("p.state = '{}'", state.name()),
            Standing::ForApproval => "p.action = 'approval'".into(),
            Standing::ForVerification => "p.action = 'verification'".into(),
            Standing::Paid => "p.state = 'completed' AND p.returned_at IS NULL".into(),
            Standing::Returned => "p.returned_at IS NOT NULL".into(),
            Standing::SentBack => "p.closed_by = 'checker'".into(),
            Standing::Withdrawn => "p.state = 'cancelled' AND p.closed_by <> 'checker'".into(),
        }
    }
}

/// Whole records of payouts of a wallet.
pub async fn payouts(
    reader: &mut Reader,
    wallet: WalletId,
    filter: &PayoutFilter,
    window: Window,
) -> Result<Vec<PayoutRecord>, StoreError> {
    if filter.nothing {
        return Ok(Vec::new());
    }
    let engine = reader.engine;
    let (inner, values) = payouts_page(engine, wallet, filter, window);
    let record = record_object(engine);
    let from = format!("(SELECT {record} AS record FROM ({inner}) AS p {} ORDER BY p.id DESC) AS r", record_joins());
    reader.records(&from, &values).await
}

/// The rows of one page, and the values they need.
pub(super) fn payouts_page(
    engine: Engine,
    wallet: WalletId,
    filter: &PayoutFilter,
    window: Window,
) -> (String, Vec<Value>) {
    let mut branches = Branches::new("payouts", "p", window, PayoutId::first_at);
    let mode = format!("p.extra IS NOT NULL AND {} = ?", engine.member("p.extra", "mode"));
    for (value, condition) in [
        (filter.payee.map(|id| id.to_string()), "p.id IN (SELECT q.id FROM payouts q WHERE q.payee_id = ?)"),
        (filter.account.map(|id| id.to_string()), "p.id IN (SELECT q.id FROM payouts q WHERE q.account_id = ?)"),
        (filter.reference.clone(), "p.id IN (SELECT q.id FROM payouts q WHERE q.reference_id = ?)"),
        (filter.mode.clone(), mode.as_str()),
    ] {
        branches.all(condition, value.map(Value::from));
    }
    let mut standings: Vec<String> = filter.standings.iter().map(|standing| standing.condition()).collect();
    if standings.is_empty() {
        standings.push(String::new());
    }
    branches.of_wallet(wallet, &standings);
    branches.page()
}

/// Every payout of a payout link, newest first.
pub async fn of_link(reader: &mut Reader, link: PayoutLinkId) -> Result<Vec<PayoutRecord>, StoreError> {
    let engine = reader.engine;
    let inner = "SELECT q.* FROM payouts q WHERE q.link_id = $1 ORDER BY q.id DESC LIMIT $2";
    let record = record_object(engine);
    let from = format!("(SELECT {record} AS record FROM ({inner}) AS p {} ORDER BY p.id DESC) AS r", record_joins());
    reader.records(&from, &[link.to_string().into(), sql::Value::Int(MOST_ATTEMPTS)]).await
}

/// More attempts than a link can have: it closes before.
const MOST_ATTEMPTS: i64 = 100;
