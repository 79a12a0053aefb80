//! All SQL: one writer with a queue, a few readers, and the migrations.

pub mod apply;
pub mod approval_requests;
pub mod approval_rules;
mod approval_tables;
pub mod approvals;
pub mod audit;
pub mod batches;
pub mod bulk;
pub mod case_work;
pub mod cases;
pub mod collections;
pub mod credentials;
pub mod deliveries;
mod doubt;
pub mod evidence;
pub mod freezes;
mod hold;
pub mod keys;
pub mod limit_changes;
pub mod link_codes;
pub mod load;
mod load_approvals;
mod load_cases;
mod load_items;
mod load_links;
mod load_quotes;
mod load_transfers;
pub mod manual;
pub mod messages;
pub mod meta;
mod migrate;
pub use migrate::files as migrations;
pub mod payee_accounts;
pub mod payees;
pub mod payout_links;
pub mod payouts;
pub mod quotes;
pub mod reversals;
pub mod sealed;
pub mod second_admin;
pub mod sessions;
pub mod sql;
pub mod staff;
pub mod tables;
pub mod throttle;
pub mod today;
pub mod transactions;
pub mod transfers;
pub mod verify;
pub mod wallets;
pub mod webhooks;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection};
use tokio::sync::{mpsc, oneshot};

use crate::clock::Clock;
use crate::domain::command::{Outcome, PayoutRecord, Unit};
use hold::Hold;
pub use sql::Engine;
pub use writer::{Closure, Tx};

/// Why the store did not do something. Nothing of it was done, unless it says that nobody knows.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be written or read now: disk full, input or output error, no connection.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The connection was lost before the answer to a commit came, and nothing tells yet whether it was done.
    #[error("whether it was committed is not known: {0}")]
    InDoubt(String),
    /// A bug; the request fails, the others go on.
    #[error("{0}")]
    Internal(String),
}

/// Where the data lives.
#[derive(Debug, Clone)]
pub enum Location {
    /// A directory with `paydesk.db` in it.
    Directory(PathBuf),
    /// A `postgres://` address.
    Postgres(String),
}

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
    readers: AnyPool,
    queue: mpsc::Sender<writer::Job>,
    healthy: Arc<AtomicBool>,
    hold: Arc<Hold>,
}

/// A connection for reading; give it back soon.
#[derive(Debug)]
pub struct Reader {
    pub connection: PoolConnection<Any>,
    pub engine: Engine,
}

/// How many readers; more would only wait for the same two cores.
const READERS: u32 = 4;
/// How many bytes a probe writes.
const PROBE: usize = 1 << 18;
/// How many requests may wait for the writer before newcomers wait to queue.
const QUEUE: usize = 4096;

impl Store {
    /// Connects, migrates, and starts the writer, which lets up to `group` requests share one commit.
    pub async fn open(location: &Location, clock: Clock, group: usize) -> Result<Store, StoreError> {
        sqlx::any::install_default_drivers();
        let hold = Arc::new(Hold::share(location)?);
        make_private(location)?;
        let url = location.url("rwc")?;
        let engine = location.engine();
        let mut connection = connect_writer(&url, engine).await?;
        migrate::run(&mut connection, engine).await?;
        let healthy = Arc::new(AtomicBool::new(true));
        let (queue, jobs) = mpsc::channel(QUEUE);
        let writer = writer::Writer::new(connection, url.clone(), engine, clock, Arc::clone(&healthy)).await?;
        tokio::spawn(writer.run(jobs, group));
        let readers = connect_readers(&url, engine, READERS).await?;
        Ok(Store { engine, readers, queue, healthy, hold })
    }

    /// Queues one unit and answers after its commit.
    pub async fn run(&self, unit: Unit) -> Result<Outcome, StoreError> {
        let mut results = self.run_each(vec![unit]).await?;
        results.pop().unwrap_or_else(|| Err(StoreError::Internal("a unit has an outcome".into())))
    }

    /// Queues units that commit together and answers one outcome for each, in order; an error if one was not written.
    pub async fn run_set(&self, units: Vec<Unit>) -> Result<Vec<Outcome>, StoreError> {
        self.run_each(units).await?.into_iter().collect()
    }

    /// Queues units that commit together. Should one of them break, the others are written without it: each has its
    /// own result.
    pub async fn run_each(&self, units: Vec<Unit>) -> writer::SetResult {
        self.run_seen(units, Vec::new()).await
    }

    /// The same for payouts that a reader has seen: those that stand as they did are not read again, which leaves the
    /// writer less to do.
    pub async fn run_seen(&self, units: Vec<Unit>, seen: Vec<PayoutRecord>) -> writer::SetResult {
        if units.is_empty() {
            return Ok(Vec::new());
        }
        let (reply, answer) = oneshot::channel();
        self.send(writer::Job::Set { units, seen, reply }).await?;
        answer.await.map_err(|_| StoreError::Internal("the writer stopped".into()))?
    }

    /// Queues a rare change as a closure; it runs in a transaction and may run again after a conflict.
    pub async fn write<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> Closure<'t, T> + Send + Sync + 'static,
    {
        let (job, answer) = writer::closure_job(change);
        self.send(job).await?;
        answer.await.map_err(|_| StoreError::Internal("the writer stopped".into()))?
    }

    pub async fn read(&self) -> Result<Reader, StoreError> {
        Ok(Reader { connection: self.readers.acquire().await?, engine: self.engine })
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Whether the last write worked.
    pub fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }

    /// Writes and removes more than a full group of requests needs, to learn whether the database works again.
    ///
    /// Only this turns [`Store::is_healthy`] back: on a full disk a small write may still find room.
    pub async fn probe(&self) -> Result<(), StoreError> {
        self.write(|tx| {
            Box::pin(async move {
                let room = " ".repeat(PROBE);
                tx.execute("INSERT INTO meta (name, value) VALUES ('probe', $1)", &[room.into()]).await?;
                tx.execute("DELETE FROM meta WHERE name = 'probe'", &[]).await.map(|_| ())
            })
        })
        .await?;
        let mut reader = self.read().await?;
        reader.int("SELECT COUNT(*) FROM meta".into(), &[]).await?;
        self.healthy.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Whether no other process works on this data; on a file none can begin to until [`Store::share`].
    ///
    /// On PostgreSQL another process may begin at any moment: whoever needs to be alone says so in the data first.
    pub async fn is_alone(&self) -> Result<bool, StoreError> {
        match self.engine {
            Engine::Sqlite => self.hold.alone(),
            Engine::Postgres => Ok(self.write(|tx| Box::pin(hold::others(tx))).await? == 0),
        }
    }

    /// Lets other processes work on this data again.
    pub fn share(&self) -> Result<(), StoreError> {
        self.hold.share_again()
    }

    /// Finishes what is queued, then closes every connection.
    pub async fn close(&self) {
        let (reply, done) = oneshot::channel();
        if self.queue.send(writer::Job::Stop(reply)).await.is_ok() {
            let _ = done.await;
        }
        self.readers.close().await;
    }

    async fn send(&self, job: writer::Job) -> Result<(), StoreError> {
        self.queue.send(job).await.map_err(|_| StoreError::Internal("the writer stopped".into()))
    }
}

impl Reader {
    /// Opens a database that is already there, only to read it: nothing is migrated or written.
    pub async fn open(location: &Location) -> Result<Reader, StoreError> {
        sqlx::any::install_default_drivers();
        let engine = location.engine();
        if let Some(file) = location.file().filter(|file| !file.exists()) {
            return Err(StoreError::Unavailable(format!("there is no database at {}", file.display())));
        }
        let pool = connect_readers(&location.url("rw")?, engine, 1).await?;
        let mut reader = Reader { connection: pool.acquire().await?, engine };
        // Without that table it is no desk at all, which whoever reads on will notice.
        let applied = reader.int("SELECT MAX(version) FROM _sqlx_migrations".into(), &[]).await;
        migrate::refuse_newer(engine, applied.ok().flatten().unwrap_or(0))?;
        Ok(reader)
    }

    /// Lets go of the database, and is done only when it has: SQLite's last connection tidies files away by their
    /// names, whoever they belong to by then.
    pub async fn close(self) -> Result<(), StoreError> {
        Ok(self.connection.close().await?)
    }

    pub async fn rows<T: serde::de::DeserializeOwned>(
        &mut self,
        columns: &[&str],
        inner: &str,
        values: &[sql::Value],
    ) -> Result<Vec<T>, StoreError> {
        Ok(sql::read(&mut self.connection, self.engine, columns, inner, values).await?)
    }

    /// Reads one query's rows.
    pub async fn select<T: serde::de::DeserializeOwned>(&mut self, select: &sql::Select) -> Result<Vec<T>, StoreError> {
        self.rows(&select.columns, &select.inner, &select.values).await
    }

    /// Reads several queries as one row; each answer is decoded by [`sql::decode`].
    pub async fn together(&mut self, selects: &[sql::Select]) -> Result<Vec<String>, StoreError> {
        Ok(sql::read_together(&mut self.connection, self.engine, selects).await?)
    }

    /// Reads `value`, a JSON expression, of every row of `from`.
    pub async fn list<T: serde::de::DeserializeOwned>(
        &mut self,
        value: &str,
        from: &str,
        values: &[sql::Value],
    ) -> Result<Vec<T>, StoreError> {
        let sql = format!("SELECT {}", self.engine.text_array(value, from));
        Ok(sql::read_list(&mut self.connection, sql, values).await?)
    }

    /// Reads `record`, a JSON value that a subquery made, of every row of `from`, which is called `r`; in their order.
    pub async fn records<T: serde::de::DeserializeOwned>(
        &mut self,
        from: &str,
        values: &[sql::Value],
    ) -> Result<Vec<T>, StoreError> {
        // On SQLite a JSON value that leaves a subquery is plain text again, and has to be told that it is JSON.
        let value = self.engine.json("r.record");
        self.list(&value, from, values).await
    }

    pub async fn text(&mut self, sql: String, values: &[sql::Value]) -> Result<Option<String>, StoreError> {
        Ok(sql::read_text(&mut self.connection, sql, values).await?)
    }

    pub async fn int(&mut self, sql: String, values: &[sql::Value]) -> Result<Option<i64>, StoreError> {
        Ok(sql::read_int(&mut self.connection, sql, values).await?)
    }
}

impl Location {
    pub fn engine(&self) -> Engine {
        match self {
            Location::Directory(_) => Engine::Sqlite,
            Location::Postgres(_) => Engine::Postgres,
        }
    }

    /// The file of a directory.
    pub fn file(&self) -> Option<PathBuf> {
        match self {
            Location::Directory(directory) => Some(directory.join("paydesk.db")),
            Location::Postgres(_) => None,
        }
    }

    fn url(&self, mode: &str) -> Result<String, StoreError> {
        match self {
            Location::Postgres(url) => Ok(url.clone()),
            Location::Directory(directory) => {
                let path = directory.join("paydesk.db");
                let path = path
                    .to_str()
                    .ok_or_else(|| StoreError::Unavailable("the data directory's name is not UTF-8".into()))?;
                let path = path.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
                Ok(format!("sqlite://{path}?mode={mode}"))
            }
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> StoreError {
        let unavailable = match &error {
            sqlx::Error::Database(database) => is_unavailable(database.as_ref()),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            _ => false,
        };
        if unavailable { StoreError::Unavailable(error.to_string()) } else { StoreError::Internal(error.to_string()) }
    }
}

/// Busy, out of memory, read-only, I/O error, corrupt, full, cannot open (SQLite, whose codes have up to four digits);
/// no connection, out of resources or shutting down (PostgreSQL, whose codes have five characters).
fn is_unavailable(error: &dyn sqlx::error::DatabaseError) -> bool {
    let Some(code) = error.code() else { return false };
    if code.len() == 5 {
        return ["53", "57", "58", "08", "25006"].iter().any(|class| code.starts_with(class));
    }
    code.parse::<i64>().is_ok_and(|code| matches!(code & 0xff, 5 | 7 | 8 | 10 | 11 | 13 | 14))
}

const WRITER_PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -12288; PRAGMA mmap_size = 0; \
     PRAGMA journal_size_limit = 16777216; PRAGMA trusted_schema = OFF";
const READER_PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; \
     PRAGMA cache_size = -3072; PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF";
const READER_SETTINGS: &str = "SET default_transaction_read_only = on";

/// Makes the file, when it is missing, so that only its owner reads it; SQLite gives its WAL the same rights.
fn make_private(location: &Location) -> Result<(), StoreError> {
    let Some(file) = location.file() else { return Ok(()) };
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(&file) {
        Ok(_) => Ok(()),
        Err(error) => Err(StoreError::Unavailable(format!("{}: {error}", file.display()))),
    }
}

async fn connect_writer(url: &str, engine: Engine) -> Result<AnyConnection, StoreError> {
    let mut connection = AnyConnection::connect(url).await?;
    match engine {
        Engine::Sqlite => sql::batch(&mut connection, WRITER_PRAGMAS).await?,
        Engine::Postgres => hold::share_schema(&mut connection).await?,
    }
    Ok(connection)
}

async fn connect_readers(url: &str, engine: Engine, most: u32) -> Result<AnyPool, StoreError> {
    let settings = match engine {
        Engine::Sqlite => READER_PRAGMAS,
        Engine::Postgres => READER_SETTINGS,
    };
    let pool = AnyPoolOptions::new()
        .max_connections(most)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(10))
        .after_connect(move |connection, _| Box::pin(sql::batch(connection, settings)))
        .connect(url)
        .await?;
    Ok(pool)
}
