//! The payout: its record, its nine states and what may be done in each.

mod check;
mod refusal;

use serde::{Deserialize, Serialize};

pub use self::refusal::{Refusal, Rule};
use super::ids::{AccountId, ClientId, CredentialId, HoldId, PayeeId, PayoutId, PayoutLinkId, StaffId, WalletId};
use super::money::{Currency, Money};

/// The states of `contracts/wallet-payouts.md` section 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Created,
    Queued,
    Processing,
    Settling,
    ActionRequired,
    Completed,
    Failed,
    Cancelled,
    Expired,
}

/// What a payout in `action_required` waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A checker's yes.
    Approval,
    /// Something the provider asked for.
    Verification,
}

/// Who brought a payout to its end, when it ended without being paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedBy {
    Client,
    Staff,
    Checker,
    Rail,
    Time,
}

/// The face that made a payout.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Pages, `/api/v1` and claimed payout links; only these share one set of references per client.
    #[default]
    Desk,
    Revolut,
    Razorpay,
    #[serde(rename = "masspay")]
    MassPay,
}

/// One change a payout can go through; [`Payout::check`] says whether it may happen now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Queue,
    Approve,
    SendBack,
    /// Handing over to the rail.
    Submit,
    /// The rail works on it.
    Accept,
    /// The rail, or the rules, want something first.
    AskAction,
    Complete,
    Fail,
    Cancel,
    Expire,
    Reverse,
    /// Asking the rail to stop a payout that it already has.
    AskToCancel,
}

/// The states a dialect allows to cancel; a dialect may allow less than the desk, never more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelPolicy {
    pub allowed: &'static [State],
}

impl CancelPolicy {
    /// What pages and `/api/v1` allow: everything that no rail has.
    pub const DESK: CancelPolicy =
        CancelPolicy { allowed: &[State::Created, State::Queued, State::ActionRequired, State::Processing] };
    /// What Razorpay's dialect allows: what it calls `queued` (`contracts/razorpay.md` 4.4).
    pub const RAZORPAY: CancelPolicy = CancelPolicy { allowed: &[State::Created, State::Queued] };
}

/// A payout as it stands. Amounts in minor units, times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    pub id: PayoutId,
    pub client_id: ClientId,
    pub wallet_id: WalletId,
    pub payee_id: PayeeId,
    pub account_id: Option<AccountId>,
    /// The payout link that was claimed with it.
    pub link_id: Option<PayoutLinkId>,
    /// The client's own reference, unique for payouts made by `/api/v1` and the pages; empty where a dialect gave none.
    pub reference_id: String,
    pub origin: Origin,
    /// The client's name of the request that made it, where its dialect has one.
    pub request_id: Option<String>,
    /// Members that only its dialect knows, a JSON object as text.
    pub extra: Option<String>,
    /// Whether the payee is told once it is paid.
    #[serde(with = "super::flag")]
    pub notify: bool,
    pub state: State,
    pub action: Option<Action>,
    pub closed_by: Option<ClosedBy>,
    /// What the payee's money costs the wallet, without fees; in `currency`.
    pub amount_minor: i64,
    pub fees_minor: i64,
    pub currency: Currency,
    /// What the payee gets; equals the amount when nothing is exchanged.
    pub destination_minor: i64,
    pub destination_currency: Currency,
    /// Destination per source unit as exact text; none when nothing is exchanged.
    pub rate: Option<String>,
    /// Pending, unknown and completed reversals, in the destination currency.
    pub reversed_minor: i64,
    /// What completed reversals have brought back to the wallet, in `currency`.
    pub reversed_source_minor: i64,
    /// Completed reversals only, in the destination currency.
    pub reversed_done_minor: i64,
    /// The money set aside for it; none before there is enough, and when it was declined for want of money.
    pub hold_id: Option<HoldId>,
    pub rail: String,
    pub maker_staff_id: StaffId,
    pub maker_credential_id: Option<CredentialId>,
    /// Who created the credential that made it; as little its checker as the maker is.
    pub credential_creator_id: Option<StaffId>,
    pub checker_staff_id: Option<StaffId>,
    pub description: Option<String>,
    /// A JSON object, as text.
    pub metadata: Option<String>,
    pub failure_code: Option<String>,
    pub failure_reason: Option<String>,
    /// The rail's own id for this payout, once it told one.
    pub rail_reference: Option<String>,
    pub queued_at: Option<i64>,
    pub submitted_at: Option<i64>,
    pub settling_at: Option<i64>,
    pub completed_at: Option<i64>,
    pub failed_at: Option<i64>,
    pub cancelled_at: Option<i64>,
    pub expired_at: Option<i64>,
    pub returned_at: Option<i64>,
    /// Since when the rail has not answered; the outcome is unknown until it does.
    pub outcome_unknown_since: Option<i64>,
    /// When a job looks at this payout next.
    pub due_at: Option<i64>,
    pub version: i64,
}

/// Which moves exist at all: `contracts/wallet-payouts.md` section 4, with the approval of DESIGN section 5.
const MOVES: &[(State, &[State])] = &[
    (State::Created, &[State::Queued, State::ActionRequired, State::Cancelled, State::Failed, State::Expired]),
    (State::Queued, &[State::Processing, State::Cancelled, State::Failed, State::Expired]),
    (State::Processing, &[State::Settling, State::Failed, State::ActionRequired, State::Cancelled]),
    (State::Settling, &[State::Completed, State::ActionRequired, State::Failed]),
    (
        State::ActionRequired,
        &[State::Queued, State::Processing, State::Settling, State::Cancelled, State::Expired, State::Failed],
    ),
];

impl State {
    pub const ALL: [State; 9] = [
        State::Created,
        State::Queued,
        State::Processing,
        State::Settling,
        State::ActionRequired,
        State::Completed,
        State::Failed,
        State::Cancelled,
        State::Expired,
    ];

    /// The name in the database, `/api/v1` and URLs.
    pub fn name(self) -> &'static str {
        match self {
            State::Created => "created",
            State::Queued => "queued",
            State::Processing => "processing",
            State::Settling => "settling",
            State::ActionRequired => "action_required",
            State::Completed => "completed",
            State::Failed => "failed",
            State::Cancelled => "cancelled",
            State::Expired => "expired",
        }
    }

    pub fn from_name(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }

    pub fn is_final(self) -> bool {
        matches!(self, State::Completed | State::Failed | State::Cancelled | State::Expired)
    }

    /// Whether the table of moves knows the way from here to there.
    pub fn may_become(self, to: State) -> bool {
        MOVES.iter().any(|(from, targets)| *from == self && targets.contains(&to))
    }
}

impl Payout {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    pub fn fees(&self) -> Money {
        Money::new(self.fees_minor, self.currency)
    }

    /// Amount and fees: what left the wallet's available money.
    ///
    /// The sum fits: a payout whose amount and fees pass `MAX_MINOR` together is never made (`Wallet::fee`).
    pub fn total(&self) -> Money {
        Money::new(self.amount_minor + self.fees_minor, self.currency)
    }

    pub fn destination(&self) -> Money {
        Money::new(self.destination_minor, self.destination_currency)
    }

    pub fn reversed(&self) -> Money {
        Money::new(self.reversed_minor, self.destination_currency)
    }

    /// What may still be reversed, in the destination currency; nothing unless completed and not returned.
    pub fn reversible(&self) -> Money {
        let open = self.state == State::Completed && self.returned_at.is_none();
        let minor = if open { self.destination_minor - self.reversed_minor } else { 0 };
        Money::new(minor, self.destination_currency)
    }

    /// Whether a rail may have the money: from hand-over until an end is known.
    pub fn is_with_rail(&self) -> bool {
        !self.state.is_final() && self.submitted_at.is_some()
    }

    /// Whether it stands in the queue until its wallet has enough for it.
    pub fn waits_for_money(&self) -> bool {
        self.state == State::Queued && self.hold_id.is_none()
    }

    /// Whether it ended with its money back in the wallet.
    pub fn is_refunded(&self) -> bool {
        self.hold_id.is_some() && self.state.is_final() && self.state != State::Completed
    }

    /// Whether it is booked as paid, and nothing was returned by the bank.
    pub fn stands_as_paid(&self) -> bool {
        self.state == State::Completed && self.returned_at.is_none()
    }

    /// What it does or what became of it, to follow "the payout" in a sentence.
    pub fn standing(&self) -> &'static str {
        match self.returned_at {
            Some(_) => "was returned by the bank",
            None => self.state.words(),
        }
    }

    pub fn waits_for_approval(&self) -> bool {
        self.state == State::ActionRequired && self.action == Some(Action::Approval)
    }

    /// Why a rail's answer to a cancellation comes too late.
    pub fn too_late(&self) -> String {
        format!("Too late: the payout {}.", self.state.words())
    }
}

impl State {
    /// What a payout in this state does, to follow "it" in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            State::Created => "is not queued yet",
            State::Queued => "is queued",
            State::Processing => "is with the provider",
            State::Settling => "is on its way to the payee",
            State::ActionRequired => "waits for an action",
            State::Completed => "is completed",
            State::Failed => "has failed",
            State::Cancelled => "is cancelled",
            State::Expired => "has expired",
        }
    }
}
