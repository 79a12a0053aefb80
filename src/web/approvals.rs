//! The inbox of payouts that wait for a second person.

use askama::Template;

use super::display::{MoneyText, NoticeView, PagerView, TabView, TimeView};
use super::layout::Layout;

/// Payouts above their wallet's limit, oldest first.
#[derive(Template)]
#[template(path = "approvals/index.html")]
pub struct ApprovalsPage {
    pub layout: Layout,
    pub tabs: Vec<TabView>,
    /// Why the reader may not decide, and who may.
    pub refusal: Option<NoticeView>,
    /// What the table shows, for screen readers.
    pub caption: String,
    pub rows: Vec<ApprovalRow>,
    /// For example `Sum of the 6 that wait for you`.
    pub sums_title: String,
    pub sums: Vec<MoneyText>,
    pub pager: PagerView,
    /// What an empty list means.
    pub empty_title: &'static str,
    pub empty_text: &'static str,
}

/// One payout that waits.
#[derive(Clone, Debug)]
pub struct ApprovalRow {
    /// The approval page of the payout.
    pub href: String,
    /// How long it has waited, for example `3 h 12 min`.
    pub waiting: String,
    pub asked: TimeView,
    pub payee: String,
    pub reference: String,
    pub money: MoneyText,
    /// Without the code.
    pub fees: String,
    pub wallet: String,
    pub client: String,
    /// The maker.
    pub by: String,
    /// The rule, for example `Over the wallet’s 1,000.00`.
    pub why: String,
    /// For example `Expires in 27 d`.
    pub expires: String,
    /// The button's word: `Review`, or `See` where the reader may not decide.
    pub open: &'static str,
}
