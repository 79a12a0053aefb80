//! Whether the API works: `GET /status`, for everybody.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::service::Desk;

#[derive(Serialize)]
struct Status {
    status: &'static str,
}

/// GET /status
pub async fn show(desk: web::Data<Desk>) -> HttpResponse {
    if desk.store.is_healthy() {
        HttpResponse::Ok().json(Status { status: "ok" })
    } else {
        HttpResponse::ServiceUnavailable().insert_header(("Retry-After", "5")).json(Status { status: "unavailable" })
    }
}
