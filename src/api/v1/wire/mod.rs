//! How records look as JSON in this API.

pub mod approval;
pub mod batch;
pub mod beneficiary;
pub mod freeze;
pub mod kinds;
pub mod payout;
pub mod payout_link;
pub mod reversal;
pub mod wallet;
pub mod webhook;

use chrono::{DateTime, SecondsFormat};
use serde::Serialize;
use utoipa::ToSchema;

pub use crate::api::json::{Number, stored};
use crate::api::openapi::schema::words;
use crate::service::duplicates::Duplicate;

/// Something to look at; what was asked for is done all the same.
#[derive(Debug, Serialize, ToSchema)]
pub struct Warning {
    #[schema(example = "possible_duplicate")]
    code: &'static str,
    message: String,
    /// The other record.
    id: String,
}

/// A checker's answer, for the description.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decision {
    /// `approve` lets it go on; `send_back` ends it and gives the money back.
    #[schema(value_type = DecisionWord)]
    decision: &'static str,
    /// Why, for the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

/// A body that says nothing, for the description: leave it out, or send an empty object.
#[derive(Debug, Serialize, ToSchema)]
pub struct Nothing {}

words! {
    /// What a checker says.
    DecisionWord ["approve", "send_back"];
}

impl Decision {
    pub fn example() -> Decision {
        Decision { decision: "approve", note: Some("Compared with invoice 4711") }
    }
}

impl Nothing {
    pub fn example() -> Nothing {
        Nothing {}
    }
}

/// Text of an example as its type.
///
/// # Panics
/// If it is none, which a test finds: the document is built in tests.
pub fn sample<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is no sample"))
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
