//! `POST /api/v1/payouts`: the contract's section 6, and every amount that is not one.

use serde_json::{Value, json};

use crate::support::api::{payout, payout_with, send};
use crate::support::app::{EUR, JPY, KWD, OTHER_USD, USD, spawn};

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_is_made_and_the_wallet_debited_at_once() {
    let app = spawn().await;
    let before = app.test.balances(USD).await.0;
    let mut body = payout("PAY_1");
    body["metadata"] = json!({"order": 7});
    body["beneficiary_phone"] = json!("+1 555 0100");
    body["beneficiary_identifiers"] = json!({"account_number": "000123456789"});
    body["notify_beneficiary"] = json!(true);
    body["not_in_the_contract"] = json!([1]);
    let made = app.api().post("/payouts", body).await;
    assert_eq!(made.status, 201);
    assert_eq!(app.test.balances(USD).await.0, before - 10_150);
    assert_eq!((made.member("status"), made.member("action")), (json!("created"), Value::Null));
    assert_eq!(made.member("metadata"), json!({"order": 7}));
    assert_eq!(made.member("beneficiary")["phone"], "+1 555 0100");
    assert!(!made.text.contains("000123456789"), "account numbers are not shown back");
    assert!(!made.text.contains("notif"), "nobody was notified, so nothing says so");
    for member in ["queued_at", "submitted_at", "completed_at", "failed_at", "cancelled_at", "failure_reason"] {
        assert_eq!(made.json().get(member), Some(&Value::Null), "{member}");
    }
    assert_eq!(app.api().get(&format!("/payouts/{}", made.id())).await.text, made.text);
    let above = app.api().post("/payouts", payout_with("PAY_2", "amount", json!("1000.01"))).await;
    assert_eq!((above.member("status"), above.member("action")), (json!("action_required"), json!("approval")));
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_have_exactly_the_decimals_of_their_currency() {
    let app = spawn().await;
    for (wallet, currency, sent, shown) in [
        (USD, "USD", "0.1", "0.10"),
        (EUR, "EUR", "12.30", "12.30"),
        (JPY, "JPY", "500", "500"),
        (KWD, "KWD", "1.25", "1.250"),
    ] {
        let body = payout(currency).to_string().replace(r#""amount":100"#, &format!(r#""amount":{sent}"#));
        let body = body.replace(r#""wallet_id":1"#, &format!(r#""wallet_id":{wallet}"#));
        let body = body.replace(r#""currency":"USD""#, &format!(r#""currency":"{currency}""#));
        let made = app.api().post_text("/payouts", &body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        for member in ["amount", "destination_amount"] {
            assert!(made.text.contains(&format!(r#""{member}":{shown},"#)), "{}", made.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_a_plain_amount_is_refused_by_name() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    for amount in [
        "1e2",
        "1E2",
        "-0",
        "-1",
        "0",
        "0.00",
        "1.005",
        "0.001",
        "9007199254740992",
        "9007199254740993.00",
        "1e999999",
        "123456789012345678901234567890",
        "true",
        "null",
        "[1]",
        "{}",
        "\"\"",
        "\" \"",
        "\" 5 \"",
        "\"1,000\"",
        "\"٣\"",
        "\"NaN\"",
        "\"+5\"",
        "\"0x10\"",
        "\"1_000\"",
        "\"½\"",
    ] {
        let body = payout("PAY_1").to_string().replace(r#""amount":100"#, &format!(r#""amount":{amount}"#));
        app.api().post_text("/payouts", &body).await.refuses_member("amount ");
    }
    let malformed = payout("PAY_1").to_string().replace(r#""amount":100"#, r#""amount":007"#);
    app.api().post_text("/payouts", &malformed).await.refuses_member("body must be a JSON object");
    assert_eq!(app.test.balances(USD).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_member_that_cannot_be_used_is_named() {
    let app = spawn().await;
    for member in [
        "reference_id",
        "wallet_id",
        "amount",
        "currency",
        "beneficiary_email",
        "beneficiary_first_name",
        "beneficiary_last_name",
    ] {
        let missing = app.api().post("/payouts", payout_with("PAY_1", member, Value::Null)).await;
        missing.refuses(400, "BadRequest", &format!("{member} is required"));
    }
    let long = "x".repeat(501);
    for (member, value) in [
        ("reference_id", json!(5)),
        ("reference_id", json!("a\u{0}b")),
        ("reference_id", json!("x".repeat(101))),
        ("wallet_id", json!("main")),
        ("wallet_id", json!(1.5)),
        ("wallet_id", json!(true)),
        ("currency", json!("usd")),
        ("currency", json!("XYZ")),
        ("currency", json!("EUR")),
        ("beneficiary_email", json!("nobody")),
        ("beneficiary_email", json!("John <john@example.com>")),
        ("beneficiary_country", json!("USA")),
        ("beneficiary_country", json!("ZZ")),
        ("beneficiary_identifiers", json!("123")),
        ("beneficiary_id", json!("ben_nope")),
        ("description", json!(long)),
        ("metadata", json!([1])),
        ("metadata", json!({"a": "\u{0}"})),
        ("notify_beneficiary", json!("yes")),
    ] {
        let refused = app.api().post("/payouts", payout_with("PAY_1", member, value.clone())).await;
        refused.refuses_member(&format!("{member} "));
    }
    let twice = r#"{"amount":1,"amount":1000}"#;
    app.api().post_text("/payouts", twice).await.refuses(400, "BadRequest", "amount must not be given twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_wallet_cannot_do_is_said_in_the_contracts_words() {
    let app = spawn().await;
    for wallet in [json!(99), json!(OTHER_USD)] {
        let refused = app.api().post("/payouts", payout_with("PAY_1", "wallet_id", wallet)).await;
        refused.refuses(404, "NotFound", "Wallet not found");
    }
    // The amount alone would fit; with its fees it does not.
    let all = app.api().post("/payouts", payout_with("PAY_1", "amount", json!(1_000_000))).await;
    all.refuses(400, "BadRequest", "Insufficient wallet balance");
    let mut body = payout("PAY_1");
    for member in ["beneficiary_email", "beneficiary_first_name", "beneficiary_last_name", "beneficiary_country"] {
        body.as_object_mut().unwrap().remove(member);
    }
    body["beneficiary_id"] = json!("ben_01h455vb4pex5vsknk084sn02q");
    app.api().post("/payouts", body).await.refuses(404, "NotFound", "Beneficiary not found");
    let readonly = app.readonly_api();
    readonly.post("/payouts", payout("PAY_1")).await.refuses(403, "Forbidden", "Insufficient permissions");
    readonly.post_nothing("/payouts").await.refuses(403, "Forbidden", "Insufficient permissions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_never_pays_twice() {
    let app = spawn().await;
    let before = app.test.balances(USD).await.0;
    let first = app.api().post("/payouts", payout("PAY_1")).await;
    app.test.run_jobs(1).await;
    let again = app.api().post("/payouts", payout("PAY_1")).await;
    assert_eq!((again.status, again.id()), (201, first.id()));
    assert_eq!(again.member("status"), "queued", "the payout as it stands now");
    assert_eq!(again.header("idempotent-replayed"), "");
    let other = app.api().post("/payouts", payout_with("PAY_1", "amount", json!(101))).await;
    other.refuses(409, "Conflict", "Payout with this reference_id already exists");
    assert_eq!(app.test.balances(USD).await.0, before - 10_150);
    // Another client may use the same reference.
    let foreign = app.other_api().post("/payouts", payout_with("PAY_1", "wallet_id", json!(OTHER_USD))).await;
    assert_eq!(foreign.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_answers_the_first_payout_as_it_was_and_wins_over_the_reference() {
    let app = spawn().await;
    let post = |key: &str, body: Value| {
        let body = body.to_string();
        let request = app.api().request("POST", "/payouts").header("Content-Type", "application/json");
        send(request.header("Idempotency-Key", key).body(body))
    };
    let first = post("key-0001", payout("PAY_1")).await;
    app.test.run_jobs(1).await;
    let again = post("key-0001", payout("PAY_1")).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"));
    assert_eq!(again.text, first.text);
    let other = post("key-0001", payout("PAY_2")).await;
    other.refuses(422, "UnprocessableEntity", "Idempotency-Key was used for another request");
    for key in ["short", &"x".repeat(257)] {
        post(key, payout("PAY_3")).await.refuses_member("Idempotency-Key must have 8 to 256");
    }
    assert_eq!(post(&"x".repeat(256), payout("PAY_3")).await.status, 201);
    // What cannot be used is not remembered under the key.
    post("key-0002", payout_with("PAY_4", "amount", json!("x"))).await.refuses_member("amount ");
    assert_eq!(post("key-0002", payout("PAY_4")).await.status, 201);
}
