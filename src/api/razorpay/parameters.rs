//! Parameters and headers that several operations take, for the description of this API.

use utoipa::IntoParams;

use super::wire::kinds::{
    AccountNumber, ContactId, Expansion, FundAccountId, Mode, PayoutLinkId, PayoutLinkStatus, PayoutStatus,
};

/// Which part of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Window {
    /// Only what was made in this second or later, in Unix seconds.
    #[param(minimum = 0, maximum = 253402300799_i64, example = 1545383037)]
    pub from: Option<i64>,
    /// Only what was made in this second or before, in Unix seconds.
    #[param(minimum = 0, maximum = 253402300799_i64, example = 1893456000)]
    pub to: Option<i64>,
    /// How many at most, up to 100.
    #[param(minimum = 1, maximum = 100, default = 10)]
    pub count: Option<i64>,
    /// How many of the newest to leave out, up to 100,000.
    #[param(minimum = 0, maximum = 100000, default = 0)]
    pub skip: Option<i64>,
}

/// Of which account.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Account {
    #[param(inline, value_type = AccountNumber)]
    pub account_number: String,
}

/// Which payout links.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LinkFilter {
    #[param(inline, value_type = Option<PayoutLinkId>)]
    pub id: Option<String>,
    #[param(inline, value_type = Option<ContactId>)]
    pub contact_id: Option<String>,
    /// The phone number of the contact; only its figures count.
    #[param(max_length = 300, example = "912345678")]
    pub contact_phone_number: Option<String>,
    /// The email address of the contact.
    #[param(max_length = 300, example = "gaurav.kumar@example.com")]
    pub contact_email: Option<String>,
    #[param(inline, value_type = Option<FundAccountId>)]
    pub fund_account_id: Option<String>,
    /// What it is for.
    #[param(max_length = 300, example = "refund")]
    pub purpose: Option<String>,
    #[param(inline, value_type = Option<PayoutLinkStatus>)]
    pub status: Option<String>,
    /// Your own reference.
    #[param(max_length = 300, example = "Receipt No. 1")]
    pub receipt: Option<String>,
    /// The address that its contact claims it at.
    #[param(max_length = 300)]
    pub short_url: Option<String>,
}

/// Which payouts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PayoutFilter {
    #[param(inline, value_type = Option<ContactId>)]
    pub contact_id: Option<String>,
    #[param(inline, value_type = Option<FundAccountId>)]
    pub fund_account_id: Option<String>,
    #[param(inline, value_type = Option<Mode>)]
    pub mode: Option<String>,
    /// Your own reference.
    #[param(max_length = 300, example = "inv-4711")]
    pub reference_id: Option<String>,
    #[param(inline, value_type = Option<PayoutStatus>)]
    pub status: Option<String>,
}

/// Whose fund accounts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Owner {
    #[param(inline, value_type = Option<ContactId>)]
    pub contact_id: Option<String>,
}

/// What to answer besides.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Expand {
    /// `payouts` adds what was tried to pay it.
    #[param(rename = "expand[]", inline, value_type = Option<Expansion>)]
    pub expand: Option<String>,
}

/// Makes a repeat harmless.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct PayoutKey {
    /// A key of your own for this payout: 4 to 36 letters, figures, hyphens, underscores or blanks. It stands for the
    /// payout for seven days. The desk’s settings can let payouts come without one.
    #[param(
        rename = "X-Payout-Idempotency",
        min_length = 4,
        max_length = 36,
        pattern = "^[0-9A-Za-z_ -]*$",
        example = "inv-4711-a"
    )]
    pub key: String,
}
