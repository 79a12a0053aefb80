//! Finding payouts: one filter for pages, JSON and exports.

use chrono::{NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;

use super::fields::Fields;
use super::wallets::{Numbered, page_window};
use super::{Desk, permit};
use crate::domain::caller::Caller;
use crate::domain::command::PayoutRecord;
use crate::domain::ids::{CredentialId, PayeeId, PayoutId};
use crate::domain::money::Currency;
use crate::domain::payout::State;
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::payouts::{self as rows, Bucket, Count, Cursor, Filter, PayoutLine, Search};
use crate::store::wallets::Client;
use crate::store::{Reader, sql, wallets};

/// The most payouts that a search may match, and payees; beyond them it has to be narrowed.
pub(super) const MOST_FOUND: i64 = 10_000;
const MOST_PAYEES: i64 = 500;
/// The most ids or references in one search.
pub(super) const MOST_PASTED: usize = 1_000;

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
    /// The name of a rail.
    pub provider: String,
    /// A credential's id: what this program made.
    pub credential: String,
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
    /// What the filter offers to choose from.
    pub wallets: Vec<Wallet>,
    pub clients: Vec<Client>,
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
    /// The name of a rail.
    pub rail: Option<String>,
    pub credential: Option<CredentialId>,
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
    let (lines, counts, wallets, clients) =
        rows::page_with_all(&mut reader, &filter, cursor, limit + 1, caller.client()).await?;
    let (lines, newer, older) = neighbours(lines, cursor, limit, |line| line.id);
    let exact = rows::is_all(&filter, &counts);
    Ok(PayoutPage { lines, newer, older, counts, exact, wallets, clients })
}

/// The lines to show out of one more than that, and where the pages beside them start.
pub(super) fn neighbours<T, I: Copy + PartialEq>(
    mut lines: Vec<T>,
    cursor: Cursor<I>,
    limit: usize,
    id: impl Fn(&T) -> I,
) -> (Vec<T>, Option<Cursor<I>>, Option<Cursor<I>>) {
    let more = lines.len() > limit;
    let backwards = matches!(cursor, Cursor::Before(_));
    if more && backwards {
        lines.remove(0);
    } else {
        lines.truncate(limit);
    }
    let first = lines.first().map(|line| Cursor::Before(id(line)));
    let last = lines.last().map(|line| Cursor::After(id(line)));
    let has_newer = if backwards { more } else { cursor != Cursor::Newest };
    let has_older = backwards || more;
    (lines, first.filter(|_| has_newer), last.filter(|_| has_older))
}

/// Whole records by page number: `/api/v1/payouts`. At most 100,000 are counted.
pub async fn numbered(desk: &Desk, caller: &Caller, query: &NumberedQuery) -> Result<Numbered<PayoutRecord>, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let window = page_window(query.page, query.limit)?;
    let mut reader = desk.store.read().await?;
    let mut filter = Filter {
        client: caller.client(),
        state: query.state,
        currency: query.currency,
        rail: query.rail.clone(),
        credential: query.credential,
        ..Filter::default()
    };
    owner(&mut reader, caller, &mut filter, query.client, None).await?;
    filter.search = match &query.search {
        Some(text) if text.parse::<PayoutId>().is_ok() => Some(Search::Exact(vec![text.clone()])),
        Some(text) => Some(starting(&mut reader, caller, "search", text).await?),
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
    let credential: Option<CredentialId> =
        checks.parsed("credential", Some(&query.credential), "the id of a credential");
    checks.done()?;
    let mut filter = Filter {
        bucket,
        rail: text(&query.provider),
        credential,
        client: caller.client(),
        payee,
        currency,
        from,
        to,
        reversed: query.reversed == "yes",
        ..Filter::default()
    };
    owner(reader, caller, &mut filter, client, wallet).await?;
    if filter.reversed && !matches!(bucket, None | Some(Bucket::Is(State::Completed))) {
        // Only completed payouts are ever reversed.
        filter.nothing = true;
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

/// Narrows the filter to a client and a wallet, by their numbers, in the caller's sight.
///
/// A wallet belongs to one client and holds one currency: asked for together they are answered by the wallet alone,
/// which has the shortest way to its payouts, or match nothing.
pub(super) async fn owner(
    reader: &mut Reader,
    caller: &Caller,
    filter: &mut Filter,
    client: Option<i64>,
    wallet: Option<i64>,
) -> Result<(), Error> {
    if let Some(number) = client {
        let found = wallets::client_by_number(reader, number).await?.map(|client| client.id);
        let seen = found.filter(|id| caller.may_see(*id));
        filter.nothing |= seen.is_none();
        filter.client = seen.or(caller.client());
    }
    let found = match (wallet, filter.client, filter.currency) {
        (Some(number), ..) => wallets::by_number(reader, number).await?.into_iter().collect(),
        (None, Some(client), Some(_)) => wallets::list(reader, Some(client), wallets::MOST_WALLETS).await?,
        _ => return Ok(()),
    };
    let fits = |found: &&Wallet| {
        caller.may_see(found.client_id)
            && filter.client.is_none_or(|client| client == found.client_id)
            && filter.currency.is_none_or(|currency| currency == found.currency)
    };
    let fitting: Vec<&Wallet> = found.iter().filter(fits).collect();
    match fitting.as_slice() {
        [] => filter.nothing = true,
        [one] => *filter = Filter { wallet: Some(one.id), client: None, currency: None, ..filter.clone() },
        // Several wallets of the client in this currency.
        _ => {}
    }
    Ok(())
}

/// Many words are ids or references, pasted; one is an id, a reference or the start of a payee's name or email.
async fn search(reader: &mut Reader, caller: &Caller, text: &str) -> Result<Search, Error> {
    let lines: Vec<&str> = text
        .split(|c: char| c == ',' || c == ';' || c.is_ascii_control())
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let pasted: Vec<&str> = match lines.as_slice() {
        [one] if one.starts_with("pyt_") => one.split_whitespace().collect(),
        _ => lines,
    };
    if pasted.len() > MOST_PASTED {
        let message = format!("holds {} ids or references: paste at most 1,000 at once", pasted.len());
        return Err(Error::field("q", message));
    }
    if pasted.len() != 1 || pasted[0].parse::<PayoutId>().is_ok() {
        return Ok(Search::Exact(pasted.into_iter().map(str::to_owned).collect()));
    }
    starting(reader, caller, "q", pasted[0]).await
}

/// What starts like this. A search is complete or refused: a list, its counts and its export are the same payouts.
///
/// Errors: `field` is wrong when too much matches.
async fn starting(reader: &mut Reader, caller: &Caller, field: &'static str, text: &str) -> Result<Search, Error> {
    let payees = rows::payees_starting(reader, text, caller.client(), MOST_PAYEES + 1).await?;
    if payees.len() as i64 > MOST_PAYEES {
        return Err(Error::field(field, "matches more than 500 payees: narrow the search by typing more"));
    }
    let matches = rows::matches_of(reader, text, &payees, caller.client(), MOST_FOUND + 1).await?;
    if matches.by_reference + matches.by_payee > MOST_FOUND {
        return Err(Error::field(field, "matches more than 10,000 payouts: narrow the search by typing more"));
    }
    Ok(Search::Start { reference: text.to_owned(), payees, client: caller.client() })
}

/// The start of a day in the zone plus `after` days, in Unix microseconds; the first moment that exists of it.
pub(super) fn day(checks: &mut Fields, field: &'static str, text: &str, zone: Tz, after: u64) -> Option<i64> {
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
