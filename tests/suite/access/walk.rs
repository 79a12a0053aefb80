//! Walks every route as everybody and holds the answers against the table.

use std::time::Duration;

use paydesk::domain::caller::{Caller, Via};
use paydesk::domain::ids::PayoutId;
use paydesk::domain::staff::Scope;
use paydesk::service::credentials::{self, NewCredential};
use paydesk::service::payouts::{self, PayeeInput};
use paydesk::service::reversals::{self, ReversalInput};
use paydesk::service::sign_in::{Visit, sign_in};
use paydesk::service::staff::{self, NewMember};
use paydesk::service::{payees, sessions, tokens};
use serde_json::{Value, json};

use super::table::{DOOR, PAGES, PROGRAMS};
use crate::support::api::{Answer, send};
use crate::support::app::{PASSWORD, SECOND, TestApp, TestDesk, USD, spawn};
use crate::support::person::Person;

/// A filled-in form, or JSON.
type Form = Vec<(&'static str, String)>;

/// Records to walk over. Requests that use something up get a new one each time.
struct Ground {
    /// Has been cancelled.
    cancelled: PayoutId,
    /// Has been paid; a part of it was reversed.
    reversed: PayoutId,
    reversal: String,
    /// Is with a provider that will agree to stop it.
    stoppable: PayoutId,
    payee: String,
    credential: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_answer_everybody_as_the_table_says() {
    let app = spawn().await;
    let ground = ground(&app.test).await;
    let mut people = people(&app).await;
    for (method, pattern, expected) in PAGES {
        for ((who, person), expected) in people.iter().zip(expected) {
            let path = path(&app.test, &ground, method, pattern).await;
            let answer = if *method == "GET" {
                person.get(&path).await
            } else {
                posted(&app, person, pattern, &path).await
            };
            let status = if answer.is_door() { DOOR } else { answer.status };
            assert_eq!(status, *expected, "{method} {path} as {who}\n{}", answer.main());
            protected(&answer);
        }
        if *pattern == "/sign-out" {
            people = self::people(&app).await;
        }
    }
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_answers_every_scope_as_the_table_says() {
    let app = spawn().await;
    let ground = ground(&app.test).await;
    let mut tokens = vec![("no token", None)];
    for scope in [Scope::Read, Scope::Write, Scope::Pay] {
        tokens.push((scope.name(), Some(token(&app.test, "anna@example.com", &[scope]).await)));
    }
    let all = token(&app.test, "vera@example.com", &[Scope::Read, Scope::Write, Scope::Pay]).await;
    tokens.push(("all scopes of a viewer", Some(all)));
    for (method, pattern, expected) in PROGRAMS {
        for ((who, token), expected) in tokens.iter().zip(expected) {
            let path = path(&app.test, &ground, method, pattern).await;
            let mut request = app.visitor().request(method, &path);
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            if *method == "POST" {
                request = request.json(&body(pattern));
            }
            let answer = with_jobs(&app.test, pattern, send(request)).await;
            assert_eq!(answer.status, *expected, "{method} {path} with {who}\n{}", answer.text);
            protected(&answer);
            if *expected == 403 {
                answer.refuses(403, "Forbidden", "Insufficient permissions");
            }
        }
    }
    app.test.verify().await;
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
    let form = [("mode", "cancel"), ("reason", "duplicate"), ("version", "1"), ("idempotency_key", "k-0123456789")];
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
fn protected(answer: &Answer) {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                  connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";
    for (name, value) in [
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    let cached = answer.header("cache-control");
    assert!(cached == "no-store" || cached.ends_with("immutable"), "{cached}");
    assert!(!answer.header("x-request-id").is_empty());
}

async fn ground(test: &TestDesk) -> Ground {
    let cancelled = test.payout("10.00").await.payout.id;
    payouts::cancel(&test.desk, &test.operator, cancelled, None, None, None).await.expect("a cancelled payout");
    let reversed = test.completed("50.00").await.payout.id;
    let reversal = reverse(test, reversed).await;
    let stoppable = test.payout("90.51").await.payout.id;
    test.run_jobs(20).await;
    let payee = payee(test).await;
    let credential = credential(test, "anna@example.com", &[Scope::Read]).await;
    Ground { cancelled, reversed, reversal, stoppable, payee, credential }
}

async fn reverse(test: &TestDesk, id: PayoutId) -> String {
    let part = ReversalInput { amount: Some("1.00".into()), reason: Some("part".into()), ..ReversalInput::default() };
    let reversed = reversals::reverse(&test.desk, &test.operator, id, &part, None, None, Duration::ZERO).await;
    test.run_jobs(2).await;
    reversed.expect("a reversal").value.id.to_string()
}

/// A saved payee without payouts.
async fn payee(test: &TestDesk) -> String {
    let email = format!("payee-{:08x}@example.com", rand::random::<u32>());
    let input = PayeeInput {
        email: Some(email),
        first_name: Some("Pat".into()),
        last_name: Some("Payee".into()),
        country: Some("US".into()),
        ..PayeeInput::default()
    };
    let made = payees::create(&test.desk, &test.operator, Some("1"), &input, None).await.expect("a payee");
    made.value.payee.id.to_string()
}

async fn credential(test: &TestDesk, owner: &str, scopes: &[Scope]) -> String {
    issue(test, owner, scopes).await.credential.id.to_string()
}

async fn token(test: &TestDesk, owner: &str, scopes: &[Scope]) -> String {
    let issued = issue(test, owner, scopes).await;
    tokens::mint_access_token(&test.desk, issued.credential.id, 24 * 3_600 * SECOND)
}

async fn issue(test: &TestDesk, owner: &str, scopes: &[Scope]) -> credentials::Issued {
    let new = NewCredential {
        client: "1".into(),
        owner: owner.into(),
        name: format!("Walker {:08x}", rand::random::<u32>()),
        scopes: scopes.iter().map(|scope| scope.name().to_owned()).collect(),
        ip_list: String::new(),
    };
    credentials::create(&test.desk, &Caller::system(Via::Command, "test"), &new).await.expect("a credential")
}

/// A person and the handle of their session, for admins to do things to.
async fn victim(test: &TestDesk) -> (String, String) {
    let new = NewMember {
        email: format!("victim-{:08x}@example.com", rand::random::<u32>()),
        name: "Viktor".into(),
        role: "viewer".into(),
        password: PASSWORD.into(),
        ..NewMember::default()
    };
    let member = staff::add(&test.desk, &test.admin, &new).await.expect("a person");
    let visit = Visit { via: Via::Page, ip: None, user_agent: None, request_id: "test".into() };
    sign_in(&test.desk, &visit, &new.email, PASSWORD).await.expect("a session");
    let listed = sessions::list_of(&test.desk, &test.admin, member.id).await.expect("sessions");
    (member.id.to_string(), listed[0].handle.clone())
}

/// The pattern with records of the ground in its places.
async fn path(test: &TestDesk, ground: &Ground, method: &str, pattern: &str) -> String {
    let on_victim = pattern.starts_with("/settings/s");
    let victim = if on_victim { victim(test).await } else { Default::default() };
    let id = match (method, pattern) {
        ("POST", "/payees/{id}/deletion") | ("DELETE", "/api/v1/beneficiaries/{id}") => payee(test).await,
        (_, path) if path.starts_with("/payees/") || path.contains("/beneficiaries/") => ground.payee.clone(),
        ("POST", "/settings/credentials/{id}/revocation") => credential(test, "anna@example.com", &[Scope::Read]).await,
        (_, path) if path.starts_with("/settings/credentials/") => ground.credential.clone(),
        (_, path) if path.starts_with("/settings/staff/") => victim.0,
        (_, path) if path.contains("/wallets/") || path.contains("/transactions/") => USD.to_string(),
        ("POST", path) if path.ends_with("/approval") => test.payout("2000.00").await.payout.id.to_string(),
        ("POST", path) if path.ends_with("/cancel") && path.contains("{id}") => {
            test.payout("10.00").await.payout.id.to_string()
        }
        (_, path) if path.ends_with("/cancellation") => ground.cancelled.to_string(),
        (_, path) if path.ends_with("/cancellations") => ground.stoppable.to_string(),
        _ => ground.reversed.to_string(),
    };
    let asset = paydesk::web::assets::url("css/base.css");
    let mut path = pattern
        .replace("/static/{hash}/{path}", &asset)
        .replace("/wallets/{number}", &format!("/wallets/{USD}"))
        .replace("{id}", &id)
        .replace("{handle}", &victim.1)
        .replace("{reversal}", &ground.reversal)
        .replace("{token}", "some-token");
    if pattern == "/payouts/selection/result" {
        path.push_str(&format!("?ids={}", ground.cancelled));
    }
    path
}

async fn posted(app: &TestApp, person: &Person, pattern: &str, path: &str) -> Answer {
    let form = form(&app.test, pattern).await;
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
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

/// What is sent to a page so that it is done.
async fn form(test: &TestDesk, pattern: &str) -> Form {
    let key = || ("idempotency_key", format!("walk-{:032x}", rand::random::<u128>()));
    let one = |name, value: &str| (name, value.to_owned());
    let person = || format!("person-{:08x}@example.com", rand::random::<u32>());
    match pattern {
        "/payees" => vec![
            one("client", "1"),
            one("first_name", "Nora"),
            one("last_name", "New"),
            ("email", person()),
            one("country", "US"),
        ],
        "/payouts" => vec![
            one("wallet", "1"),
            one("amount", "12.00"),
            ("reference", person()),
            one("to", "new"),
            one("first_name", "Nora"),
            one("last_name", "New"),
            ("email", person()),
            one("country", "US"),
            one("confirmed", "yes"),
            key(),
        ],
        "/payouts/selection" => vec![("id", test.payout("10.00").await.payout.id.to_string())],
        "/payouts/selection/cancel" => {
            let payout = test.payout("10.00").await.payout;
            vec![
                ("unit", format!("{}:{}", payout.id, payout.version)),
                one("reason", "duplicate"),
                one("acting", "1"),
                one("count", "1"),
                key(),
            ]
        }
        "/payouts/{id}/approval" => vec![one("decision", "approve"), one("note", ""), one("version", ""), key()],
        "/payouts/{id}/cancel" => vec![one("mode", "cancel"), one("reason", "duplicate"), one("version", ""), key()],
        "/payouts/{id}/reverse" => {
            vec![one("how", "part"), one("amount", "1.00"), one("reason", "agreed"), one("confirmed", "yes"), key()]
        }
        "/settings/credentials" => vec![
            one("client", "1"),
            one("owner", "anna@example.com"),
            ("name", person()),
            one("scopes", "READ"),
            one("scope", "READ"),
        ],
        "/settings/profile" => vec![one("name", "Walker"), one("zone", "Europe/Berlin"), one("theme", "system")],
        "/settings/profile/password" => {
            vec![one("current_password", "not my password now"), one("new_password", "a quite good new password")]
        }
        "/settings/staff" => vec![
            one("name", "Nora"),
            ("email", person()),
            one("role", "viewer"),
            one("how", "chosen"),
            one("password", PASSWORD),
        ],
        "/settings/staff/{id}/access" => vec![one("access", "disabled")],
        "/settings/staff/{id}/role" => vec![one("role", "operator")],
        _ => Vec::new(),
    }
}

/// What is sent to the API so that it is done.
fn body(pattern: &str) -> Value {
    let email = format!("person-{:08x}@example.com", rand::random::<u32>());
    match pattern {
        "/api/v1/payouts" => {
            let mut body = crate::support::api::payout(&email);
            body["reference_id"] = json!(email);
            body
        }
        "/api/v1/beneficiaries" => {
            json!({ "email": email, "first_name": "Nora", "last_name": "New", "country": "US" })
        }
        "/api/v1/payouts/{id}/approval" => json!({ "decision": "approve" }),
        "/api/v1/payouts/{id}/reversals" => json!({ "amount": "1.00", "reason": "agreed" }),
        _ => json!({}),
    }
}
