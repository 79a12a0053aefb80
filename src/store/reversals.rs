//! Reading reversals.

use serde::{Deserialize, Serialize};

use super::payouts::COUNT_CAP;
use super::sql::{Conditions, Value};
use super::tables::REVERSALS;
use super::{Reader, StoreError, Tx};
use crate::domain::cancellation::Cancellation;
use crate::domain::ids::{CancellationId, ClientId, PayoutId, ReversalId};
use crate::domain::reversal::{Reversal, State};

/// A reversal with the words around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReversalLine {
    #[serde(flatten)]
    pub reversal: Reversal,
    pub reference_id: String,
    pub payee_first_name: String,
    pub payee_last_name: String,
    pub wallet_name: String,
    pub wallet_number: i64,
    pub maker_name: Option<String>,
}

pub async fn get(reader: &mut Reader, id: ReversalId) -> Result<Option<Reversal>, StoreError> {
    let inner = format!("SELECT {} FROM reversals r WHERE r.id = $1", REVERSALS.select("r"));
    Ok(reader.rows(&REVERSALS.columns(), &inner, &[id.to_string().into()]).await?.into_iter().next())
}

/// The reversals of a payout, newest first.
pub async fn of_payout(reader: &mut Reader, id: PayoutId) -> Result<Vec<Reversal>, StoreError> {
    let inner = format!("SELECT {} FROM reversals r WHERE r.payout_id = $1 ORDER BY r.id DESC", REVERSALS.select("r"));
    reader.rows(&REVERSALS.columns(), &inner, &[id.to_string().into()]).await
}

/// Newest first, older than `before`.
pub async fn list(
    reader: &mut Reader,
    client: Option<ClientId>,
    state: Option<State>,
    before: Option<ReversalId>,
    limit: i64,
) -> Result<Vec<ReversalLine>, StoreError> {
    let mut conditions = Conditions::default();
    if let Some(client) = client {
        conditions.and("r.client_id = ?", [client.to_string().into()]);
    }
    if let Some(state) = state {
        conditions.and("r.state = ?", [state.name().into()]);
    }
    if let Some(before) = before {
        conditions.and("r.id < ?", [before.to_string().into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    let mut columns = REVERSALS.columns();
    columns.extend([
        "reference_id",
        "payee_first_name",
        "payee_last_name",
        "wallet_name",
        "wallet_number",
        "maker_name",
    ]);
    let inner = format!(
        "SELECT {}, p.reference_id, b.first_name AS payee_first_name, b.last_name AS payee_last_name, w.name AS \
         wallet_name, w.number AS wallet_number, (SELECT name FROM staff WHERE id = r.maker_staff_id) AS maker_name \
         FROM reversals r JOIN payouts p ON p.id = r.payout_id JOIN payees b ON b.id = p.payee_id JOIN wallets w ON \
         w.id = r.wallet_id {} ORDER BY r.id DESC LIMIT {limit}",
        REVERSALS.select("r"),
        conditions.where_clause()
    );
    reader.rows(&columns, &inner, conditions.values()).await
}

/// How many reversals stand in a state, counted up to one more than [`COUNT_CAP`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Count {
    pub state: State,
    pub reversals: i64,
}

/// One count per state that any reversal stands in.
pub async fn counts(reader: &mut Reader) -> Result<Vec<Count>, StoreError> {
    let of = |state: &State| {
        let state = state.name();
        format!(
            "SELECT '{state}' AS state, COUNT(*) AS reversals FROM (SELECT 1 FROM reversals WHERE state = '{state}' \
             LIMIT $1) AS {state}"
        )
    };
    let each: Vec<String> = State::ALL.iter().map(of).collect();
    reader.rows(&["state", "reversals"], &each.join(" UNION ALL "), &[(COUNT_CAP + 1).into()]).await
}

/// Reversals that a job should look at now.
pub async fn due(reader: &mut Reader, now: i64, limit: i64) -> Result<Vec<Reversal>, StoreError> {
    let inner = format!(
        "SELECT {} FROM reversals r WHERE r.due_at IS NOT NULL AND r.due_at <= $1 ORDER BY r.due_at LIMIT $2",
        REVERSALS.select("r")
    );
    reader.rows(&REVERSALS.columns(), &inner, &[now.into(), limit.into()]).await
}

/// Cancellations that a job should ask about now.
pub async fn due_cancellations(reader: &mut Reader, now: i64, limit: i64) -> Result<Vec<Cancellation>, StoreError> {
    let table = super::tables::CANCELLATIONS;
    let inner = format!(
        "SELECT {} FROM cancellations n WHERE n.due_at IS NOT NULL AND n.due_at <= $1 ORDER BY n.due_at LIMIT $2",
        table.select("n")
    );
    reader.rows(&table.columns(), &inner, &[now.into(), limit.into()]).await
}

/// Puts off a reversal that is due until `due_at`, in Unix microseconds.
pub async fn postpone(tx: &mut Tx<'_>, id: ReversalId, due_at: i64) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE reversals SET due_at = $2 WHERE id = $1 AND due_at < $2";
    tx.execute(sql, &[id.to_string().into(), due_at.into()]).await
}

/// Puts off a cancellation that is due until `due_at`, in Unix microseconds.
pub async fn postpone_cancellation(tx: &mut Tx<'_>, id: CancellationId, due_at: i64) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE cancellations SET due_at = $2 WHERE id = $1 AND due_at < $2";
    tx.execute(sql, &[id.to_string().into(), due_at.into()]).await
}

/// The cancellations of a payout, oldest first.
pub async fn cancellations_of(reader: &mut Reader, id: PayoutId) -> Result<Vec<Cancellation>, StoreError> {
    let table = super::tables::CANCELLATIONS;
    let inner = format!("SELECT {} FROM cancellations n WHERE n.payout_id = $1 ORDER BY n.id", table.select("n"));
    reader.rows(&table.columns(), &inner, &[id.to_string().into()]).await
}

/// The newest cancellations of a payout, newest first.
pub async fn newest_cancellations(
    reader: &mut Reader,
    id: PayoutId,
    limit: i64,
) -> Result<Vec<Cancellation>, StoreError> {
    let table = super::tables::CANCELLATIONS;
    let inner =
        format!("SELECT {} FROM cancellations n WHERE n.payout_id = $1 ORDER BY n.id DESC LIMIT $2", table.select("n"));
    reader.rows(&table.columns(), &inner, &[id.to_string().into(), limit.into()]).await
}

pub async fn cancellation(reader: &mut Reader, id: CancellationId) -> Result<Option<Cancellation>, StoreError> {
    let table = super::tables::CANCELLATIONS;
    let inner = format!("SELECT {} FROM cancellations n WHERE n.id = $1", table.select("n"));
    Ok(reader.rows(&table.columns(), &inner, &[id.to_string().into()]).await?.into_iter().next())
}
