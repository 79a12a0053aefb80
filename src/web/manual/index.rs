//! The worklist: what is to be paid, what is taken, and what staff are asked.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::{href, reference};
use crate::domain::case::Verdict;
use crate::domain::ids::PayoutId;
use crate::domain::manual::Kind;
use crate::domain::money::group;
use crate::domain::staff::Operation;
use crate::service::Desk;
use crate::service::manual::{self, WorkQuery, Worklist};
use crate::store::manual::{COUNTED, Part, Question, WorkLine, WorkTotal};
use crate::web::address::with_query;
use crate::web::auth::Visitor;
use crate::web::display::{FieldView, MoneyText, NoticeView, OptionView, PagerView, StatusView, TabView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::many;
use crate::web::respond;
use crate::web::time::lasted;

/// Payouts on one page.
const ROWS: usize = 50;

/// The worklist.
#[derive(Template)]
#[template(path = "manual/index.html")]
pub struct WorkPage {
    pub layout: Layout,
    pub tabs: Vec<TabView>,
    pub tab: &'static str,
    /// The reader may take and record.
    pub works: bool,
    /// What a selection came to that was not all taken.
    pub notice: Option<NoticeView>,
    pub wallet: FieldView,
    pub wallets: Vec<OptionView>,
    pub own: bool,
    pub caption: &'static str,
    pub rows: Vec<WorkRow>,
    pub sums_title: String,
    pub sums: Vec<MoneyText>,
    pub pager: PagerView,
    /// The first page's address, when this one lies past the end of the list.
    pub first_href: Option<String>,
    pub empty_title: &'static str,
    pub empty_text: &'static str,
}

/// One payout, or one question about it.
#[derive(Clone, Debug)]
pub struct WorkRow {
    pub id: String,
    pub href: String,
    pub payee: String,
    pub account: String,
    pub reference: String,
    pub money: MoneyText,
    pub wallet: String,
    pub client: String,
    /// How long it waits, and for what.
    pub waiting: String,
    pub by: String,
    pub status: StatusView,
}

/// What the worklist's address says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IndexQuery {
    /// `taken`, `asked`, or anything else for what is to be paid.
    pub part: String,
    /// A wallet's number.
    pub wallet: String,
    /// `own`: only what the reader took.
    pub whose: String,
    pub after: String,
}

/// GET /manual
pub async fn index(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<IndexQuery>,
) -> Result<HttpResponse, Failure> {
    respond::page(&page(&visitor, &desk, &query, None).await?)
}

/// The page, with what became of a selection.
pub async fn page(
    visitor: &Visitor,
    desk: &Desk,
    query: &IndexQuery,
    notice: Option<NoticeView>,
) -> Result<WorkPage, Failure> {
    let after: Option<PayoutId> = query.after.parse().ok();
    let own = query.whose == "own";
    let part = if query.part == "taken" { Part::Taken } else { Part::ToPay };
    let asked = query.part == "asked";
    let work = WorkQuery { wallet: query.wallet.trim().parse().ok(), own, after };
    let found = manual::list(desk, &visitor.caller, part, &work, ROWS).await?;
    let address = |after: &str| {
        let whose = if own { "own" } else { "" };
        let part = if asked {
            "asked"
        } else if part == Part::Taken {
            "taken"
        } else {
            ""
        };
        with_query("/manual", &[("part", part), ("wallet", query.wallet.trim()), ("whose", whose), ("after", after)])
    };
    let (rows, next): (Vec<WorkRow>, Option<String>) = if asked {
        let from = Some(query.after.as_str()).filter(|after| !after.is_empty());
        let (questions, more) = manual::questions(desk, &visitor.caller, from, ROWS).await?;
        let rows = questions.iter().map(|question| question_row(visitor, question)).collect();
        (rows, questions.last().map(|question| question.id.clone()).filter(|_| more))
    } else {
        (found.lines.iter().map(|line| row(visitor, part, line)).collect(), found.next.map(|next| next.to_string()))
    };
    let onward = if asked { !query.after.is_empty() } else { after.is_some() };
    let totals = if part == Part::Taken { &found.taken } else { &found.to_pay };
    let (empty_title, empty_text) = match (asked, part) {
        (true, _) => (
            "Nobody asks anything",
            "When somebody wants a payout stopped that is taken, or money back, it is asked here. So is what the bank did \
             afterwards and a second person confirms.",
        ),
        (_, Part::ToPay) => (
            "Nothing is to be paid by hand",
            "Payouts of a wallet whose provider is “Manual” wait here until somebody takes them to the bank.",
        ),
        (_, Part::Taken) => {
            ("Nothing is taken", "What somebody has taken to the bank stands here until it is recorded.")
        }
    };
    Ok(WorkPage {
        layout: visitor.layout("Pay by hand", Place::Manual),
        tabs: tabs(&found, query),
        tab: if asked {
            "asked"
        } else if part == Part::Taken {
            "taken"
        } else {
            ""
        },
        works: visitor.may(Operation::PayByHand),
        notice,
        wallet: FieldView::of(query.wallet.trim()),
        wallets: found.wallets.iter().map(|it| OptionView::new(it.number.to_string(), &it.name)).collect(),
        own,
        caption: match (asked, part) {
            (true, _) => "What staff are asked",
            (_, Part::ToPay) => "Payouts to take to the bank, oldest first",
            (_, Part::Taken) => "Payouts that are taken, oldest first",
        },
        sums_title: format!("Sum of {}", counted(totals)),
        sums: if asked { Vec::new() } else { totals.iter().map(|total| total.amount().into()).collect() },
        first_href: (rows.is_empty() && onward).then(|| address("")),
        pager: PagerView {
            shown: match asked {
                true => format!("{}, oldest first", many(rows.len(), "question", "questions")),
                false => format!("{}, oldest first", many(rows.len(), "payout", "payouts")),
            },
            newer: onward.then(|| address("")),
            older: next.map(|next| address(&next)),
        },
        rows,
        empty_title,
        empty_text,
    })
}

fn tabs(found: &Worklist, query: &IndexQuery) -> Vec<TabView> {
    let tab = |part: &str, word: &str, count: String| TabView {
        href: with_query("/manual", &[("part", part), ("wallet", query.wallet.trim())]),
        word: word.to_owned(),
        count: Some(count),
        current: query.part == part || (part.is_empty() && !["taken", "asked"].contains(&query.part.as_str())),
    };
    vec![
        tab("", "To pay", number(&found.to_pay)),
        tab("taken", "Taken", number(&found.taken)),
        tab("asked", "Questions", capped(found.questions)),
    ]
}

fn number(totals: &[WorkTotal]) -> String {
    capped(totals.iter().map(|total| total.payouts).sum())
}

/// What was counted up to a bound.
fn capped(number: i64) -> String {
    let more = if number >= COUNTED { "+" } else { "" };
    format!("{}{more}", group(number.unsigned_abs()))
}

fn counted(totals: &[WorkTotal]) -> String {
    match totals.iter().map(|total| total.payouts).sum::<i64>() {
        1 => "the one payout".to_owned(),
        payouts if payouts >= COUNTED => "the oldest 10,000 payouts".to_owned(),
        payouts => format!("all {} payouts", group(payouts.unsigned_abs())),
    }
}

fn row(visitor: &Visitor, part: Part, line: &WorkLine) -> WorkRow {
    let since = if part == Part::Taken { line.taken_at } else { line.queued_at };
    WorkRow {
        id: line.id.to_string(),
        href: href(line.id),
        payee: line.payee_name(),
        account: line.account_label.clone().unwrap_or_default(),
        reference: reference(&line.reference_id, line.id),
        money: line.destination().into(),
        wallet: line.wallet_name.clone(),
        client: line.client_name.clone(),
        waiting: since.map(|at| lasted(visitor.now - at)).unwrap_or_default(),
        by: line.taker_name.clone().unwrap_or_default(),
        status: status(line),
    }
}

fn status(line: &WorkLine) -> StatusView {
    match line {
        WorkLine { waiting: Some(Verdict::Done), .. } => StatusView { class: "s-approve", word: "Paid, to confirm" },
        WorkLine { waiting: Some(Verdict::NotDone), .. } => {
            StatusView { class: "s-approve", word: "Not paid, to confirm" }
        }
        WorkLine { asked: 1.., .. } => StatusView { class: "s-asked", word: "Asked to stop" },
        WorkLine { outcome_unknown_since: Some(_), .. } => StatusView { class: "s-unknown", word: "Unknown" },
        WorkLine { taken_at: Some(_), .. } => StatusView { class: "s-processing", word: "Taken" },
        _ => StatusView { class: "s-queued", word: "To pay" },
    }
}

fn question_row(visitor: &Visitor, question: &Question) -> WorkRow {
    let status = match (question.kind, question.waiting) {
        (Kind::Aftermath, Some(Verdict::Done)) => {
            StatusView { class: "s-approve", word: "Paid all the same, to confirm" }
        }
        (Kind::Aftermath, _) => StatusView { class: "s-approve", word: "Sent back, to confirm" },
        (_, Some(_)) => StatusView { class: "s-approve", word: "Answer to confirm" },
        (Kind::Reversal, None) => StatusView { class: "s-asked", word: "Came back?" },
        (_, None) => StatusView { class: "s-asked", word: "Stopped?" },
    };
    WorkRow {
        id: question.id.clone(),
        href: href(question.payout_id),
        payee: question.payee_name(),
        account: question.reason.clone().unwrap_or_default(),
        reference: reference(&question.reference_id, question.payout_id),
        money: question.amount().into(),
        wallet: question.wallet_name.clone(),
        client: question.client_name.clone(),
        waiting: lasted(visitor.now - question.asked_at()),
        by: String::new(),
        status,
    }
}

/// What a selection came to that was not all taken.
pub fn not_taken(taken: usize, refused: &[String]) -> NoticeView {
    let title = format!("{} taken, {} not", taken, refused.len());
    NoticeView::new(Tone::Warn, title).with_text(refused.join(" "))
}
