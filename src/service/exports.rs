//! Filtered lists as CSV, streamed: as many rows as match, in little memory.

use chrono::{DateTime, SecondsFormat};
use futures_util::stream::{self, Stream};

use super::payout_list::{self, ListQuery};
use super::statements::{self, StatementQuery};
use super::{Desk, audit_only, permit, wallets};
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::money::Money;
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::payouts::{self as rows, Cursor, Filter, PayoutLine};
use crate::store::wallets::{self as ledger, LedgerFilter, StatementLine};
use chrono_tz::Tz;

/// How many rows are read at once, each time on a connection taken for just that.
pub(super) const CHUNK: usize = 1_000;

const PAYOUTS: [&str; 20] = [
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

const STATEMENT: [&str; 14] = [
    "number",
    "id",
    "booked_at",
    "kind",
    "payout_id",
    "payout_reference",
    "remarks",
    "wallet",
    "wallet_number",
    "currency",
    "available_change",
    "held_change",
    "available_after",
    "held_after",
];

struct Payouts {
    desk: Desk,
    filter: Filter,
    next: Option<Cursor>,
    head: bool,
}

struct Statement {
    desk: Desk,
    wallet: Wallet,
    filter: LedgerFilter,
    /// What comes next is older than this number.
    before: Option<i64>,
    head: bool,
    done: bool,
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
    let filter = payout_list::filter(&mut reader, caller, query, zone).await?;
    drop(reader);
    let entry = Entry::done(caller, desk.clock.now(), "payouts.export");
    audit_only(desk, entry).await?;
    let start = Payouts { desk: desk.clone(), filter, next: Some(Cursor::Newest), head: true };
    Ok(stream::try_unfold(start, payouts_chunk))
}

/// Exactly the lines of a wallet's statement that the filter matches now, newest first.
pub async fn statement(
    desk: &Desk,
    caller: &Caller,
    wallet_number: i64,
    query: &StatementQuery,
    zone: Tz,
) -> Result<impl Stream<Item = Result<Vec<u8>, Error>> + use<>, Error> {
    let wallet = wallets::get(desk, caller, wallet_number).await?;
    let filter = statements::filter(&wallet, query, zone)?;
    let mut entry = Entry::done(caller, desk.clock.now(), "wallet.export").about(wallet.id);
    entry.client_id = Some(wallet.client_id);
    audit_only(desk, entry).await?;
    let start = Statement { desk: desk.clone(), wallet, filter, before: None, head: true, done: false };
    Ok(stream::try_unfold(start, statement_chunk))
}

async fn payouts_chunk(mut position: Payouts) -> Result<Option<(Vec<u8>, Payouts)>, Error> {
    let Some(cursor) = position.next else { return Ok(None) };
    let mut reader = position.desk.store.read().await?;
    let lines = rows::page(&mut reader, &position.filter, cursor, CHUNK).await?;
    drop(reader);
    let bytes = csv(position.head.then_some(PAYOUTS), lines.iter().map(payout))?;
    position.head = false;
    position.next = lines.last().filter(|_| lines.len() == CHUNK).map(|line| Cursor::After(line.id));
    Ok(Some((bytes, position)))
}

async fn statement_chunk(mut position: Statement) -> Result<Option<(Vec<u8>, Statement)>, Error> {
    if position.done {
        return Ok(None);
    }
    let mut reader = position.desk.store.read().await?;
    let lines = ledger::statement(&mut reader, &position.filter, position.before, CHUNK as i64).await?;
    drop(reader);
    let bytes = csv(position.head.then_some(STATEMENT), lines.iter().map(|line| entry(line, &position.wallet)))?;
    position.head = false;
    position.done = lines.len() < CHUNK;
    position.before = lines.last().map(|line| line.entry.number);
    Ok(Some((bytes, position)))
}

/// Rows of one file, after its head where it begins.
pub(super) fn csv<const N: usize>(
    head: Option<[&str; N]>,
    rows: impl Iterator<Item = [String; N]>,
) -> Result<Vec<u8>, Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if let Some(head) = head {
        writer.write_record(head).map_err(|_| Error::Internal)?;
    }
    for row in rows {
        writer.write_record(row).map_err(|_| Error::Internal)?;
    }
    writer.into_inner().map_err(|_| Error::Internal)
}

/// Seconds in UTC, from Unix microseconds.
pub(super) fn time(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn entry(line: &StatementLine, wallet: &Wallet) -> [String; 14] {
    let entry = &line.entry.transaction;
    let money = |minor| Money::new(minor, entry.currency).plain();
    [
        line.entry.number.to_string(),
        entry.id.to_string(),
        time(entry.created_at),
        entry.kind.name().to_owned(),
        entry.payout_id.map(|id| id.to_string()).unwrap_or_default(),
        safe(line.payout_reference.as_deref().unwrap_or_default()),
        safe(&entry.remarks),
        safe(&wallet.name),
        wallet.number.to_string(),
        entry.currency.code().to_owned(),
        money(entry.available_delta_minor),
        money(entry.held_delta_minor),
        money(entry.available_after_minor),
        money(entry.held_after_minor),
    ]
}

fn payout(line: &PayoutLine) -> [String; 20] {
    let total = Money::new(line.amount_minor + line.fees_minor, line.currency);
    let destination = Money::new(line.destination_minor, line.destination_currency);
    let reversed = Money::new(line.reversed_minor, line.destination_currency);
    [
        line.id.to_string(),
        safe(&line.reference_id),
        time(line.id.created_at()),
        line.bucket().name().to_owned(),
        safe(&line.payee_name()),
        safe(line.payee_email.as_deref().unwrap_or_default()),
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
