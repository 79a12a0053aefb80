//! `/api/1.0/pay`: requests and exact answers of `contracts/revolut.md` section 5.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::app::{EUR, OTHER_USD, SECOND, TestApp, USD};
use crate::support::revolut::{counterparty, spawn, with};

const DAY: i64 = 24 * 3_600 * SECOND;

/// USD 105.60 to Ada Byron.
async fn body(app: &TestApp) -> Value {
    let (counterparty, account) = app.counterparty().await;
    json!({
        "request_id": "invoice-1",
        "account_id": app.account(USD).await,
        "receiver": {"counterparty_id": counterparty, "account_id": account},
        "amount": 105.6,
        "currency": "USD",
        "reference": "Invoice 1",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_pending_then_completed() {
    let app = spawn().await;
    let api = app.revolut().await;
    let body = body(&app).await;
    let before = app.test.balances(USD).await;
    let paid = api.post("/pay", &body).await;
    let expected = json!({"id": paid.id(), "state": "pending", "created_at": paid.member("created_at")});
    assert_eq!((paid.status, paid.json()), (200, expected));
    assert_eq!(app.test.balances(USD).await, (before.0 - 10_718, before.1 + 10_718));
    let path = format!("/transaction/{}", paid.id());
    let shown = api.get(&path).await.json();
    let expected = json!({
        "id": paid.id(),
        "type": "transfer",
        "request_id": "invoice-1",
        "state": "pending",
        "created_at": paid.member("created_at"),
        "updated_at": shown["updated_at"],
        "reference": "Invoice 1",
        "legs": [{
            "leg_id": shown["legs"][0]["leg_id"],
            "account_id": body["account_id"],
            "amount": -105.6,
            "fee": 1.58,
            "currency": "USD",
            "counterparty": {
                "id": body["receiver"]["counterparty_id"],
                "account_id": body["receiver"]["account_id"],
                "account_type": "external",
            },
            "description": "To Ada Byron",
        }],
    });
    assert_eq!(shown, expected);
    app.test.run_jobs(60).await;
    let done = api.get(&path).await.json();
    assert_eq!((&done["state"], done["completed_at"].is_string()), (&json!("completed"), true));
    assert_eq!(api.get("/transaction/invoice-1?id_type=request_id").await.json(), done);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_never_pays_twice() {
    let app = spawn().await;
    let api = app.revolut().await;
    let body = body(&app).await;
    let callers = (0..32).map(|_| {
        let (api, body) = (api.clone(), body.clone());
        async move { api.post("/pay", &body).await }
    });
    let (paid, refused): (Vec<_>, Vec<_>) =
        join_all(callers).await.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((paid.len(), refused.len()), (1, 31));
    for answer in refused {
        answer.is_error(400, 3020, "Duplicate request: invoice-1");
    }
    let duplicate = "Duplicate request: invoice-1";
    api.post("/pay", &with(&body, "amount", json!(7))).await.is_error(400, 3020, duplicate);
    // Whatever the body has become, and whoever was paid is gone.
    api.post("/pay", &json!({"request_id": "invoice-1"})).await.is_error(400, 3020, duplicate);
    let counterparty = body["receiver"]["counterparty_id"].as_str().unwrap();
    assert_eq!(api.delete(&format!("/counterparty/{counterparty}")).await.status, 204);
    api.post("/pay", &body).await.is_error(400, 3020, duplicate);
    // It is one id among payments and transfers.
    let (_, target) = app.empty_account().await;
    let transfer = json!({
        "request_id": "invoice-1",
        "source_account_id": body["account_id"],
        "target_account_id": target,
        "amount": 1,
        "currency": "USD",
    });
    api.post("/transfer", &transfer).await.is_error(400, 3020, duplicate);
    // Another program of the client is the same business.
    let list = api.get("/transactions?request_id=invoice-1&from=2026-01-15").await.json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    app.test.clock.advance(14 * DAY + SECOND);
    assert_eq!(api.post("/transfer", &transfer).await.status, 200);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_money_declines_it() {
    let app = spawn().await;
    let api = app.revolut().await;
    let (number, empty) = app.empty_account().await;
    let body = with(&body(&app).await, "account_id", json!(empty));
    let paid = api.post("/pay", &body).await;
    let expected = json!({"id": paid.id(), "state": "declined", "created_at": paid.member("created_at")});
    assert_eq!((paid.status, paid.json()), (200, expected));
    let shown = api.get(&format!("/transaction/{}", paid.id())).await;
    assert_eq!((shown.member("state"), shown.member("reason_code")), (json!("declined"), json!("insufficient_funds")));
    api.post("/pay", &body).await.is_error(400, 3020, "Duplicate request: invoice-1");
    assert_eq!(app.test.balances(number).await, (0, 0));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn above_the_limit_it_waits_for_a_second_person() {
    let app = spawn().await;
    let paid = app.revolut().await.post("/pay", &with(&body(&app).await, "amount", json!(1500))).await;
    assert_eq!((paid.status, paid.member("state")), (200, json!("created")));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_revolut_account_has_the_money_at_once() {
    let app = spawn().await;
    let api = app.revolut().await;
    let saved = json!({"profile_type": "personal", "name": "John Smith", "revtag": "johnsmith"});
    let counterparty = api.post("/counterparty", &saved).await.id();
    let mut body = body(&app).await;
    body["receiver"] = json!({"counterparty_id": counterparty});
    let paid = api.post("/pay", &body).await;
    assert_eq!((paid.status, paid.member("state")), (200, json!("completed")), "{}", paid.text);
    assert!(paid.member("completed_at").is_string());
    let shown = api.get(&format!("/transaction/{}", paid.id())).await.json();
    assert_eq!(shown["legs"][0]["counterparty"]["account_type"], "revolut");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_reference_is_cut_and_an_amount_as_a_text_is_read() {
    let app = spawn().await;
    let api = app.revolut().await;
    let long = "é".repeat(200);
    let body = with(&with(&body(&app).await, "reference", json!(long)), "amount", json!("10.00"));
    let paid = api.post("/pay", &body).await;
    assert_eq!(paid.status, 200, "{}", paid.text);
    let shown = api.get(&format!("/transaction/{}", paid.id())).await;
    assert_eq!(shown.member("reference"), json!("é".repeat(140)));
    assert!(shown.text.contains(r#""amount":-10,"#), "{}", shown.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_it_pays_has_to_be_clear() {
    let app = spawn().await;
    let api = app.revolut().await;
    let body = body(&app).await;
    let receiver = body["receiver"].clone();
    let counterparty_id = receiver["counterparty_id"].as_str().unwrap().to_owned();
    let unknown = "12dcd8c2-6408-458f-98a9-3f4abc180898";
    let company = json!({"company_name": "Acme", "bank_country": "US", "currency": "USD", "account_no": "987654321"});
    let company = api.post("/counterparty", &company).await.id();
    let no_account = format!("Account not found for counterparty {counterparty_id}");
    let both = format!("Value '{unknown}' is not in correct format for field 'receiver.card_id'");
    for (value, code, message) in [
        (Value::Null, 3009, "Required 'receiver' is missing".to_owned()),
        (json!("Ada"), 3000, "Value 'Ada' is not in correct format for field 'receiver'".to_owned()),
        (json!({}), 3009, "Required 'receiver.counterparty_id' is missing".to_owned()),
        (
            json!({"counterparty_id": "7"}),
            3000,
            "Value '7' is not in correct format for field 'receiver.counterparty_id'".to_owned(),
        ),
        (json!({"counterparty_id": unknown}), 3544, format!("Counterparty not found {unknown}")),
        (with(&receiver, "account_id", json!(unknown)), 3544, no_account),
        (
            json!({"counterparty_id": counterparty_id, "card_id": unknown}),
            3544,
            format!("Card not found for counterparty {counterparty_id}"),
        ),
        (with(&receiver, "card_id", json!(unknown)), 3000, both),
        (json!({"counterparty_id": company}), 3009, "Required 'receiver.account_id' is missing".to_owned()),
    ] {
        api.post("/pay", &with(&body, "receiver", value)).await.is_error(400, code, &message);
    }
    // A second account has to be chosen from.
    let second = with(&counterparty(), "account_no", json!("111222333444"));
    assert_eq!(api.post("/counterparty", &second).await.id(), counterparty_id);
    let alone = with(&body, "receiver", json!({"counterparty_id": counterparty_id}));
    api.post("/pay", &alone).await.is_error(400, 3009, "Required 'receiver.account_id' is missing");
    assert_eq!(api.post("/pay", &body).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_member_is_checked_too() {
    let app = spawn().await;
    let api = app.revolut().await;
    let body = body(&app).await;
    let bearer = "Specified 'charge_bearer' is not supported for this transaction.";
    for (member, value, code, message) in [
        ("request_id", Value::Null, 3009, "Required 'request_id' is missing"),
        ("account_id", Value::Null, 3009, "Required 'account_id' is missing"),
        ("account_id", json!("1"), 3000, "Value '1' is not in correct format for field 'account_id'"),
        ("account_id", json!(app.account(OTHER_USD).await), 3544, "Account not found"),
        ("account_id", json!(app.account(EUR).await), 3448, "Exchange reason is required"),
        ("amount", json!(0), 3000, "Field 'amount' must be more than 0"),
        ("amount", json!(1.005), 3000, "Field 'amount' has too many decimals: USD has 2"),
        ("currency", json!("dollars"), 3000, "Value 'dollars' is not in correct format for field 'currency'"),
        (
            "charge_bearer",
            json!("creditor"),
            3000,
            "Value 'creditor' is not in correct format for field 'charge_bearer'",
        ),
        ("charge_bearer", json!("debtor"), 3287, bearer),
    ] {
        api.post("/pay", &with(&body, member, value)).await.is_error(400, code, message);
    }
    let exchanged = with(&with(&body, "account_id", json!(app.account(EUR).await)), "exchange_reason_code", json!("x"));
    let message = "The account holds EUR, and nothing is exchanged: pay in EUR.";
    api.post("/pay", &exchanged).await.is_error(400, 3000, message);
    let euros = with(&with(&body, "account_id", json!(app.account(EUR).await)), "currency", json!("EUR"));
    let message = "The payment's currency is not the currency of the counterparty's account.";
    api.post("/pay", &euros).await.is_error(400, 3187, message);
    for (number, bearer) in ["shared", "prefer_debtor"].into_iter().enumerate() {
        let fine = with(&with(&body, "charge_bearer", json!(bearer)), "request_id", json!(format!("r-{number}")));
        assert_eq!(api.post("/pay", &fine).await.status, 200, "{bearer}");
    }
    // A reason is not needed in the US, so any will do.
    let told = with(&body, "transfer_reason_code", json!("gifts"));
    assert_eq!(api.post("/pay", &told).await.status, 200);
    app.test.verify().await;
}
