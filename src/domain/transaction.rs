//! What Revolut's dialect calls a transaction: a payout, a transfer, money that came in, or a reversal, under one set
//! of states (DESIGN section 5, `contracts/revolut.md` 5.2).

use super::payout::{Payout, State as PayoutState};
use super::plan::INSUFFICIENT_FUNDS;
use super::reversal::State as ReversalState;
use super::transfer::State as TransferState;

/// How a transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Not sent yet: queued for a look, or waiting for approval.
    Created,
    Pending,
    Completed,
    /// Refused before any money left: too little of it, or stopped by somebody.
    Declined,
    Failed,
    /// Paid, and sent back by the bank.
    Reverted,
}

/// Which record a transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A payout, or a transfer between own wallets.
    Transfer,
    /// Money that came in.
    TopUp,
    /// A reversal of a payout.
    Refund,
}

/// The failure code of a payout that the sandbox was told to decline.
pub const DECLINED: &str = "declined";

/// The failure codes of payouts that were declined, and did not fail.
pub const DECLINING_CODES: [&str; 2] = [INSUFFICIENT_FUNDS, DECLINED];

impl State {
    pub const ALL: [State; 6] =
        [State::Created, State::Pending, State::Completed, State::Declined, State::Failed, State::Reverted];

    /// The word of the contract.
    pub fn name(self) -> &'static str {
        match self {
            State::Created => "created",
            State::Pending => "pending",
            State::Completed => "completed",
            State::Declined => "declined",
            State::Failed => "failed",
            State::Reverted => "reverted",
        }
    }

    pub fn from_name(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }

    pub fn of_payout(payout: &Payout) -> State {
        match payout.state {
            PayoutState::Created => State::Created,
            PayoutState::ActionRequired if payout.waits_for_approval() => State::Created,
            PayoutState::Queued | PayoutState::Processing | PayoutState::Settling | PayoutState::ActionRequired => {
                State::Pending
            }
            PayoutState::Completed if payout.returned_at.is_some() => State::Reverted,
            PayoutState::Completed => State::Completed,
            PayoutState::Cancelled => State::Declined,
            PayoutState::Failed
                if payout.failure_code.as_deref().is_some_and(|code| DECLINING_CODES.contains(&code)) =>
            {
                State::Declined
            }
            PayoutState::Failed | PayoutState::Expired => State::Failed,
        }
    }

    pub fn of_transfer(state: TransferState) -> State {
        match state {
            TransferState::Pending => State::Pending,
            TransferState::Completed => State::Completed,
            TransferState::Declined => State::Declined,
            TransferState::Reverted => State::Reverted,
            TransferState::Failed => State::Failed,
        }
    }

    pub fn of_reversal(state: ReversalState) -> State {
        match state {
            ReversalState::Pending => State::Pending,
            ReversalState::Completed => State::Completed,
            ReversalState::Failed => State::Failed,
        }
    }
}
