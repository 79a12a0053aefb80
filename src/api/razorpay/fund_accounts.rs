//! Fund accounts: make, find, switch off and on. They are never edited.

use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Key;
use super::error::RazorpayError;
use super::fund_account;
use super::posted::Posted;
use super::query::{CONTACT, FUND_ACCOUNT, Parameters, read_id};
use super::wire::Collection;
use super::wire::fund_account::FundAccount;
use crate::domain::ids::AccountId;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::accounts::{self, AccountQuery};
use crate::service::{Desk, contacts, permit};

/// GET /v1/fund_accounts
pub async fn index(
    Key(caller): Key,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ReadPayees).await?;
    let parameters = Parameters::of(&request)?;
    let window = parameters.window()?;
    let payee = parameters.id("contact_id", CONTACT)?;
    let query = AccountQuery { payee, from: window.from, to: window.to, ..AccountQuery::default() };
    let lines = accounts::skipped(&desk, &caller, &query, (window.skip, window.count)).await?;
    let mut items = Vec::with_capacity(lines.len());
    for line in &lines {
        items.push(FundAccount::of(line, &contacts::masked(&desk, &line.account)?));
    }
    Ok(HttpResponse::Ok().json(Collection::of(items)))
}

/// POST /v1/fund_accounts
pub async fn create(Key(caller): Key, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ChangePayees).await?;
    let body = posted.body()?;
    let payee = read_id(&body.required("contact_id", 40)?, CONTACT).map_err(|error| error.on("contact_id"))?;
    let given = fund_account::read(&body)?;
    let added = accounts::add(&desk, &caller, payee, &given.input(), None).await.map_err(|error| match error {
        Error::NotFound(_) => RazorpayError::input("The contact id provided does not exist.").on("contact_id"),
        error => error.into(),
    })?;
    // Whoever just sent the number may read it back.
    Ok(HttpResponse::Ok().json(FundAccount::of(&added.value, &given.identifiers())))
}

/// GET /v1/fund_accounts/{id}
pub async fn show(
    Key(caller): Key,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ReadPayees).await?;
    let line = accounts::get(&desk, &caller, read_id(&id, FUND_ACCOUNT)?).await?;
    let identifiers = contacts::shown(&desk, &caller, &line).await?;
    Ok(HttpResponse::Ok().json(FundAccount::of(&line, &identifiers)))
}

/// PATCH /v1/fund_accounts/{id}
pub async fn update(
    Key(caller): Key,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ChangePayees).await?;
    let id: AccountId = read_id(&id, FUND_ACCOUNT)?;
    let body = posted.body()?;
    if !body.has("active") {
        return Err(body.missing("active"));
    }
    let line = accounts::set_active(&desk, &caller, id, body.flag("active")?).await?;
    Ok(HttpResponse::Ok().json(FundAccount::of(&line, &contacts::masked(&desk, &line.account)?)))
}
