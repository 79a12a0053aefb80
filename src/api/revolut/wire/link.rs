//! A payout link as JSON, and its states in Revolut's words.

use serde::Serialize;

use super::{Number, time};
use crate::domain::command::LinkRecord;
use crate::domain::payout_link::State;
use crate::error::Error;
use crate::service::Desk;
use crate::service::links::address;

/// A payout link (`contracts/revolut.md` 4.1).
#[derive(Debug, Serialize)]
pub struct Link<'a> {
    id: String,
    state: &'static str,
    created_at: String,
    updated_at: String,
    counterparty_name: &'a str,
    save_counterparty: bool,
    request_id: String,
    expiry_date: String,
    payout_methods: Vec<&'static str>,
    account_id: String,
    amount: Number,
    currency: &'static str,
    /// Where the recipient claims it; only while it is active.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer_reason_code: Option<&'a str>,
    /// Who claimed it, and the transaction that pays them.
    #[serde(skip_serializing_if = "Option::is_none")]
    counterparty_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<String>,
}

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
        for name in ["created", "awaiting", "active", "processing", "processed", "failed", "expired", "cancelled"] {
            assert!(states_named(name).is_some(), "{name}");
        }
        assert_eq!(states_named("cancelled"), Some(vec![State::Cancelled, State::Rejected]));
        assert_eq!(states_named("issued"), None);
    }
}
