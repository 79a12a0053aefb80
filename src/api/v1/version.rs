//! Versions of records: the tag that each answer carries, and the answer to who has it already.

use actix_web::http::header::{ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse};

/// The strong entity tag of a version: every change of a record makes a new one.
pub fn tag_of(version: i64) -> String {
    format!("\"{version}\"")
}

/// The answer to who has this version already.
pub fn unchanged(request: &HttpRequest, version: i64) -> Option<HttpResponse> {
    let tag = tag_of(version);
    let known = request.headers().get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    known.then(|| HttpResponse::NotModified().insert_header((ETAG, tag)).finish())
}
