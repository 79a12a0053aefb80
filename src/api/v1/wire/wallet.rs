//! A wallet and a ledger transaction as JSON.

use serde::Serialize;

use super::{Number, time};
use crate::domain::ids::{PayoutId, PayoutLinkId};
use crate::domain::ledger::Kind;
use crate::domain::money::{Currency, Money};
use crate::domain::wallet;
use crate::store::payouts::NumberedTransaction;

/// A wallet; its `amount` is what is available.
#[derive(Debug, Serialize)]
pub struct Wallet<'a> {
    id: i64,
    /// The ISO 4217 numeric code.
    currency_id: u16,
    currency: &'static str,
    amount: Number,
    amount_minor: i64,
    /// What is set aside for payouts on their way.
    held_amount: Number,
    held_amount_minor: i64,
    r#type: &'static str,
    name: &'a str,
    is_active: bool,
    created_at: String,
    updated_at: String,
}

/// A ledger transaction that touches available money.
#[derive(Debug, Serialize)]
pub struct Transaction<'a> {
    id: i64,
    wallet_id: i64,
    /// The ISO 4217 numeric code.
    currency_id: u16,
    currency: &'static str,
    /// How much available money it moved; `transaction_type` says which way.
    amount: Number,
    amount_minor: i64,
    transaction_type: &'static str,
    r#type: Kind,
    reference_id: Option<PayoutId>,
    /// The payout link whose money is held or released.
    #[serde(skip_serializing_if = "Option::is_none")]
    payout_link_id: Option<PayoutLinkId>,
    status: &'static str,
    source_currency: Option<&'static str>,
    destination_currency: Option<&'static str>,
    forex_rate: Option<&'static str>,
    conversion_charges: Option<&'static str>,
    remarks: &'a str,
    created_at: String,
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
