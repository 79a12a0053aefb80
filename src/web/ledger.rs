//! The ledger transactions of a record in words.

use super::display::{MoneyText, TimeView};
use super::time::Zone;
use crate::domain::ledger;
use crate::domain::money::{Money, group};
use crate::store::payouts::NumberedTransaction;

/// A ledger transaction that is named as proof.
#[derive(Clone, Debug)]
pub struct EntryView {
    /// Grouped number, for example `48,207`.
    pub number: String,
    /// For example `PAYOUT_REFUND`.
    pub kind: &'static str,
    pub time: TimeView,
}

/// One ledger transaction of a record.
#[derive(Clone, Debug)]
pub struct LedgerEntry {
    /// Grouped number.
    pub number: String,
    pub kind: &'static str,
    pub time: TimeView,
    pub postings: Vec<PostingRow>,
    /// When the postings are of one currency and more than one.
    pub total: Option<MoneyText>,
}

/// One posting: from one ledger account to another.
#[derive(Clone, Debug)]
pub struct PostingRow {
    pub from: String,
    pub to: String,
    /// `Amount`, `Fees` or the like.
    pub purpose: &'static str,
    pub money: MoneyText,
}

/// Tells the ledger transactions of a payout or a payout link.
pub struct Books<'a> {
    /// The wallet's name.
    pub wallet: &'a str,
    /// What the record's fees are, which tells the posting of fees from that of the amount.
    pub fees_minor: i64,
    pub zone: Zone,
}

impl Books<'_> {
    /// The transactions with their postings, in their order.
    pub fn entries(&self, ledger: &[NumberedTransaction], postings: &[ledger::PostingRow]) -> Vec<LedgerEntry> {
        let entry = |transaction: &NumberedTransaction| {
            let id = transaction.transaction.id;
            let postings: Vec<_> = postings.iter().filter(|posting| posting.transaction_id == id).collect();
            let EntryView { number, kind, time } = self.entry(transaction);
            LedgerEntry {
                number,
                kind,
                time,
                postings: postings.iter().map(|posting| self.posting(posting)).collect(),
                total: total(&postings),
            }
        };
        ledger.iter().map(entry).collect()
    }

    /// A ledger transaction named as proof.
    pub fn entry(&self, transaction: &NumberedTransaction) -> EntryView {
        EntryView {
            number: group(transaction.number.unsigned_abs()),
            kind: transaction.transaction.kind.name(),
            time: self.zone.on(transaction.transaction.created_at),
        }
    }

    fn posting(&self, posting: &ledger::PostingRow) -> PostingRow {
        let fees =
            posting.to_account.ends_with(":fees") || (posting.position > 0 && posting.amount_minor == self.fees_minor);
        let exchange = posting.from_account.ends_with(":exchange") || posting.to_account.ends_with(":exchange");
        PostingRow {
            from: self.account(&posting.from_account),
            to: self.account(&posting.to_account),
            purpose: match (exchange, fees) {
                (true, _) => "Exchange",
                (_, true) => "Fees",
                _ => "Amount",
            },
            money: Money::new(posting.amount_minor, posting.currency).into(),
        }
    }

    /// A ledger account in words: `Main USD, held`, `Paid out, USD`.
    fn account(&self, name: &str) -> String {
        let (owner, account) = name.split_once(':').unwrap_or((name, ""));
        match account {
            "available" => format!("{}, available", self.wallet),
            "held" => format!("{}, held", self.wallet),
            "paid_out" => format!("Paid out, {owner}"),
            "fees" => format!("Fees, {owner}"),
            "loss" => format!("Loss, {owner}"),
            "funding" => format!("Funding, {owner}"),
            "exchange" => format!("Exchange, {owner}"),
            _ => name.to_owned(),
        }
    }
}

/// The sum of several postings of one currency.
fn total(postings: &[&ledger::PostingRow]) -> Option<MoneyText> {
    let first = postings.first()?;
    let same = postings.iter().all(|posting| posting.currency == first.currency);
    let minor = postings.iter().map(|posting| posting.amount_minor).sum();
    (same && postings.len() > 1).then(|| Money::new(minor, first.currency).into())
}
