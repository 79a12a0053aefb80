//! What came in and went out of a wallet, and its balance.

use serde_json::json;

use crate::support::api::send;
use crate::support::app::{NOW, SECOND, spawn};
use crate::support::razorpay::{account, contact, link};

const BEGAN: i64 = NOW / SECOND;

#[tokio::test(flavor = "multi_thread")]
async fn the_account_tells_what_moved_and_what_is_left() {
    let app = spawn().await;
    let (_, number) = app.test.rupees().await;
    let program = app.razorpay().await;
    app.test.clock.advance(SECOND);
    let link = program.post("/v1/payout-links", link(&number)).await.id();
    program.post_nothing(&format!("/v1/payout-links/{link}/cancel")).await;
    app.test.clock.advance(SECOND);
    let contact = program.post("/v1/contacts", contact()).await.id();
    let fund_account = program.post("/v1/fund_accounts", account(&contact)).await.id();
    let body = json!({
        "account_number": number, "fund_account_id": fund_account, "amount": 1250, "currency": "INR", "mode": "IMPS",
        "purpose": "refund",
    });
    let payout = send(program.request("POST", "/v1/payouts").header("X-Payout-Idempotency", "key-1").json(&body)).await;
    let list = program.get(&format!("/v1/transactions?account_number={number}")).await;
    let ids = list.ids();
    let items = list.json()["items"].clone();
    let moved: Vec<_> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let number = |name: &str| item[name].as_i64().unwrap();
            let source = item["source"]["entity"].as_str().unwrap();
            (source, number("amount"), number("credit"), number("debit"), number("balance"), number("created_at"))
        })
        .collect();
    assert_eq!(
        moved,
        [
            ("payout", 1250, 0, 1250, 998_750, BEGAN + 2),
            ("payout_link", 1000, 1000, 0, 1_000_000, BEGAN + 1),
            ("payout_link", 1000, 0, 1000, 999_000, BEGAN + 1),
            ("bank_transfer", 1_000_000, 1_000_000, 0, 1_000_000, BEGAN),
        ]
    );
    assert_eq!(items[0]["source"]["id"], payout.member("id"));
    assert_eq!(items[1]["source"]["id"], json!(link));
    assert_eq!((&items[0]["account_number"], &items[0]["currency"]), (&json!(number), &json!("INR")));
    for (query, expected) in [
        ("count=1", &ids[..1]),
        ("count=2&skip=1", &ids[1..3]),
        (&format!("from={}&to={}", BEGAN + 1, BEGAN + 1), &ids[1..3]),
        (&format!("to={BEGAN}"), &ids[3..]),
        ("to=1", &[]),
        (&format!("from={}", BEGAN + 100), &[]),
    ] {
        let list = program.get(&format!("/v1/transactions?account_number={number}&{query}")).await;
        assert_eq!(list.ids(), expected, "{query}");
    }
    let one = program.get(&format!("/v1/transactions/{}", ids[1])).await;
    assert_eq!((one.status, one.json()), (200, items[1].clone()));
    program.get("/v1/transactions/txn_00000000000001").await.errs_input("The id provided does not exist", "id");
    let foreign = app.other_razorpay().await.get(&format!("/v1/transactions/{}", ids[1])).await;
    foreign.errs_input("The id provided does not exist", "id");
    let balance = program.get(&format!("/v1/banking_balances?account_number={number}")).await.json();
    assert!(balance["id"].as_str().unwrap().starts_with("bal_"));
    for (member, value) in [
        ("entity", json!("balance")),
        ("name", json!("Main INR")),
        ("balance", json!(998_750)),
        ("account_number", json!(number)),
        ("currency", json!("INR")),
        ("type", json!("banking")),
    ] {
        assert_eq!(balance[member], value, "{member}");
    }
    for path in ["/v1/transactions", "/v1/banking_balances"] {
        program.get(path).await.errs_input("The account_number field is required.", "account_number");
        let foreign = app.other_razorpay().await.get(&format!("{path}?account_number={number}")).await;
        foreign.errs_input("The RazorpayX Account number is invalid.", "account_number");
    }
}
