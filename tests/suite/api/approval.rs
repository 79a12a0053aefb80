//! `POST /api/v1/payouts/{id}/approval`.

use paydesk::service::payouts;
use serde_json::json;

use crate::support::api::{payout_with, send};
use crate::support::app::{USD, input, spawn};

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_approves_or_sends_back() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let approved = app.test.payout("1500.00").await.payout.id;
    let path = format!("/payouts/{approved}/approval");
    let answer = app.api().post(&path, json!({"decision": "approve", "note": "checked"})).await;
    assert_eq!((answer.status, answer.member("status")), (200, json!("queued")));
    assert_eq!(answer.json().get("action"), Some(&serde_json::Value::Null));
    let again = app.api().post(&path, json!({"decision": "approve"})).await;
    again.refuses(400, "BadRequest", "payout does not wait for approval in current status");
    app.api().post_nothing(&format!("/payouts/{approved}/cancel")).await;
    let back = app.test.payout("1500.00").await.payout.id;
    let answer = app.api().post(&format!("/payouts/{back}/approval"), json!({"decision": "send_back"})).await;
    assert_eq!((answer.status, answer.member("status")), (200, json!("cancelled")));
    assert_eq!(app.test.balances(USD).await, before);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_made_it_cannot_check_it_by_person_or_by_program() {
    let app = spawn().await;
    let words = "Insufficient permissions: nobody checks what they made, not even through a credential that they own or \
                 created";
    let own = app.api().post("/payouts", payout_with("PAY_1", "amount", json!(1500))).await.id();
    let answer = app.api().post(&format!("/payouts/{own}/approval"), json!({"decision": "approve"})).await;
    answer.refuses(403, "Forbidden", words);
    // The program's owner made this one on a page.
    let by_owner = payouts::create(&app.test.desk, &app.test.admin, &input("PAY_2", USD, "USD", "1500"), None).await;
    let id = by_owner.unwrap().value.payout.id;
    let answer = app.api().post(&format!("/payouts/{id}/approval"), json!({"decision": "approve"})).await;
    answer.refuses(403, "Forbidden", words);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_a_decision_is_refused_by_name() {
    let app = spawn().await;
    let id = app.test.payout("1500.00").await.payout.id;
    let path = format!("/payouts/{id}/approval");
    for (body, start) in [
        (json!({}), "decision is required"),
        (json!({"decision": "yes"}), "decision must be approve or send_back"),
        (json!({"decision": true}), "decision must be a text"),
        (json!({"decision": "approve", "note": 1}), "note must be a text"),
        (json!({"decision": "approve", "note": "x".repeat(501)}), "note must have at most 500"),
        (json!({"decision": "approve", "color": "red"}), "color is not a member"),
    ] {
        app.api().post(&path, body).await.refuses_member(start);
    }
    let decision = json!({"decision": "approve"});
    app.api().post(&format!("{path}?dry_run=1"), decision.clone()).await.refuses_member("dry_run is not a parameter");
    let stale = app.api().request("POST", &path).header("If-Match", "\"77\"").json(&decision);
    assert_eq!(send(stale).await.status, 412);
    app.readonly_api().post(&path, decision.clone()).await.refuses(403, "Forbidden", "Insufficient permissions");
    app.other_api().post(&path, decision.clone()).await.refuses(404, "NotFound", "Payout not found");
    app.api().post("/payouts//approval", decision.clone()).await.refuses(400, "BadRequest", "Payout ID is required");
    assert_eq!(app.api().post(&path, decision).await.status, 200, "nothing had changed");
}
