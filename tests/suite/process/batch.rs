//! The hard day: everything is frozen and cancelled as one batch, clerks click meanwhile, and the process is killed
//! twice.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use paydesk::store::Reader;
use rand::RngExt;
use serde_json::{Value, json};

use crate::support::api::{Answer, Api, try_send};
use crate::support::process::{Ground, Process, text};

/// How many clerks cancel one payout after the other.
const CLERKS: usize = 16;
/// Of this many seeded payouts one can be cancelled.
const SHARE: usize = 10;

/// How many payouts are cancelled; `PAYDESK_STORM=100000` with a release build (`PAYDESK_TEST_BINARY`) takes minutes.
fn storm() -> usize {
    std::env::var("PAYDESK_STORM").ok().and_then(|text| text.parse().ok()).unwrap_or(1_500)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_client_is_cancelled_while_clerks_click_and_the_process_is_killed_twice() {
    let ground = Ground::new().await;
    let token = prepare(&ground, storm() * SHARE).await;
    let mut process = ground.serve().await;
    let api = Api::at(&process.base_url, Some(&token));
    let frozen = api.post("/freezes", json!({"scope": "client", "subject_id": 1, "reason": "Fraud"})).await;
    assert_eq!(frozen.status, 201, "{}", frozen.text);
    let body = json!({"verb": "cancel", "filter": {"status": "queued"}, "reason": "Fraud"});
    let made = api.post("/batches", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let path = format!("/batches/{}", made.id());
    let ready = reached(&api, &path, |batch| batch["status"] == "ready").await;
    let acting = ready["counts"]["acting"].as_i64().expect("a count");
    assert_eq!(acting as usize, storm());
    let ids = Arc::new(queued(&ground).await);
    assert_eq!(api.post(&format!("{path}/confirmation"), json!({ "count": acting })).await.status, 200);
    let mut told = Told::default();
    // Killed when a third is done, and when two thirds are.
    for left in [acting * 2 / 3, acting / 3] {
        let clerks = Clerks::begin(&process, &token, &ids);
        let api = Api::at(&process.base_url, Some(&token));
        reached(&api, &path, |batch| batch["counts"]["pending"].as_i64() < Some(left)).await;
        process.kill();
        told.add(clerks.end().await);
        ground.verify();
        process = ground.serve().await;
    }
    let clerks = Clerks::begin(&process, &token, &ids);
    let api = Api::at(&process.base_url, Some(&token));
    let done = reached(&api, &path, |batch| batch["status"] == "done").await;
    told.add(clerks.end().await);
    process.kill();
    ground.verify();
    println!("slowest click of {}: {:?}; killed twice", told.clicks, told.slowest);
    let counts = &done["counts"];
    assert_eq!((&counts["pending"], &counts["failed"], &counts["asked"]), (&json!(0), &json!(0), &json!(0)));
    let by_batch = counts["done"].as_i64().expect("a count");
    assert_eq!(by_batch + counts["refused"].as_i64().expect("a count"), acting, "each item has one result");
    let mut reader = reader(&ground).await;
    let mut int = async |sql: &str| reader.int(sql.to_owned(), &[]).await.expect("a number").unwrap_or(0);
    let refunded = "SELECT COUNT(*) FROM ledger_transactions t JOIN batch_items i ON i.subject = t.payout_id WHERE \
                    t.kind = 'PAYOUT_REFUND'";
    assert_eq!(int(refunded).await, acting, "each refund exists once");
    let twice = "SELECT COUNT(*) FROM (SELECT payout_id FROM ledger_transactions WHERE kind = 'PAYOUT_REFUND' GROUP BY \
                 payout_id HAVING COUNT(*) > 1) AS q";
    assert_eq!(int(twice).await, 0);
    assert_eq!(int("SELECT COUNT(*) FROM payouts WHERE state = 'queued'").await, 0);
    assert!(acting - by_batch >= told.cancelled.len() as i64, "what clerks were told was not the batch's");
}

/// Seeds payouts and makes a program that may do everything; answers its token.
async fn prepare(ground: &Ground, payouts: usize) -> String {
    let run = |arguments: &[&str]| {
        let output = ground.run(arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    run(&["seed", "--payouts", &payouts.to_string()]);
    run(&["staff", "add", "--email", "storm@example.com", "--name", "Storm", "--role", "admin"]);
    let secret = run(&[
        "credential",
        "add",
        "--name",
        "storm",
        "--client",
        "1",
        "--owner",
        "storm@example.com",
        "--scopes",
        "READ,WRITE,PAY",
    ]);
    let value = |name: &str| {
        let line = secret.lines().find(|line| line.starts_with(name)).expect("a secret");
        line.rsplit(": ").next().expect("a value").to_owned()
    };
    let process = ground.serve().await;
    let body = json!({"username": value("username"), "password": value("password")});
    let answer = reqwest::Client::new().post(format!("{}/auth/login", process.base_url)).json(&body).send().await;
    let answer: Value = answer.expect("an answer").json().await.expect("JSON");
    answer["access_token"].as_str().expect("a token").to_owned()
}

async fn reader(ground: &Ground) -> Reader {
    Reader::open(&ground.location()).await.expect("a reader")
}

/// What can be cancelled, by id.
async fn queued(ground: &Ground) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Row {
        id: String,
    }
    let sql = "SELECT id FROM payouts WHERE state = 'queued' ORDER BY id";
    let rows: Vec<Row> = reader(ground).await.rows(&["id"], sql, &[]).await.expect("the payouts");
    rows.into_iter().map(|row| row.id).collect()
}

/// Waits until the batch looks like this.
async fn reached(api: &Api, path: &str, is_there: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let batch = api.get(path).await.json();
        if is_there(&batch) {
            return batch;
        }
        assert!(began.elapsed() < Duration::from_secs(300), "{batch}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What clerks were told.
#[derive(Default)]
struct Told {
    cancelled: HashSet<String>,
    clicks: usize,
    slowest: Duration,
}

impl Told {
    fn add(&mut self, more: Told) {
        for id in more.cancelled {
            assert!(self.cancelled.insert(id.clone()), "{id} was cancelled twice");
        }
        self.clicks += more.clicks;
        self.slowest = self.slowest.max(more.slowest);
    }
}

/// Clerks that cancel whatever they see, until they are told to stop or nobody answers.
struct Clerks {
    tasks: Vec<tokio::task::JoinHandle<()>>,
    told: Arc<Mutex<Told>>,
    over: Arc<AtomicBool>,
}

impl Clerks {
    fn begin(process: &Process, token: &str, ids: &Arc<Vec<String>>) -> Clerks {
        let (told, over): (Arc<Mutex<Told>>, Arc<AtomicBool>) = Default::default();
        let clerk = |_| {
            let (told, over, ids) = (Arc::clone(&told), Arc::clone(&over), Arc::clone(ids));
            let api = Api::at(&process.base_url, Some(token));
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    let id = ids[rand::rng().random_range(0..ids.len())].clone();
                    let began = Instant::now();
                    let Some(answer) = cancel(&api, &id).await else { return };
                    let took = began.elapsed();
                    assert!([200, 409, 400].contains(&answer.status), "{}", answer.text);
                    {
                        let mut told = told.lock().expect("no panic");
                        told.clicks += 1;
                        told.slowest = told.slowest.max(took);
                        if answer.status == 200 {
                            assert!(told.cancelled.insert(id.clone()), "{id} was cancelled twice");
                        }
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            })
        };
        Clerks { tasks: (0..CLERKS).map(clerk).collect(), told, over }
    }

    async fn end(self) -> Told {
        self.over.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("every answer was one of those");
        }
        std::mem::take(&mut *self.told.lock().expect("no panic"))
    }
}

/// Nothing when the program ended before it answered.
async fn cancel(api: &Api, id: &str) -> Option<Answer> {
    try_send(api.request("POST", &format!("/payouts/{id}/cancel"))).await.ok()
}
