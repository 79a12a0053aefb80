//! Errors as RazorpayX says them (`contracts/razorpay.md` section 2): `{"error":{…}}` for everything.
//!
//! What is missing is a 400 like what is wrong; programs branch on `code` and show `description`.

use std::fmt;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::wire::kinds::{ErrorCode, ErrorReason, ErrorSource};
use super::wire::link::status_named;
use crate::api::openapi;
use crate::domain::payout::{Refusal, Rule};
use crate::error::Error;

/// The reason of what cannot be used as it was sent.
const INPUT: Option<&str> = Some("input_validation_failed");

/// A refusal in the words of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RazorpayError {
    status: u16,
    code: &'static str,
    description: String,
    /// Who has to act: none where the provider says nothing but the description.
    source: Option<&'static str>,
    reason: Option<&'static str>,
    /// The member, parameter or header that cannot be used.
    field: Option<String>,
    /// Seconds.
    retry_after: Option<u64>,
}

/// What went wrong: the same for everything that is refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub struct Body<'a> {
    error: Inner<'a>,
}

/// Programs branch on `code` and show `description`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErrorDetails)]
pub struct Inner<'a> {
    #[schema(value_type = ErrorCode)]
    code: &'static str,
    /// A sentence for people.
    description: &'a str,
    /// Null where nothing but the description is told.
    #[schema(value_type = Option<ErrorSource>)]
    source: Option<&'static str>,
    /// Always null: only payments have steps.
    step: Option<&'static str>,
    #[schema(value_type = Option<ErrorReason>)]
    reason: Option<&'static str>,
    /// Empty; null where nothing but the description is told.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    /// The member, parameter or header that cannot be used.
    field: Option<&'a str>,
}

impl RazorpayError {
    /// What the caller has to mend.
    fn new(status: u16, reason: Option<&'static str>, description: impl Into<String>) -> RazorpayError {
        RazorpayError {
            status,
            code: "BAD_REQUEST_ERROR",
            description: description.into(),
            source: Some("business"),
            reason,
            field: None,
            retry_after: None,
        }
    }

    /// Something that cannot be used as it was sent.
    pub fn input(description: impl Into<String>) -> RazorpayError {
        RazorpayError::new(400, INPUT, description)
    }

    /// Names the member, parameter or header.
    pub fn on(self, field: impl Into<String>) -> RazorpayError {
        RazorpayError { field: Some(field.into()), ..self }
    }

    /// A member that has to be there.
    pub fn required(field: &str) -> RazorpayError {
        RazorpayError::input(format!("The {field} field is required.")).on(field)
    }

    /// Something that no route stands at, or not for this method.
    pub fn nowhere() -> RazorpayError {
        let error = RazorpayError::new(400, None, "The requested URL was not found on the server.");
        RazorpayError { source: None, ..error }
    }

    /// An id of the right form that names nothing of the caller's.
    pub fn unknown_id() -> RazorpayError {
        RazorpayError::input("The id provided does not exist").on("id")
    }

    /// A text that cannot be the id of anything.
    pub fn malformed_id(text: &str) -> RazorpayError {
        let text: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
        RazorpayError::input(format!("{text} is not a valid id.")).on("id")
    }

    /// An account number that names no wallet of the caller's in rupees.
    pub fn account_number() -> RazorpayError {
        RazorpayError::input("The RazorpayX Account number is invalid.").on("account_number")
    }

    /// A payout to make without its key.
    pub fn no_key_of_request() -> RazorpayError {
        let text = "Idempotency key is missing. Include idempotency header and key in the request.";
        RazorpayError::new(400, None, text).on(super::posted::IDEMPOTENCY_KEY)
    }

    /// No key, or one that is unknown, wrong, expired or revoked.
    pub fn no_key() -> RazorpayError {
        RazorpayError::new(401, Some("authentication_failed"), "Authentication failed")
    }

    /// A partner's token, of which the desk knows none.
    pub fn no_token() -> RazorpayError {
        let error =
            RazorpayError::new(401, Some("authentication_failed"), "The access token is invalid or has expired.");
        RazorpayError { code: "BAD_REQUEST_AUTHENTICATION_ERROR", ..error }
    }

    /// An address that is not on the key's list.
    pub fn foreign_address() -> RazorpayError {
        RazorpayError::new(400, None, "Transactions from this IP are not allowed. Contact support for help.")
    }

    /// A payout that only a `queued` one could have been.
    pub fn payout_not_cancellable(status: &str) -> RazorpayError {
        RazorpayError::input(format!("Payout cannot be cancelled as it is in {status} state"))
    }

    fn internal(status: u16) -> RazorpayError {
        let text = "We are facing some trouble completing your request at the moment. Please try again shortly.";
        let error = RazorpayError::new(status, Some("server_error"), text);
        RazorpayError { code: "SERVER_ERROR", source: Some("internal"), ..error }
    }

    /// The body that says so.
    pub fn body(&self) -> Body<'_> {
        let RazorpayError { code, source, reason, .. } = *self;
        let (description, field) = (self.description.as_str(), self.field.as_deref());
        Body {
            error: Inner { code, description, source, step: None, reason, metadata: source.map(|_| Map::new()), field },
        }
    }
}

impl From<RazorpayError> for openapi::Refusal {
    fn from(error: RazorpayError) -> openapi::Refusal {
        openapi::Refusal::of(error.status, &name(&error.description), &error.description, &error.body())
    }
}

/// The first words of a description, as a name.
fn name(description: &str) -> String {
    let words = description.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.take(8).collect::<Vec<_>>().join("_").to_lowercase()
}

impl fmt::Display for RazorpayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description)
    }
}

impl ResponseError for RazorpayError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds));
        }
        if self.status == 401 {
            response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"Paydesk\""));
        }
        response.json(self.body())
    }
}

impl actix_web::Responder for RazorpayError {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::from_error(self)
    }
}

impl From<Error> for RazorpayError {
    fn from(error: Error) -> RazorpayError {
        match error {
            Error::NotFound("Wallet") => RazorpayError::account_number(),
            Error::NotFound("Route") => RazorpayError::nowhere(),
            Error::NotFound(_) => RazorpayError::unknown_id(),
            Error::Validation(fields) => match fields.first() {
                Some(first) => RazorpayError::input(format!("The {} {}.", first.field, first.message)).on(first.field),
                None => RazorpayError::input("The request cannot be used."),
            },
            Error::Refused(refusal) => refusal.into(),
            Error::Unauthenticated | Error::InvalidCredentials => RazorpayError::no_key(),
            Error::Forbidden => RazorpayError {
                code: "BAD_REQUEST_AUTHENTICATION_ERROR",
                ..RazorpayError::new(401, Some("authentication_failed"), "The key lacks the permission for this.")
            },
            Error::TooManyAttempts { retry_after } => RazorpayError {
                retry_after: Some(retry_after),
                ..RazorpayError::new(429, None, "Too many requests. Please try again later.")
            },
            Error::Unavailable | Error::InDoubt => {
                RazorpayError { retry_after: Some(5), ..RazorpayError::internal(503) }
            }
            Error::Internal => RazorpayError::internal(500),
        }
    }
}

impl From<Refusal> for RazorpayError {
    fn from(refusal: Refusal) -> RazorpayError {
        let decision = Some("payout_approval_not_allowed");
        match refusal.rule {
            Rule::NotFound | Rule::LinkNotFound | Rule::PayeeNotFound | Rule::AccountNotFound => {
                RazorpayError::unknown_id()
            }
            Rule::PayeeInactive => RazorpayError::input("The contact is not active.").on("contact_id"),
            Rule::AccountInactive => RazorpayError::input("The fund account is not active.").on("fund_account_id"),
            Rule::WalletNotFound | Rule::WalletClosed | Rule::CurrencyMismatch => RazorpayError::account_number(),
            Rule::LinkNotCancellable => {
                let state = refusal.state.as_deref().unwrap_or_default();
                RazorpayError::input(format!(
                    "Payout Link cannot be cancelled as it is in {} state",
                    status_named(state)
                ))
            }
            Rule::NotWaitingForApproval => {
                let text = "Payout is not in pending state and cannot be approved or rejected.";
                RazorpayError::new(400, decision, text)
            }
            Rule::MakerIsChecker => {
                RazorpayError::new(400, decision, "Payout cannot be approved or rejected by whoever made it.")
            }
            Rule::InsufficientFunds => {
                let text = "Your account does not have enough balance to carry out the payout operation.";
                RazorpayError::new(400, Some("insufficient_funds"), text)
            }
            Rule::AmountOutOfRange => RazorpayError::input("The amount is too large.").on("amount"),
            Rule::ExpiryTooSoon => {
                RazorpayError::input("The expire_by must be at least 15 minutes in the future.").on("expire_by")
            }
            Rule::KeyReused => RazorpayError::input("Different request body sent for the same Idempotency Header"),
            // Nothing of what was sent is wrong, so no member is to be mended.
            Rule::Frozen | Rule::NeedsApproval | Rule::NobodyCanApprove => {
                RazorpayError::new(400, None, refusal.reason)
            }
            Rule::NotDone | Rule::OutcomeLost => RazorpayError::internal(500),
            Rule::Forbidden => Error::Forbidden.into(),
            _ => RazorpayError::input(refusal.reason),
        }
    }
}

/// Gives every error of these routes its shape, also those the framework made.
pub async fn shape(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    // No id, name or text holds U+0000, and PostgreSQL cannot even be asked for it.
    if request.uri().to_string().contains("%00") {
        return Ok(request.error_response(RazorpayError::input("The address must not contain U+0000.")));
    }
    let response = next.call(request).await?.map_into_boxed_body();
    let Some(error) = foreign(&response) else { return Ok(response) };
    Ok(response.into_response(error.error_response()))
}

/// What addresses that no route stands at answer.
pub async fn nowhere() -> RazorpayError {
    RazorpayError::nowhere()
}

/// A refusal by the framework, which speaks another shape.
fn foreign(response: &ServiceResponse) -> Option<RazorpayError> {
    match response.response().error() {
        Some(error) if error.as_error::<RazorpayError>().is_some() => return None,
        Some(error) => tracing::debug!(%error, "a request could not be read"),
        None if response.response().body().size() != BodySize::Sized(0) => return None,
        None => {}
    }
    match response.status() {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Some(RazorpayError::nowhere()),
        status if status.is_client_error() => Some(RazorpayError::input("The request cannot be read.")),
        status if status.is_server_error() => Some(RazorpayError::internal(500)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(error: impl Into<RazorpayError>) -> (u16, Value) {
        let error = error.into();
        (error.status, serde_json::to_value(error.body()).unwrap())
    }

    #[test]
    fn an_error_has_all_the_members_of_the_contract() {
        assert_eq!(
            said(RazorpayError::unknown_id()),
            (
                400,
                json!({"error": {
                    "code": "BAD_REQUEST_ERROR",
                    "description": "The id provided does not exist",
                    "source": "business",
                    "step": null,
                    "reason": "input_validation_failed",
                    "metadata": {},
                    "field": "id",
                }})
            )
        );
        assert_eq!(
            said(RazorpayError::nowhere()),
            (
                400,
                json!({"error": {
                    "code": "BAD_REQUEST_ERROR",
                    "description": "The requested URL was not found on the server.",
                    "source": null,
                    "step": null,
                    "reason": null,
                    "metadata": null,
                    "field": null,
                }})
            )
        );
    }

    #[test]
    fn each_error_has_its_status_code_and_reason() {
        let refused = |rule| Error::Refused(Refusal::new(rule, "x"));
        for (error, status, code, reason) in [
            (Error::NotFound("Payout link"), 400, "BAD_REQUEST_ERROR", json!("input_validation_failed")),
            (Error::NotFound("Wallet"), 400, "BAD_REQUEST_ERROR", json!("input_validation_failed")),
            (refused(Rule::InsufficientFunds), 400, "BAD_REQUEST_ERROR", json!("insufficient_funds")),
            (refused(Rule::NotWaitingForApproval), 400, "BAD_REQUEST_ERROR", json!("payout_approval_not_allowed")),
            (Error::Unauthenticated, 401, "BAD_REQUEST_ERROR", json!("authentication_failed")),
            (Error::Forbidden, 401, "BAD_REQUEST_AUTHENTICATION_ERROR", json!("authentication_failed")),
            (Error::TooManyAttempts { retry_after: 3 }, 429, "BAD_REQUEST_ERROR", Value::Null),
            (Error::Internal, 500, "SERVER_ERROR", json!("server_error")),
            (Error::Unavailable, 503, "SERVER_ERROR", json!("server_error")),
        ] {
            let (found, body) = said(error);
            assert_eq!((found, &body["error"]["code"], &body["error"]["reason"]), (status, &json!(code), &reason));
        }
    }
}
