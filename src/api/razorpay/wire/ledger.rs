//! Lines of a wallet's account, and its balance, as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use super::kinds::{self, BalanceEntity, BalanceType, CurrencyCode, SourceEntity, TransactionEntity};
use super::payout::Payout;
use super::seconds;
use crate::api::razorpay::query::{BALANCE, LINK, REVERSAL, TRANSACTION};
use crate::domain::ledger::Kind;
use crate::domain::wallet::{Wallet, account_number};
use crate::service::collections::AccountLine;

// contracts/razorpay.md section 5.
/// What came in or went out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Transaction<'a> {
    #[schema(value_type = kinds::TransactionId)]
    id: String,
    #[schema(inline, value_type = TransactionEntity)]
    entity: &'static str,
    #[schema(value_type = kinds::AccountNumber)]
    account_number: String,
    /// In paise, either way.
    amount: i64,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    /// What came in, in paise; 0 when money went out.
    credit: i64,
    /// What went out, in paise; 0 when money came in.
    debit: i64,
    /// What was left afterwards, in paise.
    balance: i64,
    source: Source<'a>,
    /// In Unix seconds.
    created_at: i64,
}

/// What moved the money: a payout in full, or something else in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = TransactionSource)]
enum Source<'a> {
    Payout(Box<Payout<'a>>),
    Other(Other<'a>),
}

/// What moved the money, if it was no payout.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OtherSource)]
struct Other<'a> {
    #[schema(inline, value_type = kinds::SourceId)]
    id: String,
    #[schema(inline, value_type = SourceEntity)]
    entity: &'static str,
    /// In paise.
    amount: i64,
    description: &'a str,
}

// contracts/razorpay.md section 5.
/// What a wallet has.
#[derive(Debug, Serialize, ToSchema)]
pub struct Balance<'a> {
    #[schema(value_type = kinds::BalanceId)]
    id: String,
    #[schema(inline, value_type = BalanceEntity)]
    entity: &'static str,
    /// The name of the wallet.
    name: &'a str,
    /// In paise: what can be spent.
    balance: i64,
    #[schema(value_type = kinds::AccountNumber)]
    account_number: String,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    #[schema(inline, value_type = BalanceType)]
    r#type: &'static str,
}

impl Transaction<'static> {
    pub fn example() -> Transaction<'static> {
        Transaction {
            id: "txn_Hk2mWq7Rz41yUc".into(),
            entity: "transaction",
            account_number: "4564560000000042".into(),
            amount: 1_000_000,
            currency: "INR",
            credit: 1_000_000,
            debit: 0,
            balance: 1_000_000,
            source: Source::Other(Other {
                id: "bt_Hc4pYt8Vw53sMe".into(),
                entity: "bank_transfer",
                amount: 1_000_000,
                description: "Top-up",
            }),
            created_at: 1_545_383_037,
        }
    }
}

impl Balance<'static> {
    pub fn example() -> Balance<'static> {
        Balance {
            id: "bal_Hb9nXs3Tq62vKd".into(),
            entity: "balance",
            name: "Main INR",
            balance: 1_000_000,
            account_number: "4564560000000042".into(),
            currency: "INR",
            r#type: "banking",
        }
    }
}

impl<'a> Transaction<'a> {
    pub fn of(line: &'a AccountLine) -> Transaction<'a> {
        let entry = &line.entry.transaction;
        let moved = entry.available_delta_minor;
        let amount = moved.abs();
        let other = |id: String, entity| Source::Other(Other { id, entity, amount, description: &entry.remarks });
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
