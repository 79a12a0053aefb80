//! A cancellation: asking a rail to stop a payout that it already has.

use serde::{Deserialize, Serialize};

use super::ids::{CancellationId, ClientId, PayoutId};

/// How the question stands. Only `confirmed` gives the money back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Requested,
    Confirmed,
    Refused,
    /// The rail did not answer; it is asked again.
    Unanswered,
}

/// A cancellation as it stands. Times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    pub id: CancellationId,
    pub payout_id: PayoutId,
    pub client_id: ClientId,
    pub state: State,
    pub reason: Option<String>,
    /// What the rail said.
    pub answer: Option<String>,
    pub actor_name: String,
    pub answered_at: Option<i64>,
    /// When the rail is asked (again).
    pub due_at: Option<i64>,
    pub version: i64,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Requested => "requested",
            State::Confirmed => "confirmed",
            State::Refused => "refused",
            State::Unanswered => "unanswered",
        }
    }

    pub fn is_open(self) -> bool {
        matches!(self, State::Requested | State::Unanswered)
    }
}
