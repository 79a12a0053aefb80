//! The Revolut dialect: `/api/1.0`, and `/api/2.0` for webhooks (`contracts/revolut.md`).
//!
//! It translates and calls the same services as every other face; what Revolut calls an account is a wallet, a
//! counterparty is a payee, and a transaction is a payout, a transfer between own wallets or money that came in.

mod accounts;
pub mod auth;
mod body;
mod counterparties;
pub mod error;
mod payments;
mod payout_links;
mod query;
mod reasons;
mod sandbox;
mod token;
mod transactions;
mod transfers;
mod webhooks;
mod wire;
pub mod words;

use actix_web::guard::{Any, Get, Head};
use actix_web::middleware::from_fn;
use actix_web::web::{self, PayloadConfig, ServiceConfig, delete, patch, post};
use actix_web::{Resource, Route};

/// The route table.
pub fn routes(config: &mut ServiceConfig) {
    config.service(
        web::scope("/api/1.0")
            .app_data(PayloadConfig::new(body::LARGEST))
            .service(at("/auth/token").route(post().to(token::create)))
            .service(at("/accounts").route(get().to(accounts::index)))
            .service(at("/accounts/{id}").route(get().to(accounts::show)))
            .service(at("/payout-links").route(get().to(payout_links::index)).route(post().to(payout_links::create)))
            .service(at("/payout-links/{id}").route(get().to(payout_links::show)))
            .service(at("/payout-links/{id}/cancel").route(post().to(payout_links::cancel)))
            .service(at("/transfer-reasons").route(get().to(reasons::index)))
            .service(at("/counterparties").route(get().to(counterparties::index)))
            .service(at("/counterparty").route(post().to(counterparties::create)))
            .service(
                at("/counterparty/{id}")
                    .route(get().to(counterparties::show))
                    .route(delete().to(counterparties::delete)),
            )
            .service(at("/pay").route(post().to(payments::create)))
            .service(at("/transfer").route(post().to(transfers::create)))
            .service(at("/transactions").route(get().to(transactions::index)))
            .service(at("/transaction/{id}").route(get().to(transactions::show)))
            .service(at("/sandbox/topup").route(post().to(sandbox::top_up)))
            .service(at("/sandbox/payout-links/{id}/claim").route(post().to(sandbox::claim)))
            .service(at("/sandbox/transactions/{id}/{action}").route(post().to(sandbox::end)))
            .default_service(web::to(error::nowhere))
            .wrap(from_fn(error::shape))
            .wrap(from_fn(auth::limits)),
    );
    config.service(
        web::scope("/api/2.0")
            .app_data(PayloadConfig::new(body::LARGEST))
            .service(at("/webhooks").route(get().to(webhooks::index)).route(post().to(webhooks::create)))
            .service(
                at("/webhooks/{id}")
                    .route(get().to(webhooks::show))
                    .route(patch().to(webhooks::update))
                    .route(delete().to(webhooks::delete)),
            )
            .service(at("/webhooks/{id}/rotate-signing-secret").route(post().to(webhooks::rotate)))
            .service(at("/webhooks/{id}/failed-events").route(get().to(webhooks::failed_events)))
            .default_service(web::to(error::nowhere))
            .wrap(from_fn(error::shape))
            .wrap(from_fn(auth::limits)),
    );
}

fn at(path: &str) -> Resource {
    web::resource(path)
}

/// Whoever may GET may also ask for the head alone.
fn get() -> Route {
    Route::new().guard(Any(Get()).or(Head()))
}
