//! The inbox of payouts and payout links that wait for a checker.

use super::{Desk, permit};
use crate::domain::caller::Caller;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::store::approvals::{self as rows, Made, WaitingId, WaitingLine, WaitingTotal};

/// Whose payouts the inbox shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those that the caller may decide, because somebody else made them.
    Others,
    /// Made by the caller, or by a program whose credential the caller owns or created.
    Own,
    All,
}

/// A page of the inbox.
#[derive(Debug, Clone)]
pub struct Inbox {
    /// Oldest first.
    pub lines: Vec<WaitingLine>,
    /// Where the page of newer ones starts, if there is one.
    pub next: Option<WaitingId>,
    /// Over all that wait, whoever made them.
    pub totals: Vec<WaitingTotal>,
}

/// What waits, oldest first, newer than `after`.
pub async fn inbox(
    desk: &Desk,
    caller: &Caller,
    whose: Whose,
    after: Option<WaitingId>,
    limit: usize,
) -> Result<Inbox, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    permit(desk, caller, Operation::ReadLinks).await?;
    let person = caller.person().ok_or(Error::Forbidden)?;
    let made = match whose {
        Whose::Others => Made::ByOthers,
        Whose::Own => Made::BySelf,
        Whose::All => Made::ByAnyone,
    };
    let mut reader = desk.store.read().await?;
    let mut lines = rows::list(&mut reader, caller.client(), person, made, after, limit as i64 + 1).await?;
    let totals = rows::totals(&mut reader, caller.client(), person).await?;
    let more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines.last().map(|line| line.id).filter(|_| more);
    Ok(Inbox { lines, next, totals })
}
