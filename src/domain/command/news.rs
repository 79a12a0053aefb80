//! What rails say, and what staff say in their place.

use crate::domain::case;
use crate::domain::ids::{CancellationId, CaseId, PayoutId, ReversalId};

#[derive(Debug, Clone)]
pub struct Advance {
    pub payout_id: PayoutId,
    /// The version of the payout that the job saw; should another process have changed it since, nothing is done.
    pub version: Option<i64>,
    pub news: News,
    /// When a job looks again, in Unix microseconds; none when nothing is to be done by itself.
    pub due_at: Option<i64>,
}

/// What happened to a payout without anybody clicking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    Queued,
    /// A payout that waits for money is to have its hold now, if the wallet has enough.
    Funded,
    /// Handed over: committed before the rail is called.
    Submitted,
    /// The rail never heard of it and is to be given it again, with the same key: committed before that call too.
    Again,
    Accepted {
        reference: Option<String>,
    },
    Completed {
        reference: Option<String>,
    },
    Failed {
        code: String,
        reason: String,
    },
    /// The rail says that a payout failed which it had said was paid.
    FailedAfterPaid {
        code: String,
        reason: String,
    },
    /// The rail wants something first and has not taken the payout.
    NotTaken {
        reason: String,
    },
    /// The rail has the payout and wants something.
    ActionNeeded {
        reason: String,
    },
    /// The rail did not answer: nobody knows.
    Unknown,
    /// The rail answered that nothing changed.
    Unchanged,
    Expired,
    /// The bank sent a completed payout back.
    Returned {
        reason: String,
    },
}

impl News {
    /// Whether no rail has the payout afterwards, so that there is nobody left to ask to stop it.
    pub fn ends_questions(&self) -> bool {
        matches!(self, News::Completed { .. } | News::Failed { .. } | News::NotTaken { .. } | News::Expired)
    }
}

#[derive(Debug, Clone)]
pub struct ReversalNews {
    pub reversal_id: ReversalId,
    pub payout_id: PayoutId,
    /// The version of the reversal that the job saw.
    pub version: Option<i64>,
    pub answer: Reversed,
    pub due_at: Option<i64>,
}

/// A rail's answer to a reversal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reversed {
    All,
    /// Only so much of it, in minor units of the destination currency; the rest stays with the payee.
    Part(i64),
    No(String),
    Unknown,
}

#[derive(Debug, Clone)]
pub struct CancellationNews {
    pub cancellation_id: CancellationId,
    pub payout_id: PayoutId,
    /// The version of the cancellation that the job saw.
    pub version: Option<i64>,
    pub answer: Answer,
    /// When the rail is asked again; after a yes, when a job looks whether it paid all the same.
    pub due_at: Option<i64>,
}

/// A case whose proposal is confirmed. Kind, subject and reason are the case's own, which do not change while it waits.
#[derive(Debug, Clone)]
pub struct Settle {
    pub case_id: CaseId,
    pub kind: case::Kind,
    pub subject_id: String,
    pub payout_id: PayoutId,
    /// The version of the case that was shown.
    pub version: Option<i64>,
    /// The name of whoever proposed it, and why.
    pub proposed_by: String,
    pub reason: String,
}

/// A rail's answer to a question of yes or no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No(String),
    Unknown,
}
