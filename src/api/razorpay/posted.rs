//! Reading a JSON body as leniently as published clients need it (`contracts/razorpay.md` section 1).
//!
//! It is JSON whatever `Content-Type` says, unless it is a form and says so; members that nobody reads are ignored; the first member that is missing or
//! cannot be used is told.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use serde_json::{Map, Value};

use super::error::RazorpayError;
use super::form;

/// The largest body, in bytes.
pub const LARGEST: usize = 64 * 1024;

/// The header that makes a repeated payout the same one.
pub const IDEMPOTENCY_KEY: &str = "X-Payout-Idempotency";

/// Pairs of notes at most, and characters of each.
const MOST_NOTES: usize = 15;
const LONGEST_NOTE: usize = 256;

/// A request with its body. What is wrong with the body is told when it is read, after permission was checked.
#[derive(Debug)]
pub struct Posted {
    request: HttpRequest,
    body: Result<Bytes, RazorpayError>,
}

/// The members of a JSON object or of a form.
#[derive(Debug, Default, Clone)]
pub struct Body {
    members: Map<String, Value>,
    /// What stands before a member's name in errors: `contact.`.
    prefix: &'static str,
}

impl FromRequest for Posted {
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Posted, Infallible>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let reading = Bytes::from_request(&request, payload);
        Box::pin(async move {
            let body = reading.await.map_err(|error| match error.as_error::<PayloadError>() {
                Some(PayloadError::Overflow) => {
                    RazorpayError::input(format!("The body may not be greater than {LARGEST} bytes."))
                }
                _ => RazorpayError::input("The body cannot be read."),
            });
            Ok(Posted { request, body })
        })
    }
}

impl Posted {
    /// The members of the body; no body has none.
    pub fn body(&self) -> Result<Body, RazorpayError> {
        let bytes = self.body.as_ref().map_err(RazorpayError::clone)?;
        if bytes.trim_ascii().is_empty() {
            return Ok(Body::default());
        }
        if form::is_form(self.request.headers(), bytes) {
            let members = form::members(bytes).ok_or_else(|| RazorpayError::input("The body is no readable form."))?;
            return Ok(Body { members, prefix: "" });
        }
        let members = serde_json::from_slice(bytes)
            .map_err(|error| RazorpayError::input(format!("The body must be a JSON object: {error}.")))?;
        Ok(Body { members, prefix: "" })
    }

    /// The idempotency key, 4 to 36 letters, figures, hyphens, underscores and blanks; none when the header is missing
    /// or blank.
    pub fn key(&self) -> Result<Option<String>, RazorpayError> {
        let Some(value) = self.request.headers().get(IDEMPOTENCY_KEY) else { return Ok(None) };
        let key = value.to_str().unwrap_or("\u{fffd}").trim();
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ' ');
        match key.chars().count() {
            0 => Ok(None),
            4..=36 if key.chars().all(known) => Ok(Some(key.to_owned())),
            _ => {
                let text = "Idempotency key must have 4 to 36 letters, digits, hyphens, underscores or spaces.";
                Err(RazorpayError::input(text).on(IDEMPOTENCY_KEY))
            }
        }
    }
}

impl Body {
    #[cfg(test)]
    pub fn of(value: Value) -> Body {
        Body { members: value.as_object().cloned().unwrap_or_default(), prefix: "" }
    }

    /// A text without the blanks around it; what is missing, null or blank is none. A whole number will do, for phone
    /// numbers and receipts.
    pub fn text(&self, name: &str) -> Result<Option<String>, RazorpayError> {
        let text = match self.value(name) {
            None => return Ok(None),
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) if number.is_i64() || number.is_u64() => number.to_string(),
            Some(_) => return Err(self.wrong(name, "must be a string.")),
        };
        if text.chars().any(char::is_control) {
            return Err(self.wrong(name, "format is invalid."));
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// A text that may be missing, at most `longest` characters.
    pub fn optional(&self, name: &str, longest: usize) -> Result<Option<String>, RazorpayError> {
        match self.text(name)? {
            Some(text) if text.chars().count() > longest => {
                Err(self.wrong(name, &format!("may not be greater than {longest} characters.")))
            }
            text => Ok(text),
        }
    }

    /// A text that has to be there, at most `longest` characters.
    pub fn required(&self, name: &str, longest: usize) -> Result<String, RazorpayError> {
        self.optional(name, longest)?.ok_or_else(|| self.missing(name))
    }

    /// A whole number, if given; a text of figures will do.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, RazorpayError> {
        let number = match self.value(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
            Some(_) => None,
        };
        number.map(Some).ok_or_else(|| self.wrong(name, "must be an integer."))
    }

    /// An amount in paise, at least one rupee.
    pub fn amount(&self) -> Result<i64, RazorpayError> {
        match self.integer("amount")? {
            None => Err(self.missing("amount")),
            Some(amount) if amount < 100 => Err(self.wrong("amount", "must be at least 100.")),
            Some(amount) => Ok(amount),
        }
    }

    /// The currency, which is `INR`.
    pub fn rupees(&self) -> Result<(), RazorpayError> {
        match self.required("currency", 3)?.as_str() {
            "INR" => Ok(()),
            _ => Err(RazorpayError::input("Currency is not supported: only INR is.").on("currency")),
        }
    }

    /// True or false, if given; also as 1 and 0, and as texts.
    pub fn flag(&self, name: &str) -> Result<bool, RazorpayError> {
        match self.value(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::Number(number)) if number.as_i64() == Some(1) => Ok(true),
            Some(Value::Number(number)) if number.as_i64() == Some(0) => Ok(false),
            Some(Value::String(text)) => match text.as_str() {
                "1" | "true" => Ok(true),
                "0" | "false" | "" => Ok(false),
                _ => Err(self.wrong(name, "field must be true or false.")),
            },
            Some(_) => Err(self.wrong(name, "field must be true or false.")),
        }
    }

    /// An object inside this one, if given; `prefix` names its members in errors.
    pub fn object(&self, name: &str, prefix: &'static str) -> Result<Option<Body>, RazorpayError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(Body { members: members.clone(), prefix })),
            Some(_) => Err(self.wrong(name, "must be an object.")),
        }
    }

    /// At most 15 notes of at most 256 characters each, as JSON; none when there are none.
    pub fn notes(&self) -> Result<Option<String>, RazorpayError> {
        let notes = match self.value("notes") {
            None => return Ok(None),
            // What PHP makes of an empty object.
            Some(Value::Array(none)) if none.is_empty() => return Ok(None),
            Some(Value::Object(notes)) => notes,
            Some(_) => return Err(self.wrong("notes", "must be an object.")),
        };
        if notes.len() > MOST_NOTES {
            return Err(self.wrong("notes", &format!("may not have more than {MOST_NOTES} pairs.")));
        }
        for (name, value) in notes {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Object(_) | Value::Array(_) => {
                    return Err(self.wrong("notes", "may hold texts and numbers only."));
                }
                other => other.to_string(),
            };
            if name.chars().count() > LONGEST_NOTE || text.chars().count() > LONGEST_NOTE {
                return Err(self.wrong("notes", &format!("may not have more than {LONGEST_NOTE} characters each.")));
            }
            if name.contains('\0') || text.contains('\0') {
                return Err(self.wrong("notes", "must not contain U+0000."));
            }
        }
        Ok((!notes.is_empty()).then(|| Value::Object(notes.clone()).to_string()))
    }

    /// Whether something was given at all: not missing, not null.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// Whether any of these members says something.
    pub fn says_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.value(name).is_some_and(|value| *value != Value::String(String::new())))
    }

    pub fn missing(&self, name: &str) -> RazorpayError {
        RazorpayError::required(&self.called(name))
    }

    /// A member's name in errors: `contact.name`.
    pub fn called(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// What is wrong with a member, to be read after its name: `must be at least 100.`
    pub fn wrong(&self, name: &str, message: &str) -> RazorpayError {
        let field = self.called(name);
        RazorpayError::input(format!("The {field} {message}")).on(field)
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(value: Value) -> Body {
        Body::of(value)
    }

    #[test]
    fn an_amount_is_whole_paise_and_at_least_a_rupee() {
        assert_eq!(body(json!({"amount": 100})).amount(), Ok(100));
        assert_eq!(body(json!({"amount": "125000"})).amount(), Ok(125_000));
        for (value, text) in [
            (json!(null), "The amount field is required."),
            (json!(99), "The amount must be at least 100."),
            (json!(-100), "The amount must be at least 100."),
            (json!(1000.5), "The amount must be an integer."),
            (json!(1000.0), "The amount must be an integer."),
            (json!("1e3"), "The amount must be an integer."),
            (json!(" 100"), "The amount must be an integer."),
            (json!(u64::MAX), "The amount must be an integer."),
            (json!([100]), "The amount must be an integer."),
        ] {
            let error = body(json!({"amount": value})).amount().unwrap_err();
            assert_eq!(error, RazorpayError::input(text).on("amount"));
        }
    }

    #[test]
    fn notes_are_few_and_short() {
        let many: Map<String, Value> = (0..16).map(|n| (n.to_string(), json!("x"))).collect();
        assert_eq!(body(json!({"notes": []})).notes(), Ok(None));
        assert_eq!(body(json!({"notes": {}})).notes(), Ok(None));
        assert_eq!(body(json!({"notes": {"a": 1, "b": "2"}})).notes(), Ok(Some(r#"{"a":1,"b":"2"}"#.into())));
        for notes in [json!(many), json!({"a": "x".repeat(257)}), json!({"a": {}}), json!("a"), json!(["a"])] {
            assert!(body(json!({ "notes": notes })).notes().is_err());
        }
        assert!(body(json!({"notes": {"a": "x".repeat(256)}})).notes().is_ok());
    }
}
