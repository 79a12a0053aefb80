//! Freezes: one person stops what must not leave, two let it go on.

mod incident;
mod lift;
mod subject;

use serde::Serialize;

use super::fields::Fields;
use super::idempotency::{Answered, Earlier, earlier, key};
use super::{Desk, permit, permit_on};
use crate::domain::audit::{self, Entry};
use crate::domain::books::StoredKey;
use crate::domain::caller::Caller;
use crate::domain::freeze::{Freeze, Scope, Standing, State};
use crate::domain::ids::FreezeId;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::store::{freezes as rows, keys};
pub use incident::{Incident, incident};
pub use lift::{ask, held_back, keep, lift, standing};
pub use subject::{Choice, Subject, choices, found};

/// What is to be frozen, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewFreeze {
    /// `everything`, `client`, `wallet`, `payee`, `rail` or `credential`.
    pub scope: String,
    /// An id; of a client or wallet also its number, of a payee also an email or the start of a name that fits only one,
    /// of a rail its name; blank for everything.
    pub subject: String,
    pub reason: String,
    /// Stops nothing.
    pub drill: bool,
}

/// What a freeze would stop, on one look.
#[derive(Debug, Clone)]
pub struct Preview {
    pub subject: Subject,
    pub reason: String,
    pub drill: bool,
    pub standing: Vec<Standing>,
    /// Only the newest [`rows::LOOKED_AT`] were counted.
    pub capped: bool,
    /// Freezes that stand for the same already.
    pub stands: Vec<Freeze>,
}

/// How long reasons may be.
const REASON: usize = 500;

/// What makes a request to freeze the same one.
#[derive(Serialize)]
struct Asked<'a> {
    scope: Scope,
    subject: &'a str,
    reason: &'a str,
    drill: bool,
}

/// Checks the input as freezing would, and tells what it would stop. Nothing is written.
pub async fn preview(desk: &Desk, caller: &Caller, new: &NewFreeze) -> Result<Preview, Error> {
    permit(desk, caller, Operation::Freeze).await?;
    let (subject, reason) = check(desk, caller, new).await?;
    let mut reader = desk.store.read().await?;
    let standing = rows::standing(&mut reader, subject.scope, &subject.id).await?;
    let stands = rows::of_subject(&mut reader, subject.scope, &subject.id).await?;
    let capped = is_capped(subject.scope, &standing);
    Ok(Preview { subject, reason, drill: new.drill, standing, capped, stands })
}

/// Freezes it from this commit on. What is frozen already stays as it is, and is answered as `repeated`.
pub async fn create(
    desk: &Desk,
    caller: &Caller,
    new: &NewFreeze,
    idempotency_key: Option<&str>,
) -> Result<Answered<Freeze>, Error> {
    permit(desk, caller, Operation::Freeze).await?;
    let (subject, reason) = check(desk, caller, new).await?;
    let drill = new.drill;
    let asked = Asked { scope: subject.scope, subject: &subject.id, reason: &reason, drill };
    let key = key(caller, "freeze.make", idempotency_key, &asked)?;
    let caller_now = caller.clone();
    let made = desk
        .store
        .write(move |tx| {
            let (caller, subject, reason, key) = (caller_now.clone(), subject.clone(), reason.clone(), key.clone());
            Box::pin(async move {
                if !drill {
                    tx.close_gate().await?;
                }
                let now = tx.now();
                let action = if drill { "freeze.drill" } else { "freeze.make" };
                let mut entry = Entry::done(&caller, now, action);
                entry.client_id = entry.client_id.or(subject.client_id);
                match earlier(tx, key.as_ref(), &entry).await? {
                    Earlier::None => {}
                    Earlier::Same(id) => return Ok(Ok((id, true, true))),
                    Earlier::Other(refusal) => return Ok(Err(refusal)),
                }
                let stands = rows::same(tx, subject.scope, &subject.id, drill).await?;
                let repeated = stands.is_some();
                let freeze = match stands {
                    Some(freeze) => {
                        let entry = entry.about(freeze.id).because(Some(reason));
                        tx.audit(Entry { outcome: audit::Outcome::Repeated, ..entry });
                        freeze
                    }
                    None => {
                        let stood = rows::standing_now(tx, subject.scope, &subject.id).await?;
                        let stood = serde_json::to_string(&stood).expect("texts and integers");
                        let freeze = of(tx.mint().next(), &caller, subject, reason, drill, stood);
                        rows::insert(tx, &freeze).await?;
                        let what = format!("{}: {}", freeze.what(), freeze.reason);
                        tx.audit(entry.about(freeze.id).because(Some(what)));
                        freeze
                    }
                };
                let id = freeze.id.to_string();
                if let Some(key) = key {
                    keys::insert(tx, &StoredKey { key, outcome: id.clone(), created_at: now }).await?;
                }
                Ok(Ok((id, repeated, false)))
            })
        })
        .await?;
    let (id, repeated, replayed) = made?;
    let value = find(desk, caller, id.parse().map_err(|_| Error::Internal)?).await?;
    Ok(Answered { value, repeated, replayed })
}

/// Freezes in the caller's sight, newest first, older than `before`; and where older ones start.
pub async fn list(
    desk: &Desk,
    caller: &Caller,
    before: Option<FreezeId>,
    limit: usize,
) -> Result<(Vec<Freeze>, Option<FreezeId>), Error> {
    permit(desk, caller, Operation::ReadFreezes).await?;
    let mut reader = desk.store.read().await?;
    let mut found = rows::list(&mut reader, caller.client(), before, limit as i64 + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let older = found.last().map(|freeze| freeze.id).filter(|_| more);
    Ok((found, older))
}

/// One freeze in the caller's sight: programs see those of their own client.
pub async fn get(desk: &Desk, caller: &Caller, id: FreezeId) -> Result<Freeze, Error> {
    permit_on(desk, caller, Operation::ReadFreezes, id).await?;
    find(desk, caller, id).await
}

/// The same for a use case that has its own permission.
async fn find(desk: &Desk, caller: &Caller, id: FreezeId) -> Result<Freeze, Error> {
    let mut reader = desk.store.read().await?;
    let found = rows::find(&mut reader, id).await?;
    found.filter(|freeze| sees(caller, freeze)).ok_or(Error::NotFound("Freeze"))
}

/// What the caller may see, and so ask for.
fn sees(caller: &Caller, freeze: &Freeze) -> bool {
    match freeze.client_id {
        Some(client) => caller.may_see(client),
        None => caller.client().is_none(),
    }
}

/// What is to be frozen, and why.
async fn check(desk: &Desk, caller: &Caller, new: &NewFreeze) -> Result<(Subject, String), Error> {
    let mut fields = Fields::default();
    let scope = Scope::from_name(new.scope.trim());
    let scope = scope.filter(|scope| subject::may_name(caller, *scope));
    if scope.is_none() {
        let all = Scope::ALL.into_iter().filter(|scope| subject::may_name(caller, *scope));
        let names: Vec<&str> = all.map(Scope::name).collect();
        let why = if caller.client().is_some() { ": programs freeze only what is their client's" } else { "" };
        fields.wrong("scope", format!("must be one of {}{why}", names.join(", ")));
    }
    let reason = fields.required("reason", Some(&new.reason), REASON);
    let subject = match scope {
        Some(scope) => subject::find(desk, caller, &mut fields, scope, new.subject.trim()).await?,
        None => None,
    };
    fields.done()?;
    Ok((subject.ok_or(Error::Internal)?, reason))
}

fn of(id: FreezeId, caller: &Caller, subject: Subject, reason: String, drill: bool, stood: String) -> Freeze {
    Freeze {
        id,
        scope: subject.scope,
        subject: subject.id,
        subject_name: subject.name,
        client_id: subject.client_id,
        reason,
        drill,
        state: State::Active,
        // Jobs freeze nothing; a command of the host has no person behind it.
        maker_staff_id: caller.person().unwrap_or_else(|| crate::domain::ids::Id::first_at(0)),
        maker_name: caller.name().to_owned(),
        maker_credential_id: caller.credential(),
        stood,
        lifted_stood: None,
        asked_at: None,
        asker_staff_id: None,
        asker_name: None,
        asker_credential_id: None,
        asker_creator_id: None,
        asked_reason: None,
        lifted_at: None,
        lifter_name: None,
        resumed_at: None,
        version: 1,
    }
}

/// Whether there may be more than was counted.
fn is_capped(scope: Scope, standing: &[Standing]) -> bool {
    let of = |kind| standing.iter().filter(|part| part.kind == kind).map(|part| part.records).sum::<i64>();
    use crate::domain::freeze::Kind::{Link, Payout};
    matches!(scope, Scope::Payee | Scope::Credential) && (of(Payout) >= rows::LOOKED_AT || of(Link) >= rows::LOOKED_AT)
}
