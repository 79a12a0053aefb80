//! What a payout link promises, as its recipient reads it. Staff see the same in the preview.

use super::super::display::{MoneyText, TimeView};
use super::super::time::Zone;
use crate::domain::command::LinkRecord;

/// From whom, how much, for what, until when; drawn by `claim/_offer.html`.
#[derive(Clone, Debug)]
pub struct OfferView {
    /// Who pays.
    pub sender: String,
    pub amount: MoneyText,
    /// Whom it is for.
    pub to: String,
    pub purpose: Option<String>,
    /// The client's reference and, where it is no proof, the receipt.
    pub reference: Option<String>,
    /// Until when it can be claimed, and how long that is.
    pub until: Option<(TimeView, String)>,
}

/// One row of a list of facts.
#[derive(Clone, Debug)]
pub struct Fact {
    pub label: String,
    pub value: String,
}

/// One of the steps on the way to the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepView {
    pub word: &'static str,
    pub done: bool,
    pub current: bool,
}

/// Where the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Proof,
    Details,
    Review,
    Follow,
}

impl OfferView {
    /// `now` in Unix microseconds. The receipt is left out where its digits are what the reader has to prove.
    pub fn of(record: &LinkRecord, now: i64, with_receipt: bool) -> OfferView {
        let link = &record.link;
        let receipt = link.receipt.clone().filter(|_| with_receipt);
        let until = link.expire_by.map(|end| (Zone::default().full(end), in_words(end - now)));
        OfferView {
            sender: record.client_name.clone(),
            amount: link.amount().into(),
            to: link.contact_name.clone(),
            purpose: link.description.clone().or_else(|| link.purpose.as_deref().map(capital)),
            reference: match (link.reference.clone(), receipt) {
                (Some(reference), Some(receipt)) => Some(format!("{reference}, {receipt}")),
                (reference, receipt) => reference.or(receipt),
            },
            until,
        }
    }
}

impl Fact {
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Fact {
        Fact { label: label.into(), value: value.into() }
    }
}

/// The steps, without the first where nothing has to be proved.
pub fn steps(at: At, proves: bool) -> Vec<StepView> {
    let all = [
        (At::Proof, "Check it is you"),
        (At::Details, "Where to send it"),
        (At::Review, "Check and confirm"),
        (At::Follow, "Follow it"),
    ];
    let here = all.iter().position(|(step, _)| *step == at).unwrap_or(0);
    let views = all
        .iter()
        .enumerate()
        .map(|(place, (step, word))| (*step, StepView { word, done: place < here, current: place == here }));
    views.filter(|(step, _)| proves || *step != At::Proof).map(|(_, view)| view).collect()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// How far away a moment is: `in 3 days`, `in 5 hours`, `in 12 minutes`.
fn in_words(micros: i64) -> String {
    let minutes = (micros / 60_000_000).max(0);
    let many = |count: i64, one: &str| if count == 1 { format!("in 1 {one}") } else { format!("in {count} {one}s") };
    match minutes {
        2_880.. => many(minutes / 1_440, "day"),
        120.. => many(minutes / 60, "hour"),
        _ => many(minutes.max(1), "minute"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_told_in_one_unit() {
        let minute = 60_000_000;
        for (minutes, words) in [
            (0, "in 1 minute"),
            (59, "in 59 minutes"),
            (119, "in 119 minutes"),
            (120, "in 2 hours"),
            (2_879, "in 47 hours"),
            (2_880, "in 2 days"),
            (20_000, "in 13 days"),
        ] {
            assert_eq!(in_words(minutes * minute), words);
        }
    }

    #[test]
    fn who_has_nothing_to_prove_has_three_steps() {
        let words = |at, proves| steps(at, proves).into_iter().map(|step| step.word).collect::<Vec<_>>();
        assert_eq!(words(At::Details, false), ["Where to send it", "Check and confirm", "Follow it"]);
        let all = steps(At::Details, true);
        assert!(all[0].done && all[1].current && !all[1].done && !all[2].done && !all[3].current);
    }
}
