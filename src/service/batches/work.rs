//! Doing a batch: set by set, each unit with the item it is, so that what is done and what is told of it are one.

use std::collections::HashMap;

use super::{action, content_id, row};
use crate::domain::audit::Entry;
use crate::domain::batch::{Batch, Item, ItemRef, Step, Verb};
use crate::domain::caller::{Caller, Via, Who};
use crate::domain::command::{AskToCancel, Cancel, Command, Decide, NewReversal, PayoutRecord, Unit};
use crate::domain::ids::PayoutId;
use crate::domain::payout::{CancelPolicy, Refusal};
use crate::domain::staff::allows;
use crate::error::Error;
use crate::service::{Desk, programs};
use crate::store::batches as rows;
use crate::store::sealed::BATCH_ROW;
use crate::store::{payouts, staff};

/// Items in one set. More would be a little faster, and a clerk's click waits for a whole set at worst.
const CHUNK: i64 = 250;

/// The next items of a batch, ready to be written.
pub struct Set {
    units: Vec<Unit>,
    /// The item of each unit; of a drill, which has no units, all of them.
    seqs: Vec<i64>,
    /// The payouts of cancels as they were read, so that the writer need not read what still stands.
    seen: Vec<PayoutRecord>,
    /// Items that cannot be done, and why.
    broken: Vec<(i64, String)>,
    /// The last item of the set.
    pub last: i64,
    /// Whether a payout that comes of it waits for a job.
    wakes: bool,
}

/// What a batch does next.
pub enum Next {
    Set(Set),
    /// No item is left after the one that was asked from.
    Nothing,
    /// It may not go on, and why.
    Hold(String),
}

/// Reads the next items after `after`. Nothing is changed yet, so this may be done while the set before is written.
///
/// Errors: something could not be read now; the same items come again.
pub async fn prepare(desk: &Desk, batch: &Batch, after: i64) -> Result<Next, Error> {
    let mut reader = desk.store.read().await?;
    let items = rows::pending(&mut reader, batch.id, after, CHUNK).await?;
    let seen = match batch.verb {
        Verb::Cancel if !batch.drill => {
            let ids: Vec<PayoutId> = items.iter().filter(|item| !item.ask).filter_map(|item| item.subject).collect();
            payouts::records(&mut reader, &ids).await?
        }
        _ => Vec::new(),
    };
    drop(reader);
    let Some(last) = items.last().map(|item| item.seq) else { return Ok(Next::Nothing) };
    let starter = match starter(desk, batch).await? {
        Ok(starter) => starter,
        Err(why) => return Ok(Next::Hold(why)),
    };
    if batch.drill {
        let seqs = items.iter().map(|item| item.seq).collect();
        return Ok(Next::Set(Set { units: Vec::new(), seqs, seen, broken: Vec::new(), last, wakes: false }));
    }
    let contents = contents(desk, batch, &items).await?;
    let wakes = matches!(batch.verb, Verb::Reverse | Verb::CreatePayouts) || items.iter().any(|item| item.ask);
    let mut set = Set { units: Vec::new(), seqs: Vec::new(), seen, broken: Vec::new(), last, wakes };
    for item in &items {
        match command(desk, batch, &starter, item, &contents).await {
            Ok(command) => {
                let item_ref = Some(ItemRef { batch_id: batch.id, seq: item.seq });
                set.units.push(Unit { caller: starter.clone(), key: None, command, item: item_ref });
                set.seqs.push(item.seq);
            }
            // The item itself is the reason, and stays it.
            Err(error @ (Error::Validation(_) | Error::Refused(_) | Error::NotFound(_) | Error::Forbidden)) => {
                tracing::warn!(%error, batch = %batch.id, item = item.seq, "an item of a batch cannot be done");
                set.broken.push((item.seq, error.to_string()));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Next::Set(set))
}

/// Does a set. Answers whether every item of it has its result now: after a pause in the middle it has not.
pub async fn write(desk: &Desk, batch: &Batch, set: Set) -> Result<bool, Error> {
    let Set { units, seqs, seen, mut broken, wakes, .. } = set;
    if batch.drill {
        let id = batch.id;
        let ended = desk.store.write(move |tx| {
            let seqs = seqs.clone();
            Box::pin(async move { rows::end_drill(tx, id, &seqs).await })
        });
        return Ok(ended.await?);
    }
    let mut whole = true;
    for (seq, result) in seqs.into_iter().zip(desk.store.run_seen(units, seen).await?) {
        match result {
            Ok(outcome) => whole &= outcome.result != Err(Refusal::not_pending()),
            Err(error) => {
                tracing::error!(%error, batch = %batch.id, item = seq, "an item of a batch could not be written");
                broken.push((seq, "It could not be written; nothing of it was done. Try it again.".to_owned()));
            }
        }
    }
    if !broken.is_empty() {
        let id = batch.id;
        let failed = desk.store.write(move |tx| {
            let broken = broken.clone();
            Box::pin(async move { rows::fail(tx, id, &broken).await })
        });
        failed.await?;
    }
    if wakes {
        desk.wake.notify_one();
    }
    Ok(whole)
}

/// What is to be made of these items, as it was sealed.
async fn contents(desk: &Desk, batch: &Batch, items: &[Item]) -> Result<HashMap<i64, String>, Error> {
    if !matches!(batch.verb, Verb::CreatePayouts | Verb::CreateLinks) {
        return Ok(HashMap::new());
    }
    let ids: HashMap<String, i64> = items.iter().map(|item| (content_id(batch.id, item.seq), item.seq)).collect();
    let names: Vec<String> = ids.keys().cloned().collect();
    let mut reader = desk.store.read().await?;
    let found = rows::contents(&mut reader, &names).await?;
    Ok(found.into_iter().filter_map(|one| Some((*ids.get(&one.id)?, one.content))).collect())
}

/// What is done for an item.
async fn command(
    desk: &Desk,
    batch: &Batch,
    starter: &Caller,
    item: &Item,
    contents: &HashMap<i64, String>,
) -> Result<Command, Error> {
    let reason = batch.reason.clone();
    if matches!(batch.verb, Verb::CreatePayouts | Verb::CreateLinks) {
        let unreadable = || Error::field("row", "cannot be read any more; nothing of it was done");
        let sealed = contents.get(&item.seq).ok_or_else(unreadable)?;
        let text = desk.keys.open(&BATCH_ROW.purpose(), sealed).map_err(|_| unreadable())?;
        let content = serde_json::from_str(&text).map_err(|_| unreadable())?;
        return Ok(row::command(desk, row::asked(desk, starter, &content).await?));
    }
    let payout_id = item.subject.ok_or(Error::NotFound("Payout"))?;
    Ok(match batch.verb {
        Verb::Cancel if item.ask => Command::AskToCancel(AskToCancel { payout_id, reason }),
        // Whatever happened to it since, it is to be stopped if that is still possible.
        Verb::Cancel => {
            Command::Cancel(Cancel { payout_id, policy: CancelPolicy::DESK, reason, version: item.version })
        }
        Verb::Approve => Command::Decide(Decide {
            payout_id,
            approve: true,
            note: reason,
            version: item.version,
            shown: item.shown,
            queue_delay: desk.config.sandbox_delay,
        }),
        Verb::Reverse => Command::Reverse(Box::new(NewReversal {
            payout_id,
            amount_minor: item.amount_minor,
            reason: reason.unwrap_or_default(),
            client_transfer_id: None,
            statement_description: None,
            metadata: None,
            notify: false,
            version: None,
        })),
        Verb::CreatePayouts | Verb::CreateLinks => return Err(Error::Internal),
    })
}

/// Whoever started the batch, as they may act now; or why they may not any more.
async fn starter(desk: &Desk, batch: &Batch) -> Result<Result<Caller, String>, Error> {
    let made = batch.caller().ok_or(Error::Internal)?;
    let name = made.name().to_owned();
    let who = match &made.who {
        Who::Staff { id, .. } => {
            let mut reader = desk.store.read().await?;
            let member = staff::find(&mut reader, *id).await?.filter(|member| member.is_enabled());
            member.map(|member| Who::Staff { id: member.id, name: member.name, role: member.role })
        }
        Who::Credential { id, .. } => {
            let facts = programs::facts(desk, *id).await?;
            let now = desk.clock.now();
            let facts = facts.filter(|facts| programs::is_usable(facts, facts.dialect, now));
            facts.map(|facts| programs::caller(&facts, made.credential_creator(), made.via, None, "").who)
        }
        Who::Recipient { .. } | Who::System => None,
    };
    let Some(who) = who else { return Ok(Err(format!("{name} has no access any more."))) };
    // What is written in the history and in the audit log names the batch.
    let caller = Caller { who, via: made.via, ip: made.ip, request_id: batch.id.to_string() };
    if allows(&caller, batch.verb.operation()) {
        Ok(Ok(caller))
    } else {
        Ok(Err(format!("{name} may not {} any more.", batch.verb.operation().words())))
    }
}

/// A step that the job itself takes, if it may still be taken: the end, or a halt with its reason.
pub async fn step(desk: &Desk, batch: &Batch, step: Step, why: Option<String>) -> Result<(), Error> {
    let id = batch.id;
    let taken = desk.store.write(move |tx| {
        let why = why.clone();
        Box::pin(async move {
            let Some(batch) = rows::get(tx, id).await? else { return Ok(()) };
            let Ok(to) = batch.state.check(step) else { return Ok(()) };
            if rows::change(tx, &batch, to, batch.reason.as_deref(), why.as_deref()).await? {
                let caller = Caller::system(Via::Job, id.to_string());
                let mut entry = Entry::done(&caller, tx.now(), action(step)).about(id).because(why);
                entry.client_id = batch.client_id;
                tx.audit(entry);
            }
            Ok(())
        })
    });
    Ok(taken.await?)
}
