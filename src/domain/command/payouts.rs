//! What is asked of payouts: make, quote, cancel, decide, reverse.

use serde::Serialize;

use crate::domain::exchange::{Rate, Side};
use crate::domain::ids::{AccountId, PayeeId, PayoutId};
use crate::domain::money::{Currency, Money};
use crate::domain::payee::PayeeDetails;
use crate::domain::payout::{CancelPolicy, Origin};

/// A payout to make. Where the money comes from is named by the wallet's number.
#[derive(Debug, Clone, Serialize)]
pub struct NewPayout {
    pub wallet_number: i64,
    pub amount: Money,
    pub payee: PayeeChoice,
    /// The client's own reference; empty where a dialect has none.
    pub reference_id: String,
    pub description: Option<String>,
    pub metadata: Option<String>,
    pub terms: Terms,
}

/// What the face that makes a payout adds; pages and `/api/v1` add nothing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Terms {
    pub origin: Origin,
    /// The client's name of the request, where the dialect has one.
    pub request_id: Option<String>,
    /// Members that only one dialect knows, a JSON object as text: mode, purpose, narration.
    pub extra: Option<String>,
    /// Whether the payee is told once it is paid.
    pub notify: bool,
    pub low_funds: LowFunds,
    /// Queued in the same unit, and handed to the rail after so long, in microseconds; none lets a job queue it.
    pub queue_delay: Option<i64>,
}

/// What becomes of a payout that its wallet cannot pay now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum LowFunds {
    /// It is not made.
    #[default]
    Refuse,
    /// It is made and has failed at once, without a hold (contracts/revolut.md section 5.1).
    Decline,
    /// It waits, without a hold, until there is enough (contracts/razorpay.md section 4.2).
    Wait,
}

#[derive(Debug, Clone, Serialize)]
pub enum PayeeChoice {
    /// A saved payee, and which of its accounts; none pays the newest that is not switched off.
    Saved(PayeeId, Option<AccountId>),
    /// Details given with the payout; payee and account are found again by their fingerprints when paid before.
    Inline(Box<PayeeDetails>),
}

impl PayeeChoice {
    /// Whether an account is given with it, which may be a new one.
    pub fn brings_account(&self) -> bool {
        matches!(self, PayeeChoice::Inline(details) if details.account.is_some())
    }
}

/// A quote to make. Where the money would come from is named by the wallet's number.
#[derive(Debug, Clone)]
pub struct NewQuote {
    pub wallet_number: i64,
    pub payee_id: PayeeId,
    /// Which of the payee's accounts; none for the usual one.
    pub account_id: Option<AccountId>,
    /// What the wallet pays, or what the payee gets.
    pub side: Side,
    /// The currency of the side that is not said.
    pub other: Currency,
    /// What the rail exchanges at; none when nothing is exchanged.
    pub rate: Option<Rate>,
    /// Amount and fee together must not pass this; a larger amount is lowered to it. In the wallet's minor units.
    pub limit_minor: Option<i64>,
    pub client_transfer_id: Option<String>,
    pub metadata: Option<String>,
    /// Members that only its dialect knows, a JSON object as text.
    pub extra: Option<String>,
    /// Whether the payee is told once it is paid.
    pub notify: bool,
    pub origin: Origin,
    /// Make the payout at once.
    pub commit: bool,
}

#[derive(Debug, Clone)]
pub struct CommitQuote {
    pub quote_id: PayoutId,
    pub payee_id: PayeeId,
    pub account_id: Option<AccountId>,
    pub wallet_number: i64,
    pub origin: Origin,
}

#[derive(Debug, Clone)]
pub struct Cancel {
    pub payout_id: PayoutId,
    pub policy: CancelPolicy,
    pub reason: Option<String>,
    /// The version the form was made from; another one means the facts changed since.
    pub version: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct Decide {
    pub payout_id: PayoutId,
    pub approve: bool,
    pub note: Option<String>,
    pub version: Option<i64>,
    /// The number of what was shown besides the payout, `books::approvals::shown`; another one is refused as stale.
    pub shown: Option<i64>,
    /// How long the rail lets a queued payout wait, in microseconds.
    pub queue_delay: i64,
}

#[derive(Debug, Clone)]
pub struct NewReversal {
    pub payout_id: PayoutId,
    /// In the destination currency's minor units; none means everything left.
    pub amount_minor: Option<i64>,
    pub reason: String,
    pub client_transfer_id: Option<String>,
    pub statement_description: Option<String>,
    pub metadata: Option<String>,
    /// Whether the payee is told once the money is back.
    pub notify: bool,
    pub version: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct AskToCancel {
    pub payout_id: PayoutId,
    pub reason: Option<String>,
}
