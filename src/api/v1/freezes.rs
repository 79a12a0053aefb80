//! Freezes: stop what is this client's, ask for the lift, lift what somebody else asked for, or keep it.

use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Token;
use super::error::ApiError;
use super::parameters::{FreezeFilter, Repeatable, Unchanged};
use super::posted::{KEY_LENGTH, Posted};
use super::query::{Parameters, named};
use super::version::tag_of;
use super::wire::freeze::{Freeze, LiftRequest, NewFreeze, input};
use super::wire::{Nothing, kinds};
use crate::api::replay;
use crate::domain::freeze;
use crate::domain::payout::Rule;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::idempotency::Answered;
use crate::service::{Desk, freezes, permit};

/// List freezes
///
/// Those of the client’s own things, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/freezes",
    tag = "Freezes",
    operation_id = "list_freezes",
    params(FreezeFilter),
    responses((status = 200, description = "The freezes.", body = [Freeze])),
    security(("wallet_token" = ["READ"])),
)]
pub async fn index(
    Token(caller): Token,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadFreezes).await?;
    let parameters = Parameters::of(&request)?;
    parameters.none_but(&["before", "limit"])?;
    let (before, limit) = (parameters.before("a freeze")?, parameters.limit()?);
    let (found, _) = freezes::list(&desk, &caller, before, limit.into()).await?;
    Ok(HttpResponse::Ok().json(found.iter().map(Freeze::from).collect::<Vec<_>>()))
}

/// Freeze something
///
/// From this answer on nothing in it is handed to a provider, approved or claimed. What waits in the queue stays there and goes on by itself after the lift; cancelling goes on. Members that are not named here are refused.
#[utoipa::path(
    post,
    path = "/api/v1/freezes",
    tag = "Freezes",
    operation_id = "create_freeze",
    params(Repeatable),
    request_body = NewFreeze,
    responses(
        (status = 201, description = "The freeze.", body = Freeze, headers(("ETag" = String, description = "The version, for If-Match."))),
        (status = 200, description = "It is frozen already, by this freeze; nothing was frozen twice.", body = Freeze, headers(("ETag" = String, description = "The version, for If-Match."))),
    ),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn create(Token(caller): Token, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::Freeze).await?;
    posted.no_parameters()?;
    let key = posted.key(KEY_LENGTH)?;
    let new = input(posted.members()?)?;
    let answered = freezes::create(&desk, &caller, &new, key.as_deref()).await.map_err(said)?;
    let stood = answered.repeated && !answered.replayed;
    Ok(one(if stood { StatusCode::OK } else { StatusCode::CREATED }, &answered))
}

/// Show a freeze
#[utoipa::path(
    get,
    path = "/api/v1/freezes/{id}",
    tag = "Freezes",
    operation_id = "get_freeze",
    params(("id" = kinds::FreezeId, Path, description = "The freeze.")),
    responses((status = 200, description = "The freeze.", body = Freeze, headers(("ETag" = String, description = "The version, for If-Match.")))),
    security(("wallet_token" = ["READ"])),
)]
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::ReadFreezes, &id, "Freeze").await?;
    Parameters::of(&request)?.none_but(&[])?;
    let freeze = freezes::get(&desk, &caller, id).await?;
    Ok(HttpResponse::Ok().insert_header((ETAG, tag_of(freeze.version))).json(Freeze::from(&freeze)))
}

/// Ask for the lift of a freeze
///
/// Another person then lifts it or keeps it.
#[utoipa::path(
    post,
    path = "/api/v1/freezes/{id}/lift-request",
    tag = "Freezes",
    operation_id = "request_lift",
    params(("id" = kinds::FreezeId, Path, description = "The freeze."), Repeatable, Unchanged),
    request_body = LiftRequest,
    responses((status = 200, description = "The freeze, which still stands.", body = Freeze, headers(("ETag" = String, description = "The version, for If-Match.")))),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn ask(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::Freeze, &id, "Freeze").await?;
    posted.no_parameters()?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    let mut members = posted.members()?;
    let reason = members.text("reason");
    members.nothing_else()?;
    let answered = freezes::ask(&desk, &caller, id, reason.as_deref(), version, key.as_deref()).await.map_err(said)?;
    Ok(one(StatusCode::OK, &answered))
}

/// Lift a freeze
///
/// One that another person has asked to be lifted. What it held back goes on at once, by itself. A body is not needed.
#[utoipa::path(
    post,
    path = "/api/v1/freezes/{id}/lift",
    tag = "Freezes",
    operation_id = "lift_freeze",
    params(("id" = kinds::FreezeId, Path, description = "The freeze."), Repeatable, Unchanged),
    request_body = Nothing,
    responses((status = 200, description = "The lifted freeze.", body = Freeze, headers(("ETag" = String, description = "The version, for If-Match.")))),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn lift(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::LiftFreeze, &id, "Freeze").await?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    posted.nothing()?;
    let answered = freezes::lift(&desk, &caller, id, version, key.as_deref()).await.map_err(said)?;
    Ok(one(StatusCode::OK, &answered))
}

/// Keep a freeze
///
/// Answers no when somebody has asked for the lift, or takes the own question back: the freeze stands, and may be asked about again. A body is not needed.
#[utoipa::path(
    post,
    path = "/api/v1/freezes/{id}/keep",
    tag = "Freezes",
    operation_id = "keep_freeze",
    params(("id" = kinds::FreezeId, Path, description = "The freeze."), Repeatable, Unchanged),
    request_body = Nothing,
    responses((status = 200, description = "The freeze, which still stands.", body = Freeze, headers(("ETag" = String, description = "The version, for If-Match.")))),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn keep(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::Freeze, &id, "Freeze").await?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    posted.nothing()?;
    let answered = freezes::keep(&desk, &caller, id, version, key.as_deref()).await.map_err(said)?;
    Ok(one(StatusCode::OK, &answered))
}

/// What a refusal says, in words about freezes; the service's `subject` is `subject_id` here.
pub fn said(error: Error) -> ApiError {
    let refusal = match error {
        Error::Validation(mut fields) => {
            fields.iter_mut().filter(|field| field.field == "subject").for_each(|field| field.field = "subject_id");
            return Error::Validation(fields).into();
        }
        Error::Refused(refusal) => refusal,
        error => return error.into(),
    };
    let words = match refusal.rule {
        Rule::WrongState => format!("freeze cannot be changed in current status: {}", refusal.reason),
        Rule::MakerIsChecker => {
            "Insufficient permissions: whoever asked for a freeze to be lifted cannot also lift it".to_owned()
        }
        Rule::Stale => "freeze has changed since it was read: If-Match names another version".to_owned(),
        _ => return Error::Refused(refusal).into(),
    };
    ApiError::from(refusal).saying(words)
}

fn one(status: StatusCode, answered: &Answered<freeze::Freeze>) -> HttpResponse {
    replay(status, answered.replayed)
        .insert_header((ETAG, tag_of(answered.value.version)))
        .json(Freeze::from(&answered.value))
}
