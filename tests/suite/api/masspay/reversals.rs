//! Reversals: the contract's section 3 and 4, request by request.

use serde_json::{Value, json};

use super::{MassPay, path_of, payout_token, refuses, says, spawn, user_token, with_jobs};
use crate::support::api::{Answer, send};
use crate::support::app::USD;

#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_is_answered_member_by_member_as_the_contract_writes_it() {
    let app = spawn().await;
    let paid = app.test.completed("100.00").await;
    let (user, path) = (user_token(&paid), format!("{}/reversal", path_of(&paid)));
    let body = json!({"amount": 25.5, "client_transfer_id": "rev-2026-0007", "statement_description": "Duplicate payout",
                      "metadata": {}, "notify_user": false, "unknown": [1]});
    let made = with_jobs(&app, MassPay::of(&app).post(&path, body)).await;
    assert_eq!((made.status, made.header("content-type")), (201, "application/json"), "{}", made.text);
    let token = made.member("payout_reversal_token").as_str().unwrap().to_owned();
    let time = made.member("time_of_reversal").as_str().unwrap().to_owned();
    assert!(token.starts_with("payout_rev_") && token.len() == 47, "{token}");
    assert!(time.starts_with("2026-01-15T10:3") && time.len() == 24 && time.ends_with('Z'), "{time}");
    let expected = format!(
        r#"{{"payout_reversal_token":"{token}","payout_token":"{}","user_token":"{user}","client_transfer_id":"rev-2026-0007","amount":25.50,"destination_currency_code":"USD","status":"COMPLETED","reversible_amount":74.50,"payout_status":"COMPLETED","statement_description":"Duplicate payout","metadata":{{}},"notify_user":false,"time_of_reversal":"{time}"}}"#,
        payout_token(paid.payout.id),
    );
    assert_eq!(made.text, expected);
    let one = MassPay::of(&app).get(&format!("{path}/{token}")).await;
    assert_eq!((one.status, one.text), (200, expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_is_reversed_in_parts_until_nothing_is_left() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let paid = app.test.completed("100.00").await;
    let (masspay, path) = (MassPay::of(&app), format!("{}/reversal", path_of(&paid)));
    let part = with_jobs(&app, masspay.post(&path, json!({"amount": 25.00}))).await;
    assert_eq!((part.status, part.member("reversible_amount")), (201, json!(75.0)));
    let more = masspay.post(&path, json!({"amount": 120})).await;
    let words = "The reversal amount is larger than the reversible amount.";
    let details = refuses(&more, "reversal_amount_exceeds_remaining", words);
    assert_eq!(details, json!(["amount: 120.00 requested, 75.00 available"]));
    // A missing body, an empty one and {} all mean everything that is left.
    let rest = with_jobs(&app, send(masspay.request("POST", &path))).await;
    assert_eq!((rest.status, rest.member("amount"), rest.member("reversible_amount")), (201, json!(75.0), json!(0.0)));
    for body in ["", "{}", " ", r#"{"amount":null}"#] {
        let again = send(masspay.request("POST", &path).body(body)).await;
        refuses(&again, "payout_already_fully_reversed", "The payout has already been fully reversed.");
    }
    let list = masspay.get(&path).await.json();
    let tokens = [&list[0]["payout_reversal_token"], &list[1]["payout_reversal_token"]];
    assert_eq!(tokens, [&rest.member("payout_reversal_token"), &part.member("payout_reversal_token")], "newest first");
    assert_eq!(list[1]["reversible_amount"], json!(0.0), "what is left now");
    let payout = masspay.get(&path_of(&paid)).await;
    assert_eq!((payout.member("status"), payout.member("reversible_amount")), (json!("COMPLETED"), json!(0.0)));
    assert_eq!(app.test.balances(USD).await, (before.0 - 150, before.1), "the fee is not returned");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_or_done_is_refused_in_the_contracts_words() {
    let app = spawn().await;
    let paid = app.test.completed("100.00").await;
    let (masspay, path) = (MassPay::of(&app), format!("{}/reversal", path_of(&paid)));
    for (body, detail) in [
        (r#"{"amount":0}"#, "amount: must be more than 0"),
        (r#"{"amount":0.00}"#, "amount: must be more than 0"),
        (
            r#"{"amount":-1}"#,
            "amount: must be a plain number such as 1255.00, in digits 0 to 9, without sign, spaces or exponent",
        ),
        (r#"{"amount":1.005}"#, "amount: has too many decimals: USD has 2"),
        (r#"{"amount":true}"#, "amount: must be a number"),
        (r#"{"amount":""}"#, "amount: must be a number"),
        (
            r#"{"client_transfer_id":"123456789012345678901234567890123456789012345678901"}"#,
            "client_transfer_id: must have at most 50 characters",
        ),
        (r#"{"notify_user":"yes"}"#, "notify_user: must be true or false"),
        (r#"{"metadata":[1]}"#, "metadata: must be an object"),
        (r#"{"amount":1,"amount":2}"#, "amount: must not be given twice"),
    ] {
        let answer = send(masspay.request("POST", &path).body(body)).await;
        let words = format!("{}.", detail.replacen(": ", " ", 1).trim_end_matches('.'));
        assert_eq!(refuses(&answer, "validation_failed", &words), json!([detail]), "{body}");
    }
    for body in ["[]", "x", "{\"a\"", "1"] {
        let answer = send(masspay.request("POST", &path).body(body)).await;
        assert_eq!(
            (answer.status, answer.json()["error"]["reason"].clone()),
            (400, json!("validation_failed")),
            "{body}"
        );
    }
    // Zeros at the end say nothing: floating point writes them.
    let part = json!({"amount": "1.500", "client_transfer_id": "rev-1"});
    assert_eq!(with_jobs(&app, masspay.post(&path, part.clone())).await.status, 201);
    refuses(
        &masspay.post(&path, part).await,
        "duplicate_client_transfer_id",
        "The client_transfer_id was used before.",
    );
    let open = app.test.payout("10.00").await;
    let early = masspay.post(&format!("{}/reversal", path_of(&open)), json!({})).await;
    refuses(&early, "payout_not_reversible", "The payout cannot be reversed.");
    assert_eq!(masspay.get(&path_of(&open)).await.member("reversible_amount"), json!(0.0));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_or_asks_for_what_is_not_there_is_told_so() {
    let app = spawn().await;
    let paid = app.test.completed("100.00").await;
    let (user, payout) = (user_token(&paid), payout_token(paid.payout.id));
    let path = format!("/payout/{user}/{payout}/reversal");
    let with = |key: Option<&str>| MassPay::at(&app.base_url, key);
    for stranger in [with(None), with(Some("nonsense"))] {
        let answer = stranger.post(&path, json!({})).await;
        says(&answer, 401, "Unauthorized.");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        says(&stranger.get(&path).await, 401, "Unauthorized.");
    }
    let reader = with(Some(&app.readonly_key));
    let refused = reader.post(&path, json!({})).await;
    says(&refused, 403, "Forbidden.");
    assert_eq!(refused.member("message"), "You do not have necessary permissions for the resource");
    says(&reader.put(&format!("/payout/{user}/{payout}")).await, 403, "Forbidden.");
    says(&reader.post(&format!("/payout/{user}"), json!({})).await, 403, "Forbidden.");
    assert_eq!(reader.get(&path).await.status, 200);
    let (masspay, other) = (MassPay::of(&app), with(Some(&app.other_key)));
    let nobody = "usr_9f0ea42a-07b5-41ef-932f-027143ffa57b";
    let nothing = "payout_5f6f0f0e-2f6c-4a35-8d69-1d7b6f6f4c10";
    for path in [
        format!("/payout/{nobody}/{payout}"),
        format!("/payout/{user}/{nothing}"),
        format!("/payout/{user}/x"),
        format!("/payout/{payout}/{user}"),
    ] {
        says(&masspay.get(&path).await, 404, "Not found.");
        says(&masspay.get(&format!("{path}/reversal")).await, 404, "Not found.");
        says(&masspay.post(&format!("{path}/reversal"), json!({})).await, 404, "Not found.");
    }
    for answer in [
        other.post(&path, json!({})).await,
        other.get(&path).await,
        masspay.get(&format!("{path}/payout_rev_0b6f2c1e-7d0a-4b86-9e57-5d2f3f1f0a11")).await,
        masspay.get(&format!("/payout/{nobody}")).await,
        masspay.get("/nowhere").await,
        masspay.get("/payout/tax").await,
        masspay.post("/payout/load/x", json!({})).await,
        masspay.put("/payout/user/x").await,
    ] {
        says(&answer, 404, "Not found.");
    }
    for (method, path) in [("DELETE", &path), ("PATCH", &format!("/payout/{user}/{payout}"))] {
        let answer = send(masspay.request(method, path)).await;
        says(&answer, 405, "Method not allowed.");
        assert!(answer.header("allow").contains("GET"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_comes_in_any_spelling_and_older_tokens_and_versions_are_the_same() {
    let app = spawn().await;
    let paid = app.test.completed("100.00").await;
    let (user, payout) = (paid.payout.payee_id.hyphenated(), paid.payout.id.hyphenated());
    let masspay = MassPay::at(&app.base_url, None);
    for authorization in [app.key.clone(), format!("bearer {}", app.key)] {
        let path = format!("/payout/{user}/{payout}?force_status_update=false&include_payer_logos=false");
        let answer = send(masspay.request("GET", &path).header("Authorization", authorization)).await;
        assert_eq!((answer.status, answer.member("status")), (200, json!("COMPLETED")));
    }
    let older = reqwest::Client::new().get(format!("{}/v0.1.4{}/reversal", app.base_url, path_of(&paid)));
    let older = send(older.bearer_auth(&app.key)).await;
    assert_eq!((older.status, older.json()), (200, json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_at_the_same_moment_never_pass_what_was_paid() {
    let app = spawn().await;
    let paid = app.test.completed("100.00").await;
    let path = format!("{}/reversal", path_of(&paid));
    let parts: Vec<_> = (0..32)
        .map(|_| {
            let (masspay, path) = (MassPay::of(&app), path.clone());
            tokio::spawn(async move { masspay.post(&path, json!({"amount": 30})).await })
        })
        .collect();
    tokio::time::sleep(std::time::Duration::from_millis(800)).await;
    app.test.run_jobs(2).await;
    let mut answers: Vec<Answer> = Vec::new();
    for part in parts {
        answers.push(part.await.unwrap());
    }
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 3);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        refuses(
            refused,
            "reversal_amount_exceeds_remaining",
            "The reversal amount is larger than the reversible amount.",
        );
    }
    let payout = MassPay::of(&app).get(&path_of(&paid)).await;
    assert_eq!(payout.member("reversible_amount"), json!(10.0));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_destination_refuses_or_honours_in_part_says_so() {
    let app = spawn().await;
    let masspay = MassPay::of(&app);
    // The sandbox refuses reversals of amounts that end in 9048, and brings back half of those in 9050.
    let stubborn = app.test.completed("90.48").await;
    let path = format!("{}/reversal", path_of(&stubborn));
    let failed = with_jobs(&app, masspay.post(&path, json!({"amount": 50}))).await;
    assert_eq!((failed.status, failed.member("status")), (201, json!("ERROR")));
    assert_eq!((failed.member("amount"), failed.member("reversible_amount")), (json!(50.0), json!(90.48)));
    let half = app.test.completed("90.50").await;
    let path = format!("{}/reversal", path_of(&half));
    let part = with_jobs(&app, masspay.post(&path, json!({"amount": 50}))).await;
    assert_eq!((part.status, part.member("status")), (201, json!("COMPLETED")));
    assert_eq!((part.member("amount"), part.member("reversible_amount")), (json!(25.0), json!(65.5)));
    let list: Value = masspay.get(&path).await.json();
    assert_eq!((&list[0]["amount"], &list[0]["reversible_amount"]), (&json!(25.0), &json!(65.5)));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_user_is_told_once_when_that_is_wished() {
    let app = spawn().await;
    let paid = app.test.completed("100.00").await;
    let path = format!("{}/reversal", path_of(&paid));
    let told = || app.test.int("SELECT COUNT(*) FROM messages WHERE kind = 'reversal_notice'");
    with_jobs(&app, MassPay::of(&app).post(&path, json!({"amount": 1}))).await;
    assert_eq!(told().await, 0);
    let body = json!({"amount": 2, "notify_user": true, "metadata": {"case": {"number": 4}}});
    let made = with_jobs(&app, MassPay::of(&app).post(&path, body)).await;
    assert_eq!((made.member("notify_user"), made.member("metadata")), (json!(true), json!({"case": {"number": 4}})));
    assert_eq!(told().await, 1);
}
