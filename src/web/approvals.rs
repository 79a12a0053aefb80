//! The inbox of payouts and payout links that wait for a second person.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::auth::Visitor;
use super::display::{MoneyText, NoticeView, PagerView, TabView, TimeView, Tone};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::numbers::many;
use super::time::lasted;
use super::{respond, words};
use crate::domain::money::{Money, group};
use crate::domain::staff::Operation;
use crate::service::Desk;
use crate::service::approvals::{self, Inbox, Whose};
use crate::store::approvals::{WaitingId, WaitingLine, WaitingTotal};
use crate::store::payouts::COUNT_CAP;

/// Records on one page.
const ROWS: usize = 50;

/// Payouts and payout links above their wallet's limit, oldest first.
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
    /// The first page's address, when this one lies past the end of the list.
    pub first_href: Option<String>,
    /// What an empty list means.
    pub empty_title: &'static str,
    pub empty_text: &'static str,
}

/// One record that waits.
#[derive(Clone, Debug)]
pub struct ApprovalRow {
    /// Its approval page.
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
    /// For example `Expires in 27 d 3 h`.
    pub expires: String,
    /// The button's word: `Review`, or `See` where the reader may not decide.
    pub open: &'static str,
}

/// What the inbox's address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct IndexQuery {
    /// `others`, `own` or `all`.
    whose: String,
    /// Newer than this record.
    after: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/approvals").route(web::get().to(index)));
}

/// GET /approvals
pub async fn index(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<IndexQuery>,
) -> Result<HttpResponse, Failure> {
    let decides = visitor.may(Operation::DecidePayout);
    let whose = match query.whose.as_str() {
        "own" => Whose::Own,
        "all" => Whose::All,
        "others" => Whose::Others,
        _ if decides => Whose::Others,
        _ => Whose::All,
    };
    let after = query.after.parse().ok();
    let inbox = approvals::inbox(&desk, &visitor.caller, whose, after, ROWS).await?;
    let href = format!("/approvals?whose={}", name(whose));
    let (empty_title, empty_text) = empty(whose);
    let beyond = inbox.lines.is_empty() && after.is_some() && of(&inbox.totals, whose).any(|total| total.payouts > 0);
    respond::page(&ApprovalsPage {
        layout: visitor.layout("Approvals", Place::Approvals),
        tabs: tabs(&inbox, whose, decides),
        refusal: (!decides).then(|| {
            NoticeView::new(Tone::Info, "You may look, not decide").with_text(format!(
                "Approvers and admins approve or send back. Your role is {}.",
                words::role(visitor.role()).to_lowercase()
            ))
        }),
        caption: format!("{}, oldest first", word(whose)),
        rows: inbox.lines.iter().map(|line| row(&visitor, line, decides)).collect(),
        sums_title: "Sum of all in this list".to_owned(),
        sums: sums(&inbox, whose),
        pager: PagerView {
            shown: format!("{}, oldest first", many(inbox.lines.len(), "request", "requests")),
            newer: after.map(|_| href.clone()),
            older: inbox.next.map(|next| format!("{href}&after={next}")),
        },
        first_href: beyond.then(|| href.clone()),
        empty_title,
        empty_text,
    })
}

/// Who may not decide is not told that something waits for them.
fn tabs(inbox: &Inbox, whose: Whose, decides: bool) -> Vec<TabView> {
    let shown = [Whose::Others, Whose::Own, Whose::All].into_iter().filter(|tab| decides || *tab != Whose::Others);
    shown
        .map(|tab| {
            let count: i64 = of(&inbox.totals, tab).map(|total| total.payouts).sum();
            let all: i64 = inbox.totals.iter().map(|total| total.payouts).sum();
            let more = if all >= COUNT_CAP { "+" } else { "" };
            TabView {
                href: format!("/approvals?whose={}", name(tab)),
                word: word(tab).to_owned(),
                count: Some(format!("{}{more}", group(count.unsigned_abs()))),
                current: tab == whose,
            }
        })
        .collect()
}

fn of(totals: &[WaitingTotal], whose: Whose) -> impl Iterator<Item = &WaitingTotal> {
    totals.iter().filter(move |total| match whose {
        Whose::Others => total.own == 0,
        Whose::Own => total.own == 1,
        Whose::All => true,
    })
}

/// One sum per currency; in the list of all, own payouts and those of others are of one sum.
fn sums(inbox: &Inbox, whose: Whose) -> Vec<MoneyText> {
    let mut sums: Vec<Money> = Vec::new();
    for total in of(&inbox.totals, whose) {
        match sums.iter_mut().find(|sum| sum.currency == total.currency) {
            Some(sum) => sum.minor += total.amount_minor,
            None => sums.push(Money::new(total.amount_minor, total.currency)),
        }
    }
    sums.into_iter().map(MoneyText::from).collect()
}

fn row(visitor: &Visitor, line: &WaitingLine, decides: bool) -> ApprovalRow {
    let made = line.id.created_at();
    let maker = line.maker_name.clone().unwrap_or_default();
    ApprovalRow {
        href: match line.id {
            WaitingId::Payout(id) => format!("/payouts/{id}/approval"),
            WaitingId::Link(id) => format!("/payout-links/{id}/approval"),
        },
        waiting: lasted(visitor.now - made),
        asked: visitor.zone.on(made),
        payee: line.payee_name(),
        reference: match (line.id, line.reference_id.clone()) {
            (WaitingId::Payout(_), reference) => reference.unwrap_or_default(),
            (WaitingId::Link(id), reference) => {
                format!("Payout link {}", reference.unwrap_or_else(|| id.short()))
            }
        },
        money: line.amount().into(),
        fees: line.fees().figures(),
        wallet: line.wallet_name.clone(),
        client: line.client_name.clone(),
        by: match &line.credential_name {
            Some(program) => format!("{program}, of {maker}"),
            None => maker,
        },
        why: line.approval_limit_minor.map_or_else(
            || "A second person must approve".to_owned(),
            |limit| format!("Above the limit of {}", Money::new(limit, line.currency).figures()),
        ),
        expires: line.due_at.map_or_else(String::new, |due| format!("Expires in {}", lasted(due - visitor.now))),
        open: if decides && line.own == 0 { "Review" } else { "See" },
    }
}

fn name(whose: Whose) -> &'static str {
    match whose {
        Whose::Others => "others",
        Whose::Own => "own",
        Whose::All => "all",
    }
}

fn word(whose: Whose) -> &'static str {
    match whose {
        Whose::Others => "Waiting for you",
        Whose::Own => "For others to decide",
        Whose::All => "All that wait",
    }
}

fn empty(whose: Whose) -> (&'static str, &'static str) {
    match whose {
        Whose::Others => (
            "Nothing waits for you",
            "A payout or payout link above its wallet’s limit appears here until someone other than its maker decides.",
        ),
        Whose::Own => (
            "Nothing of yours waits",
            "What you make above a wallet’s limit waits here for somebody else. So does what a program makes whose \
             credential you own or created.",
        ),
        Whose::All => {
            ("Nothing waits", "A payout or payout link above its wallet’s limit waits here for a second person.")
        }
    }
}
