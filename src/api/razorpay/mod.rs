//! Razorpay's dialect (contracts/razorpay.md).

pub mod auth;
pub mod error;
