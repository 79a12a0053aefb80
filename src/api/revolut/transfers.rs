//! Transfers between own accounts.

use actix_web::{HttpResponse, web};

use super::auth::Token;
use super::body::{Body, Posted};
use super::error::ApiError;
use super::wire::kinds::REQUEST_ID;
use super::wire::payment::NewTransfer;
use super::wire::transaction::{Made, Transaction};
use crate::domain::payout::Rule;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::transfers::{self, RequestedTransfer};
use crate::service::{Desk, permit};

/// How long a reference is at most; what is longer is cut.
const REFERENCE: usize = 140;

/// Move money between your accounts
///
/// At once, and in one currency. With too little money the transfer is made and `declined`. A `request_id` makes one payment or transfer in two weeks: a repeat is refused, whatever its body.
#[utoipa::path(
    post,
    path = "/api/1.0/transfer",
    tag = "Payments",
    operation_id = "transfer",
    request_body = NewTransfer,
    responses((status = 200, description = "The transaction.", body = Made, example = json!(Made::completed()))),
    security(("revolut_token" = ["READ", "PAY"])),
)]
pub async fn create(Token(caller): Token, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::MakeTransfer).await?;
    let body = posted.body()?;
    let request_id = body.required("request_id", REQUEST_ID)?;
    let (source, target) = (body.required_id("source_account_id")?, body.required_id("target_account_id")?);
    let amount = body.money()?;
    let asked =
        RequestedTransfer { request_id: request_id.clone(), source, target, amount, reference: reference(&body)? };
    let made = transfers::create(&desk, &caller, asked).await.map_err(|error| repeated(error, &request_id))?;
    if made.replayed {
        return Err(ApiError::duplicate(&request_id));
    }
    Ok(HttpResponse::Ok().json(Made::from(Transaction::of_transfer(&made.value))))
}

/// What is said of a payment or transfer, cut where it is too long; a blank says nothing.
pub fn reference(body: &Body) -> Result<Option<String>, ApiError> {
    let text = body.text("reference")?.filter(|text| !text.trim().is_empty());
    Ok(text.map(|text| text.chars().take(REFERENCE).collect()))
}

/// What a payment or transfer is refused with: its `request_id` was used for something else, or an account is not
/// there.
pub fn repeated(error: Error, request_id: &str) -> ApiError {
    match error {
        Error::NotFound("Wallet") => ApiError::no_such("Account not found"),
        Error::Refused(refusal) if matches!(refusal.rule, Rule::KeyReused | Rule::OutcomeLost) => {
            ApiError::duplicate(request_id)
        }
        error => error.into(),
    }
}
