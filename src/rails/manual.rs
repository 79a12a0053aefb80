//! The rail that people are. No job asks anybody: what staff record at `/manual` is its answer.

use super::{Order, Rail, Status};
use crate::domain::command::{Answer, Reversed};
use crate::domain::reversal::Reversal;

/// Staff who pay at the bank. Whoever asks them all the same hears nothing.
#[derive(Debug, Clone, Copy)]
pub struct Manual;

impl Rail for Manual {
    async fn submit(&self, _order: &Order, _now: i64) -> Status {
        Status::Unchanged
    }

    async fn status(&self, _order: &Order, _now: i64) -> Status {
        Status::Unchanged
    }

    async fn cancel(&self, _order: &Order, _now: i64) -> Answer {
        Answer::Unknown
    }

    async fn reverse(&self, _order: &Order, _reversal: &Reversal, _now: i64) -> Reversed {
        Reversed::Unknown
    }
}
