//! Cancelling several payouts in one set: the preview and the result of each.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use askama::Template;

use super::cancel::reason_problems;
use super::form_key;
use super::query::ListQuery;
use crate::domain::command::PayoutRecord;
use crate::domain::ids::PayoutId;
use crate::domain::money::{Money, group as group_digits};
use crate::domain::payout::{CancelPolicy, Refusal, Rule, Step};
use crate::domain::plan::CancelEffect;
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::approval_rules::Expected;
use crate::service::payouts::{self, SELECTION, SelectionPreview, WalletEffect};
use crate::web::address::with_query;
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{
    BalanceView, FieldView, MoneyText, NoticeView, OptionView, Problem, StatusView, SumRow, Tone,
};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::{approval_words, respond, words};

/// What would happen to each selected payout.
#[derive(Template)]
#[template(path = "payouts/selection.html")]
pub struct SelectionPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    /// The list that the payouts were ticked in, as an address and as its query alone.
    pub back: String,
    pub list: String,
    /// For example `Cancel 13 of 17 selected payouts?`.
    pub title: String,
    /// Cancelled now, asked for, left as they are; empty groups are left out.
    pub groups: Vec<SelectionGroup>,
    /// Each wallet that gets money back at once.
    pub balances: Vec<BalanceView>,
    /// Where a rule wants some of them approved first: all of them go into one batch then, whose start is asked for.
    pub batch: Option<SelectionBatch>,
    /// `None` when none of them can be cancelled, or not before that is approved.
    pub confirm: Option<SelectionForm>,
}

/// The way to a batch of the selection.
#[derive(Clone, Debug)]
pub struct SelectionBatch {
    pub notice: NoticeView,
    pub key: String,
    /// With commas.
    pub ids: String,
    /// `None` when nobody could approve it.
    pub yes: Option<String>,
}

/// Payouts with the same fate.
#[derive(Clone, Debug)]
pub struct SelectionGroup {
    /// The `s-…` class.
    pub class: &'static str,
    pub heading: String,
    pub text: &'static str,
    pub sums: Vec<MoneyText>,
    /// Head of the third column.
    pub note_head: &'static str,
    /// Something is done to these payouts.
    pub acts: bool,
    pub rows: Vec<SelectionRow>,
}

/// One payout of the set, before or after.
#[derive(Clone, Debug)]
pub struct SelectionRow {
    pub href: String,
    pub payee: String,
    pub reference: String,
    pub status: StatusView,
    /// The wallet, the reason with what to do instead, or what happened.
    pub note: String,
    pub money: MoneyText,
}

/// What is asked before the set runs.
#[derive(Clone, Debug)]
pub struct SelectionForm {
    pub key: String,
    /// Payout id and version, and `ask` where the provider is asked, joined by colons.
    pub units: Vec<String>,
    /// How many payouts something is done to.
    pub acting: usize,
    pub reason: FieldView,
    pub reasons: Vec<OptionView>,
    pub note: FieldView,
    pub count: FieldView,
    pub count_hint: String,
    pub yes: String,
}

/// The page of the preview sends one `id` per selected payout.
pub type Selected = Posted<Vec<(String, String)>>;

/// POST /payouts/selection: what cancelling the selected payouts would do. Nothing changes.
pub async fn preview(visitor: Visitor, desk: web::Data<Desk>, form: Selected) -> Result<HttpResponse, Failure> {
    let fields = form.into_inner();
    let typed = Typed::read(&fields);
    let ids = match ids(fields.iter().filter(|(name, _)| name == "id").map(|(_, value)| value.as_str())) {
        Ok(ids) => ids,
        Err(wrong) => return Ok(back(&visitor, &typed, wrong)),
    };
    let preview = payouts::preview(&desk, &visitor.caller, &ids).await?;
    match preview.items.len() {
        here if here < ids.len() => Ok(back(&visitor, &typed, gone(ids.len() - here, ids.len()))),
        _ => respond::page(&page(&visitor, &preview, &typed, &[])),
    }
}

/// POST /payouts/selection/cancel: does it, each payout with its own result.
pub async fn cancel(visitor: Visitor, desk: web::Data<Desk>, form: Selected) -> Result<HttpResponse, Failure> {
    let fields = form.into_inner();
    let typed = Typed::read(&fields);
    let units = fields.iter().filter(|(name, _)| name == "unit");
    let ids = match ids(units.map(|(_, unit)| unit.split_once(':').map_or(unit.as_str(), |(id, _)| id))) {
        Ok(ids) => ids,
        Err(wrong) => return Ok(back(&visitor, &typed, wrong)),
    };
    let preview = payouts::preview(&desk, &visitor.caller, &ids).await?;
    if preview.items.len() < ids.len() {
        return Ok(back(&visitor, &typed, gone(ids.len() - preview.items.len(), ids.len())));
    }
    let errors = typed.problems();
    if !errors.is_empty() {
        return respond::unprocessable(&page(&visitor, &preview, &typed, &errors));
    }
    let reason = words::reason_text(&typed.reason, &typed.note);
    // Each payout gets what the preview said of it, and nothing else. What it said cannot be cancelled is tried too, so
    // that its refusal stands in the record of this act; its version keeps it from being done by surprise.
    let (asked, now): (Vec<&Chosen>, Vec<&Chosen>) = typed.units.iter().partition(|unit| unit.ask);
    let now: Vec<_> = now.iter().map(|unit| (unit.id, unit.version)).collect();
    let mut lost = None;
    if !now.is_empty() {
        let results = payouts::cancel_many(&desk, &visitor.caller, &now, Some(&reason), Some(&typed.key)).await?;
        lost = results.iter().filter_map(|result| result.as_ref().err()).find_map(unwritten);
    }
    for unit in asked {
        let key = format!("{}:{}", typed.key, unit.id);
        match payouts::ask_to_cancel(&desk, &visitor.caller, unit.id, Some(&reason), Some(&key)).await {
            // The result page tells what became of each payout; a refusal is one of the results.
            Ok(_) | Err(Error::Refused(_)) => {}
            Err(error) => lost = Some(error),
        }
    }
    match lost {
        // What could not be written stands in no record, so the result would not tell of it.
        Some(error) => Err(error.into()),
        None => Ok(respond::see_other(&with_query(RESULT, &[("act", &visitor.caller.request_id)]))),
    }
}

/// What is said when nothing was recorded of an attempt.
fn unwritten(refusal: &Refusal) -> Option<Error> {
    match refusal.rule {
        Rule::NotDone => Some(Error::Unavailable),
        Rule::OutcomeLost => Some(Error::InDoubt),
        _ => None,
    }
}

/// Where the result of an act stands.
const RESULT: &str = "/payouts/selection/result";

/// One payout of the set as the preview showed it.
struct Chosen {
    id: PayoutId,
    version: Option<i64>,
    /// The provider is asked; otherwise it is cancelled at once or not at all.
    ask: bool,
}

impl Chosen {
    /// Reads `id:version` or `id:version:ask`.
    fn read(text: &str) -> Option<Chosen> {
        let (id, rest) = text.split_once(':')?;
        let (version, act) = rest.split_once(':').unwrap_or((rest, ""));
        Some(Chosen { id: id.parse().ok()?, version: version.parse().ok(), ask: act == "ask" })
    }
}

/// What the confirm form sends.
#[derive(Default)]
struct Typed {
    units: Vec<Chosen>,
    reason: String,
    note: String,
    count: String,
    key: String,
    /// How many payouts the preview was about to act on.
    acting: String,
    /// The list that the payouts were ticked in.
    list: ListQuery,
}

impl Typed {
    fn read(fields: &[(String, String)]) -> Typed {
        let text = |wanted: &str| {
            fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        let mut units: Vec<Chosen> = Vec::new();
        for unit in fields.iter().filter(|(name, _)| name == "unit").filter_map(|(_, value)| Chosen::read(value)) {
            if units.iter().all(|known| known.id != unit.id) {
                units.push(unit);
            }
        }
        Typed {
            units,
            reason: text("reason"),
            note: text("note"),
            count: text("count"),
            key: text("idempotency_key"),
            acting: text("acting"),
            // Read and written anew, so that a form leads nowhere but to the list.
            list: ListQuery::read(&text("list")),
        }
    }

    fn problems(&self) -> Vec<FieldError> {
        let mut problems = reason_problems(&self.reason, &self.note);
        if self.count != self.acting {
            let message = format!("must be {}, the number of payouts you act on", self.acting);
            problems.push(FieldError { field: "count", message });
        }
        problems
    }
}

/// What would happen to one payout of the selection.
enum Fate {
    /// Cancelled at once, with its money back in the wallet.
    Now,
    /// The provider has it and is asked.
    Asked,
    Refused(Refusal),
}

/// The same rules as for one payout.
fn fate(record: &PayoutRecord, effect: &Result<CancelEffect, Refusal>) -> Fate {
    match effect {
        Ok(_) => Fate::Now,
        Err(refusal) => match record.payout.check(Step::AskToCancel, CancelPolicy::DESK) {
            Ok(_) => Fate::Asked,
            Err(_) => Fate::Refused(refusal.clone()),
        },
    }
}

fn page(visitor: &Visitor, preview: &SelectionPreview, typed: &Typed, errors: &[FieldError]) -> SelectionPage {
    let groups = groups(preview);
    let acting: usize = groups.iter().filter(|group| group.acts).map(|group| group.rows.len()).sum();
    let selected = preview.items.len();
    let title = match acting {
        0 => "None of these payouts can be cancelled".to_owned(),
        1 if selected == 1 => "Cancel the selected payout?".to_owned(),
        _ if acting == selected => format!("Cancel {acting} selected payouts?"),
        _ => format!("Cancel {acting} of {selected} selected payouts?"),
    };
    let mut layout = visitor.layout(title.clone(), Place::Payouts);
    layout.failed = !errors.is_empty();
    let batch = preview.needs.as_ref().map(|needs| batch(preview, needs, acting));
    let confirm = (acting > 0 && batch.is_none()).then(|| SelectionForm {
        key: form_key(),
        units: preview
            .items
            .iter()
            .map(|item| {
                let payout = &item.record.payout;
                let act = if matches!(fate(&item.record, &item.effect), Fate::Asked) { ":ask" } else { "" };
                format!("{}:{}{act}", payout.id, payout.version)
            })
            .collect(),
        acting,
        reason: respond::field("reason", &typed.reason, errors),
        reasons: words::reasons_and(&typed.reason),
        note: respond::field("note", &typed.note, errors),
        count: respond::field("count", &typed.count, errors),
        count_hint: format!("Type {acting} to agree"),
        yes: if acting == 1 { "Yes, cancel 1 payout".into() } else { format!("Yes, cancel {acting} payouts") },
    });
    let balances = preview.wallets.iter().map(balance).collect();
    SelectionPage {
        layout,
        problems: respond::problems(errors),
        back: typed.list.href(),
        list: typed.list.query(),
        title,
        groups,
        balances,
        batch,
        confirm,
    }
}

fn batch(preview: &SelectionPreview, needs: &Expected, acting: usize) -> SelectionBatch {
    let ids: Vec<String> = preview.items.iter().map(|item| item.record.payout.id.to_string()).collect();
    let told = approval_words::notice(needs);
    let rules = approval_words::rules(&needs.need);
    let notice = match needs.refusal {
        Some(_) => told,
        None => NoticeView::new(Tone::Info, format!("Needs {}", needs.need.words())).with_text(format!(
            "{rules}, for one of them or more. A batch asks for all of them at once. {}",
            approval_words::who(&needs.who)
        )),
    };
    let yes =
        if acting == 1 { "Make a batch of 1 payout".to_owned() } else { format!("Make a batch of {acting} payouts") };
    SelectionBatch { notice, key: form_key(), ids: ids.join(","), yes: needs.refusal.is_none().then_some(yes) }
}

/// The selection by fate: cancelled now, asked for, left as they are. Empty groups are left out.
fn groups(preview: &SelectionPreview) -> Vec<SelectionGroup> {
    let (mut now, mut asked, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for item in &preview.items {
        let wallet = item.record.wallet_name.clone();
        match fate(&item.record, &item.effect) {
            Fate::Now => now.push((&item.record, wallet)),
            Fate::Asked => asked.push((&item.record, wallet)),
            Fate::Refused(refusal) => refused.push((&item.record, why(&refusal))),
        }
    }
    let group = |class, words: &str, text, note_head, acts, of: Vec<(&PayoutRecord, String)>| {
        (!of.is_empty()).then(|| SelectionGroup {
            class,
            heading: format!("{} {words}", of.len()),
            text,
            sums: sums(of.iter().map(|(record, _)| record.payout.total())),
            note_head,
            acts,
            rows: of
                .into_iter()
                .map(|(record, note)| row(record, words::payout_status(&record.payout), note))
                .collect(),
        })
    };
    let groups = [
        group(
            "s-cancelled",
            "will be cancelled now",
            "Not sent to a provider yet. The money is back in the wallet at once.",
            "Wallet",
            true,
            now,
        ),
        group(
            "s-asked",
            "will be asked for",
            "Already with the provider, who may say no. The money stays held until they answer.",
            "Wallet",
            true,
            asked,
        ),
        group("s-failed", "cannot be cancelled", "They are left as they are.", "Why not", false, refused),
    ];
    groups.into_iter().flatten().collect()
}

fn balance(effect: &WalletEffect) -> BalanceView {
    BalanceView {
        wallet: effect.wallet.name.clone(),
        currency: effect.wallet.currency.code().to_owned(),
        note: Some(if effect.payouts == 1 { "1 payout".to_owned() } else { format!("{} payouts", effect.payouts) }),
        before: SumRow { label: "Available now".into(), money: effect.wallet.available().into() },
        adds: true,
        change: SumRow { label: "Comes back".into(), money: effect.refund.into() },
        after: SumRow { label: "Available after".into(), money: effect.after.into() },
        short: false,
    }
}

/// The ids that were ticked, once each, or what is wrong with them.
fn ids<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Vec<PayoutId>, NoticeView> {
    let mut ids: BTreeSet<PayoutId> = BTreeSet::new();
    for text in texts {
        let Ok(id) = text.trim().parse() else {
            let shown: String = text.chars().take(40).collect();
            let what = format!("“{shown}” is not the id of a payout");
            return Err(NoticeView::new(Tone::Warn, what).with_text(TICK));
        };
        ids.insert(id);
    }
    match ids.len() {
        0 => Err(NoticeView::new(Tone::Warn, "No payout was ticked").with_text(TICK)),
        1..=SELECTION => Ok(ids.into_iter().collect()),
        many => {
            let what = format!("At most {SELECTION} payouts at once: {} were ticked", group_digits(many as u64));
            Err(NoticeView::new(Tone::Warn, what).with_text("Nothing was done. Tick fewer of them."))
        }
    }
}

const TICK: &str = "Nothing was done. Tick payouts in the list, then choose “Cancel payouts”.";

/// Said of ids that no payout has.
fn gone(missing: usize, ticked: usize) -> NoticeView {
    NoticeView::new(Tone::Warn, format!("{missing} of {ticked} ticked payouts are not here")).with_text(TICK)
}

/// Back to the list as it was filtered, which says what is wrong.
fn back(visitor: &Visitor, typed: &Typed, wrong: NoticeView) -> HttpResponse {
    visitor.flash(wrong);
    respond::see_other(&typed.list.href())
}

/// One payout of the set.
pub fn row(record: &PayoutRecord, status: StatusView, note: String) -> SelectionRow {
    SelectionRow {
        href: format!("/payouts/{}", record.payout.id),
        payee: record.payee.name(),
        reference: record.payout.reference_id.clone(),
        status,
        note,
        money: record.payout.total().into(),
    }
}

/// Reason and way on in one text.
pub fn why(refusal: &Refusal) -> String {
    match &refusal.instead {
        Some(instead) => format!("{} {instead}", words::why_not(refusal)),
        None => words::why_not(refusal),
    }
}

/// One sum per currency, in the order of their codes. Sums past what Paydesk handles cannot come from a hundred payouts.
pub fn sums(amounts: impl Iterator<Item = Money>) -> Vec<MoneyText> {
    let mut totals: Vec<Money> = Vec::new();
    for amount in amounts {
        match totals.iter_mut().find(|total| total.currency == amount.currency) {
            Some(total) => total.minor = total.minor.saturating_add(amount.minor),
            None => totals.push(amount),
        }
    }
    totals.sort_by_key(|total| total.currency.code());
    totals.into_iter().map(MoneyText::from).collect()
}
