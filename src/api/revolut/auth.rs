//! The check of every request: the access token, and how often its credential may ask.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};

use super::error::ApiError;
use crate::domain::caller::{Caller, Via};
use crate::error::Error;
use crate::http::request_id::Traced;
use crate::service::{Desk, rates, tokens};

/// The program behind the request's access token. The first argument of every handler.
pub struct Token(pub Caller);

impl FromRequest for Token {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Token, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let desk = request.app_data::<web::Data<Desk>>().cloned();
        let traced = Traced::of(request);
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = header.and_then(|value| value.split_once(' ')).and_then(|(scheme, token)| {
            let token = token.trim();
            let plain = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains(' ');
            plain.then(|| token.to_owned())
        });
        Box::pin(async move {
            let desk = desk.ok_or(Error::Internal)?;
            let bearer = bearer.ok_or_else(ApiError::no_token)?;
            let caller = tokens::authenticate(&desk, &bearer, Via::Revolut, traced.ip, &traced.id).await?;
            match rates::take(&desk, &caller).and_then(|quota| quota.retry_after) {
                Some(seconds) => Err(ApiError::too_many_requests(seconds)),
                None => Ok(Token(caller)),
            }
        })
    }
}
