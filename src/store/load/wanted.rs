//! What the units of a set name, and so what has to be read before they are planned.

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;

use crate::domain::approval::Act;
use crate::domain::case::Kind;
use crate::domain::command::{Command, IdempotencyKey, PayeeChoice, PayoutRecord, Unit};
use crate::domain::freeze::State;
use crate::domain::ids::{AccountId, PayeeId, PayoutId};
use crate::domain::payee::PayeeDetails;
use crate::domain::payout::Origin;
use crate::store::load_approvals::WantedApprovals;
use crate::store::load_cases::WantedCases;
use crate::store::load_items::WantedItems;
use crate::store::load_links::WantedLinks;
use crate::store::load_quotes::WantedQuotes;
use crate::store::load_transfers::WantedTransfers;
use crate::store::manual::WantedManual;
use crate::store::sql::Value;

/// What the units of a set name.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    payouts: BTreeSet<String>,
    asks: BTreeSet<String>,
    wallets: BTreeSet<i64>,
    references: Vec<Reference<'a>>,
    payees: BTreeSet<Chosen>,
    fingerprints: Vec<Fingerprint<'a>>,
    reversals: BTreeSet<String>,
    transfers: Vec<Transfer<'a>>,
    keys: Vec<&'a IdempotencyKey>,
    /// Programs that send out money.
    spenders: BTreeSet<String>,
    /// The state of the freezes that are wanted; empty when none can stop any of it.
    pub freezes: BTreeSet<&'static str>,
    pub links: WantedLinks<'a>,
    pub quotes: WantedQuotes<'a>,
    pub moves: WantedTransfers,
    pub items: WantedItems,
    pub cases: WantedCases,
    pub approvals: WantedApprovals,
    pub by_hand: WantedManual,
}

#[derive(Debug, Serialize)]
struct Reference<'a> {
    wallet: i64,
    reference: &'a str,
}

/// A saved payee, and which of its accounts; none wants the newest that is not switched off.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Chosen {
    payee: String,
    account: Option<String>,
}

#[derive(Debug, Serialize)]
struct Fingerprint<'a> {
    wallet: i64,
    #[serde(flatten)]
    of: Fingerprints<'a>,
}

/// What finds a payee and its account again.
#[derive(Debug, Serialize)]
pub struct Fingerprints<'a> {
    fingerprint: &'a str,
    account: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Transfer<'a> {
    payout: String,
    transfer: &'a str,
}

impl<'a> Wanted<'a> {
    pub fn of(units: &[&'a Unit]) -> Wanted<'a> {
        let mut wanted = Wanted::default();
        for unit in units {
            wanted.keys.extend(&unit.key);
            wanted.payouts.extend(unit.command.payout_id().map(|id| id.to_string()));
            wanted.links.add(unit);
            wanted.quotes.add(unit);
            wanted.moves.add(unit);
            wanted.items.add(unit);
            wanted.cases.add(unit);
            wanted.approvals.add(unit);
            wanted.by_hand.add(unit);
            let spender = unit.caller.credential().filter(|_| unit.command.spends());
            wanted.spenders.extend(spender.map(|id| id.to_string()));
            if unit.command.may_be_frozen() {
                wanted.freezes.insert(State::Active.name());
            }
            match &unit.command {
                Command::Create(new) => {
                    wanted.wallets.insert(new.wallet_number);
                    if new.terms.origin == Origin::Desk {
                        wanted.references.push(Reference { wallet: new.wallet_number, reference: &new.reference_id });
                    }
                    match &new.payee {
                        PayeeChoice::Saved(id, account) => {
                            wanted.payees.insert(Chosen::of(*id, *account));
                        }
                        PayeeChoice::Inline(details) => {
                            let of = Fingerprints::of(details);
                            wanted.fingerprints.push(Fingerprint { wallet: new.wallet_number, of });
                        }
                    }
                }
                Command::Reverse(new) => {
                    let transfer = new.client_transfer_id.as_deref();
                    wanted
                        .transfers
                        .extend(transfer.map(|transfer| Transfer { payout: new.payout_id.to_string(), transfer }));
                }
                Command::ReversalNews(news) => {
                    wanted.reversals.insert(news.reversal_id.to_string());
                }
                Command::AskToCancel(_) | Command::CancellationNews(_) => {
                    wanted.asks.extend(unit.command.payout_id().map(|id| id.to_string()));
                }
                Command::ByHand(by_hand) => {
                    wanted.asks.insert(by_hand.payout_id.to_string());
                    wanted.reversals.extend(WantedManual::reversal(by_hand));
                }
                Command::Settle(settle) => match settle.kind {
                    Kind::UnknownReversal => {
                        wanted.reversals.insert(settle.subject_id.clone());
                    }
                    // What ends by it may end an open question too.
                    Kind::UnansweredCancellation | Kind::UnknownPayout => {
                        wanted.asks.insert(settle.payout_id.to_string());
                    }
                    Kind::PaidAfterRefund | Kind::FailedAfterPaid => {}
                },
                Command::Quote(new) => {
                    wanted.wallets.insert(new.wallet_number);
                    wanted.payees.insert(Chosen::of(new.payee_id, new.account_id));
                }
                Command::CommitQuote(commit) => {
                    wanted.wallets.insert(commit.wallet_number);
                    wanted.payees.insert(Chosen::of(commit.payee_id, commit.account_id));
                }
                Command::TopUp(top_up) => {
                    wanted.wallets.insert(top_up.wallet_number);
                }
                Command::Transfer(new) => wanted.wallets.extend([new.source_number, new.target_number]),
                Command::SimulateTopUp(top_up) => {
                    wanted.wallets.insert(top_up.wallet_number);
                }
                Command::EndTransfer(end) => {
                    wanted.wallets.insert(end.wallet_number);
                }
                Command::CreateLink(create) => {
                    wanted.wallets.insert(create.new.wallet_number);
                    let contact = create.new.contact.id;
                    wanted.payees.extend(contact.map(|id| Chosen { payee: id.to_string(), account: None }));
                }
                Command::Ask(ask) => wanted.act(&ask.act),
                Command::AnswerRequest(answer) => wanted.act(&answer.act),
                // What ends, or was never taken, leaves no question open.
                Command::Advance(advance) if advance.news.ends_questions() => {
                    wanted.asks.insert(advance.payout_id.to_string());
                }
                // Named by their ids alone.
                _ => {}
            }
        }
        wanted
    }

    /// The wallets of payouts that a reader has seen: their balances are always read.
    pub fn add_wallets_of(&mut self, seen: &[&PayoutRecord]) {
        self.wallets.extend(seen.iter().map(|record| record.wallet_number));
    }

    /// Payouts that need not be read.
    pub fn leave_out(&mut self, ids: &HashSet<PayoutId>) {
        for id in ids {
            self.payouts.remove(&id.to_string());
        }
    }

    /// What doing it needs besides what it names by its id.
    fn act(&mut self, act: &Act) {
        self.wallets.extend(act.wallet_number());
        if let Act::AskToCancel { payout_id, .. } = act {
            self.asks.insert(payout_id.to_string());
        }
    }

    /// One JSON array for each part of the query, in order.
    pub fn values(&self) -> Vec<Value> {
        #[derive(Serialize)]
        struct Number {
            number: i64,
        }
        let wallets: Vec<Number> = self.wallets.iter().map(|number| Number { number: *number }).collect();
        vec![
            Value::json(&self.payouts),
            Value::json(&self.references),
            Value::json(&wallets),
            Value::json(&self.payees),
            Value::json(&self.fingerprints),
            Value::json(&self.reversals),
            Value::json(&self.transfers),
            Value::json(&self.asks),
            Value::json(&self.keys),
            Value::json(&self.spenders),
            Value::json(&self.freezes),
        ]
    }
}

impl Chosen {
    fn of(payee: PayeeId, account: Option<AccountId>) -> Chosen {
        Chosen { payee: payee.to_string(), account: account.map(|account| account.to_string()) }
    }
}

impl<'a> Fingerprints<'a> {
    pub fn of(details: &'a PayeeDetails) -> Fingerprints<'a> {
        let account = details.account.as_ref().map(|account| account.fingerprint.as_str());
        Fingerprints { fingerprint: &details.fingerprint, account }
    }
}
