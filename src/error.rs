//! The one error of the services: what went wrong, its status and its stable code.

use crate::domain::payout::{Refusal, Rule};
use crate::store::StoreError;

/// A field of a form or JSON body that cannot be used as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The member or form field: `amount`.
    pub field: &'static str,
    /// What is wrong and how to fix it, to be read after the field's name: `must be more than 0`.
    pub message: String,
}

/// Why a use case did not happen.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Unknown, or another client's: the same for both. Names the kind: `Payout`.
    #[error("{0} not found")]
    NotFound(&'static str),
    #[error("{}", first(.0))]
    Validation(Vec<FieldError>),
    /// A rule of the desk said no; audited.
    #[error("{}", .0.reason)]
    Refused(Refusal),
    #[error("Insufficient permissions")]
    Forbidden,
    #[error("Sign in first")]
    Unauthenticated,
    /// Wrong name or password, for both the same.
    #[error("Invalid credentials")]
    InvalidCredentials,
    #[error("Too many attempts; try again in {retry_after} s")]
    TooManyAttempts { retry_after: u64 },
    /// The database cannot be written or read now; nothing was done.
    #[error("Paydesk cannot write to its database right now")]
    Unavailable,
    /// The database went away before it said whether this was done.
    #[error("Whether this was done is not known: Paydesk lost its database meanwhile")]
    InDoubt,
    /// A bug. The cause is in the log, under the request id.
    #[error("Something went wrong inside Paydesk")]
    Internal,
}

impl Error {
    /// The HTTP status that pages and problem documents use.
    pub fn status(&self) -> u16 {
        match self {
            Error::NotFound(_) => 404,
            Error::Validation(_) => 422,
            Error::Refused(refusal) => match refusal.rule {
                Rule::NotFound
                | Rule::LinkNotFound
                | Rule::WalletNotFound
                | Rule::PayeeNotFound
                | Rule::AccountNotFound => 404,
                Rule::MakerIsChecker | Rule::OverCap | Rule::NeedsApproval => 403,
                Rule::KeyReused | Rule::Invalid => 422,
                _ => 409,
            },
            Error::Forbidden => 403,
            Error::Unauthenticated | Error::InvalidCredentials => 401,
            Error::TooManyAttempts { .. } => 429,
            Error::Unavailable | Error::InDoubt => 503,
            Error::Internal => 500,
        }
    }

    /// The stable code in problem documents and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Error::NotFound(_) => "not_found",
            Error::Validation(_) => "validation",
            Error::Refused(refusal) => refusal.rule.code(),
            Error::Forbidden => "forbidden",
            Error::Unauthenticated => "unauthenticated",
            Error::InvalidCredentials => "invalid_credentials",
            Error::TooManyAttempts { .. } => "too_many_attempts",
            Error::Unavailable => "unavailable",
            Error::InDoubt => "outcome_unknown",
            Error::Internal => "internal",
        }
    }

    /// One field that cannot be used.
    pub fn field(field: &'static str, message: impl Into<String>) -> Error {
        Error::Validation(vec![FieldError { field, message: message.into() }])
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Error {
        match error {
            StoreError::Unavailable(cause) => {
                tracing::error!(%cause, "the database is not available");
                Error::Unavailable
            }
            StoreError::InDoubt(cause) => {
                tracing::error!(%cause, "the outcome of a write is not known");
                Error::InDoubt
            }
            StoreError::Internal(cause) => {
                tracing::error!(%cause, "internal error");
                Error::Internal
            }
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        match refusal.rule {
            Rule::NotFound => Error::NotFound("Payout"),
            Rule::LinkNotFound => Error::NotFound("Payout link"),
            Rule::WalletNotFound => Error::NotFound("Wallet"),
            Rule::PayeeNotFound => Error::NotFound("Beneficiary"),
            _ => Error::Refused(refusal),
        }
    }
}

fn first(errors: &[FieldError]) -> String {
    errors.first().map_or_else(String::new, |error| format!("{} {}", error.field, error.message))
}
