//! Whether the API works: `GET /status`, for everybody.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::Desk;

/// How the desk is.
#[derive(Serialize, ToSchema)]
pub struct Status {
    /// `ok`, or `unavailable` when the database cannot be used.
    status: &'static str,
}

impl Status {
    pub fn example() -> Status {
        Status { status: "ok" }
    }
}

/// Ask whether it works
#[utoipa::path(
    get,
    path = "/status",
    tag = "Status",
    operation_id = "get_status",
    responses(
        (status = 200, description = "It works.", body = Status),
        (
            status = 503,
            description = "The database cannot be used right now.",
            body = Status,
            example = json!({"status": "unavailable"}),
        ),
    ),
)]
pub async fn show(desk: web::Data<Desk>) -> HttpResponse {
    if desk.store.is_healthy() {
        HttpResponse::Ok().json(Status { status: "ok" })
    } else {
        HttpResponse::ServiceUnavailable().insert_header(("Retry-After", "5")).json(Status { status: "unavailable" })
    }
}
