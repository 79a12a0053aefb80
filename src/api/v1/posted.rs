//! Reading a request that changes something: its JSON body member by member, and the headers that go with it.

use std::convert::Infallible;
use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, IF_MATCH};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::error::{ApiError, Invalid};
use super::query::Parameters;

/// The largest body, in bytes.
pub const LARGEST: usize = 64 * 1024;

/// The largest body where many ids are given, in bytes.
pub const LARGEST_LIST: usize = 4 * 1024 * 1024;

/// How long an `Idempotency-Key` may be where the contract says nothing else.
pub const KEY_LENGTH: RangeInclusive<usize> = 1..=255;

/// A request with its body. What is wrong with the body is told when it is read, after permission was checked.
#[derive(Debug)]
pub struct Posted {
    request: HttpRequest,
    body: Result<Bytes, ApiError>,
}

/// The members of a JSON object, taken one by one; numbers stay the text they were written as.
#[derive(Debug, Default)]
pub struct Members {
    found: Vec<(String, Box<RawValue>)>,
    invalid: Vec<Invalid>,
}

impl FromRequest for Posted {
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Posted, Infallible>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let reading = Bytes::from_request(&request, payload);
        Box::pin(async move {
            let body = reading.await.map_err(|error| match error.as_error::<PayloadError>() {
                Some(PayloadError::Overflow) => too_large(&request),
                _ => ApiError::bad_request("body could not be read"),
            });
            Ok(Posted { request, body })
        })
    }
}

impl Posted {
    /// The members of the body; no body has none.
    ///
    /// Errors: 413 when it is too large, 415 when it is not JSON, 400 when it is malformed or no object.
    pub fn members(&self) -> Result<Members, ApiError> {
        let body = self.body.as_ref().map_err(ApiError::clone)?;
        if body.is_empty() {
            return Ok(Members::default());
        }
        if !self.is_json() {
            let message = "Content-Type must be application/json, without Content-Encoding";
            return Err(ApiError::new(415, "UnsupportedMediaType", message));
        }
        let object: Object = serde_json::from_slice(body)
            .map_err(|error| ApiError::bad_request(format!("body must be a JSON object: {error}")))?;
        for (place, (name, _)) in object.0.iter().enumerate() {
            if object.0[..place].iter().any(|(earlier, _)| earlier == name) {
                return Err(ApiError::member(shown(name), "must not be given twice"));
            }
        }
        Ok(Members { found: object.0, invalid: Vec::new() })
    }

    /// The `Idempotency-Key`, if there is one.
    pub fn key(&self, length: RangeInclusive<usize>) -> Result<Option<String>, ApiError> {
        let Some(value) = self.request.headers().get("idempotency-key") else { return Ok(None) };
        let key = value.to_str().unwrap_or("\u{fffd}").trim();
        if key.is_empty() {
            return Ok(None);
        }
        if !key.is_ascii() || !length.contains(&key.len()) {
            let message = format!("must have {} to {} visible ASCII characters", length.start(), length.end());
            return Err(ApiError::member("Idempotency-Key", message));
        }
        Ok(Some(key.to_owned()))
    }

    /// The version that `If-Match` names; one that no record has when it is not an `ETag` of ours.
    pub fn if_match(&self) -> Result<Option<i64>, ApiError> {
        let Some(value) = self.request.headers().get(IF_MATCH) else { return Ok(None) };
        let value = value.to_str().unwrap_or_default().trim();
        if value == "*" {
            return Ok(None);
        }
        if value.contains(',') {
            return Err(ApiError::member("If-Match", "must hold one ETag"));
        }
        let tag = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        Ok(Some(tag.and_then(|tag| tag.parse().ok()).unwrap_or(-1)))
    }

    /// Refuses parameters in the address, on routes of our own that have none.
    pub fn no_parameters(&self) -> Result<(), ApiError> {
        Parameters::of(&self.request)?.none_but(&[])
    }

    fn is_json(&self) -> bool {
        let headers = self.request.headers();
        let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json") && !headers.contains_key(CONTENT_ENCODING)
    }
}

impl Members {
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
    pub fn nothing_else(mut self) -> Result<(), ApiError> {
        for (name, _) in std::mem::take(&mut self.found) {
            self.wrong(&shown(&name), "is not a member of this request");
        }
        self.done()
    }

    /// Errors: the members taken so far that have the wrong type.
    pub fn done(self) -> Result<(), ApiError> {
        if self.invalid.is_empty() { Ok(()) } else { Err(ApiError::invalid(self.invalid)) }
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

/// A JSON object whose values are not looked into.
struct Object(Vec<(String, Box<RawValue>)>);

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

fn too_large(request: &HttpRequest) -> ApiError {
    let most = if request.path().ends_with("/batches") { LARGEST_LIST } else { LARGEST };
    ApiError::new(413, "PayloadTooLarge", format!("body must have at most {most} bytes"))
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
    fn what_nobody_read_is_named() {
        let mut members = members(r#"{"note":"x","colour":1}"#);
        assert_eq!(members.text("note").as_deref(), Some("x"));
        assert_eq!(members.nothing_else().unwrap_err().to_string(), "colour is not a member of this request");
    }
}
