//! Signing in with an assertion, as Revolut's clients do.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use paydesk::domain::caller::{Via, Who};
use paydesk::domain::dialect::Dialect;
use paydesk::domain::ids::CredentialId;
use paydesk::domain::staff::{Operation, Scope, allows};
use paydesk::error::Error;
use paydesk::service::credentials::{self, NewCredential};
use paydesk::service::{oauth, programs, staff};
use serde_json::{Value, json};

use crate::support::api::{Answer, send};
use crate::support::app::{SECOND, TestApp, TestDesk, desk, spawn, spawn_with, usual_limits};
use crate::support::programs::{
    AUDIENCE, ISSUER, OTHER_SIGNER, SIGNER, arrival, arrival_from, authorization, claims, form, issue,
};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const MINUTE: i64 = 60 * SECOND;

struct Client {
    id: CredentialId,
    client_id: String,
    code: String,
}

/// A client with its certificate and a one-time code.
async fn client(test: &TestDesk, new: &NewCredential) -> Client {
    let issued = issue(test, new).await;
    let (credential, code) =
        credentials::make_code(&test.desk, &test.admin, issued.credential.id).await.expect("a code");
    Client { id: credential.id, client_id: credential.username, code }
}

async fn ask(app: &TestApp, form: &[(&str, &str)]) -> Answer {
    send(app.visitor().request("POST", "/api/1.0/auth/token").form(form)).await
}

async fn with_code(app: &TestApp, code: &str, assertion: &str) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ];
    ask(app, &form).await
}

async fn with_refresh(app: &TestApp, token: &str, assertion: &str) -> Answer {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ];
    ask(app, &form).await
}

fn text(answer: &Answer, member: &str) -> String {
    answer.member(member).as_str().unwrap_or_else(|| panic!("no {member} in {}", answer.text)).to_owned()
}

#[track_caller]
fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, text(answer, "error").as_str()), (status, error), "{}", answer.text);
    assert_eq!(answer.json().as_object().expect("an object").len(), 2);
    assert!(!text(answer, "error_description").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_gives_both_tokens_and_the_refresh_token_gives_more() {
    let app = spawn().await;
    let client = client(&app.test, &form(Dialect::Revolut)).await;
    let assertion = SIGNER.sign(&claims(&client.client_id));
    let first = with_code(&app, &client.code, &assertion).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(first.header("content-type"), "application/json");
    let (access, refresh) = (text(&first, "access_token"), text(&first, "refresh_token"));
    assert!(access.starts_with("oa_sand_") && refresh.starts_with("oa_sand_") && access != refresh);
    let expected =
        json!({"access_token": access, "token_type": "bearer", "expires_in": 2399, "refresh_token": refresh});
    assert_eq!(first.json(), expected);
    let caller = oauth::bearer(&app.test.desk, &access, &arrival()).await.expect("a program");
    assert_eq!((caller.via, caller.credential()), (Via::Revolut, Some(client.id)));

    // The refresh token is not used up, and no other one comes with it.
    for _ in 0..2 {
        let again = with_refresh(&app, &refresh, &assertion).await;
        assert_eq!(again.status, 200, "{}", again.text);
        let access = text(&again, "access_token");
        assert_eq!(again.json(), json!({"access_token": access, "token_type": "bearer", "expires_in": 2399}));
        oauth::bearer(&app.test.desk, &access, &arrival()).await.expect("a program");
    }
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_end_in_their_time() {
    let app = spawn().await;
    let client = client(&app.test, &form(Dialect::Revolut)).await;
    let first = with_code(&app, &client.code, &SIGNER.sign(&claims(&client.client_id))).await;
    let (access, refresh) = (text(&first, "access_token"), text(&first, "refresh_token"));
    let works = async || oauth::bearer(&app.test.desk, &access, &arrival()).await.is_ok();
    app.test.clock.advance(40 * MINUTE - SECOND);
    assert!(works().await);
    app.test.clock.advance(SECOND);
    assert!(!works().await);

    let late = |seconds: i64| {
        let mut claims = claims(&client.client_id);
        claims["exp"] = json!(app.test.clock.now() / SECOND + seconds);
        SIGNER.sign(&claims)
    };
    app.test.clock.advance(90 * 24 * 60 * MINUTE - 41 * MINUTE);
    assert_eq!(with_refresh(&app, &refresh, &late(60)).await.status, 200);
    app.test.clock.advance(MINUTE);
    refused(&with_refresh(&app, &refresh, &late(60)).await, 400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_works_once_and_a_second_use_ends_what_it_gave() {
    let app = spawn().await;
    let client = client(&app.test, &form(Dialect::Revolut)).await;
    let assertion = SIGNER.sign(&claims(&client.client_id));
    let first = with_code(&app, &client.code, &assertion).await;
    let (access, refresh) = (text(&first, "access_token"), text(&first, "refresh_token"));
    refused(&with_code(&app, &client.code, &assertion).await, 400, "invalid_grant");
    let after = oauth::bearer(&app.test.desk, &access, &arrival()).await;
    assert!(matches!(after, Err(Error::Unauthenticated)));
    refused(&with_refresh(&app, &refresh, &assertion).await, 400, "invalid_grant");
    let sql = "SELECT COUNT(*) FROM audit_log WHERE action = 'token.issue' AND outcome = 'refused'";
    assert_eq!(app.test.int(sql).await, 1);

    // Sixteen at once: one gets tokens, and the others end them again.
    let (_, code) = credentials::make_code(&app.test.desk, &app.test.admin, client.id).await.unwrap();
    let tries = (0..16).map(|_| with_code(&app, &code, &assertion));
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_for_its_client_for_ten_minutes_and_until_the_next_one() {
    let app = spawn().await;
    let (one, other) =
        (client(&app.test, &form(Dialect::Revolut)).await, client(&app.test, &form(Dialect::Revolut)).await);
    let of = |client: &Client| SIGNER.sign(&claims(&client.client_id));
    refused(&with_code(&app, &other.code, &of(&one)).await, 400, "invalid_grant");
    refused(&with_refresh(&app, &one.code, &of(&one)).await, 400, "invalid_grant");
    refused(&with_code(&app, "oa_sand_nothing", &of(&one)).await, 400, "invalid_grant");
    let (_, newer) = credentials::make_code(&app.test.desk, &app.test.admin, one.id).await.unwrap();
    refused(&with_code(&app, &one.code, &of(&one)).await, 400, "invalid_grant");
    // Nothing of this used up the other client's code.
    assert_eq!(with_code(&app, &other.code, &of(&other)).await.status, 200);
    app.test.clock.advance(10 * MINUTE);
    let mut late = claims(&one.client_id);
    late["exp"] = json!(app.test.clock.now() / SECOND + 60);
    refused(&with_code(&app, &newer, &SIGNER.sign(&late)).await, 400, "invalid_grant");
}

/// A token signed by hand, as no library would.
fn forged(header: &Value, claims: &Value, signature: &str) -> String {
    use base64::Engine as _;
    let encode = |value: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", encode(header), encode(claims))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_must_be_the_clients_own_for_here_and_now() {
    let app = spawn_with(|config| config.rate_limits.revolut = 1_000).await;
    let one = client(&app.test, &form(Dialect::Revolut)).await;
    let other = client(&app.test, &form(Dialect::Revolut)).await;
    let good = claims(&one.client_id);
    let with = |member: &str, value: Value| {
        let mut claims = good.clone();
        claims[member] = value;
        SIGNER.sign(&claims)
    };
    let without = |member: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().expect("an object").remove(member);
        SIGNER.sign(&claims)
    };
    let public = SIGNER.public.as_bytes();
    let confused = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &good, &EncodingKey::from_secret(public));
    let now = app.test.clock.now() / SECOND;
    let signed = SIGNER.sign(&good);
    let (message, signature) = signed.rsplit_once('.').expect("a signature");
    let mut parts = signed.split('.');
    let head = parts.next().expect("a header");
    let other_claims = SIGNER.sign(&claims(&other.client_id));
    let swapped = format!("{head}.{}.{signature}", other_claims.split('.').nth(1).expect("claims"));
    for (what, assertion) in [
        ("another key", OTHER_SIGNER.sign(&good)),
        ("no algorithm", forged(&json!({"alg": "none", "typ": "JWT"}), &good, "")),
        ("RS256 without a signature", forged(&json!({"alg": "RS256", "typ": "JWT"}), &good, "")),
        ("the public key as a shared secret", confused.expect("a token")),
        ("the claims of another", swapped),
        ("a cut signature", message.to_owned()),
        ("nothing like a token", "a.b.c".to_owned()),
        ("expired", with("exp", json!(now - 31))),
        ("expired long ago", with("exp", json!(0))),
        ("an end that is no number", with("exp", json!("tomorrow"))),
        ("no end", without("exp")),
        ("another audience", with("aud", json!("https://example.com"))),
        ("an audience that only begins alike", with("aud", json!("https://revolut.com.example.com"))),
        ("no audience", without("aud")),
        ("another issuer", with("iss", json!("example.com"))),
        ("an issuer with its scheme", with("iss", json!(format!("https://{ISSUER}")))),
        ("no issuer", without("iss")),
        ("an unknown client", with("sub", json!("nobody"))),
        ("no client", without("sub")),
        ("a client with U+0000", with("sub", json!("a\u{0}b"))),
    ] {
        let answer = with_code(&app, &one.code, &assertion).await;
        assert_eq!((answer.status, answer.member("error")), (401, json!("invalid_client")), "{what}: {}", answer.text);
    }
    // None of these used the code up. A fraction of a second and a list of audiences are fine.
    let lenient = json!({"iss": ISSUER, "sub": one.client_id, "aud": [AUDIENCE], "exp": 1_768_473_060.5});
    assert_eq!(with_code(&app, &one.code, &SIGNER.sign(&lenient)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_must_be_whole() {
    let app = spawn_with(|config| config.rate_limits.revolut = 1_000).await;
    let client = client(&app.test, &form(Dialect::Revolut)).await;
    let assertion = SIGNER.sign(&claims(&client.client_id));
    let whole = [
        ("grant_type", "authorization_code"),
        ("code", client.code.as_str()),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion.as_str()),
    ];
    for left_out in 0..whole.len() {
        let form: Vec<_> = whole.iter().enumerate().filter(|(n, _)| *n != left_out).map(|(_, pair)| *pair).collect();
        refused(&ask(&app, &form).await, 400, "invalid_request");
    }
    let replaced = |name: &'static str, value: &'static str| {
        whole.iter().map(|(n, v)| if *n == name { (name, value) } else { (*n, *v) }).collect::<Vec<_>>()
    };
    refused(&ask(&app, &replaced("grant_type", "password")).await, 400, "unsupported_grant_type");
    refused(&ask(&app, &replaced("client_assertion_type", "jwt")).await, 400, "invalid_request");
    let twice: Vec<_> = whole.iter().chain(&whole[..1]).copied().collect();
    refused(&ask(&app, &twice).await, 400, "invalid_request");
    let named = |id: &'static str| whole.iter().copied().chain([("client_id", id)]).collect::<Vec<_>>();
    refused(&ask(&app, &named("someone-else")).await, 401, "invalid_client");
    let json = app.visitor().request("POST", "/api/1.0/auth/token").json(&json!({"grant_type": "refresh_token"}));
    refused(&send(json).await, 400, "invalid_request");
    let whole: Vec<_> = whole.iter().copied().chain([("client_id", client.client_id.as_str())]).collect();
    assert_eq!(ask(&app, &whole).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_no_longer_gets_nothing_and_what_they_had_stops() {
    let app = spawn_with(|config| config.rate_limits.revolut = 1_000).await;
    let test = &app.test;
    let invited = NewCredential { owner: "axel@example.com".into(), ..form(Dialect::Revolut) };
    let ending = NewCredential { last_day: "2026-01-15".into(), ..form(Dialect::Revolut) };
    let (revoked, orphan, ended) =
        (client(test, &form(Dialect::Revolut)).await, client(test, &invited).await, client(test, &ending).await);
    let mut tokens = Vec::new();
    for client in [&revoked, &orphan, &ended] {
        let answer = with_code(&app, &client.code, &SIGNER.sign(&claims(&client.client_id))).await;
        tokens.push((text(&answer, "access_token"), text(&answer, "refresh_token")));
    }
    credentials::revoke(&test.desk, &test.admin, revoked.id).await.unwrap();
    let owner = test.approver.person().expect("a person");
    staff::disable(&test.desk, &test.admin, owner).await.unwrap();
    // The end of the day: 13 h 30 min later.
    test.clock.advance(13 * 60 * MINUTE + 30 * MINUTE);
    for (client, (access, refresh)) in [&revoked, &orphan, &ended].into_iter().zip(&tokens) {
        let answer = oauth::bearer(&test.desk, access, &arrival()).await;
        assert!(matches!(answer, Err(Error::Unauthenticated)), "{answer:?}");
        let mut late = claims(&client.client_id);
        late["exp"] = json!(test.clock.now() / SECOND + 60);
        refused(&with_refresh(&app, refresh, &SIGNER.sign(&late)).await, 401, "invalid_client");
    }
    let code = credentials::make_code(&test.desk, &test.admin, revoked.id).await;
    assert!(matches!(code, Err(Error::Refused(_))));
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_addresses_get_no_token_and_cannot_use_one() {
    let app = spawn().await;
    let test = &app.test;
    let listed = NewCredential { ip_list: "203.0.113.0/24".into(), ..form(Dialect::Revolut) };
    let client = client(test, &listed).await;
    let assertion = SIGNER.sign(&claims(&client.client_id));
    refused(&with_code(&app, &client.code, &assertion).await, 401, "invalid_client");
    let token =
        oauth::mint(&test.desk, client.id, paydesk::store::credentials::TokenKind::Access, MINUTE).await.unwrap();
    assert!(oauth::bearer(&test.desk, &token, &arrival_from("203.0.113.9")).await.is_ok());
    for arrival in [arrival_from("198.51.100.1"), arrival()] {
        assert!(matches!(oauth::bearer(&test.desk, &token, &arrival).await, Err(Error::Forbidden)));
    }
    // Sensitive data without a list is refused everywhere, however that came to be.
    let sql = "UPDATE credentials SET scopes = 'READ READ_SENSITIVE', ip_list = ''";
    test.desk.store.write(move |tx| Box::pin(async move { tx.execute(sql, &[]).await })).await.unwrap();
    test.desk.access.forget();
    assert!(matches!(oauth::bearer(&test.desk, &token, &arrival_from("203.0.113.9")).await, Err(Error::Forbidden)));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_certificate_leaves_the_first_one_its_time() {
    let app = spawn().await;
    let test = &app.test;
    let client = client(test, &form(Dialect::Revolut)).await;
    let first = with_code(&app, &client.code, &SIGNER.sign(&claims(&client.client_id))).await;
    let refresh = text(&first, "refresh_token");
    let upload = async |pem: &str, hours: &str| {
        let version = credentials::get(&test.desk, &test.admin, client.id).await.unwrap().version;
        credentials::upload_certificate(&test.desk, &test.admin, client.id, pem, hours, version).await.unwrap()
    };
    upload(&OTHER_SIGNER.public, "1").await;
    let at = |signer: &crate::support::programs::Signer| {
        let mut claims = claims(&client.client_id);
        claims["exp"] = json!(test.clock.now() / SECOND + 60);
        signer.sign(&claims)
    };
    assert_eq!(with_refresh(&app, &refresh, &at(&SIGNER)).await.status, 200);
    assert_eq!(with_refresh(&app, &refresh, &at(&OTHER_SIGNER)).await.status, 200);
    test.clock.advance(60 * MINUTE);
    refused(&with_refresh(&app, &refresh, &at(&SIGNER)).await, 401, "invalid_client");
    assert_eq!(with_refresh(&app, &refresh, &at(&OTHER_SIGNER)).await.status, 200);
    // At once: also what was handed out ends.
    upload(&SIGNER.public, "0").await;
    refused(&with_refresh(&app, &refresh, &at(&OTHER_SIGNER)).await, 401, "invalid_client");
    refused(&with_refresh(&app, &refresh, &at(&SIGNER)).await, 400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_only_good_for_its_own_dialect() {
    let test = desk().await;
    let wallet = test.token.clone();
    let revolut = authorization(&test, Dialect::Revolut, "anna@example.com", &[Scope::Read]).await;
    let revolut = revolut.strip_prefix("Bearer ").expect("a token");
    assert!(matches!(oauth::bearer(&test.desk, &wallet, &arrival()).await, Err(Error::Unauthenticated)));
    for token in ["", "oa_sand_", "oa_prod_x", &revolut.to_uppercase(), &format!("{revolut} ")] {
        assert!(matches!(oauth::bearer(&test.desk, token, &arrival()).await, Err(Error::Unauthenticated)), "{token}");
    }
    let answer = paydesk::service::tokens::authenticate(&test.desk, revolut, &arrival()).await;
    assert!(matches!(answer, Err(Error::Unauthenticated)));
    assert!(oauth::bearer(&test.desk, revolut, &arrival()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_are_those_of_the_dialects_own_table() {
    let test = desk().await;
    let caller = async |scopes: &[Scope]| {
        let token = authorization(&test, Dialect::Revolut, "anna@example.com", scopes).await;
        oauth::bearer(&test.desk, token.strip_prefix("Bearer ").expect("a token"), &arrival()).await.expect("a program")
    };
    let (pay, both) = (caller(&[Scope::Pay]).await, caller(&[Scope::Read, Scope::Write]).await);
    assert!(matches!(pay.who, Who::Credential { .. }));
    assert!(!allows(&pay, Operation::CancelLink) && allows(&both, Operation::CancelLink));
    assert!(!allows(&pay, Operation::MakeLink) && !allows(&both, Operation::MakeLink));
    let refusals = "SELECT COUNT(*) FROM audit_log WHERE action = 'permission.refused' AND via = 'revolut'";
    assert!(programs::needs(&test.desk, &both, &[Scope::Write]).await.is_ok());
    assert_eq!(test.int(refusals).await, 0);
    let refusal = programs::needs(&test.desk, &pay, &[Scope::Write]).await;
    assert!(matches!(refusal, Err(Error::Forbidden)));
    assert_eq!(test.int(refusals).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_address_may_only_try_so_often() {
    let app = spawn_with(|config| config.rate_limits = usual_limits()).await;
    let client = client(&app.test, &form(Dialect::Revolut)).await;
    let bad = OTHER_SIGNER.sign(&claims(&client.client_id));
    let mut answers = Vec::new();
    for _ in 0..61 {
        answers.push(with_code(&app, &client.code, &bad).await);
    }
    let last = answers.pop().expect("an answer");
    assert!(answers.iter().all(|answer| answer.status == 401));
    assert_eq!((last.status, last.member("code")), (429, json!(3162)));
    assert_eq!(last.member("message"), "Request rate limit has been reached. Try again later.");
    assert!(!last.header("retry-after").is_empty());
    assert_eq!(last.header("ratelimit-policy"), "\"api\";q=60;w=60");
}
