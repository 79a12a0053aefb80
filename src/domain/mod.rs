//! The rules of money and states, pure: no input or output, no async, no clock of its own.

pub mod audit;
pub mod bank;
pub mod books;
pub mod caller;
pub mod cancellation;
pub mod command;
pub mod credential;
pub mod dialect;
pub mod event;
pub mod exchange;
mod flag;
pub mod ids;
pub mod ledger;
pub mod maker;
pub mod message;
pub mod money;
pub mod payee;
pub mod payee_account;
pub mod payout;
pub mod payout_link;
pub mod plan;
pub mod quote;
pub mod recipient;
pub mod reversal;
pub mod staff;
pub mod wallet;
pub mod webhook;
