//! An account that a payee is paid on. A payee may have several, in different countries and currencies.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::bank;
use super::ids::{AccountId, ClientId, Mint, PayeeId};
use super::money::Currency;
use super::payee::Payee;

/// An account of one payee. It is never changed: other details are another account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayeeAccount {
    pub id: AccountId,
    pub payee_id: PayeeId,
    pub client_id: ClientId,
    pub kind: AccountKind,
    /// What it takes, if that was said.
    pub currency: Option<Currency>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Whose account it is, where that was said apart from the payee's name.
    pub holder_name: Option<String>,
    /// A JSON object, sealed; shown only masked, and opened only by services. Empty in what a key remembers.
    pub identifiers: String,
    /// In words that may be shown: `US account •• 4417`.
    pub label: Option<String>,
    /// Keyed hash of its [`AccountIdentity`]: once for each payee.
    pub fingerprint: String,
    /// Keyed hash of its [`number`], so that the number finds it.
    pub number_hash: Option<String>,
    /// Switched off: no new payout goes to it.
    pub disabled_at: Option<i64>,
    pub deleted_at: Option<i64>,
}

/// What sort of account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    BankAccount,
    /// A UPI address in India.
    Upi,
    /// An account at Revolut, known by its revtag.
    Revolut,
}

/// What makes two accounts of one payee the same one; the identifiers are not sealed here.
#[derive(Debug, Serialize)]
pub struct AccountIdentity<'a> {
    pub kind: AccountKind,
    pub currency: Option<Currency>,
    pub country: Option<&'a str>,
    pub holder_name: Option<&'a str>,
    /// A JSON object, its members in order.
    pub identifiers: &'a str,
}

/// An account, as given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountDetails {
    pub kind: AccountKind,
    pub currency: Option<Currency>,
    pub country: Option<String>,
    pub holder_name: Option<String>,
    /// A JSON object, sealed; the fingerprint stands for it, which is the same each time.
    #[serde(skip)]
    pub identifiers: String,
    pub label: Option<String>,
    pub fingerprint: String,
    pub number_hash: Option<String>,
}

impl PayeeAccount {
    /// Whether new payouts may go to it.
    pub fn is_active(&self) -> bool {
        self.disabled_at.is_none() && self.deleted_at.is_none()
    }

    /// Switches off a new one, because a rule wants it approved before it is used.
    pub fn wait(&mut self) {
        self.disabled_at = Some(self.id.created_at());
    }

    /// Whether it has waited to be approved since it was made: nobody has switched it on, and nobody off.
    pub fn has_waited(&self) -> bool {
        self.disabled_at == Some(self.id.created_at())
    }
}

impl AccountKind {
    pub const ALL: [AccountKind; 3] = [AccountKind::BankAccount, AccountKind::Upi, AccountKind::Revolut];

    pub fn name(self) -> &'static str {
        match self {
            AccountKind::BankAccount => "bank_account",
            AccountKind::Upi => "upi",
            AccountKind::Revolut => "revolut",
        }
    }

    /// What identifiers without more words are of.
    pub fn of(identifiers: &Map<String, Value>) -> AccountKind {
        match (identifiers.contains_key("upi"), identifiers.contains_key("revtag")) {
            (true, _) => AccountKind::Upi,
            (_, true) => AccountKind::Revolut,
            _ => AccountKind::BankAccount,
        }
    }

    /// As pages say it.
    pub fn words(self) -> &'static str {
        match self {
            AccountKind::BankAccount => "Bank account",
            AccountKind::Upi => "UPI address",
            AccountKind::Revolut => "Revolut account",
        }
    }
}

impl AccountIdentity<'_> {
    /// One text for each identity. It is secret: an account number is short enough to be tried out.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("texts")
    }
}

impl AccountDetails {
    pub fn into_account(self, payee: &Payee, mint: &mut Mint) -> PayeeAccount {
        PayeeAccount {
            id: mint.next(),
            payee_id: payee.id,
            client_id: payee.client_id,
            kind: self.kind,
            currency: self.currency,
            country: self.country,
            holder_name: self.holder_name,
            identifiers: self.identifiers,
            label: self.label,
            fingerprint: self.fingerprint,
            number_hash: self.number_hash,
            disabled_at: None,
            deleted_at: None,
        }
    }
}

/// The number that an account is looked for by, without blanks and dashes and in capitals: its IBAN, its account
/// number, its UPI address or its revtag.
pub fn number(identifiers: &Map<String, Value>) -> Option<String> {
    const NUMBERS: [&str; 6] = ["iban", "account_number", "accountNumber", "number", "upi", "revtag"];
    let text = NUMBERS.iter().find_map(|name| identifiers.get(*name)).and_then(text)?;
    Some(plain_number(&text)).filter(|number| !number.is_empty())
}

/// A number as [`number`] gives it.
pub fn plain_number(typed: &str) -> String {
    let kept = typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
    kept.flat_map(char::to_uppercase).collect()
}

/// The account of `identifiers` in words that may be shown: the country and the last four characters.
pub fn account_label(country: Option<&str>, identifiers: &Map<String, Value>) -> Option<String> {
    const NUMBERS: [&str; 6] = ["account_number", "iban", "accountNumber", "number", "upi", "card_number"];
    let number = NUMBERS.iter().find_map(|name| identifiers.get(*name)).and_then(text)?;
    let tail: Vec<char> = number.chars().filter(|c| c.is_alphanumeric()).collect();
    // A short number would be shown whole, so it is not shown at all.
    if tail.len() < 6 {
        return Some(format!("{} account", country.unwrap_or("Bank")));
    }
    let last: String = tail[tail.len() - 4..].iter().collect();
    Some(format!("{} account •• {last}", country.unwrap_or("Bank")))
}

/// The same where it is known what sort of account it is. A revtag is a public name.
pub fn label_of(kind: AccountKind, country: Option<&str>, identifiers: &Map<String, Value>) -> Option<String> {
    let member = |name: &str| identifiers.get(name).and_then(text);
    match kind {
        AccountKind::Upi => member("upi").map(|address| bank::upi_label(&address)),
        AccountKind::Revolut => member("revtag").map(|tag| format!("Revolut @{}", tag.trim_start_matches('@'))),
        AccountKind::BankAccount => account_label(country, identifiers),
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|number| number.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn members(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_number_is_found_however_it_is_written() {
        for (identifiers, found) in [
            (json!({"iban": "DE89 3704 0044 0532 0130 00"}), Some("DE89370400440532013000")),
            (json!({"account_number": "31-92 6819", "sort_code": "601613"}), Some("31926819")),
            (json!({"account_number": 31926819}), Some("31926819")),
            (json!({"upi": "priya@okhdfcbank"}), Some("PRIYA@OKHDFCBANK")),
            (json!({"revtag": "johndoe"}), Some("JOHNDOE")),
            (json!({"bic": "DEUTDEFF"}), None),
            (json!({"iban": " "}), None),
        ] {
            assert_eq!(number(&members(identifiers.clone())).as_deref(), found, "{identifiers}");
        }
    }

    #[test]
    fn labels_say_what_may_be_seen_and_no_more() {
        for (kind, country, identifiers, label) in [
            (AccountKind::BankAccount, Some("US"), json!({"account_number": "000123456789"}), "US account •• 6789"),
            (AccountKind::BankAccount, None, json!({"account_number": "12345"}), "Bank account"),
            (AccountKind::Upi, Some("IN"), json!({"upi": "priya@okhdfcbank"}), "UPI p•••@okhdfcbank"),
            (AccountKind::Upi, None, json!({"upi": ""}), "UPI •••@"),
            (AccountKind::Revolut, None, json!({"revtag": "@johndoe"}), "Revolut @johndoe"),
        ] {
            assert_eq!(label_of(kind, country, &members(identifiers)).as_deref(), Some(label));
        }
        assert_eq!(label_of(AccountKind::BankAccount, None, &Map::new()), None);
    }

    #[test]
    fn what_is_given_says_what_it_is() {
        for (identifiers, kind) in [
            (json!({"upi": "a@b"}), AccountKind::Upi),
            (json!({"revtag": "a"}), AccountKind::Revolut),
            (json!({"iban": "DE"}), AccountKind::BankAccount),
            (json!({}), AccountKind::BankAccount),
        ] {
            assert_eq!(AccountKind::of(&members(identifiers)), kind);
        }
    }
}
