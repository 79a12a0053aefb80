//! What tests stand on: a fresh desk, people and programs that act, and records to act on.

pub mod api;
pub mod app;
pub mod browser;
pub mod described;
pub mod mail;
pub mod person;
pub mod process;
pub mod programs;
pub mod proxy;
pub mod razorpay;
pub mod receiver;
pub mod revolut;
pub mod source;
