//! How records look as JSON in this dialect: what has no value is left out, never null.

pub mod account;
pub mod counterparty;
pub mod kinds;
pub mod link;
pub mod payment;
pub mod samples;
pub mod transaction;
pub mod webhook;

use chrono::{DateTime, SecondsFormat};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::api::json::shortened;
use crate::domain::money::Money;

/// An amount as a JSON number in major units, without zeros that say nothing: `105.6`, `10`, `-0.05`.
#[derive(Debug, Clone, Copy)]
pub struct Number(pub Money);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plain = self.0.plain();
        RawValue::from_string(shortened(&plain).to_owned()).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

/// `2026-01-11T14:02:53.472318Z`, from Unix microseconds.
pub fn time(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;

    #[test]
    fn amounts_are_short_numbers_and_times_have_microseconds() {
        let written = |minor, currency| serde_json::to_string(&Number(Money::new(minor, currency))).unwrap();
        assert_eq!(written(10_560, Currency::GBP), "105.6");
        assert_eq!(written(1_000, Currency::GBP), "10");
        assert_eq!(written(-5, Currency::GBP), "-0.05");
        assert_eq!(written(0, Currency::GBP), "0");
        assert_eq!(written(500, Currency::JPY), "500");
        assert_eq!(written(1_250, Currency::KWD), "1.25");
        assert_eq!(time(1_768_140_173_472_318), "2026-01-11T14:02:53.472318Z");
        assert_eq!(time(1_768_140_173_000_000), "2026-01-11T14:02:53.000000Z");
    }
}
