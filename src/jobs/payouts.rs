//! Moves payouts on: queues them, hands them to their rail, and asks what became of them.

use futures_util::{StreamExt, stream};

use super::{CALLS, LEASE, LOOK, caller, pause};
use crate::domain::command::{Advance, Command, News, PayoutRecord, Unit};
use crate::domain::payout::{Payout, State};
use crate::error::Error;
use crate::rails::{Order, Rail, Status, sandbox::Sandbox};
use crate::service::Desk;
use crate::store::payouts;

/// A payout that waits for an action expires after 30 days, in microseconds.
const ACTION_TIME: i64 = 30 * 24 * 3600 * 1_000_000;

/// Works through everything that is due, set by set.
pub async fn advance(desk: &Desk) -> Result<(), Error> {
    loop {
        let now = desk.clock.now();
        let mut reader = desk.store.read().await?;
        let due = payouts::due(&mut reader, now, LOOK).await?;
        drop(reader);
        let full = due.len() as i64 == LOOK;
        let (own, at_rail): (Vec<_>, Vec<_>) = due.into_iter().partition(|record| own_step(desk, record, now).is_some());
        submit(desk, &own, now).await?;
        ask(desk, at_rail, now, false).await?;
        if !full {
            return Ok(());
        }
    }
}

/// The step that needs no rail's answer: queue, hand over, expire.
fn own_step(desk: &Desk, record: &PayoutRecord, now: i64) -> Option<(News, Option<i64>)> {
    let payout = &record.payout;
    match payout.state {
        State::Created => Some((News::Queued, Some(now + desk.config.sandbox_delay))),
        State::Queued => Some((News::Submitted, Some(now + LEASE))),
        State::ActionRequired if payout.submitted_at.is_none() => Some((News::Expired, None)),
        _ => None,
    }
}

/// Commits the own steps as one set; what was handed over is then, and only then, given to its rail.
async fn submit(desk: &Desk, records: &[PayoutRecord], now: i64) -> Result<(), Error> {
    let units = records
        .iter()
        .filter_map(|record| {
            own_step(desk, record, now).map(|(news, due_at)| unit(&record.payout, news, due_at, "advance"))
        })
        .collect();
    let outcomes = desk.store.run_set(units).await?;
    let handed: Vec<PayoutRecord> = outcomes
        .into_iter()
        .filter_map(|outcome| match outcome.result {
            Ok(crate::domain::command::Done::Payout(record)) => Some(*record),
            _ => None,
        })
        .filter(|record| record.payout.state == State::Processing)
        .collect();
    ask(desk, handed, now, true).await
}

/// Calls the rails outside any transaction, then commits what they said as one set.
async fn ask(desk: &Desk, records: Vec<PayoutRecord>, now: i64, first: bool) -> Result<(), Error> {
    if records.is_empty() {
        return Ok(());
    }
    let answers: Vec<(Order, Status)> = stream::iter(records)
        .map(|record| async move {
            let order = Order { payout: record.payout, account_identifiers: record.payee.account_identifiers };
            let rail = desk.rails.of(&order.payout.rail);
            let status = if first { rail.submit(&order, now).await } else { rail.status(&order, now).await };
            (order, status)
        })
        .buffered(CALLS)
        .collect()
        .await;
    let units = answers
        .into_iter()
        .map(|(order, status)| {
            let (news, due_at) = news(desk, &order, status, now);
            unit(&order.payout, news, due_at, "rail")
        })
        .collect();
    desk.store.run_set(units).await?;
    Ok(())
}

/// What a rail's words mean for the payout, and when to look again.
fn news(desk: &Desk, order: &Order, status: Status, now: i64) -> (News, Option<i64>) {
    let payout = &order.payout;
    let step = desk.config.sandbox_step;
    let age = now - payout.outcome_unknown_since.or(payout.submitted_at).unwrap_or(now);
    match status {
        Status::Accepted { .. } if payout.state == State::Settling => (News::Unchanged, Some(now + step)),
        Status::Accepted { reference } => (News::Accepted { reference }, Some(now + step)),
        Status::Paid { reference } => {
            let watch = Sandbox::watches_completed(order).then_some(now + step);
            (News::Completed { reference }, watch)
        }
        Status::Failed { code, reason } => (News::Failed { code, reason }, None),
        Status::NotTaken { reason } => (News::NotTaken { reason }, Some(now + ACTION_TIME)),
        Status::ActionNeeded { .. } if payout.state == State::ActionRequired => {
            (News::Unchanged, Some(now + pause(age, step)))
        }
        Status::ActionNeeded { reason } => (News::ActionNeeded { reason }, Some(now + pause(age, step))),
        Status::Returned { reason } => (News::Returned { reason }, None),
        Status::Unchanged => (News::Unchanged, Some(now + pause(age, step))),
        Status::Unknown => (News::Unknown, Some(now + pause(age, step))),
    }
}

fn unit(payout: &Payout, news: News, due_at: Option<i64>, job: &str) -> Unit {
    let advance = Advance { payout_id: payout.id, news, due_at };
    Unit { caller: caller(job), key: None, command: Command::Advance(advance) }
}
