//! What became of the questions to stop a payout that a provider has.

use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Token;
use super::error::ApiError;
use super::query::{Parameters, named};
use super::wire::kinds;
use super::wire::payout::CancellationRecord;
use crate::domain::ids::{CancellationId, PayoutId};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::{Desk, cancellations};

/// List the cancellations of a payout
///
/// The questions to the provider to stop it, each with what became of it.
#[utoipa::path(
    get,
    path = "/api/v1/payouts/{id}/cancellations",
    tag = "Payouts",
    operation_id = "list_cancellations",
    params(("id" = kinds::PayoutId, Path, description = "The payout.")),
    responses(
        (status = 200, description = "The newest 100 cancellations of the payout, newest first.", body = [CancellationRecord]),
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
    let found = cancellations::of_payout(&desk, &caller, id).await?;
    let list: Vec<CancellationRecord> = found.iter().map(CancellationRecord::from).collect();
    Ok(HttpResponse::Ok().json(list))
}

/// Retrieve a cancellation
///
/// Whether the provider stopped the payout, refused to, or has not answered yet. Only `confirmed` gave the money back.
#[utoipa::path(
    get,
    path = "/api/v1/payouts/{id}/cancellations/{cancellation_id}",
    tag = "Payouts",
    operation_id = "retrieve_cancellation",
    params(
        ("id" = kinds::PayoutId, Path, description = "The payout."),
        ("cancellation_id" = kinds::CancellationId, Path, description = "The cancellation."),
    ),
    responses(
        (status = 200, description = "The cancellation as it stands.", body = CancellationRecord),
    ),
    security(("wallet_token" = ["READ"])),
)]
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    ids: web::Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let payout: PayoutId = named(&desk, &caller, Operation::ReadPayouts, &ids.0, "Payout").await?;
    Parameters::of(&request)?.none_but(&[])?;
    let id: CancellationId = ids.1.parse().map_err(|_| Error::NotFound("Cancellation"))?;
    let found = cancellations::get(&desk, &caller, payout, id).await?;
    Ok(HttpResponse::Ok().json(CancellationRecord::from(&found)))
}
