//! The pages as people use them, without script.

mod payouts;
mod recipient;
mod recipient_proof;
mod wallet_settings;
