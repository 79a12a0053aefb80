//! The list of payouts: tabs, filters, sums and selection.

use askama::Template;

use crate::web::display::{
    ChipView, FieldView, MoneyText, OptionView, PagerView, Problem, StatusView, TabView, TimeView,
};
use crate::web::layout::Layout;

/// One page of the list.
#[derive(Template)]
#[template(path = "payouts/index.html")]
pub struct PayoutsPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    /// For example `10,000+ payouts match`.
    pub matches: String,
    pub may_make: bool,
    pub may_cancel: bool,
    /// Address and word of the export of exactly this list.
    pub export: Option<OptionView>,
    pub tabs: Vec<TabView>,
    pub filters: FiltersView,
    pub chips: Vec<ChipView>,
    pub clear_href: String,
    /// What the table shows, for screen readers.
    pub caption: String,
    pub rows: Vec<PayoutRow>,
    pub sums: SumsView,
    pub pager: PagerView,
    /// Said when filters leave nothing; `None` when there is no payout at all.
    pub nothing_matches: Option<String>,
}

/// The filter form as it stands in the URL.
#[derive(Clone, Debug, Default)]
pub struct FiltersView {
    pub status: String,
    pub q: FieldView,
    pub ids: FieldView,
    pub from: FieldView,
    pub to: FieldView,
    pub client: FieldView,
    pub clients: Vec<OptionView>,
    pub wallet: FieldView,
    pub wallets: Vec<OptionView>,
    pub currency: FieldView,
    pub currencies: Vec<OptionView>,
    pub reversed: FieldView,
    pub reversed_options: Vec<OptionView>,
    /// One of the further filters is on.
    pub more: bool,
}

/// One payout in the list.
#[derive(Clone, Debug)]
pub struct PayoutRow {
    pub id: String,
    /// For example `pyt_…xyz789`.
    pub short_id: String,
    pub created: TimeView,
    pub payee: String,
    pub account: String,
    pub reference: String,
    pub status: StatusView,
    /// For example `for 2 h 32 min`; empty once the payout is final.
    pub since: String,
    pub money: MoneyText,
    /// Without the code.
    pub fees: String,
    pub wallet: String,
    pub client: String,
    pub by: String,
}

/// The totals of the whole filter, one per currency.
#[derive(Clone, Debug, Default)]
pub struct SumsView {
    /// For example `Sum of all 61 that match`.
    pub title: String,
    pub totals: Vec<MoneyText>,
    /// Where to ask for sums that are not kept ready.
    pub ask_href: Option<String>,
    /// Why there are no sums.
    pub note: Option<String>,
}
