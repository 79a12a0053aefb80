//! Payouts around reversals: lists, statuses, balances.

use serde_json::{Value, json};

use super::{MassPay, path_of, says, spawn, user_token, wallet_token};
use crate::support::app::USD;

#[tokio::test(flavor = "multi_thread")]
async fn a_users_payouts_are_listed_newest_first_with_their_statuses() {
    let app = spawn().await;
    let masspay = MassPay::of(&app);
    let failed = app.test.completed("90.41").await;
    let paid = app.test.completed("10.00").await;
    let held = app.test.payout("2000.00").await;
    let open = app.test.payout("3.00").await;
    let cancelled = app.test.payout("4.00").await;
    let (desk, operator) = (&app.test.desk, &app.test.operator);
    paydesk::service::payouts::cancel(desk, operator, cancelled.payout.id, None, None, None).await.unwrap();
    let list = masspay.get(&format!("/payout/{}", user_token(&paid))).await.json();
    let told: Vec<(&Value, &Value)> =
        list.as_array().unwrap().iter().map(|payout| (&payout["source_amount"], &payout["status"])).collect();
    assert_eq!(
        told,
        [
            (&json!(4.0), &json!("CANCELLED")),
            (&json!(3.0), &json!("PENDING")),
            (&json!(2000.0), &json!("HOLD")),
            (&json!(10.0), &json!("COMPLETED")),
            (&json!(90.41), &json!("ERROR")),
        ]
    );
    assert_eq!(list[4]["status_reason"], "The sandbox provider refused it: the account is closed.");
    assert_eq!(masspay.get(&path_of(&failed)).await.json(), list[4]);
    assert_eq!(masspay.get(&path_of(&open)).await.json(), list[1]);
    let committed = masspay.put(&path_of(&failed)).await;
    assert_eq!((committed.status, committed.member("status")), (200, json!("failure")));
    assert_eq!(masspay.put(&path_of(&held)).await.member("status"), "success");
}

#[tokio::test(flavor = "multi_thread")]
async fn balances_are_those_of_the_clients_wallets() {
    let app = spawn().await;
    let masspay = MassPay::of(&app);
    let record = app.test.payout("100.00").await;
    let usd = paydesk::service::wallets::get(&app.test.desk, &app.test.admin, USD).await.unwrap();
    let balances = masspay.get("/payout/account/balance").await;
    let first = json!({"token": wallet_token(usd.id), "balance": 999_898.5, "currency_code": "USD"});
    assert_eq!((balances.status, balances.json()[0].clone()), (200, first));
    let codes: Vec<Value> =
        balances.json().as_array().unwrap().iter().map(|balance| balance["currency_code"].clone()).collect();
    assert_eq!(codes, ["USD", "EUR", "JPY", "KWD"]);
    assert!(balances.text.contains(r#""balance":100000000,"currency_code":"JPY""#), "{}", balances.text);
    let wallets = masspay.get(&format!("/payout/wallet/{}", user_token(&record))).await;
    assert_eq!(
        wallets.json()[0],
        json!({"user_token": user_token(&record), "token": wallet_token(usd.id), "balance": 999_898.5,
               "currency_code": "USD", "type": "USER_FUNDS", "active": true, "client_paying_fees": true})
    );
    says(&masspay.get("/payout/wallet/usr_9f0ea42a-07b5-41ef-932f-027143ffa57b").await, 404, "Not found.");
    let other = MassPay::at(&app.base_url, Some(&app.other_key));
    says(&other.get(&format!("/payout/wallet/{}", user_token(&record))).await, 404, "Not found.");
    assert_eq!(other.get("/payout/account/balance").await.json().as_array().map(Vec::len), Some(1));
    let reader = MassPay::at(&app.base_url, Some(&app.readonly_key));
    assert_eq!(reader.get("/payout/account/balance").await.status, 200);
}
