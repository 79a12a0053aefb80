//! Approval requests: what a rule of the desk wants approved before it is done.

use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Token;
use super::error::ApiError;
use super::parameters::{ApprovalFilter, Repeatable, Unchanged};
use super::posted::{KEY_LENGTH, Posted};
use super::query::{Parameters, named};
use super::version::tag_of;
use super::wire::approval::ApprovalRequest;
use super::wire::{Decision, kinds};
use crate::api::replay;
use crate::domain::approval::{RequestState, Verb};
use crate::domain::payout::Rule;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::approval_requests::{self as requests, Wanted};
use crate::service::{Desk, permit};

/// List approval requests
///
/// What a rule of the desk wants approved before it is done to something of the client, the newest first. Payouts and payout links that wait for approval are no requests: they stand in their own lists as `action_required` and `pending`, and are approved there.
#[utoipa::path(
    get,
    path = "/api/v1/approvals",
    tag = "Approvals",
    operation_id = "list_approval_requests",
    params(ApprovalFilter),
    responses((status = 200, description = "The requests.", body = [ApprovalRequest])),
    security(("wallet_token" = ["READ"])),
)]
pub async fn index(
    Token(caller): Token,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadPayouts).await?;
    let parameters = Parameters::of(&request)?;
    parameters.none_but(&["before", "limit", "status", "verb"])?;
    let status = parameters.word("status", &RequestState::ALL.map(RequestState::name))?;
    let verb = parameters.word("verb", &Verb::ASKED.map(Verb::name))?;
    let wanted = Wanted {
        state: status.and_then(RequestState::from_name),
        verb: verb.and_then(Verb::from_name),
        before: parameters.before("an approval request")?,
    };
    let found = requests::list(&desk, &caller, &wanted, parameters.limit()?.into()).await?;
    Ok(HttpResponse::Ok().json(found.iter().map(ApprovalRequest::from).collect::<Vec<_>>()))
}

/// Show an approval request
#[utoipa::path(
    get,
    path = "/api/v1/approvals/{id}",
    tag = "Approvals",
    operation_id = "get_approval_request",
    params(("id" = kinds::ApprovalRequestId, Path, description = "The request.")),
    responses((status = 200, description = "The request.", body = ApprovalRequest, headers(("ETag" = String, description = "The version, for If-Match.")))),
    security(("wallet_token" = ["READ"])),
)]
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::ReadPayouts, &id, "Approval request").await?;
    Parameters::of(&request)?.none_but(&[])?;
    let line = requests::get(&desk, &caller, id).await.map_err(said)?;
    Ok(HttpResponse::Ok().insert_header((ETAG, tag_of(line.request.version))).json(ApprovalRequest::from(&line)))
}

/// Approve a request, or send it back
///
/// The last approval that is needed does what was asked for, as it was shown. If what it is about has changed since, nothing is done and the answer has the status `stale`. Whoever asked for it cannot approve it, not even through a credential that they own, and nobody approves it twice. New credentials and secrets are approved by people, on the pages of the desk.
#[utoipa::path(
    post,
    path = "/api/v1/approvals/{id}/approval",
    tag = "Approvals",
    operation_id = "decide_approval_request",
    params(("id" = kinds::ApprovalRequestId, Path, description = "The request."), Repeatable, Unchanged),
    request_body = Decision,
    responses((status = 200, description = "The request as it stands now: still `open` if more have to approve it.", body = ApprovalRequest, headers(("ETag" = String, description = "The version, for If-Match.")))),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn decide(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::DecideRequests, &id, "Approval request").await?;
    posted.no_parameters()?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    let (approve, note) = posted.decision()?;
    let said_so = (approve, note.as_deref());
    let answered = requests::decide(&desk, &caller, id, said_so, version, key.as_deref()).await.map_err(said)?;
    let tag = tag_of(answered.value.request.version);
    let answer = ApprovalRequest::from(&answered.value);
    Ok(replay(StatusCode::OK, answered.replayed).insert_header((ETAG, tag)).json(answer))
}

/// What a refusal says, in words about requests.
pub fn said(error: Error) -> ApiError {
    let refusal = match error {
        Error::NotFound(_) => return Error::NotFound("Approval request").into(),
        Error::Refused(refusal) => refusal,
        error => return error.into(),
    };
    let words = match refusal.rule {
        Rule::NotWaitingForApproval => format!("approval request cannot be decided: {}", refusal.reason),
        Rule::MakerIsChecker => {
            "Insufficient permissions: whoever asked for something cannot also approve it".to_owned()
        }
        Rule::Forbidden => format!("Insufficient permissions: {}", refusal.reason),
        Rule::Stale => "approval request has changed since it was read: If-Match names another version".to_owned(),
        _ => return Error::Refused(refusal).into(),
    };
    ApiError::from(refusal).saying(words)
}
