//! The rail that people are: staff pay at the bank, and say what became of it.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::case::Verdict;
use super::command::PayoutRecord;
use super::ids::{ManualAnswerId, PayoutId, StaffId, WalletId};
use super::payout::{Payout, Refusal, Rule, State as PayoutState};

/// The name of the rail on wallets and payouts.
pub const NAME: &str = "manual";

/// What was taken and not recorded for two days, in microseconds: nobody knows what became of it.
pub const PATIENCE: i64 = 48 * 3600 * 1_000_000;

/// What an answer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Whether it was paid.
    Payout,
    /// Whether it was stopped.
    Cancellation,
    /// Whether the money came back.
    Reversal,
    /// What the bank did after the outcome was booked: it paid what was refunded, or sent back what was paid.
    Aftermath,
}

/// `waiting` for a second person ends as `booked` or `withdrawn`; nothing leaves these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Waiting,
    Booked,
    Withdrawn,
}

/// Who took a payout to the bank, and when, in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taking {
    pub payout_id: PayoutId,
    pub staff_id: StaffId,
    pub taken_at: i64,
}

/// What staff say became of it. Times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManualAnswer {
    pub id: ManualAnswerId,
    pub kind: Kind,
    /// The payout, cancellation or reversal it is about.
    pub subject_id: String,
    pub payout_id: PayoutId,
    pub wallet_id: WalletId,
    pub verdict: Verdict,
    /// The bank's reference and day, as `2026-01-15`.
    pub reference: Option<String>,
    pub paid_on: Option<String>,
    pub reason: Option<String>,
    /// One that waits holds for this version of the payout alone.
    pub payout_version: i64,
    pub state: State,
    pub recorded_by: StaffId,
    pub recorded_name: String,
    pub confirmed_by: Option<StaffId>,
    pub confirmed_name: Option<String>,
    pub closed_at: Option<i64>,
    pub version: i64,
}

/// What a set knows and changes of it.
#[derive(Debug, Default)]
pub struct Desk {
    /// Those about the payouts that are named, and those of their wallets that have a reference which is.
    pub answers: HashMap<ManualAnswerId, ManualAnswer>,
    pub new_answers: Vec<ManualAnswerId>,
    /// With the version they were loaded at.
    pub changed_answers: BTreeMap<ManualAnswerId, i64>,
    pub takings: Vec<Taking>,
}

/// Whether staff pay it.
pub fn pays(payout: &Payout) -> bool {
    payout.rail == NAME
}

/// When a job looks at a payout again, out of when it would if a program were its rail. Nobody but staff answers for this
/// one: a job queues it, waits for its money and lets it expire, and says after [`PATIENCE`] that nobody knows.
pub fn due_at(payout: &Payout) -> Option<i64> {
    match payout.state {
        _ if !pays(payout) => payout.due_at,
        PayoutState::Created => payout.due_at,
        PayoutState::Queued if payout.waits_for_money() => payout.due_at,
        PayoutState::ActionRequired if payout.submitted_at.is_none() => payout.due_at,
        PayoutState::Processing if payout.outcome_unknown_since.is_none() => {
            payout.submitted_at.map(|taken_at| taken_at + PATIENCE)
        }
        _ => None,
    }
}

/// What the bank may still do with a payout whose outcome is booked: pay it all the same (`done`), once it is refunded, or
/// send it back (`not_done`), once it is paid. Each of it once, and refused before there is an outcome.
pub fn aftermath(record: &PayoutRecord) -> Result<Verdict, Refusal> {
    let payout = &record.payout;
    let no = |reason: &str| Err(Refusal::new(Rule::WrongState, reason));
    match payout.state {
        PayoutState::Completed if payout.returned_at.is_some() => {
            no("It is booked already that the bank sent it back.")
        }
        PayoutState::Completed => Ok(Verdict::NotDone),
        _ if record.is_lost() => no("It is booked already that the bank paid it all the same."),
        _ if !payout.state.is_final() => no("It has no outcome yet that the bank could go back on."),
        _ if payout.is_refunded() && record.was_handed_over() => Ok(Verdict::Done),
        _ => no("Nobody took it to the bank."),
    }
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Payout => "payout",
            Kind::Cancellation => "cancellation",
            Kind::Reversal => "reversal",
            Kind::Aftermath => "aftermath",
        }
    }

    pub fn from_name(name: &str) -> Option<Kind> {
        let kinds = [Kind::Payout, Kind::Cancellation, Kind::Reversal, Kind::Aftermath];
        kinds.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether an answer of this kind names a payment of the bank, by its reference and day.
    pub fn names_payment(self, verdict: Verdict) -> bool {
        matches!(self, Kind::Payout | Kind::Aftermath) && verdict == Verdict::Done
    }

    /// What the answer says, inside a sentence.
    pub fn said(self, verdict: Verdict) -> &'static str {
        match (self, verdict) {
            (Kind::Payout, Verdict::Done) => "it was paid",
            (Kind::Payout, Verdict::NotDone) => "it was not paid",
            (Kind::Cancellation, Verdict::Done) => "the bank stopped it",
            (Kind::Cancellation, Verdict::NotDone) => "it was too late to stop it",
            (Kind::Reversal, Verdict::Done) => "the money came back",
            (Kind::Reversal, Verdict::NotDone) => "nothing came back",
            (Kind::Aftermath, Verdict::Done) => "it was paid all the same",
            (Kind::Aftermath, Verdict::NotDone) => "it was sent back",
        }
    }
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Booked => "booked",
            State::Withdrawn => "withdrawn",
        }
    }
}

impl ManualAnswer {
    /// Refuses who may not confirm it now, and what can no longer be confirmed.
    pub fn check_confirm(&self, caller: &Caller, payout: &Payout) -> Result<(), Refusal> {
        self.check_waiting()?;
        if caller.people().any(|person| person == self.recorded_by) {
            return Err(Refusal::new(Rule::MakerIsChecker, "Whoever recorded it does not confirm it.")
                .instead("Ask another approver or admin."));
        }
        if payout.version != self.payout_version {
            return Err(Refusal::new(Rule::Stale, "The payout changed after this was recorded.")
                .instead("Take it back, look at the new facts, and record it again."));
        }
        Ok(())
    }

    /// Whether it still waits for somebody.
    pub fn check_waiting(&self) -> Result<(), Refusal> {
        let by = self.confirmed_name.as_deref().map(|name| format!(" by {name}")).unwrap_or_default();
        match self.state {
            State::Waiting => Ok(()),
            State::Booked => Err(Refusal::new(Rule::WrongState, format!("It is booked already{by}."))),
            State::Withdrawn => Err(Refusal::new(Rule::WrongState, "It was taken back.")),
        }
    }

    /// Reference, day and reason in one line.
    pub fn words(&self) -> String {
        let reference = self.reference.as_deref().map(|reference| format!("bank reference {reference}"));
        let paid_on = self.paid_on.as_deref().map(|day| format!("on {day}"));
        [reference, paid_on, self.reason.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}
