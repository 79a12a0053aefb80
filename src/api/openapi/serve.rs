//! `GET /api/openapi.json`, for everybody; and what is prepared once and answered often.

use std::sync::OnceLock;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest, Sha256};

use super::document::document;
use crate::domain::audit::hex;
use crate::http::compressed::Compressed;

/// A body that stays the same as long as the program runs, compressed once.
pub struct Prepared {
    body: Compressed,
    tag: String,
    content_type: &'static str,
}

pub fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/api/openapi.json").route(web::get().to(show)));
}

async fn show(request: HttpRequest) -> HttpResponse {
    static PREPARED: OnceLock<Prepared> = OnceLock::new();
    PREPARED.get_or_init(|| Prepared::new(document().to_json(), "application/json")).answer(&request)
}

impl Prepared {
    pub fn new(body: String, content_type: &'static str) -> Prepared {
        let tag = format!("\"{}\"", &hex(&Sha256::digest(body.as_bytes()))[..16]);
        Prepared { body: Compressed::new(body), tag, content_type }
    }

    /// Answers it, compressed to whom takes that; 304 to whom has it.
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response
            .insert_header((ETAG, self.tag.as_str()))
            .insert_header((CACHE_CONTROL, "no-cache"))
            .insert_header((VARY, "accept-encoding"));
        let known = request.headers().get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).unwrap_or_default();
        if known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == self.tag) {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        self.body.answer(request, response.insert_header((CONTENT_TYPE, self.content_type)))
    }
}
