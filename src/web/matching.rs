//! How many records a list's filter matches and what they add up to, in the words of its page.

use super::display::MoneyText;
use crate::domain::money::{Money, group};
use crate::store::payouts::Count;

/// What the list is of: `payout`, `payouts`.
#[derive(Clone, Copy, Debug)]
pub struct Noun {
    pub one: &'static str,
    pub more: &'static str,
}

/// The totals of the whole filter, one per currency.
#[derive(Clone, Debug, Default)]
pub struct SumsView {
    /// For example `Sum of all 61 that match`.
    pub title: String,
    pub totals: Vec<MoneyText>,
    /// Why there are no sums.
    pub note: Option<String>,
}

/// How many match, and whether that is known to the last one.
pub struct Matching {
    noun: Noun,
    records: u64,
    exact: bool,
    /// A tab is chosen: its own count is only known when the count is exact.
    tab: bool,
    /// One per currency, in the order of their codes.
    totals: Vec<Money>,
}

impl Matching {
    /// `tab` is the name of the chosen one, or empty for all.
    pub fn of(noun: Noun, tab: &str, counts: &[Count], exact: bool) -> Matching {
        let counted = counts.iter().filter(|count| tab.is_empty() || count.bucket == tab);
        let mut records = 0;
        let mut totals: Vec<Money> = Vec::new();
        for count in counted.filter(|count| count.payouts > 0) {
            records += count.payouts.unsigned_abs();
            match totals.iter_mut().find(|total| total.currency == count.currency) {
                Some(total) => total.minor += count.amount_minor,
                None => totals.push(Money::new(count.amount_minor, count.currency)),
            }
        }
        totals.sort_by_key(|total| total.currency.code());
        Matching { noun, records, exact, tab: !tab.is_empty(), totals }
    }

    /// `61`, `10,000+`, or nothing when not even that is known.
    fn number(&self) -> Option<String> {
        match (self.exact, self.tab) {
            (true, _) => Some(group(self.records)),
            (false, false) => Some("10,000+".to_owned()),
            (false, true) => None,
        }
    }

    /// Whether anything matches, as far as it was counted.
    pub fn any(&self) -> bool {
        self.records > 0 || !self.exact
    }

    pub fn sentence(&self) -> String {
        match self.number() {
            Some(number) if number == "1" => format!("1 {} matches", self.noun.one),
            Some(number) => format!("{number} {} match", self.noun.more),
            None => "More match than are counted".to_owned(),
        }
    }

    pub fn export(&self) -> String {
        self.number().map_or_else(|| "Export all".to_owned(), |number| format!("Export all {number}"))
    }

    pub fn shown(&self, lines: usize) -> String {
        let of = self.number().map_or_else(String::new, |number| format!(" of {number}"));
        format!("{lines}{of}, newest first")
    }

    pub fn sums(&self) -> SumsView {
        let title = match self.number() {
            Some(number) => format!("Sum of all {number} that match"),
            None => "Sum of all that match".to_owned(),
        };
        if !self.exact {
            let note = "More than 10,000 match. Narrow the filter to add them up.".to_owned();
            return SumsView { title, totals: Vec::new(), note: Some(note) };
        }
        SumsView { title, totals: self.totals.iter().copied().map(MoneyText::from).collect(), note: None }
    }
}

/// What stands at a tab: the count of its bucket, or of all for an empty name.
pub fn tab_count(counts: &[Count], exact: bool, name: &str) -> Option<String> {
    let of = |count: &&Count| name.is_empty() || count.bucket == name;
    let records = counts.iter().filter(of).map(|count| count.payouts).sum::<i64>().unsigned_abs();
    match (exact, name.is_empty()) {
        (true, _) => Some(group(records)),
        (false, true) => Some("10,000+".to_owned()),
        (false, false) => None,
    }
}
