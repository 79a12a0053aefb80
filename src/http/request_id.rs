//! One id for each request: in the answer, in every log line it causes, and in the audit log.

use std::net::IpAddr;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue, USER_AGENT};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, web};
use tracing::Instrument;

use super::address;
use crate::domain::audit::hex;
use crate::domain::caller::Via;
use crate::service::Desk;
use crate::service::sign_in::Visit;

/// What is known of a request before anyone looks into it.
#[derive(Debug, Clone, Default)]
pub struct Traced {
    pub id: String,
    pub ip: Option<IpAddr>,
}

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

impl Traced {
    /// Of a request that [`trace`] has seen.
    pub fn of(request: &HttpRequest) -> Traced {
        request.extensions().get::<Traced>().cloned().unwrap_or_default()
    }

    /// Someone at the door, as a sign-in needs to know them.
    pub fn visit(request: &HttpRequest, via: Via) -> Visit {
        let traced = Traced::of(request);
        let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        Visit { via, ip: traced.ip_text(), user_agent: agent.map(str::to_owned), request_id: traced.id }
    }

    pub fn ip_text(&self) -> Option<String> {
        self.ip.map(|ip| ip.to_string())
    }
}

/// Takes the id that came with the request, or makes one; logs and measures the request.
pub async fn trace(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let given = request.headers().get(HEADER).and_then(|value| value.to_str().ok()).filter(|id| is_id(id));
    let id = given.map_or_else(|| format!("req_{}", hex(&rand::random::<[u8; 12]>())), str::to_owned);
    let desk = request.app_data::<web::Data<Desk>>();
    let ip =
        desk.and_then(|desk| address::client(request.peer_addr(), request.headers(), &desk.config.trusted_proxies));
    request.extensions_mut().insert(Traced { id: id.clone(), ip });
    let (method, path) = (request.method().clone(), request.path().to_owned());

    let span = tracing::info_span!("request", request_id = %id);
    let mut response = next.call(request).instrument(span.clone()).await?;

    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    let pattern = response.request().match_pattern();
    let took = started.elapsed();
    let status = response.status().as_u16();
    let route = pattern.clone().unwrap_or_else(|| "none".into());
    metrics::histogram!(
        "paydesk_request_seconds",
        "method" => method_label(method.as_str()),
        "route" => route,
        "status" => status.to_string(),
    )
    .record(took.as_secs_f64());
    // Queries may hold names, and addresses with a token hold the token: neither is logged.
    let path = match pattern {
        Some(pattern) if pattern.contains("{token}") => pattern,
        Some(_) => path,
        None => masked(&path),
    };
    span.in_scope(|| {
        let ms = took.as_secs_f64() * 1_000.0;
        tracing::info!(method = %method, path, status, ms, ip = ip.map(tracing::field::display), "answered");
    });
    Ok(response)
}

/// An address that no page stands at, without what could be a secret that somebody mistyped: long parts that are not
/// the id of a record.
fn masked(path: &str) -> String {
    let is_record = |part: &str| part.len() == 30 && part.is_ascii() && &part[3..4] == "_";
    let parts = path.split('/').map(|part| if part.len() < 16 || is_record(part) { part } else { "…" });
    parts.collect::<Vec<_>>().join("/")
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Methods that anyone can invent must not become labels.
fn method_label(method: &str) -> &'static str {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("OTHER")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_addresses_do_not_tell_their_secrets() {
        assert_eq!(masked("/l/W9q3K1-0pXyZ_abcdefghijklmno/x"), "/l/…/x");
        assert_eq!(masked("//l//W9q3K1-0pXyZ_abcdefghijklmno"), "//l//…");
        assert_eq!(masked("/l%2FW9q3K1-0pXyZ_abcdefghijklmno"), "/…");
        assert_eq!(
            masked("/payouts/pyt_01h455vb4pex5vsknk084sn02q/nothing"),
            "/payouts/pyt_01h455vb4pex5vsknk084sn02q/nothing"
        );
    }

    #[test]
    fn ids_from_outside_are_short_and_plain() {
        assert!(is_id("req-1_A"));
        assert!(is_id(&"a".repeat(64)));
        for text in ["", &"a".repeat(65), "a b", "a\"b", "ä", "a;b"] {
            assert!(!is_id(text), "{text}");
        }
    }
}
