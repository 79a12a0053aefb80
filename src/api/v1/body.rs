//! JSON bodies: bounded, of the right type, and free of what a database cannot keep.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use serde::de::DeserializeOwned;

use super::error::ApiError;

/// A JSON body as a wire struct.
pub struct Json<T>(pub T);

/// The largest body, in bytes.
pub const LARGEST: usize = 64 * 1024;

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Json<T>, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = request.content_type().eq_ignore_ascii_case("application/json");
        let body = web::Payload::from_request(request, payload).into_inner();
        Box::pin(async move {
            if !is_json {
                return Err(ApiError::new(415, "UnsupportedMediaType", "Content-Type must be application/json"));
            }
            let unreadable = |_| ApiError::bad_request("Request body cannot be read");
            let body = body.map_err(unreadable)?.to_bytes_limited(LARGEST).await;
            let bytes = body
                .map_err(|_| ApiError::new(413, "PayloadTooLarge", "Request body must have at most 64 KB"))?
                .map_err(unreadable)?;
            if holds_nul(&bytes) {
                return Err(ApiError::bad_request("Request body must not contain U+0000"));
            }
            let parsed = serde_json::from_slice(&bytes);
            parsed.map(Json).map_err(|error| ApiError::bad_request(format!("Request body is not usable: {error}")))
        })
    }
}

/// Whether some text in the JSON has the escape of U+0000; unescaped it is no JSON at all.
fn holds_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(place) = rest.iter().position(|byte| *byte == b'\\') {
        match &rest[place + 1..] {
            [b'u', b'0', b'0', b'0', b'0', ..] => return true,
            [_, after @ ..] => rest = after,
            [] => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_escape_of_nul_is_found_and_an_escaped_backslash_is_none() {
        assert!(holds_nul(br#"{"a":"x\u0000"}"#));
        assert!(holds_nul(br#"{"a":"\\\u0000"}"#));
        assert!(!holds_nul(br#"{"a":"\\u0000"}"#));
        assert!(!holds_nul(br#"{"a":"\u00001"#.strip_suffix(br"u00001").unwrap()));
        assert!(!holds_nul(br#"{"a":"\u0001"}"#));
    }
}
