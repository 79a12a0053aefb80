//! The pages as people use them, without script.

mod payouts;
mod wallet_settings;
