//! A wallet as JSON: as a balance of the account, and as what a user is paid from.

use serde::Serialize;
use utoipa::ToSchema;

use super::kinds::{self, CurrencyCode, UserToken, WalletToken};
use super::{USER, WALLET};
use crate::api::json::Number;
use crate::domain::ids::PayeeId;
use crate::domain::money::{Currency, Money};
use crate::domain::wallet::Wallet;

/// A balance of the account; its token is a payout's `source_token`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Balance {
    #[schema(value_type = WalletToken)]
    token: String,
    /// What is available.
    balance: Number,
    #[schema(value_type = CurrencyCode)]
    currency_code: &'static str,
}

/// A wallet that a user is paid from.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserWallet {
    #[schema(value_type = UserToken)]
    user_token: String,
    #[schema(value_type = WalletToken)]
    token: String,
    /// What is available.
    balance: Number,
    #[schema(value_type = CurrencyCode)]
    currency_code: &'static str,
    #[schema(value_type = kinds::WalletKind)]
    r#type: &'static str,
    /// Whether it is open.
    active: bool,
    /// The wallet pays the fees, not the user.
    client_paying_fees: bool,
}

impl Balance {
    pub fn example() -> Balance {
        Balance {
            token: "clnt_wlt_1c6d0b3e-54d1-7a0f-8a34-6f1f2d1f9a77".into(),
            balance: Number(Money::new(212_345, Currency::USD)),
            currency_code: "USD",
        }
    }
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
    pub fn example() -> UserWallet {
        let Balance { token, balance, currency_code } = Balance::example();
        let user_token = "usr_9f0ea42a-07b5-71ef-932f-027143ffa57b".into();
        UserWallet {
            user_token,
            token,
            balance,
            currency_code,
            r#type: "USER_FUNDS",
            active: true,
            client_paying_fees: true,
        }
    }

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
