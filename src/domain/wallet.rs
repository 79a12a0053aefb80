//! A wallet: a client's money in one currency, with its fee rule and approval limit.

use serde::{Deserialize, Serialize};

use super::ids::{ClientId, WalletId};
use super::money::{Currency, MAX_MINOR, Money};

/// How account numbers begin.
const ACCOUNT_PREFIX: &str = "456456";

/// A wallet as it stands. Amounts in minor units of `currency`, times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {
    pub id: WalletId,
    /// The integer that `/api/v1` calls its id.
    pub number: i64,
    pub client_id: ClientId,
    pub name: String,
    pub currency: Currency,
    /// What can be spent.
    pub available_minor: i64,
    /// What is set aside for payouts on their way.
    pub held_minor: i64,
    /// Payouts above this need a second person; none means no limit.
    pub approval_limit_minor: Option<i64>,
    pub fee_basis_points: i64,
    pub fee_fixed_minor: i64,
    pub fee_minimum_minor: i64,
    /// Below this the wallet is shown as needing money.
    pub threshold_minor: Option<i64>,
    /// Which rail carries its payouts.
    pub rail: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub closed_at: Option<i64>,
    pub version: i64,
}

/// The number that Razorpay's dialect knows the wallet with this number by: 16 digits.
pub fn account_number(wallet_number: i64) -> String {
    format!("{ACCOUNT_PREFIX}{wallet_number:010}")
}

impl Wallet {
    pub fn available(&self) -> Money {
        Money::new(self.available_minor, self.currency)
    }

    pub fn held(&self) -> Money {
        Money::new(self.held_minor, self.currency)
    }

    /// The fee for an amount in minor units: basis points plus fixed, at least the minimum, half a unit rounded up.
    ///
    /// None when the sum of amount and fee would pass the largest amount Paydesk handles.
    pub fn fee(&self, amount_minor: i64) -> Option<i64> {
        let share = (i128::from(amount_minor) * i128::from(self.fee_basis_points) + 5_000) / 10_000;
        let fee = (share + i128::from(self.fee_fixed_minor)).max(i128::from(self.fee_minimum_minor));
        let total = fee + i128::from(amount_minor);
        (total <= i128::from(MAX_MINOR)).then_some(fee as i64)
    }

    /// The largest amount that together with its fee is not above `total_minor`; zero when there is none.
    pub fn most_within(&self, total_minor: i64) -> i64 {
        let fits = |amount: i64| self.fee(amount).is_some_and(|fee| amount + fee <= total_minor);
        let (mut least, mut most) = (0, total_minor.clamp(0, MAX_MINOR));
        // Amount and fee together never fall when the amount rises, so halving finds it.
        while least < most {
            let middle = least + (most - least + 1) / 2;
            if fits(middle) {
                least = middle;
            } else {
                most = middle - 1;
            }
        }
        least
    }

    /// The number that Razorpay's dialect knows the wallet by: 16 digits, derived from its own.
    pub fn account_number(&self) -> String {
        account_number(self.number)
    }

    /// The wallet's own number in an account number; none when no wallet can have it.
    pub fn number_of_account(account_number: &str) -> Option<i64> {
        let digits = account_number.strip_prefix(ACCOUNT_PREFIX).filter(|digits| digits.len() == 10)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
    }

    pub fn needs_approval(&self, amount_minor: i64) -> bool {
        self.approval_limit_minor.is_some_and(|limit| amount_minor > limit)
    }

    pub fn is_under_threshold(&self) -> bool {
        self.threshold_minor.is_some_and(|threshold| self.available_minor < threshold)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::ids::Id;

    pub fn wallet(currency: Currency) -> Wallet {
        Wallet {
            id: Id::first_at(1),
            number: 1,
            client_id: Id::first_at(1),
            name: format!("Main {}", currency.code()),
            currency,
            available_minor: 0,
            held_minor: 0,
            approval_limit_minor: None,
            fee_basis_points: 150,
            fee_fixed_minor: 0,
            fee_minimum_minor: 0,
            threshold_minor: None,
            rail: "sandbox".into(),
            created_at: 1,
            updated_at: 1,
            closed_at: None,
            version: 1,
        }
    }

    #[test]
    fn an_account_number_leads_back_to_its_wallet() {
        let wallet = Wallet { number: 42, ..wallet(Currency::INR) };
        assert_eq!(wallet.account_number(), "4564560000000042");
        assert_eq!(Wallet::number_of_account("4564560000000042"), Some(42));
        for wrong in ["42", "", "456456000000004", "45645600000000042", "4564560000000o42", "456456-000000042"] {
            assert_eq!(Wallet::number_of_account(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn one_and_a_half_percent_fits_both_published_examples() {
        let wallet = wallet(Currency::USD);
        assert_eq!(wallet.fee(10_000), Some(150));
        assert_eq!(wallet.fee(5_000), Some(75));
    }

    #[test]
    fn a_fee_is_never_below_the_minimum_and_never_passes_the_largest_amount() {
        let wallet = Wallet { fee_minimum_minor: 30, fee_fixed_minor: 5, ..wallet(Currency::KWD) };
        assert_eq!(wallet.fee(100), Some(30));
        assert_eq!(wallet.fee(100_000), Some(1_505));
        assert_eq!(wallet.fee(MAX_MINOR), None);
    }

    #[test]
    fn the_most_within_a_limit_is_the_last_amount_that_fits() {
        let rules = [(150, 0, 0), (0, 0, 0), (150, 5, 30), (10_000, 0, 0), (333, 1, 0)];
        for (fee_basis_points, fee_fixed_minor, fee_minimum_minor) in rules {
            let wallet = Wallet { fee_basis_points, fee_fixed_minor, fee_minimum_minor, ..wallet(Currency::USD) };
            for total in [0, 1, 2, 29, 30, 31, 33, 34, 67, 101, 10_150, 99_999, MAX_MINOR] {
                let most = wallet.most_within(total);
                let costs = |amount: i64| wallet.fee(amount).map(|fee| fee + amount);
                assert!(most == 0 || costs(most).unwrap() <= total);
                assert!(costs(most + 1).is_none_or(|cost| cost > total), "{total}");
            }
        }
    }
}
