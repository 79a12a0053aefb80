//! The filtered list as a CSV file.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use futures_util::TryStreamExt;

use super::query::ListQuery;
use crate::service::{Desk, exports};
use crate::web::auth::Visitor;
use crate::web::failure::Failure;

/// GET /payouts/export.csv, with the filter of the list.
pub async fn show(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<ListQuery>,
) -> Result<HttpResponse, Failure> {
    let rows = exports::payouts(&desk, &visitor.caller, &query.filter(), visitor.zone.0).await?;
    // A failure midway breaks the connection off, so that half a file never looks whole.
    let bytes = rows.map_ok(web::Bytes::from).map_err(actix_web::error::ErrorInternalServerError);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"payouts.csv\""))
        .streaming(Box::pin(bytes)))
}
