//! Changing money from one currency into another at a given rate, in whole minor units.
//!
//! Rounding: the payee gets what the money buys, rounded down to the destination's minor unit; where it is said what
//! the payee gets, the cost is rounded up to the source's minor unit. So neither side is ever short, and what is lost
//! is less than one minor unit.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::money::{Currency, MAX_MINOR, Money, exponent};

/// Destination per source unit, above zero: so many `units` of ten to the minus `scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    units: i128,
    scale: u32,
}

/// Which side of an exchange is said; the other one follows from the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    Source(Money),
    Destination(Money),
}

/// Digits of a rate that is made here.
const DIGITS: u32 = 8;

impl Rate {
    /// Reads a rate from exact text, such as the one that stands on a payout.
    pub fn parse(text: &str) -> Option<Rate> {
        Rate::of(text.parse().ok()?)
    }

    /// The rate between two currencies of which it is known what one unit of a third buys.
    pub fn between(source: Decimal, destination: Decimal) -> Option<Rate> {
        Rate::of(destination.checked_div(source)?.round_sf(DIGITS)?)
    }

    fn of(rate: Decimal) -> Option<Rate> {
        let rate = rate.normalize();
        // Far beyond any pair of currencies, and far from the end of what the arithmetic below can hold.
        let sane = rate > Decimal::ZERO && rate.scale() <= 16 && rate.mantissa() < 1_000_000_000_000_000;
        sane.then(|| Rate { units: rate.mantissa(), scale: rate.scale() })
    }

    /// The rate as exact text.
    pub fn text(self) -> String {
        Decimal::from_i128_with_scale(self.units, self.scale).to_string()
    }

    /// What an amount buys, rounded down; none when it is nothing, or too much.
    pub fn buys(self, source: Money, currency: Currency) -> Option<Money> {
        let (from, to) = (ten(exponent(source.currency))?, ten(exponent(currency))?);
        let above = i128::from(source.minor).checked_mul(self.units)?.checked_mul(to)?;
        money(above / from.checked_mul(10_i128.checked_pow(self.scale)?)?, currency)
    }

    /// What it costs to buy an amount, rounded up; none when it is too much.
    pub fn costs(self, destination: Money, currency: Currency) -> Option<Money> {
        let (to, from) = (ten(exponent(destination.currency))?, ten(exponent(currency))?);
        let above = i128::from(destination.minor).checked_mul(10_i128.checked_pow(self.scale)?)?.checked_mul(from)?;
        let below = self.units.checked_mul(to)?;
        money(above.checked_add(below - 1)? / below, currency)
    }
}

impl Side {
    /// Both sides, source first. Without a rate both are the same money; none when one of them is nothing, or too much.
    pub fn both(self, other: Currency, rate: Option<Rate>) -> Option<(Money, Money)> {
        match (self, rate) {
            (Side::Source(money) | Side::Destination(money), None) => {
                (money.currency == other).then_some((money, money))
            }
            (Side::Source(source), Some(rate)) => Some((source, rate.buys(source, other)?)),
            (Side::Destination(destination), Some(rate)) => Some((rate.costs(destination, other)?, destination)),
        }
    }
}

fn ten(exponent: u16) -> Option<i128> {
    10_i128.checked_pow(u32::from(exponent))
}

fn money(minor: i128, currency: Currency) -> Option<Money> {
    let minor = i64::try_from(minor).ok().filter(|minor| (1..=MAX_MINOR).contains(minor))?;
    Some(Money::new(minor, currency))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CURRENCIES: [Currency; 4] = [Currency::JPY, Currency::USD, Currency::KWD, Currency::CLF];

    #[test]
    fn both_sides_follow_from_one_at_the_rate() {
        let rate = Rate::parse("17.05").unwrap();
        let usd = |minor| Money::new(minor, Currency::USD);
        let mxn = |minor| Money::new(minor, Currency::MXN);
        assert_eq!(Side::Source(usd(10_000)).both(Currency::MXN, Some(rate)), Some((usd(10_000), mxn(170_500))));
        // 100.00 pesos cost 5.865…: half a cent more than the desk would get by rounding down.
        assert_eq!(Side::Destination(mxn(10_000)).both(Currency::USD, Some(rate)), Some((usd(587), mxn(10_000))));
        assert_eq!(Side::Source(usd(1)).both(Currency::USD, None), Some((usd(1), usd(1))));
        assert_eq!(Side::Source(usd(1)).both(Currency::MXN, None), None);
    }

    #[test]
    fn minor_units_of_any_size_meet() {
        let rate = Rate::parse("0.0020568562").unwrap();
        let (yen, dinar) = (Money::new(1_000, Currency::JPY), Money::new(2_056, Currency::KWD));
        assert_eq!(rate.buys(yen, Currency::KWD), Some(dinar));
        assert_eq!(rate.costs(dinar, Currency::JPY), Some(yen));
        assert_eq!(rate.buys(Money::new(1, Currency::JPY), Currency::USD), None, "less than a cent is nothing");
        assert_eq!(Rate::parse("149.5").unwrap().buys(Money::new(MAX_MINOR, Currency::USD), Currency::KWD), None);
    }

    #[test]
    fn a_rate_is_above_zero_and_of_a_size_that_rates_have() {
        for text in ["0", "-1", "", "x", "1000000000000000", "0.00000000000000001"] {
            assert_eq!(Rate::parse(text), None, "{text}");
        }
        assert_eq!(Rate::parse("1.500").unwrap().text(), "1.5");
        let (yen, dinar) = ("149.5".parse().unwrap(), "0.3075".parse().unwrap());
        assert_eq!(Rate::between(yen, dinar).unwrap().text(), "0.0020568562");
        assert_eq!(Rate::between(dinar, yen).unwrap().text(), "486.17886");
        assert_eq!(Rate::between(Decimal::ZERO, yen), None);
    }

    proptest! {
        #[test]
        fn what_is_bought_is_never_worth_more_than_it_costs_and_less_than_one_unit_is_lost(
            minor in 1..=MAX_MINOR,
            units in 1..100_000_000_i64,
            scale in 0..16_u32,
            from in 0..4_usize,
            to in 0..4_usize,
        ) {
            let rate = Rate::of(Decimal::new(units, scale)).unwrap();
            let (from, to) = (CURRENCIES[from], CURRENCIES[to]);
            let source = Money::new(minor, from);
            if let Some(bought) = rate.buys(source, to) {
                let cost = rate.costs(bought, from).expect("what was bought has a price");
                prop_assert!(cost.minor <= source.minor);
                if bought.minor < MAX_MINOR {
                    let more = rate.costs(Money::new(bought.minor + 1, to), from);
                    prop_assert!(more.is_none_or(|more| more.minor > source.minor), "one unit more costs more");
                }
            }
            if let Some(cost) = rate.costs(Money::new(minor, to), from) {
                let bought = rate.buys(cost, to);
                prop_assert!(bought.is_none_or(|bought| bought.minor >= minor), "the payee is never short");
            }
        }
    }
}
