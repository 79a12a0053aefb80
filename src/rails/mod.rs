//! What carries the money to the payee. Rails are called by jobs only, outside any transaction.

pub mod manual;
mod rates;
pub mod sandbox;

use crate::domain::command::{Answer, Reversed};
use crate::domain::exchange::Rate;
use crate::domain::money::Currency;
use crate::domain::payout::Payout;
use crate::domain::reversal::Reversal;

/// The name of the sandbox on wallets and payouts.
pub const SANDBOX: &str = "sandbox";
/// The name of the rail that staff are.
pub use crate::domain::manual::NAME as MANUAL;
/// The rails that a wallet can have, by their names.
pub const NAMES: [&str; 2] = [SANDBOX, MANUAL];

/// What a rail says about a payout it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It works on it and will answer later.
    Accepted { reference: Option<String> },
    /// The payee has the money.
    Paid { reference: Option<String> },
    /// It will not happen; the money never left.
    Failed { code: String, reason: String },
    /// It wants something first and has not taken the payout.
    NotTaken { reason: String },
    /// It has the payout and wants something.
    ActionNeeded { reason: String },
    /// It was paid, and the bank sent it back.
    Returned { reason: String },
    /// Nothing new.
    Unchanged,
    /// It does not know this payout: the hand-over never arrived, and may be made again with the same key.
    Unheard,
    /// No answer: nobody knows.
    Unknown,
}

/// What a rail needs to know of a payout. The payout's id is the idempotency key of every call.
#[derive(Debug, Clone)]
pub struct Order {
    pub payout: Payout,
    /// The payee's account identifiers, a JSON object, opened for this call alone.
    pub account_identifiers: Option<String>,
}

/// An outside money mover. Calls may be repeated with the same key and then answer the same.
pub trait Rail: Send + Sync {
    /// Hands a payout over.
    fn submit(&self, order: &Order, now: i64) -> impl Future<Output = Status> + Send;
    /// Asks what became of it.
    fn status(&self, order: &Order, now: i64) -> impl Future<Output = Status> + Send;
    /// Asks to stop it.
    fn cancel(&self, order: &Order, now: i64) -> impl Future<Output = Answer> + Send;
    /// Asks to bring back part of a paid one; the reversal's id is the key.
    fn reverse(&self, order: &Order, reversal: &Reversal, now: i64) -> impl Future<Output = Reversed> + Send;
    /// Whether a payout that has ended can still change there: be sent back by the bank, or be paid although its rail said
    /// that it would not be. It is asked about as long as it can.
    fn watches(&self, _order: &Order, _now: i64) -> bool {
        false
    }
    /// Destination per source unit, as known here without asking it; none when it does not exchange the two.
    fn rate(&self, _source: Currency, _destination: Currency) -> Option<Rate> {
        None
    }
}

/// The rails of this desk, by the name on wallets and payouts.
#[derive(Debug, Clone)]
pub struct Rails {
    pub sandbox: sandbox::Sandbox,
}

/// One of the rails of this desk.
#[derive(Debug, Clone, Copy)]
pub enum AnyRail {
    Sandbox(sandbox::Sandbox),
    Manual(manual::Manual),
}

impl Rails {
    /// The rail of a payout. Wallets only ever get names from [`NAMES`].
    pub fn of(&self, name: &str) -> AnyRail {
        match name {
            MANUAL => AnyRail::Manual(manual::Manual),
            _ => AnyRail::Sandbox(self.sandbox),
        }
    }
}

impl Rail for AnyRail {
    async fn submit(&self, order: &Order, now: i64) -> Status {
        match self {
            AnyRail::Sandbox(rail) => rail.submit(order, now).await,
            AnyRail::Manual(rail) => rail.submit(order, now).await,
        }
    }

    async fn status(&self, order: &Order, now: i64) -> Status {
        match self {
            AnyRail::Sandbox(rail) => rail.status(order, now).await,
            AnyRail::Manual(rail) => rail.status(order, now).await,
        }
    }

    async fn cancel(&self, order: &Order, now: i64) -> Answer {
        match self {
            AnyRail::Sandbox(rail) => rail.cancel(order, now).await,
            AnyRail::Manual(rail) => rail.cancel(order, now).await,
        }
    }

    async fn reverse(&self, order: &Order, reversal: &Reversal, now: i64) -> Reversed {
        match self {
            AnyRail::Sandbox(rail) => rail.reverse(order, reversal, now).await,
            AnyRail::Manual(rail) => rail.reverse(order, reversal, now).await,
        }
    }

    fn watches(&self, order: &Order, now: i64) -> bool {
        match self {
            AnyRail::Sandbox(rail) => rail.watches(order, now),
            AnyRail::Manual(rail) => rail.watches(order, now),
        }
    }

    fn rate(&self, source: Currency, destination: Currency) -> Option<Rate> {
        match self {
            AnyRail::Sandbox(rail) => rail.rate(source, destination),
            AnyRail::Manual(rail) => rail.rate(source, destination),
        }
    }
}
