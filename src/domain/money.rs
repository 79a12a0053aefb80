//! Amounts of money: whole minor units and an ISO 4217 currency, never a float.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use iso_currency::{Country, IntoEnumIterator};

pub use iso_currency::Currency;

/// The largest amount Paydesk handles, in minor units: 2^53 − 1, so that every JSON reader keeps it exact.
pub const MAX_MINOR: i64 = (1 << 53) - 1;

/// An amount in minor units (cents, yen, fils) of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

/// Why a text is not an amount; each says what to type instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    #[error("is required")]
    Missing,
    #[error("must be a plain number such as {0}, in digits 0 to 9, without sign, spaces or exponent")]
    NotANumber(String),
    #[error("has too many decimals: {0} has {1}")]
    TooManyDecimals(&'static str, u16),
    #[error("must be more than 0")]
    Zero,
    #[error("is too large")]
    TooLarge,
}

impl Money {
    pub fn new(minor: i64, currency: Currency) -> Money {
        Money { minor, currency }
    }

    /// Reads a positive amount in major units from exact text, as typed in a form or written in JSON.
    ///
    /// Plain digits with at most the currency's decimals: no sign, exponent, grouping or other script's digits,
    /// because each of those has been read as a different amount by some other program.
    pub fn parse(text: &str, currency: Currency) -> Result<Money, AmountError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AmountError::Missing);
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return Err(AmountError::NotANumber(Money::new(12550 * 10, currency).example()));
        }
        let exponent = exponent(currency);
        if text.contains('.') && fraction.len() > usize::from(exponent) {
            return Err(AmountError::TooManyDecimals(currency.code(), exponent));
        }
        let decimal: Decimal = text.parse().map_err(|_| AmountError::TooLarge)?;
        let minor = Decimal::from(10_i64.pow(u32::from(exponent)))
            .checked_mul(decimal)
            .and_then(|scaled| i64::try_from(scaled).ok())
            .filter(|minor| *minor <= MAX_MINOR)
            .ok_or(AmountError::TooLarge)?;
        if minor == 0 {
            return Err(AmountError::Zero);
        }
        Ok(Money::new(minor, currency))
    }

    /// Major units with exactly the currency's decimals, ungrouped: `1250.00`, `500`, `-1.250`.
    pub fn plain(self) -> String {
        let (sign, whole, fraction) = self.parts();
        format!("{sign}{whole}{fraction}").replace('\u{2212}', "-")
    }

    /// Sign (U+2212 or empty), whole units without grouping, and `.` with the decimals (empty for JPY).
    pub fn parts(self) -> (&'static str, u64, String) {
        let sign = if self.minor < 0 { "\u{2212}" } else { "" };
        let exponent = exponent(self.currency);
        let unit = 10_u64.pow(u32::from(exponent));
        let whole = self.minor.unsigned_abs() / unit;
        let rest = self.minor.unsigned_abs() % unit;
        let fraction = match exponent {
            0 => String::new(),
            digits => format!(".{rest:0width$}", width = usize::from(digits)),
        };
        (sign, whole, fraction)
    }

    /// Grouped figures without the code: `1,250.00`.
    pub fn figures(self) -> String {
        let (sign, whole, fraction) = self.parts();
        format!("{sign}{}{fraction}", group(whole))
    }

    fn example(self) -> String {
        self.plain()
    }
}

/// `USD 1,250.00`: code first, grouped, with a real minus sign.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency.code(), self.figures())
    }
}

/// Digits after the point, by ISO 4217 (0 where the standard names none).
pub fn exponent(currency: Currency) -> u16 {
    currency.exponent().unwrap_or(0)
}

/// Whether a currency is money in this country (ISO 3166-1 alpha-2).
pub fn used_in(currency: Currency, country: &str) -> bool {
    country.parse::<Country>().is_ok_and(|country| currency.used_by().contains(&country))
}

/// The money of a country. Of those that have several, one that people are paid in.
pub fn home_currency(country: &str) -> Option<Currency> {
    const COMMON: [Currency; 3] = [Currency::EUR, Currency::USD, Currency::CHF];
    let common = COMMON.into_iter().find(|currency| used_in(*currency, country));
    common.or_else(|| Currency::iter().find(|currency| currency.exponent().is_some() && used_in(*currency, country)))
}

/// Reads a three-letter ISO 4217 code in capitals.
pub fn currency(code: &str) -> Option<Currency> {
    Currency::from_code(code).filter(|found| found.code() == code)
}

/// Groups whole units by thousands with commas.
pub fn group(whole: u64) -> String {
    let digits = whole.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn usd(text: &str) -> Result<i64, AmountError> {
        Money::parse(text, Currency::USD).map(|money| money.minor)
    }

    #[test]
    fn reads_plain_amounts_in_minor_units() {
        assert_eq!(usd("100"), Ok(10_000));
        assert_eq!(usd("100.5"), Ok(10_050));
        assert_eq!(usd(" 0.01 "), Ok(1));
        assert_eq!(Money::parse("500", Currency::JPY).unwrap().minor, 500);
        assert_eq!(Money::parse("1.250", Currency::KWD).unwrap().minor, 1_250);
        assert_eq!(Money::parse("1.2345", Currency::CLF).unwrap().minor, 12_345);
    }

    #[test]
    fn refuses_everything_that_is_not_a_plain_amount() {
        for text in ["1e2", "-0", "-1", "+1", "٣", "1,000", "1_000", "0x10", "NaN", "1.", ".5", "1 000", "½"] {
            assert!(matches!(usd(text), Err(AmountError::NotANumber(_))), "{text}");
        }
        assert_eq!(usd(""), Err(AmountError::Missing));
        assert_eq!(usd("0.00"), Err(AmountError::Zero));
        assert_eq!(usd("1.005"), Err(AmountError::TooManyDecimals("USD", 2)));
        assert!(Money::parse("1.0", Currency::JPY).is_err());
        assert_eq!(usd("9007199254740992"), Err(AmountError::TooLarge));
        assert_eq!(usd("90071992547409.91"), Ok(MAX_MINOR));
        assert_eq!(usd("90071992547409.92"), Err(AmountError::TooLarge));
        assert_eq!(usd(&"9".repeat(80)), Err(AmountError::TooLarge));
    }

    #[test]
    fn every_country_has_its_money() {
        for (country, currency) in [
            ("GB", Currency::GBP),
            ("DE", Currency::EUR),
            ("US", Currency::USD),
            ("IN", Currency::INR),
            ("CH", Currency::CHF),
            ("JP", Currency::JPY),
        ] {
            assert_eq!(home_currency(country), Some(currency), "{country}");
        }
        assert_eq!(home_currency("ZZ"), None);
        assert!(used_in(Currency::EUR, "DE") && !used_in(Currency::GBP, "DE") && !used_in(Currency::GBP, "nowhere"));
    }

    #[test]
    fn shows_code_grouping_and_exactly_the_decimals_of_the_currency() {
        assert_eq!(Money::new(125_000, Currency::USD).to_string(), "USD 1,250.00");
        assert_eq!(Money::new(-64_145, Currency::EUR).to_string(), "EUR \u{2212}641.45");
        assert_eq!(Money::new(184_000, Currency::JPY).to_string(), "JPY 184,000");
        assert_eq!(Money::new(1_250_500, Currency::KWD).to_string(), "KWD 1,250.500");
        assert_eq!(Money::new(-5, Currency::USD).plain(), "-0.05");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_the_same(minor in 1..=MAX_MINOR, which in 0..4_usize) {
            let currency = [Currency::JPY, Currency::USD, Currency::KWD, Currency::CLF][which];
            let money = Money::new(minor, currency);
            prop_assert_eq!(Money::parse(&money.plain(), currency), Ok(money));
        }

        #[test]
        fn any_text_is_read_or_refused_but_never_panics(text in ".{0,40}") {
            let _ = Money::parse(&text, Currency::USD);
        }
    }
}
