//! Whether the database works.

use std::time::Duration;

use super::Desk;
use crate::store::{StoreError, meta};

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the database something; after a failure to write, also writes a little, so that this turns green by itself
/// when writing works again.
pub async fn works(desk: &Desk) -> bool {
    let asked = tokio::time::timeout(PATIENCE, ask(desk)).await;
    asked.is_ok_and(|answer| answer.is_ok())
}

async fn ask(desk: &Desk) -> Result<(), StoreError> {
    if !desk.store.is_healthy() {
        return desk.store.probe().await;
    }
    // A pooled connection may be dead without knowing: only a query tells.
    let mut reader = desk.store.read().await?;
    meta::count(&mut reader).await.map(|_| ())
}
