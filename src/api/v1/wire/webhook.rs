//! A webhook and what it was sent as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use super::kinds::{self, DeliveryStatus, EventName, NumberGiven, Time, WebhookStatus};
use super::{sample, time};
use crate::domain::ids::{DeliveryId, EventId, WebhookId};
use crate::domain::webhook::{self, DeliveryState, State};
use crate::service::webhooks::Signed;
use crate::service::webhooks::deliveries::Opened;

/// A webhook. Its secret is told only when it is new.
#[derive(Debug, Serialize, ToSchema)]
pub struct Webhook<'a> {
    #[schema(value_type = kinds::WebhookId)]
    id: WebhookId,
    url: &'a str,
    #[schema(value_type = Vec<EventName>)]
    events: Vec<&'a str>,
    #[schema(value_type = WebhookStatus)]
    status: &'static str,
    /// Why it is off.
    off_reason: Option<&'a str>,
    /// Signs requests from now on: `whsec_` and the key in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<&'a str>,
    #[schema(value_type = Time)]
    created_at: String,
}

/// An event on its way to a webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct Delivery<'a> {
    #[schema(value_type = kinds::DeliveryId)]
    id: DeliveryId,
    /// What the request calls `webhook-id`.
    #[schema(value_type = kinds::EventId)]
    event_id: EventId,
    event: &'a str,
    /// The payout, payout link or reversal; null for a test.
    about_id: Option<&'a str>,
    #[schema(value_type = DeliveryStatus)]
    status: &'static str,
    /// Tries of the present round.
    tries: i64,
    #[schema(value_type = Time)]
    created_at: String,
    #[schema(value_type = Option<Time>)]
    next_try_at: Option<String>,
    #[schema(value_type = Option<Time>)]
    last_try_at: Option<String>,
    /// The HTTP status of the last answer, null when there was none, and its beginning.
    answer_status: Option<i64>,
    answer: Option<&'a str>,
    /// The body of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    request: Option<&'a str>,
}

/// A webhook to make, for the description.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where it is sent: https.
    url: &'static str,
    /// Left out, all of them.
    #[schema(value_type = Option<Vec<EventName>>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<&'static str>>,
}

/// What changes about a webhook, for the description.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookChange)]
#[serde(deny_unknown_fields)]
pub struct ChangedWebhook {
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'static str>,
    #[schema(value_type = Option<Vec<EventName>>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<&'static str>>,
    #[schema(value_type = Option<WebhookStatus>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
}

/// How a secret is replaced, for the description.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewWebhookSecret)]
#[serde(deny_unknown_fields)]
pub struct NewSecret {
    /// How long the one before stays good, up to 604800; left out, it ends at once.
    #[schema(value_type = Option<NumberGiven>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    overlap_seconds: Option<i64>,
}

impl NewWebhook {
    pub fn example() -> NewWebhook {
        let events = vec!["payout.completed", "payout.failed"];
        NewWebhook { url: "https://hooks.example.com/paydesk", events: Some(events) }
    }
}

impl ChangedWebhook {
    pub fn example() -> ChangedWebhook {
        ChangedWebhook { url: None, events: None, status: Some("off") }
    }
}

impl NewSecret {
    pub fn example() -> NewSecret {
        NewSecret { overlap_seconds: Some(3_600) }
    }
}

impl Webhook<'static> {
    pub fn example() -> Webhook<'static> {
        Webhook {
            id: sample("whk_01kf0qxa00e2n9k3v8m4t6w7yz"),
            url: "https://hooks.example.com/paydesk",
            events: vec!["payout.completed", "payout.failed"],
            status: "active",
            off_reason: None,
            secret: Some("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
            created_at: "2026-01-15T10:30:00Z".into(),
        }
    }
}

impl Delivery<'static> {
    pub fn example() -> Delivery<'static> {
        Delivery {
            id: sample("dlv_01kf0qxa00e2n9k3v8m4t6w7yz"),
            event_id: sample("evt_01kf0qxa00e2n9k3v8m4t6w7yz"),
            event: "payout.completed",
            about_id: Some("pyt_01kf0qxa00e2n9k3v8m4t6w7yz"),
            status: "delivered",
            tries: 1,
            created_at: "2026-01-15T10:32:00Z".into(),
            next_try_at: None,
            last_try_at: Some("2026-01-15T10:32:01Z".into()),
            answer_status: Some(204),
            answer: None,
            request: None,
        }
    }
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
