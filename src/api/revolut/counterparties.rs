//! Counterparties: save, find, delete.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};

use super::auth::Token;
use super::body::{Body, Posted};
use super::error::ApiError;
use super::parameters::CounterpartyFilter;
use super::query::{Parameters, path_id};
use super::wire::counterparty::{Counterparty, NewCounterparty};
use super::wire::kinds;
use crate::domain::payee::split_name;
use crate::domain::payee_account::AccountKind;
use crate::domain::staff::Operation;
use crate::service::counterparties::{self, CounterpartyQuery, NewCounterparty as Wanted};
use crate::service::payees::input::AccountInput;
use crate::service::{Desk, payees, permit};

/// How a text has to look.
type Look = fn(&str) -> bool;

/// Identifiers by the name that Revolut gives them, the name that the desk does, and how they have to look.
const IDENTIFIERS: [(&str, &str, Look); 7] = [
    ("account_no", "account_number", |text| text.len() <= 34 && is_alphanumeric(text)),
    ("iban", "iban", |text| (15..=34).contains(&text.len()) && is_alphanumeric(text)),
    ("sort_code", "sort_code", |text| text.len() == 6 && is_number(text)),
    ("routing_number", "routing_number", |text| text.len() == 9 && is_number(text)),
    ("bic", "bic", |text| matches!(text.len(), 8 | 11) && is_alphanumeric(text)),
    ("ifsc", "ifsc", |text| text.len() == 11 && is_alphanumeric(text)),
    ("clabe", "account_number", |text| text.len() == 18 && is_number(text)),
];

/// List counterparties
///
/// Newest first, with the numbers of their accounts in full.
#[utoipa::path(
    get,
    path = "/api/1.0/counterparties",
    tag = "Counterparties",
    operation_id = "list_counterparties",
    params(CounterpartyFilter),
    responses((status = 200, description = "Counterparties.", body = [Counterparty])),
    security(("revolut_token" = ["READ"])),
)]
pub async fn index(
    Token(caller): Token,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadPayees).await?;
    let parameters = Parameters::of(&request)?;
    let text = |name: &str| parameters.text(name).map(str::to_owned);
    let query = CounterpartyQuery {
        name: text("name"),
        account_number: text("account_no"),
        sort_code: text("sort_code"),
        iban: text("iban"),
        bic: text("bic"),
        before: parameters.time("created_before")?,
        limit: parameters.limit("limit")? as usize,
    };
    for (name, needs, given) in [
        ("sort_code", "account_no", query.sort_code.is_some() && query.account_number.is_none()),
        ("bic", "iban", query.bic.is_some() && query.iban.is_none()),
    ] {
        if given {
            return Err(ApiError::parameter(format!("Parameter {name} needs {needs}")));
        }
    }
    let found = counterparties::list(&desk, &caller, &query).await?;
    let rows: Vec<Counterparty> = found.iter().map(Counterparty::from).collect();
    Ok(HttpResponse::Ok().json(rows))
}

/// Save a counterparty
///
/// A name, and a `revtag` with `profile_type` or the details of a bank account: `bank_country`, `currency` and one of `account_no`, `iban` and `clabe`. The same details again answer the counterparty that is there already. Members that are not named here are ignored.
#[utoipa::path(
    post,
    path = "/api/1.0/counterparty",
    tag = "Counterparties",
    operation_id = "create_counterparty",
    request_body = NewCounterparty,
    responses((status = 200, description = "The counterparty.", body = Counterparty)),
    security(("revolut_token" = ["READ", "WRITE"])),
)]
pub async fn create(Token(caller): Token, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ChangePayees).await?;
    let new = read(&posted.body()?)?;
    let saved = counterparties::create(&desk, &caller, new).await?;
    Ok(HttpResponse::Ok().json(Counterparty::from(&saved)))
}

/// Show a counterparty
#[utoipa::path(
    get,
    path = "/api/1.0/counterparty/{id}",
    tag = "Counterparties",
    operation_id = "get_counterparty",
    params(("id" = kinds::CounterpartyId, Path, description = "The counterparty.")),
    responses((status = 200, description = "The counterparty.", body = Counterparty)),
    security(("revolut_token" = ["READ"])),
)]
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadPayees).await?;
    let found = counterparties::get(&desk, &caller, path_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(Counterparty::from(&found)))
}

/// Delete a counterparty
///
/// Payments that were made keep its details.
#[utoipa::path(
    delete,
    path = "/api/1.0/counterparty/{id}",
    tag = "Counterparties",
    operation_id = "delete_counterparty",
    params(("id" = kinds::CounterpartyId, Path, description = "The counterparty.")),
    responses((status = 204, description = "It is deleted.")),
    security(("revolut_token" = ["READ", "WRITE"])),
)]
pub async fn delete(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ChangePayees).await?;
    payees::delete(&desk, &caller, path_id(&id)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A counterparty known by its revtag, or by the details of its bank account.
fn read(body: &Body) -> Result<Wanted, ApiError> {
    let profile = body.text("profile_type")?;
    if let Some(other) = profile.as_deref().filter(|name| !matches!(*name, "personal" | "business")) {
        return Err(body.wrong("profile_type", other));
    }
    let revtag = body.optional("revtag", 50)?;
    if revtag.is_some() && profile.is_none() {
        return Err(body.missing("profile_type"));
    }
    let company = body.optional("company_name", 100)?;
    let kind = profile.or_else(|| company.as_ref().map(|_| "business".to_owned()));
    let (first_name, last_name) = names(body, company)?;
    let country = body.optional("bank_country", 2)?;
    let account = match revtag {
        Some(revtag) => {
            // Nobody needs them beside a revtag, but they are texts there too.
            for (name, ..) in IDENTIFIERS {
                body.optional(name, 50)?;
            }
            AccountInput {
                kind: AccountKind::Revolut,
                currency: body.optional("currency", 3)?,
                country: None,
                holder_name: None,
                identifiers: Map::from_iter([("revtag".to_owned(), Value::from(revtag.trim_start_matches('@')))]),
                label: None,
            }
        }
        None => AccountInput {
            kind: AccountKind::BankAccount,
            currency: Some(body.currency("currency")?.code().to_owned()),
            country: Some(country.clone().ok_or_else(|| body.missing("bank_country"))?),
            holder_name: None,
            identifiers: identifiers(body)?,
            label: None,
        },
    };
    Ok(Wanted {
        kind,
        first_name: Some(first_name),
        last_name: Some(last_name),
        email: body.optional("email", 254)?,
        phone: body.optional("phone", 40)?,
        country,
        account,
    })
}

/// A person's two names, a company's, or one in one piece. A company's is not parted.
fn names(body: &Body, company: Option<String>) -> Result<(String, String), ApiError> {
    let name = body.optional("name", 100)?;
    if let Some(person) = body.object("individual_name", "individual_name.")? {
        return Ok((person.required("first_name", 100)?, person.required("last_name", 100)?));
    }
    match company {
        Some(company) => Ok((company, String::new())),
        None => Ok(split_name(&name.map_or_else(|| body.required("name", 100), Ok)?)),
    }
}

/// Blanks and dashes inside a number are no part of it.
fn identifiers(body: &Body) -> Result<Map<String, Value>, ApiError> {
    let mut found = Map::new();
    for (name, own, fits) in IDENTIFIERS {
        let Some(given) = body.optional(name, 50)? else { continue };
        let plain: String = given.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if !fits(&plain) {
            return Err(body.wrong(name, &given));
        }
        found.insert(own.to_owned(), Value::from(plain));
    }
    if !found.contains_key("account_number") && !found.contains_key("iban") {
        return Err(body.missing("account_no"));
    }
    Ok(found)
}

fn is_alphanumeric(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}
