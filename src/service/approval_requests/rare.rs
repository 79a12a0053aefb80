//! Requests for changes that are no units: starting a batch, using an account of a payee, a credential or its secret.

use super::{Answered, Desk, Error};
use crate::domain::approval::{Act, Approval, Decision, Known, Need, Proposal, Request, RequestState, Verb, needed};
use crate::domain::audit::Entry;
use crate::domain::batch::{Batch, Step};
use crate::domain::books::StoredKey;
use crate::domain::caller::{Caller, Who};
use crate::domain::freeze::{Freezes, Stop};
use crate::domain::ids::{ApprovalRequestId, ClientId};
use crate::domain::maker::Maker;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Role;
use crate::service::credentials;
use crate::service::idempotency::{Earlier, earlier, key};
use crate::store::approval_requests as rows;
use crate::store::{Tx, approval_rules, batches, freezes, keys, payee_accounts};

/// What rules ask for before this is done; none lets it be done.
///
/// Errors: a program asks, or nobody could approve it, or it waits already.
pub(in crate::service) async fn gate(
    tx: &mut Tx<'_>,
    caller: &Caller,
    subject_id: &str,
    act: &Act,
    client_id: Option<ClientId>,
) -> Result<Result<Option<Need>, Refusal>, sqlx::Error> {
    let rules = approval_rules::standing_now(tx, act.verb()).await?;
    let need = needed(&rules, act.verb(), client_id, None);
    gate_by(tx, caller, subject_id, act, need).await
}

/// What rules ask for before a batch starts, as they stand now.
pub(in crate::service) async fn needs_of_batch(tx: &mut Tx<'_>, batch: &Batch) -> Result<Option<Need>, sqlx::Error> {
    let mut rules = approval_rules::standing_now(tx, Verb::Batch).await?;
    if let Some(verb) = batch.verb.ruled_by() {
        rules.extend(approval_rules::standing_now(tx, verb).await?);
    }
    Ok(batch.needs(&rules))
}

/// The same as [`gate`] where it is known what rules ask for.
pub(in crate::service) async fn gate_by(
    tx: &mut Tx<'_>,
    caller: &Caller,
    subject_id: &str,
    act: &Act,
    need: Option<Need>,
) -> Result<Result<Option<Need>, Refusal>, sqlx::Error> {
    let Some(need) = need else { return Ok(Ok(None)) };
    if !matches!(caller.who, Who::Staff { .. }) {
        return Ok(Err(need.first().instead("Staff ask for that on the pages of the desk.")));
    }
    let people = approval_rules::people_now(tx).await?;
    if let Err(refusal) = need.check_possible(&people, &Maker::of(caller)) {
        return Ok(Err(refusal));
    }
    let open = rows::open_of_now(tx, subject_id).await?;
    if let Some(same) = open.into_iter().find(|request| request.verb == act.verb()) {
        let reason = format!("{} has asked for it already, and it waits for approval.", same.maker_name);
        return Ok(Err(Refusal::new(Rule::WrongState, reason).instead("It stands under Approvals.")));
    }
    Ok(Ok(Some(need)))
}

/// Writes the request down, in the unit that found the need; answers the refusal that leads to it.
pub(in crate::service) async fn ask(
    tx: &mut Tx<'_>,
    caller: &Caller,
    about: Proposal,
    need: Need,
) -> Result<Refusal, sqlx::Error> {
    let now = tx.now();
    let id = tx.mint().next();
    let request = match Request::open(id, caller, about, &need, now) {
        Ok(request) => request,
        Err(refusal) => return Ok(refusal),
    };
    rows::insert_now(tx, &request).await?;
    let mut entry = Entry::done(caller, now, "approval.ask").about(request.id).because(request.reason.clone());
    entry.client_id = request.client_id;
    tx.audit(entry);
    Ok(need.first().instead("It stands under Approvals.").detail(format!("{LEFT}{}", request.id)))
}

/// What leads from a refusal to the request that it has left.
const LEFT: &str = "request: ";

/// The request that a refusal has left, if it has.
pub fn left(refusal: &Refusal) -> Option<ApprovalRequestId> {
    refusal.details.iter().find_map(|point| point.strip_prefix(LEFT)?.parse().ok())
}

/// A yes or a no to such a request. The last yes does it, in the same unit.
pub(super) async fn answer(
    desk: &Desk,
    caller: &Caller,
    id: ApprovalRequestId,
    act: Act,
    (approve, note, version): (bool, Option<String>, Option<i64>),
    idempotency_key: Option<&str>,
) -> Result<Answered<Request>, Error> {
    let key = key(caller, &format!("approval.answer:{id}"), idempotency_key, &(id, approve, &note))?;
    let by = caller.clone();
    let answered = desk.store.write(move |tx| {
        let (caller, key, act, note) = (by.clone(), key.clone(), act.clone(), note.clone());
        Box::pin(async move {
            let now = tx.now();
            let action = if approve { "approval.approve" } else { "approval.send_back" };
            let mut entry = Entry::done(&caller, now, action).about(id).because(note.clone());
            match earlier(tx, key.as_ref(), &entry).await? {
                Earlier::None => {}
                Earlier::Same(_) => return Ok(Ok(true)),
                Earlier::Other(refusal) => return Ok(Err(refusal)),
            }
            let Some(mut request) = rows::get_now(tx, id).await? else { return Err(sqlx::Error::RowNotFound) };
            entry.client_id = request.client_id;
            let by_rules = match &act {
                Act::StartBatch { batch_id, .. } => match batches::get(tx, *batch_id).await? {
                    Some(batch) => needs_of_batch(tx, &batch).await?,
                    None => None,
                },
                _ => request.needs(&approval_rules::standing_now(tx, request.verb).await?),
            };
            let people = approval_rules::people_now(tx).await?;
            let given = rows::given_now(tx, &id.to_string()).await?;
            let said = (approve, note.as_deref(), version);
            let known = Known { need: by_rules.as_ref(), people: &people, given: &given };
            // It goes on waiting: the freeze will be lifted.
            if approve && let Err(refusal) = check_freezes(tx, &caller, &act, request.client_id).await? {
                tx.audit(entry.refused(&refusal));
                return Ok(Err(refusal));
            }
            let decision = match request.decide(&caller, said, &act, &known, now) {
                Ok(decision) => decision,
                Err(refusal) => {
                    tx.audit(entry.refused(&refusal));
                    return Ok(Err(refusal));
                }
            };
            request.version += 1;
            let counts = matches!(decision, Decision::More | Decision::Do(_));
            let mut done = true;
            match decision {
                Decision::More => {}
                Decision::End(state, why) => {
                    (request.state, request.answer, request.ended_at) = (state, Some(why), Some(now));
                }
                Decision::Do(names) => {
                    let role = people.iter().find(|one| one.id == request.maker_staff_id).map(|one| one.role);
                    let asker = request.asker(role.unwrap_or(Role::Viewer), &caller.request_id);
                    let mut of_act = Entry::done(&asker, now, "").about(&request.subject_id);
                    of_act.client_id = request.client_id;
                    let by = by_rules.into_iter().fold(request.need(), Need::and);
                    match effect(tx, &act, &by, &mut of_act).await? {
                        Ok(()) => {
                            tx.audit(of_act.because(Some(format!("{id}, approved by {names}"))));
                            (request.state, request.answer, request.ended_at) =
                                (RequestState::Approved, Some(format!("Approved by {names}")), Some(now));
                        }
                        Err(refusal) => {
                            done = false;
                            (request.state, request.answer, request.ended_at) =
                                (RequestState::Stale, Some(refusal.reason), Some(now));
                        }
                    }
                }
            }
            if !matches!(request.state, RequestState::Open | RequestState::Approved) {
                credentials::undo(tx, &caller, &act).await?;
            }
            if counts
                && done
                && let Some(approval) = Approval::of(&caller, id.to_string(), 0, note, now)
            {
                rows::give_now(tx, &approval).await?;
            }
            rows::update_now(tx, &request).await?;
            if let Some(key) = key {
                keys::insert(tx, &StoredKey { key, outcome: id.to_string(), created_at: now }).await?;
            }
            tx.audit(entry.because(request.answer.clone()));
            Ok(Ok(false))
        })
    });
    let repeated = answered.await?.map_err(|refusal: Refusal| Error::from(refusal))?;
    desk.batches.notify_one();
    // It may have let a credential in.
    desk.access.forget();
    let mut reader = desk.store.read().await?;
    let value = rows::get(&mut reader, id).await?.ok_or(Error::Internal)?;
    Ok(Answered { value, repeated, replayed: repeated })
}

/// Refuses while the program that approves is frozen, or money that would go to the account.
async fn check_freezes(
    tx: &mut Tx<'_>,
    caller: &Caller,
    act: &Act,
    client_id: Option<ClientId>,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let freezes = Freezes(freezes::active_now(tx).await?);
    if let Err(refusal) = freezes.check_caller(caller, Stop::Approve) {
        return Ok(Err(refusal));
    }
    Ok(match (act, client_id) {
        (Act::UseAccount { payee_id, .. }, Some(client)) => freezes.check_payee(client, *payee_id, Stop::Approve),
        _ => Ok(()),
    })
}

/// Does it, or says why it can no longer be done as it was shown.
async fn effect(tx: &mut Tx<'_>, act: &Act, by: &Need, entry: &mut Entry) -> Result<Result<(), Refusal>, sqlx::Error> {
    let changed = || Refusal::new(Rule::Stale, "What it is about has changed since.");
    match act {
        Act::StartBatch { batch_id, reason, version, .. } => {
            entry.action = "batch.start".to_owned();
            let batch = batches::get(tx, *batch_id).await?.filter(|batch| batch.version == *version);
            let Some(batch) = batch else { return Ok(Err(changed())) };
            let to = match batch.state.check(Step::Start) {
                Ok(to) => to,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let started = batches::change(tx, &batch, to, reason.as_deref(), None).await?;
            if started {
                batches::approved(tx, *batch_id, by).await?;
            }
            Ok(if started { Ok(()) } else { Err(changed()) })
        }
        Act::UseAccount { account_id, .. } => {
            entry.action = "payee_account.switch_on".to_owned();
            let on = payee_accounts::set_active(tx, *account_id, true).await?;
            Ok(if on { Ok(()) } else { Err(changed()) })
        }
        Act::UseCredential { .. } | Act::UseSecret { .. } => credentials::effect(tx, act, entry).await,
        _ => Ok(Err(Refusal::new(Rule::Invalid, "It is done in another way."))),
    }
}
