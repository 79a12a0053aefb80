//! Fund accounts: make, find, switch off and on. They are never edited.

use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Key;
use super::error::RazorpayError;
use super::fund_account;
use super::parameters::{Owner, Window};
use super::posted::Posted;
use super::query::{CONTACT, FUND_ACCOUNT, Parameters, read_id};
use super::wire::fund_account::{Activity, FundAccount, NewFundAccount};
use super::wire::{FundAccounts, kinds};
use crate::domain::ids::AccountId;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::accounts::{self, AccountQuery};
use crate::service::{Desk, contacts, permit};

/// List fund accounts
///
/// Newest first, their numbers masked but for the last four characters.
#[utoipa::path(
    get,
    path = "/v1/fund_accounts",
    tag = "Fund accounts",
    operation_id = "list_fund_accounts",
    params(Window, Owner),
    responses(
        (status = 200, description = "The fund accounts that were asked for.", body = FundAccounts),
    ),
    security(("razorpay_key" = ["READ"])),
)]
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
    Ok(HttpResponse::Ok().json(FundAccounts::of(items)))
}

/// Make a fund account
///
/// If the contact has one with equal details, it is answered instead. Details cannot be changed later: make another one, and switch this one off. Members that are not named here are ignored.
#[utoipa::path(
    post,
    path = "/v1/fund_accounts",
    tag = "Fund accounts",
    operation_id = "create_fund_account",
    request_body = NewFundAccount,
    responses(
        (status = 200, description = "The fund account, or the one that has these details already.", body = FundAccount),
    ),
    security(("razorpay_key" = ["WRITE"])),
)]
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

/// Show a fund account
///
/// Its number is masked but for the last four characters, unless the key has READ_SENSITIVE.
#[utoipa::path(
    get,
    path = "/v1/fund_accounts/{id}",
    tag = "Fund accounts",
    operation_id = "get_fund_account",
    params(("id" = kinds::FundAccountId, Path, description = "The fund account.")),
    responses(
        (status = 200, description = "The fund account.", body = FundAccount),
    ),
    security(("razorpay_key" = ["READ"])),
)]
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

/// Switch a fund account off or on
#[utoipa::path(
    patch,
    path = "/v1/fund_accounts/{id}",
    tag = "Fund accounts",
    operation_id = "update_fund_account",
    params(("id" = kinds::FundAccountId, Path, description = "The fund account.")),
    request_body = Activity,
    responses(
        (status = 200, description = "The fund account as it is now.", body = FundAccount),
    ),
    security(("razorpay_key" = ["WRITE"])),
)]
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
