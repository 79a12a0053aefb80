//! Errors in Razorpay's shape: `{"error":{"code":"BAD_REQUEST_ERROR","description":"…",…}}`.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::error::Error;

/// A refusal in the words of the contract's section 2.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{description}")]
pub struct RazorpayError {
    status: u16,
    code: &'static str,
    description: String,
    /// Who has to act: `business` or `internal`.
    blame: &'static str,
    reason: Option<&'static str>,
    field: Option<&'static str>,
    /// Seconds.
    retry_after: Option<u64>,
}

impl RazorpayError {
    /// What the caller has to mend.
    pub fn new(status: u16, reason: Option<&'static str>, description: impl Into<String>) -> RazorpayError {
        RazorpayError {
            status,
            code: "BAD_REQUEST_ERROR",
            description: description.into(),
            blame: "business",
            reason,
            field: None,
            retry_after: None,
        }
    }

    /// The member that cannot be used.
    pub fn on(self, field: &'static str) -> RazorpayError {
        RazorpayError { field: Some(field), ..self }
    }

    /// No key, or one that is unknown, wrong, expired or revoked.
    pub fn no_key() -> RazorpayError {
        RazorpayError::new(401, Some("authentication_failed"), "Authentication failed")
    }

    /// An address that is not on the key's list.
    pub fn foreign_address() -> RazorpayError {
        RazorpayError::new(400, None, "Transactions from this IP are not allowed. Contact support for help.")
    }

    fn internal(status: u16) -> RazorpayError {
        let text = "We are facing some trouble completing your request at the moment. Please try again shortly.";
        let error = RazorpayError::new(status, Some("server_error"), text);
        RazorpayError { code: "SERVER_ERROR", blame: "internal", ..error }
    }
}

impl From<Error> for RazorpayError {
    fn from(error: Error) -> RazorpayError {
        const INPUT: Option<&str> = Some("input_validation_failed");
        match error {
            Error::NotFound(_) => RazorpayError::new(400, INPUT, "The id provided does not exist").on("id"),
            Error::Validation(fields) => {
                let Some(first) = fields.first() else { return RazorpayError::new(400, INPUT, "") };
                RazorpayError::new(400, INPUT, format!("The {} {}.", first.field, first.message)).on(first.field)
            }
            Error::Refused(refusal) => RazorpayError::new(400, INPUT, refusal.reason),
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

impl ResponseError for RazorpayError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds));
        }
        response.json(json!({"error": {
            "code": self.code,
            "description": self.description,
            "source": self.blame,
            "step": null,
            "reason": self.reason,
            "metadata": {},
            "field": self.field,
        }}))
    }
}
