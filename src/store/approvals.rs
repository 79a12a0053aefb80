//! Reading the payouts that wait for a checker.

use serde::{Deserialize, Serialize};

use super::payouts::COUNT_CAP;
use super::sql::{Conditions, Value};
use super::{Reader, StoreError};
use crate::domain::ids::{ClientId, PayoutId, StaffId};
use crate::domain::money::{Currency, Money};

/// Whose payouts to list: those of others are the ones that a person may decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    By(StaffId),
    ByOthers(StaffId),
    ByAnyone,
}

/// A payout that waits. Amounts in minor units, times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingLine {
    pub id: PayoutId,
    pub reference_id: String,
    pub amount_minor: i64,
    pub fees_minor: i64,
    pub currency: Currency,
    /// When it expires if nobody decides.
    pub due_at: Option<i64>,
    pub payee_first_name: String,
    pub payee_last_name: String,
    pub wallet_name: String,
    pub approval_limit_minor: Option<i64>,
    pub client_name: String,
    /// A program's maker is its owner.
    pub maker_staff_id: StaffId,
    pub maker_name: Option<String>,
    /// The program, when one made it.
    pub credential_name: Option<String>,
}

/// How many wait and how much, per currency, for the person asked about (`own` is 1) and for all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingTotal {
    pub own: i64,
    pub currency: Currency,
    pub payouts: i64,
    pub amount_minor: i64,
}

const COLUMNS: &[&str] = &[
    "id",
    "reference_id",
    "amount_minor",
    "fees_minor",
    "currency",
    "due_at",
    "payee_first_name",
    "payee_last_name",
    "wallet_name",
    "approval_limit_minor",
    "client_name",
    "maker_staff_id",
    "maker_name",
    "credential_name",
];

impl WaitingLine {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    pub fn fees(&self) -> Money {
        Money::new(self.fees_minor, self.currency)
    }

    pub fn payee_name(&self) -> String {
        format!("{} {}", self.payee_first_name, self.payee_last_name).trim().to_owned()
    }
}

/// Oldest first, newer than `after`.
pub async fn list(
    reader: &mut Reader,
    client: Option<ClientId>,
    made: Made,
    after: Option<PayoutId>,
    limit: i64,
) -> Result<Vec<WaitingLine>, StoreError> {
    let mut conditions = waiting(client);
    match made {
        Made::By(person) => conditions.and("p.maker_staff_id = ?", [person.to_string().into()]),
        Made::ByOthers(person) => conditions.and("p.maker_staff_id <> ?", [person.to_string().into()]),
        Made::ByAnyone => {}
    }
    if let Some(after) = after {
        conditions.and("p.id > ?", [after.to_string().into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    let inner = format!(
        "SELECT p.id, p.reference_id, p.amount_minor, p.fees_minor, p.currency, p.due_at, b.first_name AS \
         payee_first_name, b.last_name AS payee_last_name, w.name AS wallet_name, w.approval_limit_minor, c.name AS \
         client_name, p.maker_staff_id, (SELECT name FROM staff WHERE id = p.maker_staff_id) AS maker_name, \
         (SELECT name FROM credentials WHERE id = p.maker_credential_id) AS credential_name FROM (SELECT p.* FROM \
         payouts p {} ORDER BY p.id LIMIT {limit}) AS p JOIN payees b ON b.id = p.payee_id JOIN wallets w ON w.id = \
         p.wallet_id JOIN clients c ON c.id = p.client_id ORDER BY p.id",
        conditions.where_clause()
    );
    reader.rows(COLUMNS, &inner, conditions.values()).await
}

/// Counts and sums over all that wait; beyond [`COUNT_CAP`] the oldest of them.
pub async fn totals(
    reader: &mut Reader,
    client: Option<ClientId>,
    person: StaffId,
) -> Result<Vec<WaitingTotal>, StoreError> {
    let mut conditions = waiting(client);
    let limit = conditions.bind(Value::Int(COUNT_CAP));
    let person = conditions.bind(person.to_string().into());
    let inner = format!(
        "SELECT q.own, q.currency, COUNT(*) AS payouts, CAST(SUM(q.amount_minor) AS BIGINT) AS amount_minor FROM \
         (SELECT CASE WHEN p.maker_staff_id = {person} THEN 1 ELSE 0 END AS own, p.currency, p.amount_minor FROM \
         payouts p {} ORDER BY p.id LIMIT {limit}) AS q GROUP BY q.own, q.currency ORDER BY q.currency, q.own",
        conditions.where_clause()
    );
    reader.rows(&["own", "currency", "payouts", "amount_minor"], &inner, conditions.values()).await
}

/// Written out as the partial index has it.
fn waiting(client: Option<ClientId>) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.and("p.state = 'action_required' AND p.action = 'approval'", []);
    if let Some(client) = client {
        conditions.and("p.client_id = ?", [client.to_string().into()]);
    }
    conditions
}
