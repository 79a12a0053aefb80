//! The audit log: who did what, when, from where, and what was refused.

use askama::Template;

use super::display::{ChipView, FieldView, OptionView, PagerView, Problem, StatusView, TimeView};
use super::layout::Layout;

/// One page of the log, newest first.
#[derive(Template)]
#[template(path = "audit/index.html")]
pub struct AuditPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub filters: AuditFilters,
    pub chips: Vec<ChipView>,
    /// The newest entry of each chain.
    pub heads: Vec<ChainHead>,
    /// What the table shows, for screen readers.
    pub caption: String,
    pub rows: Vec<AuditRow>,
    pub pager: PagerView,
    /// Said when filters leave nothing; `None` when the log is empty.
    pub nothing_matches: Option<String>,
}

/// The filter form as it stands in the URL.
#[derive(Clone, Debug, Default)]
pub struct AuditFilters {
    /// Id of a person or a credential.
    pub who: FieldView,
    /// Id of the record it was about.
    pub about: FieldView,
    pub outcome: FieldView,
    pub outcomes: Vec<OptionView>,
}

/// Where a chain stands: a copy of this hash proves every entry up to it.
#[derive(Clone, Debug)]
pub struct ChainHead {
    pub chain: String,
    /// Grouped.
    pub entries: String,
    pub hash: String,
}

/// One entry.
#[derive(Clone, Debug)]
pub struct AuditRow {
    pub time: TimeView,
    pub who: String,
    /// All of this actor's entries.
    pub who_href: Option<String>,
    /// For example `Browser`.
    pub via: &'static str,
    /// For example `Cancel payout`.
    pub action: String,
    /// The record it was about, where it has a page.
    pub href: Option<String>,
    /// Shortened id; empty when it was about nothing.
    pub subject: String,
    pub outcome: StatusView,
    pub why: String,
    pub ip: String,
    pub request_id: String,
    /// Grouped.
    pub number: String,
    /// The first eight characters.
    pub hash: String,
}
