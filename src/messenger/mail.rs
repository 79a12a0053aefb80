//! Mail over SMTP.

use std::net::Ipv4Addr;
use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, response::Response};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::{Delivery, Letter, told};
use crate::config::{Smtp, SmtpTls};
use crate::domain::message::{Facts, Message};

/// How long the server may take for one command, and for a whole mail.
const PATIENCE: Duration = Duration::from_secs(20);
const WHOLE_PATIENCE: Duration = Duration::from_secs(45);

/// A server that wants to know us first, or does not know us: nothing is wrong with the mail.
const SIGN_IN_CODES: [&str; 4] = ["530", "534", "535", "538"];

/// A mail server with what every mail from here has.
pub struct Mail {
    transport: Result<AsyncSmtpTransport<Tokio1Executor>, String>,
    from: String,
}

impl Mail {
    pub fn new(smtp: &Smtp, public_url: &str) -> Mail {
        Mail { transport: transport(smtp, public_url), from: smtp.from.clone() }
    }

    /// One try, in a connection of its own.
    pub async fn send(&self, message: &Message, facts: &Facts, letter: &Letter) -> Delivery {
        let transport = match &self.transport {
            Ok(transport) => transport,
            Err(error) => return Delivery::Later(format!("the mail server's settings do not work: {error}")),
        };
        let mail = match self.mail(message, facts, letter) {
            Ok(mail) => mail,
            Err(error) => return Delivery::Refused(error),
        };
        match tokio::time::timeout(WHOLE_PATIENCE, transport.send(mail)).await {
            Ok(Ok(response)) => Delivery::Sent(answer(&response)),
            Ok(Err(error)) => refused(&error),
            Err(_) => Delivery::Later("the mail server took too long".into()),
        }
    }

    /// The mail as it goes over the wire. Its id and date are those of the message, however often it is tried.
    fn mail(&self, message: &Message, facts: &Facts, letter: &Letter) -> Result<lettre::Message, String> {
        let to: Address =
            message.recipient.parse().map_err(|_| format!("{} is not an email address", told(&message.recipient)))?;
        let from: Address = self.from.parse().map_err(|_| "PAYDESK_MAIL_FROM is not an email address".to_owned())?;
        let created = u64::try_from(message.id.created_at()).unwrap_or(0);
        let id = format!("<{}@{}>", message.id, from.domain());
        let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        lettre::Message::builder()
            .message_id(Some(id))
            .date(UNIX_EPOCH + Duration::from_micros(created))
            .from(Mailbox::new(name(&facts.client), from))
            .to(Mailbox::new(name(&facts.recipient), to))
            .subject(told(&letter.subject))
            .raw_header(automatic)
            .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
            .map_err(|error| error.to_string())
    }
}

/// A name for beside an address, on one line; none when it is empty.
fn name(text: &str) -> Option<String> {
    Some(told(text)).filter(|name| !name.is_empty())
}

fn transport(smtp: &Smtp, public_url: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let parameters = || TlsParameters::new(smtp.host.clone()).map_err(|error| error.to_string());
    let tls = match smtp.tls {
        SmtpTls::None => Tls::None,
        SmtpTls::Starttls => Tls::Required(parameters()?),
        SmtpTls::Tls => Tls::Wrapper(parameters()?),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(smtp.host.clone())
        .port(smtp.port)
        .tls(tls)
        .hello_name(hello(public_url))
        .timeout(Some(PATIENCE));
    if let Some((user, password)) = &smtp.sign_in {
        builder = builder.credentials(Credentials::new(user.clone(), password.0.clone()));
    }
    Ok(builder.build())
}

/// What we call ourselves: the host of the desk's address.
fn hello(public_url: &str) -> ClientId {
    let host = public_url.split_once("://").map_or(public_url, |(_, host)| host);
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    match host.parse::<Ipv4Addr>() {
        Ok(address) => ClientId::Ipv4(address),
        Err(_) => ClientId::Domain(host.to_owned()),
    }
}

fn answer(response: &Response) -> String {
    let lines: Vec<&str> = response.message().collect();
    told(&format!("{} {}", response.code(), lines.join(" ")))
}

/// A refusal for good ends the message; anything else may be better at the next try.
fn refused(error: &Error) -> Delivery {
    let why = told(&causes(error));
    let code = error.status().map(|code| code.to_string()).unwrap_or_default();
    if error.is_permanent() && !SIGN_IN_CODES.contains(&code.as_str()) {
        Delivery::Refused(why)
    } else {
        Delivery::Later(why)
    }
}

/// An error with what caused it.
fn causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let text = next.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        cause = next.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{Id, Mint};
    use crate::domain::message::{About, Channel, Kind, NewMessage, Secret};
    use crate::domain::money::{Currency, Money};

    fn wire(client: &str, name: &str, recipient: &str) -> Result<String, String> {
        let smtp = Smtp {
            host: "localhost".into(),
            port: 25,
            tls: SmtpTls::None,
            sign_in: None,
            from: "pay@desk.example.com".into(),
        };
        let facts = Facts::of(client, name, Money::new(100, Currency::USD));
        let mut mint = Mint::new(|| 42);
        mint.turn_to(1_764_000_000_000_000);
        let message = NewMessage {
            about: About::Link,
            about_id: "lnk_x".into(),
            client_id: Id::first_at(1),
            kind: Kind::LinkPaid,
            channel: Channel::Email,
            recipient: recipient.into(),
            facts: facts.clone(),
            secret: Secret::None,
        }
        .row(&mut mint);
        let letter = Letter::of(message.kind, &facts, None, None);
        let mail = Mail::new(&smtp, "http://127.0.0.1:8080").mail(&message, &facts, &letter)?;
        Ok(String::from_utf8(mail.formatted()).expect("ASCII"))
    }

    #[test]
    fn no_name_or_address_adds_a_header() {
        for (client, name, recipient) in [
            ("Larkfield\r\nBcc: x@example.com", "Nora", "nora@example.com"),
            ("Larkfield", "Nora\r\nBcc: x@example.com\r\n\r\nbody", "nora@example.com"),
            ("Larkfield\u{85}Bcc: x@example.com", "Nora\nBcc: x@example.com", "nora@example.com"),
            ("\" <x@example.com>, \"", "> , x@example.com", "nora@example.com"),
        ] {
            let mail = wire(client, name, recipient).unwrap();
            let head = mail.split("\r\n\r\n").next().unwrap();
            assert!(!head.to_lowercase().lines().any(|line| line.starts_with("bcc")), "{head}");
            assert_eq!(head.matches("\r\nTo: ").count(), 1, "{head}");
        }
        for recipient in [
            "nora@example.com\r\nBcc: x@example.com",
            "nora@example.com, x@example.com",
            "<nora@example.com>",
            "nora",
            "",
            "nora@exa mple.com",
        ] {
            assert!(wire("Larkfield", "Nora", recipient).unwrap_err().contains("not an email address"), "{recipient}");
        }
    }

    #[test]
    fn id_and_date_are_the_messages_own() {
        let mail = wire("Larkfield Studios", "Nora New", "nora@example.com").unwrap();
        assert!(mail.contains("\r\nDate: Mon, 24 Nov 2025 16:00:00 +0000\r\n"), "{mail}");
        assert!(mail.contains("Message-ID: <msg_") && mail.contains("@desk.example.com>\r\n"), "{mail}");
        assert!(mail.contains("From: \"Larkfield Studios\" <pay@desk.example.com>\r\n"), "{mail}");
        assert!(mail.contains("Auto-Submitted: auto-generated\r\n") && mail.contains("multipart/alternative"));
    }

    #[test]
    fn every_way_of_securing_the_connection_can_be_set_up() {
        for tls in [SmtpTls::None, SmtpTls::Starttls, SmtpTls::Tls] {
            let from = "pay@desk.example.com".to_owned();
            let smtp = Smtp { host: "mail.example.com".into(), port: 25, tls, sign_in: None, from };
            assert!(transport(&smtp, "http://127.0.0.1:8080").is_ok(), "{tls:?}");
        }
    }

    #[test]
    fn we_say_who_we_are() {
        assert_eq!(hello("https://desk.example.com"), ClientId::Domain("desk.example.com".into()));
        assert_eq!(hello("http://127.0.0.1:8080"), ClientId::Ipv4(Ipv4Addr::LOCALHOST));
    }
}
