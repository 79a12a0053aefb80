//! Asks rails to bring back what was reversed, and books their answers.

use futures_util::{StreamExt, stream};

use super::{CALLS, LOOK, caller, commit, heard, pause};
use crate::domain::command::{Answer, Command, ReversalNews, Unit};
use crate::error::Error;
use crate::rails::{Order, Rail};
use crate::service::Desk;
use crate::store::{payouts, reversals};

/// Works through the reversals that are due.
pub async fn ask(desk: &Desk) -> Result<(), Error> {
    let now = desk.clock.now();
    let mut reader = desk.store.read().await?;
    let due = reversals::due(&mut reader, now, LOOK).await?;
    if due.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = due.iter().map(|reversal| reversal.payout_id).collect();
    let records = payouts::records(&mut reader, &ids).await?;
    drop(reader);
    let units: Vec<Unit> = stream::iter(due)
        .filter_map(|reversal| {
            let record = records.iter().find(|record| record.payout.id == reversal.payout_id).cloned();
            async move { record.map(|record| (reversal, record)) }
        })
        .map(|(reversal, record)| async move {
            let order = Order { payout: record.payout, account_identifiers: record.payee.account_identifiers };
            let call = desk.rails.of(&order.payout.rail).reverse(&order, &reversal, now);
            let answer = heard(call, Answer::Unknown).await;
            let due_at = (answer == Answer::Unknown)
                .then(|| now + pause(now - reversal.id.created_at(), desk.config.sandbox_step));
            let news = ReversalNews {
                reversal_id: reversal.id,
                payout_id: reversal.payout_id,
                version: Some(reversal.version),
                answer,
                due_at,
            };
            Unit { caller: caller("reversal"), key: None, command: Command::ReversalNews(news) }
        })
        .buffered(CALLS)
        .collect()
        .await;
    commit(desk, units).await?;
    desk.answered.notify_waiters();
    Ok(())
}
