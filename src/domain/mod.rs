//! The rules of money and states, pure: no input or output, no async, no clock of its own.

pub mod audit;
pub mod bank;
pub mod books;
pub mod caller;
pub mod cancellation;
pub mod charge_bearer;
pub mod command;
pub mod credential;
pub mod event;
mod flag;
pub mod ids;
pub mod ledger;
pub mod maker;
pub mod message;
pub mod money;
pub mod payee;
pub mod payout;
pub mod payout_link;
pub mod period;
pub mod plan;
pub mod reasons;
pub mod recipient;
pub mod reversal;
pub mod staff;
pub mod transaction;
pub mod transfer;
pub mod wallet;
