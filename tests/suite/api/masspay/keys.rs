//! `Idempotency-Key`: the first final answer, told again byte for byte.

use std::time::Duration;

use paydesk::service::manual::{self as service, Typed};
use serde_json::{Value, json};

use super::{MassPay, path_of, refuses, says, spawn, user_token, with_jobs};
use crate::manual;
use crate::support::api::Answer;

fn same(first: &Answer, again: &Answer) {
    assert_eq!((first.status, &first.text), (again.status, &again.text));
    assert_eq!(first.header("content-type"), again.header("content-type"));
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_answer_is_told_again_byte_for_byte_also_after_a_restart() {
    let mut app = spawn().await;
    let paid = app.test.completed("100.00").await;
    let path = format!("{}/reversal", path_of(&paid));
    let (masspay, body) = (MassPay::of(&app), json!({"amount": 10, "metadata": {"b": 1, "a": [2, 3]}}));
    let first = with_jobs(&app, masspay.post_with("k-1", &path, &body)).await;
    assert_eq!(first.status, 201);
    // What happens meanwhile does not show in it.
    with_jobs(&app, masspay.post(&path, json!({"amount": 15}))).await;
    same(&first, &masspay.post_with("k-1", &path, &body).await);
    let refusal = masspay.post_with("k-2", &path, &json!({"amount": 80})).await;
    refuses(&refusal, "reversal_amount_exceeds_remaining", "The reversal amount is larger than the reversible amount.");
    let invalid = masspay.post_with("k-3", &path, &json!({"amount": 0})).await;
    let unknown = masspay.post_with("k-4", &format!("/payout/{}/x/reversal", user_token(&paid)), &json!({})).await;
    says(&unknown, 404, "Not found.");
    app.restart().await;
    let masspay = MassPay::of(&app);
    same(&first, &masspay.post_with("k-1", &path, &body).await);
    same(&refusal, &masspay.post_with("k-2", &path, &json!({"amount": 80})).await);
    same(&invalid, &masspay.post_with("k-3", &path, &json!({"amount": 0})).await);
    let again = masspay.post_with("k-4", &format!("/payout/{}/x/reversal", user_token(&paid)), &json!({})).await;
    assert_eq!((again.status, again.text), (unknown.status, unknown.text));
    assert_eq!(app.test.get(paid.payout.id).await.payout.reversed_minor, 2_500);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_of_one_request_of_the_account() {
    let app = spawn().await;
    let (paid, another) = (app.test.completed("100.00").await, app.test.completed("50.00").await);
    let path = format!("{}/reversal", path_of(&paid));
    let masspay = MassPay::of(&app);
    let first = with_jobs(&app, masspay.post_with("k", &path, &json!({"amount": 10}))).await;
    assert_eq!(first.status, 201);
    let elsewhere = format!("{}/reversal", path_of(&another));
    for (path, body) in [
        (&path, json!({"amount": 11})),
        (&path, json!({})),
        (&path, json!({"amount": 0})),
        (&elsewhere, json!({"amount": 10})),
        (&format!("/payout/{}", user_token(&paid)), json!({"amount": 10})),
        (&format!("/payout/{}/x/reversal", user_token(&paid)), json!({"amount": 10})),
    ] {
        let reused = masspay.post_with("k", path, &body).await;
        refuses(&reused, "idempotency_key_reused", "The Idempotency-Key was used for another request.");
    }
    // Members in another order and the other version segment are the same request; another account has keys of its own.
    same(&first, &masspay.post_with("k", &path, &json!({"amount": 10})).await);
    let older = reqwest::Client::new().post(format!("{}/v0.1.4{path}", app.base_url)).bearer_auth(&app.key);
    same(&first, &crate::support::api::send(older.header("Idempotency-Key", "k").json(&json!({"amount": 10}))).await);
    let other = MassPay::at(&app.base_url, Some(&app.other_key));
    says(&other.post_with("k", &path, &json!({"amount": 10})).await, 404, "Not found.");
    // An empty key is none, 255 characters are a key, and 256 are too many.
    for key in ["", "", &"x".repeat(255)] {
        assert_eq!(with_jobs(&app, masspay.post_with(key, &path, &json!({"amount": 1}))).await.status, 201);
    }
    let long = masspay.post_with(&"x".repeat(256), &path, &json!({"amount": 1})).await;
    refuses(&long, "validation_failed", "Idempotency-Key must have at most 255 visible ASCII characters.");
    assert_eq!(app.test.get(paid.payout.id).await.payout.reversed_minor, 1_300);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_uses_up_no_key() {
    let app = spawn().await;
    let paid = app.test.completed("100.00").await;
    let path = format!("{}/reversal", path_of(&paid));
    let body = json!({"amount": 10});
    let with = |key: Option<&str>| MassPay::at(&app.base_url, key);
    says(&with(None).post_with("k", &path, &body).await, 401, "Unauthorized.");
    says(&with(Some(&app.readonly_key)).post_with("k", &path, &body).await, 403, "Forbidden.");
    let made = with_jobs(&app, MassPay::of(&app).post_with("k", &path, &body)).await;
    assert_eq!((made.status, made.header("idempotent-replayed")), (201, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_at_the_same_moment_reverses_once() {
    let app = spawn().await;
    let paid = app.test.completed("100.00").await;
    let path = format!("{}/reversal", path_of(&paid));
    let tries: Vec<_> = (0..32)
        .map(|_| {
            let (masspay, path) = (MassPay::of(&app), path.clone());
            tokio::spawn(async move { masspay.post_with("once", &path, &json!({"amount": 3})).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(800)).await;
    app.test.run_jobs(2).await;
    let mut texts = std::collections::BTreeSet::new();
    for one in tries {
        let answer = one.await.unwrap();
        assert_eq!(answer.status, 201);
        texts.insert(answer.text);
    }
    assert_eq!(texts.len(), 1);
    assert_eq!(app.test.get(paid.payout.id).await.payout.reversed_minor, 300);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_does_not_answer_is_504_and_the_same_key_tells_the_outcome_later() {
    let app = spawn().await;
    let paid = app.test.completed("100.00").await;
    let path = format!("{}/reversal", path_of(&paid));
    let masspay = MassPay::of(&app);
    let body: Value = json!({"amount": 40});
    let started = std::time::Instant::now();
    // Nobody runs the jobs: the provider does not answer. Who asks meanwhile waits as well.
    let (first, second) = tokio::join!(masspay.post_with("k", &path, &body), masspay.post_with("k", &path, &body));
    for answer in [&first, &second] {
        says(answer, 504, "Gateway Time-out.");
    }
    assert!((10..20).contains(&started.elapsed().as_secs()));
    assert_eq!(app.test.get(paid.payout.id).await.payout.reversed_minor, 4_000, "it counts until the outcome is known");
    let list = masspay.get(&path).await.json();
    assert_eq!((&list[0]["status"], list[0]["reversible_amount"].clone()), (&json!("PENDING"), json!(60.0)));
    let told = with_jobs(&app, masspay.post_with("k", &path, &body)).await;
    assert_eq!(
        (told.status, told.member("status"), told.member("reversible_amount")),
        (201, json!("COMPLETED"), json!(60.0))
    );
    let again = masspay.post_with("k", &path, &body).await;
    assert_eq!((again.status, &again.text), (201, &told.text));
    assert_eq!(app.test.get(paid.payout.id).await.payout.reversed_minor, 4_000);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_staff_are_the_provider_it_is_504_until_they_record_it() {
    let app = spawn().await;
    let wallet = manual::wallet(&app.test).await;
    let id = manual::taken(&app.test, wallet, "BY-HAND", "50.00").await;
    let said = manual::paid(&app.test, id, "R-1").await;
    service::record(&app.test.desk, &app.test.operator, id, &said).await.unwrap();
    let paid = app.test.get(id).await;
    let path = format!("{}/reversal", path_of(&paid));
    let (masspay, body) = (MassPay::of(&app), json!({"amount": 20}));
    says(&masspay.post_with("k", &path, &body).await, 504, "Gateway Time-out.");
    let reversal = app.test.text("SELECT id FROM reversals").await;
    let back = Typed {
        kind: "reversal".into(),
        subject_id: reversal,
        outcome: "done".into(),
        version: app.test.get(id).await.payout.version,
        ..Typed::default()
    };
    service::record(&app.test.desk, &app.test.operator, id, &back).await.unwrap();
    let told = masspay.post_with("k", &path, &body).await;
    assert_eq!((told.status, told.member("status")), (201, json!("COMPLETED")), "{}", told.text);
    app.test.verify().await;
}
