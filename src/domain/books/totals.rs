//! What a set adds to the counters and figures: tabs, batches, money out, and payees.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Books;
use crate::domain::batch::Tally;
use crate::domain::ids::{ClientId, PayeeId, WalletId};
use crate::domain::money::Currency;
use crate::domain::payout::Payout;

/// How many payouts (or links) and how much money stand in one bucket of one wallet; differences when written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterDelta {
    pub wallet_id: WalletId,
    pub client_id: ClientId,
    pub currency: Currency,
    pub bucket: String,
    pub payouts: i64,
    pub amount_minor: i64,
    pub fees_minor: i64,
}

/// Money that reached payees in one quarter of an hour; differences when written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidDelta {
    pub client_id: ClientId,
    pub currency: Currency,
    /// Start of the quarter hour, in Unix microseconds; every zone's midnight is such a start.
    pub slot: i64,
    pub payouts: i64,
    pub amount_minor: i64,
}

/// What one payee got in one currency; differences when written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayeeDelta {
    pub payee_id: PayeeId,
    pub currency: Currency,
    pub payouts: i64,
    pub amount_minor: i64,
    pub last_payout_at: i64,
}

/// A quarter of an hour in microseconds.
pub const SLOT: i64 = 15 * 60 * 1_000_000;

impl Books {
    /// How the counters of payouts move, one row per wallet and bucket, nothing for what stayed.
    pub fn counter_deltas(&self) -> Vec<CounterDelta> {
        let moved = self.payouts_before.iter().map(|(id, before)| (before.as_ref(), &self.payouts[id].payout));
        count(moved)
    }

    /// How the counts of batches move, one row per batch.
    pub fn batch_tallies(&self) -> Vec<Tally> {
        let mut tallies: BTreeMap<_, Tally> = BTreeMap::new();
        for result in &self.changes.items {
            let empty = || Tally { id: result.batch_id.to_string(), ..Tally::default() };
            tallies.entry(result.batch_id).or_insert_with(empty).count(result.state);
        }
        tallies.into_values().collect()
    }

    /// What newly completed payouts add to the figures of money out and of their payees.
    pub fn paid_deltas(&self) -> (Vec<PaidDelta>, Vec<PayeeDelta>) {
        let mut paid: BTreeMap<(ClientId, &str, i64), PaidDelta> = BTreeMap::new();
        let mut payees: BTreeMap<(PayeeId, &str), PayeeDelta> = BTreeMap::new();
        for (id, before) in &self.payouts_before {
            let payout = &self.payouts[id].payout;
            let Some(completed_at) = payout.completed_at else { continue };
            if before.as_ref().is_some_and(|before| before.completed_at.is_some()) {
                continue;
            }
            let slot = completed_at - completed_at.rem_euclid(SLOT);
            let entry = paid.entry((payout.client_id, payout.currency.code(), slot)).or_insert_with(|| PaidDelta {
                client_id: payout.client_id,
                currency: payout.currency,
                slot,
                payouts: 0,
                amount_minor: 0,
            });
            entry.payouts += 1;
            entry.amount_minor += payout.amount_minor;
            let entry =
                payees.entry((payout.payee_id, payout.destination_currency.code())).or_insert_with(|| PayeeDelta {
                    payee_id: payout.payee_id,
                    currency: payout.destination_currency,
                    payouts: 0,
                    amount_minor: 0,
                    last_payout_at: 0,
                });
            entry.payouts += 1;
            entry.amount_minor += payout.destination_minor;
            entry.last_payout_at = entry.last_payout_at.max(completed_at);
        }
        (paid.into_values().collect(), payees.into_values().collect())
    }
}

/// A record that stands under a tab and is counted there.
pub(super) trait Counted {
    /// The delta that one such record makes, counted as `payouts: 1`.
    fn one(&self) -> CounterDelta;
}

impl Counted for Payout {
    fn one(&self) -> CounterDelta {
        CounterDelta {
            wallet_id: self.wallet_id,
            client_id: self.client_id,
            currency: self.currency,
            bucket: bucket(self).to_owned(),
            payouts: 1,
            amount_minor: self.amount_minor,
            fees_minor: self.fees_minor,
        }
    }
}

/// What leaves its bucket is taken from it, what comes into another one is added there.
pub(super) fn count<'a, T: Counted + 'a>(moved: impl Iterator<Item = (Option<&'a T>, &'a T)>) -> Vec<CounterDelta> {
    let mut deltas: BTreeMap<(WalletId, String), CounterDelta> = BTreeMap::new();
    for (before, after) in moved {
        let (before, after) = (before.map(Counted::one), after.one());
        if before.as_ref() == Some(&after) {
            continue;
        }
        for (one, sign) in before.into_iter().map(|one| (one, -1)).chain([(after, 1)]) {
            let delta = deltas.entry((one.wallet_id, one.bucket.clone())).or_insert_with(|| CounterDelta {
                payouts: 0,
                amount_minor: 0,
                fees_minor: 0,
                ..one.clone()
            });
            delta.payouts += sign * one.payouts;
            delta.amount_minor += sign * one.amount_minor;
            delta.fees_minor += sign * one.fees_minor;
        }
    }
    deltas.into_values().filter(|delta| (delta.payouts, delta.amount_minor, delta.fees_minor) != (0, 0, 0)).collect()
}

/// The tab a payout stands under: its state, apart from what waits for a checker and what nobody knows.
pub fn bucket(payout: &Payout) -> &'static str {
    if payout.waits_for_approval() {
        "to_approve"
    } else if payout.outcome_unknown_since.is_some() {
        "unknown"
    } else {
        payout.state.name()
    }
}
