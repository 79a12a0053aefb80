//! `POST /api/1.0/auth/token`: access tokens for a one-time code or a refresh token.

use actix_web::http::StatusCode;
use actix_web::http::header::USER_AGENT;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use serde::Serialize;
use serde_json::json;

use super::error::ApiError;
use crate::domain::caller::Via;
use crate::http::request_id::Traced;
use crate::service::Desk;
use crate::service::oauth::{self, Grant, GrantError, Granted};
use crate::service::sign_in::Visit;

/// A refusal in OAuth's shape, which this one route answers in: `{"error":"invalid_grant","error_description":"…"}`.
#[derive(Debug, thiserror::Error)]
#[error("{description}")]
pub struct OauthError {
    status: StatusCode,
    error: &'static str,
    description: String,
}

#[derive(Serialize)]
struct TokensView {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// POST /api/1.0/auth/token
pub async fn create(
    request: HttpRequest,
    desk: web::Data<Desk>,
    body: web::Bytes,
) -> Result<HttpResponse, actix_web::Error> {
    let grant = read(&request, &body)?;
    let granted = oauth::sign_in_revolut(&desk, &visit(&request), &grant).await.map_err(refusal)?;
    let Granted { access_token, expires_in, refresh_token } = granted;
    Ok(HttpResponse::Ok().json(TokensView { access_token, token_type: "bearer", expires_in, refresh_token }))
}

/// The form, each member at most once.
fn read(request: &HttpRequest, body: &[u8]) -> Result<Grant, OauthError> {
    let invalid = |text: &str| OauthError::new("invalid_request", text.to_owned());
    if !request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(invalid("Content-Type must be application/x-www-form-urlencoded"));
    }
    let text = std::str::from_utf8(body).map_err(|_| invalid("the body must be UTF-8"))?;
    let members = web::Query::<Vec<(String, String)>>::from_query(text).map_err(|_| invalid("the body is no form"))?;
    let mut grant = Grant::default();
    for (name, value) in members.into_inner() {
        let place = match name.as_str() {
            "grant_type" => &mut grant.grant_type,
            "code" => &mut grant.code,
            "refresh_token" => &mut grant.refresh_token,
            "client_assertion_type" => &mut grant.client_assertion_type,
            "client_assertion" => &mut grant.client_assertion,
            "client_id" => &mut grant.client_id,
            _ => continue,
        };
        if place.replace(value).is_some() {
            return Err(invalid(&format!("{name} must come once")));
        }
    }
    Ok(grant)
}

fn visit(request: &HttpRequest) -> Visit {
    let traced = Traced::of(request);
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    Visit { via: Via::Revolut, ip: traced.ip_text(), user_agent: agent.map(str::to_owned), request_id: traced.id }
}

fn refusal(error: GrantError) -> actix_web::Error {
    match error {
        GrantError::InvalidRequest(text) => OauthError::new("invalid_request", text).into(),
        GrantError::InvalidClient(text) => {
            OauthError { status: StatusCode::UNAUTHORIZED, ..OauthError::new("invalid_client", text) }.into()
        }
        GrantError::InvalidGrant(text) => OauthError::new("invalid_grant", text).into(),
        GrantError::UnsupportedGrantType(text) => OauthError::new("unsupported_grant_type", text).into(),
        GrantError::Failed(error) => ApiError::from(error).into(),
    }
}

impl OauthError {
    fn new(error: &'static str, description: String) -> OauthError {
        OauthError { status: StatusCode::BAD_REQUEST, error, description }
    }
}

impl ResponseError for OauthError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status).json(json!({"error": self.error, "error_description": self.description}))
    }
}
