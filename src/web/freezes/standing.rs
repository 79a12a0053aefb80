//! How many payouts and payout links a freeze concerns, in tables.

use std::collections::BTreeMap;

use crate::domain::freeze::{Fate, Kind, Standing};
use crate::domain::money::{Money, group};
use crate::domain::payout::State;
use crate::domain::payout_link::State as LinkState;
use crate::web::display::{MoneyText, StatusView};
use crate::web::words;

/// Records of one kind, state and currency.
#[derive(Clone, Debug)]
pub struct StandingRow {
    /// `Payouts` or `Payout links`.
    pub what: &'static str,
    pub status: StatusView,
    pub fate: &'static str,
    pub count: String,
    pub money: MoneyText,
    /// How many, and how much, there were when it was frozen.
    pub then_count: String,
    pub then_money: MoneyText,
}

/// What stands now and is not over, those that a freeze stops first.
pub fn open(now: &[Standing], then: &[Standing]) -> Vec<StandingRow> {
    let mut rows: Vec<(Fate, StandingRow)> = merged(now, then)
        .into_iter()
        .filter(|(part, _)| part.fate() != Fate::Ended)
        .map(|(part, before)| (part.fate(), row(&part, part.records, part.amount_minor, before)))
        .collect();
    rows.sort_by_key(|(fate, _)| *fate != Fate::Stopped);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// What has ended since it was frozen: how many more stand in each final state.
pub fn ended(now: &[Standing], then: &[Standing]) -> Vec<StandingRow> {
    merged(now, then)
        .into_iter()
        .filter(|(part, _)| part.fate() == Fate::Ended)
        .map(|(part, before)| (part.records - before.0, part.amount_minor - before.1, part, before))
        .filter(|(records, ..)| *records > 0)
        .map(|(records, minor, part, before)| row(&part, records, minor, before))
        .collect()
}

/// Sums per currency of what a freeze stops.
pub fn stopped(parts: &[Standing]) -> (i64, Vec<MoneyText>) {
    let stopped = parts.iter().filter(|part| part.fate() == Fate::Stopped);
    let mut sums: BTreeMap<&str, Money> = BTreeMap::new();
    let mut records = 0;
    for part in stopped {
        records += part.records;
        sums.entry(part.currency.code()).or_insert(Money::new(0, part.currency)).minor += part.amount_minor;
    }
    (records, sums.into_values().map(MoneyText::from).collect())
}

/// Each part that stands now or stood then, with what it was then.
fn merged(now: &[Standing], then: &[Standing]) -> Vec<(Standing, (i64, i64))> {
    let key = |part: &Standing| (part.kind, place(part), part.currency.code());
    let mut parts: BTreeMap<_, (Standing, (i64, i64))> = BTreeMap::new();
    for part in now {
        parts.insert(key(part), (part.clone(), (0, 0)));
    }
    for part in then {
        let gone = Standing { records: 0, amount_minor: 0, ..part.clone() };
        parts.entry(key(part)).or_insert((gone, (0, 0))).1 = (part.records, part.amount_minor);
    }
    parts.into_values().collect()
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
        "processing",
        "unknown",
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

fn row(part: &Standing, records: i64, minor: i64, then: (i64, i64)) -> StandingRow {
    let money = |minor| MoneyText::from(Money::new(minor, part.currency));
    StandingRow {
        what: match part.kind {
            Kind::Payout => "Payouts",
            Kind::Link => "Payout links",
        },
        status: status(part),
        fate: match part.fate() {
            Fate::Stopped => "Stopped",
            Fate::GoesOn => "Goes on",
            Fate::Ended => "Over",
        },
        count: group(records.unsigned_abs()),
        money: money(minor),
        then_count: group(then.0.unsigned_abs()),
        then_money: money(then.1),
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
    use crate::domain::money::Currency;

    fn part(bucket: &str, records: i64) -> Standing {
        let (kind, currency) = (Kind::Payout, Currency::USD);
        Standing { kind, bucket: bucket.into(), currency, records, amount_minor: records * 100 }
    }

    #[test]
    fn what_has_ended_since_is_the_difference_and_what_is_gone_shows_what_it_was() {
        let then = [part("queued", 5), part("cancelled", 2)];
        let now = [part("cancelled", 6), part("processing", 1)];
        let ended = ended(&now, &then);
        assert_eq!(ended.len(), 1);
        assert_eq!((ended[0].count.as_str(), ended[0].money.prose().as_str()), ("4", "USD 4.00"));
        let open: Vec<_> =
            open(&now, &then).into_iter().map(|row| (row.status.word, row.count, row.then_count)).collect();
        let expected = [("Queued", "0", "5"), ("Processing", "1", "0")];
        assert_eq!(open, expected.map(|(word, now, then)| (word, now.to_owned(), then.to_owned())));
        assert_eq!(stopped(&then).0, 5);
    }
}
