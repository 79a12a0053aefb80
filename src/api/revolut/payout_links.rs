//! Payout links: make, find, cancel.

use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Token;
use super::body::{Body, Posted};
use super::error::ApiError;
use super::parameters::LinkFilter;
use super::query::{Parameters, path_id};
use super::wire::kinds::{self, REQUEST_ID};
use super::wire::link::{Link, NewLink, states_named};
use crate::domain::payout::Rule;
use crate::domain::payout_link::{LinkPolicy, Method, Methods};
use crate::domain::period::period;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::link_list::{self, BeforeQuery};
use crate::service::links::{self, RequestedLink};
use crate::service::{Desk, permit};

/// The ways to be paid that a new link can offer.
pub const METHODS: [Method; 3] = [Method::Revolut, Method::BankAccount, Method::Card];

/// List payout links
///
/// Newest first. A bare array: for the next page, send the `created_at` of the last one as `created_before`.
#[utoipa::path(
    get,
    path = "/api/1.0/payout-links",
    tag = "Payout links",
    operation_id = "list_payout_links",
    params(LinkFilter),
    responses((status = 200, description = "Payout links.", body = [Link])),
    security(("revolut_token" = ["READ"])),
)]
pub async fn index(
    Token(caller): Token,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadLinks).await?;
    let parameters = Parameters::of(&request)?;
    let named = parameters.words("state", states_named)?;
    let states = (!named.is_empty()).then(|| named.into_iter().flatten().collect());
    let query = BeforeQuery { states, before: parameters.time("created_before")?, limit: parameters.limit("limit")? };
    let records = link_list::before(&desk, &caller, &query).await?;
    let rows = records.iter().map(|record| Link::of(&desk, record)).collect::<Result<Vec<_>, Error>>()?;
    Ok(HttpResponse::Ok().json(rows))
}

/// Make a payout link
///
/// The amount is blocked on the account while the link can be claimed. A link that needs approval is `awaiting`; one that the account has too little money for has `failed`. A `request_id` makes one link: a repeat is refused, whatever its body. Members that are not named here are ignored, and the body is JSON whatever `Content-Type` says.
#[utoipa::path(
    post,
    path = "/api/1.0/payout-links",
    tag = "Payout links",
    operation_id = "create_payout_link",
    request_body = NewLink,
    responses((status = 201, description = "The payout link.", body = Link)),
    security(("revolut_token" = ["PAY", "WRITE"])),
)]
pub async fn create(Token(caller): Token, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::MakeLink).await?;
    let link = read(&posted.body()?)?;
    let request_id = link.request_id.clone();
    let account = link.wallet_id.hyphenated();
    let said = |error: Error| match error {
        Error::NotFound("Wallet") => ApiError::no_such(format!("Account not found {account}")),
        Error::Refused(refusal) if refusal.rule == Rule::RequestIdTaken => ApiError::duplicate(&request_id),
        error => error.into(),
    };
    let made = links::request(&desk, &caller, link).await.map_err(said)?;
    if made.repeated {
        return Err(ApiError::duplicate(&request_id));
    }
    Ok(HttpResponse::Created().json(Link::of(&desk, &made.value)?))
}

/// Show a payout link
#[utoipa::path(
    get,
    path = "/api/1.0/payout-links/{id}",
    tag = "Payout links",
    operation_id = "get_payout_link",
    params(("id" = kinds::PayoutLinkId, Path, description = "The payout link.")),
    responses((status = 200, description = "The payout link.", body = Link)),
    security(("revolut_token" = ["READ"])),
)]
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadLinks).await?;
    let record = links::get(&desk, &caller, path_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(Link::of(&desk, &record)?))
}

/// Cancel a payout link
///
/// While it is `created`, `awaiting` or `active`: nobody has claimed it then. What it blocked is released, once. A body is not needed and not looked at.
#[utoipa::path(
    post,
    path = "/api/1.0/payout-links/{id}/cancel",
    tag = "Payout links",
    operation_id = "cancel_payout_link",
    params(("id" = kinds::PayoutLinkId, Path, description = "The payout link.")),
    responses((status = 204, description = "It is cancelled.")),
    security(("revolut_token" = ["READ", "WRITE"])),
)]
pub async fn cancel(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::CancelLink).await?;
    links::cancel(&desk, &caller, path_id(&id)?, LinkPolicy::DESK, None, None, None).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The members of a link to make (`contracts/revolut.md` 4.3), in the order of the contract.
fn read(body: &Body) -> Result<RequestedLink, ApiError> {
    let contact_name = body.required("counterparty_name", 100)?;
    let request_id = body.required("request_id", REQUEST_ID)?;
    let wallet_id = body.required_id("account_id")?;
    let amount = body.money()?;
    Ok(RequestedLink {
        contact_name: contact_name.trim().to_owned(),
        request_id,
        wallet_id,
        amount,
        reference: body.required("reference", 100)?,
        save_payee: body.flag("save_counterparty")?.unwrap_or(false),
        payout_methods: methods(body)?,
        open_for: match body.text("expiry_period")? {
            Some(text) => Some(period(&text).ok_or_else(|| body.wrong("expiry_period", &text))?),
            None => None,
        },
        transfer_reason: body.optional("transfer_reason_code", 100)?,
    })
}

/// A list that is not empty, of `revolut`, `bank_account` and `card`; none says nothing.
fn methods(body: &Body) -> Result<Option<Methods>, ApiError> {
    let Some(names) = body.texts("payout_methods")? else { return Ok(None) };
    let wrong = || body.wrong("payout_methods", &names.join(", "));
    let mut methods = Vec::new();
    for name in &names {
        let method = Method::from_name(name).filter(|method| METHODS.contains(method)).ok_or_else(wrong)?;
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    if methods.is_empty() { Err(wrong()) } else { Ok(Some(Methods(methods))) }
}
