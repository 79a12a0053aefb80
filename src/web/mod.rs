//! Pages for people in a browser; each file has its handlers and the structs that its templates draw.

pub mod address;
pub mod alike;
pub mod approval_requests;
pub mod approval_rules;
pub mod approval_words;
pub mod approvals;
pub mod assets;
pub mod audit;
pub mod auth;
pub mod bank_fields;
pub mod batches;
pub mod cases;
pub mod chart;
pub mod claim;
pub mod credentials;
pub mod csrf;
pub mod display;
pub mod error;
pub mod failure;
pub mod find;
pub mod freezes;
pub mod layout;
pub mod ledger;
pub mod links;
pub mod manual;
pub mod matching;
pub mod numbers;
pub mod payees;
pub mod payouts;
pub mod profile;
pub mod respond;
pub mod reversals;
pub mod session;
pub mod sessions;
pub mod sign_in;
pub mod staff;
pub mod staff_new;
pub mod staff_password;
pub mod start;
pub mod time;
pub mod today;
pub mod top_ups;
pub mod upload;
pub mod wallet_limits;
pub mod wallet_settings;
pub mod wallets;
pub mod webhooks;
pub mod words;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

use crate::service::Desk;

/// Everything for browsers. The last routes of the server: what no other route took is a page, or an error page.
pub fn routes(config: &mut ServiceConfig, desk: &Desk) {
    config.configure(assets::routes).configure(claim::routes).service(
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
    config.configure(links::routes).configure(find::routes).configure(batches::routes);
    config
        .configure(wallet_settings::routes)
        .configure(wallet_limits::routes)
        .configure(top_ups::routes)
        .configure(staff_password::routes);
    config.configure(wallets::routes).configure(payees::routes).configure(approvals::routes);
    config.configure(approval_rules::routes);
    config.configure(cases::routes).configure(manual::routes);
    config.configure(reversals::routes).configure(audit::routes).configure(staff::routes);
    config.configure(credentials::routes).configure(webhooks::routes);
    config.configure(freezes::routes);
    config.configure(profile::routes).configure(sessions::routes);
}
