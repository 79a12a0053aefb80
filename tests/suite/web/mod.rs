//! The pages as people use them, without script.

mod approvals;
mod links;
mod lists;
mod payouts;
mod statement;
mod wallet_settings;
