//! A confirm step about a payee or one of its accounts, on a page of its own.

use askama::Template;
use serde::Deserialize;

use crate::web::display::OptionView;
use crate::web::layout::Layout;

/// What is asked before something is done.
#[derive(Template)]
#[template(path = "payees/step.html")]
pub struct StepPage {
    pub layout: Layout,
    /// A question.
    pub title: String,
    /// The breadcrumb's last word.
    pub crumb: &'static str,
    /// One sentence of what happens.
    pub lead: &'static str,
    pub payee: String,
    pub action: String,
    pub keep_href: String,
    /// Label and text.
    pub facts: Vec<OptionView>,
    /// What stays as it is.
    pub effect: &'static str,
    /// The state that is asked for, sent along: `yes` or `no`; none for a deletion.
    pub active: Option<&'static str>,
    pub keep: &'static str,
    pub yes: &'static str,
}

/// Which state is asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct StatusForm {
    /// `yes` switches on, anything else off: nothing is paid by mistake.
    pub active: String,
}
