//! Reversals of a payout: ask for one, list them.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Token;
use super::error::ApiError;
use super::payouts::{payout_id, replay};
use super::posted::{KEY_LENGTH, Posted};
use super::query::Parameters;
use super::wire::reversal::{Reversal, input};
use crate::domain::staff::Operation;
use crate::service::Desk;
use crate::service::reversals::{self, PATIENCE};

/// GET /api/v1/payouts/{id}/reversals
pub async fn index(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = payout_id(&desk, &caller, Operation::ReadPayouts, &id).await?;
    Parameters::of(&request)?.none_but(&[])?;
    let found = reversals::of_payout(&desk, &caller, id).await?;
    let list: Vec<Reversal> = found.iter().map(Reversal::from).collect();
    Ok(HttpResponse::Ok().json(list))
}

/// POST /api/v1/payouts/{id}/reversals
///
/// Waits a little for the provider's answer; a reversal without one is answered as pending.
pub async fn create(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = payout_id(&desk, &caller, Operation::ReversePayout, &id).await?;
    posted.no_parameters()?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    let input = input(posted.members()?)?;
    let answered = reversals::reverse(&desk, &caller, id, &input, version, key.as_deref(), PATIENCE).await?;
    Ok(replay(StatusCode::CREATED, &answered).json(Reversal::from(&answered.value)))
}
