//! `/api/1.0/payout-links`: requests and exact answers of `contracts/revolut.md` section 4.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::api::send;
use crate::support::app::{OTHER_USD, SECOND, USD, claim_input, visit};
use crate::support::revolut::{spawn, with};

const DAY: i64 = 24 * 3_600 * SECOND;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_made_and_read_exactly_as_the_contract_shows() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let made = app.revolut().await.post("/payout-links", &app.link_body().await).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let body = made.json();
    let (id, created_at, url) = (made.id(), body["created_at"].clone(), body["url"].as_str().unwrap());
    assert!(url.starts_with(&format!("{}/l/", app.base_url)), "{url}");
    assert!(created_at.as_str().unwrap().starts_with("2026-01-15T10:30:00.0"), "{created_at}");
    let expected = json!({
        "id": id,
        "state": "active",
        "created_at": created_at,
        "updated_at": body["updated_at"],
        "counterparty_name": "Ada Byron",
        "save_counterparty": false,
        "request_id": "rent-2026-01",
        "expiry_date": created_at.as_str().unwrap().replace("2026-01-15", "2026-01-22"),
        "payout_methods": ["revolut", "bank_account"],
        "account_id": app.account(USD).await,
        "amount": 105.6,
        "currency": "USD",
        "url": url,
        "reference": "Rent",
    });
    assert_eq!(body, expected);
    assert!(body["updated_at"].as_str() >= created_at.as_str());
    assert!(made.text.contains(r#""amount":105.6,"#), "{}", made.text);
    assert_eq!((id.len(), id.matches('-').count()), (36, 4));
    assert_eq!(app.revolut().await.get(&format!("/payout-links/{id}")).await.json(), expected);
    // Amount and fee are blocked.
    assert_eq!(app.test.balances(USD).await, (before.0 - 10_718, before.1 + 10_718));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_member_is_checked_and_the_first_wrong_one_is_named() {
    let app = spawn().await;
    let body = app.link_body().await;
    let long = "x".repeat(101);
    let missing = |member: &str| (3009, format!("Required '{member}' is missing"));
    let format =
        |member: &str, value: &str| (3000, format!("Value '{value}' is not in correct format for field '{member}'"));
    let between = "Field 'amount' must be between USD 1.00 and USD 3,350.00".to_owned();
    for (member, value, (code, message)) in [
        ("counterparty_name", Value::Null, missing("counterparty_name")),
        ("counterparty_name", json!(" "), format("counterparty_name", " ")),
        ("counterparty_name", json!(7), format("counterparty_name", "7")),
        ("request_id", Value::Null, missing("request_id")),
        ("request_id", json!("x".repeat(41)), format("request_id", &"x".repeat(41))),
        ("account_id", Value::Null, missing("account_id")),
        ("account_id", json!("123"), format("account_id", "123")),
        ("amount", Value::Null, missing("amount")),
        ("amount", json!("ten"), format("amount", "ten")),
        ("amount", json!(-5), format("amount", "-5")),
        ("amount", json!(0), (3000, "Field 'amount' must be more than 0".to_owned())),
        ("amount", json!(1.005), (3000, "Field 'amount' has too many decimals: USD has 2".to_owned())),
        ("amount", json!(0.99), (3000, between.clone())),
        ("amount", json!(3350.01), (3000, between)),
        ("currency", Value::Null, missing("currency")),
        ("currency", json!("usd"), format("currency", "usd")),
        ("currency", json!("EUR"), (3000, "Main USD holds USD, not EUR.".to_owned())),
        ("reference", Value::Null, missing("reference")),
        ("reference", json!(""), format("reference", "")),
        ("reference", json!(long), format("reference", &long[..100])),
        ("save_counterparty", json!("perhaps"), format("save_counterparty", "perhaps")),
        ("payout_methods", json!([]), format("payout_methods", "")),
        ("payout_methods", json!(["cash"]), format("payout_methods", "cash")),
        ("payout_methods", json!("card"), format("payout_methods", "card")),
        (
            "payout_methods",
            json!(["card"]),
            (3000, "Field 'payout_methods' must not hold card, which the sandbox does not pay to".to_owned()),
        ),
        ("expiry_period", json!("a week"), format("expiry_period", "a week")),
        ("expiry_period", json!("PT23H"), (3000, "Field 'expiry_period' must be between P1D and P7D".to_owned())),
        ("expiry_period", json!("P8D"), (3000, "Field 'expiry_period' must be between P1D and P7D".to_owned())),
    ] {
        let answer = app.revolut().await.post("/payout-links", &with(&body, member, value)).await;
        answer.is_error(400, code, &message);
    }
    for text in ["{", "[]", "no"] {
        let answer = app.revolut().await.post_text("/payout-links", text).await;
        answer.is_error(400, 3000, "Cannot parse request: invalid JSON");
    }
    app.revolut().await.post_text("/payout-links", "").await.is_error(
        400,
        3009,
        "Required 'counterparty_name' is missing",
    );
    let (foreign, unknown) = (app.account(OTHER_USD).await, "12dcd8c2-6408-458f-98a9-3f4abc180898".to_owned());
    for account in [foreign, unknown] {
        let answer = app.revolut().await.post("/payout-links", &with(&body, "account_id", json!(account))).await;
        answer.is_error(400, 3544, &format!("Account not found {account}"));
    }
    // Nothing of this used the id up.
    assert_eq!(app.revolut().await.post("/payout-links", &body).await.status, 201);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_published_clients_send_is_understood() {
    let app = spawn().await;
    let mut body = app.link_body().await;
    body["amount"] = json!("10.00");
    body["colour"] = json!("red");
    body["expiry_period"] = json!("P1DT12H");
    body["payout_methods"] = json!(["bank_account"]);
    body["save_counterparty"] = json!(true);
    body["transfer_reason_code"] = json!("property_rental");
    let made = app.revolut().await.post("/payout-links", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert!(made.text.contains(r#""amount":10,"#), "{}", made.text);
    let created_at = made.member("created_at").as_str().unwrap().to_owned();
    let expected = created_at.replace("2026-01-15T10", "2026-01-16T22");
    assert_eq!(made.member("expiry_date"), json!(expected));
    assert_eq!(
        (made.member("payout_methods"), made.member("save_counterparty")),
        (json!(["bank_account"]), json!(true))
    );
    assert_eq!(made.member("transfer_reason_code"), json!("property_rental"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_never_makes_a_second_link() {
    let app = spawn().await;
    let body = app.link_body().await;
    let api = app.revolut().await;
    let callers = (0..32).map(|_| {
        let (api, body) = (api.clone(), body.clone());
        async move { api.post("/payout-links", &body).await }
    });
    let answers = join_all(callers).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), refused.len()), (1, 31));
    for answer in refused {
        answer.is_error(400, 3020, "Duplicate request: rent-2026-01");
    }
    let other = app.revolut().await.post("/payout-links", &with(&body, "amount", json!(7))).await;
    other.is_error(400, 3020, "Duplicate request: rent-2026-01");
    // Not even after it was cancelled, and long after.
    send(app.revolut().await.request("POST", &format!("/api/1.0/payout-links/{}/cancel", made[0].id()))).await;
    app.test.clock.advance(30 * DAY);
    app.revolut().await.post("/payout-links", &body).await.is_error(400, 3020, "Duplicate request: rent-2026-01");
    assert_eq!(app.revolut().await.get("/payout-links").await.json().as_array().unwrap().len(), 1);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_money_makes_a_link_that_has_failed() {
    let app = spawn().await;
    let (number, empty) = app.empty_account().await;
    let body = with(&app.link_body().await, "account_id", json!(empty));
    let made = app.revolut().await.post("/payout-links", &body).await;
    assert_eq!((made.status, made.member("state"), made.member("url")), (201, json!("failed"), Value::Null));
    let path = format!("/payout-links/{}", made.id());
    let cancel = app.revolut().await.post_text(&format!("{path}/cancel"), "").await;
    cancel.is_error(422, 3100, "Payout link cannot be cancelled in state failed");
    app.revolut().await.post("/payout-links", &body).await.is_error(400, 3020, "Duplicate request: rent-2026-01");
    assert_eq!(app.test.balances(number).await, (0, 0));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_above_the_limit_awaits_approval_and_can_be_cancelled() {
    let app = spawn().await;
    let body = with(&app.link_body().await, "amount", json!(1500));
    let made = app.revolut().await.post("/payout-links", &body).await;
    assert_eq!((made.status, made.member("state"), made.member("url")), (201, json!("awaiting"), Value::Null));
    assert_eq!(app.revolut().await.get("/payout-links?state=awaiting").await.json(), json!([made.json()]));
    let cancelled = app.revolut().await.post_text(&format!("/payout-links/{}/cancel", made.id()), "{}").await;
    assert_eq!((cancelled.status, cancelled.text.as_str()), (204, ""));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_is_answered_by_nothing_and_a_second_one_by_the_state() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    for (number, body) in ["", "{}", "{\"reason\":\"twice\"}"].into_iter().enumerate() {
        let link = with(&app.link_body().await, "request_id", json!(format!("r-{number}")));
        let id = app.revolut().await.post("/payout-links", &link).await.id();
        let path = format!("/payout-links/{id}/cancel");
        app.test.clock.advance(SECOND);
        let cancelled = app.revolut().await.post_text(&path, body).await;
        assert_eq!((cancelled.status, cancelled.text.as_str()), (204, ""), "{body}");
        assert_eq!(cancelled.header("content-type"), "");
        app.revolut().await.post_text(&path, body).await.is_error(
            422,
            3100,
            "Payout link cannot be cancelled in state cancelled",
        );
        let shown = app.revolut().await.get(&format!("/payout-links/{id}")).await.json();
        assert_eq!(
            (&shown["state"], &shown["url"], &shown["cancellation_reason"]),
            (&json!("cancelled"), &Value::Null, &Value::Null)
        );
        assert!(shown["updated_at"].as_str() > shown["created_at"].as_str());
    }
    assert_eq!(app.test.balances(USD).await, before);
    let unknown = "12dcd8c2-6408-458f-98a9-3f4abc180898";
    app.revolut().await.post_text(&format!("/payout-links/{unknown}/cancel"), "").await.is_error(
        404,
        3006,
        "Resource not found",
    );
    let malformed = "Invalid path parameter 'id': expected UUID";
    app.revolut().await.post_text("/payout-links/nope/cancel", "").await.is_error(400, 2101, malformed);
    let id = app.revolut().await.post("/payout-links", &app.link_body().await).await.id();
    let foreign = app.other_revolut().await.post_text(&format!("/payout-links/{id}/cancel"), "").await;
    foreign.is_error(404, 3006, "Resource not found");
    app.other_revolut().await.get(&format!("/payout-links/{id}")).await.is_error(404, 3006, "Resource not found");
    assert_eq!(app.other_revolut().await.get("/payout-links").await.json(), json!([]));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_cancels_at_once_one_releases_the_money() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let id = app.revolut().await.post("/payout-links", &app.link_body().await).await.id();
    let path = format!("/payout-links/{id}/cancel");
    let api = app.revolut().await;
    let callers = (0..64).map(|_| {
        let (api, path) = (api.clone(), path.clone());
        async move { api.post_text(&path, "").await.status }
    });
    let mut answers = join_all(callers).await;
    answers.sort_unstable();
    assert_eq!((answers[0], answers[1], answers[63]), (204, 422, 422));
    assert_eq!(app.test.balances(USD).await, before);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claimed_link_names_who_is_paid_and_cannot_be_cancelled() {
    let app = spawn().await;
    let made = app.revolut().await.post("/payout-links", &app.link_body().await).await;
    let secret = made.member("url").as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let desk = &app.test.desk;
    paydesk::service::links::claim(desk, &visit(), &secret, &claim_input("000123456789"), None).await.unwrap();
    let path = format!("/payout-links/{}", made.id());
    let claimed = app.revolut().await.get(&path).await.json();
    assert_eq!((&claimed["state"], &claimed["url"]), (&json!("processing"), &Value::Null));
    let transaction = claimed["transaction_id"].as_str().unwrap();
    let transaction = app.revolut().await.get(&format!("/transaction/{transaction}")).await.json();
    assert_eq!(transaction["state"], "pending");
    assert_eq!(transaction["legs"][0]["counterparty"]["id"], claimed["counterparty_id"]);
    let cancel = format!("{path}/cancel");
    app.revolut().await.post_text(&cancel, "").await.is_error(
        422,
        3100,
        "Payout link cannot be cancelled in state processing",
    );
    app.test.run_jobs(60).await;
    app.revolut().await.post_text(&cancel, "").await.is_error(
        422,
        3100,
        "Payout link cannot be cancelled in state processed",
    );
    assert_eq!(app.revolut().await.get(&path).await.member("state"), "processed");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_newest_first_and_paged_by_the_moment_of_the_last() {
    let app = spawn().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let body = with(&app.link_body().await, "request_id", json!(format!("r-{number}")));
        ids.push(app.revolut().await.post("/payout-links", &body).await.id());
    }
    app.revolut().await.post_text(&format!("/payout-links/{}/cancel", ids[0]), "").await;
    let list = async |query: &str| {
        let answer = app.revolut().await.get(&format!("/payout-links?{query}")).await;
        let rows = answer.json().as_array().unwrap_or_else(|| panic!("{}", answer.text)).clone();
        rows.iter().map(|row| (row["id"].as_str().unwrap().to_owned(), row["created_at"].clone())).collect::<Vec<_>>()
    };
    let id = |row: &(String, Value)| row.0.clone();
    let all: Vec<String> = list("").await.iter().map(id).collect();
    assert_eq!(all, ids.iter().rev().cloned().collect::<Vec<_>>());
    // Page by page, nothing is lost and nothing comes twice.
    let (mut paged, mut query) = (Vec::new(), "limit=2".to_owned());
    loop {
        let page = list(&query).await;
        let Some((_, created_at)) = page.last() else { break };
        query = format!("limit=2&created_before={}", created_at.as_str().unwrap());
        paged.extend(page.iter().map(id));
    }
    assert_eq!(paged, all);
    assert_eq!(list("state=cancelled").await.len(), 1);
    assert_eq!(list("state=active&state=cancelled&state=expired").await.len(), 5);
    assert_eq!(list("state=created").await.len(), 0);
    assert_eq!(list("created_before=2026-01-15").await.len(), 0);
    assert_eq!(list("created_before=2026-01-16").await.len(), 5);
    assert_eq!(list("created_before=2026-01-15T13:30:00%2B01:00&limit=1000&colour=red").await.len(), 5);
    for (query, message) in [
        ("limit=0", "limit must be between 1 and 1000"),
        ("limit=1001", "limit must be between 1 and 1000"),
        ("limit=many", "limit must be between 1 and 1000"),
        ("created_before=yesterday", "Parameter created_before must be a valid timestamp"),
        ("state=issued", "Parameter state has an unknown value"),
        ("state=active&state=lost", "Parameter state has an unknown value"),
    ] {
        app.revolut().await.get(&format!("/payout-links?{query}")).await.is_error(400, 2101, message);
    }
    app.revolut().await.get("/payout-links/nope").await.is_error(
        400,
        2101,
        "Invalid path parameter 'id': expected UUID",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_ends_with_its_period() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let body = with(&app.link_body().await, "expiry_period", json!("P1D"));
    let id = app.revolut().await.post("/payout-links", &body).await.id();
    app.test.clock.advance(DAY + SECOND);
    app.test.run_jobs(1).await;
    assert_eq!(app.revolut().await.get(&format!("/payout-links/{id}")).await.member("state"), "expired");
    let cancel = app.revolut().await.post_text(&format!("/payout-links/{id}/cancel"), "").await;
    cancel.is_error(422, 3100, "Payout link cannot be cancelled in state expired");
    assert_eq!(app.test.balances(USD).await, before);
}
