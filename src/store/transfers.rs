//! Transfers: reading them, and writing what a set planned.

use super::sql::Script;
use super::tables::TRANSFERS;
use super::{Reader, StoreError};
use crate::domain::books::Books;
use crate::domain::ids::TransferId;
use crate::domain::transfer::Transfer;

/// What may change on a transfer after it is made.
pub(super) const CHANGES: &[&str] = &["state", "completed_at", "updated_at", "version"];

/// Transfers by id; ids that do not exist are left out. In id order.
pub async fn records(reader: &mut Reader, ids: &[TransferId]) -> Result<Vec<Transfer>, StoreError> {
    let engine = reader.engine;
    let inner = format!("SELECT {} FROM transfers t WHERE t.id IN ({})", TRANSFERS.select("t"), engine.texts(1));
    let ids = serde_json::to_string(ids).expect("ids");
    let mut records: Vec<Transfer> = reader.rows(&TRANSFERS.columns(), &inner, &[ids.into()]).await?;
    records.sort_by_key(|transfer| transfer.id);
    Ok(records)
}

/// New transfers, before the ledger, which names its transfer.
pub(super) fn insert(script: &mut Script, books: &Books) {
    let new: Vec<_> = books.changes.new_transfers.iter().map(|id| &books.transfers[id]).collect();
    script.insert(&TRANSFERS, &new);
}
