//! How records look as JSON in this API.

pub mod beneficiary;
pub mod freeze;
pub mod payout;
pub mod payout_link;
pub mod reversal;
pub mod wallet;
pub mod webhook;

use chrono::{DateTime, SecondsFormat};
use serde::Serialize;

pub use crate::api::json::{Number, stored};
use crate::service::duplicates::Duplicate;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_seconds_in_utc() {
        assert_eq!(time(1_705_314_720_999_999), "2024-01-15T10:32:00Z");
    }
}
