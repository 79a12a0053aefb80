//! Finding payout links: one filter for pages, JSON and exports.

use chrono_tz::Tz;

use super::fields::Fields;
use super::payout_list::{MOST_FOUND, MOST_PASTED, day, neighbours, owner};
use super::wallets::{Numbered, page_window};
use super::{Desk, permit};
use crate::domain::caller::Caller;
use crate::domain::command::LinkRecord;
use crate::domain::ids::{CredentialId, PayeeId, PayoutLinkId};
use crate::domain::money::{Currency, Money};
use crate::domain::payout_link::{State, id_spelled};
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::payout_links::{self as rows, Filter, LinkBucket, LinkRow, Search};
use crate::store::payouts::{self, Count, Cursor};
use crate::store::wallets::Client;
use crate::store::{Reader, sql};

/// The filter as it stands in an address; every part may be missing or blank.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub struct LinkQuery {
    /// A tab: `reopened`, or a state.
    pub status: String,
    /// Ids, references or receipts; or the start of one, or of a contact's name, email or phone number.
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
    /// In major units; needs a currency.
    pub amount: String,
    /// A payee's id: the contact.
    pub contact: String,
    /// The name of a rail.
    pub provider: String,
    /// A credential's id: what this program made.
    pub credential: String,
    /// Older than this link.
    pub after: String,
    /// Newer than this link.
    pub before: String,
}

/// A page of the list with everything around it.
#[derive(Debug, Clone)]
pub struct LinkPage {
    pub lines: Vec<LinkRow>,
    /// Where the page of newer links starts, if there is one.
    pub newer: Option<Cursor<PayoutLinkId>>,
    pub older: Option<Cursor<PayoutLinkId>>,
    /// Per tab and currency, for the filter without its tab.
    pub counts: Vec<Count>,
    /// Whether the counts are all; beyond 10,000 they are not.
    pub exact: bool,
    /// What the filter offers to choose from.
    pub wallets: Vec<Wallet>,
    pub clients: Vec<Client>,
}

/// What `/api/v1/payout-links` asks for.
#[derive(Debug, Clone)]
pub struct NumberedQuery {
    /// From 1.
    pub page: i64,
    pub limit: i64,
    pub bucket: Option<LinkBucket>,
    pub currency: Option<Currency>,
    pub search: Option<String>,
    /// A client's number; another client than the caller's own has no links here.
    pub client: Option<i64>,
    pub oldest_first: bool,
}

/// What Revolut's dialect asks for.
#[derive(Debug, Clone)]
pub struct BeforeQuery {
    /// None means every state.
    pub states: Option<Vec<State>>,
    /// Made before, in Unix microseconds.
    pub before: Option<i64>,
    pub limit: i64,
}

/// The whole page of staff: lines, tabs and totals.
pub async fn page(desk: &Desk, caller: &Caller, query: &LinkQuery, zone: Tz, limit: usize) -> Result<LinkPage, Error> {
    permit(desk, caller, Operation::ReadLinks).await?;
    let mut reader = desk.store.read().await?;
    let filter = filter(&mut reader, caller, query, zone).await?;
    let cursor = cursor(query)?;
    let (lines, counts, wallets, clients) =
        rows::page_with_all(&mut reader, &filter, cursor, limit + 1, caller.client()).await?;
    let (lines, newer, older) = neighbours(lines, cursor, limit, |line| line.id);
    let exact = rows::is_all(&filter, &counts);
    Ok(LinkPage { lines, newer, older, counts, exact, wallets, clients })
}

/// What a wallet holds for links that nobody has claimed.
pub async fn held(desk: &Desk, caller: &Caller, wallet: &Wallet) -> Result<Money, Error> {
    permit(desk, caller, Operation::ReadLinks).await?;
    let mut reader = desk.store.read().await?;
    let filter = Filter { wallet: Some(wallet.id), ..Filter::default() };
    let counts = rows::counts(&mut reader, &filter).await?;
    let open = [LinkBucket::Is(State::Issued).name(), LinkBucket::Reopened.name()];
    let open = counts.iter().filter(|count| open.contains(&count.bucket.as_str()));
    Ok(Money::new(open.map(|count| count.amount_minor + count.fees_minor).sum(), wallet.currency))
}

/// Whole records by page number: `/api/v1/payout-links`. At most 100,000 are counted.
pub async fn numbered(desk: &Desk, caller: &Caller, query: &NumberedQuery) -> Result<Numbered<LinkRecord>, Error> {
    permit(desk, caller, Operation::ReadLinks).await?;
    let window = page_window(query.page, query.limit)?;
    let mut reader = desk.store.read().await?;
    let mut filter = scope(&mut reader, caller, query.client, None, query.currency).await?;
    filter.bucket = query.bucket;
    filter.search = match &query.search {
        Some(text) => Some(search(&mut reader, caller, "search", text).await?),
        None => None,
    };
    let total = rows::total(&mut reader, &filter, sql::DEEPEST).await?;
    let rows = rows::numbered_page(&mut reader, &filter, window.0, window.1, query.oldest_first).await?;
    Ok(Numbered { rows, total })
}

/// Whole records made before a moment, newest first.
pub async fn before(desk: &Desk, caller: &Caller, query: &BeforeQuery) -> Result<Vec<LinkRecord>, Error> {
    permit(desk, caller, Operation::ReadLinks).await?;
    if query.states.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let mut reader = desk.store.read().await?;
    let states = query.states.as_deref().unwrap_or_default();
    Ok(rows::before(&mut reader, caller.client(), states, query.before, query.limit).await?)
}

/// Reads the address' filter, within the caller's sight.
///
/// Errors: fields that are no date, state, number or amount. Wallets and clients that do not exist match nothing.
pub async fn filter(reader: &mut Reader, caller: &Caller, query: &LinkQuery, zone: Tz) -> Result<Filter, Error> {
    let mut checks = Fields::default();
    let text = |value: &str| Some(value.trim().to_owned()).filter(|value| !value.is_empty());
    let bucket = text(&query.status).and_then(|name| {
        let bucket = LinkBucket::from_name(&name);
        if bucket.is_none() {
            checks.wrong("status", "must be reopened or one of the states of a payout link");
        }
        bucket
    });
    let from = day(&mut checks, "from", &query.from, zone, 0);
    let to = day(&mut checks, "to", &query.to, zone, 1);
    let currency = text(&query.currency).and_then(|code| checks.currency("currency", Some(&code)));
    let wallet: Option<i64> = checks.parsed("wallet", Some(&query.wallet), "the number of a wallet");
    let client: Option<i64> = checks.parsed("client", Some(&query.client), "the number of a client");
    let contact: Option<PayeeId> = checks.parsed("contact", Some(&query.contact), "the id of a payee");
    let credential: Option<CredentialId> =
        checks.parsed("credential", Some(&query.credential), "the id of a credential");
    let amount = text(&query.amount).and_then(|amount| match currency {
        Some(_) => checks.amount("amount", Some(&amount), currency),
        None => {
            checks.wrong("amount", "needs a currency: choose one");
            None
        }
    });
    checks.done()?;
    let mut filter = scope(reader, caller, client, wallet, currency).await?;
    filter.bucket = bucket;
    (filter.from, filter.to) = (from, to);
    (filter.contact, filter.rail, filter.credential) = (contact, text(&query.provider), credential);
    if let Some(amount) = amount {
        // The index of amounts begins with the currency, whether a wallet has settled that already or not.
        filter.currency = Some(amount.currency);
        filter.amount = Some(Money::new(amount.minor, amount.currency).minor);
    }
    filter.search = match text(&query.q) {
        Some(text) => Some(search(reader, caller, "q", &text).await?),
        None => None,
    };
    Ok(filter)
}

/// Where a page starts.
fn cursor(query: &LinkQuery) -> Result<Cursor<PayoutLinkId>, Error> {
    let mut checks = Fields::default();
    let after: Option<PayoutLinkId> = checks.parsed("after", Some(&query.after), "the id of a payout link");
    let before: Option<PayoutLinkId> = checks.parsed("before", Some(&query.before), "the id of a payout link");
    checks.done()?;
    Ok(match (after, before) {
        (Some(id), _) => Cursor::After(id),
        (None, Some(id)) => Cursor::Before(id),
        (None, None) => Cursor::Newest,
    })
}

/// A client, a wallet and a currency narrow links as they narrow payouts.
async fn scope(
    reader: &mut Reader,
    caller: &Caller,
    client: Option<i64>,
    wallet: Option<i64>,
    currency: Option<Currency>,
) -> Result<Filter, Error> {
    let mut of = payouts::Filter { client: caller.client(), currency, ..payouts::Filter::default() };
    owner(reader, caller, &mut of, client, wallet).await?;
    Ok(Filter { client: of.client, wallet: of.wallet, currency: of.currency, nothing: of.nothing, ..Filter::default() })
}

/// Many words are ids, references or receipts, pasted; one is any of them or the start of one, or of a contact.
///
/// A search is complete or refused. Errors: `field` is wrong when too much matches.
async fn search(reader: &mut Reader, caller: &Caller, field: &'static str, text: &str) -> Result<Search, Error> {
    let parts: Vec<&str> = text
        .split(|c: char| c == ',' || c == ';' || c.is_ascii_control())
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    if parts.len() > MOST_PASTED {
        let message = format!("holds {} ids or references: paste at most 1,000 at once", parts.len());
        return Err(Error::field(field, message));
    }
    let known = |part: &&str| id_spelled(part).map_or_else(|| (*part).to_owned(), |id| id.to_string());
    if parts.len() != 1 || id_spelled(parts[0]).is_some() {
        return Ok(Search::Exact(parts.iter().map(known).collect()));
    }
    let text = parts[0];
    if rows::matching(reader, text, caller.client(), MOST_FOUND + 1).await? > MOST_FOUND {
        return Err(Error::field(field, "matches more than 10,000 payout links: narrow the search by typing more"));
    }
    Ok(Search::Start { text: text.to_owned(), client: caller.client() })
}
