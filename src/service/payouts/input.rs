//! Payouts as typed in a form or sent as JSON, and their checks.

use serde::{Deserialize, Serialize};

use crate::domain::command::{NewPayout, PayeeChoice, Terms};
use crate::domain::ids::AccountId;
use crate::error::Error;
use crate::keys::Keys;
use crate::service::fields::Fields;
use crate::service::payees::input::{PayeeFields, PayeeInput, parse_payee};

/// A payout as typed in a form or sent as JSON; amounts and ids are still text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutInput {
    pub reference_id: Option<String>,
    /// The wallet's number.
    pub wallet_id: Option<String>,
    pub amount: Option<String>,
    pub currency: Option<String>,
    pub beneficiary_id: Option<String>,
    /// One of the accounts of that payee; none pays its newest one.
    pub beneficiary_account_id: Option<String>,
    pub beneficiary: PayeeInput,
    pub description: Option<String>,
    /// A JSON object as text.
    pub metadata: Option<String>,
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
            Ok(id) => {
                let account = input.beneficiary_account_id.as_deref();
                let account: Option<AccountId> =
                    checks.parsed("beneficiary_account_id", account, "the id of an account (acc_…)");
                Some(PayeeChoice::Saved(id, account))
            }
            Err(_) => {
                checks.wrong("beneficiary_id", "must be the id of a saved beneficiary (ben_…)");
                None
            }
        },
        None => {
            let details = parse_payee(keys, &mut checks, &inline, PayeeFields::OF_PAYOUT);
            Some(PayeeChoice::Inline(Box::new(details)))
        }
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
