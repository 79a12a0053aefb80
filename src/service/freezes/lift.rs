//! Lifting a freeze: one asks with a reason, another person lifts it or keeps it.

use super::{REASON, is_capped, sees};
use crate::domain::approval::{Approval, Need, Verb, needed};
use crate::domain::audit::Entry;
use crate::domain::books::StoredKey;
use crate::domain::caller::Caller;
use crate::domain::freeze::{Fate, Freeze, Freezes, Standing as Counted, State, Stop};
use crate::domain::ids::FreezeId;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::approval_requests::{self as requests, Standing};
use crate::service::fields::Fields;
use crate::service::idempotency::{Answered, Earlier, earlier, key};
use crate::service::{Desk, permit_on};
use crate::store::{Tx, approval_requests, approval_rules, freezes as rows, keys};

/// What is done to a freeze.
#[derive(Debug, Clone)]
enum Change {
    Ask {
        reason: String,
    },
    Lift,
    /// One yes of several: it stands until the last one.
    Approve,
    Keep,
}

/// Asks for the freeze to be lifted.
pub async fn ask(
    desk: &Desk,
    caller: &Caller,
    id: FreezeId,
    reason: Option<&str>,
    version: Option<i64>,
    idempotency_key: Option<&str>,
) -> Result<Answered<Freeze>, Error> {
    permit_on(desk, caller, Operation::Freeze, id).await?;
    let mut fields = Fields::default();
    let reason = fields.required("reason", reason, REASON);
    fields.done()?;
    change(desk, caller, id, version, idempotency_key, Change::Ask { reason }).await
}

/// Lifts it: whatever it held back goes on from this commit on. Where a rule asks for more people than one, each but the
/// last only says yes, and the freeze stands.
///
/// Errors: nobody asked for it, or the caller did, or another person was faster.
pub async fn lift(
    desk: &Desk,
    caller: &Caller,
    id: FreezeId,
    version: Option<i64>,
    idempotency_key: Option<&str>,
) -> Result<Answered<Freeze>, Error> {
    permit_on(desk, caller, Operation::LiftFreeze, id).await?;
    let lifted = change(desk, caller, id, version, idempotency_key, Change::Lift).await?;
    desk.wake.notify_one();
    Ok(lifted)
}

/// How far the lift has come that somebody asks for, where a rule asks for more than today's second person.
pub async fn standing(desk: &Desk, caller: &Caller, freeze: &Freeze) -> Result<Option<Standing>, Error> {
    permit_on(desk, caller, Operation::ReadFreezes, freeze.id).await?;
    let Some(asker) = freeze.asker().filter(|_| freeze.is_asked() && !freeze.drill) else { return Ok(None) };
    let mut reader = desk.store.read().await?;
    let (subject, shown) = (freeze.id.to_string(), freeze.asked_at.unwrap_or_default());
    let about = (Verb::Unfreeze, freeze.client_id, None);
    let standing = requests::standing(&mut reader, &subject, Some(Need::default()), &asker, about, shown).await?;
    Ok(Some(standing).filter(|standing| !standing.need.rules.is_empty()))
}

/// What goes on by itself once it is lifted, by state and currency, and whether only the newest were counted.
pub async fn held_back(desk: &Desk, caller: &Caller, freeze: &Freeze) -> Result<(Vec<Counted>, bool), Error> {
    permit_on(desk, caller, Operation::ReadFreezes, freeze.id).await?;
    let mut reader = desk.store.read().await?;
    let mut found = rows::standing(&mut reader, freeze.scope, &freeze.subject).await?;
    let capped = is_capped(freeze.scope, &found);
    found.retain(|part| part.fate() == Fate::Stopped);
    Ok((found, capped))
}

/// Answers the question with no, or takes it back: the freeze stands, and may be asked about again.
pub async fn keep(
    desk: &Desk,
    caller: &Caller,
    id: FreezeId,
    version: Option<i64>,
    idempotency_key: Option<&str>,
) -> Result<Answered<Freeze>, Error> {
    permit_on(desk, caller, Operation::Freeze, id).await?;
    change(desk, caller, id, version, idempotency_key, Change::Keep).await
}

async fn change(
    desk: &Desk,
    caller: &Caller,
    id: FreezeId,
    version: Option<i64>,
    idempotency_key: Option<&str>,
    change: Change,
) -> Result<Answered<Freeze>, Error> {
    let request = (id, change.reason());
    let key = key(caller, &format!("{}:{id}", change.action()), idempotency_key, &request)?;
    let caller_now = caller.clone();
    let changed = desk
        .store
        .write(move |tx| {
            let (caller, key, change) = (caller_now.clone(), key.clone(), change.clone());
            Box::pin(async move {
                if matches!(change, Change::Lift) {
                    tx.close_gate().await?;
                }
                let now = tx.now();
                let mut entry = Entry::done(&caller, now, change.action()).about(id).because(change.reason().cloned());
                match earlier(tx, key.as_ref(), &entry).await? {
                    Earlier::None => {}
                    Earlier::Same(_) => return Ok(Some(Ok(true))),
                    Earlier::Other(refusal) => return Ok(Some(Err(refusal))),
                }
                let found = rows::get(tx, id).await?;
                let Some(mut freeze) = found.filter(|freeze| sees(&caller, freeze)) else { return Ok(None) };
                entry.client_id = entry.client_id.or(freeze.client_id);
                let mut change = change;
                let result = match frozen(tx, &caller).await? {
                    Ok(()) => change.make(&mut freeze, &caller, version, now),
                    refused => refused,
                };
                let result = match result {
                    Ok(()) => ruled(tx, &mut change, &mut freeze, &caller).await?,
                    refused => refused,
                };
                if let Err(refusal) = result {
                    tx.audit(entry.refused(&refusal));
                    return Ok(Some(Err(refusal)));
                }
                entry.action = change.action().to_owned();
                if freeze.state == State::Lifted {
                    let stood = rows::standing_now(tx, freeze.scope, &freeze.subject).await?;
                    freeze.lifted_stood = Some(serde_json::to_string(&stood).expect("texts and integers"));
                }
                rows::update(tx, &freeze).await?;
                if let Some(key) = key {
                    keys::insert(tx, &StoredKey { key, outcome: id.to_string(), created_at: now }).await?;
                }
                tx.audit(entry);
                Ok(Some(Ok(false)))
            })
        })
        .await?;
    let Some(changed) = changed else { return Err(Error::NotFound("Freeze")) };
    let replayed = changed?;
    let value = super::find(desk, caller, id).await?;
    Ok(Answered { value, repeated: replayed, replayed })
}

/// A frozen program has no say in what goes on again.
async fn frozen(tx: &mut Tx<'_>, caller: &Caller) -> Result<Result<(), Refusal>, sqlx::Error> {
    if caller.credential().is_none() {
        return Ok(Ok(()));
    }
    Ok(Freezes(rows::active_now(tx).await?).check_caller(caller, Stop::Lift))
}

/// What rules ask for: who asks for a lift is refused when too few could agree to it, and a yes that is not the last one
/// is counted, and lifts nothing. Drills hold nothing back, so no rule is about them.
async fn ruled(
    tx: &mut Tx<'_>,
    change: &mut Change,
    freeze: &mut Freeze,
    caller: &Caller,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    if freeze.drill || matches!(change, Change::Keep | Change::Approve) {
        return Ok(Ok(()));
    }
    let rules = approval_rules::standing_now(tx, Verb::Unfreeze).await?;
    let Some(need) = needed(&rules, Verb::Unfreeze, freeze.client_id, None) else { return Ok(Ok(())) };
    let Some(asker) = freeze.asker() else { return Ok(Ok(())) };
    let people = approval_rules::people_now(tx).await?;
    if matches!(change, Change::Ask { .. }) {
        return Ok(need.check_possible(&people, &asker));
    }
    // Bound to this question: asked again, it has to be approved anew.
    let (subject, shown) = (freeze.id.to_string(), freeze.asked_at.unwrap_or_default());
    let given = approval_requests::given_now(tx, &subject).await?;
    let count = match need.count(caller, &asker, &people, &given, shown) {
        Ok(count) => count,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(approval) = Approval::of(caller, subject, shown, None, tx.now()) {
        approval_requests::give_now(tx, &approval).await?;
    }
    if !count.is_enough() {
        freeze.state = State::Active;
        (freeze.lifted_at, freeze.lifter_name, freeze.resumed_at) = (None, None, None);
        *change = Change::Approve;
    }
    Ok(Ok(()))
}

impl Change {
    fn action(&self) -> &'static str {
        match self {
            Change::Ask { .. } => "freeze.ask_to_lift",
            Change::Lift => "freeze.lift",
            Change::Approve => "freeze.approve_lift",
            Change::Keep => "freeze.keep",
        }
    }

    fn reason(&self) -> Option<&String> {
        match self {
            Change::Ask { reason } => Some(reason),
            Change::Lift | Change::Approve | Change::Keep => None,
        }
    }

    /// Changes the freeze, or says why not.
    fn make(&self, freeze: &mut Freeze, caller: &Caller, version: Option<i64>, now: i64) -> Result<(), Refusal> {
        match self {
            Change::Ask { .. } => freeze.check_ask()?,
            Change::Lift | Change::Approve => freeze.check_lift(caller)?,
            Change::Keep => freeze.check_keep()?,
        }
        if version.is_some_and(|seen| seen != freeze.version) {
            return Err(Refusal::new(Rule::Stale, "It changed while you were reading.")
                .instead("Look at the new facts, then decide again."));
        }
        freeze.version += 1;
        match self {
            Change::Ask { reason } => {
                freeze.asked_at = Some(now);
                freeze.asker_staff_id = caller.person();
                freeze.asker_name = Some(caller.name().to_owned());
                freeze.asker_credential_id = caller.credential();
                freeze.asker_creator_id = caller.credential_creator();
                freeze.asked_reason = Some(reason.clone());
            }
            Change::Approve => {}
            Change::Lift => {
                freeze.state = State::Lifted;
                freeze.lifted_at = Some(now);
                freeze.lifter_name = Some(caller.name().to_owned());
                // A drill held nothing back.
                freeze.resumed_at = freeze.drill.then_some(now);
            }
            Change::Keep => {
                freeze.asked_at = None;
                freeze.asker_staff_id = None;
                freeze.asker_name = None;
                freeze.asker_credential_id = None;
                freeze.asker_creator_id = None;
                freeze.asked_reason = None;
            }
        }
        Ok(())
    }
}
