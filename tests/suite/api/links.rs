//! `/api/v1/payout-links` over HTTP.

use serde_json::{Value, json};

use crate::support::api::{link, link_with, payout, send};
use crate::support::app::{OTHER_USD, SECOND, USD, claim_input, spawn, spawn_with, visit};
use crate::support::mail::SmtpServer;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_made_read_and_cancelled() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let made = app.api().post("/payout-links", link()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let body = made.json();
    for (member, value) in [
        ("status", json!("issued")),
        ("wallet_id", json!(USD)),
        ("currency", json!("USD")),
        ("amount_minor", json!(10_000)),
        ("fees_minor", json!(150)),
        ("total_amount_minor", json!(10_150)),
        ("receipt", json!("Receipt 1")),
        ("notes", json!({"order": "4711"})),
        ("send_email", json!(false)),
        ("payout_methods", json!(["bank_account"])),
        ("attempt_count", json!(0)),
        ("payout_id", Value::Null),
        ("created_at", json!("2026-01-15T10:30:00Z")),
        ("expire_by", json!("2026-01-16T10:30:00Z")),
        ("cancelled_at", Value::Null),
    ] {
        assert_eq!(body[member], value, "{member}");
    }
    for exact in [r#""amount":100.00,"#, r#""fees":1.50,"#, r#""total_amount":101.50,"#] {
        assert!(made.text.contains(exact), "{exact}");
    }
    assert!(made.id().starts_with("lnk_"));
    let address = body["short_url"].as_str().unwrap();
    assert!(address.starts_with(&format!("{}/l/", app.base_url)), "{address}");
    let path = format!("/payout-links/{}", made.id());
    let read = app.api().get(&path).await;
    assert_eq!((read.json(), read.header("etag")), (body, made.header("etag")));
    let cancelled = app.api().post(&format!("{path}/cancel"), json!({"reason": "twice"})).await;
    assert_eq!((cancelled.status, cancelled.member("status")), (200, json!("cancelled")));
    assert_eq!(cancelled.member("cancelled_at"), "2026-01-15T10:30:00Z");
    assert_eq!((cancelled.member("cancel_reason"), cancelled.member("short_url")), (json!("twice"), Value::Null));
    assert_eq!(app.test.balances(USD).await, before);
    let again = app.api().post_nothing(&format!("{path}/cancel")).await;
    again.refuses(400, "BadRequest", "payout link cannot be cancelled in current status");
    let releases = app.api().get(&format!("/transactions?wallet_id={USD}&type=LINK_RELEASE")).await.json();
    assert_eq!(releases.as_array().unwrap().len(), 1);
    assert_eq!(releases[0]["payout_link_id"], json!(made.id()));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_named() {
    let app = spawn().await;
    let post = async |body: Value| app.api().post("/payout-links", body).await;
    for (member, value, start) in [
        ("wallet_id", Value::Null, "wallet_id is required"),
        ("amount", json!("1.005"), "amount has too many decimals"),
        ("amount", json!(0), "amount must be more than 0"),
        ("currency", json!("usd"), "currency must be"),
        ("contact_name", json!(" "), "contact_name is required"),
        ("contact_email", json!("nobody"), "contact_email must be"),
        ("contact_phone", json!("call me"), "contact_phone must be"),
        ("contact_id", json!("ben_x"), "contact_id must be"),
        ("expire_by", json!("tomorrow"), "expire_by must be a time"),
        ("expire_by", json!("2026-01-15T10:40:00Z"), "expire_by is too soon"),
        ("payout_methods", json!(["cash"]), "payout_methods must hold"),
        ("payout_methods", json!(["upi"]), "payout_methods must not hold upi"),
        ("payout_methods", json!("upi"), "payout_methods must be a list"),
        ("notes", json!([]), "notes must be an object"),
        ("colour", json!("red"), "colour is not a member"),
    ] {
        post(link_with(member, value)).await.refuses_member(start);
    }
    post(link_with("amount", json!("90071992547409.91"))).await.refuses(400, "BadRequest", "amount is too large");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_clients_link_looks_unknown() {
    let app = spawn().await;
    let id = app.api().post("/payout-links", link()).await.id();
    let missing = "Payout link not found";
    app.other_api().get(&format!("/payout-links/{id}")).await.refuses(404, "NotFound", missing);
    for path in ["cancel", "approval", "extension", "replacement"] {
        let body = match path {
            "approval" => json!({"decision": "approve"}),
            "extension" => json!({"expire_by": "2026-02-15T10:30:00Z"}),
            _ => json!({}),
        };
        let answer = app.other_api().post(&format!("/payout-links/{id}/{path}"), body).await;
        answer.refuses(404, "NotFound", missing);
    }
    for text in ["nope", "pyt_01h455vb4pex5vsknk084sn02q", "lnk_01h455vb4pex5vsknk084sn02q"] {
        app.api().get(&format!("/payout-links/{text}")).await.refuses(404, "NotFound", missing);
    }
    app.api().get("/payout-links/").await.refuses(400, "BadRequest", "Payout link ID is required");
    let foreign = app.api().post("/payout-links", link_with("wallet_id", json!(OTHER_USD))).await;
    foreign.refuses(404, "NotFound", "Wallet not found");
    assert_eq!(app.other_api().get("/payout-links").await.json(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gets_the_first_link_with_its_address() {
    let app = spawn().await;
    let keyed = |body: Value| app.api().request("POST", "/payout-links").header("Idempotency-Key", "k-1").json(&body);
    let first = send(keyed(link())).await;
    let again = send(keyed(link())).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"));
    assert_eq!(again.text, first.text);
    let other = send(keyed(link_with("amount", json!(101)))).await;
    other.refuses(422, "UnprocessableEntity", "Idempotency-Key was used for another request");
    let requested = link_with("request_id", json!("rent-1"));
    let first = app.api().post("/payout-links", requested.clone()).await;
    assert_eq!(app.api().post("/payout-links", requested).await.id(), first.id());
    let mut other = link_with("request_id", json!("rent-1"));
    other["amount"] = json!(5);
    let other = app.api().post("/payout-links", other).await;
    other.refuses(409, "Conflict", "Payout link with this request_id already exists");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_paged_filtered_and_searched() {
    let app = spawn().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let mut body = link_with("reference", json!(format!("REF-{number}")));
        body["contact_name"] = json!(format!("Person {number}"));
        body["contact_email"] = json!(format!("p{number}@example.com"));
        ids.push(app.api().post("/payout-links", body).await.id());
    }
    app.api().post_nothing(&format!("/payout-links/{}/cancel", ids[0])).await;
    let page = app.api().get("/payout-links?limit=2&page=2").await;
    assert_eq!((page.header("x-total-count"), page.header("x-total-pages")), ("5", "3"));
    let found: Vec<Value> = page.json().as_array().unwrap().iter().map(|link| link["id"].clone()).collect();
    assert_eq!(found, [json!(ids[2]), json!(ids[1])]);
    let count = async |query: &str| {
        let list = app.api().get(&format!("/payout-links?{query}")).await;
        let rows = list.json().as_array().unwrap_or_else(|| panic!("{}", list.text)).len().to_string();
        assert_eq!(list.header("x-total-count"), rows, "{query}");
        rows
    };
    for (query, expected) in [
        ("status=issued", "4"),
        ("status=cancelled", "1"),
        ("status=reopened", "0"),
        ("currency=EUR", "0"),
        ("search=REF-", "5"),
        ("search=REF-3", "1"),
        ("search=P4@example.com", "1"),
        ("search=person", "5"),
        ("search=Receipt", "5"),
        ("search=12025550142", "5"),
        ("search=nobody", "0"),
        ("client_id=2", "0"),
    ] {
        assert_eq!(count(query).await, expected, "{query}");
    }
    assert_eq!(count(&format!("search={}", ids[3])).await, "1");
    app.api().get("/payout-links?status=lost").await.refuses_member("status must be one of");
    app.api().get("/payout-links?colour=red").await.refuses_member("colour is not a parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_moves_and_a_link_is_replaced() {
    let app = spawn().await;
    let made = app.api().post("/payout-links", link()).await;
    let path = format!("/payout-links/{}", made.id());
    let extend = async |to: &str| app.api().post(&format!("{path}/extension"), json!({ "expire_by": to })).await;
    extend("2026-01-16T10:00:00Z").await.refuses_member("expire_by is too soon");
    extend("soon").await.refuses_member("expire_by must be a time");
    let extended = extend("2026-01-20T10:00:00Z").await;
    assert_eq!((extended.status, extended.member("expire_by")), (200, json!("2026-01-20T10:00:00Z")));
    assert_ne!(extended.header("etag"), made.header("etag"));
    let stale = app.api().request("POST", &format!("{path}/replacement")).header("If-Match", made.header("etag"));
    assert_eq!(send(stale).await.status, 412);
    let replaced = app.api().post_nothing(&format!("{path}/replacement")).await;
    assert_eq!((replaced.status, replaced.member("replaces_id")), (201, made.member("id")));
    assert_ne!(replaced.member("short_url"), made.member("short_url"));
    let old = app.api().get(&path).await;
    assert_eq!((old.member("status"), old.member("close_reason")), (json!("cancelled"), json!("replaced")));
    assert_eq!(old.member("replaced_by_id"), replaced.member("id"));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claimed_link_names_its_payout_and_cannot_be_cancelled() {
    let app = spawn().await;
    let made = app.test.link("100.00").await;
    let secret = app.test.secret(&made);
    paydesk::service::links::claim(&app.test.desk, &visit(), &secret, &claim_input("000123456789"), None)
        .await
        .unwrap();
    let path = format!("/payout-links/{}", made.link.id);
    let claimed = app.api().get(&path).await;
    assert_eq!((claimed.member("status"), claimed.member("attempt_count")), (json!("processing"), json!(1)));
    let payout = claimed.member("payout_id").as_str().unwrap().to_owned();
    let payout = app.api().get(&format!("/payouts/{payout}")).await;
    assert_eq!(payout.member("payout_link_id"), json!(made.link.id.to_string()));
    let cancel = app.api().post_nothing(&format!("{path}/cancel")).await;
    cancel.refuses(400, "BadRequest", "payout link cannot be cancelled in current status");
    assert!(!claimed.text.contains("123456789"), "account numbers are not told");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_paid_twice_is_warned_of_and_done() {
    let app = spawn().await;
    let first = app.api().post("/payout-links", link()).await;
    assert_eq!(first.member("warnings"), Value::Null);
    let second = app.api().post("/payout-links", link_with("contact_name", json!("J. Doe"))).await;
    assert_eq!(second.status, 201);
    assert_eq!(second.member("warnings")[0]["id"], json!(first.id()));
    assert_eq!(second.member("warnings")[0]["code"], "possible_duplicate");
    let first = app.api().post("/payouts", payout("PAY_1")).await;
    let second = app.api().post("/payouts", payout("PAY_2")).await;
    assert_eq!((first.member("warnings"), second.status), (Value::Null, 201));
    assert_eq!(second.member("warnings")[0]["id"], json!(first.id()));
    let read = app.api().get(&format!("/payouts/{}", second.id())).await;
    assert_eq!(read.member("warnings"), Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn send_email_is_true_only_once_a_mail_was_really_sent() {
    let server = SmtpServer::start().await;
    let config = server.config();
    let app = spawn_with(|settings| settings.messages = config).await;
    let made = app.api().post("/payout-links", link_with("send_email", json!(true))).await;
    let path = format!("/payout-links/{}", made.id());
    assert_eq!((made.status, made.member("send_email")), (201, json!(false)));
    app.test.run_jobs(2).await;
    assert_eq!(app.api().get(&path).await.member("send_email"), json!(true));
    let address = made.member("short_url").as_str().unwrap().to_owned();
    assert!(server.mails()[0].words().contains(&address));
    let again = app.api().post_nothing(&format!("{path}/messages")).await;
    assert_eq!((again.status, again.json()["events"][1]["message"].clone()), (200, json!("Payout link sent again")));
    app.api().post_nothing(&format!("{path}/messages")).await.refuses_member("payout link cannot be changed");
    app.test.clock.advance(60 * SECOND);
    app.api().post_nothing(&format!("{path}/cancel")).await;
    app.test.run_jobs(2).await;
    // Issued, sent again, cancelled.
    assert_eq!(server.mails().len(), 3);
    app.test.verify().await;
}
