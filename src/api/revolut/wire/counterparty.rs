//! A counterparty as JSON, which is a payee with its accounts.

use serde::Serialize;
use serde_json::{Map, Value};

use super::time;
use crate::domain::money::home_currency;
use crate::domain::payee::PayeeKind;
use crate::domain::payee_account::{AccountKind, PayeeAccount};
use crate::service::counterparties;

/// A counterparty (`contracts/revolut.md` section 6).
#[derive(Debug, Serialize)]
pub struct Counterparty<'a> {
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    revtag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    state: &'static str,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accounts: Vec<Account<'a>>,
}

/// An account of a counterparty.
#[derive(Debug, Serialize)]
pub struct Account<'a> {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// Of an account of which nobody said it, that of its country.
    currency: &'static str,
    /// `revolut` or `external`.
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_country: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_no: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iban: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bic: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ifsc: Option<&'a str>,
}

/// The country of an account of which nobody said one: clients insist on the key. No country has this code.
const UNKNOWN: &str = "ZZ";

impl<'a> From<&'a counterparties::Counterparty> for Counterparty<'a> {
    fn from(found: &'a counterparties::Counterparty) -> Counterparty<'a> {
        let payee = &found.line.payee;
        let created_at = payee.id.created_at();
        let country = payee.country.as_deref();
        let revtag = found.accounts.iter().find(|(account, _)| account.kind == AccountKind::Revolut);
        Counterparty {
            id: payee.id.hyphenated(),
            name: payee.name(),
            revtag: revtag.and_then(|(_, members)| text(members, "revtag")),
            profile_type: payee.kind.map(PayeeKind::name),
            country,
            state: "created",
            created_at: time(created_at),
            updated_at: time(payee.updated_at.max(created_at)),
            accounts: found.accounts.iter().map(|(account, members)| Account::of(account, members, country)).collect(),
        }
    }
}

impl<'a> Account<'a> {
    fn of(account: &'a PayeeAccount, members: &'a Map<String, Value>, payee_country: Option<&'a str>) -> Account<'a> {
        let external = account.kind != AccountKind::Revolut;
        let country = account.country.as_deref().or(payee_country);
        let currency = account.currency.or_else(|| country.and_then(home_currency));
        Account {
            id: account.id.hyphenated(),
            name: account.holder_name.as_deref(),
            currency: currency.map_or("GBP", |currency| currency.code()),
            r#type: if external { "external" } else { "revolut" },
            bank_country: if external { country.or(Some(UNKNOWN)) } else { None },
            account_no: text(members, "account_number"),
            iban: text(members, "iban"),
            sort_code: text(members, "sort_code"),
            routing_number: text(members, "routing_number"),
            bic: text(members, "bic"),
            ifsc: text(members, "ifsc"),
        }
    }
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str()
}
