//! Use cases: permission, plan, one write, audit. Pages, APIs and jobs all call these.

pub mod audit;
pub mod access;
pub mod credentials;
pub mod fields;
pub mod idempotency;
pub mod payees;
pub mod passwords;
pub mod payout_list;
pub mod payouts;
pub mod reversals;
mod secrets;
pub mod sessions;
pub mod sign_in;
pub mod staff;
pub mod throttle;
pub mod tokens;
pub mod today;
pub mod verify;
pub mod wallets;

use std::sync::Arc;

use tokio::sync::Notify;

use crate::clock::Clock;
use crate::config::Config;
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::{self, Operation};
use crate::error::Error;
use crate::keys::Keys;
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
    /// Wakes the jobs when there is something to do before their next look.
    pub wake: Arc<Notify>,
    /// Told whenever a rail has answered a reversal.
    pub answered: Arc<Notify>,
}

/// Refuses, and audits the refusal, unless the caller may do the operation.
pub async fn permit(desk: &Desk, caller: &Caller, operation: Operation) -> Result<(), Error> {
    if staff::allows(caller, operation) {
        return Ok(());
    }
    let entry = Entry::done(caller, desk.clock.now(), "permission.refused")
        .refused(&Refusal::new(Rule::Forbidden, format!("{operation:?} is not allowed to {}.", caller.name())));
    desk.store
        .write(move |tx| {
            let entry = entry.clone();
            Box::pin(async move {
                tx.audit(entry);
                Ok(())
            })
        })
        .await?;
    Err(Error::Forbidden)
}
