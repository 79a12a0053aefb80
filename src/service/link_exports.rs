//! The filtered list of payout links as CSV, streamed: as many rows as match, in little memory.

use chrono_tz::Tz;
use futures_util::stream::{self, Stream};

use super::exports::{CHUNK, csv, safe, time};
use super::link_list::{LinkQuery, filter};
use super::{Desk, audit_only, permit};
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::ids::PayoutLinkId;
use crate::domain::money::Money;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::store::payout_links::{self as rows, Filter, LinkRow};
use crate::store::payouts::Cursor;

const HEAD: [&str; 20] = [
    "id",
    "reference",
    "receipt",
    "created_at",
    "status",
    "contact",
    "contact_email",
    "contact_phone",
    "client",
    "wallet",
    "wallet_number",
    "currency",
    "amount",
    "fees",
    "total",
    "attempts",
    "payout",
    "expire_by",
    "changed_at",
    "changed_by",
];

struct Position {
    desk: Desk,
    filter: Filter,
    next: Option<Cursor<PayoutLinkId>>,
    head: bool,
}

/// Exactly the links that the filter matches now, newest first, each chunk a read of its own, by keyset. The
/// addresses are not in it: whoever has one can claim the link.
pub async fn links(
    desk: &Desk,
    caller: &Caller,
    query: &LinkQuery,
    zone: Tz,
) -> Result<impl Stream<Item = Result<Vec<u8>, Error>> + use<>, Error> {
    permit(desk, caller, Operation::ExportLinks).await?;
    let mut reader = desk.store.read().await?;
    let filter = filter(&mut reader, caller, query, zone).await?;
    drop(reader);
    let entry = Entry::done(caller, desk.clock.now(), "payout_links.export");
    audit_only(desk, entry).await?;
    let start = Position { desk: desk.clone(), filter, next: Some(Cursor::Newest), head: true };
    Ok(stream::try_unfold(start, chunk))
}

async fn chunk(mut position: Position) -> Result<Option<(Vec<u8>, Position)>, Error> {
    let Some(cursor) = position.next else { return Ok(None) };
    let mut reader = position.desk.store.read().await?;
    let lines = rows::page(&mut reader, &position.filter, cursor, CHUNK).await?;
    drop(reader);
    let bytes = csv(position.head.then_some(HEAD), lines.iter().map(record))?;
    position.head = false;
    position.next = lines.last().filter(|_| lines.len() == CHUNK).map(|line| Cursor::After(line.id));
    Ok(Some((bytes, position)))
}

fn record(line: &LinkRow) -> [String; 20] {
    let text = |text: &Option<String>| safe(text.as_deref().unwrap_or_default());
    let total = Money::new(line.amount_minor + line.fees_minor, line.currency);
    [
        line.id.to_string(),
        text(&line.reference),
        text(&line.receipt),
        time(line.id.created_at()),
        line.bucket().name().to_owned(),
        safe(&line.contact_name),
        text(&line.contact_email),
        text(&line.contact_phone),
        safe(&line.client_name),
        safe(&line.wallet_name),
        line.wallet_number.to_string(),
        line.currency.code().to_owned(),
        line.amount().plain(),
        line.fees().plain(),
        total.plain(),
        line.attempt_count.to_string(),
        line.payout_id.map(|id| id.to_string()).unwrap_or_default(),
        line.expire_by.map(time).unwrap_or_default(),
        line.changed_at.map(time).unwrap_or_default(),
        text(&line.changed_by),
    ]
}
