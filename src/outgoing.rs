//! The one HTTP client for calls to the outside: gateways, rails, webhooks.
//!
//! It follows no redirects, uses no proxy, trusts the certificates that the system trusts, and never waits for long.
//! Addresses that clients typed go through [`Guarded`], which reaches nothing but the public internet.

mod guard;

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
pub use hyper::http;
use hyper::http::header::USER_AGENT;
use hyper::http::{HeaderValue, Request, Response};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, RootCertStore};

pub use guard::{Guarded, NoReply, NotAllowed};

/// How long a call may take, its answer included.
const PATIENCE: Duration = Duration::from_secs(15);
/// The longest answer that is read, in bytes.
const LONGEST: usize = 1 << 20;

/// Cheap to clone; connections are kept and used again.
#[derive(Clone)]
pub struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// Why there is no answer. Whether the other side has done what it was asked to, nobody knows.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    #[error("no connection")]
    NoConnection,
    #[error("no answer in {} s", PATIENCE.as_secs())]
    TooSlow,
    #[error("the answer broke off or is longer than 1 MiB")]
    Broken,
}

/// What is trusted to be who it says it is. Errors: the certificates of this system cannot be used.
fn tls() -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(config.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth())
}

fn name_us(request: &mut Request<Vec<u8>>) {
    let agent = HeaderValue::from_static(concat!("Paydesk/", env!("CARGO_PKG_VERSION")));
    request.headers_mut().entry(USER_AGENT).or_insert(agent);
}

impl Client {
    /// Errors: the certificates of this system cannot be used.
    pub fn new() -> Result<Client, String> {
        let connector =
            hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls()?).https_or_http().enable_http1().build();
        Ok(Client { pool: Pool::builder(TokioExecutor::new()).build(connector) })
    }

    /// Sends a request and reads the whole answer, whatever its status.
    pub async fn send(&self, mut request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, NoAnswer> {
        name_us(&mut request);
        let request = request.map(|body| Full::new(Bytes::from(body)));
        let call = async {
            let answer = self.pool.request(request).await.map_err(|error| match error.is_connect() {
                true => NoAnswer::NoConnection,
                false => NoAnswer::Broken,
            })?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, LONGEST).collect().await.map_err(|_| NoAnswer::Broken)?;
            Ok(Response::from_parts(head, body.to_bytes().to_vec()))
        };
        tokio::time::timeout(PATIENCE, call).await.unwrap_or(Err(NoAnswer::TooSlow))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// What comes of a request to a server that says this and hangs up.
    async fn answered(words: &'static [u8]) -> Result<Response<Vec<u8>>, NoAnswer> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 2_000];
            let read = stream.read(&mut request).await.unwrap();
            assert!(request[..read].starts_with(b"POST /x HTTP/1.1\r\n"));
            stream.write_all(words).await.unwrap();
        });
        let request = Request::post(format!("http://{address}/x")).body(b"{}".to_vec()).unwrap();
        Client::new().unwrap().send(request).await
    }

    #[tokio::test]
    async fn any_status_is_an_answer_and_redirects_lead_nowhere() {
        let moved =
            answered(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nno").await;
        let moved = moved.unwrap();
        assert_eq!((moved.status().as_u16(), moved.body().as_slice()), (302, b"no".as_slice()));
    }

    #[tokio::test]
    async fn what_breaks_off_is_no_answer() {
        let half = answered(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf").await;
        assert!(matches!(half, Err(NoAnswer::Broken)), "{half:?}");
        let nothing = answered(b"").await;
        assert!(matches!(nothing, Err(NoAnswer::Broken)), "{nothing:?}");
        let request = Request::get("http://127.0.0.1:1/").body(Vec::new()).unwrap();
        let nobody = Client::new().unwrap().send(request).await;
        assert!(matches!(nobody, Err(NoAnswer::NoConnection)), "{nobody:?}");
    }
}
