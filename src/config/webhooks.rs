//! Settings for webhooks.

use std::time::Duration;

/// What `serve` and `demo` take for webhooks.
#[derive(Debug, Clone, clap::Args)]
pub struct WebhookArgs {
    /// Hosts (with or without a port, separated by commas) that webhooks may reach although they are private, also
    /// without TLS; all others must be public and speak https.
    #[arg(long, env = "PAYDESK_WEBHOOK_HOSTS", value_delimiter = ',')]
    pub webhook_hosts: Vec<String>,
    /// Days for which what was sent to webhooks is kept.
    #[arg(long, env = "PAYDESK_WEBHOOK_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(21..=3650))]
    pub webhook_days: u32,
}

/// How webhooks are called, and how long that is remembered.
#[derive(Debug, Clone)]
pub struct WebhookConfig {
    pub hosts: Vec<String>,
    /// For how long a receiver may think.
    pub patience: Duration,
    /// In microseconds.
    pub kept: i64,
}

impl WebhookArgs {
    /// Checks the settings.
    pub fn config(&self) -> Result<WebhookConfig, String> {
        let hosts: Vec<String> = self.webhook_hosts.iter().map(|host| host.trim().to_owned()).collect();
        let hosts: Vec<String> = hosts.into_iter().filter(|host| !host.is_empty()).collect();
        if hosts.iter().any(|host| host.contains(['/', '@', '*', ' '])) {
            return Err("PAYDESK_WEBHOOK_HOSTS must be hosts such as hooks.internal or 127.0.0.1:9000, separated by \
                        commas"
                .into());
        }
        let kept = i64::from(self.webhook_days) * 24 * 3_600 * 1_000_000;
        Ok(WebhookConfig { hosts, patience: Duration::from_secs(15), kept })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(hosts: &[&str]) -> Result<WebhookConfig, String> {
        let webhook_hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        WebhookArgs { webhook_hosts, webhook_days: 30 }.config()
    }

    #[test]
    fn hosts_are_names_and_addresses_alone() {
        assert_eq!(config(&["hooks.internal", " 127.0.0.1:9000 ", ""]).unwrap().hosts.len(), 2);
        for wrong in ["http://hooks.internal", "*", "user@hooks.internal", "hooks.internal/x"] {
            assert!(config(&[wrong]).unwrap_err().contains("must be hosts"), "{wrong}");
        }
    }
}
