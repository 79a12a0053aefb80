//! Payees: reading them with what they were paid, saving and deleting them.

use serde::{Deserialize, Serialize};

use super::sql::{Conditions, Script, Value, window};
use super::tables::PAYEES;
use super::{Reader, StoreError, Tx, apply};
use crate::domain::ids::{ClientId, PayeeId};
use crate::domain::money::{Currency, Money};
use crate::domain::payee::Payee;

/// A payee with its client and totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayeeLine {
    #[serde(flatten)]
    pub payee: Payee,
    pub client_name: String,
    pub totals: Vec<PayeeTotal>,
}

/// What a payee got in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayeeTotal {
    pub currency: Currency,
    pub payouts: i64,
    pub amount_minor: i64,
    pub last_payout_at: i64,
}

impl PayeeTotal {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }
}

/// Which payees: those of a client or all, saved ones only, by the start of email or name.
#[derive(Debug, Clone, Default)]
pub struct PayeeFilter {
    pub client: Option<ClientId>,
    pub search: Option<String>,
}

pub async fn get(reader: &mut Reader, id: PayeeId) -> Result<Option<PayeeLine>, StoreError> {
    let mut conditions = Conditions::default();
    conditions.and("b.id = ?", [id.to_string().into()]);
    Ok(lines(reader, conditions, "").await?.into_iter().next())
}

/// Saved payees, newest first, older than `before`.
pub async fn list(
    reader: &mut Reader,
    filter: &PayeeFilter,
    before: Option<PayeeId>,
    limit: i64,
) -> Result<Vec<PayeeLine>, StoreError> {
    let mut conditions = filter.conditions();
    if let Some(before) = before {
        conditions.and("b.id < ?", [before.to_string().into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    lines(reader, conditions, &format!("ORDER BY b.id DESC LIMIT {limit}")).await
}

/// Saved payees by page number, and how many there are, counted up to `cap`.
pub async fn numbered(
    reader: &mut Reader,
    filter: &PayeeFilter,
    oldest_first: bool,
    (offset, limit): (i64, i64),
    cap: i64,
) -> Result<(Vec<PayeeLine>, i64), StoreError> {
    let mut counted = filter.conditions();
    let cap = counted.bind(Value::Int(cap));
    let sql = format!("SELECT COUNT(*) FROM (SELECT 1 FROM payees b {} LIMIT {cap}) AS q", counted.where_clause());
    let total = reader.int(sql, counted.values()).await?.unwrap_or(0);
    let mut conditions = filter.conditions();
    let order = if oldest_first { "ASC" } else { "DESC" };
    let window = window(&mut conditions, offset, limit);
    Ok((lines(reader, conditions, &format!("ORDER BY b.id {order} {window}")).await?, total))
}

/// The id of the client's payee with these details, who is not deleted.
pub async fn with_details(tx: &mut Tx<'_>, client: ClientId, fingerprint: &str) -> Result<Option<String>, sqlx::Error> {
    tx.text(KNOWN, &[client.to_string().into(), fingerprint.into()]).await
}

/// The same, before anything is written.
pub async fn known(reader: &mut Reader, client: ClientId, fingerprint: &str) -> Result<Option<String>, StoreError> {
    reader.text(KNOWN.to_owned(), &[client.to_string().into(), fingerprint.into()]).await
}

const KNOWN: &str = "SELECT id FROM payees WHERE client_id = $1 AND fingerprint = $2 AND deleted_at IS NULL";

/// Adds a payee with the words that find it.
pub async fn insert(tx: &mut Tx<'_>, payee: &Payee) -> Result<(), sqlx::Error> {
    let mut script = Script::new(tx.engine());
    apply::insert_payees(&mut script, std::slice::from_ref(payee));
    tx.script(script).await
}

/// Saves a payee that was only typed with a payout so far.
pub async fn keep(tx: &mut Tx<'_>, id: &str) -> Result<(), sqlx::Error> {
    let now = tx.now();
    let sql = "UPDATE payees SET saved_at = $2 WHERE id = $1 AND saved_at IS NULL";
    tx.execute(sql, &[id.into(), now.into()]).await.map(|_| ())
}

/// Marks a payee as deleted; answers whether it was not before.
pub async fn delete(tx: &mut Tx<'_>, id: PayeeId) -> Result<bool, sqlx::Error> {
    let now = tx.now();
    let sql = "UPDATE payees SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL";
    Ok(tx.execute(sql, &[id.to_string().into(), now.into()]).await? == 1)
}

async fn lines(reader: &mut Reader, conditions: Conditions, rest: &str) -> Result<Vec<PayeeLine>, StoreError> {
    let engine = reader.engine;
    let totals = engine.collect(
        &engine.object(&[
            ("currency", "t.currency".into()),
            ("payouts", "t.payouts".into()),
            ("amount_minor", "t.amount_minor".into()),
            ("last_payout_at", "t.last_payout_at".into()),
        ]),
        "(SELECT * FROM payee_totals WHERE payee_id = b.id ORDER BY currency) AS t",
    );
    let mut members: Vec<(&str, String)> =
        PAYEES.columns().into_iter().map(|column| (column, format!("b.{column}"))).collect();
    members.push(("client_name", "(SELECT name FROM clients WHERE id = b.client_id)".into()));
    members.push(("totals", format!("COALESCE({totals}, {})", engine.json("'[]'"))));
    let from = format!("(SELECT b.* FROM payees b {} {rest}) AS b", conditions.where_clause());
    let sql = format!("SELECT {}", engine.text_array(&engine.object(&members), &from));
    let text = reader.text(sql, conditions.values()).await?;
    Ok(super::sql::decode(text.as_deref().unwrap_or("[]"))?)
}

impl PayeeFilter {
    fn conditions(&self) -> Conditions {
        let mut conditions = Conditions::default();
        conditions.and("b.saved_at IS NOT NULL AND b.deleted_at IS NULL", []);
        if let Some(client) = self.client {
            conditions.and("b.client_id = ?", [client.to_string().into()]);
        }
        if let Some(search) = &self.search {
            let start = search.to_lowercase();
            let end = format!("{start}\u{10ffff}");
            conditions.and(
                "b.id IN (SELECT payee_id FROM payee_words WHERE word >= ? AND word < ?)",
                [start.into(), end.into()],
            );
        }
        conditions
    }
}
