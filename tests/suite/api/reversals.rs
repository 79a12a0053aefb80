//! `/api/v1/payouts/{id}/reversals`: the rules of reversing, in this API's words.

use serde_json::{Value, json};

use crate::support::api::send;
use crate::support::app::{USD, spawn};

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_is_reversed_in_parts_until_nothing_is_left() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let id = app.test.completed("100.00").await.payout.id.to_string();
    let body = json!({"amount": 25.5, "reason": "Duplicate", "client_transfer_id": "rev-7", "notify": true,
                      "statement_description": "Duplicate payout", "metadata": {"case": 4}});
    let part = app.reverse(&app.api(), &id, body).await;
    assert_eq!(part.status, 201);
    assert!(part.text.contains(r#""amount":25.50,"#) && part.text.contains(r#""remaining":74.50,"#), "{}", part.text);
    for (member, value) in [
        ("payout_id", json!(id)),
        ("currency", json!("USD")),
        ("status", json!("completed")),
        ("amount_minor", json!(2_550)),
        ("remaining_minor", json!(7_450)),
        ("client_transfer_id", json!("rev-7")),
        ("metadata", json!({"case": 4})),
    ] {
        assert_eq!(part.member(member), value, "{member}");
    }
    let twice = json!({"amount": 1, "reason": "x", "client_transfer_id": "rev-7"});
    app.api().post(&format!("/payouts/{id}/reversals"), twice).await.refuses(
        400,
        "BadRequest",
        "client_transfer_id is already used by another reversal",
    );
    let more = app.api().post(&format!("/payouts/{id}/reversals"), json!({"amount": "74.51", "reason": "x"})).await;
    more.refuses_member("amount is larger than the reversible amount");
    let rest = app.reverse(&app.api(), &id, json!({"reason": "The rest"})).await;
    assert_eq!((rest.member("amount_minor"), rest.member("remaining_minor")), (json!(7_450), json!(0)));
    let none = app.api().post(&format!("/payouts/{id}/reversals"), json!({"reason": "x"})).await;
    none.refuses(400, "BadRequest", "payout has already been fully reversed");
    let list = app.readonly_api().get(&format!("/payouts/{id}/reversals")).await.json();
    assert_eq!((list[0]["id"].clone(), list[1]["id"].clone()), (rest.member("id"), part.member("id")));
    let payout = app.api().get(&format!("/payouts/{id}")).await;
    assert_eq!((payout.member("status"), payout.member("reversible_amount_minor")), (json!("completed"), json!(0)));
    assert_eq!(app.test.balances(USD).await, (before.0 - 150, before.1), "fees stay");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_at_the_same_moment_never_pass_what_was_paid() {
    let app = spawn().await;
    let id = app.test.completed("100.00").await.payout.id.to_string();
    let parts = (0..20).map(|_| {
        let (api, path) = (app.api(), format!("/payouts/{id}/reversals"));
        tokio::spawn(async move { api.post(&path, json!({"amount": 30, "reason": "race"})).await.status })
    });
    let parts: Vec<_> = parts.collect();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    app.test.run_jobs(2).await;
    let mut done = 0;
    for part in parts {
        done += u32::from(part.await.unwrap() == 201);
    }
    assert_eq!(done, 3);
    assert_eq!(app.api().get(&format!("/payouts/{id}")).await.member("reversed_amount_minor"), 9_000);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_reversed_says_why() {
    let app = spawn().await;
    let reason = json!({"reason": "x"});
    let open = app.test.payout("10.00").await.payout.id;
    app.api().post(&format!("/payouts/{open}/reversals"), reason.clone()).await.refuses(
        400,
        "BadRequest",
        "payout cannot be reversed in current status",
    );
    let id = app.test.completed("100.00").await.payout.id;
    let path = format!("/payouts/{id}/reversals");
    for (body, start) in [
        (json!({}), "reason is required"),
        (json!({"reason": "x", "amount": 0}), "amount must be more than 0"),
        (json!({"reason": "x", "amount": ""}), "amount must be a number"),
        (json!({"reason": "x", "amount": -5}), "amount must be a plain number"),
        (json!({"reason": "x", "amount": "0.001"}), "amount has too many decimals"),
        (json!({"reason": "x", "client_transfer_id": "x".repeat(51)}), "client_transfer_id must have at most 50"),
        (json!({"reason": "x", "notify": "yes"}), "notify must be true or false"),
        (json!({"reason": "x", "notify_user": true}), "notify_user is not a member"),
    ] {
        app.api().post(&path, body).await.refuses_member(start);
    }
    app.api().get(&format!("{path}?page=1")).await.refuses_member("page is not a parameter");
    let stale = app.api().request("POST", &path).header("If-Match", "\"1\"").json(&reason);
    assert_eq!(send(stale).await.status, 412);
    app.readonly_api().post(&path, reason.clone()).await.refuses(403, "Forbidden", "Insufficient permissions");
    app.other_api().post(&path, reason.clone()).await.refuses(404, "NotFound", "Payout not found");
    app.other_api().get(&path).await.refuses(404, "NotFound", "Payout not found");
    app.api().post("/payouts/%20/reversals", reason).await.refuses(400, "BadRequest", "Payout ID is required");
    assert_eq!(app.api().get(&path).await.json(), Value::Array(Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_reverses_once() {
    let app = spawn().await;
    let id = app.test.completed("100.00").await.payout.id;
    let path = format!("/payouts/{id}/reversals");
    let post = |body: Value| send(app.api().request("POST", &path).header("Idempotency-Key", "reverse-1").json(&body));
    let jobs = async {
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        app.test.run_jobs(1).await;
    };
    let (first, ()) = tokio::join!(post(json!({"amount": 10, "reason": "x"})), jobs);
    let again = post(json!({"amount": 10, "reason": "x"})).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
    assert_eq!(again.id(), first.id());
    let other = post(json!({"amount": 11, "reason": "x"})).await;
    other.refuses(422, "UnprocessableEntity", "Idempotency-Key was used for another request");
    assert_eq!(app.api().get(&format!("/payouts/{id}")).await.member("reversed_amount_minor"), 1_000);
}
