//! The find box of every page: it leads to the list that has what was typed.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::address::with_query;
use super::auth::Visitor;
use super::failure::Failure;
use super::respond;
use crate::service::Desk;
use crate::service::find::{Found, place};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FindQuery {
    q: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/find").route(web::get().to(find)));
}

/// GET /find
pub async fn find(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<FindQuery>,
) -> Result<HttpResponse, Failure> {
    let q = query.q.trim();
    let list = match place(&desk, &visitor.caller, q).await? {
        Found::Payouts => "/payouts",
        Found::Links => "/payout-links",
    };
    Ok(respond::see_other(&with_query(list, &[("q", q)])))
}
