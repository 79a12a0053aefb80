//! A payout link as JSON, and its states in Razorpay's words.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::given::{
    self, Amount, Description, MaybeContactId, MaybeContactType, MaybeEmail, MaybeMoment, MaybeName, MaybeNotes,
    MaybePhone, MaybeReceipt, MaybeSendEmail, MaybeSendSms, Purpose,
};
use super::kinds::{self, CurrencyCode, PayoutLinkEntity, PayoutLinkStatus};
use super::{Payouts, notes, seconds};
use crate::api::razorpay::query::{CONTACT, FUND_ACCOUNT, LINK, PAYOUT};
use crate::domain::command::LinkRecord;
use crate::domain::payout_link::State;
use crate::error::Error;
use crate::service::Desk;
use crate::service::links::address;

// contracts/razorpay.md 3.1.
/// A payout link: whoever has its address says where the money goes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PayoutLink)]
pub struct Link<'a> {
    #[schema(value_type = kinds::PayoutLinkId)]
    id: String,
    #[schema(inline, value_type = PayoutLinkEntity)]
    entity: &'static str,
    /// Null for links that staff made to somebody who is no saved contact.
    #[schema(value_type = Option<kinds::ContactId>)]
    contact_id: Option<String>,
    contact: Contact<'a>,
    /// The account it goes to; from `processing` on.
    #[schema(value_type = Option<kinds::FundAccountId>)]
    fund_account_id: Option<String>,
    /// The payout that paid it; once `processed`.
    #[schema(value_type = Option<kinds::PayoutId>)]
    payout_id: Option<String>,
    purpose: &'a str,
    #[schema(value_type = PayoutLinkStatus)]
    status: &'static str,
    /// In paise, without fees and tax.
    amount: i64,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    description: &'a str,
    /// How many payouts were tried so far.
    attempt_count: i64,
    receipt: Option<&'a str>,
    #[schema(value_type = Object)]
    notes: Box<RawValue>,
    /// Where the contact claims it.
    short_url: String,
    /// True once a message was really sent, not when one was wanted.
    send_sms: bool,
    /// True once an email was really sent, not when one was wanted.
    send_email: bool,
    /// In Unix seconds; set in `cancelled` only.
    cancelled_at: Option<i64>,
    /// In Unix seconds.
    created_at: i64,
    /// Until when it can be claimed, in Unix seconds.
    expire_by: Option<i64>,
    /// When it really expired, in Unix seconds.
    expired_at: Option<i64>,
    /// Its attempts; when asked for with `expand[]=payouts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub payouts: Option<Payouts<'a>>,
}

/// Whom a link is for, as given when it was made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PayoutLinkContact)]
pub struct Contact<'a> {
    name: &'a str,
    r#type: Option<&'a str>,
    /// The phone number.
    contact: Option<&'a str>,
    email: Option<&'a str>,
}

// contracts/razorpay.md 3.3.
/// A payout link to make.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = NewPayoutLink)]
pub struct NewLink {
    #[schema(inline, value_type = given::AccountNumber)]
    account_number: &'static str,
    /// Whom it is for.
    contact: NewContact,
    #[schema(inline, value_type = Amount)]
    amount: i64,
    #[schema(inline, value_type = given::Currency)]
    currency: &'static str,
    #[schema(inline, value_type = Purpose)]
    purpose: &'static str,
    #[schema(inline, value_type = Description)]
    description: &'static str,
    #[schema(inline, value_type = MaybeReceipt, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<&'static str>,
    #[schema(inline, value_type = MaybeSendSms, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    send_sms: Option<bool>,
    #[schema(inline, value_type = MaybeSendEmail, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    send_email: Option<bool>,
    #[schema(inline, value_type = MaybeNotes, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Box<RawValue>>,
    #[schema(inline, value_type = MaybeMoment, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_by: Option<i64>,
}

/// Whom a link is for: the id of a saved contact alone, or a name with a phone number, an email address or both.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = NewPayoutLinkContact)]
pub struct NewContact {
    #[schema(inline, value_type = MaybeContactId, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'static str>,
    #[schema(inline, value_type = MaybeName, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[schema(inline, value_type = MaybeContactType, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    #[schema(inline, value_type = MaybePhone, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<&'static str>,
    #[schema(inline, value_type = MaybeEmail, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'static str>,
}

/// The notes of the contract's example.
const NOTES: &str = r#"{"notes_key_1":"Tea, Earl Grey, Hot","notes_key_2":"Tea, Earl Grey… decaf."}"#;

impl NewLink {
    pub fn example() -> NewLink {
        NewLink {
            account_number: "4564560000000042",
            contact: NewContact {
                name: Some("Gaurav Kumar"),
                r#type: Some("customer"),
                contact: Some("912345678"),
                email: Some("gaurav.kumar@example.com"),
                ..NewContact::default()
            },
            amount: 1000,
            currency: "INR",
            purpose: "refund",
            description: "Payout Link for Gaurav Kumar",
            receipt: Some("Receipt No. 1"),
            send_sms: Some(true),
            send_email: Some(true),
            notes: Some(notes(Some(NOTES))),
            expire_by: None,
        }
    }
}

impl Link<'static> {
    /// The contract's own.
    pub fn example() -> Link<'static> {
        Link {
            id: "poutlk_00000000000001".into(),
            entity: "payout_link",
            contact_id: Some("cont_00000000000001".into()),
            contact: Contact {
                name: "Gaurav Kumar",
                r#type: Some("customer"),
                contact: Some("912345678"),
                email: Some("gaurav.kumar@example.com"),
            },
            fund_account_id: None,
            payout_id: None,
            purpose: "refund",
            status: "cancelled",
            amount: 1000,
            currency: "INR",
            description: "Payout Link for Gaurav Kumar",
            attempt_count: 0,
            receipt: Some("Receipt No. 1"),
            notes: notes(Some(NOTES)),
            short_url: "https://rzp.io/i/3b1Tw6".into(),
            send_sms: true,
            send_email: true,
            cancelled_at: Some(1_596_122_334),
            created_at: 1_545_383_037,
            expire_by: Some(1_545_384_058),
            // The contract's example has a time here and calls that a slip.
            expired_at: None,
            payouts: None,
        }
    }
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

/// Every status there is.
pub fn statuses() -> Vec<&'static str> {
    let mut names = Vec::new();
    for name in State::ALL.map(status) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
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
