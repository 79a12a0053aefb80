//! Reading a request that changes something: its JSON body, and the key that makes a repeat harmless.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::{self, Bytes};
use actix_web::{FromRequest, HttpRequest};

use crate::api::json::{Malformed, Members};
use crate::domain::payout::Refusal;
use crate::service::idempotency::Given;

/// The largest body, in bytes.
pub const LARGEST: usize = 64 * 1024;
/// The longest `Idempotency-Key`, in characters.
const LONGEST_KEY: usize = 255;

/// A request with its body; what is wrong with it is told after permission was checked.
#[derive(Debug)]
pub struct Sent {
    request: HttpRequest,
    body: Option<Bytes>,
}

/// The key of a request, if it has one, with what was asked as one text: two texts that differ are two requests.
#[derive(Debug)]
pub struct Asking(Option<(String, String)>);

impl FromRequest for Sent {
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Sent, Infallible>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let reading = Bytes::from_request(&request, payload);
        Box::pin(async move { Ok(Sent { request, body: reading.await.ok() }) })
    }
}

impl Sent {
    /// The members of the body; no body has none. Whatever its `Content-Type` says: clients leave it out.
    ///
    /// Errors: a body that is too large, no JSON or no object, or has a member twice.
    pub fn members(&self) -> Result<Members, Refusal> {
        let body = self.body()?;
        if body.is_empty() {
            return Ok(Members::default());
        }
        Members::read(body).map_err(|malformed| match malformed {
            Malformed::NoObject(error) => Refusal::invalid([("body", format!("must be a JSON object: {error}"))]),
            Malformed::Twice(name) => Refusal::invalid([(name, "must not be given twice")]),
        })
    }

    /// The `Idempotency-Key` with what it is the key of; an empty one is none.
    pub fn asking(&self) -> Result<Asking, Refusal> {
        let body = self.body()?;
        let header = self.request.headers().get("idempotency-key");
        let key = header.map(|value| value.to_str().unwrap_or("\u{fffd}").trim()).filter(|key| !key.is_empty());
        let Some(key) = key else { return Ok(Asking(None)) };
        if key.len() > LONGEST_KEY || !key.is_ascii() {
            return Err(unusable_key());
        }
        let body = match self.members() {
            Ok(members) => members.canonical(),
            Err(_) => String::from_utf8_lossy(body).into_owned(),
        };
        // Both version segments name the same call.
        let call = self.request.path().splitn(3, '/').last().unwrap_or_default();
        let (method, query) = (self.request.method(), self.request.query_string());
        Ok(Asking(Some((key.to_owned(), format!("{method} {call}?{query}\n{body}")))))
    }

    fn body(&self) -> Result<&[u8], Refusal> {
        let body = self.body.as_ref().map(|body| body.trim_ascii());
        body.ok_or_else(|| Refusal::invalid([("body", format!("must have at most {LARGEST} bytes"))]))
    }
}

/// What a key is refused with that is too long, or holds other characters.
pub fn unusable_key() -> Refusal {
    let message = format!("must have at most {LONGEST_KEY} visible ASCII characters");
    Refusal::invalid([("Idempotency-Key", message)])
}

/// A parameter of the address; blank, it is none, and given twice, the last one counts.
pub fn parameter(request: &HttpRequest, name: &str) -> Option<String> {
    let found = web::Query::<Vec<(String, String)>>::from_query(request.query_string()).ok()?.into_inner();
    let value = found.into_iter().rev().find(|(found, _)| found == name).map(|(_, value)| value.trim().to_owned());
    value.filter(|value| !value.is_empty())
}

impl Asking {
    pub fn given(&self) -> Given<'_> {
        let Some((key, request)) = &self.0 else { return Given::None };
        Given::Account { dialect: "masspay", key, request }
    }
}
