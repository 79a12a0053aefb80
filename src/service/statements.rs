//! A wallet's statement: one filter for its page and its export.

use chrono_tz::Tz;

use super::fields::Fields;
use super::payout_list::day;
use super::{Desk, wallets};
use crate::domain::caller::Caller;
use crate::domain::ledger::Kind;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::wallets::{self as rows, Client, LedgerFilter, StatementLine};

/// The filter as it stands in an address; every part may be missing or blank.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatementQuery {
    /// A kind of entries: `FUNDING`, `PAYOUT_REFUND`.
    pub kind: String,
    /// First day, as `2026-01-15`, in the reader's zone.
    pub from: String,
    /// Last day, included.
    pub to: String,
}

/// A page of a statement.
#[derive(Debug, Clone)]
pub struct Statement {
    pub wallet: Wallet,
    pub client: Client,
    /// Newest first.
    pub lines: Vec<StatementLine>,
    /// Where older lines start, if there are some.
    pub older: Option<i64>,
}

/// A wallet with those of its ledger transactions that match and are older than `before`.
///
/// Errors: fields that are no kind or day.
pub async fn page(
    desk: &Desk,
    caller: &Caller,
    number: i64,
    query: &StatementQuery,
    zone: Tz,
    before: Option<i64>,
    limit: usize,
) -> Result<Statement, Error> {
    let wallet = wallets::get(desk, caller, number).await?;
    let filter = filter(&wallet, query, zone)?;
    let mut reader = desk.store.read().await?;
    let client = rows::client(&mut reader, wallet.client_id).await?.ok_or(Error::NotFound("Wallet"))?;
    let mut lines = rows::statement(&mut reader, &filter, before, limit as i64 + 1).await?;
    let more = lines.len() > limit;
    lines.truncate(limit);
    let older = lines.last().map(|line| line.entry.number).filter(|_| more);
    Ok(Statement { wallet, client, lines, older })
}

/// Reads the address' filter.
pub(super) fn filter(wallet: &Wallet, query: &StatementQuery, zone: Tz) -> Result<LedgerFilter, Error> {
    let mut checks = Fields::default();
    let kind = Some(query.kind.trim()).filter(|name| !name.is_empty()).and_then(|name| {
        let kind = Kind::from_name(name);
        if kind.is_none() {
            checks.wrong("kind", "must be one of the kinds of entries");
        }
        kind
    });
    let from = day(&mut checks, "from", &query.from, zone, 0);
    let to = day(&mut checks, "to", &query.to, zone, 1);
    checks.done()?;
    let kinds = kind.into_iter().collect();
    Ok(LedgerFilter { wallet: Some(wallet.id), kinds, settled: true, from, to, ..LedgerFilter::default() })
}
