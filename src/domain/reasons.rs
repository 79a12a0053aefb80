//! Why money is sent, where the country it goes to wants to know (`contracts/revolut.md` section 6).

use super::money::Currency;

/// Each reason: its code, and what it says.
pub const REASONS: [(&str, &str); 29] = [
    ("advertising", "Advertising"),
    ("advisor_fees", "Advisor fees"),
    ("business_insurance", "Business insurance"),
    ("construction", "Construction"),
    ("delivery", "Delivery"),
    ("education", "Education"),
    ("family", "Family support"),
    ("fund_investment", "Fund investment"),
    ("goods", "Goods"),
    ("homesend", "Money sent home"),
    ("hotel", "Hotel"),
    ("exports", "Exports"),
    ("insurance_claims", "Insurance claims"),
    ("insurance_premium", "Insurance premium"),
    ("loan_repayment", "Loan repayment"),
    ("medical", "Medical treatment"),
    ("office", "Office expenses"),
    ("other_fees", "Other fees"),
    ("personal_transfer", "Personal transfer"),
    ("property_purchase", "Property purchase"),
    ("property_rental", "Property rental"),
    ("royalties", "Royalties"),
    ("services", "Services"),
    ("share_investment", "Share investment"),
    ("tax", "Tax"),
    ("transfer", "Transfer"),
    ("transportation", "Transportation"),
    ("travel", "Travel"),
    ("utilities", "Utilities"),
];

/// Where a reason is needed: ISO 3166-1 alpha-2 of the account's country, and the currency. These are the countries
/// whose banks send a payment back that has no purpose code.
pub const PLACES: [(&str, Currency); 5] =
    [("AE", Currency::AED), ("CN", Currency::CNY), ("IN", Currency::INR), ("KR", Currency::KRW), ("MY", Currency::MYR)];

/// Whether an account in this country and currency can only be paid with a reason. Where the country is not known yet,
/// as with a payout link, the currency alone says it.
pub fn is_needed(country: Option<&str>, currency: Currency) -> bool {
    PLACES.iter().any(|(place, of)| *of == currency && country.is_none_or(|country| country == *place))
}

pub fn is_known(code: &str) -> bool {
    REASONS.iter().any(|(known, _)| *known == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_needed_by_country_and_currency() {
        assert!(is_needed(Some("IN"), Currency::INR) && is_needed(None, Currency::INR));
        assert!(!is_needed(Some("GB"), Currency::INR) && !is_needed(Some("IN"), Currency::GBP));
        assert!(!is_needed(None, Currency::GBP));
        assert!(is_known("goods") && !is_known("bribes"));
    }
}
