//! Settings for mail and text messages.

use std::fmt;

/// What `serve` and `demo` take for messages.
#[derive(Debug, Clone, clap::Args)]
pub struct MessageArgs {
    /// The mail server; without one no mail is sent.
    #[arg(long, env = "PAYDESK_SMTP_HOST")]
    pub smtp_host: Option<String>,
    /// Its port; 587 with starttls, 465 with tls and 25 with none, unless set.
    #[arg(long, env = "PAYDESK_SMTP_PORT")]
    pub smtp_port: Option<u16>,
    /// How the connection is secured: starttls, tls or none.
    #[arg(long, env = "PAYDESK_SMTP_TLS", value_enum, default_value = "starttls")]
    pub smtp_tls: SmtpTls,
    /// The user to sign in as, where the server wants that.
    #[arg(long, env = "PAYDESK_SMTP_USER")]
    pub smtp_user: Option<String>,
    /// Its password; read from this variable rather than typed, so that it stands in no list of processes.
    #[arg(long, env = "PAYDESK_SMTP_PASSWORD", hide_env_values = true)]
    pub smtp_password: Option<String>,
    /// The address mail comes from; the name beside it is the client's.
    #[arg(long, env = "PAYDESK_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// The https:// address that text messages are posted to, as {"to", "text"}; without one none is sent.
    #[arg(long, env = "PAYDESK_SMS_URL")]
    pub sms_url: Option<String>,
    /// The bearer token of that address.
    #[arg(long, env = "PAYDESK_SMS_TOKEN", hide_env_values = true)]
    pub sms_token: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SmtpTls {
    None,
    Starttls,
    Tls,
}

/// What messages are sent with.
#[derive(Debug, Clone, Default)]
pub struct MessageConfig {
    pub smtp: Option<Smtp>,
    pub sms: Option<Sms>,
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub tls: SmtpTls,
    /// User and password.
    pub sign_in: Option<(String, Secret)>,
    /// An address alone, without a name.
    pub from: String,
}

/// A gateway for text messages.
#[derive(Debug, Clone)]
pub struct Sms {
    pub url: String,
    pub token: Option<Secret>,
}

/// A text that never gets into a log.
#[derive(Clone)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl MessageArgs {
    /// Checks the settings together; an empty one counts as not set.
    pub fn config(&self) -> Result<MessageConfig, String> {
        Ok(MessageConfig { smtp: self.smtp()?, sms: self.sms()? })
    }

    fn smtp(&self) -> Result<Option<Smtp>, String> {
        let (user, password) = (set(&self.smtp_user), set(&self.smtp_password));
        let Some(host) = set(&self.smtp_host) else {
            if user.is_some() || set(&self.mail_from).is_some() {
                return Err("PAYDESK_SMTP_HOST is missing: name the mail server, or leave the other settings of mail \
                            out"
                .into());
            }
            return Ok(None);
        };
        if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte)) {
            return Err("PAYDESK_SMTP_HOST must be the name of a host, such as smtp.example.com".into());
        }
        let from = set(&self.mail_from).ok_or("PAYDESK_MAIL_FROM is missing: set the address that mail comes from")?;
        from.parse::<email_address::EmailAddress>()
            .ok()
            .filter(|address| address.email() == from)
            .ok_or("PAYDESK_MAIL_FROM must be an address alone, such as payouts@example.com")?;
        let sign_in = match (user, password) {
            (Some(user), Some(password)) => Some((user, Secret(password))),
            (None, None) => None,
            _ => return Err("PAYDESK_SMTP_USER and PAYDESK_SMTP_PASSWORD must be set together".into()),
        };
        if sign_in.is_some() && self.smtp_tls == SmtpTls::None && !is_loopback(&host) {
            return Err("PAYDESK_SMTP_TLS=none would send the password in the clear: use starttls or tls".into());
        }
        let port = self.smtp_port.unwrap_or(match self.smtp_tls {
            SmtpTls::None => 25,
            SmtpTls::Starttls => 587,
            SmtpTls::Tls => 465,
        });
        Ok(Some(Smtp { host, port, tls: self.smtp_tls, sign_in, from }))
    }

    fn sms(&self) -> Result<Option<Sms>, String> {
        let Some(url) = set(&self.sms_url) else {
            return match set(&self.sms_token) {
                Some(_) => Err("PAYDESK_SMS_URL is missing: set it, or leave PAYDESK_SMS_TOKEN out".into()),
                None => Ok(None),
            };
        };
        let plain = url.strip_prefix("http://").map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
        let host = plain.map(|host| host.rsplit_once(':').map_or(host, |(host, _)| host));
        if !url.starts_with("https://") && !host.is_some_and(is_loopback) {
            return Err("PAYDESK_SMS_URL must begin with https://".into());
        }
        Ok(Some(Sms { url, token: set(&self.sms_token).map(Secret) }))
    }
}

fn set(value: &Option<String>) -> Option<String> {
    value.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host == "[::1]" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        messages: MessageArgs,
    }

    fn config(arguments: &[&str]) -> Result<MessageConfig, String> {
        Arguments::parse_from(["test"].iter().chain(arguments)).messages.config()
    }

    #[test]
    fn nothing_is_sent_unless_it_is_set_up() {
        let config = config(&[]).unwrap();
        assert!(config.smtp.is_none() && config.sms.is_none());
    }

    #[test]
    fn the_port_follows_the_security_and_secrets_are_not_printed() {
        for (tls, port) in [("starttls", 587), ("tls", 465), ("none", 25)] {
            let set = ["--smtp-host", "mail.example.com", "--mail-from", "pay@example.com", "--smtp-tls", tls];
            assert_eq!(config(&set).unwrap().smtp.unwrap().port, port);
        }
        let config = config(&[
            "--smtp-host",
            "mail.example.com",
            "--mail-from",
            "pay@example.com",
            "--smtp-user",
            "desk",
            "--smtp-password",
            "a secret",
            "--sms-url",
            "https://sms.example.com/send",
            "--sms-token",
            "another secret",
        ]);
        assert!(!format!("{config:?}").contains("secret"), "{config:?}");
    }

    #[test]
    fn what_does_not_fit_together_is_told_with_the_fix() {
        let host = ["--smtp-host", "mail.example.com"];
        let from = ["--mail-from", "pay@example.com"];
        for (arguments, says) in [
            (host.to_vec(), "PAYDESK_MAIL_FROM is missing"),
            (from.to_vec(), "PAYDESK_SMTP_HOST is missing"),
            ([host.as_slice(), &["--mail-from", "Desk <pay@example.com>"]].concat(), "an address alone"),
            ([host.as_slice(), &["--mail-from", "pay@example.com\r\nBcc: x@example.com"]].concat(), "an address alone"),
            ([host.as_slice(), &from, &["--smtp-user", "desk"]].concat(), "must be set together"),
            (
                [host.as_slice(), &from, &["--smtp-user", "d", "--smtp-password", "p", "--smtp-tls", "none"]].concat(),
                "in the clear",
            ),
            ([&["--smtp-host", "mail example"], from.as_slice()].concat(), "name of a host"),
            (vec!["--sms-token", "x"], "PAYDESK_SMS_URL is missing"),
            (vec!["--sms-url", "http://sms.example.com/send"], "must begin with https://"),
            (vec!["--sms-url", "http://127.0.0.1.example.com/send"], "must begin with https://"),
        ] {
            let refused = config(&arguments).unwrap_err();
            assert!(refused.contains(says), "{arguments:?}: {refused}");
        }
        assert!(config(&["--sms-url", "http://127.0.0.1:8025/send"]).is_ok());
    }
}
