//! Calls to addresses that somebody typed: https to the public internet, and to nothing else.
//!
//! A name is resolved once, every address it has must be public, and the connection goes to one of those addresses:
//! a name that answers differently a moment later gains nothing. Hosts that the settings name are free of this.

use std::error::Error;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::http::{Request, Response, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use tower_service::Service;

use super::{Client, name_us, tls};

/// How much of an answer is read, in bytes; the rest is left unread.
const EXCERPT: usize = 4 << 10;

/// A client for addresses that somebody typed. Cheap to clone; connections are kept and used again.
#[derive(Clone)]
pub struct Guarded {
    strict: Pool<HttpsConnector<HttpConnector<PublicNames>>, Full<Bytes>>,
    free: Client,
    /// Hosts, with or without a port, that may be private and speak http.
    allowed: Vec<String>,
    patience: Duration,
}

/// Why an address is not called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    #[error("must be an address such as https://example.com/hooks, without user, password or #")]
    Malformed,
    #[error("must begin with https://")]
    NotHttps,
    #[error("must not lead to a private or reserved address")]
    NotPublic,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoReply {
    #[error("the address {0}")]
    NotAllowed(NotAllowed),
    #[error("no connection")]
    NoConnection,
    #[error("no answer in {0} s")]
    TooSlow(u64),
    #[error("the answer broke off")]
    Broken,
}

impl Guarded {
    /// Errors: the certificates of this system cannot be used.
    pub fn new(allowed: &[String], patience: Duration) -> Result<Guarded, String> {
        let mut http = HttpConnector::new_with_resolver(PublicNames);
        http.enforce_http(false);
        let connector = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls()?).https_only().enable_http1();
        let strict = Pool::builder(TokioExecutor::new()).build(connector.wrap_connector(http));
        Ok(Guarded { strict, free: Client::new()?, allowed: allowed.to_vec(), patience })
    }

    /// Whether an address may be called, as far as that can be told without asking for its name.
    pub fn check(&self, address: &str) -> Result<Uri, NotAllowed> {
        let uri: Uri = address.parse().map_err(|_| NotAllowed::Malformed)?;
        let (scheme, authority) = (uri.scheme_str(), uri.authority().ok_or(NotAllowed::Malformed)?);
        let plain = matches!(scheme, Some("https" | "http")) && !authority.host().is_empty();
        if !plain || authority.as_str().contains('@') || address.contains('#') {
            return Err(NotAllowed::Malformed);
        }
        if self.is_free(&uri) {
            return Ok(uri);
        }
        if scheme != Some("https") {
            return Err(NotAllowed::NotHttps);
        }
        match literal(authority.host()) {
            Some(ip) if !is_public(ip) => Err(NotAllowed::NotPublic),
            _ => Ok(uri),
        }
    }

    /// Sends a request and answers the status and the beginning of the body, whatever the status.
    pub async fn send(&self, mut request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, NoReply> {
        let uri = self.check(&request.uri().to_string()).map_err(NoReply::NotAllowed)?;
        name_us(&mut request);
        let request = request.map(|body| Full::new(Bytes::from(body)));
        let call = async {
            let sent = if self.is_free(&uri) {
                self.free.pool.request(request).await
            } else {
                self.strict.request(request).await
            };
            let (head, mut body) = sent.map_err(|error| why(&error, error.is_connect()))?.into_parts();
            let mut excerpt = Vec::new();
            while excerpt.len() < EXCERPT {
                let Some(frame) = body.frame().await else { break };
                if let Some(data) = frame.map_err(|_| NoReply::Broken)?.data_ref() {
                    excerpt.extend_from_slice(&data[..data.len().min(EXCERPT - excerpt.len())]);
                }
            }
            Ok(Response::from_parts(head, excerpt))
        };
        let slow = NoReply::TooSlow(self.patience.as_secs());
        tokio::time::timeout(self.patience, call).await.unwrap_or(Err(slow))
    }

    fn is_free(&self, uri: &Uri) -> bool {
        let Some(authority) = uri.authority() else { return false };
        self.allowed
            .iter()
            .any(|host| host.eq_ignore_ascii_case(authority.host()) || host.eq_ignore_ascii_case(authority.as_str()))
    }
}

/// Resolves names, and knows only those whose every address is public.
#[derive(Debug, Clone, Copy)]
struct PublicNames;

impl Service<Name> for PublicNames {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.iter().all(|address| is_public(address.ip())) {
                Ok(found.into_iter())
            } else {
                Err(std::io::Error::other(NotAllowed::NotPublic))
            }
        })
    }
}

/// The address that a host is, if it is one and no name.
fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

fn why(error: &(dyn Error + 'static), connecting: bool) -> NoReply {
    let mut cause = Some(error);
    while let Some(error) = cause {
        // An error of input or output hides what it was made of from `source`.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let found = error.downcast_ref::<NotAllowed>();
        let found = found.or_else(|| inner.and_then(|inner| inner.downcast_ref::<NotAllowed>()));
        if let Some(why) = found {
            return NoReply::NotAllowed(why.clone());
        }
        cause = error.source();
    }
    if connecting { NoReply::NoConnection } else { NoReply::Broken }
}

/// Whether an address belongs to the public internet: not this machine, a private network, a link, a provider's
/// inside, a group, an example, or an IPv4 address of those in the clothes of IPv6.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let inside = match (a, b, c) {
        // This network, 10/8, loopback, link-local with the metadata services, private, benchmarks.
        (0 | 10 | 127, ..) | (169, 254, _) | (172, 16..=31, _) | (192, 168, _) | (198, 18..=19, _) => true,
        // Carrier-grade NAT.
        (100, 64..=127, _) => true,
        // Protocol assignments, documentation, the 6to4 relay.
        (192, 0, 0 | 2) | (198, 51, 100) | (203, 0, 113) | (192, 88, 99) => true,
        // Groups, reserved, broadcast.
        (224.., ..) => true,
        _ => false,
    };
    !inside
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let parts = ip.segments();
    let tail = Ipv4Addr::from((u32::from(parts[6]) << 16) | u32::from(parts[7]));
    match parts {
        // Mapped (::ffff:a.b.c.d), compatible (::a.b.c.d, with :: and ::1) and translated (::ffff:0:a.b.c.d).
        [0, 0, 0, 0, 0, 0xffff, ..] => is_public_v4(tail),
        [0, 0, 0, 0, ..] => false,
        // NAT64: what it leads to is the IPv4 address in it.
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => is_public_v4(tail),
        // 6to4 and Teredo carry an IPv4 address as well; nobody serves webhooks there.
        [0x2002, ..] | [0x2001, 0, ..] => false,
        // Protocol assignments, documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Global unicast is 2000::/3: all else is local, unique local, link-local, a group or unassigned.
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const SOON: Duration = Duration::from_millis(300);

    fn guarded(allowed: &[&str]) -> Guarded {
        Guarded::new(&allowed.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>(), SOON).unwrap()
    }

    async fn send(client: &Guarded, address: &str) -> Result<Response<Vec<u8>>, NoReply> {
        client.send(Request::post(address).body(b"{}".to_vec()).unwrap()).await
    }

    #[test]
    fn only_the_public_internet_is_public() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:0:127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450::1",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn addresses_are_read_strictly() {
        let client = guarded(&["hooks.internal", "127.0.0.1:8080"]);
        for (address, expected) in [
            ("https://example.com/hooks?x=1", None),
            ("https://example.com:8443", None),
            ("https://8.8.8.8/", None),
            ("http://hooks.internal:9000/x", None),
            ("http://127.0.0.1:8080/x", None),
            ("http://127.0.0.1:8081/x", Some(NotAllowed::NotHttps)),
            ("https://127.0.0.1/x", Some(NotAllowed::NotPublic)),
            ("https://[::1]/x", Some(NotAllowed::NotPublic)),
            ("https://[::ffff:10.0.0.1]:443/", Some(NotAllowed::NotPublic)),
            ("http://example.com/", Some(NotAllowed::NotHttps)),
            ("ftp://example.com/", Some(NotAllowed::Malformed)),
            ("https://user:pass@example.com/", Some(NotAllowed::Malformed)),
            ("https://example.com/#x", Some(NotAllowed::Malformed)),
            ("https://", Some(NotAllowed::Malformed)),
            ("https:///x", Some(NotAllowed::Malformed)),
            ("/hooks", Some(NotAllowed::Malformed)),
            ("https://exa mple.com/", Some(NotAllowed::Malformed)),
            ("https://example.com/\r\nX: y", Some(NotAllowed::Malformed)),
            ("", Some(NotAllowed::Malformed)),
        ] {
            assert_eq!(client.check(address).err(), expected, "{address}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_called_in_any_spelling() {
        for name in ["localhost", "2130706433", "0x7f.1", "127.1"] {
            let found = PublicNames.call(name.parse().unwrap()).await;
            assert_eq!(found.unwrap_err().to_string(), NotAllowed::NotPublic.to_string(), "{name}");
        }
        let refused = send(&guarded(&[]), "https://localhost/").await.unwrap_err();
        assert_eq!(refused, NoReply::NotAllowed(NotAllowed::NotPublic));
    }

    #[tokio::test]
    async fn a_long_answer_is_read_no_further_than_its_beginning_and_silence_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let mut kept = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 2_000];
                let read = stream.read(&mut request).await.unwrap();
                if request[..read].starts_with(b"POST /long") {
                    let head = b"HTTP/1.1 302 Found\r\nLocation: /silent\r\nTransfer-Encoding: chunked\r\n\r\n";
                    stream.write_all(head).await.unwrap();
                    // Endless, as far as the other side can tell.
                    for _ in 0..3 {
                        stream.write_all(b"1000\r\n").await.unwrap();
                        stream.write_all(&[b'x'; 0x1000]).await.unwrap();
                        stream.write_all(b"\r\n").await.unwrap();
                    }
                }
                kept.push(stream);
            }
        });
        let client = guarded(&["127.0.0.1"]);
        let answer = send(&client, &format!("http://{address}/long")).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().len()), (302, EXCERPT));
        let silent = send(&client, &format!("http://{address}/silent")).await.unwrap_err();
        assert_eq!(silent, NoReply::TooSlow(0));
        let nobody = send(&client, "http://127.0.0.1:1/").await.unwrap_err();
        assert_eq!(nobody, NoReply::NoConnection);
    }
}
