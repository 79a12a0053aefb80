//! What programs that speak Razorpay's dialect may send besides what the provider knows itself.

/// What `serve` and `demo` take about Razorpay's dialect.
#[derive(Debug, Clone, clap::Args)]
pub struct RazorpayArgs {
    /// Whether POST /v1/payouts must carry X-Payout-Idempotency; optional is for programs that cannot send it.
    #[arg(long, env = "PAYDESK_RAZORPAY_KEY", value_enum, default_value = "required")]
    pub razorpay_key: RazorpayKey,
    /// Purposes of payouts and payout links besides the provider's own, separated by commas.
    #[arg(long, env = "PAYDESK_RAZORPAY_PURPOSES", value_delimiter = ',')]
    pub razorpay_purposes: Vec<String>,
    /// Types of contacts besides the provider's own, separated by commas.
    #[arg(long, env = "PAYDESK_RAZORPAY_CONTACT_TYPES", value_delimiter = ',')]
    pub razorpay_contact_types: Vec<String>,
}

/// Whether a payout to make needs its idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum RazorpayKey {
    Required,
    Optional,
}

/// The checked settings of Razorpay's dialect.
#[derive(Debug, Clone)]
pub struct RazorpayConfig {
    pub key: RazorpayKey,
    /// Besides the provider's own.
    pub purposes: Vec<String>,
    /// Besides the provider's own.
    pub contact_types: Vec<String>,
}

/// The provider's own words (`contracts/razorpay.md` 3.3).
const PURPOSES: [&str; 6] = ["refund", "cashback", "payout", "salary", "utility bill", "vendor bill"];
const CONTACT_TYPES: [&str; 4] = ["vendor", "customer", "employee", "self"];

impl RazorpayArgs {
    pub fn config(&self) -> RazorpayConfig {
        let words = |given: &[String]| {
            let trimmed = given.iter().map(|word| word.trim().to_owned());
            trimmed.filter(|word| !word.is_empty()).collect()
        };
        RazorpayConfig {
            key: self.razorpay_key,
            purposes: words(&self.razorpay_purposes),
            contact_types: words(&self.razorpay_contact_types),
        }
    }
}

impl RazorpayConfig {
    /// Whether money may be sent for this.
    pub fn knows_purpose(&self, word: &str) -> bool {
        PURPOSES.contains(&word) || self.purposes.iter().any(|known| known == word)
    }

    /// Whether a contact may be of this type.
    pub fn knows_contact_type(&self, word: &str) -> bool {
        CONTACT_TYPES.contains(&word) || self.contact_types.iter().any(|known| known == word)
    }
}
