//! Webhooks as JSON, and what makes and changes them.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::kinds::{EventId, EventName, Period, SigningSecret, Time, WebhookId};
use super::{samples, time};
use crate::domain::webhook;
use crate::error::Error;
use crate::service::webhooks::Signed;
use crate::service::webhooks::deliveries::Opened;

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct Webhook<'a> {
    #[schema(value_type = WebhookId)]
    id: String,
    url: &'a str,
    #[schema(value_type = Vec<EventName>)]
    events: Vec<&'a str>,
    /// Only where a webhook is made, shown alone, or gets a new one.
    #[schema(value_type = SigningSecret, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<&'a str>,
}

/// What could not be told to a webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailedEvent<'a> {
    #[schema(value_type = EventId)]
    id: String,
    #[schema(value_type = Time)]
    created_at: String,
    #[schema(value_type = Time)]
    updated_at: String,
    #[schema(value_type = WebhookId)]
    webhook_id: String,
    webhook_url: &'a str,
    /// The body of the request: `event`, `timestamp` and `data`.
    #[schema(value_type = Object)]
    payload: Box<RawValue>,
    /// Left out if it was never sent.
    #[schema(value_type = Time, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sent_date: Option<String>,
}

/// A webhook to make.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewWebhook {
    /// Where it is sent: https.
    #[schema(min_length = 1, max_length = 2_000)]
    url: &'static str,
    /// Left out, `TransactionCreated` and `TransactionStateChanged`.
    #[schema(value_type = Option<Vec<EventName>>, min_items = 1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<&'static str>>,
}

/// What changes about a webhook: at least one of the two.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookChange)]
pub struct ChangedWebhook {
    /// Where it is sent: https.
    #[schema(min_length = 1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'static str>,
    #[schema(value_type = Option<Vec<EventName>>, min_items = 1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<&'static str>>,
}

/// How a signing secret is replaced.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewSigningSecret)]
pub struct NewSecret {
    /// How long the one before stays good, up to `P7D`; left out, it ends at once.
    #[schema(value_type = Option<Period>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_period: Option<&'static str>,
}

impl<'a> Webhook<'a> {
    pub fn of(webhook: &'a webhook::Webhook) -> Webhook<'a> {
        Webhook {
            id: webhook.id.hyphenated(),
            url: &webhook.url,
            events: webhook.names().collect(),
            signing_secret: None,
        }
    }

    /// With its secret.
    pub fn signed(signed: &'a Signed) -> Webhook<'a> {
        Webhook { signing_secret: Some(&signed.secret), ..Webhook::of(&signed.webhook) }
    }
}

impl<'a> FailedEvent<'a> {
    /// Errors: what was sent is no JSON.
    pub fn of(webhook: &'a webhook::Webhook, opened: &Opened) -> Result<FailedEvent<'a>, Error> {
        let delivery = &opened.delivery;
        let created_at = delivery.id.created_at();
        Ok(FailedEvent {
            id: delivery.event_id.hyphenated(),
            created_at: time(created_at),
            updated_at: time(delivery.sent_at.unwrap_or(created_at)),
            webhook_id: webhook.id.hyphenated(),
            webhook_url: &webhook.url,
            payload: RawValue::from_string(opened.body.clone()).map_err(|_| Error::Internal)?,
            last_sent_date: delivery.sent_at.map(time),
        })
    }
}

impl NewWebhook {
    pub fn example() -> NewWebhook {
        let events = vec!["PayoutLinkCreated", "PayoutLinkStateChanged"];
        NewWebhook { url: "https://hooks.example.com/revolut", events: Some(events) }
    }
}

impl ChangedWebhook {
    pub fn example() -> ChangedWebhook {
        ChangedWebhook { url: Some("https://hooks.example.com/money"), events: None }
    }
}

impl NewSecret {
    pub fn example() -> NewSecret {
        NewSecret { expiration_period: Some("P1D") }
    }
}

impl Webhook<'static> {
    pub fn example() -> Webhook<'static> {
        Webhook {
            id: samples::WEBHOOK.into(),
            url: "https://hooks.example.com/revolut",
            events: vec!["PayoutLinkCreated", "PayoutLinkStateChanged"],
            signing_secret: Some("wsk_0c8d2f6e4b1a93750f7e6d5c4b3a2918"),
        }
    }
}

impl FailedEvent<'static> {
    pub fn example() -> FailedEvent<'static> {
        let payload = concat!(
            r#"{"data":{"id":"12dcd8c2-6408-458f-98a9-3f4abc180898","new_state":"cancelled","old_state":"active","#,
            r#""request_id":"rent-2026-01"},"event":"PayoutLinkStateChanged","timestamp":"2026-01-12T09:00:00.000000Z"}"#
        );
        FailedEvent {
            id: samples::EVENT.into(),
            created_at: "2026-01-12T09:00:00.000000Z".into(),
            updated_at: "2026-01-12T09:30:02.771940Z".into(),
            webhook_id: samples::WEBHOOK.into(),
            webhook_url: "https://hooks.example.com/revolut",
            payload: RawValue::from_string(payload.to_owned()).expect("the example of the contract"),
            last_sent_date: Some("2026-01-12T09:30:02.771940Z".into()),
        }
    }
}
