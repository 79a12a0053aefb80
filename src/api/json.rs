//! JSON as every dialect reads and writes it: members one by one, numbers exactly as they were written.

use std::collections::HashSet;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::money::Money;

/// The members of a JSON object, taken one by one; numbers stay the text they were written as.
#[derive(Debug, Default)]
pub struct Members {
    found: Vec<(String, Box<RawValue>)>,
    invalid: Vec<Invalid>,
}

/// A member, parameter or header that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    pub name: String,
    /// To be read after the name: `must be more than 0`.
    pub message: String,
}

/// The members that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong(pub Vec<Invalid>);

/// Why a body has no members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformed {
    /// No JSON, or no object; with what is wrong.
    NoObject(String),
    /// A member of this name stands there twice.
    Twice(String),
}

/// An amount as a JSON number in major units with exactly the currency's decimals: `100.00`, `500`, `1.250`.
#[derive(Debug, Clone, Copy)]
pub struct Number(pub Money);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = RawValue::from_string(self.0.plain()).map_err(serde::ser::Error::custom)?;
        number.serialize(serializer)
    }
}

impl PartialSchema for Number {
    fn schema() -> RefOr<Schema> {
        let about = "An amount in major units, written with exactly the decimals of its currency: `100.00` in USD, \
                     `500` in JPY, `1.250` in KWD. Read it as a decimal, not as a binary float.";
        let object = ObjectBuilder::new().schema_type(Type::Number).description(Some(about)).minimum(Some(0));
        RefOr::T(Schema::Object(object.build()))
    }
}

impl ToSchema for Number {
    fn name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }
}

/// An amount in a request: a number in major units, or a text with one.
pub enum AmountGiven {}

impl PartialSchema for AmountGiven {
    fn schema() -> RefOr<Schema> {
        let about = "An amount in major units, more than 0, with at most the decimals of its currency: a number, or a \
                     text with one. Without sign and exponent.";
        let object = ObjectBuilder::new()
            .schema_type(SchemaType::Array(vec![Type::Number, Type::String]))
            .description(Some(about))
            .exclusive_minimum(Some(0))
            .pattern(Some(r"^[0-9]+(\.[0-9]+)?$"));
        RefOr::T(Schema::Object(object.build()))
    }
}

impl ToSchema for AmountGiven {}

impl Members {
    /// Reads a body.
    pub fn read(body: &[u8]) -> Result<Members, Malformed> {
        let object: Object = serde_json::from_slice(body).map_err(|error| Malformed::NoObject(error.to_string()))?;
        let mut names = HashSet::with_capacity(object.0.len());
        if let Some((name, _)) = object.0.iter().find(|(name, _)| !names.insert(name.as_str())) {
            return Err(Malformed::Twice(shown(name)));
        }
        Ok(Members { found: object.0, invalid: Vec::new() })
    }

    /// One text for what was sent, whatever order it came in; what is null counts as missing.
    pub fn canonical(&self) -> String {
        let mut given: Vec<_> = self.found.iter().filter(|(_, value)| value.get() != "null").collect();
        given.sort_by(|(one, _), (other, _)| one.cmp(other));
        serde_json::to_string(&given).expect("names and JSON values")
    }

    /// A text, if given and not null.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        let value = self.take(name)?;
        let text = serde_json::from_str(value.get()).ok();
        self.expect(name, text, "must be a text")
    }

    /// A number exactly as written, if given and not null; a text with a number in it will do.
    pub fn number(&mut self, name: &'static str) -> Option<String> {
        let value = self.take(name)?;
        let written = value.get();
        let number = match written.as_bytes() {
            [b'"', ..] => serde_json::from_str(written).ok().filter(|text: &String| is_dense(text)),
            [b'-' | b'0'..=b'9', ..] => Some(written.to_owned()),
            _ => None,
        };
        self.expect(name, number, "must be a number")
    }

    /// An id as a text or, where it is a number, exactly as written; if given and not null.
    pub fn id(&mut self, name: &'static str) -> Option<String> {
        let value = self.take(name)?;
        let written = value.get();
        let id = match written.as_bytes() {
            [b'"', ..] => serde_json::from_str(written).ok(),
            [b'0'..=b'9', ..] => Some(written.to_owned()),
            _ => None,
        };
        self.expect(name, id, "must be an id")
    }

    /// True or false, if given and not null.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        let value = self.take(name)?;
        let flag = serde_json::from_str(value.get()).ok();
        self.expect(name, flag, "must be true or false")
    }

    /// An object as its JSON text, if given and not null.
    pub fn object(&mut self, name: &'static str) -> Option<String> {
        let value = self.take(name)?;
        let object = value.get().starts_with('{').then(|| value.get().to_owned());
        self.expect(name, object, "must be an object")
    }

    /// A list of texts, if given and not null.
    pub fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let value = self.take(name)?;
        let texts = serde_json::from_str(value.get()).ok();
        self.expect(name, texts, "must be a list of texts")
    }

    /// Notes that a member cannot be used.
    pub fn wrong(&mut self, name: &str, message: &str) {
        self.invalid.push(Invalid { name: name.to_owned(), message: message.to_owned() });
    }

    /// Refuses what is left: for routes of our own, where a member nobody reads is a mistake.
    pub fn nothing_else(mut self) -> Result<(), Wrong> {
        for (name, _) in std::mem::take(&mut self.found) {
            self.wrong(&shown(&name), "is not a member of this request");
        }
        self.done()
    }

    /// Errors: the members taken so far that have the wrong type.
    pub fn done(self) -> Result<(), Wrong> {
        if self.invalid.is_empty() { Ok(()) } else { Err(Wrong(self.invalid)) }
    }

    fn take(&mut self, name: &str) -> Option<Box<RawValue>> {
        let place = self.found.iter().position(|(found, _)| found == name)?;
        let (_, value) = self.found.swap_remove(place);
        Some(value).filter(|value| value.get() != "null")
    }

    fn expect<T>(&mut self, name: &'static str, value: Option<T>, otherwise: &str) -> Option<T> {
        if value.is_none() {
            self.wrong(name, otherwise);
        }
        value
    }
}

/// A JSON object whose values are not looked into: its members in their order, also those that stand there twice.
pub(super) struct Object(pub Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Object;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// A JSON object that the database keeps as text.
pub fn stored(text: Option<&str>) -> Option<Box<RawValue>> {
    text.and_then(|text| RawValue::from_string(text.to_owned()).ok())
}

/// A number without the zeros at its end: clients that know only floating point write 100 yen as `100.0`.
pub(super) fn shortened(number: &str) -> &str {
    match number.split_once('.') {
        Some((_, fraction)) if !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit()) => {
            number.trim_end_matches('0').trim_end_matches('.')
        }
        _ => number,
    }
}

/// Not empty, and without blanks around it.
fn is_dense(text: &str) -> bool {
    !text.is_empty() && text.trim().len() == text.len()
}

/// A name from outside, short enough to be told again.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;

    fn members(body: &str) -> Members {
        let object: Object = serde_json::from_str(body).unwrap();
        Members { found: object.0, invalid: Vec::new() }
    }

    #[test]
    fn numbers_stay_as_they_were_written() {
        for written in ["100.00", "1e2", "-0", "1.005", "9007199254740993", "1e999999", "0.10000000000000000001"] {
            assert_eq!(members(&format!("{{\"amount\":{written}}}")).number("amount").as_deref(), Some(written));
        }
        assert_eq!(members(r#"{"amount":"100.00"}"#).number("amount").as_deref(), Some("100.00"));
        assert_eq!(members(r#"{"amount":null}"#).number("amount"), None);
    }

    #[test]
    fn a_blank_or_wrong_amount_is_never_taken_for_a_missing_one() {
        for written in ["\"\"", "\" \"", "\" 5\"", "true", "[]", "{}"] {
            let mut members = members(&format!("{{\"amount\":{written}}}"));
            assert_eq!(members.number("amount"), None);
            assert!(members.done().is_err(), "{written}");
        }
    }

    #[test]
    fn zeros_at_the_end_of_a_number_say_nothing() {
        for (written, read) in [
            ("100.0", "100"),
            ("25.50", "25.5"),
            ("0.00", "0"),
            ("100", "100"),
            ("1.005", "1.005"),
            ("1.", "1."),
            ("1.0e2", "1.0e2"),
            ("-5.0", "-5"),
        ] {
            assert_eq!(shortened(written), read);
        }
    }

    #[test]
    fn a_member_that_stands_there_twice_is_named() {
        let twice = |body: &[u8]| Members::read(body).map(|_| ()).unwrap_err();
        assert_eq!(twice(br#"{"a":1,"b":2,"c":3,"b":4}"#), Malformed::Twice("b".into()));
        assert!(matches!(twice(b"[]"), Malformed::NoObject(_)));
        assert!(Members::read(br#"{"a":1,"A":1}"#).is_ok());
    }

    #[test]
    fn many_members_are_read_in_a_time_that_grows_with_them() {
        // As many as a body can have ten times over: compared each with each other they take minutes.
        let members: Vec<String> = (0..100_000).map(|n| format!("\"{n:x}\":0")).collect();
        let body = format!("{{{}}}", members.join(","));
        let started = std::time::Instant::now();
        assert!(Members::read(body.as_bytes()).is_ok());
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }

    #[test]
    fn what_nobody_read_is_named() {
        let mut members = members(r#"{"note":"x","colour":1}"#);
        assert_eq!(members.text("note").as_deref(), Some("x"));
        let Wrong(wrong) = members.nothing_else().unwrap_err();
        assert_eq!((wrong[0].name.as_str(), wrong[0].message.as_str()), ("colour", "is not a member of this request"));
    }

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
    fn the_same_members_are_the_same_request_in_any_order() {
        let one = members(r#"{"b":[1, 2],"a":"x","c":null}"#).canonical();
        assert_eq!(one, members(r#"{"a":"x","b":[1, 2]}"#).canonical());
        assert_ne!(one, members(r#"{"a":"x","b":[1, 3]}"#).canonical());
        assert_ne!(one, members(r#"{"a":"x"}"#).canonical());
    }
}
