//! `/api/v1/beneficiaries`.

use serde_json::{Value, json};

use crate::support::api::{payout, send};
use crate::support::app::spawn;

fn ann() -> Value {
    json!({"email": "ann.lee@example.com", "first_name": "Ann", "last_name": "Lee", "country": "GB",
           "phone": "+44 20 7946 0000", "identifiers": {"account_number": "31926819"}, "metadata": {"vip": true}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_beneficiary_is_saved_paid_counted_and_deleted() {
    let app = spawn().await;
    let saved = app.api().post("/beneficiaries", ann()).await;
    assert_eq!(saved.status, 201);
    let path = format!("/beneficiaries/{}", saved.id());
    for (member, value) in [
        ("email", json!("ann.lee@example.com")),
        ("country", json!("GB")),
        ("phone", json!("+44 20 7946 0000")),
        ("metadata", json!({"vip": true})),
        ("total_payouts", json!(0)),
        ("total_amount", json!(0)),
        ("last_payout_at", Value::Null),
        ("created_at", json!("2026-01-15T10:30:00Z")),
    ] {
        assert_eq!(saved.member(member), value, "{member}");
    }
    assert!(!saved.text.contains("31926819") && saved.text.contains("6819"), "only the end of an account is shown");
    assert_eq!(app.readonly_api().get(&path).await.text, saved.text);
    assert_eq!(app.api().post("/beneficiaries", ann()).await.id(), saved.id(), "nobody is saved twice");
    let mut body = payout("PAY_1");
    body.as_object_mut().unwrap().retain(|member, _| !member.starts_with("beneficiary"));
    body["beneficiary_id"] = json!(saved.id());
    let paid = app.api().post("/payouts", body).await;
    assert_eq!(paid.member("beneficiary")["first_name"], "Ann");
    app.test.run_jobs(60).await;
    let counted = app.api().get(&path).await;
    assert!(counted.text.contains(r#""total_payouts":1,"total_amount":100.00,"#), "{}", counted.text);
    assert_ne!(counted.member("last_payout_at"), Value::Null);
    assert_eq!(app.api().delete(&path).await.status, 204);
    app.api().get(&path).await.refuses(404, "NotFound", "Beneficiary not found");
    app.api().delete(&path).await.refuses(404, "NotFound", "Beneficiary not found");
    assert_eq!(app.api().get(&format!("/payouts/{}", paid.id())).await.member("beneficiary")["last_name"], "Lee");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_the_clients_own_and_can_be_searched() {
    let app = spawn().await;
    for (first, last) in [("Ann", "Lee"), ("Bo", "Lind"), ("Cy", "Marsh")] {
        let email = format!("{}@example.com", first.to_lowercase());
        app.api().post("/beneficiaries", json!({"email": email, "first_name": first, "last_name": last})).await;
    }
    let page = app.api().get("/beneficiaries?limit=2").await;
    let headers = ["x-page", "x-per-page", "x-total-count", "x-total-pages"].map(|name| page.header(name).to_owned());
    assert_eq!(headers, ["1", "2", "3", "2"]);
    assert_eq!(page.json()[0]["first_name"], "Cy");
    let oldest = app.api().get("/beneficiaries?sort_by=created_at&sort_order=ASC").await;
    assert_eq!(oldest.json()[0]["first_name"], "Ann");
    assert_eq!(app.api().get("/beneficiaries?search=BO@").await.json()[0]["last_name"], "Lind");
    assert_eq!(app.other_api().get("/beneficiaries").await.json(), json!([]));
    app.api().get("/beneficiaries?sort_by=email").await.refuses_member("sort_by must be");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_scopes_and_other_clients_are_minded() {
    let app = spawn().await;
    let id = app.api().post("/beneficiaries", ann()).await.id();
    for (member, value) in [
        ("email", json!(null)),
        ("email", json!("nobody")),
        ("first_name", json!("")),
        ("last_name", json!(7)),
        ("country", json!("England")),
        ("identifiers", json!("31926819")),
        ("metadata", json!("x")),
    ] {
        let mut body = ann();
        body[member] = value;
        app.api().post("/beneficiaries", body).await.refuses_member(&format!("{member} "));
    }
    let readonly = app.readonly_api();
    readonly.post("/beneficiaries", ann()).await.refuses(403, "Forbidden", "Insufficient permissions");
    readonly.delete(&format!("/beneficiaries/{id}")).await.refuses(403, "Forbidden", "Insufficient permissions");
    for path in [format!("/beneficiaries/{id}"), "/beneficiaries/nope".into()] {
        app.other_api().get(&path).await.refuses(404, "NotFound", "Beneficiary not found");
        app.other_api().delete(&path).await.refuses(404, "NotFound", "Beneficiary not found");
    }
    app.api().get("/beneficiaries/%20").await.refuses(400, "BadRequest", "Beneficiary ID is required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_saves_once() {
    let app = spawn().await;
    let post = |body: Value| {
        send(app.api().request("POST", "/beneficiaries").header("Idempotency-Key", "save-ann").json(&body))
    };
    let first = post(ann()).await;
    let again = post(ann()).await;
    assert_eq!((again.header("idempotent-replayed"), again.id()), ("true", first.id()));
    let mut other = ann();
    other["email"] = json!("other@example.com");
    post(other).await.refuses(422, "UnprocessableEntity", "Idempotency-Key was used for another request");
}
