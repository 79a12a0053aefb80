//! What can be asked of the desk, and what comes back.

use serde::{Deserialize, Deserializer, Serialize};

use super::batch::ItemRef;
use super::caller::Caller;
use super::cancellation::Cancellation;
use super::case;
use super::event::{Event, EventType, LinkEvent};
use super::exchange::{Rate, Side};
use super::ids::{AccountId, CancellationId, CaseId, PayeeId, PayoutId, PayoutLinkId, ReversalId, TransferId};
use super::ledger::LedgerTransaction;
use super::money::{Currency, Money};
use super::payee::Payee;
pub use super::payee::PayeeDetails;
use super::payee_account::PayeeAccount;
use super::payout::{CancelPolicy, Origin, Payout, Refusal, State};
use super::payout_link::{Contact, LinkPolicy, Methods, PayoutLink};
use super::quote::Quoted;
use super::reversal::Reversal;
use super::transfer::{self, Transfer};

/// One thing to do, by one caller; what it writes commits together or not at all.
#[derive(Debug, Clone)]
pub struct Unit {
    pub caller: Caller,
    pub key: Option<IdempotencyKey>,
    pub command: Command,
    /// The item of a batch that this is: done only while the item is pending and its batch runs, and its result is
    /// written with the effect.
    pub item: Option<ItemRef>,
}

/// A retry with the same key gets the first outcome; caller and operation keep keys of others apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IdempotencyKey {
    pub caller: String,
    pub operation: String,
    pub key: String,
    /// SHA-256 in hex of what was asked, to notice another request under the same key.
    pub request_hash: String,
    #[serde(skip)]
    pub terms: KeyTerms,
}

/// What a contract promises of its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyTerms {
    /// How long a key stands for its first outcome, in microseconds; afterwards it may be used anew.
    pub lasts: i64,
    /// Whether a refusal uses the key up; otherwise only what was done does.
    pub keeps_refusals: bool,
}

impl Default for KeyTerms {
    /// 30 days, refusals too.
    fn default() -> KeyTerms {
        KeyTerms { lasts: 30 * 24 * 3600 * 1_000_000, keeps_refusals: true }
    }
}

#[derive(Debug, Clone)]
pub enum Command {
    Create(Box<NewPayout>),
    Cancel(Cancel),
    Decide(Decide),
    Reverse(Box<NewReversal>),
    /// What a payout would cost, promised for a while; or the payout at once.
    Quote(Box<NewQuote>),
    /// Makes the payout of a quote.
    CommitQuote(CommitQuote),
    AskToCancel(AskToCancel),
    /// Money came in from outside.
    TopUp(TopUp),
    /// Money from one wallet of a client to another.
    Transfer(Box<NewTransfer>),
    /// The sandbox plays money that comes in.
    SimulateTopUp(Box<SimulateTopUp>),
    /// The sandbox plays how such money ends that waited.
    EndTransfer(EndTransfer),
    /// A job moves a payout on, or tells what a rail said.
    Advance(Advance),
    /// What a rail said about a reversal.
    ReversalNews(ReversalNews),
    /// What a rail said about a cancellation.
    CancellationNews(CancellationNews),
    /// A second person confirms how a case is settled.
    Settle(Settle),
    CreateLink(Box<CreateLink>),
    CancelLink(CancelLink),
    /// Cancels a link and issues another one with the same content in its place.
    ReplaceLink(ReplaceLink),
    ExtendLink(ExtendLink),
    /// Sends the address to the recipient again.
    ResendLink(ResendLink),
    DecideLink(DecideLink),
    /// The recipient gives their details and is paid.
    ClaimLink(Box<ClaimLink>),
    /// The recipient says that it is not for them.
    DeclineLink(DeclineLink),
    /// A job ends a link whose time is over.
    ExpireLink(ExpireLink),
    RemindLink(RemindLink),
}

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

#[derive(Debug, Clone)]
pub struct TopUp {
    pub wallet_number: i64,
    pub amount: Money,
    /// What the statement says: the bank's reference, for example.
    pub remarks: String,
}

/// A transfer between two wallets, named by their numbers.
#[derive(Debug, Clone)]
pub struct NewTransfer {
    pub source_number: i64,
    pub target_number: i64,
    pub amount: Money,
    pub reference: Option<String>,
    /// The client's own id of the request.
    pub request_id: String,
}

#[derive(Debug, Clone)]
pub struct SimulateTopUp {
    pub wallet_number: i64,
    pub amount: Money,
    pub reference: String,
    /// How it goes at once.
    pub state: transfer::State,
}

#[derive(Debug, Clone)]
pub struct EndTransfer {
    pub transfer_id: TransferId,
    /// The number of the wallet it goes to.
    pub wallet_number: i64,
    pub state: transfer::State,
}

#[derive(Debug, Clone)]
pub struct Advance {
    pub payout_id: PayoutId,
    /// The version of the payout that the job saw; should another process have changed it since, nothing is done.
    pub version: Option<i64>,
    pub news: News,
    /// When a job looks again, in Unix microseconds; none when nothing is to be done by itself.
    pub due_at: Option<i64>,
}

/// What happened to a payout without anybody clicking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    Queued,
    /// A payout that waits for money is to have its hold now, if the wallet has enough.
    Funded,
    /// Handed over: committed before the rail is called.
    Submitted,
    /// The rail never heard of it and is to be given it again, with the same key: committed before that call too.
    Again,
    Accepted {
        reference: Option<String>,
    },
    Completed {
        reference: Option<String>,
    },
    Failed {
        code: String,
        reason: String,
    },
    /// The rail wants something first and has not taken the payout.
    NotTaken {
        reason: String,
    },
    /// The rail has the payout and wants something.
    ActionNeeded {
        reason: String,
    },
    /// The rail did not answer: nobody knows.
    Unknown,
    /// The rail answered that nothing changed.
    Unchanged,
    Expired,
    /// The bank sent a completed payout back.
    Returned {
        reason: String,
    },
}

#[derive(Debug, Clone)]
pub struct ReversalNews {
    pub reversal_id: ReversalId,
    pub payout_id: PayoutId,
    /// The version of the reversal that the job saw.
    pub version: Option<i64>,
    pub answer: Reversed,
    pub due_at: Option<i64>,
}

/// A rail's answer to a reversal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reversed {
    All,
    /// Only so much of it, in minor units of the destination currency; the rest stays with the payee.
    Part(i64),
    No(String),
    Unknown,
}

#[derive(Debug, Clone)]
pub struct CancellationNews {
    pub cancellation_id: CancellationId,
    pub payout_id: PayoutId,
    /// The version of the cancellation that the job saw.
    pub version: Option<i64>,
    pub answer: Answer,
    /// When the rail is asked again; after a yes, when a job looks whether it paid all the same.
    pub due_at: Option<i64>,
}

/// A case whose proposal is confirmed. Kind, subject and reason are the case's own, which do not change while it waits.
#[derive(Debug, Clone)]
pub struct Settle {
    pub case_id: CaseId,
    pub kind: case::Kind,
    pub subject_id: String,
    pub payout_id: PayoutId,
    /// The version of the case that was shown.
    pub version: Option<i64>,
    /// The name of whoever proposed it, and why.
    pub proposed_by: String,
    pub reason: String,
}

/// A rail's answer to a question of yes or no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No(String),
    Unknown,
}

/// A payout link to make; what makes it the same request, so without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewLink {
    pub wallet_number: i64,
    pub amount: Money,
    pub contact: Contact,
    pub purpose: Option<String>,
    pub description: Option<String>,
    pub receipt: Option<String>,
    pub reference: Option<String>,
    /// A JSON object, as text.
    pub notes: Option<String>,
    pub send_sms: bool,
    pub send_email: bool,
    /// In Unix microseconds; none stays open until it is cancelled.
    pub expire_by: Option<i64>,
    pub payout_methods: Methods,
    pub transfer_reason: Option<String>,
    pub save_payee: bool,
    /// The client's own id of the request: the same one makes no second link.
    pub request_id: Option<String>,
}

/// The secret in a link's address, made outside because chance has no place in the domain.
#[derive(Debug, Clone)]
pub struct LinkToken {
    pub hash: String,
    pub sealed: String,
}

#[derive(Debug, Clone)]
pub struct CreateLink {
    pub new: NewLink,
    pub token: LinkToken,
    /// Ends so long after it is made, in microseconds; takes the place of `expire_by`.
    pub open_for: Option<i64>,
    /// Too little money makes a link that has failed, in place of none: its `request_id` is used up all the same.
    pub may_fail: bool,
}

#[derive(Debug, Clone)]
pub struct CancelLink {
    pub link_id: PayoutLinkId,
    pub policy: LinkPolicy,
    pub reason: Option<String>,
    pub version: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct ReplaceLink {
    pub link_id: PayoutLinkId,
    pub reason: Option<String>,
    pub version: Option<i64>,
    /// The secret of the new one.
    pub token: LinkToken,
}

#[derive(Debug, Clone)]
pub struct ExtendLink {
    pub link_id: PayoutLinkId,
    /// In Unix microseconds.
    pub expire_by: i64,
    pub version: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct ResendLink {
    pub link_id: PayoutLinkId,
    pub version: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct DecideLink {
    pub link_id: PayoutLinkId,
    pub approve: bool,
    pub note: Option<String>,
    pub version: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct ClaimLink {
    pub link_id: PayoutLinkId,
    pub details: PayeeDetails,
    /// How long the rail lets a queued payout wait, in microseconds.
    pub queue_delay: i64,
}

#[derive(Debug, Clone)]
pub struct DeclineLink {
    pub link_id: PayoutLinkId,
    pub reason: Option<String>,
}

#[derive(Debug, Clone)]
pub struct ExpireLink {
    pub link_id: PayoutLinkId,
    /// The version that the job saw.
    pub version: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct RemindLink {
    pub link_id: PayoutLinkId,
    /// The version that the job saw.
    pub version: Option<i64>,
}

/// What became of a unit. The same for a repeat, which changed nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub repeated: bool,
    /// Repeated because its idempotency key came again: this is the first outcome, not how things stand now.
    pub replayed: bool,
    pub result: Result<Done, Refusal>,
}

/// The record a unit was about, as it stood when the unit committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    Payout(Box<PayoutRecord>),
    Reversal(Box<Reversal>),
    Quote(Box<Quoted>),
    Cancellation(Box<Cancellation>),
    TopUp(Box<LedgerTransaction>),
    Link(Box<LinkRecord>),
    Transfer(Box<Transfer>),
}

/// A payout with all that answers show of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutRecord {
    pub payout: Payout,
    pub payee: Payee,
    /// The account that is paid, if one is known.
    pub account: Option<PayeeAccount>,
    pub wallet_number: i64,
    pub wallet_name: String,
    /// Oldest first.
    #[serde(deserialize_with = "in_order")]
    pub events: Vec<Event>,
}

/// A payout link with all that answers show of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRecord {
    pub link: PayoutLink,
    pub wallet_number: i64,
    pub wallet_name: String,
    /// Who pays.
    pub client_name: String,
    /// When the address was first really sent by email, and as a text message.
    pub emailed_at: Option<i64>,
    pub texted_at: Option<i64>,
    /// Oldest first.
    #[serde(deserialize_with = "link_in_order")]
    pub events: Vec<LinkEvent>,
}

impl PayoutRecord {
    /// Whether a rail was ever given it, even one that then said it had not taken it.
    pub fn was_handed_over(&self) -> bool {
        self.payout.submitted_at.is_some() || self.events.iter().any(|event| event.to_state == State::Processing)
    }

    /// Whether it was paid after its refund, which the desk has lost.
    pub fn is_lost(&self) -> bool {
        self.events.iter().any(|event| event.event_type == EventType::Loss)
    }

    /// The account that is paid, in words that may be shown.
    pub fn account_label(&self) -> Option<&str> {
        self.account.as_ref()?.label.as_deref()
    }
}

impl PayoutRecord {
    /// Leaves out what is sealed: where it is kept besides its own row, it would outlive the key it is sealed under.
    pub fn forget_secrets(&mut self) {
        self.account.iter_mut().for_each(|account| account.identifiers.clear());
    }
}

impl LinkRecord {
    /// When it last changed, in Unix microseconds.
    pub fn updated_at(&self) -> i64 {
        self.events.last().map_or_else(|| self.link.id.created_at(), |event| event.created_at)
    }
}

/// Events in the order of their history, however they were collected.
fn in_order<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Event>, D::Error> {
    let mut events = Vec::<Event>::deserialize(input)?;
    events.sort_by_key(|event| event.seq);
    Ok(events)
}

fn link_in_order<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<LinkEvent>, D::Error> {
    let mut events = Vec::<LinkEvent>::deserialize(input)?;
    events.sort_by_key(|event| event.seq);
    Ok(events)
}

/// An amount with what was said of it.
fn told(amount: Money, reference: Option<&str>) -> String {
    reference.map_or_else(|| amount.to_string(), |reference| format!("{amount}: {reference}"))
}

impl Command {
    /// The payout a command is about; none for one that makes it.
    pub fn payout_id(&self) -> Option<PayoutId> {
        match self {
            Command::Create(_)
            | Command::Quote(_)
            | Command::TopUp(_)
            | Command::Transfer(_)
            | Command::SimulateTopUp(_)
            | Command::EndTransfer(_)
            | Command::CreateLink(_)
            | Command::CancelLink(_)
            | Command::ReplaceLink(_)
            | Command::ExtendLink(_)
            | Command::ResendLink(_)
            | Command::DecideLink(_)
            | Command::ClaimLink(_)
            | Command::DeclineLink(_)
            | Command::ExpireLink(_)
            | Command::RemindLink(_) => None,
            Command::Cancel(cancel) => Some(cancel.payout_id),
            Command::Decide(decide) => Some(decide.payout_id),
            Command::Reverse(reversal) => Some(reversal.payout_id),
            Command::CommitQuote(commit) => Some(commit.quote_id),
            Command::AskToCancel(ask) => Some(ask.payout_id),
            Command::Advance(advance) => Some(advance.payout_id),
            Command::ReversalNews(news) => Some(news.payout_id),
            Command::CancellationNews(news) => Some(news.payout_id),
            Command::Settle(settle) => Some(settle.payout_id),
        }
    }

    /// The payout link a command is about; none for one that makes it, and for what is about payouts.
    pub fn link_id(&self) -> Option<PayoutLinkId> {
        match self {
            Command::CancelLink(cancel) => Some(cancel.link_id),
            Command::ReplaceLink(replace) => Some(replace.link_id),
            Command::ExtendLink(extend) => Some(extend.link_id),
            Command::ResendLink(resend) => Some(resend.link_id),
            Command::DecideLink(decide) => Some(decide.link_id),
            Command::ClaimLink(claim) => Some(claim.link_id),
            Command::DeclineLink(decline) => Some(decline.link_id),
            Command::ExpireLink(expire) => Some(expire.link_id),
            Command::RemindLink(remind) => Some(remind.link_id),
            _ => None,
        }
    }

    /// Whether a program's caps count it, which are only loaded for these.
    pub fn spends(&self) -> bool {
        matches!(
            self,
            Command::Create(_)
                | Command::Quote(_)
                | Command::CommitQuote(_)
                | Command::CreateLink(_)
                | Command::Transfer(_)
        )
    }

    /// Whether a freeze may stop it; freezes are only loaded for these.
    pub fn may_be_frozen(&self) -> bool {
        match self {
            Command::Create(_)
            | Command::CreateLink(_)
            | Command::ReplaceLink(_)
            | Command::ClaimLink(_)
            | Command::CommitQuote(_)
            | Command::Transfer(_) => true,
            Command::Quote(new) => new.commit,
            Command::Decide(decide) => decide.approve,
            Command::DecideLink(decide) => decide.approve,
            Command::Advance(advance) => matches!(advance.news, News::Submitted | News::Again),
            _ => false,
        }
    }

    /// The action's name in the audit log.
    pub fn action(&self) -> &'static str {
        match self {
            Command::Create(_) => "payout.create",
            Command::Cancel(_) => "payout.cancel",
            Command::Decide(Decide { approve: true, .. }) => "payout.approve",
            Command::Decide(_) => "payout.send_back",
            Command::Reverse(_) => "payout.reverse",
            Command::Quote(_) => "payout.quote",
            Command::CommitQuote(_) => "payout.commit",
            Command::AskToCancel(_) => "payout.ask_to_cancel",
            Command::TopUp(_) => "wallet.top_up",
            Command::Transfer(_) => "wallet.transfer",
            Command::SimulateTopUp(_) => "sandbox.top_up",
            Command::EndTransfer(_) => "sandbox.end_top_up",
            Command::Advance(_) => "payout.advance",
            Command::ReversalNews(_) => "reversal.answer",
            Command::CancellationNews(_) => "cancellation.answer",
            Command::Settle(_) => "case.settle",
            Command::CreateLink(_) => "payout_link.create",
            Command::CancelLink(_) => "payout_link.cancel",
            Command::ReplaceLink(_) => "payout_link.replace",
            Command::ExtendLink(_) => "payout_link.extend",
            Command::ResendLink(_) => "payout_link.resend",
            Command::DecideLink(DecideLink { approve: true, .. }) => "payout_link.approve",
            Command::DecideLink(_) => "payout_link.send_back",
            Command::ClaimLink(_) => "payout_link.claim",
            Command::DeclineLink(_) => "payout_link.decline",
            Command::ExpireLink(_) => "payout_link.expire",
            Command::RemindLink(_) => "payout_link.remind",
        }
    }

    /// The reason somebody gave.
    pub fn reason(&self) -> Option<String> {
        match self {
            Command::Cancel(cancel) => cancel.reason.clone(),
            Command::Decide(decide) => decide.note.clone(),
            Command::Reverse(reversal) => Some(reversal.reason.clone()),
            Command::AskToCancel(ask) => ask.reason.clone(),
            Command::Settle(settle) => Some(settle.reason.clone()),
            Command::TopUp(top_up) => Some(format!("{}: {}", top_up.amount, top_up.remarks)),
            Command::Transfer(new) => Some(told(new.amount, new.reference.as_deref())),
            Command::SimulateTopUp(top_up) => Some(told(top_up.amount, Some(&top_up.reference))),
            Command::EndTransfer(end) => Some(end.state.name().to_owned()),
            Command::CancelLink(cancel) => cancel.reason.clone(),
            Command::ReplaceLink(replace) => replace.reason.clone(),
            Command::DecideLink(decide) => decide.note.clone(),
            Command::DeclineLink(decline) => decline.reason.clone(),
            _ => None,
        }
    }
}
