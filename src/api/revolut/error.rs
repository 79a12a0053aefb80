//! Errors in Revolut's shape: `{"code":3006,"message":"Resource not found"}`, with an `error_id` to trace them by.

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::error::Error;

/// A refusal in the words of the contract's section 3.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    status: u16,
    code: u16,
    message: String,
    /// Seconds.
    retry_after: Option<u64>,
}

impl ApiError {
    pub fn new(status: u16, code: u16, message: impl Into<String>) -> ApiError {
        ApiError { status, code, message: message.into(), retry_after: None }
    }

    /// No token, or something else in its place.
    pub fn no_token() -> ApiError {
        let message = "Invalid token. The authorization header must follow the 'Bearer <token>' format.";
        ApiError::new(401, 1000, message)
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> ApiError {
        match error {
            Error::NotFound(_) => ApiError::new(404, 3006, "Resource not found"),
            Error::Validation(fields) => {
                let first = fields.first();
                let message = first.map_or_else(String::new, |first| format!("{} {}", first.field, first.message));
                ApiError::new(400, 3000, message)
            }
            Error::Refused(refusal) => ApiError::new(422, 3100, refusal.reason),
            Error::Forbidden => ApiError::new(403, 9002, "This action is forbidden"),
            Error::Unauthenticated | Error::InvalidCredentials => {
                let message = "Access token is invalid or has expired. Get another one with the refresh token.";
                ApiError::new(401, 1000, message)
            }
            Error::TooManyAttempts { retry_after } => ApiError {
                retry_after: Some(retry_after),
                ..ApiError::new(429, 3162, "Request rate limit has been reached. Try again later.")
            },
            Error::Unavailable | Error::InDoubt => ApiError {
                retry_after: Some(5),
                ..ApiError::new(503, 5003, "The service is unavailable. Try again later.")
            },
            Error::Internal => ApiError::new(500, 5000, "Internal error"),
        }
    }
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
        let id = uuid::Uuid::from_bytes(rand::random());
        response.json(json!({"code": self.code, "message": self.message, "error_id": id.hyphenated().to_string()}))
    }
}
