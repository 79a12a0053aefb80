//! The accounts that payees are paid on: finding, adding, switching off and deleting them.

use serde::{Deserialize, Serialize};

use super::sql::{Conditions, Script, Value, window};
use super::tables::{PAYEE_ACCOUNTS, PAYEES};
use super::{Reader, StoreError, Tx, apply};
use crate::domain::ids::{AccountId, ClientId, PayeeId};
use crate::domain::payee::Payee;
use crate::domain::payee_account::PayeeAccount;

/// An account and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLine {
    pub account: PayeeAccount,
    pub payee: Payee,
}

/// Which accounts: those of a client, of a payee, or all; of saved payees only.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    pub client: Option<ClientId>,
    pub payee: Option<PayeeId>,
    /// The keyed hash of its number.
    pub number_hash: Option<String>,
    /// Made at or after, and before, in Unix microseconds.
    pub from: Option<i64>,
    pub to: Option<i64>,
}

/// An account, deleted or not, with its payee.
pub async fn get(reader: &mut Reader, id: AccountId) -> Result<Option<AccountLine>, StoreError> {
    let mut conditions = Conditions::default();
    conditions.and("a.id = ?", [id.to_string().into()]);
    Ok(lines(reader, &conditions, "").await?.into_iter().next())
}

/// The account inside a unit without a plan, deleted or not.
pub async fn find(tx: &mut Tx<'_>, id: AccountId) -> Result<Option<PayeeAccount>, sqlx::Error> {
    // On PostgreSQL the row stays as it is until this unit ends, whoever else wants to change it.
    tx.execute("UPDATE payee_accounts SET id = id WHERE id = $1", &[id.to_string().into()]).await?;
    let sql = format!("SELECT {} FROM payee_accounts a WHERE a.id = $1", PAYEE_ACCOUNTS.select("a"));
    Ok(tx.rows(&PAYEE_ACCOUNTS.columns(), &sql, &[id.to_string().into()]).await?.into_iter().next())
}

/// Newest first, older than `before`.
pub async fn list(
    reader: &mut Reader,
    filter: &AccountFilter,
    before: Option<AccountId>,
    limit: i64,
) -> Result<Vec<AccountLine>, StoreError> {
    let mut conditions = filter.conditions();
    if let Some(before) = before {
        conditions.and("a.id < ?", [before.to_string().into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    lines(reader, &conditions, &format!("ORDER BY a.id DESC LIMIT {limit}")).await
}

/// Newest first, behind the first `offset`: only for contracts that page by `skip`.
pub async fn page(
    reader: &mut Reader,
    filter: &AccountFilter,
    (offset, limit): (i64, i64),
) -> Result<Vec<AccountLine>, StoreError> {
    let mut conditions = filter.conditions();
    let window = window(&mut conditions, offset, limit);
    lines(reader, &conditions, &format!("ORDER BY a.id DESC {window}")).await
}

/// The id of the payee's account with these details, which is not deleted.
pub async fn with_details(tx: &mut Tx<'_>, payee: PayeeId, fingerprint: &str) -> Result<Option<String>, sqlx::Error> {
    let sql = "SELECT id FROM payee_accounts WHERE payee_id = $1 AND fingerprint = $2 AND deleted_at IS NULL";
    tx.text(sql, &[payee.to_string().into(), fingerprint.into()]).await
}

pub async fn insert(tx: &mut Tx<'_>, account: &PayeeAccount) -> Result<(), sqlx::Error> {
    let mut script = Script::new(tx.engine());
    apply::insert_accounts(&mut script, std::slice::from_ref(account));
    tx.script(script).await
}

/// Switches an account on or off; answers whether it was not so before.
pub async fn set_active(tx: &mut Tx<'_>, id: AccountId, active: bool) -> Result<bool, sqlx::Error> {
    let now = tx.now();
    let changed = if active {
        let sql = "UPDATE payee_accounts SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL AND \
                   deleted_at IS NULL";
        tx.execute(sql, &[id.to_string().into()]).await?
    } else {
        let sql = "UPDATE payee_accounts SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL AND deleted_at IS \
                   NULL";
        tx.execute(sql, &[id.to_string().into(), now.into()]).await?
    };
    Ok(changed == 1)
}

/// Marks an account as deleted; answers whether it was not before.
pub async fn delete(tx: &mut Tx<'_>, id: AccountId) -> Result<bool, sqlx::Error> {
    let now = tx.now();
    let sql = "UPDATE payee_accounts SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL";
    Ok(tx.execute(sql, &[id.to_string().into(), now.into()]).await? == 1)
}

async fn lines(reader: &mut Reader, conditions: &Conditions, rest: &str) -> Result<Vec<AccountLine>, StoreError> {
    let engine = reader.engine;
    let line = engine.object(&[("account", PAYEE_ACCOUNTS.array(engine, "a")), ("payee", PAYEES.array(engine, "b"))]);
    // The accounts first: the join only touches payees whose account is shown.
    let from = format!(
        "(SELECT a.* FROM payee_accounts a {} {rest}) AS a JOIN payees b ON b.id = a.payee_id",
        conditions.where_clause()
    );
    let mut lines: Vec<AccountLine> = reader.list(&line, &from, conditions.values()).await?;
    lines.sort_by_key(|line| std::cmp::Reverse(line.account.id));
    Ok(lines)
}

impl AccountFilter {
    fn conditions(&self) -> Conditions {
        let mut conditions = Conditions::default();
        // Asked of each account that may be shown: a set of all saved payees would be filled first.
        conditions.and(
            "a.deleted_at IS NULL AND (SELECT 1 FROM payees s WHERE s.id = a.payee_id AND s.saved_at IS NOT NULL AND \
             s.deleted_at IS NULL) IS NOT NULL",
            [],
        );
        let ids = [
            ("a.client_id = ?", self.client.map(|id| id.to_string())),
            ("a.payee_id = ?", self.payee.map(|id| id.to_string())),
            ("a.number_hash = ?", self.number_hash.clone()),
            ("a.id >= ?", self.from.map(|time| AccountId::first_at(time).to_string())),
            ("a.id < ?", self.to.map(|time| AccountId::first_at(time).to_string())),
        ];
        for (condition, value) in ids {
            if let Some(value) = value {
                conditions.and(condition, [value.into()]);
            }
        }
        conditions
    }
}
