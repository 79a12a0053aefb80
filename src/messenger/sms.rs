//! Text messages through an HTTP gateway: `POST {"to": "+44…", "text": "…"}`.

use reqwest::header::{CONTENT_TYPE, HeaderValue};

use super::{Delivery, Letter, told};
use crate::config::Sms;
use crate::domain::message::{Message, phone};
use crate::outgoing;

/// A gateway.
pub struct Texts {
    client: Result<reqwest::Client, String>,
    sms: Sms,
}

/// Answers that ask for another try: timeout, too early, too many.
const LATER: [u16; 3] = [408, 425, 429];

impl Texts {
    pub fn new(sms: &Sms) -> Texts {
        Texts { client: outgoing::client(), sms: sms.clone() }
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
        let body = serde_json::json!({ "to": to, "text": letter.short }).to_string();
        let mut request = client
            .post(&self.sms.url)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header("Idempotency-Key", message.id.to_string())
            .body(body);
        if let Some(token) = &self.sms.token {
            request = request.bearer_auth(&token.0);
        }
        let response = match request.send().await {
            Ok(response) => response,
            // Without its address: it may hold a secret.
            Err(error) => {
                return Delivery::Later(told(&format!("the gateway does not answer: {}", error.without_url())));
            }
        };
        let status = response.status();
        let words = told(&format!("HTTP {}", status.as_u16()));
        if status.is_success() {
            Delivery::Sent(words)
        } else if status.is_client_error() && !LATER.contains(&status.as_u16()) && !is_sign_in(status.as_u16()) {
            Delivery::Refused(format!("the gateway refused it: {words}"))
        } else {
            Delivery::Later(format!("the gateway could not take it: {words}"))
        }
    }
}

/// The gateway does not know us: nothing is wrong with the message.
fn is_sign_in(status: u16) -> bool {
    matches!(status, 401 | 403)
}
