//! `POST /api/v1/payouts/{id}/cancel` and `…/cancellations`: the contract's section 5, row by row.

use serde_json::{Value, json};

use crate::support::api::{payout, payout_with, send};
use crate::support::app::{USD, spawn};

const NOT_NOW: &str = "payout cannot be cancelled in current status";

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_answers_the_whole_payout_and_the_money_is_back() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let made = app.api().post("/payouts", payout_with("PAY_1", "description", json!("Bonus Payment"))).await;
    let cancelled = app.api().post_nothing(&format!("/payouts/{}/cancel", made.id())).await;
    assert_eq!(cancelled.status, 200);
    let body = cancelled.json();
    for (member, value) in [
        ("id", made.member("id")),
        ("reference_id", json!("PAY_1")),
        ("wallet_id", json!(USD)),
        ("status", json!("cancelled")),
        ("currency", json!("USD")),
        ("description", json!("Bonus Payment")),
        ("created_at", json!("2026-01-15T10:30:00Z")),
        ("cancelled_at", json!("2026-01-15T10:30:00Z")),
        ("amount_minor", json!(10_000)),
        ("fees_minor", json!(150)),
        ("total_amount_minor", json!(10_150)),
        ("failure_code", Value::Null),
    ] {
        assert_eq!(body[member], value, "{member}");
    }
    for exact in [r#""amount":100.00,"#, r#""fees":1.50,"#, r#""total_amount":101.50,"#] {
        assert!(cancelled.text.contains(exact), "{exact}");
    }
    let beneficiary =
        json!({"email": "john.doe@example.com", "first_name": "John", "last_name": "Doe", "country": "US"});
    assert_eq!(body["beneficiary"], beneficiary);
    let events = json!([
        {"event_type": "status_change", "from_status": null, "to_status": "created", "actor_type": "system",
         "message": "Payout created", "created_at": "2026-01-15T10:30:00Z"},
        {"event_type": "status_change", "from_status": "created", "to_status": "cancelled", "actor_type": "client",
         "message": "Payout cancelled by client", "created_at": "2026-01-15T10:30:00Z"},
    ]);
    assert_eq!(body["events"], events);
    assert_eq!(app.test.balances(USD).await, before);
    assert_eq!(app.api().get(&format!("/payouts/{}", made.id())).await.json(), body);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checks_come_in_the_contracts_order() {
    let app = spawn().await;
    let id = app.test.payout("10.00").await.payout.id;
    let nobody = app.api_with(None);
    for path in [format!("/payouts/{id}/cancel"), "/payouts//cancel".into(), "/payouts/nope/cancel".into()] {
        nobody.post_nothing(&path).await.refuses(401, "UnauthorizedAccess", "Authentication required");
    }
    let stranger = app.api_with(Some("not.a.token"));
    stranger.post_nothing(&format!("/payouts/{id}/cancel")).await.refuses(
        401,
        "Unauthorized",
        "Invalid or expired token",
    );
    for path in ["/payouts//cancel", "/payouts/%20/cancel", "/payouts/%20%09/cancel"] {
        app.api().post_nothing(path).await.refuses(400, "BadRequest", "Payout ID is required");
        app.readonly_api().post_nothing(path).await.refuses(400, "BadRequest", "Payout ID is required");
    }
    for path in [format!("/payouts/{id}/cancel"), "/payouts/nope/cancel".into()] {
        app.readonly_api().post_nothing(&path).await.refuses(403, "Forbidden", "Insufficient permissions");
    }
    let unknown = "pyt_01h455vb4pex5vsknk084sn02q";
    for text in [unknown, "nope", "pyt_xyz789abc", "%ff", "..%2Fx", "wal_01h455vb4pex5vsknk084sn02q"] {
        app.api().post_nothing(&format!("/payouts/{text}/cancel")).await.refuses(404, "NotFound", "Payout not found");
    }
    app.other_api().post_nothing(&format!("/payouts/{id}/cancel")).await.refuses(404, "NotFound", "Payout not found");
    assert_eq!(app.api().post_nothing(&format!("/payouts/{id}/cancel")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_state_answers_as_the_table_says() {
    let app = spawn().await;
    let cancel = async |id: &str| app.api().post_nothing(&format!("/payouts/{id}/cancel")).await;
    let waiting = app.test.payout("1000.01").await.payout.id.to_string();
    assert_eq!(cancel(&waiting).await.member("status"), "cancelled");
    cancel(&waiting).await.refuses(400, "BadRequest", NOT_NOW);
    let queued = app.test.payout("10.00").await.payout.id;
    app.test.run_jobs(1).await;
    assert_eq!(app.test.get(queued).await.payout.state.name(), "queued");
    assert_eq!(cancel(&queued.to_string()).await.status, 200);
    // 9051: the provider works on it for ever, and agrees to cancel. 9041: it refuses it.
    let processing = app.test.payout("90.51").await.payout.id;
    let failed = app.test.payout("90.41").await.payout.id;
    let completed = app.test.completed("10.00").await.payout.id;
    cancel(&completed.to_string()).await.refuses(400, "BadRequest", "payout has already been completed");
    assert_eq!(app.test.get(processing).await.payout.state.name(), "processing");
    cancel(&processing.to_string()).await.refuses(400, "BadRequest", NOT_NOW);
    assert_eq!(app.test.get(failed).await.payout.state.name(), "failed");
    cancel(&failed.to_string()).await.refuses(400, "BadRequest", NOT_NOW);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_cancels_at_once_are_one_200_and_one_refund() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let id = app.api().post("/payouts", payout("PAY_1")).await.id();
    let api = app.api();
    let cancels = (0..64).map(|_| {
        let (api, path) = (api.clone(), format!("/payouts/{id}/cancel"));
        tokio::spawn(async move { api.post_nothing(&path).await.status })
    });
    let mut statuses = Vec::new();
    for cancel in cancels.collect::<Vec<_>>() {
        statuses.push(cancel.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 63);
    let refunds = app.api().get(&format!("/transactions?wallet_id={USD}&type=refund&reference={id}")).await.json();
    assert_eq!(refunds.as_array().unwrap().len(), 1);
    assert_eq!(refunds[0]["reference_id"], json!(id));
    assert_eq!(refunds[0]["type"], "PAYOUT_REFUND");
    assert_eq!(app.test.balances(USD).await, before);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_answers_the_first_outcome_again_also_when_it_was_a_refusal() {
    let app = spawn().await;
    let id = app.api().post("/payouts", payout("PAY_1")).await.id();
    let with_key =
        |key: &str| app.api().request("POST", &format!("/payouts/{id}/cancel")).header("Idempotency-Key", key);
    let first = send(with_key("first")).await;
    let again = send(with_key("first")).await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (200, ""));
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, "true"));
    assert_eq!(again.text, first.text);
    assert_eq!(send(with_key("second")).await.header("idempotent-replayed"), "");
    let refused = send(with_key("second")).await;
    assert_eq!(refused.header("idempotent-replayed"), "true");
    refused.refuses(400, "BadRequest", NOT_NOW);
    send(with_key(&"x".repeat(256))).await.refuses_member("Idempotency-Key must have");
    assert_eq!(send(with_key("")).await.header("idempotent-replayed"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn if_match_protects_what_was_read() {
    let app = spawn().await;
    let made = app.api().post("/payouts", payout("PAY_1")).await;
    let path = format!("/payouts/{}/cancel", made.id());
    let tag = made.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag} is strong");
    let with_tag = |tag: &str| app.api().request("POST", &path).header("If-Match", tag);
    for stale in ["\"99\"", &format!("W/{tag}"), "x", ""] {
        let answer = send(with_tag(stale)).await;
        assert_eq!((answer.status, answer.member("error")), (412, json!("PreconditionFailed")), "{stale}");
    }
    assert_eq!(
        send(app.api().request("GET", &format!("/payouts/{}", made.id())).header("If-None-Match", &tag)).await.status,
        304
    );
    let cancelled = send(with_tag(&tag)).await;
    assert_eq!(cancelled.status, 200);
    assert_ne!(cancelled.header("etag"), tag);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_not_needed_but_must_be_json() {
    let app = spawn().await;
    let id = app.api().post("/payouts", payout("PAY_1")).await.id();
    let path = format!("/payouts/{id}/cancel");
    let text = app.api().request("POST", &path).header("Content-Type", "text/plain").body("please");
    assert_eq!(send(text).await.member("error"), "UnsupportedMediaType");
    app.api().post_text(&path, "{").await.refuses_member("body must be a JSON object");
    app.api().post_text(&path, "[]").await.refuses_member("body must be a JSON object");
    assert_eq!(app.api().post(&path, json!({"whatever": 1})).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_has_the_payout_is_asked() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let id = app.test.payout("90.51").await.payout.id;
    let path = format!("/payouts/{id}/cancellations");
    app.api().post_nothing(&path).await.refuses_member("payout is not with a provider");
    app.test.run_jobs(20).await;
    let tag = app.api().get(&format!("/payouts/{id}")).await.header("etag").to_owned();
    let asked = app.api().post(&path, json!({"reason": "wrong account"})).await;
    assert_eq!(asked.status, 202);
    assert_eq!(asked.json().as_object().unwrap().len(), 4, "{}", asked.text);
    assert_eq!(asked.member("created_at"), "2026-01-15T10:30:20Z");
    assert_eq!((asked.member("status"), asked.member("payout_id")), (json!("requested"), json!(id.to_string())));
    assert!(asked.id().starts_with("can_"));
    let meanwhile = app.api().get(&format!("/payouts/{id}")).await;
    assert_ne!(meanwhile.header("etag"), tag, "the history is part of the record");
    assert_eq!(meanwhile.member("status"), "processing");
    app.api().post_nothing(&path).await.refuses(409, "Conflict", "payout has an open cancellation already");
    app.api().post(&path, json!({"cause": 1})).await.refuses_member("cause is not a member");
    app.readonly_api().post_nothing(&path).await.refuses(403, "Forbidden", "Insufficient permissions");
    app.other_api().post_nothing(&path).await.refuses(404, "NotFound", "Payout not found");
    let one = format!("{path}/{}", asked.id());
    let told = app.readonly_api().get(&one).await.json();
    assert_eq!((&told["id"], &told["status"]), (&json!(asked.id()), &json!("requested")));
    app.test.run_jobs(2).await;
    assert_eq!(app.api().get(&format!("/payouts/{id}")).await.member("status"), "cancelled");
    assert_eq!(app.test.balances(USD).await, before);
    let told = app.api().get(&one).await.json();
    assert_eq!(
        (&told["status"], &told["reason"], &told["answer"]),
        (&json!("confirmed"), &json!("wrong account"), &Value::Null)
    );
    assert_ne!(told["answered_at"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_the_questions_can_be_read_by_its_own_client_alone() {
    let app = spawn().await;
    let id = app.test.payout("90.52").await.payout.id;
    app.test.run_jobs(20).await;
    let path = format!("/payouts/{id}/cancellations");
    assert_eq!(app.api().get(&path).await.json(), json!([]));
    let mut asked = Vec::new();
    for reason in ["first", "second"] {
        asked.insert(0, app.api().post(&path, json!({"reason": reason})).await.id());
        app.test.run_jobs(2).await;
    }
    let list = app.readonly_api().get(&path).await.json();
    let ids: Vec<_> = list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, asked, "newest first");
    assert_eq!((&list[0]["status"], &list[0]["reason"]), (&json!("refused"), &json!("second")));
    assert!(list[0]["answer"].as_str().unwrap().contains("sent it on already"), "{list}");
    let newest = &asked[0];
    app.other_api().get(&path).await.refuses(404, "NotFound", "Payout not found");
    app.other_api().get(&format!("{path}/{newest}")).await.refuses(404, "NotFound", "Payout not found");
    let other = app.test.payout("10.00").await.payout.id;
    for wrong in [format!("/payouts/{other}/cancellations/{newest}"), format!("{path}/nope"), format!("{path}/{id}")] {
        app.api().get(&wrong).await.refuses(404, "NotFound", "Cancellation not found");
    }
    app.api().get(&format!("{path}?limit=1")).await.refuses_member("limit");
}
