//! What the sandbox exchanges at: one table, always the same, so that a test can say the answer before it asks.

use crate::domain::exchange::Rate;
use crate::domain::money::Currency;

/// What one US dollar buys.
const PER_DOLLAR: [(Currency, &str); 33] = [
    (Currency::AED, "3.6725"),
    (Currency::AUD, "1.52"),
    (Currency::BRL, "4.95"),
    (Currency::CAD, "1.36"),
    (Currency::CHF, "0.88"),
    (Currency::CLP, "950"),
    (Currency::CNY, "7.2"),
    (Currency::COP, "3900"),
    (Currency::CZK, "23.1"),
    (Currency::DKK, "6.86"),
    (Currency::EUR, "0.92"),
    (Currency::GBP, "0.79"),
    (Currency::HKD, "7.82"),
    (Currency::HUF, "362"),
    (Currency::IDR, "15700"),
    (Currency::ILS, "3.65"),
    (Currency::INR, "83.2"),
    (Currency::JPY, "149.5"),
    (Currency::KES, "129"),
    (Currency::KRW, "1335"),
    (Currency::KWD, "0.3075"),
    (Currency::MXN, "17.05"),
    (Currency::NGN, "1450"),
    (Currency::NOK, "10.5"),
    (Currency::PHP, "56"),
    (Currency::PLN, "3.97"),
    (Currency::SEK, "10.4"),
    (Currency::SGD, "1.34"),
    (Currency::THB, "35.8"),
    (Currency::TRY, "32.1"),
    (Currency::USD, "1"),
    (Currency::VND, "24850"),
    (Currency::ZAR, "18.6"),
];

/// Destination per source unit; none for a currency that is not in the table.
pub fn sandbox(source: Currency, destination: Currency) -> Option<Rate> {
    let per_dollar = |wanted| {
        let (_, text) = PER_DOLLAR.iter().find(|(currency, _)| *currency == wanted)?;
        text.parse().ok()
    };
    Rate::between(per_dollar(source)?, per_dollar(destination)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_has_a_rate_and_other_currencies_have_none() {
        for (source, _) in PER_DOLLAR {
            for (destination, _) in PER_DOLLAR {
                assert!(sandbox(source, destination).is_some(), "{source} to {destination}");
            }
        }
        assert_eq!(sandbox(Currency::USD, Currency::MXN).unwrap().text(), "17.05");
        assert_eq!(sandbox(Currency::USD, Currency::CLF), None);
    }
}
