//! The filtered list as a CSV file.

use actix_web::{HttpResponse, web};

use crate::service::link_list::LinkQuery;
use crate::service::{Desk, link_exports};
use crate::web::auth::Visitor;
use crate::web::failure::Failure;
use crate::web::respond;

/// GET /payout-links/export.csv, with the filter of the list.
pub async fn show(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<LinkQuery>,
) -> Result<HttpResponse, Failure> {
    let rows = link_exports::links(&desk, &visitor.caller, &query, visitor.zone.0).await?;
    Ok(respond::csv("payout-links.csv", rows))
}
