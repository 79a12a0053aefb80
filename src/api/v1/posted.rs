//! Reading a request that changes something: its JSON body member by member, and the headers that go with it.

use std::convert::Infallible;
use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, IF_MATCH};
use actix_web::web::{self, Bytes};
use actix_web::{FromRequest, HttpRequest};

use super::error::ApiError;
use super::query::Parameters;
use crate::api::json::Malformed;
pub use crate::api::json::Members;

/// The largest body, in bytes.
pub const LARGEST: usize = 64 * 1024;

/// The largest body where many ids are given, in bytes.
pub const LARGEST_LIST: usize = 4 * 1024 * 1024;

/// How long an `Idempotency-Key` may be where the contract says nothing else.
pub const KEY_LENGTH: RangeInclusive<usize> = 1..=255;

/// A request with its body. What is wrong with the body is told when it is read, after permission was checked.
#[derive(Debug)]
pub struct Posted {
    request: HttpRequest,
    body: Result<Bytes, ApiError>,
}

impl FromRequest for Posted {
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Posted, Infallible>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let reading = web::Payload::from_request(&request, payload).into_inner();
        let most = if request.path().ends_with("/batches") { LARGEST_LIST } else { LARGEST };
        Box::pin(async move {
            let body = match reading {
                Ok(reading) => match reading.to_bytes_limited(most).await {
                    Ok(read) => read.map_err(|_| ApiError::bad_request("body could not be read")),
                    Err(_) => Err(too_large(most)),
                },
                Err(_) => Err(ApiError::bad_request("body could not be read")),
            };
            Ok(Posted { request, body })
        })
    }
}

impl Posted {
    /// The members of the body; no body has none.
    ///
    /// Errors: 413 when it is too large, 415 when it is not JSON, 400 when it is malformed or no object.
    pub fn members(&self) -> Result<Members, ApiError> {
        let body = self.body.as_ref().map_err(ApiError::clone)?;
        if body.is_empty() {
            return Ok(Members::default());
        }
        if !self.is_json() {
            let message = "Content-Type must be application/json, without Content-Encoding";
            return Err(ApiError::new(415, "UnsupportedMediaType", message));
        }
        Members::read(body).map_err(|malformed| match malformed {
            Malformed::NoObject(error) => ApiError::bad_request(format!("body must be a JSON object: {error}")),
            Malformed::Twice(name) => ApiError::member(name, "must not be given twice"),
        })
    }

    /// The `Idempotency-Key`, if there is one.
    pub fn key(&self, length: RangeInclusive<usize>) -> Result<Option<String>, ApiError> {
        let Some(value) = self.request.headers().get("idempotency-key") else { return Ok(None) };
        let key = value.to_str().unwrap_or("\u{fffd}").trim();
        if key.is_empty() {
            return Ok(None);
        }
        if !key.is_ascii() || !length.contains(&key.len()) {
            let message = format!("must have {} to {} visible ASCII characters", length.start(), length.end());
            return Err(ApiError::member("Idempotency-Key", message));
        }
        Ok(Some(key.to_owned()))
    }

    /// The version that `If-Match` names; one that no record has when it is not an `ETag` of ours.
    pub fn if_match(&self) -> Result<Option<i64>, ApiError> {
        let Some(value) = self.request.headers().get(IF_MATCH) else { return Ok(None) };
        let value = value.to_str().unwrap_or_default().trim();
        if value == "*" {
            return Ok(None);
        }
        if value.contains(',') {
            return Err(ApiError::member("If-Match", "must hold one ETag"));
        }
        let tag = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        Ok(Some(tag.and_then(|tag| tag.parse().ok()).unwrap_or(-1)))
    }

    /// Refuses parameters in the address, on routes of our own that have none.
    pub fn no_parameters(&self) -> Result<(), ApiError> {
        Parameters::of(&self.request)?.none_but(&[])
    }

    /// Refuses parameters and members, where nothing is asked for.
    pub fn nothing(&self) -> Result<(), ApiError> {
        self.no_parameters()?;
        Ok(self.members()?.nothing_else()?)
    }

    /// The members of a decision, and no others: whether it is a yes, and the note that goes with it.
    pub fn decision(&self) -> Result<(bool, Option<String>), ApiError> {
        let mut members = self.members()?;
        let (decision, note) = (members.text("decision"), members.text("note"));
        members.nothing_else()?;
        match decision.as_deref() {
            Some("approve") => Ok((true, note)),
            Some("send_back") => Ok((false, note)),
            Some(_) => Err(ApiError::member("decision", "must be approve or send_back")),
            None => Err(ApiError::member("decision", "is required")),
        }
    }

    fn is_json(&self) -> bool {
        let headers = self.request.headers();
        let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json") && !headers.contains_key(CONTENT_ENCODING)
    }
}

fn too_large(most: usize) -> ApiError {
    ApiError::new(413, "PayloadTooLarge", format!("body must have at most {most} bytes"))
}
