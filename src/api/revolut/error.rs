//! Errors as Revolut says them: `code`, an integer, and `message`, always both.
//!
//! | what | status | `code` |
//! |---|---|---|
//! | a required member is missing | 400 | 3009 |
//! | wrong format, unparsable body, an amount out of its bounds | 400 | 3000 |
//! | a bad query or path parameter | 400 | 2101 |
//! | the `request_id` was used before | 400 | 3020 |
//! | `charge_bearer` is not possible | 400 | 3287 |
//! | a reason for the transfer, or for an exchange, is needed | 400 | 4100, 3448 |
//! | another currency than the counterparty's account has | 400 | 3187 |
//! | a counterparty, account or card in the body that is not there | 400 | 3544 |
//! | token missing, malformed, unknown or expired | 401 | 1000 |
//! | scope missing, address not allowed, feature off | 403 | 9002 |
//! | unknown, or another business's; unknown route | 404 | 3006; a webhook 3040 |
//! | wrong method; an `Accept` without JSON | 405; 406 | the status, as nobody says what else |
//! | not in a state that allows it | 422 | 3100 |
//! | the same revtag, too many webhooks, too many live secrets | 422 | 3012, 3352, 3355 |
//! | too many requests | 429 | 3162 |
//! | a bug; the database cannot be used now | 500; 503 | 5000; 5003 |
//!
//! 401, 403, 429, 500 and 503 carry an `error_id` besides, which the log has beside the request's id.

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ALLOW, HeaderMap, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::token::OauthError;
use super::wire::kinds::ErrorId;
use super::wire::link::state_name;
use crate::api::openapi;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::payout_link::State as LinkState;
use crate::error::{Error, FieldError};

/// A refusal in the words of the contract.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    status: u16,
    code: u16,
    message: String,
    /// Seconds.
    retry_after: Option<u64>,
}

/// What went wrong: always `code` and `message`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub struct Shape<'a> {
    /// A stable number for programs: 3009.
    code: u16,
    /// A sentence for people.
    message: &'a str,
    /// With 401, 403, 429, 500 and 503.
    #[schema(value_type = ErrorId, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    error_id: Option<String>,
}

impl ApiError {
    pub fn new(status: u16, code: u16, message: impl Into<String>) -> ApiError {
        ApiError { status, code, message: message.into(), retry_after: None }
    }

    /// A member that has to be there and is not.
    pub fn missing(member: &str) -> ApiError {
        ApiError::new(400, 3009, format!("Required '{member}' is missing"))
    }

    /// A member whose value cannot be used as it is; `value` as it was sent.
    pub fn format(member: &str, value: &str) -> ApiError {
        ApiError::new(400, 3000, format!("Value '{}' is not in correct format for field '{member}'", shown(value)))
    }

    /// A query or path parameter that cannot be used.
    pub fn parameter(message: impl Into<String>) -> ApiError {
        ApiError::new(400, 2101, message)
    }

    /// The `request_id` made something before, whatever the body is now.
    pub fn duplicate(request_id: &str) -> ApiError {
        ApiError::new(400, 3020, format!("Duplicate request: {request_id}"))
    }

    /// Something that the body names and that the caller does not have: `Account not found …`.
    pub fn no_such(message: impl Into<String>) -> ApiError {
        ApiError::new(400, 3544, message)
    }

    pub fn not_found() -> ApiError {
        ApiError::new(404, 3006, "Resource not found")
    }

    pub fn no_token() -> ApiError {
        let message = "Invalid token. The authorization header must follow the 'Bearer <token>' format.";
        ApiError::new(401, 1000, message)
    }

    pub fn too_many_requests(retry_after: u64) -> ApiError {
        let message = "Request rate limit has been reached. Try again later.";
        ApiError { retry_after: Some(retry_after), ..ApiError::new(429, 3162, message) }
    }

    /// A body with more than so many bytes.
    pub fn too_large(most: usize) -> ApiError {
        ApiError::new(413, 3000, format!("The body must have at most {most} bytes"))
    }

    /// A webhook that is not there, or is another business's.
    pub fn no_webhook() -> ApiError {
        ApiError::new(404, 3040, "Webhook not found")
    }

    /// Who asks takes no JSON.
    pub fn not_acceptable() -> ApiError {
        ApiError::new(406, 406, "Only application/json can be answered")
    }

    /// No id, name or text holds U+0000, and PostgreSQL cannot even be asked for it.
    pub fn zero_in_address() -> ApiError {
        ApiError::parameter("The address must not contain U+0000")
    }

    fn unavailable(message: &str) -> ApiError {
        ApiError { retry_after: Some(5), ..ApiError::new(503, 5003, message) }
    }

    /// The refusal in the description of this API, under a name of its own.
    pub fn named(self, name: &str) -> openapi::Refusal {
        let id = self.is_traced().then(|| "9a1d3c52-07be-4f6e-8c0d-5b2e41f7a963".to_owned());
        openapi::Refusal::of(self.status, name, &self.message, &self.body(id))
    }
}

impl From<ApiError> for openapi::Refusal {
    fn from(error: ApiError) -> openapi::Refusal {
        let name = error.code.to_string();
        error.named(&name)
    }
}

/// Gives every error of these routes its shape, also those the framework made, and refuses who cannot read JSON.
pub async fn shape(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if request.uri().to_string().contains("%00") {
        return Ok(request.error_response(ApiError::zero_in_address()));
    }
    if !takes_json(request.headers()) {
        return Ok(request.error_response(ApiError::not_acceptable()));
    }
    let response = next.call(request).await?.map_into_boxed_body();
    let Some(error) = foreign(&response) else { return Ok(response) };
    let allow = response.headers().get(ALLOW).cloned();
    let mut shaped = error.error_response();
    if let Some(allow) = allow {
        shaped.headers_mut().insert(ALLOW, allow);
    }
    Ok(response.into_response(shaped))
}

/// What addresses that no route stands at answer.
pub async fn nowhere() -> ApiError {
    ApiError::not_found()
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds));
        }
        if self.status == 401 {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        response.json(self.body(self.error_id()))
    }
}

impl ApiError {
    fn body(&self, error_id: Option<String>) -> Shape<'_> {
        Shape { code: self.code, message: &self.message, error_id }
    }

    /// Whether it was stopped at the door, or broke.
    fn is_traced(&self) -> bool {
        matches!(self.status, 401 | 403 | 429 | 500 | 503)
    }

    /// An id to trace what was stopped at the door, or broke.
    fn error_id(&self) -> Option<String> {
        self.is_traced().then(|| {
            let id = uuid::Builder::from_random_bytes(rand::random()).into_uuid().hyphenated().to_string();
            tracing::info!(error_id = %id, code = self.code, "refused");
            id
        })
    }
}

impl actix_web::Responder for ApiError {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::from_error(self)
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> ApiError {
        match error {
            Error::NotFound(_) => ApiError::not_found(),
            Error::Validation(fields) => {
                fields.first().map_or_else(|| ApiError::new(400, 3000, "The request cannot be used"), ApiError::from)
            }
            Error::Refused(refusal) => refusal.into(),
            Error::Forbidden => ApiError::new(403, 9002, "This action is forbidden"),
            Error::Unauthenticated | Error::InvalidCredentials => {
                ApiError::new(401, 1000, "Access token is invalid or has expired. Ask for a new one.")
            }
            Error::TooManyAttempts { retry_after } => ApiError::too_many_requests(retry_after),
            Error::Unavailable => ApiError::unavailable("The service is unavailable. Nothing was done."),
            Error::InDoubt => ApiError::unavailable(
                "Whether this was done is not known. Ask again with the same request_id: nothing is done twice.",
            ),
            Error::Internal => ApiError::new(500, 5000, "Something went wrong"),
        }
    }
}

impl From<&FieldError> for ApiError {
    fn from(error: &FieldError) -> ApiError {
        match error.message.as_str() {
            "is required" => ApiError::missing(error.field),
            message => ApiError::new(400, 3000, format!("Field '{}' {message}", error.field)),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> ApiError {
        match refusal.rule {
            Rule::NotFound | Rule::LinkNotFound | Rule::WalletNotFound | Rule::PayeeNotFound => ApiError::not_found(),
            Rule::Forbidden | Rule::MakerIsChecker => Error::Forbidden.into(),
            Rule::OverCap | Rule::Frozen => {
                ApiError::new(403, 9002, format!("This action is forbidden. {}", refusal.reason))
            }
            Rule::NotDone => Error::Internal.into(),
            Rule::ChargeBearer => ApiError::new(400, 3287, refusal.reason),
            Rule::ExchangeReasonRequired => ApiError::new(400, 3448, refusal.reason),
            Rule::PayeeCurrencyMismatch => ApiError::new(400, 3187, refusal.reason),
            Rule::ReasonRequired => ApiError::new(400, 4100, "Please provide a reason for the transaction."),
            Rule::WebhookLimit => ApiError::new(422, 3352, refusal.reason),
            Rule::SecretLimit => ApiError::new(422, 3355, refusal.reason),
            Rule::PayeeExists => ApiError::new(422, 3012, "Counterparty already exists"),
            Rule::AmountOutOfRange | Rule::CurrencyMismatch | Rule::SameWallet => {
                ApiError::new(400, 3000, refusal.reason)
            }
            Rule::LinkNotCancellable => match refusal.state.as_deref().and_then(LinkState::from_name) {
                Some(state) => {
                    let state = state_name(state);
                    ApiError::new(422, 3100, format!("Payout link cannot be cancelled in state {state}"))
                }
                None => ApiError::new(422, 3100, refusal.reason),
            },
            _ => ApiError::new(422, 3100, refusal.reason),
        }
    }
}

/// A refusal by the framework, which speaks another shape.
fn foreign(response: &ServiceResponse) -> Option<ApiError> {
    if let Some(error) = response.response().error() {
        // These have their shape; the route of tokens speaks OAuth's own.
        if error.as_error::<ApiError>().is_some() || error.as_error::<OauthError>().is_some() {
            return None;
        }
        tracing::debug!(%error, "a request could not be read");
    } else if response.response().body().size() != BodySize::Sized(0) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(ApiError::not_found()),
        StatusCode::METHOD_NOT_ALLOWED => Some(ApiError::new(405, 405, "Method not allowed")),
        status if status.is_client_error() => Some(ApiError::new(status.as_u16(), 3000, "The request cannot be read")),
        status if status.is_server_error() => Some(Error::Internal.into()),
        _ => None,
    }
}

/// Whether the caller can read JSON; who says nothing reads everything.
fn takes_json(headers: &HeaderMap) -> bool {
    let mut ranges = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let is_json = |range: &str| {
        let kind = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        kind.is_empty()
            || matches!(kind.as_str(), "*/*" | "application/*" | "application/json")
            || kind.ends_with("+json")
    };
    !headers.contains_key(ACCEPT) || ranges.any(is_json)
}

/// A value from outside, short enough to be told again.
fn shown(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).take(100).collect()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn only_a_link_that_cannot_be_cancelled_is_said_to_be_one() {
        let said = |rule, state: &str| {
            let refusal = Refusal { state: Some(state.to_owned()), ..Refusal::new(rule, "the reason") };
            ApiError::from(refusal).to_string()
        };
        assert_eq!(said(Rule::LinkNotCancellable, "issued"), "Payout link cannot be cancelled in state active");
        for rule in [Rule::LinkNotClaimable, Rule::LinkExpired, Rule::Stale, Rule::NotCancellable] {
            assert_eq!(said(rule, "issued"), "the reason", "{rule:?}");
        }
    }

    #[test]
    fn whoever_reads_json_or_everything_is_answered() {
        let takes = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(value));
            takes_json(&headers)
        };
        for accept in
            ["*/*", "application/json", "text/html, application/json;q=0.5", "application/*", "", "Application/JSON"]
        {
            assert!(takes(accept), "{accept}");
        }
        for accept in ["text/html", "application/xml, image/png"] {
            assert!(!takes(accept), "{accept}");
        }
        assert!(takes_json(&HeaderMap::new()));
    }
}
