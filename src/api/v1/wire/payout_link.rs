//! A payout link as JSON, and the members that make one.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Number, Warning, stored, time};
use crate::api::v1::error::ApiError;
use crate::api::v1::posted::Members;
use crate::domain::command::LinkRecord;
use crate::domain::event::{EventType, LinkEvent};
use crate::domain::ids::{PayeeId, PayoutId, PayoutLinkId};
use crate::domain::payout_link::{CloseReason, State};
use crate::error::Error;
use crate::service::Desk;
use crate::service::links::{LinkInput, address};

/// A payout link. Beside each amount stands the same in minor units.
#[derive(Debug, Serialize)]
pub struct Link<'a> {
    id: PayoutLinkId,
    wallet_id: i64,
    status: &'static str,
    contact: Contact<'a>,
    purpose: Option<&'a str>,
    amount: Number,
    amount_minor: i64,
    currency: &'static str,
    fees: Number,
    fees_minor: i64,
    total_amount: Number,
    total_amount_minor: i64,
    description: Option<&'a str>,
    receipt: Option<&'a str>,
    reference: Option<&'a str>,
    notes: Option<Box<RawValue>>,
    /// The address for the recipient; whoever has it can claim the link. Only while it is or may become open.
    short_url: Option<String>,
    /// True once a message was really sent, not when one was wanted.
    send_sms: bool,
    send_email: bool,
    payout_methods: Vec<&'static str>,
    transfer_reason: Option<&'a str>,
    save_payee: bool,
    request_id: Option<&'a str>,
    attempt_count: i64,
    /// Who was paid, to which account and by which payout, once claimed.
    beneficiary_id: Option<PayeeId>,
    fund_account_id: Option<String>,
    payout_id: Option<PayoutId>,
    cancel_reason: Option<&'a str>,
    /// Why it ended, where the status does not say: `declined`, `replaced`, `too_many_attempts`.
    close_reason: Option<CloseReason>,
    replaces_id: Option<PayoutLinkId>,
    replaced_by_id: Option<PayoutLinkId>,
    created_at: String,
    updated_at: String,
    issued_at: Option<String>,
    claimed_at: Option<String>,
    expire_by: Option<String>,
    processed_at: Option<String>,
    cancelled_at: Option<String>,
    rejected_at: Option<String>,
    expired_at: Option<String>,
    failed_at: Option<String>,
    events: Vec<EventLine<'a>>,
    /// Told when it is made: what it may repeat.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

#[derive(Debug, Serialize)]
struct Contact<'a> {
    id: Option<PayeeId>,
    name: &'a str,
    r#type: Option<&'a str>,
    phone: Option<&'a str>,
    email: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct EventLine<'a> {
    event_type: EventType,
    from_status: Option<&'static str>,
    to_status: &'static str,
    actor_type: &'a str,
    message: &'a str,
    created_at: String,
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
