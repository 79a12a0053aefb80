//! The RazorpayX dialect: `/v1` (`contracts/razorpay.md`).
//!
//! It translates and calls the same services as every other face. Its account number names a wallet in rupees, a
//! contact is a payee, a fund account is a payee account. Lists show rupees only; a record in another currency that is
//! asked for by its id is shown as it is.

pub mod auth;
mod contact;
mod contacts;
pub mod error;
mod fund_account;
mod fund_accounts;
mod ledger;
mod payout_links;
mod payouts;
mod posted;
mod query;
pub mod webhooks;
mod wire;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::guard::{Any, Get, Head};
use actix_web::http::Uri;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, PayloadConfig, ServiceConfig, patch, post};
use actix_web::{Resource, Route};

/// The route table.
pub fn routes(config: &mut ServiceConfig) {
    config.service(
        web::scope("/v1")
            .app_data(PayloadConfig::new(posted::LARGEST))
            .service(at("/payout-links").route(get().to(payout_links::index)).route(post().to(payout_links::create)))
            .service(at("/payout-links/{id}").route(get().to(payout_links::show)))
            .service(at("/payout-links/{id}/cancel").route(post().to(payout_links::cancel)))
            .service(at("/payouts").route(get().to(payouts::index)).route(post().to(payouts::create)))
            .service(at("/payouts/{id}").route(get().to(payouts::show)))
            .service(at("/payouts/{id}/cancel").route(post().to(payouts::cancel)))
            .service(at("/payouts/{id}/approve").route(post().to(payouts::approve)))
            .service(at("/payouts/{id}/reject").route(post().to(payouts::reject)))
            .service(at("/contacts").route(get().to(contacts::index)).route(post().to(contacts::create)))
            .service(at("/contacts/{id}").route(get().to(contacts::show)).route(patch().to(contacts::update)))
            .service(at("/fund_accounts").route(get().to(fund_accounts::index)).route(post().to(fund_accounts::create)))
            .service(
                at("/fund_accounts/{id}").route(get().to(fund_accounts::show)).route(patch().to(fund_accounts::update)),
            )
            .service(at("/transactions").route(get().to(ledger::index)))
            .service(at("/transactions/{id}").route(get().to(ledger::show)))
            .service(at("/banking_balances").route(get().to(ledger::balance)))
            .default_service(web::to(error::nowhere))
            .wrap(from_fn(error::shape))
            .wrap(from_fn(auth::limits))
            .wrap(from_fn(merge_slashes)),
    );
}

fn at(path: &str) -> Resource {
    web::resource(path).default_service(web::to(error::nowhere))
}

/// Whoever may GET may also ask for the head alone.
fn get() -> Route {
    Route::new().guard(Any(Get()).or(Head()))
}

/// Lets `/v1/payout-links//poutlk_x` stand for `/v1/payout-links/poutlk_x`, which some published clients ask for.
async fn merge_slashes(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if request.path().contains("//")
        && let Some(uri) = merged(request.uri())
    {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
    next.call(request).await
}

/// The same address with single slashes in its path.
fn merged(uri: &Uri) -> Option<Uri> {
    let mut path = String::with_capacity(uri.path().len());
    for c in uri.path().chars() {
        if c != '/' || !path.ends_with('/') {
            path.push(c);
        }
    }
    let whole = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(whole.parse().ok()?);
    Uri::from_parts(parts).ok()
}
