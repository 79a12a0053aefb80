//! Payments that look like one made just before: the same payee, amount and currency within the last days.
//!
//! A warning, never a refusal. It is read beside the write, not in its unit, so two that are made at the same instant
//! may miss each other.

use super::{Desk, permit};
use crate::domain::caller::Caller;
use crate::domain::command::PayoutRecord;
use crate::domain::ids::{ClientId, PayeeId, PayoutId, PayoutLinkId};
use crate::domain::money::Money;
use crate::domain::payout::Payout;
use crate::domain::payout_link::{Contact, PayoutLink, phone_digits};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::store::payout_links::{Filter, LinkRow, Search};
use crate::store::payouts::Cursor;
use crate::store::{payout_links, payouts};

/// Another payment that this one may repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicate {
    Payout(PayoutId),
    Link(PayoutLinkId),
}

/// The most that are named.
const NAMED: i64 = 3;

/// Other payouts to the same payee with the same amount, newest first; not those that ended unpaid.
pub async fn of_payout(desk: &Desk, caller: &Caller, payout: &Payout) -> Result<Vec<Duplicate>, Error> {
    permit(desk, caller, Operation::MakePayout).await?;
    let Some(since) = since(desk) else { return Ok(Vec::new()) };
    let mut reader = desk.store.read().await?;
    let found = payouts::same(&mut reader, payout.payee_id, payout.amount(), since, NAMED + 1).await?;
    let others = found.into_iter().filter(|id| *id != payout.id);
    Ok(others.take(NAMED as usize).map(Duplicate::Payout).collect())
}

/// Other links to the same email or phone with the same amount, newest first; not those that ended unpaid.
pub async fn of_link(desk: &Desk, caller: &Caller, link: &PayoutLink) -> Result<Vec<Duplicate>, Error> {
    permit(desk, caller, Operation::MakeLink).await?;
    let words = words(link.contact_email.as_deref(), link.contact_phone.as_deref());
    let (Some(since), false) = (since(desk), words.is_empty()) else { return Ok(Vec::new()) };
    let mut reader = desk.store.read().await?;
    let amount: Money = link.amount();
    let found = payout_links::same(&mut reader, link.client_id, &words, amount, since, NAMED + 1).await?;
    let others = found.into_iter().map(|same| same.id).filter(|id| *id != link.id);
    Ok(others.take(NAMED as usize).map(Duplicate::Link).collect())
}

/// Another payment that the one about to be made may repeat, with what a person recognises it by.
#[derive(Debug, Clone)]
pub enum Alike {
    Payout(Box<PayoutRecord>),
    Link(Box<LinkRow>),
}

/// Payouts to this payee with this amount, newest first; not those that ended unpaid. The caller has checked who asks.
pub(super) async fn like_payout(desk: &Desk, payee: PayeeId, amount: Money) -> Result<Vec<Alike>, Error> {
    let Some(since) = since(desk) else { return Ok(Vec::new()) };
    let mut reader = desk.store.read().await?;
    let ids = payouts::same(&mut reader, payee, amount, since, NAMED).await?;
    let records = payouts::records(&mut reader, &ids).await?;
    Ok(records.into_iter().map(|record| Alike::Payout(Box::new(record))).collect())
}

/// Links to this contact with this amount, newest first; not those that ended unpaid.
pub(super) async fn like_link(
    desk: &Desk,
    client: ClientId,
    contact: &Contact,
    amount: Money,
) -> Result<Vec<Alike>, Error> {
    let words = words(contact.email.as_deref(), contact.phone.as_deref());
    let (Some(since), false) = (since(desk), words.is_empty()) else { return Ok(Vec::new()) };
    let mut reader = desk.store.read().await?;
    let found = payout_links::same(&mut reader, client, &words, amount, since, NAMED).await?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let ids = found.iter().map(|same| same.id.to_string()).collect();
    let filter = Filter { search: Some(Search::Exact(ids)), client: Some(client), ..Filter::default() };
    let rows = payout_links::page(&mut reader, &filter, Cursor::Newest, NAMED as usize).await?;
    Ok(rows.into_iter().map(|row| Alike::Link(Box::new(row))).collect())
}

impl Duplicate {
    /// The other payment's id.
    pub fn id(self) -> String {
        match self {
            Duplicate::Payout(id) => id.to_string(),
            Duplicate::Link(id) => id.to_string(),
        }
    }
}

/// The start of the time that counts, in Unix microseconds; none when the setting turns it off.
fn since(desk: &Desk) -> Option<i64> {
    let within = desk.config.duplicates_within;
    (within > 0).then(|| desk.clock.now() - within)
}

/// What finds links to the same contact: the words under which they are kept.
fn words(email: Option<&str>, phone: Option<&str>) -> Vec<String> {
    let mut words = vec![email.unwrap_or_default().to_lowercase(), phone.map(phone_digits).unwrap_or_default()];
    words.retain(|word| !word.is_empty());
    words
}
