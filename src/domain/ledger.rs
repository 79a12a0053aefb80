//! Double entry: accounts, postings and ledger transactions.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::{
    ClientId, HoldId, LedgerTransactionId, PayoutId, PayoutLinkId, ReversalId, StaffId, TransferId, WalletId,
};
use super::money::{Currency, Money};

/// One side of a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Account {
    Available(WalletId),
    Held(WalletId),
    /// Where money comes from when a wallet is topped up.
    Funding(Currency),
    PaidOut(Currency),
    Fees(Currency),
    /// What the desk lost: paid although its wallet had it back.
    Loss(Currency),
    Exchange(Currency),
}

/// What a ledger transaction is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    Funding,
    Payout,
    PayoutSettled,
    PayoutRefund,
    PayoutReversal,
    PayoutReturn,
    /// The rail paid what had been refunded: the desk has lost it, the wallet keeps its refund.
    Loss,
    LinkHold,
    LinkRelease,
    /// Between two wallets of a client; it stands on both statements, and its posting with the first.
    Transfer,
    Adjustment,
}

/// Whether a ledger transaction opens a hold, or closes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Open,
    Close,
}

/// Money moving from one ledger account to another: above zero, one currency, balanced by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    pub from: Account,
    pub to: Account,
    pub amount: Money,
}

/// One or more postings that happen together, as the database keeps them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerTransaction {
    pub id: LedgerTransactionId,
    pub kind: Kind,
    pub client_id: ClientId,
    pub wallet_id: WalletId,
    pub payout_id: Option<PayoutId>,
    pub reversal_id: Option<ReversalId>,
    /// The payout link whose money is held or released; payouts of a link name the payout alone.
    pub link_id: Option<PayoutLinkId>,
    /// The transfer between own wallets, or the sandbox's top-up.
    pub transfer_id: Option<TransferId>,
    pub hold_id: Option<HoldId>,
    pub hold_phase: Option<Phase>,
    pub currency: Currency,
    /// What it did to the wallet's available money, signed.
    pub available_delta_minor: i64,
    /// What it did to the wallet's held money, signed.
    pub held_delta_minor: i64,
    /// The wallet's balances right after it.
    pub available_after_minor: i64,
    pub held_after_minor: i64,
    pub remarks: String,
    /// Who booked it, when it is about no payout: a payout's history says who did what.
    pub booked_by: Option<StaffId>,
    pub created_at: i64,
}

/// A posting as the database keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostingRow {
    pub transaction_id: LedgerTransactionId,
    pub position: i64,
    pub from_account: String,
    pub to_account: String,
    pub amount_minor: i64,
    pub currency: Currency,
}

impl Posting {
    /// None when there is nothing to move: a posting of zero would say that something happened.
    pub fn new(from: Account, to: Account, amount: Money) -> Option<Posting> {
        (amount.minor > 0).then_some(Posting { from, to, amount })
    }

    pub fn row(&self, transaction_id: LedgerTransactionId, position: usize) -> PostingRow {
        PostingRow {
            transaction_id,
            position: position as i64,
            from_account: self.from.to_string(),
            to_account: self.to.to_string(),
            amount_minor: self.amount.minor,
            currency: self.amount.currency,
        }
    }
}

/// The account's name in the database: `wal_…:available`, `USD:paid_out`.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Account::Available(wallet) => write!(f, "{wallet}:available"),
            Account::Held(wallet) => write!(f, "{wallet}:held"),
            Account::Funding(currency) => write!(f, "{}:funding", currency.code()),
            Account::PaidOut(currency) => write!(f, "{}:paid_out", currency.code()),
            Account::Fees(currency) => write!(f, "{}:fees", currency.code()),
            Account::Loss(currency) => write!(f, "{}:loss", currency.code()),
            Account::Exchange(currency) => write!(f, "{}:exchange", currency.code()),
        }
    }
}

impl Kind {
    pub const ALL: [Kind; 11] = [
        Kind::Funding,
        Kind::Payout,
        Kind::PayoutSettled,
        Kind::PayoutRefund,
        Kind::PayoutReversal,
        Kind::PayoutReturn,
        Kind::Loss,
        Kind::LinkHold,
        Kind::LinkRelease,
        Kind::Transfer,
        Kind::Adjustment,
    ];

    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The name in the database and in `/api/v1`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Funding => "FUNDING",
            Kind::Payout => "PAYOUT",
            Kind::PayoutSettled => "PAYOUT_SETTLED",
            Kind::PayoutRefund => "PAYOUT_REFUND",
            Kind::PayoutReversal => "PAYOUT_REVERSAL",
            Kind::PayoutReturn => "PAYOUT_RETURN",
            Kind::Loss => "LOSS",
            Kind::LinkHold => "LINK_HOLD",
            Kind::LinkRelease => "LINK_RELEASE",
            Kind::Transfer => "TRANSFER",
            Kind::Adjustment => "ADJUSTMENT",
        }
    }
}
