//! `/api/1.0/transfer`, and the transactions that it and everything else makes.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::api::send;
use crate::support::app::{EUR, OTHER_USD, SECOND, TestApp, USD};
use crate::support::revolut::{spawn, with};

const DAY: i64 = 24 * 3_600 * SECOND;

/// USD 250.50 to the other account.
async fn body(app: &TestApp, target: &str) -> Value {
    json!({
        "request_id": "move-1",
        "source_account_id": app.account(USD).await,
        "target_account_id": target,
        "amount": 250.5,
        "currency": "USD",
        "reference": "Reserve",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_is_done_at_once_and_stands_on_both_statements() {
    let app = spawn().await;
    let (number, target) = app.empty_account().await;
    let made = app.revolut().await.post("/transfer", &body(&app, &target).await).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let (id, created_at) = (made.id(), made.member("created_at"));
    let completed_at = made.member("completed_at");
    let expected = json!({"id": id, "state": "completed", "created_at": created_at, "completed_at": completed_at});
    assert_eq!(made.json(), expected);
    assert!(completed_at.as_str() >= created_at.as_str());
    assert_eq!((app.test.balances(USD).await.0, app.test.balances(number).await.0), (99_974_950, 25_050));
    let shown = app.revolut().await.get(&format!("/transaction/{id}")).await;
    let source = app.account(USD).await;
    let legs = shown.member("legs");
    let expected = json!({
        "id": id,
        "type": "transfer",
        "request_id": "move-1",
        "state": "completed",
        "created_at": created_at,
        "updated_at": created_at,
        "completed_at": completed_at,
        "reference": "Reserve",
        "legs": [
            {
                "leg_id": legs[0]["leg_id"],
                "account_id": source,
                "amount": -250.5,
                "currency": "USD",
                "counterparty": {"account_id": target, "account_type": "self"},
            },
            {
                "leg_id": legs[1]["leg_id"],
                "account_id": target,
                "amount": 250.5,
                "currency": "USD",
                "counterparty": {"account_id": source, "account_type": "self"},
            },
        ],
    });
    assert_eq!(shown.json(), expected);
    assert_ne!(legs[0]["leg_id"], legs[1]["leg_id"]);
    let olga = app.person("olga@example.com").await;
    for (wallet, words, delta) in
        [(USD, "To Reserve USD: Reserve", "\u{2212}250"), (number, "From Main USD: Reserve", "+250")]
    {
        let page = olga.get(&format!("/wallets/{wallet}?kind=TRANSFER")).await;
        assert_eq!(page.status, 200);
        for text in ["Transfer between wallets", words, delta] {
            assert!(page.text.contains(text), "{wallet}: {text}");
        }
    }
    let entries = app.api().get(&format!("/transactions?wallet_id={number}&type=TRANSFER")).await.json();
    assert_eq!((&entries[0]["transaction_type"], &entries[0]["amount_minor"]), (&json!("CREDIT"), &json!(25_050)));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_moved_is_refused_and_uses_no_request_id_up() {
    let app = spawn().await;
    let (_, target) = app.empty_account().await;
    let body = body(&app, &target).await;
    let source = body["source_account_id"].clone();
    for (member, value, code, message) in [
        ("request_id", Value::Null, 3009, "Required 'request_id' is missing"),
        ("source_account_id", Value::Null, 3009, "Required 'source_account_id' is missing"),
        ("target_account_id", json!("x"), 3000, "Value 'x' is not in correct format for field 'target_account_id'"),
        ("target_account_id", source, 3000, "Source and target are the same wallet."),
        ("target_account_id", json!(app.account(EUR).await), 3000, "Main EUR holds EUR, not USD."),
        ("target_account_id", json!(app.account(OTHER_USD).await), 3544, "Account not found"),
        ("amount", json!(0), 3000, "Field 'amount' must be more than 0"),
        ("currency", Value::Null, 3009, "Required 'currency' is missing"),
    ] {
        app.revolut().await.post("/transfer", &with(&body, member, value)).await.is_error(400, code, message);
    }
    assert_eq!(app.revolut().await.post("/transfer", &body).await.status, 200);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_moves_money_once_in_two_weeks() {
    let app = spawn().await;
    let (number, target) = app.empty_account().await;
    let body = body(&app, &target).await;
    let api = app.revolut().await;
    let callers = (0..32).map(|_| {
        let (api, body) = (api.clone(), body.clone());
        async move { api.post("/transfer", &body).await }
    });
    let (made, refused): (Vec<_>, Vec<_>) =
        join_all(callers).await.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((made.len(), refused.len()), (1, 31));
    for answer in refused {
        answer.is_error(400, 3020, "Duplicate request: move-1");
    }
    let other = app.revolut().await.post("/transfer", &with(&body, "amount", json!(1))).await;
    other.is_error(400, 3020, "Duplicate request: move-1");
    assert_eq!(app.test.balances(number).await, (25_050, 0));
    app.test.clock.advance(14 * DAY - SECOND);
    app.revolut().await.post("/transfer", &body).await.is_error(400, 3020, "Duplicate request: move-1");
    app.test.clock.advance(2 * SECOND);
    let again = app.revolut().await.post("/transfer", &body).await;
    assert_eq!((again.status, app.test.balances(number).await), (200, (50_100, 0)));
    // Looked up by its request, the newest one is found; a list by time finds each.
    let newest = app.revolut().await.get("/transaction/move-1?id_type=request_id").await;
    assert_eq!(newest.id(), again.id());
    let first = app.revolut().await.get("/transactions?request_id=move-1&from=2026-01-15&to=2026-01-29").await.json();
    assert_eq!((first.as_array().unwrap().len(), &first[0]["id"]), (1, &json!(made[0].id())));
    // Without an end it is now, and too long ago is said instead of finding nothing.
    let both = app.revolut().await.get("/transactions?request_id=move-1&from=2026-01-15").await.json();
    let ids: Vec<&Value> = both.as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, [&json!(again.id()), &json!(made[0].id())]);
    let old = app.revolut().await.get("/transactions?request_id=move-1&from=2026-01-14").await;
    old.is_error(400, 2101, "Parameters from and to must be at most 14 days apart");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_money_declines_it() {
    let app = spawn().await;
    let (number, empty) = app.empty_account().await;
    let mut body = body(&app, &app.account(USD).await).await;
    body["source_account_id"] = json!(empty);
    let made = app.revolut().await.post("/transfer", &body).await;
    assert_eq!((made.status, made.member("state"), made.member("completed_at")), (200, json!("declined"), Value::Null));
    let shown = app.revolut().await.get(&format!("/transaction/{}", made.id())).await;
    assert_eq!(shown.member("reason_code"), "insufficient_funds");
    assert_eq!(app.test.balances(number).await, (0, 0));
    app.revolut().await.post("/transfer", &body).await.is_error(400, 3020, "Duplicate request: move-1");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_holds_every_kind_in_one_order_and_every_filter() {
    let app = spawn().await;
    let (_, target) = app.empty_account().await;
    let paid = app.test.completed("100.00").await.payout;
    let desk = &app.test.desk;
    let input = paydesk::service::reversals::ReversalInput {
        amount: Some("40.00".into()),
        reason: Some("Too much".into()),
        ..Default::default()
    };
    let patience = std::time::Duration::ZERO;
    paydesk::service::reversals::reverse(desk, &app.test.operator, paid.id, &input, None, None, patience)
        .await
        .unwrap();
    app.test.run_jobs(2).await;
    let waits = app.test.payout("2000.00").await.payout;
    let cancelled = app.test.payout("5.00").await.payout;
    paydesk::service::payouts::cancel(desk, &app.test.operator, cancelled.id, None, None, None).await.unwrap();
    app.test.clock.advance(SECOND);
    app.revolut().await.post("/transfer", &body(&app, &target).await).await;
    let list = async |query: &str| {
        let answer = app.revolut().await.get(&format!("/transactions?{query}")).await;
        answer.json().as_array().unwrap_or_else(|| panic!("{}", answer.text)).clone()
    };
    let all = list("").await;
    let kinds: Vec<_> = all.iter().map(|row| (row["type"].as_str().unwrap(), row["state"].as_str().unwrap())).collect();
    let expected = [
        ("transfer", "completed"),
        ("transfer", "declined"),
        ("transfer", "created"),
        ("refund", "completed"),
        ("transfer", "completed"),
        // The four wallets' first money.
        ("topup", "completed"),
        ("topup", "completed"),
        ("topup", "completed"),
        ("topup", "completed"),
    ];
    assert_eq!(kinds, expected);
    let refund = &all[3];
    assert_eq!(refund["related_transaction_id"], json!(paid.id.hyphenated()));
    assert_eq!((&refund["legs"][0]["amount"], &refund["reference"]), (&json!(40), &json!("Too much")));
    let (mut paged, mut query) = (Vec::new(), "count=2".to_owned());
    loop {
        let page = list(&query).await;
        let Some(last) = page.last() else { break };
        query = format!("count=2&to={}", last["created_at"].as_str().unwrap());
        paged.extend(page);
    }
    assert_eq!(paged, all);
    let payee = all[4]["legs"][0]["counterparty"]["id"].as_str().unwrap().to_owned();
    for (query, count) in [
        ("type=topup".to_owned(), 4),
        ("type=refund".to_owned(), 1),
        ("type=fee".to_owned(), 0),
        ("type=card_payment&type=transfer".to_owned(), 4),
        ("state=declined".to_owned(), 1),
        ("state=created&state=declined".to_owned(), 2),
        ("state=reverted".to_owned(), 0),
        (format!("counterparty={payee}"), 3),
        (format!("counterparty={payee}&state=completed"), 1),
        (format!("account={target}"), 1),
        (format!("account={}", app.account(USD).await), 6),
        (format!("account={}", app.account(OTHER_USD).await), 0),
        ("from=2026-01-16".to_owned(), 0),
        ("to=2026-01-15".to_owned(), 0),
        (format!("from={}", all[2]["created_at"].as_str().unwrap()), 3),
        ("request_id=move-1&from=2026-01-15&to=2026-01-16".to_owned(), 1),
        ("request_id=nobody&from=2026-01-15".to_owned(), 0),
    ] {
        assert_eq!(list(&query).await.len(), count, "{query}");
    }
    assert_eq!(waits.state.name(), "action_required");
    for (query, message) in [
        ("count=0", "count must be between 1 and 1000"),
        ("from=soon", "Parameter from must be a valid timestamp"),
        ("state=settled", "Parameter state has an unknown value"),
        ("type=gift", "Parameter type has an unknown value"),
        ("account=1", "Invalid query parameter 'account': expected UUID"),
        ("request_id=move-1", "Parameter from is required with request_id"),
        ("request_id=move-1&from=2026-01-01&to=2026-01-16", "Parameters from and to must be at most 14 days apart"),
    ] {
        app.revolut().await.get(&format!("/transactions?{query}")).await.is_error(400, 2101, message);
    }
    assert_eq!(app.other_revolut().await.get("/transactions?type=transfer").await.json(), json!([]));
    let foreign = app.other_revolut().await.get(&format!("/transaction/{}", paid.id.hyphenated())).await;
    foreign.is_error(404, 3006, "Resource not found");
    app.revolut().await.get("/transaction/nope").await.is_error(
        400,
        2101,
        "Invalid path parameter 'id': expected UUID",
    );
    app.revolut().await.get("/transaction/nope?id_type=request_id").await.is_error(404, 3006, "Resource not found");
    send(app.revolut().await.request("POST", "/api/1.0/transactions")).await.is_error(405, 405, "Method not allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn days_beyond_every_calendar_find_what_they_should_and_break_nothing() {
    let app = spawn().await;
    let api = app.revolut().await;
    let counterparty = app.counterparty().await.0;
    let (first, last) = ("-262143-01-01", "%2B262142-12-31");
    for path in ["/transactions?to=", "/payout-links?created_before=", "/counterparties?created_before="] {
        assert_eq!(api.get(&format!("{path}{first}")).await.json(), json!([]), "{path}");
    }
    let later = api.get(&format!("/counterparties?created_before={last}")).await.json();
    assert_eq!(later[0]["id"], json!(counterparty));
    assert_eq!(api.get(&format!("/transactions?from={last}")).await.json(), json!([]));
    assert_eq!(api.get(&format!("/transactions?request_id=x&from={last}")).await.status, 200);
    api.get(&format!("/transactions?request_id=x&from={first}&to={last}")).await.is_error(
        400,
        2101,
        "Parameters from and to must be at most 14 days apart",
    );
}
