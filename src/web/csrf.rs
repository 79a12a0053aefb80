//! Forms come from our own pages: the browser says so, and the session's token proves it.

use std::future::Future;
use std::pin::Pin;

use actix_session::{Session, SessionExt};
use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq;

use super::failure::Failure;
use super::session::CSRF;
use crate::config::Config;
use crate::service::Desk;

/// A form that was sent from one of our pages, with the session's token. The only way for handlers to read a form.
pub struct Posted<T>(T);

/// The largest form, in bytes: a list of a few thousand pasted ids.
const LARGEST: usize = 128 * 1024;

impl<T> Posted<T> {
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// The session's token, made when there is none yet.
pub fn token(session: &Session) -> String {
    if let Ok(Some(token)) = session.get::<String>(CSRF) {
        return token;
    }
    let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    if let Err(error) = session.insert(CSRF, &token) {
        tracing::error!(%error, "a form token could not be kept");
    }
    token
}

/// Refuses unsafe requests that a browser says come from elsewhere.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let own = match request.app_data::<web::Data<Desk>>() {
        Some(desk) => request.method().is_safe() || is_own(request.headers(), &desk.config),
        None => false,
    };
    if own {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    Ok(request.error_response(Failure::ForeignForm))
}

impl<T: DeserializeOwned + 'static> FromRequest for Posted<T> {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Posted<T>, Failure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let expected = request.get_session().get::<String>(CSRF).ok().flatten();
        let read = read(request, payload);
        Box::pin(async move {
            let (text, pairs) = read.await?;
            let given = pairs.iter().find(|(name, _)| name == "csrf").map(|(_, value)| value.as_str());
            if !is_same(expected.as_deref(), given) {
                return Err(Failure::StaleForm);
            }
            let form = web::Query::<T>::from_query(&text).map_err(|_| Failure::BadForm)?;
            Ok(Posted(form.into_inner()))
        })
    }
}

/// The text of a form, and the pairs in it. Nobody has looked yet whether it is one of ours.
pub fn read(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<(String, Vec<(String, String)>), Failure>> + 'static {
    let is_form = request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let had_body = request.headers().contains_key(CONTENT_TYPE);
    let body = web::Payload::from_request(request, payload).into_inner();
    async move {
        if !is_form {
            return Err(if had_body { Failure::WrongType } else { Failure::BadForm });
        }
        let body = body.map_err(|_| Failure::BadForm)?.to_bytes_limited(LARGEST).await;
        let bytes = body.map_err(|_| Failure::TooLarge)?.map_err(|_| Failure::BadForm)?;
        let text = String::from_utf8(bytes.to_vec()).map_err(|_| Failure::BadForm)?;
        let pairs = web::Query::<Vec<(String, String)>>::from_query(&text).map_err(|_| Failure::BadForm)?.into_inner();
        // PostgreSQL keeps no U+0000, so no form may bring one.
        if pairs.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
            return Err(Failure::BadForm);
        }
        Ok((text, pairs))
    }
}

pub(super) fn is_same(expected: Option<&str>, given: Option<&str>) -> bool {
    match (expected, given) {
        (Some(expected), Some(given)) => expected.as_bytes().ct_eq(given.as_bytes()).into(),
        _ => false,
    }
}

/// Browsers say in `Sec-Fetch-Site` how the sender relates to us; older ones only name the sender in `Origin`.
/// Programs say neither, and have no cookie that could be abused: for them the token decides alone.
pub fn is_own(headers: &HeaderMap, config: &Config) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => {
            origin.eq_ignore_ascii_case(&config.public_url)
                || is_loopback(origin) && is_loopback(&config.public_url) && port(origin) == port(&config.public_url)
        }
        (None, None) => true,
    }
}

/// On this machine `localhost` and `127.0.0.1` are the same desk.
fn is_loopback(origin: &str) -> bool {
    let host = origin.strip_prefix("http://").map(|rest| rest.strip_suffix(port(rest)).unwrap_or(rest));
    matches!(host, Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// The port with its colon, or nothing.
fn port(origin: &str) -> &str {
    match origin.rfind(':') {
        Some(place) if origin[place + 1..].bytes().all(|b| b.is_ascii_digit()) => &origin[place..],
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use actix_web::http::header::{HeaderName, HeaderValue};
    use clap::Parser;

    use super::*;
    use crate::config::ServeArgs;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        serve: ServeArgs,
    }

    fn config(arguments: &[&str]) -> Config {
        let arguments = std::iter::once("paydesk").chain(arguments.iter().copied());
        Arguments::parse_from(arguments).serve.config().unwrap()
    }

    fn own(config: &Config, headers: &[(&'static str, &'static str)]) -> bool {
        let headers =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_own(&headers.collect(), config)
    }

    #[test]
    fn browsers_are_believed_about_where_a_form_comes_from() {
        let desk = config(&["--public-url", "https://desk.example.com"]);
        assert!(own(&desk, &[]));
        assert!(own(&desk, &[("sec-fetch-site", "same-origin"), ("origin", "https://desk.example.com")]));
        assert!(own(&desk, &[("origin", "https://desk.example.com")]));
        for foreign in ["cross-site", "same-site", "nonsense"] {
            assert!(!own(&desk, &[("sec-fetch-site", foreign), ("origin", "https://desk.example.com")]));
        }
        for foreign in ["null", "https://example.com", "http://desk.example.com", "https://desk.example.com.evil.org"] {
            assert!(!own(&desk, &[("origin", foreign)]), "{foreign}");
        }
    }

    #[test]
    fn on_one_machine_the_names_of_loopback_are_one() {
        let listen: SocketAddr = "127.0.0.1:8080".parse().unwrap();
        let desk = config(&["--listen", &listen.to_string()]);
        assert!(own(&desk, &[("origin", "http://localhost:8080")]));
        assert!(own(&desk, &[("origin", "http://127.0.0.1:8080")]));
        assert!(!own(&desk, &[("origin", "http://localhost:8081")]));
        assert!(!own(&desk, &[("origin", "http://localhost.example.com:8080")]));
    }

    #[test]
    fn tokens_must_be_there_and_equal() {
        assert!(is_same(Some("abc"), Some("abc")));
        assert!(!is_same(Some("abc"), Some("abd")));
        assert!(!is_same(Some("abc"), None));
        assert!(!is_same(None, Some("abc")));
        assert!(!is_same(None, None));
    }
}
