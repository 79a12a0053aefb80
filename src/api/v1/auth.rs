//! Tokens of this API: signing in, renewing, and the check of every request.

use std::future::Future;
use std::pin::Pin;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use chrono::{DateTime, SecondsFormat};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::ApiError;
use super::posted::{Members, Posted};
use super::wire::kinds::Time;
use crate::api::openapi::Refusal;
use crate::api::{arrival, bearer, rate};
use crate::domain::caller::{Caller, Via};
use crate::error::Error;
use crate::http::request_id::Traced;
use crate::service::Desk;
use crate::service::tokens::{self, Tokens};

/// The program behind the request's bearer token. The first argument of every handler.
pub struct Token(pub Caller);

/// A pair of tokens.
#[derive(Serialize, ToSchema)]
#[schema(as = Tokens)]
pub struct TokensView {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// Good for one renewal.
    refresh_token: String,
    #[schema(value_type = Time)]
    access_expires_at: String,
    #[schema(value_type = Time)]
    refresh_expires_at: String,
    /// The number of the client whose money it is.
    client_id: i64,
}

/// Who signs in, for the description.
#[derive(Serialize, ToSchema)]
pub struct Login {
    username: &'static str,
    #[schema(format = Password)]
    password: &'static str,
}

/// What renews an access token, for the description.
#[derive(Serialize, ToSchema)]
pub struct Refresh {
    refresh_token: &'static str,
}

impl Login {
    pub fn example() -> Login {
        Login { username: "key_01kf0qxa00e2n9k3v8m4t6w7yz", password: "the password that was shown once" }
    }
}

impl Refresh {
    pub fn example() -> Refresh {
        Refresh { refresh_token: "eyJhbGciOiJIUzI1NiJ9.eyJ0eXAiOiJyZWZyZXNoIn0.4f2c" }
    }
}

impl TokensView {
    pub fn example() -> TokensView {
        TokensView {
            access_token: "eyJhbGciOiJIUzI1NiJ9.eyJ0eXAiOiJhY2Nlc3MifQ.9b1d".into(),
            refresh_token: "eyJhbGciOiJIUzI1NiJ9.eyJ0eXAiOiJyZWZyZXNoIn0.4f2c".into(),
            access_expires_at: "2026-01-15T11:00:00Z".into(),
            refresh_expires_at: "2026-01-22T10:30:00Z".into(),
            client_id: 1,
        }
    }
}

/// Sign in
///
/// With the name and password of a credential.
#[utoipa::path(
    post,
    path = "/auth/login",
    tag = "Sign-in",
    operation_id = "login",
    request_body = Login,
    responses(
        (status = 200, description = "An access token for requests, and a refresh token for the next pair.", body = TokensView),
    ),
)]
pub async fn login(request: HttpRequest, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    let missing = "Username and password are required";
    let mut members = read(&posted, missing)?;
    let (Some(username), Some(password)) = (given(&mut members, "username"), given(&mut members, "password")) else {
        return Err(invalid(missing));
    };
    match tokens::login(&desk, &Traced::visit(&request, Via::ApiV1), &username, &password).await {
        Ok(tokens) => Ok(HttpResponse::Ok().json(view(tokens))),
        Err(error) => Err(worded(error, "Invalid credentials")),
    }
}

/// Renew the access token
#[utoipa::path(
    post,
    path = "/auth/refresh",
    tag = "Sign-in",
    operation_id = "refresh",
    request_body = Refresh,
    responses(
        (status = 200, description = "A new pair. The refresh token that was sent is used up.", body = TokensView),
    ),
)]
pub async fn refresh(request: HttpRequest, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    let missing = "Refresh token is required";
    let token = given(&mut read(&posted, missing)?, "refresh_token").ok_or_else(|| invalid(missing))?;
    match tokens::refresh(&desk, &Traced::visit(&request, Via::ApiV1), &token).await {
        Ok(tokens) => Ok(HttpResponse::Ok().json(view(tokens))),
        Err(error) => Err(worded(error, "Invalid refresh token")),
    }
}

impl FromRequest for Token {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Token, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let desk = request.app_data::<web::Data<Desk>>().ok_or(Error::Internal)?;
            let missing = || ApiError::new(401, "UnauthorizedAccess", "Authentication required");
            let caller = tokens::authenticate(desk, bearer(&request).ok_or_else(missing)?, &arrival(&request)).await?;
            rate::count(&request, desk, &caller)?;
            Ok(Token(caller))
        })
    }
}

/// Tells callers how many requests they have left.
pub async fn limits(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    rate::tell(Via::ApiV1, request, next).await
}

/// A body that is no JSON, or has members of other types, lacks what is required.
fn read(posted: &Posted, missing: &str) -> Result<Members, ApiError> {
    posted.members().map_err(|error| if error.status() == 400 { invalid(missing) } else { error })
}

/// A member's text; blank, or with what a database cannot keep, it is none.
fn given(members: &mut Members, name: &'static str) -> Option<String> {
    members.text(name).filter(|text| !text.is_empty() && !text.contains('\0'))
}

fn invalid(message: &str) -> ApiError {
    ApiError::bad_request(message).worded("validation_error", message)
}

/// The contract's own words for these two routes.
fn worded(error: Error, unauthorized: &str) -> ApiError {
    let waits = "Too many login attempts. Please try again later.";
    match &error {
        Error::InvalidCredentials => ApiError::from(error).worded("unauthorized", unauthorized),
        Error::TooManyAttempts { .. } => ApiError::from(error).worded("Too Many Requests", waits),
        _ => error.into(),
    }
}

/// What both routes may refuse with, in their own words.
pub fn refusals(missing: &str, unauthorized: &str) -> Vec<Refusal> {
    vec![
        invalid(missing).named("incomplete"),
        worded(Error::InvalidCredentials, unauthorized).into(),
        worded(Error::TooManyAttempts { retry_after: 30 }, unauthorized).into(),
    ]
}

fn view(tokens: Tokens) -> TokensView {
    let time =
        |micros| DateTime::from_timestamp_micros(micros).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true);
    TokensView {
        access_expires_at: time(tokens.access_expires_at),
        refresh_expires_at: time(tokens.refresh_expires_at),
        access_token: tokens.access_token,
        refresh_token: tokens.refresh_token,
        client_id: tokens.client_number,
    }
}
