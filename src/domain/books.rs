//! The records one set of units works on, and the changes it makes to them.

pub mod approvals;
mod cases;
mod links;
mod news;
mod totals;
mod transfers;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::audit;
use super::batch::{ItemRef, ItemResult};
use super::caller::Caller;
use super::cancellation::Cancellation;
use super::case::{Case, Doubt, EndedDoubt};
use super::command::{IdempotencyKey, LinkRecord, PayoutRecord};
use super::credential::Spending;
use super::event::{Event, EventType, LinkEvent};
use super::freeze::Freezes;
use super::ids::{
    AccountId, CancellationId, CaseId, ClientId, CredentialId, HoldId, LedgerTransactionId, Mint, PayeeId, PayoutId,
    PayoutLinkId, ReversalId, StaffId, TransferId, WalletId,
};
use super::ledger::{Account, Kind, LedgerTransaction, Phase, Posting, PostingRow};
use super::manual;
use super::message::{Message, NewMessage};
use super::money::{Currency, Money};
use super::payee::Payee;
use super::payee_account::PayeeAccount;
use super::payout::{Payout, Refusal, Rule, State};
use super::payout_link::PayoutLink;
use super::quote::Quote;
use super::reversal::Reversal;
use super::transfer::Transfer;
use super::wallet::Wallet;
use super::webhook;
pub use approvals::Approvals;
pub use links::{LinkLine, link_bucket};
pub use totals::{CounterDelta, PaidDelta, PayeeDelta, SLOT, bucket};

/// What a set loaded, changed in memory unit by unit, so that units on one payout or wallet see each other.
#[derive(Debug, Default)]
pub struct Books {
    pub payouts: HashMap<PayoutId, PayoutRecord>,
    pub links: HashMap<PayoutLinkId, LinkRecord>,
    /// Names of the clients that new links are made for, and whose payouts and reversals payees are told of.
    pub clients: HashMap<ClientId, String>,
    pub wallets: HashMap<WalletId, Wallet>,
    pub payees: HashMap<PayeeId, Payee>,
    /// Accounts that are named, and of a payee without a named one the newest that is not switched off.
    pub accounts: HashMap<AccountId, PayeeAccount>,
    pub reversals: HashMap<ReversalId, Reversal>,
    pub cancellations: HashMap<CancellationId, Cancellation>,
    /// Quotes that are named, and those that hold a `client_transfer_id` which is.
    pub quotes: HashMap<PayoutId, Quote>,
    /// Names of requests that payouts of a dialect were made by, per client.
    pub request_ids: HashSet<(ClientId, String)>,
    /// Reversal transfer ids in use, per client.
    pub transfer_ids: HashSet<(ClientId, String)>,
    pub transfers: HashMap<TransferId, Transfer>,
    /// Cases that are settled.
    pub cases: HashMap<CaseId, Case>,
    /// What staff pay at the bank and say of it.
    pub by_hand: manual::Desk,
    pub keys: HashMap<(String, String, String), StoredKey>,
    /// Of the programs with caps that send out money.
    pub spending: HashMap<CredentialId, Spending>,
    /// Those that stand, for commands that they may stop.
    pub freezes: Freezes,
    pub approvals: Approvals,
    /// What the webhooks of each client want to be told of; clients without one are not in it.
    pub listeners: HashMap<ClientId, BTreeSet<webhook::Kind>>,
    /// Items of batches that are still to be done, of those that the units are.
    pub items: HashSet<ItemRef>,
    pub changes: Changes,
    /// What the unit at hand has changed so far that a webhook wants to know.
    news: Vec<webhook::News>,
    /// Doubts that the unit at hand began or ended.
    doubts: Vec<Doubt>,
    payouts_before: BTreeMap<PayoutId, Option<Payout>>,
    links_before: BTreeMap<PayoutLinkId, Option<PayoutLink>>,
    wallets_before: BTreeMap<WalletId, i64>,
}

/// Rows to write, in the order they came to be.
#[derive(Debug, Default)]
pub struct Changes {
    pub new_payees: Vec<Payee>,
    pub new_accounts: Vec<PayeeAccount>,
    /// Payees that are kept from now on, with when that was decided.
    pub saved_payees: BTreeMap<PayeeId, i64>,
    pub new_quotes: Vec<PayoutId>,
    /// Quotes whose payout was made.
    pub committed_quotes: Vec<PayoutId>,
    pub new_reversals: Vec<ReversalId>,
    pub changed_reversals: BTreeMap<ReversalId, i64>,
    pub new_cancellations: Vec<CancellationId>,
    pub changed_cancellations: BTreeMap<CancellationId, i64>,
    pub new_transfers: Vec<TransferId>,
    pub changed_transfers: BTreeMap<TransferId, i64>,
    pub new_cases: Vec<Case>,
    /// Doubts whose case stands in the database.
    pub ended_doubts: Vec<EndedDoubt>,
    /// Cases that two people settled; each one version above what was loaded.
    pub settled_cases: Vec<CaseId>,
    pub transactions: Vec<LedgerTransaction>,
    pub postings: Vec<PostingRow>,
    pub events: Vec<Event>,
    pub link_events: Vec<LinkEvent>,
    pub messages: Vec<Message>,
    pub webhook_events: Vec<webhook::Event>,
    pub audit: Vec<audit::Entry>,
    pub keys: Vec<StoredKey>,
    /// Programs with caps that sent something out.
    pub spending: BTreeSet<CredentialId>,
    /// Keys whose time is over and which are used anew.
    pub worn_keys: Vec<StoredKey>,
    /// What became of items of batches.
    pub items: Vec<ItemResult>,
}

/// An idempotency key with the first outcome, as the database keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredKey {
    #[serde(flatten)]
    pub key: IdempotencyKey,
    /// The outcome as JSON.
    pub outcome: String,
    pub created_at: i64,
}

/// What a ledger transaction is about, besides its postings.
#[derive(Debug, Clone, Default)]
pub struct About {
    pub payout_id: Option<PayoutId>,
    pub reversal_id: Option<ReversalId>,
    pub link_id: Option<PayoutLinkId>,
    pub transfer_id: Option<TransferId>,
    pub hold: Option<(HoldId, Phase)>,
    pub remarks: String,
    /// Who books it, when it is about no payout.
    pub booked_by: Option<StaffId>,
}

impl Books {
    /// The payout, if it exists and the caller may see it; otherwise "not found", the same for both.
    pub fn payout(&self, id: PayoutId, caller: &Caller) -> Result<&Payout, Refusal> {
        self.payouts
            .get(&id)
            .map(|record| &record.payout)
            .filter(|payout| caller.may_see(payout.client_id))
            .ok_or_else(|| Refusal::new(Rule::NotFound, "There is no such payout."))
    }

    /// The wallet of this number, open or closed, if the caller may see it.
    pub fn wallet(&self, number: i64, caller: &Caller) -> Result<&Wallet, Refusal> {
        self.wallets
            .values()
            .find(|wallet| wallet.number == number && caller.may_see(wallet.client_id))
            .ok_or_else(|| Refusal::new(Rule::WalletNotFound, "There is no such wallet."))
    }

    /// The wallet of this number, if the caller may see it, it is open, and it holds this currency.
    pub fn open_wallet(&self, number: i64, currency: Currency, caller: &Caller) -> Result<&Wallet, Refusal> {
        let wallet = self.wallet(number, caller)?;
        if wallet.closed_at.is_some() {
            return Err(Refusal::new(Rule::WalletClosed, format!("{} is closed.", wallet.name)));
        }
        if wallet.currency != currency {
            let (has, given) = (wallet.currency.code(), currency.code());
            return Err(Refusal::new(Rule::CurrencyMismatch, format!("{} holds {has}, not {given}.", wallet.name)));
        }
        Ok(wallet)
    }

    /// Refuses what would pass the caps of the program that asks. Comes before anything is changed; what is then done
    /// is counted by [`Books::spend`].
    pub fn check_caps(&self, caller: &Caller, amount: Money, now: i64) -> Result<(), Refusal> {
        match caller.credential().and_then(|id| self.spending.get(&id)) {
            Some(spending) => spending.check(amount, now),
            None => Ok(()),
        }
    }

    /// Counts what a program sends out, if it has caps. What comes back later is not taken off again.
    pub fn spend(&mut self, caller: &Caller, amount: Money, now: i64) {
        let spending = caller.credential().and_then(|id| self.spending.get_mut(&id));
        if let Some(spending) = spending {
            // One step for the whole set, as one write.
            if self.changes.spending.insert(spending.credential_id) {
                spending.version += 1;
            }
            spending.add(amount, now);
        }
    }

    /// The payout to change; its version rises once per call to [`Books::change`].
    pub fn change(&mut self, id: PayoutId, how: impl FnOnce(&mut Payout)) {
        let record = self.payouts.get_mut(&id).expect("a plan changes only what was loaded");
        self.payouts_before.entry(id).or_insert_with(|| Some(record.payout.clone()));
        record.payout.version += 1;
        let before = record.payout.outcome_unknown_since;
        how(&mut record.payout);
        record.payout.due_at = manual::due_at(&record.payout);
        // Most changes are no change of this, and an id in words costs something.
        if before.is_some() != record.payout.outcome_unknown_since.is_some() {
            let doubt = Books::payout_doubt(&record.payout);
            self.note_doubt(before, doubt);
        }
    }

    /// Moves only when a job looks again. Nobody who reads the payout sees that, so its version stays: forms made
    /// before still hold.
    pub fn look_again(&mut self, id: PayoutId, due_at: Option<i64>) {
        let record = self.payouts.get_mut(&id).expect("a plan changes only what was loaded");
        self.payouts_before.entry(id).or_insert_with(|| Some(record.payout.clone()));
        record.payout.due_at = due_at;
        record.payout.due_at = manual::due_at(&record.payout);
    }

    /// Adds a payout made by this set.
    pub fn add_payout(&mut self, mut record: PayoutRecord) {
        record.payout.due_at = manual::due_at(&record.payout);
        self.payouts_before.insert(record.payout.id, None);
        self.payouts.insert(record.payout.id, record);
    }

    /// Writes a line into the payout's history. Webhooks are told of the payout as it stands now, so a change of state
    /// comes first.
    pub fn event(&mut self, payout_id: PayoutId, caller: &Caller, now: i64, line: Line) {
        let record = self.payouts.get_mut(&payout_id).expect("events belong to loaded payouts");
        let event = Event {
            payout_id,
            seq: record.events.last().map_or(1, |last| last.seq + 1),
            event_type: line.event_type,
            from_state: line.from,
            to_state: line.to,
            actor_type: caller.actor_type().to_owned(),
            actor_name: caller.name().to_owned(),
            message: line.message,
            note: line.note,
            via: caller.via.name().to_owned(),
            request_id: caller.request_id.clone(),
            created_at: now,
        };
        record.events.push(event.clone());
        self.changes.events.push(event);
        if let Some(kind) = webhook::Kind::of_payout(line.event_type, line.to) {
            self.announce_payout(payout_id, kind, line.from, line.to);
        }
    }

    /// Keeps a payee from now on; nothing happens when it is kept already, or deleted.
    pub fn save_payee(&mut self, id: PayeeId, now: i64) {
        let known = self
            .payees
            .get(&id)
            .or_else(|| self.payouts.values().map(|record| &record.payee).find(|payee| payee.id == id));
        if known.is_none_or(|payee| payee.saved_at.is_some() || payee.deleted_at.is_some()) {
            return;
        }
        let new = self.changes.new_payees.iter_mut().find(|payee| payee.id == id);
        if let Some(new) = new {
            new.saved_at = Some(now);
        } else {
            self.changes.saved_payees.insert(id, now);
        }
        for payee in self.payouts.values_mut().map(|record| &mut record.payee).chain(self.payees.get_mut(&id)) {
            if payee.id == id {
                payee.saved_at = Some(now);
            }
        }
    }

    /// Queues a message; it is sent once this set has committed.
    pub fn tell(&mut self, mint: &mut Mint, message: NewMessage) {
        self.changes.messages.push(message.row(mint));
    }

    /// Posts one ledger transaction on a wallet and moves its two balances with it.
    ///
    /// Refused when the wallet has too little; nothing is changed then.
    pub fn post(
        &mut self,
        mint: &mut Mint,
        kind: Kind,
        wallet_id: WalletId,
        postings: impl IntoIterator<Item = Option<Posting>>,
        about: About,
    ) -> Result<(), Refusal> {
        let postings: Vec<Posting> = postings.into_iter().flatten().collect();
        assert!(!postings.is_empty(), "a ledger transaction moves something");
        let id = self.line(mint, kind, wallet_id, deltas(wallet_id, &postings), about)?;
        let rows = postings.iter().enumerate().map(|(position, posting)| posting.row(id, position));
        self.changes.postings.extend(rows);
        Ok(())
    }

    /// A line on a wallet's statement: its two balances move by these differences. The postings belong to it, or to
    /// the line of another wallet.
    fn line(
        &mut self,
        mint: &mut Mint,
        kind: Kind,
        wallet_id: WalletId,
        (available_delta, held_delta): (i64, i64),
        about: About,
    ) -> Result<LedgerTransactionId, Refusal> {
        let wallet = self.wallets.get_mut(&wallet_id).expect("a payout's wallet is loaded with it");
        let available = wallet.available_minor + available_delta;
        let held = wallet.held_minor + held_delta;
        if available < 0 || held < 0 {
            return Err(insufficient(wallet, -available_delta, None));
        }
        self.wallets_before.entry(wallet_id).or_insert(wallet.version);
        wallet.available_minor = available;
        wallet.held_minor = held;
        wallet.updated_at = mint.now();
        wallet.version += 1;
        let id = mint.next();
        self.changes.transactions.push(LedgerTransaction {
            id,
            kind,
            client_id: wallet.client_id,
            wallet_id,
            payout_id: about.payout_id,
            reversal_id: about.reversal_id,
            link_id: about.link_id,
            transfer_id: about.transfer_id,
            hold_id: about.hold.map(|(hold, _)| hold),
            hold_phase: about.hold.map(|(_, phase)| phase),
            currency: wallet.currency,
            available_delta_minor: available_delta,
            held_delta_minor: held_delta,
            available_after_minor: available,
            held_after_minor: held,
            remarks: about.remarks,
            booked_by: about.booked_by,
            created_at: mint.now(),
        });
        Ok(id)
    }

    /// Payouts made by this set.
    pub fn new_payouts(&self) -> impl Iterator<Item = &Payout> {
        self.payouts_before.iter().filter(|(_, before)| before.is_none()).map(|(id, _)| &self.payouts[id].payout)
    }

    /// Payouts changed by this set, as they were loaded and as they are now.
    pub fn changed_payouts(&self) -> impl Iterator<Item = (&Payout, &Payout)> {
        self.payouts_before
            .iter()
            .filter_map(|(id, before)| before.as_ref().map(|before| (before, &self.payouts[id].payout)))
    }

    /// Wallets changed by this set in id order, with the version they were loaded at.
    pub fn changed_wallets(&self) -> impl Iterator<Item = (&Wallet, i64)> {
        self.wallets_before.iter().map(|(id, version)| (&self.wallets[id], *version))
    }

    /// What programs with caps have sent out, as changed by this set; each one version above what was loaded.
    pub fn changed_spending(&self) -> impl Iterator<Item = &Spending> {
        self.changes.spending.iter().map(|id| &self.spending[id])
    }
}

/// A line for a payout's history.
#[derive(Debug)]
pub struct Line {
    pub event_type: EventType,
    pub from: Option<State>,
    pub to: State,
    pub message: String,
    pub note: Option<String>,
}

impl Line {
    /// A line that moves nothing.
    pub fn remark(event_type: EventType, state: State, message: impl Into<String>, note: Option<String>) -> Line {
        Line { event_type, from: Some(state), to: state, message: message.into(), note }
    }
}

fn deltas(wallet_id: WalletId, postings: &[Posting]) -> (i64, i64) {
    let (mut available, mut held) = (0, 0);
    for posting in postings {
        for (account, sign) in [(posting.from, -1), (posting.to, 1)] {
            match account {
                Account::Available(id) if id == wallet_id => available += sign * posting.amount.minor,
                Account::Held(id) if id == wallet_id => held += sign * posting.amount.minor,
                _ => {}
            }
        }
    }
    (available, held)
}

/// The refusal of a wallet that has less available than is needed, also with what an old link gives back.
pub(super) fn insufficient(wallet: &Wallet, needed_minor: i64, comes_back: Option<Money>) -> Refusal {
    let needed = Money::new(needed_minor, wallet.currency);
    let besides = comes_back.filter(|money| money.minor > 0);
    let besides = besides.map(|money| format!(" and {money} of the old link")).unwrap_or_default();
    Refusal::new(
        Rule::InsufficientFunds,
        format!("{} has {}{besides} available; {needed} is needed.", wallet.name, wallet.available()),
    )
    .instead("Top up the wallet, or pay less.")
}
