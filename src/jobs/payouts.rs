//! Moves payouts on: queues them, hands them to their rail, and asks what became of them.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, stream};

use super::{BROKEN_PAUSE, CALLS, LEASE, LOOK, ROUNDS, caller, commit, count_questions, heard, order, pause};
use crate::domain::case::Kind;
use crate::domain::command::{Advance, Command, Done, News, PayoutRecord, Unit};
use crate::domain::ids::PayoutId;
use crate::domain::manual;
use crate::domain::payout::{Payout, State};
use crate::error::Error;
use crate::rails::{Order, Rail, Status};
use crate::service::Desk;
use crate::store::payouts;

/// A payout that waits for an action expires after 30 days, in microseconds.
const ACTION_TIME: i64 = 30 * 24 * 3600 * 1_000_000;

/// A payout that waits for money fails after 90 days, in microseconds (contracts/razorpay.md section 4.6).
const MONEY_TIME: i64 = 90 * 24 * 3600 * 1_000_000;

/// What staff settled is asked about for three days, in microseconds: a rail may answer late.
const SETTLED_WATCH: i64 = 3 * 24 * 3600 * 1_000_000;

/// Works through what is due now, set by set.
pub async fn advance(desk: &Desk) -> Result<(), Error> {
    let now = desk.clock.now();
    for _ in 0..ROUNDS {
        let mut reader = desk.store.read().await?;
        let due = payouts::due(&mut reader, now, LOOK).await?;
        drop(reader);
        let full = due.len() as i64 == LOOK;
        let (own, at_rail): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|record| own_step(desk, record, now).is_some());
        submit(desk, &own, now).await?;
        ask(desk, at_rail, now, false).await?;
        if !full {
            return Ok(());
        }
    }
    // There is more: the next look comes at once, after the other jobs had their turn.
    desk.wake.notify_one();
    Ok(())
}

/// The step that needs no rail's answer: queue, hand over, expire.
fn own_step(desk: &Desk, record: &PayoutRecord, now: i64) -> Option<(News, Option<i64>)> {
    let payout = &record.payout;
    match payout.state {
        State::Created => Some((News::Queued, Some(now + desk.config.sandbox_delay))),
        State::Queued if payout.waits_for_money() && now - payout.queued_at.unwrap_or(now) >= MONEY_TIME => {
            let reason = "The wallet did not have enough money for three months.".to_owned();
            Some((News::Failed { code: "low_balance".into(), reason }, None))
        }
        State::Queued if payout.waits_for_money() => Some((News::Funded, Some(now + desk.config.sandbox_delay))),
        State::ActionRequired if payout.submitted_at.is_none() => Some((News::Expired, None)),
        // Staff pay it, and nobody else can be asked: what they took and did not record for so long, nobody knows.
        State::Processing if manual::pays(payout) => Some((News::Unknown, None)),
        _ if manual::pays(payout) => Some((News::Unchanged, None)),
        State::Queued => Some((News::Submitted, Some(now + LEASE))),
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
    let outcomes = commit(desk, units).await?;
    let handed: Vec<PayoutRecord> = outcomes
        .into_iter()
        .filter_map(|outcome| match outcome.result {
            Ok(Done::Payout(record)) => Some(*record),
            _ => None,
        })
        .filter(|record| record.payout.state == State::Processing && !manual::pays(&record.payout))
        .collect();
    ask(desk, handed, now, true).await
}

/// Calls the rails outside any transaction, then commits what they said as one set.
async fn ask(desk: &Desk, records: Vec<PayoutRecord>, now: i64, first: bool) -> Result<(), Error> {
    if records.is_empty() {
        return Ok(());
    }
    let mut orders = Vec::with_capacity(records.len());
    let mut settled = HashMap::new();
    for record in records {
        settled.extend(record.settled_at().map(|at| (record.payout.id, at)));
        let id = record.payout.id;
        match order(desk, record) {
            Some(order) => orders.push(order),
            None => {
                desk.store.write(move |tx| Box::pin(payouts::postpone(tx, id, now + BROKEN_PAUSE))).await?;
            }
        }
    }
    let answers: Vec<(Order, Status)> = stream::iter(orders)
        .map(|order| async move {
            let status = status(&desk.rails.of(&order.payout.rail), &order, now, first).await;
            (order, status)
        })
        .buffered(CALLS)
        .collect()
        .await;
    let (unheard, mut answers): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|(order, status)| is_lost(order, status));
    answers.extend(hand_again(desk, unheard.into_iter().map(|(order, _)| order).collect(), now).await?);
    let doubted = answers.iter().filter(|(order, _)| order.payout.outcome_unknown_since.is_some());
    count_questions(desk, Kind::UnknownPayout, doubted.map(|(order, _)| order.payout.id.to_string()).collect()).await?;
    let units = answers
        .into_iter()
        .map(|(order, status)| {
            let (news, due_at) = news(desk, &order, status, settled.get(&order.payout.id).copied(), now);
            unit(&order.payout, news, due_at, "rail")
        })
        .collect();
    commit(desk, units).await?;
    Ok(())
}

/// Hands over the first time, and asks from then on.
async fn status(rail: &impl Rail, order: &Order, now: i64, first: bool) -> Status {
    match first {
        true => heard(rail.submit(order, now), Status::Unknown).await,
        false => heard(rail.status(order, now), Status::Unknown).await,
    }
}

/// Whether the hand-over never reached the rail that should have the payout.
fn is_lost(order: &Order, status: &Status) -> bool {
    *status == Status::Unheard && order.payout.state == State::Processing
}

/// Gives lost payouts to their rails again, with the same key; as with the first time only after a unit has found
/// that nothing stands in the way by now.
async fn hand_again(desk: &Desk, lost: Vec<Order>, now: i64) -> Result<Vec<(Order, Status)>, Error> {
    let units = lost.iter().map(|order| unit(&order.payout, News::Again, Some(now + LEASE), "advance")).collect();
    let free: HashSet<PayoutId> = commit(desk, units)
        .await?
        .into_iter()
        .filter_map(|outcome| match outcome.result {
            Ok(Done::Payout(record)) => Some(record.payout.id),
            _ => None,
        })
        .collect();
    let again = lost.into_iter().filter(|order| free.contains(&order.payout.id));
    let again = stream::iter(again).map(|order| async move {
        let status = status(&desk.rails.of(&order.payout.rail), &order, now, true).await;
        (order, status)
    });
    Ok(again.buffered(CALLS).collect().await)
}

/// What a rail's words mean for the payout, and when to look again; `settled` is when staff settled it without the rail.
fn news(desk: &Desk, order: &Order, status: Status, settled: Option<i64>, now: i64) -> (News, Option<i64>) {
    let payout = &order.payout;
    let step = desk.config.sandbox_step;
    let age = now - payout.outcome_unknown_since.or(payout.submitted_at).unwrap_or(now);
    let watch = match settled {
        Some(at) if now - at < SETTLED_WATCH => Some(now + pause(now - at, step)),
        _ => desk.rails.of(&payout.rail).watches(order, now).then_some(now + step),
    };
    match status {
        // It was refunded: only that it was paid all the same is news.
        Status::Paid { reference } if payout.is_refunded() => (News::Completed { reference }, watch),
        _ if payout.is_refunded() => (News::Unchanged, watch),
        Status::Returned { reason } => (News::Returned { reason }, None),
        // Staff took it for paid, and its rail says now that the money never arrived: it comes back.
        Status::Failed { reason, .. } if payout.state == State::Completed && settled.is_some() => {
            (News::Returned { reason }, None)
        }
        // It said that it had paid it: nobody knows which of both is true.
        Status::Failed { code, reason } if payout.stands_as_paid() => {
            (News::FailedAfterPaid { code, reason }, watch.map(|_| now + pause(age, step)))
        }
        // Only a return is news of a payout whose outcome is known.
        _ if payout.state == State::Completed => (News::Unchanged, watch.map(|_| now + pause(age, step))),
        Status::Accepted { .. } if payout.state == State::Settling => (News::Unchanged, Some(now + step)),
        Status::Accepted { reference } => (News::Accepted { reference }, Some(now + step)),
        Status::Paid { reference } => (News::Completed { reference }, watch),
        Status::Failed { code, reason } => (News::Failed { code, reason }, watch),
        Status::NotTaken { reason } => (News::NotTaken { reason }, Some(now + ACTION_TIME)),
        Status::ActionNeeded { .. } if payout.state == State::ActionRequired => {
            (News::Unchanged, Some(now + pause(age, step)))
        }
        Status::ActionNeeded { reason } => (News::ActionNeeded { reason }, Some(now + pause(age, step))),
        Status::Unchanged => (News::Unchanged, Some(now + pause(age, step))),
        Status::Unknown | Status::Unheard => (News::Unknown, Some(now + pause(age, step))),
    }
}

fn unit(payout: &Payout, news: News, due_at: Option<i64>, job: &str) -> Unit {
    let advance = Advance { payout_id: payout.id, version: Some(payout.version), news, due_at };
    Unit { caller: caller(job), key: None, command: Command::Advance(advance), item: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::{Answer, NewPayout, PayeeChoice, PayeeDetails, Reversed, Terms};
    use crate::domain::reversal::Reversal;

    /// A rail that never heard of anything, and takes what it is given.
    struct Forgetful;

    impl Rail for Forgetful {
        async fn submit(&self, _: &Order, _: i64) -> Status {
            Status::Accepted { reference: None }
        }
        async fn status(&self, _: &Order, _: i64) -> Status {
            Status::Unheard
        }
        async fn cancel(&self, _: &Order, _: i64) -> Answer {
            Answer::Unknown
        }
        async fn reverse(&self, _: &Order, _: &Reversal, _: i64) -> Reversed {
            Reversed::Unknown
        }
    }

    fn order(state: State) -> Order {
        use crate::domain::{
            books::Books, caller::Caller, caller::Via, ids::Mint, money::Currency, money::Money, plan,
        };
        let mut books = Books::default();
        let mut wallet = crate::domain::wallet::tests::wallet(Currency::USD);
        wallet.available_minor = 10_000;
        books.wallets.insert(wallet.id, wallet);
        let details = PayeeDetails { first_name: "John".into(), fingerprint: "f".into(), ..PayeeDetails::default() };
        let new = NewPayout {
            wallet_number: 1,
            amount: Money::new(100, Currency::USD),
            payee: PayeeChoice::Inline(Box::new(details)),
            reference_id: "r".into(),
            description: None,
            metadata: None,
            terms: Terms::default(),
        };
        let command = Command::Create(Box::new(new));
        let unit = Unit { caller: Caller::system(Via::Job, "test"), key: None, command, item: None };
        let mut mint = Mint::new(|| 42);
        mint.turn_to(1_000);
        match plan::plan(&mut books, &unit, &mut mint).result {
            Ok(Done::Payout(record)) => Order { payout: Payout { state, ..record.payout }, account_identifiers: None },
            other => panic!("{other:?}"),
        }
    }

    /// A rail that takes for ever.
    struct Endless;

    impl Rail for Endless {
        async fn submit(&self, _: &Order, _: i64) -> Status {
            std::future::pending().await
        }
        async fn status(&self, _: &Order, _: i64) -> Status {
            std::future::pending().await
        }
        async fn cancel(&self, _: &Order, _: i64) -> Answer {
            std::future::pending().await
        }
        async fn reverse(&self, _: &Order, _: &Reversal, _: i64) -> Reversed {
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn a_rail_that_takes_too_long_leaves_the_outcome_unknown() {
        let told = async {
            for first in [true, false] {
                assert_eq!(status(&Endless, &order(State::Processing), 0, first).await, Status::Unknown);
            }
            assert_eq!(heard(Endless.cancel(&order(State::Processing), 0), Answer::Unknown).await, Answer::Unknown);
        };
        tokio::time::timeout(std::time::Duration::from_secs(10), told).await.expect("nobody waits for ever");
    }

    #[tokio::test]
    async fn a_bug_in_a_rails_call_leaves_the_outcome_unknown() {
        assert_eq!(heard(async { panic!("a bug in a rail") }, Status::Unknown).await, Status::Unknown);
    }

    #[tokio::test]
    async fn what_the_rail_never_heard_of_is_lost_unless_it_has_taken_it_before() {
        for (state, lost) in [(State::Processing, true), (State::Settling, false), (State::ActionRequired, false)] {
            let said = status(&Forgetful, &order(state), 0, false).await;
            assert_eq!(is_lost(&order(state), &said), lost, "{state:?}");
        }
        let again = status(&Forgetful, &order(State::Processing), 0, true).await;
        assert_eq!(again, Status::Accepted { reference: None });
        assert!(!is_lost(&order(State::Processing), &again));
    }
}
