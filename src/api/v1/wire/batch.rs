//! A batch and its items as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use super::kinds::{
    self, BatchAct, BatchFate, BatchItemStatus, BatchStatus, BatchVerb, CurrencyCode, NumberGiven, PayoutStatus, Time,
};
use super::{Number, sample, time};
use crate::domain::batch::{self, Fate, Summary};
use crate::domain::ids::{BatchId, PayoutId};
use crate::domain::money::{Currency, Money};
use crate::service::batches::WalletEffect;
use crate::store::batches::ItemLine;

/// A batch: what it would do, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Batch<'a> {
    #[schema(value_type = kinds::BatchId)]
    id: BatchId,
    #[schema(value_type = BatchVerb)]
    verb: &'static str,
    #[schema(value_type = BatchStatus)]
    status: &'static str,
    made_from: &'a str,
    reason: Option<&'a str>,
    /// Why it stands still, when nobody asked for that.
    note: Option<&'a str>,
    counts: Counts,
    preview: Preview,
    created_by: &'a str,
    #[schema(value_type = Time)]
    created_at: String,
    #[schema(value_type = Option<Time>)]
    sorted_at: Option<String>,
    #[schema(value_type = Option<Time>)]
    started_at: Option<String>,
    #[schema(value_type = Option<Time>)]
    finished_at: Option<String>,
}

/// How many items stand in each state. `acting` is the number that a confirmation has to name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchCounts)]
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
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchPreview)]
struct Preview {
    groups: Vec<Group>,
    wallets: Vec<Wallet>,
    /// How often something was named that is in the batch already.
    repeats: i64,
}

/// Items with the same fate, and for the same reason.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchGroup)]
struct Group {
    #[schema(value_type = BatchFate)]
    fate: Fate,
    reason: Option<String>,
    items: i64,
    sums: Vec<Sum>,
}

/// What they add up to in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchSum)]
struct Sum {
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    amount: Number,
    amount_minor: i64,
}

/// A wallet before and after. The change is below zero when money goes out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchWallet)]
struct Wallet {
    wallet_id: i64,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    items: i64,
    available_before_minor: i64,
    change_minor: i64,
    available_after_minor: i64,
}

/// One item with its result.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchItem)]
pub struct Item<'a> {
    /// From 1; `after` of the next page.
    number: i64,
    #[schema(value_type = Option<kinds::PayoutId>)]
    payout_id: Option<PayoutId>,
    reference_id: Option<&'a str>,
    #[schema(value_type = BatchItemStatus)]
    status: &'static str,
    /// Amount and fees; what is left, for a reversal. In the payout's currency.
    amount: Option<Number>,
    amount_minor: Option<i64>,
    #[schema(value_type = Option<CurrencyCode>)]
    currency: Option<&'static str>,
    /// The rule that refused it, and why in words.
    rule: Option<&'a str>,
    reason: Option<&'a str>,
    /// What was made: a payout, payout link, reversal or cancellation.
    result_id: Option<&'a str>,
    #[schema(value_type = Option<Time>)]
    at: Option<String>,
}

/// A batch to make, for the description: exactly one of `ids`, `references`, `filter` and `undone_of`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBatch {
    #[schema(value_type = BatchAct)]
    verb: &'static str,
    /// Why, for the history. To cancel or reverse it is needed, here or with the confirmation.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// Payouts, by their ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    ids: Option<Vec<&'static str>>,
    /// Payouts, by your references.
    #[serde(skip_serializing_if = "Option::is_none")]
    references: Option<Vec<&'static str>>,
    /// All payouts that match and are made by now.
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<NewBatchFilter>,
    /// What this batch has not done.
    #[schema(value_type = Option<kinds::BatchId>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    undone_of: Option<&'static str>,
}

/// Which payouts. Days are days of UTC.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BatchFilter)]
pub struct NewBatchFilter {
    #[schema(value_type = Option<PayoutStatus>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// Ids or references, or the beginning of a reference or of the beneficiary's name or email.
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<&'static str>,
    /// Made on this day or later, such as 2026-01-15.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'static str>,
    /// Made on this day or earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wallet_id: Option<i64>,
    #[schema(value_type = Option<CurrencyCode>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'static str>,
    #[schema(value_type = Option<kinds::BeneficiaryId>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    beneficiary_id: Option<&'static str>,
    /// The name of the provider that carries them: `sandbox` or `manual`.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'static str>,
    /// The credential that made them.
    #[schema(value_type = Option<kinds::CredentialId>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_id: Option<&'static str>,
    /// Only payouts with a reversal.
    #[serde(skip_serializing_if = "Option::is_none")]
    reversed: Option<bool>,
}

/// What starts a batch, for the description.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchConfirmation)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// `counts.acting` of the batch as you have seen it.
    #[schema(value_type = NumberGiven)]
    count: i64,
    /// Takes the place of the one that the batch was made with.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl NewBatch {
    pub fn example() -> NewBatch {
        NewBatch {
            verb: "cancel",
            reason: Some("Faulty run"),
            ids: Some(vec!["pyt_01kf0qxa00e2n9k3v8m4t6w7yz"]),
            references: None,
            filter: None,
            undone_of: None,
        }
    }
}

impl Confirmation {
    pub fn example() -> Confirmation {
        Confirmation { count: 1, reason: None }
    }
}

impl Batch<'static> {
    pub fn example() -> Batch<'static> {
        let amount = Money::new(10_150, Currency::USD);
        Batch {
            id: sample("bat_01kf0qxa00e2n9k3v8m4t6w7yz"),
            verb: "cancel",
            status: "ready",
            made_from: "Ids given by a program",
            reason: Some("Faulty run"),
            note: None,
            counts: Counts { items: 1, acting: 1, pending: 1, done: 0, asked: 0, refused: 0, failed: 0 },
            preview: Preview {
                groups: vec![Group {
                    fate: Fate::Now,
                    reason: None,
                    items: 1,
                    sums: vec![Sum { currency: "USD", amount: Number(amount), amount_minor: 10_150 }],
                }],
                wallets: vec![Wallet {
                    wallet_id: 1,
                    currency: "USD",
                    items: 1,
                    available_before_minor: 500_000,
                    change_minor: 10_150,
                    available_after_minor: 510_150,
                }],
                repeats: 0,
            },
            created_by: "ERP nightly",
            created_at: "2026-01-15T10:30:00Z".into(),
            sorted_at: Some("2026-01-15T10:30:01Z".into()),
            started_at: None,
            finished_at: None,
        }
    }
}

impl Item<'static> {
    pub fn example() -> Item<'static> {
        Item {
            number: 1,
            payout_id: Some(sample("pyt_01kf0qxa00e2n9k3v8m4t6w7yz")),
            reference_id: Some("PAY_2024_001"),
            status: "done",
            amount: Some(Number(Money::new(10_150, Currency::USD))),
            amount_minor: Some(10_150),
            currency: Some("USD"),
            rule: None,
            reason: None,
            result_id: Some("pyt_01kf0qxa00e2n9k3v8m4t6w7yz"),
            at: Some("2026-01-15T10:31:00Z".into()),
        }
    }
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
            available_after_minor: effect.after_minor,
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
