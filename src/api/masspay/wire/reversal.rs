//! A reversal as JSON, and the members that make one.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{PAYOUT, REVERSAL, USER, shortened, time};
use crate::api::json::{Members, Number, stored};
use crate::domain::ids::PayeeId;
use crate::domain::money::Money;
use crate::domain::payout::{Payout, Refusal};
use crate::domain::reversal::{self, State};
use crate::service::reversals::ReversalInput;

/// The reversal object of the contract's section 3. Amounts are in the payout's destination currency.
#[derive(Debug, Serialize)]
pub struct Reversal<'a> {
    payout_reversal_token: String,
    payout_token: String,
    user_token: String,
    client_transfer_id: Option<&'a str>,
    amount: Number,
    destination_currency_code: &'static str,
    status: &'static str,
    reversible_amount: Number,
    payout_status: &'static str,
    statement_description: Option<&'a str>,
    metadata: Option<Box<RawValue>>,
    notify_user: bool,
    time_of_reversal: String,
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
        amount: members.number("amount").map(|amount| shortened(&amount)),
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
