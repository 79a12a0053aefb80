//! A looser approval limit of a wallet that waits for a second admin.

use serde::{Deserialize, Serialize};

use super::ids::{StaffId, WalletId};
use super::money::{Currency, Money};
use super::payout::{Refusal, Rule};

/// One wallet has at most one. Amounts in minor units of the wallet's currency; none is no limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitChange {
    pub wallet_id: WalletId,
    pub before_minor: Option<i64>,
    pub after_minor: Option<i64>,
    pub asked_by: StaffId,
    /// In Unix microseconds; names it, too.
    pub asked_at: i64,
}

/// Whether more can be paid without a second person afterwards.
pub fn loosens(before: Option<i64>, after: Option<i64>) -> bool {
    before.is_some_and(|before| after.is_none_or(|after| after > before))
}

impl LimitChange {
    /// Refuses an answer to another change than the one that was shown, or to one that no longer fits the wallet.
    pub fn check(&self, seen: Option<i64>, limit_now: Option<i64>) -> Result<(), Refusal> {
        if seen.is_some_and(|seen| seen != self.asked_at) || limit_now != self.before_minor {
            return Err(Refusal::new(Rule::Stale, "It changed while you were reading.")
                .instead("Look at the new facts, then decide again."));
        }
        Ok(())
    }

    /// From and to, in words: `USD 1,000.00 to none`.
    pub fn words(&self, currency: Currency) -> String {
        let or_none = |minor: Option<i64>| {
            minor.map_or_else(|| "none".to_owned(), |minor| Money::new(minor, currency).to_string())
        };
        format!("{} to {}", or_none(self.before_minor), or_none(self.after_minor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_higher_limit_or_none_is_looser() {
        for (before, after, looser) in [
            (Some(5), Some(6), true),
            (Some(5), None, true),
            (Some(0), Some(1), true),
            (Some(5), Some(5), false),
            (Some(5), Some(4), false),
            (None, Some(9), false),
            (None, None, false),
        ] {
            assert_eq!(loosens(before, after), looser, "{before:?} {after:?}");
        }
    }
}
