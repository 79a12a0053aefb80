//! The progress of a batch as server-sent events, for the script of its page.

use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use serde_json::json;

use super::{batch_id, words};
use crate::domain::batch::Batch;
use crate::domain::ids::BatchId;
use crate::error::Error;
use crate::service::{Desk, batches};
use crate::web::auth::Visitor;
use crate::web::failure::Failure;

/// How often the batch is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How many looks one answer lasts, 15 seconds: the browser asks again then, so that whoever is signed out meanwhile
/// is told nothing more, and no answer keeps the desk from stopping.
const LOOKS: usize = 30;

struct Watch {
    desk: web::Data<Desk>,
    caller: crate::domain::caller::Caller,
    id: BatchId,
    /// What was told last.
    told: String,
    looks: usize,
    over: bool,
}

/// GET /batches/{id}/events. Each event's id says what it told; one that the browser has had is not told again.
pub async fn show(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let id = batch_id(&id)?;
    batches::get(&desk, &visitor.caller, id).await?;
    let last = request.headers().get("last-event-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let watch = Watch { desk, caller: visitor.caller, id, told: last.to_owned(), looks: 0, over: false };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(Box::pin(stream::try_unfold(watch, look))))
}

/// The next piece: an event when something has moved, otherwise a comment that keeps the connection alive.
async fn look(mut watch: Watch) -> Result<Option<(Bytes, Watch)>, Error> {
    if watch.over || watch.looks >= LOOKS {
        return Ok(None);
    }
    if watch.looks > 0 {
        tokio::time::sleep(LOOK).await;
    }
    watch.looks += 1;
    let batch = batches::get(&watch.desk, &watch.caller, watch.id).await?;
    let name = format!("{}-{}-{}", batch.version, batch.items, batch.handled());
    watch.over = batch.state.is_final();
    let text = if name == watch.told { ": still there\n\n".to_owned() } else { event(&batch, &name) };
    watch.told = name;
    Ok(Some((Bytes::from(text), watch)))
}

fn event(batch: &Batch, name: &str) -> String {
    let data = json!({
        "state": batch.state.name(),
        "version": batch.version,
        "items": batch.items,
        "handled": batch.handled(),
        "words": words::progress(batch),
        "counts": {
            "done": words::number(batch.done),
            "asked": words::number(batch.asked),
            "refused": words::number(batch.refused + batch.failed),
            "pending": words::number(batch.pending),
        },
    });
    format!("retry: 1000\nid: {name}\nevent: progress\ndata: {data}\n\n")
}
