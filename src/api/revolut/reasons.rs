//! The reasons that some countries ask for.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::Token;
use super::error::ApiError;
use super::wire::kinds::{CountryCode, CurrencyCode};
use crate::domain::reasons::{PLACES, REASONS};
use crate::domain::staff::Operation;
use crate::service::{Desk, permit};

/// A reason that goes with payments to this country in this currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TransferReason)]
pub struct Reason {
    #[schema(value_type = CountryCode)]
    country: &'static str,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    /// What payments send as `transfer_reason_code`.
    code: &'static str,
    description: &'static str,
}

impl Reason {
    /// The example of the contract.
    pub fn example() -> Reason {
        Reason { country: "IN", currency: "INR", code: "advertising", description: "Advertising" }
    }
}

/// List transfer reasons
///
/// The countries and currencies that need a `transfer_reason_code`, with its codes.
#[utoipa::path(
    get,
    path = "/api/1.0/transfer-reasons",
    tag = "Transfer reasons",
    operation_id = "list_transfer_reasons",
    responses((status = 200, description = "Every code for every country.", body = [Reason])),
    security(("revolut_token" = ["READ"])),
)]
pub async fn index(Token(caller): Token, desk: web::Data<Desk>) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadWallets).await?;
    let reasons: Vec<Reason> = PLACES
        .iter()
        .flat_map(|(country, currency)| {
            let of = |(code, description)| Reason { country, currency: currency.code(), code, description };
            REASONS.into_iter().map(of)
        })
        .collect();
    Ok(HttpResponse::Ok().json(reasons))
}
