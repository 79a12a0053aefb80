//! A batch: many payouts cancelled, approved or reversed together, or made from one file.

mod sorting;

use serde::{Deserialize, Serialize};

use super::approval::{self, ApprovalRule, Need, needed, needed_of};
use super::caller::Caller;
use super::ids::{BatchId, ClientId, FreezeId, PayoutId};
use super::money::Currency;
use super::payout::{Refusal, Rule};
use super::staff::Operation;
pub use sorting::{Ballot, Facts, Fate, Group, Largest, Sorted, Summary, WalletSum, in_full, sort};

/// What is done to every item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    Cancel,
    Approve,
    /// All that is left of it.
    Reverse,
    CreatePayouts,
    CreateLinks,
}

/// How far a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A job looks at each item; nothing is done yet.
    Sorting,
    /// Sorted: it waits for somebody to type the count.
    Ready,
    Running,
    Paused,
    /// Ended early: what was not done by then stays as it is.
    Stopped,
    Done,
}

/// How an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    Pending,
    Done,
    /// The provider was asked; its answer stands on the payout.
    Asked,
    /// A rule said no, when it was sorted or when it was to be done.
    Refused,
    /// It could not be written; nothing of it was done.
    Failed,
}

/// One change a batch can go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Start,
    Pause,
    Resume,
    Stop,
    Finish,
}

/// A batch as it stands. Times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    pub id: BatchId,
    /// The program's client; none for staff, who see all.
    pub client_id: Option<ClientId>,
    pub verb: Verb,
    pub state: State,
    /// What it was made from, in words.
    pub made_from: String,
    pub file_hash: Option<String>,
    pub reason: Option<String>,
    /// Who made it and starts it, a [`Caller`] as JSON.
    pub actor: String,
    pub actor_id: String,
    pub actor_name: String,
    /// The freeze from whose page it was made.
    pub freeze_id: Option<FreezeId>,
    /// That freeze is a drill: nothing is done to any payout.
    #[serde(with = "super::flag")]
    pub drill: bool,
    pub items: i64,
    /// Items that something is to be done to.
    pub acting: i64,
    pub pending: i64,
    pub done: i64,
    pub asked: i64,
    pub refused: i64,
    pub failed: i64,
    /// A [`Summary`] as JSON.
    pub summary: String,
    /// Why it stands still, when nobody asked for that.
    pub note: Option<String>,
    pub sorted_at: Option<i64>,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
    pub version: i64,
}

/// One item of a batch. Times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub batch_id: BatchId,
    /// From 1.
    pub seq: i64,
    pub subject: Option<PayoutId>,
    /// As it was given; the reference of what is to be made.
    pub named: Option<String>,
    pub state: ItemState,
    /// Whether the provider is asked.
    #[serde(with = "super::flag")]
    pub ask: bool,
    /// Amount and fees; what is left, for a reversal.
    pub amount_minor: Option<i64>,
    pub currency: Option<Currency>,
    /// The payout's version when it was sorted, where the act is bound to what was shown.
    pub version: Option<i64>,
    /// The number of what else was shown: who is paid, and on which account.
    pub shown: Option<i64>,
    pub rule: Option<String>,
    pub reason: Option<String>,
    pub result_id: Option<String>,
    pub at: Option<i64>,
}

/// The item a unit is, so that its result is written with its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ItemRef {
    pub batch_id: BatchId,
    pub seq: i64,
}

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemResult {
    pub batch_id: BatchId,
    pub seq: i64,
    pub state: ItemState,
    pub rule: Option<String>,
    pub reason: Option<String>,
    pub result_id: Option<String>,
    pub at: i64,
}

/// How the counts of a batch move; differences when written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub id: String,
    pub pending: i64,
    pub done: i64,
    pub asked: i64,
    pub refused: i64,
    pub failed: i64,
}

impl Verb {
    pub const ALL: [Verb; 5] = [Verb::Cancel, Verb::Approve, Verb::Reverse, Verb::CreatePayouts, Verb::CreateLinks];
    /// What can be done to payouts that are there.
    pub const ACTS: [Verb; 3] = [Verb::Cancel, Verb::Approve, Verb::Reverse];

    /// The name in the database, `/api/v1` and URLs.
    pub fn name(self) -> &'static str {
        match self {
            Verb::Cancel => "cancel",
            Verb::Approve => "approve",
            Verb::Reverse => "reverse",
            Verb::CreatePayouts => "create_payouts",
            Verb::CreateLinks => "create_links",
        }
    }

    pub fn from_name(name: &str) -> Option<Verb> {
        Verb::ALL.into_iter().find(|verb| verb.name() == name)
    }

    /// What one needs permission for, the same as for a single one.
    pub fn operation(self) -> Operation {
        match self {
            Verb::Cancel => Operation::CancelPayout,
            Verb::Approve => Operation::DecidePayout,
            Verb::Reverse => Operation::ReversePayout,
            Verb::CreatePayouts => Operation::MakePayout,
            Verb::CreateLinks => Operation::MakeLink,
        }
    }

    /// The rules that a single one is under, where they want it approved before it is done. What is made waits by itself,
    /// and approving is one yes of many.
    pub fn ruled_by(self) -> Option<approval::Verb> {
        match self {
            Verb::Cancel => Some(approval::Verb::Cancel),
            Verb::Reverse => Some(approval::Verb::Reverse),
            Verb::Approve | Verb::CreatePayouts | Verb::CreateLinks => None,
        }
    }

    /// Whether a reason has to be given.
    pub fn needs_reason(self) -> bool {
        matches!(self, Verb::Cancel | Verb::Reverse)
    }
}

impl State {
    pub const ALL: [State; 6] =
        [State::Sorting, State::Ready, State::Running, State::Paused, State::Stopped, State::Done];

    pub fn name(self) -> &'static str {
        match self {
            State::Sorting => "sorting",
            State::Ready => "ready",
            State::Running => "running",
            State::Paused => "paused",
            State::Stopped => "stopped",
            State::Done => "done",
        }
    }

    pub fn from_name(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }

    pub fn is_final(self) -> bool {
        matches!(self, State::Stopped | State::Done)
    }

    /// The state that a step leads to, or why it may not be taken.
    pub fn check(self, step: Step) -> Result<State, Refusal> {
        match (step, self) {
            (Step::Start, State::Ready) => Ok(State::Running),
            (Step::Pause, State::Running) => Ok(State::Paused),
            (Step::Resume, State::Paused) => Ok(State::Running),
            (Step::Stop, State::Sorting | State::Ready | State::Running | State::Paused) => Ok(State::Stopped),
            (Step::Finish, State::Running) => Ok(State::Done),
            _ => Err(Refusal::new(Rule::WrongState, format!("That cannot happen now: the batch {}.", self.words()))
                .instead("Look at the batch as it stands now.")),
        }
    }

    /// How it stands, to be read after "the batch".
    pub fn words(self) -> &'static str {
        match self {
            State::Sorting => "is being sorted",
            State::Ready => "has not been started",
            State::Running => "is running",
            State::Paused => "is paused",
            State::Stopped => "was stopped",
            State::Done => "is done",
        }
    }
}

impl ItemState {
    pub const ALL: [ItemState; 5] =
        [ItemState::Pending, ItemState::Done, ItemState::Asked, ItemState::Refused, ItemState::Failed];

    pub fn name(self) -> &'static str {
        match self {
            ItemState::Pending => "pending",
            ItemState::Done => "done",
            ItemState::Asked => "asked",
            ItemState::Refused => "refused",
            ItemState::Failed => "failed",
        }
    }

    pub fn from_name(name: &str) -> Option<ItemState> {
        ItemState::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl Batch {
    /// Who its items are done by.
    pub fn caller(&self) -> Option<Caller> {
        serde_json::from_str(&self.actor).ok()
    }

    pub fn summary(&self) -> Summary {
        serde_json::from_str(&self.summary).unwrap_or_default()
    }

    /// What rules ask for before it starts, by all it would do: those on batches by its sums, those on its verb by its
    /// items. The strictest of all; one request is for all of it.
    pub fn needs(&self, rules: &[ApprovalRule]) -> Option<Need> {
        let summary = self.summary();
        let start = needed_of(rules, approval::Verb::Batch, self.client_id, summary.sums());
        let of_items = self.verb.ruled_by().into_iter().flat_map(|verb| {
            let need = move |one: &Largest| needed(rules, verb, Some(one.client_id), Some(one.amount));
            summary.largest.iter().filter_map(need).collect::<Vec<_>>()
        });
        start.into_iter().chain(of_items).reduce(Need::and)
    }

    /// Items that have their result.
    pub fn handled(&self) -> i64 {
        self.items - self.pending
    }

    /// Whether `caller` may start it: what was shown was sorted for whoever made it, and their name stands on it.
    pub fn check_starter(&self, caller: &Caller) -> Result<(), Refusal> {
        if self.actor_id == caller.id() {
            return Ok(());
        }
        Err(Refusal::new(Rule::Forbidden, format!("Only {} can start it: it was sorted for them.", self.actor_name))
            .instead("Make a batch of your own."))
    }
}

impl Tally {
    /// One item that was pending has its result.
    pub fn count(&mut self, state: ItemState) {
        self.pending -= 1;
        match state {
            ItemState::Pending => self.pending += 1,
            ItemState::Done => self.done += 1,
            ItemState::Asked => self.asked += 1,
            ItemState::Refused => self.refused += 1,
            ItemState::Failed => self.failed += 1,
        }
    }
}

impl Refusal {
    /// Of an item that has its result already, or whose batch does not run: nothing was done, and nothing is wrong.
    pub fn not_pending() -> Refusal {
        Refusal::new(Rule::Stale, "The item has its result already, or its batch does not run.")
    }

    /// The provider has a question of ours that it has not answered.
    pub fn asked_already() -> Refusal {
        Refusal::new(Rule::CancellationOpen, "The provider was asked already and has not answered yet.")
            .instead("Wait for the answer; the money stays held.")
    }
}

#[cfg(test)]
mod tests;
