//! Whom money is for, as programs send it: checked by the rules of `contracts/razorpay.md` 3.3.

use super::error::RazorpayError;
use super::posted::Body;
use crate::config::RazorpayConfig;
use crate::domain::payee::split_name;
use crate::domain::payout_link::phone_digits;
use crate::service::fields::Fields;
use crate::service::payees::input::PayeeInput;

/// A contact's own members. Texts are trimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    pub name: String,
    pub kind: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

impl Given {
    /// The payee with these details.
    pub fn input(&self) -> PayeeInput {
        let (first_name, last_name) = split(&self.name);
        PayeeInput {
            first_name,
            last_name,
            email: self.email.clone(),
            phone: self.phone.clone(),
            contact_type: self.kind.clone(),
            ..PayeeInput::default()
        }
    }
}

/// First and last name of a name in one piece.
pub fn split(name: &str) -> (Option<String>, Option<String>) {
    let (first, last) = split_name(name);
    (Some(first), Some(last))
}

/// Reads all that a contact of its own has: name, type, phone number, email, the client's reference and notes.
pub fn whole(config: &RazorpayConfig, body: &Body) -> Result<PayeeInput, RazorpayError> {
    let given = read(config, body)?;
    Ok(PayeeInput { reference: body.optional("reference_id", 40)?, metadata: body.notes()?, ..given.input() })
}

/// Reads name, type, phone number and email.
pub fn read(config: &RazorpayConfig, body: &Body) -> Result<Given, RazorpayError> {
    Ok(Given { name: name(body)?, kind: kind(config, body)?, phone: phone(body)?, email: email(body)? })
}

/// 3 to 50 letters, figures, blanks and `’ ' - _ / ( ) .`, the last of them no other mark than a full stop.
pub fn name(body: &Body) -> Result<String, RazorpayError> {
    let name = body.required("name", 50)?;
    if name.chars().count() < 3 {
        return Err(body.wrong("name", "must be at least 3 characters."));
    }
    let plain = |c: char| c.is_alphanumeric();
    let known = |c: char| plain(c) || is_joining(c) || " ’'-_/().".contains(c);
    let ends_well = name.chars().last().is_some_and(|c| plain(c) || is_joining(c) || c == '.');
    if name.chars().all(known) && ends_well { Ok(name) } else { Err(body.wrong("name", "format is invalid.")) }
}

/// One of the types that there are, if given.
pub fn kind(config: &RazorpayConfig, body: &Body) -> Result<Option<String>, RazorpayError> {
    match body.optional("type", 50)? {
        Some(kind) if !config.knows_contact_type(&kind) => {
            Err(RazorpayError::input(format!("Invalid type: {kind}")).on(body.called("type")))
        }
        kind => Ok(kind),
    }
}

/// A phone number of 5 to 20 figures, if given.
pub fn phone(body: &Body) -> Result<Option<String>, RazorpayError> {
    let Some(phone) = body.optional("contact", 40)? else { return Ok(None) };
    let marks = |c: char| c.is_ascii_digit() || " +-().".contains(c);
    let fits = phone.chars().all(marks) && (5..=20).contains(&phone_digits(&phone).len());
    if fits { Ok(Some(phone)) } else { Err(body.wrong("contact", "format is invalid.")) }
}

/// An email address, if given.
pub fn email(body: &Body) -> Result<Option<String>, RazorpayError> {
    let Some(email) = body.optional("email", 254)? else { return Ok(None) };
    let mut checks = Fields::default();
    let email = checks.email("email", Some(&email));
    checks.done().map_err(|_| body.wrong("email", "must be a valid email address."))?;
    Ok(Some(email))
}

/// Marks that letters of Indian scripts are written with.
fn is_joining(c: char) -> bool {
    matches!(c, '\u{0900}'..='\u{0dff}' | '\u{200c}' | '\u{200d}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(name: &str) -> Result<String, RazorpayError> {
        self::name(&Body::of(json!({ "name": name })))
    }

    #[test]
    fn a_name_has_the_letters_and_marks_of_the_contract() {
        for good in ["Gaurav Kumar", "D’Souza-Rao", "A. K. Sons (India) Ltd.", "Tea/Coffee_Co", "गौरव कुमार", "R2D"]
        {
            assert_eq!(named(good).as_deref(), Ok(good));
        }
        for (bad, text) in [
            ("", "The name field is required."),
            ("Al", "The name must be at least 3 characters."),
            ("Gaurav Kumar!", "The name format is invalid."),
            ("Gaurav & Sons", "The name format is invalid."),
            ("Gaurav-", "The name format is invalid."),
            ("Kumar (India)", "The name format is invalid."),
        ] {
            assert_eq!(named(bad).unwrap_err(), RazorpayError::input(text).on("name"), "{bad}");
        }
        assert!(named(&"x".repeat(50)).is_ok());
        assert!(named(&"x".repeat(51)).is_err());
    }
}
