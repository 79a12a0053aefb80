//! HEAD: every address that answers GET answers it the same way without a body.

use actix_web::Error;
use actix_web::body::{self, BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::Next;

/// Asks the routes for GET; the server itself leaves the body of an answer to HEAD out.
pub async fn answer(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let asked = request.method() == Method::HEAD;
    if asked {
        request.head_mut().method = Method::GET;
    }
    let mut response = next.call(request).await?.map_into_boxed_body();
    let allowed = response.headers().get(ALLOW).and_then(|value| value.to_str().ok()).and_then(with_head);
    if let Some(allowed) = allowed {
        response.headers_mut().insert(ALLOW, allowed);
    }
    // A stream would be read to its end for nothing.
    if asked && response.response().body().size() == BodySize::Stream {
        return Ok(response.map_body(|_, _| BoxBody::new(body::None::new())));
    }
    Ok(response)
}

/// The list of methods with HEAD in it, if it has GET alone.
fn with_head(methods: &str) -> Option<HeaderValue> {
    let has = |name: &str| methods.split(',').any(|method| method.trim() == name);
    let list = || methods.replacen("GET", "GET, HEAD", 1);
    if has("GET") && !has("HEAD") { HeaderValue::from_str(&list()).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_may_get_may_ask_for_the_head() {
        let text = |methods| with_head(methods).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(text("GET, POST").as_deref(), Some("GET, HEAD, POST"));
        assert_eq!(text("POST, GET").as_deref(), Some("POST, GET, HEAD"));
        assert_eq!(text("GET, HEAD"), None);
        assert_eq!(text("POST"), None);
    }
}
