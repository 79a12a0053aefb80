//! A webhook of the demo with its log. It is off: the demo calls nobody, and pays nothing for it on the way of money.

use crate::domain::caller::Caller;
use crate::domain::dialect::Dialect;
use crate::domain::ids::PayoutId;
use crate::domain::webhook::{Delivery, DeliveryState, Event, Kind, Snapshot};
use crate::error::Error;
use crate::service::webhooks::render::Scene;
use crate::service::webhooks::{self, NewWebhook, Which};
use crate::service::{Desk, payouts};
use crate::store::deliveries;
use crate::store::sealed::WEBHOOK_BODY;

const URL: &str = "https://hooks.larkfield.example/paydesk";

/// Makes the webhook, and what it was told of two payouts: one taken, one tried in vain.
pub async fn make(desk: &Desk, caller: &Caller, completed: PayoutId, cancelled: PayoutId) -> Result<(), Error> {
    let new = NewWebhook { client: Some("1".into()), url: Some(URL.into()), events: None };
    let webhook = webhooks::create(desk, caller, Dialect::Wallet, &new).await?.webhook;
    webhooks::switch(desk, caller, Which::any(webhook.id), false).await?;
    for (id, kind, state, status, answer) in [
        (completed, Kind::PayoutCompleted, DeliveryState::Delivered, 200, "ok"),
        (cancelled, Kind::PayoutCancelled, DeliveryState::Failed, 503, "upstream connect error"),
    ] {
        let record = payouts::get(desk, caller, id).await?;
        let snapshot = Snapshot::Payout(Box::new(record)).without_secrets();
        let desk_again = desk.clone();
        let written = desk.store.write(move |tx| {
            let (snapshot, desk, now) = (snapshot.clone(), desk_again.clone(), tx.now());
            let event = Event {
                id: tx.mint().next(),
                client_id: webhook.client_id,
                kind,
                about_id: id.to_string(),
                from_state: None,
                to_state: kind.name().split('.').nth(1).unwrap_or_default().to_owned(),
                snapshot: String::new(),
            };
            let scene = Scene { desk: &desk, event: &event, snapshot: &snapshot, client_number: 1 };
            let rendered = desk.renderers.of(Dialect::Wallet).and_then(|words| words.render(&scene).ok()?.pop());
            let delivery = rendered.map(|rendered| Delivery {
                id: tx.mint().next(),
                webhook_id: webhook.id,
                event_id: event.id,
                name: rendered.name.to_owned(),
                about_id: Some(event.about_id.clone()),
                body: desk.keys.seal(&WEBHOOK_BODY.purpose(), &rendered.body),
                state,
                attempts: 1,
                round_from: 0,
                round_at: now,
                next_at: None,
                sent_at: Some(now),
                status: Some(status),
                answer: Some(answer.to_owned()),
            });
            Box::pin(async move {
                match delivery {
                    Some(delivery) => deliveries::insert(tx, &delivery).await,
                    None => Ok(()),
                }
            })
        });
        written.await?;
    }
    Ok(())
}
