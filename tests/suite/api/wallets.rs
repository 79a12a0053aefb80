//! `/api/v1/wallets` and `/api/v1/transactions`.

use serde_json::{Value, json};

use crate::support::api::payout;
use crate::support::app::{EUR, JPY, KWD, OTHER_USD, USD, spawn};

fn ids(list: &Value) -> Vec<i64> {
    list.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn wallets_are_numbered_and_hold_exact_amounts() {
    let app = spawn().await;
    let list = app.readonly_api().get("/wallets").await;
    assert_eq!(ids(&list.json()), [USD, EUR, JPY, KWD]);
    assert_eq!((list.header("x-page-size"), list.header("x-has-more")), ("50", "false"));
    for exact in [
        r#"{"id":1,"currency_id":840,"currency":"USD","amount":1000000.00,"#,
        r#"{"id":3,"currency_id":392,"currency":"JPY","amount":100000000,"#,
        r#"{"id":4,"currency_id":414,"currency":"KWD","amount":100000.000,"#,
    ] {
        assert!(list.text.contains(exact), "{exact} in {}", list.text);
    }
    let one = app.api().get("/wallets/1").await.json();
    assert_eq!((one["type"].clone(), one["is_active"].clone()), (json!("PREPAID"), json!(true)));
    let found = async |query: &str| ids(&app.api().get(&format!("/wallets?{query}")).await.json());
    assert_eq!(found("currency_id=978").await, [EUR]);
    assert_eq!(found("currency_id=999").await, [0; 0]);
    assert_eq!(found("type=POSTPAID").await, [0; 0]);
    assert_eq!(found("is_active=false").await, [0; 0]);
    assert_eq!(found("limit=1&page=2").await, [EUR]);
    assert_eq!(found("sort=%7B%22field%22%3A%22id%22%2C%22direction%22%3A%22DESC%22%7D").await, [KWD, JPY, EUR, USD]);
    for (query, start) in [
        ("currency_id=USD", "currency_id must be"),
        ("type=GOLD", "type must be"),
        ("is_active=1", "is_active must be"),
        ("sort=id", "sort must be JSON"),
        ("sort=%7B%22field%22%3A%22name%22%7D", "sort.field must be"),
    ] {
        app.api().get(&format!("/wallets?{query}")).await.refuses_member(start);
    }
    for id in [OTHER_USD.to_string(), "99".into(), "x".into(), "-1".into(), "9".repeat(30)] {
        app.api().get(&format!("/wallets/{id}")).await.refuses(404, "NotFound", "Wallet not found");
        let statement = app.api().get(&format!("/wallets/{id}/transactions")).await;
        statement.refuses(404, "NotFound", "Wallet not found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_the_balance_is_one_transaction() {
    let app = spawn().await;
    let id = app.api().post("/payouts", payout("PAY_1")).await.id();
    app.api().post_nothing(&format!("/payouts/{id}/cancel")).await;
    app.test.completed("10.00").await;
    let all = app.api().get("/wallets/1/transactions").await;
    let kinds: Vec<_> = all.json().as_array().unwrap().iter().map(|row| row["type"].clone()).collect();
    assert_eq!(kinds, ["PAYOUT", "PAYOUT_REFUND", "PAYOUT", "FUNDING"], "what settles moves no available money");
    let refund = &all.json()[1];
    for (member, value) in [
        ("wallet_id", json!(USD)),
        ("currency_id", json!(840)),
        ("transaction_type", json!("CREDIT")),
        ("reference_id", json!(id)),
        ("status", json!("COMPLETED")),
        ("amount_minor", json!(10_150)),
        ("source_currency", Value::Null),
        ("destination_currency", Value::Null),
        ("forex_rate", Value::Null),
        ("conversion_charges", Value::Null),
        ("remarks", json!("Refund of cancelled payout")),
        ("created_at", json!("2026-01-15T10:30:00Z")),
    ] {
        assert_eq!(refund[member], value, "{member}");
    }
    assert!(all.text.contains(r#""amount":101.50,"#));
    let number = refund["id"].as_i64().unwrap();
    assert_eq!(app.api().get(&format!("/transactions/{number}")).await.json(), *refund);
    app.other_api().get(&format!("/transactions/{number}")).await.refuses(404, "NotFound", "Transaction not found");
    let sum: i64 = all.json().as_array().unwrap().iter().map(signed).sum();
    assert_eq!(sum, app.test.balances(USD).await.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_found_as_the_seed_asks_for_them() {
    let app = spawn().await;
    let id = app.api().post("/payouts", payout("PAY_1")).await.id();
    app.api().post_nothing(&format!("/payouts/{id}/cancel")).await;
    let count =
        async |query: &str| app.api().get(&format!("/transactions?{query}")).await.header("x-total-count").to_owned();
    for (query, expected) in [
        (format!("wallet_id=1&type=refund&reference={id}"), "1"),
        (format!("type=PAYOUT_REFUND&reference={id}"), "1"),
        (format!("reference={id}"), "2"),
        ("type=Refund".into(), "1"),
        ("type=payout".into(), "1"),
        ("type=settled".into(), "0"),
        ("type=gift".into(), "0"),
        ("wallet_id=2".into(), "1"),
        ("transaction_type=DEBIT".into(), "1"),
        ("transaction_type=CREDIT&wallet_id=1".into(), "2"),
        ("status=COMPLETED&wallet_id=1".into(), "3"),
        ("status=PENDING".into(), "0"),
        ("reference=nothing".into(), "0"),
        ("wallet_id=1&unknown=1".into(), "3"),
    ] {
        assert_eq!(count(&query).await, expected, "{query}");
    }
    let by_amount = "sort=%7B%22field%22%3A%22amount%22%2C%22direction%22%3A%22ASC%22%7D&wallet_id=1&limit=1";
    let smallest = app.api().get(&format!("/transactions?{by_amount}")).await;
    assert_eq!(smallest.json()[0]["amount_minor"], 10_150);
    assert_eq!((smallest.header("x-has-more"), smallest.header("x-total-pages")), ("true", "3"));
    for (query, start) in [
        ("transaction_type=IN", "transaction_type must be"),
        ("status=DONE", "status must be"),
        ("wallet_id=main", "wallet_id must be"),
        ("page=0", "page must be"),
        ("limit=many", "limit must be"),
        ("page=2001&limit=50", "page reaches beyond"),
    ] {
        app.api().get(&format!("/transactions?{query}")).await.refuses_member(start);
    }
    app.api().get("/transactions?wallet_id=5").await.refuses(404, "NotFound", "Wallet not found");
    app.api().get("/transactions/x").await.refuses(404, "NotFound", "Transaction not found");
}

fn signed(row: &Value) -> i64 {
    let amount = row["amount_minor"].as_i64().unwrap();
    if row["transaction_type"] == "CREDIT" { amount } else { -amount }
}

#[tokio::test(flavor = "multi_thread")]
async fn wallets_and_transactions_are_put_in_order_by_amount() {
    let app = spawn().await;
    // 100.00, twice 50.00 and 20.00, each with its fee, after the top-up of a million.
    let made = [("100.00", 10_150), ("50.00", 5_075), ("20.00", 2_030), ("50.00", 5_075)];
    for (amount, _) in made {
        app.test.payout(amount).await;
    }
    let sorted = async |way: &str, page: i64| {
        let sort = format!("sort=%7B%22field%22%3A%22amount%22%2C%22direction%22%3A%22{way}%22%7D");
        let list = app.api().get(&format!("/transactions?{sort}&wallet_id=1&limit=2&page={page}")).await;
        let rows = list.json();
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| (row["amount_minor"].as_i64().unwrap(), row["id"].as_i64().unwrap())).collect::<Vec<_>>()
    };
    let rising = [sorted("ASC", 1).await, sorted("ASC", 2).await, sorted("ASC", 3).await].concat();
    let amounts: Vec<i64> = rising.iter().map(|(amount, _)| *amount).collect();
    assert_eq!(amounts, [2_030, 5_075, 5_075, 10_150, 100_000_000]);
    assert!(rising[1].1 < rising[2].1, "equal amounts stand as they were written");
    let falling = [sorted("DESC", 1).await, sorted("DESC", 2).await, sorted("DESC", 3).await].concat();
    assert_eq!(falling, rising.into_iter().rev().collect::<Vec<_>>());
    // USD now holds less than the others, whose amounts are equal and stand by number.
    let wallets = async |way: &str| {
        let sort = format!("sort=%7B%22field%22%3A%22amount%22%2C%22direction%22%3A%22{way}%22%7D");
        ids(&app.api().get(&format!("/wallets?{sort}")).await.json())
    };
    assert_eq!(wallets("ASC").await, [USD, EUR, JPY, KWD]);
    assert_eq!(wallets("DESC").await, [EUR, JPY, KWD, USD]);
}
