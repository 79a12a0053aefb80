//! A payout as JSON, quoted or made, what became of committing it, and the members that ask for one.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{DESTINATION, PAYOUT, WALLET, shortened, time, wallet_id};
use crate::api::json::{Members, Number, stored};
use crate::domain::command::PayoutRecord;
use crate::domain::ids::{AccountId, Id, PayeeId, PayoutId};
use crate::domain::money::Money;
use crate::domain::payee_account::AccountKind;
use crate::domain::payout::{Refusal, Rule, State};
use crate::domain::quote::{Quoted, VALID};
use crate::service::payout_quotes::{Destination, QuoteInput, Quoting};

/// The payout object of the contract's section 5.
#[derive(Debug, Serialize)]
pub struct Payout<'a> {
    /// `NSF` when the source has too little money, `DUPLICATE` when the `client_transfer_id` was used before.
    payout_token: String,
    client_transfer_id: &'a str,
    source_currency_code: &'static str,
    destination_currency_code: &'static str,
    source_token: String,
    destination_token: String,
    destination_amount: Number,
    source_amount: Number,
    attr_set_token: String,
    exchange_rate: Option<Box<RawValue>>,
    fee: Number,
    expiration: String,
    /// Payouts of this desk go to accounts; nobody picks them up.
    pickup_code: &'static str,
    status: &'static str,
    payer_name: String,
    delivery_type: &'static str,
    /// ISO 3166-1 alpha-3; empty when nobody knows where the user lives.
    country_code: &'static str,
    estimated_availability: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<&'a str>,
    reversible_amount: Number,
}

/// What became of committing a payout.
#[derive(Debug, Serialize)]
pub struct Commit {
    payout_token: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<String>,
}

/// The members that only this dialect knows, as they are kept with a payout.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Extra {
    #[serde(skip_serializing_if = "Option::is_none")]
    attr_set_token: Option<String>,
}

/// How long money takes that nobody has handed over yet: a day, in microseconds.
const ON_THE_WAY: i64 = 24 * 3600 * 1_000_000;

impl<'a> From<&'a Quoting> for Payout<'a> {
    fn from(quoting: &'a Quoting) -> Payout<'a> {
        match quoting {
            Quoting::Quoted(quoted) => Payout::quoted(quoted),
            Quoting::Made(record) => Payout::made(record),
        }
    }
}

impl<'a> Payout<'a> {
    pub fn quoted(quoted: &'a Quoted) -> Payout<'a> {
        let quote = &quoted.quote;
        let rule = quoted.refusal.as_ref().map(|refusal| refusal.rule);
        Payout {
            payout_token: quoted_token(quoted),
            client_transfer_id: quote.client_transfer_id.as_deref().unwrap_or_default(),
            source_currency_code: quote.currency.code(),
            destination_currency_code: quote.destination_currency.code(),
            source_token: quote.wallet_id.token(WALLET),
            destination_token: destination_token(quote.account_id, quote.payee_id),
            destination_amount: Number(quote.destination()),
            source_amount: Number(quote.amount()),
            attr_set_token: attr_set_token(quote.extra.as_deref()),
            exchange_rate: exchange_rate(quote.rate.as_deref()),
            fee: Number(quote.fees()),
            expiration: time(quote.expires_at),
            pickup_code: "",
            status: match rule {
                None => "PENDING",
                Some(Rule::QuoteExpired) => "CANCELLED",
                Some(_) => "ERROR",
            },
            payer_name: payer_name(&quoted.rail),
            delivery_type: delivery_type(quoted.account_kind),
            country_code: alpha_3(quoted.country.as_deref()),
            estimated_availability: time(quote.id.created_at() + ON_THE_WAY),
            metadata: stored(quote.metadata.as_deref()),
            status_reason: quoted.refusal.as_ref().map(|refusal| refusal.reason.as_str()),
            reversible_amount: Number(Money::new(0, quote.destination_currency)),
        }
    }

    pub fn made(record: &'a PayoutRecord) -> Payout<'a> {
        let PayoutRecord { payout, payee, .. } = record;
        Payout {
            payout_token: payout.id.token(PAYOUT),
            client_transfer_id: &payout.reference_id,
            source_currency_code: payout.currency.code(),
            destination_currency_code: payout.destination_currency.code(),
            source_token: payout.wallet_id.token(WALLET),
            destination_token: destination_token(payout.account_id, payout.payee_id),
            destination_amount: Number(payout.destination()),
            source_amount: Number(payout.amount()),
            attr_set_token: attr_set_token(payout.extra.as_deref()),
            exchange_rate: exchange_rate(payout.rate.as_deref()),
            fee: Number(payout.fees()),
            expiration: time(payout.id.created_at() + VALID),
            pickup_code: "",
            status: status(payout.state),
            payer_name: payer_name(&payout.rail),
            delivery_type: delivery_type(record.account.as_ref().map(|account| account.kind)),
            country_code: alpha_3(payee.country.as_deref()),
            estimated_availability: time(payout.completed_at.unwrap_or(payout.id.created_at() + ON_THE_WAY)),
            metadata: stored(payout.metadata.as_deref()),
            status_reason: payout.failure_reason.as_deref(),
            reversible_amount: Number(payout.reversible()),
        }
    }
}

impl Commit {
    /// The payout was made, now or before; `failure` when it has failed since.
    pub fn made(record: &PayoutRecord) -> Commit {
        let payout = &record.payout;
        let ended = payout.state.is_final() && payout.state != State::Completed;
        let words = || payout.failure_reason.clone().unwrap_or_else(|| format!("It {}.", payout.state.words()));
        Commit {
            payout_token: payout.id.token(PAYOUT),
            status: if ended { "failure" } else { "success" },
            errors: ended.then(words),
        }
    }

    /// It was to be committed at once, and was not even kept as a quote.
    pub fn refused_quote(quoted: &Quoted) -> Commit {
        let nsf = quoted.refusal.as_ref().is_some_and(|refusal| refusal.rule == Rule::InsufficientFunds);
        Commit {
            payout_token: quoted_token(quoted),
            status: if nsf { "nsf" } else { "failure" },
            errors: quoted.refusal.as_ref().map(|refusal| refusal.reason.clone()),
        }
    }

    /// Why no payout was made; none when the refusal is about the request itself.
    pub fn refused(id: PayoutId, refusal: &Refusal) -> Option<Commit> {
        let status = match refusal.rule {
            Rule::QuoteExpired => "ex_rate_expired",
            Rule::InsufficientFunds => "nsf",
            Rule::WalletClosed
            | Rule::TransferIdTaken
            | Rule::CurrencyMismatch
            | Rule::PayeeInactive
            | Rule::AccountInactive
            | Rule::AccountNotFound
            | Rule::OverCap => "failure",
            _ => return None,
        };
        Some(Commit { payout_token: id.token(PAYOUT), status, errors: Some(refusal.reason.clone()) })
    }
}

/// Reads the members of a payout; the rest of the body is ignored, as the provider does.
pub fn input(mut members: Members, limit: Option<String>) -> Result<QuoteInput, Refusal> {
    let extra = Extra { attr_set_token: members.text("attr_set_token").filter(|token| !token.trim().is_empty()) };
    if extra.attr_set_token.as_ref().is_some_and(|token| token.chars().count() > 100 || token.contains('\0')) {
        members.wrong("attr_set_token", "must have at most 100 characters");
    }
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let input = QuoteInput {
        source_token: given(members.text("source_token")).map(|token| wallet_id(&token)),
        destination_token: given(members.text("destination_token")).map(|token| destination(&token)),
        source_currency_code: given(members.text("source_currency_code")),
        destination_currency_code: members.text("destination_currency_code"),
        source_amount: members.number("source_amount").map(|amount| shortened(&amount)),
        destination_amount: members.number("destination_amount").map(|amount| shortened(&amount)),
        limit: limit.map(|limit| shortened(&limit)),
        client_transfer_id: members.text("client_transfer_id"),
        metadata: members.object("metadata"),
        extra: Some(serde_json::to_string(&extra).expect("texts")).filter(|extra| extra != "{}"),
        notify_user: members.flag("notify_user").unwrap_or(false),
        auto_commit: members.flag("auto_commit").unwrap_or(false),
    };
    members.done()?;
    Ok(input)
}

/// DESIGN section 5, in MassPay's words.
pub fn status(state: State) -> &'static str {
    match state {
        State::Created | State::Queued => "PENDING",
        State::ActionRequired => "HOLD",
        State::Processing | State::Settling => "PROCESSING",
        State::Completed => "COMPLETED",
        State::Failed => "ERROR",
        State::Cancelled | State::Expired => "CANCELLED",
    }
}

fn quoted_token(quoted: &Quoted) -> String {
    match quoted.refusal.as_ref().map(|refusal| refusal.rule) {
        Some(Rule::InsufficientFunds) => "NSF".into(),
        Some(Rule::TransferIdTaken) => "DUPLICATE".into(),
        _ => quoted.quote.id.token(PAYOUT),
    }
}

/// The account; a user without one is a destination under their own id.
fn destination_token(account: Option<AccountId>, payee: PayeeId) -> String {
    account.map_or_else(|| payee.token(DESTINATION), |account| account.token(DESTINATION))
}

fn destination(token: &str) -> Destination {
    match Id::from_token(DESTINATION, token) {
        Ok(account) => Destination::Token(account, Id::from_uuid(AccountId::uuid(account))),
        Err(_) => Destination::Unknown,
    }
}

fn attr_set_token(extra: Option<&str>) -> String {
    let extra: Extra = extra.and_then(|extra| serde_json::from_str(extra).ok()).unwrap_or_default();
    extra.attr_set_token.unwrap_or_default()
}

/// A number, exactly as the rate stands on the payout.
fn exchange_rate(rate: Option<&str>) -> Option<Box<RawValue>> {
    RawValue::from_string(rate.unwrap_or("1").to_owned()).ok()
}

fn delivery_type(account: Option<AccountKind>) -> &'static str {
    match account {
        Some(AccountKind::Upi) => "MOBILE_WALLET",
        Some(AccountKind::BankAccount | AccountKind::Revolut) | None => "BANK_DEPOSIT",
    }
}

/// `Sandbox`.
fn payer_name(rail: &str) -> String {
    let mut letters = rail.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The three letters of a country that we know by two.
fn alpha_3(country: Option<&str>) -> &'static str {
    static COUNTRIES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
        iso_country::data::all().into_iter().map(|country| (country.alpha2, country.alpha3)).collect()
    });
    country.and_then(|country| COUNTRIES.get(country).copied()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_has_three_letters() {
        assert_eq!(
            (alpha_3(Some("MX")), alpha_3(Some("KW")), alpha_3(None), alpha_3(Some("XX"))),
            ("MEX", "KWT", "", "")
        );
    }

    #[test]
    fn only_what_was_given_is_kept_beside_a_payout() {
        let read = |body: &str| input(Members::read(body.as_bytes()).unwrap(), None).unwrap().extra;
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"notify_user":false,"attr_set_token":" "}"#), None);
        let extra = read(r#"{"notify_user":true,"attr_set_token":"attr_set_1"}"#);
        assert_eq!(extra.as_deref(), Some(r#"{"attr_set_token":"attr_set_1"}"#));
        assert_eq!(attr_set_token(extra.as_deref()), "attr_set_1");
    }
}
