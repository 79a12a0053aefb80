//! Guessing is slow, and tells nothing about who has an account.

use std::sync::Arc;
use std::time::{Duration, Instant};

use paydesk::service::access::Access;
use serde_json::json;

use crate::support::api::{Answer, send};
use crate::support::app::{PASSWORD, SECOND, TestApp, desk, free_port, serve, spawn};

const WAIT: i64 = 15 * 60 * SECOND;

#[tokio::test(flavor = "multi_thread")]
async fn five_failures_bring_a_wait_that_ends() {
    let app = spawn().await;
    for _ in 0..5 {
        assert_eq!(app.visitor().sign_in("olga@example.com", "a wrong password").await.status, 422);
    }
    let waits = app.visitor().sign_in("OLGA@example.com ", PASSWORD).await;
    assert_eq!(waits.status, 429, "also with the right password");
    let seconds: i64 = waits.header("retry-after").parse().expect("seconds");
    assert!((1..=WAIT / SECOND + 1).contains(&seconds), "{seconds}");
    assert_eq!(app.visitor().sign_in("vera@example.com", PASSWORD).await.status, 303, "others sign in");
    app.test.clock.advance(WAIT - 1);
    assert_eq!(app.visitor().sign_in("olga@example.com", PASSWORD).await.status, 429);
    app.test.clock.advance(1);
    assert_eq!(app.visitor().sign_in("olga@example.com", PASSWORD).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_starts_the_count_afresh() {
    let app = spawn().await;
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(app.visitor().sign_in("olga@example.com", "a wrong password").await.status, 422);
        }
        assert_eq!(app.visitor().sign_in("olga@example.com", PASSWORD).await.status, 303);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_at_the_same_moment_do_not_pass_together() {
    let app = spawn().await;
    let tries = (0..20).map(|_| {
        let visitor = app.visitor();
        async move { visitor.sign_in("olga@example.com", "a wrong password").await.status }
    });
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|status| **status == 422).count(), 5);
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_person_gets_the_same_answers_after_the_same_work() {
    let app = spawn().await;
    let mut times = [Duration::MAX; 2];
    for _ in 0..7 {
        let mut pages = Vec::new();
        for (email, best) in ["olga@example.com", "who@example.com"].into_iter().zip(&mut times) {
            let visitor = app.visitor();
            let token = visitor.token().await;
            let fields = [("email", email), ("password", "a wrong password"), ("csrf", token.as_str())];
            let began = Instant::now();
            let answer = visitor.post_only("/sign-in", &fields).await;
            if answer.status == 422 {
                *best = began.elapsed().min(*best);
            }
            pages.push(same(&answer, email, &token));
        }
        assert_eq!(pages[0], pages[1]);
    }
    let [known, unknown] = times.map(|time| time.as_secs_f64());
    assert!(unknown > known / 3.0 && known > unknown / 3.0, "{known} and {unknown} seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_from_one_address_bring_a_wait_whoever_they_are_for() {
    let mut test = desk().await;
    test.desk.access = Arc::new(Access::default());
    let app = serve(test, free_port());
    for n in 0..5 {
        assert_eq!(app.visitor().sign_in(&format!("guess{n}@example.com"), "a wrong password").await.status, 422);
    }
    assert_eq!(app.visitor().sign_in("olga@example.com", PASSWORD).await.status, 429);
    app.test.clock.advance(WAIT);
    assert_eq!(app.visitor().sign_in("olga@example.com", PASSWORD).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_wait_too_and_unknown_ones_alike() {
    let app = spawn().await;
    for username in [app.test.credential.0.as_str(), "no-such-program"] {
        for _ in 0..5 {
            login(&app, username, "a wrong password").await.refuses(401, "unauthorized", "Invalid credentials");
        }
        let waits = login(&app, username, &app.test.credential.1).await;
        let message = "Too many login attempts. Please try again later.";
        waits.refuses(429, "Too Many Requests", message);
        assert!(waits.header("retry-after").parse::<i64>().is_ok_and(|seconds| seconds > 0));
    }
    app.test.clock.advance(WAIT);
    assert_eq!(login(&app, &app.test.credential.0, &app.test.credential.1).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn right_sign_ins_at_the_same_moment_all_work() {
    let mut test = desk().await;
    test.desk.access = Arc::new(Access::default());
    let app = serve(test, free_port());
    let (username, password) = app.test.credential.clone();
    let logins = futures_util::future::join_all((0..24).map(|_| login(&app, &username, &password))).await;
    assert!(
        logins.iter().all(|answer| answer.status == 200),
        "{:?}",
        logins.iter().map(|a| a.status).collect::<Vec<_>>()
    );
    let guesses = futures_util::future::join_all((0..24).map(|_| login(&app, &username, "a wrong password"))).await;
    assert_eq!(guesses.iter().filter(|answer| answer.status == 401).count(), 5, "the others have to wait");
    assert_eq!(login(&app, &username, &password).await.status, 429);
}

async fn login(app: &TestApp, username: &str, password: &str) -> Answer {
    let body = json!({ "username": username, "password": password });
    send(reqwest::Client::new().post(format!("{}/auth/login", app.base_url)).json(&body)).await
}

/// What an answer says but for what was typed, the token and the request's id.
fn same(answer: &Answer, email: &str, token: &str) -> (u16, String, String) {
    let text = answer.text.replace(email, "EMAIL").replace(token, "TOKEN");
    (answer.status, answer.header("retry-after").to_owned(), text)
}
