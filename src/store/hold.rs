//! Which processes work on the same data: many may, but some changes need it for themselves, and a freeze needs to
//! know that nobody is halfway through what it stops.

use std::fs::{File, OpenOptions, TryLockError};

use sqlx::AnyConnection;

use super::{Location, StoreError, Tx, sql};

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

/// Takes part on PostgreSQL: a shared lock on the schema, which the server lets go when the connection ends.
pub async fn share_schema(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let sql = "SELECT CASE WHEN pg_try_advisory_lock_shared((CAST($1 AS BIGINT) << 32) | (SELECT CAST(oid AS BIGINT) \
               FROM pg_namespace WHERE nspname = current_schema())) THEN 1 ELSE 0 END";
    sql::read_int(connection, sql.to_owned(), &[DESKS.into()]).await.map(|_| ())
}

/// How many other processes take part on PostgreSQL.
pub async fn others(tx: &mut Tx<'_>) -> Result<i64, sqlx::Error> {
    // The number of an advisory lock stands there in two halves.
    let sql = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database \
               WHERE datname = current_database()) AND pid <> pg_backend_pid() AND CAST(classid AS BIGINT) = $1 AND \
               objid = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())";
    Ok(tx.int(sql, &[DESKS.into()]).await?.unwrap_or(0))
}

/// A query of one integer on PostgreSQL that also goes through the gate, for a transaction of units which a freeze may
/// stop: another process may freeze meanwhile, and nothing that did not see it may commit after it.
pub fn through_gate(query: &str) -> String {
    format!("SELECT ({query}) + CASE WHEN pg_advisory_xact_lock_shared({}) IS NULL THEN 1 ELSE 0 END", gate())
}

/// Takes the gate for this transaction, on PostgreSQL, once everybody who went through it has committed.
pub async fn close_gate(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let sql = format!("SELECT CAST(CASE WHEN pg_advisory_xact_lock({}) IS NULL THEN 1 ELSE 0 END AS BIGINT)", gate());
    sql::read_int(connection, sql, &[]).await.map(|_| ())
}

/// The number of the gate's lock.
fn gate() -> String {
    format!("({GATE} << 32) | (SELECT CAST(oid AS BIGINT) FROM pg_namespace WHERE nspname = current_schema())")
}

/// The upper half of the locks' numbers; the lower one is the schema.
const GATE: &str = "CAST(1348565490 AS BIGINT)";
const DESKS: i64 = 0x5061_7965;
