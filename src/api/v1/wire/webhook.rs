//! A webhook and what it was sent as JSON.

use serde::Serialize;

use super::time;
use crate::domain::ids::{DeliveryId, EventId, WebhookId};
use crate::domain::webhook::{self, DeliveryState, State};
use crate::service::webhooks::Signed;
use crate::service::webhooks::deliveries::Opened;

/// A webhook. Its secret is told only when it is new.
#[derive(Debug, Serialize)]
pub struct Webhook<'a> {
    id: WebhookId,
    url: &'a str,
    events: Vec<&'a str>,
    /// `active` or `off`.
    status: &'static str,
    /// Why it is off.
    off_reason: Option<&'a str>,
    /// Signs requests from now on: `whsec_` and the key in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
    created_at: String,
}

/// An event on its way to a webhook.
#[derive(Debug, Serialize)]
pub struct Delivery<'a> {
    id: DeliveryId,
    /// What the request calls `webhook-id`.
    event_id: EventId,
    event: &'a str,
    /// The payout, payout link or reversal; null for a test.
    about_id: Option<&'a str>,
    status: &'static str,
    /// Tries of the present round.
    tries: i64,
    created_at: String,
    next_try_at: Option<String>,
    last_try_at: Option<String>,
    /// The HTTP status of the last answer, null when there was none, and its beginning.
    answer_status: Option<i64>,
    answer: Option<&'a str>,
    /// The body of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a str>,
}

impl<'a> From<&'a webhook::Webhook> for Webhook<'a> {
    fn from(webhook: &'a webhook::Webhook) -> Webhook<'a> {
        Webhook {
            id: webhook.id,
            url: &webhook.url,
            events: webhook.names().collect(),
            status: match webhook.state {
                State::Active => "active",
                State::Off => "off",
            },
            off_reason: webhook.off_reason.as_deref(),
            secret: None,
            created_at: time(webhook.id.created_at()),
        }
    }
}

impl<'a> From<&'a Signed> for Webhook<'a> {
    fn from(signed: &'a Signed) -> Webhook<'a> {
        Webhook { secret: Some(&signed.secret), ..Webhook::from(&signed.webhook) }
    }
}

impl<'a> From<&'a webhook::Delivery> for Delivery<'a> {
    fn from(delivery: &'a webhook::Delivery) -> Delivery<'a> {
        // While the first try is under way, nothing has been tried yet.
        let tried = delivery.state != DeliveryState::Waiting || delivery.sent_at.is_some();
        Delivery {
            id: delivery.id,
            event_id: delivery.event_id,
            event: &delivery.name,
            about_id: delivery.about_id.as_deref(),
            status: delivery.state.name(),
            tries: if tried { delivery.tries() } else { 0 },
            created_at: time(delivery.id.created_at()),
            next_try_at: delivery.next_at.map(time),
            last_try_at: delivery.sent_at.map(time),
            answer_status: delivery.status,
            answer: delivery.answer.as_deref(),
            request: None,
        }
    }
}

impl<'a> From<&'a Opened> for Delivery<'a> {
    fn from(opened: &'a Opened) -> Delivery<'a> {
        Delivery { request: Some(&opened.body), ..Delivery::from(&opened.delivery) }
    }
}
