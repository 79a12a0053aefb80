//! A message to a recipient: an email or a text message, planned with the change it tells of and sent afterwards.

use serde::{Deserialize, Serialize};

use super::ids::{ClientId, MessageId, Mint};
use super::money::Money;

/// What a message tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    LinkIssued,
    /// Some time before the link expires.
    LinkReminder,
    LinkPaid,
    /// The payout failed, and the link is open again for other details.
    LinkAttemptFailed,
    LinkCancelled,
    /// The one-time code that opens a link.
    LinkCode,
    /// A payout has reached the payee.
    PayoutNotice,
    ReversalNotice,
    /// Nothing is sent to a webhook any more; its owner should know.
    WebhookOff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Email,
    Sms,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// To be sent, or tried again, at `next_at`.
    Waiting,
    /// A server took it.
    Sent,
    /// Nobody will take it: refused for good, or tried for too long.
    Failed,
    /// There was nothing to send it with.
    NotSent,
}

/// The kind of record a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    Link,
    Payout,
    Reversal,
    Webhook,
}

/// A message as the database keeps it. Times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub id: MessageId,
    pub about_kind: About,
    /// The id of the record it is about.
    pub about_id: String,
    pub client_id: ClientId,
    pub kind: Kind,
    pub channel: Channel,
    /// An email address or a phone number, as it was given.
    pub recipient: String,
    /// [`Facts`] as JSON.
    pub data: String,
    /// The link's token, sealed as the link itself keeps it. Gone once the message has ended.
    pub link_token: Option<String>,
    /// The one-time code, sealed. Gone once the message has ended.
    pub code: Option<String>,
    pub state: State,
    pub attempts: i64,
    pub next_at: Option<i64>,
    pub last_error: Option<String>,
    pub sent_at: Option<i64>,
    /// What the server said when it took the message.
    pub provider_answer: Option<String>,
}

/// What a message says; each kind uses what it needs. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Who pays: the sender's name.
    pub client: String,
    /// The recipient's name.
    pub recipient: String,
    pub amount: Option<Money>,
    /// What the money is for.
    pub purpose: Option<String>,
    pub reference: Option<String>,
    pub expires_at: Option<i64>,
    /// The account in words that may be shown.
    pub account: Option<String>,
    /// Why an attempt failed, or why it was cancelled.
    pub reason: Option<String>,
    /// How long a code is good, in minutes.
    pub minutes: Option<i64>,
}

/// A message to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    pub about: About,
    pub about_id: String,
    pub client_id: ClientId,
    pub kind: Kind,
    pub channel: Channel,
    pub recipient: String,
    pub facts: Facts,
    /// Sealed by a service: planning has no keys.
    pub secret: Secret,
}

/// What a message carries that nobody else may read, sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secret {
    None,
    /// A link's token as the link keeps it: the message has the address to open.
    Link(String),
    /// A one-time code, from `service::messages::seal_code`.
    Code(String),
}

const MINUTE: i64 = 60 * 1_000_000;
/// The longest pause between two tries.
const LONGEST_PAUSE: i64 = 60 * MINUTE;
/// How long a message is tried.
const PATIENCE: i64 = 24 * 60 * MINUTE;
/// A code that comes later than this is of no use.
const CODE_PATIENCE: i64 = 10 * MINUTE;

impl NewMessage {
    /// The row to write, to be sent at once.
    pub fn row(self, mint: &mut Mint) -> Message {
        let (link_token, code) = match self.secret {
            Secret::None => (None, None),
            Secret::Link(sealed) => (Some(sealed), None),
            Secret::Code(sealed) => (None, Some(sealed)),
        };
        Message {
            id: mint.next(),
            about_kind: self.about,
            about_id: self.about_id,
            client_id: self.client_id,
            kind: self.kind,
            channel: self.channel,
            recipient: self.recipient,
            data: serde_json::to_string(&self.facts).expect("texts and integers"),
            link_token,
            code,
            state: State::Waiting,
            attempts: 0,
            next_at: Some(mint.now()),
            last_error: None,
            sent_at: None,
            provider_answer: None,
        }
    }
}

impl Facts {
    /// The facts every message about money has.
    pub fn of(client: impl Into<String>, recipient: impl Into<String>, amount: Money) -> Facts {
        Facts { amount: Some(amount), ..Facts::about(client, recipient) }
    }

    /// The facts every message has.
    pub fn about(client: impl Into<String>, recipient: impl Into<String>) -> Facts {
        Facts {
            client: client.into(),
            recipient: recipient.into(),
            amount: None,
            purpose: None,
            reference: None,
            expires_at: None,
            account: None,
            reason: None,
            minutes: None,
        }
    }
}

impl Message {
    /// When to try again after the try that just failed, or none when it was the last.
    pub fn next_try(&self, now: i64) -> Option<i64> {
        let doublings = u32::try_from(self.attempts.clamp(1, 16) - 1).unwrap_or(0);
        let pause = (MINUTE << doublings).min(LONGEST_PAUSE);
        let next = now + pause;
        (next - self.id.created_at() <= self.kind.patience()).then_some(next)
    }

    /// Whether nobody wants it any more.
    pub fn is_stale(&self, now: i64) -> bool {
        now - self.id.created_at() > self.kind.patience()
    }
}

impl Kind {
    fn patience(self) -> i64 {
        if self == Kind::LinkCode { CODE_PATIENCE } else { PATIENCE }
    }

    /// In a list of deliveries: `Payout link`.
    pub fn words(self) -> &'static str {
        match self {
            Kind::LinkIssued => "Payout link",
            Kind::LinkReminder => "Reminder",
            Kind::LinkPaid => "Payment notice",
            Kind::LinkAttemptFailed => "Request for other details",
            Kind::LinkCancelled => "Cancellation notice",
            Kind::LinkCode => "One-time code",
            Kind::PayoutNotice => "Payout notice",
            Kind::ReversalNotice => "Reversal notice",
            Kind::WebhookOff => "Webhook notice",
        }
    }
}

/// A phone number as gateways take it: `+` and 8 to 15 digits. None when it lacks the country's code.
pub fn phone(text: &str) -> Option<String> {
    let kept: String =
        text.chars().filter(|letter| !matches!(letter, ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')')).collect();
    let digits = kept.strip_prefix('+').or_else(|| kept.strip_prefix("00"))?;
    let right = (8..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    right.then(|| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Id;
    use crate::domain::money::Currency;

    fn message(kind: Kind) -> Message {
        let mut mint = Mint::new(|| 42);
        mint.turn_to(MINUTE);
        NewMessage {
            about: About::Link,
            about_id: "lnk_x".into(),
            client_id: Id::first_at(1),
            kind,
            channel: Channel::Email,
            recipient: "nora@example.com".into(),
            facts: Facts::of("Larkfield", "Nora", Money::new(100, Currency::USD)),
            secret: Secret::Link("v1.x.y".into()),
        }
        .row(&mut mint)
    }

    #[test]
    fn pauses_double_up_to_an_hour_and_end_after_a_day() {
        let mut message = message(Kind::LinkIssued);
        let mut now = MINUTE;
        let mut pauses = Vec::new();
        loop {
            message.attempts += 1;
            let Some(next) = message.next_try(now) else { break };
            pauses.push((next - now) / MINUTE);
            now = next;
        }
        assert_eq!(pauses[..7], [1, 2, 4, 8, 16, 32, 60]);
        assert!(pauses[7..].iter().all(|pause| *pause == 60));
        assert!(pauses.len() < 40 && now - MINUTE <= PATIENCE);
    }

    #[test]
    fn a_code_is_not_sent_once_it_is_of_no_use() {
        let code = message(Kind::LinkCode);
        assert!(!code.is_stale(MINUTE + CODE_PATIENCE) && code.is_stale(MINUTE + CODE_PATIENCE + 1));
        assert_eq!(Message { attempts: 5, ..code }.next_try(MINUTE), None);
    }

    #[test]
    fn phones_need_their_country() {
        for (typed, kept) in [
            ("+44 20 7946 0000", Some("+442079460000")),
            ("0049 (30) 123456", Some("+4930123456")),
            ("+1-555-010-0199", Some("+15550100199")),
            ("020 7946 0000", None),
            ("+0 20 7946 0000", None),
            ("+44 20 7946 0000 ext 5", None),
            ("+1234567", None),
            ("+1\r\nX: y 23456789", None),
            ("", None),
        ] {
            assert_eq!(phone(typed).as_deref(), kept, "{typed:?}");
        }
    }
}
