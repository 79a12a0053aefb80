//! The way of an event from the outbox to its receivers, for the job that goes it.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Place;

use super::open;
use super::render::{Rendered, Scene};
use crate::domain::audit::Entry as AuditEntry;
use crate::domain::caller::{Caller, Via};
use crate::domain::dialect::Dialect;
use crate::domain::ids::{EventId, WebhookId};
use crate::domain::message::{About, Channel, Facts, Kind as MessageKind, NewMessage, Secret};
use crate::domain::webhook::signature::{self, Header};
use crate::domain::webhook::{Delivery, DeliveryState, Next, Snapshot, Webhook, next};
use crate::error::Error;
use crate::messenger::Reply;
use crate::service::Desk;
use crate::store::deliveries::{self as rows, Claimed, Ended, Load};
use crate::store::sealed::{WEBHOOK_BODY, WEBHOOK_SECRET};
use crate::store::{Tx, messages, staff, webhooks};

/// How many events are told in one go.
const ROUND: i64 = 100;
/// How many deliveries one webhook gets in one go.
const EACH: i64 = 20;
/// Who took work and never came back, because the program ended, is followed by another after this, in microseconds.
/// Longer than a go can take.
const LEASE: i64 = 5 * 60 * 1_000_000;
/// An event that cannot be told now is tried again after this.
const PAUSE: i64 = 10 * 60 * 1_000_000;

/// A delivery before it has its ids, which the writer gives out.
#[derive(Debug, Clone)]
struct Draft {
    webhook_id: WebhookId,
    event: EventId,
    dialect: Dialect,
    /// The first message that a dialect has for an event goes by the event's own id.
    place: usize,
    name: &'static str,
    about_id: String,
    /// Sealed.
    body: String,
}

/// Makes out the deliveries of some events that wait; answers whether there were any.
pub async fn make_out(desk: &Desk) -> Result<bool, Error> {
    let now = desk.clock.now();
    let mut reader = desk.store.read().await?;
    let any = rows::any_event(&mut reader, now).await?;
    drop(reader);
    if !any {
        return Ok(false);
    }
    let until = now + LEASE;
    let claimed = desk.store.write(move |tx| Box::pin(rows::claim_events(tx, until, ROUND))).await?;
    let (mut told, mut unable, mut drafts) = (Vec::new(), Vec::new(), Vec::new());
    for claimed in claimed {
        let id = claimed.event.id;
        match draft(desk, claimed) {
            Ok(mut more) => {
                told.push(id);
                drafts.append(&mut more);
            }
            Err(error) => {
                tracing::error!(%error, event = %id, "an event cannot be told to webhooks now; it is tried again");
                unable.push(id);
            }
        }
    }
    let written = desk.store.write(move |tx| {
        let (told, unable, drafts) = (told.clone(), unable.clone(), drafts.clone());
        Box::pin(async move {
            let deliveries = deliveries(tx, drafts);
            rows::make_out(tx, &told, until, &deliveries).await?;
            let later = tx.now() + PAUSE;
            rows::put_off(tx, &unable, until, later).await
        })
    });
    written.await?;
    Ok(true)
}

/// The webhooks that something is due for now, apart from those that are busy, with what goes to each.
pub async fn take(desk: &Desk, busy: &[WebhookId], limit: i64) -> Result<Vec<Load>, Error> {
    let now = desk.clock.now();
    let mut reader = desk.store.read().await?;
    let due = rows::due(&mut reader, now, busy, limit).await?;
    drop(reader);
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let until = now + LEASE;
    let taken = desk.store.write(move |tx| {
        let due = due.clone();
        Box::pin(async move { rows::claim(tx, &due, until, EACH).await })
    });
    Ok(taken.await?)
}

/// The headers and the body of one try now.
pub fn request(desk: &Desk, load: &Load, delivery: &Delivery) -> Result<(Vec<Header>, String), Error> {
    let body = open(desk, &WEBHOOK_BODY.purpose(), &delivery.body)?;
    let sealed = load.secrets.iter().flatten();
    let secrets: Result<Vec<String>, Error> =
        sealed.map(|secret| open(desk, &WEBHOOK_SECRET.purpose(), &secret.secret)).collect();
    let headers = signature::headers(load.dialect, delivery.event_id, &secrets?, desk.clock.now(), &body);
    Ok((headers, body))
}

/// What a try came to, and why nothing more is sent to its webhook, if so. `reply` is an error when the request could
/// not be made.
pub fn judge(
    desk: &Desk,
    load: &Load,
    delivery: &Delivery,
    reply: Result<Reply, Error>,
) -> (Ended, Option<&'static str>) {
    let now = desk.clock.now();
    let reply = reply.unwrap_or_else(|error| Reply { status: None, text: error.to_string() });
    let mut ended = Ended {
        id: delivery.id,
        attempts: delivery.attempts,
        state: DeliveryState::Delivered,
        next_at: None,
        sent_at: now,
        status: reply.status,
        answer: Some(reply.text.clone()).filter(|text| !text.is_empty()),
    };
    if reply.is_taken() {
        return (ended, None);
    }
    let chance = rand::random::<u64>();
    let off = match next(load.dialect, delivery.tries(), delivery.round_at, now, reply.status, chance) {
        Next::At(at) => {
            ended.next_at = Some(at);
            None
        }
        Next::GiveUp => None,
        Next::SwitchOff(reason) => Some(reason),
    };
    ended.state = if ended.next_at.is_some() { DeliveryState::Waiting } else { DeliveryState::Failed };
    (ended, off)
}

/// Writes what a go came to; a webhook that is switched off by it is audited, and its owner is told by mail.
pub async fn conclude(desk: &Desk, id: WebhookId, ended: Vec<Ended>, off: Option<&'static str>) -> Result<(), Error> {
    let written = desk.store.write(move |tx| {
        let ended = ended.clone();
        Box::pin(async move {
            rows::end(tx, &ended).await?;
            let Some(reason) = off else { return Ok(()) };
            if webhooks::switch_off(tx, id, reason).await? == 0 {
                return Ok(());
            }
            let Some(webhook) = webhooks::get(tx, id).await? else { return Ok(()) };
            let caller = Caller::system(Via::Job, "webhooks");
            let mut entry = AuditEntry::done(&caller, tx.now(), "webhook.switch_off").about(id);
            entry.client_id = Some(webhook.client_id);
            tx.audit(entry.because(Some(reason.to_owned())));
            tell_owner(tx, &webhook, reason).await
        })
    });
    Ok(written.await?)
}

async fn tell_owner(tx: &mut Tx<'_>, webhook: &Webhook, reason: &str) -> Result<(), sqlx::Error> {
    let Some(owner) = webhook.staff_id else { return Ok(()) };
    let Some(owner) = staff::get(tx, owner).await?.filter(|owner| owner.is_enabled()) else { return Ok(()) };
    let message = NewMessage {
        about: About::Webhook,
        about_id: webhook.id.to_string(),
        client_id: webhook.client_id,
        kind: MessageKind::WebhookOff,
        channel: Channel::Email,
        recipient: owner.email,
        facts: Facts {
            purpose: Some(webhook.url.clone()),
            reason: Some(reason.to_owned()),
            ..Facts::about(&webhook.client_name, owner.name)
        },
        secret: Secret::None,
    };
    let row = message.row(tx.mint());
    messages::insert(tx, &[row]).await
}

/// What an event is in the words of everybody who wants to know.
fn draft(desk: &Desk, claimed: Claimed) -> Result<Vec<Draft>, Error> {
    let Claimed { event, client_number, link_token, webhooks, .. } = claimed;
    let mut snapshot: Snapshot = serde_json::from_str(&event.snapshot).map_err(|error| {
        tracing::error!(%error, event = %event.id, "a snapshot cannot be read");
        Error::Internal
    })?;
    if let (Snapshot::Link(record), Some(token)) = (&mut snapshot, link_token) {
        record.link.token_sealed = token;
    }
    let scene = Scene { desk, event: &event, snapshot: &snapshot, client_number };
    let mut rendered: HashMap<Dialect, Vec<Rendered>> = HashMap::new();
    let mut drafts = Vec::new();
    for webhook in webhooks.into_iter().flatten() {
        let Some(renderer) = desk.renderers.of(webhook.dialect) else { continue };
        let messages = match rendered.entry(webhook.dialect) {
            Place::Occupied(known) => known.into_mut(),
            Place::Vacant(place) => place.insert(renderer.render(&scene)?),
        };
        for (place, message) in messages.iter().enumerate() {
            if webhook.events.split_whitespace().any(|name| name == message.name) {
                drafts.push(Draft {
                    webhook_id: webhook.id,
                    event: event.id,
                    dialect: webhook.dialect,
                    place,
                    name: message.name,
                    about_id: event.about_id.clone(),
                    body: desk.keys.seal(&WEBHOOK_BODY.purpose(), &message.body),
                });
            }
        }
    }
    Ok(drafts)
}

fn deliveries(tx: &mut Tx<'_>, drafts: Vec<Draft>) -> Vec<Delivery> {
    let now = tx.now();
    let mut others: HashMap<(EventId, Dialect, usize), EventId> = HashMap::new();
    let mut deliveries = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let event_id = match draft.place {
            0 => draft.event,
            place => *others.entry((draft.event, draft.dialect, place)).or_insert_with(|| tx.mint().next()),
        };
        deliveries.push(Delivery {
            id: tx.mint().next(),
            webhook_id: draft.webhook_id,
            event_id,
            name: draft.name.to_owned(),
            about_id: Some(draft.about_id),
            body: draft.body,
            state: DeliveryState::Waiting,
            attempts: 0,
            round_from: 0,
            round_at: now,
            next_at: Some(now),
            sent_at: None,
            status: None,
            answer: None,
        });
    }
    deliveries
}
