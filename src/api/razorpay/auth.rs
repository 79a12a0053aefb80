//! Razorpay's keys: Basic authentication with key id and secret, checked with every request.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::RazorpayError;
use crate::domain::caller::{Caller, Via};
use crate::error::Error;
use crate::http::request_id::Traced;
use crate::service::{Desk, tokens};

/// The program behind the request's key. The first argument of every handler.
#[derive(Debug)]
pub struct Key(pub Caller);

impl FromRequest for Key {
    type Error = RazorpayError;
    type Future = Pin<Box<dyn Future<Output = Result<Key, RazorpayError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let desk = request.app_data::<web::Data<Desk>>().ok_or(Error::Internal)?;
            let (_, secret) = basic(&request).ok_or_else(RazorpayError::no_key)?;
            let traced = Traced::of(&request);
            let caller = match tokens::authenticate(desk, &secret, Via::Razorpay, traced.ip, &traced.id).await {
                Err(Error::Forbidden) => return Err(RazorpayError::foreign_address()),
                answer => answer?,
            };
            Ok(Key(caller))
        })
    }
}

/// User and password of `Authorization: Basic …`.
fn basic(request: &HttpRequest) -> Option<(String, String)> {
    let (scheme, encoded) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}
