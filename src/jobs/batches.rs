//! Sorts batches and does their items, one chunk of each in turn: nobody's click waits longer than for a chunk.

use std::collections::HashMap;
use std::sync::Arc;

use super::part;
use crate::domain::batch::{Batch, State, Step};
use crate::domain::ids::BatchId;
use crate::error::Error;
use crate::service::Desk;
use crate::service::batches::work::{self, Next};
use crate::service::batches::{Input, sorting};
use crate::store::batches as rows;

/// How many batches go on side by side.
const AT_ONCE: i64 = 20;

/// What is remembered from one chunk to the next. All of it can be read again.
#[derive(Default)]
pub struct Worker {
    /// What batches are sorted from: long, and the same for every chunk.
    inputs: HashMap<BatchId, Arc<Input>>,
    /// How far running batches are.
    running: HashMap<BatchId, Running>,
}

/// How far a running batch is.
#[derive(Default)]
struct Running {
    /// The last item that is known to be done.
    done: i64,
    /// What comes next, read while the set before it was written.
    next: Option<Next>,
}

impl Worker {
    /// One chunk of each batch at work. Answers whether there is more to do.
    ///
    /// Errors: a batch could not go on; the others have had their turns by then, and have nothing more to do.
    pub async fn round(&mut self, desk: &Desk) -> Result<bool, Error> {
        let mut reader = desk.store.read().await?;
        let batches = rows::at_work(&mut reader, AT_ONCE).await?;
        drop(reader);
        let at_work = |id: &BatchId| batches.iter().any(|batch| batch.id == *id);
        self.inputs.retain(|id, _| at_work(id));
        self.running.retain(|id, _| at_work(id));
        let (mut more, mut failed) = (false, None);
        for batch in &batches {
            match part("batch", self.chunk(desk, batch)).await {
                Ok(goes_on) => more |= goes_on,
                Err(error) => {
                    tracing::warn!(%error, batch = %batch.id, "a batch could not go on; the next look tries again");
                    failed = Some(error);
                }
            }
        }
        match failed {
            Some(error) if !more => Err(error),
            _ => Ok(more),
        }
    }

    /// One chunk of one batch. Answers whether there is more to do.
    async fn chunk(&mut self, desk: &Desk, batch: &Batch) -> Result<bool, Error> {
        match batch.state {
            State::Sorting => match self.input(desk, batch.id).await? {
                Some(input) => sorting::chunk(desk, batch.id, &input).await,
                None => Ok(false),
            },
            State::Running => self.run(desk, batch).await,
            State::Ready | State::Paused | State::Stopped | State::Done => Ok(false),
        }
    }

    /// The next set of a running batch. Answers whether there is more to do.
    async fn run(&mut self, desk: &Desk, batch: &Batch) -> Result<bool, Error> {
        let Running { done, next } = self.running.remove(&batch.id).unwrap_or_default();
        let next = match next {
            Some(next) => next,
            None => work::prepare(desk, batch, done).await?,
        };
        let set = match next {
            Next::Set(set) => set,
            // What was passed over while the batch stood still is looked for from the start.
            Next::Nothing if done > 0 => return Ok(true),
            Next::Nothing => return work::step(desk, batch, Step::Finish, None).await.map(|()| false),
            Next::Hold(why) => return work::step(desk, batch, Step::Pause, Some(why)).await.map(|()| false),
        };
        let last = set.last;
        let (written, next) = tokio::join!(work::write(desk, batch, set), work::prepare(desk, batch, last));
        let whole = written?;
        // Where not all was done, somebody else is at it too: what was read ahead is old, and the others go first. The
        // place is kept, and what was passed over is looked for at the end.
        let next = if whole { next.ok() } else { None };
        self.running.insert(batch.id, Running { done: last, next });
        Ok(whole)
    }

    async fn input(&mut self, desk: &Desk, id: BatchId) -> Result<Option<Arc<Input>>, Error> {
        if let Some(input) = self.inputs.get(&id) {
            return Ok(Some(Arc::clone(input)));
        }
        let input = sorting::input(desk, id).await?.map(Arc::new);
        if let Some(input) = &input {
            self.inputs.insert(id, Arc::clone(input));
        }
        Ok(input)
    }
}

/// Works through all that is to be done now.
pub async fn finish(desk: &Desk) -> Result<(), Error> {
    let mut worker = Worker::default();
    // Where somebody else is at it too, nobody may be left for what was passed over.
    while worker.round(desk).await? || !worker.running.is_empty() {}
    Ok(())
}
