//! Reading clients and wallets.

pub(in crate::store) mod statement;

use serde::{Deserialize, Serialize};

pub use self::statement::{
    LedgerFilter, LedgerOrder, StatementLine, numbered_statement, statement, transaction, transaction_by_id,
};
use super::sql::{Conditions, Script, Select, Value, window};
use super::tables::WALLETS;
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{ClientId, WalletId};
use crate::domain::wallet::Wallet;

/// A client: the business whose money it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    pub id: ClientId,
    pub number: i64,
    pub name: String,
}

/// How wallets are ordered by `/api/v1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalletOrder {
    Number,
    Amount,
    Updated,
}

pub async fn clients(reader: &mut Reader) -> Result<Vec<Client>, StoreError> {
    reader.select(&clients_select()).await
}

pub(super) fn clients_select() -> Select {
    let inner = "SELECT id, number, name FROM clients ORDER BY number LIMIT 1000".to_owned();
    Select { columns: CLIENT.to_vec(), inner, values: Vec::new() }
}

pub async fn client_by_number(reader: &mut Reader, number: i64) -> Result<Option<Client>, StoreError> {
    let found = reader.rows(CLIENT, "SELECT id, number, name FROM clients WHERE number = $1", &[number.into()]).await?;
    Ok(found.into_iter().next())
}

pub async fn client(reader: &mut Reader, id: ClientId) -> Result<Option<Client>, StoreError> {
    let values = [id.to_string().into()];
    let found = reader.rows(CLIENT, "SELECT id, number, name FROM clients WHERE id = $1", &values).await?;
    Ok(found.into_iter().next())
}

pub async fn by_number(reader: &mut Reader, number: i64) -> Result<Option<Wallet>, StoreError> {
    let inner = format!("SELECT {} FROM wallets w WHERE w.number = $1", WALLETS.select("w"));
    Ok(reader.rows(&WALLETS.columns(), &inner, &[number.into()]).await?.into_iter().next())
}

/// One wallet by its id.
pub async fn by_id(reader: &mut Reader, id: WalletId) -> Result<Option<Wallet>, StoreError> {
    let inner = format!("SELECT {} FROM wallets w WHERE w.id = $1", WALLETS.select("w"));
    Ok(reader.rows(&WALLETS.columns(), &inner, &[id.to_string().into()]).await?.into_iter().next())
}

/// The wallet as the unit finds it.
pub async fn get(tx: &mut Tx<'_>, id: WalletId) -> Result<Option<Wallet>, sqlx::Error> {
    let sql = format!("SELECT {} FROM wallets w WHERE w.id = $1", WALLETS.select("w"));
    Ok(tx.rows(&WALLETS.columns(), &sql, &[id.to_string().into()]).await?.into_iter().next())
}

/// Whether a client has this name, in whatever case.
pub async fn is_client(tx: &mut Tx<'_>, name: &str) -> Result<bool, sqlx::Error> {
    let sql = "SELECT 1 FROM clients WHERE LOWER(name) = LOWER($1) LIMIT 1";
    Ok(tx.int(sql, &[name.into()]).await?.is_some())
}

/// Whether another wallet of the client has this name, in whatever case.
pub async fn is_named(tx: &mut Tx<'_>, client: ClientId, name: &str, but: WalletId) -> Result<bool, sqlx::Error> {
    let sql = "SELECT 1 FROM wallets WHERE client_id = $1 AND LOWER(name) = LOWER($2) AND id <> $3 LIMIT 1";
    Ok(tx.int(sql, &[client.to_string().into(), name.into(), but.to_string().into()]).await?.is_some())
}

/// Adds a client with the next number.
pub async fn insert_client(tx: &mut Tx<'_>, id: ClientId, name: &str) -> Result<(), sqlx::Error> {
    tx.execute("INSERT INTO clients (id, name) VALUES ($1, $2)", &[id.to_string().into(), name.into()])
        .await
        .map(|_| ())
}

/// Adds an empty wallet with the next number, which is answered.
pub async fn insert(tx: &mut Tx<'_>, wallet: &Wallet) -> Result<i64, sqlx::Error> {
    let next = tx.int("SELECT COALESCE(MAX(number), 0) + 1 FROM wallets", &[]).await?.unwrap_or(1);
    let mut script = Script::new(tx.engine());
    script.insert(&WALLETS, &[Wallet { number: next, ..wallet.clone() }]);
    tx.script(script).await?;
    tx.restart_numbers(&["wallets"]).await?;
    Ok(next)
}

/// Changes a wallet's name, limit, fees and threshold; answers whether its version was still `version`.
pub async fn change(tx: &mut Tx<'_>, wallet: &Wallet, version: i64) -> Result<bool, sqlx::Error> {
    // Blank limits travel as -1, because a nullable parameter would have no type on PostgreSQL.
    let sql = "UPDATE wallets SET name = $2, approval_limit_minor = NULLIF($3, -1), fee_basis_points = $4, \
               fee_fixed_minor = $5, fee_minimum_minor = $6, threshold_minor = NULLIF($7, -1), updated_at = $8, rail = $10, \
               version = version + 1 WHERE id = $1 AND version = $9";
    let values = [
        Value::from(wallet.id.to_string()),
        wallet.name.as_str().into(),
        wallet.approval_limit_minor.unwrap_or(-1).into(),
        wallet.fee_basis_points.into(),
        wallet.fee_fixed_minor.into(),
        wallet.fee_minimum_minor.into(),
        wallet.threshold_minor.unwrap_or(-1).into(),
        tx.now().into(),
        version.into(),
        wallet.rail.as_str().into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// The most wallets that are looked through, or offered to choose from.
pub const MOST_WALLETS: i64 = 1_000;

/// Wallets of one client or of all, by number, at most `limit`.
pub async fn list(reader: &mut Reader, client: Option<ClientId>, limit: i64) -> Result<Vec<Wallet>, StoreError> {
    reader.select(&list_select(client, limit)).await
}

pub(super) fn list_select(client: Option<ClientId>, limit: i64) -> Select {
    let mut conditions = Conditions::default();
    if let Some(client) = client {
        conditions.and("w.client_id = ?", [client.to_string().into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    let inner = format!(
        "SELECT {} FROM wallets w {} ORDER BY w.number LIMIT {limit}",
        WALLETS.select("w"),
        conditions.where_clause()
    );
    Select { columns: WALLETS.columns(), inner, values: conditions.values().to_vec() }
}

/// Wallets by page number, and how many match.
pub async fn numbered(
    reader: &mut Reader,
    client: Option<ClientId>,
    currency: Option<&str>,
    active: Option<bool>,
    order: (WalletOrder, bool),
    (offset, limit): (i64, i64),
) -> Result<(Vec<Wallet>, i64), StoreError> {
    let mut conditions = Conditions::default();
    if let Some(client) = client {
        conditions.and("w.client_id = ?", [client.to_string().into()]);
    }
    if let Some(currency) = currency {
        conditions.and("w.currency = ?", [currency.into()]);
    }
    match active {
        Some(true) => conditions.and("w.closed_at IS NULL", []),
        Some(false) => conditions.and("w.closed_at IS NOT NULL", []),
        None => {}
    }
    let sql = format!("SELECT COUNT(*) FROM wallets w {}", conditions.where_clause());
    let total = reader.int(sql, conditions.values()).await?.unwrap_or(0);
    let column = match order.0 {
        WalletOrder::Number => "w.number",
        WalletOrder::Amount => "w.available_minor",
        WalletOrder::Updated => "w.updated_at",
    };
    let direction = if order.1 { "ASC" } else { "DESC" };
    let window = window(&mut conditions, offset, limit);
    let inner = format!(
        "SELECT {} FROM wallets w {} ORDER BY {column} {direction}, w.number {window}",
        WALLETS.select("w"),
        conditions.where_clause()
    );
    Ok((reader.rows(&WALLETS.columns(), &inner, conditions.values()).await?, total))
}

const CLIENT: &[&str] = &["id", "number", "name"];
