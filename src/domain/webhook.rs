//! Webhooks: an address of a client that is told what happens to its payouts, payout links and reversals.

mod schedule;
pub mod signature;

use serde::{Deserialize, Serialize};

use super::bare;
use super::command::{LinkRecord, PayoutRecord};
use super::dialect::Dialect;
use super::event::EventType;
use super::ids::{ClientId, DeliveryId, EventId, StaffId, WebhookId, WebhookSecretId};
use super::payout::State as PayoutState;
use super::payout_link::State as LinkState;
use super::reversal::{Reversal, State as ReversalState};
use super::transfer::Transfer;
pub use schedule::{Next, next};

macro_rules! kinds {
    ($($kind:ident $name:literal;)*) => {
        /// What happened, in Paydesk's own words.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $(#[serde(rename = $name)] $kind,)*
        }

        impl Kind {
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),*];

            /// `payout.completed`, as the database and `/api/v1` write it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Kind::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    PayoutCreated "payout.created";
    PayoutQueued "payout.queued";
    PayoutProcessing "payout.processing";
    PayoutSettling "payout.settling";
    PayoutActionRequired "payout.action_required";
    PayoutCompleted "payout.completed";
    PayoutFailed "payout.failed";
    PayoutCancelled "payout.cancelled";
    PayoutExpired "payout.expired";
    PayoutReturned "payout.returned";
    LinkPending "payout_link.pending";
    LinkIssued "payout_link.issued";
    LinkProcessing "payout_link.processing";
    LinkProcessed "payout_link.processed";
    LinkCancelled "payout_link.cancelled";
    LinkRejected "payout_link.rejected";
    LinkExpired "payout_link.expired";
    LinkFailed "payout_link.failed";
    LinkReopened "payout_link.reopened";
    ReversalCreated "reversal.created";
    ReversalCompleted "reversal.completed";
    ReversalFailed "reversal.failed";
    TransferMade "transfer.made";
    TransferEnded "transfer.ended";
}

/// A change that somebody wants to be told of: the outbox row, written in the unit of the change.
///
/// `created_at` is the id's own microsecond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The first of its deliveries have this id, whatever the receiver and the try.
    pub id: EventId,
    pub client_id: ClientId,
    pub kind: Kind,
    /// The id of the payout, payout link or reversal.
    pub about_id: String,
    /// None when it has just been made.
    pub from_state: Option<String>,
    pub to_state: String,
    /// A [`Snapshot`] as [`Snapshot::to_text`] writes it.
    pub snapshot: String,
}

/// The record as it stood right after the change. Nothing secret is in it: account identifiers are left out, and the
/// sealed token of a payout link is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Snapshot {
    Payout(Box<PayoutRecord>),
    Link(Box<LinkRecord>),
    Reversal(Box<ReversalRecord>),
    Transfer(Box<Transfer>),
}

/// A reversal with the payout that it reverses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReversalRecord {
    pub reversal: Reversal,
    pub payout: PayoutRecord,
}

impl Snapshot {
    /// As the outbox keeps it: an object whose only member is the record, without names.
    pub fn to_text(&self) -> String {
        let (kind, record) = match self {
            Snapshot::Payout(record) => ("payout", bare::to_string(record)),
            Snapshot::Link(record) => ("link", bare::to_string(record)),
            Snapshot::Reversal(record) => ("reversal", bare::to_string(record)),
            Snapshot::Transfer(transfer) => ("transfer", bare::to_string(transfer)),
        };
        format!("{{\"{kind}\":{record}}}")
    }
}

/// A change as the plan notes it; it gets its id when the unit ends.
#[derive(Debug, Clone)]
pub struct News {
    pub client_id: ClientId,
    pub kind: Kind,
    pub about_id: String,
    pub from: Option<&'static str>,
    pub to: &'static str,
    pub snapshot: Snapshot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Active,
    /// Nothing is sent: `off_reason` says why. What waited goes on waiting.
    Off,
}

/// A webhook as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    pub id: WebhookId,
    pub client_id: ClientId,
    pub client_name: String,
    pub dialect: Dialect,
    pub url: String,
    /// Names in the dialect's words, separated by blanks.
    pub events: String,
    pub state: State,
    pub off_reason: Option<String>,
    /// Who made it, or owns the program that did: is told when it is switched off. None when a command did.
    pub staff_id: Option<StaffId>,
    pub owner_name: Option<String>,
    pub version: i64,
}

/// A secret that signs, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookSecret {
    pub id: WebhookSecretId,
    pub webhook_id: WebhookId,
    pub secret: String,
    /// In Unix microseconds; none for the one in use, which all others were before.
    pub expires_at: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be sent, or tried again, at `next_at`.
    Waiting,
    /// The receiver took it.
    Delivered,
    /// Tried for as long as the dialect says.
    Failed,
}

/// One event on its way to one webhook. Times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub id: DeliveryId,
    pub webhook_id: WebhookId,
    /// What the receiver knows the event by: the same at every try and replay.
    pub event_id: EventId,
    /// The event's name in the dialect's words.
    pub name: String,
    /// The record it tells of; none for a test.
    pub about_id: Option<String>,
    /// The request's body exactly as it is sent, sealed: it may hold the address of a payout link.
    pub body: String,
    pub state: DeliveryState,
    /// Tries so far.
    pub attempts: i64,
    /// Tries before this round: a replay begins a new one.
    pub round_from: i64,
    /// When this round began.
    pub round_at: i64,
    pub next_at: Option<i64>,
    pub sent_at: Option<i64>,
    /// The last answer's HTTP status; none when there was no answer.
    pub status: Option<i64>,
    /// The beginning of the last answer, or why there was none.
    pub answer: Option<String>,
}

/// What a dialect allows its webhooks.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// How many webhooks one client may have.
    pub most: usize,
    /// How many secrets of one webhook may be good at the same time.
    pub most_secrets: usize,
    /// How long an old secret may stay good after a rotation, in microseconds.
    pub longest_overlap: i64,
}

const DAY: i64 = 24 * 3_600 * 1_000_000;

impl Rules {
    /// contracts/revolut.md section 8; reversals.md section 6 knows one address alone, and neither Razorpay's nor
    /// MassPay's signature has room for a second secret.
    pub fn of(dialect: Dialect) -> Rules {
        let (most, longest_overlap) = match dialect {
            Dialect::Wallet | Dialect::Revolut => (10, 7 * DAY),
            Dialect::Razorpay => (10, 0),
            Dialect::MassPay => (1, 0),
        };
        Rules { most, most_secrets: 3, longest_overlap }
    }
}

impl Kind {
    /// What a line in a payout's history means; none for notes that are no change of state.
    pub fn of_payout(event: EventType, to: PayoutState) -> Option<Kind> {
        match event {
            EventType::Return => Some(Kind::PayoutReturned),
            EventType::StatusChange => Some(match to {
                PayoutState::Created => Kind::PayoutCreated,
                PayoutState::Queued => Kind::PayoutQueued,
                PayoutState::Processing => Kind::PayoutProcessing,
                PayoutState::Settling => Kind::PayoutSettling,
                PayoutState::ActionRequired => Kind::PayoutActionRequired,
                PayoutState::Completed => Kind::PayoutCompleted,
                PayoutState::Failed => Kind::PayoutFailed,
                PayoutState::Cancelled => Kind::PayoutCancelled,
                PayoutState::Expired => Kind::PayoutExpired,
            }),
            _ => None,
        }
    }

    /// The same for a payout link; one that is issued after it was claimed is open again.
    pub fn of_link(event: EventType, from: Option<LinkState>, to: LinkState) -> Option<Kind> {
        (event == EventType::StatusChange).then_some(match to {
            LinkState::Pending => Kind::LinkPending,
            LinkState::Issued if from == Some(LinkState::Processing) => Kind::LinkReopened,
            LinkState::Issued => Kind::LinkIssued,
            LinkState::Processing => Kind::LinkProcessing,
            LinkState::Processed => Kind::LinkProcessed,
            LinkState::Cancelled => Kind::LinkCancelled,
            LinkState::Rejected => Kind::LinkRejected,
            LinkState::Expired => Kind::LinkExpired,
            LinkState::Failed => Kind::LinkFailed,
        })
    }

    pub fn of_reversal(state: ReversalState) -> Kind {
        match state {
            ReversalState::Pending => Kind::ReversalCreated,
            ReversalState::Completed => Kind::ReversalCompleted,
            ReversalState::Failed => Kind::ReversalFailed,
        }
    }

    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl Webhook {
    /// Names in the dialect's words.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.events.split_whitespace()
    }

    pub fn is_active(&self) -> bool {
        self.state == State::Active
    }
}

impl Delivery {
    /// How many tries this round has had.
    pub fn tries(&self) -> i64 {
        self.attempts - self.round_from
    }
}

impl DeliveryState {
    pub fn name(self) -> &'static str {
        match self {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Failed => "failed",
        }
    }

    pub fn from_name(name: &str) -> Option<DeliveryState> {
        let all = [DeliveryState::Waiting, DeliveryState::Delivered, DeliveryState::Failed];
        all.into_iter().find(|state| state.name() == name)
    }
}

impl Snapshot {
    /// Leaves out what is sealed: it would outlive the keys that it is sealed under.
    pub fn without_secrets(mut self) -> Snapshot {
        match &mut self {
            Snapshot::Payout(record) => record.forget_secrets(),
            Snapshot::Link(record) => record.link.token_sealed = String::new(),
            Snapshot::Reversal(record) => record.payout.forget_secrets(),
            Snapshot::Transfer(_) => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_again_by_their_names_and_written_as_them() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.name()), Some(*kind));
            assert_eq!(serde_json::to_string(kind).unwrap(), format!("\"{}\"", kind.name()));
        }
        assert_eq!(Kind::from_name("payout.unheard_of"), None);
    }

    #[test]
    fn a_link_that_is_issued_after_a_claim_is_open_again() {
        let of = |from| Kind::of_link(EventType::StatusChange, from, LinkState::Issued);
        assert_eq!(of(None), Some(Kind::LinkIssued));
        assert_eq!(of(Some(LinkState::Pending)), Some(Kind::LinkIssued));
        assert_eq!(of(Some(LinkState::Processing)), Some(Kind::LinkReopened));
        assert_eq!(Kind::of_link(EventType::Extension, Some(LinkState::Issued), LinkState::Issued), None);
        assert_eq!(Kind::of_payout(EventType::Return, PayoutState::Completed), Some(Kind::PayoutReturned));
        assert_eq!(Kind::of_payout(EventType::Reversal, PayoutState::Completed), None);
    }
}
