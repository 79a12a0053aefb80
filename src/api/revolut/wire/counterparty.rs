//! A counterparty as JSON, which is a payee with its accounts.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::kinds::{
    CounterpartyAccountId, CounterpartyAccountType, CounterpartyId, CounterpartyState, CountryCode, CurrencyCode,
    ProfileType, Time,
};
use super::{samples, time};
use crate::domain::money::home_currency;
use crate::domain::payee::PayeeKind;
use crate::domain::payee_account::{AccountKind, PayeeAccount};
use crate::service::counterparties;

/// Somebody who is paid, with their accounts. What is not known is left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Counterparty<'a> {
    #[schema(value_type = CounterpartyId)]
    id: String,
    name: String,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    revtag: Option<&'a str>,
    #[schema(value_type = ProfileType, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    profile_type: Option<&'static str>,
    #[schema(value_type = CountryCode, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    #[schema(value_type = CounterpartyState)]
    state: &'static str,
    #[schema(value_type = Time)]
    created_at: String,
    #[schema(value_type = Time)]
    updated_at: String,
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accounts: Vec<Account<'a>>,
}

/// An account of a counterparty. What is not known is left out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CounterpartyAccount)]
pub struct Account<'a> {
    #[schema(value_type = CounterpartyAccountId)]
    id: String,
    /// Whose account it is, where that was said apart from the counterparty’s name.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// Where nobody said it, that of its country.
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    #[schema(value_type = CounterpartyAccountType)]
    r#type: &'static str,
    /// Always there for an `external` account; `ZZ` where nobody said it.
    #[schema(value_type = CountryCode, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_country: Option<&'a str>,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    account_no: Option<&'a str>,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    iban: Option<&'a str>,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_code: Option<&'a str>,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_number: Option<&'a str>,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    bic: Option<&'a str>,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ifsc: Option<&'a str>,
}

/// A counterparty to save: a name, and a revtag or a bank account.
///
/// The name is `individual_name`, `company_name` or `name`, the first of them that is there. With a `revtag`,
/// `profile_type` is needed; without, `bank_country`, `currency` and one of `account_no`, `iban` and `clabe` are.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct NewCounterparty {
    /// Left out, `business` with a `company_name`.
    #[schema(value_type = Option<ProfileType>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    profile_type: Option<&'static str>,
    /// Of an account at Revolut, with or without the `@` before it.
    #[schema(max_length = 50)]
    #[serde(skip_serializing_if = "Option::is_none")]
    revtag: Option<&'static str>,
    /// Of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    individual_name: Option<IndividualName>,
    /// Of a company.
    #[schema(max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    company_name: Option<&'static str>,
    /// A name in one piece.
    #[schema(max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    /// Where the account is, as a code of two letters.
    #[schema(max_length = 2)]
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_country: Option<&'static str>,
    /// What the account takes, as an ISO 4217 code.
    #[schema(max_length = 3)]
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'static str>,
    #[schema(max_length = 254)]
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'static str>,
    #[schema(max_length = 40)]
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'static str>,
    /// Blanks and dashes inside the numbers of an account do not count.
    #[schema(max_length = 50)]
    #[serde(skip_serializing_if = "Option::is_none")]
    account_no: Option<&'static str>,
    /// 15 to 34 letters and digits.
    #[schema(max_length = 50)]
    #[serde(skip_serializing_if = "Option::is_none")]
    iban: Option<&'static str>,
    /// 6 digits.
    #[schema(max_length = 50)]
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_code: Option<&'static str>,
    /// 9 digits.
    #[schema(max_length = 50)]
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_number: Option<&'static str>,
    /// 8 or 11 letters and digits.
    #[schema(max_length = 50)]
    #[serde(skip_serializing_if = "Option::is_none")]
    bic: Option<&'static str>,
    /// 11 letters and digits, of a bank in India.
    #[schema(max_length = 50)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ifsc: Option<&'static str>,
    /// 18 digits, of an account in Mexico.
    #[schema(max_length = 50)]
    #[serde(skip_serializing_if = "Option::is_none")]
    clabe: Option<&'static str>,
}

/// The two names of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct IndividualName {
    #[schema(min_length = 1, max_length = 100)]
    first_name: &'static str,
    #[schema(min_length = 1, max_length = 100)]
    last_name: &'static str,
}

impl NewCounterparty {
    pub fn example() -> NewCounterparty {
        NewCounterparty {
            profile_type: Some("personal"),
            individual_name: Some(IndividualName { first_name: "Ada", last_name: "Byron" }),
            bank_country: Some("US"),
            currency: Some("USD"),
            account_no: Some("000123456789"),
            routing_number: Some("021000021"),
            ..NewCounterparty::default()
        }
    }
}

impl Counterparty<'static> {
    pub fn example() -> Counterparty<'static> {
        let made = "2026-01-11T13:40:02.118406Z".to_owned();
        let account = Account {
            id: samples::COUNTERPARTY_ACCOUNT.into(),
            name: None,
            currency: "USD",
            r#type: "external",
            bank_country: Some("US"),
            account_no: Some("000123456789"),
            iban: None,
            sort_code: None,
            routing_number: Some("021000021"),
            bic: None,
            ifsc: None,
        };
        Counterparty {
            id: samples::COUNTERPARTY.into(),
            name: "Ada Byron".into(),
            revtag: None,
            profile_type: Some("personal"),
            country: Some("US"),
            state: "created",
            created_at: made.clone(),
            updated_at: made,
            accounts: vec![account],
        }
    }
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
