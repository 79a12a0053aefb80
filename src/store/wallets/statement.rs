//! Reading the ledger as wallets and clients see it: statements by keyset or by page number.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{ClientId, LedgerTransactionId, WalletId};
use crate::domain::ledger::Kind;
use crate::store::payouts::NumberedTransaction;
use crate::store::sql::{Conditions, Select, Value, window};
use crate::store::tables::LEDGER;
use crate::store::{Reader, StoreError};

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

/// How ledger transactions are ordered by `/api/v1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerOrder {
    /// As they were written.
    Number,
    /// By how much available money they moved, either way; among the newest 10,000 that match.
    Amount,
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
    let mut end = end.into_iter().chain(before).min();
    let (mut lines, mut chunk) = (Vec::new(), limit);
    loop {
        let read: Vec<StatementLine> = reader.select(&statement_select(filter, first, end, chunk)).await?;
        let more = read.len() as i64 == chunk;
        end = read.last().map(|line| line.entry.number);
        lines.extend(read.into_iter().filter(|line| filter.has_time(line.entry.transaction.created_at)));
        if !more || lines.len() as i64 >= limit {
            lines.truncate(limit as usize);
            return Ok(lines);
        }
        // Beside a day's end, where numbers alone do not decide.
        chunk = limit.max(1_000);
    }
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
pub(in crate::store) async fn number_since(reader: &mut Reader, at: i64) -> Result<Option<i64>, StoreError> {
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
        conditions
    }

    /// Whether a time is among the days. Asked here and not in the query, which so takes the index of the kinds.
    fn has_time(&self, at: i64) -> bool {
        self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to)
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
            (Kind::Payout | Kind::LinkHold, Some(credit)) => !credit,
            (Kind::Adjustment | Kind::Transfer, _) | (_, None) => true,
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
pub(in crate::store) const SLACK: i64 = 3 * 3_600 * 1_000_000;

pub(in crate::store) fn numbered_columns() -> Vec<&'static str> {
    let mut columns = vec!["number"];
    columns.extend(LEDGER.columns());
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::store::{Location, Store, sql};

    #[tokio::test]
    async fn every_filter_of_a_statement_finds_an_index_that_has_the_order() {
        let directory = tempfile::tempdir().unwrap();
        let location = Location::Directory(directory.path().to_owned());
        let store = Store::open(&location, Clock::fixed(1), 1).await.unwrap();
        let mut reader = store.read().await.unwrap();
        for kinds in [vec![], vec![Kind::PayoutRefund]] {
            for (from, to) in [(None, None), (Some(1), None), (None, Some(2)), (Some(1), Some(2))] {
                let index = if kinds.is_empty() { "ledger_by_wallet " } else { "ledger_by_wallet_kind " };
                let wallet = Some(WalletId::first_at(1));
                let filter =
                    LedgerFilter { wallet, kinds: kinds.clone(), settled: true, from, to, ..LedgerFilter::default() };
                for (first, end) in [(0, None), (5, None), (0, Some(9)), (5, Some(9))] {
                    let select = statement_select(&filter, first, end, 51);
                    let plan = sql::plan(&mut reader.connection, &select).await.unwrap();
                    assert!(plan.contains(index), "{filter:?}\n{plan}");
                    assert!(!plan.contains("TEMP B-TREE"), "{filter:?}\n{plan}");
                }
            }
        }
    }
}
