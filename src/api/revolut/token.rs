//! `POST /api/1.0/auth/token`: access tokens for a one-time code or a refresh token.

use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::ApiError;
use super::wire::kinds::{AssertionType, GrantErrorName, GrantType, TokenType};
use crate::api::openapi::Refusal;
use crate::domain::caller::Via;
use crate::http::request_id::Traced;
use crate::service::Desk;
use crate::service::oauth::{self, Grant, GrantError, Granted};

/// A refusal in OAuth's shape, which this one route answers in: `{"error":"invalid_grant","error_description":"…"}`.
#[derive(Debug, thiserror::Error)]
#[error("{description}")]
pub struct OauthError {
    status: StatusCode,
    error: &'static str,
    description: String,
}

/// What is wrong, in OAuth's shape.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OAuthError)]
pub struct Shape<'a> {
    #[schema(value_type = GrantErrorName)]
    error: &'static str,
    /// A sentence for people.
    error_description: &'a str,
}

/// An access token.
#[derive(Serialize, ToSchema)]
#[schema(as = Tokens)]
pub struct TokensView {
    /// Send it as `Authorization: Bearer …`. It begins with `oa_sand_`, or with `oa_prod_` where money is real.
    access_token: String,
    #[schema(value_type = TokenType)]
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
    /// Only for a code. Good for 90 days, however often it is used.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// The form that asks for an access token.
#[derive(Serialize, ToSchema)]
pub struct TokenForm {
    #[schema(value_type = GrantType)]
    grant_type: &'static str,
    /// With `authorization_code`: the one-time code.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// With `refresh_token`.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'static str>,
    #[schema(value_type = AssertionType)]
    client_assertion_type: &'static str,
    /// The signed JWT.
    client_assertion: &'static str,
    /// The `sub` of the JWT; not needed.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'static str>,
}

impl TokenForm {
    pub fn example() -> TokenForm {
        TokenForm {
            grant_type: "authorization_code",
            code: Some("oa_sand_m4Xc81Qz"),
            refresh_token: None,
            client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            client_assertion: concat!(
                "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.",
                "eyJpc3MiOiJleGFtcGxlLmNvbSIsInN1YiI6ImtleV8wMWtmMHF4YTAwZTJuOWszdjhtNHQ2dzd5eiIsImF1ZCI6Imh0dHBzOi8v",
                "cmV2b2x1dC5jb20iLCJleHAiOjE3Njg0NzMwMDB9.",
                "c2lnbmF0dXJl"
            ),
            client_id: None,
        }
    }
}

impl TokensView {
    /// The example of the contract.
    pub fn example() -> TokensView {
        TokensView {
            access_token: "oa_sand_Jb3kq0Z4".into(),
            token_type: "bearer",
            expires_in: 2_399,
            refresh_token: Some("oa_sand_r7TqLw2x".into()),
        }
    }
}

/// What this route refuses with in its own shape, and how often it may be asked.
pub fn refusals() -> Vec<Refusal> {
    let refused = |error: &'static str, text: &str| OauthError::new(error, text.to_owned());
    let unproven = "client_assertion is not signed by a certificate of this client, or not for this desk";
    vec![
        refused("invalid_request", "client_assertion is required").into(),
        refused("invalid_grant", "code is unknown, was used, or has expired: make a new one").into(),
        refused("unsupported_grant_type", "grant_type must be authorization_code or refresh_token").into(),
        OauthError { status: StatusCode::UNAUTHORIZED, ..refused("invalid_client", unproven) }.into(),
        ApiError::too_many_requests(20).named("too_many_requests"),
    ]
}

/// Get an access token
///
/// For the one-time code of a credential, or for a refresh token. The client proves itself by a JWT that it signs with RS256: `iss` is the issuer of the credential, a host without `https://`, `sub` the client id, `aud` is `https://revolut.com`, `exp` is in Unix seconds. An access token lives 40 minutes, a refresh token 90 days.
#[utoipa::path(
    post,
    path = "/api/1.0/auth/token",
    tag = "Sign-in",
    operation_id = "get_token",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "An access token; with a code, a refresh token too.", body = TokensView)),
)]
pub async fn create(
    request: HttpRequest,
    desk: web::Data<Desk>,
    body: web::Bytes,
) -> Result<HttpResponse, actix_web::Error> {
    let grant = read(&request, &body)?;
    let granted =
        oauth::sign_in_revolut(&desk, &Traced::visit(&request, Via::Revolut), &grant).await.map_err(refusal)?;
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

    fn body(&self) -> Shape<'_> {
        Shape { error: self.error, error_description: &self.description }
    }
}

impl From<OauthError> for Refusal {
    fn from(error: OauthError) -> Refusal {
        Refusal::of(error.status.as_u16(), error.error, &error.description, &error.body())
    }
}

impl ResponseError for OauthError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status).json(self.body())
    }
}
