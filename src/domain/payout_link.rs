//! The payout link: its record, its eight states and what may be done in each.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::caller::Caller;
use super::ids::{AccountId, ClientId, CredentialId, HoldId, PayeeId, PayoutId, PayoutLinkId, StaffId, WalletId};
use super::maker::Maker;
use super::money::{Currency, Money};
use super::payout::{Refusal, Rule};

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
    /// Closed because too many attempts failed.
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
}

/// A way to be paid that a link offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    BankAccount,
    Upi,
    /// Only ever asked for by programs of another provider; kept so that they are told what they asked for.
    Revolut,
    Card,
}

/// The ways to be paid that a link offers, in the order given; kept as their names, separated by blanks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Methods(pub Vec<Method>);

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

/// The states in which a dialect allows to cancel; it may allow less than the desk, never more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkPolicy {
    pub cancellable: &'static [State],
}

impl LinkPolicy {
    /// Pages, `/api/v1` and Revolut's dialect: everything that nobody has claimed.
    pub const DESK: LinkPolicy = LinkPolicy { cancellable: &[State::Pending, State::Issued] };
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
    #[serde(with = "flag")]
    pub send_sms: bool,
    /// Whether an email is wanted; whether one was sent stands with the messages.
    #[serde(with = "flag")]
    pub send_email: bool,
    /// From this moment on it cannot be claimed.
    pub expire_by: Option<i64>,
    pub payout_methods: Methods,
    /// A code some countries ask for.
    pub transfer_reason: Option<String>,
    /// Whether the recipient is kept as a payee once paid.
    #[serde(with = "flag")]
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
    /// When a job looks at it next.
    pub due_at: Option<i64>,
    /// SHA-256 in hex of the secret in its address.
    pub token_hash: String,
    /// The secret itself, sealed, so that staff can copy the address again.
    pub token_sealed: String,
    pub version: i64,
}

/// How far ahead the end of a link must lie when it is set: 15 minutes, in microseconds.
pub const SOONEST: i64 = 15 * 60 * 1_000_000;
/// How long a request may have been on its way here before its 15 minutes count as too few, in microseconds.
const ON_ITS_WAY: i64 = 5 * 1_000_000;
/// How long a checker has to answer: 30 days, in microseconds.
const APPROVAL_TIME: i64 = 30 * 24 * 3600 * 1_000_000;
/// After so many attempts that failed at the provider the link closes.
pub const MOST_FAILURES: i64 = 3;

/// Which moves exist at all.
const MOVES: &[(State, &[State])] = &[
    (State::Pending, &[State::Issued, State::Rejected, State::Cancelled, State::Expired]),
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
            State::Failed => "is closed, because too many attempts failed",
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

    /// Refuses a checker who is behind the link; see [`Maker::check_checker`].
    pub fn check_checker(&self, caller: &Caller) -> Result<(), Refusal> {
        let maker = Maker {
            staff_id: self.maker_staff_id,
            credential_id: self.maker_credential_id,
            credential_creator_id: self.credential_creator_id,
        };
        maker.check_checker(caller)
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

    /// Whether its time is over at `now`, written down or not.
    pub fn has_run_out(&self, now: i64) -> bool {
        self.ends_at().is_some_and(|end| end <= now)
    }

    /// The state that `step` leads to at `now`, or why it may not be taken and what to do instead.
    ///
    /// Pages show the refusal, APIs answer its rule, and plans act on the state: one function for all three.
    pub fn check(&self, step: Step, now: i64) -> Result<State, Refusal> {
        let state = self.state;
        let to = match step {
            Step::Approve | Step::SendBack if state != State::Pending => {
                let reason = format!("It does not wait for approval: it {}.", state.words());
                return Err(self.refuse(Rule::NotWaitingForApproval, reason));
            }
            Step::SendBack => State::Rejected,
            Step::Cancel(policy) => return self.check_cancel(policy),
            Step::Claim | Step::Decline if state != State::Issued => return Err(self.not_claimable()),
            Step::Resend if state == State::Pending => {
                let reason = "It waits for approval: there is nothing to open yet.";
                return Err(self.refuse(Rule::WrongState, reason).instead("Approve it; it is sent then."));
            }
            Step::Extend | Step::Replace | Step::Resend if !state.is_open() => {
                let reason = format!("That cannot happen now: the payout link {}.", state.words());
                return Err(self.refuse(Rule::WrongState, reason).instead("Make a new payout link."));
            }
            Step::Approve | Step::Claim | Step::Extend | Step::Replace | Step::Resend if self.has_run_out(now) => {
                return Err(self
                    .refuse(Rule::LinkExpired, "Its time is over: the payout link has expired.")
                    .instead("Make a new payout link."));
            }
            Step::Approve => State::Issued,
            Step::Claim => State::Processing,
            Step::Decline => State::Cancelled,
            // None of these changes the state of what it is done to; a replaced link is cancelled by its own step.
            Step::Extend | Step::Replace | Step::Resend => return Ok(state),
            Step::Complete if state == State::Processing => State::Processed,
            Step::Reopen if state == State::Processing => State::Issued,
            Step::GiveUp if state == State::Processing => State::Failed,
            Step::Expire if self.has_run_out(now) => State::Expired,
            Step::Complete | Step::Reopen | Step::GiveUp | Step::Expire => {
                let reason = format!("That cannot happen now: the payout link {}.", state.words());
                return Err(self.refuse(Rule::WrongState, reason));
            }
        };
        debug_assert!(state.may_become(to));
        Ok(to)
    }

    fn check_cancel(&self, policy: LinkPolicy) -> Result<State, Refusal> {
        let refuse = |reason: &str| self.refuse(Rule::LinkNotCancellable, reason);
        match self.state {
            State::Processing => Err(refuse("It is claimed: the recipient's payout is on its way.")
                .instead("Cancel that payout; the link is then open again and can be cancelled.")),
            State::Processed => {
                Err(refuse("It is paid: the recipient has the money.").instead("Reverse its payout, fully or in part."))
            }
            State::Cancelled => Err(refuse("It is already cancelled; its money went back then.")),
            State::Rejected => Err(refuse("A checker sent it back; no money was held for it.")),
            State::Expired => Err(refuse("It has expired, and its money is back in the wallet.")),
            State::Failed => Err(refuse("Too many attempts failed, and its money is back in the wallet.")),
            state if !policy.cancellable.contains(&state) => {
                Err(refuse(&format!("It cannot be cancelled while it {}.", state.words())))
            }
            _ => Ok(State::Cancelled),
        }
    }

    /// What a recipient is told who comes when it cannot be claimed.
    fn not_claimable(&self) -> Refusal {
        let reason = match self.state {
            State::Pending => "It is not ready yet: someone has to approve it first.",
            State::Issued => "It can be claimed.",
            State::Processing => "It is claimed already, and the payment is on its way.",
            State::Processed => "It is paid already.",
            State::Cancelled if self.close_reason == Some(CloseReason::Replaced) => {
                "It was cancelled, and another payout link was issued in its place."
            }
            State::Cancelled if self.close_reason == Some(CloseReason::Declined) => {
                "It was declined: somebody said that it was not for them."
            }
            State::Cancelled => "It was cancelled by whoever issued it.",
            State::Rejected => "It was withdrawn before it was issued.",
            State::Expired => "It has expired.",
            State::Failed => "It is closed: too many attempts failed.",
        };
        self.refuse(Rule::LinkNotClaimable, reason)
    }

    fn refuse(&self, rule: Rule, reason: impl Into<String>) -> Refusal {
        Refusal::new(rule, reason).found(self.state.name())
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

/// Whether an end that somebody sets is at least 15 minutes ahead.
pub fn check_end(end: i64, now: i64) -> Result<(), Refusal> {
    if end >= now + SOONEST - ON_ITS_WAY {
        return Ok(());
    }
    Err(Refusal::new(Rule::ExpiryTooSoon, "A payout link must be open for at least 15 minutes.")
        .instead("Choose a later end."))
}

impl Method {
    pub const ALL: [Method; 4] = [Method::BankAccount, Method::Upi, Method::Revolut, Method::Card];

    pub fn name(self) -> &'static str {
        match self {
            Method::BankAccount => "bank_account",
            Method::Upi => "upi",
            Method::Revolut => "revolut",
            Method::Card => "card",
        }
    }

    pub fn from_name(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.name() == name)
    }
}

impl Methods {
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|method| method.name()).collect()
    }
}

impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(" "))
    }
}

impl FromStr for Methods {
    type Err = &'static str;

    /// Names separated by blanks, each known and named once, at least one.
    fn from_str(text: &str) -> Result<Methods, &'static str> {
        let mut methods = Vec::new();
        for name in text.split_whitespace() {
            let method = Method::from_name(name).ok_or("not a payout method")?;
            if methods.contains(&method) {
                return Err("a payout method named twice");
            }
            methods.push(method);
        }
        if methods.is_empty() { Err("no payout method") } else { Ok(Methods(methods)) }
    }
}

impl Serialize for Methods {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Methods {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Methods, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Yes and no as the database keeps them: 1 and 0.
mod flag {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(yes: &bool, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(i64::from(*yes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        Ok(i64::deserialize(deserializer)? != 0)
    }
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
    fn an_end_is_at_least_a_quarter_of_an_hour_ahead() {
        assert!(check_end(SOONEST, 0).is_ok());
        assert!(check_end(SOONEST - 60_000_000, 0).is_err());
        assert!(check_end(0, 1).is_err());
    }

    #[test]
    fn methods_are_known_and_named_once() {
        let methods: Methods = "upi  bank_account".parse().unwrap();
        assert_eq!(methods.to_string(), "upi bank_account");
        for text in ["", " ", "cash", "upi upi"] {
            assert!(text.parse::<Methods>().is_err(), "{text}");
        }
    }
}
