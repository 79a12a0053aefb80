//! Idempotency keys of changes that are no units; the outcome they keep is the id of what was made.

use super::Tx;
use super::sql::Script;
use super::tables::KEYS;
use crate::domain::books::StoredKey;
use crate::domain::command::IdempotencyKey;

/// The first outcome under this key, if there was one.
pub async fn find(tx: &mut Tx<'_>, key: &IdempotencyKey) -> Result<Option<StoredKey>, sqlx::Error> {
    let sql = "SELECT caller, operation, key, request_hash, outcome, created_at FROM idempotency_keys \
               WHERE caller = $1 AND operation = $2 AND key = $3";
    let values = [key.caller.as_str().into(), key.operation.as_str().into(), key.key.as_str().into()];
    Ok(tx.rows(&KEYS.columns(), sql, &values).await?.into_iter().next())
}

pub async fn insert(tx: &mut Tx<'_>, stored: &StoredKey) -> Result<(), sqlx::Error> {
    let mut script = Script::new(tx.engine());
    script.insert(&KEYS, &[stored]);
    tx.script(script).await
}

/// Forgets at most `limit` keys that came before `before`; answers how many.
pub async fn forget(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<u64, sqlx::Error> {
    let sql = "DELETE FROM idempotency_keys WHERE (caller, operation, key) IN (SELECT caller, operation, key FROM \
               idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
    tx.execute(sql, &[before.into(), limit.into()]).await
}
