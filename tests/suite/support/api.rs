//! A program that talks to `/api/v1` over HTTP.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::app::{TestApp, USD};
use super::described::Exchange;

/// One program with its token, or somebody without one.
#[derive(Clone)]
pub struct Api {
    client: Client,
    base_url: String,
    /// What stands before every path.
    below: &'static str,
    token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl TestApp {
    /// A program of the first client with the scopes READ, WRITE and PAY.
    pub fn api(&self) -> Api {
        self.api_with(Some(&self.test.token))
    }

    pub fn readonly_api(&self) -> Api {
        self.api_with(Some(&self.test.readonly_token))
    }

    /// A program of the other client.
    pub fn other_api(&self) -> Api {
        self.api_with(Some(&self.test.other_token))
    }

    pub fn api_with(&self, token: Option<&str>) -> Api {
        Api::at(&self.base_url, token)
    }

    /// Sends a reversal and lets the jobs ask the provider meanwhile.
    pub async fn reverse(&self, api: &Api, id: &str, body: Value) -> Answer {
        let jobs = async {
            tokio::time::sleep(Duration::from_millis(150)).await;
            self.test.run_jobs(1).await;
        };
        let path = format!("/payouts/{id}/reversals");
        tokio::join!(api.post(&path, body), jobs).0
    }
}

impl Api {
    /// A program that talks to a desk at an address.
    pub fn at(base_url: &str, token: Option<&str>) -> Api {
        Api { client: Client::new(), base_url: base_url.to_owned(), below: "/api/v1", token: token.map(str::to_owned) }
    }

    /// The same, whose paths start at the top of the server.
    pub fn at_root(base_url: &str, token: Option<&str>) -> Api {
        Api { below: "", ..Api::at(base_url, token) }
    }

    /// A request to be filled; `path` is below `/api/v1`.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.client.request(method, format!("{}{}{path}", self.base_url, self.below));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.post_text(path, &body.to_string()).await
    }

    /// Sends JSON exactly as written.
    pub async fn post_text(&self, path: &str, body: &str) -> Answer {
        let request = self.request("POST", path).header("Content-Type", "application/json");
        send(request.body(body.to_owned())).await
    }

    pub async fn post_nothing(&self, path: &str) -> Answer {
        send(self.request("POST", path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        send(self.request("DELETE", path)).await
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// A member of the body, null when it is missing.
    pub fn member(&self, name: &str) -> Value {
        self.json()[name].clone()
    }

    /// The id in the body.
    pub fn id(&self) -> String {
        self.member("id").as_str().unwrap_or_else(|| panic!("no id in {}", self.text)).to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    /// Fails unless the body has exactly the contract's two members with these values.
    #[track_caller]
    pub fn refuses(&self, status: u16, error: &str, message: &str) {
        let expected = json!({ "error": error, "message": message });
        assert_eq!((self.status, self.json()), (status, expected));
        assert_eq!(self.header("content-type"), "application/json");
    }

    /// Fails unless it is a 400 whose message starts like this.
    #[track_caller]
    pub fn refuses_member(&self, start: &str) {
        let message = self.member("message").as_str().unwrap_or_default().to_owned();
        assert_eq!((self.status, self.member("error")), (400, json!("BadRequest")), "{}", self.text);
        assert!(message.starts_with(start), "{message} should start with {start}");
    }
}

pub async fn send(request: RequestBuilder) -> Answer {
    try_send(request).await.expect("an answer")
}

/// The whole answer, or an error when the server went away before it was told. It must be one that the document of
/// the APIs allows.
pub async fn try_send(request: RequestBuilder) -> reqwest::Result<Answer> {
    let (answer, exchange) = exchange(request).await?;
    exchange.of(&answer).check();
    Ok(answer)
}

/// A request as it was sent.
pub struct Sent {
    method: String,
    path: String,
    body: Option<Vec<u8>>,
}

impl Sent {
    /// The request together with its answer.
    pub fn of<'a>(&'a self, answer: &'a Answer) -> Exchange<'a> {
        Exchange {
            method: &self.method,
            path: &self.path,
            request: self.body.as_deref(),
            status: answer.status,
            headers: &answer.headers,
            text: &answer.text,
        }
    }
}

/// Sends a request without holding its answer against the document.
pub async fn exchange(request: RequestBuilder) -> reqwest::Result<(Answer, Sent)> {
    let (client, request) = request.build_split();
    let request = request?;
    let sent = Sent {
        method: request.method().to_string(),
        path: request.url().path().to_owned(),
        body: request.body().and_then(|body| body.as_bytes()).map(<[u8]>::to_vec),
    };
    let response = client.execute(request).await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok((Answer { status, headers, text: response.text().await? }, sent))
}

/// The body of a payout of USD 100.00 to John Doe.
pub fn payout(reference: &str) -> Value {
    json!({
        "reference_id": reference,
        "wallet_id": USD,
        "amount": 100,
        "currency": "USD",
        "beneficiary_email": "john.doe@example.com",
        "beneficiary_first_name": "John",
        "beneficiary_last_name": "Doe",
        "beneficiary_country": "US",
    })
}

/// The same with one member changed.
pub fn payout_with(reference: &str, member: &str, value: Value) -> Value {
    let mut body = payout(reference);
    body[member] = value;
    body
}

/// The body of a payout link of USD 100.00 to John Doe.
pub fn link() -> Value {
    json!({
        "wallet_id": USD,
        "amount": 100,
        "currency": "USD",
        "contact_name": "John Doe",
        "contact_type": "customer",
        "contact_email": "john.doe@example.com",
        "contact_phone": "+1 202 555 0142",
        "purpose": "refund",
        "description": "Refund of order 4711",
        "receipt": "Receipt 1",
        "reference": "ORDER-4711",
        "notes": {"order": "4711"},
        "expire_by": "2026-01-16T10:30:00Z",
    })
}

/// The same with one member changed.
pub fn link_with(member: &str, value: Value) -> Value {
    let mut body = link();
    body[member] = value;
    body
}
