//! Payees and their accounts as typed in a form or sent as JSON, and their checks.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::bank;
use crate::domain::payee::{Payee, PayeeDetails, PayeeKind};
use crate::domain::payee_account::{AccountDetails, AccountKind, account_label, label_of};
use crate::keys::Keys;
use crate::service::accounts::{self, Plain};
use crate::service::fields::Fields;
use crate::service::payouts::object;

/// A payee as typed or sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayeeInput {
    /// `personal` or `business`.
    pub kind: Option<String>,
    pub email: Option<String>,
    /// A name in one piece is parted by [`crate::domain::payee::split_name`].
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub country: Option<String>,
    pub phone: Option<String>,
    /// `vendor`, `customer`, `employee`, `self`, or a word of the client's own.
    pub contact_type: Option<String>,
    /// The client's own name for it.
    pub reference: Option<String>,
    /// Account identifiers as a program sends them, a JSON object as text, which nobody checks.
    pub identifiers: Option<String>,
    /// The same account with more said about it, in place of `identifiers`.
    pub account: Option<AccountInput>,
    /// A JSON object as text.
    pub metadata: Option<String>,
}

/// An account as given. Members of the identifiers have the names of [`bank`], so that an account is the same one
/// whoever sent it: `iban`, `bic`, `account_number`, `sort_code`, `routing_number`, `ifsc`, `upi`, `revtag`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountInput {
    pub kind: AccountKind,
    pub currency: Option<String>,
    pub country: Option<String>,
    /// Whose account it is, where it is not the payee's name.
    pub holder_name: Option<String>,
    pub identifiers: Map<String, Value>,
    /// The account in words that may be shown; none lets the identifiers say it.
    pub label: Option<String>,
}

/// The names of a payee's fields, which differ between a payout and a payee of its own, and what must be there.
#[derive(Debug, Clone, Copy)]
pub struct PayeeFields {
    pub email: &'static str,
    pub first_name: &'static str,
    pub last_name: &'static str,
    pub country: &'static str,
    pub phone: &'static str,
    pub identifiers: &'static str,
    pub metadata: &'static str,
    /// An email and both parts of the name; otherwise one part of the name is enough.
    pub all_needed: bool,
}

impl PayeeFields {
    /// Of a payout of pages and `/api/v1`.
    pub const OF_PAYOUT: PayeeFields = PayeeFields {
        email: "beneficiary_email",
        first_name: "beneficiary_first_name",
        last_name: "beneficiary_last_name",
        country: "beneficiary_country",
        phone: "beneficiary_phone",
        identifiers: "beneficiary_identifiers",
        metadata: "metadata",
        all_needed: true,
    };
    /// Of a payee of its own in `/api/v1`.
    pub const OWN: PayeeFields = PayeeFields {
        email: "email",
        first_name: "first_name",
        last_name: "last_name",
        country: "country",
        phone: "phone",
        identifiers: "identifiers",
        metadata: "metadata",
        all_needed: true,
    };
    /// The same for staff: who has no email, or a name of one word, can be paid too.
    pub const STAFF: PayeeFields = PayeeFields { all_needed: false, ..PayeeFields::OWN };
    /// Of dialects that know a name in one piece.
    pub const NAMED: PayeeFields = PayeeFields { first_name: "name", last_name: "name", ..PayeeFields::STAFF };
}

/// Checks a payee's fields and seals its account; the names in errors are those of `fields`.
pub fn parse_payee(keys: &Keys, checks: &mut Fields, input: &PayeeInput, fields: PayeeFields) -> PayeeDetails {
    let country = checks.country(fields.country, input.country.as_deref());
    let account = match &input.account {
        Some(account) => parse_account(keys, checks, account),
        None => object(checks, fields.identifiers, input.identifiers.as_deref())
            .map(|identifiers| unchecked(keys, country.as_deref(), identifiers)),
    };
    let metadata = object(checks, fields.metadata, input.metadata.as_deref());
    let has_email = input.email.as_deref().is_some_and(|email| !email.trim().is_empty());
    let email = (fields.all_needed || has_email).then(|| checks.email(fields.email, input.email.as_deref()));
    let (first_name, last_name) = names(checks, input, fields);
    let mut details = PayeeDetails {
        kind: kind(checks, input.kind.as_deref()),
        email,
        first_name,
        last_name,
        country,
        phone: checks.optional(fields.phone, input.phone.as_deref(), 40),
        contact_type: checks.optional("type", input.contact_type.as_deref(), 50),
        reference: checks.optional("reference", input.reference.as_deref(), 100),
        metadata: metadata.map(|members| Value::Object(members).to_string()),
        fingerprint: String::new(),
        account,
    };
    accounts::identify(keys, &mut details);
    details
}

/// Checks an account's fields and seals it; none when something is wrong.
pub fn parse_account(keys: &Keys, checks: &mut Fields, input: &AccountInput) -> Option<AccountDetails> {
    let given = input.currency.as_deref().is_some_and(|code| !code.trim().is_empty());
    let currency = if given { checks.currency("currency", input.currency.as_deref()) } else { None };
    let country = checks.country("country", input.country.as_deref());
    let holder_name = checks.optional("holder_name", input.holder_name.as_deref(), 120);
    let text = Value::Object(input.identifiers.clone()).to_string();
    let Some(identifiers) = object(checks, "identifiers", Some(&text)) else {
        if input.identifiers.is_empty() {
            checks.wrong("identifiers", "is required");
        }
        return None;
    };
    let label = input.label.clone().or_else(|| label_of(input.kind, country.as_deref(), &identifiers));
    Some(accounts::account(keys, Plain { kind: input.kind, currency, country, holder_name, identifiers, label }))
}

impl PayeeInput {
    /// What is not said stays as the payee has it; what is blank is taken away.
    pub(super) fn over(&self, payee: &Payee) -> PayeeInput {
        let or = |given: &Option<String>, there: &Option<String>| given.clone().or_else(|| there.clone());
        PayeeInput {
            kind: or(&self.kind, &payee.kind.map(|kind| kind.name().to_owned())),
            email: or(&self.email, &payee.email),
            first_name: or(&self.first_name, &Some(payee.first_name.clone())),
            last_name: or(&self.last_name, &Some(payee.last_name.clone())),
            country: or(&self.country, &payee.country),
            phone: or(&self.phone, &payee.phone),
            contact_type: or(&self.contact_type, &payee.contact_type),
            reference: or(&self.reference, &payee.reference),
            identifiers: None,
            account: None,
            metadata: or(&self.metadata, &payee.metadata),
        }
    }
}

impl From<bank::Account> for AccountInput {
    fn from(account: bank::Account) -> AccountInput {
        AccountInput {
            kind: if account.method == bank::Method::Upi { AccountKind::Upi } else { AccountKind::BankAccount },
            currency: None,
            country: Some(account.country),
            holder_name: None,
            identifiers: account.identifiers,
            label: Some(account.label),
        }
    }
}

/// Identifiers as `/api/v1` takes them: whatever they are, in the payee's country.
pub(in crate::service) fn unchecked(
    keys: &Keys,
    country: Option<&str>,
    identifiers: Map<String, Value>,
) -> AccountDetails {
    let plain = Plain {
        kind: AccountKind::of(&identifiers),
        currency: None,
        country: country.map(str::to_owned),
        holder_name: None,
        label: account_label(country, &identifiers),
        identifiers,
    };
    accounts::account(keys, plain)
}

fn names(checks: &mut Fields, input: &PayeeInput, fields: PayeeFields) -> (String, String) {
    let (first, last) = (input.first_name.as_deref(), input.last_name.as_deref());
    if fields.all_needed {
        return (checks.required(fields.first_name, first, 100), checks.required(fields.last_name, last, 100));
    }
    let first_name = checks.optional(fields.first_name, first, 100);
    let is_blank = |text: Option<&str>| text.is_none_or(|text| text.trim().is_empty());
    let last_name = match is_blank(first) {
        true => checks.required(fields.last_name, last, 100),
        false => checks.optional(fields.last_name, last, 100).unwrap_or_default(),
    };
    (first_name.unwrap_or_default(), last_name)
}

fn kind(checks: &mut Fields, name: Option<&str>) -> Option<PayeeKind> {
    let name = name.map(str::trim).filter(|name| !name.is_empty())?;
    let kind = PayeeKind::from_name(name);
    if kind.is_none() {
        checks.wrong("kind", "must be personal or business");
    }
    kind
}
