//! The home page: what needs the reader, money out per currency, wallets running low, last changes.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::address::record;
use super::auth::Visitor;
use super::chart::{ChartView, DayAmount};
use super::display::{EventView, MoneyText, Sentence, StatusView, TabView, Tone};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::numbers::many;
use super::start::{self, StartView};
use super::time::lasted;
use super::{respond, words};
use crate::domain::audit::Outcome;
use crate::domain::money::{Money, exponent, group};
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::service::Desk;
use crate::service::today::{self, MoneyOut as Paid, PaidDay, Today};
use crate::store::audit::AuditLine;
use crate::store::payouts::PayoutLine;

/// Days in the chart.
const CHART_DAYS: usize = 14;

/// The whole of Today.
#[derive(Template)]
#[template(path = "today/index.html")]
pub struct TodayPage {
    pub layout: Layout,
    /// Offers a new payout on top; before the first one, `start` does.
    pub may_make: bool,
    /// The next step on a desk without payouts.
    pub start: Option<StartView>,
    pub queue: Vec<QueueItem>,
    /// `None` until the first payout exists.
    pub out: Option<MoneyOut>,
    pub waiting: Vec<WaitingRow>,
    pub wallets: Vec<LowWallet>,
    pub changes: Vec<EventView>,
}

/// One thing that waits for the reader; without an address nothing waits.
#[derive(Clone, Debug)]
pub struct QueueItem {
    pub href: Option<String>,
    pub count: String,
    pub tone: Tone,
    /// The `i-…` class.
    pub icon: &'static str,
    pub label: &'static str,
    pub sub: String,
}

/// Money out in one currency.
#[derive(Clone, Debug)]
pub struct MoneyOut {
    pub tabs: Vec<TabView>,
    pub figures: Vec<Figure>,
    pub chart: ChartView,
    pub days: Vec<DayRow>,
}

#[derive(Clone, Debug)]
pub struct Figure {
    pub label: &'static str,
    pub money: MoneyText,
    pub sub: String,
}

/// A day of the chart as a table row; amounts without their code.
#[derive(Clone, Debug)]
pub struct DayRow {
    pub day: String,
    pub done: Option<String>,
    pub payouts: String,
}

/// A payout that has waited long for its provider.
#[derive(Clone, Debug)]
pub struct WaitingRow {
    pub href: String,
    pub payee: String,
    pub reference: String,
    pub status: StatusView,
    pub provider: String,
    /// For example `15 h 33 min`.
    pub since: String,
    pub money: MoneyText,
}

/// A wallet under its threshold.
#[derive(Clone, Debug)]
pub struct LowWallet {
    pub href: String,
    pub name: String,
    pub money: MoneyText,
    pub threshold: String,
    /// Width of the filled part of the bar; the threshold stands at 160.
    pub filled: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TodayQuery {
    /// The currency whose figures are shown.
    currency: String,
}

pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/").route(web::get().to(index)));
}

/// GET /
pub async fn index(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<TodayQuery>,
) -> Result<HttpResponse, Failure> {
    let found = today::today(&desk, &visitor.caller, visitor.zone.0).await?;
    let made = found.counts.iter().any(|count| count.payouts > 0);
    respond::page(&TodayPage {
        layout: visitor.layout("Today", Place::Today),
        may_make: made && visitor.may(Operation::MakePayout),
        start: (!made).then(|| start::next(&visitor, &found.wallets)),
        queue: queue(&visitor, &found),
        out: if made { money_out(&found, &query.currency) } else { None },
        waiting: found.waiting_longest.iter().map(|line| waiting(&visitor, line)).collect(),
        wallets: found.wallets.iter().filter_map(low_wallet).collect(),
        changes: found.last_changes.iter().map(|line| change(&visitor, line)).collect(),
    })
}

/// What waits for somebody, with what the reader can decide first.
fn queue(visitor: &Visitor, found: &Today) -> Vec<QueueItem> {
    let count = |bucket: &str| -> u64 {
        let of = found.counts.iter().filter(|count| count.bucket == bucket);
        of.map(|count| count.payouts).sum::<i64>().unsigned_abs()
    };
    let links = |bucket: &str| -> u64 {
        let of = found.link_counts.iter().filter(|count| count.bucket == bucket);
        of.map(|count| count.payouts).sum::<i64>().unsigned_abs()
    };
    let since = |at: Option<i64>| at.map_or_else(String::new, |at| format!("Oldest {}", lasted(visitor.now - at)));
    let low: Vec<&str> =
        found.wallets.iter().filter(|wallet| wallet.is_under_threshold()).map(|wallet| wallet.name.as_str()).collect();
    let item = |href: &str, count: u64, tone, icon, label, sub: String| QueueItem {
        href: (count > 0).then(|| href.to_owned()),
        count: group(count),
        tone,
        icon,
        label,
        sub: if count > 0 { sub } else { "Nothing waits".to_owned() },
    };
    let frozen = visitor.frozen();
    // Said first while there is one, and not at all otherwise: it is no queue that somebody works through.
    let freezes = item("/freezes", frozen, Tone::Bad, "i-lock", "Freezes in force", "Nothing leaves them".to_owned());
    let freezes = (frozen > 0).then_some(freezes);
    let waiting = vec![
        item(
            "/approvals",
            count("to_approve") + links("pending"),
            Tone::Warn,
            "i-approvals",
            "To approve",
            since(found.to_approve_since),
        ),
        item(
            "/payouts?status=action_required",
            count("action_required"),
            Tone::Warn,
            "i-warn",
            "Action required",
            since(found.action_since),
        ),
        item(
            "/payouts?status=unknown",
            count("unknown"),
            Tone::Unsure,
            "i-question",
            "Waiting for provider, outcome unknown",
            since(found.unknown_since),
        ),
        item(
            "/payouts?status=processing",
            found.open_cancellations.unsigned_abs(),
            Tone::Unsure,
            "i-clock",
            "Cancellations unanswered",
            since(found.cancellation_since),
        ),
        item(
            "/reversals",
            found.pending_reversals.unsigned_abs(),
            Tone::Unsure,
            "i-back",
            "Reversals unanswered",
            since(found.reversal_since),
        ),
    ];
    let by_hand = found.by_hand.as_ref().map(|waiting| {
        let questions = many(waiting.questions.unsigned_abs() as usize, "question", "questions");
        let age = since(waiting.since());
        item(
            if waiting.to_pay > 0 { "/manual" } else { "/manual?part=asked" },
            (waiting.to_pay + waiting.questions).unsigned_abs(),
            Tone::Warn,
            "i-reconcile",
            "To pay by hand, or to answer",
            if waiting.questions > 0 { format!("{age}; {questions}") } else { age },
        )
    });
    let ended = vec![
        item(
            "/payouts?status=failed",
            count("failed"),
            Tone::Bad,
            "i-bad",
            "Failed",
            "In all; their money is back in the wallets".into(),
        ),
        item(
            "/payout-links?status=reopened",
            links("reopened"),
            Tone::Warn,
            "i-links",
            "Payout links open again",
            "An attempt to pay failed; the recipient has to give other details".into(),
        ),
        item(
            "/payout-links?status=issued",
            links("issued"),
            Tone::Info,
            "i-links",
            "Payout links not claimed",
            "Their money is held until someone claims them or their time is over".into(),
        ),
        item("/wallets", low.len() as u64, Tone::Warn, "i-wallets", "Wallets under threshold", low.join(", ")),
        item(
            "/payouts?status=queued",
            count("queued"),
            Tone::Info,
            "i-payouts",
            "Queued",
            "Leave when a provider takes them".into(),
        ),
    ];
    freezes.into_iter().chain(waiting).chain(by_hand).chain(ended).collect()
}

/// The figures of one currency: the asked one, or the first that had money out.
fn money_out(found: &Today, wanted: &str) -> Option<MoneyOut> {
    let busy = |paid: &&Paid| paid.days.iter().any(|day| day.payouts > 0) || paid.on_its_way_payouts > 0;
    let asked = found.money_out.iter().find(|paid| paid.currency.code() == wanted);
    let paid = asked.or_else(|| found.money_out.iter().max_by_key(|paid| (busy(paid), paid_payouts(&paid.days))))?;
    let days = &paid.days[paid.days.len().saturating_sub(CHART_DAYS)..];
    let (first, last) = (days.first()?, days.last()?);
    let sum = |days: &[PaidDay]| Money::new(days.iter().map(|day| day.amount.minor).sum(), paid.currency);
    let figure = |label, days: &[PaidDay], sub: String| Figure { label, money: sum(days).into(), sub };
    let last_of = |count: usize| &paid.days[paid.days.len().saturating_sub(count)..];
    let payouts = |days: &[PaidDay]| match paid_payouts(days) {
        1 => "1 payout".to_owned(),
        count => format!("{} payouts", group(count)),
    };
    let code = paid.currency.code();
    let highest = days.iter().max_by_key(|day| day.amount.minor).filter(|day| day.amount.minor > 0);
    let highest = highest.map_or_else(
        || "Nothing was paid in these days.".to_owned(),
        |day| format!("Highest: {} on {}.", day.amount, day.day.format("%-d %B")),
    );
    let amounts: Vec<DayAmount> = days
        .iter()
        .map(|day| DayAmount { short: day.day.format("%-d").to_string(), minor: day.amount.minor })
        .collect();
    Some(MoneyOut {
        tabs: found
            .money_out
            .iter()
            .map(|one| TabView {
                href: format!("/?currency={}", one.currency.code()),
                word: one.currency.code().to_owned(),
                count: None,
                current: one.currency == paid.currency,
            })
            .collect(),
        figures: vec![
            figure("Today", last_of(1), format!("{} still on its way", paid.on_its_way.figures())),
            figure("Last 7 days", last_of(7), payouts(last_of(7))),
            figure("Last 30 days", last_of(30), payouts(last_of(30))),
        ],
        chart: ChartView::days(
            format!("Money out per day, {code}, {} to {}", first.day.format("%-d %B"), last.day.format("%-d %B %Y")),
            format!("Completed payouts. {highest} Today: {}.", last.amount),
            &amounts,
            u32::from(exponent(paid.currency)),
        ),
        days: days
            .iter()
            .map(|day| DayRow {
                day: day.day.format("%-d %B").to_string(),
                done: (day.amount.minor > 0).then(|| day.amount.figures()),
                payouts: group(day.payouts.unsigned_abs()),
            })
            .collect(),
    })
}

fn paid_payouts(days: &[PaidDay]) -> u64 {
    days.iter().map(|day| day.payouts.unsigned_abs()).sum()
}

fn waiting(visitor: &Visitor, line: &PayoutLine) -> WaitingRow {
    WaitingRow {
        href: format!("/payouts/{}", line.id),
        payee: line.payee_name(),
        reference: line.reference_id.clone(),
        status: words::line_status(line),
        provider: words::provider(&line.rail),
        since: lasted(visitor.now - line.changed_at.unwrap_or(line.id.created_at())),
        money: line.amount().into(),
    }
}

fn low_wallet(wallet: &Wallet) -> Option<LowWallet> {
    /// Where the threshold stands on the bar.
    const MARK: i128 = 160;
    let threshold = wallet.threshold_minor.filter(|_| wallet.is_under_threshold())?;
    let filled = i128::from(wallet.available_minor.max(0)) * MARK / i128::from(threshold.max(1));
    Some(LowWallet {
        href: format!("/wallets/{}", wallet.number),
        name: wallet.name.clone(),
        money: wallet.available().into(),
        threshold: Money::new(threshold, wallet.currency).figures(),
        filled: filled as i64,
    })
}

fn change(visitor: &Visitor, line: &AuditLine) -> EventView {
    let entry = &line.link.entry;
    let what = Sentence::default().strong(entry.actor_name.clone()).text(format!(" {}", words::action(&entry.action)));
    let what = match entry.subject_id.as_deref().and_then(|id| Some((record(id)?, id))) {
        Some((href, id)) => {
            let (kind, rest) = id.split_once('_').unwrap_or_default();
            what.text(" ").link(href, format!("{kind}_…{}", &rest[rest.len().saturating_sub(6)..]))
        }
        None => what,
    };
    EventView {
        class: if entry.outcome == Outcome::Refused { "s-failed" } else { "s-active" },
        what,
        time: Some(visitor.zone.short(entry.at, visitor.now)),
        text: (entry.outcome == Outcome::Refused).then(|| "Refused".to_owned()),
        sub: entry.reason.clone(),
        next: false,
    }
}
