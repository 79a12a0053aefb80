//! The page of whoever opens a payout link: proving who they are, giving bank details, following the payout.
//!
//! Public, without a session; the address is a secret, so it goes into no log and no referrer. Opening any of it with
//! GET changes nothing: mail scanners open every address.

mod details;
mod follow;
mod frame;
mod guest;
pub mod offer;
mod proof;
mod refusal;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use self::guest::{Guest, Stage};
use super::failure::{self, Failure};
use super::respond;
use crate::service::Desk;

/// How the address was opened.
#[derive(Deserialize)]
struct Asked {
    /// Asks for a page that loads itself again.
    follow: Option<String>,
}

pub fn routes(config: &mut ServiceConfig) {
    config.service(
        web::scope("/l")
            .service(web::resource("/{token}").route(web::get().to(show)))
            .service(web::resource("/{token}/code").route(web::get().to(back)).route(web::post().to(proof::send)))
            .service(web::resource("/{token}/proof").route(web::get().to(back)).route(web::post().to(proof::prove)))
            .service(web::resource("/{token}/details").route(web::get().to(back)).route(web::post().to(details::check)))
            .service(web::resource("/{token}/claim").route(web::get().to(back)).route(web::post().to(details::claim)))
            .service(
                web::resource("/{token}/refusal")
                    .route(web::get().to(refusal::ask))
                    .route(web::post().to(refusal::refuse)),
            )
            .default_service(web::to(failure::nowhere))
            .wrap(from_fn(frame::draw)),
    );
}

/// GET /l/{token}: wherever the link stands now.
async fn show(request: HttpRequest, desk: web::Data<Desk>, asked: web::Query<Asked>) -> Result<HttpResponse, Failure> {
    let guest = Guest::of(&request, &desk).await?;
    match guest.stage() {
        Stage::Ended => follow::ended(&guest, false),
        Stage::Held => follow::held(&guest, false),
        Stage::Claimed => follow::show(&guest, asked.follow.is_some()).await,
        Stage::Open if guest.must_prove() => proof::show(&guest, None).await,
        Stage::Open => details::show(&guest).await,
    }
}

/// Reloading the address of a form leads back to where it stood.
async fn back(token: web::Path<String>) -> HttpResponse {
    respond::see_other(&format!("/l/{token}"))
}
