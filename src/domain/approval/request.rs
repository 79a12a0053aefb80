//! What waits for a yes before it is done: cancelling, reversing, booking money, using an account or a credential.

use serde::{Deserialize, Serialize};

use super::{Approval, ApprovalRule, Need, Person, Verb, names, needed_of};
use crate::domain::batch;
use crate::domain::caller::{Caller, Via, Who};
use crate::domain::command::{AskToCancel, Cancel, CancelLink, Command, NewReversal, TopUp};
use crate::domain::ids::{
    AccountId, ApprovalRequestId, ApprovalRuleId, BatchId, ClientId, CredentialId, PayeeId, PayoutId, PayoutLinkId,
    StaffId,
};
use crate::domain::maker::Maker;
use crate::domain::money::{Currency, Money};
use crate::domain::payout::{CancelPolicy, Refusal, Rule};
use crate::domain::payout_link::LinkPolicy;
use crate::domain::staff::{Operation, Role};

/// `open` until enough have approved it, one has sent it back, what it is about has changed, or its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    Open,
    Approved,
    SentBack,
    Stale,
    Expired,
}

/// What is done once it is approved. Bound to the version that was shown, where what was shown has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    Cancel {
        payout_id: PayoutId,
        reason: Option<String>,
        version: i64,
    },
    /// Asking the provider, which has the payout.
    AskToCancel {
        payout_id: PayoutId,
        reason: Option<String>,
        version: i64,
    },
    CancelLink {
        link_id: PayoutLinkId,
        reason: Option<String>,
        version: i64,
    },
    Reverse {
        payout_id: PayoutId,
        amount_minor: i64,
        reason: String,
        statement: Option<String>,
        notify: bool,
        version: i64,
        /// What it counts as for rules, said when it was asked for: see [`super::reversal_amounts`].
        #[serde(default)]
        counts: Vec<Money>,
    },
    TopUp {
        wallet_number: i64,
        amount_minor: i64,
        currency: Currency,
        remarks: String,
    },
    /// Its count was typed already.
    StartBatch {
        batch_id: BatchId,
        reason: Option<String>,
        verb: batch::Verb,
        version: i64,
    },
    /// An account that stands switched off until then.
    UseAccount {
        account_id: AccountId,
        payee_id: PayeeId,
    },
    /// A new credential, of which nothing works until then.
    UseCredential {
        credential_id: CredentialId,
    },
    /// Another secret or certificate of a credential; the one before goes on as it was until then, and for so many hours
    /// after.
    UseSecret {
        credential_id: CredentialId,
        overlap_hours: i64,
    },
}

/// What an answer is decided by: all that stands now.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// What rules ask for now.
    pub need: Option<&'a Need>,
    pub people: &'a [Person],
    pub given: &'a [Approval],
}

/// What one more answer comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It ends without being done, and why.
    End(RequestState, String),
    /// A yes that is not the last one.
    More,
    /// It is to be done now; the names of all who said yes.
    Do(String),
}

/// A request as it stands. Times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub id: ApprovalRequestId,
    pub verb: Verb,
    /// The payout, payout link or wallet it is about.
    pub subject_id: String,
    pub client_id: Option<ClientId>,
    pub currency: Option<Currency>,
    pub amount_minor: Option<i64>,
    /// For example `Cancel payout INV-7`.
    pub title: String,
    /// What was shown: a JSON array of pairs of label and text.
    pub facts: String,
    /// [`Act`] as JSON.
    pub act: String,
    pub people: i64,
    pub role: Role,
    /// The rules that asked for it, as a JSON array of their ids.
    pub rules: String,
    pub reason: Option<String>,
    pub maker_staff_id: StaffId,
    pub maker_name: String,
    pub state: RequestState,
    /// Why it ended as it did.
    pub answer: Option<String>,
    pub ended_at: Option<i64>,
    pub expires_at: i64,
    pub version: i64,
}

/// How long people have to answer, in microseconds: 30 days.
const ANSWER_TIME: i64 = 30 * 24 * 3_600 * 1_000_000;

impl RequestState {
    pub const ALL: [RequestState; 5] = [
        RequestState::Open,
        RequestState::Approved,
        RequestState::SentBack,
        RequestState::Stale,
        RequestState::Expired,
    ];

    pub fn name(self) -> &'static str {
        match self {
            RequestState::Open => "open",
            RequestState::Approved => "approved",
            RequestState::SentBack => "sent_back",
            RequestState::Stale => "stale",
            RequestState::Expired => "expired",
        }
    }

    pub fn from_name(name: &str) -> Option<RequestState> {
        RequestState::ALL.into_iter().find(|state| state.name() == name)
    }

    /// What became of it, to follow "it" in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            RequestState::Open => "waits",
            RequestState::Approved => "is approved and done",
            RequestState::SentBack => "was sent back",
            RequestState::Stale => "ended because what it is about has changed",
            RequestState::Expired => "has expired",
        }
    }
}

impl Act {
    pub fn verb(&self) -> Verb {
        match self {
            Act::Cancel { .. } | Act::AskToCancel { .. } | Act::CancelLink { .. } => Verb::Cancel,
            Act::Reverse { .. } => Verb::Reverse,
            Act::TopUp { .. } => Verb::Adjustment,
            Act::StartBatch { .. } => Verb::Batch,
            Act::UseAccount { .. } => Verb::BankDetails,
            Act::UseCredential { .. } | Act::UseSecret { .. } => Verb::NewCredential,
        }
    }

    /// What whoever asks for it has to be allowed to do.
    pub fn operation(&self) -> Operation {
        match self {
            Act::Cancel { .. } | Act::AskToCancel { .. } => Operation::CancelPayout,
            Act::CancelLink { .. } => Operation::CancelLink,
            Act::Reverse { .. } => Operation::ReversePayout,
            Act::TopUp { .. } => Operation::ManageWallets,
            Act::StartBatch { verb, .. } => verb.operation(),
            Act::UseAccount { .. } => Operation::ChangePayees,
            Act::UseCredential { .. } | Act::UseSecret { .. } => Operation::ManageCredentials,
        }
    }

    pub fn payout_id(&self) -> Option<PayoutId> {
        match self {
            Act::Cancel { payout_id, .. } | Act::AskToCancel { payout_id, .. } | Act::Reverse { payout_id, .. } => {
                Some(*payout_id)
            }
            _ => None,
        }
    }

    pub fn link_id(&self) -> Option<PayoutLinkId> {
        match self {
            Act::CancelLink { link_id, .. } => Some(*link_id),
            _ => None,
        }
    }

    pub fn wallet_number(&self) -> Option<i64> {
        match self {
            Act::TopUp { wallet_number, .. } => Some(*wallet_number),
            _ => None,
        }
    }

    /// The reason that whoever asks for it gave.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Act::Cancel { reason, .. } | Act::AskToCancel { reason, .. } | Act::CancelLink { reason, .. } => {
                reason.as_deref()
            }
            Act::Reverse { reason, .. } => Some(reason),
            Act::StartBatch { reason, .. } => reason.as_deref(),
            Act::UseAccount { .. } | Act::UseCredential { .. } | Act::UseSecret { .. } => None,
            Act::TopUp { remarks, .. } => Some(remarks),
        }
    }

    /// The very command that is done without a rule; none for a change that is no unit.
    pub fn command(&self) -> Option<Command> {
        Some(match self.clone() {
            Act::Cancel { payout_id, reason, version } => {
                Command::Cancel(Cancel { payout_id, policy: CancelPolicy::DESK, reason, version: Some(version) })
            }
            Act::AskToCancel { payout_id, reason, .. } => Command::AskToCancel(AskToCancel { payout_id, reason }),
            Act::CancelLink { link_id, reason, version } => {
                Command::CancelLink(CancelLink { link_id, policy: LinkPolicy::DESK, reason, version: Some(version) })
            }
            Act::Reverse { payout_id, amount_minor, reason, statement, notify, version, .. } => {
                Command::Reverse(Box::new(NewReversal {
                    payout_id,
                    amount_minor: Some(amount_minor),
                    reason,
                    client_transfer_id: None,
                    statement_description: statement,
                    metadata: None,
                    notify,
                    version: Some(version),
                }))
            }
            Act::TopUp { wallet_number, amount_minor, currency, remarks } => {
                Command::TopUp(TopUp { wallet_number, amount: Money::new(amount_minor, currency), remarks })
            }
            Act::StartBatch { .. } | Act::UseAccount { .. } | Act::UseCredential { .. } | Act::UseSecret { .. } => {
                return None;
            }
        })
    }
}

/// What is to be done, what it is about, and what was shown of it.
#[derive(Debug, Clone)]
pub struct Proposal {
    pub act: Act,
    pub subject_id: String,
    pub client_id: Option<ClientId>,
    pub amount: Option<Money>,
    pub title: String,
    /// Label and text.
    pub facts: Vec<(&'static str, String)>,
}

impl Request {
    /// A new one, open from now on. Errors: the caller is no person, nor a program of one.
    pub fn open(
        id: ApprovalRequestId,
        caller: &Caller,
        about: Proposal,
        need: &Need,
        now: i64,
    ) -> Result<Request, Refusal> {
        let maker_staff_id =
            caller.person().ok_or_else(|| Refusal::new(Rule::Forbidden, "Only a person can ask for it."))?;
        Ok(Request {
            id,
            verb: about.act.verb(),
            subject_id: about.subject_id,
            client_id: about.client_id,
            currency: about.amount.map(|amount| amount.currency),
            amount_minor: about.amount.map(|amount| amount.minor),
            title: about.title,
            facts: json(&about.facts),
            act: json(&about.act),
            people: need.people,
            role: need.role,
            rules: json(&need.rules),
            reason: about.act.reason().map(str::to_owned),
            maker_staff_id,
            maker_name: caller.name().to_owned(),
            state: RequestState::Open,
            answer: None,
            ended_at: None,
            expires_at: now + ANSWER_TIME,
            version: 1,
        })
    }

    pub fn amount(&self) -> Option<Money> {
        Some(Money::new(self.amount_minor?, self.currency?))
    }

    /// What these rules ask for now. The start of a batch is asked about elsewhere, by its items.
    pub fn needs(&self, rules: &[ApprovalRule]) -> Option<Need> {
        let amounts = match self.act() {
            Some(Act::Reverse { counts, .. }) if !counts.is_empty() => counts,
            _ => self.amount().into_iter().collect(),
        };
        needed_of(rules, self.verb, self.client_id, amounts)
    }

    /// What was fixed when it was asked for.
    pub fn need(&self) -> Need {
        let rules: Vec<ApprovalRuleId> = serde_json::from_str(&self.rules).unwrap_or_default();
        Need { people: self.people, role: self.role, rules }
    }

    /// Label and text of what was shown.
    pub fn facts(&self) -> Vec<(String, String)> {
        serde_json::from_str(&self.facts).unwrap_or_default()
    }

    /// What is done once it is approved; none when it was written by another version of the program.
    pub fn act(&self) -> Option<Act> {
        serde_json::from_str(&self.act).ok()
    }

    pub fn maker(&self) -> Maker {
        Maker { staff_id: self.maker_staff_id, credential_id: None, credential_creator_id: None }
    }

    /// Whoever asked for it, with the role they have now: what is approved is done as theirs.
    pub fn asker(&self, role: Role, request_id: &str) -> Caller {
        let who = Who::Staff { id: self.maker_staff_id, name: self.maker_name.clone(), role };
        Caller { who, via: Via::Page, ip: None, request_id: request_id.to_owned() }
    }

    /// What this answer comes to, before anything is done.
    pub fn decide(
        &self,
        caller: &Caller,
        (approve, note, version): (bool, Option<&str>, Option<i64>),
        act: &Act,
        known: &Known<'_>,
        now: i64,
    ) -> Result<Decision, Refusal> {
        self.check_open()?;
        if version.is_some_and(|seen| seen != self.version) {
            return Err(Refusal::new(Rule::Stale, "It changed while you were reading.")
                .instead("Look at the new facts, then decide again."));
        }
        if now >= self.expires_at {
            return Ok(Decision::End(RequestState::Expired, "Nobody answered in time.".to_owned()));
        }
        if !approve {
            let verb = if caller.person() == Some(self.maker_staff_id) { "Taken back" } else { "Sent back" };
            let note = note.map_or_else(String::new, |note| format!(": {note}"));
            return Ok(Decision::End(RequestState::SentBack, format!("{verb} by {}{note}", caller.name())));
        }
        let need = known.need.cloned().into_iter().fold(self.need(), Need::and);
        let count = need.count(caller, &self.maker(), known.people, known.given, 0)?;
        if !count.is_enough() {
            return Ok(Decision::More);
        }
        // Who asked may have lost their role since, or left.
        let asker = known.people.iter().find(|person| person.id == self.maker_staff_id);
        if !asker.is_some_and(|person| person.role.may(act.operation())) {
            let why = format!("{} may not {} any more.", self.maker_name, act.operation().words());
            return Ok(Decision::End(RequestState::Stale, why));
        }
        let mut by: Vec<&str> = count.before.iter().map(String::as_str).collect();
        by.push(caller.name());
        Ok(Decision::Do(names(&by)))
    }

    /// Refuses an answer to what has ended.
    pub fn check_open(&self) -> Result<(), Refusal> {
        match self.state {
            RequestState::Open => Ok(()),
            state => Err(Refusal::new(
                Rule::NotWaitingForApproval,
                format!("It does not wait for approval: it {}.", state.words()),
            )),
        }
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and integers")
}
