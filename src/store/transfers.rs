//! Transfers: reading them, and writing what a set planned.

use serde::Serialize;

use super::sql::Script;
use super::tables::{REQUEST_IDS, TRANSFERS};
use super::{Reader, StoreError};
use crate::domain::books::Books;
use crate::domain::ids::TransferId;
use crate::domain::transfer::Transfer;

/// What may change on a transfer after it is made.
pub(super) const CHANGES: &[&str] = &["state", "completed_at", "updated_at", "version"];

/// An id of a request that made something long ago and makes something else now.
#[derive(Debug, Serialize)]
struct Again<'a> {
    client_id: String,
    request_id: &'a str,
    subject_id: &'a str,
    made_at: i64,
    made_before: i64,
}

/// Transfers by id; ids that do not exist are left out. In id order.
pub async fn records(reader: &mut Reader, ids: &[TransferId]) -> Result<Vec<Transfer>, StoreError> {
    let engine = reader.engine;
    let inner = format!("SELECT {} FROM transfers t WHERE t.id IN ({})", TRANSFERS.select("t"), engine.texts(1));
    let ids = serde_json::to_string(ids).expect("ids");
    let mut records: Vec<Transfer> = reader.rows(&TRANSFERS.columns(), &inner, &[ids.into()]).await?;
    records.sort_by_key(|transfer| transfer.id);
    Ok(records)
}

/// New transfers and ids of requests, before the ledger, which names its transfer.
pub(super) fn insert(script: &mut Script, books: &Books) {
    let changes = &books.changes;
    let new: Vec<_> = changes.new_transfers.iter().map(|id| &books.transfers[id]).collect();
    script.insert(&TRANSFERS, &new);
    let first: Vec<_> =
        changes.request_ids.iter().filter(|(_, before)| before.is_none()).map(|(used, _)| used).collect();
    script.insert(&REQUEST_IDS, &first);
    let again: Vec<Again> = changes
        .request_ids
        .iter()
        .filter_map(|(used, before)| {
            Some(Again {
                client_id: used.client_id.to_string(),
                request_id: &used.request_id,
                subject_id: &used.subject_id,
                made_at: used.made_at,
                made_before: (*before)?,
            })
        })
        .collect();
    // Guarded by when it was used before: of two processes that find it old, one is first.
    let sql = "UPDATE request_ids SET subject_id = value ->> 'subject_id', made_at = CAST(value ->> 'made_at' AS \
               BIGINT) FROM {rows} WHERE request_ids.request_id = (value ->> 'request_id') AND request_ids.client_id = \
               (value ->> 'client_id') AND request_ids.made_at = CAST(value ->> 'made_before' AS BIGINT)";
    script.add(sql, &again, again.len());
}
