//! Failed sign-ins, counted per account and per address.

use serde::{Deserialize, Serialize};

use super::Tx;

/// How often a name failed. Times in Unix microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    pub failures: i64,
    pub first_at: i64,
    pub locked_until: Option<i64>,
}

pub async fn find(tx: &mut Tx<'_>, name: &str) -> Result<Option<Failures>, sqlx::Error> {
    let sql = "SELECT failures, first_at, locked_until FROM sign_in_failures WHERE name = $1";
    let rows = tx.rows(&["failures", "first_at", "locked_until"], sql, &[name.into()]).await?;
    Ok(rows.into_iter().next())
}

pub async fn put(tx: &mut Tx<'_>, name: &str, row: Failures) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO sign_in_failures (name, failures, first_at, locked_until) \
               VALUES ($1, $2, $3, NULLIF($4, 0)) ON CONFLICT (name) DO UPDATE SET \
               failures = excluded.failures, first_at = excluded.first_at, locked_until = excluded.locked_until";
    let values = [name.into(), row.failures.into(), row.first_at.into(), row.locked_until.unwrap_or(0).into()];
    tx.execute(sql, &values).await.map(|_| ())
}

pub async fn clear(tx: &mut Tx<'_>, name: &str) -> Result<(), sqlx::Error> {
    tx.execute("DELETE FROM sign_in_failures WHERE name = $1", &[name.into()]).await.map(|_| ())
}

/// Forgets at most `limit` rows of what began before `before` and holds nobody up any more.
pub async fn forget(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<u64, sqlx::Error> {
    let sql = "DELETE FROM sign_in_failures WHERE name IN (SELECT name FROM sign_in_failures WHERE first_at < $1 AND \
               (locked_until IS NULL OR locked_until <= $2) LIMIT $3)";
    let now = tx.now();
    tx.execute(sql, &[before.into(), now.into(), limit.into()]).await
}
