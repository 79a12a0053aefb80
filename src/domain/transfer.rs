//! A transfer: money moved from one wallet of a client to another of the same currency, at once. In the sandbox it may
//! also come from outside, and then wait or come to nothing.

use serde::{Deserialize, Serialize};

use super::ids::{ClientId, CredentialId, StaffId, TransferId, WalletId};
use super::money::{Currency, Money};
use super::payout::{Refusal, Rule};

/// How it stands. The money is in the target wallet exactly when it is `completed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Only what comes from outside waits.
    Pending,
    Completed,
    /// The source had too little money.
    Declined,
    Reverted,
    Failed,
}

/// A transfer as it stands. Amounts in minor units, times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    pub id: TransferId,
    pub client_id: ClientId,
    /// None when it comes from outside, which only the sandbox plays.
    pub source_wallet_id: Option<WalletId>,
    pub target_wallet_id: WalletId,
    pub state: State,
    pub amount_minor: i64,
    pub currency: Currency,
    pub reference: Option<String>,
    /// The client's own id of the request.
    pub request_id: Option<String>,
    pub failure_code: Option<String>,
    pub maker_staff_id: StaffId,
    pub maker_credential_id: Option<CredentialId>,
    pub completed_at: Option<i64>,
    pub updated_at: i64,
    pub version: i64,
}

impl State {
    pub const ALL: [State; 5] = [State::Pending, State::Completed, State::Declined, State::Reverted, State::Failed];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Completed => "completed",
            State::Declined => "declined",
            State::Reverted => "reverted",
            State::Failed => "failed",
        }
    }
}

impl Transfer {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    /// Refuses to move what has come to its end; where a simulation leads is final.
    pub fn check_open(&self) -> Result<(), Refusal> {
        if self.state == State::Pending {
            return Ok(());
        }
        let reason = format!("That cannot happen now: the transaction is {}.", self.state.name());
        Err(Refusal::new(Rule::WrongState, reason))
    }
}
