//! Bodies that stay the same as long as the program runs: compressed once, answered often.

use std::io::Write;

use actix_web::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, VARY};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use flate2::Compression;
use flate2::write::GzEncoder;

/// A body as it is, and compressed.
pub struct Compressed {
    plain: Bytes,
    gzip: Bytes,
}

impl Compressed {
    pub fn new(body: impl Into<Bytes>) -> Compressed {
        let plain = body.into();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let gzip = encoder.write_all(&plain).and_then(|()| encoder.finish()).expect("writing to memory");
        Compressed { plain, gzip: gzip.into() }
    }

    /// Ends an answer with it, compressed to whom takes that.
    pub fn answer(&self, request: &HttpRequest, response: &mut HttpResponseBuilder) -> HttpResponse {
        let accepted = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        response.insert_header((VARY, "accept-encoding"));
        if accepted.split(',').any(|coding| coding.trim().starts_with("gzip")) {
            response.insert_header((CONTENT_ENCODING, "gzip")).body(self.gzip.clone())
        } else {
            response.body(self.plain.clone())
        }
    }
}
