//! Revolut's dialect: `/api/1.0` (contracts/revolut.md).

pub mod auth;
pub mod error;

use actix_web::middleware::from_fn;
use actix_web::web::{self, PayloadConfig, ServiceConfig};

/// The largest body, in bytes.
const LARGEST: usize = 64 * 1024;

/// The route table.
pub fn routes(config: &mut ServiceConfig) {
    config.service(
        web::scope("/api/1.0")
            .app_data(PayloadConfig::new(LARGEST))
            .service(web::resource("/auth/token").route(web::post().to(auth::token)))
            .wrap(from_fn(auth::limits)),
    );
}
