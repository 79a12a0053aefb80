//! The filtered list as a CSV file.

use actix_web::{HttpResponse, web};

use super::query::ListQuery;
use crate::service::{Desk, exports};
use crate::web::auth::Visitor;
use crate::web::failure::Failure;
use crate::web::respond;

/// GET /payouts/export.csv, with the filter of the list.
pub async fn show(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<ListQuery>,
) -> Result<HttpResponse, Failure> {
    let rows = exports::payouts(&desk, &visitor.caller, &query.filter(), visitor.zone.0).await?;
    Ok(respond::csv("payouts.csv", rows))
}
