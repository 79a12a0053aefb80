//! Accounts, which are wallets.

use actix_web::{HttpResponse, web};

use super::auth::Token;
use super::error::ApiError;
use super::query::path_id;
use super::wire::account::Account;
use crate::domain::staff::Operation;
use crate::service::{Desk, permit, wallets};

/// GET /api/1.0/accounts
pub async fn index(Token(caller): Token, desk: web::Data<Desk>) -> Result<HttpResponse, ApiError> {
    let wallets = wallets::own(&desk, &caller).await?;
    let accounts: Vec<Account> = wallets.iter().map(Account::from).collect();
    Ok(HttpResponse::Ok().json(accounts))
}

/// GET /api/1.0/accounts/{id}
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadWallets).await?;
    let wallet = wallets::by_id(&desk, &caller, path_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(Account::from(&wallet)))
}
