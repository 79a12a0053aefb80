//! The dialects that programs speak with Paydesk.

use serde::{Deserialize, Serialize};

use super::caller::Via;

/// One of the APIs, each the translation of one contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// `/api/v1`, our own.
    Wallet,
    Revolut,
    Razorpay,
    MassPay,
}

impl Dialect {
    pub const ALL: [Dialect; 4] = [Dialect::Wallet, Dialect::Revolut, Dialect::Razorpay, Dialect::MassPay];

    /// As the database and forms write it.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Wallet => "wallet",
            Dialect::Revolut => "revolut",
            Dialect::Razorpay => "razorpay",
            Dialect::MassPay => "masspay",
        }
    }

    /// The way in of requests that speak it.
    pub fn via(self) -> Via {
        match self {
            Dialect::Wallet => Via::ApiV1,
            Dialect::Revolut => Via::Revolut,
            Dialect::Razorpay => Via::Razorpay,
            Dialect::MassPay => Via::MassPay,
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
            Dialect::MassPay => "MassPay",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_are_found_by_their_names() {
        for dialect in Dialect::ALL {
            assert_eq!(Dialect::from_name(dialect.name()), Some(dialect));
            assert_eq!(serde_json::to_value(dialect).unwrap(), dialect.name());
        }
    }
}
