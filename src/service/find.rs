//! The find box: where what somebody typed is to be found.

use chrono_tz::Tz;

use super::link_list::{self, LinkQuery};
use super::payout_list::{self, ListQuery};
use super::{Desk, permit};
use crate::domain::caller::Caller;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::store::payouts::Cursor;
use crate::store::{payout_links, payouts};

/// The list that has something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Also when nothing has anything, or both lists do.
    Payouts,
    Links,
}

/// Where to look for `text`: among payout links when only they have it, otherwise among payouts.
pub async fn place(desk: &Desk, caller: &Caller, text: &str) -> Result<Found, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    permit(desk, caller, Operation::ReadLinks).await?;
    if text.trim().is_empty() {
        return Ok(Found::Payouts);
    }
    let mut reader = desk.store.read().await?;
    let query = ListQuery { q: text.to_owned(), ..ListQuery::default() };
    match payout_list::filter(&mut reader, caller, &query, Tz::UTC).await {
        Ok(filter) if payouts::page(&mut reader, &filter, Cursor::Newest, 1).await?.is_empty() => {}
        // That too much matches is told by the list itself.
        Ok(_) | Err(Error::Validation(_)) => return Ok(Found::Payouts),
        Err(error) => return Err(error),
    }
    let query = LinkQuery { q: text.to_owned(), ..LinkQuery::default() };
    match link_list::filter(&mut reader, caller, &query, Tz::UTC).await {
        Ok(filter) if payout_links::page(&mut reader, &filter, Cursor::Newest, 1).await?.is_empty() => {
            Ok(Found::Payouts)
        }
        Ok(_) | Err(Error::Validation(_)) => Ok(Found::Links),
        Err(error) => Err(error),
    }
}
