//! The check of every request of a program: who it is, whether it still may, from where, and when it came last.

use std::net::IpAddr;

use super::Desk;
use super::credentials::{admits, scopes_of};
use crate::domain::audit::Entry;
use crate::domain::caller::{Caller, Via, Who};
use crate::domain::dialect::Dialect;
use crate::domain::ids::{CredentialId, StaffId};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::{Scope, has};
use crate::error::Error;
use crate::store::credentials::{self as rows, Facts};

/// A credential that has proved itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proved {
    pub id: CredentialId,
    /// Who made the secret that proved it, and so has seen it.
    pub known_by: Option<StaffId>,
}

/// A request of a program that nobody has looked at yet.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub ip: Option<IpAddr>,
    pub request_id: String,
}

/// How often a credential's last use is written, in microseconds.
const USE_INTERVAL: i64 = 60 * 1_000_000;

/// The program behind a credential that has proved itself, checked anew for every request.
///
/// Errors: [`Error::Unauthenticated`] when the credential is for another API, expired, revoked, waits for approval, or its
/// owner is disabled;
/// [`Error::Forbidden`] when it may not be used from this address.
pub(super) async fn admit(desk: &Desk, proved: Proved, dialect: Dialect, arrival: &Arrival) -> Result<Caller, Error> {
    let Proved { id, known_by } = proved;
    let now = desk.clock.now();
    let facts = facts(desk, id).await?.filter(|facts| is_usable(facts, dialect, now)).ok_or(Error::Unauthenticated)?;
    let caller = caller(&facts, known_by, dialect.via(), arrival.ip.map(|ip| ip.to_string()), &arrival.request_id);
    if !may_come_from(&facts, arrival.ip) {
        let reason = "The credential may not be used from this address.";
        let entry =
            Entry::done(&caller, now, "permission.refused").about(id).refused(&Refusal::new(Rule::Forbidden, reason));
        super::audit_only(desk, entry).await?;
        return Err(Error::Forbidden);
    }
    if desk.access.note_use(id, facts.last_used_at, now, USE_INTERVAL) {
        // The request does not wait for this.
        let store = desk.store.clone();
        tokio::spawn(async move { store.write(move |tx| Box::pin(rows::note_use(tx, id, now))).await });
    }
    Ok(caller)
}

/// Refuses, and audits the refusal, unless the program has all of these scopes. For routes of a dialect that are no
/// operation of the desk; all others are checked by the service they call.
pub async fn needs(desk: &Desk, caller: &Caller, scopes: &[Scope]) -> Result<(), Error> {
    if has(caller, scopes) {
        return Ok(());
    }
    let names: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
    let reason = format!("{} lacks {}.", caller.name(), names.join(" and "));
    let entry = Entry::done(caller, desk.clock.now(), "permission.refused");
    super::audit_only(desk, entry.refused(&Refusal::new(Rule::Forbidden, reason))).await?;
    Err(Error::Forbidden)
}

/// What decides about a credential, from memory when it was read just now.
pub(super) async fn facts(desk: &Desk, id: CredentialId) -> Result<Option<Facts>, Error> {
    let era = match desk.access.recall(id) {
        Ok(facts) => return Ok(Some(facts)),
        Err(era) => era,
    };
    let mut reader = desk.store.read().await?;
    let found = rows::facts(&mut reader, id).await?;
    if let Some(facts) = &found {
        desk.access.learn(era, id, facts.clone());
    }
    Ok(found)
}

/// The program as it acts; `known_by` made the secret that proved it.
pub(super) fn caller(
    facts: &Facts,
    known_by: Option<StaffId>,
    via: Via,
    ip: Option<String>,
    request_id: &str,
) -> Caller {
    Caller {
        who: Who::Credential {
            id: facts.id,
            name: facts.name.clone(),
            owner: facts.staff_id,
            owner_role: facts.owner_role,
            created_by: known_by,
            client_id: facts.client_id,
            scopes: scopes_of(&facts.scopes),
        },
        via,
        ip,
        request_id: request_id.to_owned(),
    }
}

/// Whether the credential is for this API and works at all, at `now` in Unix microseconds.
pub(super) fn is_usable(facts: &Facts, dialect: Dialect, now: i64) -> bool {
    facts.dialect == dialect
        && facts.revoked_at.is_none()
        && facts.waiting_since.is_none()
        && facts.owner_disabled_at.is_none()
        && facts.expires_at.is_none_or(|end| end > now)
}

/// READ_SENSITIVE without a list of addresses is refused everywhere.
pub(super) fn may_come_from(facts: &Facts, ip: Option<IpAddr>) -> bool {
    let open = facts.ip_list.is_empty() && scopes_of(&facts.scopes).contains(&Scope::ReadSensitive);
    !open && admits(&facts.ip_list, ip)
}
