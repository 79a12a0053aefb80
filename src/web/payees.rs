//! The pages of payees: find, see, save and delete those who are paid.

use askama::Template;

use super::display::{ChipView, FieldView, MoneyText, OptionView, PagerView, Problem, TimeView};
use super::layout::Layout;

/// Saved payees.
#[derive(Template)]
#[template(path = "payees/index.html")]
pub struct PayeesPage {
    pub layout: Layout,
    /// For example `1,204 saved payees`.
    pub matches: String,
    pub may_change: bool,
    pub q: FieldView,
    pub client: FieldView,
    pub clients: Vec<OptionView>,
    pub chips: Vec<ChipView>,
    pub rows: Vec<PayeeRow>,
    pub pager: PagerView,
    /// Said when the search leaves nothing; `None` when no payee is saved at all.
    pub nothing_matches: Option<String>,
}

/// One payee in the list.
#[derive(Clone, Debug)]
pub struct PayeeRow {
    pub href: String,
    pub name: String,
    pub email: String,
    /// Masked, for example `US account •• 4417`; empty when none is known.
    pub account: String,
    pub client: String,
    /// Grouped.
    pub payouts: String,
    /// One total per currency.
    pub totals: Vec<MoneyText>,
    pub last: Option<TimeView>,
}

/// One payee.
#[derive(Template)]
#[template(path = "payees/show.html")]
pub struct PayeePage {
    pub layout: Layout,
    pub id: String,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub country: String,
    /// Masked.
    pub account: String,
    pub client: String,
    /// When it was saved; `None` for a payee that was only paid.
    pub saved: Option<TimeView>,
    /// The list of this payee's payouts.
    pub payouts_href: String,
    pub totals: Vec<PayeeTotal>,
    pub may_make: bool,
    /// The confirm step of deleting it, for those who may.
    pub deletion: Option<DeletionStep>,
}

/// What was paid to one payee in one currency.
#[derive(Clone, Debug)]
pub struct PayeeTotal {
    /// Grouped.
    pub payouts: String,
    pub money: MoneyText,
    pub last: TimeView,
}

/// The form for a new payee.
#[derive(Template)]
#[template(path = "payees/new.html")]
pub struct NewPayeePage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub clients: Vec<OptionView>,
    pub draft: PayeeDraft,
}

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct PayeeDraft {
    pub client: FieldView,
    pub first_name: FieldView,
    pub last_name: FieldView,
    pub email: FieldView,
    pub phone: FieldView,
    pub country: FieldView,
    pub account_number: FieldView,
}

/// The confirm step of deleting a payee, on a page of its own.
#[derive(Template)]
#[template(path = "payees/deletion.html")]
pub struct PayeeDeletionPage {
    pub layout: Layout,
    pub step: DeletionStep,
}

/// What deleting a payee does.
#[derive(Clone, Debug)]
pub struct DeletionStep {
    pub action: String,
    pub keep_href: String,
    pub name: String,
    pub email: String,
    pub account: String,
    pub client: String,
    /// For example `12 payouts`.
    pub payouts: String,
}
