//! Walks every route as everybody and holds the answers against the table.

use std::collections::HashMap;
use std::time::Duration;

use paydesk::domain::dialect::Dialect;
use paydesk::domain::staff::Scope;

use super::ground::{Ground, body, form, path};
use super::table::{DOOR, PAGES, PROGRAMS};
use crate::support::api::{Answer, send};
use crate::support::app::{TestApp, TestDesk, spawn};
use crate::support::person::Person;
use crate::support::programs::authorization;

#[tokio::test(flavor = "multi_thread")]
async fn pages_answer_everybody_as_the_table_says() {
    let app = spawn().await;
    let ground = Ground::new(&app.test).await;
    let mut people = people(&app).await;
    for (method, pattern, expected) in PAGES {
        for ((who, person), expected) in people.iter().zip(expected) {
            let path = path(&app.test, &ground, method, pattern).await;
            let answer =
                if *method == "GET" { person.get(&path).await } else { posted(&app, person, pattern, &path).await };
            let status = if answer.is_door() { DOOR } else { answer.status };
            assert_eq!(status, *expected, "{method} {path} as {who}\n{}", answer.main());
            protected(&answer, if pattern.starts_with("/l/") { "no-referrer" } else { "same-origin" });
        }
        if *pattern == "/sign-out" {
            people = self::people(&app).await;
        }
    }
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_apis_answer_every_scope_as_the_table_says() {
    let app = spawn().await;
    let ground = Ground::new(&app.test).await;
    let mut programs = HashMap::new();
    for dialect in Dialect::ALL {
        programs.insert(dialect, callers(&app.test, dialect).await);
    }
    for (method, pattern, expected) in PROGRAMS {
        let dialect = dialect_of(pattern);
        for ((who, authorization), expected) in programs[&dialect].iter().zip(expected) {
            let path = path(&app.test, &ground, method, pattern).await;
            let mut request = app.visitor().request(method, &path);
            if let Some(authorization) = authorization {
                request = request.header("Authorization", authorization);
            }
            if matches!(*method, "POST" | "PATCH") {
                request = request.json(&body(pattern));
            }
            let answer = with_jobs(&app.test, pattern, send(request)).await;
            assert_eq!(answer.status, *expected, "{method} {path} with {who}\n{}", answer.text);
            protected(&answer, "same-origin");
            if *expected == 403 && dialect == Dialect::Wallet {
                answer.refuses(403, "Forbidden", "Insufficient permissions");
            }
        }
    }
    app.test.verify().await;
}

/// The dialect whose credentials a route takes.
fn dialect_of(pattern: &str) -> Dialect {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| pattern.starts_with(prefix));
    match pattern {
        _ if starts(&["/api/1.0/", "/api/2.0/"]) => Dialect::Revolut,
        _ if starts(&["/v1/"]) => Dialect::Razorpay,
        _ if starts(&["/v1.0.0/", "/v0.1.4/"]) => Dialect::MassPay,
        _ => Dialect::Wallet,
    }
}

/// Who asks, in the order of the table, with what stands in `Authorization`.
async fn callers(test: &TestDesk, dialect: Dialect) -> Vec<(&'static str, Option<String>)> {
    let mut callers = vec![("no token", None)];
    for scope in [Scope::Read, Scope::Write, Scope::Pay] {
        callers.push((scope.name(), Some(authorization(test, dialect, "anna@example.com", &[scope]).await)));
    }
    let all = [Scope::Read, Scope::Write, Scope::Pay];
    callers.push(("all scopes of a viewer", Some(authorization(test, dialect, "vera@example.com", &all).await)));
    callers
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_open_no_pages_and_cookies_no_api() {
    let app = spawn().await;
    let page = send(app.visitor().request("GET", "/payouts").bearer_auth(&app.test.token)).await;
    assert!(page.is_door());
    let admin = app.person("anna@example.com").await;
    assert_eq!(admin.get("/api/v1/payouts").await.status, 401);
    assert_eq!(admin.get("/api/v1/wallets").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_attempts_are_written_down_with_who_and_from_where() {
    let app = spawn().await;
    let id = app.test.payout("10.00").await.payout.id;
    let viewer = app.person("vera@example.com").await;
    let form = [("mode", "cancel"), ("reason", "Wrong amount"), ("version", "1"), ("idempotency_key", "k-0123456789")];
    assert_eq!(viewer.post(&format!("/payouts/{id}/cancel"), &form).await.status, 403);
    let sql = "SELECT COUNT(*) FROM audit_log WHERE outcome = 'refused' AND actor_name = 'Vera Viewer' \
               AND ip = '127.0.0.1' AND via = 'page' AND request_id LIKE 'req_%'";
    assert_eq!(app.test.int(sql).await, 1);
}

/// A visitor and one person of each role, signed in.
async fn people(app: &TestApp) -> Vec<(&'static str, Person)> {
    let mut people = vec![("a visitor", app.visitor())];
    for (role, email) in [
        ("a viewer", "vera@example.com"),
        ("an operator", "olga@example.com"),
        ("an approver", "axel@example.com"),
        ("an admin", "anna@example.com"),
    ] {
        people.push((role, app.person(email).await));
    }
    people
}

/// The headers that every answer carries, and that private ones are not stored.
fn protected(answer: &Answer, referrer: &str) {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                  connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";
    for (name, value) in [
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", referrer),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    let cached = answer.header("cache-control");
    // What is public is kept, or asked for again by its tag.
    assert!(["no-store", "no-cache"].contains(&cached) || cached.ends_with("immutable"), "{cached}");
    assert!(!answer.header("x-request-id").is_empty());
}

async fn posted(app: &TestApp, person: &Person, pattern: &str, path: &str) -> Answer {
    let form = form(&app.test, pattern).await;
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    if let Some((_, below)) = pattern.split_once("/l/{token}") {
        return person.post_link(path.strip_suffix(below).expect("its end"), below, &form).await;
    }
    with_jobs(&app.test, pattern, person.post(path, &form)).await
}

/// Lets the provider answer while somebody waits for a reversal.
async fn with_jobs(test: &TestDesk, pattern: &str, answer: impl Future<Output = Answer>) -> Answer {
    if !pattern.ends_with("/reverse") && !pattern.ends_with("/reversals") {
        return answer.await;
    }
    let jobs = async {
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            test.run_jobs(1).await;
        }
    };
    tokio::join!(answer, jobs).0
}
