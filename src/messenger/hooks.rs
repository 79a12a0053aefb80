//! Posts to webhooks: addresses that clients typed, so nothing but the public internet is reached.

use crate::config::WebhookConfig;
use crate::domain::webhook::signature::Header;
use crate::outgoing::Guarded;
use crate::outgoing::http::Request;
use crate::outgoing::http::header::CONTENT_TYPE;

/// How much of an answer is kept, in characters.
const KEPT: usize = 2_000;

/// What webhooks are called with.
pub struct Hooks {
    client: Result<Guarded, String>,
}

/// What a receiver said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status; none when there was no answer.
    pub status: Option<i64>,
    /// The beginning of the answer, or why there was none.
    pub text: String,
}

impl Hooks {
    pub fn new(config: &WebhookConfig) -> Hooks {
        Hooks { client: Guarded::new(&config.hosts, config.patience) }
    }

    /// Whether an address may be called, as far as it tells itself. The error is to be read after the field's name.
    pub fn check(&self, url: &str) -> Result<(), String> {
        self.client.as_ref().map_err(String::clone)?.check(url).map(|_| ()).map_err(|why| why.to_string())
    }

    /// One try.
    pub async fn post(&self, url: &str, headers: &[Header], body: String) -> Reply {
        match self.answer(url, headers, body).await {
            Ok(reply) => reply,
            Err(why) => Reply { status: None, text: why },
        }
    }

    async fn answer(&self, url: &str, headers: &[Header], body: String) -> Result<Reply, String> {
        let client = self.client.as_ref().map_err(String::clone)?;
        let mut request = Request::post(url).header(CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(body.into_bytes()).map_err(|_| "the address cannot be used as it is".to_owned())?;
        let answer = client.send(request).await.map_err(|why| why.to_string())?;
        let text = String::from_utf8_lossy(answer.body());
        let text = text.chars().filter(|c| !c.is_control() || *c == '\n').take(KEPT).collect();
        Ok(Reply { status: Some(answer.status().as_u16().into()), text })
    }
}

impl Reply {
    /// Whether the receiver took it; a redirect is not followed and takes nothing.
    pub fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}
