//! Who calls: the check of the API key of every request.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};

use super::error::ApiError;
use crate::domain::caller::{Caller, Via};
use crate::error::Error;
use crate::http::request_id::Traced;
use crate::service::{Desk, tokens};

/// The program behind the request's API key. The first argument of every handler.
pub struct Token(pub Caller);

impl FromRequest for Token {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Token, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let desk = request.app_data::<web::Data<Desk>>().cloned();
        let key = key(request.headers()).map(str::to_owned);
        let traced = Traced::of(request);
        Box::pin(async move {
            let desk = desk.ok_or(Error::Internal)?;
            let key = key.ok_or(Error::Unauthenticated)?;
            let caller = tokens::authenticate(&desk, &key, Via::ApiV1, traced.ip, &traced.id).await?;
            Ok(Token(caller))
        })
    }
}

/// The key in `Authorization`: after `Bearer`, in any case of letters, or alone, as some published clients send it.
fn key(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?.trim();
    let key = match value.split_once(' ') {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => key.trim(),
        Some(_) => return None,
        None => value,
    };
    (!key.is_empty() && !key.contains(' ')).then_some(key)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn a_key_comes_with_bearer_or_alone() {
        let read = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
            key(&headers).map(str::to_owned)
        };
        for value in ["Bearer abc", "bearer abc", "BEARER  abc", "abc", " abc "] {
            assert_eq!(read(value).as_deref(), Some("abc"), "{value}");
        }
        for value in ["", "Basic abc", "Bearer a b", "a b"] {
            assert_eq!(read(value), None, "{value}");
        }
    }
}
