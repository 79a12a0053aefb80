//! What Razorpay's dialect answers while something is frozen.

use paydesk::domain::freeze::Scope;
use serde_json::{Value, json};

use crate::freezes::{freeze, lift};
use crate::support::api::send;
use crate::support::app::spawn;
use crate::support::razorpay::{account, contact, link};

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_key_makes_no_payout_and_no_link() {
    let app = spawn().await;
    let (_, number) = app.test.rupees().await;
    let program = app.razorpay().await;
    let contact = program.post("/v1/contacts", contact()).await.id();
    let fund_account = program.post("/v1/fund_accounts", account(&contact)).await.id();
    let body = json!({
        "account_number": number,
        "fund_account_id": fund_account,
        "amount": 1250,
        "currency": "INR",
        "mode": "IMPS",
        "purpose": "refund",
    });
    let make = async |key: &str| {
        send(program.request("POST", "/v1/payouts").header("X-Payout-Idempotency", key).json(&body)).await
    };
    assert_eq!(make("key-0001").await.status, 200);
    let credential = app.test.text("SELECT maker_credential_id FROM payouts").await;
    let frozen = freeze(&app.test, Scope::Credential, credential).await;
    let refused = make("key-0002").await;
    let link = program.post("/v1/payout-links", link(&number)).await;
    for refused in [refused, link] {
        let error = refused.json()["error"].clone();
        let what = format!("{} is frozen ({}): nothing leaves it.", frozen.what(), frozen.id);
        assert_eq!((refused.status, &error["code"]), (400, &json!("BAD_REQUEST_ERROR")));
        assert_eq!((&error["description"], &error["reason"]), (&json!(what), &Value::Null));
    }
    // The first key still gets its payout.
    assert_eq!(make("key-0001").await.status, 200);
    lift(&app.test, &frozen).await;
    assert_eq!(make("key-0003").await.status, 200);
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payouts").await, 2);
    app.test.verify().await;
}
