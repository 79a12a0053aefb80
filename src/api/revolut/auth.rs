//! The check of every request: the access token, and how often its business may ask.

use std::future::Future;
use std::pin::Pin;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpRequest, web};

use super::error::ApiError;
use crate::api::{arrival, bearer, rate};
use crate::domain::caller::{Caller, Via};
use crate::error::Error;
use crate::service::{Desk, oauth};

/// The program behind the request's access token. The first argument of every handler.
#[derive(Debug)]
pub struct Token(pub Caller);

/// Tells callers how many requests they have left.
pub async fn limits(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    rate::tell(Via::Revolut, request, next).await
}

impl FromRequest for Token {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Token, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let desk = request.app_data::<web::Data<Desk>>().ok_or(Error::Internal)?;
            let token = bearer(&request).ok_or_else(ApiError::no_token)?;
            let caller = oauth::bearer(desk, token, &arrival(&request)).await?;
            rate::count(&request, desk, &caller)?;
            Ok(Token(caller))
        })
    }
}
