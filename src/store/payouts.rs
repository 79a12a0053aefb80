//! Reading payouts: lists by keyset, one record with all around it, counts and sums.

mod counts;
mod filter;
#[cfg(test)]
mod plans;
mod sortable;

use serde::{Deserialize, Serialize};

use self::counts::counts_select;
pub use self::counts::{Count, counts, is_all, total};
pub use self::filter::{Bucket, Filter, Matches, Search, matches_of, payees_starting};
pub use self::sortable::{Named, Sortable, already_in, matching, named};
use super::load::{record_joins, record_object};
use super::sql::{self, Engine, Select, Value};
use super::tables::{CANCELLATIONS, LEDGER, POSTINGS, REVERSALS, WALLETS};
use super::wallets::{self, Client, MOST_WALLETS};
use super::{Reader, StoreError, Tx};
use crate::domain::cancellation::Cancellation;
use crate::domain::command::PayoutRecord;
use crate::domain::ids::{ClientId, PayeeId, PayoutId};
use crate::domain::ledger::{LedgerTransaction, PostingRow};
use crate::domain::money::{Currency, Money};
use crate::domain::payout::{Action, State};
use crate::domain::reversal::Reversal;
use crate::domain::wallet::Wallet;

/// More than this many are counted and summed as "more".
pub const COUNT_CAP: i64 = 10_000;

/// Where a page of a list starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor<I = PayoutId> {
    Newest,
    /// Older than this one.
    After(I),
    /// Newer than this one.
    Before(I),
}

/// A row of the list. Amounts in minor units, times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutLine {
    pub id: PayoutId,
    pub reference_id: String,
    pub state: State,
    pub action: Option<Action>,
    pub outcome_unknown_since: Option<i64>,
    pub submitted_at: Option<i64>,
    pub returned_at: Option<i64>,
    pub amount_minor: i64,
    pub fees_minor: i64,
    pub currency: Currency,
    pub destination_minor: i64,
    pub destination_currency: Currency,
    pub reversed_minor: i64,
    /// Of completed reversals only.
    pub reversed_done_minor: i64,
    pub description: Option<String>,
    pub rail: String,
    pub version: i64,
    pub maker_staff_id: String,
    pub payee_id: PayeeId,
    pub payee_first_name: String,
    pub payee_last_name: String,
    pub payee_email: Option<String>,
    pub account_label: Option<String>,
    pub wallet_number: i64,
    pub wallet_name: String,
    pub client_name: String,
    /// Who wrote the last line of its history, and when.
    pub changed_by: Option<String>,
    pub changed_at: Option<i64>,
}

/// One payout with everything its page shows, read as one snapshot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Detail {
    pub record: PayoutRecord,
    pub wallet: Wallet,
    pub client_name: String,
    pub client_number: i64,
    pub maker_name: Option<String>,
    /// The program, when one made it.
    pub credential_name: Option<String>,
    pub checker_name: Option<String>,
    /// Oldest first.
    pub ledger: Vec<NumberedTransaction>,
    pub postings: Vec<PostingRow>,
    /// Oldest first.
    pub reversals: Vec<Reversal>,
    pub cancellations: Vec<Cancellation>,
}

/// A ledger transaction with its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedTransaction {
    pub number: i64,
    #[serde(flatten)]
    pub transaction: LedgerTransaction,
}

impl PayoutLine {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    pub fn fees(&self) -> Money {
        Money::new(self.fees_minor, self.currency)
    }

    pub fn payee_name(&self) -> String {
        format!("{} {}", self.payee_first_name, self.payee_last_name).trim().to_owned()
    }

    pub fn bucket(&self) -> Bucket {
        match self.state {
            State::ActionRequired if self.action == Some(Action::Approval) => Bucket::ToApprove,
            _ if self.outcome_unknown_since.is_some() => Bucket::Unknown,
            state => Bucket::Is(state),
        }
    }
}

/// A page of the list, newest first. Ask for one more than is shown to learn whether there is more.
pub async fn page(
    reader: &mut Reader,
    filter: &Filter,
    cursor: Cursor,
    limit: usize,
) -> Result<Vec<PayoutLine>, StoreError> {
    let select = page_select(reader.engine, filter, cursor, limit);
    let lines = reader.select(&select).await?;
    Ok(in_order(lines, cursor))
}

/// Everything the list page shows, as one row: lines, counts, wallets and clients.
pub async fn page_with_all(
    reader: &mut Reader,
    filter: &Filter,
    cursor: Cursor,
    limit: usize,
    client: Option<ClientId>,
) -> Result<(Vec<PayoutLine>, Vec<Count>, Vec<Wallet>, Vec<Client>), StoreError> {
    let selects = [
        page_select(reader.engine, filter, cursor, limit),
        counts_select(reader.engine, filter),
        wallets::list_select(client, MOST_WALLETS),
        wallets::clients_select(),
    ];
    let texts = reader.together(&selects).await?;
    let lines = in_order(sql::decode(&texts[0])?, cursor);
    Ok((lines, sql::decode(&texts[1])?, sql::decode(&texts[2])?, sql::decode(&texts[3])?))
}

fn page_select(engine: Engine, filter: &Filter, cursor: Cursor, limit: usize) -> Select {
    let mut conditions = filter.conditions(engine);
    let order = match cursor {
        Cursor::Newest => "DESC",
        Cursor::After(id) => {
            conditions.and("p.id < ?", [id.to_string().into()]);
            "DESC"
        }
        Cursor::Before(id) => {
            conditions.and("p.id > ?", [id.to_string().into()]);
            "ASC"
        }
    };
    let limit = conditions.bind(Value::Int(limit as i64));
    // The page's ids first, then the joins: the joins never touch a row that is not shown.
    let inner = format!(
        "SELECT {LINE} FROM (SELECT p.* FROM payouts p {} ORDER BY p.id {order} LIMIT {limit}) AS p \
         {JOINS} ORDER BY p.id {order}",
        conditions.where_clause()
    );
    Select { columns: LINE_COLUMNS.to_vec(), inner, values: conditions.values().to_vec() }
}

/// Newest first, also when the page was read backwards.
fn in_order(mut lines: Vec<PayoutLine>, cursor: Cursor) -> Vec<PayoutLine> {
    if matches!(cursor, Cursor::Before(_)) {
        lines.reverse();
    }
    lines
}

/// Payouts that have not ended, oldest first.
pub async fn oldest_open(reader: &mut Reader, limit: usize) -> Result<Vec<PayoutLine>, StoreError> {
    // Each state's oldest by its index, then the oldest of those: never a walk over finished payouts.
    let oldest: Vec<String> = State::ALL
        .iter()
        .filter(|state| !state.is_final())
        .map(|state| {
            let state = state.name();
            format!("SELECT id FROM (SELECT id FROM payouts WHERE state = '{state}' ORDER BY id LIMIT $1) AS {state}")
        })
        .collect();
    let inner = format!(
        "SELECT {LINE} FROM payouts p {JOINS} WHERE p.id IN ({}) ORDER BY p.id LIMIT $1",
        oldest.join(" UNION ALL ")
    );
    reader.rows(LINE_COLUMNS, &inner, &[Value::Int(limit as i64)]).await
}

/// A page of whole records by number: only for contracts that page by `page` and `limit`.
pub async fn numbered_page(
    reader: &mut Reader,
    filter: &Filter,
    offset: i64,
    limit: i64,
    oldest_first: bool,
) -> Result<Vec<PayoutRecord>, StoreError> {
    let mut conditions = filter.conditions(reader.engine);
    let order = if oldest_first { "ASC" } else { "DESC" };
    let window = sql::window(&mut conditions, offset, limit);
    let from = format!(
        "(SELECT p.* FROM payouts p {} ORDER BY p.id {order} {window}) AS p {}",
        conditions.where_clause(),
        record_joins()
    );
    let engine = reader.engine;
    let record = record_object(engine);
    let inner = format!("(SELECT {record} AS record FROM {from} ORDER BY p.id {order}) AS r");
    reader.records(&inner, conditions.values()).await
}

/// Records by id; ids that do not exist are left out. In id order.
pub async fn records(reader: &mut Reader, ids: &[PayoutId]) -> Result<Vec<PayoutRecord>, StoreError> {
    let engine = reader.engine;
    let from = format!("payouts p {} WHERE p.id IN ({})", record_joins(), engine.texts(1));
    let mut records: Vec<PayoutRecord> = reader.list(&record_object(engine), &from, &[Value::json(ids)]).await?;
    records.sort_by_key(|record| record.payout.id);
    Ok(records)
}

/// The newest payouts of a payee, newest first.
pub async fn newest_of_payee(reader: &mut Reader, payee: PayeeId, limit: i64) -> Result<Vec<PayoutRecord>, StoreError> {
    let from = format!(
        "(SELECT p.* FROM payouts p WHERE p.payee_id = $1 ORDER BY p.id DESC LIMIT $2) AS p {}",
        record_joins()
    );
    let values = [payee.to_string().into(), limit.into()];
    let mut records: Vec<PayoutRecord> = reader.list(&record_object(reader.engine), &from, &values).await?;
    records.sort_by_key(|record| std::cmp::Reverse(record.payout.id));
    Ok(records)
}

/// Records with their wallets, as one snapshot; ids that do not exist are left out. In id order.
pub async fn records_with_wallets(
    reader: &mut Reader,
    ids: &[PayoutId],
) -> Result<Vec<(PayoutRecord, Wallet)>, StoreError> {
    #[derive(Deserialize)]
    struct Pair {
        record: PayoutRecord,
        wallet: Wallet,
    }
    let engine = reader.engine;
    let pair = engine.object(&[("record", record_object(engine)), ("wallet", WALLETS.object(engine, "w"))]);
    let from = format!("payouts p {} WHERE p.id IN ({})", record_joins(), engine.texts(1));
    let pairs: Vec<Pair> = reader.list(&pair, &from, &[Value::json(ids)]).await?;
    let mut pairs: Vec<_> = pairs.into_iter().map(|pair| (pair.record, pair.wallet)).collect();
    pairs.sort_by_key(|(record, _)| record.payout.id);
    Ok(pairs)
}

/// One payout with everything around it.
pub async fn detail(reader: &mut Reader, id: PayoutId) -> Result<Option<Detail>, StoreError> {
    let engine = reader.engine;
    let mut ledger = vec![("number", "t.number".to_owned())];
    let columns = LEDGER.columns();
    ledger.extend(columns.iter().map(|column| (*column, format!("t.{column}"))));
    let list = |value: &str, from: &str| {
        let empty = engine.json("'[]'");
        format!("COALESCE({}, {empty})", engine.collect(value, from))
    };
    let object = engine.object(&[
        ("record", record_object(engine)),
        ("wallet", WALLETS.object(engine, "w")),
        ("client_name", "c.name".into()),
        ("client_number", "c.number".into()),
        ("maker_name", "(SELECT name FROM staff WHERE id = p.maker_staff_id)".into()),
        ("credential_name", "(SELECT name FROM credentials WHERE id = p.maker_credential_id)".into()),
        ("checker_name", "(SELECT name FROM staff WHERE id = p.checker_staff_id)".into()),
        (
            "ledger",
            list(
                &engine.object(&ledger),
                "(SELECT * FROM ledger_transactions WHERE payout_id = p.id ORDER BY number) AS t",
            ),
        ),
        (
            "postings",
            list(
                &POSTINGS.object(engine, "o"),
                "(SELECT s.* FROM ledger_transactions t JOIN postings s ON s.transaction_id = t.id WHERE \
                 t.payout_id = p.id ORDER BY t.number, s.position) AS o",
            ),
        ),
        (
            "reversals",
            list(&REVERSALS.object(engine, "r"), "(SELECT * FROM reversals WHERE payout_id = p.id ORDER BY id) AS r"),
        ),
        (
            "cancellations",
            list(
                &CANCELLATIONS.object(engine, "n"),
                "(SELECT * FROM cancellations WHERE payout_id = p.id ORDER BY id) AS n",
            ),
        ),
    ]);
    let sql = format!(
        "SELECT CAST({object} AS TEXT) FROM payouts p {} JOIN clients c ON c.id = p.client_id WHERE p.id = $1",
        record_joins()
    );
    let text = reader.text(sql, &[id.to_string().into()]).await?;
    Ok(text.as_deref().map(sql::decode).transpose()?)
}

/// Payouts that a job should look at now, oldest first.
pub async fn due(reader: &mut Reader, now: i64, limit: i64) -> Result<Vec<PayoutRecord>, StoreError> {
    let from = format!(
        "(SELECT p.* FROM payouts p WHERE p.due_at IS NOT NULL AND p.due_at <= $1 ORDER BY p.due_at LIMIT $2) AS p {}",
        record_joins()
    );
    reader.list(&record_object(reader.engine), &from, &[now.into(), limit.into()]).await
}

/// Payouts to a payee with this amount, made since, that are or were to be paid; newest first. Looks at the payee's
/// newest 200 since then.
pub async fn same(
    reader: &mut Reader,
    payee: PayeeId,
    amount: Money,
    since: i64,
    limit: i64,
) -> Result<Vec<PayoutId>, StoreError> {
    #[derive(Deserialize)]
    struct Found {
        id: PayoutId,
    }
    let inner = "SELECT q.id FROM (SELECT id, amount_minor, currency, state FROM payouts WHERE payee_id = $1 AND id >= \
                 $2 ORDER BY id DESC LIMIT 200) AS q WHERE q.amount_minor = $3 AND q.currency = $4 AND q.state NOT IN \
                 ('failed', 'cancelled', 'expired') ORDER BY q.id DESC LIMIT $5";
    let values = [
        Value::from(payee.to_string()),
        PayoutId::first_at(since).to_string().into(),
        amount.minor.into(),
        amount.currency.code().into(),
        limit.into(),
    ];
    let found: Vec<Found> = reader.rows(&["id"], inner, &values).await?;
    Ok(found.into_iter().map(|found| found.id).collect())
}

/// Puts off a payout that is due until `due_at`, in Unix microseconds.
pub async fn postpone(tx: &mut Tx<'_>, id: PayoutId, due_at: i64) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE payouts SET due_at = $2 WHERE id = $1 AND due_at < $2";
    tx.execute(sql, &[id.to_string().into(), due_at.into()]).await
}

const LINE_COLUMNS: &[&str] = &[
    "id",
    "reference_id",
    "state",
    "action",
    "outcome_unknown_since",
    "submitted_at",
    "returned_at",
    "amount_minor",
    "fees_minor",
    "currency",
    "destination_minor",
    "destination_currency",
    "reversed_minor",
    "reversed_done_minor",
    "description",
    "rail",
    "version",
    "maker_staff_id",
    "payee_id",
    "payee_first_name",
    "payee_last_name",
    "payee_email",
    "account_label",
    "wallet_number",
    "wallet_name",
    "client_name",
    "changed_by",
    "changed_at",
];

/// What [`LINE`] needs beside `payouts p`.
const JOINS: &str = "JOIN payees b ON b.id = p.payee_id LEFT JOIN payee_accounts a ON a.id = p.account_id JOIN wallets \
     w ON w.id = p.wallet_id JOIN clients c ON c.id = p.client_id";

const LINE: &str = "p.id, p.reference_id, p.state, p.action, p.outcome_unknown_since, p.submitted_at, p.returned_at, \
     p.amount_minor, p.fees_minor, p.currency, p.destination_minor, p.destination_currency, p.reversed_minor, p.reversed_done_minor, \
     p.description, p.rail, p.version, p.maker_staff_id, p.payee_id, b.first_name AS payee_first_name, b.last_name AS \
     payee_last_name, b.email AS payee_email, a.label AS account_label, w.number AS wallet_number, w.name AS wallet_name, \
     c.name AS client_name, (SELECT e.actor_name FROM payout_events e WHERE e.payout_id = p.id ORDER BY e.seq DESC \
     LIMIT 1) AS changed_by, (SELECT e.created_at FROM payout_events e WHERE e.payout_id = p.id ORDER BY e.seq DESC \
     LIMIT 1) AS changed_at";
