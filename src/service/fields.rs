//! Checking what people and programs typed, field by field, before anything happens.

use std::str::FromStr;

use email_address::{EmailAddress, Options};
use iso_currency::Country;

use crate::domain::money::{self, Currency, Money};
use crate::error::{Error, FieldError};

/// Collects what is wrong while it reads; at the end either everything is right or all errors are told at once.
#[derive(Debug, Default)]
pub struct Fields {
    errors: Vec<FieldError>,
}

impl Fields {
    /// A text that must be there, with its blanks trimmed, at most `max` characters.
    pub fn required(&mut self, field: &'static str, value: Option<&str>, max: usize) -> String {
        match self.optional(field, value, max) {
            Some(text) => text,
            None => {
                if !self.errors.iter().any(|error| error.field == field) {
                    self.wrong(field, "is required");
                }
                String::new()
            }
        }
    }

    /// A text that may be missing or blank, at most `max` characters and without control characters.
    pub fn optional(&mut self, field: &'static str, value: Option<&str>, max: usize) -> Option<String> {
        let text = value.map(str::trim).filter(|text| !text.is_empty())?;
        if text.chars().count() > max {
            self.wrong(field, format!("must have at most {max} characters"));
            return None;
        }
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\r' && c != '\t') {
            self.wrong(field, "must not contain control characters");
            return None;
        }
        Some(text.to_owned())
    }

    /// An ISO 4217 code in capitals.
    pub fn currency(&mut self, field: &'static str, value: Option<&str>) -> Option<Currency> {
        let code = self.required(field, value, 3);
        let found = money::currency(&code);
        if found.is_none() && !code.is_empty() {
            self.wrong(field, "must be an ISO 4217 code such as USD");
        }
        found
    }

    /// A positive amount in major units, exact.
    pub fn amount(&mut self, field: &'static str, value: Option<&str>, currency: Option<Currency>) -> Option<Money> {
        let text = value.unwrap_or_default();
        // Without a currency the shape is still told, so that both errors show at once.
        match Money::parse(text, currency.unwrap_or(Currency::CLF)) {
            Ok(money) => currency.map(|_| money),
            Err(error) => {
                self.wrong(field, error.to_string());
                None
            }
        }
    }

    /// An id, or anything else with a text form.
    pub fn parsed<T: FromStr>(&mut self, field: &'static str, value: Option<&str>, what: &str) -> Option<T> {
        let text = value.map(str::trim).filter(|text| !text.is_empty())?;
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.wrong(field, format!("must be {what}"));
        }
        parsed
    }

    /// An email address with a domain.
    pub fn email(&mut self, field: &'static str, value: Option<&str>) -> String {
        let text = self.required(field, value, 254);
        let plain = Options::default().with_required_tld().without_display_text().without_domain_literal();
        if !text.is_empty() && EmailAddress::parse_with_options(&text, plain).is_err() {
            self.wrong(field, "must be an email address such as name@example.com");
        }
        text
    }

    /// ISO 3166-1 alpha-2 in capitals, if given.
    pub fn country(&mut self, field: &'static str, value: Option<&str>) -> Option<String> {
        let code = self.optional(field, value, 100)?;
        let known = code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) && Country::from_str(&code).is_ok();
        if !known {
            self.wrong(field, "must be a two-letter country code in capitals, such as US");
        }
        known.then_some(code)
    }

    pub fn wrong(&mut self, field: &'static str, message: impl Into<String>) {
        self.errors.push(FieldError { field, message: message.into() });
    }

    /// Everything was right, or all that was wrong.
    pub fn done(self) -> Result<(), Error> {
        if self.errors.is_empty() { Ok(()) } else { Err(Error::Validation(self.errors)) }
    }
}
