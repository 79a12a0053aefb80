//! Freezes: stop what is this client's, ask for the lift, lift what somebody else asked for.

use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::web::{self, ServiceConfig, post};
use actix_web::{HttpRequest, HttpResponse};

use super::auth::Token;
use super::error::ApiError;
use super::payouts::replay;
use super::posted::{KEY_LENGTH, Posted};
use super::query::Parameters;
use super::wire::freeze::{Freeze, input};
use super::{at, get};
use crate::domain::caller::Caller;
use crate::domain::freeze;
use crate::domain::ids::FreezeId;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::idempotency::Answered;
use crate::service::{Desk, freezes, permit};

/// The routes below `/api/v1`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(at("/freezes").route(get().to(index)).route(post().to(create)))
        .service(at("/freezes/{id:[^/]*}").route(get().to(show)))
        .service(at("/freezes/{id:[^/]*}/lift-request").route(post().to(ask)))
        .service(at("/freezes/{id:[^/]*}/lift").route(post().to(lift)));
}

/// GET /api/v1/freezes
///
/// The newest first; `before` is the id of the last one seen.
async fn index(Token(caller): Token, desk: web::Data<Desk>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadFreezes).await?;
    let parameters = Parameters::of(&request)?;
    parameters.none_but(&["before", "limit"])?;
    let before = parameters.text("before").map(str::parse).transpose();
    let before = before.map_err(|_| ApiError::member("before", "must be the id of a freeze"))?;
    let limit = match parameters.integer("limit")? {
        None => 25,
        Some(limit @ 1..=100) => usize::try_from(limit).unwrap_or(25),
        Some(_) => return Err(ApiError::member("limit", "must be from 1 to 100")),
    };
    let (found, _) = freezes::list(&desk, &caller, before, limit).await?;
    Ok(HttpResponse::Ok().json(found.iter().map(Freeze::from).collect::<Vec<_>>()))
}

/// POST /api/v1/freezes
///
/// What is frozen already is answered with 200 and stays as it is.
async fn create(Token(caller): Token, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::Freeze).await?;
    posted.no_parameters()?;
    let key = posted.key(KEY_LENGTH)?;
    let new = input(posted.members()?)?;
    let answered = freezes::create(&desk, &caller, &new, key.as_deref()).await.map_err(named)?;
    let stood = answered.repeated && !answered.replayed;
    Ok(one(if stood { StatusCode::OK } else { StatusCode::CREATED }, &answered))
}

/// GET /api/v1/freezes/{id}
async fn show(Token(caller): Token, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = freeze_id(&desk, &caller, Operation::ReadFreezes, &id).await?;
    let freeze = freezes::get(&desk, &caller, id).await?;
    Ok(HttpResponse::Ok().insert_header((ETAG, tag_of(&freeze))).json(Freeze::from(&freeze)))
}

/// POST /api/v1/freezes/{id}/lift-request
async fn ask(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = freeze_id(&desk, &caller, Operation::Freeze, &id).await?;
    posted.no_parameters()?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    let mut members = posted.members()?;
    let reason = members.text("reason");
    members.nothing_else()?;
    let answered = freezes::ask(&desk, &caller, id, reason.as_deref(), version, key.as_deref()).await?;
    Ok(one(StatusCode::OK, &answered))
}

/// POST /api/v1/freezes/{id}/lift
async fn lift(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = freeze_id(&desk, &caller, Operation::LiftFreeze, &id).await?;
    posted.no_parameters()?;
    let (key, version) = (posted.key(KEY_LENGTH)?, posted.if_match()?);
    posted.members()?.nothing_else()?;
    let answered = freezes::lift(&desk, &caller, id, version, key.as_deref()).await?;
    Ok(one(StatusCode::OK, &answered))
}

/// The id in the address, once the caller may do this to freezes at all.
async fn freeze_id(desk: &Desk, caller: &Caller, operation: Operation, text: &str) -> Result<FreezeId, ApiError> {
    if text.trim().is_empty() {
        return Err(ApiError::bad_request("Freeze ID is required"));
    }
    permit(desk, caller, operation).await?;
    text.parse().map_err(|_| Error::NotFound("Freeze").into())
}

/// The service's `subject` is `subject_id` here.
fn named(error: Error) -> ApiError {
    match error {
        Error::Validation(mut fields) => {
            fields.iter_mut().filter(|field| field.field == "subject").for_each(|field| field.field = "subject_id");
            Error::Validation(fields).into()
        }
        error => error.into(),
    }
}

fn one(status: StatusCode, answered: &Answered<freeze::Freeze>) -> HttpResponse {
    replay(status, answered).insert_header((ETAG, tag_of(&answered.value))).json(Freeze::from(&answered.value))
}

fn tag_of(freeze: &freeze::Freeze) -> String {
    format!("\"{}\"", freeze.version)
}
