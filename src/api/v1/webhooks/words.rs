//! Events in the words of this API: contracts/wallet-payouts.md section 10, widened with links and reversals.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::api::v1::wire::payout::Payout;
use crate::api::v1::wire::payout_link::Link;
use crate::api::v1::wire::reversal::Reversal;
use crate::api::v1::wire::time;
use crate::domain::dialect::Dialect;
use crate::domain::ids::EventId;
use crate::domain::webhook::{Kind, Snapshot};
use crate::error::Error;
use crate::service::webhooks::render::{Name, Rendered, Renderer, Scene, TEST};

/// The renderer of `/api/v1`, whose words are the desk's own.
#[derive(Debug)]
pub struct Words;

#[derive(Serialize)]
struct Envelope<'a, T> {
    id: EventId,
    event: &'a str,
    created_at: String,
    data: T,
}

macro_rules! names {
    ($($kind:ident),* $(,)?) => {
        &[$(Name { name: Kind::$kind.name(), kinds: &[Kind::$kind], default: true }),*]
    };
}

impl Renderer for Words {
    fn dialect(&self) -> Dialect {
        Dialect::Wallet
    }

    fn names(&self) -> &'static [Name] {
        const NAMES: &[Name] = names![
            PayoutCreated,
            PayoutQueued,
            PayoutProcessing,
            PayoutSettling,
            PayoutActionRequired,
            PayoutCompleted,
            PayoutFailed,
            PayoutCancelled,
            PayoutExpired,
            PayoutReturned,
            LinkPending,
            LinkIssued,
            LinkProcessing,
            LinkProcessed,
            LinkCancelled,
            LinkRejected,
            LinkExpired,
            LinkFailed,
            LinkReopened,
            ReversalCreated,
            ReversalCompleted,
            ReversalFailed,
        ];
        NAMES
    }

    fn render(&self, scene: &Scene<'_>) -> Result<Vec<Rendered>, Error> {
        let name = scene.event.kind.name();
        let id = scene.event.id;
        let body = match scene.snapshot {
            Snapshot::Payout(record) => envelope(id, name, id.created_at(), Payout::from(&**record)),
            Snapshot::Link(record) => envelope(id, name, id.created_at(), Link::of(scene.desk, record)?),
            // Transfers are no records of this API.
            Snapshot::Transfer(_) => return Ok(Vec::new()),
            Snapshot::Reversal(record) => envelope(id, name, id.created_at(), Reversal::from(&record.reversal)),
        };
        Ok(vec![Rendered { name, body }])
    }

    fn test(&self, id: EventId, at: i64) -> String {
        let nothing = RawValue::from_string("{}".into()).expect("an object");
        envelope(id, TEST, at, nothing)
    }
}

fn envelope<T: Serialize>(id: EventId, event: &str, at: i64, data: T) -> String {
    let envelope = Envelope { id, event, created_at: time(at), data };
    serde_json::to_string(&envelope).expect("texts and numbers")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_but_transfers_has_a_name_and_a_test_says_what_it_is() {
        let names: Vec<&str> = Words.names().iter().map(|name| name.name).collect();
        let told = |kind: &&Kind| !matches!(kind, Kind::TransferMade | Kind::TransferEnded);
        assert_eq!(names, Kind::ALL.iter().filter(told).map(|kind| kind.name()).collect::<Vec<_>>());
        let id = EventId::first_at(1_705_314_720_000_000);
        let body = Words.test(id, 1_705_314_720_000_000);
        let expected = format!(
            "{{\"id\":\"{id}\",\"event\":\"webhook.test\",\"created_at\":\"2024-01-15T10:32:00Z\",\"data\":{{}}}}"
        );
        assert_eq!(body, expected);
    }
}
