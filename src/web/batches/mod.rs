//! Batches: many payouts cancelled, approved or reversed together.

pub mod acts;
pub mod events;
pub mod file;
pub mod index;
pub mod new;
pub mod show;
pub mod words;

use actix_web::web;

use crate::domain::ids::BatchId;
use crate::error::Error;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/batches").route(web::get().to(index::index)).route(web::post().to(new::create)))
        .service(web::resource("/batches/new").route(web::get().to(new::new)))
        .service(web::resource("/batches/file").route(web::get().to(file::new)).route(web::post().to(file::create)))
        .service(web::resource("/batches/{id}").route(web::get().to(show::show)))
        .service(
            web::resource("/batches/{id}/start").route(web::get().to(show::back)).route(web::post().to(acts::start)),
        )
        .service(web::resource("/batches/{id}/pause").route(web::post().to(acts::pause)))
        .service(web::resource("/batches/{id}/resume").route(web::post().to(acts::resume)))
        .service(
            web::resource("/batches/{id}/stop").route(web::get().to(acts::stopping)).route(web::post().to(acts::stop)),
        )
        .service(web::resource("/batches/{id}/retry").route(web::post().to(acts::retry)))
        .service(web::resource("/batches/{id}/events").route(web::get().to(events::show)))
        .service(web::resource("/batches/{id}/results.csv").route(web::get().to(acts::export)));
}

/// Reads an id from an address; what is no id names no batch.
fn batch_id(text: &str) -> Result<BatchId, Error> {
    text.parse().map_err(|_| Error::NotFound("Batch"))
}
