//! "This is not me": the link ends, and what it held is back with whoever sent it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::display::{FieldView, OptionView, Problem};
use super::super::failure::Failure;
use super::super::words;
use super::follow;
use super::frame::Frame;
use super::guest::{Form, Guest, Stage};
use super::offer::OfferView;
use super::respond;
use crate::error::Error;
use crate::service::recipients::Proof;
use crate::service::{Desk, links};

/// Asks why, and says what follows.
#[derive(Template)]
#[template(path = "claim/refusal.html")]
pub struct RefusalPage {
    pub frame: Frame,
    pub offer: OfferView,
    pub problems: Vec<Problem>,
    pub reason: FieldView,
    pub reasons: Vec<OptionView>,
    pub note: FieldView,
}

/// Reasons offered; they are kept with the link as they stand.
const REASONS: [&str; 4] =
    ["I am not this person", "I do not know the sender", "The sender owes me nothing", "Something else"];

/// GET /l/{token}/refusal
pub async fn ask(request: HttpRequest, desk: web::Data<Desk>) -> Result<HttpResponse, Failure> {
    let guest = Guest::of(&request, &desk).await?;
    if !matches!(guest.stage(), Stage::Open | Stage::Held) {
        return Ok(respond::see_other(&guest.path("")));
    }
    guest.page(StatusCode::OK, &page(&guest, FieldView::default(), FieldView::default()))
}

/// POST /l/{token}/refusal. Whoever got a message by mistake cannot prove to be the contact, so nothing is asked for.
pub async fn refuse(request: HttpRequest, desk: web::Data<Desk>, form: Form) -> Result<HttpResponse, Failure> {
    let guest = Guest::sent(&request, &desk, &form).await?;
    if !matches!(guest.stage(), Stage::Open | Stage::Held) {
        return follow::closed(&guest).await;
    }
    let (reason, note) = (form.get("reason"), form.get("note"));
    let mut wrong = page(&guest, FieldView::of(reason), FieldView::of(note));
    if !REASONS.contains(&reason) {
        wrong.reason.error = Some("Choose a reason".into());
    }
    if note.chars().count() > 300 {
        wrong.note.error = Some("The note must have at most 300 characters".into());
    }
    let fields = [("reason", &wrong.reason), ("note", &wrong.note)];
    let told = |(name, view): (&str, &FieldView)| {
        view.error.clone().map(|message| Problem { field: name.to_owned(), message })
    };
    wrong.problems = fields.into_iter().filter_map(told).collect();
    if !wrong.problems.is_empty() {
        wrong.frame.failed = true;
        return guest.page(StatusCode::UNPROCESSABLE_ENTITY, &wrong);
    }
    let text = words::reason_text(reason, note);
    match links::decline(&desk, &guest.visit, &guest.token, Some(&text)).await {
        Ok(_) => Ok(respond::see_other(&guest.path(""))),
        Err(Error::Refused(_)) => follow::closed(&guest.again().await?).await,
        Err(Error::Validation(_)) => {
            wrong.frame.failed = true;
            wrong.note.error = Some("The note must be plain text".into());
            wrong.problems = vec![Problem { field: "note".into(), message: "The note must be plain text".into() }];
            guest.page(StatusCode::UNPROCESSABLE_ENTITY, &wrong)
        }
        Err(error) => Err(error.into()),
    }
}

fn page(guest: &Guest, reason: FieldView, note: FieldView) -> RefusalPage {
    RefusalPage {
        frame: guest.frame("This is not for me"),
        offer: OfferView::of(&guest.opened.record, guest.now, guest.proof != Proof::Receipt),
        problems: Vec::new(),
        reason,
        reasons: REASONS.iter().map(|reason| OptionView::new(*reason, *reason)).collect(),
        note,
    }
}
