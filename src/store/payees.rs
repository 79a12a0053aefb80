//! Payees: reading them with their accounts and what they were paid, saving, changing and deleting them.

use serde::{Deserialize, Serialize};

use super::sql::{Conditions, Script, Value, window};
use super::tables::{PAYEE_ACCOUNTS, PAYEES};
use super::{Reader, StoreError, Tx, apply};
use crate::domain::ids::{ClientId, PayeeId};
use crate::domain::money::{Currency, Money};
use crate::domain::payee::Payee;
use crate::domain::payee_account::PayeeAccount;

/// How many accounts a line holds of those that are in use, and of those that are switched off.
pub const ACCOUNTS: usize = 25;

/// A payee with its client, accounts and totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayeeLine {
    #[serde(flatten)]
    pub payee: Payee,
    pub client_name: String,
    /// Those in use first, the newest of them first; at most [`ACCOUNTS`] in use and as many switched off.
    pub accounts: Vec<PayeeAccount>,
    pub totals: Vec<PayeeTotal>,
}

impl PayeeLine {
    /// The account that is paid unless another one is named.
    pub fn account(&self) -> Option<&PayeeAccount> {
        self.accounts.first().filter(|account| account.is_active())
    }

    /// The accounts that new payouts may go to.
    pub fn active_accounts(&self) -> impl Iterator<Item = &PayeeAccount> {
        self.accounts.iter().filter(|account| account.is_active())
    }
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

/// Which payees: those of a client or all, saved ones only.
#[derive(Debug, Clone, Default)]
pub struct PayeeFilter {
    pub client: Option<ClientId>,
    /// The start of an email, of a reference, or of a name from one of its words on.
    pub search: Option<String>,
    /// The keyed hash of what is searched for, should it be an account number.
    pub search_hash: Option<String>,
    /// The keyed hash of the number of one of its accounts.
    pub number_hash: Option<String>,
    /// Made at or after, and before, in Unix microseconds.
    pub from: Option<i64>,
    pub to: Option<i64>,
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

/// How many saved payees there are, counted up to `cap`.
pub async fn count(reader: &mut Reader, filter: &PayeeFilter, cap: i64) -> Result<i64, StoreError> {
    let mut counted = filter.conditions();
    let cap = counted.bind(Value::Int(cap));
    let sql = format!("SELECT COUNT(*) FROM (SELECT 1 FROM payees b {} LIMIT {cap}) AS q", counted.where_clause());
    Ok(reader.int(sql, counted.values()).await?.unwrap_or(0))
}

/// Saved payees behind the first `offset`: only for contracts that page by number or `skip`.
pub async fn page(
    reader: &mut Reader,
    filter: &PayeeFilter,
    oldest_first: bool,
    (offset, limit): (i64, i64),
) -> Result<Vec<PayeeLine>, StoreError> {
    let mut conditions = filter.conditions();
    let order = if oldest_first { "ASC" } else { "DESC" };
    let window = window(&mut conditions, offset, limit);
    lines(reader, conditions, &format!("ORDER BY b.id {order} {window}")).await
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

/// The payee as it stands in this transaction, deleted or not.
pub async fn find(tx: &mut Tx<'_>, id: PayeeId) -> Result<Option<Payee>, sqlx::Error> {
    let inner = format!("SELECT {} FROM payees b WHERE b.id = $1", PAYEES.select("b"));
    Ok(tx.rows(&PAYEES.columns(), &inner, &[id.to_string().into()]).await?.into_iter().next())
}

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

/// Writes what changed of a payee, and the words that find it. The version must be the one in the row plus one; answers
/// whether it was.
pub async fn change(tx: &mut Tx<'_>, payee: &Payee) -> Result<bool, sqlx::Error> {
    let mut script = Script::new(tx.engine());
    let sql = format!(
        "UPDATE payees SET {} FROM {{rows}} WHERE payees.id = value ->> 'id' AND payees.version = CAST(value ->> \
         'version' AS BIGINT) - 1 AND payees.deleted_at IS NULL",
        PAYEES.assignments(CHANGES),
    );
    script.add(&sql, &[payee], 1);
    match tx.script(script).await {
        Err(sqlx::Error::RowNotFound) => return Ok(false),
        written => written?,
    }
    tx.execute("DELETE FROM payee_words WHERE payee_id = $1", &[payee.id.to_string().into()]).await?;
    let mut script = Script::new(tx.engine());
    apply::insert_words(&mut script, std::slice::from_ref(payee));
    tx.script(script).await?;
    Ok(true)
}

/// What may change on a payee after it is made, besides being saved and deleted.
const CHANGES: &[&str] = &[
    "kind",
    "email",
    "first_name",
    "last_name",
    "country",
    "phone",
    "contact_type",
    "reference",
    "metadata",
    "fingerprint",
    "disabled_at",
    "updated_at",
    "version",
];

/// Marks a payee as deleted; answers whether it was not before.
pub async fn delete(tx: &mut Tx<'_>, id: PayeeId) -> Result<bool, sqlx::Error> {
    let now = tx.now();
    let sql = "UPDATE payees SET deleted_at = $2, updated_at = $2, version = version + 1 WHERE id = $1 AND deleted_at IS NULL";
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
    let accounts = engine.collect(&PAYEE_ACCOUNTS.array(engine, "x"), &format!("{} AS x", accounts_of("b.id")));
    members.push(("accounts", format!("COALESCE({accounts}, {})", engine.json("'[]'"))));
    members.push(("totals", format!("COALESCE({totals}, {})", engine.json("'[]'"))));
    let from = format!("(SELECT b.* FROM payees b {} {rest}) AS b", conditions.where_clause());
    reader.list(&engine.object(&members), &from, conditions.values()).await
}

/// The accounts of a line: by an index each, so that many of one payee cost no more than few.
fn accounts_of(payee: &str) -> String {
    let newest = |which: &str| {
        format!(
            "SELECT * FROM (SELECT * FROM payee_accounts WHERE payee_id = {payee} AND deleted_at IS NULL AND \
             disabled_at IS {which} ORDER BY id DESC LIMIT {ACCOUNTS}) AS {}",
            if which == "NULL" { "used" } else { "unused" }
        )
    };
    format!("({} UNION ALL {})", newest("NULL"), newest("NOT NULL"))
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
            let hash = self.search_hash.as_deref().unwrap_or_default();
            conditions.and(
                "b.id IN (SELECT payee_id FROM payee_words WHERE word >= ? AND word < ? UNION ALL SELECT payee_id FROM \
                 payee_accounts WHERE number_hash = ? AND deleted_at IS NULL)",
                [start.into(), end.into(), hash.into()],
            );
        }
        if let Some(hash) = &self.number_hash {
            conditions.and(
                "b.id IN (SELECT payee_id FROM payee_accounts WHERE number_hash = ? AND deleted_at IS NULL)",
                [hash.as_str().into()],
            );
        }
        for (time, condition) in [(self.from, "b.id >= ?"), (self.to, "b.id < ?")] {
            if let Some(time) = time {
                conditions.and(condition, [PayeeId::first_at(time).to_string().into()]);
            }
        }
        conditions
    }
}
