//! Cancelling one payout: the confirm step, and the page that stays as its record.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::cancel_step::step;
use super::record::Told;
use super::{CancelStep, LIST, changed, form_key, payout_id};
use crate::domain::approval::{Act, Request, Verb};
use crate::domain::cancellation;
use crate::domain::event::{Event, EventType};
use crate::domain::ledger::Kind;
use crate::domain::money::Money;
use crate::domain::payout::{ClosedBy, Refusal, Rule, State};
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::approval_rules::Expected;
use crate::service::payouts::{self, Shown};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{FieldView, NoticeView, OptionView, PathView, Problem, Sentence, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::ledger::EntryView;
use crate::web::{approval_requests, approval_words, respond, words};

/// The confirm step on a page of its own.
#[derive(Template)]
#[template(path = "payouts/cancel.html")]
pub struct CancelPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    /// Something changed since the form was made: these are the new facts.
    pub changed: Option<NoticeView>,
    pub step: CancelStep,
}

/// An action that may not be done now: why, where the money is, and what to do instead.
#[derive(Template)]
#[template(path = "payouts/refused.html")]
pub struct RefusedPage {
    pub layout: Layout,
    /// Address and name of the list that the record stands in.
    pub list: OptionView,
    pub record_href: String,
    pub reference: String,
    /// The breadcrumb's last word, for example `Cancel`.
    pub action: &'static str,
    pub title: String,
    pub reason: String,
    pub instead: Option<String>,
    pub path: PathView,
}

/// The durable record of a cancellation, done or asked for.
#[derive(Template)]
#[template(path = "payouts/cancelled.html")]
pub struct CancelledPage {
    pub layout: Layout,
    /// Address and name of the list that the record stands in.
    pub list: OptionView,
    pub record_id: String,
    pub record_href: String,
    pub reference: String,
    pub crumb: &'static str,
    pub tone: Tone,
    pub heading: &'static str,
    pub outcome: Sentence,
    pub path: PathView,
    /// Label and text.
    pub facts: Vec<OptionView>,
    pub entry: Option<EntryView>,
    pub request_id: Option<String>,
    /// Address and name of the wallet.
    pub wallet: OptionView,
    /// What was made in its place, first among the ways on.
    pub next: Option<OptionView>,
}

/// What the confirm step sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CancelForm {
    /// `ask` for the question to the provider; anything else cancels now.
    mode: String,
    pub reason: String,
    pub note: String,
    pub version: String,
    pub idempotency_key: String,
}

/// GET /payouts/{id}/cancel
pub async fn new(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let shown = payouts::show(&desk, &visitor.caller, payout_id(&id)?).await?;
    match offer(&visitor, &shown) {
        Ok(step) => respond::page(&page(&visitor, step, None, &[])),
        Err(refusal) => respond::page(&refused(&visitor, &shown, &refusal)),
    }
}

/// POST /payouts/{id}/cancel
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<CancelForm>,
) -> Result<HttpResponse, Failure> {
    let id = payout_id(&id)?;
    let form = form.into_inner();
    let problems = form.problems();
    if !problems.is_empty() {
        let shown = payouts::show(&desk, &visitor.caller, id).await?;
        return match offer(&visitor, &shown) {
            Ok(step) => respond::unprocessable(&page(&visitor, form.keep(step), None, &problems)),
            Err(refusal) => respond::conflict(&refused(&visitor, &shown, &refusal)),
        };
    }
    let (reason, key) = (words::reason_text(&form.reason, &form.note), form.idempotency_key.as_str());
    let result = if form.mode == "ask" {
        payouts::ask_to_cancel(&desk, &visitor.caller, id, Some(&reason), Some(key)).await.map(|_| ())
    } else {
        let version = form.version.parse().ok();
        payouts::cancel(&desk, &visitor.caller, id, Some(&reason), version, Some(key)).await.map(|_| ())
    };
    // A rule wants it approved first: then it is asked for.
    let result = match result {
        Err(Error::Refused(refusal)) if refusal.rule == Rule::NeedsApproval => {
            let (reason, version) = (Some(reason), form.version.parse().unwrap_or(-1));
            let act = match form.mode == "ask" {
                true => Act::AskToCancel { payout_id: id, reason, version },
                false => Act::Cancel { payout_id: id, reason, version },
            };
            match approval_requests::ask(&visitor, &desk, act, key).await {
                Ok(asked) => return Ok(asked),
                Err(error) => Err(error),
            }
        }
        result => result,
    };
    match result {
        Ok(()) => Ok(respond::see_other(&format!("/payouts/{id}/cancellation"))),
        Err(Error::Refused(refusal)) => {
            let shown = payouts::show(&desk, &visitor.caller, id).await?;
            let sent = (refusal.rule == Rule::KeyReused).then(|| sent_already(&visitor, &shown));
            match offer(&visitor, &shown) {
                Ok(step) => {
                    let refusal = sent.as_ref().unwrap_or(&refusal);
                    respond::conflict(&page(&visitor, form.keep(step), Some(changed(refusal)), &[]))
                }
                Err(refusal) => respond::conflict(&refused(&visitor, &shown, sent.as_ref().unwrap_or(&refusal))),
            }
        }
        // What only the service looks at, for example characters that no text may have.
        Err(Error::Validation(problems)) => {
            let shown = payouts::show(&desk, &visitor.caller, id).await?;
            match offer(&visitor, &shown) {
                Ok(step) => respond::unprocessable(&page(&visitor, form.keep(step), None, &problems)),
                Err(refusal) => respond::conflict(&refused(&visitor, &shown, &refusal)),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// GET /payouts/{id}/cancellation: the record of what was done or asked, for good.
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let shown = payouts::show(&desk, &visitor.caller, payout_id(&id)?).await?;
    let told = Told { detail: &shown.detail, zone: visitor.zone, now: visitor.now };
    let cancelled = shown.detail.record.payout.state == State::Cancelled;
    let page = match shown.detail.cancellations.last() {
        _ if cancelled => done(&visitor, &told),
        Some(asked) => question_record(&visitor, &told, asked),
        None => return Err(Error::NotFound("Cancellation").into()),
    };
    respond::page(&page)
}

impl CancelForm {
    /// What is wrong with what was typed.
    pub fn problems(&self) -> Vec<FieldError> {
        reason_problems(&self.reason, &self.note)
    }

    /// The new facts with what was typed.
    pub fn keep(&self, step: CancelStep) -> CancelStep {
        let reason = self.reason.trim();
        let reasons = words::reasons_and(reason);
        CancelStep { reason: FieldView::of(reason), reasons, note: FieldView::of(&self.note), ..step }
    }
}

/// What is wrong with a reason of the list and its note, which are kept as one text.
pub fn reason_problems(reason: &str, note: &str) -> Vec<FieldError> {
    problems_among(&words::REASONS, reason, note)
}

/// The same with a list of one's own.
pub fn problems_among(reasons: &[&str], reason: &str, note: &str) -> Vec<FieldError> {
    let mut problems = Vec::new();
    let mut wrong = |field, message: &str| problems.push(FieldError { field, message: message.to_owned() });
    let reason = reason.trim();
    if reason.is_empty() {
        wrong("reason", "is required: choose one");
    } else if !reasons.contains(&reason) {
        wrong("reason", "is none of the list: choose one, or Other and say more in the note");
    }
    if note.trim().chars().count() > 200 {
        wrong("note", "must have at most 200 characters");
    } else if reason == words::OTHER && note.trim().is_empty() {
        wrong("note", "is required when the reason is Other: say what it is");
    }
    problems
}

/// The step this reader may take, or why none.
pub fn offer(visitor: &Visitor, shown: &Shown) -> Result<CancelStep, Refusal> {
    let detail = &shown.detail;
    let provider = words::provider(&detail.record.payout.rail);
    let when = |at| visitor.zone.when(at, visitor.now);
    let open = detail.cancellations.iter().find(|asked| asked.state.is_open());
    let mut step = match (&shown.acts.cancel, &shown.acts.ask_to_cancel, open) {
        (Ok(_), ..) => step(&detail.record, &detail.wallet, form_key(), when),
        (Err(_), Ok(()), Some(asked)) => {
            let (who, at) = (&asked.actor_name, when(asked.id.created_at()));
            let reason = format!("{who} asked {at} already, and {provider} has not answered yet.");
            Err(Refusal::new(Rule::CancellationOpen, reason).instead("Wait for the answer; the money stays held."))
        }
        (Err(_), Ok(()), None) => step(&detail.record, &detail.wallet, form_key(), when),
        (Err(refusal), Err(_), _) => Err(refusal.clone()),
    }?;
    let refused = detail.cancellations.iter().rev().find(|asked| asked.state == cancellation::State::Refused);
    if let Some(asked) = refused.filter(|_| step.mode == "ask") {
        let at = when(asked.answered_at.unwrap_or_else(|| asked.id.created_at()));
        let title = format!("{provider} refused {at}");
        let answer = asked.answer.as_deref().unwrap_or("No reason was given.");
        let text = format!("“{answer}” {} had asked. They may say the same again.", asked.actor_name);
        step.earlier = Some(NoticeView::new(Tone::Warn, title).with_text(text));
    }
    with_needs(step, shown.cancel_needs.as_ref(), &shown.requests)
}

/// The same step where a rule wants it approved first: then it is asked for, unless nobody could approve it or it waits
/// already.
pub fn with_needs(step: CancelStep, needs: Option<&Expected>, waiting: &[Request]) -> Result<CancelStep, Refusal> {
    let Some(needs) = needs else { return Ok(step) };
    if let Some(refusal) = &needs.refusal {
        return Err(refusal.clone());
    }
    if let Some(waits) = waiting.iter().find(|request| request.verb == Verb::Cancel) {
        let reason = format!("{} has asked for it already, and it waits for approval.", waits.maker_name);
        return Err(Refusal::new(Rule::WrongState, reason).instead("It stands under Approvals."));
    }
    let notice = approval_words::notice(needs);
    Ok(CancelStep { yes: "Yes, ask for approval", notice, ..step })
}

fn page(visitor: &Visitor, step: CancelStep, changed: Option<NoticeView>, errors: &[FieldError]) -> CancelPage {
    CancelPage::of(visitor.layout(format!("{} {}", step.title, step.reference), Place::Payouts), step, changed, errors)
}

impl CancelPage {
    pub fn of(
        mut layout: Layout,
        mut step: CancelStep,
        changed: Option<NoticeView>,
        errors: &[FieldError],
    ) -> CancelPage {
        step.reason = respond::field("reason", &step.reason.value, errors);
        step.note = respond::field("note", &step.note.value, errors);
        layout.failed = !errors.is_empty() || changed.is_some();
        CancelPage { layout, problems: respond::problems(errors), changed, step }
    }
}

/// Somebody went back and sent the same form with other words: what came of it the first time.
fn sent_already(visitor: &Visitor, shown: &Shown) -> Refusal {
    let record = &shown.detail.record;
    let provider = words::provider(&record.payout.rail);
    let came = match (cancelled_by(visitor, shown), shown.detail.cancellations.last()) {
        (Some(done), _) => done,
        (None, Some(asked)) => {
            let at = visitor.zone.when(asked.id.created_at(), visitor.now);
            let status = words::cancellation_status(asked.state).word.to_lowercase();
            format!("{provider} was asked {at} to stop it: {status}.")
        }
        (None, None) => "Nothing came of it.".to_owned(),
    };
    Refusal::new(Rule::KeyReused, format!("You sent this form already: {came} What you changed since was not used."))
        .instead("The first reason stands in the record.")
}

/// Who cancelled it, and when.
fn cancelled_by(visitor: &Visitor, shown: &Shown) -> Option<String> {
    let record = &shown.detail.record;
    let ended = record
        .events
        .iter()
        .rev()
        .find(|event| event.event_type == EventType::StatusChange && event.to_state == State::Cancelled);
    let event = ended.filter(|_| record.payout.state == State::Cancelled)?;
    let who = if event.actor_type == "system" { "Paydesk" } else { event.actor_name.as_str() };
    Some(format!("{who} cancelled it {}.", visitor.zone.when(event.created_at, visitor.now)))
}

fn refused(visitor: &Visitor, shown: &Shown, refusal: &Refusal) -> RefusedPage {
    let told = Told { detail: &shown.detail, zone: visitor.zone, now: visitor.now };
    let payout = &shown.detail.record.payout;
    RefusedPage {
        layout: visitor.layout(format!("Not cancelled: {}", payout.reference_id), Place::Payouts),
        list: LIST.into(),
        record_href: format!("/payouts/{}", payout.id),
        reference: payout.reference_id.clone(),
        action: "Cancel",
        title: "This payout cannot be cancelled now".to_owned(),
        reason: match cancelled_by(visitor, shown).filter(|_| refusal.rule != Rule::KeyReused) {
            Some(done) => format!("{} {done}", refusal.reason),
            None => refusal.reason.clone(),
        },
        instead: refusal.instead.clone(),
        path: told.path(),
    }
}

fn done(visitor: &Visitor, told: &Told) -> CancelledPage {
    let record = &told.detail.record;
    let payout = &record.payout;
    let event = record.events.iter().rev().find(|event| event.to_state == State::Cancelled);
    let refund = told.detail.ledger.iter().find(|entry| entry.transaction.kind == Kind::PayoutRefund);
    let at = payout.cancelled_at.map(|at| told.zone.full(at).shown).unwrap_or_default();
    let outcome = match refund {
        Some(_) => format!("{} refunded to {} on {at}.", payout.total(), record.wallet_name),
        None => format!("No money had been held. Cancelled on {at}."),
    };
    let mut facts =
        who_and_why(event, if payout.closed_by == Some(ClosedBy::Checker) { "Sent back by" } else { "Cancelled by" });
    facts.push(OptionView::new("Refund", format!("{} amount and {} fees", payout.amount(), payout.fees())));
    if let Some(entry) = refund {
        let entry = &entry.transaction;
        let money = |minor| Money::new(minor, entry.currency).figures();
        let after = entry.available_after_minor;
        let text = format!("{} → {} available", money(after - entry.available_delta_minor), money(after));
        facts.push(OptionView::new("Wallet", format!("{}: {text}", record.wallet_name)));
    }
    // What the rail paid all the same is no good news.
    let lost = record.is_lost();
    let outcome = match lost {
        true => format!("{outcome} {} paid it all the same: the desk has lost it.", words::provider(&payout.rail)),
        false => outcome,
    };
    CancelledPage {
        tone: if lost { Tone::Bad } else { Tone::Good },
        heading: if lost { "Payout cancelled, then paid" } else { "Payout cancelled" },
        outcome: Sentence::default().text(outcome),
        facts,
        entry: refund.map(|entry| told.entry(entry)),
        request_id: event.map(|event| event.request_id.clone()),
        ..record_page(visitor, told, "Cancelled")
    }
}

fn question_record(visitor: &Visitor, told: &Told, asked: &cancellation::Cancellation) -> CancelledPage {
    use cancellation::State::{Confirmed, Refused, Requested, Unanswered};
    let payout = &told.detail.record.payout;
    let provider = words::provider(&payout.rail);
    let held = format!("{} stays held until they answer.", payout.total());
    let answer = asked.answer.as_deref().unwrap_or_default();
    let (tone, heading, outcome) = match asked.state {
        Requested => (Tone::Unsure, "Provider asked to cancel", format!("{provider} may say no. {held}")),
        Unanswered => (Tone::Unsure, "The provider has not answered", format!("{provider} is asked again. {held}")),
        // It ended while the question was open, so nobody answered it.
        Refused if payout.state.is_final() => {
            (Tone::Info, "The payout ended before it could be stopped", format!("{answer} Nothing is left to stop."))
        }
        Refused => (Tone::Bad, "The provider refused to cancel", format!("{answer} The payout goes on as before.")),
        Confirmed => (Tone::Good, "The provider stopped the payout", "The money is back in the wallet.".to_owned()),
    };
    let mut facts = vec![
        OptionView::new("Asked by", asked.actor_name.clone()),
        OptionView::new("Asked", told.zone.full(asked.id.created_at()).shown),
        OptionView::new("Reason", asked.reason.clone().unwrap_or_default()),
        OptionView::new("Status", words::cancellation_status(asked.state).word),
    ];
    if let Some(at) = asked.answered_at {
        facts.push(OptionView::new("Answered", told.zone.full(at).shown));
    }
    facts.push(OptionView::new("Cancellation id", asked.id.to_string()));
    CancelledPage {
        tone,
        heading,
        outcome: Sentence::default().text(outcome),
        facts,
        entry: None,
        request_id: None,
        ..record_page(visitor, told, "Cancellation")
    }
}

/// What both records share.
fn record_page(visitor: &Visitor, told: &Told, crumb: &'static str) -> CancelledPage {
    let record = &told.detail.record;
    CancelledPage {
        layout: visitor.layout(format!("{crumb}: {}", record.payout.reference_id), Place::Payouts),
        list: LIST.into(),
        record_id: record.payout.id.to_string(),
        record_href: format!("/payouts/{}", record.payout.id),
        reference: record.payout.reference_id.clone(),
        crumb,
        tone: Tone::Info,
        heading: "",
        outcome: Sentence::default(),
        path: told.path(),
        facts: Vec::new(),
        entry: None,
        request_id: None,
        wallet: OptionView::new(format!("/wallets/{}", record.wallet_number), record.wallet_name.clone()),
        next: None,
    }
}

fn who_and_why(event: Option<&Event>, label: &str) -> Vec<OptionView> {
    let Some(event) = event else { return Vec::new() };
    let by = format!("{}, {}", event.actor_name, words::via_inside(&event.via));
    let mut facts = vec![OptionView::new(label, by)];
    if let Some(note) = &event.note {
        facts.push(OptionView::new("Reason", note.clone()));
    }
    facts
}
