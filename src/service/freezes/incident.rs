//! What a freeze has come to: what happened, what stood in it at its start and stands in it until its lift, what is
//! unknown, and what it stopped.

use super::{get, is_capped};
use crate::domain::batch::Batch;
use crate::domain::caller::Caller;
use crate::domain::freeze::{Freeze, Scope, Standing};
use crate::domain::ids::FreezeId;
use crate::error::Error;
use crate::service::Desk;
use crate::store::audit::{self, AuditFilter, AuditLine};
use crate::store::{Reader, batches, freezes as rows, wallets};

/// Everything the page of a freeze shows.
#[derive(Debug, Clone)]
pub struct Incident {
    pub freeze: Freeze,
    /// The number of the client or the wallet that is frozen, by which lists know it.
    pub number: Option<i64>,
    /// What stood in it when it was frozen.
    pub then: Vec<Standing>,
    /// What stands in it now, or stood in it when it was lifted.
    pub now: Vec<Standing>,
    /// Payouts made before the lift of which nobody knows the outcome now (`unknown`), and those that their provider was
    /// asked to stop and has not answered for (`asked`).
    pub doubts: Vec<Standing>,
    /// The batches that were made from its page, newest first.
    pub batches: Vec<Batch>,
    /// Only the newest [`rows::LOOKED_AT`] were counted.
    pub capped: bool,
    /// What people did with it, newest first.
    pub history: Vec<AuditLine>,
    /// What was refused because of it, newest first.
    pub refused: Vec<AuditLine>,
    /// There is more of that.
    pub more_refused: bool,
}

/// How much of its history is shown.
const HISTORY: i64 = 100;

/// How many refusals are shown.
const REFUSED: i64 = 50;

/// How many batches are shown.
const BATCHES: i64 = 50;

/// One freeze with what came of it.
pub async fn incident(desk: &Desk, caller: &Caller, id: FreezeId) -> Result<Incident, Error> {
    let freeze = get(desk, caller, id).await?;
    let mut reader = desk.store.read().await?;
    let now = match freeze.stood_at_lift() {
        Some(stood) => stood,
        None => rows::standing(&mut reader, freeze.scope, &freeze.subject).await?,
    };
    let until = freeze.lifted_at.unwrap_or_else(|| desk.clock.now());
    // Made in the same microsecond counts.
    let doubts = rows::doubts(&mut reader, freeze.scope, &freeze.subject, until + 1).await?;
    let batches = batches::of_freeze(&mut reader, id, BATCHES).await?;
    let number = number(&mut reader, &freeze).await?;
    let filter = AuditFilter { subject: Some(id.to_string()), ..AuditFilter::default() };
    let history = audit::list(&mut reader, &filter, None, HISTORY).await?;
    let mut refused = audit::frozen(&mut reader, &id.to_string(), REFUSED + 1).await?;
    let more_refused = refused.len() as i64 > REFUSED;
    refused.truncate(REFUSED as usize);
    let then = freeze.stood_then();
    let capped = is_capped(freeze.scope, &now) || is_capped(freeze.scope, &then);
    Ok(Incident { freeze, number, then, now, doubts, batches, capped, history, refused, more_refused })
}

async fn number(reader: &mut Reader, freeze: &Freeze) -> Result<Option<i64>, Error> {
    Ok(match (freeze.scope, freeze.subject.parse(), freeze.client_id) {
        (Scope::Wallet, Ok(id), _) => wallets::by_id(reader, id).await?.map(|wallet| wallet.number),
        (Scope::Client, _, Some(id)) => wallets::client(reader, id).await?.map(|client| client.number),
        _ => None,
    })
}
