//! MassPay's dialect (contracts/reversals.md).

pub mod auth;
pub mod error;
