//! A reversal as JSON, and the members that make one.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::kinds::{self, AmountGiven, CurrencyCode, ReversalStatus, Time};
use super::{Number, sample, stored, time};
use crate::api::v1::error::ApiError;
use crate::api::v1::posted::Members;
use crate::domain::ids::{PayoutId, ReversalId};
use crate::domain::money::{Currency, Money};
use crate::domain::reversal;
use crate::service::reversals::ReversalInput;

/// A reversal; amounts are in the payout's destination currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reversal<'a> {
    #[schema(value_type = kinds::ReversalId)]
    id: ReversalId,
    #[schema(value_type = kinds::PayoutId)]
    payout_id: PayoutId,
    amount: Number,
    amount_minor: i64,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    #[schema(value_type = ReversalStatus)]
    status: &'static str,
    /// What was left to reverse right after this one was asked for.
    remaining: Number,
    remaining_minor: i64,
    reason: &'a str,
    client_transfer_id: Option<&'a str>,
    statement_description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, nullable = false)]
    metadata: Option<Box<RawValue>>,
    failure_reason: Option<&'a str>,
    #[schema(value_type = Time)]
    created_at: String,
    #[schema(value_type = Option<Time>)]
    completed_at: Option<String>,
    #[schema(value_type = Option<Time>)]
    failed_at: Option<String>,
}

/// A reversal to make, for the description; [`input`] reads it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReversal {
    /// In the payout's destination currency; left out, it is all that is left.
    #[schema(value_type = Option<AmountGiven>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    /// Why, for the history.
    reason: &'static str,
    /// Your own id of it, unique for your client.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_transfer_id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement_description: Option<&'static str>,
    /// Whatever you want to find with it again.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Box<RawValue>>,
    /// Whether the beneficiary is told once the money is back.
    #[serde(skip_serializing_if = "Option::is_none")]
    notify: Option<bool>,
}

impl NewReversal {
    pub fn example() -> NewReversal {
        NewReversal {
            amount: Some(40),
            reason: "Paid twice",
            client_transfer_id: Some("REV_2026_001"),
            statement_description: None,
            metadata: None,
            notify: None,
        }
    }
}

impl Reversal<'static> {
    pub fn example() -> Reversal<'static> {
        let number = |minor| Number(Money::new(minor, Currency::USD));
        Reversal {
            id: sample("rev_01kf0qxa00e2n9k3v8m4t6w7yz"),
            payout_id: sample("pyt_01kf0qxa00e2n9k3v8m4t6w7yz"),
            amount: number(4_000),
            amount_minor: 4_000,
            currency: "USD",
            status: "completed",
            remaining: number(6_000),
            remaining_minor: 6_000,
            reason: "Paid twice",
            client_transfer_id: Some("REV_2026_001"),
            statement_description: None,
            metadata: None,
            failure_reason: None,
            created_at: "2026-01-15T10:32:00Z".into(),
            completed_at: Some("2026-01-15T10:32:01Z".into()),
            failed_at: None,
        }
    }
}

impl<'a> From<&'a reversal::Reversal> for Reversal<'a> {
    fn from(reversal: &'a reversal::Reversal) -> Reversal<'a> {
        Reversal {
            id: reversal.id,
            payout_id: reversal.payout_id,
            amount: Number(reversal.amount()),
            amount_minor: reversal.amount_minor,
            currency: reversal.currency.code(),
            status: reversal.state.name(),
            remaining: Number(Money::new(reversal.remaining_minor, reversal.currency)),
            remaining_minor: reversal.remaining_minor,
            reason: &reversal.reason,
            client_transfer_id: reversal.client_transfer_id.as_deref(),
            statement_description: reversal.statement_description.as_deref(),
            metadata: stored(reversal.metadata.as_deref()),
            failure_reason: reversal.failure_reason.as_deref(),
            created_at: time(reversal.id.created_at()),
            completed_at: reversal.completed_at.map(time),
            failed_at: reversal.failed_at.map(time),
        }
    }
}

/// Reads the members of `POST /api/v1/payouts/{id}/reversals` and refuses others.
pub fn input(mut members: Members) -> Result<ReversalInput, ApiError> {
    let input = ReversalInput {
        amount: members.number("amount"),
        reason: members.text("reason"),
        client_transfer_id: members.text("client_transfer_id"),
        statement_description: members.text("statement_description"),
        metadata: members.object("metadata"),
        notify: members.flag("notify").unwrap_or(false),
    };
    members.nothing_else()?;
    Ok(input)
}
