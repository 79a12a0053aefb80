//! The dialects that programs speak with Paydesk.

use serde::{Deserialize, Serialize};

/// One of the APIs, each the translation of one contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// `/api/v1`, our own.
    Wallet,
    Revolut,
    Razorpay,
    Masspay,
}

impl Dialect {
    pub const ALL: [Dialect; 4] = [Dialect::Wallet, Dialect::Revolut, Dialect::Razorpay, Dialect::Masspay];

    /// As the database and forms write it.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Wallet => "wallet",
            Dialect::Revolut => "revolut",
            Dialect::Razorpay => "razorpay",
            Dialect::Masspay => "masspay",
        }
    }

    pub fn from_name(name: &str) -> Option<Dialect> {
        Dialect::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    /// As pages call it.
    pub fn words(self) -> &'static str {
        match self {
            Dialect::Wallet => "Paydesk",
            Dialect::Revolut => "Revolut",
            Dialect::Razorpay => "Razorpay",
            Dialect::Masspay => "MassPay",
        }
    }
}
