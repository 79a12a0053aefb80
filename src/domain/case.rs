//! A case: something about money whose outcome nobody knows, or that went wrong with a rail, until it is settled.

use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::ids::{CaseId, ClientId, PayoutId, StaffId};
use super::money::{Currency, Money};
use super::payout::{Refusal, Rule};

/// What is not known, or went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The rail does not say whether it paid a payout.
    UnknownPayout,
    /// The rail does not say whether it brought money back.
    UnknownReversal,
    /// The rail does not say whether it stops a payout.
    UnansweredCancellation,
    /// The rail paid what had been refunded: what is left to do is between the desk and the rail.
    PaidAfterRefund,
    /// The rail said that a payout was paid, and then that it failed: who has the money, nobody knows.
    FailedAfterPaid,
}

/// `open`, then `settling` while a proposal waits for a second person, then `closed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Open,
    Settling,
    Closed,
}

/// What staff say became of it: paid, brought back, stopped, dealt with; or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Done,
    NotDone,
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The doubt ended by itself, mostly because the rail answered.
    Answered,
    /// Two people settled it.
    Settled,
}

/// A case as it stands. Times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    pub kind: Kind,
    /// The payout, reversal or cancellation it is about.
    pub subject_id: String,
    pub payout_id: PayoutId,
    pub client_id: ClientId,
    /// What is at stake, in `currency`.
    pub amount_minor: i64,
    pub currency: Currency,
    pub since: i64,
    pub state: State,
    /// Who looks after it.
    pub owner_staff_id: Option<StaffId>,
    /// What was proposed, by whom, when and why; the proposal holds for this version of the subject alone.
    pub verdict: Option<Verdict>,
    pub verdict_reason: Option<String>,
    pub proposed_by: Option<StaffId>,
    pub proposed_at: Option<i64>,
    pub subject_version: Option<i64>,
    pub ending: Option<Ending>,
    pub confirmed_by: Option<StaffId>,
    pub closed_at: Option<i64>,
    /// How often the rail was asked about it, and when last.
    pub questions: i64,
    pub asked_at: i64,
    /// Rises with everything that is to be weighed before it is settled: proposals, notes and files.
    pub version: i64,
}

/// A doubt that began or ended, about one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    pub kind: Kind,
    pub subject_id: String,
    pub payout_id: PayoutId,
    pub client_id: ClientId,
    pub amount: Money,
    /// When it began; none when it ended.
    pub since: Option<i64>,
}

/// A doubt of an earlier set that ended: the row of its case is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndedDoubt {
    pub kind: Kind,
    pub subject_id: String,
    pub closed_at: i64,
}

impl Case {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    /// Refuses who may not confirm the proposal now, and what can no longer be confirmed.
    ///
    /// `subject_version` is the subject's version as it stands.
    pub fn check_confirm(&self, caller: &Caller, subject_version: i64) -> Result<Verdict, Refusal> {
        let (Some(verdict), Some(proposed_by)) =
            (self.verdict.filter(|_| self.state == State::Settling), self.proposed_by)
        else {
            return Err(Refusal::new(
                Rule::WrongState,
                match self.state {
                    State::Closed => "The case is closed already.",
                    _ => "Nobody has proposed how to settle it.",
                },
            ));
        };
        if caller.people().any(|person| person == proposed_by) {
            return Err(Refusal::new(Rule::MakerIsChecker, "Whoever proposed it does not confirm it.")
                .instead("Ask another approver or admin."));
        }
        if self.subject_version != Some(subject_version) {
            return Err(Refusal::proposed_before());
        }
        Ok(verdict)
    }
}

impl Refusal {
    /// The proposal was made on facts that have changed since.
    pub fn proposed_before() -> Refusal {
        Refusal::new(Rule::Stale, "The record changed after this was proposed.")
            .instead("Take the proposal back, look at the new facts, and propose again.")
    }
}

impl Doubt {
    /// The case that this doubt opens.
    pub fn open(self, id: CaseId, since: i64) -> Case {
        Case {
            id,
            kind: self.kind,
            subject_id: self.subject_id,
            payout_id: self.payout_id,
            client_id: self.client_id,
            amount_minor: self.amount.minor,
            currency: self.amount.currency,
            since,
            state: State::Open,
            owner_staff_id: None,
            verdict: None,
            verdict_reason: None,
            proposed_by: None,
            proposed_at: None,
            subject_version: None,
            ending: None,
            confirmed_by: None,
            closed_at: None,
            questions: 1,
            asked_at: since,
            version: 1,
        }
    }
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::UnknownPayout => "unknown_payout",
            Kind::UnknownReversal => "unknown_reversal",
            Kind::UnansweredCancellation => "unanswered_cancellation",
            Kind::PaidAfterRefund => "paid_after_refund",
            Kind::FailedAfterPaid => "failed_after_paid",
        }
    }

    pub const ALL: [Kind; 5] = [
        Kind::UnknownPayout,
        Kind::UnknownReversal,
        Kind::UnansweredCancellation,
        Kind::PaidAfterRefund,
        Kind::FailedAfterPaid,
    ];

    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether the rail is asked until it answers; what went wrong with it is between people.
    pub fn is_asked(self) -> bool {
        !matches!(self, Kind::PaidAfterRefund | Kind::FailedAfterPaid)
    }

    /// Whether it makes sense to say so of this kind: a loss is only dealt with.
    pub fn may_be(self, verdict: Verdict) -> bool {
        self != Kind::PaidAfterRefund || verdict == Verdict::Done
    }
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Settling => "settling",
            State::Closed => "closed",
        }
    }
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Done => "done",
            Verdict::NotDone => "not_done",
        }
    }

    pub fn from_name(name: &str) -> Option<Verdict> {
        [Verdict::Done, Verdict::NotDone].into_iter().find(|verdict| verdict.name() == name)
    }
}
