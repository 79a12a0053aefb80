//! The unknown desk: everything whose outcome nobody knows, and each of them as a case.

mod acts;
mod files;
mod show;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::auth::Visitor;
use super::display::{MoneyText, PagerView, StatusView, TabView, TimeView};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::numbers::many;
use super::respond;
use super::time::lasted;
use crate::domain::case::{Ending, Kind, State, Verdict};
use crate::domain::ids::CaseId;
use crate::domain::money::group;
use crate::error::Error;
use crate::service::Desk;
use crate::service::cases;
use crate::store::cases::CaseLine;

/// Cases on one page.
const ROWS: usize = 50;

/// All cases, open or closed.
#[derive(Template)]
#[template(path = "cases/index.html")]
pub struct CasesPage {
    pub layout: Layout,
    pub tabs: Vec<TabView>,
    pub open: bool,
    pub rows: Vec<CaseRow>,
    /// What is at stake, over all that are open.
    pub sums: Vec<MoneyText>,
    pub pager: PagerView,
    /// The first page's address, when this one lies past the end of the list.
    pub first_href: Option<String>,
}

/// One case in the list.
#[derive(Clone, Debug)]
pub struct CaseRow {
    pub href: String,
    pub kind: &'static str,
    pub reference: String,
    pub payee: String,
    pub client: String,
    pub money: MoneyText,
    pub since: TimeView,
    /// How long it has been, for example `3 h 12 min`.
    pub lasted: String,
    pub answer: String,
    pub answered: String,
    /// When the provider is asked next; none when it is not.
    pub next: Option<TimeView>,
    pub owner: String,
    pub status: StatusView,
}

/// What the list's address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct IndexQuery {
    /// `closed` or anything else.
    state: String,
    after: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/cases").route(web::get().to(index)))
        .service(web::resource("/cases/{id}").route(web::get().to(show::show)))
        .service(web::resource("/cases/{id}/owner").route(web::post().to(acts::take)))
        .service(web::resource("/cases/{id}/notes").route(web::get().to(acts::back)).route(web::post().to(acts::note)))
        .service(
            web::resource("/cases/{id}/evidence").route(web::get().to(acts::back)).route(web::post().to(files::add)),
        )
        .service(web::resource("/cases/{id}/evidence/{evidence}").route(web::get().to(files::download)))
        .service(
            web::resource("/cases/{id}/evidence/{evidence}/withdrawal")
                .route(web::get().to(files::back))
                .route(web::post().to(files::withdraw)),
        )
        .service(web::resource("/cases/{id}/questions").route(web::post().to(acts::ask)))
        .service(
            web::resource("/cases/{id}/proposal").route(web::get().to(acts::back)).route(web::post().to(acts::propose)),
        )
        .service(web::resource("/cases/{id}/withdrawal").route(web::post().to(acts::withdraw)))
        .service(web::resource("/cases/{id}/settlement").route(web::post().to(acts::settle)));
}

/// GET /cases
pub async fn index(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<IndexQuery>,
) -> Result<HttpResponse, Failure> {
    let open = query.state != "closed";
    let after: Option<CaseId> = query.after.parse().ok();
    let found = cases::list(&desk, &visitor.caller, open, after, ROWS).await?;
    let href = if open { "/cases".to_owned() } else { "/cases?state=closed".to_owned() };
    let join = if open { "?" } else { "&" };
    let count: i64 = found.totals.iter().map(|total| total.cases).sum();
    let order = if open { "oldest first" } else { "newest first" };
    let tab = |path: &str, word: &str, count, current| TabView { href: path.into(), word: word.into(), count, current };
    respond::page(&CasesPage {
        layout: visitor.layout("Cases", Place::Cases),
        tabs: vec![
            tab("/cases", "Open", Some(group(count.unsigned_abs())), open),
            tab("/cases?state=closed", "Closed", None, !open),
        ],
        open,
        first_href: (found.lines.is_empty() && after.is_some()).then(|| href.clone()),
        sums: found.totals.iter().map(|total| total.amount().into()).collect(),
        pager: PagerView {
            shown: format!("{}, {order}", many(found.lines.len(), "case", "cases")),
            newer: after.map(|_| href.clone()),
            older: found.next.map(|next| format!("{href}{join}after={next}")),
        },
        rows: found.lines.iter().map(|line| row(&visitor, line)).collect(),
    })
}

fn row(visitor: &Visitor, line: &CaseLine) -> CaseRow {
    let case = &line.case;
    let until = case.closed_at.unwrap_or(visitor.now);
    CaseRow {
        href: href(case.id),
        kind: kind(case.kind),
        reference: reference(line),
        payee: line.payee_name(),
        client: line.client_name.clone(),
        money: case.amount().into(),
        since: visitor.zone.on(case.since),
        lasted: lasted(until - case.since),
        answer: line.last_answer.clone().unwrap_or_default(),
        answered: line.last_answer_at.map(|at| visitor.zone.when(at, visitor.now)).unwrap_or_default(),
        next: asks(line).map(|at| visitor.zone.short(at, visitor.now)),
        owner: line.owner_name.clone().unwrap_or_default(),
        status: status(line),
    }
}

/// When the provider is asked next about a doubt.
fn asks(line: &CaseLine) -> Option<i64> {
    let doubt = line.case.state != State::Closed && line.case.kind != Kind::PaidAfterRefund;
    line.next_question_at.filter(|_| doubt)
}

/// The payout's reference, or its id where a dialect gave none.
fn reference(line: &CaseLine) -> String {
    if line.reference_id.is_empty() { line.case.payout_id.to_string() } else { line.reference_id.clone() }
}

fn href(id: CaseId) -> String {
    format!("/cases/{id}")
}

/// The case in the address.
fn which(id: &str) -> Result<CaseId, Error> {
    id.parse().map_err(|_| Error::NotFound("Case"))
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::UnknownPayout => "Payout without an answer",
        Kind::UnknownReversal => "Reversal without an answer",
        Kind::UnansweredCancellation => "Cancellation without an answer",
        Kind::PaidAfterRefund => "Paid after its refund",
    }
}

/// What staff may say of it: the word, and what it does.
fn verdict(kind: Kind, verdict: Verdict) -> (&'static str, &'static str) {
    match (kind, verdict) {
        (Kind::UnknownPayout, Verdict::Done) => {
            ("It was paid", "The payout is completed: what is held for it is booked as paid out.")
        }
        (Kind::UnknownPayout, Verdict::NotDone) => (
            "It was not paid",
            "The payout fails: amount and fees go back to the wallet. Should the provider have paid it after all, that is \
             a loss.",
        ),
        (Kind::UnknownReversal, Verdict::Done) => ("The money is back", "It is booked as back in the wallet."),
        (Kind::UnknownReversal, Verdict::NotDone) => {
            ("Nothing came back", "The reversal fails; its amount can be asked for again.")
        }
        (Kind::UnansweredCancellation, Verdict::Done) => (
            "It was stopped",
            "The payout ends unpaid: amount and fees go back to the wallet. Should the provider have paid it after all, \
             that is a loss.",
        ),
        (Kind::UnansweredCancellation, Verdict::NotDone) => {
            ("It was not stopped", "The cancellation counts as refused; the payout goes on, its money stays held.")
        }
        (Kind::PaidAfterRefund, _) => ("It is dealt with", "The case is closed. No money moves."),
    }
}

fn status(line: &CaseLine) -> StatusView {
    match (line.case.state, line.case.ending) {
        (State::Open, _) if line.case.kind == Kind::PaidAfterRefund => StatusView { class: "s-failed", word: "Loss" },
        (State::Open, _) => StatusView { class: "s-unknown", word: "Unknown" },
        (State::Settling, _) => StatusView { class: "s-approve", word: "To confirm" },
        (State::Closed, Some(Ending::Settled)) => StatusView { class: "s-completed", word: "Settled" },
        (State::Closed, _) => StatusView { class: "s-completed", word: "Answered" },
    }
}
