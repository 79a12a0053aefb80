//! One batch: sorted, ready to be started, at work, or ended with the result of each item.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::{batch_id, words};
use crate::domain::batch::{Batch, Fate, Item, ItemState, State, Verb};
use crate::domain::ids::BatchId;
use crate::domain::money::Money;
use crate::domain::staff::Operation;
use crate::error::FieldError;
use crate::service::Desk;
use crate::service::approval_requests;
use crate::service::batches::{self, WalletEffect, results};
use crate::store::batches::ItemLine;
use crate::web::address::{record, with_query};
use crate::web::auth::Visitor;
use crate::web::display::{
    BalanceView, FieldView, MoneyText, NoticeView, OptionView, PagerView, Problem, StatusView, SumRow, TabView, Tone,
};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::payouts::form_key;
use crate::web::{approval_words, respond, words as desk_words};

/// Items on one page.
const ROWS: usize = 50;

/// The record of a batch.
#[derive(Template)]
#[template(path = "batches/show.html")]
pub struct BatchPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub id: String,
    pub href: String,
    pub title: String,
    /// Who made it of what, when and why.
    pub lead: String,
    pub status: StatusView,
    pub notice: Option<NoticeView>,
    /// While a job works on it.
    pub progress: Option<ProgressView>,
    pub version: i64,
    /// Counts by result, once it has been started.
    pub tally: Vec<TallyCell>,
    /// The preview: what would happen, and why not.
    pub groups: Vec<GroupView>,
    pub balances: Vec<BalanceView>,
    /// What rules ask for before it starts, or what waits for that already.
    pub needs: Option<NoticeView>,
    pub confirm: Option<ConfirmView>,
    pub may_pause: bool,
    pub may_resume: bool,
    pub may_stop: bool,
    /// How many items a new batch would take up; `None` when there is nothing to take up.
    pub retry: Option<String>,
    pub retry_key: String,
    pub export: Option<String>,
    pub tabs: Vec<TabView>,
    pub rows: Vec<ItemRow>,
    pub pager: PagerView,
    /// Said when no item is listed.
    pub nothing: &'static str,
}

#[derive(Clone, Debug)]
pub struct ProgressView {
    /// None while it is not known how much there is.
    pub of: Option<i64>,
    pub done: i64,
    pub words: String,
}

#[derive(Clone, Debug)]
pub struct TallyCell {
    pub name: &'static str,
    pub status: StatusView,
    pub count: String,
}

/// Items with the same fate, and for the same reason.
#[derive(Clone, Debug)]
pub struct GroupView {
    pub class: &'static str,
    pub heading: String,
    pub text: String,
    pub sums: Vec<MoneyText>,
}

/// What is asked before it starts.
#[derive(Clone, Debug)]
pub struct ConfirmView {
    pub key: String,
    pub reason: FieldView,
    pub reasons: Vec<OptionView>,
    pub note: FieldView,
    /// A reason has to be chosen; otherwise only a note is asked for.
    pub needs_reason: bool,
    pub count: FieldView,
    pub count_hint: String,
    pub yes: String,
}

/// One item.
#[derive(Clone, Debug)]
pub struct ItemRow {
    /// None when there is no such payout, or none yet.
    pub href: Option<String>,
    pub name: String,
    pub sub: String,
    pub status: StatusView,
    /// Why not, or how the payout stands now.
    pub note: String,
    pub money: Option<MoneyText>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ShowQuery {
    /// A result: `done`, `asked`, `refused`, `failed` or `pending`.
    pub result: String,
    /// Items after this number.
    pub after: String,
}

/// What the form of the confirm step sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub reason: String,
    pub note: String,
    pub count: String,
    pub idempotency_key: String,
}

/// GET /batches/{id}
pub async fn show(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    query: web::Query<ShowQuery>,
) -> Result<HttpResponse, Failure> {
    let id = batch_id(&id)?;
    respond::page(&page(&visitor, &desk, id, &query, &Typed::default(), &[], None).await?)
}

/// GET /batches/{id}/start: reloading a refused form leads back to the record.
pub async fn back(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let batch = batches::get(&desk, &visitor.caller, batch_id(&id)?).await?;
    Ok(respond::see_other(&format!("/batches/{}", batch.id)))
}

/// What a batch does, in a few words: `Cancel 13 of 17 payouts`.
pub fn what(batch: &Batch) -> String {
    let drill = if batch.drill { "Drill: " } else { "" };
    let verb = format!("{drill}{}", if batch.drill { "cancel" } else { words::order(batch.verb) });
    match batch.state {
        State::Sorting => format!("{verb} payouts"),
        _ if batch.acting == batch.items => format!("{verb} {}", words::things(batch.verb, batch.items)),
        _ => format!("{verb} {} of {}", words::number(batch.acting), words::things(batch.verb, batch.items)),
    }
}

/// The record, with the form as it was typed where it was refused, and with the `notice` of a refusal.
pub async fn page(
    visitor: &Visitor,
    desk: &Desk,
    id: BatchId,
    query: &ShowQuery,
    typed: &Typed,
    errors: &[FieldError],
    notice: Option<NoticeView>,
) -> Result<BatchPage, Failure> {
    let batch = batches::get(desk, &visitor.caller, id).await?;
    let unstarted = batch.started_at.is_none();
    let effects = match unstarted && batch.state != State::Stopped {
        true => batches::effects(&batch, &batches::wallets_now(desk, &visitor.caller).await?),
        false => Vec::new(),
    };
    let state = ItemState::from_name(&query.result);
    let after = query.after.parse().unwrap_or(0);
    let (lines, next) = results::items(desk, &visitor.caller, id, state, after, ROWS).await?;
    let (may, mine) = (visitor.may(batch.verb.operation()), batch.check_starter(&visitor.caller).is_ok());
    let href = format!("/batches/{id}");
    let title = title(&batch);
    let mut layout = visitor.layout(title.clone(), Place::Batches);
    layout.failed = !errors.is_empty() || notice.is_some();
    let left = batch.refused + batch.failed + batch.pending;
    let starts = batch.state == State::Ready && may && batch.acting > 0;
    let waiting = match starts {
        true => approval_requests::waiting_for(desk, &visitor.caller, &id.to_string()).await?,
        false => Vec::new(),
    };
    let needs = match starts && mine && waiting.is_empty() {
        true => approval_requests::needed_to_start(desk, &visitor.caller, &batch).await?,
        false => None,
    };
    let possible = needs.as_ref().is_none_or(|needs| needs.refusal.is_none());
    Ok(BatchPage {
        layout,
        problems: respond::problems(errors),
        id: id.to_string(),
        lead: lead(visitor, &batch),
        status: words::status(batch.state),
        notice: notice.or_else(|| told(&batch, mine)),
        progress: progress(&batch),
        version: batch.version,
        tally: if unstarted { Vec::new() } else { tally(&batch) },
        groups: if unstarted { groups(&batch) } else { Vec::new() },
        balances: balances(&batch, &effects),
        confirm: (starts && mine && waiting.is_empty() && possible).then(|| ConfirmView {
            yes: match needs {
                Some(_) => format!("Ask for approval of {}", words::things(batch.verb, batch.acting)),
                None => yes(&batch),
            },
            ..confirm(&batch, typed, errors)
        }),
        needs: waiting.first().map(approval_words::waiting).or_else(|| needs.as_ref().map(approval_words::notice)),
        may_pause: may && batch.state == State::Running,
        may_resume: may && batch.state == State::Paused,
        may_stop: may && !batch.state.is_final(),
        retry: (may && batch.state.is_final() && left > 0)
            .then(|| format!("Try {} again", words::things(batch.verb, left))),
        retry_key: form_key(),
        export: (visitor.may(Operation::ExportPayouts) && batch.items > 0).then(|| format!("{href}/results.csv")),
        tabs: tabs(&batch, &href, query),
        rows: lines.iter().map(|line| row(&batch, line)).collect(),
        pager: PagerView {
            shown: format!("{} of {}", lines.len(), words::number(batch.items)),
            newer: (after > 0).then(|| address(&href, &query.result, None)),
            older: next.map(|next| address(&href, &query.result, Some(next))),
        },
        nothing: if batch.state == State::Sorting { "No payout is sorted yet" } else { "No payout has this result" },
        href,
        title,
    })
}

fn title(batch: &Batch) -> String {
    let all = words::things(batch.verb, batch.items);
    match batch.state {
        State::Sorting => format!("Looking at the payouts to {}", words::order(batch.verb).to_lowercase()),
        State::Ready if batch.acting == 0 => format!("Nothing can be done to {all}"),
        State::Ready => format!("{}?", what(batch)),
        _ if batch.drill => what(batch),
        State::Running | State::Paused => {
            format!("{} {}", words::going_on(batch.verb), words::things(batch.verb, batch.acting))
        }
        State::Stopped if batch.started_at.is_none() => "This batch was not started".to_owned(),
        State::Stopped => format!("Stopped: {} of {all} {}", words::number(batch.done), words::done(batch.verb)),
        State::Done => {
            let asked =
                if batch.asked > 0 { format!(", {} asked for", words::number(batch.asked)) } else { String::new() };
            format!("{} of {all} {}{asked}", words::number(batch.done), words::done(batch.verb))
        }
    }
}

fn lead(visitor: &Visitor, batch: &Batch) -> String {
    let at = |micros: i64| visitor.zone.when(micros, visitor.now);
    let mut lead = format!("{}. Made by {}, {}.", batch.made_from, batch.actor_name, at(batch.id.created_at()));
    if let Some(started) = batch.started_at {
        lead.push_str(&format!(" Started {}.", at(started)));
    }
    if let Some(finished) = batch.finished_at {
        lead.push_str(&format!(" Ended {}.", at(finished)));
    }
    if let Some(reason) = &batch.reason {
        lead.push_str(&format!(" Reason: {}.", reason.trim_end_matches('.')));
    }
    lead
}

fn told(batch: &Batch, mine: bool) -> Option<NoticeView> {
    if let Some(note) = &batch.note {
        let notice = NoticeView::new(Tone::Warn, "This batch stands still");
        return Some(notice.with_text(format!("{note} Stop it, and make a batch of what is left.")));
    }
    if batch.drill && (mine || batch.state != State::Ready) {
        let notice = NoticeView::new(Tone::Info, "This is a drill");
        return Some(
            notice.with_text("No payout is cancelled, and no provider is asked: what would be done is only counted."),
        );
    }
    match batch.state {
        State::Ready if !mine => {
            let title = format!("Only {} can start this batch", batch.actor_name);
            Some(
                NoticeView::new(Tone::Info, title)
                    .with_text("It was sorted for them. You can make a batch of your own."),
            )
        }
        State::Ready if batch.summary().repeats > 0 => {
            let repeats = words::number(batch.summary().repeats);
            Some(NoticeView::new(Tone::Info, format!("{repeats} were named more than once; each is in the batch once")))
        }
        State::Sorting | State::Running => {
            Some(NoticeView::new(Tone::Info, "You can leave this page; the work goes on"))
        }
        _ => None,
    }
}

fn progress(batch: &Batch) -> Option<ProgressView> {
    let of = match batch.state {
        State::Sorting => None,
        State::Running | State::Paused => Some(batch.items),
        _ => return None,
    };
    Some(ProgressView { of, done: batch.handled(), words: words::progress(batch) })
}

fn tally(batch: &Batch) -> Vec<TallyCell> {
    let cell = |name, state, count: i64| TallyCell {
        name,
        status: words::item(batch, state, false),
        count: words::number(count),
    };
    let mut cells = vec![cell("done", ItemState::Done, batch.done)];
    if batch.verb == Verb::Cancel {
        cells.push(cell("asked", ItemState::Asked, batch.asked));
    }
    cells.push(cell("refused", ItemState::Refused, batch.refused + batch.failed));
    if batch.state != State::Done {
        cells.push(cell("pending", ItemState::Pending, batch.pending));
    }
    cells
}

/// The groups in the order of their fates; those that cannot be done with the reason of each.
fn groups(batch: &Batch) -> Vec<GroupView> {
    let mut groups = batch.summary().groups;
    groups.sort_by_key(|group| match group.fate {
        Fate::Now => 0,
        Fate::Ask => 1,
        Fate::Cannot => 2,
    });
    let view = |group: crate::domain::batch::Group| {
        let (class, heading, text) = match batch.drill {
            true => words::group_in_drill(group.fate, group.items),
            false => words::group_of(batch.verb, group.fate, group.items),
        };
        let mut sums: Vec<Money> = group.sums;
        sums.sort_by_key(|sum| sum.currency.code());
        GroupView {
            class,
            heading,
            text: group.reason.unwrap_or_else(|| text.to_owned()),
            sums: sums.into_iter().map(MoneyText::from).collect(),
        }
    };
    groups.into_iter().map(view).collect()
}

fn balances(batch: &Batch, effects: &[WalletEffect]) -> Vec<BalanceView> {
    let later = batch.verb == Verb::Reverse;
    let view = |effect: &WalletEffect| {
        let wallet = &effect.wallet;
        let money = |minor| MoneyText::from(Money::new(minor, wallet.currency));
        let note = words::things(batch.verb, effect.items);
        BalanceView {
            wallet: wallet.name.clone(),
            currency: wallet.currency.code().to_owned(),
            note: Some(if later { format!("{note}, when the provider brings it back") } else { note }),
            before: SumRow { label: "Available now".into(), money: wallet.available().into() },
            adds: effect.change_minor >= 0,
            change: SumRow {
                label: if effect.change_minor >= 0 { "Comes back".into() } else { "Goes out".into() },
                money: money(effect.change_minor.abs()),
            },
            after: SumRow { label: "Available after".into(), money: money(effect.after_minor) },
            short: effect.after_minor < 0,
        }
    };
    effects.iter().map(view).collect()
}

fn confirm(batch: &Batch, typed: &Typed, errors: &[FieldError]) -> ConfirmView {
    ConfirmView {
        key: form_key(),
        reason: respond::field("reason", &typed.reason, errors),
        reasons: desk_words::reasons_and(&typed.reason),
        note: respond::field("note", &typed.note, errors),
        needs_reason: batch.verb.needs_reason(),
        count: respond::field("count", &typed.count, errors),
        count_hint: format!("Type {} to agree", batch.acting),
        yes: yes(batch),
    }
}

fn yes(batch: &Batch) -> String {
    let order = if batch.drill { "practise with".to_owned() } else { words::order(batch.verb).to_lowercase() };
    format!("Yes, {order} {}", words::things(batch.verb, batch.acting))
}

fn tabs(batch: &Batch, href: &str, query: &ShowQuery) -> Vec<TabView> {
    let all = ("", "All".to_owned(), batch.items);
    let of = |state: ItemState, count: i64| (state.name(), words::item(batch, state, false).word.to_owned(), count);
    let results = [
        of(ItemState::Pending, batch.pending),
        of(ItemState::Done, batch.done),
        of(ItemState::Asked, batch.asked),
        of(ItemState::Refused, batch.refused),
        of(ItemState::Failed, batch.failed),
    ];
    std::iter::once(all)
        .chain(results.into_iter().filter(|(name, _, count)| *count > 0 || *name == query.result))
        .map(|(name, word, count)| TabView {
            href: address(href, name, None),
            word: if name == "pending" && batch.started_at.is_none() { "To be done".to_owned() } else { word },
            count: Some(words::number(count)),
            current: name == query.result,
        })
        .collect()
}

fn address(href: &str, result: &str, after: Option<i64>) -> String {
    let after = after.map(|after| after.to_string()).unwrap_or_default();
    with_query(href, &[("result", result), ("after", &after)])
}

fn row(batch: &Batch, line: &ItemLine) -> ItemRow {
    let item = &line.item;
    let name =
        [&line.payee_first_name, &line.payee_last_name].map(|part| part.as_deref().unwrap_or_default()).join(" ");
    let named = item.named.clone().unwrap_or_default();
    let now = line.payout_state.map(|state| {
        let word = desk_words::status_of(
            state,
            line.payout_action,
            line.outcome_unknown_since.is_some(),
            line.returned_at.is_some(),
        );
        format!("Now: {}.", word.word)
    });
    let wallet = line.wallet_name.clone().unwrap_or_default();
    ItemRow {
        href: href_of(item),
        name: if name.trim().is_empty() { named.clone() } else { name.trim().to_owned() },
        sub: if name.trim().is_empty() { String::new() } else { named },
        status: words::item(batch, item.state, item.ask),
        note: match (&item.reason, item.state) {
            (Some(reason), _) => reason.clone(),
            (None, ItemState::Pending) => wallet,
            (None, _) => now.unwrap_or(wallet),
        },
        money: item.amount_minor.zip(item.currency).map(|(minor, currency)| Money::new(minor, currency).into()),
    }
}

/// The page of an item's payout, or of what was made.
fn href_of(item: &Item) -> Option<String> {
    let made = || item.result_id.clone().filter(|id| id.starts_with("pyt_") || id.starts_with("lnk_"));
    record(&item.subject.map(|id| id.to_string()).or_else(made)?)
}
