//! Finding payouts: one filter for pages, JSON and exports.

use chrono::{NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;

use super::fields::Fields;
use super::wallets::{Numbered, page_window};
use super::{Desk, permit};
use crate::domain::caller::Caller;
use crate::domain::command::PayoutRecord;
use crate::domain::ids::{PayeeId, PayoutId};
use crate::domain::money::Currency;
use crate::domain::payout::State;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::store::payouts::{self as rows, Bucket, Count, Cursor, Filter, PayoutLine, Search};
use crate::store::{Reader, sql, wallets};

/// The filter as it stands in an address; every part may be missing or blank.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub struct ListQuery {
    /// A tab: `to_approve`, `unknown`, or a state.
    pub status: String,
    /// Ids, references, or the start of a payee's name or email.
    pub q: String,
    /// First day, as `2026-01-15`, in the reader's zone.
    pub from: String,
    /// Last day, included.
    pub to: String,
    /// A client's number.
    pub client: String,
    /// A wallet's number.
    pub wallet: String,
    pub currency: String,
    /// A payee's id.
    pub payee: String,
    /// `yes` for payouts with a reversal.
    pub reversed: String,
    /// Older than this payout.
    pub after: String,
    /// Newer than this payout.
    pub before: String,
}

/// A page of the list with everything around it.
#[derive(Debug, Clone)]
pub struct PayoutPage {
    pub lines: Vec<PayoutLine>,
    /// Where the page of newer payouts starts, if there is one.
    pub newer: Option<Cursor>,
    pub older: Option<Cursor>,
    /// Per tab and currency, for the filter without its tab.
    pub counts: Vec<Count>,
    /// Whether the counts are all; beyond 10,000 they are not.
    pub exact: bool,
}

/// What `/api/v1/payouts` asks for.
#[derive(Debug, Clone)]
pub struct NumberedQuery {
    /// From 1.
    pub page: i64,
    pub limit: i64,
    pub state: Option<State>,
    pub currency: Option<Currency>,
    /// The start of a reference or of a payee's email, or an id.
    pub search: Option<String>,
    /// A client's number; another client than the caller's own has no payouts here.
    pub client: Option<i64>,
    pub oldest_first: bool,
}

/// The whole page of staff: lines, tabs and totals.
pub async fn page(
    desk: &Desk,
    caller: &Caller,
    query: &ListQuery,
    zone: Tz,
    limit: usize,
) -> Result<PayoutPage, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let mut reader = desk.store.read().await?;
    let filter = filter(&mut reader, caller, query, zone).await?;
    let cursor = cursor(query)?;
    let (lines, newer, older) = lines(&mut reader, &filter, cursor, limit).await?;
    let (counts, exact) = rows::counts(&mut reader, &filter).await?;
    Ok(PayoutPage { lines, newer, older, counts, exact })
}

/// Lines of a page, and where its neighbours start.
pub async fn lines(
    reader: &mut Reader,
    filter: &Filter,
    cursor: Cursor,
    limit: usize,
) -> Result<(Vec<PayoutLine>, Option<Cursor>, Option<Cursor>), Error> {
    let mut lines = rows::page(reader, filter, cursor, limit + 1).await?;
    let more = lines.len() > limit;
    let backwards = matches!(cursor, Cursor::Before(_));
    if more && backwards {
        lines.remove(0);
    } else {
        lines.truncate(limit);
    }
    let first = lines.first().map(|line| Cursor::Before(line.id));
    let last = lines.last().map(|line| Cursor::After(line.id));
    let has_newer = if backwards { more } else { cursor != Cursor::Newest };
    let has_older = backwards || more;
    Ok((lines, first.filter(|_| has_newer), last.filter(|_| has_older)))
}

/// Whole records by page number: `/api/v1/payouts`. At most 100,000 are counted.
pub async fn numbered(desk: &Desk, caller: &Caller, query: &NumberedQuery) -> Result<Numbered<PayoutRecord>, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let window = page_window(query.page, query.limit)?;
    let mut reader = desk.store.read().await?;
    let mut filter =
        Filter { client: caller.client(), state: query.state, currency: query.currency, ..Filter::default() };
    if let Some(number) = query.client {
        let found = wallets::client_by_number(&mut reader, number).await?.map(|client| client.id);
        filter.client = found.filter(|id| caller.may_see(*id)).or(Some(nobody()));
    }
    filter.search = match &query.search {
        Some(text) if text.parse::<PayoutId>().is_ok() => Some(Search::Exact(vec![text.clone()])),
        Some(text) => {
            let payees = rows::payees_starting(&mut reader, text, caller.client(), 200).await?;
            Some(Search::Start { reference: text.clone(), payees })
        }
        None => None,
    };
    let total = rows::total(&mut reader, &filter, sql::DEEPEST).await?;
    let rows = rows::numbered_page(&mut reader, &filter, window.0, window.1, query.oldest_first).await?;
    Ok(Numbered { rows, total })
}

/// Reads the address' filter, within the caller's sight.
///
/// Errors: fields that are no date, state, number or id. Wallets and clients that do not exist match nothing.
pub async fn filter(reader: &mut Reader, caller: &Caller, query: &ListQuery, zone: Tz) -> Result<Filter, Error> {
    let mut checks = Fields::default();
    let text = |value: &str| Some(value.trim().to_owned()).filter(|value| !value.is_empty());
    let bucket = text(&query.status).and_then(|name| {
        let bucket = Bucket::from_name(&name);
        if bucket.is_none() {
            checks.wrong("status", "must be one of the payout states");
        }
        bucket
    });
    let from = day(&mut checks, "from", &query.from, zone, 0);
    let to = day(&mut checks, "to", &query.to, zone, 1);
    let currency = text(&query.currency).and_then(|code| checks.currency("currency", Some(&code)));
    let wallet: Option<i64> = checks.parsed("wallet", Some(&query.wallet), "the number of a wallet");
    let client: Option<i64> = checks.parsed("client", Some(&query.client), "the number of a client");
    let payee: Option<PayeeId> = checks.parsed("payee", Some(&query.payee), "the id of a payee");
    checks.done()?;
    let mut filter = Filter {
        bucket,
        client: caller.client(),
        payee,
        currency,
        from,
        to,
        reversed: query.reversed == "yes",
        ..Filter::default()
    };
    if let Some(number) = client {
        let found = wallets::client_by_number(reader, number).await?.map(|client| client.id);
        filter.client = found.filter(|id| caller.may_see(*id)).or(Some(nobody()));
    }
    if let Some(number) = wallet {
        let found = wallets::by_number(reader, number).await?;
        filter.wallet = found.filter(|wallet| caller.may_see(wallet.client_id)).map(|wallet| wallet.id);
        if filter.wallet.is_none() {
            filter.client = Some(nobody());
        }
    }
    filter.search = match text(&query.q) {
        Some(text) => Some(search(reader, caller, &text).await?),
        None => None,
    };
    Ok(filter)
}

/// Reads where the page starts.
pub fn cursor(query: &ListQuery) -> Result<Cursor, Error> {
    let mut checks = Fields::default();
    let after: Option<PayoutId> = checks.parsed("after", Some(&query.after), "the id of a payout");
    let before: Option<PayoutId> = checks.parsed("before", Some(&query.before), "the id of a payout");
    checks.done()?;
    Ok(match (after, before) {
        (Some(id), _) => Cursor::After(id),
        (None, Some(id)) => Cursor::Before(id),
        (None, None) => Cursor::Newest,
    })
}

/// Many words are ids or references, pasted; one is an id, a reference or the start of a payee's name or email.
async fn search(reader: &mut Reader, caller: &Caller, text: &str) -> Result<Search, Error> {
    let lines: Vec<&str> = text
        .split(|c: char| c == ',' || c == ';' || c.is_ascii_control())
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .take(1_000)
        .collect();
    let pasted: Vec<&str> = match lines.as_slice() {
        [one] if one.starts_with("pyt_") => one.split_whitespace().collect(),
        _ => lines,
    };
    if pasted.len() != 1 || pasted[0].parse::<PayoutId>().is_ok() {
        return Ok(Search::Exact(pasted.into_iter().map(str::to_owned).collect()));
    }
    let payees = rows::payees_starting(reader, pasted[0], caller.client(), 200).await?;
    Ok(Search::Start { reference: pasted[0].to_owned(), payees })
}

/// The start of a day in the zone plus `after` days, in Unix microseconds; the first moment that exists of it.
fn day(checks: &mut Fields, field: &'static str, text: &str, zone: Tz, after: u64) -> Option<i64> {
    let date: NaiveDate = checks.parsed(field, Some(text), "a day such as 2026-01-15")?;
    let Some(date) = date.checked_add_days(chrono::Days::new(after)) else {
        checks.wrong(field, "must be a day such as 2026-01-15");
        return None;
    };
    Some(start_of_day(date, zone))
}

/// Midnight of a day in a zone, in Unix microseconds. Where the clocks skip midnight, the first moment after it.
pub fn start_of_day(date: NaiveDate, zone: Tz) -> i64 {
    let midnight = date.and_time(NaiveTime::MIN);
    (0..=4)
        .find_map(|halves| zone.from_local_datetime(&(midnight + chrono::Duration::minutes(30 * halves))).earliest())
        .map_or_else(|| midnight.and_utc().timestamp_micros(), |time| time.timestamp_micros())
}

/// An id that no client has: a filter that matches nothing.
fn nobody() -> crate::domain::ids::ClientId {
    crate::domain::ids::Id::from_uuid(uuid::Uuid::nil())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_zones_day_also_when_the_clocks_change() {
        let hours = |day: &str, zone: Tz| {
            let date: NaiveDate = day.parse().unwrap();
            (start_of_day(date.succ_opt().unwrap(), zone) - start_of_day(date, zone)) / 3_600_000_000
        };
        assert_eq!(hours("2026-03-29", Tz::Europe__Berlin), 23);
        assert_eq!(hours("2026-10-25", Tz::Europe__Berlin), 25);
        assert_eq!(hours("2026-06-01", Tz::Europe__Berlin), 24);
        // Beirut's clocks skip midnight itself.
        assert_eq!(hours("2026-03-29", Tz::Asia__Beirut), 23);
    }
}
