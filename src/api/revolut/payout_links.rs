//! Payout links: make, find, cancel.

use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Token;
use super::body::{Body, Posted};
use super::error::ApiError;
use super::query::{Parameters, path_id};
use super::wire::link::{Link, states_named};
use crate::domain::payout::Rule;
use crate::domain::payout_link::{LinkPolicy, Method, Methods};
use crate::domain::period::period;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::link_list::{self, BeforeQuery};
use crate::service::links::{self, RequestedLink};
use crate::service::{Desk, permit};

/// How long a `request_id` may be.
pub const REQUEST_ID: usize = 40;

/// GET /api/1.0/payout-links
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

/// POST /api/1.0/payout-links
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

/// GET /api/1.0/payout-links/{id}
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadLinks).await?;
    let record = links::get(&desk, &caller, path_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(Link::of(&desk, &record)?))
}

/// POST /api/1.0/payout-links/{id}/cancel, whatever body it has
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
        let method = Method::from_name(name).filter(|method| *method != Method::Upi).ok_or_else(wrong)?;
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    if methods.is_empty() { Err(wrong()) } else { Ok(Some(Methods(methods))) }
}
