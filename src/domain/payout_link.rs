//! The payout link: its record, its eight states and what may be done in each.

mod bounds;
mod check;
mod method;

use serde::{Deserialize, Serialize};

pub use self::bounds::amount_bounds;
pub use self::check::{SOONEST, check_end};
pub use self::method::{Method, Methods};

use super::ids::{AccountId, ClientId, CredentialId, HoldId, PayeeId, PayoutId, PayoutLinkId, StaffId, WalletId};
use super::money::{Currency, Money};
use super::payee::Payee;

/// The states of DESIGN section 5 (`contracts/razorpay.md` 3.2, with `failed` of `contracts/revolut.md` 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A checker has to approve it first; nothing is held.
    Pending,
    /// It can be claimed; amount and fees are held.
    Issued,
    /// Claimed: a payout has the money.
    Processing,
    Processed,
    Cancelled,
    /// Sent back by a checker.
    Rejected,
    Expired,
    /// Closed because too many attempts failed, or never issued because the wallet had too little money.
    Failed,
}

/// Who brought a link to its end, when it ended without being paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedBy {
    Client,
    Staff,
    Checker,
    Recipient,
    Rail,
    Time,
}

/// Why a link ended, where its state alone does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// The recipient said that it is not for them.
    Declined,
    /// Another link was issued in its place.
    Replaced,
    TooManyAttempts,
    /// It could not be issued: the wallet had too little money for it.
    InsufficientFunds,
}

/// Whom a link is for, as given. Texts are trimmed; phone and email are what messages go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// The saved payee that it was taken from.
    pub id: Option<PayeeId>,
    pub name: String,
    /// `customer`, `vendor`, `employee`, … or a word of the client's own.
    pub kind: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

impl Contact {
    /// A saved payee.
    pub fn of(payee: &Payee) -> Contact {
        Contact {
            id: Some(payee.id),
            name: payee.name(),
            kind: payee.contact_type.clone(),
            phone: payee.phone.clone(),
            email: payee.email.clone(),
        }
    }
}

/// The states in which a dialect allows to cancel; it may allow less than the desk, never more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkPolicy {
    pub cancellable: &'static [State],
}

impl LinkPolicy {
    /// Pages, `/api/v1` and Revolut's dialect: everything that nobody has claimed.
    pub const DESK: LinkPolicy = LinkPolicy { cancellable: &[State::Pending, State::Issued] };
    /// Razorpay's dialect: what a recipient has (`contracts/razorpay.md` 3.5).
    pub const RAZORPAY: LinkPolicy = LinkPolicy { cancellable: &[State::Issued] };
}

/// One change a link can go through; [`PayoutLink::check`] says whether it may happen now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Approve,
    SendBack,
    Cancel(LinkPolicy),
    Claim,
    /// The recipient says that it is not for them.
    Decline,
    /// Its payout was completed.
    Complete,
    /// Its payout ended unpaid: the link is open again.
    Reopen,
    /// Its payout ended unpaid once too often.
    GiveUp,
    Expire,
    Extend,
    Replace,
    /// Sending the address again.
    Resend,
    /// Telling the recipient that its time runs out.
    Remind,
}

/// A payout link as it stands. Amounts in minor units, times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutLink {
    pub id: PayoutLinkId,
    pub client_id: ClientId,
    pub wallet_id: WalletId,
    pub state: State,
    pub closed_by: Option<ClosedBy>,
    pub close_reason: Option<CloseReason>,
    /// The saved payee that the contact was taken from.
    pub contact_id: Option<PayeeId>,
    pub contact_name: String,
    pub contact_type: Option<String>,
    pub contact_phone: Option<String>,
    pub contact_email: Option<String>,
    pub purpose: Option<String>,
    /// What the recipient gets.
    pub amount_minor: i64,
    /// Fixed when the link is made; its payout costs no more and no less.
    pub fees_minor: i64,
    pub currency: Currency,
    pub description: Option<String>,
    pub receipt: Option<String>,
    pub reference: Option<String>,
    /// A JSON object, as text.
    pub notes: Option<String>,
    /// Whether a text message is wanted; whether one was sent stands with the messages.
    #[serde(with = "super::flag")]
    pub send_sms: bool,
    /// Whether an email is wanted; whether one was sent stands with the messages.
    #[serde(with = "super::flag")]
    pub send_email: bool,
    /// From this moment on it cannot be claimed.
    pub expire_by: Option<i64>,
    pub payout_methods: Methods,
    /// A code some countries ask for.
    pub transfer_reason: Option<String>,
    /// Whether the recipient is kept as a payee once paid.
    #[serde(with = "super::flag")]
    pub save_payee: bool,
    /// The client's own id of the request, unique per client.
    pub request_id: Option<String>,
    /// How often it was claimed.
    pub attempt_count: i64,
    /// How many of these attempts failed at the provider.
    pub failure_count: i64,
    /// The payee, the account and the payout of the claim that stands; none while it is open.
    pub payee_id: Option<PayeeId>,
    pub account_id: Option<AccountId>,
    pub payout_id: Option<PayoutId>,
    /// The latest hold; open while the link is issued.
    pub hold_id: Option<HoldId>,
    pub maker_staff_id: StaffId,
    pub maker_credential_id: Option<CredentialId>,
    /// Who created that credential: as little a checker as its owner.
    pub credential_creator_id: Option<StaffId>,
    pub checker_staff_id: Option<StaffId>,
    /// What whoever cancelled, declined or sent it back gave as reason.
    pub cancel_reason: Option<String>,
    /// The link that this one was issued in place of.
    pub replaces_id: Option<PayoutLinkId>,
    /// The link that was issued in place of this one.
    pub replaced_by_id: Option<PayoutLinkId>,
    pub issued_at: Option<i64>,
    /// When it was last claimed.
    pub claimed_at: Option<i64>,
    /// Since when it is open again after an attempt; none while it is not.
    pub reopened_at: Option<i64>,
    /// When it came to its end, paid or not.
    pub closed_at: Option<i64>,
    /// When a job looks at it next, to end it.
    pub due_at: Option<i64>,
    /// When its recipient is to be reminded; none when they need not be.
    pub remind_at: Option<i64>,
    /// When they were. Nobody is reminded twice.
    pub reminded_at: Option<i64>,
    /// SHA-256 in hex of the secret in its address.
    pub token_hash: String,
    /// The secret itself, sealed, so that staff can copy the address again.
    pub token_sealed: String,
    pub version: i64,
}

/// How long a checker has to answer: 30 days, in microseconds.
const APPROVAL_TIME: i64 = 30 * 24 * 3600 * 1_000_000;
/// How long before its end a recipient is reminded at most: a day, in microseconds.
const REMINDER: i64 = 24 * 3600 * 1_000_000;
/// A reminder that leaves less time than this is not sent: an hour, in microseconds.
const LATEST_REMINDER: i64 = 3600 * 1_000_000;
/// After so many attempts that failed at the provider the link closes.
pub const MOST_FAILURES: i64 = 3;

/// Which moves exist at all.
const MOVES: &[(State, &[State])] = &[
    (State::Pending, &[State::Issued, State::Rejected, State::Cancelled, State::Expired, State::Failed]),
    (State::Issued, &[State::Processing, State::Cancelled, State::Expired]),
    (State::Processing, &[State::Processed, State::Issued, State::Failed]),
];

impl State {
    pub const ALL: [State; 8] = [
        State::Pending,
        State::Issued,
        State::Processing,
        State::Processed,
        State::Cancelled,
        State::Rejected,
        State::Expired,
        State::Failed,
    ];

    /// The name in the database, `/api/v1` and URLs.
    pub fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Issued => "issued",
            State::Processing => "processing",
            State::Processed => "processed",
            State::Cancelled => "cancelled",
            State::Rejected => "rejected",
            State::Expired => "expired",
            State::Failed => "failed",
        }
    }

    pub fn from_name(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nobody has claimed it and it has not ended.
    pub fn is_open(self) -> bool {
        matches!(self, State::Pending | State::Issued)
    }

    /// Whether somebody has given their details and has or gets the money.
    pub fn is_claimed(self) -> bool {
        matches!(self, State::Processing | State::Processed)
    }

    pub fn is_final(self) -> bool {
        !self.is_open() && self != State::Processing
    }

    /// Whether the table of moves knows the way from here to there.
    pub fn may_become(self, to: State) -> bool {
        MOVES.iter().any(|(from, targets)| *from == self && targets.contains(&to))
    }

    /// What a link in this state does, to follow "it" in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            State::Pending => "waits for approval",
            State::Issued => "waits for the recipient",
            State::Processing => "is claimed, and its payout is on its way",
            State::Processed => "is paid",
            State::Cancelled => "is cancelled",
            State::Rejected => "was sent back by a checker",
            State::Expired => "has expired",
            State::Failed => "has failed",
        }
    }
}

impl PayoutLink {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    pub fn fees(&self) -> Money {
        Money::new(self.fees_minor, self.currency)
    }

    /// Amount and fees: what is held while it is issued. The sum fits, see `Wallet::fee`.
    pub fn total(&self) -> Money {
        Money::new(self.amount_minor + self.fees_minor, self.currency)
    }

    /// What is set aside for it right now; a claimed link's money is its payout's.
    pub fn held(&self) -> Money {
        Money::new(if self.state == State::Issued { self.total().minor } else { 0 }, self.currency)
    }

    /// When it ended in `state`, if it did.
    pub fn ended_at(&self, state: State) -> Option<i64> {
        self.closed_at.filter(|_| self.state == state)
    }

    /// Open again after an attempt.
    pub fn is_reopened(&self) -> bool {
        self.reopened_at.is_some()
    }

    /// What finds it, in lower case: email, full name, last name, and the phone's digits.
    pub fn words(&self) -> Vec<String> {
        let name = self.contact_name.to_lowercase();
        let last = name.split_whitespace().last().unwrap_or_default().to_owned();
        let email = self.contact_email.as_deref().unwrap_or_default().to_lowercase();
        let phone = self.contact_phone.as_deref().map(phone_digits).unwrap_or_default();
        let mut words = vec![name, last, email, phone];
        words.retain(|word| !word.is_empty());
        words.sort();
        words.dedup();
        words
    }

    /// When its time is over unless something happens: what waits for a checker does not wait for ever.
    pub fn ends_at(&self) -> Option<i64> {
        match self.state {
            State::Pending => {
                let answered_by = self.id.created_at() + APPROVAL_TIME;
                Some(self.expire_by.map_or(answered_by, |end| end.min(answered_by)))
            }
            State::Issued => self.expire_by,
            _ => None,
        }
    }

    /// Says when jobs look at it next; whatever changes its state or its end calls this after it.
    pub fn schedule(&mut self, now: i64) {
        self.due_at = self.ends_at();
        self.remind_at = self.reminder().filter(|at| *at > now);
    }

    /// A day before it ends, or in the last quarter of its time when that is later: once, when messages were asked
    /// for, and not for links that are open for a few hours only.
    fn reminder(&self) -> Option<i64> {
        let wanted = (self.send_email || self.send_sms) && self.reminded_at.is_none();
        let (end, since) = (self.expire_by?, self.issued_at?);
        let ahead = ((end - since) / 4).min(REMINDER);
        (wanted && self.state == State::Issued && ahead >= LATEST_REMINDER).then_some(end - ahead)
    }

    /// Whether its time is over at `now`, written down or not.
    pub fn has_run_out(&self, now: i64) -> bool {
        self.ends_at().is_some_and(|end| end <= now)
    }
}

/// What Razorpay's dialect writes before the 22 base-62 characters of a link's id.
pub const RAZORPAY_PREFIX: &str = "poutlk_";

/// The id in any of its spellings (DESIGN section 3): `lnk_…`, a hyphenated UUID, `poutlk_…`.
pub fn id_spelled(text: &str) -> Option<PayoutLinkId> {
    let id = text.parse().ok();
    let id = id.or_else(|| PayoutLinkId::from_base62(text.strip_prefix(RAZORPAY_PREFIX)?).ok());
    id.or_else(|| uuid::Uuid::parse_str(text).ok().filter(|_| text.len() == 36).map(PayoutLinkId::from_uuid))
}

/// A phone number's digits: what makes two spellings the same number.
pub fn phone_digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

/// What was typed in a search, as the words that find a link are kept: a phone number, however it is written, by its
/// digits, everything else in lower case.
pub fn searched_word(text: &str) -> String {
    let is_phone = text.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    let digits = phone_digits(text);
    if is_phone && !digits.is_empty() { digits } else { text.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_lead_nowhere_and_nothing_leads_back_to_approval() {
        for from in State::ALL {
            let ways = State::ALL.into_iter().filter(|to| from.may_become(*to)).count();
            assert_eq!(ways == 0, from.is_final(), "{from:?}");
            assert!(!from.may_become(State::Pending) && !from.may_become(from));
            assert_eq!(State::from_name(from.name()), Some(from));
        }
        assert!(!State::Pending.may_become(State::Processing));
        assert!(!State::Processing.may_become(State::Cancelled));
        assert!(!State::Processing.may_become(State::Expired));
    }

    #[test]
    fn phones_are_found_however_they_are_written() {
        for (typed, word) in [
            ("+1 202 555 0136", "12025550136"),
            ("(202) 555-01", "20255501"),
            ("12025", "12025"),
            ("Nora N", "nora n"),
            ("RC-2024", "rc-2024"),
            ("- -", "- -"),
        ] {
            assert_eq!(searched_word(typed), word);
        }
    }
}
