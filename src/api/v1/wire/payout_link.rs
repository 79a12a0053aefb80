//! A payout link as JSON, and the members that make one.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::kinds::{
    self, ActorKind, AmountGiven, CurrencyCode, EventKind, NumberGiven, PayoutLinkStatus, PayoutMethod, Time,
};
use super::{Number, Warning, sample, stored, time};
use crate::api::v1::error::ApiError;
use crate::api::v1::posted::Members;
use crate::domain::command::LinkRecord;
use crate::domain::event::{EventType, LinkEvent};
use crate::domain::ids::{PayeeId, PayoutId, PayoutLinkId};
use crate::domain::money::{Currency, Money};
use crate::domain::payout_link::{CloseReason, State};
use crate::error::Error;
use crate::service::Desk;
use crate::service::links::{LinkInput, address};

/// A payout link. Beside each amount stands the same in minor units.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PayoutLink)]
pub struct Link<'a> {
    #[schema(value_type = kinds::PayoutLinkId)]
    id: PayoutLinkId,
    wallet_id: i64,
    #[schema(value_type = PayoutLinkStatus)]
    status: &'static str,
    contact: Contact<'a>,
    purpose: Option<&'a str>,
    amount: Number,
    amount_minor: i64,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    fees: Number,
    fees_minor: i64,
    total_amount: Number,
    total_amount_minor: i64,
    description: Option<&'a str>,
    receipt: Option<&'a str>,
    reference: Option<&'a str>,
    #[schema(value_type = Option<Object>)]
    notes: Option<Box<RawValue>>,
    /// The address for the recipient; whoever has it can claim the link. Only while it is or may become open.
    short_url: Option<String>,
    /// True once a message was really sent, not when one was wanted.
    send_sms: bool,
    send_email: bool,
    #[schema(value_type = Vec<PayoutMethod>)]
    payout_methods: Vec<&'static str>,
    transfer_reason: Option<&'a str>,
    save_payee: bool,
    request_id: Option<&'a str>,
    attempt_count: i64,
    /// Who was paid, to which account and by which payout, once claimed.
    #[schema(value_type = Option<kinds::BeneficiaryId>)]
    beneficiary_id: Option<PayeeId>,
    #[schema(value_type = Option<kinds::AccountId>)]
    fund_account_id: Option<String>,
    #[schema(value_type = Option<kinds::PayoutId>)]
    payout_id: Option<PayoutId>,
    cancel_reason: Option<&'a str>,
    /// Why it ended, where the status does not say: `declined`, `replaced`, `too_many_attempts`, `insufficient_funds`.
    #[schema(value_type = Option<kinds::PayoutLinkEnd>)]
    close_reason: Option<CloseReason>,
    #[schema(value_type = Option<kinds::PayoutLinkId>)]
    replaces_id: Option<PayoutLinkId>,
    #[schema(value_type = Option<kinds::PayoutLinkId>)]
    replaced_by_id: Option<PayoutLinkId>,
    #[schema(value_type = Time)]
    created_at: String,
    #[schema(value_type = Time)]
    updated_at: String,
    #[schema(value_type = Option<Time>)]
    issued_at: Option<String>,
    #[schema(value_type = Option<Time>)]
    claimed_at: Option<String>,
    #[schema(value_type = Option<Time>)]
    expire_by: Option<String>,
    #[schema(value_type = Option<Time>)]
    processed_at: Option<String>,
    #[schema(value_type = Option<Time>)]
    cancelled_at: Option<String>,
    #[schema(value_type = Option<Time>)]
    rejected_at: Option<String>,
    #[schema(value_type = Option<Time>)]
    expired_at: Option<String>,
    #[schema(value_type = Option<Time>)]
    failed_at: Option<String>,
    events: Vec<EventLine<'a>>,
    /// Told when it is made: what it may repeat.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub warnings: Vec<Warning>,
}

/// Whom the link is for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Contact<'a> {
    #[schema(value_type = Option<kinds::BeneficiaryId>)]
    id: Option<PayeeId>,
    name: &'a str,
    r#type: Option<&'a str>,
    phone: Option<&'a str>,
    email: Option<&'a str>,
}

/// A line of the history of a payout link, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PayoutLinkEvent)]
pub struct EventLine<'a> {
    #[schema(value_type = EventKind)]
    event_type: EventType,
    #[schema(value_type = Option<PayoutLinkStatus>)]
    from_status: Option<&'static str>,
    #[schema(value_type = PayoutLinkStatus)]
    to_status: &'static str,
    #[schema(value_type = ActorKind)]
    actor_type: &'a str,
    message: &'a str,
    #[schema(value_type = Time)]
    created_at: String,
}

/// A payout link to make, for the description; [`input`] reads it.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = NewPayoutLink)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// The wallet that pays.
    #[schema(value_type = NumberGiven)]
    wallet_id: i64,
    /// What the recipient gets; the wallet pays the fees besides.
    #[schema(value_type = AmountGiven)]
    amount: i64,
    /// The currency of the wallet.
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    /// A saved beneficiary; then without name, phone and email.
    #[schema(value_type = Option<kinds::BeneficiaryId>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_id: Option<&'static str>,
    #[schema(max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_name: Option<&'static str>,
    /// `customer`, `vendor`, `employee`, or a word of your own.
    #[schema(max_length = 50)]
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_type: Option<&'static str>,
    #[schema(max_length = 40)]
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_phone: Option<&'static str>,
    #[schema(value_type = Option<kinds::EmailGiven>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_email: Option<&'static str>,
    #[schema(max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'static str>,
    #[schema(max_length = 500)]
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'static str>,
    #[schema(max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<&'static str>,
    #[schema(max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'static str>,
    /// Whatever you want to find with it again.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Box<RawValue>>,
    /// Send the address as a text message; `contact_phone` is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    send_sms: Option<bool>,
    /// Send the address by mail; `contact_email` is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    send_email: Option<bool>,
    /// Until when it can be claimed, at least 15 minutes from now; left out, it stays open.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_by: Option<&'static str>,
    /// How the recipient may be paid; left out, every way that the currency has.
    #[schema(value_type = Option<Vec<PayoutMethod>>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    payout_methods: Option<Vec<&'static str>>,
    #[schema(max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer_reason: Option<&'static str>,
    /// Whether the recipient becomes a saved beneficiary.
    #[serde(skip_serializing_if = "Option::is_none")]
    save_payee: Option<bool>,
    /// Your own id of the request, unique for your client.
    #[schema(max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'static str>,
}

/// Why a payout link ends, for the description.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkReason {
    /// For the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// A new end of a payout link, for the description.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// At least 15 minutes from now, and later than the end it has.
    #[schema(format = DateTime)]
    expire_by: &'static str,
}

impl NewLink {
    pub fn example() -> NewLink {
        NewLink {
            wallet_id: 1,
            amount: 100,
            currency: "USD",
            contact_name: Some("John Doe"),
            contact_email: Some("john.doe@example.com"),
            purpose: Some("refund"),
            description: Some("Refund of order 4711"),
            receipt: Some("Receipt 1"),
            notes: stored(Some(r#"{"order":"4711"}"#)),
            ..NewLink::default()
        }
    }
}

impl LinkReason {
    pub fn example() -> LinkReason {
        LinkReason { reason: Some("The order was refunded in the shop") }
    }
}

impl Extension {
    pub fn example() -> Extension {
        Extension { expire_by: "2030-01-31T12:00:00Z" }
    }
}

impl Link<'static> {
    pub fn example() -> Link<'static> {
        let number = |minor| Number(Money::new(minor, Currency::USD));
        let made = "2026-01-15T10:30:00Z".to_owned();
        Link {
            id: sample("lnk_01kf0qxa00e2n9k3v8m4t6w7yz"),
            wallet_id: 1,
            status: "issued",
            contact: Contact {
                id: None,
                name: "John Doe",
                r#type: None,
                phone: None,
                email: Some("john.doe@example.com"),
            },
            purpose: Some("refund"),
            amount: number(10_000),
            amount_minor: 10_000,
            currency: "USD",
            fees: number(150),
            fees_minor: 150,
            total_amount: number(10_150),
            total_amount_minor: 10_150,
            description: Some("Refund of order 4711"),
            receipt: Some("Receipt 1"),
            reference: None,
            notes: stored(Some(r#"{"order":"4711"}"#)),
            short_url: Some("https://desk.example.com/l/Wq3vN8xT1bYk5mRz0aLd7g".into()),
            send_sms: false,
            send_email: false,
            payout_methods: vec!["bank_account"],
            transfer_reason: None,
            save_payee: false,
            request_id: None,
            attempt_count: 0,
            beneficiary_id: None,
            fund_account_id: None,
            payout_id: None,
            cancel_reason: None,
            close_reason: None,
            replaces_id: None,
            replaced_by_id: None,
            created_at: made.clone(),
            updated_at: made.clone(),
            issued_at: Some(made.clone()),
            claimed_at: None,
            expire_by: None,
            processed_at: None,
            cancelled_at: None,
            rejected_at: None,
            expired_at: None,
            failed_at: None,
            events: vec![EventLine {
                event_type: EventType::StatusChange,
                from_status: None,
                to_status: "issued",
                actor_type: "client",
                message: "Payout link issued",
                created_at: made,
            }],
            warnings: Vec::new(),
        }
    }
}

impl<'a> Link<'a> {
    /// Errors: the address was sealed under a key that is gone.
    pub fn of(desk: &Desk, record: &'a LinkRecord) -> Result<Link<'a>, Error> {
        let link = &record.link;
        let ended = |state| link.ended_at(state).map(time);
        Ok(Link {
            id: link.id,
            wallet_id: record.wallet_number,
            status: link.state.name(),
            contact: Contact {
                id: link.contact_id,
                name: &link.contact_name,
                r#type: link.contact_type.as_deref(),
                phone: link.contact_phone.as_deref(),
                email: link.contact_email.as_deref(),
            },
            purpose: link.purpose.as_deref(),
            amount: Number(link.amount()),
            amount_minor: link.amount_minor,
            currency: link.currency.code(),
            fees: Number(link.fees()),
            fees_minor: link.fees_minor,
            total_amount: Number(link.total()),
            total_amount_minor: link.total().minor,
            description: link.description.as_deref(),
            receipt: link.receipt.as_deref(),
            reference: link.reference.as_deref(),
            notes: stored(link.notes.as_deref()),
            short_url: if link.state.is_final() { None } else { Some(address(desk, link)?) },
            send_sms: record.texted_at.is_some(),
            send_email: record.emailed_at.is_some(),
            payout_methods: link.payout_methods.names(),
            transfer_reason: link.transfer_reason.as_deref(),
            save_payee: link.save_payee,
            request_id: link.request_id.as_deref(),
            attempt_count: link.attempt_count,
            beneficiary_id: link.payee_id,
            fund_account_id: link.account_id.map(|id| id.to_string()),
            payout_id: link.payout_id,
            cancel_reason: link.cancel_reason.as_deref(),
            close_reason: link.close_reason,
            replaces_id: link.replaces_id,
            replaced_by_id: link.replaced_by_id,
            created_at: time(link.id.created_at()),
            updated_at: time(record.updated_at()),
            issued_at: link.issued_at.map(time),
            claimed_at: link.claimed_at.map(time),
            expire_by: link.expire_by.map(time),
            processed_at: ended(State::Processed),
            cancelled_at: ended(State::Cancelled),
            rejected_at: ended(State::Rejected),
            expired_at: ended(State::Expired),
            failed_at: ended(State::Failed),
            events: record.events.iter().map(EventLine::from).collect(),
            warnings: Vec::new(),
        })
    }
}

impl<'a> From<&'a LinkEvent> for EventLine<'a> {
    fn from(event: &'a LinkEvent) -> EventLine<'a> {
        EventLine {
            event_type: event.event_type,
            from_status: event.from_state.map(State::name),
            to_status: event.to_state.name(),
            actor_type: &event.actor_type,
            message: &event.message,
            created_at: time(event.created_at),
        }
    }
}

/// Reads the members of `POST /api/v1/payout-links`.
pub fn input(mut members: Members) -> Result<LinkInput, ApiError> {
    let input = LinkInput {
        wallet_id: members.number("wallet_id"),
        amount: members.number("amount"),
        currency: members.text("currency"),
        contact_id: members.text("contact_id"),
        contact_name: members.text("contact_name"),
        contact_type: members.text("contact_type"),
        contact_phone: members.text("contact_phone"),
        contact_email: members.text("contact_email"),
        purpose: members.text("purpose"),
        description: members.text("description"),
        receipt: members.text("receipt"),
        reference: members.text("reference"),
        notes: members.object("notes"),
        send_sms: members.flag("send_sms").unwrap_or_default(),
        send_email: members.flag("send_email").unwrap_or_default(),
        expire_by: members.text("expire_by"),
        payout_methods: members.texts("payout_methods").unwrap_or_default(),
        transfer_reason: members.text("transfer_reason"),
        save_payee: members.flag("save_payee").unwrap_or_default(),
        request_id: members.text("request_id"),
    };
    members.nothing_else()?;
    Ok(input)
}
