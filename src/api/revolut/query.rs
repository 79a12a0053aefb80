//! Reading the parameters and ids of an address. Parameters that nobody reads are ignored.

use actix_web::{HttpRequest, web};
use chrono::{DateTime, NaiveDate, NaiveTime};
use uuid::Uuid;

use super::body::uuid;
use super::error::ApiError;
use crate::domain::ids::{Id, Kind};

/// The parameters of an address. Blank ones count as missing.
#[derive(Debug)]
pub struct Parameters {
    found: Vec<(String, String)>,
}

/// The most rows of a list, and how many it has when nobody says.
const MOST: i64 = 1_000;
const USUAL: i64 = 100;

impl Parameters {
    pub fn of(request: &HttpRequest) -> Result<Parameters, ApiError> {
        web::Query::<Vec<(String, String)>>::from_query(request.query_string())
            .map(|found| Parameters { found: found.into_inner() })
            .map_err(|_| ApiError::parameter("The query of the address cannot be read"))
    }

    /// A parameter's text. Given twice, the last one counts.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.all(name).last()
    }

    /// Every text of a parameter that may be given again and again.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let name = name.to_owned();
        let found = self.found.iter().filter(move |(found, _)| *found == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// Each word of a repeatable parameter as `read` understands it.
    pub fn words<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, ApiError> {
        let wrong = || ApiError::parameter(format!("Parameter {name} has an unknown value"));
        self.all(name).map(|word| read(word).ok_or_else(wrong)).collect()
    }

    /// How many rows are wanted: 1 to 1,000.
    pub fn limit(&self, name: &str) -> Result<i64, ApiError> {
        let Some(text) = self.text(name) else { return Ok(USUAL) };
        let number = text.parse().ok().filter(|number| (1..=MOST).contains(number));
        number.ok_or_else(|| ApiError::parameter(format!("{name} must be between 1 and {MOST}")))
    }

    /// A date, or a date-time with `Z` or an offset, in Unix microseconds. A part of a microsecond counts as a whole
    /// one: what is before it, is before it.
    pub fn time(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        time(text).map(Some).ok_or_else(|| ApiError::parameter(format!("Parameter {name} must be a valid timestamp")))
    }

    /// The id that a parameter holds.
    pub fn id<K: Kind>(&self, name: &str) -> Result<Option<Id<K>>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        uuid(text)
            .map(|uuid| Some(Id::from_uuid(uuid)))
            .ok_or_else(|| ApiError::parameter(format!("Invalid query parameter '{name}': expected UUID")))
    }
}

/// The id in an address.
pub fn path_id<K: Kind>(text: &str) -> Result<Id<K>, ApiError> {
    path_uuid(text).map(Id::from_uuid)
}

/// The id in an address, of any kind: that of a transaction may be any of ours.
pub fn path_uuid(text: &str) -> Result<Uuid, ApiError> {
    uuid(text).ok_or_else(|| ApiError::parameter("Invalid path parameter 'id': expected UUID"))
}

fn time(text: &str) -> Option<i64> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Some(day.and_time(NaiveTime::MIN).and_utc().timestamp_micros());
    }
    // A plus sign that was not encoded arrives as a blank.
    let time = DateTime::parse_from_rfc3339(&text.replace(' ', "+")).ok()?;
    let micros = time.timestamp_micros();
    Some(if time.timestamp_subsec_nanos() % 1_000 > 0 { micros + 1 } else { micros })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_days_or_moments_with_a_zone() {
        let expected = 1_768_089_600_000_000;
        for text in ["2026-01-11", "2026-01-11T00:00:00Z", "2026-01-11T02:00:00+02:00", "2026-01-11T02:00:00 02:00"] {
            assert_eq!(time(text), Some(expected), "{text}");
        }
        assert_eq!(time("2026-01-11T00:00:00.000001Z"), Some(expected + 1));
        assert_eq!(time("2026-01-11T00:00:00.000000001Z"), Some(expected + 1));
        for text in ["yesterday", "2026-13-01", "2026-01-11T00:00:00", "1768089600", "2026-01-11T25:00:00Z"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
