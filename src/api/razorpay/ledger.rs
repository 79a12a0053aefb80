//! The account of a wallet: what came in and went out, and what is left.

use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Key;
use super::error::RazorpayError;
use super::query::{Parameters, TRANSACTION, read_id};
use super::wire::Collection;
use super::wire::ledger::{Balance, Transaction};
use crate::domain::staff::Operation;
use crate::service::{Desk, collections, permit};

/// GET /v1/transactions
pub async fn index(
    Key(caller): Key,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ReadWallets).await?;
    let parameters = Parameters::of(&request)?;
    let window = parameters.window()?;
    let lines = collections::transactions(&desk, &caller, account_number(&parameters)?, window).await?;
    Ok(HttpResponse::Ok().json(Collection::of(lines.iter().map(Transaction::of).collect())))
}

/// GET /v1/transactions/{id}
pub async fn show(
    Key(caller): Key,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ReadWallets).await?;
    let line = collections::transaction(&desk, &caller, read_id(&id, TRANSACTION)?).await?;
    Ok(HttpResponse::Ok().json(Transaction::of(&line)))
}

/// GET /v1/banking_balances
pub async fn balance(
    Key(caller): Key,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ReadWallets).await?;
    let parameters = Parameters::of(&request)?;
    let wallet = collections::balance(&desk, &caller, account_number(&parameters)?).await?;
    Ok(HttpResponse::Ok().json(Balance::of(&wallet)))
}

fn account_number(parameters: &Parameters) -> Result<&str, RazorpayError> {
    parameters.text("account_number")?.ok_or_else(|| RazorpayError::required("account_number"))
}
