//! Why something may not be done: the rule, and one sentence for people.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why something may not be done, and what can be done instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub rule: Rule,
    /// One sentence for people.
    pub reason: String,
    /// What to do instead, when there is something.
    pub instead: Option<String>,
    /// The state the record was found in, by its name in `/api/v1`, where a dialect's words need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// What is wrong point by point, member and fact, where a dialect lists it: `amount: must be more than 0`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// An earlier refusal told again, because its idempotency key came again.
    #[serde(skip)]
    pub replayed: bool,
}

/// The rule behind a refusal; each API gives it its own code and words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    NotFound,
    WalletNotFound,
    PayeeNotFound,
    /// It is switched off.
    PayeeInactive,
    /// Another payee of the client has the same details.
    PayeeExists,
    AccountNotFound,
    /// It is switched off.
    AccountInactive,
    AlreadyCompleted,
    NotCancellable,
    WrongState,
    NotWaitingForApproval,
    MakerIsChecker,
    Stale,
    InsufficientFunds,
    WalletClosed,
    /// From a wallet to itself.
    SameWallet,
    CurrencyMismatch,
    AmountOutOfRange,
    ReferenceTaken,
    KeyReused,
    NotReversible,
    FullyReversed,
    ReversalTooLarge,
    TransferIdTaken,
    /// The rate of a quote was promised for a time that is over.
    QuoteExpired,
    CancellationOpen,
    LinkNotFound,
    LinkNotCancellable,
    /// It cannot be claimed or declined: the state says why.
    LinkNotClaimable,
    /// Its time is over, even if no job has written that down yet.
    LinkExpired,
    /// Another link of the client was made with this `request_id`, with other data.
    RequestIdTaken,
    /// The payer cannot bear all charges of this payment.
    ChargeBearer,
    /// The money would have to be exchanged, and no reason for that was given.
    ExchangeReasonRequired,
    /// The account of the payee takes another currency.
    PayeeCurrencyMismatch,
    /// The country it goes to wants a reason, and none was given.
    ReasonRequired,
    /// The end of its time is too near, or not after the one it has.
    ExpiryTooSoon,
    /// The client has as many webhooks as its dialect allows.
    WebhookLimit,
    /// As many secrets of a webhook are good at the same time as its dialect allows.
    SecretLimit,
    Forbidden,
    /// What was sent cannot be used as it is; the details say what of it. Remembered only where a contract wants that.
    Invalid,
    /// The program would send out more than its credential's caps allow.
    OverCap,
    /// A freeze stands in the way.
    Frozen,
    /// It could not be written; nothing of it was done.
    NotDone,
    /// The key came again, but what is stored of its first outcome cannot be read.
    OutcomeLost,
}

impl Refusal {
    pub fn new(rule: Rule, reason: impl Into<String>) -> Refusal {
        Refusal { rule, reason: reason.into(), instead: None, state: None, details: Vec::new(), replayed: false }
    }

    /// What was sent cannot be used: each member's name with what is wrong, to be read after the name.
    pub fn invalid<N: fmt::Display, M: fmt::Display>(points: impl IntoIterator<Item = (N, M)>) -> Refusal {
        let mut refusal = Refusal::new(Rule::Invalid, "");
        for (name, message) in points {
            if refusal.details.is_empty() {
                refusal.reason = format!("{name} {message}");
            }
            refusal.details.push(format!("{name}: {message}"));
        }
        refusal
    }

    pub fn key_reused() -> Refusal {
        Refusal::new(Rule::KeyReused, "This Idempotency-Key was used for another request.")
            .instead("Use a new key for a new request.")
    }

    /// Says which state the record was found in.
    pub fn found(mut self, state: &str) -> Refusal {
        self.state = Some(state.to_owned());
        self
    }

    /// Adds a point to [`Refusal::details`].
    pub fn detail(mut self, point: impl Into<String>) -> Refusal {
        self.details.push(point.into());
        self
    }

    pub fn instead(mut self, what: impl Into<String>) -> Refusal {
        self.instead = Some(what.into());
        self
    }
}

impl Rule {
    /// The stable code of the rule in the audit log and in problem documents.
    pub fn code(self) -> &'static str {
        match self {
            Rule::NotFound => "not_found",
            Rule::WalletNotFound => "wallet_not_found",
            Rule::PayeeNotFound => "payee_not_found",
            Rule::PayeeInactive => "payee_inactive",
            Rule::PayeeExists => "payee_exists",
            Rule::AccountNotFound => "account_not_found",
            Rule::AccountInactive => "account_inactive",
            Rule::AlreadyCompleted => "already_completed",
            Rule::NotCancellable => "not_cancellable",
            Rule::WrongState => "wrong_state",
            Rule::NotWaitingForApproval => "not_waiting_for_approval",
            Rule::MakerIsChecker => "maker_is_checker",
            Rule::Stale => "stale",
            Rule::InsufficientFunds => "insufficient_funds",
            Rule::WalletClosed => "wallet_closed",
            Rule::SameWallet => "same_wallet",
            Rule::CurrencyMismatch => "currency_mismatch",
            Rule::AmountOutOfRange => "amount_out_of_range",
            Rule::ReferenceTaken => "reference_taken",
            Rule::KeyReused => "key_reused",
            Rule::NotReversible => "not_reversible",
            Rule::FullyReversed => "fully_reversed",
            Rule::ReversalTooLarge => "reversal_too_large",
            Rule::TransferIdTaken => "transfer_id_taken",
            Rule::QuoteExpired => "quote_expired",
            Rule::CancellationOpen => "cancellation_open",
            Rule::LinkNotFound => "link_not_found",
            Rule::LinkNotCancellable => "link_not_cancellable",
            Rule::LinkNotClaimable => "link_not_claimable",
            Rule::LinkExpired => "link_expired",
            Rule::RequestIdTaken => "request_id_taken",
            Rule::ChargeBearer => "charge_bearer",
            Rule::ExchangeReasonRequired => "exchange_reason_required",
            Rule::PayeeCurrencyMismatch => "payee_currency_mismatch",
            Rule::ReasonRequired => "reason_required",
            Rule::ExpiryTooSoon => "expiry_too_soon",
            Rule::WebhookLimit => "webhook_limit",
            Rule::SecretLimit => "secret_limit",
            Rule::Forbidden => "forbidden",
            Rule::Invalid => "invalid",
            Rule::OverCap => "over_cap",
            Rule::Frozen => "frozen",
            Rule::NotDone => "not_done",
            Rule::OutcomeLost => "outcome_lost",
        }
    }
}
