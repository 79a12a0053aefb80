//! What became of a transaction whose COMMIT was sent and not answered.

use std::time::{Duration, Instant};

use super::sql::{self, Engine};
use super::{StoreError, connect_writer, writer};
use crate::domain::audit::Link;

/// How long to look for an answer before saying that nobody knows.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Committed,
    RolledBack,
    Unknown,
}

/// Looks for the last audit row that the transaction wrote, on connections of its own. The one that the transaction
/// had is given up before.
///
/// On SQLite the file tells at once. On PostgreSQL the server may still be at it: an audit chain is locked for as long
/// as its connection lives, so a row that is missing while nobody holds the chain was never committed.
pub async fn fate(url: &str, engine: Engine, last: &Link) -> Fate {
    let began = Instant::now();
    loop {
        match tokio::time::timeout(PATIENCE, look(url, engine, last)).await {
            Ok(Ok(Some(fate))) => return fate,
            Ok(Err(error)) => tracing::warn!(%error, "what became of a commit cannot be asked yet"),
            Ok(Ok(None)) | Err(_) => {}
        }
        if began.elapsed() >= PATIENCE {
            return Fate::Unknown;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// One look; none while it may still go either way.
async fn look(url: &str, engine: Engine, last: &Link) -> Result<Option<Fate>, StoreError> {
    let mut connection = connect_writer(url, engine).await?;
    let sql = "SELECT hash FROM audit_log WHERE chain = $1 AND seq = $2";
    let values = [last.chain.as_str().into(), last.seq.into()];
    let found = sql::read_text(&mut connection, sql.into(), &values).await?;
    Ok(match found {
        Some(hash) if hash == last.hash => Some(Fate::Committed),
        // Another process took the chain since and wrote that row.
        Some(_) => Some(Fate::RolledBack),
        None if writer::hold_chain(&mut connection, engine, &last.chain).await? => {
            // Between the two questions it may have been committed and given up.
            let again = sql::read_text(&mut connection, sql.into(), &values).await?;
            let is_there = again.is_some_and(|hash| hash == last.hash);
            Some(if is_there { Fate::Committed } else { Fate::RolledBack })
        }
        None => None,
    })
}
