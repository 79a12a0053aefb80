//! A payout as JSON, and its states in Razorpay's words.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{notes, seconds};
use crate::api::razorpay::query::{FUND_ACCOUNT, PAYOUT};
use crate::domain::command::PayoutRecord;
use crate::domain::payout::{Action, ClosedBy, Payout as Record, State};
use crate::domain::wallet::account_number;
use crate::service::collections::Standing;

/// A payout (`contracts/razorpay.md` 4.1).
#[derive(Debug, Serialize)]
pub struct Payout<'a> {
    id: String,
    entity: &'static str,
    /// The account it goes to; null when staff made it to somebody whose account is not known.
    fund_account_id: Option<String>,
    /// In paise, without fees and tax.
    amount: i64,
    currency: &'static str,
    notes: Box<RawValue>,
    /// In paise, with tax; 0 until it is processed.
    fees: i64,
    /// Always 0: the desk knows fees only.
    tax: i64,
    status: &'static str,
    purpose: String,
    /// The bank's reference, once there is one.
    utr: Option<&'a str>,
    /// Null for payouts that were not made here.
    mode: Option<String>,
    reference_id: Option<&'a str>,
    narration: Option<String>,
    batch_id: Option<String>,
    status_details: Option<Details<'a>>,
    created_at: i64,
    fee_type: &'static str,
    /// The account it is paid from; when payouts are read.
    #[serde(skip_serializing_if = "Option::is_none")]
    debit_account_number: Option<String>,
}

/// Why it is where it is.
#[derive(Debug, Serialize)]
struct Details<'a> {
    reason: &'static str,
    description: &'a str,
    /// Who decides what comes next.
    source: &'static str,
}

/// What only this dialect knows of a payout; kept with it.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extra {
    pub mode: Option<String>,
    pub purpose: Option<String>,
    pub narration: Option<String>,
}

impl Extra {
    /// As it is kept.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("texts")
    }
}

/// The statuses of `contracts/razorpay.md` 4.6 and where payouts stand that have them. Nothing is ever `scheduled`.
const STATUSES: [(&str, &[Standing]); 9] = [
    ("queued", &[Standing::Is(State::Created), Standing::Is(State::Queued)]),
    ("pending", &[Standing::ForApproval]),
    ("processing", &[Standing::Is(State::Processing), Standing::Is(State::Settling), Standing::ForVerification]),
    ("processed", &[Standing::Paid]),
    ("reversed", &[Standing::Returned]),
    ("failed", &[Standing::Is(State::Failed)]),
    ("cancelled", &[Standing::Withdrawn]),
    ("rejected", &[Standing::SentBack, Standing::Is(State::Expired)]),
    ("scheduled", &[]),
];

impl<'a> Payout<'a> {
    /// As it is answered to whoever made or changed it.
    pub fn of(record: &'a PayoutRecord) -> Payout<'a> {
        let payout = &record.payout;
        let extra: Extra = payout.extra.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        Payout {
            id: payout.id.prefixed(PAYOUT),
            entity: "payout",
            fund_account_id: payout.account_id.map(|id| id.prefixed(FUND_ACCOUNT)),
            amount: payout.amount_minor,
            currency: payout.currency.code(),
            notes: notes(payout.metadata.as_deref()),
            fees: if has_fees(payout) { payout.fees_minor } else { 0 },
            tax: 0,
            status: status(payout),
            purpose: extra.purpose.unwrap_or_else(|| "payout".into()),
            utr: payout.rail_reference.as_deref(),
            mode: extra.mode,
            reference_id: Some(payout.reference_id.as_str()).filter(|text| !text.is_empty()),
            narration: extra.narration.or_else(|| payout.description.clone()),
            batch_id: None,
            status_details: details(payout),
            created_at: seconds(payout.id.created_at()),
            fee_type: "",
            debit_account_number: None,
        }
    }

    /// As it is read, with the account it is paid from.
    pub fn read(record: &'a PayoutRecord) -> Payout<'a> {
        Payout { debit_account_number: Some(account_number(record.wallet_number)), ..Payout::of(record) }
    }
}

/// A payout's state in Razorpay's words (`contracts/razorpay.md` 4.6).
pub fn status(payout: &Record) -> &'static str {
    match payout.state {
        State::Created | State::Queued => "queued",
        State::ActionRequired if payout.action == Some(Action::Approval) => "pending",
        State::ActionRequired | State::Processing | State::Settling => "processing",
        State::Completed if payout.returned_at.is_some() => "reversed",
        State::Completed => "processed",
        State::Failed => "failed",
        // Nobody approved it in three months.
        State::Expired => "rejected",
        State::Cancelled if payout.closed_by == Some(ClosedBy::Checker) => "rejected",
        State::Cancelled => "cancelled",
    }
}

/// Where payouts stand that have this status; none when there is no such status.
pub fn standings(status: &str) -> Option<&'static [Standing]> {
    STATUSES.iter().find(|(name, _)| *name == status).map(|(_, standings)| *standings)
}

/// Fees are told once the bank has it, and are given back with what failed.
fn has_fees(payout: &Record) -> bool {
    matches!(status(payout), "processing" | "processed" | "reversed")
}

/// The reasons of `contracts/razorpay.md` 4.6.
fn details(payout: &Record) -> Option<Details<'_>> {
    let (reason, description, source) = match status(payout) {
        "queued" if payout.waits_for_money() => (
            "low_balance",
            "Payout is queued as there is insufficient balance in your account to process the payout.",
            "business",
        ),
        "pending" => ("pending_approval", "Payout is waiting for approval.", "business"),
        "processing" if payout.state == State::Settling => (
            "beneficiary_bank_confirmation_pending",
            "Confirmation of credit to the beneficiary is pending from the beneficiary bank.",
            "beneficiary_bank",
        ),
        "processing" => ("payout_bank_processing", "Payout is being processed by the partner bank.", "gateway"),
        "processed" => (
            "payout_processed",
            "Payout is processed and the money has been credited into the beneficiary's account.",
            "beneficiary_bank",
        ),
        "rejected" if payout.state == State::Expired => {
            ("payout_rejected", "Payout was rejected: nobody approved it in time.", "business")
        }
        "rejected" => ("payout_rejected", "Payout was rejected by an approver.", "business"),
        "reversed" => {
            let said = payout.failure_reason.as_deref();
            ("bank_account_invalid", said.unwrap_or("The beneficiary's bank sent the money back."), "beneficiary_bank")
        }
        "failed" => {
            let said = payout.failure_reason.as_deref();
            (failure(payout), said.unwrap_or("Payout failed at the partner bank."), "gateway")
        }
        _ => return None,
    };
    Some(Details { reason, description, source })
}

/// Why it failed, in one of the provider's words.
fn failure(payout: &Record) -> &'static str {
    const KNOWN: [&str; 8] = [
        "low_balance",
        "imps_not_allowed",
        "bank_account_closed",
        "bank_account_invalid",
        "insufficient_funds",
        "beneficiary_bank_offline",
        "gateway_timeout",
        "server_error",
    ];
    let code = payout.failure_code.as_deref().unwrap_or_default();
    match code {
        "account_closed" => "bank_account_closed",
        "rejected_by_bank" => "bank_account_invalid",
        "" if payout.queued_at.is_none() => "pending_approval",
        code => KNOWN.into_iter().find(|known| *known == code).unwrap_or("server_error"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::payout::State;

    #[test]
    fn every_status_of_the_contract_can_be_asked_for_and_no_state_is_left_out() {
        let asked: Vec<Standing> = STATUSES.iter().flat_map(|(_, standings)| standings.iter().copied()).collect();
        for state in State::ALL {
            let found = match state {
                State::ActionRequired => {
                    asked.contains(&Standing::ForApproval) && asked.contains(&Standing::ForVerification)
                }
                State::Completed => asked.contains(&Standing::Paid) && asked.contains(&Standing::Returned),
                State::Cancelled => asked.contains(&Standing::Withdrawn) && asked.contains(&Standing::SentBack),
                state => asked.contains(&Standing::Is(state)),
            };
            assert!(found, "{state:?}");
        }
        assert_eq!(standings("scheduled"), Some(&[] as &[Standing]));
        assert_eq!(standings("completed"), None);
    }
}
