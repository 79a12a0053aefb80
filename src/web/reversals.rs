//! The list of reversals: money asked back from payees.

use askama::Template;

use super::display::{MoneyText, PagerView, StatusView, TabView, TimeView};
use super::layout::Layout;

/// One page of the list.
#[derive(Template)]
#[template(path = "reversals/index.html")]
pub struct ReversalsPage {
    pub layout: Layout,
    pub tabs: Vec<TabView>,
    /// What the table shows, for screen readers.
    pub caption: String,
    pub rows: Vec<ReversalRow>,
    pub pager: PagerView,
    /// The words of the tab that has none; `None` when there is no reversal at all.
    pub nothing_matches: Option<String>,
}

/// One reversal in the list.
#[derive(Clone, Debug)]
pub struct ReversalRow {
    /// The record of the reversal.
    pub href: String,
    pub asked: TimeView,
    pub payee: String,
    pub reference: String,
    pub payout_href: String,
    pub reason: String,
    pub status: StatusView,
    /// When it ended, or why it was refused; empty while it is asked for.
    pub note: String,
    pub money: MoneyText,
    pub wallet: String,
    pub client: String,
    pub by: String,
}
