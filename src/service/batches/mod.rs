//! Batches: many payouts cancelled, approved or reversed together. First sorted, then started by typing the count, then
//! done by a job.

pub mod file;
mod lines;
mod new;
pub mod results;
pub mod row;
pub mod sorting;
pub mod work;

use serde::{Deserialize, Serialize};

pub use self::new::{MOST_NAMES, create};
use super::approval_requests::rare;
use super::fields::Fields;
use super::idempotency::{Answered, Earlier, earlier, key};
use super::payout_list::ListQuery;
use super::{Desk, permit, permit_on};
use crate::domain::approval::{Act, Proposal};
use crate::domain::audit::Entry;
use crate::domain::batch::{Batch, Fate, State, Step, Verb, WalletSum};
use crate::domain::books::StoredKey;
use crate::domain::caller::Caller;
use crate::domain::command::IdempotencyKey;
use crate::domain::ids::{BatchId, ClientId, FreezeId};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::batches as rows;
use crate::store::payouts::Filter;
use crate::store::wallets::MOST_WALLETS;
use crate::store::{Tx, keys, wallets};

/// What a batch is made from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Ids and references, and where they come from, in words: `pasted`.
    Names(Vec<String>, String),
    /// All that match, made up to now.
    Matching(Box<ListQuery>, chrono_tz::Tz),
    /// What an earlier batch did not do.
    Undone(BatchId),
    /// All that stands in a freeze and is not over, made up to now.
    Incident(FreezeId),
}

/// A batch to be made.
#[derive(Debug, Clone)]
pub struct NewBatch {
    pub verb: Verb,
    pub source: Source,
    pub reason: Option<String>,
}

/// A wallet of the preview, before and after.
#[derive(Debug, Clone)]
pub struct WalletEffect {
    pub wallet: Wallet,
    pub items: i64,
    pub change_minor: i64,
    /// What would be available afterwards; below zero, there is not enough.
    pub after_minor: i64,
}

/// What a job sorts, as the database keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    Names(Vec<String>),
    Matching(Box<Filter>),
    Undone(BatchId),
}

/// The name of an item's sealed content.
fn content_id(batch: BatchId, seq: i64) -> String {
    format!("{batch}:{seq}")
}

/// One batch in the caller's sight.
pub async fn get(desk: &Desk, caller: &Caller, id: BatchId) -> Result<Batch, Error> {
    permit_on(desk, caller, Operation::ReadPayouts, id).await?;
    seen(desk, caller, id).await
}

/// The batch that the caller wants to do something to: permission is checked before it is looked up, and again for its
/// verb.
async fn get_for(desk: &Desk, caller: &Caller, id: BatchId) -> Result<Batch, Error> {
    // The least that any verb needs.
    permit_on(desk, caller, Operation::CancelPayout, id).await?;
    let batch = seen(desk, caller, id).await?;
    permit_on(desk, caller, batch.verb.operation(), id).await?;
    Ok(batch)
}

async fn seen(desk: &Desk, caller: &Caller, id: BatchId) -> Result<Batch, Error> {
    find(desk, id).await?.filter(|batch| sees(caller, batch.client_id)).ok_or(Error::NotFound("Batch"))
}

/// Batches in the caller's sight, newest first, older than `before`; and where older ones start.
pub async fn list(
    desk: &Desk,
    caller: &Caller,
    before: Option<BatchId>,
    limit: usize,
) -> Result<(Vec<Batch>, Option<BatchId>), Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let mut reader = desk.store.read().await?;
    let mut batches = rows::list(&mut reader, caller.client(), before, limit as i64 + 1).await?;
    let more = batches.len() > limit;
    batches.truncate(limit);
    let older = batches.last().map(|batch| batch.id).filter(|_| more);
    Ok((batches, older))
}

/// The wallets in the caller's sight as they stand now, for [`effects`].
pub async fn wallets_now(desk: &Desk, caller: &Caller) -> Result<Vec<Wallet>, Error> {
    let mut reader = desk.store.read().await?;
    Ok(wallets::list(&mut reader, caller.client(), MOST_WALLETS).await?)
}

/// The wallets that a batch would move, out of those there are.
pub fn effects(batch: &Batch, wallets: &[Wallet]) -> Vec<WalletEffect> {
    let effect = |sum: WalletSum| {
        let wallet = wallets.iter().find(|wallet| wallet.id == sum.wallet_id)?.clone();
        let after_minor = wallet.available_minor.saturating_add(sum.change_minor);
        Some(WalletEffect { wallet, items: sum.items, change_minor: sum.change_minor, after_minor })
    };
    batch.summary().wallets.into_iter().filter_map(effect).collect()
}

/// Starts a sorted batch. `count` is how many payouts the caller agreed to act on: another number is refused, and so is
/// anybody but whoever made it.
pub async fn start(
    desk: &Desk,
    caller: &Caller,
    id: BatchId,
    count: Option<&str>,
    reason: Option<&str>,
    idempotency_key: Option<&str>,
) -> Result<Answered<Batch>, Error> {
    let batch = get_for(desk, caller, id).await?;
    let mut checks = Fields::default();
    let given = checks.optional("reason", reason, 500);
    let reason = given.or(batch.reason.clone());
    if reason.is_none() && batch.verb.needs_reason() {
        checks.wrong("reason", "is required");
    }
    let count: Option<i64> = checks.parsed("count", count, "a whole number");
    // While it is still being sorted the count is not known; that refusal comes from the batch itself.
    if batch.sorted_at.is_some() && count.is_none_or(|count| count != batch.acting) {
        checks.wrong("count", format!("must be {}, the number of payouts you act on", batch.acting));
    }
    checks.done()?;
    let key = key(caller, &format!("batch.start:{id}"), idempotency_key, &(id, count, &reason))?;
    act(desk, caller, id, Step::Start, reason, key).await
}

/// Lets a batch stand still after the chunk it is at. What is done stays done.
pub async fn pause(desk: &Desk, caller: &Caller, id: BatchId) -> Result<Batch, Error> {
    permitted(desk, caller, id, Step::Pause).await
}

/// Goes on with a paused batch, in the name of whoever started it.
pub async fn resume(desk: &Desk, caller: &Caller, id: BatchId) -> Result<Batch, Error> {
    permitted(desk, caller, id, Step::Resume).await
}

/// Ends a batch: what is not done by now is left as it is.
pub async fn stop(desk: &Desk, caller: &Caller, id: BatchId) -> Result<Batch, Error> {
    permitted(desk, caller, id, Step::Stop).await
}

async fn permitted(desk: &Desk, caller: &Caller, id: BatchId, step: Step) -> Result<Batch, Error> {
    get_for(desk, caller, id).await?;
    Ok(act(desk, caller, id, step, None, None).await?.value)
}

/// Takes a step, once for each key. What may be done is decided on the batch as the transaction finds it.
async fn act(
    desk: &Desk,
    caller: &Caller,
    id: BatchId,
    step: Step,
    reason: Option<String>,
    key: Option<IdempotencyKey>,
) -> Result<Answered<Batch>, Error> {
    let by = caller.clone();
    let acted = desk.store.write(move |tx| {
        let (caller, key, reason) = (by.clone(), key.clone(), reason.clone());
        Box::pin(async move {
            let entry = Entry::done(&caller, tx.now(), action(step)).about(id).because(reason.clone());
            match earlier(tx, key.as_ref(), &entry).await? {
                Earlier::None => {}
                Earlier::Same(_) => return Ok(Ok(true)),
                Earlier::Other(refusal) => return Ok(Err(refusal)),
            }
            let batch = rows::get(tx, id).await?.ok_or(sqlx::Error::RowNotFound)?;
            let to = match check(&batch, &caller, step) {
                Ok(to) => to,
                Err(refusal) => {
                    tx.audit(entry.refused(&refusal));
                    return Ok(Err(refusal));
                }
            };
            let reason = reason.as_deref().or(batch.reason.as_deref());
            // A drill moves nothing, so no rule is about it.
            if step == Step::Start
                && !batch.drill
                && let Some(refusal) = gate(tx, &caller, &batch, reason).await?
            {
                tx.audit(entry.refused(&refusal));
                return Ok(Err(refusal));
            }
            if !rows::change(tx, &batch, to, reason, None).await? {
                let refusal = Refusal::new(Rule::Stale, "It changed while you were reading.")
                    .instead("Look at the batch as it stands now.");
                tx.audit(entry.refused(&refusal));
                return Ok(Err(refusal));
            }
            if let Some(key) = key {
                keys::insert(tx, &StoredKey { key, outcome: id.to_string(), created_at: tx.now() }).await?;
            }
            tx.audit(entry);
            Ok(Ok(false))
        })
    });
    let repeated: bool = acted.await?.map_err(|refusal: Refusal| Error::from(refusal))?;
    desk.batches.notify_one();
    let value = find(desk, id).await?.ok_or(Error::Internal)?;
    Ok(Answered { value, repeated, replayed: repeated })
}

/// Refuses to start what rules on batches or on its items want approved first; staff have asked for all of it then.
async fn gate(
    tx: &mut Tx<'_>,
    caller: &Caller,
    batch: &Batch,
    reason: Option<&str>,
) -> Result<Option<Refusal>, sqlx::Error> {
    let (batch_id, verb, version) = (batch.id, batch.verb, batch.version);
    let act = Act::StartBatch { batch_id, reason: reason.map(str::to_owned), verb, version };
    let subject_id = batch_id.to_string();
    let by_rules = rare::needs_of_batch(tx, batch).await?;
    let need = match rare::gate_by(tx, caller, &subject_id, &act, by_rules).await? {
        Ok(None) => return Ok(None),
        Ok(Some(need)) => need,
        Err(refusal) => return Ok(Some(refusal)),
    };
    let sums = |fate: Fate| {
        let groups = batch.summary().groups.into_iter().filter(move |group| group.fate == fate);
        let sums = groups.flat_map(|group| group.sums).map(|sum| sum.to_string()).collect::<Vec<_>>();
        if sums.is_empty() { "Nothing".to_owned() } else { sums.join(", ") }
    };
    let about = Proposal {
        amount: None,
        subject_id,
        client_id: batch.client_id,
        title: format!("Start a batch over {} payouts", batch.acting),
        facts: vec![
            ("What", batch.verb.operation().words().to_owned()),
            ("Made from", batch.made_from.clone()),
            ("Done at once", sums(Fate::Now)),
            ("Asked of the provider", sums(Fate::Ask)),
        ],
        act,
    };
    rare::ask(tx, caller, about, need).await.map(Some)
}

/// Whether the caller may take the step now.
fn check(batch: &Batch, caller: &Caller, step: Step) -> Result<State, Refusal> {
    let to = batch.state.check(step)?;
    if step == Step::Start {
        batch.check_starter(caller)?;
        if batch.acting == 0 {
            return Err(Refusal::new(Rule::WrongState, "Nothing can be done to any of these payouts."));
        }
    }
    Ok(to)
}

fn action(step: Step) -> &'static str {
    match step {
        Step::Start => "batch.start",
        Step::Pause => "batch.pause",
        Step::Resume => "batch.resume",
        Step::Stop => "batch.stop",
        Step::Finish => "batch.finish",
    }
}

async fn find(desk: &Desk, id: BatchId) -> Result<Option<Batch>, Error> {
    let mut reader = desk.store.read().await?;
    Ok(rows::find(&mut reader, id).await?)
}

/// Programs see batches of programs of their client; people see all.
fn sees(caller: &Caller, of: Option<ClientId>) -> bool {
    caller.client().is_none() || of.is_some_and(|client| caller.may_see(client))
}
