//! Beneficiaries, which pages call payees: save, find, delete.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Token;
use super::error::ApiError;
use super::parameters::{Paging, Repeatable, Sorting};
use super::posted::{KEY_LENGTH, Posted};
use super::query::{Parameters, named};
use super::wire::beneficiary::{AccountView, Beneficiary, NewBeneficiary, input};
use super::wire::kinds;
use crate::api::replay;
use crate::domain::staff::Operation;
use crate::service::payouts::PayeeFields;
use crate::service::wallets::Numbered;
use crate::service::{Desk, accounts, payees, permit};

/// List beneficiaries
#[utoipa::path(
    get,
    path = "/api/v1/beneficiaries",
    tag = "Beneficiaries",
    operation_id = "list_beneficiaries",
    params(Paging, ("search" = Option<String>, Query, description = "A name or email, or its beginning."), Sorting),
    responses(
        (status = 200, description = "A page of beneficiaries, newest first unless asked otherwise.", body = [Beneficiary]),
    ),
    security(("wallet_token" = ["READ"])),
)]
pub async fn index(
    Token(caller): Token,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadPayees).await?;
    let parameters = Parameters::of(&request)?;
    let page = parameters.page(20, 100)?;
    parameters.word("sort_by", &["created_at"])?;
    let oldest_first = parameters.word("sort_order", &["DESC", "ASC"])? == Some("ASC");
    let window = (page.number, page.limit, oldest_first);
    let list = payees::numbered(&desk, &caller, parameters.text("search"), window).await?;
    let rows: Vec<Beneficiary> = list.rows.iter().map(Beneficiary::from).collect();
    Ok(page.answer(&Numbered { rows, total: list.total }))
}

/// Save a beneficiary
///
/// The same details again answer the beneficiary that has them, so a repeat is harmless without a key, too. Members that are not named here are ignored.
#[utoipa::path(
    post,
    path = "/api/v1/beneficiaries",
    tag = "Beneficiaries",
    operation_id = "create_beneficiary",
    params(Repeatable),
    request_body = NewBeneficiary,
    responses(
        (status = 201, description = "The beneficiary, or the one that has these details already.", body = Beneficiary),
    ),
    security(("wallet_token" = ["WRITE"])),
)]
pub async fn create(Token(caller): Token, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ChangePayees).await?;
    let key = posted.key(KEY_LENGTH)?;
    let input = input(posted.members()?)?;
    let answered = payees::create(&desk, &caller, None, &input, PayeeFields::OWN, key.as_deref()).await?;
    Ok(replay(StatusCode::CREATED, answered.replayed).json(Beneficiary::from(&answered.value)))
}

/// Show a beneficiary
#[utoipa::path(
    get,
    path = "/api/v1/beneficiaries/{id}",
    tag = "Beneficiaries",
    operation_id = "get_beneficiary",
    params(("id" = kinds::BeneficiaryId, Path, description = "The beneficiary.")),
    responses(
        (status = 200, description = "The beneficiary with what reached them so far.", body = Beneficiary),
    ),
    security(("wallet_token" = ["READ"])),
)]
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::ReadPayees, &id, "Beneficiary").await?;
    let line = payees::get(&desk, &caller, id).await?;
    Ok(HttpResponse::Ok().json(Beneficiary::from(&line)))
}

/// Show bank details in full
///
/// Only for credentials with READ_SENSITIVE, a list of addresses they may come from, and an owner who may check payouts. Each reading is written down.
#[utoipa::path(
    get,
    path = "/api/v1/beneficiaries/{id}/account",
    tag = "Beneficiaries",
    operation_id = "get_beneficiary_account",
    params(("id" = kinds::BeneficiaryId, Path, description = "The beneficiary.")),
    responses(
        (status = 200, description = "Bank details in full.", body = AccountView),
    ),
    security(("wallet_token" = ["READ_SENSITIVE"])),
)]
pub async fn account(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::RevealAccounts, &id, "Beneficiary").await?;
    // Before anything is read and written down.
    Parameters::of(&request)?.none_but(&[])?;
    let revealed = accounts::reveal(&desk, &caller, id).await?;
    Ok(HttpResponse::Ok().json(AccountView { id: id.to_string(), identifiers: revealed.identifiers }))
}

/// Delete a beneficiary
#[utoipa::path(
    delete,
    path = "/api/v1/beneficiaries/{id}",
    tag = "Beneficiaries",
    operation_id = "delete_beneficiary",
    params(("id" = kinds::BeneficiaryId, Path, description = "The beneficiary.")),
    responses(
        (status = 204, description = "It is deleted; payouts that were made keep its details."),
    ),
    security(("wallet_token" = ["WRITE"])),
)]
pub async fn delete(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::ChangePayees, &id, "Beneficiary").await?;
    payees::delete(&desk, &caller, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
