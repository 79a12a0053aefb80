//! Asks rails to stop payouts that they already have, and books their answers.

use std::collections::HashSet;

use futures_util::{StreamExt, stream};

use super::{BROKEN_PAUSE, CALLS, LOOK, ROUNDS, caller, commit, count_questions, heard, order, pause};
use crate::domain::cancellation::{Cancellation, State as Asked};
use crate::domain::case::Kind;
use crate::domain::command::{Answer, CancellationNews, Command, Unit};
use crate::domain::payout::State;
use crate::error::Error;
use crate::rails::Rail;
use crate::service::Desk;
use crate::store::{payouts, reversals};

/// Works through the cancellations that are due, set by set.
pub async fn ask(desk: &Desk) -> Result<(), Error> {
    let now = desk.clock.now();
    let mut had_turn = HashSet::new();
    for _ in 0..ROUNDS {
        let mut reader = desk.store.read().await?;
        let mut due = reversals::due_cancellations(&mut reader, now, LOOK).await?;
        drop(reader);
        let full = due.len() as i64 == LOOK;
        // What is due still after its turn has its next one at the next look: nobody runs in circles.
        due.retain(|cancellation| had_turn.insert(cancellation.id));
        if due.is_empty() {
            return Ok(());
        }
        ask_about(desk, due, now).await?;
        if !full {
            return Ok(());
        }
    }
    // There is more: the next look comes at once, after the other jobs had their turn.
    desk.wake.notify_one();
    Ok(())
}

/// Calls the rails outside any transaction, then commits what they said as one set.
async fn ask_about(desk: &Desk, due: Vec<Cancellation>, now: i64) -> Result<(), Error> {
    let mut reader = desk.store.read().await?;
    let ids: Vec<_> = due.iter().map(|cancellation| cancellation.payout_id).collect();
    let records = payouts::records(&mut reader, &ids).await?;
    drop(reader);
    let mut questions = Vec::with_capacity(due.len());
    for asked in due {
        let record = records.iter().find(|record| record.payout.id == asked.payout_id).cloned();
        match record.and_then(|record| order(desk, record)) {
            Some(order) => questions.push((asked, order)),
            None => {
                let id = asked.id;
                let due_at = now + BROKEN_PAUSE;
                desk.store.write(move |tx| Box::pin(reversals::postpone_cancellation(tx, id, due_at))).await?;
            }
        }
    }
    let doubted = questions.iter().filter(|(asked, _)| asked.state == Asked::Unanswered);
    let doubted = doubted.map(|(asked, _)| asked.id.to_string()).collect();
    count_questions(desk, Kind::UnansweredCancellation, doubted).await?;
    let units: Vec<Unit> = stream::iter(questions)
        .map(|(asked, order)| async move {
            // A payout that has ended, or is on its way, answers the question itself.
            let answer = if order.payout.state.may_become(State::Cancelled) {
                heard(desk.rails.of(&order.payout.rail).cancel(&order, now), Answer::Unknown).await
            } else {
                Answer::No(order.payout.too_late())
            };
            let step = desk.config.sandbox_step;
            let due_at = match answer {
                Answer::Unknown => Some(now + pause(now - asked.id.created_at(), step)),
                // It agreed; whether it keeps to that is looked at where it may not.
                Answer::Yes => desk.rails.of(&order.payout.rail).watches(&order, now).then_some(now + step),
                Answer::No(_) => None,
            };
            let news = CancellationNews {
                cancellation_id: asked.id,
                payout_id: asked.payout_id,
                version: Some(asked.version),
                answer,
                due_at,
            };
            Unit { caller: caller("cancellation"), key: None, command: Command::CancellationNews(news), item: None }
        })
        .buffered(CALLS)
        .collect()
        .await;
    commit(desk, units).await?;
    Ok(())
}
