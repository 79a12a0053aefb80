//! A payout as JSON, and the members that make one.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::kinds::{
    self, ActorKind, AmountGiven, CountryCode, CurrencyCode, EventKind, NumberGiven, PayoutAction, PayoutStatus, Time,
};
use super::{Number, Warning, sample, stored, time};
use crate::api::v1::error::ApiError;
use crate::api::v1::posted::Members;
use crate::domain::cancellation::Cancellation;
use crate::domain::command::PayoutRecord;
use crate::domain::event::{Event, EventType};
use crate::domain::ids::{CancellationId, PayoutId, PayoutLinkId};
use crate::domain::money::{Currency, Money};
use crate::domain::payout::Action;
use crate::service::payouts::{PayeeInput, PayoutInput};

/// The payout object of the contract's section 3. Beside each amount stands the same in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub struct Payout<'a> {
    #[schema(value_type = kinds::PayoutId)]
    id: PayoutId,
    reference_id: &'a str,
    wallet_id: i64,
    #[schema(value_type = PayoutStatus)]
    status: &'static str,
    /// What `action_required` waits for.
    #[schema(value_type = Option<PayoutAction>)]
    action: Option<Action>,
    amount: Number,
    amount_minor: i64,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    fees: Number,
    fees_minor: i64,
    total_amount: Number,
    total_amount_minor: i64,
    destination_amount: Number,
    destination_amount_minor: i64,
    #[schema(value_type = CurrencyCode)]
    destination_currency: &'static str,
    reversed_amount: Number,
    reversed_amount_minor: i64,
    reversible_amount: Number,
    reversible_amount_minor: i64,
    beneficiary: Beneficiary<'a>,
    description: Option<&'a str>,
    failure_code: Option<&'a str>,
    failure_reason: Option<&'a str>,
    #[schema(value_type = Time)]
    created_at: String,
    #[schema(value_type = Option<Time>)]
    queued_at: Option<String>,
    #[schema(value_type = Option<Time>)]
    submitted_at: Option<String>,
    #[schema(value_type = Option<Time>)]
    completed_at: Option<String>,
    #[schema(value_type = Option<Time>)]
    failed_at: Option<String>,
    #[schema(value_type = Option<Time>)]
    cancelled_at: Option<String>,
    #[schema(value_type = Option<Time>)]
    expired_at: Option<String>,
    /// When the bank sent a completed payout back.
    #[schema(value_type = Option<Time>)]
    returned_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, nullable = false)]
    metadata: Option<Box<RawValue>>,
    /// The payout link that was claimed with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = kinds::PayoutLinkId, required = false)]
    payout_link_id: Option<PayoutLinkId>,
    events: Vec<EventLine<'a>>,
    /// Told when it is made: what it may repeat.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub warnings: Vec<Warning>,
}

/// Who is paid, as given with the payout.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaidBeneficiary)]
pub struct Beneficiary<'a> {
    email: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    #[schema(value_type = Option<CountryCode>)]
    country: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    phone: Option<&'a str>,
}

/// A line of the history of a payout, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PayoutEvent)]
pub struct EventLine<'a> {
    #[schema(value_type = EventKind)]
    event_type: EventType,
    #[schema(value_type = Option<PayoutStatus>)]
    from_status: Option<&'static str>,
    #[schema(value_type = PayoutStatus)]
    to_status: &'static str,
    #[schema(value_type = ActorKind)]
    actor_type: &'a str,
    message: &'a str,
    #[schema(value_type = Time)]
    created_at: String,
}

/// The answer about a cancellation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cancellation)]
pub struct CancellationAnswer {
    #[schema(value_type = kinds::CancellationId)]
    id: CancellationId,
    #[schema(value_type = kinds::PayoutId)]
    payout_id: PayoutId,
    #[schema(value_type = kinds::CancellationStatus)]
    status: &'static str,
    #[schema(value_type = Time)]
    created_at: String,
}

/// A cancellation with what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancellationRecord<'a> {
    #[schema(value_type = kinds::CancellationId)]
    id: CancellationId,
    #[schema(value_type = kinds::PayoutId)]
    payout_id: PayoutId,
    #[schema(value_type = kinds::CancellationStatus)]
    status: &'static str,
    /// Why it was asked for.
    reason: Option<&'a str>,
    /// Why it was refused.
    answer: Option<&'a str>,
    #[schema(value_type = Option<Time>)]
    answered_at: Option<String>,
    #[schema(value_type = Time)]
    created_at: String,
}

/// A payout to make, for the description; [`input`] reads it.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct NewPayout {
    /// Your own id of it, unique for your client. Sent again with equal data, it answers the payout that is there.
    #[schema(max_length = 100)]
    reference_id: &'static str,
    /// The wallet that pays.
    #[schema(value_type = NumberGiven)]
    wallet_id: i64,
    /// What the beneficiary gets; the wallet pays the fees besides.
    #[schema(value_type = AmountGiven)]
    amount: i64,
    /// The currency of the wallet.
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    /// A saved beneficiary; then without the details of one.
    #[schema(value_type = Option<kinds::BeneficiaryId>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    beneficiary_id: Option<&'static str>,
    #[schema(value_type = Option<kinds::EmailGiven>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    beneficiary_email: Option<&'static str>,
    #[schema(max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    beneficiary_first_name: Option<&'static str>,
    #[schema(max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    beneficiary_last_name: Option<&'static str>,
    #[schema(value_type = Option<kinds::CountryGiven>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    beneficiary_country: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    beneficiary_phone: Option<&'static str>,
    /// Where the money goes: `account_number`, `routing_number`, `iban` and so on. Never shown in full again.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    beneficiary_identifiers: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'static str>,
    /// Whatever you want to find with it again.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Box<RawValue>>,
    /// Accepted; nobody is notified yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    notify_beneficiary: Option<bool>,
}

/// A question to the provider, for the description.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewCancellation {
    /// Why, for the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl NewPayout {
    pub fn example() -> NewPayout {
        NewPayout {
            reference_id: "PAY_2026_001",
            wallet_id: 1,
            amount: 100,
            currency: "USD",
            beneficiary_email: Some("john.doe@example.com"),
            beneficiary_first_name: Some("John"),
            beneficiary_last_name: Some("Doe"),
            beneficiary_country: Some("US"),
            beneficiary_identifiers: stored(Some(r#"{"account_number":"000123456789","routing_number":"021000021"}"#)),
            description: Some("Bonus payment"),
            ..NewPayout::default()
        }
    }
}

impl NewCancellation {
    pub fn example() -> NewCancellation {
        NewCancellation { reason: Some("Sent to the wrong account") }
    }
}

impl CancellationAnswer {
    pub fn example() -> CancellationAnswer {
        CancellationAnswer {
            id: sample("can_01kf0qxa00e2n9k3v8m4t6w7yz"),
            payout_id: sample("pyt_01kf0qxa00e2n9k3v8m4t6w7yz"),
            status: "requested",
            created_at: "2026-01-15T10:32:00Z".into(),
        }
    }
}

impl CancellationRecord<'static> {
    pub fn example() -> CancellationRecord<'static> {
        CancellationRecord {
            id: sample("can_01kf0qxa00e2n9k3v8m4t6w7yz"),
            payout_id: sample("pyt_01kf0qxa00e2n9k3v8m4t6w7yz"),
            status: "refused",
            reason: Some("Sent to the wrong account"),
            answer: Some("The sandbox provider has sent it on already."),
            answered_at: Some("2026-01-15T10:32:01Z".into()),
            created_at: "2026-01-15T10:32:00Z".into(),
        }
    }
}

impl Payout<'static> {
    /// The contract's own: made, and cancelled two minutes later.
    pub fn example() -> Payout<'static> {
        let number = |minor| Number(Money::new(minor, Currency::USD));
        let (made, cancelled) = ("2026-01-15T10:30:00Z".to_owned(), "2026-01-15T10:32:00Z".to_owned());
        Payout {
            id: sample("pyt_01kf0qxa00e2n9k3v8m4t6w7yz"),
            reference_id: "PAY_2026_001",
            wallet_id: 1,
            status: "cancelled",
            action: None,
            amount: number(10_000),
            amount_minor: 10_000,
            currency: "USD",
            fees: number(150),
            fees_minor: 150,
            total_amount: number(10_150),
            total_amount_minor: 10_150,
            destination_amount: number(10_000),
            destination_amount_minor: 10_000,
            destination_currency: "USD",
            reversed_amount: number(0),
            reversed_amount_minor: 0,
            reversible_amount: number(0),
            reversible_amount_minor: 0,
            beneficiary: Beneficiary {
                email: "john.doe@example.com",
                first_name: "John",
                last_name: "Doe",
                country: Some("US"),
                phone: None,
            },
            description: Some("Bonus payment"),
            failure_code: None,
            failure_reason: None,
            created_at: made.clone(),
            queued_at: None,
            submitted_at: None,
            completed_at: None,
            failed_at: None,
            cancelled_at: Some(cancelled.clone()),
            expired_at: None,
            returned_at: None,
            metadata: None,
            payout_link_id: None,
            events: vec![
                EventLine {
                    event_type: EventType::StatusChange,
                    from_status: None,
                    to_status: "created",
                    actor_type: "system",
                    message: "Payout created",
                    created_at: made,
                },
                EventLine {
                    event_type: EventType::StatusChange,
                    from_status: Some("created"),
                    to_status: "cancelled",
                    actor_type: "client",
                    message: "Payout cancelled by client",
                    created_at: cancelled,
                },
            ],
            warnings: Vec::new(),
        }
    }
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

impl<'a> From<&'a Cancellation> for CancellationRecord<'a> {
    fn from(cancellation: &'a Cancellation) -> CancellationRecord<'a> {
        CancellationRecord {
            id: cancellation.id,
            payout_id: cancellation.payout_id,
            status: cancellation.state.name(),
            reason: cancellation.reason.as_deref(),
            answer: cancellation.answer.as_deref(),
            answered_at: cancellation.answered_at.map(time),
            created_at: time(cancellation.id.created_at()),
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
