//! The pages as people use them, without script.

mod approvals;
mod payouts;
mod wallet_settings;
