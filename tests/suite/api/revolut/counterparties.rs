//! `/api/1.0/counterparty` and `/counterparties`.

use serde_json::{Value, json};

use crate::support::revolut::{counterparty, spawn, with};

#[tokio::test(flavor = "multi_thread")]
async fn a_counterparty_is_saved_found_and_deleted() {
    let app = spawn().await;
    let api = app.revolut().await;
    let saved = api.post("/counterparty", &counterparty()).await;
    let body = saved.json();
    let expected = json!({
        "id": saved.id(),
        "name": "Ada Byron",
        "country": "US",
        "state": "created",
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
        "accounts": [{
            "id": body["accounts"][0]["id"],
            "currency": "USD",
            "type": "external",
            "bank_country": "US",
            "account_no": "000123456789",
            "routing_number": "021000021",
        }],
    });
    assert_eq!((saved.status, body), (200, expected.clone()));
    let path = format!("/counterparty/{}", saved.id());
    assert_eq!(api.get(&path).await.json(), expected);
    assert_eq!(api.get("/counterparties").await.json(), json!([expected]));
    // The same details are the same counterparty.
    assert_eq!(api.post("/counterparty", &counterparty()).await.id(), saved.id());
    app.other_revolut().await.get(&path).await.is_error(404, 3006, "Resource not found");
    let deleted = api.delete(&path).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    api.delete(&path).await.is_error(404, 3006, "Resource not found");
    api.get(&path).await.is_error(404, 3006, "Resource not found");
    assert_eq!(api.get("/counterparties").await.json(), json!([]));
    api.get("/counterparty/nope").await.is_error(400, 2101, "Invalid path parameter 'id': expected UUID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revtag_is_saved_once() {
    let app = spawn().await;
    let api = app.revolut().await;
    let body = json!({"profile_type": "personal", "name": "John Smith", "revtag": "@johnsmith"});
    let saved = api.post("/counterparty", &body).await;
    let shown = saved.json();
    let expected = json!({
        "id": saved.id(),
        "name": "John Smith",
        "revtag": "johnsmith",
        "profile_type": "personal",
        "state": "created",
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
        "accounts": [{"id": shown["accounts"][0]["id"], "currency": "GBP", "type": "revolut"}],
    });
    assert_eq!((saved.status, shown), (200, expected));
    api.post("/counterparty", &body).await.is_error(422, 3012, "Counterparty already exists");
    let other = with(&body, "name", json!("Jane Smith"));
    api.post("/counterparty", &other).await.is_error(422, 3012, "Counterparty already exists");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_wrong_is_named() {
    let app = spawn().await;
    let api = app.revolut().await;
    let body = counterparty();
    let format = |member: &str, value: &str| format!("Value '{value}' is not in correct format for field '{member}'");
    for (member, value, code, message) in [
        ("individual_name", Value::Null, 3009, "Required 'name' is missing".to_owned()),
        (
            "individual_name",
            json!({"first_name": "Ada"}),
            3009,
            "Required 'individual_name.last_name' is missing".to_owned(),
        ),
        ("currency", Value::Null, 3009, "Required 'currency' is missing".to_owned()),
        ("bank_country", Value::Null, 3009, "Required 'bank_country' is missing".to_owned()),
        ("account_no", Value::Null, 3009, "Required 'account_no' is missing".to_owned()),
        ("routing_number", json!("12"), 3000, format("routing_number", "12")),
        ("profile_type", json!("club"), 3000, format("profile_type", "club")),
        ("currency", json!("dollars"), 3000, format("currency", "dollars")),
        ("iban", json!("GB"), 3000, format("iban", "GB")),
        ("revtag", json!("ada"), 3009, "Required 'profile_type' is missing".to_owned()),
    ] {
        api.post("/counterparty", &with(&body, member, value)).await.is_error(400, code, &message);
    }
    assert_eq!(api.get("/counterparties").await.json(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_filtered_by_name_number_and_moment() {
    let app = spawn().await;
    let api = app.revolut().await;
    api.post("/counterparty", &counterparty()).await;
    let british = json!({
        "company_name": "Acme Ltd",
        "bank_country": "GB",
        "currency": "GBP",
        "sort_code": "54-01-05",
        "account_no": "12345678",
        "iban": "GB29 NWBK 6016 1331 9268 19",
        "bic": "NWBKGB2L",
    });
    let acme = api.post("/counterparty", &british).await;
    assert_eq!((acme.status, acme.member("profile_type")), (200, json!("business")), "{}", acme.text);
    let account = &acme.json()["accounts"][0];
    assert_eq!((&account["sort_code"], &account["iban"]), (&json!("540105"), &json!("GB29NWBK60161331926819")));
    let count = async |query: &str| {
        let list = api.get(&format!("/counterparties?{query}")).await;
        list.json().as_array().unwrap_or_else(|| panic!("{}", list.text)).len()
    };
    for (query, expected) in [
        ("", 2),
        ("name=acme", 1),
        ("name=byr", 1),
        ("name=nobody", 0),
        ("account_no=000123456789", 1),
        ("account_no=000123456780", 0),
        ("iban=GB29NWBK60161331926819", 1),
        ("iban=GB29NWBK60161331926819&bic=NWBKGB2L", 1),
        ("iban=GB29NWBK60161331926819&bic=OTHERGB2", 0),
        ("limit=1", 1),
        ("created_before=2026-01-15", 0),
        ("created_before=2026-01-16", 2),
    ] {
        assert_eq!(count(query).await, expected, "{query}");
    }
    for (query, message) in [
        ("limit=0", "limit must be between 1 and 1000"),
        ("sort_code=540105", "Parameter sort_code needs account_no"),
        ("bic=NWBKGB2L", "Parameter bic needs iban"),
        ("created_before=x", "Parameter created_before must be a valid timestamp"),
    ] {
        api.get(&format!("/counterparties?{query}")).await.is_error(400, 2101, message);
    }
}
