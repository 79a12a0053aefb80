//! Payouts: make, find, cancel, approve, and ask a provider to stop one.

use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};

use super::auth::Token;
use super::error::ApiError;
use super::posted::{KEY_LENGTH, Posted};
use super::query::Parameters;
use super::wire::payout::{CancellationAnswer, Payout, input};
use super::wire::warnings;
use crate::domain::caller::Caller;
use crate::domain::command::PayoutRecord;
use crate::domain::ids::PayoutId;
use crate::domain::money::currency;
use crate::domain::payout::State;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::idempotency::Answered;
use crate::service::payout_list::{self, NumberedQuery};
use crate::service::wallets::Numbered;
use crate::service::{Desk, duplicates, payouts, permit};

/// GET /api/v1/payouts
pub async fn index(
    Token(caller): Token,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadPayouts).await?;
    let parameters = Parameters::of(&request)?;
    let page = parameters.page(20, 100)?;
    let states = State::ALL.map(State::name);
    parameters.word("sort_by", &["created_at"])?;
    let code = parameters.text("currency");
    let query = NumberedQuery {
        page: page.number,
        limit: page.limit,
        state: parameters.word("status", &states)?.and_then(State::from_name),
        currency: code.and_then(currency),
        search: parameters.text("search").map(str::to_owned),
        client: parameters.integer("client_id")?,
        oldest_first: parameters.word("sort_order", &["DESC", "ASC"])? == Some("ASC"),
    };
    if code.is_some() && query.currency.is_none() {
        return Err(ApiError::member("currency", "must be an ISO 4217 code such as USD"));
    }
    let list = payout_list::numbered(&desk, &caller, &query).await?;
    let rows: Vec<Payout> = list.rows.iter().map(Payout::from).collect();
    Ok(page.answer(&Numbered { rows, total: list.total }))
}

/// POST /api/v1/payouts
pub async fn create(Token(caller): Token, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::MakePayout).await?;
    let key = posted.key(8..=256)?;
    let input = input(posted.members()?)?;
    let answered = payouts::create(&desk, &caller, &input, key.as_deref()).await?;
    let others = duplicates::of_payout(&desk, &caller, &answered.value.payout).await?;
    let mut payout = Payout::from(&answered.value);
    payout.warnings = warnings(&others);
    Ok(replay(StatusCode::CREATED, &answered).insert_header((ETAG, tag_of(&answered.value))).json(payout))
}

/// GET /api/v1/payouts/{id}
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = payout_id(&desk, &caller, Operation::ReadPayouts, &id).await?;
    let record = payouts::get(&desk, &caller, id).await?;
    let known = request.headers().get(IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == tag_of(&record).as_bytes());
    if known {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, tag_of(&record))).finish());
    }
    Ok(HttpResponse::Ok().insert_header((ETAG, tag_of(&record))).json(Payout::from(&record)))
}

/// POST /api/v1/payouts/{id}/cancel
pub async fn cancel(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = payout_id(&desk, &caller, Operation::CancelPayout, &id).await?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    // The contract knows no members here and providers ignore what they do not know; but JSON it must be.
    posted.members()?;
    let answered = payouts::cancel(&desk, &caller, id, None, version, key.as_deref()).await?;
    Ok(one(StatusCode::OK, &answered))
}

/// POST /api/v1/payouts/{id}/approval
pub async fn decide(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = payout_id(&desk, &caller, Operation::DecidePayout, &id).await?;
    posted.no_parameters()?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    let mut members = posted.members()?;
    let (decision, note) = (members.text("decision"), members.text("note"));
    members.nothing_else()?;
    let approve = match decision.as_deref() {
        Some("approve") => true,
        Some("send_back") => false,
        Some(_) => return Err(ApiError::member("decision", "must be approve or send_back")),
        None => return Err(ApiError::member("decision", "is required")),
    };
    let answered = payouts::decide(&desk, &caller, id, approve, note.as_deref(), version, key.as_deref()).await?;
    Ok(one(StatusCode::OK, &answered))
}

/// POST /api/v1/payouts/{id}/cancellations
pub async fn ask_to_cancel(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = payout_id(&desk, &caller, Operation::CancelPayout, &id).await?;
    posted.no_parameters()?;
    let key = posted.key(KEY_LENGTH)?;
    let mut members = posted.members()?;
    let reason = members.text("reason");
    members.nothing_else()?;
    let answered = payouts::ask_to_cancel(&desk, &caller, id, reason.as_deref(), key.as_deref()).await?;
    Ok(replay(StatusCode::ACCEPTED, &answered).json(CancellationAnswer::from(&answered.value)))
}

/// The id in the address, once the caller may do this to payouts at all.
///
/// Errors: blank is 400, no permission 403; what is no id of ours names nobody's payout, 404.
pub async fn payout_id(desk: &Desk, caller: &Caller, operation: Operation, text: &str) -> Result<PayoutId, ApiError> {
    if text.trim().is_empty() {
        return Err(ApiError::bad_request("Payout ID is required"));
    }
    permit(desk, caller, operation).await?;
    text.parse().map_err(|_| Error::NotFound("Payout").into())
}

/// An answer that says whether it is the first one to its idempotency key, told again.
pub fn replay<T>(status: StatusCode, answered: &Answered<T>) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    if answered.replayed {
        answer.insert_header(("Idempotent-Replayed", "true"));
    }
    answer
}

fn one(status: StatusCode, answered: &Answered<PayoutRecord>) -> HttpResponse {
    replay(status, answered).insert_header((ETAG, tag_of(&answered.value))).json(Payout::from(&answered.value))
}

/// A strong entity tag: every change of a payout makes a new version.
fn tag_of(record: &PayoutRecord) -> String {
    format!("\"{}\"", record.payout.version)
}
