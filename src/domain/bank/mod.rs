//! Bank details by country: which are asked for, whether they can be right, and how they are shown masked.

mod fields;
mod iban;
mod india;
mod uk;
mod us;

use std::collections::BTreeMap;

pub use fields::{Choice, Field};
pub use india::upi_label;
use serde_json::{Map, Value};

use super::money::Currency;

/// A way to say which account is to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    Iban,
    /// Sort code and account number.
    Uk,
    /// Routing number and account number.
    Us,
    /// IFSC and account number.
    In,
    /// A UPI address in India.
    Upi,
}

/// A field that cannot be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field's name: `sort_code`.
    pub field: &'static str,
    /// What is wrong and how to fix it, to be read after the field's label: `must have 6 digits, such as 20-20-15`.
    pub message: String,
}

/// Bank details in their normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub method: Method,
    /// Where the account is, ISO 3166-1 alpha-2.
    pub country: String,
    /// What a rail needs, as the members of a JSON object; `method` is one of them.
    pub identifiers: Map<String, Value>,
    /// In words that may be shown: `GB account •• 5555`.
    pub label: String,
}

/// What was typed, by field name.
pub type Typed = BTreeMap<String, String>;

impl Method {
    pub const ALL: [Method; 5] = [Method::Uk, Method::Us, Method::In, Method::Upi, Method::Iban];

    /// As it stands in forms, JSON and the database.
    pub fn name(self) -> &'static str {
        match self {
            Method::Iban => "iban",
            Method::Uk => "uk",
            Method::Us => "us",
            Method::In => "in",
            Method::Upi => "upi",
        }
    }

    pub fn from_name(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.name() == name)
    }

    /// As people choose it.
    pub fn words(self) -> &'static str {
        match self {
            Method::Iban => "Account with an IBAN",
            Method::Uk => "UK account",
            Method::Us => "US account",
            Method::In => "Indian account",
            Method::Upi => "UPI address",
        }
    }

    /// What is asked for, in this order.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Method::Iban => iban::FIELDS,
            Method::Uk => uk::FIELDS,
            Method::Us => us::FIELDS,
            Method::In => india::FIELDS,
            Method::Upi => india::UPI_FIELDS,
        }
    }

    /// Whether such an account can take this currency, in this country if one is known.
    fn takes(self, currency: Currency, country: Option<&str>) -> bool {
        let home = |code: Currency, at: &str| currency == code && country.is_none_or(|country| country == at);
        match self {
            Method::Iban => match country {
                Some(country) => iban::COUNTRIES.contains(&country),
                None => currency == Currency::EUR || iban::COUNTRIES.contains(&&currency.code()[..2]),
            },
            Method::Uk => home(Currency::GBP, "GB"),
            Method::Us => home(Currency::USD, "US"),
            Method::In | Method::Upi => home(Currency::INR, "IN"),
        }
    }
}

/// The methods that can take this currency, the likeliest first. `country` is the recipient's, if known; when nothing
/// is offered there, what the currency itself offers. `allowed` narrows the choice; empty allows all.
///
/// Empty when there is no way to pay this currency out to a bank.
pub fn methods_for(currency: Currency, country: Option<&str>, allowed: &[Method]) -> Vec<Method> {
    let fits = |country: Option<&str>| -> Vec<Method> {
        let all = Method::ALL.into_iter().filter(|method| method.takes(currency, country));
        all.filter(|method| allowed.is_empty() || allowed.contains(method)).collect()
    };
    let here = fits(country);
    if here.is_empty() { fits(None) } else { here }
}

/// What a recipient chooses from when nobody knows where their account is: what the currency offers at home, and an
/// account elsewhere with an IBAN. Rupees stay in India.
pub fn methods_anywhere(currency: Currency) -> Vec<Method> {
    let mut methods = methods_for(currency, None, &[]);
    if currency != Currency::INR && !methods.contains(&Method::Iban) {
        methods.push(Method::Iban);
    }
    methods
}

/// The value of a member of the identifiers as people read it: `GB29 NWBK 6016 1331 9268 19`, `60-16-13`, `Savings`.
pub fn member_spaced(name: &str, value: &str) -> String {
    let parts = |size: usize, between: &str| {
        let letters: Vec<char> = value.chars().collect();
        letters.chunks(size).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>().join(between)
    };
    match name {
        "iban" => parts(4, " "),
        "sort_code" => parts(2, "-"),
        _ => member_words(name, value),
    }
}

/// Checks what was typed for a method. Errors: every field that cannot be right, each with the fix.
pub fn check(method: Method, typed: &Typed) -> Result<Account, Vec<Problem>> {
    match method {
        Method::Iban => iban::check(typed),
        Method::Uk => uk::check(typed),
        Method::Us => us::check(typed),
        Method::In => india::check(typed),
        Method::Upi => india::check_upi(typed),
    }
}

/// The label of a member of the identifiers, known or not: `Sort code`.
pub fn member_label(name: &str) -> String {
    let fields = Method::ALL.iter().flat_map(|method| method.fields());
    if let Some(field) = fields.clone().find(|field| field.name == name) {
        return field.label.to_owned();
    }
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The value of a member of the identifiers in words: `Savings` for `savings`.
pub fn member_words(name: &str, value: &str) -> String {
    let choices = Method::ALL.iter().flat_map(|method| method.fields()).filter(|field| field.name == name);
    let found = choices.flat_map(|field| field.choices).find(|choice| choice.value == value);
    match (name, found) {
        ("method", _) => Method::from_name(value).map_or_else(|| value.to_owned(), |method| method.words().to_owned()),
        (_, Some(choice)) => choice.words.to_owned(),
        (_, None) => value.to_owned(),
    }
}

fn account(method: Method, country: &str, members: &[(&str, String)], shown: &str) -> Account {
    // In one order, whatever order a form has, so that the same account is the same text.
    let mut sorted = BTreeMap::from([("method", method.name().to_owned())]);
    sorted.extend(members.iter().filter(|(_, value)| !value.is_empty()).cloned());
    let identifiers = sorted.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect();
    Account { method, country: country.to_owned(), identifiers, label: shown.to_owned() }
}

/// The country and the last four characters of a number that is long enough to keep the rest hidden.
fn masked(country: &str, number: &str) -> String {
    match number.len().checked_sub(4).filter(|hidden| *hidden >= 4) {
        Some(hidden) => format!("{country} account •• {}", &number[hidden..]),
        None => format!("{country} account"),
    }
}

/// The problems of several fields, or all their values.
fn all<const N: usize>(parts: [Result<String, Problem>; N]) -> Result<[String; N], Vec<Problem>> {
    let (values, problems): (Vec<_>, Vec<_>) = parts.into_iter().partition(Result::is_ok);
    let problems: Vec<Problem> = problems.into_iter().filter_map(Result::err).collect();
    let values: Vec<String> = values.into_iter().filter_map(Result::ok).collect();
    values.try_into().map_err(|_| problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a check makes of these fields: the identifiers and the label, or `field message` of each problem.
    pub fn made(method: Method, fields: &[(&str, &str)]) -> Result<(String, String), Vec<String>> {
        let typed = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        match check(method, &typed) {
            Ok(account) => Ok((Value::Object(account.identifiers).to_string(), account.label)),
            Err(problems) => {
                Err(problems.iter().map(|problem| format!("{} {}", problem.field, problem.message)).collect())
            }
        }
    }

    #[test]
    fn nothing_typed_names_every_field_that_is_needed() {
        for method in Method::ALL {
            let problems = made(method, &[]).unwrap_err();
            let needed: Vec<_> = method.fields().iter().filter(|field| !field.optional).collect();
            assert_eq!(problems.len(), needed.len(), "{problems:?}");
            for (problem, field) in problems.iter().zip(needed) {
                assert_eq!(problem, &format!("{} is required", field.name));
            }
        }
    }

    #[test]
    fn values_that_are_far_too_long_or_from_other_scripts_are_refused() {
        for method in Method::ALL {
            for value in ["9".repeat(500), "１２３４５６７８".to_owned(), "🏦".repeat(9), "\u{0}".to_owned()]
            {
                let fields: Vec<_> = method.fields().iter().map(|field| (field.name, value.as_str())).collect();
                assert!(made(method, &fields).is_err(), "{method:?} {value:?}");
            }
        }
    }

    #[test]
    fn currencies_and_countries_offer_their_methods() {
        use Method::{Iban, In, Uk, Upi, Us};
        for (currency, country, offered) in [
            (Currency::EUR, None, vec![Iban]),
            (Currency::EUR, Some("DE"), vec![Iban]),
            // The account of somebody in the US that takes euros has an IBAN.
            (Currency::EUR, Some("US"), vec![Iban]),
            (Currency::GBP, None, vec![Uk, Iban]),
            (Currency::GBP, Some("GB"), vec![Uk, Iban]),
            (Currency::GBP, Some("FR"), vec![Iban]),
            (Currency::USD, None, vec![Us]),
            (Currency::USD, Some("US"), vec![Us]),
            (Currency::USD, Some("DE"), vec![Iban]),
            (Currency::USD, Some("IN"), vec![Us]),
            (Currency::INR, Some("IN"), vec![In, Upi]),
            (Currency::CHF, None, vec![Iban]),
            (Currency::KWD, None, vec![Iban]),
            (Currency::JPY, None, vec![]),
            (Currency::JPY, Some("JP"), vec![]),
        ] {
            assert_eq!(methods_for(currency, country, &[]), offered, "{} {country:?}", currency.code());
        }
        assert_eq!(methods_for(Currency::INR, Some("IN"), &[Upi]), [Upi]);
        assert_eq!(methods_for(Currency::GBP, Some("FR"), &[Uk]), [Uk]);
        assert!(methods_for(Currency::USD, None, &[Iban]).is_empty());
    }

    #[test]
    fn whose_country_is_unknown_may_have_an_account_elsewhere() {
        use Method::{Iban, In, Uk, Upi, Us};
        for (currency, offered) in [
            (Currency::EUR, vec![Iban]),
            (Currency::GBP, vec![Uk, Iban]),
            (Currency::USD, vec![Us, Iban]),
            (Currency::JPY, vec![Iban]),
            (Currency::INR, vec![In, Upi]),
        ] {
            assert_eq!(methods_anywhere(currency), offered, "{}", currency.code());
        }
    }

    #[test]
    fn numbers_are_read_back_in_groups() {
        assert_eq!(member_spaced("iban", "GB29NWBK60161331926819"), "GB29 NWBK 6016 1331 9268 19");
        assert_eq!(member_spaced("sort_code", "601613"), "60-16-13");
        assert_eq!(member_spaced("account_number", "31926819"), "31926819");
        assert_eq!(member_spaced("account_type", "savings"), "Savings");
    }

    #[test]
    fn names_lead_back_to_methods_and_labels() {
        for method in Method::ALL {
            assert_eq!(Method::from_name(method.name()), Some(method));
            for field in method.fields() {
                assert_eq!(member_label(field.name), field.label);
            }
        }
        assert_eq!(Method::from_name("swift"), None);
        assert_eq!(member_label("branch_code"), "Branch code");
        assert_eq!(member_words("account_type", "savings"), "Savings");
        assert_eq!(member_words("method", "uk"), "UK account");
        assert_eq!(member_words("branch_code", "x"), "x");
    }
}
