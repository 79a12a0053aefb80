//! Errors in Revolut's shape: `{"code":3006,"message":"Resource not found"}`, with an `error_id` to trace them by.

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::error::Error;

/// A refusal in the words of the contract's section 3.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct RevolutError {
    status: u16,
    code: u16,
    message: String,
    /// Seconds.
    retry_after: Option<u64>,
}

impl RevolutError {
    pub fn new(status: u16, code: u16, message: impl Into<String>) -> RevolutError {
        RevolutError { status, code, message: message.into(), retry_after: None }
    }

    /// No token, or something else in its place.
    pub fn no_token() -> RevolutError {
        let message = "Invalid token. The authorization header must follow the 'Bearer <token>' format.";
        RevolutError::new(401, 1000, message)
    }
}

impl From<Error> for RevolutError {
    fn from(error: Error) -> RevolutError {
        match error {
            Error::NotFound(_) => RevolutError::new(404, 3006, "Resource not found"),
            Error::Validation(fields) => {
                let first = fields.first();
                let message = first.map_or_else(String::new, |first| format!("{} {}", first.field, first.message));
                RevolutError::new(400, 3000, message)
            }
            Error::Refused(refusal) => RevolutError::new(422, 3100, refusal.reason),
            Error::Forbidden => RevolutError::new(403, 9002, "This action is forbidden"),
            Error::Unauthenticated | Error::InvalidCredentials => {
                let message = "Access token is invalid or has expired. Get another one with the refresh token.";
                RevolutError::new(401, 1000, message)
            }
            Error::TooManyAttempts { retry_after } => RevolutError {
                retry_after: Some(retry_after),
                ..RevolutError::new(429, 3162, "Request rate limit has been reached. Try again later.")
            },
            Error::Unavailable | Error::InDoubt => RevolutError {
                retry_after: Some(5),
                ..RevolutError::new(503, 5003, "The service is unavailable. Try again later.")
            },
            Error::Internal => RevolutError::new(500, 5000, "Internal error"),
        }
    }
}

impl ResponseError for RevolutError {
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
        let id = uuid::Uuid::from_bytes(rand::random());
        response.json(json!({"code": self.code, "message": self.message, "error_id": id.hyphenated().to_string()}))
    }
}
