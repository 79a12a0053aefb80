//! From the incident to a batch of what can be cancelled in it.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::freeze_id;
use crate::domain::batch::Verb;
use crate::service::Desk;
use crate::service::batches::{self, NewBatch, Source};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::failure::Failure;
use crate::web::respond;

/// What the button sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CancelForm {
    idempotency_key: String,
}

/// POST /freezes/{id}/cancel: a job sorts what stands in it and is not over; nothing is done before the count is typed.
pub async fn cancel(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<CancelForm>,
) -> Result<HttpResponse, Failure> {
    let id = freeze_id(&id)?;
    let new = NewBatch { verb: Verb::Cancel, source: Source::Incident(id), reason: None };
    let made = batches::create(&desk, &visitor.caller, new, Some(&form.into_inner().idempotency_key)).await?;
    Ok(respond::see_other(&format!("/batches/{}", made.value.id)))
}
