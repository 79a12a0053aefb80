//! The pages as people use them, without script.

mod approvals;
mod batches;
mod case_changes;
mod cases;
mod credentials;
mod evidence;
mod freezes;
mod links;
mod lists;
mod payees;
mod payouts;
mod recipient;
mod recipient_proof;
mod rules;
mod selection;
mod statement;
mod stopping;
mod told;
mod wallet_settings;
mod webhooks;
