//! What can be done to a batch: start it, pause, go on, stop, take up what is left, and export its results.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::show::{ShowQuery, Typed, page};
use super::{batch_id, words};
use crate::domain::batch::{Batch, Step};
use crate::domain::ids::BatchId;
use crate::domain::payout::Refusal;
use crate::error::{Error, FieldError};
use crate::service::batches::{self, NewBatch, Source, results};
use crate::service::{Desk, permit_on};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::payouts::{cancel::reason_problems, changed};
use crate::web::sessions::Confirmed;
use crate::web::{respond, words as desk_words};

/// The confirm step before a batch is stopped.
#[derive(Template)]
#[template(path = "batches/stop.html")]
pub struct StopPage {
    pub layout: Layout,
    pub href: String,
    pub action: String,
    pub title: String,
    pub text: String,
}

/// A form with no more than its key.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Keyed {
    idempotency_key: String,
}

/// POST /batches/{id}/start
pub async fn start(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<Typed>,
) -> Result<HttpResponse, Failure> {
    let id = batch_id(&id)?;
    let typed = form.into_inner();
    let batch = batches::get(&desk, &visitor.caller, id).await?;
    permit_on(&desk, &visitor.caller, batch.verb.operation(), id).await?;
    let reason = match batch.verb.needs_reason() {
        true => desk_words::reason_text(&typed.reason, &typed.note),
        false => typed.note.trim().to_owned(),
    };
    let mut errors: Vec<FieldError> = Vec::new();
    if batch.verb.needs_reason() {
        errors = reason_problems(&typed.reason, &typed.note);
    }
    let key = Some(typed.idempotency_key.as_str());
    let started = if errors.is_empty() {
        batches::start(&desk, &visitor.caller, id, Some(&typed.count), Some(&reason), key).await
    } else {
        Err(Error::Validation(errors))
    };
    match started {
        Ok(_) => Ok(respond::see_other(&format!("/batches/{id}"))),
        Err(Error::Validation(errors)) => {
            let query = ShowQuery::default();
            respond::unprocessable(&page(&visitor, &desk, id, &query, &typed, &errors, None).await?)
        }
        Err(Error::Refused(refusal)) => too_late(&visitor, &desk, id, &typed, &refusal).await,
        Err(error) => Err(error.into()),
    }
}

/// POST /batches/{id}/pause
pub async fn pause(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let id = batch_id(&id)?;
    let paused = batches::pause(&desk, &visitor.caller, id).await;
    after(&visitor, &desk, id, paused).await
}

/// POST /batches/{id}/resume
pub async fn resume(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let id = batch_id(&id)?;
    let resumed = batches::resume(&desk, &visitor.caller, id).await;
    after(&visitor, &desk, id, resumed).await
}

/// GET /batches/{id}/stop
pub async fn stopping(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let batch = batches::get(&desk, &visitor.caller, batch_id(&id)?).await?;
    let href = format!("/batches/{}", batch.id);
    if batch.state.check(Step::Stop).is_err() || !visitor.may(batch.verb.operation()) {
        return Ok(respond::see_other(&href));
    }
    let (title, text) = match batch.started_at {
        Some(_) => (
            "Stop this batch?".to_owned(),
            format!(
                "{} of {} have their result and keep it. The others are left as they are, and can be taken up by a new batch.",
                words::number(batch.handled()),
                words::things(batch.verb, batch.items)
            ),
        ),
        None => ("Discard this batch?".to_owned(), "Nothing was done, and no payout is changed.".to_owned()),
    };
    let layout = visitor.layout(title.clone(), Place::Batches);
    respond::page(&StopPage { layout, action: format!("{href}/stop"), href, title, text })
}

/// POST /batches/{id}/stop
pub async fn stop(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let id = batch_id(&id)?;
    let stopped = batches::stop(&desk, &visitor.caller, id).await;
    after(&visitor, &desk, id, stopped).await
}

/// POST /batches/{id}/retry: a new batch of what was not done.
pub async fn retry(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<Keyed>,
) -> Result<HttpResponse, Failure> {
    let id = batch_id(&id)?;
    let batch = batches::get(&desk, &visitor.caller, id).await?;
    let new = NewBatch { verb: batch.verb, source: Source::Undone(id), reason: batch.reason };
    match batches::create(&desk, &visitor.caller, new, Some(&form.into_inner().idempotency_key)).await {
        Ok(made) => Ok(respond::see_other(&format!("/batches/{}", made.value.id))),
        Err(Error::Refused(refusal)) => too_late(&visitor, &desk, id, &Typed::default(), &refusal).await,
        Err(error) => Err(error.into()),
    }
}

/// GET /batches/{id}/results.csv
pub async fn export(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let rows = results::export(&desk, &visitor.caller, batch_id(&id)?).await?;
    Ok(respond::csv("batch.csv", rows))
}

/// Back to the record, or what it says when it was too late.
async fn after(
    visitor: &Visitor,
    desk: &Desk,
    id: BatchId,
    acted: Result<Batch, Error>,
) -> Result<HttpResponse, Failure> {
    match acted {
        Ok(_) => Ok(respond::see_other(&format!("/batches/{id}"))),
        Err(Error::Refused(refusal)) => too_late(visitor, desk, id, &Typed::default(), &refusal).await,
        Err(error) => Err(error.into()),
    }
}

/// The record as it stands now, with why nothing was done.
async fn too_late(
    visitor: &Visitor,
    desk: &Desk,
    id: BatchId,
    typed: &Typed,
    refusal: &Refusal,
) -> Result<HttpResponse, Failure> {
    let notice = Some(changed(refusal));
    respond::conflict(&page(visitor, desk, id, &ShowQuery::default(), typed, &[], notice).await?)
}
