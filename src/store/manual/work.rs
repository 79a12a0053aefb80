//! The worklist: payouts to be paid at the bank, and those that somebody has taken.

use serde::Deserialize;

use crate::domain::case::Verdict;
use crate::domain::ids::{PayoutId, StaffId, WalletId};
use crate::domain::money::{Currency, Money};
use crate::store::sql::{Conditions, Select, Value};
use crate::store::{Reader, StoreError};

// Each part, written out as the partial index has it.
pub(super) const TO_PAY: &str = "p.rail = 'manual' AND p.state = 'queued' AND p.hold_id IS NOT NULL";
const TAKEN: &str = "p.rail = 'manual' AND p.state = 'processing'";

/// How many payouts the sums look at.
pub const COUNTED: i64 = 10_000;

/// Which payouts are wanted: those that nobody has taken, or those that somebody has and that have no outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    ToPay,
    Taken,
}

/// Which of them.
#[derive(Debug, Clone, Default)]
pub struct WorkFilter {
    pub wallet: Option<WalletId>,
    /// Taken by this person.
    pub taker: Option<StaffId>,
}

/// A payout to be paid at the bank. Amounts in minor units, times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WorkLine {
    pub id: PayoutId,
    pub reference_id: String,
    pub amount_minor: i64,
    pub currency: Currency,
    /// What the payee gets.
    pub destination_minor: i64,
    pub destination_currency: Currency,
    pub payee_first_name: String,
    pub payee_last_name: String,
    pub account_label: Option<String>,
    pub wallet_name: String,
    pub client_name: String,
    pub queued_at: Option<i64>,
    pub taken_at: Option<i64>,
    pub taker_name: Option<String>,
    pub outcome_unknown_since: Option<i64>,
    /// What somebody recorded and nobody has confirmed yet.
    pub waiting: Option<Verdict>,
    /// Cancellations without an answer.
    pub asked: i64,
}

/// How many payouts, and how much, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WorkTotal {
    pub currency: Currency,
    pub payouts: i64,
    pub amount_minor: i64,
}

const LINE: &[&str] = &[
    "id",
    "reference_id",
    "amount_minor",
    "currency",
    "destination_minor",
    "destination_currency",
    "payee_first_name",
    "payee_last_name",
    "account_label",
    "wallet_name",
    "client_name",
    "queued_at",
    "taken_at",
    "taker_name",
    "outcome_unknown_since",
    "waiting",
    "asked",
];

impl WorkLine {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    /// What is to be paid.
    pub fn destination(&self) -> Money {
        Money::new(self.destination_minor, self.destination_currency)
    }

    pub fn payee_name(&self) -> String {
        format!("{} {}", self.payee_first_name, self.payee_last_name).trim().to_owned()
    }
}

impl WorkTotal {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }
}

/// Oldest first, newer than `after`.
pub async fn list(
    reader: &mut Reader,
    part: Part,
    filter: &WorkFilter,
    after: Option<PayoutId>,
    limit: i64,
) -> Result<Vec<WorkLine>, StoreError> {
    reader.select(&select(part, filter, after, limit)).await
}

pub(super) fn select(part: Part, filter: &WorkFilter, after: Option<PayoutId>, limit: i64) -> Select {
    let mut conditions = filter.conditions(part);
    if let Some(after) = after {
        conditions.and("p.id > ?", [after.to_string().into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    let chosen = format!("SELECT p.* FROM payouts p {} ORDER BY p.id LIMIT {limit}", conditions.where_clause());
    let inner = format!(
        "SELECT p.id, p.reference_id, p.amount_minor, p.currency, p.destination_minor, p.destination_currency, \
         b.first_name AS payee_first_name, b.last_name AS payee_last_name, a.label AS account_label, w.name AS \
         wallet_name, c.name AS client_name, p.queued_at, t.taken_at, (SELECT name FROM staff WHERE id = t.staff_id) \
         AS taker_name, p.outcome_unknown_since, (SELECT n.verdict FROM manual_answers n WHERE n.subject_id = p.id AND \
         n.state = 'waiting') AS waiting, (SELECT COUNT(*) FROM cancellations n WHERE n.payout_id = p.id AND n.state IN \
         ('requested', 'unanswered')) AS asked FROM ({chosen}) AS p JOIN payees b ON b.id = p.payee_id JOIN wallets w \
         ON w.id = p.wallet_id JOIN clients c ON c.id = p.client_id LEFT JOIN payee_accounts a ON a.id = p.account_id \
         LEFT JOIN manual_takings t ON t.payout_id = p.id ORDER BY p.id"
    );
    Select { columns: LINE.to_vec(), inner, values: conditions.values().to_vec() }
}

/// Sums over all of them, the oldest [`COUNTED`].
pub async fn totals(reader: &mut Reader, part: Part, filter: &WorkFilter) -> Result<Vec<WorkTotal>, StoreError> {
    reader.select(&select_totals(part, filter)).await
}

pub(super) fn select_totals(part: Part, filter: &WorkFilter) -> Select {
    let mut conditions = filter.conditions(part);
    let limit = conditions.bind(Value::Int(COUNTED));
    let inner = format!(
        "SELECT q.currency, COUNT(*) AS payouts, CAST(SUM(q.amount_minor) AS BIGINT) AS amount_minor FROM (SELECT \
         p.destination_currency AS currency, p.destination_minor AS amount_minor FROM payouts p {} ORDER BY p.id LIMIT \
         {limit}) AS q GROUP BY q.currency ORDER BY q.currency",
        conditions.where_clause()
    );
    let columns = vec!["currency", "payouts", "amount_minor"];
    Select { columns, inner, values: conditions.values().to_vec() }
}

impl WorkFilter {
    fn conditions(&self, part: Part) -> Conditions {
        let mut conditions = Conditions::default();
        conditions.and(if part == Part::ToPay { TO_PAY } else { TAKEN }, []);
        if let Some(wallet) = self.wallet {
            conditions.and("p.wallet_id = ?", [wallet.to_string().into()]);
        }
        if let Some(taker) = self.taker {
            let taken =
                "p.id IN (SELECT k.payout_id FROM manual_takings k WHERE k.staff_id = ? AND k.payout_id = p.id)";
            conditions.and(taken, [taker.to_string().into()]);
        }
        conditions
    }
}
