//! Reading payout links: lists by keyset, one record with all around it, counts and sums.

mod counts;
mod filter;
#[cfg(test)]
mod plans;

use serde::{Deserialize, Serialize};

use self::counts::counts_select;
pub use self::counts::{counts, is_all, total};
pub use self::filter::{Filter, LinkBucket, Search, matching};
use super::load_links::{link_joins, link_object};
use super::payouts::{Count, Cursor, NumberedTransaction};
use super::sql::{self, Engine, Select, Value};
use super::tables::{LEDGER, POSTINGS, WALLETS};
use super::wallets::{self, Client, MOST_WALLETS};
use super::{Reader, StoreError, Tx};
use crate::domain::command::LinkRecord;
use crate::domain::ids::{ClientId, PayoutId, PayoutLinkId};
use crate::domain::ledger::PostingRow;
use crate::domain::money::{Currency, Money};
use crate::domain::payout::State as PayoutState;
use crate::domain::payout_link::{CloseReason, State};
use crate::domain::wallet::Wallet;

/// A row of the list. Amounts in minor units, times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    pub id: PayoutLinkId,
    pub state: State,
    pub attempt_count: i64,
    pub close_reason: Option<CloseReason>,
    pub contact_name: String,
    pub contact_email: Option<String>,
    pub contact_phone: Option<String>,
    pub purpose: Option<String>,
    pub amount_minor: i64,
    pub fees_minor: i64,
    pub currency: Currency,
    pub description: Option<String>,
    pub receipt: Option<String>,
    pub reference: Option<String>,
    pub expire_by: Option<i64>,
    pub payout_id: Option<PayoutId>,
    pub maker_staff_id: String,
    pub version: i64,
    pub wallet_number: i64,
    pub wallet_name: String,
    pub client_name: String,
    /// Who wrote the last line of its history, and when.
    pub changed_by: Option<String>,
    pub changed_at: Option<i64>,
}

/// A payout of a link: the one that pays it, or an attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub id: PayoutId,
    pub reference_id: String,
    pub state: PayoutState,
    pub failure_code: Option<String>,
    pub failure_reason: Option<String>,
    pub payee_first_name: String,
    pub payee_last_name: String,
    /// The account in words that may be shown.
    pub account_label: Option<String>,
    pub completed_at: Option<i64>,
    pub returned_at: Option<i64>,
}

/// One payout link with everything its page shows, read as one snapshot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LinkDetail {
    pub record: LinkRecord,
    pub wallet: Wallet,
    pub client_number: i64,
    pub maker_name: Option<String>,
    /// The program, when one made it.
    pub credential_name: Option<String>,
    pub checker_name: Option<String>,
    /// Its payouts, oldest first.
    pub attempts: Vec<Attempt>,
    /// Its holds and releases, and those of its payouts, oldest first.
    pub ledger: Vec<NumberedTransaction>,
    pub postings: Vec<PostingRow>,
}

/// What a job needs to know of a link that is due.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Due {
    pub id: PayoutLinkId,
    pub version: i64,
}

/// Another link to the same contact with the same amount.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Same {
    pub id: PayoutLinkId,
    pub contact_name: String,
}

impl LinkRow {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    pub fn fees(&self) -> Money {
        Money::new(self.fees_minor, self.currency)
    }

    pub fn bucket(&self) -> LinkBucket {
        match self.state {
            State::Issued if self.attempt_count > 0 => LinkBucket::Reopened,
            state => LinkBucket::Is(state),
        }
    }
}

/// A page of the list, newest first. Ask for one more than is shown to learn whether there is more.
pub async fn page(
    reader: &mut Reader,
    filter: &Filter,
    cursor: Cursor<PayoutLinkId>,
    limit: usize,
) -> Result<Vec<LinkRow>, StoreError> {
    let lines = reader.select(&page_select(reader.engine, filter, cursor, limit)).await?;
    Ok(in_order(lines, cursor))
}

/// Everything the list page shows, as one row: lines, counts, wallets and clients.
pub async fn page_with_all(
    reader: &mut Reader,
    filter: &Filter,
    cursor: Cursor<PayoutLinkId>,
    limit: usize,
    client: Option<ClientId>,
) -> Result<(Vec<LinkRow>, Vec<Count>, Vec<Wallet>, Vec<Client>), StoreError> {
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

fn page_select(engine: Engine, filter: &Filter, cursor: Cursor<PayoutLinkId>, limit: usize) -> Select {
    let mut conditions = filter.conditions(engine);
    let order = match cursor {
        Cursor::Newest => "DESC",
        Cursor::After(id) => {
            conditions.and("l.id < ?", [id.to_string().into()]);
            "DESC"
        }
        Cursor::Before(id) => {
            conditions.and("l.id > ?", [id.to_string().into()]);
            "ASC"
        }
    };
    let limit = conditions.bind(Value::Int(limit as i64));
    // The page's ids first, then the joins: the joins never touch a row that is not shown.
    let inner = format!(
        "SELECT {ROW} FROM (SELECT l.* FROM payout_links l {} ORDER BY l.id {order} LIMIT {limit}) AS l \
         JOIN wallets w ON w.id = l.wallet_id JOIN clients c ON c.id = l.client_id ORDER BY l.id {order}",
        conditions.where_clause()
    );
    Select { columns: ROW_COLUMNS.to_vec(), inner, values: conditions.values().to_vec() }
}

/// Newest first, also when the page was read backwards.
fn in_order(mut lines: Vec<LinkRow>, cursor: Cursor<PayoutLinkId>) -> Vec<LinkRow> {
    if matches!(cursor, Cursor::Before(_)) {
        lines.reverse();
    }
    lines
}

/// A page of whole records by number: only for contracts that page by `page` and `limit`.
pub async fn numbered_page(
    reader: &mut Reader,
    filter: &Filter,
    offset: i64,
    limit: i64,
    oldest_first: bool,
) -> Result<Vec<LinkRecord>, StoreError> {
    let engine = reader.engine;
    let mut conditions = filter.conditions(engine);
    let order = if oldest_first { "ASC" } else { "DESC" };
    let window = sql::window(&mut conditions, offset, limit);
    let from = format!(
        "(SELECT l.* FROM payout_links l {} ORDER BY l.id {order} {window}) AS l {}",
        conditions.where_clause(),
        link_joins()
    );
    let record = link_object(engine);
    let inner = format!("(SELECT {record} AS record FROM {from} ORDER BY l.id {order}) AS r");
    reader.records(&inner, conditions.values()).await
}

/// Whole records in one of these states (or in any, when none is named), made before a moment, newest first.
pub async fn before(
    reader: &mut Reader,
    client: Option<ClientId>,
    states: &[State],
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<LinkRecord>, StoreError> {
    let engine = reader.engine;
    let mut conditions = Filter { client, to: before, ..Filter::default() }.conditions(engine);
    let limit = conditions.bind(Value::Int(limit));
    let clause = conditions.where_clause();
    let newest = |state: Option<&State>| {
        let clause = match (state, clause.is_empty()) {
            (None, _) => clause.clone(),
            (Some(state), true) => format!("WHERE l.state = '{}'", state.name()),
            (Some(state), false) => format!("{clause} AND l.state = '{}'", state.name()),
        };
        format!("SELECT q.id FROM (SELECT l.id FROM payout_links l {clause} ORDER BY l.id DESC LIMIT {limit}) AS q")
    };
    // Each state's newest by its index, then the newest of those.
    let ways: Vec<String> = match states {
        [] => vec![newest(None)],
        states => states.iter().map(|state| newest(Some(state))).collect(),
    };
    let from = format!(
        "(SELECT l.* FROM payout_links l WHERE l.id IN ({}) ORDER BY l.id DESC LIMIT {limit}) AS l {}",
        ways.join(" UNION ALL "),
        link_joins()
    );
    let inner = format!("(SELECT {} AS record FROM {from} ORDER BY l.id DESC) AS r", link_object(engine));
    reader.records(&inner, conditions.values()).await
}

/// One record by its id.
pub async fn record(reader: &mut Reader, id: PayoutLinkId) -> Result<Option<LinkRecord>, StoreError> {
    one(reader, "l.id = $1", &id.to_string()).await
}

/// One record by the hash of the secret in its address.
pub async fn by_token(reader: &mut Reader, token_hash: &str) -> Result<Option<LinkRecord>, StoreError> {
    one(reader, "l.token_hash = $1", token_hash).await
}

async fn one(reader: &mut Reader, condition: &str, value: &str) -> Result<Option<LinkRecord>, StoreError> {
    let engine = reader.engine;
    let sql =
        format!("SELECT CAST({} AS TEXT) FROM payout_links l {} WHERE {condition}", link_object(engine), link_joins());
    let text = reader.text(sql, &[value.into()]).await?;
    Ok(text.as_deref().map(sql::decode).transpose()?)
}

/// One link with everything around it.
pub async fn detail(reader: &mut Reader, id: PayoutLinkId) -> Result<Option<LinkDetail>, StoreError> {
    let engine = reader.engine;
    let mut ledger = vec![("number", "t.number".to_owned())];
    let columns = LEDGER.columns();
    ledger.extend(columns.iter().map(|column| (*column, format!("t.{column}"))));
    let attempt: Vec<_> = ATTEMPT.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let list = |value: &str, from: &str| {
        let empty = engine.json("'[]'");
        format!("COALESCE({}, {empty})", engine.collect(value, from))
    };
    // By two indexes, each of which finds few rows.
    let own = "SELECT * FROM ledger_transactions WHERE link_id = l.id UNION ALL SELECT z.* FROM payouts y JOIN \
               ledger_transactions z ON z.payout_id = y.id WHERE y.link_id = l.id";
    let object = engine.object(&[
        ("record", link_object(engine)),
        ("wallet", WALLETS.object(engine, "w")),
        ("client_number", "k.number".into()),
        ("maker_name", "(SELECT name FROM staff WHERE id = l.maker_staff_id)".into()),
        ("credential_name", "(SELECT name FROM credentials WHERE id = l.maker_credential_id)".into()),
        ("checker_name", "(SELECT name FROM staff WHERE id = l.checker_staff_id)".into()),
        (
            "attempts",
            list(
                &engine.object(&attempt),
                "(SELECT p.*, b.first_name, b.last_name, a.label AS account_label FROM payouts p JOIN payees b ON b.id \
                 = p.payee_id LEFT JOIN payee_accounts a ON a.id = p.account_id WHERE p.link_id = l.id ORDER BY p.id) \
                 AS p",
            ),
        ),
        ("ledger", list(&engine.object(&ledger), &format!("(SELECT * FROM ({own}) AS q ORDER BY q.number) AS t"))),
        (
            "postings",
            list(
                &POSTINGS.object(engine, "o"),
                &format!(
                    "(SELECT s.* FROM ({own}) AS q JOIN postings s ON s.transaction_id = q.id ORDER BY q.number, \
                     s.position) AS o"
                ),
            ),
        ),
    ]);
    let sql = format!("SELECT CAST({object} AS TEXT) FROM payout_links l {} WHERE l.id = $1", link_joins());
    let text = reader.text(sql, &[id.to_string().into()]).await?;
    Ok(text.as_deref().map(sql::decode).transpose()?)
}

/// Links whose time is over, those first that ended first.
pub async fn due(reader: &mut Reader, now: i64, limit: i64) -> Result<Vec<Due>, StoreError> {
    let inner =
        "SELECT id, version FROM payout_links WHERE due_at IS NOT NULL AND due_at <= $1 ORDER BY due_at LIMIT $2";
    reader.rows(&["id", "version"], inner, &[now.into(), limit.into()]).await
}

/// Puts off a link that is due until `due_at`, in Unix microseconds.
pub async fn postpone(tx: &mut Tx<'_>, id: PayoutLinkId, due_at: i64) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE payout_links SET due_at = $2 WHERE id = $1 AND due_at < $2";
    tx.execute(sql, &[id.to_string().into(), due_at.into()]).await
}

/// Links whose recipient is to be reminded, those first that are due longest.
pub async fn to_remind(reader: &mut Reader, now: i64, limit: i64) -> Result<Vec<Due>, StoreError> {
    let inner = "SELECT id, version FROM payout_links WHERE remind_at IS NOT NULL AND remind_at <= $1 ORDER BY remind_at \
                 LIMIT $2";
    reader.rows(&["id", "version"], inner, &[now.into(), limit.into()]).await
}

/// Puts off a reminder that is due until `remind_at`, in Unix microseconds.
pub async fn postpone_reminder(tx: &mut Tx<'_>, id: PayoutLinkId, remind_at: i64) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE payout_links SET remind_at = $2 WHERE id = $1 AND remind_at < $2";
    tx.execute(sql, &[id.to_string().into(), remind_at.into()]).await
}

/// Links of a client that one of these words finds (a contact's email or phone), with this amount, made since, that
/// are or were to be paid; newest first.
pub async fn same(
    reader: &mut Reader,
    client: ClientId,
    words: &[String],
    amount: Money,
    since: i64,
    limit: i64,
) -> Result<Vec<Same>, StoreError> {
    let words = serde_json::to_string(words).expect("texts");
    let inner = format!(
        "SELECT l.id, l.contact_name FROM payout_links l WHERE l.id IN (SELECT w.link_id FROM payout_link_words w \
         WHERE w.word IN ({}) AND w.link_id >= $2) AND l.client_id = $3 AND l.amount_minor = $4 AND l.currency = $5 \
         AND l.state IN ('pending', 'issued', 'processing', 'processed') ORDER BY l.id DESC LIMIT $6",
        reader.engine.texts(1)
    );
    let values = [
        Value::from(words),
        PayoutLinkId::first_at(since).to_string().into(),
        client.to_string().into(),
        amount.minor.into(),
        amount.currency.code().into(),
        limit.into(),
    ];
    reader.rows(&["id", "contact_name"], &inner, &values).await
}

const ATTEMPT: &[(&str, &str)] = &[
    ("id", "p.id"),
    ("reference_id", "p.reference_id"),
    ("state", "p.state"),
    ("failure_code", "p.failure_code"),
    ("failure_reason", "p.failure_reason"),
    ("payee_first_name", "p.first_name"),
    ("payee_last_name", "p.last_name"),
    ("account_label", "p.account_label"),
    ("completed_at", "p.completed_at"),
    ("returned_at", "p.returned_at"),
];

const ROW_COLUMNS: &[&str] = &[
    "id",
    "state",
    "attempt_count",
    "close_reason",
    "contact_name",
    "contact_email",
    "contact_phone",
    "purpose",
    "amount_minor",
    "fees_minor",
    "currency",
    "description",
    "receipt",
    "reference",
    "expire_by",
    "payout_id",
    "maker_staff_id",
    "version",
    "wallet_number",
    "wallet_name",
    "client_name",
    "changed_by",
    "changed_at",
];

const ROW: &str = "l.id, l.state, l.attempt_count, l.close_reason, l.contact_name, l.contact_email, l.contact_phone, \
     l.purpose, l.amount_minor, l.fees_minor, l.currency, l.description, l.receipt, l.reference, l.expire_by, \
     l.payout_id, l.maker_staff_id, l.version, w.number AS wallet_number, w.name AS wallet_name, c.name AS \
     client_name, (SELECT e.actor_name FROM payout_link_events e WHERE e.link_id = l.id ORDER BY e.seq DESC LIMIT 1) \
     AS changed_by, (SELECT e.created_at FROM payout_link_events e WHERE e.link_id = l.id ORDER BY e.seq DESC LIMIT 1) \
     AS changed_at";
