//! `/api/1.0/sandbox`: money that comes in, and how a payment ends.

use paydesk::domain::staff::Scope;
use serde_json::{Value, json};

use crate::support::app::{OTHER_USD, USD};
use crate::support::revolut::spawn;

#[tokio::test(flavor = "multi_thread")]
async fn a_top_up_goes_as_it_is_told() {
    let app = spawn().await;
    let account = app.account(USD).await;
    let before = app.test.balances(USD).await.0;
    let post = async |body: Value| app.revolut().await.post("/sandbox/topup", &body).await;
    let made = post(json!({"account_id": account, "amount": 100.25, "currency": "USD"})).await;
    let (created_at, completed_at) = (made.member("created_at"), made.member("completed_at"));
    let expected =
        json!({"id": made.id(), "state": "completed", "created_at": created_at, "completed_at": completed_at});
    assert_eq!((made.status, made.json()), (200, expected));
    assert_eq!(app.test.balances(USD).await.0, before + 10_025);
    let shown = app.revolut().await.get(&format!("/transaction/{}", made.id())).await.json();
    let expected = json!({
        "id": made.id(),
        "type": "topup",
        "state": "completed",
        "created_at": created_at,
        "updated_at": shown["updated_at"],
        "completed_at": completed_at,
        "reference": "Test Top-up",
        "legs": [{"leg_id": shown["legs"][0]["leg_id"], "account_id": account, "amount": 100.25, "currency": "USD"}],
    });
    assert_eq!(shown, expected);
    for state in ["pending", "reverted", "failed"] {
        let body =
            json!({"account_id": account, "amount": "7.00", "currency": "USD", "reference": "R", "state": state});
        let made = post(body).await;
        assert_eq!((made.status, made.member("state"), made.member("completed_at")), (200, json!(state), Value::Null));
        let end = format!("/sandbox/transactions/{}/complete", made.id());
        let ended = app.revolut().await.post_text(&end, "").await;
        match state {
            "pending" => assert_eq!((ended.status, ended.member("state")), (200, json!("completed")), "{}", ended.text),
            state => {
                let message = format!("That cannot happen now: the transaction is {state}.");
                ended.is_error(422, 3100, &message);
            }
        }
    }
    assert_eq!(app.test.balances(USD).await.0, before + 10_725);
    assert_eq!(
        app.revolut()
            .await
            .get(&format!("/transactions?type=topup&account={account}"))
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        5
    );
    for (member, value, code, message) in [
        ("account_id", Value::Null, 3009, "Required 'account_id' is missing"),
        ("account_id", json!(app.account(OTHER_USD).await), 3544, "Account not found"),
        ("amount", json!(10_000.01), 3000, "Field 'amount' must be at most USD 10,000.00"),
        ("state", json!("lost"), 3000, "Value 'lost' is not in correct format for field 'state'"),
    ] {
        let body = json!({"account_id": account, "amount": 1, "currency": "USD"});
        let body = crate::support::revolut::with(&body, member, value);
        post(body).await.is_error(400, code, message);
    }
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_ends_as_it_is_told_and_then_for_good() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    for (action, state, paid) in [
        ("complete", "completed", true),
        ("revert", "reverted", false),
        ("decline", "declined", false),
        ("fail", "failed", false),
    ] {
        let payout = app.test.payout("100.00").await.payout;
        let end = async |action: &str| {
            let path = format!("/sandbox/transactions/{}/{action}", payout.id.hyphenated());
            app.revolut().await.post_text(&path, "").await
        };
        let ended = end(action).await;
        assert_eq!((ended.status, ended.member("state")), (200, json!(state)), "{}", ended.text);
        assert_eq!(ended.member("completed_at").is_string(), action == "complete");
        let shown = app.revolut().await.get(&format!("/transaction/{}", payout.id.hyphenated())).await.json();
        let reason = match action {
            "decline" => json!("declined"),
            "fail" => json!("failed"),
            _ => Value::Null,
        };
        assert_eq!((&shown["state"], &shown["reason_code"]), (&json!(state), &reason));
        for again in ["complete", "decline", "fail"] {
            assert_eq!(end(again).await.status, 422, "{action}, then {again}");
        }
        if paid {
            assert_eq!(app.test.balances(USD).await.0, before.0 - 10_150);
            assert_eq!(end("revert").await.member("state"), "reverted");
        }
        assert_eq!(app.test.balances(USD).await, before, "{action}");
    }
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_approves_nothing_and_knows_its_own_business_alone() {
    let app = spawn().await;
    let waits = app.test.payout("2000.00").await.payout;
    let path = |id: String, action: &str| format!("/sandbox/transactions/{id}/{action}");
    let complete = path(waits.id.hyphenated(), "complete");
    let refused = app.revolut().await.post_text(&complete, "").await;
    refused.is_error(422, 3100, "That cannot happen now: the payout waits for an action.");
    app.other_revolut().await.post_text(&complete, "").await.is_error(404, 3006, "Resource not found");
    let unknown = "12dcd8c2-6408-458f-98a9-3f4abc180898".to_owned();
    app.revolut().await.post_text(&path(unknown, "fail"), "").await.is_error(404, 3006, "Resource not found");
    app.revolut().await.post_text(&path("x".into(), "fail"), "").await.is_error(
        400,
        2101,
        "Invalid path parameter 'id': expected UUID",
    );
    app.revolut().await.post_text(&path(waits.id.hyphenated(), "approve"), "").await.is_error(
        404,
        3006,
        "Resource not found",
    );
    app.revolut_for("1", &[Scope::Read]).await.post_text(&complete, "").await.is_error(
        403,
        9002,
        "This action is forbidden",
    );
    assert_eq!(app.revolut().await.post_text(&path(waits.id.hyphenated(), "decline"), "").await.status, 200);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_can_be_claimed_by_nobody_to_see_it_paid() {
    let app = spawn().await;
    let api = app.revolut().await;
    let id = api.post("/payout-links", &app.link_body().await).await.id();
    let claim = format!("/sandbox/payout-links/{id}/claim");
    app.other_revolut().await.post_text(&claim, "").await.is_error(404, 3006, "Resource not found");
    let claimed = api.post_text(&claim, "").await;
    assert_eq!((claimed.status, claimed.member("state")), (200, json!("processing")), "{}", claimed.text);
    let again = api.post_text(&claim, "").await;
    assert_eq!((again.status, again.member("code")), (422, json!(3100)));
    let transaction = claimed.member("transaction_id").as_str().unwrap().to_owned();
    assert_eq!(api.post_text(&format!("/sandbox/transactions/{transaction}/complete"), "").await.status, 200);
    assert_eq!(api.get(&format!("/payout-links/{id}")).await.member("state"), "processed");
    app.test.verify().await;
}
