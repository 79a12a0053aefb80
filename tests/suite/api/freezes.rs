//! `/api/v1/freezes`, and how each dialect says that something is frozen.

use paydesk::domain::freeze::Scope;
use paydesk::domain::payout::State;
use serde_json::{Value, json};

use crate::freezes::{freeze, lift};
use crate::support::api::{payout_with, send};
use crate::support::app::{USD, spawn};

#[tokio::test(flavor = "multi_thread")]
async fn a_program_freezes_asks_and_another_person_lifts() {
    let app = spawn().await;
    let body = json!({"scope": "wallet", "subject_id": USD, "reason": "Faulty run"});
    let made = app.api().post("/freezes", body.clone()).await;
    assert_eq!((made.status, made.member("status"), made.member("scope")), (201, json!("active"), json!("wallet")));
    assert_eq!((made.member("drill"), made.member("subject_name")), (json!(false), json!("Main USD")));
    assert_eq!((made.member("lifted_by"), made.member("lift_requested_by")), (Value::Null, Value::Null));
    let path = format!("/freezes/{}", made.id());
    // The same once more is told, not doubled.
    let again = app.api().post("/freezes", body).await;
    assert_eq!((again.status, again.id()), (200, made.id()));
    let shown = app.readonly_api().get(&path).await;
    assert_eq!((shown.status, shown.json()), (200, made.json()));
    assert_eq!(app.readonly_api().get("/freezes").await.json(), json!([made.json()]));
    // What is made waits, and is not handed over.
    let id = app.api().post("/payouts", payout_with("PAY_1", "amount", json!(10))).await.id();
    app.test.run_jobs(60).await;
    assert_eq!(app.api().get(&format!("/payouts/{id}")).await.member("status"), json!("queued"));
    let early = app.api().post_nothing(&format!("{path}/keep")).await;
    assert_eq!(early.status, 400, "{}", early.text);
    assert!(early.text.contains("Nobody has asked for the freeze to be lifted."), "{}", early.text);
    app.api().post(&format!("{path}/lift-request"), json!({"reason": "Too soon"})).await;
    let kept = app.api().post_nothing(&format!("{path}/keep")).await;
    assert_eq!((kept.status, kept.member("lift_requested_by")), (200, Value::Null), "{}", kept.text);
    let asked = app.api().post(&format!("{path}/lift-request"), json!({"reason": "It was mended"})).await;
    assert_eq!((asked.status, asked.member("lift_reason")), (200, json!("It was mended")));
    // The admin owns the program that asked.
    let own = app.api().post(&format!("{path}/lift"), json!({})).await;
    own.refuses(
        403,
        "Forbidden",
        "Insufficient permissions: whoever asked for a freeze to be lifted cannot also lift it",
    );
    let id = made.id().parse().unwrap();
    paydesk::service::freezes::lift(&app.test.desk, &app.test.approver, id, None, None).await.unwrap();
    let lifted = app.api().get(&path).await;
    assert_eq!((lifted.member("status"), lifted.member("lifted_by")), (json!("lifted"), json!("Axel Approver")));
    app.test.run_jobs(60).await;
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_the_clients_own_is_not_frozen_and_not_seen() {
    let app = spawn().await;
    for body in [
        json!({"scope": "everything", "reason": "r"}),
        json!({"scope": "rail", "subject_id": "sandbox", "reason": "r"}),
    ] {
        app.api().post("/freezes", body).await.refuses_member("scope must be one of client, wallet, payee, credential");
    }
    let foreign = json!({"scope": "client", "subject_id": 2, "reason": "r"});
    app.api().post("/freezes", foreign).await.refuses_member("subject_id must be the id of a client");
    for (body, start) in [
        (json!({"scope": "wallet", "subject_id": 1}), "reason is required"),
        (json!({"scope": "wallet", "reason": "r"}), "subject_id is required"),
        (json!({"scope": "wallet", "subject_id": [], "reason": "r"}), "subject_id must be an id"),
        (
            json!({"scope": "all", "subject_id": 1, "reason": "r"}),
            "scope must be one of client, wallet, payee, credential: programs freeze only",
        ),
        (json!({"scope": "wallet", "subject_id": 1, "reason": "r", "colour": 1}), "colour is not a member"),
    ] {
        app.api().post("/freezes", body).await.refuses_member(start);
    }
    let whole = freeze(&app.test, Scope::Everything, "").await;
    let own = freeze(&app.test, Scope::Client, 1).await;
    for (api, id, status) in [(app.api(), whole.id, 404), (app.api(), own.id, 200), (app.other_api(), own.id, 404)] {
        assert_eq!(api.get(&format!("/freezes/{id}")).await.status, status);
    }
    assert_eq!(app.other_api().get("/freezes").await.json(), json!([]));
    assert_eq!(app.api().get("/freezes/nonsense").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_nobody_knows_is_refused() {
    let app = spawn().await;
    for path in ["/freezes?state=lifted", "/freezes/frz_01h455vb4pex5vsknk084sn02q?state=lifted"] {
        app.api().get(path).await.refuses_member("state is not a parameter of this address");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_honoured_and_an_old_version_refused() {
    let app = spawn().await;
    let make = |subject: i64| {
        let body = json!({"scope": "wallet", "subject_id": subject, "reason": "r"});
        send(app.api().request("POST", "/freezes").header("Idempotency-Key", "freeze-0001").json(&body))
    };
    let (first, again) = (make(1).await, make(1).await);
    assert_eq!((first.status, again.status, first.json()), (201, 201, again.json()));
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(make(2).await.status, 422);
    let path = format!("/freezes/{}/lift-request", first.id());
    let body = json!({"reason": "r"});
    let stale = app.api().request("POST", &path).header("If-Match", "\"7\"").json(&body);
    assert_eq!(send(stale).await.status, 412);
    let fresh = app.api().request("POST", &path).header("If-Match", first.header("etag")).json(&body);
    assert_eq!(send(fresh).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_program_is_told_which_freeze_stops_it() {
    let app = spawn().await;
    let before = app.api().post("/payouts", payout_with("BEFORE", "amount", json!(10))).await;
    let credential = app.test.text("SELECT maker_credential_id FROM payouts").await;
    let frozen = freeze(&app.test, Scope::Credential, credential).await;
    let what = format!("Insufficient permissions: {} is frozen ({}): nothing leaves it.", frozen.what(), frozen.id);
    let refused = app.api().post("/payouts", payout_with("AFTER", "amount", json!(10))).await;
    refused.refuses(403, "Forbidden", &what);
    // What it made before is still there to see, and to cancel.
    let path = format!("/payouts/{}", before.id());
    assert_eq!(app.api().get(&path).await.status, 200);
    assert_eq!(app.api().post_nothing(&format!("{path}/cancel")).await.status, 200);
    lift(&app.test, &frozen).await;
    let id = app.api().post("/payouts", payout_with("AFTER", "amount", json!(10))).await;
    assert_eq!(id.status, 201, "{}", id.text);
    app.test.run_jobs(60).await;
    let id = id.id().parse().unwrap();
    assert_eq!(app.test.get(id).await.payout.state, State::Completed);
}
