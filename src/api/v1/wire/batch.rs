//! A batch and its items as JSON.

use serde::Serialize;

use super::{Number, time};
use crate::domain::batch::{self, Fate, Summary};
use crate::domain::ids::{BatchId, PayoutId};
use crate::domain::money::Money;
use crate::service::batches::WalletEffect;
use crate::store::batches::ItemLine;

/// A batch: what it would do, and how far it is.
#[derive(Debug, Serialize)]
pub struct Batch<'a> {
    id: BatchId,
    /// `cancel`, `approve`, `reverse`, `create_payouts` or `create_links`.
    verb: &'static str,
    /// `sorting`, `ready`, `running`, `paused`, `stopped` or `done`.
    status: &'static str,
    made_from: &'a str,
    reason: Option<&'a str>,
    /// Why it stands still, when nobody asked for that.
    note: Option<&'a str>,
    counts: Counts,
    preview: Preview,
    created_by: &'a str,
    created_at: String,
    sorted_at: Option<String>,
    started_at: Option<String>,
    finished_at: Option<String>,
}

/// How many items stand in each state. `acting` is the number that a confirmation has to name.
#[derive(Debug, Serialize)]
struct Counts {
    items: i64,
    acting: i64,
    pending: i64,
    done: i64,
    asked: i64,
    refused: i64,
    failed: i64,
}

/// What was said of the items when they were sorted.
#[derive(Debug, Serialize)]
struct Preview {
    groups: Vec<Group>,
    wallets: Vec<Wallet>,
    /// How often something was named that is in the batch already.
    repeats: i64,
}

/// Items with the same fate, and for the same reason.
#[derive(Debug, Serialize)]
struct Group {
    /// `now`, `ask` or `cannot`.
    fate: Fate,
    reason: Option<String>,
    items: i64,
    sums: Vec<Sum>,
}

#[derive(Debug, Serialize)]
struct Sum {
    currency: &'static str,
    amount: Number,
    amount_minor: i64,
}

/// A wallet before and after. The change is below zero when money goes out.
#[derive(Debug, Serialize)]
struct Wallet {
    wallet_id: i64,
    currency: &'static str,
    items: i64,
    available_before_minor: i64,
    change_minor: i64,
    available_after_minor: i64,
}

/// One item with its result.
#[derive(Debug, Serialize)]
pub struct Item<'a> {
    /// From 1; `after` of the next page.
    number: i64,
    payout_id: Option<PayoutId>,
    reference_id: Option<&'a str>,
    /// `pending`, `done`, `asked`, `refused` or `failed`.
    status: &'static str,
    /// Amount and fees; what is left, for a reversal. In the payout's currency.
    amount: Option<Number>,
    amount_minor: Option<i64>,
    currency: Option<&'static str>,
    /// The rule that refused it, and why in words.
    rule: Option<&'a str>,
    reason: Option<&'a str>,
    /// What was made: a payout, payout link, reversal or cancellation.
    result_id: Option<&'a str>,
    at: Option<String>,
}

impl<'a> Batch<'a> {
    pub fn of(batch: &'a batch::Batch, effects: &[WalletEffect]) -> Batch<'a> {
        Batch {
            id: batch.id,
            verb: batch.verb.name(),
            status: batch.state.name(),
            made_from: &batch.made_from,
            reason: batch.reason.as_deref(),
            note: batch.note.as_deref(),
            counts: Counts {
                items: batch.items,
                acting: batch.acting,
                pending: batch.pending,
                done: batch.done,
                asked: batch.asked,
                refused: batch.refused,
                failed: batch.failed,
            },
            preview: Preview::of(batch.summary(), effects),
            created_by: &batch.actor_name,
            created_at: time(batch.id.created_at()),
            sorted_at: batch.sorted_at.map(time),
            started_at: batch.started_at.map(time),
            finished_at: batch.finished_at.map(time),
        }
    }
}

impl Preview {
    fn of(summary: Summary, effects: &[WalletEffect]) -> Preview {
        let sum =
            |money: &Money| Sum { currency: money.currency.code(), amount: Number(*money), amount_minor: money.minor };
        let group = |group: &batch::Group| Group {
            fate: group.fate,
            reason: group.reason.clone(),
            items: group.items,
            sums: group.sums.iter().map(sum).collect(),
        };
        let wallet = |effect: &WalletEffect| Wallet {
            wallet_id: effect.wallet.number,
            currency: effect.wallet.currency.code(),
            items: effect.items,
            available_before_minor: effect.wallet.available_minor,
            change_minor: effect.change_minor,
            available_after_minor: effect.wallet.available_minor + effect.change_minor,
        };
        Preview {
            groups: summary.groups.iter().map(group).collect(),
            wallets: effects.iter().map(wallet).collect(),
            repeats: summary.repeats,
        }
    }
}

impl<'a> From<&'a ItemLine> for Item<'a> {
    fn from(line: &'a ItemLine) -> Item<'a> {
        let item = &line.item;
        let money = item.amount_minor.zip(item.currency).map(|(minor, currency)| Money::new(minor, currency));
        Item {
            number: item.seq,
            payout_id: item.subject,
            reference_id: line.reference_id.as_deref().or(item.named.as_deref()),
            status: item.state.name(),
            amount: money.map(Number),
            amount_minor: item.amount_minor,
            currency: money.map(|money| money.currency.code()),
            rule: item.rule.as_deref(),
            reason: item.reason.as_deref(),
            result_id: item.result_id.as_deref(),
            at: item.at.map(time),
        }
    }
}
