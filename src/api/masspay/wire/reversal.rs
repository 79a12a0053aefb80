//! A reversal as JSON, and the members that make one.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::kinds::{self, CurrencyCode, PayoutToken, ReversalStatus, ReversedStatus, Time, UserToken};
use super::{PAYOUT, REVERSAL, USER, time};
use crate::api::json::{AmountGiven, Members, Number, shortened, stored};
use crate::domain::ids::PayeeId;
use crate::domain::money::{Currency, Money};
use crate::domain::payout::{Payout, Refusal};
use crate::domain::reversal::{self, State};
use crate::service::reversals::ReversalInput;

/// A reversal; amounts are in the payout's destination currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reversal<'a> {
    #[schema(value_type = kinds::ReversalToken)]
    payout_reversal_token: String,
    #[schema(value_type = PayoutToken)]
    payout_token: String,
    #[schema(value_type = UserToken)]
    user_token: String,
    client_transfer_id: Option<&'a str>,
    amount: Number,
    #[schema(value_type = CurrencyCode)]
    destination_currency_code: &'static str,
    #[schema(value_type = ReversalStatus)]
    status: &'static str,
    /// What is left of the payout: right after this reversal in the answer that makes it, now in any other.
    reversible_amount: Number,
    #[schema(value_type = ReversedStatus)]
    payout_status: &'static str,
    statement_description: Option<&'a str>,
    #[schema(value_type = Object)]
    metadata: Option<Box<RawValue>>,
    notify_user: bool,
    #[schema(value_type = Time)]
    time_of_reversal: String,
}

/// A reversal to make, for the description; [`input`] reads it.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewReversal {
    /// In the payout's destination currency; left out, it is all that is left.
    #[schema(value_type = Option<AmountGiven>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Number>,
    /// Your own id of it, unique for your client.
    #[schema(max_length = 50)]
    #[serde(skip_serializing_if = "Option::is_none")]
    client_transfer_id: Option<&'static str>,
    /// Why: what its statement says.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement_description: Option<&'static str>,
    /// Whatever you want to find with it again.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Box<RawValue>>,
    /// Whether the user is told by email once the money is back.
    #[serde(skip_serializing_if = "Option::is_none")]
    notify_user: Option<bool>,
}

impl NewReversal {
    /// The contract's own.
    pub fn example() -> NewReversal {
        NewReversal {
            amount: Some(Number(Money::new(2_550, Currency::USD))),
            client_transfer_id: Some("rev-2026-0007"),
            statement_description: Some("Duplicate payout"),
            metadata: None,
            notify_user: None,
        }
    }
}

impl Reversal<'static> {
    /// The contract's own.
    pub fn example() -> Reversal<'static> {
        let number = |minor| Number(Money::new(minor, Currency::USD));
        Reversal {
            payout_reversal_token: "payout_rev_0b6f2c1e-7d0a-7b86-9e57-5d2f3f1f0a11".into(),
            payout_token: "payout_5f6f0f0e-2f6c-7a35-8d69-1d7b6f6f4c10".into(),
            user_token: "usr_9f0ea42a-07b5-71ef-932f-027143ffa57b".into(),
            client_transfer_id: Some("rev-2026-0007"),
            amount: number(2_550),
            destination_currency_code: "USD",
            status: "COMPLETED",
            reversible_amount: number(7_450),
            payout_status: "COMPLETED",
            statement_description: Some("Duplicate payout"),
            metadata: stored(Some("{}")),
            notify_user: false,
            time_of_reversal: "2026-01-30T05:40:58.475Z".into(),
        }
    }
}

impl<'a> Reversal<'a> {
    /// With what was left right after it: the same whenever it is told.
    pub fn answer(reversal: &'a reversal::Reversal, payee: PayeeId) -> Reversal<'a> {
        Reversal::new(reversal, payee, reversal.remaining_minor)
    }

    /// With what is left now.
    pub fn of(reversal: &'a reversal::Reversal, payout: &Payout) -> Reversal<'a> {
        Reversal::new(reversal, payout.payee_id, payout.reversible().minor)
    }

    fn new(reversal: &'a reversal::Reversal, payee: PayeeId, left: i64) -> Reversal<'a> {
        Reversal {
            payout_reversal_token: reversal.id.token(REVERSAL),
            payout_token: reversal.payout_id.token(PAYOUT),
            user_token: payee.token(USER),
            client_transfer_id: reversal.client_transfer_id.as_deref(),
            amount: Number(reversal.amount()),
            destination_currency_code: reversal.currency.code(),
            status: match reversal.state {
                State::Pending => "PENDING",
                State::Completed => "COMPLETED",
                State::Failed => "ERROR",
            },
            reversible_amount: Number(Money::new(left, reversal.currency)),
            // A payout that was ever reversed was completed, and stays so.
            payout_status: "COMPLETED",
            statement_description: reversal.statement_description.as_deref(),
            metadata: stored(Some(reversal.metadata.as_deref().unwrap_or("{}"))),
            notify_user: reversal.notify,
            time_of_reversal: time(reversal.id.created_at()),
        }
    }
}

/// Reads the members of a reversal; the rest of the body is ignored, as the provider does.
pub fn input(mut members: Members) -> Result<ReversalInput, Refusal> {
    let statement_description = members.text("statement_description").filter(|text| !text.trim().is_empty());
    let reason = statement_description.as_deref().unwrap_or("No reason given");
    let input = ReversalInput {
        amount: members.number("amount").map(|amount| shortened(&amount).to_owned()),
        // The desk wants a reason; what goes on the statement is the nearest that this contract has.
        reason: Some(reason.chars().take(200).collect()),
        client_transfer_id: members.text("client_transfer_id"),
        statement_description,
        metadata: members.object("metadata"),
        notify: members.flag("notify_user").unwrap_or(false),
    };
    members.done()?;
    Ok(input)
}
