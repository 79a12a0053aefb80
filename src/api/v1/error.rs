//! Errors as this API says them: always `error` and `message`, or a problem document for who asks for one.
//!
//! | rule or error | status | `error` | `message` |
//! |---|---|---|---|
//! | any member, parameter or header that cannot be used | 400 | `BadRequest` | its name and what is wrong |
//! | blank id | 400 | `BadRequest` | `Payout ID is required` |
//! | `AlreadyCompleted` | 400 | `BadRequest` | `payout has already been completed` |
//! | `NotCancellable` | 400 | `BadRequest` | `payout cannot be cancelled in current status` |
//! | `WrongState`: asking a provider that has nothing | 400 | `BadRequest` | `payout is not with a provider: …` |
//! | `NotWaitingForApproval` | 400 | `BadRequest` | `payout does not wait for approval in current status` |
//! | `InsufficientFunds` | 400 | `BadRequest` | `Insufficient wallet balance` |
//! | `WalletClosed` | 400 | `BadRequest` | `wallet_id names a wallet that is closed` |
//! | `SameWallet` | 400 | `BadRequest` | `source and target are the same wallet` |
//! | `CurrencyMismatch` | 400 | `BadRequest` | `currency must be the currency of the wallet` |
//! | `AmountOutOfRange` | 400 | `BadRequest` | `amount is too large` |
//! | `NotReversible` | 400 | `BadRequest` | `payout cannot be reversed in current status` |
//! | `FullyReversed` | 400 | `BadRequest` | `payout has already been fully reversed` |
//! | `ReversalTooLarge` | 400 | `BadRequest` | `amount is larger than the reversible amount: …` |
//! | `TransferIdTaken` | 400 | `BadRequest` | `client_transfer_id is already used by another reversal` |
//! | no or malformed `Authorization` | 401 | `UnauthorizedAccess` | `Authentication required` |
//! | unknown or expired token | 401 | `Unauthorized` | `Invalid or expired token` |
//! | scope or role missing | 403 | `Forbidden` | `Insufficient permissions` |
//! | `OverCap` | 403 | `Forbidden` | `Insufficient permissions: …` |
//! | `MakerIsChecker` | 403 | `Forbidden` | `Insufficient permissions: …` |
//! | unknown, or another client's | 404 | `NotFound` | `Payout not found`, `Wallet not found`, … |
//! | unknown route; wrong method | 404; 405 | `NotFound`; `MethodNotAllowed` | |
//! | `ReferenceTaken` | 409 | `Conflict` | `Payout with this reference_id already exists` |
//! | unknown payout link, or another client's | 404 | `NotFound` | `Payout link not found` |
//! | `LinkNotCancellable` | 400 | `BadRequest` | `payout link cannot be cancelled in current status` |
//! | `LinkExpired` | 400 | `BadRequest` | `payout link has expired` |
//! | `ExpiryTooSoon` | 400 | `BadRequest` | `expire_by is too soon: …` |
//! | `RequestIdTaken` | 409 | `Conflict` | `Payout link with this request_id already exists` |
//! | `ReasonRequired` | 400 | `BadRequest` | `transfer_reason is required for this country and currency` |
//! | `WebhookLimit`, `SecretLimit` | 409 | `Conflict` | what there is too much of |
//! | `CancellationOpen` | 409 | `Conflict` | `payout has an open cancellation already` |
//! | `Stale`: `If-Match` names another version | 412 | `PreconditionFailed` | |
//! | body above 64 KiB; not JSON | 413; 415 | `PayloadTooLarge`; `UnsupportedMediaType` | |
//! | `OutcomeLost` | 409 | `Conflict` | `the first outcome of this Idempotency-Key can no longer be read` |
//! | `KeyReused` | 422 | `UnprocessableEntity` | `Idempotency-Key was used for another request` |
//! | too many requests | 429 | `TooManyRequests` | with `Retry-After` |
//! | a bug; the database cannot be used now | 500; 503 | `InternalServerError`; `ServiceUnavailable` | |

use std::borrow::Cow;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::json::{Invalid, Wrong};
use crate::api::openapi;
use crate::domain::payout::{Refusal, Rule};
use crate::error::{Error, FieldError};
use crate::http::request_id::Traced;

/// A refusal in the words of the contract.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    status: u16,
    error: &'static str,
    message: String,
    /// The stable code of problem documents.
    code: &'static str,
    fields: Vec<Invalid>,
    /// Seconds.
    retry_after: Option<u64>,
    /// The first answer to an idempotency key, told again.
    replayed: bool,
}

/// What went wrong: always exactly these two texts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub struct Body<'a> {
    /// A word for programs: `BadRequest`.
    error: &'a str,
    /// A sentence for people.
    message: &'a str,
}

/// What went wrong, as RFC 9457 has it: for who sends `Accept: application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    /// The path that was asked for.
    instance: &'a str,
    /// A stable word for programs: `insufficient_funds`.
    code: &'a str,
    request_id: String,
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Pointer>,
}

/// A member, parameter or header that cannot be used.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProblemPointer)]
pub struct Pointer {
    /// A JSON pointer to it: `/amount`.
    pointer: String,
    code: &'static str,
    message: String,
}

/// Media type of RFC 9457.
const PROBLEM: &str = "application/problem+json";

impl ApiError {
    pub fn new(status: u16, error: &'static str, message: impl Into<String>) -> ApiError {
        let message = message.into();
        ApiError { status, error, message, code: error, fields: Vec::new(), retry_after: None, replayed: false }
    }

    pub fn bad_request(message: impl Into<String>) -> ApiError {
        ApiError { code: "validation", ..ApiError::new(400, "BadRequest", message) }
    }

    /// Members that cannot be used; the message names the first one.
    pub fn invalid(fields: Vec<Invalid>) -> ApiError {
        let first = fields.first().map(|first| format!("{} {}", first.name, first.message));
        ApiError { fields, ..ApiError::bad_request(first.unwrap_or_default()) }
    }

    /// One member, parameter or header that cannot be used.
    pub fn member(name: impl Into<String>, message: impl Into<String>) -> ApiError {
        ApiError::invalid(vec![Invalid { name: name.into(), message: message.into() }])
    }

    pub fn too_many_requests(retry_after: u64) -> ApiError {
        let message = "Too many requests. Please try again later.";
        ApiError {
            code: "too_many_requests",
            retry_after: Some(retry_after),
            ..ApiError::new(429, "TooManyRequests", message)
        }
    }

    /// The same refusal with other words, where a route has its own.
    pub fn worded(self, error: &'static str, message: impl Into<String>) -> ApiError {
        ApiError { error, message: message.into(), ..self }
    }

    /// The same refusal with another sentence.
    pub fn saying(self, message: impl Into<String>) -> ApiError {
        ApiError { message: message.into(), ..self }
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    /// The refusal in the description of this API, under a name of its own.
    pub fn named(self, name: &'static str) -> openapi::Refusal {
        openapi::Refusal { name: name.into(), ..openapi::Refusal::from(self) }
    }

    fn problem<'a>(&'a self, path: &'a str, request_id: String) -> Problem<'a> {
        let pointer = |field: &Invalid| Pointer {
            pointer: format!("/{}", field.name.replace('~', "~0").replace('/', "~1")),
            code: "invalid",
            message: field.message.clone(),
        };
        Problem {
            r#type: "about:blank",
            title: self.status_code().canonical_reason().unwrap_or_default(),
            status: self.status,
            detail: &self.message,
            instance: path,
            code: self.code,
            request_id,
            errors: self.fields.iter().map(pointer).collect(),
        }
    }

    fn body(&self) -> Body<'_> {
        Body { error: self.error, message: &self.message }
    }
}

impl Problem<'static> {
    pub fn example() -> Problem<'static> {
        Problem {
            r#type: "about:blank",
            title: "Bad Request",
            status: 400,
            detail: "amount must be more than 0",
            instance: "/api/v1/payouts",
            code: "validation",
            request_id: "req_0f9c2ab4d1e87365f0a1b2c3".into(),
            errors: vec![Pointer { pointer: "/amount".into(), code: "invalid", message: "must be more than 0".into() }],
        }
    }
}

impl From<ApiError> for openapi::Refusal {
    fn from(error: ApiError) -> openapi::Refusal {
        openapi::Refusal::of(error.status, error.code, &error.message, &error.body())
    }
}

/// Gives every error of these routes its shape, also those the framework made.
pub async fn shape(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    // No id, name or text holds U+0000, and PostgreSQL cannot even be asked for it.
    if request.uri().to_string().contains("%00") {
        return Ok(request.error_response(ApiError::bad_request("The address must not contain U+0000")));
    }
    let response = next.call(request).await?.map_into_boxed_body();
    let Some(error) = error_of(&response) else { return Ok(response) };
    let wants_problem = response
        .request()
        .headers()
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains(PROBLEM));
    let allow = response.headers().get(ALLOW).cloned();
    let mut shaped = if wants_problem {
        let request = response.request();
        let problem = error.problem(request.path(), Traced::of(request).id);
        error.response().content_type(PROBLEM).body(serde_json::to_string(&problem).unwrap_or_default())
    } else {
        error.error_response()
    };
    if let Some(allow) = allow {
        shaped.headers_mut().insert(ALLOW, allow);
    }
    Ok(response.into_response(shaped))
}

/// What addresses of this API that no route stands at answer.
pub async fn nowhere() -> ApiError {
    ApiError { code: "not_found", ..ApiError::new(404, "NotFound", "Route not found") }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        self.response().json(self.body())
    }
}

impl actix_web::Responder for ApiError {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::from_error(self)
    }
}

impl ApiError {
    fn response(&self) -> actix_web::HttpResponseBuilder {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds));
        }
        if self.replayed {
            response.insert_header(("Idempotent-Replayed", "true"));
        }
        if self.status == 401 {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        response
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> ApiError {
        let code = error.code();
        let said = match error {
            Error::NotFound(kind) => ApiError::new(404, "NotFound", format!("{kind} not found")),
            Error::Validation(fields) => ApiError::invalid(fields.into_iter().map(Invalid::from).collect()),
            Error::Refused(refusal) => ApiError::from(refusal),
            Error::Forbidden => ApiError::new(403, "Forbidden", "Insufficient permissions"),
            Error::Unauthenticated => ApiError::new(401, "Unauthorized", "Invalid or expired token"),
            Error::InvalidCredentials => ApiError::new(401, "unauthorized", "Invalid credentials"),
            Error::TooManyAttempts { retry_after } => ApiError::too_many_requests(retry_after),
            Error::Unavailable => ApiError {
                retry_after: Some(5),
                ..ApiError::new(
                    503,
                    "ServiceUnavailable",
                    "The service cannot use its database right now. Nothing was done.",
                )
            },
            Error::InDoubt => ApiError {
                retry_after: Some(5),
                ..ApiError::new(
                    503,
                    "ServiceUnavailable",
                    "Whether this was done is not known: the service lost its database. Ask again with the same \
                     Idempotency-Key, or look at the record.",
                )
            },
            Error::Internal => ApiError::new(500, "InternalServerError", "Internal server error"),
        };
        ApiError { code, ..said }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> ApiError {
        let bad = |message: &'static str| (400, "BadRequest", Cow::from(message));
        let (status, error, message) = match refusal.rule {
            Rule::AlreadyCompleted => bad("payout has already been completed"),
            Rule::NotCancellable => bad("payout cannot be cancelled in current status"),
            Rule::WrongState => bad("payout is not with a provider: cancel it and the money is back at once"),
            Rule::NotWaitingForApproval => bad("payout does not wait for approval in current status"),
            Rule::InsufficientFunds => bad("Insufficient wallet balance"),
            Rule::WalletClosed => bad("wallet_id names a wallet that is closed"),
            Rule::SameWallet => bad("source and target are the same wallet"),
            Rule::CurrencyMismatch => bad("currency must be the currency of the wallet"),
            Rule::AmountOutOfRange => bad("amount is too large"),
            Rule::NotReversible => bad("payout cannot be reversed in current status"),
            Rule::FullyReversed => bad("payout has already been fully reversed"),
            Rule::ReversalTooLarge => {
                (400, "BadRequest", format!("amount is larger than the reversible amount: {}", refusal.reason).into())
            }
            Rule::TransferIdTaken => bad("client_transfer_id is already used by another reversal"),
            Rule::QuoteExpired => bad("the exchange rate of the quote has expired"),
            Rule::Invalid => (400, "BadRequest", refusal.reason.into()),
            Rule::Forbidden => (403, "Forbidden", "Insufficient permissions".into()),
            Rule::OverCap | Rule::Frozen => (403, "Forbidden", format!("Insufficient permissions: {}", refusal.reason).into()),
            Rule::NotDone => (500, "InternalServerError", "Internal server error".into()),
            Rule::MakerIsChecker => (
                403,
                "Forbidden",
                "Insufficient permissions: nobody checks what they made, not even through a credential that they own or \
                 created"
                    .into(),
            ),
            Rule::NotFound => (404, "NotFound", "Payout not found".into()),
            Rule::WalletNotFound => (404, "NotFound", "Wallet not found".into()),
            Rule::PayeeNotFound => (404, "NotFound", "Beneficiary not found".into()),
            Rule::PayeeInactive => bad("beneficiary is switched off"),
            Rule::AccountNotFound => (404, "NotFound", "Account of the beneficiary not found".into()),
            Rule::AccountInactive => bad("account of the beneficiary is switched off"),
            Rule::PayeeExists => (409, "Conflict", "Beneficiary with these details already exists".into()),
            Rule::ReferenceTaken => (409, "Conflict", "Payout with this reference_id already exists".into()),
            Rule::CancellationOpen => (409, "Conflict", "payout has an open cancellation already".into()),
            Rule::Stale => (
                412,
                "PreconditionFailed",
                "payout has changed since it was read: If-Match names another version".into(),
            ),
            Rule::LinkNotFound => (404, "NotFound", "Payout link not found".into()),
            Rule::LinkNotCancellable => bad("payout link cannot be cancelled in current status"),
            Rule::LinkNotClaimable => bad("payout link cannot be claimed in current status"),
            Rule::LinkExpired => bad("payout link has expired"),
            Rule::ExpiryTooSoon => (400, "BadRequest", format!("expire_by is too soon: {}", refusal.reason).into()),
            Rule::ChargeBearer => bad("charge_bearer is not possible for this payment"),
            Rule::ExchangeReasonRequired => bad("exchange_reason is required"),
            Rule::PayeeCurrencyMismatch => bad("currency must be the currency of the beneficiary's account"),
            Rule::ReasonRequired => bad("transfer_reason is required for this country and currency"),
            Rule::WebhookLimit | Rule::SecretLimit => (409, "Conflict", refusal.reason.clone().into()),
            Rule::RequestIdTaken => (409, "Conflict", "Payout link with this request_id already exists".into()),
            Rule::OutcomeLost => {
                (409, "Conflict", "the first outcome of this Idempotency-Key can no longer be read".into())
            }
            Rule::KeyReused => (422, "UnprocessableEntity", "Idempotency-Key was used for another request".into()),
        };
        let replayed = refusal.replayed;
        ApiError { code: refusal.rule.code(), replayed, ..ApiError::new(status, error, message) }
    }
}

impl From<Wrong> for ApiError {
    fn from(wrong: Wrong) -> ApiError {
        ApiError::invalid(wrong.0)
    }
}

impl From<FieldError> for Invalid {
    fn from(error: FieldError) -> Invalid {
        Invalid { name: error.field.to_owned(), message: error.message }
    }
}

/// What failed: an error of ours, or a refusal by the framework, which speaks another shape.
fn error_of(response: &ServiceResponse) -> Option<ApiError> {
    if let Some(error) = response.response().error() {
        if let Some(error) = error.as_error::<ApiError>() {
            return Some(error.clone());
        }
        tracing::debug!(%error, "a request could not be read");
    } else if response.response().body().size() != BodySize::Sized(0) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(Error::NotFound("Route").into()),
        StatusCode::METHOD_NOT_ALLOWED => Some(ApiError {
            code: "method_not_allowed",
            ..ApiError::new(405, "MethodNotAllowed", "Method not allowed")
        }),
        status if status.is_client_error() => {
            Some(ApiError { status: status.as_u16(), ..ApiError::bad_request("The request cannot be read") })
        }
        status if status.is_server_error() => Some(Error::Internal.into()),
        _ => None,
    }
}
