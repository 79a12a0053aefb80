//! The program as people run it: killed, stopped, out of space, too old, and from the command line.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::api::{Answer, Api, payout_with, try_send};
use crate::support::process::{Ground, Process, text};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_older_than_the_file_refuses_it() {
    let ground = Ground::file();
    add_person(&ground, "first@example.com");
    let newer = "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) \
                 VALUES (9999, 'from the future', CURRENT_TIMESTAMP, 1, x'00', 0)";
    execute(&ground, newer).await;
    let refused = ground.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("newer paydesk"), "{}", text(&refused.stderr));
    execute(&ground, "DELETE FROM _sqlx_migrations WHERE version = 9999").await;
    ground.serve().await.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_refuses_data_that_no_demo_has_made() {
    let ground = Ground::new().await;
    add_person(&ground, "real@example.com");
    let refused = ground.run(&["demo", "--listen", "127.0.0.1:0"]);
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("data"), "{}", text(&refused.stderr));
    let again = ground.run(&["staff", "add", "--email", "real@example.com", "--name", "Again"]);
    assert!(!again.status.success(), "the person is still there");
    ground.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_is_made_anew_where_a_demo_was_and_goes_on_when_served() {
    let ground = Ground::file();
    ground.demo().await.kill();
    let first = token(&ground.credentials(), "wallet");
    let process = ground.serve().await;
    assert_eq!(Api::at(&process.base_url, Some(&first)).get("/payouts").await.status, 200, "tokens stay valid");
    process.kill();
    let process = ground.demo().await;
    let second = token(&ground.credentials(), "wallet");
    assert_eq!(Api::at(&process.base_url, Some(&first)).get("/payouts").await.status, 401);
    assert_eq!(Api::at(&process.base_url, Some(&second)).get("/payouts").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_has_what_programs_rely_on() {
    let ground = Ground::new().await;
    let process = ground.demo().await;
    let credentials = ground.credentials();
    assert_eq!(credentials["base_url"], process.base_url.as_str());
    let roles: Vec<&str> = credentials["users"].as_array().expect("users").iter().map(|user| text_of(&user["role"])).collect();
    assert_eq!(roles, ["viewer", "operator", "approver", "admin"]);
    let api = Api::at(&process.base_url, Some(&token(&credentials, "wallet")));
    let wallet = credentials["samples"]["wallet_id"].clone();
    let samples = credentials["samples"]["payouts"].as_object().expect("payouts");
    let states =
        ["created", "queued", "processing", "settling", "action_required", "completed", "failed", "cancelled", "expired"];
    for state in states {
        let ids = samples[state].as_array().unwrap_or_else(|| panic!("no sample is {state}"));
        let least = if ["created", "queued", "action_required"].contains(&state) { 40 } else { 1 };
        assert!(ids.len() >= least, "{} are {state}", ids.len());
        let first = api.get(&format!("/payouts/{}", text_of(&ids[0]))).await;
        assert_eq!((first.member("status"), first.member("wallet_id")), (json!(state), wallet.clone()));
    }
    let readonly = credentials["tokens"]["readonly"]["wallet"]["access_token"].as_str();
    let readonly = Api::at(&process.base_url, readonly);
    let created = text_of(&samples["created"][0]).to_owned();
    assert_eq!(readonly.get(&format!("/payouts/{created}")).await.status, 200);
    assert_eq!(readonly.post_nothing(&format!("/payouts/{created}/cancel")).await.status, 403);
    process.kill();
    ground.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn people_programs_and_seeds_come_from_the_command_line() {
    let ground = Ground::new().await;
    add_person(&ground, "ann@example.com");
    let seeded = ground.run(&["seed", "--payouts", "500"]);
    assert!(seeded.status.success(), "{}", text(&seeded.stderr));
    let scopes = ["--scopes", "READ,PAY", "--client", "1", "--owner", "ann@example.com"];
    let added = ground.run(&[["credential", "add", "--name", "ERP"].as_slice(), &scopes].concat());
    assert!(added.status.success(), "{}", text(&added.stderr));
    let printed = text(&added.stdout);
    let after = |label: &str| {
        let line = printed.lines().find_map(|line| line.strip_prefix(label));
        line.unwrap_or_else(|| panic!("{printed}")).trim().to_owned()
    };
    let (username, password) = (after("username:"), after("password, shown only now:"));
    let process = ground.serve().await;
    let login = reqwest::Client::new().post(format!("{}/auth/login", process.base_url));
    let login = login.json(&json!({ "username": username, "password": password })).send().await.expect("an answer");
    let tokens: Value = login.json().await.expect("JSON");
    let api = Api::at(&process.base_url, tokens["access_token"].as_str());
    assert_eq!(api.get("/payouts?limit=1").await.status, 200);
    process.kill();
    ground.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_space_nothing_is_half_done_and_it_works_again_by_itself() {
    let ground = Ground::file();
    ground.demo().await.kill();
    let process = Process::start(ground.command_after("trap '' XFSZ", &["serve"])).await;
    let limit = |size: &str| {
        let set = Command::new("prlimit").args(["--pid", &process.id(), &format!("--fsize={size}:")]).status();
        assert!(set.expect("prlimit").success());
    };
    space_runs_out(&process, &ground.credentials(), || limit("4096"), || limit("unlimited")).await;
    process.kill();
    ground.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_survived_the_same_way() {
    let ground = Ground::file();
    std::fs::create_dir(ground.data()).expect("a directory");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64m", "tmpfs"]).arg(ground.data()).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: a small disk cannot be mounted here (that needs root)");
        return;
    }
    let unmount = Unmount(ground.data());
    ground.demo().await.kill();
    let process = ground.serve().await;
    let filler = ground.data().join("filler");
    let fill = || {
        let mut file = std::fs::File::create(&filler).expect("a file");
        let chunk = vec![0; 4_096];
        while std::io::Write::write_all(&mut file, &chunk).is_ok() {}
    };
    let free = || std::fs::remove_file(&filler).expect("the filler");
    space_runs_out(&process, &ground.credentials(), fill, free).await;
    process.kill();
    ground.verify();
    drop(unmount);
}

/// Takes the space away from a running desk and gives it back.
async fn space_runs_out(process: &Process, credentials: &Value, take: impl Fn(), give_back: impl Fn()) {
    let api = Api::at(&process.base_url, Some(&token(credentials, "wallet")));
    let wallet = credentials["samples"]["wallet_id"].clone();
    let body = |reference: &str| payout_with(reference, "wallet_id", wallet.clone());
    let before = api.post("/payouts", body("BEFORE")).await;
    assert_eq!(before.status, 201, "{}", before.text);
    let balance = available(&api, &wallet).await;

    take();
    let mut refused = Vec::new();
    for n in 0..2_000 {
        let reference = format!("FULL_{n}");
        let answer = api.post("/payouts", body(&reference)).await;
        match answer.status {
            // What space there was is used up first.
            201 => continue,
            503 => refused.push(reference),
            other => panic!("{other}: {}", answer.text),
        }
        assert!(!answer.header("retry-after").is_empty());
        if refused.len() == 3 {
            break;
        }
    }
    assert_eq!(refused.len(), 3);
    let cancel = format!("/payouts/{}/cancel", before.id());
    assert_eq!(api.post_nothing(&cancel).await.status, 503);
    assert_eq!(process.status("/readyz").await, Some(503));
    assert_eq!(process.status("/healthz").await, Some(200));
    assert_eq!(api.get(&format!("/payouts/{}", before.id())).await.member("status"), "created", "reading goes on");

    give_back();
    process.until_answers("/readyz", 200).await;
    let full = available(&api, &wallet).await;
    for reference in &refused {
        assert_eq!(api.post("/payouts", body(reference)).await.status, 201, "{reference} was not made before");
    }
    assert_eq!(full - available(&api, &wallet).await, 3 * 10_150);
    assert!(balance >= full);
    assert_eq!(api.post_nothing(&cancel).await.status, 200);
}

/// Takes the small disk away again, also when the test fails.
struct Unmount(std::path::PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
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

fn token(credentials: &Value, kind: &str) -> String {
    text_of(&credentials["tokens"][kind]["access_token"]).to_owned()
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// What the wallet has available, in minor units.
async fn available(api: &Api, wallet: &Value) -> i64 {
    let wallet = api.get(&format!("/wallets/{wallet}")).await;
    let minor = &wallet.json()["amount_minor"];
    minor.as_i64().unwrap_or_else(|| panic!("{}", wallet.text))
}

fn add_person(ground: &Ground, email: &str) {
    let added = ground.run(&["staff", "add", "--email", email, "--name", "First Person", "--role", "admin"]);
    assert!(added.status.success(), "{}", text(&added.stderr));
    assert!(text(&added.stdout).contains("password, shown only now:"));
}

/// Changes a file behind the program's back.
async fn execute(ground: &Ground, sql: &'static str) {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}", ground.data().join("paydesk.db").display());
    let mut connection = <sqlx::AnyConnection as sqlx::Connection>::connect(&url).await.expect("the file");
    sqlx::raw_sql(sql).execute(&mut connection).await.expect("a change");
    sqlx::Connection::close(connection).await.expect("closed");
}
