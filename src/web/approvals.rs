//! The inbox of everything that waits for a second person, and the requests that have ended.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::auth::Visitor;
use super::display::{MoneyText, NoticeView, PagerView, StatusView, TabView, TimeView, Tone};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::numbers::many;
use super::time::lasted;
use super::{approval_requests, respond, wallet_limits, words};
use crate::domain::approval::Request;
use crate::domain::freeze::Freeze;
use crate::domain::money::{Money, group};
use crate::domain::staff::Operation;
use crate::service::Desk;
use crate::service::approval_requests as approval_requests_service;
use crate::service::approvals::{self, Inbox, Whose};
use crate::store::approval_rules::RuleLine;
use crate::store::approvals::{WaitingId, WaitingLine, WaitingTotal};
use crate::store::cases::CaseLine;
use crate::store::limit_changes::LimitLine;
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
    /// Lifts of freezes, outcomes of cases, ends of rules and looser limits that wait for a second person.
    pub others: Vec<OtherRow>,
    /// Requests that have ended; then nothing else is shown.
    pub ended: Option<Vec<EndedRow>>,
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
    /// None where it is about no amount.
    pub money: Option<MoneyText>,
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

/// A freeze to lift, a case to settle, a rule to end or a limit to loosen.
#[derive(Clone, Debug)]
pub struct OtherRow {
    pub href: String,
    pub what: String,
    pub reason: String,
    pub money: Option<MoneyText>,
    pub by: String,
    pub waiting: String,
    pub asked: TimeView,
}

/// A request that has ended.
#[derive(Clone, Debug)]
pub struct EndedRow {
    pub href: String,
    pub title: String,
    pub by: String,
    pub money: Option<MoneyText>,
    pub status: StatusView,
    pub answer: String,
    pub ended: TimeView,
}

/// What the inbox's address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct IndexQuery {
    /// `others`, `own`, `all` or `ended`.
    whose: String,
    /// Newer than this record.
    after: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/approvals").route(web::get().to(index))).service(
        web::resource("/approvals/{id}")
            .route(web::get().to(approval_requests::show))
            .route(web::post().to(approval_requests::answer)),
    );
}

/// GET /approvals
pub async fn index(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<IndexQuery>,
) -> Result<HttpResponse, Failure> {
    let decides = visitor.may(Operation::DecidePayout);
    if query.whose == "ended" {
        return ended(&visitor, &desk, &query.after).await;
    }
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
        tabs: tabs(&inbox.totals, Some(whose), decides),
        refusal: (!decides).then(|| {
            NoticeView::new(Tone::Info, "You may look, not decide").with_text(format!(
                "Approvers and admins approve or send back. Your role is {}.",
                words::role(visitor.role()).to_lowercase()
            ))
        }),
        caption: format!("{}, oldest first", word(whose)),
        rows: inbox.lines.iter().map(|line| row(&visitor, line, decides)).collect(),
        others: others(&visitor, &inbox),
        ended: None,
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

/// Requests that have ended, newest first.
async fn ended(visitor: &Visitor, desk: &Desk, before: &str) -> Result<HttpResponse, Failure> {
    let before = before.parse().ok();
    let (requests, older) = approval_requests_service::ended(desk, &visitor.caller, before, ROWS).await?;
    let totals = approvals::totals(desk, &visitor.caller).await?;
    let decides = visitor.may(Operation::DecidePayout);
    let row = |request: &Request| EndedRow {
        href: approval_requests::href(request.id),
        title: request.title.clone(),
        by: request.maker_name.clone(),
        money: request.amount().map(MoneyText::from),
        status: approval_requests::status(request.state),
        answer: request.answer.clone().unwrap_or_default(),
        ended: visitor.zone.on(request.ended_at.unwrap_or_default()),
    };
    const HREF: &str = "/approvals?whose=ended";
    respond::page(&ApprovalsPage {
        layout: visitor.layout("Approvals", Place::Approvals),
        tabs: tabs(&totals, None, decides),
        refusal: None,
        caption: "Requests that have ended, newest first".to_owned(),
        rows: Vec::new(),
        sums_title: String::new(),
        sums: Vec::new(),
        others: Vec::new(),
        first_href: (requests.is_empty() && before.is_some()).then(|| HREF.to_owned()),
        pager: PagerView {
            shown: format!("{}, newest first", many(requests.len(), "request", "requests")),
            newer: before.map(|_| HREF.to_owned()),
            older: older.map(|older| format!("{HREF}&after={older}")),
        },
        ended: Some(requests.iter().map(row).collect()),
        empty_title: "No request has ended yet",
        empty_text: "What a rule wants approved first stands here once it is approved, sent back, or over.",
    })
}

fn others(visitor: &Visitor, inbox: &Inbox) -> Vec<OtherRow> {
    let lift = |freeze: &Freeze| {
        let at = freeze.asked_at.unwrap_or_default();
        OtherRow {
            href: format!("/freezes/{}/lift", freeze.id),
            what: format!("Lift the freeze: {}", freeze.what()),
            reason: freeze.asked_reason.clone().unwrap_or_default(),
            money: None,
            by: freeze.asker_name.clone().unwrap_or_default(),
            waiting: lasted(visitor.now - at),
            asked: visitor.zone.on(at),
        }
    };
    let case = |line: &CaseLine| {
        let at = line.case.proposed_at.unwrap_or_default();
        OtherRow {
            href: format!("/cases/{}", line.case.id),
            what: format!("Settle the case: {}", line.reference_id),
            reason: line.case.verdict_reason.clone().unwrap_or_default(),
            money: Some(line.case.amount().into()),
            by: line.proposer_name.clone().unwrap_or_default(),
            waiting: lasted(visitor.now - at),
            asked: visitor.zone.on(at),
        }
    };
    let ending = |line: &RuleLine| {
        let at = line.rule.end_asked_at.unwrap_or_default();
        OtherRow {
            href: format!("/settings/approval-rules/{}/end", line.rule.id),
            what: format!("End the rule: {}", line.rule.verb.words()),
            reason: line.client_name.clone().unwrap_or_else(|| "Any client".to_owned()),
            money: line.rule.from().map(MoneyText::from),
            by: line.asker_name.clone().unwrap_or_default(),
            waiting: lasted(visitor.now - at),
            asked: visitor.zone.on(at),
        }
    };
    let limit = |line: &LimitLine| OtherRow {
        href: wallet_limits::href(line.wallet_number),
        what: format!("A looser approval limit: {}", line.wallet_name),
        reason: format!(
            "{} in place of {}",
            wallet_limits::limit(line.change.after_minor, line.currency),
            wallet_limits::limit(line.change.before_minor, line.currency)
        ),
        money: line.change.after_minor.map(|minor| Money::new(minor, line.currency).into()),
        by: line.asker_name.clone(),
        waiting: lasted(visitor.now - line.change.asked_at),
        asked: visitor.zone.on(line.change.asked_at),
    };
    let mut rows: Vec<(i64, OtherRow)> = inbox
        .lifts
        .iter()
        .map(|freeze| (freeze.asked_at.unwrap_or_default(), lift(freeze)))
        .chain(inbox.cases.iter().map(|line| (line.case.proposed_at.unwrap_or_default(), case(line))))
        .chain(inbox.endings.iter().map(|line| (line.rule.end_asked_at.unwrap_or_default(), ending(line))))
        .chain(inbox.limits.iter().map(|line| (line.change.asked_at, limit(line))))
        .collect();
    rows.sort_by_key(|(at, _)| *at);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Who may not decide is not told that something waits for them. No list is one of those that have ended.
fn tabs(totals: &[WaitingTotal], whose: Option<Whose>, decides: bool) -> Vec<TabView> {
    let shown = [Whose::Others, Whose::Own, Whose::All].into_iter().filter(|tab| decides || *tab != Whose::Others);
    shown
        .map(|tab| {
            let count: i64 = of(totals, tab).map(|total| total.payouts).sum();
            let all: i64 = totals.iter().map(|total| total.payouts).sum();
            let more = if all >= COUNT_CAP { "+" } else { "" };
            TabView {
                href: format!("/approvals?whose={}", name(tab)),
                word: word(tab).to_owned(),
                count: Some(format!("{}{more}", group(count.unsigned_abs()))),
                current: Some(tab) == whose,
            }
        })
        .chain([TabView {
            href: "/approvals?whose=ended".to_owned(),
            word: "Ended requests".to_owned(),
            count: None,
            current: whose.is_none(),
        }])
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
        let Some(currency) = total.currency else { continue };
        match sums.iter_mut().find(|sum| sum.currency == currency) {
            Some(sum) => sum.minor += total.amount_minor,
            None => sums.push(Money::new(total.amount_minor, currency)),
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
            WaitingId::Request(id) => approval_requests::href(id),
        },
        waiting: lasted(visitor.now - made),
        asked: visitor.zone.on(made),
        payee: match (line.id, line.reference_id.clone()) {
            (WaitingId::Request(_), title) => title.unwrap_or_default(),
            _ => line.payee_name(),
        },
        reference: match (line.id, line.reference_id.clone()) {
            (WaitingId::Request(_), _) => "Request".to_owned(),
            (WaitingId::Payout(_), reference) => reference.unwrap_or_default(),
            (WaitingId::Link(id), reference) => {
                format!("Payout link {}", reference.unwrap_or_else(|| id.short()))
            }
        },
        money: line.amount().map(MoneyText::from),
        fees: line.fees().map(|fees| fees.figures()).unwrap_or_default(),
        wallet: line.wallet_name.clone().unwrap_or_default(),
        client: line.client_name.clone().unwrap_or_default(),
        by: match &line.credential_name {
            Some(program) => format!("{program}, of {maker}"),
            None => maker,
        },
        why: match (line.people, line.approval_limit_minor.zip(line.currency)) {
            (Some(people), _) => format!("A rule: {} of {people}", line.given),
            (None, Some((limit, currency))) => {
                format!("Above the limit of {}", Money::new(limit, currency).figures())
            }
            (None, None) => "A second person must approve".to_owned(),
        },
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
            "What needs a second person appears here until enough people other than its maker have decided.",
        ),
        Whose::Own => (
            "Nothing of yours waits",
            "What you make above a wallet’s limit waits here for somebody else, and so does what a rule wants approved and \
             what you have approved already. So does what a program makes whose credential you own or whose \
             secret you made.",
        ),
        Whose::All => {
            ("Nothing waits", "What a wallet’s limit or a rule wants approved waits here for a second person.")
        }
    }
}
