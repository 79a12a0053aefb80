//! A reversal as JSON, and the members that make one.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Number, stored, time};
use crate::api::v1::error::ApiError;
use crate::api::v1::posted::Members;
use crate::domain::ids::{PayoutId, ReversalId};
use crate::domain::money::Money;
use crate::domain::reversal;
use crate::service::reversals::ReversalInput;

/// A reversal; amounts are in the payout's destination currency.
#[derive(Debug, Serialize)]
pub struct Reversal<'a> {
    id: ReversalId,
    payout_id: PayoutId,
    amount: Number,
    amount_minor: i64,
    currency: &'static str,
    status: &'static str,
    /// What was left to reverse right after this one was asked for.
    remaining: Number,
    remaining_minor: i64,
    reason: &'a str,
    client_transfer_id: Option<&'a str>,
    statement_description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Box<RawValue>>,
    failure_reason: Option<&'a str>,
    created_at: String,
    completed_at: Option<String>,
    failed_at: Option<String>,
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
