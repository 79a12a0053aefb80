//! RazorpayX's API over HTTP, as `contracts/razorpay.md` has it.

mod errors;
mod link_lists;
mod links;
