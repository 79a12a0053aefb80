//! How often a credential may ask: the count before each request, and the headers that tell it.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};

use super::error::ApiError;
use crate::domain::caller::Caller;
use crate::service::Desk;
use crate::service::rates::{self, Quota};

/// Counts a request of this caller. Errors: 429 when it is one too many.
pub fn count(request: &HttpRequest, desk: &Desk, caller: &Caller) -> Result<(), ApiError> {
    let Some(quota) = rates::take(desk, caller) else { return Ok(()) };
    request.extensions_mut().insert(quota);
    match quota.retry_after {
        Some(seconds) => Err(ApiError::too_many_requests(seconds)),
        None => Ok(()),
    }
}

/// Tells every caller what is left; who is not known yet has everything left.
pub async fn headers(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let limit = request.app_data::<web::Data<Desk>>().map_or(0, |desk| desk.config.rate_limit);
    let mut response = next.call(request).await?;
    if limit == 0 {
        return Ok(response);
    }
    let known = response.request().extensions().get::<Quota>().copied();
    let quota = known.unwrap_or(Quota { limit, remaining: limit, reset: 0, retry_after: None });
    let values = [
        ("ratelimit-policy", format!("\"api\";q={};w=60", quota.limit)),
        ("ratelimit", format!("\"api\";r={};t={}", quota.remaining, quota.reset)),
    ];
    for (name, value) in values {
        let value = HeaderValue::from_str(&value).expect("ASCII");
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    Ok(response)
}
