//! Killed or stopped in a storm of requests: what was acknowledged is there afterwards.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::{text_of, token};
use crate::support::api::{Answer, Api, payout_with, try_send};
use crate::support::process::{Ground, Process};

/// What a storm was told: the ids of payouts that were made, and of those that were cancelled.
#[derive(Default)]
struct Told {
    made: Vec<String>,
    cancelled: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_was_acknowledged_survives_a_kill() {
    let ground = Ground::new().await;
    let mut process = ground.demo().await;
    let token = token(&ground.credentials(), "wallet");
    let mut told = Told::default();
    for pause in [300, 700, 1_100] {
        let storm = Storm::begin(&process, &token);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        process.kill();
        let seen = storm.end().await;
        assert!(seen.cancelled.len() > 10, "a storm of {} cancels is none", seen.cancelled.len());
        told.made.extend(seen.made);
        told.cancelled.extend(seen.cancelled);
        ground.verify();
        process = ground.serve().await;
        let api = Api::at(&process.base_url, Some(&token));
        for id in &told.cancelled {
            assert_eq!(api.get(&format!("/payouts/{id}")).await.member("status"), "cancelled", "{id}");
        }
        for id in &told.made {
            assert_eq!(api.get(&format!("/payouts/{id}")).await.status, 200, "{id}");
        }
    }
    process.kill();
    ground.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_stop_it_finishes_what_runs() {
    let ground = Ground::new().await;
    let process = ground.demo().await;
    let token = token(&ground.credentials(), "wallet");
    let paid = text_of(&ground.credentials()["samples"]["payouts"]["completed"][0]).to_owned();
    let storm = Storm::begin(&process, &token);
    tokio::time::sleep(Duration::from_millis(400)).await;
    let api = Api::at(&process.base_url, Some(&token));
    let slow = async { api.post(&format!("/payouts/{paid}/reversals"), json!({ "reason": "last" })).await };
    let stop = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        process.terminate();
    };
    let (reversed, ()) = tokio::join!(slow, stop);
    assert_eq!(reversed.status, 201, "{}", reversed.text);
    let told = storm.end().await;
    assert!(process.ended().success(), "exit code 0");
    ground.verify();
    let process = ground.serve().await;
    let api = Api::at(&process.base_url, Some(&token));
    for id in &told.cancelled {
        assert_eq!(api.get(&format!("/payouts/{id}")).await.member("status"), "cancelled", "{id}");
    }
    let list = api.get(&format!("/payouts/{paid}/reversals")).await.json();
    assert_eq!(list[0]["id"], reversed.member("id"));
}

/// Many programs that make payouts and cancel them, as fast as they can, until nobody answers.
struct Storm {
    told: Arc<Mutex<Told>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Storm {
    fn begin(process: &Process, token: &str) -> Storm {
        let told = Arc::new(Mutex::new(Told::default()));
        let run: u32 = rand::random();
        let tasks = (0..24).map(|task| {
            let (told, api) = (Arc::clone(&told), Api::at(&process.base_url, Some(token)));
            tokio::spawn(async move {
                for n in 0.. {
                    let body = payout_with(&format!("STORM_{run:08x}_{task}_{n}"), "amount", json!("1.00"));
                    let Some(made) = try_post(&api, "/payouts", &body).await else { return };
                    assert_eq!(made.status, 201, "{}", made.text);
                    let id = made.id();
                    told.lock().expect("no panic").made.push(id.clone());
                    let Some(gone) = try_post(&api, &format!("/payouts/{id}/cancel"), &json!({})).await else { return };
                    assert_eq!(gone.status, 200, "{}", gone.text);
                    told.lock().expect("no panic").cancelled.push(id);
                }
            })
        });
        Storm { tasks: tasks.collect(), told }
    }

    /// Waits until the last program has noticed that nobody answers.
    async fn end(self) -> Told {
        for task in self.tasks {
            task.await.expect("every answer was a success");
        }
        std::mem::take(&mut *self.told.lock().expect("no panic"))
    }
}

/// Nothing when the program ended before it answered.
async fn try_post(api: &Api, path: &str, body: &Value) -> Option<Answer> {
    try_send(api.request("POST", path).json(body)).await.ok()
}
