//! A wallet as JSON; exactly the members of `contracts/revolut.md` section 6.

use serde::Serialize;

use super::{Number, time};
use crate::domain::wallet::Wallet;

/// An account. Its `balance` is what is available: what payouts and links hold is blocked.
#[derive(Debug, Serialize)]
pub struct Account<'a> {
    id: String,
    name: &'a str,
    balance: Number,
    currency: &'static str,
    /// `active` or `inactive`.
    state: &'static str,
    /// Whether other businesses can see it.
    public: bool,
    created_at: String,
    updated_at: String,
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
