//! The filtered list as CSV, streamed: as many rows as match, in little memory.

use chrono::{DateTime, SecondsFormat};
use futures_util::stream::{self, Stream};

use super::payout_list::{ListQuery, filter};
use super::{Desk, audit_only, permit};
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::money::Money;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::store::payouts::{self as rows, Cursor, Filter, PayoutLine};
use chrono_tz::Tz;

/// How many rows are read at once, each time on a connection taken for just that.
pub(super) const CHUNK: usize = 1_000;

const HEAD: [&str; 20] = [
    "id",
    "reference",
    "created_at",
    "status",
    "payee",
    "payee_email",
    "account",
    "client",
    "wallet",
    "wallet_number",
    "currency",
    "amount",
    "fees",
    "total",
    "destination_currency",
    "destination_amount",
    "reversed",
    "description",
    "changed_at",
    "changed_by",
];

struct Position {
    desk: Desk,
    filter: Filter,
    next: Option<Cursor>,
    head: bool,
}

/// Exactly the payouts that the filter matches now, newest first; ones made later are not in it.
///
/// One long read would keep the log of writes from being cut, so each chunk is a read of its own, by keyset.
pub async fn payouts(
    desk: &Desk,
    caller: &Caller,
    query: &ListQuery,
    zone: Tz,
) -> Result<impl Stream<Item = Result<Vec<u8>, Error>> + use<>, Error> {
    permit(desk, caller, Operation::ExportPayouts).await?;
    let mut reader = desk.store.read().await?;
    let filter = filter(&mut reader, caller, query, zone).await?;
    drop(reader);
    let entry = Entry::done(caller, desk.clock.now(), "payouts.export");
    audit_only(desk, entry).await?;
    let start = Position { desk: desk.clone(), filter, next: Some(Cursor::Newest), head: true };
    Ok(stream::try_unfold(start, chunk))
}

async fn chunk(mut position: Position) -> Result<Option<(Vec<u8>, Position)>, Error> {
    let Some(cursor) = position.next else { return Ok(None) };
    let mut reader = position.desk.store.read().await?;
    let lines = rows::page(&mut reader, &position.filter, cursor, CHUNK).await?;
    drop(reader);
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if position.head {
        writer.write_record(HEAD).map_err(|_| Error::Internal)?;
    }
    for line in &lines {
        writer.write_record(record(line)).map_err(|_| Error::Internal)?;
    }
    position.head = false;
    position.next = lines.last().filter(|_| lines.len() == CHUNK).map(|line| Cursor::After(line.id));
    let bytes = writer.into_inner().map_err(|_| Error::Internal)?;
    Ok(Some((bytes, position)))
}

fn record(line: &PayoutLine) -> [String; 20] {
    let total = Money::new(line.amount_minor + line.fees_minor, line.currency);
    let destination = Money::new(line.destination_minor, line.destination_currency);
    let reversed = Money::new(line.reversed_minor, line.destination_currency);
    [
        line.id.to_string(),
        safe(&line.reference_id),
        time(line.id.created_at()),
        line.bucket().name().to_owned(),
        safe(&line.payee_name()),
        safe(&line.payee_email),
        safe(line.account_label.as_deref().unwrap_or_default()),
        safe(&line.client_name),
        safe(&line.wallet_name),
        line.wallet_number.to_string(),
        line.currency.code().to_owned(),
        line.amount().plain(),
        line.fees().plain(),
        total.plain(),
        line.destination_currency.code().to_owned(),
        destination.plain(),
        reversed.plain(),
        safe(line.description.as_deref().unwrap_or_default()),
        line.changed_at.map(time).unwrap_or_default(),
        safe(line.changed_by.as_deref().unwrap_or_default()),
    ]
}

/// Seconds in UTC, from Unix microseconds.
pub(super) fn time(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A text that a spreadsheet would take for a formula gets an apostrophe in front.
pub(super) fn safe(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula() {
        assert_eq!(safe("=1+1"), "'=1+1");
        assert_eq!(safe("@cmd"), "'@cmd");
        assert_eq!(safe("Doe"), "Doe");
    }
}
