//! Making a batch: what it is made from, and writing it once for each key and each file.

use std::collections::HashSet;
use std::str::FromStr;
use std::sync::Arc;

use super::{Input, NewBatch, Source, content_id, find, seen};
use crate::domain::audit::{Entry, Outcome};
use crate::domain::batch::{Batch, Item, State, Summary, Verb};
use crate::domain::books::StoredKey;
use crate::domain::caller::Caller;
use crate::domain::command::IdempotencyKey;
use crate::domain::freeze::{Freeze, Scope};
use crate::domain::ids::{BatchId, Id, PayoutId};
use crate::domain::money::group;
use crate::domain::payout::{Refusal, Rule};
use crate::error::Error;
use crate::service::idempotency::{Answered, Earlier, earlier, key};
use crate::service::payouts::note;
use crate::service::{Desk, freezes, payout_list, permit};
use crate::store::batches as rows;
use crate::store::keys;
use crate::store::payouts::Filter;

/// The most ids and references that one batch is made from.
pub const MOST_NAMES: usize = 100_000;
/// Where the sorting of names and items starts.
const START: &str = "0";
/// The longest id or reference, in characters.
const LONGEST_NAME: usize = 100;

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
    let mut of = None;
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
            of = earlier.freeze_id.map(|id| (id, earlier.drill, made_from.clone()));
            (Input::Undone(id), Some(START))
        }
        Source::Incident(id) => {
            if verb != Verb::Cancel {
                return Err(Error::field("verb", "must be cancel for what stands in a freeze"));
            }
            let freeze = freezes::get(desk, caller, id).await?;
            freeze.check_active()?;
            of = Some((id, freeze.drill, format!("What stood in {} and was not over", freeze.what())));
            (Input::Matching(Box::new(in_freeze(caller, &freeze)?)), None)
        }
    };
    let input = serde_json::to_string(&input).expect("texts and integers");
    let key = key(caller, "batch.create", idempotency_key, &(verb, &input, &reason, of.as_ref().map(|(id, ..)| *id)))?;
    let mut batch = Batch { reason, ..blank(caller, verb, made_from) };
    if let Some((freeze_id, drill, made_from)) = of {
        batch = Batch { freeze_id: Some(freeze_id), drill, made_from, ..batch };
    }
    let draft = Draft { batch, input: Some(input), position, items: Vec::new(), contents: Vec::new() };
    insert(desk, caller, draft, key).await
}

/// The payouts in a freeze that are not over.
fn in_freeze(caller: &Caller, freeze: &Freeze) -> Result<Filter, Error> {
    let mut filter = Filter { open: true, client: caller.client(), ..Filter::default() };
    let subject = freeze.subject.as_str();
    match freeze.scope {
        Scope::Everything => {}
        Scope::Client => filter.client = Some(id(subject)?),
        // Shorter than beside its client.
        Scope::Wallet => filter = Filter { wallet: Some(id(subject)?), client: None, ..filter },
        Scope::Payee => filter.payee = Some(id(subject)?),
        Scope::Rail => filter.rail = Some(subject.to_owned()),
        Scope::Credential => filter.credential = Some(id(subject)?),
    }
    Ok(filter)
}

fn id<T: FromStr>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Internal)
}

/// A batch that nobody has written yet.
pub(super) fn blank(caller: &Caller, verb: Verb, made_from: String) -> Batch {
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
        freeze_id: None,
        drill: false,
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
pub(super) struct Draft {
    pub batch: Batch,
    pub input: Option<String>,
    /// Where sorting starts; none starts below the batch's own id, at the newest payout made before it.
    pub position: Option<&'static str>,
    pub items: Vec<Item>,
    /// Sealed; one for each item that is to be made.
    pub contents: Vec<String>,
}

/// Writes a new batch, once for each key and each file.
pub(super) async fn insert(
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

/// A value as it was typed, short and on one line; U+0000 cannot be written at all.
fn shown(value: &str) -> String {
    value.trim().chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect()
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
                .map(|(name, value)| format!("{name} {}", shown(value)))
                .collect();
            match on.is_empty() {
                true => "All payouts".to_owned(),
                false => format!("All payouts that match: {}", on.join(", ")),
            }
        }
        Source::Undone(id) => format!("What was not done of batch {}", id.short()),
        Source::Incident(id) => format!("What stood in freeze {}", id.short()),
    }
}
