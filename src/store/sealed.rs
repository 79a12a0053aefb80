//! The columns whose values are sealed, and sealing them anew under another key.

use serde::{Deserialize, Serialize};

use super::sql::{Script, Value};
use super::tables::{PAYEE_ACCOUNTS, PAYEES};
use super::{Reader, StoreError, Tx, meta};
use crate::domain::ids::{AccountId, PayeeId};
use crate::domain::payee::Payee;
use crate::domain::payee_account::PayeeAccount;

/// A column of sealed values. Its values are sealed for its [`Column::purpose`], so that none fits elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    table: &'static str,
    column: &'static str,
}

/// Every sealed column of a table with a text primary key `id`. A new one is added here, and rotation and `verify`
/// look after it.
pub const COLUMNS: &[Column] =
    &[PAYEE_ACCOUNT, LINK_TOKEN, MESSAGE_LINK, MESSAGE_CODE, WEBHOOK_SECRET, WEBHOOK_BODY, BATCH_ROW];
/// The secret in the address of a payout link.
pub const LINK_TOKEN: Column = Column { table: "payout_links", column: "token_sealed" };
pub const PAYEE_ACCOUNT: Column = Column { table: "payee_accounts", column: "identifiers" };
/// The token of the link that a message is about.
pub const MESSAGE_LINK: Column = Column { table: "messages", column: "link_token" };
/// The one-time code that a message brings.
pub const MESSAGE_CODE: Column = Column { table: "messages", column: "code" };

/// What signs requests to a webhook.
pub const WEBHOOK_SECRET: Column = Column { table: "webhook_secrets", column: "secret" };
/// The body of a request to a webhook: it may hold the address of a payout link.
pub const WEBHOOK_BODY: Column = Column { table: "webhook_deliveries", column: "body" };

/// What a batch is to make: there may be bank details in it.
pub const BATCH_ROW: Column = Column { table: "batch_rows", column: "content" };

/// Columns that keep copies of another column's values, sealed for that one's purpose.
const COPIES: &[(&str, &str)] = &[("messages.link_token", "payout_links.token_sealed")];

/// A sealed value and the row it stands in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Sealed {
    pub id: String,
    pub value: String,
}

/// A value to put in place of the one it was made from.
#[derive(Debug, Clone, Serialize)]
pub struct Resealed {
    pub id: String,
    pub before: String,
    pub after: String,
}

/// The key that values are sealed under, or are being sealed under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub key: String,
    /// Some values are still under older keys.
    pub unfinished: bool,
}

/// The names of two facts about the desk.
const KEY: &str = "sealing_key";
const UNFINISHED: &str = "sealing_unfinished";

impl Column {
    /// What values of this column are sealed for: `payee_accounts.identifiers`.
    pub fn purpose(&self) -> String {
        let own = format!("{}.{}", self.table, self.column);
        COPIES.iter().find(|(copy, _)| *copy == own).map_or(own, |(_, original)| (*original).to_owned())
    }
}

/// The key in use; `current` from now on, where there was none.
pub async fn state(tx: &mut Tx<'_>, current: &str) -> Result<State, sqlx::Error> {
    let Some(key) = meta::get(tx, KEY).await? else {
        meta::put(tx, KEY, current).await?;
        return Ok(State { key: current.to_owned(), unfinished: false });
    };
    let unfinished = meta::get(tx, UNFINISHED).await?.is_some();
    Ok(State { key, unfinished })
}

/// Notes that values are being sealed under this key: a process that lacks it can no longer begin.
pub async fn begin(tx: &mut Tx<'_>, key: &str) -> Result<(), sqlx::Error> {
    meta::put(tx, UNFINISHED, "1").await?;
    meta::put(tx, KEY, key).await.map(|_| ())
}

/// Notes that every value is sealed under the key in use.
pub async fn finish(tx: &mut Tx<'_>) -> Result<(), sqlx::Error> {
    meta::remove(tx, UNFINISHED).await.map(|_| ())
}

/// The sealed values of rows behind `after`, by id.
pub async fn chunk(reader: &mut Reader, column: &Column, after: &str, limit: i64) -> Result<Vec<Sealed>, StoreError> {
    let inner = format!(
        "SELECT id, {name} AS value FROM {table} WHERE id > $1 AND {name} IS NOT NULL ORDER BY id LIMIT $2",
        name = column.column,
        table = column.table,
    );
    reader.rows(&["id", "value"], &inner, &[after.into(), limit.into()]).await
}

/// Puts values in place of those they were made from; one that changed meanwhile is left for the next round.
pub async fn replace(tx: &mut Tx<'_>, column: &Column, rows: &[Resealed]) -> Result<(), sqlx::Error> {
    let (table, name) = (column.table, column.column);
    let sql = format!(
        "UPDATE {table} SET {name} = value ->> 'after' FROM {{rows}} WHERE {table}.id = value ->> 'id' AND \
         {table}.{name} = (value ->> 'before')"
    );
    let mut script = Script::new(tx.engine());
    script.add(&sql, rows, rows.len());
    tx.script(script).await
}

/// Payees behind `after`, by id: their fingerprints are made of their details.
pub async fn payees(reader: &mut Reader, after: &str, limit: i64) -> Result<Vec<Payee>, StoreError> {
    let inner = format!("SELECT {} FROM payees b WHERE b.id > $1 ORDER BY b.id LIMIT $2", PAYEES.select("b"));
    reader.rows(&PAYEES.columns(), &inner, &[after.into(), limit.into()]).await
}

/// Accounts behind `after`, by id: their fingerprints and the hashes of their numbers are made of their details.
pub async fn accounts(reader: &mut Reader, after: &str, limit: i64) -> Result<Vec<PayeeAccount>, StoreError> {
    let select = PAYEE_ACCOUNTS.select("a");
    let inner = format!("SELECT {select} FROM payee_accounts a WHERE a.id > $1 ORDER BY a.id LIMIT $2");
    reader.rows(&PAYEE_ACCOUNTS.columns(), &inner, &[after.into(), limit.into()]).await
}

/// Gives payees new fingerprints: pairs of id and fingerprint.
pub async fn put_fingerprints(tx: &mut Tx<'_>, rows: &[(PayeeId, String)]) -> Result<(), sqlx::Error> {
    let sql = "UPDATE payees SET fingerprint = (value ->> 1) FROM {rows} WHERE payees.id = (value ->> 0)";
    let mut script = Script::new(tx.engine());
    script.add(sql, rows, rows.len());
    tx.script(script).await
}

/// Gives accounts new hashes: id, fingerprint, and hash of the number.
pub async fn put_hashes(tx: &mut Tx<'_>, rows: &[(AccountId, String, Option<String>)]) -> Result<(), sqlx::Error> {
    let sql = "UPDATE payee_accounts SET fingerprint = (value ->> 1), number_hash = (value ->> 2) FROM {rows} WHERE \
               payee_accounts.id = (value ->> 0)";
    let mut script = Script::new(tx.engine());
    script.add(sql, rows, rows.len());
    tx.script(script).await
}

/// The ids of rows whose value names none of these keys, the first of them.
pub async fn foreign(
    reader: &mut Reader,
    column: &Column,
    keys: &[String],
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        id: String,
    }
    let starts: Vec<String> = keys.iter().map(|key| format!("v1.{key}.")).collect();
    let length = starts.first().map_or(0, |start| start.len() as i64);
    let starts = Value::json(&starts);
    let inner = format!(
        "SELECT id FROM {table} WHERE {name} IS NOT NULL AND substr({name}, 1, CAST($1 AS INTEGER)) NOT IN ({starts}) \
         ORDER BY id LIMIT $3",
        name = column.column,
        table = column.table,
        starts = reader.engine.texts(2),
    );
    let rows: Vec<Row> = reader.rows(&["id"], &inner, &[length.into(), starts, limit.into()]).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
