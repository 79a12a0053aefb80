//! Webhooks, version 2: `/api/2.0/webhooks`.

use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Token;
use super::body::{Body, Posted};
use super::error::ApiError;
use super::parameters::FailedFilter;
use super::query::{Parameters, path_id};
use super::wire::kinds;
use super::wire::webhook::{ChangedWebhook, FailedEvent, NewSecret, NewWebhook, Webhook};
use crate::domain::dialect::Dialect;
use crate::domain::period::period;
use crate::domain::staff::Operation;
use crate::error::{Error, FieldError};
use crate::service::webhooks::{self, NewWebhook as Wanted, WebhookChange, Which, deliveries};
use crate::service::{Desk, permit};

/// How far back failed events are told: 21 days, in microseconds.
const KEPT: i64 = 21 * 24 * 3_600 * 1_000_000;

/// List webhooks
#[utoipa::path(
    get,
    path = "/api/2.0/webhooks",
    tag = "Webhooks",
    operation_id = "list_webhooks",
    responses((status = 200, description = "All webhooks of the business, without their secrets.", body = [Webhook])),
    security(("revolut_token" = ["READ"])),
)]
pub async fn index(Token(caller): Token, desk: web::Data<Desk>) -> Result<HttpResponse, ApiError> {
    let found = webhooks::list(&desk, &caller, Some(Dialect::Revolut)).await?;
    let rows: Vec<Webhook> = found.iter().map(Webhook::of).collect();
    Ok(HttpResponse::Ok().json(rows))
}

/// Make a webhook
///
/// At most 10. What is sent is signed with `signing_secret`: `Revolut-Signature` is `v1=` and the HMAC-SHA256 of `v1.`, the `Revolut-Request-Timestamp`, a dot and the body.
#[utoipa::path(
    post,
    path = "/api/2.0/webhooks",
    tag = "Webhooks",
    operation_id = "create_webhook",
    request_body = NewWebhook,
    responses((status = 201, description = "The webhook with its secret.", body = Webhook)),
    security(("revolut_token" = ["WRITE"])),
)]
pub async fn create(Token(caller): Token, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ManageWebhooks).await?;
    let body = posted.body()?;
    let new = Wanted { client: None, url: Some(body.required("url", 2_000)?), events: body.texts("events")? };
    let made = webhooks::create(&desk, &caller, Dialect::Revolut, &new).await.map_err(|error| said(error, &body))?;
    Ok(HttpResponse::Created().json(Webhook::signed(&made)))
}

/// Show a webhook
#[utoipa::path(
    get,
    path = "/api/2.0/webhooks/{id}",
    tag = "Webhooks",
    operation_id = "get_webhook",
    params(("id" = kinds::WebhookId, Path, description = "The webhook.")),
    responses((status = 200, description = "The webhook with its secret.", body = Webhook)),
    security(("revolut_token" = ["READ"])),
)]
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadWebhooks).await?;
    let found = webhooks::signed(&desk, &caller, which(&id)?).await.map_err(unknown)?;
    Ok(HttpResponse::Ok().json(Webhook::signed(&found)))
}

/// Change a webhook
///
/// At least one of `url` and `events`; what is left out stays as it is.
#[utoipa::path(
    patch,
    path = "/api/2.0/webhooks/{id}",
    tag = "Webhooks",
    operation_id = "change_webhook",
    params(("id" = kinds::WebhookId, Path, description = "The webhook.")),
    request_body = ChangedWebhook,
    responses((status = 200, description = "The webhook as it is now, without its secret.", body = Webhook)),
    security(("revolut_token" = ["WRITE"])),
)]
pub async fn update(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ManageWebhooks).await?;
    let which = which(&id)?;
    let body = posted.body()?;
    let change = WebhookChange { url: body.text("url")?, events: body.texts("events")?, on: None };
    if change.url.is_none() && change.events.is_none() {
        return Err(nothing_to_change());
    }
    let changed = webhooks::update(&desk, &caller, which, &change).await.map_err(|error| said(error, &body))?;
    Ok(HttpResponse::Ok().json(Webhook::of(&changed)))
}

/// Delete a webhook
#[utoipa::path(
    delete,
    path = "/api/2.0/webhooks/{id}",
    tag = "Webhooks",
    operation_id = "delete_webhook",
    params(("id" = kinds::WebhookId, Path, description = "The webhook.")),
    responses((status = 204, description = "It is deleted; nothing more is sent.")),
    security(("revolut_token" = ["WRITE"])),
)]
pub async fn delete(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ManageWebhooks).await?;
    webhooks::delete(&desk, &caller, which(&id)?).await.map_err(unknown)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Replace the signing secret of a webhook
///
/// The one before ends at once, or stays good for `expiration_period`; requests are signed with all that are good. A body is not needed.
#[utoipa::path(
    post,
    path = "/api/2.0/webhooks/{id}/rotate-signing-secret",
    tag = "Webhooks",
    operation_id = "rotate_signing_secret",
    params(("id" = kinds::WebhookId, Path, description = "The webhook.")),
    request_body = NewSecret,
    responses((status = 200, description = "The webhook with its new secret.", body = Webhook)),
    security(("revolut_token" = ["WRITE"])),
)]
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
    let rotated = webhooks::rotate(&desk, &caller, which, overlap, None).await.map_err(|error| said(error, &body))?;
    Ok(HttpResponse::Ok().json(Webhook::signed(&rotated)))
}

/// List failed events
///
/// What the webhook did not take, newest first.
#[utoipa::path(
    get,
    path = "/api/2.0/webhooks/{id}/failed-events",
    tag = "Webhooks",
    operation_id = "list_failed_events",
    params(("id" = kinds::WebhookId, Path, description = "The webhook."), FailedFilter),
    responses((status = 200, description = "Failed events.", body = [FailedEvent])),
    security(("revolut_token" = ["READ"])),
)]
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
    let rows = found.iter().map(|opened| FailedEvent::of(&webhook, opened)).collect::<Result<Vec<_>, Error>>()?;
    Ok(HttpResponse::Ok().json(rows))
}

fn which(id: &str) -> Result<Which, ApiError> {
    Ok(Which::of(Dialect::Revolut, path_id(id)?))
}

/// Neither an address nor events.
pub fn nothing_to_change() -> ApiError {
    ApiError::new(400, 3000, "At least one of 'url' and 'events' must be given")
}

fn unknown(error: Error) -> ApiError {
    match error {
        Error::NotFound(_) => ApiError::no_webhook(),
        error => error.into(),
    }
}

/// The contract's codes for what a webhook cannot be.
fn said(error: Error, body: &Body) -> ApiError {
    match &error {
        Error::Validation(fields) if matches!(&fields[..], [FieldError { field: "overlap", .. }]) => {
            let given = body.text("expiration_period").ok().flatten().unwrap_or_default();
            body.wrong("expiration_period", &given)
        }
        _ => unknown(error),
    }
}
