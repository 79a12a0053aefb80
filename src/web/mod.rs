//! Pages for people in a browser; each file has its handlers and the structs that its templates draw.

pub mod assets;
pub mod auth;
pub mod chart;
pub mod csrf;
pub mod display;
pub mod error;
pub mod failure;
pub mod layout;
pub mod payouts;
pub mod respond;
pub mod session;
pub mod sign_in;
pub mod time;
pub mod today;
pub mod words;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

use crate::service::Desk;

/// Everything for browsers. The last routes of the server: what no other route took is a page, or an error page.
pub fn routes(config: &mut ServiceConfig, desk: &Desk) {
    config.configure(assets::routes).service(
        web::scope("")
            .configure(pages)
            .default_service(web::to(failure::nowhere))
            .wrap(from_fn(csrf::guard))
            .wrap(from_fn(failure::draw))
            .wrap(session::middleware(desk)),
    );
}

/// The route table, one line for each file.
fn pages(config: &mut ServiceConfig) {
    config.configure(sign_in::routes).configure(today::routes).configure(payouts::routes);
}
