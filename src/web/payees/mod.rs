//! The pages of payees: find, see, save, switch off and delete those who are paid, and their accounts.

mod account_new;
mod account_steps;
mod accounts;
mod deletion;
mod index;
mod new;
mod show;
mod status;
mod step;

use actix_web::{HttpResponse, web};

pub use self::accounts::AccountPage;
use super::auth::Visitor;
use super::failure::Failure;
use super::respond;
use crate::domain::ids::PayeeId;
use crate::error::Error;
use crate::service::{Desk, payees};
use crate::store::payees::PayeeLine;

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/payees").route(web::get().to(index::index)).route(web::post().to(new::create)));
    config.service(web::resource("/payees/new").route(web::get().to(new::new)));
    config.service(web::resource("/payees/{id}").route(web::get().to(show::show)));
    config.service(
        web::resource("/payees/{id}/status")
            .route(web::get().to(status::confirm))
            .route(web::post().to(status::change)),
    );
    config.service(
        web::resource("/payees/{id}/deletion")
            .route(web::get().to(deletion::deletion))
            .route(web::post().to(deletion::delete)),
    );
    config.service(
        web::resource("/payees/{id}/accounts").route(web::get().to(back)).route(web::post().to(account_new::create)),
    );
    config.service(web::resource("/payees/{id}/accounts/new").route(web::get().to(account_new::new)));
    config.service(
        web::resource("/payees/{id}/accounts/{account}")
            .route(web::get().to(accounts::hidden))
            .route(web::post().to(accounts::reveal)),
    );
    config.service(
        web::resource("/payees/{id}/accounts/{account}/status")
            .route(web::get().to(account_steps::status))
            .route(web::post().to(account_steps::change_status)),
    );
    config.service(
        web::resource("/payees/{id}/accounts/{account}/deletion")
            .route(web::get().to(account_steps::deletion))
            .route(web::post().to(account_steps::delete)),
    );
}

/// GET /payees/{id}/accounts: where a refused form stands in the address bar.
async fn back(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let line = find(&visitor, &desk, &id).await?;
    Ok(respond::see_other(&format!("/payees/{}", line.payee.id)))
}

async fn find(visitor: &Visitor, desk: &Desk, id: &str) -> Result<PayeeLine, Error> {
    payees::get(desk, &visitor.caller, payee_id(id)?).await
}

fn payee_id(id: &str) -> Result<PayeeId, Error> {
    id.parse().map_err(|_| Error::NotFound("Payee"))
}
