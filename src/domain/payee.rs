//! A payee: who is paid, and the account that is paid to.

use serde::{Deserialize, Serialize};

use super::ids::{AccountId, ClientId, PayeeId};

/// A payee of one client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payee {
    pub id: PayeeId,
    pub client_id: ClientId,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    pub phone: Option<String>,
    /// The account payouts go to, if one is known.
    pub account_id: Option<AccountId>,
    /// The account's identifiers, a JSON object, sealed; shown only masked, and opened only by services.
    pub account_identifiers: Option<String>,
    /// The account in words that may be shown: `US account •• 4417`.
    pub account_label: Option<String>,
    /// A JSON object, as text.
    pub metadata: Option<String>,
    /// Keyed hash of its [`Identity`], so that inline details find it again.
    pub fingerprint: String,
    /// Set when a person or program saved it, not only paid it once.
    pub saved_at: Option<i64>,
    pub deleted_at: Option<i64>,
}

/// What makes two payees of one client the same one; the account's identifiers are not sealed here.
#[derive(Debug, Serialize)]
pub struct Identity<'a> {
    pub email: &'a str,
    pub first_name: &'a str,
    pub last_name: &'a str,
    pub country: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub identifiers: Option<&'a str>,
}

impl Identity<'_> {
    /// One text for each identity. It is secret: an account number is short enough to be tried out.
    pub fn text(&self) -> String {
        let email = self.email.to_lowercase();
        serde_json::to_string(&Identity { email: &email, ..*self }).expect("texts")
    }
}

impl Payee {
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

/// The account of `identifiers` in words that may be shown: the country and the last four characters.
pub fn account_label(
    country: Option<&str>,
    identifiers: &serde_json::Map<String, serde_json::Value>,
) -> Option<String> {
    const NUMBERS: [&str; 6] = ["account_number", "iban", "accountNumber", "number", "upi", "card_number"];
    let number = NUMBERS
        .iter()
        .find_map(|name| identifiers.get(*name))
        .and_then(|value| value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|n| n.to_string())))?;
    let tail: Vec<char> = number.chars().filter(|c| c.is_alphanumeric()).collect();
    // A short number would be shown whole, so it is not shown at all.
    if tail.len() < 6 {
        return Some(format!("{} account", country.unwrap_or("Bank")));
    }
    let last: String = tail[tail.len() - 4..].iter().collect();
    Some(format!("{} account •• {last}", country.unwrap_or("Bank")))
}
