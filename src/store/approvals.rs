//! Reading the payouts that wait for a checker.

use serde::{Deserialize, Serialize};

use super::payouts::COUNT_CAP;
use super::sql::{Conditions, Value};
use super::{Reader, StoreError};
use crate::domain::ids::{ClientId, PayoutId, StaffId};
use crate::domain::money::{Currency, Money};

/// Whose payouts to list: those of others are the ones that a person may decide. A payout is of whoever made it, of the
/// owner of the credential that made it, and of whoever created that credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    BySelf,
    ByOthers,
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
    /// 1 for one of the person who asks.
    pub own: i64,
    pub maker_name: Option<String>,
    /// The program, when one made it.
    pub credential_name: Option<String>,
}

/// How many wait and how much, per currency, of the person asked about (`own` is 1) and of all others.
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
    "own",
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
    person: StaffId,
    made: Made,
    after: Option<PayoutId>,
    limit: i64,
) -> Result<Vec<WaitingLine>, StoreError> {
    let mut conditions = waiting(client);
    match made {
        Made::BySelf => conditions.and(&format!("{OWN} = 1"), of(person)),
        Made::ByOthers => conditions.and(&format!("{OWN} = 0"), of(person)),
        Made::ByAnyone => {}
    }
    if let Some(after) = after {
        conditions.and("p.id > ?", [after.to_string().into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    let own = own(&mut conditions, person);
    let inner = format!(
        "SELECT p.id, p.reference_id, p.amount_minor, p.fees_minor, p.currency, p.due_at, b.first_name AS \
         payee_first_name, b.last_name AS payee_last_name, w.name AS wallet_name, w.approval_limit_minor, c.name AS \
         client_name, {own} AS own, (SELECT name FROM staff WHERE id = p.maker_staff_id) AS maker_name, \
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
    let own = own(&mut conditions, person);
    let inner = format!(
        "SELECT q.own, q.currency, COUNT(*) AS payouts, CAST(SUM(q.amount_minor) AS BIGINT) AS amount_minor FROM \
         (SELECT {own} AS own, p.currency, p.amount_minor FROM \
         payouts p {} ORDER BY p.id LIMIT {limit}) AS q GROUP BY q.own, q.currency ORDER BY q.currency, q.own",
        conditions.where_clause()
    );
    reader.rows(&["own", "currency", "payouts", "amount_minor"], &inner, conditions.values()).await
}

/// 1 for a payout of the person named twice, otherwise 0; over `payouts p`.
const OWN: &str = "CASE WHEN p.maker_staff_id = ? OR p.credential_creator_id = ? THEN 1 ELSE 0 END";

fn of(person: StaffId) -> [Value; 2] {
    [person.to_string().into(), person.to_string().into()]
}

/// The same with its values bound.
fn own(conditions: &mut Conditions, person: StaffId) -> String {
    of(person).into_iter().fold(OWN.to_owned(), |own, value| own.replacen('?', &conditions.bind(value), 1))
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
