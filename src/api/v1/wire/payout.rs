//! A payout as JSON, and the members that make one.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Number, Warning, stored, time};
use crate::api::v1::error::ApiError;
use crate::api::v1::posted::Members;
use crate::domain::cancellation::Cancellation;
use crate::domain::command::PayoutRecord;
use crate::domain::event::{Event, EventType};
use crate::domain::ids::{CancellationId, PayoutId, PayoutLinkId};
use crate::domain::payout::Action;
use crate::service::payouts::{PayeeInput, PayoutInput};

/// The payout object of the contract's section 3. Beside each amount stands the same in minor units.
#[derive(Debug, Serialize)]
pub struct Payout<'a> {
    id: PayoutId,
    reference_id: &'a str,
    wallet_id: i64,
    status: &'static str,
    /// What `action_required` waits for.
    action: Option<Action>,
    amount: Number,
    amount_minor: i64,
    currency: &'static str,
    fees: Number,
    fees_minor: i64,
    total_amount: Number,
    total_amount_minor: i64,
    destination_amount: Number,
    destination_amount_minor: i64,
    destination_currency: &'static str,
    reversed_amount: Number,
    reversed_amount_minor: i64,
    reversible_amount: Number,
    reversible_amount_minor: i64,
    beneficiary: Beneficiary<'a>,
    description: Option<&'a str>,
    failure_code: Option<&'a str>,
    failure_reason: Option<&'a str>,
    created_at: String,
    queued_at: Option<String>,
    submitted_at: Option<String>,
    completed_at: Option<String>,
    failed_at: Option<String>,
    cancelled_at: Option<String>,
    expired_at: Option<String>,
    /// When the bank sent a completed payout back.
    returned_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Box<RawValue>>,
    /// The payout link that was claimed with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    payout_link_id: Option<PayoutLinkId>,
    events: Vec<EventLine<'a>>,
    /// Told when it is made: what it may repeat.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

#[derive(Debug, Serialize)]
struct Beneficiary<'a> {
    email: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    country: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
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

/// The answer about a cancellation.
#[derive(Debug, Serialize)]
pub struct CancellationAnswer {
    id: CancellationId,
    payout_id: PayoutId,
    status: &'static str,
    created_at: String,
}

impl<'a> From<&'a PayoutRecord> for Payout<'a> {
    fn from(record: &'a PayoutRecord) -> Payout<'a> {
        let PayoutRecord { payout, payee, .. } = record;
        let (total, reversible) = (payout.total(), payout.reversible());
        Payout {
            id: payout.id,
            reference_id: &payout.reference_id,
            wallet_id: record.wallet_number,
            status: payout.state.name(),
            action: payout.action,
            amount: Number(payout.amount()),
            amount_minor: payout.amount_minor,
            currency: payout.currency.code(),
            fees: Number(payout.fees()),
            fees_minor: payout.fees_minor,
            total_amount: Number(total),
            total_amount_minor: total.minor,
            destination_amount: Number(payout.destination()),
            destination_amount_minor: payout.destination_minor,
            destination_currency: payout.destination_currency.code(),
            reversed_amount: Number(payout.reversed()),
            reversed_amount_minor: payout.reversed_minor,
            reversible_amount: Number(reversible),
            reversible_amount_minor: reversible.minor,
            beneficiary: Beneficiary {
                email: payee.email.as_deref().unwrap_or_default(),
                first_name: &payee.first_name,
                last_name: &payee.last_name,
                country: payee.country.as_deref(),
                phone: payee.phone.as_deref(),
            },
            description: payout.description.as_deref(),
            failure_code: payout.failure_code.as_deref(),
            failure_reason: payout.failure_reason.as_deref(),
            created_at: time(payout.id.created_at()),
            queued_at: payout.queued_at.map(time),
            submitted_at: payout.submitted_at.map(time),
            completed_at: payout.completed_at.map(time),
            failed_at: payout.failed_at.map(time),
            cancelled_at: payout.cancelled_at.map(time),
            expired_at: payout.expired_at.map(time),
            returned_at: payout.returned_at.map(time),
            metadata: stored(payout.metadata.as_deref()),
            payout_link_id: payout.link_id,
            events: record.events.iter().map(EventLine::from).collect(),
            warnings: Vec::new(),
        }
    }
}

impl<'a> From<&'a Event> for EventLine<'a> {
    fn from(event: &'a Event) -> EventLine<'a> {
        EventLine {
            event_type: event.event_type,
            from_status: event.from_state.map(|state| state.name()),
            to_status: event.to_state.name(),
            // The contract counts coming into being as the system's own act, whoever asked for it.
            actor_type: if event.from_state.is_none() { "system" } else { &event.actor_type },
            message: &event.message,
            created_at: time(event.created_at),
        }
    }
}

impl From<&Cancellation> for CancellationAnswer {
    fn from(cancellation: &Cancellation) -> CancellationAnswer {
        CancellationAnswer {
            id: cancellation.id,
            payout_id: cancellation.payout_id,
            status: cancellation.state.name(),
            created_at: time(cancellation.id.created_at()),
        }
    }
}

/// Reads the members of `POST /api/v1/payouts`; the rest of the body is ignored, as providers do.
pub fn input(mut members: Members) -> Result<PayoutInput, ApiError> {
    let input = PayoutInput {
        reference_id: members.text("reference_id"),
        wallet_id: members.number("wallet_id"),
        amount: members.number("amount"),
        currency: members.text("currency"),
        beneficiary_id: members.text("beneficiary_id"),
        beneficiary: PayeeInput {
            email: members.text("beneficiary_email"),
            first_name: members.text("beneficiary_first_name"),
            last_name: members.text("beneficiary_last_name"),
            country: members.text("beneficiary_country"),
            phone: members.text("beneficiary_phone"),
            identifiers: members.object("beneficiary_identifiers"),
            ..PayeeInput::default()
        },
        description: members.text("description"),
        metadata: members.object("metadata"),
        ..PayoutInput::default()
    };
    // Accepted, but nobody is notified yet, and no answer says so.
    members.flag("notify_beneficiary");
    members.done()?;
    Ok(input)
}
