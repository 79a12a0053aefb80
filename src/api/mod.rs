//! APIs for programs, one folder for each dialect.

pub mod razorpay;
pub mod v1;

use actix_web::web::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    config.configure(v1::routes).configure(razorpay::routes);
}
