//! The one HTTP client for calls to the outside: gateways, rails, webhooks.

use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};

/// How long a call may take, all in all.
const PATIENCE: Duration = Duration::from_secs(15);

/// A client that follows no redirects and gives up after 15 seconds. Certificates are those that the system trusts.
pub fn client() -> Result<reqwest::Client, String> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .user_agent(concat!("Paydesk/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| error.to_string())
}
