//! Asks rails to bring back what was reversed, and books their answers.

use std::collections::HashSet;

use futures_util::{StreamExt, stream};

use super::{BROKEN_PAUSE, CALLS, LOOK, ROUNDS, caller, commit, count_questions, heard, order, pause};
use crate::domain::case::Kind;
use crate::domain::command::{Command, ReversalNews, Reversed, Unit};
use crate::domain::reversal::Reversal;
use crate::error::Error;
use crate::rails::Rail;
use crate::service::Desk;
use crate::store::{payouts, reversals};

/// Works through the reversals that are due, set by set.
pub async fn ask(desk: &Desk) -> Result<(), Error> {
    let now = desk.clock.now();
    let mut had_turn = HashSet::new();
    for _ in 0..ROUNDS {
        let mut reader = desk.store.read().await?;
        let mut due = reversals::due(&mut reader, now, LOOK).await?;
        drop(reader);
        let full = due.len() as i64 == LOOK;
        // What is due still after its turn has its next one at the next look: nobody runs in circles.
        due.retain(|reversal| had_turn.insert(reversal.id));
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
async fn ask_about(desk: &Desk, due: Vec<Reversal>, now: i64) -> Result<(), Error> {
    let mut reader = desk.store.read().await?;
    let ids: Vec<_> = due.iter().map(|reversal| reversal.payout_id).collect();
    let records = payouts::records(&mut reader, &ids).await?;
    drop(reader);
    let mut asked = Vec::with_capacity(due.len());
    for reversal in due {
        let record = records.iter().find(|record| record.payout.id == reversal.payout_id).cloned();
        match record.and_then(|record| order(desk, record)) {
            Some(order) => asked.push((reversal, order)),
            None => {
                let id = reversal.id;
                desk.store.write(move |tx| Box::pin(reversals::postpone(tx, id, now + BROKEN_PAUSE))).await?;
            }
        }
    }
    let doubted = asked.iter().filter(|(reversal, _)| reversal.outcome_unknown_since.is_some());
    let doubted = doubted.map(|(reversal, _)| reversal.id.to_string()).collect();
    count_questions(desk, Kind::UnknownReversal, doubted).await?;
    let units: Vec<Unit> = stream::iter(asked)
        .map(|(reversal, order)| async move {
            // What the bank sent back whole answers the question itself.
            let answer = match order.payout.returned_at {
                Some(_) => Reversed::No("The bank had returned the payout by then.".into()),
                None => {
                    let rail = desk.rails.of(&order.payout.rail);
                    heard(rail.reverse(&order, &reversal, now), Reversed::Unknown).await
                }
            };
            let due_at = (answer == Reversed::Unknown)
                .then(|| now + pause(now - reversal.id.created_at(), desk.config.sandbox_step));
            let news = ReversalNews {
                reversal_id: reversal.id,
                payout_id: reversal.payout_id,
                version: Some(reversal.version),
                answer,
                due_at,
            };
            Unit { caller: caller("reversal"), key: None, command: Command::ReversalNews(news), item: None }
        })
        .buffered(CALLS)
        .collect()
        .await;
    commit(desk, units).await?;
    desk.answered.notify_waiters();
    Ok(())
}
