//! Razorpay's keys: Basic authentication with key id and secret, checked with every request.

use std::future::Future;
use std::pin::Pin;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpRequest, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::RazorpayError;
use crate::api::{arrival, authorization, bearer, rate};
use crate::domain::caller::{Caller, Via};
use crate::error::Error;
use crate::service::{Desk, api_keys};

/// The program behind the request's key. The first argument of every handler.
#[derive(Debug)]
pub struct Key(pub Caller);

/// Tells callers how many requests they have left.
pub async fn limits(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    rate::tell(Via::Razorpay, request, next).await
}

impl FromRequest for Key {
    type Error = RazorpayError;
    type Future = Pin<Box<dyn Future<Output = Result<Key, RazorpayError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let desk = request.app_data::<web::Data<Desk>>().ok_or(Error::Internal)?;
            if bearer(&request).is_some() {
                return Err(RazorpayError::no_token());
            }
            let (id, secret) = basic(&request).ok_or_else(RazorpayError::no_key)?;
            let caller = match api_keys::basic(desk, &id, &secret, &arrival(&request)).await {
                Err(Error::Forbidden) => return Err(RazorpayError::foreign_address()),
                answer => answer?,
            };
            rate::count(&request, desk, &caller)?;
            Ok(Key(caller))
        })
    }
}

/// User and password of `Authorization: Basic …`.
fn basic(request: &HttpRequest) -> Option<(String, String)> {
    let (_, encoded) = authorization(request).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::AUTHORIZATION;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn user_and_password_are_read_as_they_are() {
        let read = |value: &str| {
            basic(&TestRequest::default().insert_header((AUTHORIZATION, value.to_owned())).to_http_request())
        };
        let pair = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        assert_eq!(read("Basic cnpwX3Rlc3RfYTpiOmM="), pair("rzp_test_a", "b:c"));
        assert_eq!(read("basic cnpwX3Rlc3RfYTo="), pair("rzp_test_a", ""));
        for other in ["Basic", "Basic ====", "Basic cnpw", "Bearer cnpwX3Rlc3RfYTo=", "Basic /w=="] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
