//! Accounts, which are wallets.

use actix_web::{HttpResponse, web};

use super::auth::Token;
use super::error::ApiError;
use super::query::path_id;
use super::wire::account::Account;
use super::wire::kinds;
use crate::domain::staff::Operation;
use crate::service::{Desk, permit, wallets};

/// List accounts
#[utoipa::path(
    get,
    path = "/api/1.0/accounts",
    tag = "Accounts",
    operation_id = "list_accounts",
    responses((status = 200, description = "All accounts of the business.", body = [Account])),
    security(("revolut_token" = ["READ"])),
)]
pub async fn index(Token(caller): Token, desk: web::Data<Desk>) -> Result<HttpResponse, ApiError> {
    let wallets = wallets::own(&desk, &caller).await?;
    let accounts: Vec<Account> = wallets.iter().map(Account::from).collect();
    Ok(HttpResponse::Ok().json(accounts))
}

/// Show an account
#[utoipa::path(
    get,
    path = "/api/1.0/accounts/{id}",
    tag = "Accounts",
    operation_id = "get_account",
    params(("id" = kinds::AccountId, Path, description = "The account.")),
    responses((status = 200, description = "The account.", body = Account)),
    security(("revolut_token" = ["READ"])),
)]
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadWallets).await?;
    let wallet = wallets::by_id(&desk, &caller, path_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(Account::from(&wallet)))
}
