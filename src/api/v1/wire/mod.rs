//! How records look as JSON in this API.

pub mod batch;
pub mod beneficiary;
pub mod payout;
pub mod payout_link;
pub mod reversal;
pub mod wallet;
pub mod webhook;

use chrono::{DateTime, SecondsFormat};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::domain::money::Money;
use crate::service::duplicates::Duplicate;

/// An amount as a JSON number in major units with exactly the currency's decimals: `100.00`, `500`, `1.250`.
#[derive(Debug, Clone, Copy)]
pub struct Number(pub Money);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = RawValue::from_string(self.0.plain()).map_err(serde::ser::Error::custom)?;
        number.serialize(serializer)
    }
}

/// Something to look at; what was asked for is done all the same.
#[derive(Debug, Serialize)]
pub struct Warning {
    code: &'static str,
    message: String,
    /// The other record.
    id: String,
}

/// One warning for each payment that this one may repeat.
pub fn warnings(others: &[Duplicate]) -> Vec<Warning> {
    let warning = |other: &Duplicate| {
        let what = match other {
            Duplicate::Payout(_) => "payout to the same beneficiary",
            Duplicate::Link(_) => "payout link to the same contact",
        };
        let message = format!("A {what} with the same amount was made in the last days");
        Warning { code: "possible_duplicate", message, id: other.id() }
    };
    others.iter().map(warning).collect()
}

/// `2024-01-15T10:32:00Z`, from Unix microseconds.
pub fn time(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A JSON object that the database keeps as text.
fn stored(text: Option<&str>) -> Option<Box<RawValue>> {
    text.and_then(|text| RawValue::from_string(text.to_owned()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;

    #[test]
    fn amounts_are_numbers_with_exactly_the_decimals_of_their_currency() {
        let written = |minor, currency| serde_json::to_string(&Number(Money::new(minor, currency))).unwrap();
        assert_eq!(written(10_000, Currency::USD), "100.00");
        assert_eq!(written(500, Currency::JPY), "500");
        assert_eq!(written(1_250, Currency::KWD), "1.250");
        assert_eq!(written(12_345, Currency::CLF), "1.2345");
        assert_eq!(written(0, Currency::USD), "0.00");
        assert_eq!(written(9_007_199_254_740_991, Currency::USD), "90071992547409.91");
    }

    #[test]
    fn times_are_whole_seconds_in_utc() {
        assert_eq!(time(1_705_314_720_999_999), "2024-01-15T10:32:00Z");
    }
}
