//! Payouts: make, find, cancel, approve, and ask a provider to stop one.

use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Token;
use super::error::ApiError;
use super::parameters::{Known, Paging, PayoutFilter, PayoutKey, Repeatable, Sorting, Unchanged};
use super::posted::{KEY_LENGTH, Posted};
use super::query::{Parameters, named};
use super::version::{tag_of, unchanged};
use super::wire::payout::{CancellationAnswer, NewCancellation, NewPayout, Payout, input};
use super::wire::{Decision, Nothing, kinds, warnings};
use crate::api::replay;
use crate::domain::command::PayoutRecord;
use crate::domain::money::currency;
use crate::domain::payout::State;
use crate::domain::staff::Operation;
use crate::service::idempotency::Answered;
use crate::service::payout_list::{self, NumberedQuery};
use crate::service::wallets::Numbered;
use crate::service::{Desk, duplicates, payouts, permit};

/// List payouts
///
/// Those of the credential’s client, page by page. The headers say where the page stands in the whole list.
#[utoipa::path(
    get,
    path = "/api/v1/payouts",
    tag = "Payouts",
    operation_id = "list_payouts",
    params(Paging, PayoutFilter, Sorting),
    responses(
        (status = 200, description = "A page of payouts, newest first unless asked otherwise.", body = [Payout]),
    ),
    security(("wallet_token" = ["READ"])),
)]
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
        rail: parameters.text("provider").map(str::to_owned),
        credential: parameters
            .text("credential_id")
            .map(str::parse)
            .transpose()
            .map_err(|_| ApiError::member("credential_id", "must be the id of a credential"))?,
        oldest_first: parameters.word("sort_order", &["DESC", "ASC"])? == Some("ASC"),
    };
    if code.is_some() && query.currency.is_none() {
        return Err(ApiError::member("currency", "must be an ISO 4217 code such as USD"));
    }
    let list = payout_list::numbered(&desk, &caller, &query).await?;
    let rows: Vec<Payout> = list.rows.iter().map(Payout::from).collect();
    Ok(page.answer(&Numbered { rows, total: list.total }))
}

/// Make a payout
///
/// The wallet is debited by amount and fees at once. Pay a saved beneficiary by `beneficiary_id`, or give name and email. A repeat with the same `reference_id` and equal data answers the payout that is there already; with other data it is refused. Members that are not named here are ignored.
#[utoipa::path(
    post,
    path = "/api/v1/payouts",
    tag = "Payouts",
    operation_id = "create_payout",
    params(PayoutKey),
    request_body = NewPayout,
    responses(
        (status = 201, description = "The payout: `created`, or `action_required` when a checker has to approve it first.", body = Payout, headers(("ETag" = String, description = "The version, for If-Match and If-None-Match."))),
    ),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn create(Token(caller): Token, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::MakePayout).await?;
    let key = posted.key(8..=256)?;
    let input = input(posted.members()?)?;
    let answered = payouts::create(&desk, &caller, &input, key.as_deref()).await?;
    let others = duplicates::of_payout(&desk, &caller, &answered.value.payout).await?;
    let mut payout = Payout::from(&answered.value);
    payout.warnings = warnings(&others);
    let tag = tag_of(answered.value.payout.version);
    Ok(replay(StatusCode::CREATED, answered.replayed).insert_header((ETAG, tag)).json(payout))
}

/// Show a payout
#[utoipa::path(
    get,
    path = "/api/v1/payouts/{id}",
    tag = "Payouts",
    operation_id = "get_payout",
    params(("id" = kinds::PayoutId, Path, description = "The payout."), Known),
    responses(
        (status = 200, description = "The payout with its history.", body = Payout, headers(("ETag" = String, description = "The version, for If-Match and If-None-Match."))),
        (status = 304, description = "You have this version already.", headers(("ETag" = String, description = "The version, for If-Match and If-None-Match."))),
    ),
    security(("wallet_token" = ["READ"])),
)]
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::ReadPayouts, &id, "Payout").await?;
    let record = payouts::get(&desk, &caller, id).await?;
    let version = record.payout.version;
    if let Some(unchanged) = unchanged(&request, version) {
        return Ok(unchanged);
    }
    Ok(HttpResponse::Ok().insert_header((ETAG, tag_of(version))).json(Payout::from(&record)))
}

/// Cancel a payout
///
/// Only while no provider has it: `created`, `queued`, `action_required`, or `processing` without `submitted_at`. State, refund and history are written together, once, however often and by however many it is asked for. A body is not needed.
#[utoipa::path(
    post,
    path = "/api/v1/payouts/{id}/cancel",
    tag = "Payouts",
    operation_id = "cancel_payout",
    params(("id" = kinds::PayoutId, Path, description = "The payout."), Repeatable, Unchanged),
    request_body = Nothing,
    responses(
        (status = 200, description = "The cancelled payout; the wallet has amount and fees back.", body = Payout, headers(("ETag" = String, description = "The version, for If-Match and If-None-Match."))),
    ),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn cancel(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::CancelPayout, &id, "Payout").await?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    // The contract knows no members here and providers ignore what they do not know; but JSON it must be.
    posted.members()?;
    let answered = payouts::cancel(&desk, &caller, id, None, version, key.as_deref()).await?;
    Ok(one(StatusCode::OK, &answered))
}

/// Approve a payout, or send it back
///
/// For payouts in `action_required` with the action `approval`. Whoever made the payout cannot check it, not even through a credential that they own.
#[utoipa::path(
    post,
    path = "/api/v1/payouts/{id}/approval",
    tag = "Payouts",
    operation_id = "decide_payout",
    params(("id" = kinds::PayoutId, Path, description = "The payout."), Repeatable, Unchanged),
    request_body = Decision,
    responses(
        (status = 200, description = "The payout: `queued`, or `cancelled` when it was sent back.", body = Payout, headers(("ETag" = String, description = "The version, for If-Match and If-None-Match."))),
    ),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn decide(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::DecidePayout, &id, "Payout").await?;
    posted.no_parameters()?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    let (approve, note) = posted.decision()?;
    let answered = payouts::decide(&desk, &caller, id, approve, note.as_deref(), version, key.as_deref()).await?;
    Ok(one(StatusCode::OK, &answered))
}

/// Ask the provider to stop a payout
///
/// For a payout that a provider has already. The money stays held until the provider says yes or no; no answer never gives money back.
#[utoipa::path(
    post,
    path = "/api/v1/payouts/{id}/cancellations",
    tag = "Payouts",
    operation_id = "ask_to_cancel_payout",
    params(("id" = kinds::PayoutId, Path, description = "The payout."), Repeatable),
    request_body = NewCancellation,
    responses(
        (status = 202, description = "The provider is being asked; the payout stays as it is until it answers.", body = CancellationAnswer),
    ),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn ask_to_cancel(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::CancelPayout, &id, "Payout").await?;
    posted.no_parameters()?;
    let key = posted.key(KEY_LENGTH)?;
    let mut members = posted.members()?;
    let reason = members.text("reason");
    members.nothing_else()?;
    let answered = payouts::ask_to_cancel(&desk, &caller, id, reason.as_deref(), key.as_deref()).await?;
    Ok(replay(StatusCode::ACCEPTED, answered.replayed).json(CancellationAnswer::from(&answered.value)))
}

fn one(status: StatusCode, answered: &Answered<PayoutRecord>) -> HttpResponse {
    let tag = tag_of(answered.value.payout.version);
    replay(status, answered.replayed).insert_header((ETAG, tag)).json(Payout::from(&answered.value))
}
