//! What staff do: take payouts, record what became of them, confirm, take back.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::index::{self, IndexQuery};
use super::show::{Refused, page, respond_notice};
use super::{href, which};
use crate::domain::ids::{ManualAnswerId, PayoutId};
use crate::error::Error;
use crate::service::Desk;
use crate::service::manual::{self, Typed};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{NoticeView, Tone};
use crate::web::failure::Failure;
use crate::web::numbers::many;
use crate::web::respond;

/// What is recorded, with the version that was shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AnswerForm {
    kind: String,
    subject_id: String,
    outcome: String,
    reference: String,
    paid_on: String,
    reason: String,
    version: String,
}

/// An answer that waits for a second person, with its version.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ConfirmationForm {
    answer: String,
    version: String,
}

/// POST /manual/takings: one payout or a selection.
pub async fn take(
    visitor: Visitor,
    desk: web::Data<Desk>,
    form: Posted<Vec<(String, String)>>,
) -> Result<HttpResponse, Failure> {
    let form = form.into_inner();
    let ids: Vec<PayoutId> =
        form.iter().filter(|(name, _)| name == "id").filter_map(|(_, id)| id.parse().ok()).collect();
    let taken = match manual::take(&desk, &visitor.caller, &ids).await {
        Ok(taken) => taken,
        Err(Error::Validation(errors)) => {
            let message = respond::problems(&errors).into_iter().map(|problem| problem.message).collect::<Vec<_>>();
            let notice = NoticeView::new(Tone::Warn, "Nothing was taken").with_text(message.join(" "));
            let page = index::page(&visitor, &desk, &IndexQuery::default(), Some(notice)).await?;
            return respond::unprocessable(&page);
        }
        Err(error) => return Err(error.into()),
    };
    let done = taken.iter().filter(|(_, result)| result.is_ok()).count();
    let mut refused: Vec<String> = Vec::new();
    for (id, result) in &taken {
        if let Err(refusal) = result {
            let instead = refusal.instead.as_deref().unwrap_or_default();
            refused.push(format!("{}: {} {instead}", id.short(), refusal.reason));
        }
    }
    if !refused.is_empty() {
        let notice = index::not_taken(done, &refused);
        if done == 0 {
            return respond::conflict(&index::page(&visitor, &desk, &IndexQuery::default(), Some(notice)).await?);
        }
        visitor.flash(notice);
    } else {
        let title = format!("{} taken", many(done, "payout is", "payouts are"));
        visitor.flash(NoticeView::new(Tone::Good, title).with_text("Pay them at the bank, then record each of them."));
    }
    match (ids.as_slice(), done) {
        ([one], 1) => Ok(respond::see_other(&href(*one))),
        _ => Ok(respond::see_other("/manual?part=taken&whose=own")),
    }
}

/// GET of an address that only takes forms: reloading a refused one leads back.
pub async fn back(_: Visitor, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    Ok(respond::see_other(&href(which(&id)?)))
}

/// POST /manual/{id}/answers
pub async fn record(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<AnswerForm>,
) -> Result<HttpResponse, Failure> {
    let (id, form) = (which(&id)?, form.into_inner());
    let typed = Typed {
        kind: form.kind,
        subject_id: form.subject_id,
        outcome: form.outcome,
        reference: form.reference,
        paid_on: form.paid_on,
        reason: form.reason,
        version: number(&form.version),
    };
    match manual::record(&desk, &visitor.caller, id, &typed).await {
        Ok(true) => {
            done(&visitor, id, "It is recorded", "Nothing is booked before another approver or admin confirms it.")
        }
        Ok(false) => done(&visitor, id, "It is recorded and booked", "The payout’s timeline says who recorded it."),
        Err(Error::Validation(errors)) => {
            let refused = Refused { typed, errors, notice: None };
            respond::unprocessable(&page(&visitor, &desk, id, refused).await?)
        }
        Err(error) => again(&visitor, &desk, id, error).await,
    }
}

/// POST /manual/{id}/confirmation
pub async fn confirm(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<ConfirmationForm>,
) -> Result<HttpResponse, Failure> {
    let (id, form) = (which(&id)?, form.into_inner());
    match manual::confirm(&desk, &visitor.caller, id, answer(&form.answer)?, number(&form.version)).await {
        Ok(()) => done(&visitor, id, "It is confirmed and booked", "The payout’s timeline says who decided."),
        Err(error) => again(&visitor, &desk, id, error).await,
    }
}

/// POST /manual/{id}/withdrawal
pub async fn take_back(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<ConfirmationForm>,
) -> Result<HttpResponse, Failure> {
    let (id, form) = (which(&id)?, form.into_inner());
    match manual::take_back(&desk, &visitor.caller, id, answer(&form.answer)?).await {
        Ok(()) => done(&visitor, id, "It is taken back", "Nothing was booked. It can be recorded again."),
        Err(error) => again(&visitor, &desk, id, error).await,
    }
}

/// A version that no record has, when there is none in the form.
fn number(text: &str) -> i64 {
    text.parse().unwrap_or(-1)
}

fn answer(text: &str) -> Result<ManualAnswerId, Error> {
    text.parse().map_err(|_| Error::NotFound("Answer"))
}

fn done(visitor: &Visitor, id: PayoutId, title: &str, text: &str) -> Result<HttpResponse, Failure> {
    visitor.flash(NoticeView::new(Tone::Good, title).with_text(text));
    Ok(respond::see_other(&href(id)))
}

/// The page with the facts as they stand, and why nothing was done.
async fn again(visitor: &Visitor, desk: &Desk, id: PayoutId, error: Error) -> Result<HttpResponse, Failure> {
    match error {
        Error::Refused(refusal) if Error::Refused(refusal.clone()).status() == 409 => {
            let refused = Refused { notice: Some(respond_notice(&refusal)), ..Refused::default() };
            respond::conflict(&page(visitor, desk, id, refused).await?)
        }
        error => Err(error.into()),
    }
}
