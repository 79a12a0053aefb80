//! The account of a wallet: what came in and went out, and what is left.

use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Key;
use super::error::RazorpayError;
use super::parameters::{Account, Window};
use super::query::{Parameters, TRANSACTION, read_id};
use super::wire::ledger::{Balance, Transaction};
use super::wire::{Transactions, kinds};
use crate::domain::staff::Operation;
use crate::service::{Desk, collections, permit};

/// List transactions
///
/// What came in and went out of one account, newest first.
#[utoipa::path(
    get,
    path = "/v1/transactions",
    tag = "Transactions and balance",
    operation_id = "list_transactions",
    params(Account, Window),
    responses(
        (status = 200, description = "The transactions that were asked for.", body = Transactions),
    ),
    security(("razorpay_key" = ["READ"])),
)]
pub async fn index(
    Key(caller): Key,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ReadWallets).await?;
    let parameters = Parameters::of(&request)?;
    let window = parameters.window()?;
    let lines = collections::transactions(&desk, &caller, parameters.account_number()?, window).await?;
    Ok(HttpResponse::Ok().json(Transactions::of(lines.iter().map(Transaction::of).collect())))
}

/// Show a transaction
#[utoipa::path(
    get,
    path = "/v1/transactions/{id}",
    tag = "Transactions and balance",
    operation_id = "get_transaction",
    params(("id" = kinds::TransactionId, Path, description = "The transaction.")),
    responses(
        (status = 200, description = "The transaction.", body = Transaction),
    ),
    security(("razorpay_key" = ["READ"])),
)]
pub async fn show(
    Key(caller): Key,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ReadWallets).await?;
    let line = collections::transaction(&desk, &caller, read_id(&id, TRANSACTION)?).await?;
    Ok(HttpResponse::Ok().json(Transaction::of(&line)))
}

/// Show the balance of an account
#[utoipa::path(
    get,
    path = "/v1/banking_balances",
    tag = "Transactions and balance",
    operation_id = "get_balance",
    params(Account),
    responses(
        (status = 200, description = "What the account has.", body = Balance),
    ),
    security(("razorpay_key" = ["READ"])),
)]
pub async fn balance(
    Key(caller): Key,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ReadWallets).await?;
    let parameters = Parameters::of(&request)?;
    let wallet = collections::balance(&desk, &caller, parameters.account_number()?).await?;
    Ok(HttpResponse::Ok().json(Balance::of(&wallet)))
}
