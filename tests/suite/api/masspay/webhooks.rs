//! What a receiver hears in MassPay's words: the contract's section 6.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use paydesk::domain::dialect::Dialect;
use paydesk::jobs;
use paydesk::service::webhooks::{self, NewWebhook};
use serde_json::json;
use sha2::Sha512;

use super::{MassPay, on, path_of, with_jobs};
use crate::support::app::{SECOND, spawn_with};
use crate::support::receiver::{Heard, Receiver};

/// The signature as a receiver with this secret computes it.
fn signature(secret: &str, seconds: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(format!("{seconds}|{body}").as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_of_status_and_each_reversal_is_told_as_the_api_answers_it_signed() {
    let receiver = Receiver::start().await;
    let app = spawn_with(|config| {
        config.webhooks.hosts = vec!["127.0.0.1".into()];
        config.webhooks.patience = Duration::from_millis(400);
    });
    let app = on(app.await).await;
    let new = NewWebhook { client: Some("1".into()), url: Some(receiver.url()), events: None };
    let made = webhooks::create(&app.test.desk, &app.test.admin, Dialect::MassPay, &new).await.expect("a webhook");
    let paid = app.test.completed("100.00").await;
    let masspay = MassPay::of(&app);
    let reversal = with_jobs(&app, masspay.post(&format!("{}/reversal", path_of(&paid)), json!({"amount": 40}))).await;
    for _ in 0..3 {
        app.test.clock.advance(SECOND);
        jobs::look(&app.test.desk).await.expect("jobs");
    }
    let heard = receiver.heard();
    let types = |wanted: &str| -> Vec<Heard> {
        let of_type = heard.iter().filter(|heard| heard.json()["event_type"] == wanted);
        of_type.cloned().collect()
    };
    let mut statuses: Vec<String> =
        types("payout").iter().map(|heard| heard.json()["status"].as_str().unwrap().to_owned()).collect();
    statuses.sort();
    assert_eq!(statuses, ["COMPLETED", "PENDING", "PROCESSING"], "what is one status here is told once");
    let mut told: Vec<String> =
        types("payout_reversal").iter().map(|heard| heard.json()["status"].as_str().unwrap().to_owned()).collect();
    told.sort();
    assert_eq!(told, ["COMPLETED", "PENDING"]);
    for heard in &heard {
        assert_eq!(heard.header("content-type"), "application/json");
        let header = heard.header("x-masspay-signature");
        let (seconds, sent) = header.strip_prefix("t=").and_then(|rest| rest.split_once(",s=")).expect("t=…,s=…");
        assert_eq!(sent, signature(&made.secret, seconds, &heard.body));
        assert_eq!(sent.len(), 128);
    }
    let completed = types("payout").into_iter().find(|heard| heard.json()["status"] == "COMPLETED").unwrap();
    assert_eq!(completed.json()["reversible_amount"], json!(100.0), "as it stood");
    let reversed = types("payout_reversal").into_iter().find(|heard| heard.json()["status"] == "COMPLETED").unwrap();
    let mut expected = reversal.json();
    expected["event_type"] = json!("payout_reversal");
    assert_eq!(reversed.json(), expected);
    assert!(reversed.body.contains(r#""amount":40.00,"#), "{}", reversed.body);
    app.test.verify().await;
}
