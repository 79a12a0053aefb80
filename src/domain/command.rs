//! What can be asked of the desk, and what comes back.

mod approvals;
mod links;
mod manual;
mod news;
mod payouts;
mod records;
mod wallets;

use serde::{Deserialize, Serialize};

use super::approval::{Request, Verb};
use super::batch::ItemRef;
use super::caller::Caller;
use super::cancellation::Cancellation;
use super::ids::{PayoutId, PayoutLinkId};
use super::ledger::LedgerTransaction;
use super::money::Money;
pub use super::payee::PayeeDetails;
use super::payout::Refusal;
use super::quote::Quoted;
use super::reversal::Reversal;
use super::transfer::Transfer;

pub use approvals::{AnswerRequest, Ask};
pub use links::{
    CancelLink, ClaimLink, CreateLink, DecideLink, DeclineLink, ExpireLink, ExtendLink, LinkToken, NewLink, RemindLink,
    ReplaceLink, ResendLink,
};
pub use manual::{ByHand, Said, Work};
pub use news::{Advance, Answer, CancellationNews, News, ReversalNews, Reversed, Settle};
pub use payouts::{
    AskToCancel, Cancel, CommitQuote, Decide, LowFunds, NewPayout, NewQuote, NewReversal, PayeeChoice, Terms,
};
pub use records::{FAILED_AFTER_PAID, LinkRecord, PayoutRecord};
pub use wallets::{EndTransfer, NewTransfer, SimulateTopUp, TopUp};

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
    /// What staff do with a payout that they pay at the bank.
    ByHand(ByHand),
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
    /// Asks for what a rule wants approved first.
    Ask(Box<Ask>),
    AnswerRequest(Box<AnswerRequest>),
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
    Request(Box<Request>),
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
            Command::ByHand(by_hand) => Some(by_hand.payout_id),
            Command::Settle(settle) => Some(settle.payout_id),
            Command::Ask(ask) => ask.act.payout_id(),
            Command::AnswerRequest(answer) => answer.act.payout_id(),
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
            Command::Ask(ask) => ask.act.link_id(),
            Command::AnswerRequest(answer) => answer.act.link_id(),
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
            Command::AnswerRequest(answer) => answer.approve,
            Command::Advance(advance) => matches!(advance.news, News::Submitted | News::Again),
            Command::ByHand(by_hand) => matches!(by_hand.work, Work::Take),
            _ => false,
        }
    }

    /// What approval rules may say about it, which are only loaded for these. What waits for a checker may wait for more of
    /// them.
    pub fn ruled_by(&self) -> &'static [Verb] {
        match self {
            Command::Create(new) if new.payee.brings_account() => &[Verb::Create, Verb::BankDetails],
            Command::ClaimLink(_) => &[Verb::BankDetails],
            Command::Create(_)
            | Command::CreateLink(_)
            | Command::CommitQuote(_)
            | Command::Decide(_)
            | Command::DecideLink(_) => &[Verb::Create],
            Command::Quote(new) if new.commit => &[Verb::Create],
            Command::ReplaceLink(_) => &[Verb::Create, Verb::Cancel],
            Command::Cancel(_) | Command::AskToCancel(_) | Command::CancelLink(_) => &[Verb::Cancel],
            Command::Reverse(_) => &[Verb::Reverse],
            Command::TopUp(_) => &[Verb::Adjustment],
            Command::Ask(ask) => ask.act.verb().alone(),
            Command::AnswerRequest(answer) => answer.act.verb().alone(),
            _ => &[],
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
            Command::ByHand(by_hand) => by_hand.action(),
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
            Command::Ask(_) => "approval.ask",
            Command::AnswerRequest(answer) if answer.approve => "approval.approve",
            Command::AnswerRequest(_) => "approval.send_back",
        }
    }

    /// The reason somebody gave.
    pub fn reason(&self) -> Option<String> {
        match self {
            Command::Cancel(cancel) => cancel.reason.clone(),
            Command::Decide(decide) => decide.note.clone(),
            Command::Reverse(reversal) => Some(reversal.reason.clone()),
            Command::AskToCancel(ask) => ask.reason.clone(),
            Command::ByHand(by_hand) => by_hand.reason(),
            Command::Settle(settle) => Some(settle.reason.clone()),
            Command::TopUp(top_up) => Some(format!("{}: {}", top_up.amount, top_up.remarks)),
            Command::Transfer(new) => Some(told(new.amount, new.reference.as_deref())),
            Command::SimulateTopUp(top_up) => Some(told(top_up.amount, Some(&top_up.reference))),
            Command::EndTransfer(end) => Some(end.state.name().to_owned()),
            Command::CancelLink(cancel) => cancel.reason.clone(),
            Command::ReplaceLink(replace) => replace.reason.clone(),
            Command::DecideLink(decide) => decide.note.clone(),
            Command::DeclineLink(decline) => decline.reason.clone(),
            Command::Ask(ask) => ask.act.reason().map(str::to_owned),
            Command::AnswerRequest(answer) => answer.note.clone(),
            _ => None,
        }
    }
}
