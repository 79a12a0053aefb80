//! What becomes of an item of a batch, said from the outcome of its unit.

use super::approve;
use crate::domain::approval::counted;
use crate::domain::batch::{ItemRef, ItemResult, ItemState, in_full};
use crate::domain::books::Books;
use crate::domain::command::{Command, Done, Outcome};
use crate::domain::payout_link::State as LinkState;

pub(super) fn result(books: &Books, (item, command): (ItemRef, &Command), outcome: &Outcome, now: i64) -> ItemResult {
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
            let again = || outcome.repeated.then(|| "It was made before; nothing was made again.".to_owned());
            let reason = waits(books, command, done).or_else(again);
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

/// Said of what is done and yet does not go on, because it waits for somebody's yes.
fn waits(books: &Books, command: &Command, done: &Done) -> Option<String> {
    let is_new = matches!(command, Command::Create(_) | Command::CreateLink(_));
    match done {
        Done::Payout(record) if record.payout.waits_for_approval() => match command {
            Command::Decide(decide) if decide.approve => Some(counted(approve::left(books, record))),
            _ => is_new.then(|| MADE.to_owned()),
        },
        Done::Link(record) if record.link.state == LinkState::Pending => is_new.then(|| MADE.to_owned()),
        _ => None,
    }
}

const MADE: &str = "Made; it waits for approval.";
