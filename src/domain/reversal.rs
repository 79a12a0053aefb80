//! A reversal: all or part of a completed payout coming back, in the payout's destination currency.

use serde::{Deserialize, Serialize};

use super::ids::{ClientId, CredentialId, PayoutId, ReversalId, StaffId, WalletId};
use super::money::{Currency, Money};
use super::payout::{Payout, Refusal, Rule};

/// `pending` ends as `completed` or `failed`; nothing leaves an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Pending,
    Completed,
    Failed,
}

/// A reversal as it stands. Amounts in minor units, times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversal {
    pub id: ReversalId,
    pub payout_id: PayoutId,
    pub client_id: ClientId,
    pub wallet_id: WalletId,
    pub state: State,
    /// What was asked for; once completed, what the rail brought back of it.
    pub amount_minor: i64,
    /// The payout's destination currency.
    pub currency: Currency,
    /// What came back to the wallet, in the wallet's currency, once completed.
    pub source_minor: Option<i64>,
    /// What was left to reverse right after this one was asked for; right after it failed, or was honoured in part,
    /// when it was.
    pub remaining_minor: i64,
    pub reason: String,
    /// The caller's own id, unique per client.
    pub client_transfer_id: Option<String>,
    pub statement_description: Option<String>,
    pub metadata: Option<String>,
    /// Whether the payee is told once the money is back.
    #[serde(with = "super::flag")]
    pub notify: bool,
    pub maker_staff_id: StaffId,
    pub maker_credential_id: Option<CredentialId>,
    pub failure_reason: Option<String>,
    pub completed_at: Option<i64>,
    pub failed_at: Option<i64>,
    pub outcome_unknown_since: Option<i64>,
    pub due_at: Option<i64>,
    pub version: i64,
}

impl State {
    pub const ALL: [State; 3] = [State::Pending, State::Completed, State::Failed];

    pub fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Completed => "completed",
            State::Failed => "failed",
        }
    }

    /// The end that a pending reversal may reach.
    pub fn become_state(self, to: State) -> Result<State, Refusal> {
        match (self, to) {
            (State::Pending, State::Completed | State::Failed) => Ok(to),
            _ => Err(Refusal::new(Rule::WrongState, format!("The reversal is already {}.", self.name()))),
        }
    }
}

impl Reversal {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }
}

/// The wallet's part of the reversal that brings the completed sum to `completed_after`, in minor units.
///
/// `floor(source × completed_after / destination) − already returned`: each part is rounded down, so the last one
/// brings the exact rest and the wallet never gets more than it paid.
pub fn source_part(payout: &Payout, completed_after: i64) -> i64 {
    let product = i128::from(payout.amount_minor) * i128::from(completed_after);
    let due = product / i128::from(payout.destination_minor);
    due as i64 - payout.reversed_source_minor
}
