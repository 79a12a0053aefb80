//! The words of batches, their verbs and their results.

use crate::domain::batch::{Batch, Fate, ItemState, State, Verb};
use crate::domain::money::{Money, group};
use crate::web::display::{MoneyText, StatusView};

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
    if batch.drill {
        return in_drill(batch, state, ask);
    }
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

/// What would have become of an item: only cancelling is practised.
fn in_drill(batch: &Batch, state: ItemState, ask: bool) -> StatusView {
    let (class, word) = match state {
        ItemState::Pending if batch.state == State::Stopped => ("s-expired", "Not looked at"),
        ItemState::Pending if batch.started_at.is_some() => ("s-queued", "Still to do"),
        ItemState::Pending if ask => ("s-asked", "Would be asked for"),
        ItemState::Pending => ("s-cancelled", "Would be cancelled"),
        ItemState::Done => ("s-cancelled", "Would have been cancelled"),
        ItemState::Asked => ("s-asked", "Would have been asked for"),
        ItemState::Refused | ItemState::Failed => ("s-failed", "Could not be cancelled"),
    };
    StatusView { class, word }
}

/// The same for a drill: nothing of it happens.
pub fn group_in_drill(fate: Fate, items: i64) -> (&'static str, String, &'static str) {
    let count = number(items);
    match fate {
        Fate::Now => (
            "s-cancelled",
            format!("{count} would be cancelled"),
            "Not sent to a provider yet. In earnest the money would be back in the wallet at once.",
        ),
        Fate::Ask => (
            "s-asked",
            format!("{count} would be asked for"),
            "Already with the provider. In earnest they would be asked, and might say no.",
        ),
        Fate::Cannot => {
            ("s-failed", format!("{count} could not be cancelled"), "In earnest they would stay as they are.")
        }
    }
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

/// What came of a batch: `161 cancelled, 12 asked for, 3 not cancelled`; empty before the start.
pub fn results(batch: &Batch) -> String {
    if batch.started_at.is_none() {
        return String::new();
    }
    let part = |count: i64, words: String| (count > 0).then(|| format!("{} {words}", number(count)));
    let would = if batch.drill { "would have been " } else { "" };
    let parts = [
        part(batch.done, format!("{would}{}", done(batch.verb))),
        part(batch.asked, format!("{would}asked for")),
        part(batch.refused + batch.failed, format!("not {}", done(batch.verb))),
        part(batch.pending, "still to do".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What a batch was sorted into: `161 at once (USD 12.00), 12 to ask for (EUR 3.00)`.
pub fn sorted(batch: &Batch) -> String {
    if batch.sorted_at.is_none() {
        return "Being sorted".to_owned();
    }
    let groups = batch.summary().groups;
    let part = |fate: Fate, words: &str| {
        let of = || groups.iter().filter(|group| group.fate == fate);
        let items: i64 = of().map(|group| group.items).sum();
        let mut sums: Vec<Money> = of().flat_map(|group| group.sums.clone()).collect();
        sums.sort_by_key(|sum| sum.currency.code());
        let sums: Vec<String> = sums.into_iter().map(|sum| MoneyText::from(sum).prose()).collect();
        let sums = if sums.is_empty() { String::new() } else { format!(" ({})", sums.join(", ")) };
        (items > 0).then(|| format!("{} {words}{sums}", number(items)))
    };
    let parts =
        [part(Fate::Now, "at once"), part(Fate::Ask, "to ask the provider for"), part(Fate::Cannot, "impossible")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "Nothing was found".to_owned() } else { parts.join(", ") }
}

/// `7 of 13 done`.
pub fn progress(batch: &Batch) -> String {
    match batch.state {
        State::Sorting => format!("{} sorted so far", number(batch.items)),
        _ => format!("{} of {} done", number(batch.handled()), number(batch.items)),
    }
}
