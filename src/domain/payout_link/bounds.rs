//! How much a payout link of Revolut's dialect may pay (`contracts/revolut.md` 4.3).

use crate::domain::money::{Currency, Money};

/// What 1 and 2,500 pounds are in other currencies, in whole units.
///
/// The contract says "1 to 2500 GBP or the equivalent". A desk has no source of rates, so the equivalents are round
/// figures of the kind that providers publish: about the value early in 2026, rounded so that the lower bound never
/// refuses a pound's worth and the upper one never lets much more through than 2,500 pounds. A currency that is not
/// here has no known value in pounds, and only the desk's own limits.
const EQUIVALENTS: [(Currency, i64, i64); 20] = [
    (Currency::GBP, 1, 2_500),
    (Currency::AED, 4, 12_300),
    (Currency::AUD, 1, 5_100),
    (Currency::BGN, 2, 5_600),
    (Currency::CAD, 1, 4_600),
    (Currency::CHF, 1, 2_700),
    (Currency::CZK, 25, 70_000),
    (Currency::DKK, 8, 21_500),
    (Currency::EUR, 1, 2_900),
    (Currency::HUF, 400, 1_125_000),
    (Currency::INR, 100, 290_000),
    (Currency::ISK, 150, 425_000),
    (Currency::JPY, 150, 500_000),
    (Currency::NOK, 12, 34_000),
    (Currency::NZD, 2, 5_700),
    (Currency::PLN, 4, 12_200),
    (Currency::RON, 5, 14_500),
    (Currency::SEK, 12, 32_000),
    (Currency::SGD, 1, 4_300),
    (Currency::USD, 1, 3_350),
];

/// The least and the most, both allowed; none where nobody knows what a pound is worth.
pub fn amount_bounds(currency: Currency) -> Option<(Money, Money)> {
    let (_, least, most) = EQUIVALENTS.iter().find(|(known, ..)| *known == currency)?;
    let unit = 10_i64.pow(u32::from(crate::domain::money::exponent(currency)));
    Some((Money::new(least * unit, currency), Money::new(most * unit, currency)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_in_minor_units_of_the_currency() {
        let bounds = |currency| amount_bounds(currency).map(|(least, most)| (least.minor, most.minor));
        assert_eq!(bounds(Currency::GBP), Some((100, 250_000)));
        assert_eq!(bounds(Currency::JPY), Some((150, 500_000)));
        assert_eq!(bounds(Currency::KWD), None);
    }
}
