//! A program's credential: which API it speaks, and how much money it may send out.

use serde::{Deserialize, Serialize};

use super::ids::CredentialId;
use super::money::{Currency, Money};
use super::payout::{Refusal, Rule};

/// How much a program may send out; what is not set has no bound. At least one of the two is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    pub currency: Currency,
    /// In one call, in minor units.
    pub call_minor: Option<i64>,
    /// In one day of UTC, in minor units.
    pub day_minor: Option<i64>,
}

/// What a program with caps has sent out so far, as a set of units loads it and writes it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spending {
    pub credential_id: CredentialId,
    pub currency: Currency,
    pub call_minor: Option<i64>,
    pub day_minor: Option<i64>,
    /// The day that `spent_minor` is about, in days since 1970.
    pub day: i64,
    pub spent_minor: i64,
    /// 0 before the first time.
    pub version: i64,
}

/// A day in microseconds.
const DAY: i64 = 24 * 3_600 * 1_000_000;

/// The day of UTC that a time in Unix microseconds falls on, in days since 1970.
pub fn day(now: i64) -> i64 {
    now / DAY
}

impl Spending {
    /// Whether the program may send out this amount now (Unix microseconds), on top of what it sent out today.
    pub fn check(&self, amount: Money, now: i64) -> Result<(), Refusal> {
        let over = |reason: String, instead: &str| Err(Refusal::new(Rule::OverCap, reason).instead(instead));
        let money = |minor: i64| Money::new(minor, self.currency);
        if amount.currency != self.currency {
            let (has, given) = (self.currency.code(), amount.currency.code());
            return over(
                format!("This credential has caps in {has} and sends out nothing in {given}."),
                "Use a credential of its own for each currency.",
            );
        }
        if let Some(cap) = self.call_minor.filter(|cap| amount.minor > *cap) {
            return over(
                format!("This credential sends out at most {} in one call, not {amount}.", money(cap)),
                "Pay less, or have somebody of staff make the payment.",
            );
        }
        let left = self.day_minor.map(|cap| cap.saturating_sub(self.spent_on(day(now))));
        if let (Some(cap), Some(left)) = (self.day_minor, left.filter(|left| amount.minor > *left)) {
            let left = money(left.max(0));
            return over(
                format!("This credential sends out at most {} a day; {left} is left until 00:00 UTC.", money(cap)),
                "Wait until tomorrow, or have somebody of staff make the payment.",
            );
        }
        Ok(())
    }

    /// Counts an amount that [`Spending::check`] has let pass.
    pub fn add(&mut self, amount: Money, now: i64) {
        let today = day(now);
        self.spent_minor = self.spent_on(today).saturating_add(amount.minor);
        self.day = today;
    }

    fn spent_on(&self, day: i64) -> i64 {
        if self.day == day { self.spent_minor } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Id;

    const NOON: i64 = 20_000 * DAY + DAY / 2;

    fn spending(call_minor: Option<i64>, day_minor: Option<i64>) -> Spending {
        Spending {
            credential_id: Id::first_at(1),
            currency: Currency::USD,
            call_minor,
            day_minor,
            day: 0,
            spent_minor: 0,
            version: 0,
        }
    }

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD)
    }

    #[test]
    fn a_call_above_its_cap_is_refused_and_one_at_it_is_not() {
        let spending = spending(Some(500), None);
        assert_eq!(spending.check(usd(500), NOON), Ok(()));
        let refusal = spending.check(usd(501), NOON).unwrap_err();
        assert_eq!(refusal.rule, Rule::OverCap);
        assert_eq!(refusal.reason, "This credential sends out at most USD 5.00 in one call, not USD 5.01.");
    }

    #[test]
    fn the_day_fills_up_and_the_next_one_starts_afresh() {
        let mut spending = spending(None, Some(1_000));
        for _ in 0..2 {
            spending.check(usd(400), NOON).unwrap();
            spending.add(usd(400), NOON);
        }
        let refusal = spending.check(usd(201), NOON).unwrap_err();
        assert!(refusal.reason.contains("USD 2.00 is left"), "{}", refusal.reason);
        assert_eq!(spending.check(usd(200), NOON), Ok(()));
        assert!(spending.check(usd(201), NOON + DAY / 2 - 1).is_err());
        assert_eq!(spending.check(usd(1_000), NOON + DAY / 2), Ok(()));
        spending.add(usd(1_000), NOON + DAY / 2);
        assert_eq!((spending.day, spending.spent_minor), (20_001, 1_000));
    }

    #[test]
    fn caps_in_one_currency_allow_no_other() {
        let yen = Money::new(1, Currency::JPY);
        assert_eq!(spending(Some(500), None).check(yen, NOON).unwrap_err().rule, Rule::OverCap);
    }
}
