//! A wallet and a ledger transaction as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use super::kinds::{self, CurrencyCode, Direction, Time, TransactionKind, TransactionStatus, WalletKind};
use super::{Number, sample, time};
use crate::domain::ids::{PayoutId, PayoutLinkId};
use crate::domain::ledger::Kind;
use crate::domain::money::{Currency, Money};
use crate::domain::wallet;
use crate::store::payouts::NumberedTransaction;

/// A wallet; its `amount` is what is available.
#[derive(Debug, Serialize, ToSchema)]
pub struct Wallet<'a> {
    id: i64,
    /// The ISO 4217 numeric code.
    currency_id: u16,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    amount: Number,
    amount_minor: i64,
    /// What is set aside for payouts on their way.
    held_amount: Number,
    held_amount_minor: i64,
    #[schema(value_type = WalletKind)]
    r#type: &'static str,
    name: &'a str,
    is_active: bool,
    #[schema(value_type = Time)]
    created_at: String,
    #[schema(value_type = Time)]
    updated_at: String,
}

/// A ledger transaction that touches available money.
#[derive(Debug, Serialize, ToSchema)]
pub struct Transaction<'a> {
    id: i64,
    wallet_id: i64,
    /// The ISO 4217 numeric code.
    currency_id: u16,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    /// How much available money it moved; `transaction_type` says which way.
    amount: Number,
    amount_minor: i64,
    #[schema(value_type = Direction)]
    transaction_type: &'static str,
    #[schema(value_type = TransactionKind)]
    r#type: Kind,
    #[schema(value_type = Option<kinds::PayoutId>)]
    reference_id: Option<PayoutId>,
    /// The payout link whose money is held or released.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = kinds::PayoutLinkId, required = false)]
    payout_link_id: Option<PayoutLinkId>,
    #[schema(value_type = TransactionStatus)]
    status: &'static str,
    #[schema(value_type = Option<CurrencyCode>)]
    source_currency: Option<&'static str>,
    #[schema(value_type = Option<CurrencyCode>)]
    destination_currency: Option<&'static str>,
    forex_rate: Option<&'static str>,
    conversion_charges: Option<&'static str>,
    remarks: &'a str,
    #[schema(value_type = Time)]
    created_at: String,
}

impl Wallet<'static> {
    pub fn example() -> Wallet<'static> {
        let number = |minor| Number(Money::new(minor, Currency::USD));
        Wallet {
            id: 1,
            currency_id: Currency::USD.numeric(),
            currency: "USD",
            amount: number(1_250_000),
            amount_minor: 1_250_000,
            held_amount: number(10_150),
            held_amount_minor: 10_150,
            r#type: "PREPAID",
            name: "Main USD",
            is_active: true,
            created_at: "2026-01-02T09:00:00Z".into(),
            updated_at: "2026-01-15T10:30:00Z".into(),
        }
    }
}

impl Transaction<'static> {
    pub fn example() -> Transaction<'static> {
        Transaction {
            id: 1007,
            wallet_id: 1,
            currency_id: Currency::USD.numeric(),
            currency: "USD",
            amount: Number(Money::new(10_150, Currency::USD)),
            amount_minor: 10_150,
            transaction_type: "CREDIT",
            r#type: Kind::PayoutRefund,
            reference_id: Some(sample("pyt_01kf0qxa00e2n9k3v8m4t6w7yz")),
            payout_link_id: None,
            status: "COMPLETED",
            source_currency: None,
            destination_currency: None,
            forex_rate: None,
            conversion_charges: None,
            remarks: "Refund of cancelled payout",
            created_at: "2026-01-15T10:32:00Z".into(),
        }
    }
}

impl<'a> From<&'a wallet::Wallet> for Wallet<'a> {
    fn from(wallet: &'a wallet::Wallet) -> Wallet<'a> {
        Wallet {
            id: wallet.number,
            currency_id: wallet.currency.numeric(),
            currency: wallet.currency.code(),
            amount: Number(wallet.available()),
            amount_minor: wallet.available_minor,
            held_amount: Number(wallet.held()),
            held_amount_minor: wallet.held_minor,
            r#type: "PREPAID",
            name: &wallet.name,
            is_active: wallet.closed_at.is_none(),
            created_at: time(wallet.created_at),
            updated_at: time(wallet.updated_at),
        }
    }
}

impl<'a> Transaction<'a> {
    /// `wallet_number` is the number of the transaction's wallet.
    pub fn of(numbered: &'a NumberedTransaction, wallet_number: i64) -> Transaction<'a> {
        let transaction = &numbered.transaction;
        let currency: Currency = transaction.currency;
        let moved = transaction.available_delta_minor;
        Transaction {
            id: numbered.number,
            wallet_id: wallet_number,
            currency_id: currency.numeric(),
            currency: currency.code(),
            amount: Number(Money::new(moved.abs(), currency)),
            amount_minor: moved.abs(),
            transaction_type: if moved > 0 { "CREDIT" } else { "DEBIT" },
            r#type: transaction.kind,
            reference_id: transaction.payout_id,
            payout_link_id: transaction.link_id,
            status: "COMPLETED",
            source_currency: None,
            destination_currency: None,
            forex_rate: None,
            conversion_charges: None,
            remarks: &transaction.remarks,
            created_at: time(transaction.created_at),
        }
    }
}
