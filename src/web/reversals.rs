//! The list of reversals: money asked back from payees.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::auth::Visitor;
use super::display::{MoneyText, PagerView, StatusView, TabView, TimeView};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::numbers::many;
use super::time::lasted;
use super::{respond, words};
use crate::domain::money::group;
use crate::domain::reversal::State;
use crate::service::{Desk, reversals};
use crate::store::payouts::COUNT_CAP;
use crate::store::reversals::{Count, ReversalLine};

/// Reversals on one page.
const ROWS: usize = 50;
/// The tabs: name in the address, word, state.
const TABS: [(&str, &str, Option<State>); 4] = [
    ("", "All", None),
    ("pending", "Asked for", Some(State::Pending)),
    ("completed", "Money is back", Some(State::Completed)),
    ("failed", "Refused", Some(State::Failed)),
];

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
    /// The first page's address, when this one lies past the end of the list.
    pub first_href: Option<String>,
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
    pub by: String,
}

/// What the list's address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct IndexQuery {
    /// `pending`, `completed` or `failed`.
    status: String,
    /// Older than this reversal.
    before: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/reversals").route(web::get().to(index)));
}

/// GET /reversals
pub async fn index(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<IndexQuery>,
) -> Result<HttpResponse, Failure> {
    let tab = TABS.iter().find(|(name, ..)| *name == query.status).unwrap_or(&TABS[0]);
    let (_, tab_word, state) = *tab;
    let before = query.before.parse().ok();
    let (lines, older) = reversals::list(&desk, &visitor.caller, state, before, ROWS).await?;
    let counts = reversals::counts(&desk, &visitor.caller).await?;
    let href = address(tab.0);
    let beyond = lines.is_empty() && before.is_some() && counted(&counts, state) > 0;
    let joint = if state.is_some() { '&' } else { '?' };
    respond::page(&ReversalsPage {
        layout: visitor.layout("Reversals", Place::Reversals),
        tabs: TABS
            .iter()
            .map(|(name, word, state)| TabView {
                href: address(name),
                word: (*word).to_owned(),
                count: Some(count(&counts, *state)),
                current: *name == tab.0,
            })
            .collect(),
        caption: match state {
            None => "All reversals, newest first".to_owned(),
            Some(_) => format!("Reversals with the status “{tab_word}”, newest first"),
        },
        pager: PagerView {
            shown: format!("{}, newest first", many(lines.len(), "reversal", "reversals")),
            newer: before.map(|_| href.clone()),
            older: older.map(|older| format!("{href}{joint}before={older}")),
        },
        first_href: beyond.then(|| href.clone()),
        nothing_matches: state.map(|_| format!("No reversal has the status “{tab_word}”")),
        rows: lines.iter().map(|line| row(&visitor, line)).collect(),
    })
}

/// How many reversals a tab holds; more than are counted show as `10,000+`.
fn count(counts: &[Count], state: Option<State>) -> String {
    let sum = counted(counts, state);
    let more = if sum > COUNT_CAP { "+" } else { "" };
    format!("{}{more}", group(sum.min(COUNT_CAP).unsigned_abs()))
}

fn counted(counts: &[Count], state: Option<State>) -> i64 {
    let of = counts.iter().filter(|count| state.is_none_or(|state| state == count.state));
    of.map(|count| count.reversals).sum()
}

fn address(status: &str) -> String {
    if status.is_empty() { "/reversals".to_owned() } else { format!("/reversals?status={status}") }
}

fn row(visitor: &Visitor, line: &ReversalLine) -> ReversalRow {
    let reversal = &line.reversal;
    let asked = reversal.id.created_at();
    let note = match (reversal.state, reversal.completed_at) {
        (State::Pending, _) => format!("for {}", lasted(visitor.now - asked)),
        (State::Completed, Some(at)) => visitor.zone.short(at, visitor.now).shown,
        (State::Completed, None) => String::new(),
        (State::Failed, _) => reversal.failure_reason.clone().unwrap_or_default(),
    };
    ReversalRow {
        href: format!("/payouts/{}/reversals/{}", reversal.payout_id, reversal.id),
        asked: visitor.zone.short(asked, visitor.now),
        payee: format!("{} {}", line.payee_first_name, line.payee_last_name).trim().to_owned(),
        reference: line.reference_id.clone(),
        payout_href: format!("/payouts/{}", reversal.payout_id),
        reason: reversal.reason.clone(),
        status: words::reversal_status(reversal.state, reversal.outcome_unknown_since.is_some()),
        note,
        money: reversal.amount().into(),
        wallet: line.wallet_name.clone(),
        by: line.maker_name.clone().unwrap_or_default(),
    }
}
