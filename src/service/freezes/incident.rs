//! What a freeze has come to: what happened, what stands in it now and stood in it then, and what it stopped.

use super::{get, is_capped};
use crate::domain::caller::Caller;
use crate::domain::freeze::{Freeze, Scope, Standing};
use crate::domain::ids::FreezeId;
use crate::error::Error;
use crate::service::Desk;
use crate::store::audit::{self, AuditFilter, AuditLine};
use crate::store::{Reader, freezes as rows, wallets};

/// Everything the page of a freeze shows.
#[derive(Debug, Clone)]
pub struct Incident {
    pub freeze: Freeze,
    /// The number of the client or the wallet that is frozen, by which lists know it.
    pub number: Option<i64>,
    /// What stood in it when it was frozen.
    pub then: Vec<Standing>,
    /// What stands in it now, also after the lift.
    pub now: Vec<Standing>,
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

/// One freeze with what came of it.
pub async fn incident(desk: &Desk, caller: &Caller, id: FreezeId) -> Result<Incident, Error> {
    let freeze = get(desk, caller, id).await?;
    let mut reader = desk.store.read().await?;
    let now = rows::standing(&mut reader, freeze.scope, &freeze.subject).await?;
    let number = number(&mut reader, &freeze).await?;
    let filter = AuditFilter { subject: Some(id.to_string()), ..AuditFilter::default() };
    let history = audit::list(&mut reader, &filter, None, HISTORY).await?;
    let mut refused = audit::frozen(&mut reader, &id.to_string(), REFUSED + 1).await?;
    let more_refused = refused.len() as i64 > REFUSED;
    refused.truncate(REFUSED as usize);
    let then: Vec<Standing> = serde_json::from_str(&freeze.stood).map_err(|_| Error::Internal)?;
    let capped = is_capped(freeze.scope, &now) || is_capped(freeze.scope, &then);
    Ok(Incident { freeze, number, then, now, capped, history, refused, more_refused })
}

async fn number(reader: &mut Reader, freeze: &Freeze) -> Result<Option<i64>, Error> {
    Ok(match (freeze.scope, freeze.subject.parse(), freeze.client_id) {
        (Scope::Wallet, Ok(id), _) => wallets::by_id(reader, id).await?.map(|wallet| wallet.number),
        (Scope::Client, _, Some(id)) => wallets::client(reader, id).await?.map(|client| client.number),
        _ => None,
    })
}
