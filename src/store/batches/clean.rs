//! Removing what nobody needs of batches that ended long ago.

use super::{BATCHES, COLUMNS};
use crate::domain::batch::Batch;
use crate::domain::ids::BatchId;
use crate::store::sql::Value;
use crate::store::{Reader, StoreError, Tx};

/// Batches made before a time in Unix microseconds that nobody has started, oldest first; at most `limit`.
pub async fn never_started(reader: &mut Reader, before: i64, limit: i64) -> Result<Vec<Batch>, StoreError> {
    // Written out as the partial index has it.
    let inner = format!(
        "SELECT {} FROM batches b WHERE b.state = 'ready' AND b.id < $1 ORDER BY b.id LIMIT $2",
        BATCHES.select("b")
    );
    let before = BatchId::first_at(before).to_string();
    reader.rows(&COLUMNS, &inner, &[before.into(), limit.into()]).await
}

/// Removes what files said, of batches that ended before a time in Unix microseconds; at most `limit` rows.
pub async fn forget_contents(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<u64, sqlx::Error> {
    // A row's id is that of its batch, a colon, and a number; a semicolon is what comes after a colon.
    let sql = "DELETE FROM batch_rows WHERE id IN (SELECT r.id FROM batches b JOIN batch_rows r ON r.id >= (b.id || ':') \
               AND r.id < (b.id || ';') WHERE b.finished_at < $1 LIMIT $2)";
    tx.execute(sql, &[Value::Int(before), Value::Int(limit)]).await
}

/// Removes items of batches that ended before a time in Unix microseconds; at most `limit`.
pub async fn forget_items(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<u64, sqlx::Error> {
    let sql = "DELETE FROM batch_items WHERE (batch_id, seq) IN (SELECT i.batch_id, i.seq FROM batches b JOIN batch_items \
               i ON i.batch_id = b.id WHERE b.finished_at < $1 LIMIT $2)";
    tx.execute(sql, &[Value::Int(before), Value::Int(limit)]).await
}

/// Removes batches that ended before a time in Unix microseconds and have nothing left; at most `limit`.
pub async fn forget(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<u64, sqlx::Error> {
    let sql = "DELETE FROM batches WHERE id IN (SELECT b.id FROM batches b WHERE b.finished_at < $1 AND (SELECT 1 FROM \
               batch_items i WHERE i.batch_id = b.id LIMIT 1) IS NULL LIMIT $2)";
    tx.execute(sql, &[Value::Int(before), Value::Int(limit)]).await
}
