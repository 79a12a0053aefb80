//! Single facts about the desk, by name.

use super::{Reader, StoreError, Tx};

pub async fn find(reader: &mut Reader, name: &str) -> Result<Option<String>, StoreError> {
    reader.text("SELECT value FROM meta WHERE name = $1".into(), &[name.into()]).await
}

pub async fn get(tx: &mut Tx<'_>, name: &str) -> Result<Option<String>, sqlx::Error> {
    tx.text("SELECT value FROM meta WHERE name = $1", &[name.into()]).await
}

pub async fn put(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<u64, sqlx::Error> {
    let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.execute(sql, &[name.into(), value.into()]).await
}

pub async fn remove(tx: &mut Tx<'_>, name: &str) -> Result<u64, sqlx::Error> {
    tx.execute("DELETE FROM meta WHERE name = $1", &[name.into()]).await
}

/// How many facts there are.
pub async fn count(reader: &mut Reader) -> Result<i64, StoreError> {
    Ok(reader.int("SELECT COUNT(*) FROM meta".into(), &[]).await?.unwrap_or(0))
}
