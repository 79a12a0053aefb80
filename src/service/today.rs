//! The home page: what needs someone, money out, wallets that run low.

use chrono::{DateTime, Days, NaiveDate};
use chrono_tz::Tz;

use super::payout_list::start_of_day;
use super::{Desk, permit};
use crate::domain::caller::Caller;
use crate::domain::ids::{CancellationId, PayoutId, PayoutLinkId, ReversalId};
use crate::domain::manual;
use crate::domain::money::{Currency, Money};
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::audit::{AuditFilter, AuditLine};
use crate::store::manual::{self as rows_by_hand, Waiting};
use crate::store::payouts::{Count, Filter, PayoutLine};
use crate::store::{audit, payout_links, payouts, today as rows, wallets};

/// How many days the figures look back.
const DAYS: u64 = 30;

/// Everything on the home page. Times in Unix microseconds.
#[derive(Debug, Clone)]
pub struct Today {
    pub as_of: i64,
    /// Per tab and currency, over all payouts.
    pub counts: Vec<Count>,
    /// The same over all payout links.
    pub link_counts: Vec<Count>,
    pub to_approve_since: Option<i64>,
    pub unknown_since: Option<i64>,
    pub action_since: Option<i64>,
    pub open_cancellations: i64,
    pub cancellation_since: Option<i64>,
    pub pending_reversals: i64,
    pub reversal_since: Option<i64>,
    /// What staff have to pay at the bank or to answer; none on a desk whose wallets are all paid by programs.
    pub by_hand: Option<Waiting>,
    /// One per currency that has wallets, in the order of their codes.
    pub money_out: Vec<MoneyOut>,
    pub wallets: Vec<Wallet>,
    /// Not finished, oldest first.
    pub waiting_longest: Vec<PayoutLine>,
    pub last_changes: Vec<AuditLine>,
}

/// Money out in one currency, by days of the reader's zone, oldest first; the last day is today.
#[derive(Debug, Clone)]
pub struct MoneyOut {
    pub currency: Currency,
    pub days: Vec<PaidDay>,
    /// Amounts of payouts made and not finished.
    pub on_its_way: Money,
    pub on_its_way_payouts: i64,
}

/// What reached payees on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidDay {
    pub day: NaiveDate,
    pub payouts: i64,
    pub amount: Money,
}

/// The home page for a person in a zone.
pub async fn today(desk: &Desk, caller: &Caller, zone: Tz) -> Result<Today, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let now = desk.clock.now();
    let mut reader = desk.store.read().await?;
    let wallets = wallets::list(&mut reader, caller.client(), 1_000).await?;
    let counts = payouts::counts(&mut reader, &Filter { client: caller.client(), ..Filter::default() }).await?;
    let of_links = payout_links::Filter { client: caller.client(), ..payout_links::Filter::default() };
    let link_counts = payout_links::counts(&mut reader, &of_links).await?;
    let oldest = rows::oldest(&mut reader).await?;
    let local = DateTime::from_timestamp_micros(now).unwrap_or_default().with_timezone(&zone).date_naive();
    let first = local.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(local);
    let slots = rows::paid_since(&mut reader, start_of_day(first, zone)).await?;
    let pays_by_hand = wallets.iter().any(|wallet| wallet.rail == manual::NAME);
    let by_hand = if pays_by_hand { Some(rows_by_hand::waiting(&mut reader).await?) } else { None };
    let waiting_longest = payouts::oldest_open(&mut reader, 5).await?;
    let last_changes = audit::list(&mut reader, &AuditFilter::default(), None, 6).await?;
    let mut currencies: Vec<Currency> = wallets.iter().map(|wallet| wallet.currency).collect();
    currencies.sort_by_key(|currency| currency.code());
    currencies.dedup();
    let money_out = currencies.into_iter().map(|currency| money_out(currency, first, zone, &slots, &counts)).collect();
    let payout_since = |id: &Option<String>| id.as_ref()?.parse::<PayoutId>().ok().map(|id| id.created_at());
    let link_since = |id: &Option<String>| id.as_ref()?.parse::<PayoutLinkId>().ok().map(|id| id.created_at());
    Ok(Today {
        as_of: now,
        to_approve_since: payout_since(&oldest.to_approve).into_iter().chain(link_since(&oldest.link_to_approve)).min(),
        unknown_since: payout_since(&oldest.unknown),
        action_since: payout_since(&oldest.action),
        open_cancellations: oldest.open_cancellations,
        cancellation_since: oldest
            .oldest_cancellation
            .and_then(|id| id.parse::<CancellationId>().ok())
            .map(|id| id.created_at()),
        pending_reversals: oldest.pending_reversals,
        reversal_since: oldest.oldest_reversal.and_then(|id| id.parse::<ReversalId>().ok()).map(|id| id.created_at()),
        by_hand,
        counts,
        link_counts,
        money_out,
        wallets,
        waiting_longest,
        last_changes,
    })
}

fn money_out(currency: Currency, first: NaiveDate, zone: Tz, slots: &[rows::PaidSlot], counts: &[Count]) -> MoneyOut {
    let days = first.iter_days().take(DAYS as usize).map(|day| {
        let (start, end) = (start_of_day(day, zone), start_of_day(day + Days::new(1), zone));
        let mut paid = PaidDay { day, payouts: 0, amount: Money::new(0, currency) };
        for slot in slots.iter().filter(|slot| slot.currency == currency && (start..end).contains(&slot.slot)) {
            paid.payouts += slot.payouts;
            paid.amount.minor += slot.amount_minor;
        }
        paid
    });
    const FINISHED: [&str; 4] = ["completed", "failed", "cancelled", "expired"];
    let open = counts.iter().filter(|count| count.currency == currency && !FINISHED.contains(&count.bucket.as_str()));
    let (payouts, minor) =
        open.fold((0, 0), |(payouts, minor), count| (payouts + count.payouts, minor + count.amount_minor));
    MoneyOut { currency, days: days.collect(), on_its_way: Money::new(minor, currency), on_its_way_payouts: payouts }
}
