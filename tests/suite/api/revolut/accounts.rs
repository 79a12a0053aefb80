//! `/api/1.0`: accounts, transfer reasons, and what every route does.

use paydesk::domain::staff::Scope;
use serde_json::{Value, json};

use crate::support::api::send;
use crate::support::app::{OTHER_USD, USD, spawn_with};
use crate::support::revolut::spawn;

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_exactly_the_members_of_the_contract() {
    let app = spawn().await;
    app.test.payout("100.00").await;
    let account = app.account(USD).await;
    let list = app.revolut().await.get("/accounts").await.json();
    let listed = list.as_array().unwrap().iter().find(|one| one["id"] == json!(account)).unwrap();
    let shown = app.revolut().await.get(&format!("/accounts/{account}")).await;
    assert_eq!((shown.status, &shown.json()), (200, listed));
    // What a payout holds is blocked: 100.00 and its fee of 1.50.
    assert!(shown.text.contains(r#""balance":999898.5,"#), "{}", shown.text);
    let mut members: Vec<&String> = listed.as_object().unwrap().keys().collect();
    members.sort();
    let expected = ["balance", "created_at", "currency", "id", "name", "public", "state", "updated_at"];
    assert_eq!(members, expected);
    assert_eq!((&listed["state"], &listed["currency"]), (&json!("active"), &json!("USD")));
    assert_eq!(list.as_array().unwrap().len(), 4);
    for time in ["created_at", "updated_at"] {
        let time = listed[time].as_str().unwrap();
        assert!(time.len() == "2026-01-11T14:02:53.472318Z".len() && time.ends_with('Z'), "{time}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_or_another_businesss_is_not_found() {
    let app = spawn().await;
    let api = app.revolut().await;
    let missing = "Resource not found";
    let unknown = "12dcd8c2-6408-458f-98a9-3f4abc180898";
    api.get(&format!("/accounts/{unknown}")).await.is_error(404, 3006, missing);
    api.get(&format!("/accounts/{}", app.account(OTHER_USD).await)).await.is_error(404, 3006, missing);
    for text in ["1", "nope", "12dcd8c26408458f98a93f4abc180898"] {
        let expected = "Invalid path parameter 'id': expected UUID";
        api.get(&format!("/accounts/{text}")).await.is_error(400, 2101, expected);
    }
    for path in ["/nowhere", "/accounts/a/b", "/"] {
        api.get(path).await.is_error(404, 3006, missing);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_at_the_door_has_the_shape_of_the_contract() {
    let app = spawn().await;
    let api = app.revolut().await;
    let malformed = "Invalid token. The authorization header must follow the 'Bearer <token>' format.";
    app.revolut_with(None).get("/accounts").await.is_error(401, 1000, malformed);
    for header in ["Basic abc", "Bearer", "Bearer a b", "abc"] {
        let request = app.revolut_with(None).request("GET", "/api/1.0/accounts").header("Authorization", header);
        send(request).await.is_error(401, 1000, malformed);
    }
    let unknown = "Access token is invalid or has expired. Ask for a new one.";
    app.revolut_with(Some("oa_sand_nobody")).get("/accounts").await.is_error(401, 1000, unknown);
    let wrong = api.delete("/accounts").await;
    wrong.is_error(405, 405, "Method not allowed");
    assert!(wrong.header("allow").contains("GET"));
    let html = send(api.request("GET", "/api/1.0/accounts").header("Accept", "text/html")).await;
    html.is_error(406, 406, "Only application/json can be answered");
    let any = send(api.request("GET", "/api/1.0/accounts").header("Accept", "text/html, */*;q=0.1")).await;
    assert_eq!(any.status, 200);
    api.get("/accounts/%00").await.is_error(400, 2101, "The address must not contain U+0000");
    // Nobody asks for these parameters, and nobody minds.
    assert_eq!(api.get("/accounts?colour=red&limit=x").await.status, 200);
    let large = api.post_text("/payout-links", &"x".repeat(70_000)).await;
    large.is_error(413, 3000, "The body must have at most 65536 bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn reasons_are_listed_for_each_country() {
    let app = spawn().await;
    let reasons = app.revolut().await.get("/transfer-reasons").await.json();
    let reasons = reasons.as_array().unwrap();
    let expected = json!({"country": "IN", "currency": "INR", "code": "advertising", "description": "Advertising"});
    assert!(reasons.contains(&expected));
    let of_india: Vec<&Value> = reasons.iter().filter(|reason| reason["country"] == json!("IN")).collect();
    assert_eq!(of_india.len(), 29);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_asks_sixty_times_a_minute() {
    let app = spawn_with(|config| config.rate_limits.revolut = 60).await;
    let (all, reads) = (app.revolut().await, app.revolut_for("1", &[Scope::Read]).await);
    let mut refused = Vec::new();
    for turn in 0..70 {
        let api = if turn % 2 == 0 { &all } else { &reads };
        let answer = api.get("/accounts").await;
        if answer.status != 200 {
            refused.push(answer);
        }
    }
    // A share of a minute comes back while the test asks.
    assert!((5..=10).contains(&refused.len()), "{}", refused.len());
    for answer in refused {
        assert_ne!(answer.header("retry-after"), "");
        answer.is_error(429, 3162, "Request rate limit has been reached. Try again later.");
    }
    assert_eq!(app.other_revolut().await.get("/accounts").await.status, 200);
}
