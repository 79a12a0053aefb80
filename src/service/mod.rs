//! Use cases: permission, plan, one write, audit. Pages, APIs and jobs all call these.

pub mod access;
pub mod accounts;
pub mod api_keys;
pub mod approval_requests;
pub mod approval_rules;
pub mod approvals;
pub mod audit;
pub mod batches;
pub mod cancellations;
pub mod cases;
pub mod certificates;
pub mod collections;
pub mod contacts;
pub mod counterparties;
pub mod credentials;
pub mod duplicates;
pub mod evidence;
pub mod exports;
pub mod fields;
pub mod find;
pub mod freezes;
pub mod health;
pub mod idempotency;
pub mod link_exports;
pub mod link_list;
pub mod links;
pub mod manual;
pub mod messages;
pub mod oauth;
pub mod passes;
pub mod passwords;
pub mod payees;
pub mod payments;
pub mod payout_list;
pub mod payout_quotes;
pub mod payouts;
pub mod programs;
pub mod quotes;
pub mod rates;
pub mod recipients;
pub mod reversals;
pub mod rotation;
pub mod second_admin;
mod secrets;
pub mod sessions;
pub mod sign_in;
pub mod simulations;
pub mod staff;
pub mod statements;
pub mod throttle;
pub mod today;
pub mod tokens;
pub mod top_ups;
pub mod transactions;
pub mod transfers;
pub mod verify;
pub mod wallet_limits;
pub mod wallet_settings;
pub mod wallets;
pub mod webhooks;

use std::sync::Arc;

use tokio::sync::Notify;

use crate::clock::Clock;
use crate::config::Config;
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::{Operation, allows};
use crate::error::Error;
use crate::keys::Keys;
use crate::messenger::Messenger;
use crate::rails::Rails;
use crate::store::Store;

/// Everything a use case needs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Desk {
    pub store: Store,
    pub clock: Clock,
    pub config: Arc<Config>,
    pub keys: Arc<Keys>,
    pub rails: Rails,
    pub messenger: Messenger,
    /// How each dialect tells webhooks of events.
    pub renderers: Arc<webhooks::render::Renderers>,
    /// What is remembered of credentials, and room for hashing passwords.
    pub access: Arc<access::Access>,
    /// Wakes the jobs when there is something to do before their next look.
    pub wake: Arc<Notify>,
    /// Wakes the job of batches.
    pub batches: Arc<Notify>,
    /// Told whenever a rail has answered a reversal.
    pub answered: Arc<Notify>,
}

/// Refuses, and audits the refusal, unless the caller may do the operation.
pub async fn permit(desk: &Desk, caller: &Caller, operation: Operation) -> Result<(), Error> {
    if allows(caller, operation) { Ok(()) } else { Err(refused(desk, caller, operation, None).await?) }
}

/// The same for an operation on one record: a refusal's audit row names it, whether or not there is such a record.
pub async fn permit_on(
    desk: &Desk,
    caller: &Caller,
    operation: Operation,
    subject: impl ToString,
) -> Result<(), Error> {
    if allows(caller, operation) {
        return Ok(());
    }
    Err(refused(desk, caller, operation, Some(subject.to_string())).await?)
}

/// Writes down who was refused what.
async fn refused(desk: &Desk, caller: &Caller, operation: Operation, subject: Option<String>) -> Result<Error, Error> {
    let mut entry = Entry::done(caller, desk.clock.now(), "permission.refused")
        .refused(&Refusal::new(Rule::Forbidden, format!("{} may not {}.", caller.name(), operation.words())));
    entry.subject_id = subject;
    audit_only(desk, entry).await?;
    Ok(Error::Forbidden)
}

/// Writes an audit row about something that changed nothing.
async fn audit_only(desk: &Desk, entry: Entry) -> Result<(), Error> {
    let written = desk.store.write(move |tx| {
        tx.audit(entry.clone());
        Box::pin(async { Ok(()) })
    });
    Ok(written.await?)
}
