//! Accounts that money is sent to, as programs send them (`contracts/razorpay.md` section 5).

use serde_json::{Map, Value, json};

use super::error::RazorpayError;
use super::posted::Body;
use crate::domain::bank::{self, Method, Typed};
use crate::domain::payee_account::AccountKind;
use crate::service::payees::input::AccountInput;

/// An account that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    BankAccount { name: String, ifsc: String, account_number: String },
    Vpa { address: String },
}

/// Reads `account_type` and what belongs to it.
pub fn read(body: &Body) -> Result<Given, RazorpayError> {
    match body.required("account_type", 30)?.as_str() {
        "bank_account" => bank_account(&part(body, "bank_account")?),
        "vpa" => vpa(&part(body, "vpa")?),
        other => Err(RazorpayError::input(format!("Invalid account type: {other}")).on(body.called("account_type"))),
    }
}

fn part(body: &Body, name: &'static str) -> Result<Body, RazorpayError> {
    // Members are told by their own names alone, as the provider does.
    body.object(name, "")?.ok_or_else(|| body.missing(name))
}

/// A name of 3 to 120 characters, an IFSC of 11, and a number of 5 to 35 letters and figures.
fn bank_account(body: &Body) -> Result<Given, RazorpayError> {
    let name = body.required("name", 120)?;
    if name.chars().count() < 3 {
        return Err(body.wrong("name", "must be at least 3 characters."));
    }
    let ifsc = body.required("ifsc", 100)?.to_ascii_uppercase();
    if ifsc.chars().count() != 11 {
        return Err(RazorpayError::input("The IFSC must be 11 characters.").on("ifsc"));
    }
    if !ifsc.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(RazorpayError::input("The IFSC format is invalid.").on("ifsc"));
    }
    let account_number = body.required("account_number", 100)?;
    let plain = account_number.bytes().all(|b| b.is_ascii_alphanumeric());
    if !plain || !(5..=35).contains(&account_number.len()) {
        return Err(RazorpayError::input("The account number format is invalid.").on("account_number"));
    }
    Ok(Given::BankAccount { name, ifsc, account_number })
}

fn vpa(body: &Body) -> Result<Given, RazorpayError> {
    let typed = Typed::from([("upi".to_owned(), body.required("address", 100)?)]);
    let account = bank::check(Method::Upi, &typed)
        .map_err(|_| RazorpayError::input("Invalid VPA. Please enter a valid Virtual Payment Address").on("address"))?;
    let address = account.identifiers.get("upi").and_then(Value::as_str).unwrap_or_default();
    Ok(Given::Vpa { address: address.to_owned() })
}

impl Given {
    /// The account with the desk's own names, so that it is the same one whoever sent it.
    pub fn input(&self) -> AccountInput {
        let (kind, holder_name) = match self {
            Given::BankAccount { name, .. } => (AccountKind::BankAccount, Some(name.clone())),
            Given::Vpa { .. } => (AccountKind::Upi, None),
        };
        let country = Some("IN".to_owned());
        AccountInput { kind, currency: None, country, holder_name, identifiers: self.identifiers(), label: None }
    }

    /// What identifies it, as the members of a JSON object.
    pub fn identifiers(&self) -> Map<String, Value> {
        let members = match self {
            Given::BankAccount { ifsc, account_number, .. } => {
                json!({"method": Method::In.name(), "ifsc": ifsc, "account_number": account_number})
            }
            Given::Vpa { address } => json!({"method": Method::Upi.name(), "upi": address}),
        };
        members.as_object().cloned().unwrap_or_default()
    }
}
