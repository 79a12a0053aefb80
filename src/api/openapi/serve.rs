//! `GET /api/openapi.json`, for everybody; and what is prepared once and answered often.

use std::io::Write;
use std::sync::OnceLock;

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH, VARY,
};
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::document::document;
use crate::domain::audit::hex;

/// A body that stays the same as long as the program runs, compressed once.
pub struct Prepared {
    plain: Bytes,
    gzip: Bytes,
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
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let gzip = encoder.write_all(body.as_bytes()).and_then(|()| encoder.finish()).expect("writing to memory");
        let tag = format!("\"{}\"", &hex(&Sha256::digest(body.as_bytes()))[..16]);
        Prepared { plain: body.into(), gzip: gzip.into(), tag, content_type }
    }

    /// Answers it, compressed to whom takes that; 304 to whom has it.
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let headers = request.headers();
        let mut response = HttpResponse::Ok();
        response
            .insert_header((ETAG, self.tag.as_str()))
            .insert_header((CACHE_CONTROL, "no-cache"))
            .insert_header((VARY, "accept-encoding"));
        let known = text(headers, IF_NONE_MATCH.as_str());
        if known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == self.tag) {
            return response.status(actix_web::http::StatusCode::NOT_MODIFIED).finish();
        }
        response.insert_header((CONTENT_TYPE, self.content_type));
        if text(headers, ACCEPT_ENCODING.as_str()).split(',').any(|coding| coding.trim().starts_with("gzip")) {
            response.insert_header((CONTENT_ENCODING, "gzip")).body(self.gzip.clone())
        } else {
            response.body(self.plain.clone())
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
