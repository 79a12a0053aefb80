//! `GET /api/v1/payouts`.

use serde_json::{Value, json};

use crate::support::api::{Answer, payout, payout_with};
use crate::support::app::{EUR, OTHER_USD, spawn};

fn references(answer: &Answer) -> Vec<String> {
    let list = answer.json();
    let rows = list.as_array().unwrap_or_else(|| panic!("no array: {list}"));
    rows.iter().map(|row| row["reference_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_a_bare_array_and_the_headers_tell_the_rest() {
    let app = spawn().await;
    for number in 1..=5 {
        app.api().post("/payouts", payout(&format!("PAY_{number}"))).await;
    }
    let page = app.readonly_api().get("/payouts?limit=2&page=2").await;
    assert_eq!(references(&page), ["PAY_3", "PAY_2"]);
    let headers = ["x-page", "x-per-page", "x-total-count", "x-total-pages"].map(|name| page.header(name).to_owned());
    assert_eq!(headers, ["2", "2", "5", "3"]);
    let first = &app.api().get("/payouts").await;
    assert_eq!((first.header("x-page"), first.header("x-per-page")), ("1", "20"));
    let id = first.json()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(app.api().get(&format!("/payouts/{id}")).await.json(), first.json()[0]);
    assert_eq!(references(&app.api().get("/payouts?sort_by=created_at&sort_order=ASC&limit=1").await), ["PAY_1"]);
    assert_eq!(app.api().get("/payouts?limit=1000").await.header("x-per-page"), "100");
    assert_eq!(app.api().get("/payouts?page=9").await.json(), json!([]));
    assert_eq!(references(&app.api().get("/payouts?limit=1&colour=red").await), ["PAY_5"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_narrow_the_list() {
    let app = spawn().await;
    let cancelled = app.api().post("/payouts", payout("PAY_1")).await.id();
    app.api().post_nothing(&format!("/payouts/{cancelled}/cancel")).await;
    app.api().post("/payouts", payout_with("PAY_2", "amount", json!(1500))).await;
    let mut euro = payout_with("EUR_1", "wallet_id", json!(EUR));
    euro["currency"] = json!("EUR");
    euro["beneficiary_email"] = json!("eva@example.com");
    app.api().post("/payouts", euro).await;
    app.other_api().post("/payouts", payout_with("PAY_9", "wallet_id", json!(OTHER_USD))).await;
    for (query, expected) in [
        ("status=cancelled", vec!["PAY_1"]),
        ("status=action_required", vec!["PAY_2"]),
        ("status=created", vec!["EUR_1"]),
        ("status=completed", vec![]),
        ("status=", vec!["EUR_1", "PAY_2", "PAY_1"]),
        ("currency=EUR", vec!["EUR_1"]),
        ("currency=GBP", vec![]),
        ("search=PAY_", vec!["PAY_2", "PAY_1"]),
        ("search=PAY_2", vec!["PAY_2"]),
        ("search=eva@example.com", vec!["EUR_1"]),
        ("search=EVA@", vec!["EUR_1"]),
        ("search=%25", vec![]),
        ("search=%27%3B--", vec![]),
        (&format!("search={cancelled}"), vec!["PAY_1"]),
        ("client_id=1&status=cancelled", vec!["PAY_1"]),
        ("client_id=2", vec![]),
        ("client_id=77", vec![]),
    ] {
        let answer = app.api().get(&format!("/payouts?{query}")).await;
        assert_eq!(references(&answer), expected, "{query}");
        assert_eq!(answer.header("x-total-count"), expected.len().to_string(), "{query}");
    }
    assert_eq!(references(&app.other_api().get("/payouts").await), ["PAY_9"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_cannot_be_used_are_named() {
    let app = spawn().await;
    for (query, start) in [
        ("page=0", "page must be"),
        ("page=x", "page must be"),
        ("page=99999999999999999999", "page must be"),
        ("page=5001", "page reaches beyond"),
        ("limit=0", "limit must be"),
        ("limit=-1", "limit must be"),
        ("limit=1.5", "limit must be"),
        ("status=paid", "status must be one of created, queued"),
        ("status=to_approve", "status must be one of"),
        ("currency=dollars", "currency must be"),
        ("sort_by=amount", "sort_by must be"),
        ("sort_order=UP", "sort_order must be"),
        ("client_id=me", "client_id must be"),
    ] {
        app.api().get(&format!("/payouts?{query}")).await.refuses_member(start);
    }
    let nul = app.api().get("/payouts?search=a%00b").await;
    assert_eq!((nul.status, nul.member("error")), (400, json!("BadRequest")));
    assert_ne!(nul.member("message"), Value::Null);
}
