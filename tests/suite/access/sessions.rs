//! Sessions end: unused, after half a day, when somebody ends them, and with their owner's account.

use paydesk::domain::staff::Role;
use paydesk::service::{sessions, staff};
use reqwest::header::SET_COOKIE;

use crate::support::app::{PASSWORD, SECOND, TestApp, spawn, spawn_with};

const MINUTE: i64 = 60 * SECOND;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_nobody_uses_ends_after_half_an_hour() {
    let app = spawn().await;
    let person = app.person("olga@example.com").await;
    app.test.clock.advance(30 * MINUTE - 1);
    assert!(person.is_signed_in().await);
    app.test.clock.advance(30 * MINUTE - 1);
    assert!(person.is_signed_in().await, "the click before counted");
    app.test.clock.advance(30 * MINUTE);
    let answer = person.get("/payouts?status=queued").await;
    assert_eq!(answer.location(), "/sign-in?next=/payouts%3Fstatus%3Dqueued&ended=session");
    let door = person.get(answer.location()).await;
    assert!(door.text.contains("Your session ended"));
    let fields = [("email", "olga@example.com"), ("password", PASSWORD), ("next", "/payouts?status=queued")];
    assert_eq!(person.post("/sign-in", &fields).await.location(), "/payouts?status=queued");
}

#[tokio::test(flavor = "multi_thread")]
async fn however_busy_a_session_ends_after_twelve_hours() {
    let app = spawn().await;
    let person = app.person("olga@example.com").await;
    for _ in 0..35 {
        app.test.clock.advance(20 * MINUTE);
        assert!(person.is_signed_in().await);
    }
    app.test.clock.advance(20 * MINUTE - 1);
    assert!(person.is_signed_in().await);
    app.test.clock.advance(1);
    assert!(!person.is_signed_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_makes_a_new_session_and_signing_out_ends_it() {
    let app = spawn().await;
    let visitor = app.visitor();
    let before = visitor.token().await;
    let planted = visitor.copy();
    assert_eq!(visitor.sign_in("olga@example.com", PASSWORD).await.status, 303);
    assert!(visitor.is_signed_in().await);
    assert!(!planted.is_signed_in().await, "the cookie from before is nobody's");
    assert_ne!(visitor.token().await, before);
    let first = visitor.copy();
    assert_eq!(visitor.sign_in("olga@example.com", PASSWORD).await.status, 303);
    assert_ne!(first.cookie(), visitor.cookie());
    let kept = visitor.copy();
    assert_eq!(visitor.post("/sign-out", &[]).await.location(), "/sign-in?ended=sign-out");
    assert!(!visitor.is_signed_in().await);
    assert!(!kept.is_signed_in().await, "a copy of the cookie is worth nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_is_over_at_once() {
    let app = spawn().await;
    let (here, there) = (app.person("olga@example.com").await, app.person("olga@example.com").await);
    let elsewhere = app.person("olga@example.com").await;
    let colleague = app.person("vera@example.com").await;
    let handles = handles(&app).await;
    assert_eq!(handles.len(), 3);
    for handle in &handles {
        let foreign = colleague.post(&format!("/settings/sessions/{handle}/end"), &[]).await;
        assert_eq!(foreign.status, 404, "to others it is unknown");
    }
    assert_eq!(here.post("/settings/sessions/others/end", &[]).await.status, 303);
    assert!(here.is_signed_in().await && !there.is_signed_in().await && !elsewhere.is_signed_in().await);
    let admin = app.person("anna@example.com").await;
    let handle = self::handles(&app).await.pop().expect("one is left");
    let id = app.test.operator.person().expect("a person");
    assert_eq!(admin.post(&format!("/settings/staff/{id}/sessions/{handle}/end"), &[]).await.status, 303);
    assert!(!here.is_signed_in().await);
    assert!(colleague.is_signed_in().await && admin.is_signed_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_persons_sessions_and_credentials_end_at_once() {
    let app = spawn().await;
    let second = paydesk::service::staff::NewMember {
        email: "second@example.com".into(),
        name: "Second Admin".into(),
        role: "admin".into(),
        password: PASSWORD.into(),
        ..Default::default()
    };
    staff::add(&app.test.desk, &app.test.admin, &second).await.expect("a second admin");
    let (owner, admin) = (app.person("anna@example.com").await, app.person("second@example.com").await);
    assert!(owner.is_signed_in().await);
    assert_eq!(app.api().get("/payouts").await.status, 200);
    let id = app.test.admin.person().expect("a person");
    let access = format!("/settings/staff/{id}/access");
    assert_eq!(admin.post(&access, &[("access", "disabled")]).await.status, 303);
    assert!(!owner.is_signed_in().await);
    assert_eq!(app.api().get("/payouts").await.status, 401);
    let login = reqwest::Client::new().post(format!("{}/auth/login", app.base_url));
    let (username, password) = &app.test.credential;
    let login = login.json(&serde_json::json!({ "username": username, "password": password }));
    assert_eq!(login.send().await.expect("an answer").status(), 401);
    assert_eq!(app.visitor().sign_in("anna@example.com", PASSWORD).await.status, 422);
    assert_eq!(admin.post(&access, &[("access", "enabled")]).await.status, 303);
    assert!(!owner.is_signed_in().await, "what has ended stays ended");
    assert_eq!(app.visitor().sign_in("anna@example.com", PASSWORD).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_role_counts_from_the_next_request() {
    let app = spawn().await;
    let person = app.person("olga@example.com").await;
    assert_eq!(person.get("/payouts/new").await.status, 200);
    let id = app.test.operator.person().expect("a person");
    staff::change_role(&app.test.desk, &app.test.admin, id, Role::Viewer).await.expect("another role");
    assert_eq!(person.get("/payouts/new").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_the_other_sessions() {
    let app = spawn().await;
    let (here, there) = (app.person("olga@example.com").await, app.person("olga@example.com").await);
    let fields = [("current_password", PASSWORD), ("new_password", "seven quiet otters juggle")];
    assert_eq!(here.post("/settings/profile/password", &fields).await.status, 303);
    assert!(here.is_signed_in().await && !there.is_signed_in().await);
    assert_eq!(app.visitor().sign_in("olga@example.com", PASSWORD).await.status, 422);
    assert_eq!(app.visitor().sign_in("olga@example.com", "seven quiet otters juggle").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_use_is_written_at_most_once_a_minute() {
    let app = spawn().await;
    let person = app.person("olga@example.com").await;
    let seen = || app.test.int("SELECT MAX(last_seen_at) FROM sessions");
    let began = seen().await;
    for _ in 0..5 {
        app.test.clock.advance(11 * SECOND);
        assert!(person.is_signed_in().await);
        assert_eq!(seen().await, began);
    }
    app.test.clock.advance(5 * SECOND);
    assert!(person.is_signed_in().await);
    assert_eq!(seen().await, began + MINUTE);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_secure_and_bound_to_the_host_wherever_there_is_tls() {
    let cookie = |app: TestApp| async move {
        let answer = app.visitor().get("/sign-in").await;
        let cookie = answer.header(SET_COOKIE.as_str()).to_owned();
        (cookie, answer.header("strict-transport-security").to_owned())
    };
    let (plain, hsts) = cookie(spawn().await).await;
    assert!(plain.starts_with("paydesk=") && !plain.contains("Secure") && hsts.is_empty(), "{plain}");
    let https = spawn_with(|config| config.public_url = "https://desk.example.com".into()).await;
    let (secure, hsts) = cookie(https).await;
    assert!(secure.starts_with("__Host-paydesk=") && secure.contains("; Secure"), "{secure}");
    assert!(hsts.starts_with("max-age="));
    for cookie in [plain, secure] {
        assert!(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax") && cookie.contains("; Path=/"));
        assert!(!cookie.contains("Domain"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_a_session_opens_nothing() {
    let app = spawn().await;
    app.person("olga@example.com").await;
    let hashes = "SELECT COUNT(*) FROM sessions WHERE LENGTH(id_hash) = 64 AND id_hash <> handle";
    assert_eq!(app.test.int(hashes).await, 1);
    for handle in handles(&app).await {
        assert!(sessions::open(&app.test.desk, &handle).await.expect("an answer").is_none());
    }
}

/// The operator's sessions.
async fn handles(app: &TestApp) -> Vec<String> {
    let listed = sessions::list(&app.test.desk, &app.test.operator).await.expect("sessions");
    listed.into_iter().map(|session| session.handle).collect()
}
