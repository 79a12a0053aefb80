//! What webhooks were sent, and what they said: the log, failed events, another try, and a test.

use super::{Which, entry, get as get_webhook, open, seen};
use crate::domain::caller::Caller;
use crate::domain::ids::DeliveryId;
use crate::domain::staff::Operation;
use crate::domain::webhook::{Delivery, DeliveryState, Webhook};
use crate::error::Error;
use crate::service::webhooks::render::TEST;
use crate::service::{Desk, permit_on};
use crate::store::deliveries as rows;
use crate::store::sealed::WEBHOOK_BODY;

/// One page of a webhook's log.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// None for all.
    pub state: Option<DeliveryState>,
    /// Only those made before this one.
    pub before: Option<DeliveryId>,
    pub limit: i64,
}

/// A delivery with the request's body, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub delivery: Delivery,
    pub body: String,
}

/// The most that one page of a log has.
const MOST: i64 = 1_000;

/// The webhook and its deliveries, the newest first. Bodies stay sealed.
pub async fn list(
    desk: &Desk,
    caller: &Caller,
    which: Which,
    query: &Query,
) -> Result<(Webhook, Vec<Delivery>), Error> {
    let webhook = get_webhook(desk, caller, which).await?;
    let mut reader = desk.store.read().await?;
    let limit = query.limit.clamp(1, MOST);
    let found = rows::list(&mut reader, webhook.id, query.state, query.before, limit).await?;
    Ok((webhook, found))
}

/// Deliveries that nobody tries any more, with what was to be said; made before a time in Unix microseconds, the newest
/// first.
pub async fn failed(
    desk: &Desk,
    caller: &Caller,
    which: Which,
    created_before: Option<i64>,
    limit: i64,
) -> Result<(Webhook, Vec<Opened>), Error> {
    let before = created_before.map(DeliveryId::first_at);
    let query = Query { state: Some(DeliveryState::Failed), before, limit };
    let (webhook, found) = list(desk, caller, which, &query).await?;
    let opened: Result<Vec<Opened>, Error> = found.into_iter().map(|delivery| opened(desk, delivery)).collect();
    Ok((webhook, opened?))
}

/// One delivery with its webhook.
pub async fn get(desk: &Desk, caller: &Caller, which: Which, id: DeliveryId) -> Result<(Webhook, Opened), Error> {
    let webhook = get_webhook(desk, caller, which).await?;
    let delivery = find(desk, &webhook, id).await?;
    Ok((webhook, opened(desk, delivery)?))
}

/// Sends a delivery again, at once and in a new round of tries. The receiver knows it by the same id.
pub async fn replay(desk: &Desk, caller: &Caller, which: Which, id: DeliveryId) -> Result<Delivery, Error> {
    permit_on(desk, caller, Operation::ManageWebhooks, which.id).await?;
    let webhook = seen(desk, caller, which).await?;
    find(desk, &webhook, id).await?;
    let (caller, webhook_again) = (caller.clone(), webhook.clone());
    let replayed = desk.store.write(move |tx| {
        let (caller, webhook) = (caller.clone(), webhook.clone());
        Box::pin(async move {
            let touched = rows::replay(tx, id).await?;
            if touched > 0 {
                let entry = entry(&caller, tx.now(), "webhook.replay", &webhook);
                tx.audit(entry.because(Some(id.to_string())));
            }
            Ok(touched > 0)
        })
    });
    if !replayed.await? {
        return Err(Error::NotFound("Delivery"));
    }
    find(desk, &webhook_again, id).await
}

/// Queues a message that says nothing, to see whether the webhook works.
pub async fn test(desk: &Desk, caller: &Caller, which: Which) -> Result<Delivery, Error> {
    permit_on(desk, caller, Operation::ManageWebhooks, which.id).await?;
    let webhook = seen(desk, caller, which).await?;
    desk.renderers.of(webhook.dialect).ok_or(Error::Internal)?;
    let (caller, desk_again) = (caller.clone(), desk.clone());
    let queued = desk.store.write(move |tx| {
        let (caller, webhook, desk) = (caller.clone(), webhook.clone(), desk_again.clone());
        Box::pin(async move {
            let (event_id, now) = (tx.mint().next(), tx.now());
            let body = desk.renderers.of(webhook.dialect).map_or_else(String::new, |one| one.test(event_id, now));
            let delivery = Delivery {
                id: tx.mint().next(),
                webhook_id: webhook.id,
                event_id,
                name: TEST.to_owned(),
                about_id: None,
                body: desk.keys.seal(&WEBHOOK_BODY.purpose(), &body),
                state: DeliveryState::Waiting,
                attempts: 0,
                round_from: 0,
                round_at: now,
                next_at: Some(now),
                sent_at: None,
                status: None,
                answer: None,
            };
            rows::insert(tx, &delivery).await?;
            tx.audit(entry(&caller, now, "webhook.test", &webhook));
            Ok(delivery)
        })
    });
    Ok(queued.await?)
}

async fn find(desk: &Desk, webhook: &Webhook, id: DeliveryId) -> Result<Delivery, Error> {
    let mut reader = desk.store.read().await?;
    let found = rows::find(&mut reader, id).await?;
    found.filter(|delivery| delivery.webhook_id == webhook.id).ok_or(Error::NotFound("Delivery"))
}

fn opened(desk: &Desk, delivery: Delivery) -> Result<Opened, Error> {
    let body = open(desk, &WEBHOOK_BODY.purpose(), &delivery.body)?;
    Ok(Opened { delivery, body })
}
