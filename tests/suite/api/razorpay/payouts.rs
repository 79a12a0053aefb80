//! Payouts: what makes one, its key, its money, its end, and lists.

use paydesk::service::payouts;
use serde_json::{Value, json};

use crate::support::api::{Answer, send};
use crate::support::app::{NOW, SECOND, TestApp, input, spawn, spawn_with};
use crate::support::razorpay::{Razorpay, account, contact};

const BEGAN: i64 = NOW / SECOND;
const DAY: i64 = 24 * 3_600 * SECOND;

/// The body of a payout of 12.50 rupees.
fn payout(account_number: &str, fund_account: &str) -> Value {
    json!({
        "account_number": account_number,
        "fund_account_id": fund_account,
        "amount": 1250,
        "currency": "INR",
        "mode": "IMPS",
        "purpose": "refund",
        "reference_id": "inv-4711",
        "narration": "Refund inv 4711",
        "notes": {"order": "4711"},
    })
}

async fn make(program: &Razorpay, key: &str, body: Value) -> Answer {
    send(program.request("POST", "/v1/payouts").header("X-Payout-Idempotency", key).json(&body)).await
}

/// A wallet's account number and the fund account of Asha Rao.
async fn ground(app: &TestApp) -> (i64, String, String) {
    let (wallet, number) = app.test.rupees().await;
    let contact = app.razorpay().await.post("/v1/contacts", contact()).await.id();
    let fund_account = app.razorpay().await.post("/v1/fund_accounts", account(&contact)).await.id();
    (wallet, number, fund_account)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_is_the_object_of_the_contract_from_made_to_processed() {
    let app = spawn().await;
    let (wallet, number, fund_account) = ground(&app).await;
    let program = app.razorpay().await;
    let made = make(&program, "key-0001", payout(&number, &fund_account)).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let mut expected = json!({
        "id": made.id(),
        "entity": "payout",
        "fund_account_id": fund_account,
        "amount": 1250,
        "currency": "INR",
        "notes": {"order": "4711"},
        "fees": 0,
        "tax": 0,
        "status": "queued",
        "purpose": "refund",
        "utr": null,
        "mode": "IMPS",
        "reference_id": "inv-4711",
        "narration": "Refund inv 4711",
        "batch_id": null,
        "status_details": null,
        "created_at": BEGAN,
        "fee_type": "",
    });
    assert_eq!(made.json(), expected);
    expected["debit_account_number"] = json!(number);
    let path = format!("/v1/payouts/{}", made.id());
    assert_eq!(program.get(&path).await.json(), expected);
    assert_eq!(app.test.balances(wallet).await, (998_750, 1250));
    let mut seen = vec!["queued".to_owned()];
    for _ in 0..40 {
        app.test.run_jobs(1).await;
        let now = program.get(&path).await.json();
        let status = now["status"].as_str().unwrap().to_owned();
        if status != *seen.last().unwrap() {
            seen.push(status);
        }
        expected = now;
    }
    assert_eq!(seen, ["queued", "processing", "processed"]);
    assert_eq!(expected["status_details"]["reason"], "payout_processed");
    assert!(expected["utr"].is_string());
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_to_make_needs_its_key() {
    let app = spawn().await;
    let (_, number, fund_account) = ground(&app).await;
    let program = app.razorpay().await;
    let missing = program.post("/v1/payouts", payout(&number, &fund_account)).await;
    let text = "Idempotency key is missing. Include idempotency header and key in the request.";
    missing.errs(400, text, "", "X-Payout-Idempotency");
    for key in ["abc", "x".repeat(37).as_str(), "a.b.c.d", "kéy-1"] {
        let request = program.request("POST", "/v1/payouts").json(&payout(&number, &fund_account));
        let key = reqwest::header::HeaderValue::from_bytes(key.as_bytes()).unwrap();
        let answer = send(request.header("X-Payout-Idempotency", key)).await;
        let text = "Idempotency key must have 4 to 36 letters, digits, hyphens, underscores or spaces.";
        answer.errs_input(text, "X-Payout-Idempotency");
    }
    assert_eq!(program.get(&format!("/v1/payouts?account_number={number}")).await.ids(), Vec::<String>::new());
    let app = spawn_with(|config| config.razorpay.key = paydesk::config::RazorpayKey::Optional).await;
    let (_, number, fund_account) = ground(&app).await;
    let made = app.razorpay().await.post("/v1/payouts", payout(&number, &fund_account)).await;
    let again = app.razorpay().await.post("/v1/payouts", payout(&number, &fund_account)).await;
    assert_eq!((made.status, again.status), (200, 200));
    assert_ne!(made.id(), again.id());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_gives_the_saved_payout_as_it_stands_now_for_seven_days() {
    let app = spawn().await;
    let (wallet, number, fund_account) = ground(&app).await;
    let program = app.razorpay().await;
    let body = payout(&number, &fund_account);
    let first = make(&program, "key 1_-A", body.clone()).await;
    let again = make(&program, "key 1_-A", body.clone()).await;
    assert_eq!((again.status, again.json()), (200, first.json()));
    app.test.run_jobs(60).await;
    let later = make(&program, "key 1_-A", body.clone()).await;
    assert_eq!((later.id(), later.member("status")), (first.id(), json!("processed")));
    let mut other = body.clone();
    other["amount"] = json!(1251);
    let text = "Different request body sent for the same Idempotency Header";
    make(&program, "key 1_-A", other).await.errs_input(text, "");
    // A member that nobody knows makes no other request; another program has keys of its own.
    let mut more = body.clone();
    more["colour"] = json!("red");
    assert_eq!(make(&program, "key 1_-A", more).await.id(), first.id());
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payouts").await, 1);
    app.test.clock.advance(7 * DAY);
    let new = make(&program, "key 1_-A", body).await;
    assert_ne!(new.id(), first.id());
    assert_eq!(app.test.balances(wallet).await, (997_500, 1250));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_32_at_once_with_one_key_one_is_made() {
    let app = spawn().await;
    let (wallet, number, fund_account) = ground(&app).await;
    let shared = app.razorpay().await;
    let makes = (0..32).map(|_| {
        let (program, body) = (shared.clone(), payout(&number, &fund_account));
        tokio::spawn(async move { make(&program, "once-only", body).await })
    });
    let mut ids = Vec::new();
    for made in makes.collect::<Vec<_>>() {
        let made = made.await.unwrap();
        assert_eq!(made.status, 200, "{}", made.text);
        ids.push(made.id());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(app.test.balances(wallet).await, (998_750, 1250));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_money_is_refused_or_waited_for() {
    let app = spawn().await;
    let (wallet, number, fund_account) = ground(&app).await;
    let program = app.razorpay().await;
    // Leaves 500.00 of 10,000.00.
    for turn in 0..10 {
        let mut body = payout(&number, &fund_account);
        body["amount"] = json!(95_000);
        assert_eq!(make(&program, &format!("spend-{turn}"), body).await.status, 200);
    }
    let mut body = payout(&number, &fund_account);
    body["amount"] = json!(60_000);
    let text = "Your account does not have enough balance to carry out the payout operation.";
    make(&program, "short-1", body.clone()).await.errs(400, text, "insufficient_funds", "");
    let queueing = |flag: Value| {
        let mut body = body.clone();
        body["queue_if_low_balance"] = flag;
        body
    };
    let waiting = make(&program, "short-2", queueing(json!(true))).await;
    assert_eq!((waiting.status, waiting.member("status")), (200, json!("queued")), "{}", waiting.text);
    assert_eq!(waiting.member("status_details")["reason"], "low_balance");
    let other = make(&program, "short-3", queueing(json!(1))).await;
    assert_eq!(other.member("status"), "queued");
    assert_eq!(app.test.balances(wallet).await, (50_000, 950_000));
    app.test.run_jobs(120).await;
    let path = |answer: &Answer| format!("/v1/payouts/{}", answer.id());
    assert_eq!(program.get(&path(&waiting)).await.member("status"), "queued");
    let cancelled = program.post_nothing(&format!("{}/cancel", path(&other))).await;
    assert_eq!((cancelled.status, cancelled.member("status")), (200, json!("cancelled")));
    assert_eq!(app.test.balances(wallet).await, (50_000, 0));
    // What was refused may be asked for again under its key, once there is money.
    app.test.top_up(wallet, "1000").await;
    assert_eq!(make(&program, "short-1", body).await.status, 200);
    app.test.run_jobs(180).await;
    assert_eq!(program.get(&path(&waiting)).await.member("status"), "processed");
    assert_eq!(program.get(&path(&other)).await.member("status"), "cancelled");
    assert_eq!(app.test.balances(wallet).await, (30_000, 0));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_composite_payout_brings_its_contact_and_its_account() {
    let app = spawn().await;
    let (_, number) = app.test.rupees().await;
    let program = app.razorpay().await;
    let mut body = payout(&number, "");
    body.as_object_mut().unwrap().remove("fund_account_id");
    body["mode"] = json!("UPI");
    body["fund_account"] = json!({
        "account_type": "vpa",
        "vpa": {"address": "asha@okhdfcbank"},
        "contact": {"name": "Asha Rao", "email": "asha@example.com", "contact": "9876543210", "type": "vendor"},
    });
    let made = make(&program, "composite-1", body.clone()).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert_eq!(make(&program, "composite-1", body.clone()).await.id(), made.id());
    let second = make(&program, "composite-2", body.clone()).await;
    assert_eq!(second.member("fund_account_id"), made.member("fund_account_id"));
    let id = made.member("fund_account_id").as_str().unwrap().to_owned();
    let fund_account = program.get(&format!("/v1/fund_accounts/{id}")).await.json();
    assert_eq!(fund_account["account_type"], "vpa");
    let contacts = program.get("/v1/contacts").await;
    assert_eq!(contacts.ids(), [fund_account["contact_id"].as_str().unwrap()]);
    body["fund_account"]["contact"]["name"] = json!("A");
    let short = make(&program, "composite-3", body).await;
    short.errs_input("The fund_account.contact.name must be at least 3 characters.", "fund_account.contact.name");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_named() {
    let app = spawn().await;
    let (_, number, fund_account) = ground(&app).await;
    for (turn, (member, value, description, field)) in [
        ("account_number", Value::Null, "The account_number field is required.", "account_number"),
        ("account_number", json!("4564560000000001"), "The RazorpayX Account number is invalid.", "account_number"),
        ("fund_account_id", Value::Null, "The fund_account_id field is required.", "fund_account_id"),
        ("fund_account_id", json!("fa_1"), "fa_1 is not a valid id.", "fund_account_id"),
        ("fund_account_id", json!("fa_00000000000001"), "The id provided does not exist", "fund_account_id"),
        ("amount", json!(99), "The amount must be at least 100.", "amount"),
        ("currency", json!("EUR"), "Currency is not supported: only INR is.", "currency"),
        ("mode", Value::Null, "The mode field is required.", "mode"),
        ("mode", json!("imps"), "Payout mode is invalid", "mode"),
        ("purpose", Value::Null, "The purpose field is required.", "purpose"),
        ("purpose", json!("bribe"), "Invalid purpose: bribe", "purpose"),
        (
            "reference_id",
            json!("x".repeat(41)),
            "The reference_id may not be greater than 40 characters.",
            "reference_id",
        ),
        ("narration", json!("x".repeat(31)), "The narration may not be greater than 30 characters.", "narration"),
        ("narration", json!("Refund #1"), "The narration format is invalid.", "narration"),
        (
            "queue_if_low_balance",
            json!("yes"),
            "The queue_if_low_balance field must be true or false.",
            "queue_if_low_balance",
        ),
        ("notes", json!("x"), "The notes must be an object.", "notes"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = payout(&number, &fund_account);
        body[member] = value;
        make(&app.razorpay().await, &format!("wrong-{turn}"), body).await.errs_input(description, field);
    }
    for mode in ["NEFT", "RTGS", "IMPS", "UPI", "card", "amazonpay"] {
        let mut body = payout(&number, &fund_account);
        body["mode"] = json!(mode);
        assert_eq!(make(&app.razorpay().await, &format!("mode-{mode}"), body).await.member("mode"), mode);
    }
    app.razorpay().await.patch(&format!("/v1/fund_accounts/{fund_account}"), json!({"active": false})).await;
    let off = make(&app.razorpay().await, "inactive", payout(&number, &fund_account)).await;
    off.errs_input("The fund account is not active.", "fund_account_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_queued_payout_is_cancelled() {
    let app = spawn().await;
    let (wallet, number, fund_account) = ground(&app).await;
    let program = app.razorpay().await;
    let before = app.test.balances(wallet).await;
    let cancel = async |id: &str| program.post_nothing(&format!("/v1/payouts/{id}/cancel")).await;
    let queued = make(&program, "cancel-1", payout(&number, &fund_account)).await.id();
    let cancelled = cancel(&queued).await;
    assert_eq!((cancelled.status, cancelled.member("status")), (200, json!("cancelled")));
    assert_eq!(app.test.balances(wallet).await, before);
    let text = |status: &str| format!("Payout cannot be cancelled as it is in {status} state");
    cancel(&queued).await.errs_input(&text("cancelled"), "");
    let mut body = payout(&number, &fund_account);
    body["amount"] = json!(100_001);
    let pending = make(&program, "cancel-2", body).await;
    assert_eq!((pending.status, pending.member("status")), (200, json!("pending")));
    assert_eq!(pending.member("status_details")["reason"], "pending_approval");
    cancel(&pending.id()).await.errs_input(&text("pending"), "");
    let paid = make(&program, "cancel-3", payout(&number, &fund_account)).await.id();
    app.test.run_jobs(17).await;
    cancel(&paid).await.errs_input(&text("processing"), "");
    app.test.run_jobs(60).await;
    cancel(&paid).await.errs_input(&text("processed"), "");
    cancel("pout_00000000000001").await.errs_input("The id provided does not exist", "id");
    cancel("poutlk_00000000000001").await.errs_input("poutlk_00000000000001 is not a valid id.", "id");
    let foreign = app.other_razorpay().await.post_nothing(&format!("/v1/payouts/{paid}/cancel")).await;
    foreign.errs_input("The id provided does not exist", "id");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_cancels_at_once_one_is_done() {
    let app = spawn().await;
    let (wallet, number, fund_account) = ground(&app).await;
    let before = app.test.balances(wallet).await;
    let id = make(&app.razorpay().await, "cancelled", payout(&number, &fund_account)).await.id();
    let shared = app.razorpay().await;
    let cancels = (0..64).map(|_| {
        let (program, path) = (shared.clone(), format!("/v1/payouts/{id}/cancel"));
        tokio::spawn(async move { program.post(&path, json!({})).await })
    });
    let mut done = 0;
    for cancel in cancels.collect::<Vec<_>>() {
        let answer = cancel.await.unwrap();
        match answer.status {
            200 => done += 1,
            _ => answer.errs_input("Payout cannot be cancelled as it is in cancelled state", ""),
        }
    }
    assert_eq!((done, app.test.balances(wallet).await), (1, before));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_approved_or_rejected_by_somebody_else() {
    let app = spawn().await;
    let (wallet, number, fund_account) = ground(&app).await;
    let program = app.razorpay().await;
    let remarks = json!({"remarks": "Looked at the invoice"});
    let mut waiting = Vec::new();
    for turn in 0..3 {
        let typed = input(&format!("BIG_{turn}"), wallet, "INR", "2000");
        let made = payouts::create(&app.test.desk, &app.test.operator, &typed, None).await.unwrap();
        waiting.push(made.value.payout.id.prefixed("pout_"));
    }
    let path = |id: &str, act: &str| format!("/v1/payouts/{id}/{act}");
    for act in ["approve", "reject"] {
        program.post(&path(&waiting[0], act), json!({})).await.errs_input("The remarks field is required.", "remarks");
        program.post_nothing(&path(&waiting[0], act)).await.errs_input("The remarks field is required.", "remarks");
    }
    let approved = program.post(&path(&waiting[0], "approve"), remarks.clone()).await;
    assert_eq!((approved.status, approved.member("status")), (200, json!("queued")), "{}", approved.text);
    let rejected = program.post(&path(&waiting[1], "reject"), remarks.clone()).await;
    assert_eq!((rejected.status, rejected.member("status")), (200, json!("rejected")));
    assert_eq!(rejected.member("status_details")["reason"], "payout_rejected");
    let text = "Payout is not in pending state and cannot be approved or rejected.";
    for id in &waiting[..2] {
        for act in ["approve", "reject"] {
            let again = program.post(&path(id, act), remarks.clone()).await;
            again.errs(400, text, "payout_approval_not_allowed", "");
        }
    }
    // Nobody checks what they made.
    let mut body = payout(&number, &fund_account);
    body["amount"] = json!(100_001);
    let own = make(&program, "own-big", body).await.id();
    let refused = program.post(&path(&own, "approve"), remarks).await;
    refused.errs(400, "Payout cannot be approved or rejected by whoever made it.", "payout_approval_not_allowed", "");
    let list =
        async |status: &str| program.get(&format!("/v1/payouts?account_number={number}&status={status}")).await.ids();
    assert_eq!(list("pending").await, [own.clone(), waiting[2].clone()]);
    assert_eq!(list("rejected").await, [waiting[1].clone()]);
    assert_eq!(list("cancelled").await, Vec::<String>::new());
    // The desk's own payouts wait for 30 days, those of this dialect for three months.
    for (days, rejected) in [(31, 2), (58, 2), (2, 3)] {
        app.test.clock.advance(days * DAY);
        app.test.run_jobs(1).await;
        assert_eq!(list("rejected").await.len(), rejected, "{days} days later");
    }
    let late = program.get(&format!("/v1/payouts/{own}")).await;
    assert_eq!(late.member("status_details")["description"], "Payout was rejected: nobody approved it in time.");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_of_one_account_and_every_filter_finds_its_own() {
    let app = spawn().await;
    let (_, number, fund_account) = ground(&app).await;
    let program = app.razorpay().await;
    app.test.payout("10.00").await;
    program.get("/v1/payouts").await.errs_input("The account_number field is required.", "account_number");
    let foreign = app.other_razorpay().await.get(&format!("/v1/payouts?account_number={number}")).await;
    foreign.errs_input("The RazorpayX Account number is invalid.", "account_number");
    let first = make(&program, "list-1", payout(&number, &fund_account)).await.id();
    app.test.clock.advance(SECOND);
    let asha = program.get(&format!("/v1/fund_accounts/{fund_account}")).await.json()["contact_id"].clone();
    let other = program.post("/v1/contacts", json!({"name": "Ravi Iyer"})).await.id();
    let other_account = program.post("/v1/fund_accounts", account(&other)).await.id();
    let mut body = payout(&number, &other_account);
    body["mode"] = json!("NEFT");
    body["reference_id"] = json!("ref & 2");
    let second = make(&program, "list-2", body).await.id();
    let list = async |query: &str| program.get(&format!("/v1/payouts?account_number={number}{query}")).await.ids();
    for (query, expected) in [
        (String::new(), vec![&second, &first]),
        ("&count=1".into(), vec![&second]),
        ("&count=1&skip=1".into(), vec![&first]),
        (format!("&to={BEGAN}"), vec![&first]),
        (format!("&from={}", BEGAN + 1), vec![&second]),
        (format!("&contact_id={other}"), vec![&second]),
        (format!("&contact_id={}", asha.as_str().unwrap()), vec![&first]),
        (format!("&fund_account_id={fund_account}"), vec![&first]),
        ("&mode=NEFT".into(), vec![&second]),
        ("&mode=neft".into(), vec![]),
        ("&reference_id=ref%20%26%202".into(), vec![&second]),
        ("&status=queued".into(), vec![&second, &first]),
        ("&status=queued&mode=IMPS".into(), vec![&first]),
        ("&status=scheduled".into(), vec![]),
        ("&status=processed".into(), vec![]),
        ("&contact_id=cont_00000000000001".into(), vec![]),
    ] {
        assert_eq!(list(&query).await.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    let wrong = program.get(&format!("/v1/payouts?account_number={number}&status=completed")).await;
    wrong.errs_input("The status is invalid.", "status");
    app.test.run_jobs(60).await;
    assert_eq!(list("&status=processed").await, [second, first]);
    let listed = program.get(&format!("/v1/payouts?account_number={number}&count=1")).await.json();
    assert_eq!(listed["items"][0]["debit_account_number"], json!(number));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_and_what_the_bank_sends_back_says_why() {
    let app = spawn().await;
    let (_, number, fund_account) = ground(&app).await;
    let program = app.razorpay().await;
    // The sandbox plays by the last digits of the amount.
    let mut made = Vec::new();
    for (amount, status, reason) in [
        (19_041, "failed", "bank_account_closed"),
        (19_042, "failed", "bank_account_invalid"),
        (19_046, "reversed", "bank_account_invalid"),
    ] {
        let mut body = payout(&number, &fund_account);
        body["amount"] = json!(amount);
        made.push((make(&program, &format!("play-{amount}"), body).await.id(), status, reason));
    }
    app.test.run_jobs(60).await;
    for (id, status, reason) in &made {
        let payout = program.get(&format!("/v1/payouts/{id}")).await.json();
        assert_eq!((&payout["status"], &payout["status_details"]["reason"]), (&json!(status), &json!(reason)));
        let list = program.get(&format!("/v1/payouts?account_number={number}&status={status}")).await.ids();
        assert!(list.contains(id));
        let cancel = program.post_nothing(&format!("/v1/payouts/{id}/cancel")).await;
        cancel.errs_input(&format!("Payout cannot be cancelled as it is in {status} state"), "");
    }
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_to_an_account_that_nobody_knows_is_written_down() {
    let app = spawn().await;
    let (wallet, number, _) = ground(&app).await;
    let program = app.razorpay().await;
    let nobody = paydesk::domain::ids::AccountId::first_at(1).prefixed("fa_");
    let before = app.test.balances(wallet).await;
    make(&program, "nobody-1", payout(&number, &nobody))
        .await
        .errs_input("The id provided does not exist", "fund_account_id");
    let refused = "SELECT COUNT(*) FROM audit_log WHERE action = 'payout.create' AND outcome = 'refused' AND rule = \
                   'account_not_found'";
    assert_eq!((app.test.int(refused).await, app.test.balances(wallet).await), (1, before));
}
