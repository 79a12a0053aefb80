//! Sorts batches and does their items, one chunk of each in turn: nobody's click waits longer than for a chunk.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::batch::State;
use crate::domain::ids::BatchId;
use crate::error::Error;
use crate::service::Desk;
use crate::service::batches::{Input, sorting, work};
use crate::store::batches as rows;

/// How many batches go on side by side.
const AT_ONCE: i64 = 20;

/// What is remembered from one chunk to the next. All of it can be read again.
#[derive(Default)]
pub struct Worker {
    /// What batches are sorted from: long, and the same for every chunk.
    inputs: HashMap<BatchId, Arc<Input>>,
    /// The last item that is known to be done.
    done: HashMap<BatchId, i64>,
}

impl Worker {
    /// One chunk of each batch at work. Answers whether there is more to do.
    pub async fn round(&mut self, desk: &Desk) -> Result<bool, Error> {
        let mut reader = desk.store.read().await?;
        let batches = rows::at_work(&mut reader, AT_ONCE).await?;
        drop(reader);
        let at_work = |id: &BatchId| batches.iter().any(|batch| batch.id == *id);
        self.inputs.retain(|id, _| at_work(id));
        self.done.retain(|id, _| at_work(id));
        let mut more = false;
        for batch in &batches {
            match batch.state {
                State::Sorting => {
                    let Some(input) = self.input(desk, batch.id).await? else { continue };
                    more |= sorting::chunk(desk, batch.id, &input).await?;
                }
                State::Running => {
                    let after = self.done.remove(&batch.id).unwrap_or(0);
                    if let Some(done) = work::chunk(desk, batch, after).await? {
                        self.done.insert(batch.id, done);
                        more = true;
                    }
                }
                State::Ready | State::Paused | State::Stopped | State::Done => {}
            }
        }
        Ok(more)
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
    while worker.round(desk).await? {}
    Ok(())
}
