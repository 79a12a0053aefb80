//! Who bears what other banks charge for a payment (`contracts/revolut.md` 5.1).

use serde::{Deserialize, Serialize};

use super::money::{Currency, used_in};
use super::payout::{Refusal, Rule};

/// What the payer chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeBearer {
    /// Each side pays its own banks.
    Shared,
    /// The payer pays them all.
    Debtor,
    /// The payer pays them all where that is possible, and otherwise each its own.
    PreferDebtor,
}

impl ChargeBearer {
    pub const ALL: [ChargeBearer; 3] = [ChargeBearer::Shared, ChargeBearer::Debtor, ChargeBearer::PreferDebtor];

    pub fn name(self) -> &'static str {
        match self {
            ChargeBearer::Shared => "shared",
            ChargeBearer::Debtor => "debtor",
            ChargeBearer::PreferDebtor => "prefer_debtor",
        }
    }

    pub fn from_name(name: &str) -> Option<ChargeBearer> {
        ChargeBearer::ALL.into_iter().find(|bearer| bearer.name() == name)
    }

    /// Refuses a payer who wants to bear charges that nobody can be asked to: within one country and its currency, and
    /// between two accounts of one provider, no bank on the way charges anything, and the schemes know no such choice.
    pub fn check(self, country: Option<&str>, currency: Currency, same_provider: bool) -> Result<(), Refusal> {
        let domestic = country.is_some_and(|country| used_in(currency, country));
        if self == ChargeBearer::Debtor && (domestic || same_provider) {
            return Err(Refusal::new(
                Rule::ChargeBearer,
                "Specified 'charge_bearer' is not supported for this transaction.",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_pays_abroad_can_bear_all_charges() {
        let check = |bearer: ChargeBearer, country, currency| bearer.check(country, currency, false).is_ok();
        assert!(!check(ChargeBearer::Debtor, Some("GB"), Currency::GBP));
        assert!(!check(ChargeBearer::Debtor, Some("DE"), Currency::EUR));
        assert!(check(ChargeBearer::Debtor, Some("GB"), Currency::USD));
        assert!(check(ChargeBearer::Shared, Some("GB"), Currency::GBP));
        assert!(check(ChargeBearer::PreferDebtor, Some("GB"), Currency::GBP));
        assert!(ChargeBearer::Debtor.check(None, Currency::GBP, true).is_err());
        assert_eq!(ChargeBearer::from_name("prefer_debtor"), Some(ChargeBearer::PreferDebtor));
        assert_eq!(ChargeBearer::from_name("creditor"), None);
    }
}
