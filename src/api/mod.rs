//! APIs for programs, one folder for each dialect.

pub mod json;
pub mod masspay;
pub mod openapi;
mod rate;
pub mod razorpay;
pub mod revolut;
pub mod v1;

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use crate::http::request_id::Traced;
use crate::service::programs::Arrival;

pub fn routes(config: &mut ServiceConfig) {
    config.configure(openapi::routes).configure(v1::routes).configure(revolut::routes);
    config.configure(razorpay::routes).configure(masspay::routes);
}

/// What the document describes, in its order.
pub fn described() -> Vec<openapi::Api> {
    vec![v1::described(), revolut::described(), razorpay::described(), masspay::described()]
}

/// The scheme and the rest of the `Authorization` header; anything else counts as no header at all.
fn authorization(request: &HttpRequest) -> Option<(&str, &str)> {
    let (scheme, rest) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let rest = rest.trim();
    (!rest.is_empty() && !rest.contains(' ')).then_some((scheme, rest))
}

/// The token of `Authorization: Bearer …`.
fn bearer(request: &HttpRequest) -> Option<&str> {
    authorization(request).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token)
}

/// What a sign-in needs to know of a request.
fn arrival(request: &HttpRequest) -> Arrival {
    let traced = Traced::of(request);
    Arrival { ip: traced.ip, request_id: traced.id }
}

/// An answer that says whether it is the first one to its idempotency key, told again.
fn replay(status: StatusCode, replayed: bool) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    if replayed {
        answer.insert_header(("Idempotent-Replayed", "true"));
    }
    answer
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_a_bearer_token_is_a_token() {
        let token = |value: &'static str| {
            let request = TestRequest::default().insert_header((AUTHORIZATION, value)).to_http_request();
            bearer(&request).map(str::to_owned)
        };
        assert_eq!(token("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(token("bearer abc").as_deref(), Some("abc"));
        for other in ["abc", "Basic abc", "Bearer", "Bearer ", "Bearer a b", ""] {
            assert_eq!(token(other), None, "{other}");
        }
    }
}
