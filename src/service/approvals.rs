//! The inbox of everything that waits for a second person.

use super::{Desk, permit};
use crate::domain::caller::Caller;
use crate::domain::freeze::Freeze;
use crate::domain::ids::StaffId;
use crate::domain::staff::{Operation, allows};
use crate::error::Error;
use crate::store::approval_rules::RuleLine;
use crate::store::approvals::{self as rows, Made, WaitingId, WaitingLine, WaitingTotal};
use crate::store::cases::{CaseLine, settling};
use crate::store::limit_changes::LimitLine;
use crate::store::{approval_rules, freezes, limit_changes, second_admin};

/// Whose records the inbox shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those that the caller may decide, because somebody else made them.
    Others,
    /// Made by the caller, or by a program whose credential the caller owns or has seen the secret of.
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
    /// Freezes that somebody asks to lift, and cases whose outcome somebody proposes: each has one answer, by one person.
    pub lifts: Vec<Freeze>,
    pub cases: Vec<CaseLine>,
    /// Rules whose end, and wallets whose looser limit, an admin asks for; only admins see them.
    pub endings: Vec<RuleLine>,
    pub limits: Vec<LimitLine>,
}

/// How many lifts and cases are named; more stand under Freezes and Cases.
const OTHERS: usize = 50;

/// How many wait and how much, as the caller sees them.
pub async fn totals(desk: &Desk, caller: &Caller) -> Result<Vec<WaitingTotal>, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let person = (caller.person().ok_or(Error::Forbidden)?, caller.role().ok_or(Error::Forbidden)?);
    let mut reader = desk.store.read().await?;
    Ok(rows::totals(&mut reader, caller.client(), person).await?)
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
    let person = (caller.person().ok_or(Error::Forbidden)?, caller.role().ok_or(Error::Forbidden)?);
    let made = match whose {
        Whose::Others => Made::ByOthers,
        Whose::Own => Made::BySelf,
        Whose::All => Made::ByAnyone,
    };
    let mut reader = desk.store.read().await?;
    let mut lines = rows::list(&mut reader, caller.client(), person, made, after, limit as i64 + 1).await?;
    let totals = rows::totals(&mut reader, caller.client(), person).await?;
    let (mut lifts, mut cases) = (Vec::new(), Vec::new());
    let (mut endings, mut limits) = (Vec::new(), Vec::new());
    if after.is_none() && caller.client().is_none() {
        lifts = freezes::active(&mut reader).await?;
        lifts.retain(Freeze::is_asked);
        lifts.truncate(OTHERS);
        cases = settling(&mut reader, OTHERS as i64).await?;
        let mine = |asker: Option<StaffId>| asker == Some(person.0);
        match whose {
            Whose::Others => {
                lifts.retain(|freeze| freeze.check_lift(caller).is_ok());
                cases.retain(|line| !mine(line.case.proposed_by));
            }
            Whose::Own => {
                lifts.retain(|freeze| freeze.check_lift(caller).is_err());
                cases.retain(|line| mine(line.case.proposed_by));
            }
            Whose::All => {}
        }
    }
    if after.is_none() && allows(caller, Operation::ManageRules) {
        endings = approval_rules::ending(&mut reader, OTHERS as i64).await?;
        limits = limit_changes::list(&mut reader, OTHERS as i64).await?;
        let admins = second_admin::read(&mut reader, desk.clock.now()).await?;
        let may = |asker: Option<StaffId>| asker.is_some_and(|asker| admins.check_agree(asker, person.0).is_ok());
        if whose != Whose::All {
            let wanted = whose == Whose::Others;
            endings.retain(|line| may(line.rule.end_asked_by) == wanted);
            limits.retain(|line| may(Some(line.change.asked_by)) == wanted);
        }
    }
    let more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines.last().map(|line| line.id).filter(|_| more);
    Ok(Inbox { lines, next, totals, lifts, cases, endings, limits })
}
