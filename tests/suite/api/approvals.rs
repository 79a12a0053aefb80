//! `/api/v1/approvals`: what a rule wants approved, seen and decided by programs.

use paydesk::domain::approval::Act;
use paydesk::domain::caller::{Caller, Via};
use paydesk::domain::freeze::Scope as Frozen;
use paydesk::domain::ids::PayoutId;
use paydesk::domain::payout::State;
use paydesk::domain::staff::Scope;
use paydesk::service::approval_rules::{self, RuleInput};
use paydesk::service::credentials::{self, NewCredential};
use paydesk::service::{approval_requests, tokens};
use serde_json::{Value, json};

use crate::freezes::{freeze, lift};
use crate::support::api::Api;
use crate::support::app::{SECOND, TestApp, TestDesk, USD, spawn};

async fn rule(test: &TestDesk, verb: &str, people: i64) {
    let rule = RuleInput {
        verb: verb.into(),
        client: "1".into(),
        people: people.to_string(),
        role: "approver".into(),
        ..RuleInput::default()
    };
    approval_rules::make(&test.desk, &test.admin, &rule).await.expect("a rule");
}

/// Asks to cancel a payout; the id of the request, and the payout.
async fn asked(test: &TestDesk, caller: &Caller) -> (String, PayoutId) {
    let payout = test.payout("25.00").await.payout;
    let act = Act::Cancel { payout_id: payout.id, reason: Some("No longer owed".into()), version: payout.version };
    let request = approval_requests::ask(&test.desk, caller, act, None).await.expect("a request");
    (request.value.id.to_string(), payout.id)
}

/// A program of somebody's that may read and pay.
async fn program(app: &TestApp, owner: &str, client: &str) -> Api {
    let new = NewCredential {
        client: client.into(),
        owner: owner.into(),
        name: format!("Of {owner} for {client}"),
        scopes: [Scope::Read, Scope::Pay].map(|scope| scope.name().to_owned()).to_vec(),
        ..NewCredential::default()
    };
    let host = Caller::system(Via::Command, "test");
    let issued = credentials::create(&app.test.desk, &host, &new).await.expect("a credential");
    app.api_with(Some(&tokens::mint_access_token(&app.test.desk, &issued.credential, 3_600 * SECOND)))
}

fn yes() -> Value {
    json!({"decision": "approve"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_sees_what_waits_and_the_last_yes_does_it() {
    let app = spawn().await;
    let test = &app.test;
    rule(test, "cancel", 2).await;
    let (id, payout) = asked(test, &test.operator).await;
    let (axel, anna) = (program(&app, "axel@example.com", "1").await, app.api());
    let path = format!("/approvals/{id}");
    let shown = axel.get(&path).await;
    for (member, value) in [
        ("verb", json!("cancel")),
        ("status", json!("open")),
        ("subject_id", json!(payout.to_string())),
        ("amount_minor", json!(2500)),
        ("currency", json!("USD")),
        ("reason", json!("No longer owed")),
        ("requested_by", json!("Olga Operator")),
        ("people", json!(2)),
        ("role", json!("approver")),
        ("approved", json!(0)),
        ("answer", Value::Null),
    ] {
        assert_eq!(shown.member(member), value, "{member} in {}", shown.text);
    }
    assert_eq!(app.readonly_api().get("/approvals").await.json(), json!([shown.json()]));
    // Reading is not deciding.
    app.readonly_api().post(&format!("{path}/approval"), yes()).await.refuses(
        403,
        "Forbidden",
        "Insufficient permissions",
    );
    let first = axel.post(&format!("{path}/approval"), yes()).await;
    assert_eq!((first.status, first.member("status"), first.member("approved")), (200, json!("open"), json!(1)));
    // Nobody says it twice, by whatever program of theirs.
    assert_eq!(test.get(payout).await.payout.state, State::Created);
    axel.post(&format!("{path}/approval"), yes()).await.refuses(
        400,
        "BadRequest",
        "approval request cannot be decided: You have approved it already; it waits for 1 more.",
    );
    let last = anna.post(&format!("{path}/approval"), json!({"decision": "approve", "note": "Checked"})).await;
    assert_eq!((last.status, last.member("status"), last.member("approved")), (200, json!("approved"), json!(2)));
    assert_eq!(test.get(payout).await.payout.state, State::Cancelled);
    let over = anna.post(&format!("{path}/approval"), yes()).await;
    let words = "approval request cannot be decided: It does not wait for approval: it is approved and done.";
    over.refuses(400, "BadRequest", words);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_decides_once_and_an_old_version_not_at_all() {
    let app = spawn().await;
    rule(&app.test, "cancel", 1).await;
    let (id, payout) = asked(&app.test, &app.test.operator).await;
    let path = format!("/approvals/{id}/approval");
    let send = async |tag: &str, key: &str| {
        let request = app.api().request("POST", &path).header("If-Match", tag).header("Idempotency-Key", key);
        crate::support::api::send(request.json(&yes())).await
    };
    let words = "approval request has changed since it was read: If-Match names another version";
    send("\"7\"", "one").await.refuses(412, "PreconditionFailed", words);
    let first = send("\"1\"", "two").await;
    assert_eq!((first.status, first.member("status")), (200, json!("approved")), "{}", first.text);
    let again = send("\"1\"", "two").await;
    assert_eq!((again.status, again.json()), (200, first.json()));
    assert_eq!(again.header("Idempotent-Replayed"), "true");
    assert_eq!(app.test.get(payout).await.payout.state, State::Cancelled);
    assert_eq!(app.test.int("SELECT COUNT(*) FROM approvals").await, 1);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_decides_what_is_theirs_or_not_theirs_to_decide() {
    let app = spawn().await;
    let test = &app.test;
    rule(test, "cancel", 1).await;
    // The admin asks; the program is owned by the admin.
    let (id, payout) = asked(test, &test.admin).await;
    let path = format!("/approvals/{id}/approval");
    let words = "Insufficient permissions: whoever asked for something cannot also approve it";
    app.api().post(&path, yes()).await.refuses(403, "Forbidden", words);
    // Sending back takes the permission to decide, also for a program of whoever asked.
    let back = json!({"decision": "send_back", "note": "Mine"});
    app.readonly_api().post(&path, back).await.refuses(403, "Forbidden", "Insufficient permissions");
    // The owner's role is not enough.
    let operators = program(&app, "olga@example.com", "1").await;
    operators.post(&path, yes()).await.refuses(403, "Forbidden", "Insufficient permissions");
    // Another client's program does not know it.
    let other = program(&app, "axel@example.com", "2").await;
    assert_eq!(other.get("/approvals").await.json(), json!([]));
    for answer in [
        other.get(&format!("/approvals/{id}")).await,
        other.post(&path, yes()).await,
        app.api().get("/approvals/apr_01h455vb4pex5vsknk084sn02q").await,
        app.api().post("/approvals/apr_01h455vb4pex5vsknk084sn02q/approval", yes()).await,
        app.api().get(&format!("/approvals/{payout}")).await,
    ] {
        answer.refuses(404, "NotFound", "Approval request not found");
    }
    app.api().post(&path, json!({"decision": "maybe"})).await.refuses_member("decision must be approve or send_back");
    app.api().post(&path, json!({"decision": "approve", "by": "me"})).await.refuses_member("by");
    assert_eq!(test.get(payout).await.payout.state, State::Created);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_frozen_waits_and_what_has_changed_ends() {
    let app = spawn().await;
    let test = &app.test;
    rule(test, "cancel", 1).await;
    let (id, payout) = asked(test, &test.operator).await;
    let axel = program(&app, "axel@example.com", "1").await;
    let key = test.text("SELECT id FROM credentials ORDER BY id DESC LIMIT 1").await;
    let path = format!("/approvals/{id}/approval");
    let stands = freeze(test, Frozen::Credential, key).await;
    let refused = axel.post(&path, yes()).await;
    assert_eq!((refused.status, refused.member("error")), (403, json!("Forbidden")), "{}", refused.text);
    assert!(refused.text.contains("is frozen"), "{}", refused.text);
    assert_eq!(axel.get(&format!("/approvals/{id}")).await.member("status"), json!("open"));
    lift(test, &stands).await;
    // Meanwhile the payout has moved on: nothing is done, and the answer says so.
    test.run_jobs(2).await;
    let stale = axel.post(&path, yes()).await;
    assert_eq!((stale.status, stale.member("status")), (200, json!("stale")), "{}", stale.text);
    assert!(stale.member("answer").is_string());
    assert_eq!(test.get(payout).await.payout.state, State::Queued);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_filtered_and_read_page_by_page() {
    let app = spawn().await;
    let test = &app.test;
    rule(test, "cancel", 1).await;
    rule(test, "adjustment", 1).await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.insert(0, asked(test, &test.operator).await.0);
    }
    let currency = paydesk::domain::money::Currency::USD;
    let act = Act::TopUp { wallet_number: USD, amount_minor: 500, currency, remarks: "SEPA 1".into() };
    let booked = approval_requests::ask(&test.desk, &test.admin, act, None).await.expect("a request").value.id;
    app.api().post(&format!("/approvals/{}/approval", made[2]), json!({"decision": "send_back", "note": "No"})).await;
    let ids = async |query: &str| -> Vec<String> {
        let answer = app.api().get(&format!("/approvals{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let list = answer.json().as_array().cloned().expect("a list");
        list.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
    };
    let booked = booked.to_string();
    let all: Vec<&str> = std::iter::once(&booked).chain(&made).map(String::as_str).collect();
    assert_eq!(ids("").await, all);
    assert_eq!(ids("?verb=adjustment").await, [booked.as_str()]);
    assert_eq!(ids("?status=sent_back").await, [made[2].as_str()]);
    assert_eq!(ids("?status=open&verb=cancel").await, made[..2]);
    assert_eq!(ids(&format!("?limit=2&before={booked}")).await, made[..2]);
    assert_eq!(ids(&format!("?before={}", made[2])).await, Vec::<String>::new());
    for (query, start) in [
        ("?status=done", "status must be one of open"),
        ("?verb=create", "verb must be one of cancel"),
        ("?before=x", "before must be the id of an approval request"),
        ("?limit=0", "limit must be from 1 to 100"),
        ("?page=2", "page"),
    ] {
        app.api().get(&format!("/approvals{query}")).await.refuses_member(start);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_let_no_programs_in() {
    let app = spawn().await;
    let test = &app.test;
    rule(test, "new_credential", 1).await;
    let new = NewCredential {
        client: "1".into(),
        owner: "anna@example.com".into(),
        name: "Another".into(),
        scopes: vec!["READ".into()],
        ..NewCredential::default()
    };
    let request = credentials::create(&test.desk, &test.admin, &new).await.expect("a credential").waits.expect("waits");
    let axel = program(&app, "axel@example.com", "1").await;
    let refused = axel.post(&format!("/approvals/{request}/approval"), yes()).await;
    refused.refuses(403, "Forbidden", "Insufficient permissions: A program does not let programs in.");
    approval_requests::answer(&test.desk, &test.approver, request, true, None, None, None).await.expect("by a person");
    test.verify().await;
}
