//! Reading clients, wallets and the ledger.

use serde::{Deserialize, Serialize};

use super::payouts::NumberedTransaction;
use super::sql::{Conditions, Script, Select, Value, window};
use super::tables::{LEDGER, WALLETS};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{ClientId, LedgerTransactionId, WalletId};
use crate::domain::ledger::Kind;
use crate::domain::wallet::Wallet;

/// A client: the business whose money it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    pub id: ClientId,
    pub number: i64,
    pub name: String,
}

/// Which ledger transactions; only those that touch available money unless `settled` is set.
#[derive(Debug, Clone, Default)]
pub struct LedgerFilter {
    pub client: Option<ClientId>,
    pub wallet: Option<WalletId>,
    /// Of these kinds; empty means every kind.
    pub kinds: Vec<Kind>,
    /// True: money came in. False: money went out.
    pub credit: Option<bool>,
    pub payout_id: Option<String>,
    /// Also those that move only held money.
    pub settled: bool,
    /// Booked at or after, in Unix microseconds.
    pub from: Option<i64>,
    /// Booked before, in Unix microseconds.
    pub to: Option<i64>,
}

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    #[serde(flatten)]
    pub entry: NumberedTransaction,
    /// The reference of the payout it is about.
    pub payout_reference: Option<String>,
}

/// How wallets are ordered by `/api/v1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalletOrder {
    Number,
    Amount,
    Updated,
}

/// How ledger transactions are ordered by `/api/v1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerOrder {
    /// As they were written.
    Number,
    /// By how much available money they moved, either way; among the newest 10,000 that match.
    Amount,
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
               fee_fixed_minor = $5, fee_minimum_minor = $6, threshold_minor = NULLIF($7, -1), updated_at = $8, \
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
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

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

/// A wallet's statement or a client's, newest first, older than `before` (a ledger transaction's number).
pub async fn statement(
    reader: &mut Reader,
    filter: &LedgerFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<StatementLine>, StoreError> {
    let first = match filter.from {
        Some(from) => number_since(reader, from - SLACK).await?,
        None => Some(0),
    };
    // Nothing was booked since then.
    let Some(first) = first else { return Ok(Vec::new()) };
    let end = match filter.to {
        Some(to) => number_since(reader, to + SLACK).await?,
        None => None,
    };
    reader.select(&statement_select(filter, first, end.into_iter().chain(before).min(), limit)).await
}

/// The lines whose numbers are `first` or more, and below `end`.
fn statement_select(filter: &LedgerFilter, first: i64, end: Option<i64>, limit: i64) -> Select {
    let mut conditions = filter.conditions();
    if first > 0 {
        conditions.and("t.number >= ?", [first.into()]);
    }
    if let Some(end) = end {
        conditions.and("t.number < ?", [end.into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    let inner = format!(
        "SELECT t.number, {}, (SELECT reference_id FROM payouts WHERE id = t.payout_id) AS payout_reference FROM \
         ledger_transactions t WHERE t.number IN ({}) ORDER BY t.number DESC LIMIT {limit}",
        LEDGER.select("t"),
        filter.newest(&conditions, "DESC", &limit)
    );
    let mut columns = numbered_columns();
    columns.push("payout_reference");
    Select { columns, inner, values: conditions.values().to_vec() }
}

/// The number of the first ledger transaction since a time, by their ids; there is no index by time.
async fn number_since(reader: &mut Reader, at: i64) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT number FROM ledger_transactions WHERE id >= $1 ORDER BY id LIMIT 1";
    reader.int(sql.to_owned(), &[LedgerTransactionId::first_at(at.max(0)).to_string().into()]).await
}

/// Ledger transactions by page number, and how many there are, counted up to `cap`; by amount there are at most 10,000.
pub async fn numbered_statement(
    reader: &mut Reader,
    filter: &LedgerFilter,
    order: (LedgerOrder, bool),
    (offset, limit): (i64, i64),
    cap: i64,
) -> Result<(Vec<NumberedTransaction>, i64), StoreError> {
    let mut counted = filter.conditions();
    let most = counted.bind(Value::Int(cap));
    let sql = format!("SELECT COUNT(*) FROM ({}) AS q", filter.newest(&counted, "DESC", &most));
    let matching = reader.int(sql, counted.values()).await?.unwrap_or(0);
    let mut conditions = filter.conditions();
    let direction = if order.1 { "ASC" } else { "DESC" };
    let (found, columns, cap) = match order.0 {
        LedgerOrder::Number => {
            let reach = conditions.bind(Value::Int(offset + limit));
            (filter.newest(&conditions, direction, &reach), format!("t.number {direction}"), cap)
        }
        LedgerOrder::Amount => {
            let most = conditions.bind(Value::Int(SORTED));
            let newest = filter.newest(&conditions, "DESC", &most);
            let newest = format!("SELECT n.number FROM ({newest}) AS n ORDER BY n.number DESC LIMIT {most}");
            (newest, format!("ABS(t.available_delta_minor) {direction}, t.number {direction}"), SORTED.min(cap))
        }
    };
    let window = window(&mut conditions, offset, limit);
    let inner = format!(
        "SELECT t.number, {} FROM ledger_transactions t WHERE t.number IN ({found}) ORDER BY {columns} {window}",
        LEDGER.select("t"),
    );
    Ok((reader.rows(&numbered_columns(), &inner, conditions.values()).await?, matching.min(cap)))
}

/// One ledger transaction by its number.
pub async fn transaction(reader: &mut Reader, number: i64) -> Result<Option<NumberedTransaction>, StoreError> {
    let inner = format!("SELECT t.number, {} FROM ledger_transactions t WHERE t.number = $1", LEDGER.select("t"));
    Ok(reader.rows(&numbered_columns(), &inner, &[number.into()]).await?.into_iter().next())
}

/// One ledger transaction by its id, to learn its number.
pub async fn transaction_by_id(
    reader: &mut Reader,
    id: LedgerTransactionId,
) -> Result<Option<NumberedTransaction>, StoreError> {
    let inner = format!("SELECT t.number, {} FROM ledger_transactions t WHERE t.id = $1", LEDGER.select("t"));
    Ok(reader.rows(&numbered_columns(), &inner, &[id.to_string().into()]).await?.into_iter().next())
}

impl LedgerFilter {
    /// All conditions but the kinds.
    fn conditions(&self) -> Conditions {
        let mut conditions = Conditions::default();
        if let Some(wallet) = self.wallet {
            conditions.and("t.wallet_id = ?", [wallet.to_string().into()]);
        } else if let Some(client) = self.client {
            conditions.and("t.client_id = ?", [client.to_string().into()]);
        }
        if let (Some(_), Some(client)) = (self.wallet, self.client) {
            // The wallet has the shorter way to its rows; the client is only checked.
            conditions.and("t.client_id || '' = ?", [client.to_string().into()]);
        }
        if let Some(payout) = &self.payout_id {
            conditions.and("t.payout_id = ?", [payout.as_str().into()]);
        }
        match self.credit {
            Some(true) => conditions.and("t.available_delta_minor > 0", []),
            Some(false) => conditions.and("t.available_delta_minor < 0", []),
            None if !self.settled => conditions.and("t.available_delta_minor <> 0", []),
            None => {}
        }
        if let Some(from) = self.from {
            conditions.and("t.created_at >= ?", [from.into()]);
        }
        if let Some(to) = self.to {
            conditions.and("t.created_at < ?", [to.into()]);
        }
        conditions
    }

    /// A query for the numbers of the first rows in this direction, at most `limit` of each kind: every kind has its
    /// own way through its index, so a rare one is found as fast as a common one.
    fn newest(&self, conditions: &Conditions, direction: &str, limit: &str) -> String {
        let clause = |kind: Option<String>| {
            let rest = conditions.where_clause();
            match kind {
                Some(kind) if rest.is_empty() => format!("WHERE {kind}"),
                Some(kind) => format!("{rest} AND {kind}"),
                None => rest,
            }
        };
        let query = |clause: String| {
            format!(
                "SELECT q.number FROM (SELECT t.number FROM ledger_transactions t {clause} ORDER BY t.number \
                 {direction} LIMIT {limit}) AS q"
            )
        };
        let kinds = self.possible_kinds();
        if let Some(kinds) = kinds.as_ref().filter(|kinds| self.payout_id.is_some() || kinds.is_empty()) {
            // A payout has few rows: its own index is the shortest way, so the kind's must not be taken.
            let names: Vec<String> = kinds.iter().map(|kind| format!("'{}'", kind.name())).collect();
            let among =
                if names.is_empty() { "1 = 0".into() } else { format!("t.kind || '' IN ({})", names.join(", ")) };
            return query(clause(Some(among)));
        }
        match kinds {
            None => query(clause(None)),
            Some(kinds) => {
                let each = kinds.iter().map(|kind| query(clause(Some(format!("t.kind = '{}'", kind.name())))));
                each.collect::<Vec<_>>().join(" UNION ALL ")
            }
        }
    }

    /// The kinds that can match; none when all can.
    fn possible_kinds(&self) -> Option<Vec<Kind>> {
        let moves = |kind: &Kind| match (kind, self.credit) {
            (Kind::PayoutSettled, _) => self.settled && self.credit.is_none(),
            (Kind::Payout, Some(credit)) => !credit,
            (Kind::Adjustment, _) | (_, None) => true,
            (_, Some(credit)) => credit,
        };
        if self.kinds.is_empty() && self.credit.is_none() {
            return None;
        }
        let asked: &[Kind] = if self.kinds.is_empty() { &Kind::ALL } else { &self.kinds };
        Some(asked.iter().copied().filter(moves).collect())
    }
}

/// How many of the newest rows are put in order by amount: all rows would have to be read for the first page.
const SORTED: i64 = 10_000;

/// How far the order of numbers may be from the order of times, in microseconds: several processes have several clocks,
/// and a transaction that began earlier may commit later. Rows this near to a day's end are looked at one by one.
const SLACK: i64 = 3 * 3_600 * 1_000_000;

const CLIENT: &[&str] = &["id", "number", "name"];

fn numbered_columns() -> Vec<&'static str> {
    let mut columns = vec!["number"];
    columns.extend(LEDGER.columns());
    columns
}
