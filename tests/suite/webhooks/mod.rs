//! Webhooks, from the change to a real receiver.

mod delivery;
mod manage;
mod outbox;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use paydesk::domain::dialect::Dialect;
use paydesk::domain::webhook::{Delivery, Webhook};
use paydesk::jobs;
use paydesk::service::webhooks::deliveries::{self, Query};
use paydesk::service::webhooks::{self, NewWebhook, Signed, Which};
use sha2::Sha256;

use crate::support::app::{SECOND, TestApp, TestDesk, spawn_with};
use crate::support::receiver::{Heard, Receiver};

const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// A desk that may call this machine, and does not wait for long.
async fn desk() -> TestApp {
    spawn_with(|config| {
        config.webhooks.hosts = vec!["127.0.0.1".into()];
        config.webhooks.patience = Duration::from_secs(2);
    })
    .await
}

/// A webhook of the first client at this address; no names are the usual ones.
async fn webhook(test: &TestDesk, url: &str, events: &[&str]) -> Signed {
    let events = (!events.is_empty()).then(|| events.iter().map(|name| (*name).to_owned()).collect());
    let new = NewWebhook { client: Some("1".into()), url: Some(url.to_owned()), events };
    webhooks::create(&test.desk, &test.admin, Dialect::Wallet, &new).await.expect("a webhook")
}

async fn found(test: &TestDesk, webhook: &Webhook) -> Webhook {
    webhooks::get(&test.desk, &test.admin, Which::any(webhook.id)).await.expect("the webhook")
}

/// Everything a webhook was sent, the oldest first.
async fn log(test: &TestDesk, webhook: &Webhook) -> Vec<Delivery> {
    let query = Query { limit: 1_000, ..Query::default() };
    let listed = deliveries::list(&test.desk, &test.admin, Which::any(webhook.id), &query).await;
    let (_, mut found) = listed.expect("a log");
    found.reverse();
    found
}

/// Moves the clock, and lets the jobs look once.
async fn after(test: &TestDesk, micros: i64) {
    test.clock.advance(micros);
    jobs::look(&test.desk).await.expect("jobs");
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// `v1,…` of Standard Webhooks for what was heard, as a receiver with this secret computes it.
fn standard(secret: &str, heard: &Heard) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a prefix")).expect("base64");
    let signed = format!("{}.{}.{}", heard.header("webhook-id"), heard.header("webhook-timestamp"), heard.body);
    format!("v1,{}", STANDARD.encode(hmac(&key, &signed)))
}

/// `v1=…` of the contract.
fn own(secret: &str, heard: &Heard) -> String {
    let signed = format!("{}.{}", heard.header("webhook-timestamp"), heard.body);
    let hex: String = hmac(secret.as_bytes(), &signed).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v1={hex}")
}

fn ids(receiver: &Receiver) -> Vec<String> {
    receiver.heard().iter().map(|heard| heard.header("webhook-id").to_owned()).collect()
}
