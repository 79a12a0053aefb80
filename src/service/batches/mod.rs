//! Batches: many payouts cancelled, approved or reversed together. First sorted, then started by typing the count, then
//! done by a job.

pub mod file;
pub mod results;
pub mod row;
pub mod sorting;
pub mod work;

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::fields::Fields;
use super::idempotency::{Answered, Earlier, earlier, key};
use super::payout_list::{self, ListQuery};
use super::payouts::note;
use super::{Desk, permit, permit_on};
use crate::domain::audit::{Entry, Outcome};
use crate::domain::batch::{Batch, Item, State, Step, Summary, Verb, WalletSum};
use crate::domain::books::StoredKey;
use crate::domain::caller::Caller;
use crate::domain::command::IdempotencyKey;
use crate::domain::ids::{BatchId, ClientId, Id, PayoutId};
use crate::domain::money::group;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::batches as rows;
use crate::store::payouts::{Filter, MOST_WALLETS};
use crate::store::{keys, wallets};

/// The most ids and references that one batch is made from.
pub const MOST_NAMES: usize = 100_000;
/// Where the sorting of names and items starts.
const START: &str = "0";
/// The longest id or reference, in characters.
const LONGEST_NAME: usize = 100;

/// What a batch is made from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Ids and references, and where they come from, in words: `pasted`.
    Names(Vec<String>, String),
    /// All that match, made up to now.
    Matching(Box<ListQuery>, chrono_tz::Tz),
    /// What an earlier batch did not do.
    Undone(BatchId),
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
}

/// What a job sorts, as the database keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    Names(Vec<String>),
    Matching(Box<Filter>),
    Undone(BatchId),
}

/// Makes a batch and lets a job sort it. The same key makes no second one.
pub async fn create(
    desk: &Desk,
    caller: &Caller,
    new: NewBatch,
    idempotency_key: Option<&str>,
) -> Result<Answered<Batch>, Error> {
    permit(desk, caller, new.verb.operation()).await?;
    let reason = note("reason", new.reason.as_deref())?;
    let (verb, made_from) = (new.verb, words(&new.source));
    let (input, position) = match new.source {
        Source::Names(names, _) => (Input::Names(checked(names)?), Some(START)),
        Source::Matching(query, zone) => {
            let mut reader = desk.store.read().await?;
            let filter = payout_list::filter(&mut reader, caller, &query, zone).await?;
            // What is made from now on is not in it: its position is the batch's own id.
            (Input::Matching(Box::new(filter)), None)
        }
        Source::Undone(id) => {
            let earlier = seen(desk, caller, id).await?;
            if !matches!(earlier.state, State::Done | State::Stopped) {
                let refusal = Refusal::new(Rule::WrongState, format!("The batch {}.", earlier.state.words()));
                return Err(refusal.instead("Wait until it is done, or stop it.").into());
            }
            (Input::Undone(id), Some(START))
        }
    };
    let input = serde_json::to_string(&input).expect("texts and integers");
    let key = key(caller, "batch.create", idempotency_key, &(verb, &input, &reason))?;
    let batch = Batch { reason, ..blank(caller, verb, made_from) };
    let draft = Draft { batch, input: Some(input), position, items: Vec::new(), contents: Vec::new() };
    insert(desk, caller, draft, key).await
}

/// A batch that nobody has written yet.
fn blank(caller: &Caller, verb: Verb, made_from: String) -> Batch {
    Batch {
        id: Id::first_at(0),
        client_id: caller.client(),
        verb,
        state: State::Sorting,
        made_from,
        file_hash: None,
        reason: None,
        actor: serde_json::to_string(caller).expect("texts and ids"),
        actor_id: caller.id(),
        actor_name: caller.name().to_owned(),
        items: 0,
        acting: 0,
        pending: 0,
        done: 0,
        asked: 0,
        refused: 0,
        failed: 0,
        summary: serde_json::to_string(&Summary::default()).expect("texts"),
        note: None,
        sorted_at: None,
        started_at: None,
        finished_at: None,
        version: 1,
    }
}

/// A batch to be written, with what it is sorted from, or with items that need no sorting.
#[derive(Debug, Clone)]
struct Draft {
    batch: Batch,
    input: Option<String>,
    /// Where sorting starts; none starts below the batch's own id, at the newest payout made before it.
    position: Option<&'static str>,
    items: Vec<Item>,
    /// Sealed; one for each item that is to be made.
    contents: Vec<String>,
}

/// Writes a new batch, once for each key and each file.
async fn insert(
    desk: &Desk,
    caller: &Caller,
    draft: Draft,
    key: Option<IdempotencyKey>,
) -> Result<Answered<Batch>, Error> {
    let (caller, draft) = (caller.clone(), Arc::new(draft));
    let made = desk.store.write(move |tx| {
        let (caller, draft, key) = (caller.clone(), Arc::clone(&draft), key.clone());
        Box::pin(async move {
            let mut batch = draft.batch.clone();
            let entry = Entry::done(&caller, tx.now(), "batch.create").because(batch.reason.clone());
            match earlier(tx, key.as_ref(), &entry).await? {
                Earlier::None => {}
                Earlier::Same(id) => return Ok(Ok((id, true))),
                Earlier::Other(refusal) => return Ok(Err(refusal)),
            }
            if let Some(hash) = &batch.file_hash
                && let Some(id) = rows::of_file(tx, batch.verb.name(), hash, batch.client_id).await?
            {
                tx.audit(Entry { outcome: Outcome::Repeated, ..entry.about(&id) });
                return Ok(Ok((id, true)));
            }
            batch.id = tx.mint().next();
            let newest = || PayoutId::from_uuid(batch.id.uuid()).to_string();
            let position = draft.position.map_or_else(newest, str::to_owned);
            rows::insert(tx, &batch, draft.input.as_deref(), &position).await?;
            let (items, contents) = numbered(batch.id, &draft.items, &draft.contents);
            rows::insert_items(tx, &items, &contents).await?;
            let id = batch.id.to_string();
            if let Some(key) = key {
                keys::insert(tx, &StoredKey { key, outcome: id.clone(), created_at: tx.now() }).await?;
            }
            tx.audit(entry.about(&id));
            Ok(Ok((id, false)))
        })
    });
    let (id, repeated): (String, bool) = made.await?.map_err(|refusal: Refusal| Error::from(refusal))?;
    desk.batches.notify_one();
    let value = find(desk, id.parse().map_err(|_| Error::Internal)?).await?.ok_or(Error::Internal)?;
    Ok(Answered { value, repeated, replayed: repeated })
}

/// Items and their contents under the id that their batch has got.
fn numbered(id: BatchId, items: &[Item], contents: &[String]) -> (Vec<Item>, Vec<rows::Content>) {
    let items: Vec<_> = items.iter().map(|item| Item { batch_id: id, ..item.clone() }).collect();
    let contents = items
        .iter()
        .zip(contents)
        .map(|(item, content)| rows::Content { id: content_id(id, item.seq), content: content.clone() });
    let contents = contents.collect();
    (items, contents)
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
        Some(WalletEffect { wallet, items: sum.items, change_minor: sum.change_minor })
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
        Step::Sorted => "batch.sort",
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

/// Each name once, in the order given.
fn checked(names: Vec<String>) -> Result<Vec<String>, Error> {
    let mut seen = HashSet::new();
    let names = names.into_iter().map(|name| name.trim().to_owned());
    let names: Vec<String> = names.filter(|name| !name.is_empty()).filter(|name| seen.insert(name.clone())).collect();
    if names.is_empty() {
        return Err(Error::field("ids", "must hold at least one id or reference"));
    }
    if names.len() > MOST_NAMES {
        let message = format!("holds {} ids or references: give at most 100,000", group(names.len() as u64));
        return Err(Error::field("ids", message));
    }
    if let Some(long) = names.iter().find(|name| name.chars().count() > LONGEST_NAME) {
        let start: String = long.chars().take(40).collect();
        return Err(Error::field(
            "ids",
            format!("holds “{start}…”, which is no id or reference: put each on its own line"),
        ));
    }
    if names.iter().any(|name| name.contains('\0')) {
        return Err(Error::field("ids", "must not contain U+0000"));
    }
    Ok(names)
}

fn words(source: &Source) -> String {
    match source {
        Source::Names(_, words) => words.clone(),
        Source::Matching(query, _) => {
            let parts = [
                ("status", &query.status),
                ("search", &query.q),
                ("from", &query.from),
                ("to", &query.to),
                ("client", &query.client),
                ("wallet", &query.wallet),
                ("currency", &query.currency),
                ("payee", &query.payee),
                ("reversed", &query.reversed),
            ];
            let on: Vec<String> = parts
                .into_iter()
                .filter(|(_, value)| !value.trim().is_empty())
                .map(|(name, value)| format!("{name} {}", value.trim().chars().take(60).collect::<String>()))
                .collect();
            match on.is_empty() {
                true => "All payouts".to_owned(),
                false => format!("All payouts that match: {}", on.join(", ")),
            }
        }
        Source::Undone(id) => format!("What was not done of batch {}", id.short()),
    }
}
