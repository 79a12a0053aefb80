//! What can be done to a case: take it, write a note, ask the provider again, propose, take back, confirm.

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

/// GET of an address that only takes forms: reloading a refused one leads back.
pub async fn back(_: Visitor, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    Ok(respond::see_other(&href(which(&id)?)))
}

/// POST /cases/{id}/owner
pub async fn take(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let id = which(&id)?;
    cases::take(&desk, &visitor.caller, id).await?;
    done(&visitor, id, "The case is yours", "Others see that you look after it.")
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
        Err(Error::Validation(errors)) => {
            again(&visitor, &desk, id, Typed { note: form.note, errors, ..Typed::default() }).await
        }
        Err(error) => Err(error.into()),
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
    cases::ask_now(&desk, &visitor.caller, id).await?;
    done(&visitor, id, "The provider is asked now", "Load the page again in a moment to see the answer.")
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
        Err(Error::Validation(errors)) => {
            let typed = Typed { outcome: form.outcome, reason: form.reason, errors, ..Typed::default() };
            again(&visitor, &desk, id, typed).await
        }
        Err(error) => Err(error.into()),
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
    cases::withdraw(&desk, &visitor.caller, id).await?;
    done(&visitor, id, "The proposal is taken back", "The case is open again.")
}

/// POST /cases/{id}/settlement
pub async fn settle(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<SettlementForm>,
) -> Result<HttpResponse, Failure> {
    let id = which(&id)?;
    cases::settle(&desk, &visitor.caller, id, number(&form.into_inner().version)).await?;
    done(&visitor, id, "The case is settled", "It is booked, and the payout’s timeline says who decided.")
}

/// A version that no record has, when there is none in the form.
fn number(text: &str) -> i64 {
    text.parse().unwrap_or(-1)
}

pub(super) fn done(visitor: &Visitor, id: CaseId, title: &str, text: &str) -> Result<HttpResponse, Failure> {
    visitor.flash(NoticeView::new(Tone::Good, title).with_text(text));
    Ok(respond::see_other(&href(id)))
}

async fn again(visitor: &Visitor, desk: &Desk, id: CaseId, typed: Typed) -> Result<HttpResponse, Failure> {
    respond::unprocessable(&page(visitor, desk, id, typed).await?)
}
