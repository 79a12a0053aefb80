//! A payout link as JSON, and its states in Revolut's words.

use serde::Serialize;
use utoipa::ToSchema;

use super::kinds::{
    AccountId, AmountGiven, CounterpartyId, CurrencyCode, FlagGiven, NewPayoutMethod, PayoutLinkId, PayoutLinkState,
    PayoutMethod, Period, Time, TransactionId,
};
use super::{Number, samples, time};
use crate::domain::command::LinkRecord;
use crate::domain::money::{Currency, Money};
use crate::domain::payout_link::State;
use crate::error::Error;
use crate::service::Desk;
use crate::service::links::address;

/// A payout link. What has no value is left out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PayoutLink)]
pub struct Link<'a> {
    #[schema(value_type = PayoutLinkId)]
    id: String,
    #[schema(value_type = PayoutLinkState)]
    state: &'static str,
    #[schema(value_type = Time)]
    created_at: String,
    #[schema(value_type = Time)]
    updated_at: String,
    /// Whom it is for.
    counterparty_name: &'a str,
    /// Whether the recipient becomes a counterparty.
    save_counterparty: bool,
    /// Your own id of the request. A link that was made without one tells its own id.
    request_id: String,
    /// Until when it can be claimed. A link without an end tells the last moment of the year 9999.
    #[schema(value_type = Time)]
    expiry_date: String,
    #[schema(value_type = Vec<PayoutMethod>)]
    payout_methods: Vec<&'static str>,
    /// The account that pays.
    #[schema(value_type = AccountId)]
    account_id: String,
    amount: Number,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    /// Where the recipient claims it; only while it is `active`.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// What the recipient reads.
    reference: &'a str,
    /// The reason that was given.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer_reason_code: Option<&'a str>,
    /// Who claimed it.
    #[schema(value_type = CounterpartyId, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    counterparty_id: Option<String>,
    /// What pays them.
    #[schema(value_type = TransactionId, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<String>,
}

/// A payout link to make.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewPayoutLink)]
pub struct NewLink {
    /// Whom it is for.
    #[schema(min_length = 1, max_length = 100)]
    counterparty_name: &'static str,
    /// Your own id of the request; it makes one link, however often it is sent.
    #[schema(min_length = 1, max_length = 40)]
    request_id: &'static str,
    /// The account that pays.
    #[schema(value_type = AccountId)]
    account_id: &'static str,
    /// From 1 to 2,500 in GBP, or the equivalent.
    #[schema(value_type = AmountGiven)]
    amount: Number,
    /// The currency of the account.
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    /// What the recipient reads.
    #[schema(min_length = 1, max_length = 100)]
    reference: &'static str,
    /// Whether the recipient becomes a counterparty; left out, no.
    #[schema(value_type = Option<FlagGiven>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    save_counterparty: Option<bool>,
    /// At least one; left out, `revolut` and `bank_account`. The sandbox pays to no `card`.
    #[schema(value_type = Option<Vec<NewPayoutMethod>>, min_items = 1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    payout_methods: Option<Vec<&'static str>>,
    /// How long it can be claimed: `P1D` to `P7D`; left out, `P7D`.
    #[schema(value_type = Option<Period>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry_period: Option<&'static str>,
    /// A code of the transfer reasons, where the currency needs one.
    #[schema(max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer_reason_code: Option<&'static str>,
}

impl NewLink {
    pub fn example() -> NewLink {
        NewLink {
            counterparty_name: "Ada Byron",
            request_id: "rent-2026-01",
            account_id: samples::ACCOUNT,
            amount: Number(Money::new(10_560, Currency::GBP)),
            currency: "GBP",
            reference: "Rent",
            save_counterparty: Some(false),
            payout_methods: Some(vec!["revolut", "bank_account"]),
            expiry_period: Some("P7D"),
            transfer_reason_code: None,
        }
    }
}

impl Link<'static> {
    /// The example of the contract.
    pub fn example() -> Link<'static> {
        Link {
            id: samples::LINK.into(),
            state: state_name(State::Issued),
            created_at: "2026-01-11T14:02:53.472318Z".into(),
            updated_at: "2026-01-11T14:02:53.690120Z".into(),
            counterparty_name: "Ada Byron",
            save_counterparty: false,
            request_id: "rent-2026-01".into(),
            expiry_date: "2026-01-18T14:02:53.472318Z".into(),
            payout_methods: vec!["revolut", "bank_account"],
            account_id: samples::ACCOUNT.into(),
            amount: Number(Money::new(10_560, Currency::GBP)),
            currency: "GBP",
            url: Some("https://pay.example.test/p/uSJVAd5SnP1".into()),
            reference: "Rent",
            transfer_reason_code: None,
            counterparty_id: None,
            transaction_id: None,
        }
    }
}

/// The states of the contract.
pub const STATES: [&str; 8] =
    ["created", "awaiting", "active", "processing", "processed", "failed", "expired", "cancelled"];

/// What a link without an end says, because clients insist on a date.
const NO_END: &str = "9999-12-31T23:59:59.999999Z";

impl<'a> Link<'a> {
    /// Links made elsewhere have neither a `request_id` nor always a reference, which clients insist on too: their id
    /// stands for the one, the receipt or a description for the other.
    ///
    /// Errors: the address was sealed under a key that is gone.
    pub fn of(desk: &Desk, record: &'a LinkRecord) -> Result<Link<'a>, Error> {
        let link = &record.link;
        let created_at = link.id.created_at();
        let texts = [&link.reference, &link.receipt, &link.description, &link.purpose];
        Ok(Link {
            id: link.id.hyphenated(),
            state: state_name(link.state),
            created_at: time(created_at),
            updated_at: time(record.updated_at().max(created_at)),
            counterparty_name: &link.contact_name,
            save_counterparty: link.save_payee,
            request_id: link.request_id.clone().unwrap_or_else(|| link.id.hyphenated()),
            expiry_date: link.expire_by.map_or_else(|| NO_END.to_owned(), time),
            payout_methods: link.payout_methods.names(),
            account_id: link.wallet_id.hyphenated(),
            amount: Number(link.amount()),
            currency: link.currency.code(),
            url: if link.state == State::Issued { Some(address(desk, link)?) } else { None },
            reference: texts.into_iter().flatten().next().map_or("Payout link", String::as_str),
            transfer_reason_code: link.transfer_reason.as_deref(),
            counterparty_id: link.payee_id.map(|id| id.hyphenated()),
            transaction_id: link.payout_id.map(|id| id.hyphenated()),
        })
    }
}

/// A state in Revolut's words (DESIGN section 5).
pub fn state_name(state: State) -> &'static str {
    match state {
        State::Pending => "awaiting",
        State::Issued => "active",
        State::Processing => "processing",
        State::Processed => "processed",
        State::Cancelled | State::Rejected => "cancelled",
        State::Expired => "expired",
        State::Failed => "failed",
    }
}

/// The states that a word of Revolut's stands for. A link that is `created` and nothing else never outlives its unit.
pub fn states_named(name: &str) -> Option<Vec<State>> {
    let states: Vec<State> = State::ALL.into_iter().filter(|state| state_name(*state) == name).collect();
    (!states.is_empty() || name == "created").then_some(states)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_contract_names_states() {
        assert!(State::ALL.iter().all(|state| STATES.contains(&state_name(*state))));
        for name in STATES {
            assert!(states_named(name).is_some(), "{name}");
        }
        assert_eq!(states_named("cancelled"), Some(vec![State::Cancelled, State::Rejected]));
        assert_eq!(states_named("issued"), None);
    }
}
