//! Reversals of a payout: ask for one, list them.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Token;
use super::error::ApiError;
use super::parameters::{Repeatable, Unchanged};
use super::posted::{KEY_LENGTH, Posted};
use super::query::{Parameters, named};
use super::wire::kinds;
use super::wire::reversal::{NewReversal, Reversal, input};
use crate::api::replay;
use crate::domain::staff::Operation;
use crate::service::Desk;
use crate::service::reversals::{self, PATIENCE};

/// List the reversals of a payout
#[utoipa::path(
    get,
    path = "/api/v1/payouts/{id}/reversals",
    tag = "Reversals",
    operation_id = "list_reversals",
    params(("id" = kinds::PayoutId, Path, description = "The payout.")),
    responses(
        (status = 200, description = "All reversals of the payout, oldest first.", body = [Reversal]),
    ),
    security(("wallet_token" = ["READ"])),
)]
pub async fn index(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::ReadPayouts, &id, "Payout").await?;
    Parameters::of(&request)?.none_but(&[])?;
    let found = reversals::of_payout(&desk, &caller, id).await?;
    let list: Vec<Reversal> = found.iter().map(Reversal::from).collect();
    Ok(HttpResponse::Ok().json(list))
}

/// Reverse a payout, or a part of it
///
/// For a `completed` payout, in its destination currency, as often as something is left. Waits a little for the provider’s answer. Fees stay paid. Members that are not named here are refused.
#[utoipa::path(
    post,
    path = "/api/v1/payouts/{id}/reversals",
    tag = "Reversals",
    operation_id = "create_reversal",
    params(("id" = kinds::PayoutId, Path, description = "The payout."), Repeatable, Unchanged),
    request_body = NewReversal,
    responses(
        (status = 201, description = "The reversal: `completed`, `failed`, or `pending` while the provider has not answered.", body = Reversal),
    ),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn create(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::ReversePayout, &id, "Payout").await?;
    posted.no_parameters()?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    let input = input(posted.members()?)?;
    let answered = reversals::reverse(&desk, &caller, id, &input, version, key.as_deref(), PATIENCE).await?;
    Ok(replay(StatusCode::CREATED, answered.replayed).json(Reversal::from(&answered.value)))
}
