//! Errors as MassPay says them: `title`, `message` and `code`, and `error` with `reason` and `details` on 400.
//!
//! | rule or error | status | `error.reason` |
//! |---|---|---|
//! | a member, parameter or header that cannot be used | 400 | `validation_failed` |
//! | `FullyReversed` | 400 | `payout_already_fully_reversed` |
//! | `ReversalTooLarge` | 400 | `reversal_amount_exceeds_remaining` |
//! | `NotReversible` | 400 | `payout_not_reversible` |
//! | `QuoteExpired`, `InsufficientFunds` of a quote: told as an answer's `status`; elsewhere | 400 | `ex_rate_expired`, `nsf` |
//! | `TransferIdTaken` | 400 | `duplicate_client_transfer_id` |
//! | `KeyReused` | 400 | `idempotency_key_reused` |
//! | any other rule of the desk | 400 | the rule's own code |
//! | no key, or a wrong one | 401 | |
//! | scope or role missing | 403 | |
//! | unknown user, payout, reversal or address; another client's | 404 | |
//! | wrong method | 405 | |
//! | too many requests | 429 | |
//! | a bug; the database cannot be used now | 500 | |
//! | the provider did not answer in time; whether it was written is not known | 504 | |

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::json::Wrong;
use crate::api::openapi;
use crate::domain::payout::{Refusal, Rule};
use crate::error::Error;

/// A refusal in the words of the contract (section 2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct MassPayError {
    status: u16,
    message: String,
    /// On 400 alone.
    error: Option<Cause>,
    /// Seconds.
    retry_after: Option<u64>,
    /// The first answer to an idempotency key, told again.
    replayed: bool,
}

/// Why a request was refused, for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Cause {
    /// A word for programs: `payout_not_reversible`.
    reason: &'static str,
    /// What is wrong, point by point.
    details: Vec<String>,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub struct Body<'a> {
    title: &'static str,
    /// A sentence for people.
    message: &'a str,
    /// The status.
    code: u16,
    /// With 400 alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error: Option<&'a Cause>,
}

impl MassPayError {
    fn new(status: u16, message: impl Into<String>) -> MassPayError {
        MassPayError { status, message: message.into(), error: None, retry_after: None, replayed: false }
    }

    /// The provider did not answer in time: nobody knows the outcome yet.
    pub fn no_answer() -> MassPayError {
        MassPayError::new(504, "The destination did not answer in time. Ask again with the same Idempotency-Key.")
    }

    fn body(&self) -> Body<'_> {
        Body { title: self.title(), message: &self.message, code: self.status, error: self.error.as_ref() }
    }

    fn title(&self) -> &'static str {
        match self.status {
            401 => "Unauthorized.",
            403 => "Forbidden.",
            404 => "Not found.",
            405 => "Method not allowed.",
            429 => "Too many requests.",
            504 => "Gateway Time-out.",
            status if status >= 500 => "Internal server error.",
            _ => "Bad request.",
        }
    }
}

impl ResponseError for MassPayError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
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
        response.json(self.body())
    }
}

impl actix_web::Responder for MassPayError {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::from_error(self)
    }
}

impl From<Error> for MassPayError {
    fn from(error: Error) -> MassPayError {
        match error {
            Error::NotFound(kind) => MassPayError::new(404, not_found(kind)),
            Error::Validation(fields) => {
                Refusal::invalid(fields.iter().map(|field| (field.field, &field.message))).into()
            }
            Error::Refused(refusal) => refusal.into(),
            Error::Forbidden => MassPayError::new(403, "You do not have necessary permissions for the resource"),
            Error::Unauthenticated | Error::InvalidCredentials => {
                MassPayError::new(401, "The API key is missing or wrong.")
            }
            Error::TooManyAttempts { retry_after } => MassPayError {
                retry_after: Some(retry_after),
                ..MassPayError::new(429, "Too many requests. Please try again later.")
            },
            Error::Unavailable => MassPayError {
                retry_after: Some(5),
                ..MassPayError::new(500, "The service cannot use its database right now. Nothing was done.")
            },
            Error::InDoubt => {
                MassPayError::new(504, "Whether this was done is not known. Ask again with the same Idempotency-Key.")
            }
            Error::Internal => MassPayError::new(500, "Something went wrong inside the service."),
        }
    }
}

impl From<Refusal> for MassPayError {
    fn from(refusal: Refusal) -> MassPayError {
        let (reason, message) = match refusal.rule {
            Rule::NotFound | Rule::WalletNotFound | Rule::PayeeNotFound => return Error::from(refusal).into(),
            Rule::Forbidden | Rule::MakerIsChecker => return Error::Forbidden.into(),
            Rule::NeedsApproval | Rule::NobodyCanApprove => return MassPayError::new(403, refusal.reason),
            Rule::NotDone | Rule::OutcomeLost => return Error::Internal.into(),
            Rule::FullyReversed => {
                ("payout_already_fully_reversed", "The payout has already been fully reversed.".into())
            }
            Rule::ReversalTooLarge => (
                "reversal_amount_exceeds_remaining",
                "The reversal amount is larger than the reversible amount.".into(),
            ),
            Rule::QuoteExpired => ("ex_rate_expired", "The exchange rate has expired.".into()),
            Rule::InsufficientFunds => ("nsf", "The source has too little money.".into()),
            Rule::NotReversible => ("payout_not_reversible", "The payout cannot be reversed.".into()),
            Rule::TransferIdTaken => ("duplicate_client_transfer_id", "The client_transfer_id was used before.".into()),
            Rule::KeyReused => ("idempotency_key_reused", "The Idempotency-Key was used for another request.".into()),
            Rule::Invalid => ("validation_failed", sentence(&refusal.reason)),
            rule => (rule.code(), refusal.reason.clone()),
        };
        let details = if refusal.details.is_empty() { vec![refusal.reason] } else { refusal.details };
        let error = Some(Cause { reason, details });
        MassPayError { error, replayed: refusal.replayed, ..MassPayError::new(400, message) }
    }
}

impl From<MassPayError> for openapi::Refusal {
    fn from(error: MassPayError) -> openapi::Refusal {
        let name = error.error.as_ref().map_or_else(|| name_of(&error.message), |cause| cause.reason.to_owned());
        openapi::Refusal::of(error.status, &name, &error.message, &error.body())
    }
}

impl From<Wrong> for Refusal {
    fn from(wrong: Wrong) -> Refusal {
        Refusal::invalid(wrong.0.iter().map(|invalid| (&invalid.name, &invalid.message)))
    }
}

/// Gives every error of these routes its shape, also those the framework made.
pub async fn shape(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
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
pub async fn nowhere() -> MassPayError {
    Error::NotFound("Route").into()
}

/// A refusal by the framework, which speaks another shape.
fn foreign(response: &ServiceResponse) -> Option<MassPayError> {
    match response.response().error() {
        Some(error) if error.as_error::<MassPayError>().is_some() => return None,
        Some(error) => tracing::debug!(%error, "a request could not be read"),
        None if response.response().body().size() != BodySize::Sized(0) => return None,
        None => {}
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(Error::NotFound("Route").into()),
        StatusCode::METHOD_NOT_ALLOWED => Some(MassPayError::new(405, "This address does not know the method.")),
        status if status.is_client_error() => Some(Refusal::invalid([("request", "cannot be read")]).into()),
        status if status.is_server_error() => Some(Error::Internal.into()),
        _ => None,
    }
}

fn not_found(kind: &str) -> &'static str {
    match kind {
        "Payout" => "There is no such payout of this user.",
        "Beneficiary" => "There is no such user.",
        "Reversal" => "There is no such reversal of this payout.",
        "Wallet" => "There is no such wallet.",
        _ => "There is nothing at this address.",
    }
}

/// `there_is_no_such_payout`, from the beginning of a sentence.
fn name_of(message: &str) -> String {
    let words: Vec<String> = message.split_whitespace().take(5).map(str::to_lowercase).collect();
    words.join("_").replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "")
}

fn sentence(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_its_title_and_only_bad_requests_have_a_reason() {
        for (error, status, title, reason) in [
            (Error::field("amount", "must be more than 0"), 400, "Bad request.", Some("validation_failed")),
            (
                Error::Refused(Refusal::new(Rule::FullyReversed, "x")),
                400,
                "Bad request.",
                Some("payout_already_fully_reversed"),
            ),
            (Error::Refused(Refusal::key_reused()), 400, "Bad request.", Some("idempotency_key_reused")),
            (Error::Unauthenticated, 401, "Unauthorized.", None),
            (Error::Forbidden, 403, "Forbidden.", None),
            (Error::NotFound("Payout"), 404, "Not found.", None),
            (Error::TooManyAttempts { retry_after: 3 }, 429, "Too many requests.", None),
            (Error::Unavailable, 500, "Internal server error.", None),
            (Error::Internal, 500, "Internal server error.", None),
            (Error::InDoubt, 504, "Gateway Time-out.", None),
        ] {
            let said = MassPayError::from(error);
            assert_eq!((said.status, said.title(), said.error.map(|cause| cause.reason)), (status, title, reason));
        }
    }

    #[test]
    fn a_refusal_before_the_unit_and_the_same_one_remembered_read_alike() {
        let first = MassPayError::from(Error::field("amount", "must be more than 0"));
        let again = Refusal::invalid([("amount", "must be more than 0")]);
        assert_eq!(MassPayError::from(again), first);
        assert_eq!(first.message, "amount must be more than 0.");
        assert_eq!(first.error.unwrap().details, ["amount: must be more than 0"]);
    }
}
