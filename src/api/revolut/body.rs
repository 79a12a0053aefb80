//! Reading a JSON body as leniently as published clients need it (`contracts/revolut.md` section 1).
//!
//! It is JSON whatever `Content-Type` says; members that nobody reads are ignored; the first member that is missing or
//! cannot be used is told.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use rust_decimal::Decimal;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::error::ApiError;
use crate::api::json::{Object, shortened};
use crate::domain::ids::{Id, Kind};
use crate::domain::money::{AmountError, Currency, Money, currency};

/// The largest body, in bytes.
pub const LARGEST: usize = 64 * 1024;

/// The bytes of a body. What is wrong with them is told when they are read, after permission was checked.
#[derive(Debug)]
pub struct Posted(Result<Bytes, ApiError>);

/// The members of a JSON object; numbers stay the text they were written as.
#[derive(Debug, Default)]
pub struct Body {
    found: Vec<(String, Box<RawValue>)>,
    /// What stands before a member's name in errors: `receiver.`.
    prefix: &'static str,
}

impl FromRequest for Posted {
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Posted, Infallible>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let reading = Bytes::from_request(request, payload);
        Box::pin(async move {
            Ok(Posted(reading.await.map_err(|error| match error.as_error::<PayloadError>() {
                Some(PayloadError::Overflow) => ApiError::too_large(LARGEST),
                _ => unreadable(),
            })))
        })
    }
}

impl Posted {
    /// The members of the body; no body has none.
    pub fn body(&self) -> Result<Body, ApiError> {
        let bytes = self.0.as_ref().map_err(ApiError::clone)?;
        if bytes.trim_ascii().is_empty() {
            return Ok(Body::default());
        }
        let object: Object = serde_json::from_slice(bytes).map_err(|_| unreadable())?;
        Ok(Body { found: object.0, prefix: "" })
    }
}

impl Body {
    /// A text that may be missing or null.
    pub fn text(&self, name: &str) -> Result<Option<String>, ApiError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let text: Option<String> = serde_json::from_str(value).ok();
        text.filter(|text| is_plain(text)).map(Some).ok_or_else(|| self.wrong(name, value))
    }

    /// A text that has to be there and not be blank, at most `longest` characters.
    pub fn required(&self, name: &str, longest: usize) -> Result<String, ApiError> {
        let text = self.text(name)?.ok_or_else(|| self.missing(name))?;
        let fits = !text.trim().is_empty() && text.chars().count() <= longest;
        if fits { Ok(text) } else { Err(self.wrong(name, &text)) }
    }

    /// A text that may be missing, at most `longest` characters.
    pub fn optional(&self, name: &str, longest: usize) -> Result<Option<String>, ApiError> {
        match self.text(name)? {
            Some(text) if text.chars().count() > longest => Err(self.wrong(name, &text)),
            text => Ok(text.filter(|text| !text.trim().is_empty())),
        }
    }

    /// A hyphenated UUID that may be missing.
    pub fn id<K: Kind>(&self, name: &str) -> Result<Option<Id<K>>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        uuid(&text).map(|uuid| Some(Id::from_uuid(uuid))).ok_or_else(|| self.wrong(name, &text))
    }

    pub fn required_id<K: Kind>(&self, name: &str) -> Result<Id<K>, ApiError> {
        self.id(name)?.ok_or_else(|| self.missing(name))
    }

    /// An ISO 4217 code in capitals.
    pub fn currency(&self, name: &str) -> Result<Currency, ApiError> {
        let code = self.text(name)?.ok_or_else(|| self.missing(name))?;
        currency(&code).ok_or_else(|| self.wrong(name, &code))
    }

    /// `amount` and `currency`, of which the first that is missing or wrong is told.
    pub fn money(&self) -> Result<Money, ApiError> {
        match self.currency("currency") {
            Ok(currency) => self.amount("amount", currency),
            // The amount stands first; without a currency only its shape can be looked at.
            Err(error) => self.amount("amount", Currency::CLF).and(Err(error)),
        }
    }

    /// An amount above zero in major units, a number or a decimal text, read exactly as it is written.
    pub fn amount(&self, name: &str, currency: Currency) -> Result<Money, ApiError> {
        let written = self.value(name).ok_or_else(|| self.missing(name))?;
        let text = match written.as_bytes() {
            [b'"', ..] => serde_json::from_str::<String>(written).ok(),
            [b'-' | b'0'..=b'9', ..] => Some(without_exponent(written)),
            _ => None,
        };
        let text = text.ok_or_else(|| self.wrong(name, written))?;
        match Money::parse(shortened(text.trim()), currency) {
            Ok(money) => Ok(money),
            Err(AmountError::Missing | AmountError::NotANumber(_)) => Err(self.wrong(name, &text)),
            Err(error) => Err(ApiError::new(400, 3000, format!("Field '{name}' {error}"))),
        }
    }

    /// True or false, if given; the words will do as texts.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.value(name) {
            None => Ok(None),
            Some("true" | "\"true\"") => Ok(Some(true)),
            Some("false" | "\"false\"") => Ok(Some(false)),
            Some(value) => Err(self.wrong(name, value)),
        }
    }

    /// A list of texts, if given.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, ApiError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let texts: Option<Vec<String>> = serde_json::from_str(value).ok();
        texts.filter(|texts| texts.iter().all(|text| is_plain(text))).map(Some).ok_or_else(|| self.wrong(name, value))
    }

    /// An object inside this one, if given; `prefix` names its members in errors.
    pub fn object(&self, name: &str, prefix: &'static str) -> Result<Option<Body>, ApiError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let object: Object = serde_json::from_str(value).map_err(|_| self.wrong(name, value))?;
        Ok(Some(Body { found: object.0, prefix }))
    }

    pub fn missing(&self, name: &str) -> ApiError {
        ApiError::missing(&format!("{}{name}", self.prefix))
    }

    /// A member whose value cannot be used.
    pub fn wrong(&self, name: &str, value: &str) -> ApiError {
        let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        ApiError::format(&format!("{}{name}", self.prefix), quoted.unwrap_or(value))
    }

    /// Given twice, the last one counts; null counts as missing.
    fn value(&self, name: &str) -> Option<&str> {
        let (_, value) = self.found.iter().rev().find(|(found, _)| found == name)?;
        Some(value.get()).filter(|value| *value != "null")
    }
}

/// Reads a hyphenated UUID, and nothing else that a UUID may be written as.
pub fn uuid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|_| text.len() == 36)
}

/// The same number with all its digits: some programs write 100 as `1E+2`.
fn without_exponent(number: &str) -> String {
    let expanded = number.contains(['e', 'E']).then(|| Decimal::from_scientific(number).ok()).flatten();
    expanded.map_or_else(|| number.to_owned(), |number| number.to_string())
}

/// Without control characters but those of a text with lines.
fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// A body that is no JSON object.
pub fn unreadable() -> ApiError {
    ApiError::new(400, 3000, "Cannot parse request: invalid JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::WalletId;

    fn body(text: &'static str) -> Body {
        Posted(Ok(Bytes::from_static(text.as_bytes()))).body().unwrap()
    }

    #[test]
    fn amounts_are_read_exactly_from_numbers_and_texts() {
        let minor = |text, currency| body(text).amount("amount", currency).map(|money| money.minor).ok();
        assert_eq!(minor(r#"{"amount":105.6}"#, Currency::GBP), Some(10_560));
        assert_eq!(minor(r#"{"amount":"10.00"}"#, Currency::GBP), Some(1_000));
        assert_eq!(minor(r#"{"amount":100.0}"#, Currency::JPY), Some(100));
        assert_eq!(minor(r#"{"amount":0.10}"#, Currency::GBP), Some(10));
        assert_eq!(minor(r#"{"amount":90071992547409.91}"#, Currency::GBP), Some(9_007_199_254_740_991));
        assert_eq!(minor(r#"{"amount":1E+2}"#, Currency::GBP), Some(10_000));
        assert_eq!(minor(r#"{"amount":2.55e1}"#, Currency::GBP), Some(2_550));
        assert_eq!(minor(r#"{"amount":150e-1}"#, Currency::GBP), Some(1_500));
        let wrong = ["0", "-1", "1.005", "1e-3", "1e400", "-1e2", "90071992547409.92"];
        let no_numbers = ["\"\"", "\"ten\"", "true", "[1]", "\"1e2\"", "\"1,5\""];
        for wrong in wrong.into_iter().chain(no_numbers) {
            let text: &'static str = Box::leak(format!("{{\"amount\":{wrong}}}").into_boxed_str());
            assert_eq!(minor(text, Currency::GBP), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_named_as_the_contract_says() {
        let given = body(r#"{"account_id":"123","name":null,"inner":{"id":4}}"#);
        let error = given.required_id::<crate::domain::ids::WalletKind>("account_id").unwrap_err();
        assert_eq!(error.to_string(), "Value '123' is not in correct format for field 'account_id'");
        assert_eq!(given.required("name", 10).unwrap_err().to_string(), "Required 'name' is missing");
        let inner = given.object("inner", "inner.").unwrap().unwrap();
        let error = inner.text("id").unwrap_err().to_string();
        assert_eq!(error, "Value '4' is not in correct format for field 'inner.id'");
        assert_eq!(given.id::<crate::domain::ids::WalletKind>("other").unwrap(), None::<WalletId>);
    }

    #[test]
    fn a_body_is_an_object_or_nothing() {
        for text in ["", " ", "{}"] {
            assert!(Posted(Ok(Bytes::from_static(text.as_bytes()))).body().is_ok());
        }
        for text in ["[]", "{", "1", "\"x\"", "{} {}"] {
            let error = Posted(Ok(Bytes::from_static(text.as_bytes()))).body().unwrap_err();
            assert_eq!(error.to_string(), "Cannot parse request: invalid JSON", "{text}");
        }
    }

    #[test]
    fn only_a_hyphenated_uuid_is_an_id() {
        assert!(uuid("12dcd8c2-6408-458f-98a9-3f4abc180898").is_some());
        for text in ["12dcd8c26408458f98a93f4abc180898", "{12dcd8c2-6408-458f-98a9-3f4abc180898}", "", "x"] {
            assert_eq!(uuid(text), None, "{text}");
        }
    }
}
