//! Events in MassPay's words: contracts/reversals.md section 6.

use serde::Serialize;

use super::wire::payout::{Payout, status};
use super::wire::reversal::Reversal;
use super::wire::time;
use crate::domain::command::PayoutRecord;
use crate::domain::dialect::Dialect;
use crate::domain::ids::EventId;
use crate::domain::payout::State;
use crate::domain::webhook::{Kind, Snapshot};
use crate::error::Error;
use crate::service::webhooks::render::{Name, Rendered, Renderer, Scene, TEST};

/// The renderer of this dialect: the objects that the API answers with, and which of them it is.
#[derive(Debug)]
pub struct Words;

#[derive(Serialize)]
struct Told<T> {
    #[serde(flatten)]
    object: T,
    event_type: &'static str,
}

#[derive(Serialize)]
struct Test {
    event_id: EventId,
    event_type: &'static str,
    time: String,
}

const PAYOUT: &str = "payout";
const REVERSAL: &str = "payout_reversal";

impl Renderer for Words {
    fn dialect(&self) -> Dialect {
        Dialect::MassPay
    }

    fn names(&self) -> &'static [Name] {
        const NAMES: &[Name] = &[
            Name {
                name: PAYOUT,
                kinds: &[
                    Kind::PayoutCreated,
                    Kind::PayoutQueued,
                    Kind::PayoutProcessing,
                    Kind::PayoutSettling,
                    Kind::PayoutActionRequired,
                    Kind::PayoutCompleted,
                    Kind::PayoutFailed,
                    Kind::PayoutCancelled,
                    Kind::PayoutExpired,
                    Kind::PayoutReturned,
                ],
                default: true,
            },
            Name {
                name: REVERSAL,
                kinds: &[Kind::ReversalCreated, Kind::ReversalCompleted, Kind::ReversalFailed],
                default: true,
            },
        ];
        NAMES
    }

    fn render(&self, scene: &Scene<'_>) -> Result<Vec<Rendered>, Error> {
        Ok(match scene.snapshot {
            Snapshot::Payout(record) if shows(scene.event.kind, scene.event.from_state.as_deref(), record) => {
                vec![told(PAYOUT, Payout::made(record))]
            }
            Snapshot::Reversal(record) => vec![told(REVERSAL, Reversal::of(&record.reversal, &record.payout.payout))],
            Snapshot::Payout(_) | Snapshot::Link(_) | Snapshot::Transfer(_) => Vec::new(),
        })
    }

    fn test(&self, id: EventId, at: i64) -> String {
        body(&Test { event_id: id, event_type: TEST, time: time(at) })
    }
}

/// Whether a change is one in this dialect: several of our states are one status here. A return changes none, but it
/// ends what can be reversed.
fn shows(kind: Kind, from: Option<&str>, record: &PayoutRecord) -> bool {
    let before = from.and_then(State::from_name).map(status);
    kind == Kind::PayoutReturned || before != Some(status(record.payout.state))
}

fn told(name: &'static str, object: impl Serialize) -> Rendered {
    Rendered { name, body: body(&Told { object, event_type: name }) }
}

fn body(told: &impl Serialize) -> String {
    serde_json::to_string(told).expect("texts and numbers")
}
