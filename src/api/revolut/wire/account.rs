//! A wallet as JSON; exactly the members of `contracts/revolut.md` section 6.

use serde::Serialize;
use utoipa::ToSchema;

use super::kinds::{AccountId, AccountState, CurrencyCode, Time};
use super::{Number, samples, time};
use crate::domain::money::{Currency, Money};
use crate::domain::wallet::Wallet;

/// An account of yours. Its `balance` is what is available: what payments and payout links hold is blocked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Account<'a> {
    #[schema(value_type = AccountId)]
    id: String,
    name: &'a str,
    balance: Number,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    #[schema(value_type = AccountState)]
    state: &'static str,
    /// Whether other businesses can see it.
    public: bool,
    #[schema(value_type = Time)]
    created_at: String,
    #[schema(value_type = Time)]
    updated_at: String,
}

impl Account<'static> {
    pub fn example() -> Account<'static> {
        Account {
            id: samples::ACCOUNT.into(),
            name: "Main GBP",
            balance: Number(Money::new(1_240_050, Currency::GBP)),
            currency: "GBP",
            state: "active",
            public: false,
            created_at: "2025-11-03T09:12:44.019283Z".into(),
            updated_at: "2026-01-11T14:02:53.690120Z".into(),
        }
    }
}

impl<'a> From<&'a Wallet> for Account<'a> {
    fn from(wallet: &'a Wallet) -> Account<'a> {
        Account {
            id: wallet.id.hyphenated(),
            name: &wallet.name,
            balance: Number(wallet.available()),
            currency: wallet.currency.code(),
            state: if wallet.closed_at.is_none() { "active" } else { "inactive" },
            public: false,
            created_at: time(wallet.created_at),
            updated_at: time(wallet.updated_at),
        }
    }
}
