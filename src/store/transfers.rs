//! Transfers: reading them.

use super::sql::Value;
use super::tables::TRANSFERS;
use super::{Reader, StoreError};
use crate::domain::ids::TransferId;
use crate::domain::transfer::Transfer;

/// What may change on a transfer after it is made.
pub(super) const CHANGES: &[&str] = &["state", "completed_at", "updated_at", "version"];

/// Transfers by id; ids that do not exist are left out. In id order.
pub async fn records(reader: &mut Reader, ids: &[TransferId]) -> Result<Vec<Transfer>, StoreError> {
    let engine = reader.engine;
    let inner = format!("SELECT {} FROM transfers t WHERE t.id IN ({})", TRANSFERS.select("t"), engine.texts(1));
    let mut records: Vec<Transfer> = reader.rows(&TRANSFERS.columns(), &inner, &[Value::json(ids)]).await?;
    records.sort_by_key(|transfer| transfer.id);
    Ok(records)
}
