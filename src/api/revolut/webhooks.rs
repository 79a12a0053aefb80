//! Webhooks, version 2: `/api/2.0/webhooks`.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::value::RawValue;

use super::auth::Token;
use super::body::{Body, Posted};
use super::error::ApiError;
use super::query::{Parameters, path_id};
use super::wire::time;
use crate::domain::dialect::Dialect;
use crate::domain::payout::Rule;
use crate::domain::period::period;
use crate::domain::staff::Operation;
use crate::domain::webhook::Webhook;
use crate::error::{Error, FieldError};
use crate::service::webhooks::{self, NewWebhook, Signed, WebhookChange, Which, deliveries};
use crate::service::{Desk, permit};

/// How far back failed events are told: 21 days, in microseconds.
const KEPT: i64 = 21 * 24 * 3_600 * 1_000_000;

#[derive(Debug, Serialize)]
struct View<'a> {
    id: String,
    url: &'a str,
    events: Vec<&'a str>,
    /// Only where the contract answers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct FailedEvent<'a> {
    id: String,
    created_at: String,
    updated_at: String,
    webhook_id: String,
    webhook_url: &'a str,
    payload: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sent_date: Option<String>,
}

/// GET /api/2.0/webhooks
pub async fn index(Token(caller): Token, desk: web::Data<Desk>) -> Result<HttpResponse, ApiError> {
    let found = webhooks::list(&desk, &caller, Some(Dialect::Revolut)).await?;
    let rows: Vec<View> = found.iter().map(|webhook| view(webhook, None)).collect();
    Ok(HttpResponse::Ok().json(rows))
}

/// POST /api/2.0/webhooks
pub async fn create(Token(caller): Token, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ManageWebhooks).await?;
    let body = posted.body()?;
    let new = NewWebhook { client: None, url: Some(body.required("url", 2_000)?), events: body.texts("events")? };
    let made = webhooks::create(&desk, &caller, Dialect::Revolut, &new).await.map_err(|error| said(error, &body))?;
    Ok(HttpResponse::Created().json(signed(&made)))
}

/// GET /api/2.0/webhooks/{id}
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadWebhooks).await?;
    let found = webhooks::signed(&desk, &caller, which(&id)?).await.map_err(unknown)?;
    Ok(HttpResponse::Ok().json(signed(&found)))
}

/// PATCH /api/2.0/webhooks/{id}
pub async fn update(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ManageWebhooks).await?;
    let which = which(&id)?;
    let body = posted.body()?;
    let change = WebhookChange { url: body.text("url")?, events: body.texts("events")? };
    if change.url.is_none() && change.events.is_none() {
        return Err(ApiError::new(400, 3000, "At least one of 'url' and 'events' must be given"));
    }
    let changed = webhooks::update(&desk, &caller, which, &change).await.map_err(|error| said(error, &body))?;
    Ok(HttpResponse::Ok().json(view(&changed, None)))
}

/// DELETE /api/2.0/webhooks/{id}
pub async fn delete(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ManageWebhooks).await?;
    webhooks::delete(&desk, &caller, which(&id)?).await.map_err(unknown)?;
    Ok(HttpResponse::NoContent().finish())
}

/// POST /api/2.0/webhooks/{id}/rotate-signing-secret
pub async fn rotate(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ManageWebhooks).await?;
    let which = which(&id)?;
    let body = posted.body()?;
    let overlap = match body.text("expiration_period")? {
        Some(text) => period(&text).ok_or_else(|| body.wrong("expiration_period", &text))?,
        None => 0,
    };
    let rotated = webhooks::rotate(&desk, &caller, which, overlap).await.map_err(|error| said(error, &body))?;
    Ok(HttpResponse::Ok().json(signed(&rotated)))
}

/// GET /api/2.0/webhooks/{id}/failed-events
pub async fn failed_events(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadWebhooks).await?;
    let which = which(&id)?;
    let parameters = Parameters::of(&request)?;
    let before = parameters.time("created_before")?;
    if before.is_some_and(|before| before < desk.clock.now() - KEPT) {
        return Err(ApiError::parameter("Parameter created_before must be at most 21 days ago"));
    }
    let limit = parameters.limit("limit")?;
    let (webhook, found) = deliveries::failed(&desk, &caller, which, before, limit).await.map_err(unknown)?;
    let row = |opened: &deliveries::Opened| {
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
    };
    let rows = found.iter().map(row).collect::<Result<Vec<_>, Error>>()?;
    Ok(HttpResponse::Ok().json(rows))
}

fn which(id: &str) -> Result<Which, ApiError> {
    Ok(Which::of(Dialect::Revolut, path_id(id)?))
}

fn view<'a>(webhook: &'a Webhook, signing_secret: Option<&'a str>) -> View<'a> {
    View { id: webhook.id.hyphenated(), url: &webhook.url, events: webhook.names().collect(), signing_secret }
}

fn signed(signed: &Signed) -> View<'_> {
    view(&signed.webhook, Some(&signed.secret))
}

fn unknown(error: Error) -> ApiError {
    match error {
        Error::NotFound(_) => ApiError::new(404, 3040, "Webhook not found"),
        error => error.into(),
    }
}

/// The contract's codes for what a webhook cannot be.
fn said(error: Error, body: &Body) -> ApiError {
    match &error {
        Error::Refused(refusal) if refusal.rule == Rule::WebhookLimit => {
            ApiError::new(422, 3352, refusal.reason.clone())
        }
        Error::Refused(refusal) if refusal.rule == Rule::SecretLimit => {
            ApiError::new(422, 3355, refusal.reason.clone())
        }
        Error::Validation(fields) if matches!(&fields[..], [FieldError { field: "overlap", .. }]) => {
            let given = body.text("expiration_period").ok().flatten().unwrap_or_default();
            body.wrong("expiration_period", &given)
        }
        _ => unknown(error),
    }
}
