//! APIs for programs, one folder for each dialect.

pub mod json;
pub mod masspay;
pub mod v1;

use actix_web::web::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    config.configure(v1::routes).configure(masspay::routes);
}
