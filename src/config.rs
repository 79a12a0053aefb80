//! Settings: read once from flags and environment, checked, then handed around as one struct.

mod messages;
mod razorpay;
mod webhooks;

use std::net::SocketAddr;
use std::path::PathBuf;

pub use messages::{MessageArgs, MessageConfig, Secret, Sms, Smtp, SmtpTls};
pub use razorpay::{RazorpayArgs, RazorpayConfig, RazorpayKey};
pub use webhooks::{WebhookArgs, WebhookConfig};

use crate::domain::caller::Via;
use crate::store::Location;

/// What every command takes.
#[derive(Debug, Clone, clap::Args)]
pub struct DataArgs {
    /// The directory that holds the database file and the secret key.
    #[arg(long, env = "PAYDESK_DATA", default_value = "./data", global = true)]
    pub data: PathBuf,
    /// A postgres:// address, to use PostgreSQL in place of a file.
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,
}

/// What `serve` and `demo` take.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeArgs {
    /// Where to listen.
    #[arg(long, env = "PAYDESK_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The address people type, when a proxy stands in front: https://desk.example.com
    #[arg(long, env = "PAYDESK_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Proxies (networks, separated by commas) whose X-Forwarded-For is believed.
    #[arg(long, env = "PAYDESK_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// Seconds the sandbox provider waits before it takes a queued payout.
    #[arg(long, env = "PAYDESK_SANDBOX_DELAY", default_value_t = 15)]
    pub sandbox_delay: u32,
    /// Seconds between two steps of a payout at the sandbox provider.
    #[arg(long, env = "PAYDESK_SANDBOX_STEP", default_value_t = 3)]
    pub sandbox_step: u32,
    /// Minutes without a click after which a session ends.
    #[arg(long, env = "PAYDESK_SESSION_IDLE", default_value_t = 30, value_parser = clap::value_parser!(u32).range(5..=720))]
    pub session_idle: u32,
    /// Minutes an access token of /api/v1 is valid.
    #[arg(long, env = "PAYDESK_ACCESS_TOKEN", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub access_token: u32,
    /// Requests per minute and credential of /api/v1; 0 turns the limit off. [default: 6000; a demo has none that anybody reaches]
    #[arg(long, env = "PAYDESK_RATE_LIMIT")]
    pub rate_limit: Option<u32>,
    /// Requests per minute and client of the Revolut dialect; 0 turns the limit off. [default: 60; a demo has none that anybody reaches]
    #[arg(long, env = "PAYDESK_RATE_LIMIT_REVOLUT")]
    pub rate_limit_revolut: Option<u32>,
    /// Requests per second and key of the Razorpay dialect; 0 turns the limit off. [default: 10; a demo has none that anybody reaches]
    #[arg(long, env = "PAYDESK_RATE_LIMIT_RAZORPAY")]
    pub rate_limit_razorpay: Option<u32>,
    /// Requests per minute and key of the MassPay dialect; 0 turns the limit off. [default: 6000; a demo has none that anybody reaches]
    #[arg(long, env = "PAYDESK_RATE_LIMIT_MASSPAY")]
    pub rate_limit_masspay: Option<u32>,
    /// Days within which a payment of the same amount to the same payee is pointed out as a possible duplicate; 0 never.
    #[arg(long, env = "PAYDESK_DUPLICATE_DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(0..=366))]
    pub duplicate_days: u32,
    /// The least that whoever opens a payout link must prove where no code can be sent to the contact: code (nothing
    /// else will do), receipt (the end of its number) or none (the address alone).
    #[arg(long, env = "PAYDESK_LINK_PROOF", value_enum, default_value = "none")]
    pub link_proof: LinkProof,
    #[command(flatten)]
    pub messages: MessageArgs,
    #[command(flatten)]
    pub razorpay: RazorpayArgs,
    #[command(flatten)]
    pub webhooks: WebhookArgs,
    /// How many requests may share one commit; 1 gives each its own, which only a benchmark wants.
    #[arg(long, env = "PAYDESK_WRITE_GROUP", default_value_t = 128, hide = true)]
    pub write_group: usize,
}

/// What proves that a payout link was opened by its contact. Where a code can be sent, it is always asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LinkProof {
    Code,
    Receipt,
    None,
}

/// How many requests a program may make; 0 turns a limit off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Per minute and credential.
    pub v1: u32,
    /// Per minute and client.
    pub revolut: u32,
    /// Per second and credential.
    pub razorpay: u32,
    /// Per minute and credential.
    pub masspay: u32,
}

/// So many requests in so many seconds; at least one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    pub requests: u32,
    pub seconds: u64,
}

/// The checked settings. Durations in microseconds unless the name says otherwise.
#[derive(Debug, Clone)]
pub struct Config {
    pub listen: SocketAddr,
    /// Scheme, host and port that browsers see; no path.
    pub public_url: String,
    pub trusted_proxies: Vec<ipnet::IpNet>,
    pub sandbox_delay: i64,
    pub sandbox_step: i64,
    pub session_idle: i64,
    /// However busy, a session ends after this.
    pub session_absolute: i64,
    pub access_token: i64,
    pub refresh_token: i64,
    /// Of each dialect; see [`Config::rate_limit`].
    pub rate_limits: RateLimits,
    /// How far back a payment of the same amount to the same payee is pointed out; 0 never.
    pub duplicates_within: i64,
    /// The least that opens a payout link where no code can be sent.
    pub link_proof: LinkProof,
    /// What mail and text messages are sent with.
    pub messages: MessageConfig,
    /// What Razorpay's dialect takes.
    pub razorpay: RazorpayConfig,
    pub webhooks: WebhookConfig,
    /// How many requests may share one commit, at least 1.
    pub write_group: usize,
}

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// What the contracts of the dialects say; ours and MassPay's allow more.
const USUAL_LIMITS: RateLimits = RateLimits { v1: 6_000, revolut: 60, razorpay: 10, masspay: 6_000 };

impl DataArgs {
    /// Where the data lives, checked.
    pub fn location(&self) -> Result<Location, String> {
        match &self.database_url {
            None => Ok(Location::Directory(self.data.clone())),
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Location::Postgres(url.clone()))
            }
            Some(url) => match url.strip_prefix("sqlite://") {
                Some(path) => Ok(Location::Directory(PathBuf::from(path))),
                None => Err("DATABASE_URL must start with postgres:// (or leave it out and use --data DIR)".into()),
            },
        }
    }
}

impl ServeArgs {
    /// The limits that were set, and those of `others` that were not.
    pub fn rate_limits(&self, others: RateLimits) -> RateLimits {
        RateLimits {
            v1: self.rate_limit.unwrap_or(others.v1),
            revolut: self.rate_limit_revolut.unwrap_or(others.revolut),
            razorpay: self.rate_limit_razorpay.unwrap_or(others.razorpay),
            masspay: self.rate_limit_masspay.unwrap_or(others.masspay),
        }
    }

    /// Checks the settings together.
    pub fn config(&self) -> Result<Config, String> {
        let public_url = match &self.public_url {
            None => format!("http://{}", self.listen),
            Some(url) => {
                let url = url.trim_end_matches('/');
                let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
                match host {
                    Some(host) if !host.is_empty() && !host.contains('/') => url.to_owned(),
                    _ => {
                        return Err(
                            "PAYDESK_PUBLIC_URL must be scheme and host, such as https://desk.example.com".into()
                        );
                    }
                }
            }
        };
        let config = Config {
            listen: self.listen,
            public_url,
            trusted_proxies: self.trusted_proxies.clone(),
            sandbox_delay: i64::from(self.sandbox_delay) * SECOND,
            sandbox_step: i64::from(self.sandbox_step) * SECOND,
            session_idle: i64::from(self.session_idle) * MINUTE,
            session_absolute: 12 * HOUR,
            access_token: i64::from(self.access_token) * MINUTE,
            refresh_token: 7 * 24 * HOUR,
            rate_limits: self.rate_limits(USUAL_LIMITS),
            duplicates_within: i64::from(self.duplicate_days) * 24 * HOUR,
            link_proof: self.link_proof,
            messages: self.messages.config()?,
            razorpay: self.razorpay.config(),
            webhooks: self.webhooks.config()?,
            write_group: self.write_group.max(1),
        };
        if !config.is_https() && !config.is_loopback() {
            return Err("without https the desk only listens on this machine: set PAYDESK_PUBLIC_URL=https://… (with \
                        a proxy that speaks TLS) or listen on 127.0.0.1"
                .into());
        }
        Ok(config)
    }
}

impl Config {
    /// The limit of programs that come in this way; none when it is off.
    pub fn rate_limit(&self, via: Via) -> Option<RateLimit> {
        let limits = &self.rate_limits;
        let (requests, seconds) = match via {
            Via::Revolut => (limits.revolut, 60),
            Via::Razorpay => (limits.razorpay, 1),
            Via::MassPay => (limits.masspay, 60),
            _ => (limits.v1, 60),
        };
        (requests > 0).then_some(RateLimit { requests, seconds })
    }

    /// Whether browsers reach the desk over TLS; then cookies are `Secure` and `__Host-`.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    fn is_loopback(&self) -> bool {
        let host = self.public_url.trim_start_matches("http://");
        let local = ["127.", "localhost", "[::1]"].iter().any(|start| host.starts_with(start));
        local && self.listen.ip().is_loopback()
    }
}
