//! Paying by hand: the worklist of what staff pay at the bank, each payout of it, and the list they take along.

mod acts;
mod index;
mod sheet;
mod show;

use actix_web::web;

use crate::domain::ids::PayoutId;
use crate::error::Error;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/manual").route(web::get().to(index::index)))
        .service(web::resource("/manual/takings").route(web::get().to(sheet::show)).route(web::post().to(acts::take)))
        .service(web::resource("/manual/takings.csv").route(web::get().to(sheet::export)))
        .service(web::resource("/manual/{id}").route(web::get().to(show::show)))
        .service(
            web::resource("/manual/{id}/answers").route(web::get().to(acts::back)).route(web::post().to(acts::record)),
        )
        .service(web::resource("/manual/{id}/confirmation").route(web::post().to(acts::confirm)))
        .service(web::resource("/manual/{id}/withdrawal").route(web::post().to(acts::take_back)));
}

/// The payout in the address.
fn which(id: &str) -> Result<PayoutId, Error> {
    id.parse().map_err(|_| Error::NotFound("Payout to pay by hand"))
}

pub fn href(id: PayoutId) -> String {
    format!("/manual/{id}")
}

/// The reference, or the id where a dialect gave none.
fn reference(text: &str, id: PayoutId) -> String {
    if text.is_empty() { id.to_string() } else { text.to_owned() }
}
