//! RazorpayX's API over HTTP, as `contracts/razorpay.md` has it.

mod contacts;
mod described;
mod errors;
mod frozen;
mod ledger;
mod link_lists;
mod links;
mod payouts;
mod webhooks;
