//! One line of the history of a payout, or of a payout link.

use serde::{Deserialize, Serialize};

use super::ids::{PayoutId, PayoutLinkId};
use super::payout::State;
use super::payout_link::State as LinkState;

/// What kind of line it is. `/api/v1` names it `event_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventType {
    StatusChange,
    /// A reversal was asked for, done or failed; the payout's state stays.
    Reversal,
    /// The bank sent the money back after completion.
    Return,
    /// The provider paid what had been refunded.
    Loss,
    /// The provider was asked to cancel, or answered.
    Cancellation,
    /// The provider did not answer, or answers again.
    Provider,
    /// The wallet has enough now, and the money is set aside.
    Funding,
    /// A payout link may be claimed longer.
    Extension,
    /// The address of a payout link was sent again.
    Message,
    /// One of several people approved it, or what they approved changed.
    Approval,
}

/// An event; lines of one payout are numbered from 1, which orders them. Times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub payout_id: PayoutId,
    pub seq: i64,
    pub event_type: EventType,
    pub from_state: Option<State>,
    pub to_state: State,
    /// `client`, `admin` or `system`.
    pub actor_type: String,
    pub actor_name: String,
    /// The sentence of `/api/v1`: `Payout cancelled by client`.
    pub message: String,
    /// The reason or note somebody gave.
    pub note: Option<String>,
    pub via: String,
    pub request_id: String,
    pub created_at: i64,
}

/// An event of a payout link, of the same shape; lines of one link are numbered from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkEvent {
    pub link_id: PayoutLinkId,
    pub seq: i64,
    pub event_type: EventType,
    pub from_state: Option<LinkState>,
    pub to_state: LinkState,
    /// `client`, `admin`, `recipient` or `system`.
    pub actor_type: String,
    pub actor_name: String,
    pub message: String,
    /// The reason or note somebody gave.
    pub note: Option<String>,
    pub via: String,
    pub request_id: String,
    pub created_at: i64,
}
