//! A checker's decision on a payout: approve or send back.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::record::Told;
use super::{PayoutFacts, PayoutHead, changed, form_key, payout_id};
use crate::domain::command::PayoutRecord;
use crate::domain::money::Money;
use crate::domain::payout::{Refusal, State};
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::approval_requests::Standing;
use crate::service::payouts::{self, Shown};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{
    EventView, FieldView, NoticeView, OptionView, PathView, Problem, Sentence, SumRow, SumView, Tone,
};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::{approval_words, freezes, respond, words};

/// The request with the decision form, with the reason why this reader may not decide, or as it was decided.
#[derive(Template)]
#[template(path = "payouts/approval.html")]
pub struct ApprovalPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub changed: Option<NoticeView>,
    pub decided: Option<Decided>,
    pub payout_href: String,
    pub head: PayoutHead,
    pub path: PathView,
    pub facts: PayoutFacts,
    /// The rule that asks for a second person.
    pub why: Option<String>,
    /// Label and text of how far it has come.
    pub progress: Vec<OptionView>,
    /// When it expires and what happens then.
    pub expires: Option<String>,
    pub sum: SumView,
    pub decision: Option<DecisionForm>,
    /// Why this reader may not decide, and who may.
    pub refusal: Option<NoticeView>,
    pub events: Vec<EventView>,
}

/// The decision form.
#[derive(Clone, Debug)]
pub struct DecisionForm {
    pub action: String,
    pub key: String,
    pub version: i64,
    /// The number of what is shown besides the record.
    pub shown: i64,
    /// What happens to the money then.
    pub if_approved: String,
    pub if_sent_back: String,
    pub note: FieldView,
    pub note_hint: String,
}

/// A decision that was made.
#[derive(Clone, Debug)]
pub struct Decided {
    pub tone: Tone,
    pub heading: &'static str,
    pub outcome: Sentence,
}

/// What the decision form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DecideForm {
    /// `approve` or `send_back`: the button that was pressed.
    pub decision: String,
    pub note: String,
    pub version: String,
    pub shown: String,
    pub idempotency_key: String,
}

/// GET /payouts/{id}/approval: the request, or how it was decided.
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let shown = payouts::show(&desk, &visitor.caller, payout_id(&id)?).await?;
    respond::page(&page(&visitor, &shown, "", None, &[]))
}

/// POST /payouts/{id}/approval
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<DecideForm>,
) -> Result<HttpResponse, Failure> {
    let id = payout_id(&id)?;
    let form = form.into_inner();
    let problems = form.problems();
    if !problems.is_empty() {
        let shown = payouts::show(&desk, &visitor.caller, id).await?;
        return respond::unprocessable(&page(&visitor, &shown, &form.note, None, &problems));
    }
    let approve = form.decision == "approve";
    let (note, key) = (form.note.as_str(), form.idempotency_key.as_str());
    let seen = (form.version.parse().ok(), form.shown.parse().ok());
    match payouts::decide_as_shown(&desk, &visitor.caller, id, approve, Some(note), seen, Some(key)).await {
        Ok(_) => Ok(respond::see_other(&format!("/payouts/{id}/approval"))),
        Err(Error::Refused(refusal)) => {
            let shown = payouts::show(&desk, &visitor.caller, id).await?;
            respond::conflict(&page(&visitor, &shown, &form.note, Some(&refusal), &[]))
        }
        Err(error) => Err(error.into()),
    }
}

impl DecideForm {
    /// What is wrong with what was typed.
    pub fn problems(&self) -> Vec<FieldError> {
        let mut problems = Vec::new();
        if !matches!(self.decision.as_str(), "approve" | "send_back") {
            problems.push(FieldError { field: "decision", message: "must be approve or send back".to_owned() });
        }
        if self.decision == "send_back" && self.note.trim().is_empty() {
            problems
                .push(FieldError { field: "note", message: "is needed to send back: say what to change".to_owned() });
        }
        if self.note.chars().count() > 500 {
            problems.push(FieldError { field: "note", message: "must have at most 500 characters".to_owned() });
        }
        problems
    }
}

fn page(
    visitor: &Visitor,
    shown: &Shown,
    note: &str,
    refusal: Option<&Refusal>,
    errors: &[FieldError],
) -> ApprovalPage {
    let detail = &shown.detail;
    let payout = &detail.record.payout;
    let told = Told { detail, zone: visitor.zone, now: visitor.now };
    let waits = payout.waits_for_approval();
    let decided = decided(&told);
    // What ended undecided, or never had to wait, asks nobody for anything.
    let verb = if waits { "Approve payout" } else { "Approval of payout" };
    let title = decided.as_ref().map_or(verb, |decided| decided.heading);
    let mut layout = visitor.layout(format!("{title}: {}", payout.reference_id), Place::Approvals);
    layout.failed = !errors.is_empty() || refusal.is_some();
    let decision = shown.acts.decide.is_ok().then(|| DecisionForm {
        note: respond::field("note", note, errors),
        ..form(&detail.record, shown.approval.as_ref(), &told.maker(), form_key())
    });
    let may_not = shown.acts.decide.as_ref().err().filter(|_| decided.is_none()).map(|refusal| {
        NoticeView::new(Tone::Info, words::why_not(refusal)).with_text(refusal.instead.clone().unwrap_or_default())
    });
    let limit = detail.wallet.approval_limit_minor.filter(|_| waits).map(|minor| {
        let limit = Money::new(minor, detail.wallet.currency);
        format!("It is above the limit of {limit} in {}; a second person must approve it", detail.wallet.name)
    });
    let ruled = shown.approval.as_ref().and_then(|standing| approval_words::why(&standing.need));
    let expires = payout.due_at.filter(|_| waits).map(|at| {
        let at = told.zone.full(at).shown;
        format!("It expires on {at} and {} goes back to {}", payout.total(), detail.wallet.name)
    });
    ApprovalPage {
        layout,
        problems: respond::problems(errors),
        changed: refusal.map(changed).or_else(|| shown.frozen.as_ref().map(freezes::notice)),
        decided,
        payout_href: format!("/payouts/{}", payout.id),
        head: told.head(verb),
        path: told.path(),
        facts: told.facts(),
        why: ruled.or(limit),
        progress: shown
            .approval
            .as_ref()
            .map(|standing| approval_words::progress(standing, told.zone, told.now))
            .unwrap_or_default(),
        expires,
        sum: sum(&detail.record),
        decision,
        refusal: may_not,
        events: told.events(),
    }
}

/// How it was decided, once somebody has.
fn decided(told: &Told) -> Option<Decided> {
    let record = &told.detail.record;
    record.payout.checker_staff_id?;
    let event =
        record.events.iter().rev().find(|event| {
            event.message.starts_with("Payout approved") || event.message.starts_with("Payout sent back")
        })?;
    let sent_back = event.to_state == State::Cancelled;
    let at = told.zone.full(event.created_at).shown;
    let note = event.note.as_ref().map_or_else(String::new, |note| format!(" “{note}”"));
    let total = record.payout.total();
    let (heading, outcome) = if sent_back {
        (
            "Payout sent back",
            format!("{} sent it back on {at}. {total} went back to {}.{note}", event.actor_name, record.wallet_name),
        )
    } else {
        ("Payout approved", format!("{} approved {total} on {at}.{note}", event.actor_name))
    };
    Some(Decided { tone: Tone::Good, heading, outcome: Sentence::default().text(outcome) })
}

/// The decision form for a checker. `key` is its idempotency key.
fn form(record: &PayoutRecord, standing: Option<&Standing>, maker: &str, key: String) -> DecisionForm {
    let payout = &record.payout;
    let left = standing.map_or(0, |standing| standing.need.people - standing.count() - 1);
    let provider = words::provider(&payout.rail);
    DecisionForm {
        action: format!("/payouts/{}/approval", payout.id),
        key,
        version: payout.version,
        shown: standing.map_or(0, |standing| standing.shown),
        if_approved: if left > 0 {
            format!("Approved, it waits for {left} more; then it joins the queue.")
        } else {
            format!(
                "Approved, it joins the queue and {provider} takes it from there. Until then it can still be cancelled.",
            )
        },
        if_sent_back: format!(
            "Sent back, it is cancelled and {} goes back to {} at once.",
            payout.total(),
            record.wallet_name,
        ),
        note: FieldView::default(),
        note_hint: format!("Needed to send back. {maker} will read it."),
    }
}

/// What leaves the wallet when the payout is paid.
fn sum(record: &PayoutRecord) -> SumView {
    let payout = &record.payout;
    SumView {
        caption: "What leaves the wallet".to_owned(),
        rows: vec![
            SumRow { label: "Amount".into(), money: payout.amount().into() },
            SumRow { label: "Fees".into(), money: payout.fees().into() },
        ],
        total: SumRow { label: format!("From {}", record.wallet_name), money: payout.total().into() },
    }
}
