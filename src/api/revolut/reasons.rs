//! The reasons that some countries ask for.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::auth::Token;
use super::error::ApiError;
use crate::domain::reasons::{PLACES, REASONS};
use crate::domain::staff::Operation;
use crate::service::{Desk, permit};

#[derive(Debug, Serialize)]
struct Reason {
    country: &'static str,
    currency: &'static str,
    code: &'static str,
    description: &'static str,
}

/// GET /api/1.0/transfer-reasons
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
