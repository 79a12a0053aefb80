//! What became of each item: page by page, and as CSV.

use futures_util::stream::{self, Stream};

use super::get;
use crate::domain::audit::Entry;
use crate::domain::batch::ItemState;
use crate::domain::caller::Caller;
use crate::domain::ids::BatchId;
use crate::domain::money::Money;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::exports::{CHUNK, csv, safe, time};
use crate::service::{Desk, audit_only, permit_on};
use crate::store::batches::{self as rows, ItemLine};

const HEAD: [&str; 11] =
    ["number", "payout", "reference", "payee", "wallet", "currency", "amount", "result", "reason", "made", "at"];

struct Position {
    desk: Desk,
    batch: BatchId,
    /// Of a drill: nothing was done.
    drill: bool,
    after: i64,
    head: bool,
    done: bool,
}

/// Items in one state or any, in their order, after `after`; and after which one the next page starts.
pub async fn items(
    desk: &Desk,
    caller: &Caller,
    id: BatchId,
    state: Option<ItemState>,
    after: i64,
    limit: usize,
) -> Result<(Vec<ItemLine>, Option<i64>), Error> {
    get(desk, caller, id).await?;
    let mut reader = desk.store.read().await?;
    let mut lines = rows::item_page(&mut reader, id, state, after, limit as i64 + 1).await?;
    let more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines.last().map(|line| line.item.seq).filter(|_| more);
    Ok((lines, next))
}

/// Every item with its result, as CSV; each chunk is a read of its own.
pub async fn export(
    desk: &Desk,
    caller: &Caller,
    id: BatchId,
) -> Result<impl Stream<Item = Result<Vec<u8>, Error>> + use<>, Error> {
    permit_on(desk, caller, Operation::ExportPayouts, id).await?;
    let drill = get(desk, caller, id).await?.drill;
    audit_only(desk, Entry::done(caller, desk.clock.now(), "batch.export").about(id)).await?;
    let start = Position { desk: desk.clone(), batch: id, drill, after: 0, head: true, done: false };
    Ok(stream::try_unfold(start, chunk))
}

async fn chunk(mut position: Position) -> Result<Option<(Vec<u8>, Position)>, Error> {
    if position.done {
        return Ok(None);
    }
    let mut reader = position.desk.store.read().await?;
    let lines = rows::item_page(&mut reader, position.batch, None, position.after, CHUNK as i64).await?;
    drop(reader);
    let bytes = csv(position.head.then_some(HEAD), lines.iter().map(|line| record(line, position.drill)))?;
    position.head = false;
    position.done = lines.len() < CHUNK;
    position.after = lines.last().map_or(position.after, |line| line.item.seq);
    Ok(Some((bytes, position)))
}

fn record(line: &ItemLine, drill: bool) -> [String; 11] {
    let item = &line.item;
    let text = |text: &Option<String>| safe(text.as_deref().unwrap_or_default());
    let money = item.amount_minor.zip(item.currency).map(|(minor, currency)| Money::new(minor, currency));
    let name = [&line.payee_first_name, &line.payee_last_name].map(|part| part.as_deref().unwrap_or_default());
    [
        item.seq.to_string(),
        item.subject.map(|id| id.to_string()).unwrap_or_default(),
        text(&line.reference_id.clone().or_else(|| item.named.clone())),
        safe(name.join(" ").trim()),
        text(&line.wallet_name),
        money.map(|money| money.currency.code().to_owned()).unwrap_or_default(),
        money.map(|money| money.plain()).unwrap_or_default(),
        if drill { format!("drill_{}", item.state.name()) } else { item.state.name().to_owned() },
        text(&item.reason),
        text(&item.result_id),
        item.at.map(time).unwrap_or_default(),
    ]
}
