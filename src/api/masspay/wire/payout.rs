//! A payout as JSON, quoted or made, and what became of committing it.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::kinds::{
    CommitStatus, CountryCode, CurrencyCode, DeliveryType, DestinationToken, ExchangeRate, PayoutStatus, QuotedToken,
    Time, WalletToken,
};
use super::new_payout::attr_set_token;
use super::{DESTINATION, PAYOUT, WALLET, time};
use crate::api::json::{Number, stored};
use crate::domain::command::PayoutRecord;
use crate::domain::ids::{AccountId, PayeeId, PayoutId};
use crate::domain::money::{Currency, Money};
use crate::domain::payee_account::AccountKind;
use crate::domain::payout::{Refusal, Rule, State};
use crate::domain::quote::{Quoted, VALID};
use crate::service::payout_quotes::Quoting;

/// A payout, or the quote of one.
#[derive(Debug, Serialize, ToSchema)]
pub struct Payout<'a> {
    #[schema(value_type = QuotedToken)]
    payout_token: String,
    /// Empty if none was given.
    client_transfer_id: &'a str,
    #[schema(value_type = CurrencyCode)]
    source_currency_code: &'static str,
    #[schema(value_type = CurrencyCode)]
    destination_currency_code: &'static str,
    #[schema(value_type = WalletToken)]
    source_token: String,
    #[schema(value_type = DestinationToken)]
    destination_token: String,
    /// What the user gets.
    destination_amount: Number,
    /// What the source pays, besides the fee.
    source_amount: Number,
    /// As it was given.
    attr_set_token: String,
    /// So much of the destination currency for one of the source's.
    #[schema(value_type = ExchangeRate)]
    exchange_rate: Option<Box<RawValue>>,
    /// In the source currency.
    fee: Number,
    /// How long the quote is good for.
    #[schema(value_type = Time)]
    expiration: String,
    /// Payouts of this desk go to accounts; nobody picks them up.
    pickup_code: &'static str,
    #[schema(value_type = PayoutStatus)]
    status: &'static str,
    /// The provider that carries the money.
    payer_name: String,
    #[schema(value_type = DeliveryType)]
    delivery_type: &'static str,
    #[schema(value_type = CountryCode)]
    country_code: &'static str,
    #[schema(value_type = Time)]
    estimated_availability: String,
    /// Left out if none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, nullable = false)]
    metadata: Option<Box<RawValue>>,
    /// Why it failed, or was not quoted; left out otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    status_reason: Option<&'a str>,
    /// What can be reversed now, in the destination currency.
    reversible_amount: Number,
}

/// What asking for a payout comes to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Told<'a> {
    Payout(Box<Payout<'a>>),
    /// With `auto_commit`.
    Commit(Commit),
}

/// What became of committing a payout.
#[derive(Debug, Serialize, ToSchema)]
pub struct Commit {
    #[schema(value_type = QuotedToken)]
    payout_token: String,
    #[schema(value_type = CommitStatus)]
    status: &'static str,
    /// Why not; left out with `success`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    errors: Option<String>,
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

impl Payout<'static> {
    pub fn example() -> Payout<'static> {
        let (dollars, pesos) =
            (|minor| Number(Money::new(minor, Currency::USD)), |minor| Number(Money::new(minor, Currency::MXN)));
        Payout {
            payout_token: "payout_5f6f0f0e-2f6c-7a35-8d69-1d7b6f6f4c10".into(),
            client_transfer_id: "order-4711",
            source_currency_code: "USD",
            destination_currency_code: "MXN",
            source_token: "clnt_wlt_1c6d0b3e-54d1-7a0f-8a34-6f1f2d1f9a77".into(),
            destination_token: "dst_7a1f7e0e-9b1d-7f4c-8c39-3e0a2f6a1b22".into(),
            destination_amount: pesos(170_500),
            source_amount: dollars(10_000),
            attr_set_token: String::new(),
            exchange_rate: exchange_rate(Some("17.05")),
            fee: dollars(150),
            expiration: "2026-01-30T05:42:58.475Z".into(),
            pickup_code: "",
            status: "PENDING",
            payer_name: "Sandbox".into(),
            delivery_type: "BANK_DEPOSIT",
            country_code: "MEX",
            estimated_availability: "2026-01-31T05:40:58.475Z".into(),
            metadata: None,
            status_reason: None,
            reversible_amount: pesos(0),
        }
    }
}

impl Told<'static> {
    pub fn example() -> Told<'static> {
        Told::Payout(Box::new(Payout::example()))
    }
}

impl Commit {
    pub fn example() -> Commit {
        let payout_token = "payout_5f6f0f0e-2f6c-7a35-8d69-1d7b6f6f4c10".into();
        Commit { payout_token, status: "success", errors: None }
    }

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
}
