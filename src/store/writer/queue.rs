//! What waits for the writer, and whose turn it is.

use std::collections::VecDeque;

use tokio::sync::mpsc::Receiver;

use super::Job;

/// The queue. Everyone who waits shares the next transaction, except the sets of batches: each has one of its own, and
/// between two of them it is everyone else's turn, so that a click waits for one set at most.
pub struct Waiting {
    incoming: Receiver<Job>,
    clicks: Vec<Job>,
    sets: VecDeque<Job>,
    /// Whether the last transaction was no batch's.
    clicks_went: bool,
    /// The most jobs in one transaction.
    group: usize,
}

impl Waiting {
    pub fn new(incoming: Receiver<Job>, group: usize) -> Waiting {
        Waiting { incoming, clicks: Vec::new(), sets: VecDeque::new(), clicks_went: false, group }
    }

    /// The jobs of the next transaction; none when nothing waits and nobody can queue any more.
    pub async fn next(&mut self) -> Option<Vec<Job>> {
        if self.clicks.is_empty() && self.sets.is_empty() {
            let first = self.incoming.recv().await?;
            self.enter(first);
        }
        while self.clicks.len() < self.group
            && let Ok(job) = self.incoming.try_recv()
        {
            self.enter(job);
        }
        let set = if self.clicks.is_empty() || self.clicks_went { self.sets.pop_front() } else { None };
        self.clicks_went = set.is_none();
        Some(set.map_or_else(|| std::mem::take(&mut self.clicks), |set| vec![set]))
    }

    /// Nothing more is taken in; what waits is still to be done.
    pub fn close(&mut self) {
        self.incoming.close();
    }

    fn enter(&mut self, job: Job) {
        match job.is_of_a_batch() {
            true => self.sets.push_back(job),
            false => self.clicks.push(job),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::{mpsc, oneshot};

    use super::*;
    use crate::domain::batch::ItemRef;
    use crate::domain::caller::{Caller, Via};
    use crate::domain::command::{AskToCancel, Command, Unit};
    use crate::domain::ids::{BatchId, PayoutId};

    fn job(item: bool) -> Job {
        let command = Command::AskToCancel(AskToCancel { payout_id: PayoutId::first_at(0), reason: None });
        let item = item.then(|| ItemRef { batch_id: BatchId::first_at(0), seq: 1 });
        let unit = Unit { caller: Caller::system(Via::Job, "test"), key: None, command, item };
        Job::Set { units: vec![unit], seen: Vec::new(), reply: oneshot::channel().0 }
    }

    /// `s` for a set of a batch, and how many others share the transaction.
    async fn order(jobs: &str, group: usize) -> String {
        let (sender, receiver) = mpsc::channel(100);
        for kind in jobs.chars() {
            assert!(sender.send(job(kind == 's')).await.is_ok());
        }
        drop(sender);
        let mut waiting = Waiting::new(receiver, group);
        let mut order = String::new();
        while let Some(jobs) = waiting.next().await {
            match jobs[0].is_of_a_batch() {
                true => order.push('s'),
                false => order += &jobs.len().to_string(),
            }
        }
        order
    }

    #[tokio::test]
    async fn between_two_sets_of_batches_it_is_everyone_elses_turn() {
        assert_eq!(order("ccc", 100).await, "3");
        assert_eq!(order("sss", 100).await, "sss");
        assert_eq!(order("scscc", 100).await, "3ss");
        assert_eq!(order("ccccss", 2).await, "22ss");
        assert_eq!(order("sccccs", 2).await, "2s2s");
    }
}
