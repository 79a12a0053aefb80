//! Errors in MassPay's shape: `{"title":"Not found.","message":"…","code":404}`, with reason and details on 400.

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::error::Error;

/// A refusal in the words of the contract's section 2.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct MassPayError {
    status: u16,
    message: String,
    /// Only with 400.
    reason: &'static str,
    details: Vec<String>,
    /// Seconds.
    retry_after: Option<u64>,
}

impl MassPayError {
    pub fn new(status: u16, message: impl Into<String>) -> MassPayError {
        MassPayError {
            status,
            message: message.into(),
            reason: "invalid_request",
            details: Vec::new(),
            retry_after: None,
        }
    }

    /// 400 with its reason.
    pub fn bad_request(reason: &'static str, message: impl Into<String>, details: Vec<String>) -> MassPayError {
        MassPayError { reason, details, ..MassPayError::new(400, message) }
    }

    fn title(&self) -> &'static str {
        match self.status {
            400 => "Bad request.",
            401 => "Unauthorized.",
            403 => "Forbidden.",
            404 => "Not found.",
            405 => "Method not allowed.",
            429 => "Too many requests.",
            504 => "Gateway Time-out.",
            503 => "Service unavailable.",
            _ => "Internal server error.",
        }
    }
}

impl From<Error> for MassPayError {
    fn from(error: Error) -> MassPayError {
        match error {
            Error::NotFound(kind) => MassPayError::new(404, format!("{kind} not found.")),
            Error::Validation(fields) => {
                let details: Vec<String> =
                    fields.iter().map(|field| format!("{}: {}", field.field, field.message)).collect();
                MassPayError::bad_request("invalid_request", "The request is not valid.", details)
            }
            Error::Refused(refusal) => {
                let details = refusal.instead.into_iter().collect();
                MassPayError::bad_request(refusal.rule.code(), refusal.reason, details)
            }
            Error::Forbidden => MassPayError::new(403, "You do not have necessary permissions for the resource."),
            Error::Unauthenticated | Error::InvalidCredentials => {
                MassPayError::new(401, "The API key is missing or wrong.")
            }
            Error::TooManyAttempts { retry_after } => MassPayError {
                retry_after: Some(retry_after),
                ..MassPayError::new(429, "Too many requests. Try again later.")
            },
            Error::Unavailable | Error::InDoubt => MassPayError {
                retry_after: Some(5),
                ..MassPayError::new(503, "The service cannot use its database right now.")
            },
            Error::Internal => MassPayError::new(500, "Something went wrong."),
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
        if self.status == 401 {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        let mut body = json!({"title": self.title(), "message": self.message, "code": self.status});
        if self.status == 400 {
            body["error"] = json!({"reason": self.reason, "details": self.details});
        }
        response.json(body)
    }
}
