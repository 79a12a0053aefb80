//! What can be done to a case: take it, write a note, ask the provider again, propose, take back, confirm.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::show::{Typed, page};
use super::{href, which};
use crate::domain::ids::CaseId;
use crate::error::Error;
use crate::service::Desk;
use crate::service::cases;
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{NoticeView, Tone};
use crate::web::failure::Failure;
use crate::web::respond;
use crate::web::sessions::Confirmed;

/// A note to write.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NoteForm {
    note: String,
}

/// A proposal, with the versions that were shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProposalForm {
    outcome: String,
    reason: String,
    version: String,
    subject_version: String,
}

/// A confirmation, with the version that was shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SettlementForm {
    version: String,
}

/// Who looked after it when the button was drawn.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct OwnerForm {
    /// Empty for nobody.
    owner: String,
}

/// GET of an address that only takes forms: reloading a refused one leads back.
pub async fn back(_: Visitor, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    Ok(respond::see_other(&href(which(&id)?)))
}

/// POST /cases/{id}/owner
pub async fn take(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<OwnerForm>,
) -> Result<HttpResponse, Failure> {
    let id = which(&id)?;
    let before = form.into_inner().owner.parse().ok();
    match cases::take(&desk, &visitor.caller, id, before).await {
        Ok(()) => done(&visitor, id, "The case is yours", "Others see that you look after it."),
        Err(error) => refused(&visitor, &desk, id, error, Typed::default()).await,
    }
}

/// POST /cases/{id}/release
pub async fn release(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let id = which(&id)?;
    match cases::release(&desk, &visitor.caller, id).await {
        Ok(()) => done(&visitor, id, "You have given the case back", "Nobody looks after it: whoever has time may."),
        Err(error) => refused(&visitor, &desk, id, error, Typed::default()).await,
    }
}

/// POST /cases/{id}/notes
pub async fn note(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<NoteForm>,
) -> Result<HttpResponse, Failure> {
    let (id, form) = (which(&id)?, form.into_inner());
    match cases::note(&desk, &visitor.caller, id, &form.note).await {
        Ok(()) => done(&visitor, id, "The note is kept", "Notes are never changed."),
        Err(error) => refused(&visitor, &desk, id, error, Typed { note: form.note, ..Typed::default() }).await,
    }
}

/// POST /cases/{id}/questions
pub async fn ask(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let id = which(&id)?;
    match cases::ask_now(&desk, &visitor.caller, id).await {
        Ok(()) => done(&visitor, id, "The provider is asked now", "Load the page again in a moment to see the answer."),
        Err(error) => refused(&visitor, &desk, id, error, Typed::default()).await,
    }
}

/// POST /cases/{id}/proposal
pub async fn propose(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<ProposalForm>,
) -> Result<HttpResponse, Failure> {
    let (id, form) = (which(&id)?, form.into_inner());
    let seen = (number(&form.version), number(&form.subject_version));
    match cases::propose(&desk, &visitor.caller, id, seen, &form.outcome, &form.reason).await {
        Ok(()) => {
            done(&visitor, id, "It is proposed", "Nothing is booked before another approver or admin confirms it.")
        }
        Err(error) => {
            let typed = Typed { outcome: form.outcome, reason: form.reason, ..Typed::default() };
            refused(&visitor, &desk, id, error, typed).await
        }
    }
}

/// POST /cases/{id}/withdrawal
pub async fn withdraw(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let id = which(&id)?;
    match cases::withdraw(&desk, &visitor.caller, id).await {
        Ok(()) => done(&visitor, id, "The proposal is taken back", "The case is open again."),
        Err(error) => refused(&visitor, &desk, id, error, Typed::default()).await,
    }
}

/// POST /cases/{id}/settlement
pub async fn settle(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<SettlementForm>,
) -> Result<HttpResponse, Failure> {
    let id = which(&id)?;
    match cases::settle(&desk, &visitor.caller, id, number(&form.into_inner().version)).await {
        Ok(()) => {
            done(&visitor, id, "The case is settled", "It is booked, and the payout’s timeline says who decided.")
        }
        Err(error) => refused(&visitor, &desk, id, error, Typed::default()).await,
    }
}

/// A version that no record has, when there is none in the form.
fn number(text: &str) -> i64 {
    text.parse().unwrap_or(-1)
}

pub(super) fn done(visitor: &Visitor, id: CaseId, title: &str, text: &str) -> Result<HttpResponse, Failure> {
    visitor.flash(NoticeView::new(Tone::Good, title).with_text(text));
    Ok(respond::see_other(&href(id)))
}

/// The case as it stands now, with why it was not done on top and with what was typed.
pub(super) async fn refused(
    visitor: &Visitor,
    desk: &Desk,
    id: CaseId,
    error: Error,
    typed: Typed,
) -> Result<HttpResponse, Failure> {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::CONFLICT);
    match error {
        Error::Validation(errors) => respond::unprocessable(&page(visitor, desk, id, Typed { errors, ..typed }).await?),
        Error::Refused(refusal) => {
            let refusal = Some(refusal);
            respond::with_status(status, &page(visitor, desk, id, Typed { refusal, ..typed }).await?)
        }
        error => Err(error.into()),
    }
}
