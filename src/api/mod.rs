//! APIs for programs, one folder for each dialect.

pub mod openapi;
pub mod v1;

use actix_web::web::ServiceConfig;

use self::openapi::Dialect;

pub fn routes(config: &mut ServiceConfig) {
    config.configure(openapi::routes).configure(v1::routes);
}

/// What the document describes, in its order.
pub fn dialects() -> Vec<Dialect> {
    vec![v1::dialect()]
}
