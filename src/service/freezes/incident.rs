//! What a freeze has come to: what happened, what stands in it now and stood in it then, and what it stopped.

use super::{get, is_capped};
use crate::domain::caller::Caller;
use crate::domain::freeze::{Freeze, Standing};
use crate::domain::ids::FreezeId;
use crate::error::Error;
use crate::service::Desk;
use crate::store::audit::{self, AuditFilter, AuditLine};
use crate::store::freezes as rows;

/// Everything the page of a freeze shows.
#[derive(Debug, Clone)]
pub struct Incident {
    pub freeze: Freeze,
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
    let filter = AuditFilter { subject: Some(id.to_string()), ..AuditFilter::default() };
    let history = audit::list(&mut reader, &filter, None, HISTORY).await?;
    let mut refused = audit::frozen(&mut reader, &id.to_string(), REFUSED + 1).await?;
    let more_refused = refused.len() as i64 > REFUSED;
    refused.truncate(REFUSED as usize);
    let then: Vec<Standing> = serde_json::from_str(&freeze.stood).map_err(|_| Error::Internal)?;
    let capped = is_capped(freeze.scope, &now) || is_capped(freeze.scope, &then);
    Ok(Incident { freeze, then, now, capped, history, refused, more_refused })
}
