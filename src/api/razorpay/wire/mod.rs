//! How records look as JSON in this dialect: what is absent is null, times are Unix seconds, money is paise.

pub mod contact;
pub mod fund_account;
pub mod ledger;
pub mod link;
pub mod payout;

use serde::Serialize;
use serde_json::value::RawValue;

/// Several records: `count` is how many are in this answer.
#[derive(Debug, Serialize)]
pub struct Collection<T> {
    entity: &'static str,
    count: usize,
    items: Vec<T>,
}

impl<T> Collection<T> {
    pub fn of(items: Vec<T>) -> Collection<T> {
        Collection { entity: "collection", count: items.len(), items }
    }
}

/// Unix seconds.
pub fn seconds(micros: i64) -> i64 {
    micros.div_euclid(1_000_000)
}

/// Notes that the database keeps as text; none are an empty object.
pub fn notes(text: Option<&str>) -> Box<RawValue> {
    let kept = text.and_then(|text| RawValue::from_string(text.to_owned()).ok());
    kept.unwrap_or_else(|| RawValue::from_string("{}".to_owned()).expect("an empty object"))
}
