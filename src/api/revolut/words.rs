//! What webhooks of this dialect are told (`contracts/revolut.md` section 8).

use serde::Serialize;

use super::wire::link::state_name;
use super::wire::time;
use super::wire::transaction::Transaction;
use crate::domain::command::{LinkRecord, PayoutRecord};
use crate::domain::dialect::Dialect;
use crate::domain::ids::EventId;
use crate::domain::payout::State as PayoutState;
use crate::domain::payout_link::State as LinkState;
use crate::domain::transaction::State;
use crate::domain::webhook::{Kind, Snapshot};
use crate::error::Error;
use crate::service::webhooks::render::{Name, Rendered, Renderer, Scene};

/// Revolut's words for events.
#[derive(Debug)]
pub struct Words;

const MADE: &str = "TransactionCreated";
const CHANGED: &str = "TransactionStateChanged";
const LINK_MADE: &str = "PayoutLinkCreated";
const LINK_CHANGED: &str = "PayoutLinkStateChanged";

const NAMES: &[Name] = &[
    Name { name: MADE, kinds: &[Kind::PayoutCreated, Kind::ReversalCreated, Kind::TransferMade], default: true },
    Name {
        name: CHANGED,
        kinds: &[
            Kind::PayoutQueued,
            Kind::PayoutProcessing,
            Kind::PayoutSettling,
            Kind::PayoutActionRequired,
            Kind::PayoutCompleted,
            Kind::PayoutFailed,
            Kind::PayoutCancelled,
            Kind::PayoutExpired,
            Kind::PayoutReturned,
            Kind::ReversalCompleted,
            Kind::ReversalFailed,
            Kind::TransferEnded,
        ],
        default: true,
    },
    Name { name: LINK_MADE, kinds: &[Kind::LinkPending, Kind::LinkIssued, Kind::LinkFailed], default: false },
    Name {
        name: LINK_CHANGED,
        kinds: &[
            Kind::LinkIssued,
            Kind::LinkProcessing,
            Kind::LinkProcessed,
            Kind::LinkCancelled,
            Kind::LinkRejected,
            Kind::LinkExpired,
            Kind::LinkFailed,
            Kind::LinkReopened,
        ],
        default: false,
    },
];

/// The envelope; its members stand in the order of their names.
#[derive(Debug, Serialize)]
struct Envelope<T> {
    data: T,
    event: &'static str,
    timestamp: String,
}

/// A change of state.
#[derive(Debug, Serialize)]
struct Changed<'a> {
    id: String,
    new_state: &'static str,
    old_state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

/// A link that was made.
#[derive(Debug, Serialize)]
struct LinkMade<'a> {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    state: &'static str,
}

impl Renderer for Words {
    fn dialect(&self) -> Dialect {
        Dialect::Revolut
    }

    fn names(&self) -> &'static [Name] {
        NAMES
    }

    fn render(&self, scene: &Scene<'_>) -> Result<Vec<Rendered>, Error> {
        let (event, at) = (scene.event, scene.event.id.created_at());
        let from = event.from_state.as_deref();
        Ok(match scene.snapshot {
            Snapshot::Payout(record) => match old_payout_state(record, from) {
                None => vec![told(MADE, at, Transaction::of_payout(record))],
                Some(old) => {
                    let payout = &record.payout;
                    let changed = (payout.id.hyphenated(), payout.request_id.as_deref());
                    change(CHANGED, at, changed, old.name(), State::of_payout(payout).name())
                }
            },
            Snapshot::Transfer(transfer) => match from {
                None => vec![told(MADE, at, Transaction::of_transfer(transfer))],
                Some(_) => {
                    let changed = (transfer.id.hyphenated(), transfer.request_id.as_deref());
                    let new = State::of_transfer(transfer.state);
                    change(CHANGED, at, changed, State::Pending.name(), new.name())
                }
            },
            Snapshot::Reversal(record) => match from {
                None => vec![told(MADE, at, Transaction::of_reversal(&record.reversal))],
                Some(_) => {
                    let new = State::of_reversal(record.reversal.state);
                    let changed = (record.reversal.id.hyphenated(), None);
                    change(CHANGED, at, changed, State::Pending.name(), new.name())
                }
            },
            Snapshot::Link(record) => link(record, from, at),
        })
    }

    fn test(&self, id: EventId, at: i64) -> String {
        told("WebhookTest", at, serde_json::json!({ "id": id.hyphenated() })).body
    }
}

fn link(record: &LinkRecord, from: Option<&str>, at: i64) -> Vec<Rendered> {
    let link = &record.link;
    let (id, request_id, state) = (link.id.hyphenated(), link.request_id.as_deref(), state_name(link.state));
    match from.and_then(LinkState::from_name) {
        None => vec![told(LINK_MADE, at, LinkMade { id, request_id, state })],
        Some(old) => change(LINK_CHANGED, at, (id, request_id), state_name(old), state),
    }
}

/// The state before, in Revolut's words; none for a payout that has just been made.
fn old_payout_state(record: &PayoutRecord, from: Option<&str>) -> Option<State> {
    let payout = &record.payout;
    Some(match PayoutState::from_name(from?)? {
        PayoutState::Created => State::Created,
        // What no provider had waited for a checker.
        PayoutState::ActionRequired if payout.submitted_at.is_none() => State::Created,
        PayoutState::Completed => State::Completed,
        _ => State::Pending,
    })
}

/// Nothing, when two states of ours are one of Revolut's.
fn change(
    name: &'static str,
    at: i64,
    (id, request_id): (String, Option<&str>),
    old_state: &'static str,
    new_state: &'static str,
) -> Vec<Rendered> {
    if old_state == new_state {
        return Vec::new();
    }
    vec![told(name, at, Changed { id, new_state, old_state, request_id })]
}

fn told<T: Serialize>(name: &'static str, at: i64, data: T) -> Rendered {
    let envelope = Envelope { data, event: name, timestamp: time(at) };
    Rendered { name, body: serde_json::to_string(&envelope).expect("texts and numbers") }
}
