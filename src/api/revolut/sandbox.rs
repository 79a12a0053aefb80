//! The sandbox: playing money that comes in, and how a payment ends.

use actix_web::{HttpResponse, web};

use super::auth::Token;
use super::body::Posted;
use super::error::ApiError;
use super::query::{path_id, path_uuid};
use super::wire::kinds;
use super::wire::link::Link;
use super::wire::payment::NewTopUp;
use super::wire::transaction::{Made, Transaction};
use crate::domain::staff::Operation;
use crate::domain::transfer::State;
use crate::error::Error;
use crate::service::simulations::{self, Ending};
use crate::service::{Desk, permit};

/// Play money that comes in
#[utoipa::path(
    post,
    path = "/api/1.0/sandbox/topup",
    tag = "Simulations",
    operation_id = "simulate_top_up",
    request_body = NewTopUp,
    responses((status = 200, description = "The transaction.", body = Made, example = json!(Made::completed()))),
    security(("revolut_token" = ["WRITE"])),
)]
pub async fn top_up(Token(caller): Token, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::Simulate).await?;
    let body = posted.body()?;
    let account = body.required_id("account_id")?;
    let amount = body.money()?;
    let reference = body.optional("reference", 140)?.unwrap_or_else(|| "Test Top-up".to_owned());
    let state = match body.text("state")?.as_deref() {
        None | Some("completed") => State::Completed,
        Some("pending") => State::Pending,
        Some("reverted") => State::Reverted,
        Some("failed") => State::Failed,
        Some(other) => return Err(body.wrong("state", other)),
    };
    let made = simulations::top_up(&desk, &caller, account, amount, reference, state).await;
    let made = made.map_err(|error| match error {
        Error::NotFound("Wallet") => ApiError::no_such("Account not found"),
        error => error.into(),
    })?;
    Ok(HttpResponse::Ok().json(Made::from(Transaction::of_transfer(&made))))
}

/// Play the recipient of a payout link
///
/// Only this desk has it; Revolut does not. The link is claimed for an account that nobody has. A body is not needed and not looked at.
#[utoipa::path(
    post,
    path = "/api/1.0/sandbox/payout-links/{id}/claim",
    tag = "Simulations",
    operation_id = "simulate_claim",
    params(("id" = kinds::PayoutLinkId, Path, description = "The payout link.")),
    responses((status = 200, description = "The payout link: `processing`, with its `transaction_id`.", body = Link)),
    security(("revolut_token" = ["WRITE"])),
)]
pub async fn claim(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::Simulate).await?;
    let claimed = simulations::claim(&desk, &caller, path_id(&id)?).await.map_err(|error| match error {
        Error::Refused(refusal) => ApiError::new(422, 3100, refusal.reason),
        error => error.into(),
    })?;
    Ok(HttpResponse::Ok().json(Link::of(&desk, &claimed)?))
}

/// Play the end of a transaction
///
/// The state that it gets is final. A body is not needed and not looked at.
#[utoipa::path(
    post,
    path = "/api/1.0/sandbox/transactions/{id}/{action}",
    tag = "Simulations",
    operation_id = "simulate_transaction",
    params(("id" = kinds::TransactionId, Path, description = "The transaction."), ("action" = inline(kinds::Simulation), Path, description = "How it ends: `revert` sends back what was paid.")),
    responses((status = 200, description = "The transaction.", body = Made, example = json!(Made::completed()))),
    security(("revolut_token" = ["WRITE"])),
)]
pub async fn end(
    Token(caller): Token,
    desk: web::Data<Desk>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::Simulate).await?;
    let (id, action) = path.into_inner();
    let ending = match action.as_str() {
        "complete" => Ending::Complete,
        "revert" => Ending::Revert,
        "decline" => Ending::Decline,
        "fail" => Ending::Fail,
        _ => return Err(ApiError::not_found()),
    };
    let ended = simulations::end(&desk, &caller, path_uuid(&id)?, ending).await?;
    Ok(HttpResponse::Ok().json(Made::from(Transaction::from(&ended))))
}
