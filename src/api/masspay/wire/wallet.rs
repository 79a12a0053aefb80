//! A wallet as JSON: as a balance of the account, and as what a user is paid from.

use serde::Serialize;

use super::{USER, WALLET};
use crate::api::json::Number;
use crate::domain::ids::PayeeId;
use crate::domain::wallet::Wallet;

/// A balance of the account; its token is a payout's `source_token`.
#[derive(Debug, Serialize)]
pub struct Balance {
    token: String,
    balance: Number,
    currency_code: &'static str,
}

/// A wallet that a user is paid from.
#[derive(Debug, Serialize)]
pub struct UserWallet {
    user_token: String,
    token: String,
    balance: Number,
    currency_code: &'static str,
    r#type: &'static str,
    active: bool,
    /// The wallet pays the fees, not the user.
    client_paying_fees: bool,
}

impl From<&Wallet> for Balance {
    fn from(wallet: &Wallet) -> Balance {
        Balance {
            token: wallet.id.token(WALLET),
            balance: Number(wallet.available()),
            currency_code: wallet.currency.code(),
        }
    }
}

impl UserWallet {
    pub fn of(wallet: &Wallet, payee: PayeeId) -> UserWallet {
        UserWallet {
            user_token: payee.token(USER),
            token: wallet.id.token(WALLET),
            balance: Number(wallet.available()),
            currency_code: wallet.currency.code(),
            r#type: "USER_FUNDS",
            active: wallet.closed_at.is_none(),
            client_paying_fees: true,
        }
    }
}
