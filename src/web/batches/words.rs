//! The words of batches, their verbs and their results.

use crate::domain::batch::{Batch, Fate, ItemState, State, Verb};
use crate::domain::money::group;
use crate::web::display::StatusView;

/// `1 payout`, `1,204 payouts`, `3 payout links`.
pub fn things(verb: Verb, count: i64) -> String {
    let (one, more) = match verb {
        Verb::CreateLinks => ("payout link", "payout links"),
        _ => ("payout", "payouts"),
    };
    format!("{} {}", number(count), if count == 1 { one } else { more })
}

pub fn number(count: i64) -> String {
    group(count.max(0).unsigned_abs())
}

/// What is asked for, as an order: `Cancel`.
pub fn order(verb: Verb) -> &'static str {
    match verb {
        Verb::Cancel => "Cancel",
        Verb::Approve => "Approve",
        Verb::Reverse => "Reverse",
        Verb::CreatePayouts | Verb::CreateLinks => "Make",
    }
}

/// What goes on: `Cancelling`.
pub fn going_on(verb: Verb) -> &'static str {
    match verb {
        Verb::Cancel => "Cancelling",
        Verb::Approve => "Approving",
        Verb::Reverse => "Reversing",
        Verb::CreatePayouts | Verb::CreateLinks => "Making",
    }
}

/// What was done: `cancelled`.
pub fn done(verb: Verb) -> &'static str {
    match verb {
        Verb::Cancel => "cancelled",
        Verb::Approve => "approved",
        Verb::Reverse => "asked back",
        Verb::CreatePayouts | Verb::CreateLinks => "made",
    }
}

pub fn status(state: State) -> StatusView {
    let (class, word) = match state {
        State::Sorting => ("s-processing", "Being sorted"),
        State::Ready => ("s-approve", "Ready to start"),
        State::Running => ("s-processing", "Running"),
        State::Paused => ("s-action", "Paused"),
        State::Stopped => ("s-cancelled", "Stopped"),
        State::Done => ("s-completed", "Done"),
    };
    StatusView { class, word }
}

/// The result of an item, or what is to become of it.
pub fn item(batch: &Batch, state: ItemState, ask: bool) -> StatusView {
    let started = batch.started_at.is_some();
    let (class, word) = match (state, batch.verb) {
        (ItemState::Pending, _) if batch.state == State::Stopped => ("s-expired", "Not done"),
        (ItemState::Pending, _) if started => ("s-queued", "Still to do"),
        (ItemState::Pending, _) if ask => ("s-asked", "Will be asked for"),
        (ItemState::Pending, Verb::Cancel) => ("s-cancelled", "Will be cancelled"),
        (ItemState::Pending, Verb::Approve) => ("s-queued", "Will be approved"),
        (ItemState::Pending, Verb::Reverse) => ("s-reversed", "Will be asked back"),
        (ItemState::Pending, _) => ("s-queued", "Will be made"),
        (ItemState::Done, Verb::Cancel) => ("s-cancelled", "Cancelled"),
        (ItemState::Done, Verb::Approve) => ("s-queued", "Approved"),
        (ItemState::Done, Verb::Reverse) => ("s-reversed", "Asked back"),
        (ItemState::Done, _) => ("s-completed", "Made"),
        (ItemState::Asked, _) => ("s-asked", "Provider asked"),
        (ItemState::Refused, Verb::Cancel) => ("s-failed", "Not cancelled"),
        (ItemState::Refused, Verb::Approve) => ("s-failed", "Not approved"),
        (ItemState::Refused, Verb::Reverse) => ("s-failed", "Not reversed"),
        (ItemState::Refused, _) => ("s-failed", "Not made"),
        (ItemState::Failed, _) => ("s-failed", "Not written"),
    };
    StatusView { class, word }
}

/// Class, heading and text of a group of the preview.
pub fn group_of(verb: Verb, fate: Fate, items: i64) -> (&'static str, String, &'static str) {
    let count = number(items);
    match (fate, verb) {
        (Fate::Now, Verb::Cancel) => (
            "s-cancelled",
            format!("{count} will be cancelled now"),
            "Not sent to a provider yet. The money is back in the wallet at once.",
        ),
        (Fate::Now, Verb::Approve) => {
            ("s-queued", format!("{count} will be approved"), "They go into the queue, and to the provider from there.")
        }
        (Fate::Now, Verb::Reverse) => (
            "s-reversed",
            format!("{count} will be asked back"),
            "All that is left of each. The money comes back when the provider brings it; fees stay.",
        ),
        (Fate::Now, _) => ("s-queued", format!("{count} will be made"), "Each row becomes one."),
        (Fate::Ask, _) => (
            "s-asked",
            format!("{count} will be asked for"),
            "Already with the provider, who may say no. The money stays held until they answer.",
        ),
        (Fate::Cannot, Verb::Cancel) => {
            ("s-failed", format!("{count} cannot be cancelled"), "They are left as they are.")
        }
        (Fate::Cannot, Verb::Approve) => {
            ("s-failed", format!("{count} cannot be approved"), "They are left as they are.")
        }
        (Fate::Cannot, Verb::Reverse) => {
            ("s-failed", format!("{count} cannot be reversed"), "They are left as they are.")
        }
        (Fate::Cannot, _) => ("s-failed", format!("{count} cannot be made"), "Nothing is made of them."),
    }
}

/// `7 of 13 done`.
pub fn progress(batch: &Batch) -> String {
    match batch.state {
        State::Sorting => format!("{} sorted so far", number(batch.items)),
        _ => format!("{} of {} done", number(batch.handled()), number(batch.items)),
    }
}
