//! What staff do with payouts that they pay at the bank.

use crate::domain::case::Verdict;
use crate::domain::ids::{ManualAnswerId, PayoutId};
use crate::domain::manual::Kind;

/// One step with one payout of the manual rail.
#[derive(Debug, Clone)]
pub struct ByHand {
    pub payout_id: PayoutId,
    pub work: Work,
}

#[derive(Debug, Clone)]
pub enum Work {
    /// To the bank: from now on nobody else takes it, and a cancellation is a question.
    Take,
    /// What became of it; above the wallet's limit it waits for a second person.
    Record(Said),
    /// The second person agrees. `version` is the answer's as it was shown; `reversal_id` is what it is about, where that
    /// is a reversal.
    Confirm {
        answer_id: ManualAnswerId,
        version: i64,
        reversal_id: Option<String>,
    },
    TakeBack {
        answer_id: ManualAnswerId,
    },
}

/// What staff say.
#[derive(Debug, Clone)]
pub struct Said {
    pub kind: Kind,
    /// The payout, cancellation or reversal.
    pub subject_id: String,
    pub verdict: Verdict,
    pub reference: Option<String>,
    /// The bank's day, as `2026-01-15`.
    pub paid_on: Option<String>,
    pub reason: Option<String>,
    /// The payout's version as it was shown.
    pub version: i64,
}

impl ByHand {
    /// The action's name in the audit log.
    pub fn action(&self) -> &'static str {
        match self.work {
            Work::Take => "manual.take",
            Work::Record(_) => "manual.record",
            Work::Confirm { .. } => "manual.confirm",
            Work::TakeBack { .. } => "manual.take_back",
        }
    }

    /// What was said of it.
    pub fn reason(&self) -> Option<String> {
        let Work::Record(said) = &self.work else { return None };
        let parts = [&said.reference, &said.paid_on, &said.reason].into_iter().flatten();
        let words: Vec<&str> = std::iter::once(said.kind.said(said.verdict)).chain(parts.map(String::as_str)).collect();
        Some(words.join(", "))
    }
}
