//! A new credential as typed, checked field by field.

use std::net::IpAddr;

use chrono::{Days, NaiveDate};
use ipnet::IpNet;

use super::NewCredential;
use crate::domain::credential::Caps;
use crate::domain::dialect::Dialect;
use crate::domain::ids::{CredentialId, StaffId};
use crate::domain::money::{self, Currency};
use crate::domain::staff::Scope;
use crate::service::certificates;
use crate::service::fields::Fields;
use crate::store::credentials::{Credential, New};
use crate::store::staff::Member;
use crate::store::wallets::Client;

/// The most addresses and networks of one credential.
const MOST_NETWORKS: usize = 100;

/// What can be read off the form alone.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub dialect: Dialect,
    name: String,
    scopes: String,
    ip_list: String,
    issuer: Option<String>,
    pub certificate: Option<String>,
    caps: Option<Caps>,
    expires_at: Option<i64>,
}

impl Draft {
    /// Reads the form; `now` in Unix microseconds. What is wrong goes to `fields`, and stands in as empty.
    pub fn read(fields: &mut Fields, new: &NewCredential, now: i64) -> Draft {
        let name = fields.required("name", Some(&new.name), 100);
        let dialect = match new.dialect.trim() {
            "" => Dialect::Wallet,
            name => Dialect::from_name(name).unwrap_or_else(|| {
                fields.wrong("dialect", "must be wallet, revolut, razorpay or masspay");
                Dialect::Wallet
            }),
        };
        let scopes = scopes(fields, &new.scopes);
        let networks = networks(&new.ip_list).unwrap_or_else(|why| {
            fields.wrong("ip_list", why);
            Vec::new()
        });
        if scopes.contains(&Scope::ReadSensitive) && new.ip_list.trim().is_empty() {
            fields.wrong("ip_list", "is required for READ_SENSITIVE");
        }
        // contracts/razorpay.md section 1: allow-listing is mandatory.
        if dialect == Dialect::Razorpay && new.ip_list.trim().is_empty() {
            fields.wrong("ip_list", "is required for Razorpay; 0.0.0.0/0 and ::/0 together allow every address");
        }
        let (issuer, certificate) = match dialect {
            Dialect::Revolut => (Some(issuer(fields, &new.issuer)), certificate(fields, &new.certificate, now)),
            _ => (None, None),
        };
        Draft {
            dialect,
            name,
            scopes: words(scopes.iter().map(|scope| scope.name())),
            ip_list: words(networks),
            issuer,
            certificate,
            caps: caps(fields, new),
            expires_at: expiry(fields, &new.last_day, now),
        }
    }

    /// The row to be written.
    pub fn row(
        self,
        id: CredentialId,
        client: Client,
        owner: Member,
        username: String,
        secret: Option<String>,
        created_by: Option<StaffId>,
    ) -> New {
        let credential = Credential {
            id,
            client_id: client.id,
            client_name: client.name,
            staff_id: owner.id,
            owner_name: owner.name,
            name: self.name,
            dialect: self.dialect,
            username,
            certificate: self.certificate,
            old_secret_until: None,
            issuer: self.issuer,
            scopes: self.scopes,
            ip_list: self.ip_list,
            cap_currency: self.caps.map(|caps| caps.currency),
            cap_call_minor: self.caps.and_then(|caps| caps.call_minor),
            cap_day_minor: self.caps.and_then(|caps| caps.day_minor),
            created_by,
            secret_by: created_by,
            next_secret_by: None,
            expires_at: self.expires_at,
            last_used_at: None,
            waiting_since: None,
            revoked_at: None,
            version: 1,
        };
        New { credential, secret }
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Reads addresses and networks in CIDR notation. The error is to be read after the field's name.
pub fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    let words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let mut networks = Vec::new();
    for word in words {
        let network = match word.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address.to_canonical()),
            Err(_) => word
                .parse::<IpNet>()
                .map_err(|_| "must be addresses or networks such as 203.0.113.7 or 203.0.113.0/24".to_owned())?
                .trunc(),
        };
        if !networks.contains(&network) {
            networks.push(network);
        }
    }
    if networks.len() > MOST_NETWORKS {
        return Err(format!("must have at most {MOST_NETWORKS} addresses and networks"));
    }
    Ok(networks)
}

/// Whether a list as it is kept admits the address; an empty one admits every address.
pub fn admits(ip_list: &str, ip: Option<IpAddr>) -> bool {
    if ip_list.is_empty() {
        return true;
    }
    let Some(ip) = ip.map(|ip| ip.to_canonical()) else { return false };
    ip_list.split(' ').filter_map(|network| network.parse::<IpNet>().ok()).any(|network| network.contains(&ip))
}

/// The scopes as they are kept.
pub fn scopes_of(text: &str) -> Vec<Scope> {
    text.split(' ').filter_map(Scope::from_name).collect()
}

fn scopes(fields: &mut Fields, names: &[String]) -> Vec<Scope> {
    let mut scopes: Vec<Scope> = Vec::new();
    for name in names {
        match Scope::from_name(name.trim()) {
            Some(scope) if scopes.contains(&scope) => {}
            Some(scope) => scopes.push(scope),
            None => {
                fields.wrong("scopes", "must be READ, WRITE, PAY or READ_SENSITIVE");
                return scopes;
            }
        }
    }
    if scopes.is_empty() {
        fields.wrong("scopes", "must have at least one");
    }
    scopes
}

/// A host name alone, as assertions name it in `iss`.
fn issuer(fields: &mut Fields, text: &str) -> String {
    let issuer = fields.required("issuer", Some(text), 253);
    let is_host = issuer.split('.').all(|label| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && !label.starts_with('-')
    });
    if !issuer.is_empty() && !is_host {
        fields.wrong("issuer", "must be a host such as example.com, without https:// and without a path");
    }
    issuer
}

/// The certificate, if it comes with the form.
fn certificate(fields: &mut Fields, text: &str, now: i64) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    checked(text, now).map_err(|why| fields.wrong("certificate", why)).ok()
}

/// A certificate that can be used now, as it is kept. The error is to be read after the field's name.
pub(super) fn checked(text: &str, now: i64) -> Result<String, String> {
    let certificate = certificates::read(text)?;
    if certificate.is_over(now / 1_000_000) {
        return Err("has expired: make a new one".into());
    }
    Ok(text.trim().to_owned())
}

/// Caps without a currency are no caps, and the other way round.
fn caps(fields: &mut Fields, new: &NewCredential) -> Option<Caps> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let (code, call, day) = (given(&new.cap_currency), given(&new.most_per_call), given(&new.most_per_day));
    if call.is_none() && day.is_none() {
        return None;
    }
    let Some(code) = code else {
        fields.wrong("cap_currency", "is required for a cap");
        return None;
    };
    let Some(currency) = money::currency(&code) else {
        fields.wrong("cap_currency", "must be an ISO 4217 code such as USD");
        return None;
    };
    let call_minor = amount(fields, "most_per_call", call.as_deref(), currency);
    let day_minor = amount(fields, "most_per_day", day.as_deref(), currency);
    if let (Some(call), Some(day)) = (call_minor, day_minor)
        && call > day
    {
        fields.wrong("most_per_call", "must not be more than the cap of a day");
    }
    Some(Caps { currency, call_minor, day_minor })
}

fn amount(fields: &mut Fields, field: &'static str, text: Option<&str>, currency: Currency) -> Option<i64> {
    text.and_then(|text| fields.amount(field, Some(text), Some(currency))).map(|money| money.minor)
}

/// The end of the last day (UTC) on which it works, in Unix microseconds.
fn expiry(fields: &mut Fields, text: &str, now: i64) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|day| day.checked_add_days(Days::new(1)));
    let Some(end) = day.and_then(|day| day.and_hms_opt(0, 0, 0)).map(|end| end.and_utc().timestamp_micros()) else {
        fields.wrong("last_day", "must be a date such as 2027-12-31");
        return None;
    };
    if end <= now {
        fields.wrong("last_day", "must not be over");
    }
    Some(end)
}

fn words<T: ToString>(parts: impl IntoIterator<Item = T>) -> String {
    parts.into_iter().map(|part| part.to_string()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, FieldError};

    fn ip(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[test]
    fn addresses_and_networks_are_read_in_any_list_form() {
        let list = networks("203.0.113.7, 198.51.100.9/24\n2001:db8::/32 ::ffff:192.0.2.1 203.0.113.7").unwrap();
        let list = words(list);
        assert_eq!(list, "203.0.113.7/32 198.51.100.0/24 2001:db8::/32 192.0.2.1/32");
        assert!(admits(&list, ip("198.51.100.200")));
        assert!(admits(&list, ip("::ffff:203.0.113.7")));
        assert!(admits(&list, ip("2001:db8::1")));
        assert!(!admits(&list, ip("203.0.113.8")));
        assert!(!admits(&list, None));
        assert!(admits("", None));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["10.0.0.0/33", "example.com", "10.0.0", "1.2.3.4/"] {
            assert!(networks(text).is_err(), "{text}");
        }
    }

    #[test]
    fn at_least_one_known_scope_is_needed() {
        for (names, wrong) in [(vec![], true), (vec!["ALL"], true), (vec!["READ", "PAY", "READ"], false)] {
            let mut fields = Fields::default();
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            let read = scopes(&mut fields, &names);
            let errors = matches!(fields.done(), Err(Error::Validation(errors))
                if errors.iter().all(|FieldError { field, .. }| *field == "scopes"));
            assert_eq!(errors, wrong, "{names:?}");
            assert!(wrong || read == [Scope::Read, Scope::Pay]);
        }
    }

    /// The fields that are wrong, and the caps.
    fn caps_of(currency: &str, call: &str, day: &str) -> (Vec<&'static str>, Option<Caps>) {
        let mut fields = Fields::default();
        let new = NewCredential {
            cap_currency: currency.into(),
            most_per_call: call.into(),
            most_per_day: day.into(),
            ..NewCredential::default()
        };
        let caps = caps(&mut fields, &new);
        let wrong = match fields.done() {
            Err(Error::Validation(errors)) => errors.iter().map(|error| error.field).collect(),
            _ => Vec::new(),
        };
        (wrong, caps)
    }

    #[test]
    fn caps_are_amounts_in_one_currency() {
        let usd = Caps { currency: Currency::USD, call_minor: Some(50_000), day_minor: Some(100_000) };
        assert_eq!(caps_of("USD", "500", "1000.00"), (vec![], Some(usd)));
        assert_eq!(caps_of("USD", "", ""), (vec![], None));
        assert_eq!(caps_of("", "5", "").0, ["cap_currency"]);
        assert_eq!(caps_of("usd", "5", "").0, ["cap_currency"]);
        assert_eq!(caps_of("JPY", "5.5", "").0, ["most_per_call"]);
        assert_eq!(caps_of("USD", "0", "-1").0, ["most_per_call", "most_per_day"]);
        assert_eq!(caps_of("USD", "11", "10").0, ["most_per_call"]);
    }

    #[test]
    fn a_credential_works_to_the_end_of_its_last_day() {
        let noon = 1_767_268_800_000_000; // 2026-01-01T12:00:00Z
        let end = |text: &str| {
            let mut fields = Fields::default();
            let end = expiry(&mut fields, text, noon);
            fields.done().map(|()| end)
        };
        assert_eq!(end("").unwrap(), None);
        assert_eq!(end("2026-01-01").unwrap(), Some(noon + 12 * 3_600_000_000));
        for wrong in ["2025-12-31", "01.02.2027", "2027-02-30", "tomorrow"] {
            assert!(end(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_issuer_is_a_host_alone() {
        for (text, right) in [
            ("example.com", true),
            ("localhost", true),
            ("https://example.com", false),
            ("example.com/path", false),
            ("a..b", false),
            ("", false),
        ] {
            let mut fields = Fields::default();
            issuer(&mut fields, text);
            assert_eq!(fields.done().is_ok(), right, "{text}");
        }
    }
}
