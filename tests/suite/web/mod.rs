//! The pages as people use them, without script.

mod approvals;
mod links;
mod lists;
mod payouts;
mod recipient;
mod recipient_proof;
mod statement;
mod wallet_settings;
