//! What whoever runs the desk sees of it: health, figures, and a log in which every request can be followed.

use std::process::Stdio;

use serde_json::{Value, json};

use super::{text_of, token};
use crate::support::api::{Api, payout_with, send};
use crate::support::process::{Ground, Process};

#[tokio::test(flavor = "multi_thread")]
async fn every_line_that_a_request_causes_has_its_id_and_no_secret() {
    let ground = Ground::file();
    ground.demo().await.kill();
    let log = ground.path().join("log");
    let file = std::fs::File::create(&log).expect("a file");
    let process = Process::start_logging(ground.command(&["serve"]), Stdio::from(file)).await;
    let credentials = ground.credentials();
    let token = token(&credentials, "wallet");
    let api = Api::at(&process.base_url, Some(&token));
    let body = payout_with("LOGGED", "wallet_id", credentials["samples"]["wallet_id"].clone());
    let named = send(api.request("POST", "/payouts").json(&body).header("X-Request-Id", "follow-me_1")).await;
    assert_eq!((named.status, named.header("x-request-id")), (201, "follow-me_1"));
    let made_up = api.get("/payouts?search=john.doe").await;
    let cleaned = send(api.request("GET", "/payouts").header("X-Request-Id", "not an id!")).await;
    assert_ne!(cleaned.header("x-request-id"), "not an id!");
    process.terminate();
    assert!(process.ended().success());

    let text = std::fs::read_to_string(&log).expect("a log");
    for secret in [token.as_str(), "john.doe", "LOGGED"] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect();
    let answered: Vec<&Value> = lines.iter().filter(|line| line["message"] == "answered").collect();
    let id = |line: &Value| line["span"]["request_id"].as_str().unwrap_or_default().to_owned();
    assert!(answered.len() > 3 && answered.iter().all(|line| !id(line).is_empty()), "{text}");
    for (request_id, status) in [("follow-me_1", 201), (made_up.header("x-request-id"), 200)] {
        let line = answered.iter().find(|line| id(line) == request_id).unwrap_or_else(|| panic!("no {request_id}"));
        assert_eq!((&line["status"], text_of(&line["path"])), (&json!(status), "/api/v1/payouts"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_figures_are_there_without_signing_in() {
    let ground = Ground::file();
    let process = ground.demo().await;
    assert_eq!(process.status("/healthz").await, Some(200));
    assert_eq!(process.status("/readyz").await, Some(200));
    let figures = reqwest::get(format!("{}/metrics", process.base_url)).await.expect("an answer");
    assert!(figures.headers()["content-type"].to_str().expect("ASCII").starts_with("text/plain; version=0.0.4"));
    let text = figures.text().await.expect("text");
    assert!(text.contains("# TYPE paydesk_commit_jobs"), "{text}");
    assert!(text.contains("paydesk_request_seconds_bucket{method=\"GET\",route=\"/healthz\",status=\"200\""), "{text}");
}
