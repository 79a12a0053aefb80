//! What a batch would do, said of each item by the same checks that its act goes through; the plan of each item decides
//! again when it is done.

use serde::{Deserialize, Serialize};

use super::Verb;
use crate::domain::approval::{Approval, Count, Need, Person, counted, reversal_amounts};
use crate::domain::caller::Caller;
use crate::domain::freeze::{Freezes, Stop};
use crate::domain::ids::{ClientId, WalletId};
use crate::domain::money::Money;
use crate::domain::payout::{CancelPolicy, Payout, Refusal, Rule, Step};

/// What a batch would do, added up while it is sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub groups: Vec<Group>,
    pub wallets: Vec<WalletSum>,
    /// How often something was named that is in the batch already.
    pub repeats: i64,
    /// Of what would be done, for each client the largest that rules compare: they ask for the batch what they ask for
    /// that.
    #[serde(default)]
    pub largest: Vec<Largest>,
}

/// The largest amount in a currency that an item of a client counts as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Largest {
    pub client_id: ClientId,
    pub amount: Money,
}

/// Items with the same fate, and for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub fate: Fate,
    /// Why not, with what to do instead; or what is to be said of what is done.
    pub reason: Option<String>,
    pub items: i64,
    /// One per currency.
    pub sums: Vec<Money>,
}

/// What a wallet gets at once, or gives when below zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletSum {
    pub wallet_id: WalletId,
    pub items: i64,
    pub change_minor: i64,
}

/// What will become of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Done at once.
    Now,
    /// The provider has it and is asked.
    Ask,
    Cannot,
}

/// What sorting says of one payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sorted {
    pub fate: Fate,
    pub refusal: Option<Refusal>,
    /// Said of what is done, where there is more to say.
    pub note: Option<String>,
    /// What the act is about: amount and fees, or what is left to reverse.
    pub money: Money,
    pub wallet_id: WalletId,
    /// What the wallet gets back, or gives when below zero; for a reversal once the provider brings it.
    pub change_minor: i64,
    /// Binds the act to what was shown, where what was shown may change.
    pub version: Option<i64>,
    pub client_id: ClientId,
    /// What it counts as for rules on the act.
    pub counts: Vec<Money>,
}

/// What is looked at beside the payout itself.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The provider was asked to stop it and has not answered yet.
    pub asked: bool,
    /// Those that stand.
    pub freezes: &'a Freezes,
    /// Of a payout that waits for approval, when it is to be approved.
    pub ballot: Option<Ballot<'a>>,
}

/// How far the approval of a payout has come.
#[derive(Debug)]
pub struct Ballot<'a> {
    pub need: Need,
    pub people: &'a [Person],
    pub given: &'a [Approval],
    /// The number of what is shown now.
    pub shown: i64,
}

/// The most groups with a reason of their own; further reasons are told with each item.
const MOST_GROUPS: usize = 24;
const OTHER_REASONS: &str = "Other reasons; each is told with its item.";

/// What the verb would do to a payout now, for this caller.
///
/// What a freeze in force would refuse cannot be done, as long as it stands.
pub fn sort(verb: Verb, caller: &Caller, payout: &Payout, facts: &Facts<'_>) -> Sorted {
    let (asked, freezes) = (facts.asked, facts.freezes);
    let sorted = |fate, refusal, money, change_minor, version| Sorted {
        fate,
        refusal,
        note: None,
        money,
        wallet_id: payout.wallet_id,
        change_minor,
        version,
        client_id: payout.client_id,
        counts: match verb {
            Verb::Reverse => reversal_amounts(payout, payout.reversible().minor),
            _ => vec![payout.amount()],
        },
    };
    let held = if payout.hold_id.is_some() { payout.total().minor } else { 0 };
    match verb {
        Verb::Cancel => match payout.check(Step::Cancel, CancelPolicy::DESK) {
            Ok(_) => sorted(Fate::Now, None, payout.total(), held, None),
            Err(_) if asked => sorted(Fate::Cannot, Some(Refusal::asked_already()), payout.total(), 0, None),
            Err(refusal) => match payout.check(Step::AskToCancel, CancelPolicy::DESK) {
                Ok(_) => sorted(Fate::Ask, None, payout.total(), 0, None),
                Err(_) => sorted(Fate::Cannot, Some(refusal), payout.total(), 0, None),
            },
        },
        Verb::Approve => {
            let checked = payout
                .check(Step::Approve, CancelPolicy::DESK)
                .and_then(|_| payout.check_checker(caller))
                .and_then(|()| freezes.check_caller(caller, Stop::Approve))
                .and_then(|()| freezes.check_payout(payout, Stop::Approve))
                .and_then(|()| facts.ballot.as_ref().map(|ballot| ballot.count(caller, payout)).transpose());
            match checked {
                // A yes that is not the last one moves nothing.
                Ok(Some(count)) if !count.is_enough() => Sorted {
                    note: Some(counted(count.left())),
                    ..sorted(Fate::Now, None, payout.total(), 0, Some(payout.version))
                },
                Ok(_) => sorted(Fate::Now, None, payout.total(), held - payout.total().minor, Some(payout.version)),
                Err(refusal) => sorted(Fate::Cannot, Some(refusal), payout.total(), 0, None),
            }
        }
        Verb::Reverse => match payout.check(Step::Reverse, CancelPolicy::DESK) {
            Ok(_) => {
                let left = payout.reversible();
                // What is asked for is the amount shown; when less is left by then, it is refused.
                sorted(Fate::Now, None, left, in_the_wallets_currency(payout, left.minor), None)
            }
            Err(refusal) => sorted(Fate::Cannot, Some(refusal), payout.destination(), 0, None),
        },
        Verb::CreatePayouts | Verb::CreateLinks => {
            let refusal = Refusal::new(Rule::WrongState, "It exists already.");
            sorted(Fate::Cannot, Some(refusal), payout.total(), 0, None)
        }
    }
}

impl Ballot<'_> {
    fn count(&self, caller: &Caller, payout: &Payout) -> Result<Count, Refusal> {
        self.need.count(caller, &payout.maker(), self.people, self.given, self.shown)
    }
}

/// A part of what the payee got, as the wallet paid for it; rounded down.
fn in_the_wallets_currency(payout: &Payout, minor: i64) -> i64 {
    let product = i128::from(payout.amount_minor) * i128::from(minor);
    (product / i128::from(payout.destination_minor)) as i64
}

impl Summary {
    pub fn add(&mut self, sorted: &Sorted) {
        let reason = sorted.refusal.as_ref().map(in_full).or_else(|| sorted.note.clone());
        self.group(sorted.fate, reason, Some(sorted.money));
        if sorted.fate != Fate::Cannot {
            sorted.counts.iter().for_each(|amount| self.weigh(sorted.client_id, *amount));
        }
        if sorted.fate == Fate::Now && sorted.change_minor != 0 {
            self.move_wallet(sorted.wallet_id, sorted.change_minor);
        }
    }

    /// Keeps the largest of each client and currency.
    fn weigh(&mut self, client_id: ClientId, amount: Money) {
        let same = |one: &&mut Largest| one.client_id == client_id && one.amount.currency == amount.currency;
        match self.largest.iter_mut().find(same) {
            Some(one) => one.amount.minor = one.amount.minor.max(amount.minor),
            None => self.largest.push(Largest { client_id, amount }),
        }
    }

    /// What would be done adds up to, one sum per currency.
    pub fn sums(&self) -> Vec<Money> {
        let mut all: Vec<Money> = Vec::new();
        let acting = self.groups.iter().filter(|group| group.fate != Fate::Cannot);
        for sum in acting.flat_map(|group| &group.sums) {
            match all.iter_mut().find(|known| known.currency == sum.currency) {
                Some(known) => known.minor = known.minor.saturating_add(sum.minor),
                None => all.push(*sum),
            }
        }
        all
    }

    /// Counts what a name led to nothing for.
    pub fn add_unknown(&mut self, reason: &str) {
        self.group(Fate::Cannot, Some(reason.to_owned()), None);
    }

    /// Counts what a wallet gets at once, or gives when below zero.
    pub fn move_wallet(&mut self, wallet_id: WalletId, change_minor: i64) {
        match self.wallets.iter_mut().find(|sum| sum.wallet_id == wallet_id) {
            Some(sum) => {
                sum.items += 1;
                sum.change_minor = sum.change_minor.saturating_add(change_minor);
            }
            None => self.wallets.push(WalletSum { wallet_id, items: 1, change_minor }),
        }
    }

    pub fn group(&mut self, fate: Fate, reason: Option<String>, money: Option<Money>) {
        let place = self.groups.iter().position(|group| group.fate == fate && group.reason == reason);
        let place = place.unwrap_or_else(|| {
            let full = self.groups.len() >= MOST_GROUPS && reason.is_some();
            let reason = if full { Some(OTHER_REASONS.to_owned()) } else { reason };
            let known = self.groups.iter().position(|group| group.fate == fate && group.reason == reason);
            known.unwrap_or_else(|| {
                self.groups.push(Group { fate, reason, items: 0, sums: Vec::new() });
                self.groups.len() - 1
            })
        });
        let group = &mut self.groups[place];
        group.items += 1;
        let Some(money) = money else { return };
        match group.sums.iter_mut().find(|sum| sum.currency == money.currency) {
            Some(sum) => sum.minor = sum.minor.saturating_add(money.minor),
            None => group.sums.push(money),
        }
    }
}

/// Reason and way on in one text.
pub fn in_full(refusal: &Refusal) -> String {
    match &refusal.instead {
        Some(instead) => format!("{} {instead}", refusal.reason),
        None => refusal.reason.clone(),
    }
}
