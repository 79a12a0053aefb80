//! How often a program may ask: the count before each request, and the headers that tell it.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};

use crate::domain::caller::{Caller, Via};
use crate::error::Error;
use crate::service::Desk;
use crate::service::rates::{self, Quota};

/// Counts a request of this caller. Errors: [`Error::TooManyAttempts`] when it is one too many.
pub fn count(request: &HttpRequest, desk: &Desk, caller: &Caller) -> Result<(), Error> {
    let Some(quota) = rates::take(desk, caller) else { return Ok(()) };
    request.extensions_mut().insert(quota);
    match quota.retry_after {
        Some(retry_after) => Err(Error::TooManyAttempts { retry_after }),
        None => Ok(()),
    }
}

/// Tells every caller of a dialect what is left; who is not known yet has everything left.
pub async fn tell(
    via: Via,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let whole = request.app_data::<web::Data<Desk>>().and_then(|desk| rates::whole(desk, via));
    let mut response = next.call(request).await?;
    let Some(whole) = whole else { return Ok(response) };
    let known = response.request().extensions().get::<Quota>().copied();
    let quota = known.unwrap_or(whole);
    let values = [
        ("ratelimit-policy", format!("\"api\";q={};w={}", quota.limit, quota.window)),
        ("ratelimit", format!("\"api\";r={};t={}", quota.remaining, quota.reset)),
    ];
    for (name, value) in values {
        let value = HeaderValue::from_str(&value).expect("ASCII");
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    Ok(response)
}
