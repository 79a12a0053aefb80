//! A payout link as JSON, and its states in Razorpay's words.

use serde::Serialize;
use serde_json::value::RawValue;

use super::payout::Payout;
use super::{Collection, notes, seconds};
use crate::api::razorpay::query::{CONTACT, FUND_ACCOUNT, LINK, PAYOUT};
use crate::domain::command::LinkRecord;
use crate::domain::payout_link::State;
use crate::error::Error;
use crate::service::Desk;
use crate::service::links::address;

/// A payout link (`contracts/razorpay.md` 3.1).
#[derive(Debug, Serialize)]
pub struct Link<'a> {
    id: String,
    entity: &'static str,
    /// Null for links that staff made to somebody who is no saved contact.
    contact_id: Option<String>,
    contact: Contact<'a>,
    /// The account it goes to; from `processing` on.
    fund_account_id: Option<String>,
    /// The payout that paid it; once `processed`.
    payout_id: Option<String>,
    purpose: &'a str,
    status: &'static str,
    /// In paise, without fees and tax.
    amount: i64,
    currency: &'static str,
    description: &'a str,
    attempt_count: i64,
    receipt: Option<&'a str>,
    notes: Box<RawValue>,
    /// Where the contact claims it.
    short_url: String,
    /// True once a message was really sent, not when one was wanted.
    send_sms: bool,
    send_email: bool,
    cancelled_at: Option<i64>,
    created_at: i64,
    expire_by: Option<i64>,
    expired_at: Option<i64>,
    /// Its attempts; when asked for with `expand[]=payouts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payouts: Option<Collection<Payout<'a>>>,
}

/// Whom a link is for, as given when it was made.
#[derive(Debug, Serialize)]
pub struct Contact<'a> {
    name: &'a str,
    r#type: Option<&'a str>,
    contact: Option<&'a str>,
    email: Option<&'a str>,
}

impl<'a> Link<'a> {
    /// Errors: the address was sealed under a key that is gone.
    pub fn of(desk: &Desk, record: &'a LinkRecord) -> Result<Link<'a>, Error> {
        let link = &record.link;
        let claimed = link.account_id.filter(|_| link.state.is_claimed());
        let closed = [State::Cancelled, State::Failed].into_iter().find_map(|state| link.ended_at(state));
        Ok(Link {
            id: link.id.prefixed(LINK),
            entity: "payout_link",
            contact_id: link.contact_id.map(|id| id.prefixed(CONTACT)),
            contact: Contact {
                name: &link.contact_name,
                r#type: link.contact_type.as_deref(),
                contact: link.contact_phone.as_deref(),
                email: link.contact_email.as_deref(),
            },
            fund_account_id: claimed.map(|id| id.prefixed(FUND_ACCOUNT)),
            payout_id: link.payout_id.filter(|_| link.state == State::Processed).map(|id| id.prefixed(PAYOUT)),
            purpose: link.purpose.as_deref().unwrap_or("payout"),
            status: status(link.state),
            amount: link.amount_minor,
            currency: link.currency.code(),
            description: link.description.as_deref().unwrap_or_default(),
            attempt_count: link.attempt_count,
            receipt: link.receipt.as_deref(),
            notes: notes(link.notes.as_deref()),
            short_url: address(desk, link)?,
            send_sms: record.texted_at.is_some(),
            send_email: record.emailed_at.is_some(),
            cancelled_at: closed.map(seconds),
            created_at: seconds(link.id.created_at()),
            expire_by: link.expire_by.map(seconds),
            expired_at: link.ended_at(State::Expired).map(seconds),
            payouts: None,
        })
    }
}

/// A state in Razorpay's words, which have none for a link that too many failed attempts have closed.
pub fn status(state: State) -> &'static str {
    match state {
        State::Failed => State::Cancelled.name(),
        state => state.name(),
    }
}

/// The same by the name of the state.
pub fn status_named(name: &str) -> &str {
    match State::from_name(name) {
        Some(state) => status(state),
        None => name,
    }
}

/// The states that a status stands for.
pub fn states(name: &str) -> Option<Vec<State>> {
    let states: Vec<State> = State::ALL.into_iter().filter(|state| status(*state) == name).collect();
    (!states.is_empty()).then_some(states)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_the_contract_names_states_and_no_other_does() {
        for name in ["pending", "issued", "processing", "processed", "cancelled", "rejected", "expired"] {
            assert!(states(name).is_some(), "{name}");
        }
        assert_eq!(states("cancelled"), Some(vec![State::Cancelled, State::Failed]));
        assert_eq!((states("failed"), states("")), (None, None));
        assert_eq!((status_named("failed"), status_named("processing")), ("cancelled", "processing"));
    }
}
