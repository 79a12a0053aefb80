//! A program that talks to `/api/1.0` over HTTP, as Revolut's clients do.

use paydesk::domain::caller::{Caller, Via};
use paydesk::domain::staff::Scope;
use paydesk::service::credentials::{self, NewCredential};
use paydesk::service::oauth;
use paydesk::service::wallet_settings::{self, WalletInput};
use paydesk::store::credentials::TokenKind;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::api::{Answer, send};
use super::app::{SECOND, TestApp, USD, spawn_with};

/// One program with its access token, or somebody without one.
#[derive(Clone)]
pub struct Revolut {
    client: Client,
    base_url: String,
    token: Option<String>,
}

/// A desk whose programs may ask as often as a test wants.
pub async fn spawn() -> TestApp {
    spawn_with(|config| config.rate_limits.revolut = 0).await
}

impl TestApp {
    /// A program of the first client with the scopes READ, WRITE and PAY.
    pub async fn revolut(&self) -> Revolut {
        self.revolut_for("1", &[Scope::Read, Scope::Write, Scope::Pay]).await
    }

    /// A program of the other client.
    pub async fn other_revolut(&self) -> Revolut {
        self.revolut_for("2", &[Scope::Read, Scope::Write, Scope::Pay]).await
    }

    /// A program of a client with these scopes; the same one when it is asked for again.
    pub async fn revolut_for(&self, client: &str, scopes: &[Scope]) -> Revolut {
        let scopes: Vec<String> = scopes.iter().map(|scope| scope.name().to_owned()).collect();
        let name = format!("Revolut program of client {client} with {}", scopes.join(" "));
        let mut tokens = self.tokens.lock().await;
        if !tokens.contains_key(&name) {
            let new = NewCredential {
                dialect: "revolut".into(),
                client: client.into(),
                owner: "anna@example.com".into(),
                name: name.clone(),
                scopes,
                issuer: "example.com".into(),
                ..NewCredential::default()
            };
            let command = Caller::system(Via::Command, "test");
            let issued = credentials::create(&self.test.desk, &command, &new).await.expect("a credential");
            // However far a test moves the clock.
            let life = 1_000 * 24 * 3_600 * SECOND;
            let token = oauth::mint(&self.test.desk, issued.credential.id, TokenKind::Access, life).await;
            tokens.insert(name.clone(), token.expect("a token"));
        }
        self.revolut_with(Some(&tokens[&name]))
    }

    pub fn revolut_with(&self, token: Option<&str>) -> Revolut {
        Revolut { client: Client::new(), base_url: self.base_url.clone(), token: token.map(str::to_owned) }
    }

    /// The account of a wallet, as this dialect spells its id.
    pub async fn account(&self, wallet: i64) -> String {
        let wallet = paydesk::service::wallets::get(&self.test.desk, &self.test.admin, wallet).await.expect("a wallet");
        wallet.id.hyphenated()
    }

    /// Another USD wallet of the first client, without money: its number and its account.
    pub async fn empty_account(&self) -> (i64, String) {
        let input = WalletInput {
            client: "1".into(),
            name: "Reserve USD".into(),
            currency: "USD".into(),
            ..WalletInput::default()
        };
        let number = wallet_settings::create(&self.test.desk, &self.test.admin, &input).await.expect("a wallet");
        (number, self.account(number).await)
    }

    /// A counterparty of the first client with an account in the US, and the account.
    pub async fn counterparty(&self) -> (String, String) {
        let saved = self.revolut().await.post("/counterparty", &counterparty()).await;
        assert_eq!(saved.status, 200, "{}", saved.text);
        let account = saved.json()["accounts"][0]["id"].as_str().expect("an account").to_owned();
        (saved.id(), account)
    }

    /// The body of a payout link of USD 105.60.
    pub async fn link_body(&self) -> Value {
        json!({
            "counterparty_name": "Ada Byron",
            "request_id": "rent-2026-01",
            "account_id": self.account(USD).await,
            "amount": 105.6,
            "currency": "USD",
            "reference": "Rent",
        })
    }
}

impl Revolut {
    /// A request to be filled; `path` is below the host.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.client.request(method, format!("{}{path}", self.base_url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// `path` is below `/api/1.0`.
    pub async fn get(&self, path: &str) -> Answer {
        send(self.request("GET", &format!("/api/1.0{path}"))).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_text(path, &body.to_string()).await
    }

    /// Sends a body exactly as written, without saying that it is JSON.
    pub async fn post_text(&self, path: &str, body: &str) -> Answer {
        send(self.request("POST", &format!("/api/1.0{path}")).body(body.to_owned())).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        send(self.request("DELETE", &format!("/api/1.0{path}"))).await
    }
}

impl Answer {
    /// Fails unless it is exactly this error, with an `error_id` where the contract has one.
    #[track_caller]
    pub fn is_error(&self, status: u16, code: u16, message: &str) {
        let mut body = self.json();
        if matches!(status, 401 | 403 | 429 | 500 | 503) {
            let id = body.as_object_mut().and_then(|members| members.remove("error_id")).expect("an error_id");
            assert_eq!(id.as_str().map(str::len), Some(36), "{}", self.text);
        }
        assert_eq!((self.status, body), (status, json!({ "code": code, "message": message })), "{}", self.text);
        assert_eq!(self.header("content-type"), "application/json");
    }
}

/// The same body with one member changed; null takes it out.
pub fn with(body: &Value, member: &str, value: Value) -> Value {
    let mut body = body.clone();
    let members = body.as_object_mut().expect("an object");
    match value {
        Value::Null => drop(members.remove(member)),
        value => drop(members.insert(member.to_owned(), value)),
    }
    body
}

/// Ada Byron with an account in the US.
pub fn counterparty() -> Value {
    json!({
        "individual_name": {"first_name": "Ada", "last_name": "Byron"},
        "bank_country": "US",
        "currency": "USD",
        "account_no": "000123456789",
        "routing_number": "021000021",
    })
}
