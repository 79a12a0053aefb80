//! The JSON API over HTTP, as its contract says.

mod approval;
mod batches;
mod beneficiaries;
mod cancel;
mod create;
mod edges;
mod links;
mod lists;
mod razorpay;
mod reversals;
mod revolut;
mod wallets;
