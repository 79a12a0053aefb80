//! The wallet payouts API: `/api/v1`, and `/auth` for its tokens.

pub mod auth;
pub mod body;
pub mod error;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

/// The route table, one line for each file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(
        web::scope("/auth")
            .configure(auth::routes)
            .default_service(web::to(error::nowhere))
            .wrap(from_fn(error::shape)),
    );
}
