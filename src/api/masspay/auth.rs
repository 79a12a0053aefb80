//! MassPay's keys: in `Authorization`, with `Bearer` before them or alone, checked with every request.

use std::future::Future;
use std::pin::Pin;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpRequest, web};

use super::error::MassPayError;
use crate::api::{arrival, bearer, rate};
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
    rate::tell(Via::MassPay, request, next).await
}

impl FromRequest for Key {
    type Error = MassPayError;
    type Future = Pin<Box<dyn Future<Output = Result<Key, MassPayError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let desk = request.app_data::<web::Data<Desk>>().ok_or(Error::Internal)?;
            let key = key(&request).ok_or(Error::Unauthenticated)?;
            let caller = api_keys::api_key(desk, key, &arrival(&request)).await?;
            rate::count(&request, desk, &caller)?;
            Ok(Key(caller))
        })
    }
}

/// The key; some clients send it without `Bearer`.
fn key(request: &HttpRequest) -> Option<&str> {
    let bare = || request.headers().get(AUTHORIZATION)?.to_str().ok().map(str::trim).filter(|key| !key.contains(' '));
    bearer(request).or_else(bare)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_key_may_come_alone() {
        let read = |value: &'static str| {
            let request = TestRequest::default().insert_header((AUTHORIZATION, value)).to_http_request();
            key(&request).map(str::to_owned)
        };
        for value in ["Bearer mp_x.y", "bearer mp_x.y", "mp_x.y", " mp_x.y "] {
            assert_eq!(read(value).as_deref(), Some("mp_x.y"), "{value}");
        }
        assert_eq!(read("Basic mp_x.y"), None);
    }
}
