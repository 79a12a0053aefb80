//! The one writer: what waits in its queue goes into one transaction with one commit, then everyone is answered.

mod chain;
mod queue;
mod tx;

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt;
use sqlx::AnyConnection;
use tokio::sync::{mpsc, oneshot};

pub(super) use self::chain::hold_chain;
use self::chain::{append_audit, choose_chain};
use self::queue::Waiting;
pub use self::tx::Tx;
use super::doubt::{self, Fate};
use super::load::Loader;
use super::sql::{self, Engine};
use super::{StoreError, apply, connect_writer};
use crate::clock::Clock;
use crate::domain::audit::Link;
use crate::domain::command::{Outcome, PayoutRecord, Unit};
use crate::domain::ids::Mint;
use crate::domain::plan;

/// How often a transaction is tried again after a conflict with another process.
const TRIES: usize = 5;

/// The future of a rare change.
pub type Closure<'t, T> = Pin<Box<dyn Future<Output = Result<T, sqlx::Error>> + Send + 't>>;

type AnyChange = Box<dyn for<'t, 'c> Fn(&'t mut Tx<'c>) -> Closure<'t, Box<dyn Any + Send>> + Send + Sync>;
type AnyReply = Box<dyn FnOnce(Result<Box<dyn Any + Send>, StoreError>) + Send + Sync>;

/// Each unit's outcome, or why it was not written.
pub type SetResult = Result<Vec<Result<Outcome, StoreError>>, StoreError>;
type SetReply = oneshot::Sender<SetResult>;

pub enum Job {
    Set {
        units: Vec<Unit>,
        /// Payouts of theirs as a reader saw them.
        seen: Vec<PayoutRecord>,
        reply: SetReply,
    },
    Closure {
        change: AnyChange,
        reply: AnyReply,
    },
    Stop(oneshot::Sender<()>),
}

pub struct Writer {
    connection: Option<AnyConnection>,
    url: String,
    engine: Engine,
    clock: Clock,
    chain: String,
    mint: Mint,
    loader: Loader,
    healthy: Arc<AtomicBool>,
}

/// What a job came to, kept until the commit.
enum Answer {
    Set(Vec<Outcome>),
    Closure(Box<dyn Any + Send>),
    Failed(StoreError),
}

/// Why a transaction was rolled back.
enum Failure {
    /// Another process was in between: try again. The error is told when it stays that way.
    Conflict(StoreError),
    /// Something in it is wrong; alone, each job shows whether it is the one.
    Broken(StoreError),
    /// Nothing can be written now.
    Unavailable(StoreError),
}

/// Wraps a typed closure for the queue.
pub fn closure_job<T, F>(change: F) -> (Job, oneshot::Receiver<Result<T, StoreError>>)
where
    T: Send + 'static,
    F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> Closure<'t, T> + Send + Sync + 'static,
{
    let (reply, answer) = oneshot::channel();
    let change: AnyChange = Box::new(move |tx| {
        let future = change(tx);
        Box::pin(async move { future.await.map(|value| Box::new(value) as Box<dyn Any + Send>) })
    });
    let reply: AnyReply = Box::new(move |result| {
        let result = result.map(|value| *value.downcast::<T>().expect("the closure's own type"));
        let _ = reply.send(result);
    });
    (Job::Closure { change, reply }, answer)
}

impl Writer {
    pub async fn new(
        mut connection: AnyConnection,
        url: String,
        engine: Engine,
        clock: Clock,
        healthy: Arc<AtomicBool>,
    ) -> Result<Writer, StoreError> {
        let chain = choose_chain(&mut connection, engine).await?;
        Ok(Writer {
            connection: Some(connection),
            url,
            engine,
            clock,
            chain,
            mint: Mint::new(rand::random::<u64>),
            loader: Loader::new(engine),
            healthy,
        })
    }

    /// Works until it is told to stop or nobody can queue any more. What was queued is finished.
    pub async fn run(mut self, queue: mpsc::Receiver<Job>, group: usize) {
        let mut waiting = Waiting::new(queue, group);
        let mut stops = Vec::new();
        while let Some(jobs) = waiting.next().await {
            let mut work = Vec::with_capacity(jobs.len());
            for job in jobs {
                match job {
                    Job::Stop(done) => stops.push(done),
                    job => work.push(job),
                }
            }
            self.finish(work).await;
            if !stops.is_empty() {
                waiting.close();
            }
        }
        if let Some(connection) = self.connection.take() {
            let _ = sqlx::Connection::close(connection).await;
        }
        for done in stops {
            let _ = done.send(());
        }
    }

    /// Commits the jobs together; after a failure that one of them caused, each alone.
    async fn finish(&mut self, jobs: Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        metrics::histogram!("paydesk_commit_jobs").record(u32::try_from(jobs.len()).unwrap_or(u32::MAX));
        match self.attempt(&jobs).await {
            Ok(answers) => jobs.into_iter().zip(answers).for_each(|(job, answer)| job.answer(answer)),
            Err(Failure::Unavailable(error)) => {
                jobs.into_iter().for_each(|job| job.answer(Answer::Failed(error.clone())));
            }
            Err(_) if jobs.len() > 1 => {
                for job in jobs {
                    Box::pin(self.finish(vec![job])).await;
                }
            }
            Err(Failure::Broken(error) | Failure::Conflict(error)) => {
                tracing::error!(%error, "a write failed and was rolled back");
                for job in jobs {
                    self.separate(job, error.clone()).await;
                }
            }
        }
    }

    /// The last resort for a set that cannot be written whole: each unit alone, so that one does not stop the others.
    async fn separate(&mut self, job: Job, error: StoreError) {
        let Job::Set { units, reply, .. } = job else { return job.answer(Answer::Failed(error)) };
        if units.len() == 1 {
            let _ = reply.send(Ok(vec![Err(error)]));
            return;
        }
        let mut results = Vec::with_capacity(units.len());
        for unit in units {
            let (alone, answer) = oneshot::channel();
            Box::pin(self.finish(vec![Job::Set { units: vec![unit], seen: Vec::new(), reply: alone }])).await;
            results.push(match answer.await {
                Ok(Ok(mut results)) => results.pop().expect("a result for the unit"),
                Ok(Err(error)) => Err(error),
                Err(_) => Err(StoreError::Internal("the writer stopped".into())),
            });
        }
        let _ = reply.send(Ok(results));
    }

    async fn attempt(&mut self, jobs: &[Job]) -> Result<Vec<Answer>, Failure> {
        let mut conflict = StoreError::Internal("no try was made".into());
        for tried in 0..TRIES {
            let result = AssertUnwindSafe(self.transaction(jobs, tried > 0)).catch_unwind().await;
            let failure = match result {
                Ok(Ok(answers)) => return Ok(answers),
                Ok(Err(failure)) => failure,
                Err(_) => Failure::Broken(StoreError::Internal("a panic in a write, which was rolled back".into())),
            };
            self.roll_back().await;
            match failure {
                Failure::Conflict(error) => conflict = error,
                Failure::Unavailable(error) => {
                    self.healthy.store(false, Ordering::Relaxed);
                    tracing::error!(%error, "the database cannot be written");
                    // A fresh connection starts without whatever state the failure left behind.
                    self.connection = None;
                    return Err(Failure::Unavailable(error));
                }
                broken => return Err(broken),
            }
        }
        Err(Failure::Conflict(conflict))
    }

    /// `anew` reads everything, whatever was seen before.
    async fn transaction(&mut self, jobs: &[Job], anew: bool) -> Result<Vec<Answer>, Failure> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let mut connection = connect_writer(&self.url, self.engine).await.map_err(Failure::Unavailable)?;
                // A chain is held by its connection; with the connection it may have gone to another process.
                self.chain = choose_chain(&mut connection, self.engine).await.map_err(Failure::Unavailable)?;
                connection
            }
        };
        let connection = self.connection.insert(connection);
        match self.engine {
            Engine::Sqlite => sql::batch(connection, "BEGIN IMMEDIATE").await?,
            Engine::Postgres => sql::batch(connection, "BEGIN").await?,
        }
        self.mint.turn_to(self.clock.now());
        let mut answers: Vec<Option<Answer>> = jobs.iter().map(|_| None).collect();
        let mut entries = Vec::new();
        for (job, answer) in jobs.iter().zip(&mut answers) {
            if let Job::Closure { change, .. } = job {
                let mut tx = Tx { connection, engine: self.engine, mint: &mut self.mint, audit: &mut entries };
                *answer = Some(run_closure(&mut tx, change, jobs.len() > 1).await?);
            }
        }
        let units: Vec<&Unit> = jobs.iter().flat_map(Job::units).collect();
        let last;
        if units.is_empty() {
            last = append_audit(connection, self.engine, &self.chain, entries).await?;
        } else {
            let seen: Vec<_> = jobs.iter().flat_map(Job::seen).filter(|_| !anew).collect();
            let (mut books, mut head) = self.loader.load(connection, &units, &seen, &self.chain).await?;
            for (job, answer) in jobs.iter().zip(&mut answers) {
                if let Job::Set { units, .. } = job {
                    let outcomes = units.iter().map(|unit| plan::plan(&mut books, unit, &mut self.mint)).collect();
                    *answer = Some(Answer::Set(outcomes));
                }
            }
            entries.append(&mut books.changes.audit);
            let links: Vec<_> = entries.into_iter().map(|entry| head.append(entry)).collect();
            if !apply::script(self.engine, &books, &links).run(connection).await? {
                return Err(Failure::Conflict(changed_meanwhile()));
            }
            last = links.into_iter().next_back();
        }
        if let Err(error) = sql::batch(connection, "COMMIT").await {
            self.settle(Failure::from(error), last.as_ref()).await?;
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// After a COMMIT that was not answered: fine when it was done all the same, otherwise what to tell.
    async fn settle(&mut self, failure: Failure, last: Option<&Link>) -> Result<(), Failure> {
        let Failure::Unavailable(error) = failure else { return Err(failure) };
        self.roll_back().await;
        self.connection = None;
        let fate = match (last, self.engine) {
            (Some(last), engine) => doubt::fate(&self.url, engine, last).await,
            // No row tells. A file cannot go away and commit all the same; a server can.
            (None, Engine::Sqlite) => Fate::RolledBack,
            (None, Engine::Postgres) => Fate::Unknown,
        };
        match fate {
            Fate::Committed => {
                tracing::warn!(%error, "a commit was not answered, but was done");
                Ok(())
            }
            Fate::RolledBack => Err(Failure::Unavailable(error)),
            Fate::Unknown => Err(Failure::Unavailable(StoreError::InDoubt(error.to_string()))),
        }
    }

    async fn roll_back(&mut self) {
        if let Some(connection) = &mut self.connection
            && sql::batch(connection, "ROLLBACK").await.is_err()
        {
            self.connection = None;
        }
    }
}

impl Job {
    /// Whether it is a set of a batch: many units that nobody looks at a screen for.
    fn is_of_a_batch(&self) -> bool {
        self.units().first().is_some_and(|unit| unit.item.is_some())
    }

    fn units(&self) -> &[Unit] {
        match self {
            Job::Set { units, .. } => units,
            Job::Closure { .. } | Job::Stop(_) => &[],
        }
    }

    fn seen(&self) -> &[PayoutRecord] {
        match self {
            Job::Set { seen, .. } => seen,
            Job::Closure { .. } | Job::Stop(_) => &[],
        }
    }

    fn answer(self, answer: Answer) {
        match (self, answer) {
            (Job::Set { reply, .. }, Answer::Set(outcomes)) => {
                drop(reply.send(Ok(outcomes.into_iter().map(Ok).collect())));
            }
            (Job::Set { reply, .. }, Answer::Failed(error)) => drop(reply.send(Err(error))),
            (Job::Closure { reply, .. }, Answer::Closure(value)) => reply(Ok(value)),
            (Job::Closure { reply, .. }, Answer::Failed(error)) => reply(Err(error)),
            _ => unreachable!("each job gets its own kind of answer"),
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Failure {
        // Serialization failure, deadlock, and a row that another process inserted first (PostgreSQL): planned again,
        // the unit finds what is there now. On SQLite there is no other process in between.
        let conflict = error
            .as_database_error()
            .and_then(|error| error.code())
            .is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01" | "23505"));
        if conflict {
            return Failure::Conflict(StoreError::from(error));
        }
        match StoreError::from(error) {
            error @ (StoreError::Unavailable(_) | StoreError::InDoubt(_)) => Failure::Unavailable(error),
            error @ StoreError::Internal(_) => Failure::Broken(error),
        }
    }
}

fn changed_meanwhile() -> StoreError {
    StoreError::Unavailable("other writers kept changing the same records".into())
}

/// Runs a closure; among others it gets a savepoint, so that it can fail alone.
async fn run_closure(tx: &mut Tx<'_>, change: &AnyChange, shared: bool) -> Result<Answer, Failure> {
    let audited = tx.audit.len();
    if shared {
        sql::batch(tx.connection, "SAVEPOINT change").await?;
    }
    match change(tx).await {
        Ok(value) => {
            if shared {
                sql::batch(tx.connection, "RELEASE SAVEPOINT change").await?;
            }
            Ok(Answer::Closure(value))
        }
        Err(error) => match Failure::from(error) {
            Failure::Broken(error) if shared => {
                tx.audit.truncate(audited);
                sql::batch(tx.connection, "ROLLBACK TO SAVEPOINT change").await?;
                sql::batch(tx.connection, "RELEASE SAVEPOINT change").await?;
                Ok(Answer::Failed(error))
            }
            failure => Err(failure),
        },
    }
}
