//! Webhooks: where this client is told of changes.

mod words;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Token;
use super::error::ApiError;
use super::parameters::{DeliveryFilter, Repeatable};
use super::posted::{KEY_LENGTH, Posted};
use super::query::{Parameters, named};
use super::wire::webhook::{ChangedWebhook, Delivery, NewSecret, NewWebhook as Wanted, Webhook};
use super::wire::{Nothing, kinds};
use crate::api::replay as replaying;
use crate::domain::caller::Caller;
use crate::domain::dialect::Dialect;
use crate::domain::ids::DeliveryId;
use crate::domain::staff::Operation;
use crate::domain::webhook::DeliveryState;
use crate::error::Error;
use crate::service::webhooks::deliveries::{self, Query};
use crate::service::webhooks::{self as service, NewWebhook, WebhookChange, Which};
use crate::service::{Desk, permit};
pub use words::Words;

/// One second in microseconds.
const SECOND: i64 = 1_000_000;

/// List webhooks
#[utoipa::path(
    get,
    path = "/api/v1/webhooks",
    tag = "Webhooks",
    operation_id = "list_webhooks",
    responses((status = 200, description = "All webhooks of the client.", body = [Webhook])),
    security(("wallet_token" = ["READ"])),
)]
pub async fn index(
    Token(caller): Token,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadWebhooks).await?;
    Parameters::of(&request)?.none_but(&[])?;
    let found = service::list(&desk, &caller, Some(Dialect::Wallet)).await?;
    Ok(HttpResponse::Ok().json(found.iter().map(Webhook::from).collect::<Vec<_>>()))
}

/// Make a webhook
///
/// The secret is in this answer and can be replaced, but not read again; a repeat with the same Idempotency-Key is answered with the same webhook and the secret that signs for it now. Without `events`, it is told everything.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks",
    tag = "Webhooks",
    operation_id = "create_webhook",
    params(Repeatable),
    request_body = Wanted,
    responses((status = 201, description = "The webhook with its secret.", body = Webhook)),
    security(("wallet_token" = ["WRITE"])),
)]
pub async fn create(Token(caller): Token, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ManageWebhooks).await?;
    posted.no_parameters()?;
    let key = posted.key(KEY_LENGTH)?;
    let mut members = posted.members()?;
    let new = NewWebhook { client: None, url: members.text("url"), events: members.texts("events") };
    members.nothing_else()?;
    let made = service::create_once(&desk, &caller, Dialect::Wallet, &new, key.as_deref()).await?;
    Ok(replaying(StatusCode::CREATED, made.replayed).json(Webhook::from(&made.value)))
}

/// Show a webhook
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{id}",
    tag = "Webhooks",
    operation_id = "get_webhook",
    params(("id" = kinds::WebhookId, Path, description = "The webhook.")),
    responses((status = 200, description = "The webhook, without its secret.", body = Webhook)),
    security(("wallet_token" = ["READ"])),
)]
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let which = which(&desk, &caller, Operation::ReadWebhooks, &id).await?;
    Parameters::of(&request)?.none_but(&[])?;
    let webhook = service::get(&desk, &caller, which).await?;
    Ok(HttpResponse::Ok().json(Webhook::from(&webhook)))
}

/// Change a webhook
///
/// What is left out stays as it is.
#[utoipa::path(
    patch,
    path = "/api/v1/webhooks/{id}",
    tag = "Webhooks",
    operation_id = "change_webhook",
    params(("id" = kinds::WebhookId, Path, description = "The webhook.")),
    request_body = ChangedWebhook,
    responses((status = 200, description = "The webhook as it is now.", body = Webhook)),
    security(("wallet_token" = ["WRITE"])),
)]
pub async fn update(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let which = which(&desk, &caller, Operation::ManageWebhooks, &id).await?;
    posted.no_parameters()?;
    let mut members = posted.members()?;
    let (url, events, status) = (members.text("url"), members.texts("events"), members.text("status"));
    members.nothing_else()?;
    let on = match status.as_deref() {
        Some("active") => Some(true),
        Some("off") => Some(false),
        Some(_) => return Err(ApiError::member("status", "must be active or off")),
        None => None,
    };
    let webhook = service::update(&desk, &caller, which, &WebhookChange { url, events, on }).await?;
    Ok(HttpResponse::Ok().json(Webhook::from(&webhook)))
}

/// Delete a webhook
#[utoipa::path(
    delete,
    path = "/api/v1/webhooks/{id}",
    tag = "Webhooks",
    operation_id = "delete_webhook",
    params(("id" = kinds::WebhookId, Path, description = "The webhook.")),
    responses((status = 204, description = "It is deleted; nothing more is sent.")),
    security(("wallet_token" = ["WRITE"])),
)]
pub async fn remove(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let which = which(&desk, &caller, Operation::ManageWebhooks, &id).await?;
    Parameters::of(&request)?.none_but(&[])?;
    service::delete(&desk, &caller, which).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Replace the secret of a webhook
///
/// The one before ends at once, or stays good beside the new one for `overlap_seconds`.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{id}/secrets",
    tag = "Webhooks",
    operation_id = "rotate_webhook_secret",
    params(("id" = kinds::WebhookId, Path, description = "The webhook.")),
    request_body = NewSecret,
    responses((status = 201, description = "The webhook with its new secret.", body = Webhook)),
    security(("wallet_token" = ["WRITE"])),
)]
pub async fn rotate(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let which = which(&desk, &caller, Operation::ManageWebhooks, &id).await?;
    posted.no_parameters()?;
    let mut members = posted.members()?;
    let overlap = members.number("overlap_seconds");
    members.nothing_else()?;
    let seconds: i64 = match overlap {
        None => 0,
        Some(text) => text.parse().map_err(|_| ApiError::member("overlap_seconds", "must be whole seconds"))?,
    };
    let rotated = service::rotate(&desk, &caller, which, seconds.saturating_mul(SECOND), None).await;
    let signed = rotated.map_err(|error| match error {
        Error::Validation(_) => ApiError::member("overlap_seconds", "must be from 0 to 604800"),
        error => error.into(),
    })?;
    Ok(HttpResponse::Created().json(Webhook::from(&signed)))
}

/// Send a test
///
/// A body is not needed.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{id}/tests",
    tag = "Webhooks",
    operation_id = "test_webhook",
    params(("id" = kinds::WebhookId, Path, description = "The webhook.")),
    request_body = Nothing,
    responses((status = 202, description = "The test is on its way.", body = Delivery)),
    security(("wallet_token" = ["WRITE"])),
)]
pub async fn test(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let which = which(&desk, &caller, Operation::ManageWebhooks, &id).await?;
    posted.nothing()?;
    let queued = deliveries::test(&desk, &caller, which).await?;
    Ok(HttpResponse::build(StatusCode::ACCEPTED).json(Delivery::from(&queued)))
}

/// List what a webhook was sent
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{id}/deliveries",
    tag = "Webhooks",
    operation_id = "list_deliveries",
    params(("id" = kinds::WebhookId, Path, description = "The webhook."), DeliveryFilter),
    responses((status = 200, description = "Deliveries, newest first, without their bodies.", body = [Delivery])),
    security(("wallet_token" = ["READ"])),
)]
pub async fn log(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let which = which(&desk, &caller, Operation::ReadWebhooks, &id).await?;
    let parameters = Parameters::of(&request)?;
    parameters.none_but(&["status", "before", "limit"])?;
    let status = parameters.word("status", &["waiting", "delivered", "failed"])?;
    let (before, limit) = (parameters.before("a delivery")?, parameters.limit()?);
    let query = Query { state: status.and_then(DeliveryState::from_name), before, limit: limit.into() };
    let (_, found) = deliveries::list(&desk, &caller, which, &query).await?;
    Ok(HttpResponse::Ok().json(found.iter().map(Delivery::from).collect::<Vec<_>>()))
}

/// Show what was sent
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{id}/deliveries/{delivery}",
    tag = "Webhooks",
    operation_id = "get_delivery",
    params(("id" = kinds::WebhookId, Path, description = "The webhook."), ("delivery" = kinds::DeliveryId, Path, description = "The delivery.")),
    responses((status = 200, description = "The delivery with the body of its request.", body = Delivery)),
    security(("wallet_token" = ["READ"])),
)]
pub async fn delivery(
    Token(caller): Token,
    desk: web::Data<Desk>,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let which = which(&desk, &caller, Operation::ReadWebhooks, &path.0).await?;
    Parameters::of(&request)?.none_but(&[])?;
    let (_, opened) = deliveries::get(&desk, &caller, which, delivery_id(&path.1)?).await?;
    Ok(HttpResponse::Ok().json(Delivery::from(&opened)))
}

/// Send it again
///
/// With the same `webhook-id`, so receivers know it. A body is not needed.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{id}/deliveries/{delivery}/replays",
    tag = "Webhooks",
    operation_id = "replay_delivery",
    params(("id" = kinds::WebhookId, Path, description = "The webhook."), ("delivery" = kinds::DeliveryId, Path, description = "The delivery.")),
    request_body = Nothing,
    responses((status = 202, description = "It is on its way again.", body = Delivery)),
    security(("wallet_token" = ["WRITE"])),
)]
pub async fn replay(
    Token(caller): Token,
    desk: web::Data<Desk>,
    path: web::Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let which = which(&desk, &caller, Operation::ManageWebhooks, &path.0).await?;
    posted.nothing()?;
    let replayed = deliveries::replay(&desk, &caller, which, delivery_id(&path.1)?).await?;
    Ok(HttpResponse::build(StatusCode::ACCEPTED).json(Delivery::from(&replayed)))
}

/// The webhook in the address, once the caller may do this to webhooks at all.
async fn which(desk: &Desk, caller: &Caller, operation: Operation, text: &str) -> Result<Which, ApiError> {
    Ok(Which::of(Dialect::Wallet, named(desk, caller, operation, text, "Webhook").await?))
}

fn delivery_id(text: &str) -> Result<DeliveryId, ApiError> {
    text.parse().map_err(|_| Error::NotFound("Delivery").into())
}
