//! The commands, and which data each of them takes.

use serde_json::{Value, json};

use super::{text_of, token};
use crate::support::api::Api;
use crate::support::process::{Ground, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_older_than_the_file_refuses_it() {
    let ground = Ground::file();
    add_person(&ground, "first@example.com");
    let newer = "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) \
                 VALUES (9999, 'from the future', CURRENT_TIMESTAMP, 1, x'00', 0)";
    execute(&ground, newer).await;
    for command in [["serve", "--listen", "127.0.0.1:0"].as_slice(), &["verify"]] {
        let refused = ground.run(command);
        assert!(!refused.status.success());
        assert!(text(&refused.stderr).contains("newer paydesk"), "{}", text(&refused.stderr));
    }
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
    let roles: Vec<&str> =
        credentials["users"].as_array().expect("users").iter().map(|user| text_of(&user["role"])).collect();
    assert_eq!(roles, ["viewer", "operator", "approver", "admin"]);
    let api = Api::at(&process.base_url, Some(&token(&credentials, "wallet")));
    let wallet = credentials["samples"]["wallet_id"].clone();
    let samples = credentials["samples"]["payouts"].as_object().expect("payouts");
    let states = [
        "created",
        "queued",
        "processing",
        "settling",
        "action_required",
        "completed",
        "failed",
        "cancelled",
        "expired",
    ];
    for state in states {
        let ids = samples[state].as_array().unwrap_or_else(|| panic!("no sample is {state}"));
        let least = if ["created", "queued", "action_required"].contains(&state) { 40 } else { 1 };
        assert!(ids.len() >= least, "{} are {state}", ids.len());
        let first = api.get(&format!("/payouts/{}", text_of(&ids[0]))).await;
        assert_eq!((first.member("status"), first.member("wallet_id")), (json!(state), wallet.clone()));
    }
    let links = credentials["samples"]["links"].as_object().expect("links");
    let lists =
        ["pending", "issued", "active", "processing", "processed", "cancelled", "rejected", "expired", "failed"];
    for list in lists {
        let ids = links[list].as_array().unwrap_or_else(|| panic!("no link is {list}"));
        let least = if ["issued", "active"].contains(&list) { 40 } else { 1 };
        assert!(ids.len() >= least, "{} are {list}", ids.len());
        let spelled = text_of(&ids[0]);
        assert_eq!(spelled.starts_with("poutlk_"), list != "active", "{spelled}");
        let found = api.get(&format!("/payout-links?search={spelled}")).await.json()[0].clone();
        let status = if list == "active" { "issued" } else { list };
        // What Razorpay's dialect may do something with is in rupees.
        let rupees = ["issued", "cancelled", "processed", "expired"].contains(&list);
        let paid_from = if rupees { json!(4) } else { wallet.clone() };
        assert_eq!((&found["status"], &found["wallet_id"]), (&json!(status), &paid_from), "{list}");
        assert_eq!(&found["currency"], if rupees { "INR" } else { "USD" }, "{list}");
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
