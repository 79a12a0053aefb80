//! Lines of a wallet's account, and its balance, as JSON.

use serde::Serialize;

use super::payout::Payout;
use super::seconds;
use crate::api::razorpay::query::{BALANCE, LINK, REVERSAL, TRANSACTION};
use crate::domain::ledger::Kind;
use crate::domain::wallet::{Wallet, account_number};
use crate::service::collections::AccountLine;

/// What came in or went out (`contracts/razorpay.md` section 5).
#[derive(Debug, Serialize)]
pub struct Transaction<'a> {
    id: String,
    entity: &'static str,
    account_number: String,
    /// In paise, either way.
    amount: i64,
    currency: &'static str,
    credit: i64,
    debit: i64,
    /// What was left afterwards.
    balance: i64,
    source: Source<'a>,
    created_at: i64,
}

/// What it is about.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Source<'a> {
    Payout(Box<Payout<'a>>),
    Other { id: String, entity: &'static str, amount: i64, description: &'a str },
}

/// What a wallet has (`contracts/razorpay.md` section 5).
#[derive(Debug, Serialize)]
pub struct Balance<'a> {
    id: String,
    entity: &'static str,
    name: &'a str,
    /// In paise: what can be spent.
    balance: i64,
    account_number: String,
    currency: &'static str,
    r#type: &'static str,
}

impl<'a> Transaction<'a> {
    pub fn of(line: &'a AccountLine) -> Transaction<'a> {
        let entry = &line.entry.transaction;
        let moved = entry.available_delta_minor;
        let amount = moved.abs();
        let other = |id: String, entity| Source::Other { id, entity, amount, description: &entry.remarks };
        let source = match (entry.reversal_id, &line.payout, entry.link_id) {
            (Some(id), ..) => other(id.prefixed(REVERSAL), "reversal"),
            (None, Some(payout), _) => Source::Payout(Box::new(Payout::of(payout))),
            (None, None, Some(id)) => other(id.prefixed(LINK), "payout_link"),
            (None, None, None) if entry.kind == Kind::Funding => other(entry.id.prefixed("bt_"), "bank_transfer"),
            (None, None, None) => other(entry.id.prefixed("adj_"), "adjustment"),
        };
        Transaction {
            id: entry.id.prefixed(TRANSACTION),
            entity: "transaction",
            account_number: account_number(line.wallet_number),
            amount,
            currency: entry.currency.code(),
            credit: moved.max(0),
            debit: (-moved).max(0),
            balance: entry.available_after_minor,
            source,
            created_at: seconds(entry.created_at),
        }
    }
}

impl<'a> Balance<'a> {
    pub fn of(wallet: &'a Wallet) -> Balance<'a> {
        Balance {
            id: wallet.id.prefixed(BALANCE),
            entity: "balance",
            name: &wallet.name,
            balance: wallet.available_minor,
            account_number: wallet.account_number(),
            currency: wallet.currency.code(),
            r#type: "banking",
        }
    }
}
