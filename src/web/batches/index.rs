//! The list of batches.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::words;
use crate::domain::batch::{Batch, Verb};
use crate::service::{Desk, batches};
use crate::web::auth::Visitor;
use crate::web::display::{PagerView, StatusView, TimeView};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::many;
use crate::web::respond;

/// Batches on one page.
const ROWS: usize = 50;

/// One page of the list.
#[derive(Template)]
#[template(path = "batches/index.html")]
pub struct BatchesPage {
    pub layout: Layout,
    /// The reader may make one.
    pub may_make: bool,
    /// The reader may make payouts from a file.
    pub may_create: bool,
    pub rows: Vec<BatchRow>,
    pub pager: PagerView,
    /// The first page's address, when this one lies past the end of the list.
    pub first_href: Option<String>,
}

/// One batch in the list.
#[derive(Clone, Debug)]
pub struct BatchRow {
    pub href: String,
    pub made: TimeView,
    pub what: String,
    pub made_from: String,
    pub status: StatusView,
    pub note: String,
    pub items: String,
    pub done: String,
    pub left: String,
    pub by: String,
    pub reason: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct IndexQuery {
    /// Older than this batch.
    before: String,
}

/// GET /batches
pub async fn index(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<IndexQuery>,
) -> Result<HttpResponse, Failure> {
    let before = query.before.parse().ok();
    let (found, older) = batches::list(&desk, &visitor.caller, before, ROWS).await?;
    respond::page(&BatchesPage {
        layout: visitor.layout("Batches", Place::Batches),
        may_make: Verb::ACTS.iter().any(|verb| visitor.may(verb.operation())),
        may_create: visitor.may(Verb::CreatePayouts.operation()),
        pager: PagerView {
            shown: format!("{}, newest first", many(found.len(), "batch", "batches")),
            newer: before.map(|_| "/batches".to_owned()),
            older: older.map(|older| format!("/batches?before={older}")),
        },
        first_href: (found.is_empty() && before.is_some()).then(|| "/batches".to_owned()),
        rows: found.iter().map(|batch| row(&visitor, batch)).collect(),
    })
}

fn row(visitor: &Visitor, batch: &Batch) -> BatchRow {
    let left = batch.refused + batch.failed;
    let told = |count: i64| if batch.started_at.is_some() { words::number(count) } else { String::new() };
    BatchRow {
        href: format!("/batches/{}", batch.id),
        made: visitor.zone.short(batch.id.created_at(), visitor.now),
        what: super::show::what(batch),
        made_from: batch.made_from.clone(),
        status: words::status(batch.state),
        note: if batch.state.is_final() { String::new() } else { words::progress(batch) },
        items: words::number(batch.items),
        done: told(batch.done + batch.asked),
        left: told(left),
        by: batch.actor_name.clone(),
        reason: batch.reason.clone().unwrap_or_default(),
    }
}
