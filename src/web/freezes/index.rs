//! The list of freezes.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::{href, status, title};
use crate::domain::freeze::{Freeze, State};
use crate::domain::staff::Operation;
use crate::service::{Desk, freezes};
use crate::web::auth::Visitor;
use crate::web::display::{PagerView, StatusView, TimeView};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::many;
use crate::web::respond;

/// Freezes on one page.
const ROWS: usize = 50;

/// One page of the list.
#[derive(Template)]
#[template(path = "freezes/index.html")]
pub struct FreezesPage {
    pub layout: Layout,
    pub may_freeze: bool,
    pub rows: Vec<FreezeRow>,
    pub pager: PagerView,
    /// The first page's address, when this one lies past the end of the list.
    pub first_href: Option<String>,
}

/// One freeze in the list.
#[derive(Clone, Debug)]
pub struct FreezeRow {
    pub href: String,
    pub what: String,
    pub reason: String,
    pub status: StatusView,
    /// Who asks or who lifted it; empty otherwise.
    pub note: String,
    pub since: TimeView,
    pub by: String,
    pub lifted: Option<TimeView>,
}

/// What the list's address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct IndexQuery {
    /// Older than this freeze.
    before: String,
}

/// GET /freezes
pub async fn index(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<IndexQuery>,
) -> Result<HttpResponse, Failure> {
    let before = query.before.parse().ok();
    let (found, older) = freezes::list(&desk, &visitor.caller, before, ROWS).await?;
    respond::page(&FreezesPage {
        layout: visitor.layout("Freezes", Place::Freezes),
        may_freeze: visitor.may(Operation::Freeze),
        pager: PagerView {
            shown: format!("{}, newest first", many(found.len(), "freeze", "freezes")),
            newer: before.map(|_| "/freezes".to_owned()),
            older: older.map(|older| format!("/freezes?before={older}")),
        },
        first_href: (found.is_empty() && before.is_some()).then(|| "/freezes".to_owned()),
        rows: found.iter().map(|freeze| row(&visitor, freeze)).collect(),
    })
}

fn row(visitor: &Visitor, freeze: &Freeze) -> FreezeRow {
    let by = |name: &Option<String>| name.as_ref().map(|name| format!("by {name}")).unwrap_or_default();
    FreezeRow {
        href: href(freeze),
        what: title(freeze),
        reason: freeze.reason.clone(),
        status: status(freeze),
        note: match freeze.state {
            State::Lifted => by(&freeze.lifter_name),
            State::Active => by(&freeze.asker_name),
        },
        since: visitor.zone.short(freeze.id.created_at(), visitor.now),
        by: freeze.maker_name.clone(),
        lifted: freeze.lifted_at.map(|at| visitor.zone.short(at, visitor.now)),
    }
}
