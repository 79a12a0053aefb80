//! Which processes work on the same data: many may, but some changes need it for themselves.

use std::fs::{File, OpenOptions, TryLockError};

use super::{Location, StoreError, Tx};

/// A lock on a file beside the database, which the system lets go when the process ends, however it ends.
#[derive(Debug)]
pub struct Hold(Option<File>);

impl Hold {
    /// Takes part. Errors: another process has the data for itself.
    pub fn share(location: &Location) -> Result<Hold, StoreError> {
        let Some(path) = location.file().map(|file| file.with_extension("lock")) else { return Ok(Hold(None)) };
        let explain = |error| StoreError::Unavailable(format!("{}: {error}", path.display()));
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(explain)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(Hold(Some(file))),
            Err(TryLockError::WouldBlock) => Err(StoreError::Unavailable(
                "another paydesk seals this data under a new key right now: start again when it is done".into(),
            )),
            Err(TryLockError::Error(error)) => Err(explain(error)),
        }
    }

    /// Takes the data for this process, if no other one takes part.
    pub fn alone(&self) -> Result<bool, StoreError> {
        let Some(file) = &self.0 else { return Ok(true) };
        match file.try_lock() {
            Ok(()) => Ok(true),
            // The system may have let go of the shared lock on the way.
            Err(TryLockError::WouldBlock) => self.share_again().map(|()| false),
            Err(TryLockError::Error(error)) => Err(StoreError::Unavailable(error.to_string())),
        }
    }

    /// Lets others take part again.
    pub fn share_again(&self) -> Result<(), StoreError> {
        let Some(file) = &self.0 else { return Ok(()) };
        file.lock_shared().map_err(|error| StoreError::Unavailable(error.to_string()))
    }
}

/// How many audit chains other processes hold on PostgreSQL; see the writer, which takes one for its process.
pub async fn other_chains(tx: &mut Tx<'_>) -> Result<i64, sqlx::Error> {
    // The number of an advisory lock stands there in two halves.
    let sql = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database \
               WHERE datname = current_database()) AND pid <> pg_backend_pid() AND CAST(classid AS BIGINT) = $1 AND \
               CAST(objid AS BIGINT) BETWEEN $2 AND $3";
    let first = CHAINS << 8;
    let (upper, lower) = (first >> 32, first & 0xffff_ffff);
    let count = tx.int(sql, &[upper.into(), lower.into(), (lower | 0xff).into()]).await?;
    Ok(count.unwrap_or(0))
}

/// Where the numbers of the chains' locks begin, as the writer counts them.
const CHAINS: i64 = 0x5061_7964;
