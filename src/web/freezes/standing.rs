//! How many payouts and payout links a freeze concerns, in tables.

use std::collections::BTreeMap;

use crate::domain::freeze::{Fate, Kind, Standing};
use crate::domain::money::{Currency, Money, group};
use crate::domain::payout::State;
use crate::domain::payout_link::State as LinkState;
use crate::web::display::{MoneyText, StatusView};
use crate::web::words;

/// Records of one kind and state, with a sum for each currency.
#[derive(Clone, Debug)]
pub struct StandingRow {
    /// `Payouts` or `Payout links`.
    pub what: &'static str,
    pub kind: Kind,
    pub bucket: String,
    /// The list of them, where they stand still.
    pub href: Option<String>,
    pub status: StatusView,
    pub fate: &'static str,
    pub now: Figures,
    /// How many, and how much, there were when it was frozen.
    pub then: Figures,
}

/// How many, and how much.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub count: String,
    pub sums: Vec<MoneyText>,
}

/// Which words tell what happens to records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It stands, or would.
    Frozen,
    /// It is over.
    Lifted,
    /// What the lift would do.
    Lift,
}

/// A count with its sums; counts per currency, so that a currency without records is left out.
#[derive(Clone, Debug, Default)]
struct Tally(BTreeMap<&'static str, (i64, Money)>);

/// What stands and is not over, those that a freeze stops first. What stands nowhere is left out.
pub fn open(now: &[Standing], then: &[Standing], told: Told) -> Vec<StandingRow> {
    let mut rows: Vec<(Fate, StandingRow)> = merged(now, then)
        .into_iter()
        .filter(|(part, ..)| part.fate() != Fate::Ended)
        .map(|(part, now, then)| (part.fate(), row(&part, told, &now, &then)))
        .collect();
    rows.sort_by_key(|(fate, _)| *fate != Fate::Stopped);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// What has ended since it was frozen: how many more stand in each final state.
pub fn ended(now: &[Standing], then: &[Standing]) -> Vec<StandingRow> {
    merged(now, then)
        .into_iter()
        .filter(|(part, ..)| part.fate() == Fate::Ended)
        .map(|(part, now, then)| (part, now.more_than(&then)))
        .filter(|(_, more)| more.records() > 0)
        .map(|(part, more)| row(&part, Told::Frozen, &more, &Tally::default()))
        .collect()
}

/// Records and sums of what a freeze stops.
pub fn stopped(parts: &[Standing]) -> (i64, Vec<MoneyText>) {
    total(parts.iter().filter(|part| part.fate() == Fate::Stopped))
}

/// Records and sums of these.
pub fn total<'a>(parts: impl Iterator<Item = &'a Standing>) -> (i64, Vec<MoneyText>) {
    let mut tally = Tally::default();
    parts.for_each(|part| tally.add(part.currency, part.records, part.amount_minor));
    (tally.records(), tally.sums())
}

/// Each kind and state that stands now or stood then, with both.
fn merged(now: &[Standing], then: &[Standing]) -> Vec<(Standing, Tally, Tally)> {
    let key = |part: &Standing| (place(part), part.kind, part.bucket.clone());
    let mut parts: BTreeMap<_, (Standing, Tally, Tally)> = BTreeMap::new();
    for part in now {
        let found = parts.entry(key(part)).or_insert_with(|| (part.clone(), Tally::default(), Tally::default()));
        found.1.add(part.currency, part.records, part.amount_minor);
    }
    for part in then {
        let found = parts.entry(key(part)).or_insert_with(|| (part.clone(), Tally::default(), Tally::default()));
        found.2.add(part.currency, part.records, part.amount_minor);
    }
    parts.into_values().filter(|(_, now, then)| now.records() > 0 || then.records() > 0).collect()
}

/// The order of a record's life.
fn place(part: &Standing) -> usize {
    const BUCKETS: [&str; 16] = [
        "to_approve",
        "pending",
        "created",
        "queued",
        "issued",
        "reopened",
        "unknown",
        "processing",
        "settling",
        "action_required",
        "completed",
        "processed",
        "cancelled",
        "rejected",
        "failed",
        "expired",
    ];
    BUCKETS.iter().position(|bucket| *bucket == part.bucket).unwrap_or(BUCKETS.len())
}

impl Tally {
    fn add(&mut self, currency: Currency, records: i64, minor: i64) {
        let (count, sum) = self.0.entry(currency.code()).or_insert((0, Money::new(0, currency)));
        *count += records;
        sum.minor = sum.minor.saturating_add(minor);
    }

    fn records(&self) -> i64 {
        self.0.values().map(|(count, _)| count).sum()
    }

    fn sums(&self) -> Vec<MoneyText> {
        self.0.values().filter(|(count, _)| *count > 0).map(|(_, sum)| MoneyText::from(*sum)).collect()
    }

    /// What there is beyond the other; a currency with less has nothing.
    fn more_than(&self, other: &Tally) -> Tally {
        let mut more = Tally::default();
        for (count, sum) in self.0.values() {
            let (before, held) = other.0.get(sum.currency.code()).map_or((0, 0), |(count, sum)| (*count, sum.minor));
            if *count > before {
                more.add(sum.currency, count - before, sum.minor - held);
            }
        }
        more
    }

    fn figures(&self) -> Figures {
        Figures { count: group(self.records().unsigned_abs()), sums: self.sums() }
    }
}

fn row(part: &Standing, told: Told, now: &Tally, then: &Tally) -> StandingRow {
    StandingRow {
        what: match part.kind {
            Kind::Payout => "Payouts",
            Kind::Link => "Payout links",
        },
        kind: part.kind,
        bucket: part.bucket.clone(),
        href: None,
        status: status(part),
        fate: fate(part, told),
        now: now.figures(),
        then: then.figures(),
    }
}

fn fate(part: &Standing, told: Told) -> &'static str {
    match (part.fate(), told) {
        (Fate::Ended, _) => "Over",
        (Fate::Stopped, Told::Frozen) => "Stopped",
        (Fate::Stopped, Told::Lifted) => "Was stopped",
        (Fate::Stopped, Told::Lift) => match part.bucket.as_str() {
            "to_approve" | "pending" => "Can be approved again",
            "issued" | "reopened" => "Can be claimed again",
            _ => "Goes to the provider",
        },
        (Fate::GoesOn, Told::Lifted) => "Went on",
        (Fate::GoesOn, _) => "Goes on",
    }
}

fn status(part: &Standing) -> StatusView {
    match (part.kind, part.bucket.as_str()) {
        (Kind::Payout, "to_approve") => StatusView { class: "s-approve", word: "To approve" },
        (Kind::Payout, "unknown") => StatusView { class: "s-unknown", word: "Outcome unknown" },
        (Kind::Payout, name) => words::state_status(State::from_name(name).unwrap_or(State::Created)),
        (Kind::Link, "reopened") => words::link_status(LinkState::Issued, true, None),
        (Kind::Link, name) => words::link_status(LinkState::from_name(name).unwrap_or(LinkState::Pending), false, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(bucket: &str, currency: Currency, records: i64) -> Standing {
        Standing { kind: Kind::Payout, bucket: bucket.into(), currency, records, amount_minor: records * 100 }
    }

    fn said(figures: &Figures) -> String {
        let sums: Vec<String> = figures.sums.iter().map(MoneyText::prose).collect();
        format!("{} {}", figures.count, sums.join(" "))
    }

    #[test]
    fn what_has_ended_since_is_the_difference_and_what_is_gone_shows_what_it_was() {
        let usd = |bucket, records| part(bucket, Currency::USD, records);
        let then = [usd("queued", 5), usd("cancelled", 2), usd("completed", 3)];
        let now = [usd("cancelled", 6), usd("processing", 1), usd("completed", 3)];
        let ended = ended(&now, &then);
        assert_eq!(ended.iter().map(|row| said(&row.now)).collect::<Vec<_>>(), ["4 USD 4.00"]);
        let rows = open(&now, &then, Told::Frozen);
        let open: Vec<_> = rows.iter().map(|row| (row.status.word, said(&row.now), said(&row.then))).collect();
        let expected = [("Queued", "0 ", "5 USD 5.00"), ("Processing", "1 USD 1.00", "0 ")];
        assert_eq!(open, expected.map(|(word, now, then)| (word, now.to_owned(), then.to_owned())));
        assert_eq!(stopped(&then).0, 5);
    }

    #[test]
    fn a_status_is_one_row_with_its_currencies_and_nothing_that_is_zero() {
        let now =
            [part("queued", Currency::USD, 2), part("queued", Currency::EUR, 1), part("created", Currency::USD, 0)];
        let rows = open(&now, &[part("queued", Currency::EUR, 0)], Told::Lifted);
        let open: Vec<_> = rows.iter().map(|row| (row.fate, said(&row.now), said(&row.then))).collect();
        assert_eq!(open, [("Was stopped", "3 EUR 1.00 USD 2.00".to_owned(), "0 ".to_owned())]);
        // One currency grew while another shrank: what is told has no sum below zero.
        let grown = ended(
            &[part("cancelled", Currency::USD, 1), part("cancelled", Currency::EUR, 4)],
            &[part("cancelled", Currency::USD, 3), part("cancelled", Currency::EUR, 1)],
        );
        assert_eq!(grown.iter().map(|row| said(&row.now)).collect::<Vec<_>>(), ["3 EUR 3.00"]);
    }
}
