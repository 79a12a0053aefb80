//! MassPay's API over HTTP, as `contracts/reversals.md` says.

mod keys;
mod payouts;
mod quotes;
mod reversals;
mod webhooks;

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use paydesk::domain::command::PayoutRecord;
use paydesk::domain::dialect::Dialect;
use paydesk::domain::ids::{PayoutId, WalletId};
use paydesk::domain::staff::Scope;
use paydesk::service::credentials::NewCredential;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::api::{Answer, send};
use crate::support::app::TestApp;
use crate::support::programs::{form, issue};

/// A desk with the keys of its programs: of the first client with all scopes and with READ alone, and of the other one.
struct App {
    app: TestApp,
    key: String,
    readonly_key: String,
    other_key: String,
}

impl Deref for App {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

impl DerefMut for App {
    fn deref_mut(&mut self) -> &mut TestApp {
        &mut self.app
    }
}

async fn spawn() -> App {
    on(crate::support::app::spawn().await).await
}

async fn on(app: TestApp) -> App {
    let key = key_of(&app, form(Dialect::MassPay)).await;
    let readonly = NewCredential { scopes: vec![Scope::Read.name().into()], ..form(Dialect::MassPay) };
    let readonly_key = key_of(&app, readonly).await;
    let other_key = key_of(&app, NewCredential { client: "2".into(), ..form(Dialect::MassPay) }).await;
    App { app, key, readonly_key, other_key }
}

async fn key_of(app: &TestApp, new: NewCredential) -> String {
    issue(&app.test, &new).await.secret.expect("a key")
}

/// A program with its key, or somebody without one.
#[derive(Clone)]
struct MassPay {
    client: Client,
    base_url: String,
    key: Option<String>,
}

impl MassPay {
    fn at(base_url: &str, key: Option<&str>) -> MassPay {
        MassPay { client: Client::new(), base_url: base_url.to_owned(), key: key.map(str::to_owned) }
    }

    fn of(app: &App) -> MassPay {
        MassPay::at(&app.base_url, Some(&app.key))
    }

    /// A request to be filled; `path` is below `/v1.0.0`.
    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.client.request(method, format!("{}/v1.0.0{path}", self.base_url));
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        send(self.request("GET", path)).await
    }

    async fn put(&self, path: &str) -> Answer {
        send(self.request("PUT", path)).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.request("POST", path).json(&body)).await
    }

    async fn post_with(&self, key: &str, path: &str, body: &Value) -> Answer {
        send(self.request("POST", path).header("Idempotency-Key", key).json(body)).await
    }
}

/// Waits for an answer, and lets the jobs ask the provider meanwhile.
async fn with_jobs<T>(app: &TestApp, answer: impl Future<Output = T>) -> T {
    let jobs = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        app.test.run_jobs(1).await;
    };
    tokio::join!(answer, jobs).0
}

fn payout_token(id: PayoutId) -> String {
    id.token("payout_")
}

fn user_token(record: &PayoutRecord) -> String {
    record.payout.payee_id.token("usr_")
}

fn wallet_token(id: WalletId) -> String {
    id.token("clnt_wlt_")
}

/// Where a payout and its reversals are found.
fn path_of(record: &PayoutRecord) -> String {
    format!("/payout/{}/{}", user_token(record), payout_token(record.payout.id))
}

/// Fails unless it is a refusal with exactly the contract's members and this reason, and answers the details.
#[track_caller]
fn refuses(answer: &Answer, reason: &str, message: &str) -> Value {
    let body = answer.json();
    let details = body["error"]["details"].clone();
    let expected = json!({"title": "Bad request.", "message": message, "code": 400,
                          "error": {"reason": reason, "details": details}});
    assert_eq!((answer.status, body), (400, expected));
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(details.as_array().is_some_and(|details| details.iter().all(Value::is_string) && !details.is_empty()));
    details
}

/// Fails unless it is a refusal without a reason: any status but 400.
#[track_caller]
fn says(answer: &Answer, status: u16, title: &str) {
    let body = answer.json();
    assert_eq!((answer.status, &body["title"], &body["code"]), (status, &json!(title), &json!(status)), "{body}");
    assert!(body["message"].is_string() && body.get("error").is_none(), "{body}");
    assert_eq!(answer.header("content-type"), "application/json");
}
