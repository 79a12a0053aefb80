//! What becomes of an item of a batch, said from the outcome of its unit.

use crate::domain::batch::{ItemRef, ItemResult, ItemState, in_full};
use crate::domain::command::{Done, Outcome};

pub(super) fn result(item: ItemRef, outcome: &Outcome, now: i64) -> ItemResult {
    let ItemRef { batch_id, seq } = item;
    let told = ItemResult { batch_id, seq, state: ItemState::Done, rule: None, reason: None, result_id: None, at: now };
    match &outcome.result {
        Ok(done) => {
            let result_id = match done {
                Done::Payout(record) => record.payout.id.to_string(),
                Done::Reversal(reversal) => reversal.id.to_string(),
                Done::Cancellation(cancellation) => cancellation.id.to_string(),
                Done::TopUp(transaction) => transaction.id.to_string(),
                Done::Link(record) => record.link.id.to_string(),
                Done::Transfer(transfer) => transfer.id.to_string(),
                Done::Request(request) => request.id.to_string(),
                Done::Quote(quoted) => quoted.quote.id.to_string(),
            };
            let state = if matches!(done, Done::Cancellation(_)) { ItemState::Asked } else { ItemState::Done };
            let reason = outcome.repeated.then(|| "It was made before; nothing was made again.".to_owned());
            ItemResult { state, reason, result_id: Some(result_id), ..told }
        }
        Err(refusal) => ItemResult {
            state: ItemState::Refused,
            rule: Some(refusal.rule.code().to_owned()),
            reason: Some(in_full(refusal)),
            ..told
        },
    }
}
