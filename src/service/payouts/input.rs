//! Payouts and payees as typed in a form or sent as JSON, and their checks.

use serde::Serialize;

use crate::domain::command::{NewPayout, PayeeChoice, PayeeDetails, Terms};
use crate::domain::payee::account_label;
use crate::error::Error;
use crate::keys::Keys;
use crate::service::accounts;
use crate::service::fields::Fields;

/// A payout as typed in a form or sent as JSON; amounts and ids are still text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PayoutInput {
    pub reference_id: Option<String>,
    /// The wallet's number.
    pub wallet_id: Option<String>,
    pub amount: Option<String>,
    pub currency: Option<String>,
    pub beneficiary_id: Option<String>,
    pub beneficiary: PayeeInput,
    pub description: Option<String>,
    /// A JSON object as text.
    pub metadata: Option<String>,
}

/// A payee as typed or sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PayeeInput {
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub country: Option<String>,
    pub phone: Option<String>,
    /// Account identifiers, a JSON object as text.
    pub identifiers: Option<String>,
    /// A JSON object as text.
    pub metadata: Option<String>,
}

/// The names of a payee's fields, which differ between a payout and a payee of its own.
#[derive(Debug, Clone, Copy)]
pub struct PayeeFields {
    pub email: &'static str,
    pub first_name: &'static str,
    pub last_name: &'static str,
    pub country: &'static str,
    pub phone: &'static str,
    pub identifiers: &'static str,
    pub metadata: &'static str,
}

impl PayeeFields {
    pub const OF_PAYOUT: PayeeFields = PayeeFields {
        email: "beneficiary_email",
        first_name: "beneficiary_first_name",
        last_name: "beneficiary_last_name",
        country: "beneficiary_country",
        phone: "beneficiary_phone",
        identifiers: "beneficiary_identifiers",
        metadata: "metadata",
    };
    pub const OWN: PayeeFields = PayeeFields {
        email: "email",
        first_name: "first_name",
        last_name: "last_name",
        country: "country",
        phone: "phone",
        identifiers: "identifiers",
        metadata: "metadata",
    };
}

/// Checks a payee's fields and seals its account; the names in errors are those of `fields`.
pub fn parse_payee(keys: &Keys, checks: &mut Fields, input: &PayeeInput, fields: PayeeFields) -> PayeeDetails {
    let country = checks.country(fields.country, input.country.as_deref());
    let identifiers = object(checks, fields.identifiers, input.identifiers.as_deref());
    let label = identifiers.as_ref().and_then(|members| account_label(country.as_deref(), members));
    let metadata = object(checks, fields.metadata, input.metadata.as_deref());
    let mut details = PayeeDetails {
        email: checks.email(fields.email, input.email.as_deref()),
        first_name: checks.required(fields.first_name, input.first_name.as_deref(), 100),
        last_name: checks.required(fields.last_name, input.last_name.as_deref(), 100),
        country,
        phone: checks.optional(fields.phone, input.phone.as_deref(), 40),
        identifiers: identifiers.map(|members| serde_json::Value::Object(members).to_string()),
        account_label: label,
        metadata: metadata.map(|members| serde_json::Value::Object(members).to_string()),
        fingerprint: String::new(),
    };
    accounts::seal_details(keys, &mut details);
    details
}

/// Checks every field of a payout, before anything is looked up.
pub(in crate::service) fn parse(keys: &Keys, input: &PayoutInput) -> Result<NewPayout, Error> {
    let mut checks = Fields::default();
    let reference_id = checks.required("reference_id", input.reference_id.as_deref(), 100);
    let wallet_number = checks.parsed("wallet_id", input.wallet_id.as_deref(), "the number of a wallet");
    if input.wallet_id.as_deref().is_none_or(|text| text.trim().is_empty()) {
        checks.wrong("wallet_id", "is required");
    }
    let currency = checks.currency("currency", input.currency.as_deref());
    let amount = checks.amount("amount", input.amount.as_deref(), currency);
    let inline = PayeeInput { metadata: None, ..input.beneficiary.clone() };
    let payee = match input.beneficiary_id.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
        Some(_) if inline != PayeeInput::default() => {
            checks.wrong("beneficiary_id", "must not come together with details of a beneficiary: give one of them");
            None
        }
        // An id that cannot be one of ours names nobody, like any other unknown id.
        Some(id) => match id.parse() {
            Ok(id) => Some(PayeeChoice::Saved(id)),
            Err(_) => {
                checks.wrong("beneficiary_id", "must be the id of a saved beneficiary (ben_…)");
                None
            }
        },
        None => Some(PayeeChoice::Inline(parse_payee(keys, &mut checks, &inline, PayeeFields::OF_PAYOUT))),
    };
    let description = checks.optional("description", input.description.as_deref(), 500);
    let metadata = object(&mut checks, "metadata", input.metadata.as_deref())
        .map(|members| serde_json::Value::Object(members).to_string());
    checks.done()?;
    match (wallet_number, amount, payee) {
        (Some(wallet_number), Some(amount), Some(payee)) => {
            Ok(NewPayout { wallet_number, amount, payee, reference_id, description, metadata, terms: Terms::default() })
        }
        _ => Err(Error::Internal),
    }
}

/// A JSON object of at most 4,000 characters, if given.
pub fn object(
    checks: &mut Fields,
    field: &'static str,
    text: Option<&str>,
) -> Option<serde_json::Map<String, serde_json::Value>> {
    let text = text.map(str::trim).filter(|text| !text.is_empty() && *text != "null")?;
    if text.len() > 4_000 {
        checks.wrong(field, "must have at most 4,000 characters");
        return None;
    }
    match serde_json::from_str(text) {
        Ok(_) if text.contains("\\u0000") => checks.wrong(field, "must not contain U+0000"),
        Ok(serde_json::Value::Object(members)) => return Some(members).filter(|members| !members.is_empty()),
        _ => checks.wrong(field, "must be an object"),
    }
    None
}

/// A reason or note, at most 500 characters.
pub fn note(field: &'static str, text: Option<&str>) -> Result<Option<String>, Error> {
    let mut checks = Fields::default();
    let note = checks.optional(field, text, 500);
    checks.done()?;
    Ok(note)
}
