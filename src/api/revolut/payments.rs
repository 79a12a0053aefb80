//! Payments to counterparties.

use actix_web::{HttpResponse, web};

use super::auth::Token;
use super::body::{Body, Posted};
use super::error::ApiError;
use super::transfers::{reference, repeated};
use super::wire::kinds::REQUEST_ID;
use super::wire::payment::NewPayment;
use super::wire::transaction::{Made, Transaction};
use crate::domain::charge_bearer::ChargeBearer;
use crate::domain::ids::{AccountId, PayeeId};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::payments::{self, Payment};
use crate::service::{Desk, permit};

/// Pay a counterparty
///
/// With too little money the payment is made and `declined`. A `request_id` makes one payment or transfer in two weeks: a repeat is refused, whatever its body. Members that are not named here are ignored, and the body is JSON whatever `Content-Type` says.
#[utoipa::path(
    post,
    path = "/api/1.0/pay",
    tag = "Payments",
    operation_id = "pay",
    request_body = NewPayment,
    responses((status = 200, description = "The transaction: `pending`, `created` while it waits for approval, `completed` at once to another Revolut account.", body = Made)),
    security(("revolut_token" = ["READ", "PAY"])),
)]
pub async fn create(Token(caller): Token, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::MakePayout).await?;
    let body = posted.body()?;
    let request_id = body.required("request_id", REQUEST_ID)?;
    // A retry gets the same answer also when whom it paid is gone, or its body has become wrong since.
    if payments::is_made(&desk, &caller, &request_id).await? {
        return Err(ApiError::duplicate(&request_id));
    }
    let asked = read(&body, &request_id)?;
    let payee = asked.payee.hyphenated();
    let paid = payments::pay(&desk, &caller, asked).await.map_err(|error| match error {
        Error::NotFound("Beneficiary") => ApiError::no_such(format!("Counterparty not found {payee}")),
        Error::NotFound("Account") => ApiError::no_such(format!("Account not found for counterparty {payee}")),
        error => repeated(error, &request_id),
    })?;
    if paid.replayed {
        return Err(ApiError::duplicate(&request_id));
    }
    Ok(HttpResponse::Ok().json(Made::from(Transaction::of_payout(&paid.value))))
}

fn read(body: &Body, request_id: &str) -> Result<Payment, ApiError> {
    let wallet = body.required_id("account_id")?;
    let receiver = body.object("receiver", "receiver.")?.ok_or_else(|| body.missing("receiver"))?;
    let payee: PayeeId = receiver.required_id("counterparty_id")?;
    let account: Option<AccountId> = receiver.id("account_id")?;
    if let Some(card) = receiver.text("card_id")? {
        if account.is_some() {
            return Err(receiver.wrong("card_id", &card));
        }
        // No card is ever kept here, so no counterparty has one.
        return Err(ApiError::no_such(format!("Card not found for counterparty {}", payee.hyphenated())));
    }
    let charge_bearer = match body.text("charge_bearer")? {
        Some(name) => Some(ChargeBearer::from_name(&name).ok_or_else(|| body.wrong("charge_bearer", &name))?),
        None => None,
    };
    Ok(Payment {
        request_id: request_id.to_owned(),
        wallet,
        payee,
        account,
        amount: body.money()?,
        reference: reference(body)?,
        charge_bearer,
        transfer_reason: body.optional("transfer_reason_code", 100)?,
        exchange_reason: body.optional("exchange_reason_code", 100)?,
    })
}
