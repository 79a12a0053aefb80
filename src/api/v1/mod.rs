//! The wallet payouts API: `/api/v1`, and `/auth` for its tokens.

pub mod auth;
mod batches;
mod beneficiaries;
pub mod error;
mod payout_links;
mod payouts;
mod posted;
mod query;
mod reversals;
mod status;
mod wallets;
pub mod webhooks;
mod wire;

use actix_web::guard::{Any, Get, Head};
use actix_web::middleware::from_fn;
use actix_web::web::{self, PayloadConfig, ServiceConfig, delete, post};
use actix_web::{Resource, Route};

/// The route table.
///
/// Slashes are not merged and an id may be blank, so that a missing id is told as such and not as an unknown route.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::scope("/auth")
                .app_data(PayloadConfig::new(posted::LARGEST))
                .configure(auth::routes)
                .default_service(web::to(error::nowhere))
                .wrap(from_fn(error::shape))
                .wrap(from_fn(auth::limits)),
        )
        .service(at("/status").route(get().to(status::show)).wrap(from_fn(error::shape)).wrap(from_fn(auth::limits)))
        .service(
            web::scope("/api/v1")
                .app_data(PayloadConfig::new(posted::LARGEST))
                .service(at("/payouts").route(get().to(payouts::index)).route(post().to(payouts::create)))
                .service(at("/payouts/{id:[^/]*}").route(get().to(payouts::show)))
                .service(at("/payouts/{id:[^/]*}/cancel").route(post().to(payouts::cancel)))
                .service(at("/payouts/{id:[^/]*}/approval").route(post().to(payouts::decide)))
                .service(at("/payouts/{id:[^/]*}/cancellations").route(post().to(payouts::ask_to_cancel)))
                .service(
                    at("/payouts/{id:[^/]*}/reversals")
                        .route(get().to(reversals::index))
                        .route(post().to(reversals::create)),
                )
                .service(
                    at("/payout-links").route(get().to(payout_links::index)).route(post().to(payout_links::create)),
                )
                .service(at("/payout-links/{id:[^/]*}").route(get().to(payout_links::show)))
                .service(at("/payout-links/{id:[^/]*}/cancel").route(post().to(payout_links::cancel)))
                .service(at("/payout-links/{id:[^/]*}/approval").route(post().to(payout_links::decide)))
                .service(at("/payout-links/{id:[^/]*}/extension").route(post().to(payout_links::extend)))
                .service(at("/payout-links/{id:[^/]*}/messages").route(post().to(payout_links::resend)))
                .service(at("/payout-links/{id:[^/]*}/replacement").route(post().to(payout_links::replace)))
                .service(
                    at("/beneficiaries").route(get().to(beneficiaries::index)).route(post().to(beneficiaries::create)),
                )
                .service(
                    at("/beneficiaries/{id:[^/]*}")
                        .route(get().to(beneficiaries::show))
                        .route(delete().to(beneficiaries::delete)),
                )
                .service(at("/beneficiaries/{id:[^/]*}/account").route(get().to(beneficiaries::account)))
                .service(at("/wallets").route(get().to(wallets::index)))
                .service(at("/wallets/{id:[^/]*}").route(get().to(wallets::show)))
                .service(at("/wallets/{id:[^/]*}/transactions").route(get().to(wallets::statement)))
                .service(at("/transactions").route(get().to(wallets::transactions)))
                .service(at("/transactions/{id:[^/]*}").route(get().to(wallets::transaction)))
                .configure(batches::routes)
                .configure(webhooks::routes)
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
