//! Carries messages to people: mail over SMTP, text messages through an HTTP gateway. And to programs: webhooks.
//!
//! Only a job calls this, outside any transaction. A message may be carried twice after a crash; its id is the same
//! then, so that mail programs and gateways can tell.

mod hooks;
mod letter;
mod mail;
mod sms;

use std::sync::Arc;

pub use hooks::{Hooks, Reply};
pub use letter::Letter;
use mail::Mail;
use sms::Texts;

use crate::config::Config;
use crate::domain::message::{Channel, Facts, Message};

/// What became of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// Taken; what the server said.
    Sent(String),
    /// Not now; why.
    Later(String),
    /// Never; why.
    Refused(String),
    /// There is nothing set up to send it with.
    NoServer,
}

/// The secrets of one message, opened.
#[derive(Clone, Default)]
pub struct Secrets {
    pub link_token: Option<String>,
    pub code: Option<String>,
}

/// What messages are sent with. Cheap to clone.
#[derive(Clone)]
pub struct Messenger {
    mail: Option<Arc<Mail>>,
    texts: Option<Arc<Texts>>,
    hooks: Arc<Hooks>,
    public_url: String,
}

impl Messenger {
    pub fn new(config: &Config) -> Messenger {
        let mail = config.messages.smtp.as_ref().map(|smtp| Arc::new(Mail::new(smtp, &config.public_url)));
        let texts = config.messages.sms.as_ref().map(|sms| Arc::new(Texts::new(sms)));
        let hooks = Arc::new(Hooks::new(&config.webhooks));
        Messenger { mail, texts, hooks, public_url: config.public_url.clone() }
    }

    /// What webhooks are called with.
    pub fn hooks(&self) -> &Hooks {
        &self.hooks
    }

    /// Whether messages of this channel can be sent.
    pub fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Email => self.mail.is_some(),
            Channel::Sms => self.texts.is_some(),
        }
    }

    /// Tries once to send a message.
    pub async fn send(&self, message: &Message, secrets: &Secrets) -> Delivery {
        let Ok(facts) = serde_json::from_str::<Facts>(&message.data) else {
            return Delivery::Refused("what it should say cannot be read".into());
        };
        let address = secrets.link_token.as_ref().map(|token| format!("{}/l/{token}", self.public_url));
        let letter = Letter::of(message.kind, &facts, address, secrets.code.clone());
        match (message.channel, &self.mail, &self.texts) {
            (Channel::Email, Some(mail), _) => mail.send(message, &facts, &letter).await,
            (Channel::Sms, _, Some(texts)) => texts.send(message, &letter).await,
            _ => Delivery::NoServer,
        }
    }
}

impl std::fmt::Debug for Messenger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Messenger(mail: {}, texts: {})", self.mail.is_some(), self.texts.is_some())
    }
}

/// A server's or gateway's words, short enough to keep and to show.
fn told(words: &str) -> String {
    let plain: String = words.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    plain.trim().chars().take(300).collect()
}
