//! Payout links: the documented object, what makes one, and cancelling.

use paydesk::domain::ids::PayoutLinkId;
use paydesk::service::links;
use serde_json::{Value, json};

use crate::support::api::Answer;
use crate::support::app::{NOW, SECOND, claim_input, spawn, spawn_with, visit};
use crate::support::mail::SmtpServer;
use crate::support::razorpay::{link, link_with};

/// The answer of the seed's documentation to cancelling a link.
const DOCUMENTED: &str = r#"{"id":"poutlk_00000000000001","entity":"payout_link","contact_id":"cont_00000000000001",
    "contact":{"name":"Gaurav Kumar","type":"customer","contact":"912345678","email":"gaurav.kumar@example.com"},
    "fund_account_id":null,"payout_id":null,"purpose":"refund","status":"cancelled","amount":1000,"currency":"INR",
    "description":"Payout Link for Gaurav Kumar","attempt_count":0,"receipt":"Receipt No. 1",
    "notes":{"notes_key_1":"Tea, Earl Grey, Hot","notes_key_2":"Tea, Earl Grey… decaf."},
    "short_url":"https://rzp.io/i/3b1Tw6","send_sms":true,"send_email":true,"cancelled_at":1596122334,
    "created_at":1545383037,"expire_by":1545384058,"expired_at":1545384658}"#;

const BEGAN: i64 = NOW / SECOND;

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_link_is_the_documented_object_member_by_member() {
    let app = spawn().await;
    let (wallet, account) = app.test.rupees().await;
    let before = app.test.balances(wallet).await;
    let made =
        app.razorpay().await.post("/v1/payout-links", link_with(&account, "expire_by", json!(BEGAN + 1021))).await;
    assert_eq!((made.status, made.member("status")), (200, json!("issued")), "{}", made.text);
    assert_eq!(app.test.balances(wallet).await, (before.0 - 1000, before.1 + 1000));
    app.test.clock.advance(60 * SECOND);
    let answer = app.razorpay().await.post_nothing(&format!("/v1/payout-links/{}/cancel", made.id())).await;
    assert_eq!(answer.status, 200);
    let (documented, found): (Value, Value) = (serde_json::from_str(DOCUMENTED).unwrap(), answer.json());
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&documented));
    for member in [
        "entity",
        "contact",
        "fund_account_id",
        "payout_id",
        "purpose",
        "status",
        "amount",
        "currency",
        "description",
        "attempt_count",
        "receipt",
        "notes",
    ] {
        assert_eq!(found[member], documented[member], "{member}");
    }
    assert_eq!(found["id"], made.member("id"));
    assert_eq!(found["short_url"], made.member("short_url"));
    for (member, value) in [
        ("created_at", json!(BEGAN)),
        ("cancelled_at", json!(BEGAN + 60)),
        ("expire_by", json!(BEGAN + 1021)),
        ("expired_at", Value::Null),
        // No message went out: there is no mail server.
        ("send_sms", json!(false)),
        ("send_email", json!(false)),
    ] {
        assert_eq!(found[member], value, "{member}");
    }
    let read = app.razorpay().await.get(&format!("/v1/payout-links/{}", made.id())).await;
    assert_eq!((read.status, read.json()), (200, found));
    assert_eq!(app.test.balances(wallet).await, before);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_has_its_prefix_and_22_characters() {
    let app = spawn().await;
    let (_, account) = app.test.rupees().await;
    let program = app.razorpay().await;
    let id = program.post("/v1/payout-links", link(&account)).await.id();
    let text = id.strip_prefix("poutlk_").unwrap();
    assert!(text.len() == 22 && text.bytes().all(|b| b.is_ascii_alphanumeric()), "{id}");
    for action in ["", "/cancel"] {
        let ask = async |id: &str| match action {
            "" => program.get(&format!("/v1/payout-links/{id}")).await,
            _ => program.post_nothing(&format!("/v1/payout-links/{id}{action}")).await,
        };
        for unknown in ["poutlk_00000000000001", "poutlk_zzzzzzzzzzzzzzzzzzzzzz", &format!("poutlk_{:022}", 1)] {
            ask(unknown).await.errs_input("The id provided does not exist", "id");
        }
        for malformed in ["poutlk_0000000000001", "pout_00000000000001", "x", "poutlk_0000000000000!", "poutlk_"] {
            ask(malformed).await.errs_input(&format!("{malformed} is not a valid id."), "id");
        }
        let foreign = match action {
            "" => app.other_razorpay().await.get(&format!("/v1/payout-links/{id}")).await,
            _ => app.other_razorpay().await.post_nothing(&format!("/v1/payout-links/{id}/cancel")).await,
        };
        foreign.errs_input("The id provided does not exist", "id");
    }
    assert_eq!(app.razorpay().await.get(&format!("/v1/payout-links/{id}")).await.member("status"), "issued");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_named() {
    let app = spawn().await;
    let (_, account) = app.test.rupees().await;
    let program = app.razorpay().await;
    let many: serde_json::Map<String, Value> = (0..16).map(|n| (n.to_string(), json!("x"))).collect();
    for (member, value, description, field) in [
        ("account_number", Value::Null, "The account_number field is required.", "account_number"),
        ("account_number", json!("7878780080316316"), "The RazorpayX Account number is invalid.", "account_number"),
        // Wallets in other currencies, of others, and of nobody.
        ("account_number", json!("4564560000000001"), "The RazorpayX Account number is invalid.", "account_number"),
        ("account_number", json!("4564560000000005"), "The RazorpayX Account number is invalid.", "account_number"),
        ("account_number", json!("4564560000009999"), "The RazorpayX Account number is invalid.", "account_number"),
        ("contact", Value::Null, "The contact field is required.", "contact"),
        ("contact", json!("Gaurav"), "The contact must be an object.", "contact"),
        ("contact", json!({"email": "a@example.com"}), "The contact.name field is required.", "contact.name"),
        ("contact", json!({"id": "cont_1"}), "cont_1 is not a valid id.", "contact.id"),
        ("contact", json!({"id": "cont_00000000000001"}), "The contact id provided does not exist.", "contact.id"),
        ("contact.id", json!("cont_00000000000001"), "The contact.id must stand alone.", "contact.id"),
        ("contact.name", json!("Al"), "The contact.name must be at least 3 characters.", "contact.name"),
        (
            "contact.name",
            json!("x".repeat(51)),
            "The contact.name may not be greater than 50 characters.",
            "contact.name",
        ),
        ("contact.name", json!("Gaurav & Co"), "The contact.name format is invalid.", "contact.name"),
        ("contact.name", json!("Gaurav-"), "The contact.name format is invalid.", "contact.name"),
        ("contact.type", json!("friend"), "Invalid type: friend", "contact.type"),
        ("contact.email", json!("nobody"), "The contact.email must be a valid email address.", "contact.email"),
        ("contact.contact", json!("call me"), "The contact.contact format is invalid.", "contact.contact"),
        ("amount", Value::Null, "The amount field is required.", "amount"),
        ("amount", json!(99), "The amount must be at least 100.", "amount"),
        ("amount", json!(10.5), "The amount must be an integer.", "amount"),
        ("amount", json!(9_007_199_254_740_992_i64), "The amount is too large.", "amount"),
        ("currency", Value::Null, "The currency field is required.", "currency"),
        ("currency", json!("USD"), "Currency is not supported: only INR is.", "currency"),
        ("purpose", Value::Null, "The purpose field is required.", "purpose"),
        ("purpose", json!("bribe"), "Invalid purpose: bribe", "purpose"),
        ("description", json!(" "), "The description field is required.", "description"),
        ("notes", json!(many), "The notes may not have more than 15 pairs.", "notes"),
        ("notes", json!({"a": "x".repeat(257)}), "The notes may not have more than 256 characters each.", "notes"),
        ("send_sms", json!("maybe"), "The send_sms field must be true or false.", "send_sms"),
        ("expire_by", json!("soon"), "The expire_by must be an integer.", "expire_by"),
        ("expire_by", json!(-1), "The expire_by must be a time in Unix seconds.", "expire_by"),
        ("expire_by", json!(BEGAN + 600), "The expire_by must be at least 15 minutes in the future.", "expire_by"),
    ] {
        let answer = program.post("/v1/payout-links", link_with(&account, member, value.clone())).await;
        assert_eq!(answer.status, 400, "{member} {value}: {}", answer.text);
        answer.errs_input(description, field);
    }
    let mut nobody = link(&account);
    nobody["contact"] = json!({"name": "Gaurav Kumar"});
    let answer = app.razorpay().await.post("/v1/payout-links", nobody).await;
    answer.errs_input("The contact.contact field is required when contact.email is not present.", "contact.contact");
    assert_eq!(app.razorpay().await.get("/v1/payout-links").await.ids(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_optional_may_be_left_out_and_what_nobody_knows_is_ignored() {
    let app = spawn().await;
    let (_, account) = app.test.rupees().await;
    let body = json!({
        "account_number": account,
        "contact": {"name": "Gaurav Kumar", "contact": 912345678},
        "amount": "1000",
        "currency": "INR",
        "purpose": "vendor bill",
        "description": "Bill 1",
        "notes": [],
        "send_sms": 1,
        "colour": "red",
        "expire_by": null,
    });
    let made = app.razorpay().await.post("/v1/payout-links", body).await;
    assert_eq!(made.status, 200, "{}", made.text);
    for (member, value) in [
        ("receipt", Value::Null),
        ("notes", json!({})),
        ("expire_by", Value::Null),
        ("expired_at", Value::Null),
        ("cancelled_at", Value::Null),
        ("contact", json!({"name": "Gaurav Kumar", "type": null, "contact": "912345678", "email": null})),
    ] {
        assert_eq!(made.member(member), value, "{member}");
    }
    let settings = |config: &mut paydesk::config::Config| {
        config.razorpay.purposes = vec!["prize".into()];
        config.razorpay.contact_types = vec!["winner".into()];
    };
    let app = spawn_with(settings).await;
    let (_, account) = app.test.rupees().await;
    let mut body = link_with(&account, "purpose", json!("prize"));
    body["contact"]["type"] = json!("winner");
    assert_eq!(app.razorpay().await.post("/v1/payout-links", body).await.member("purpose"), "prize");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_needs_its_money() {
    let app = spawn().await;
    let (_, account) = app.test.rupees().await;
    let program = app.razorpay().await;
    for _ in 0..10 {
        assert_eq!(program.post("/v1/payout-links", link_with(&account, "amount", json!(100_000))).await.status, 200);
    }
    let text = "Your account does not have enough balance to carry out the payout operation.";
    program.post("/v1/payout-links", link(&account)).await.errs(400, text, "insufficient_funds", "");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_issued_link_is_cancelled() {
    let app = spawn().await;
    let (_, account) = app.test.rupees().await;
    let program = app.razorpay().await;
    let cancel = async |id: &str| program.post_nothing(&format!("/v1/payout-links/{id}/cancel")).await;
    let refused = |answer: Answer, state: &str| {
        answer.errs_input(&format!("Payout Link cannot be cancelled as it is in {state} state"), "");
    };
    // Above the limit it waits for a checker, holding nothing.
    let pending = program.post("/v1/payout-links", link_with(&account, "amount", json!(100_001))).await;
    assert_eq!(pending.member("status"), "pending");
    refused(cancel(&pending.id()).await, "pending");
    let id = PayoutLinkId::from_base62(pending.id().trim_start_matches("poutlk_")).unwrap();
    links::decide(&app.test.desk, &app.test.approver, id, false, None, None, None).await.unwrap();
    refused(cancel(&pending.id()).await, "rejected");
    // Claimed, then paid.
    let claimed = program.post("/v1/payout-links", link(&account)).await;
    let path = format!("/v1/payout-links/{}", claimed.id());
    let id = PayoutLinkId::from_base62(claimed.id().trim_start_matches("poutlk_")).unwrap();
    let secret = app.test.secret(&app.test.get_link(id).await);
    links::claim(&app.test.desk, &visit(), &secret, &claim_input("50100123456789"), None).await.unwrap();
    refused(cancel(&claimed.id()).await, "processing");
    let processing = program.get(&path).await.json();
    assert!(processing["fund_account_id"].as_str().unwrap().starts_with("fa_"));
    assert_eq!((&processing["attempt_count"], &processing["payout_id"]), (&json!(1), &Value::Null));
    app.test.run_jobs(60).await;
    refused(cancel(&claimed.id()).await, "processed");
    let processed = program.get(&format!("{path}?expand[]=payouts")).await.json();
    assert_eq!(processed["status"], "processed");
    assert_eq!(processed["payouts"]["count"], 1);
    assert_eq!(processed["payouts"]["items"][0]["id"], processed["payout_id"]);
    assert_eq!(processed["payouts"]["items"][0]["status"], "processed");
    assert_eq!(processed["payouts"]["items"][0]["fund_account_id"], processed["fund_account_id"]);
    // Over.
    let now = app.test.clock.now() / SECOND;
    let short = program.post("/v1/payout-links", link_with(&account, "expire_by", json!(now + 900))).await;
    assert_eq!(short.status, 200, "{}", short.text);
    app.test.clock.advance(901 * SECOND);
    app.test.run_jobs(2).await;
    refused(cancel(&short.id()).await, "expired");
    let expired = program.get(&format!("/v1/payout-links/{}", short.id())).await.json();
    assert_eq!(expired["status"], "expired");
    assert!(expired["expired_at"].as_i64().unwrap() >= now + 900);
    // Already cancelled: still a refusal, and nothing moves.
    let issued = program.post("/v1/payout-links", link(&account)).await;
    let first = cancel(&issued.id()).await;
    app.test.clock.advance(5 * SECOND);
    refused(cancel(&issued.id()).await, "cancelled");
    let again = program.get(&format!("/v1/payout-links/{}", issued.id())).await;
    assert_eq!(again.json(), first.json());
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_cancels_at_once_one_is_done() {
    let app = spawn().await;
    let (wallet, account) = app.test.rupees().await;
    let before = app.test.balances(wallet).await;
    let id = app.razorpay().await.post("/v1/payout-links", link(&account)).await.id();
    let shared = app.razorpay().await;
    let cancels = (0..64).map(|_| {
        let (program, path) = (shared.clone(), format!("/v1/payout-links/{id}/cancel"));
        tokio::spawn(async move { program.post_nothing(&path).await })
    });
    let mut done = 0;
    for cancel in cancels.collect::<Vec<_>>() {
        let answer = cancel.await.unwrap();
        match answer.status {
            200 => done += 1,
            _ => answer.errs_input("Payout Link cannot be cancelled as it is in cancelled state", ""),
        }
    }
    assert_eq!(done, 1);
    assert_eq!(app.test.balances(wallet).await, before);
    assert_eq!(app.test.int("SELECT COUNT(*) FROM ledger_transactions WHERE kind = 'LINK_RELEASE'").await, 1);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_told_of_once_it_was_really_sent() {
    let server = SmtpServer::start().await;
    let config = server.config();
    let app = spawn_with(|settings| settings.messages = config).await;
    let (_, account) = app.test.rupees().await;
    let made = app.razorpay().await.post("/v1/payout-links", link(&account)).await;
    assert_eq!((made.member("send_email"), made.member("send_sms")), (json!(false), json!(false)));
    app.test.run_jobs(2).await;
    let read = app.razorpay().await.get(&format!("/v1/payout-links/{}", made.id())).await;
    // There is a mail server, but nothing that sends text messages.
    assert_eq!((read.member("send_email"), read.member("send_sms")), (json!(true), json!(false)));
    assert!(server.mails()[0].words().contains(made.member("short_url").as_str().unwrap()));
}
