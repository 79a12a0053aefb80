//! A request for what a rule wants approved first: what would be done, who has approved it, and the decision.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::approval_words::{progress, why};
use super::auth::Visitor;
use super::csrf::Posted;
use super::display::{FieldView, MoneyText, NoticeView, OptionView, Problem, StatusView, TimeView, Tone};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::payouts::approval::{DecideForm, DecisionForm};
use super::payouts::{changed, form_key};
use super::respond;
use crate::domain::approval::{Act, Request, RequestState, Verb};
use crate::domain::ids::ApprovalRequestId;
use crate::domain::payout::Refusal;
use crate::domain::staff::Operation;
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::approval_requests::{self, Shown};

/// The request with the decision form, with the reason why this reader may not decide, or with how it ended.
#[derive(Template)]
#[template(path = "approvals/request.html")]
pub struct RequestPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub changed: Option<NoticeView>,
    pub id: String,
    pub title: String,
    pub status: StatusView,
    pub ended: Option<NoticeView>,
    pub money: Option<MoneyText>,
    pub asked_by: String,
    pub asked: TimeView,
    pub reason: String,
    /// Address and word of what it is about.
    pub subject: Option<OptionView>,
    /// Label and text of what was shown when it was asked for.
    pub shown: Vec<OptionView>,
    pub why: String,
    pub expires: Option<TimeView>,
    /// Label and text of how far it has come.
    pub progress: Vec<OptionView>,
    pub decision: Option<DecisionForm>,
    pub approve: String,
    /// Why this reader may not decide, and who may.
    pub refusal: Option<NoticeView>,
    /// The form with which whoever asked takes it back.
    pub take_back: Option<DecisionForm>,
}

/// GET /approvals/{id}
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let shown = approval_requests::show(&desk, &visitor.caller, which(&id)?).await?;
    respond::page(&page(&visitor, &shown, "", None, &[]))
}

/// POST /approvals/{id}
pub async fn answer(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<DecideForm>,
) -> Result<HttpResponse, Failure> {
    let id = which(&id)?;
    let form = form.into_inner();
    let own = form.decision == "take_back";
    let problems = if own { Vec::new() } else { form.problems() };
    if !problems.is_empty() {
        let shown = approval_requests::show(&desk, &visitor.caller, id).await?;
        return respond::unprocessable(&page(&visitor, &shown, &form.note, None, &problems));
    }
    let approve = form.decision == "approve";
    let (note, version, key) = (form.note.as_str(), form.version.parse().ok(), form.idempotency_key.as_str());
    match approval_requests::answer(&desk, &visitor.caller, id, approve, Some(note), version, Some(key)).await {
        Ok(_) => Ok(respond::see_other(&href(id))),
        Err(Error::Refused(refusal)) => {
            let shown = approval_requests::show(&desk, &visitor.caller, id).await?;
            respond::conflict(&page(&visitor, &shown, &form.note, Some(&refusal), &[]))
        }
        Err(error) => Err(error.into()),
    }
}

/// Leads to the request that a refusal has left, if it has.
pub fn left(visitor: &Visitor, refusal: &Refusal) -> Option<HttpResponse> {
    let id = approval_requests::rare::left(refusal)?;
    visitor.flash(
        NoticeView::new(Tone::Good, "It waits for approval").with_text("Nothing is done before it is approved."),
    );
    Some(respond::see_other(&href(id)))
}

/// Asks for what a rule has just refused to do at once, and leads to the request.
pub async fn ask(visitor: &Visitor, desk: &Desk, act: Act, key: &str) -> Result<HttpResponse, Error> {
    let asked = approval_requests::ask(desk, &visitor.caller, act, Some(key)).await?;
    if !asked.repeated {
        visitor.flash(
            NoticeView::new(Tone::Good, "It waits for approval").with_text("Nothing is done before it is approved."),
        );
    }
    Ok(respond::see_other(&href(asked.value.id)))
}

pub fn href(id: ApprovalRequestId) -> String {
    format!("/approvals/{id}")
}

fn which(id: &str) -> Result<ApprovalRequestId, Error> {
    id.parse().map_err(|_| Error::NotFound("Request"))
}

fn page(visitor: &Visitor, shown: &Shown, note: &str, refusal: Option<&Refusal>, errors: &[FieldError]) -> RequestPage {
    let request = &shown.request;
    let open = request.state == RequestState::Open;
    let mut layout = visitor.layout(request.title.clone(), Place::Approvals);
    layout.failed = !errors.is_empty() || refusal.is_some();
    let form = || DecisionForm {
        action: href(request.id),
        key: form_key(),
        version: request.version,
        shown: 0,
        if_approved: match shown.standing.need.people - shown.standing.count() {
            left if left > 1 => format!("Approved, it waits for {} more.", left - 1),
            _ => {
                "Approved, it is done at once, as it was shown. If it has changed by then, nothing is done.".to_owned()
            }
        },
        if_sent_back: "Sent back, nothing is done.".to_owned(),
        note: FieldView::default(),
        note_hint: format!("Needed to send back. {} will read it.", request.maker_name),
    };
    let may_not = shown.decide.as_ref().err().filter(|_| open).map(|refusal| {
        NoticeView::new(Tone::Info, refusal.reason.clone()).with_text(refusal.instead.clone().unwrap_or_default())
    });
    RequestPage {
        layout,
        problems: respond::problems(errors),
        changed: refusal.map(changed),
        id: request.id.to_string(),
        title: request.title.clone(),
        status: status(request.state),
        ended: request.ended_at.map(|at| {
            let tone = if request.state == RequestState::Approved { Tone::Good } else { Tone::Info };
            let at = visitor.zone.full(at).shown;
            NoticeView::new(tone, heading(request.state))
                .with_text(format!("{} · {at}", request.answer.clone().unwrap_or_default()))
        }),
        money: request.amount().map(MoneyText::from),
        asked_by: request.maker_name.clone(),
        asked: visitor.zone.on(request.id.created_at()),
        reason: request.reason.clone().unwrap_or_default(),
        subject: subject(visitor, request),
        shown: request.facts().into_iter().map(|(label, text)| OptionView::new(label, text)).collect(),
        why: why(&shown.standing.need).unwrap_or_default(),
        expires: open.then(|| visitor.zone.on(request.expires_at)),
        progress: if open { progress(&shown.standing, visitor.zone, visitor.now) } else { Vec::new() },
        decision: (open && shown.decide.is_ok())
            .then(|| DecisionForm { note: respond::field("note", note, errors), ..form() }),
        approve: match (request.verb, request.amount()) {
            (Verb::Cancel, _) => "Approve the cancellation".to_owned(),
            (Verb::Reverse, Some(amount)) => format!("Approve the reversal of {amount}"),
            (_, Some(amount)) => format!("Approve {amount}"),
            (_, None) => "Approve".to_owned(),
        },
        refusal: may_not,
        take_back: (open && shown.own).then(form),
    }
}

/// Where what it is about can be looked at.
fn subject(visitor: &Visitor, request: &Request) -> Option<OptionView> {
    match request.act()? {
        Act::Cancel { payout_id, .. } | Act::AskToCancel { payout_id, .. } | Act::Reverse { payout_id, .. } => {
            Some(OptionView::new(format!("/payouts/{payout_id}"), "The payout"))
        }
        Act::CancelLink { link_id, .. } => Some(OptionView::new(format!("/payout-links/{link_id}"), "The payout link")),
        Act::StartBatch { batch_id, .. } => Some(OptionView::new(format!("/batches/{batch_id}"), "The batch")),
        Act::UseAccount { payee_id, .. } => Some(OptionView::new(format!("/payees/{payee_id}"), "The payee")),
        // Their pages are for admins.
        Act::UseCredential { .. } | Act::UseSecret { .. } if !visitor.may(Operation::ManageCredentials) => None,
        Act::UseCredential { credential_id } | Act::UseSecret { credential_id, .. } => {
            Some(OptionView::new(format!("/settings/credentials/{credential_id}"), "The credential"))
        }
        Act::TopUp { wallet_number, .. } => Some(OptionView::new(format!("/wallets/{wallet_number}"), "The wallet")),
    }
}

pub fn status(state: RequestState) -> StatusView {
    match state {
        RequestState::Open => StatusView { class: "s-approve", word: "Waits" },
        RequestState::Approved => StatusView { class: "s-completed", word: "Approved" },
        RequestState::SentBack => StatusView { class: "s-cancelled", word: "Sent back" },
        RequestState::Stale => StatusView { class: "s-failed", word: "Changed since" },
        RequestState::Expired => StatusView { class: "s-expired", word: "Expired" },
    }
}

fn heading(state: RequestState) -> &'static str {
    match state {
        RequestState::Open => "It waits for approval",
        RequestState::Approved => "Approved, and done",
        RequestState::SentBack => "Sent back: nothing was done",
        RequestState::Stale => "Nothing was done: what it is about had changed",
        RequestState::Expired => "Expired: nothing was done",
    }
}
