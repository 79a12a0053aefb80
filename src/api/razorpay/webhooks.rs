//! Events in Razorpay's words (`contracts/razorpay.md` section 6), all of it in rupees.

use serde::Serialize;
use serde_json::value::RawValue;

use super::query::ACCOUNT;
use super::wire::link::Link;
use super::wire::payout::{Payout, status};
use super::wire::seconds;
use crate::domain::dialect::Dialect;
use crate::domain::ids::EventId;
use crate::domain::money::Currency;
use crate::domain::payout::Payout as Record;
use crate::domain::webhook::{Event, Kind, Snapshot};
use crate::error::Error;
use crate::service::webhooks::render::{Name, Rendered, Renderer, Scene, TEST};

/// The renderer of this dialect.
#[derive(Debug)]
pub struct Words;

#[derive(Debug, Serialize)]
struct Envelope<'a, T> {
    entity: &'static str,
    /// Whose account it is about.
    account_id: Option<String>,
    event: &'a str,
    contains: &'a [&'static str],
    payload: T,
    created_at: i64,
}

/// The record under its kind, complete.
#[derive(Debug, Default, Serialize)]
struct Payload<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    payout_link: Option<Entity<Link<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payout: Option<Entity<Payout<'a>>>,
}

#[derive(Debug, Serialize)]
struct Entity<T> {
    entity: T,
}

const fn name(name: &'static str, kinds: &'static [Kind]) -> Name {
    Name { name, kinds, default: true }
}

const NAMES: &[Name] = &[
    name("payout_link.pending", &[Kind::LinkPending]),
    name("payout_link.issued", &[Kind::LinkIssued]),
    name("payout_link.processing", &[Kind::LinkProcessing]),
    name("payout_link.processed", &[Kind::LinkProcessed]),
    name("payout_link.attempted", &[Kind::LinkReopened]),
    name("payout_link.cancelled", &[Kind::LinkCancelled, Kind::LinkFailed]),
    name("payout_link.rejected", &[Kind::LinkRejected]),
    name("payout_link.expired", &[Kind::LinkExpired]),
    name("payout.pending", &[Kind::PayoutActionRequired]),
    name("payout.rejected", &[Kind::PayoutCancelled, Kind::PayoutExpired]),
    name("payout.queued", &[Kind::PayoutQueued]),
    name("payout.initiated", &[Kind::PayoutProcessing]),
    name("payout.processed", &[Kind::PayoutCompleted]),
    name("payout.updated", &[Kind::PayoutSettling, Kind::PayoutActionRequired]),
    name("payout.reversed", &[Kind::PayoutReturned]),
    name("payout.failed", &[Kind::PayoutFailed]),
];

impl Renderer for Words {
    fn dialect(&self) -> Dialect {
        Dialect::Razorpay
    }

    fn names(&self) -> &'static [Name] {
        NAMES
    }

    fn render(&self, scene: &Scene<'_>) -> Result<Vec<Rendered>, Error> {
        let event = scene.event;
        Ok(match scene.snapshot {
            Snapshot::Link(record) if record.link.currency == Currency::INR => {
                let link = Link::of(scene.desk, record)?;
                let payload = Payload { payout_link: Some(Entity { entity: link }), ..Payload::default() };
                link_event(event.kind).map(|name| told(event, name, "payout_link", payload)).into_iter().collect()
            }
            Snapshot::Payout(record) if record.payout.currency == Currency::INR => {
                let payout = Payout::read(record);
                let payload = Payload { payout: Some(Entity { entity: payout }), ..Payload::default() };
                let name = payout_event(event.kind, &record.payout);
                name.map(|name| told(event, name, "payout", payload)).into_iter().collect()
            }
            _ => Vec::new(),
        })
    }

    fn test(&self, _: EventId, at: i64) -> String {
        let nothing = RawValue::from_string("{}".into()).expect("an object");
        body(None, TEST, &[], nothing, at)
    }
}

fn told(event: &Event, name: &'static str, kind: &'static str, payload: Payload<'_>) -> Rendered {
    let account = Some(event.client_id.prefixed(ACCOUNT));
    Rendered { name, body: body(account, name, &[kind], payload, event.id.created_at()) }
}

fn body<T: Serialize>(
    account_id: Option<String>,
    event: &str,
    contains: &[&'static str],
    payload: T,
    at: i64,
) -> String {
    let envelope = Envelope { entity: "event", account_id, event, contains, payload, created_at: seconds(at) };
    serde_json::to_string(&envelope).expect("texts and numbers")
}

fn link_event(kind: Kind) -> Option<&'static str> {
    NAMES
        .iter()
        .filter(|name| name.name.starts_with("payout_link."))
        .find(|name| name.kinds.contains(&kind))
        .map(|name| name.name)
}

/// A change that this dialect sees; two of our states may be one of its.
fn payout_event(kind: Kind, payout: &Record) -> Option<&'static str> {
    Some(match (kind, status(payout)) {
        (Kind::PayoutActionRequired, "pending") => "payout.pending",
        (Kind::PayoutActionRequired | Kind::PayoutSettling, _) => "payout.updated",
        (Kind::PayoutCancelled, "rejected") | (Kind::PayoutExpired, _) => "payout.rejected",
        (Kind::PayoutQueued, _) => "payout.queued",
        (Kind::PayoutProcessing, _) => "payout.initiated",
        (Kind::PayoutCompleted, _) => "payout.processed",
        (Kind::PayoutReturned, _) => "payout.reversed",
        (Kind::PayoutFailed, _) => "payout.failed",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_event_is_told_by_the_name_of_the_contract() {
        for (kind, name) in [
            (Kind::LinkPending, "payout_link.pending"),
            (Kind::LinkIssued, "payout_link.issued"),
            (Kind::LinkReopened, "payout_link.attempted"),
            (Kind::LinkFailed, "payout_link.cancelled"),
            (Kind::LinkExpired, "payout_link.expired"),
        ] {
            assert_eq!(link_event(kind), Some(name));
        }
        assert_eq!(link_event(Kind::ReversalCreated), None);
    }

    #[test]
    fn a_test_has_the_envelope() {
        let body = Words.test(EventId::first_at(1), 1_767_225_660_000_000);
        assert_eq!(
            body,
            r#"{"entity":"event","account_id":null,"event":"webhook.test","contains":[],"payload":{},"created_at":1767225660}"#
        );
    }
}
