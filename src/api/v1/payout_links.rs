//! Payout links: make, find, cancel, approve, extend, replace, send again.

use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Token;
use super::error::ApiError;
use super::parameters::{Known, LinkFilter, Paging, Repeatable, Sorting, Unchanged};
use super::posted::{KEY_LENGTH, Posted};
use super::query::{Parameters, named};
use super::version::{tag_of, unchanged};
use super::wire::payout_link::{Extension, Link, LinkReason, NewLink, input};
use super::wire::{Decision, Nothing, kinds, warnings};
use crate::api::replay;
use crate::domain::command::LinkRecord;
use crate::domain::money::currency;
use crate::domain::payout::Rule;
use crate::domain::payout_link::LinkPolicy;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::idempotency::Answered;
use crate::service::link_list::{self, NumberedQuery};
use crate::service::wallets::Numbered;
use crate::service::{Desk, duplicates, links, permit};
use crate::store::payout_links::LinkBucket;

/// List payout links
///
/// Those of the credential’s client, page by page. Parameters that are not named here are refused.
#[utoipa::path(
    get,
    path = "/api/v1/payout-links",
    tag = "Payout links",
    operation_id = "list_payout_links",
    params(Paging, LinkFilter, Sorting),
    responses(
        (status = 200, description = "A page of payout links, newest first unless asked otherwise.", body = [Link]),
    ),
    security(("wallet_token" = ["READ"])),
)]
pub async fn index(
    Token(caller): Token,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadLinks).await?;
    let parameters = Parameters::of(&request)?;
    parameters.none_but(&["page", "limit", "status", "currency", "search", "client_id", "sort_by", "sort_order"])?;
    let page = parameters.page(20, 100)?;
    parameters.word("sort_by", &["created_at"])?;
    let code = parameters.text("currency");
    let query = NumberedQuery {
        page: page.number,
        limit: page.limit,
        bucket: parameters.word("status", &LinkBucket::ALL.map(LinkBucket::name))?.and_then(LinkBucket::from_name),
        currency: code.and_then(currency),
        search: parameters.text("search").map(str::to_owned),
        client: parameters.integer("client_id")?,
        oldest_first: parameters.word("sort_order", &["DESC", "ASC"])? == Some("ASC"),
    };
    if code.is_some() && query.currency.is_none() {
        return Err(ApiError::member("currency", "must be an ISO 4217 code such as USD"));
    }
    let list = link_list::numbered(&desk, &caller, &query).await?;
    let rows = list.rows.iter().map(|record| Link::of(&desk, record)).collect::<Result<Vec<_>, Error>>()?;
    Ok(page.answer(&Numbered { rows, total: list.total }))
}

/// Make a payout link
///
/// Holds amount and fees until somebody claims it at `short_url`, or it ends. Give a saved beneficiary by `contact_id`, or a name with email or phone. Members that are not named here are refused.
#[utoipa::path(
    post,
    path = "/api/v1/payout-links",
    tag = "Payout links",
    operation_id = "create_payout_link",
    params(Repeatable),
    request_body = NewLink,
    responses(
        (status = 201, description = "The link: `issued`, or `pending` when a checker has to approve it first.", body = Link, headers(("ETag" = String, description = "The version, for If-Match and If-None-Match."))),
    ),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn create(Token(caller): Token, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::MakeLink).await?;
    posted.no_parameters()?;
    let key = posted.key(KEY_LENGTH)?;
    let input = input(posted.members()?)?;
    let answered = links::create(&desk, &caller, &input, key.as_deref()).await.map_err(said)?;
    let others = duplicates::of_link(&desk, &caller, &answered.value.link).await?;
    let mut link = Link::of(&desk, &answered.value)?;
    link.warnings = warnings(&others);
    Ok(replay(StatusCode::CREATED, answered.replayed)
        .insert_header((ETAG, tag_of(answered.value.link.version)))
        .json(link))
}

/// Show a payout link
#[utoipa::path(
    get,
    path = "/api/v1/payout-links/{id}",
    tag = "Payout links",
    operation_id = "get_payout_link",
    params(("id" = kinds::PayoutLinkId, Path, description = "The payout link."), Known),
    responses(
        (status = 200, description = "The payout link with its history.", body = Link, headers(("ETag" = String, description = "The version, for If-Match and If-None-Match."))),
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
    let id = named(&desk, &caller, Operation::ReadLinks, &id, "Payout link").await?;
    Parameters::of(&request)?.none_but(&[])?;
    let record = links::get(&desk, &caller, id).await?;
    let version = record.link.version;
    if let Some(unchanged) = unchanged(&request, version) {
        return Ok(unchanged);
    }
    Ok(HttpResponse::Ok().insert_header((ETAG, tag_of(version))).json(Link::of(&desk, &record)?))
}

/// Cancel a payout link
///
/// While it is `pending` or `issued`. Once somebody has claimed it, its payout can be cancelled instead.
#[utoipa::path(
    post,
    path = "/api/v1/payout-links/{id}/cancel",
    tag = "Payout links",
    operation_id = "cancel_payout_link",
    params(("id" = kinds::PayoutLinkId, Path, description = "The payout link."), Repeatable, Unchanged),
    request_body = LinkReason,
    responses(
        (status = 200, description = "The cancelled link; the wallet has amount and fees back.", body = Link, headers(("ETag" = String, description = "The version, for If-Match and If-None-Match."))),
    ),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn cancel(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::CancelLink, &id, "Payout link").await?;
    posted.no_parameters()?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    let mut members = posted.members()?;
    let reason = members.text("reason");
    members.nothing_else()?;
    let policy = LinkPolicy::DESK;
    let cancelled = links::cancel(&desk, &caller, id, policy, reason.as_deref(), version, key.as_deref()).await;
    one(&desk, &cancelled.map_err(said)?)
}

/// Approve a payout link, or send it back
///
/// For links in `pending`. Whoever made the link cannot check it, not even through a credential that they own.
#[utoipa::path(
    post,
    path = "/api/v1/payout-links/{id}/approval",
    tag = "Payout links",
    operation_id = "decide_payout_link",
    params(("id" = kinds::PayoutLinkId, Path, description = "The payout link."), Repeatable, Unchanged),
    request_body = Decision,
    responses(
        (status = 200, description = "The link: `issued`, or `rejected` when it was sent back.", body = Link, headers(("ETag" = String, description = "The version, for If-Match and If-None-Match."))),
    ),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn decide(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::DecideLink, &id, "Payout link").await?;
    posted.no_parameters()?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    let (approve, note) = posted.decision()?;
    let decided = links::decide(&desk, &caller, id, approve, note.as_deref(), version, key.as_deref()).await;
    one(&desk, &decided.map_err(said)?)
}

/// Let a payout link be claimed longer
#[utoipa::path(
    post,
    path = "/api/v1/payout-links/{id}/extension",
    tag = "Payout links",
    operation_id = "extend_payout_link",
    params(("id" = kinds::PayoutLinkId, Path, description = "The payout link."), Repeatable, Unchanged),
    request_body = Extension,
    responses(
        (status = 200, description = "The link with its new end.", body = Link, headers(("ETag" = String, description = "The version, for If-Match and If-None-Match."))),
    ),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn extend(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::MakeLink, &id, "Payout link").await?;
    posted.no_parameters()?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    let mut members = posted.members()?;
    let expire_by = members.text("expire_by");
    members.nothing_else()?;
    let extended = links::extend(&desk, &caller, id, expire_by.as_deref(), version, key.as_deref()).await;
    one(&desk, &extended.map_err(said)?)
}

/// Replace a payout link
///
/// Ends the link and issues another one with the same data in its place, whose address is new: for when the old one came into the wrong hands.
#[utoipa::path(
    post,
    path = "/api/v1/payout-links/{id}/replacement",
    tag = "Payout links",
    operation_id = "replace_payout_link",
    params(("id" = kinds::PayoutLinkId, Path, description = "The payout link."), Repeatable, Unchanged),
    request_body = LinkReason,
    responses(
        (status = 201, description = "The new link, with an address of its own.", body = Link, headers(("ETag" = String, description = "The version, for If-Match and If-None-Match."))),
    ),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn replace(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::MakeLink, &id, "Payout link").await?;
    posted.no_parameters()?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    let mut members = posted.members()?;
    let reason = members.text("reason");
    members.nothing_else()?;
    let replaced = links::replace(&desk, &caller, id, reason.as_deref(), version, key.as_deref()).await;
    let replaced = replaced.map_err(said)?;
    let link = Link::of(&desk, &replaced.value)?;
    Ok(replay(StatusCode::CREATED, replaced.replayed)
        .insert_header((ETAG, tag_of(replaced.value.link.version)))
        .json(link))
}

/// Send the address of a payout link again
///
/// To the email and phone that the link names. A body is not needed.
#[utoipa::path(
    post,
    path = "/api/v1/payout-links/{id}/messages",
    tag = "Payout links",
    operation_id = "send_payout_link",
    params(("id" = kinds::PayoutLinkId, Path, description = "The payout link."), Repeatable, Unchanged),
    request_body = Nothing,
    responses(
        (status = 200, description = "The link; its history says that it was sent.", body = Link, headers(("ETag" = String, description = "The version, for If-Match and If-None-Match."))),
    ),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn resend(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::MakeLink, &id, "Payout link").await?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    posted.nothing()?;
    let sent = links::resend(&desk, &caller, id, version, key.as_deref()).await;
    one(&desk, &sent.map_err(said)?)
}

/// Rules that payouts have too, in words about links.
pub fn said(error: Error) -> ApiError {
    let Error::Refused(refusal) = &error else { return error.into() };
    let words = match refusal.rule {
        Rule::NotWaitingForApproval => "payout link does not wait for approval in current status",
        Rule::WrongState => {
            let words = format!("payout link cannot be changed in current status: {}", refusal.reason);
            return ApiError::from(error).saying(words);
        }
        Rule::MakerIsChecker => "Insufficient permissions: whoever made a payout link cannot also check it",
        Rule::Stale => "payout link has changed since it was read: If-Match names another version",
        _ => return error.into(),
    };
    ApiError::from(error).saying(words)
}

fn one(desk: &Desk, answered: &Answered<LinkRecord>) -> Result<HttpResponse, ApiError> {
    let link = Link::of(desk, &answered.value)?;
    Ok(replay(StatusCode::OK, answered.replayed).insert_header((ETAG, tag_of(answered.value.link.version))).json(link))
}
