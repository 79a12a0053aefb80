//! Text messages through an HTTP gateway: `POST {"to": "+44…", "text": "…"}`.

use super::{Delivery, Letter, told};
use crate::config::Sms;
use crate::domain::message::{Message, phone};
use crate::outgoing::Client;
use crate::outgoing::http::Request;
use crate::outgoing::http::header::{AUTHORIZATION, CONTENT_TYPE};

/// A gateway.
pub struct Texts {
    client: Result<Client, String>,
    sms: Sms,
}

/// Answers that say nothing about the message: we are not known, it took too long, it was too early or too much.
const LATER: [u16; 5] = [401, 403, 408, 425, 429];

impl Texts {
    pub fn new(sms: &Sms) -> Texts {
        Texts { client: Client::new(), sms: sms.clone() }
    }

    /// One try. The message's id goes with it, so that a gateway can tell a try that it has seen.
    pub async fn send(&self, message: &Message, letter: &Letter) -> Delivery {
        let Some(to) = phone(&message.recipient) else {
            return Delivery::Refused("the phone number must begin with + and the country’s code".into());
        };
        let client = match &self.client {
            Ok(client) => client,
            Err(error) => return Delivery::Later(told(error)),
        };
        let mut request = Request::post(&self.sms.url)
            .header(CONTENT_TYPE, "application/json")
            .header("Idempotency-Key", message.id.to_string());
        if let Some(token) = &self.sms.token {
            request = request.header(AUTHORIZATION, format!("Bearer {}", token.0));
        }
        let body = serde_json::json!({ "to": to, "text": letter.short }).to_string();
        let Ok(request) = request.body(body.into_bytes()) else {
            return Delivery::Later("PAYDESK_SMS_URL or PAYDESK_SMS_TOKEN cannot be used as it is".into());
        };
        let status = match client.send(request).await {
            Ok(answer) => answer.status(),
            Err(error) => return Delivery::Later(format!("the gateway: {error}")),
        };
        let words = format!("HTTP {}", status.as_u16());
        if status.is_success() {
            Delivery::Sent(words)
        } else if status.is_client_error() && !LATER.contains(&status.as_u16()) {
            Delivery::Refused(format!("the gateway refused it: {words}"))
        } else {
            Delivery::Later(format!("the gateway could not take it: {words}"))
        }
    }
}
