//! A quote: what a payout would cost, promised for two minutes; the payout that it is committed as takes its id.

use serde::{Deserialize, Serialize};

use super::ids::{AccountId, ClientId, PayeeId, PayoutId, WalletId};
use super::money::{Currency, Money};
use super::payee_account::AccountKind;
use super::payout::{Refusal, Rule};

/// How long a quote may be committed: two minutes, in microseconds (contracts/reversals.md section 5).
pub const VALID: i64 = 2 * 60 * 1_000_000;

/// A quote as it stands. Amounts in minor units, times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The id that the payout takes.
    pub id: PayoutId,
    pub client_id: ClientId,
    pub wallet_id: WalletId,
    pub payee_id: PayeeId,
    pub account_id: Option<AccountId>,
    /// What the payee's money costs the wallet, without fees; in `currency`.
    pub amount_minor: i64,
    pub fees_minor: i64,
    pub currency: Currency,
    /// What the payee gets.
    pub destination_minor: i64,
    pub destination_currency: Currency,
    /// Destination per source unit as exact text; none when nothing is exchanged.
    pub rate: Option<String>,
    /// The client's own id of the transfer; no two payouts of a client have the same.
    pub client_transfer_id: Option<String>,
    /// A JSON object, as text.
    pub metadata: Option<String>,
    /// Members that only its dialect knows, a JSON object as text.
    pub extra: Option<String>,
    /// Whether the payee is told once it is paid.
    #[serde(with = "super::flag")]
    pub notify: bool,
    pub expires_at: i64,
    /// When its payout was made.
    pub committed_at: Option<i64>,
}

/// A quote, or what one would be, with what answers show beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quoted {
    pub quote: Quote,
    /// Where the payee lives, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    pub account_kind: Option<AccountKind>,
    /// Which rail would carry it.
    pub rail: String,
    /// Why it cannot be committed, when that is known already; then no quote was kept.
    pub refusal: Option<Refusal>,
}

impl Quote {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    pub fn fees(&self) -> Money {
        Money::new(self.fees_minor, self.currency)
    }

    /// Amount and fees, whose sum fits: see `Wallet::fee`.
    pub fn total(&self) -> Money {
        Money::new(self.amount_minor + self.fees_minor, self.currency)
    }

    pub fn destination(&self) -> Money {
        Money::new(self.destination_minor, self.destination_currency)
    }

    /// Whether it holds its `client_transfer_id`: until it runs out, or becomes a payout, which then holds it.
    pub fn is_open(&self, now: i64) -> bool {
        self.committed_at.is_none() && now < self.expires_at
    }

    /// Refuses when its time is over.
    pub fn check(&self, now: i64) -> Result<(), Refusal> {
        if now < self.expires_at {
            return Ok(());
        }
        Err(Refusal::new(Rule::QuoteExpired, "Its exchange rate was promised for two minutes, which are over.")
            .instead("Ask for a new quote."))
    }
}
