//! Making a payout: the form, and its review with fees and the wallet before and after.

use askama::Template;

use crate::web::display::{BalanceView, FieldView, NoticeView, OptionView, Problem, SumView};
use crate::web::layout::Layout;

/// The form.
#[derive(Template)]
#[template(path = "payouts/new.html")]
pub struct NewPayoutPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub wallets: Vec<OptionView>,
    /// Emails and names to pick from.
    pub payees: Vec<OptionView>,
    pub draft: PayoutDraft,
}

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct PayoutDraft {
    pub key: String,
    pub wallet: FieldView,
    pub amount: FieldView,
    pub reference: FieldView,
    /// `known` or `new`.
    pub to: &'static str,
    pub payee: FieldView,
    pub first_name: FieldView,
    pub last_name: FieldView,
    pub email: FieldView,
    pub country: FieldView,
    pub account_number: FieldView,
    pub description: FieldView,
}

/// The plan of the payout before it is made.
#[derive(Template)]
#[template(path = "payouts/new_review.html")]
pub struct NewPayoutReviewPage {
    pub layout: Layout,
    /// A question, for example `Make a payout of USD 100.00?`.
    pub title: String,
    /// The form's fields, carried along.
    pub fields: Vec<OptionView>,
    /// Label and text.
    pub facts: Vec<OptionView>,
    pub sum: SumView,
    pub balance: BalanceView,
    pub note: NoticeView,
    /// The button's words; `None` when the plan is refused.
    pub yes: Option<String>,
}
