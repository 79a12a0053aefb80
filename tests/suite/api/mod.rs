//! The JSON API over HTTP, as its contract says.

mod approval;
mod approvals;
mod batches;
mod beneficiaries;
mod cancel;
mod create;
mod described;
mod edges;
mod freezes;
mod links;
mod lists;
mod masspay;
mod razorpay;
mod reversals;
mod revolut;
mod wallets;
