//! What the walk stands on: records in every state that it asks for, and what is sent to each route.

use std::time::Duration;

use paydesk::domain::approval::Act;
use paydesk::domain::batch::Verb;
use paydesk::domain::caller::Via;
use paydesk::domain::dialect::Dialect;
use paydesk::domain::ids::{PayoutId, PayoutLinkId};
use paydesk::domain::money::Currency;
use paydesk::domain::payout_link::LinkPolicy;
use paydesk::domain::staff::Scope;
use paydesk::jobs;
use paydesk::service::approval_requests;
use paydesk::service::approval_rules::{self, Ending, RuleInput};
use paydesk::service::batches::{self, NewBatch, Source};
use paydesk::service::credentials::NewCredential;
use paydesk::service::freezes::{self, NewFreeze};
use paydesk::service::payouts::{self, PayeeFields, PayeeInput};
use paydesk::service::programs::Arrival;
use paydesk::service::reversals::{self, ReversalInput};
use paydesk::service::sign_in::{Visit, sign_in};
use paydesk::service::staff::{self, NewMember};
use paydesk::service::tokens;
use paydesk::service::webhooks::{self, NewWebhook, Which, deliveries};
use paydesk::service::{cases, evidence, links, manual, payees, sessions, wallet_settings, wallets};
use serde_json::{Value, json};

use crate::manual as hand;
use crate::support::app::{OTHER_USD, PASSWORD, TestDesk, USD, claim_input, visit};
use crate::support::programs::{SIGNER, form as new, issue};

/// A filled-in form, or JSON.
pub type Form = Vec<(&'static str, String)>;

/// Records to walk over. Requests that use something up get a new one each time.
pub struct Ground {
    /// Has been cancelled.
    cancelled: PayoutId,
    /// Has been paid; a part of it was reversed.
    reversed: PayoutId,
    reversal: String,
    /// Is with a provider that will agree to stop it.
    stoppable: PayoutId,
    /// Was asked about: with a provider that refuses to stop it.
    asked: (PayoutId, String),
    payee: String,
    credential: String,
    /// A webhook, and a test that it was sent.
    webhook: String,
    delivery: String,
    /// Was cancelled by hand, and was claimed.
    cancelled_link: PayoutLinkId,
    claimed_link: PayoutLinkId,
}

/// The version of what the newest case is about.
const NEWEST_SUBJECT: &str =
    "SELECT p.version FROM cases c JOIN payouts p ON p.id = c.subject_id ORDER BY c.id DESC LIMIT 1";

impl Ground {
    /// Makes the records.
    pub async fn new(test: &TestDesk) -> Ground {
        let cancelled = test.payout("10.00").await.payout.id;
        payouts::cancel(&test.desk, &test.operator, cancelled, None, None, None).await.expect("a cancelled payout");
        let reversed = test.completed("50.00").await.payout.id;
        let reversal = reverse(test, reversed).await;
        let stoppable = test.payout("90.51").await.payout.id;
        let going = test.payout("90.52").await.payout.id;
        test.run_jobs(20).await;
        let question = payouts::ask_to_cancel(&test.desk, &test.operator, going, None, None).await.expect("a question");
        let asked = (going, question.value.id.to_string());
        let payee = payee(test).await;
        let credential = credential(test, "anna@example.com", &[Scope::Read]).await;
        let (webhook, delivery) = webhook(test, true).await;
        let cancelled_link = test.link("10.00").await.link.id;
        links::cancel(&test.desk, &test.operator, cancelled_link, LinkPolicy::DESK, None, None, None)
            .await
            .expect("a cancelled payout link");
        let claimed = test.link("10.00").await;
        links::claim(&test.desk, &visit(), &test.secret(&claimed), &claim_input("1234567890"), None)
            .await
            .expect("a claim");
        let claimed_link = claimed.link.id;
        Ground {
            cancelled,
            reversed,
            reversal,
            stoppable,
            asked,
            payee,
            credential,
            webhook,
            delivery,
            cancelled_link,
            claimed_link,
        }
    }
}

/// A batch as it has to stand for what is done to it: made by the operator for pages, by a program for the API.
async fn batch(test: &TestDesk, pattern: &str) -> String {
    let caller = match pattern.starts_with("/api/") {
        true => {
            let arrival = Arrival { ip: None, request_id: "walk".into() };
            tokens::authenticate(&test.desk, &test.token, &arrival).await.expect("a program")
        }
        false => test.operator.clone(),
    };
    let payout = test.payout("10.00").await.payout.id;
    let names = vec![payout.to_string(), "no-such-payout".into()];
    let source = Source::Names(names, "Walk".into());
    let new = NewBatch { verb: Verb::Cancel, source, reason: Some("walk".into()) };
    let id = batches::create(&test.desk, &caller, new, None).await.expect("a batch").value.id;
    jobs::batches::finish(&test.desk).await.expect("sorted");
    let act = pattern.rsplit('/').next().unwrap_or_default();
    if !["start", "confirmation", "stop"].contains(&act) {
        batches::start(&test.desk, &caller, id, Some("1"), None, None).await.expect("started");
    }
    match act {
        "pause" => {}
        "resume" => {
            batches::pause(&test.desk, &caller, id).await.expect("paused");
        }
        _ => jobs::batches::finish(&test.desk).await.expect("done"),
    }
    id.to_string()
}

/// A rule about the other client, which nothing else of the walk touches.
async fn approval_rule(test: &TestDesk, verb: &str) -> String {
    let (verb, client, people, role) = (verb.into(), "2".into(), "1".into(), "approver".into());
    let rule = RuleInput { verb, client, people, role, ..RuleInput::default() };
    approval_rules::make(&test.desk, &test.admin, &rule).await.expect("a rule").to_string()
}

/// A request of the admin's to book money.
async fn request(test: &TestDesk) -> String {
    approval_rule(test, "adjustment").await;
    let remarks = "Walk".to_owned();
    let act = Act::TopUp { wallet_number: OTHER_USD, amount_minor: 500, currency: Currency::USD, remarks };
    let asked = approval_requests::ask(&test.desk, &test.admin, act, None).await.expect("a request");
    asked.value.id.to_string()
}

/// A request of the operator's about the first client; the rule that asked for it has ended.
async fn request_to_cancel(test: &TestDesk) -> String {
    let (verb, client, people, role) = ("cancel".into(), "1".into(), "1".into(), "approver".into());
    let rule = RuleInput { verb, client, people, role, ..RuleInput::default() };
    let rule = approval_rules::make(&test.desk, &test.admin, &rule).await.expect("a rule");
    let payout = test.payout("10.00").await.payout;
    let act = Act::Cancel { payout_id: payout.id, reason: None, version: payout.version };
    let asked = approval_requests::ask(&test.desk, &test.operator, act, None).await.expect("a request");
    approval_rules::end(&test.desk, &test.admin, rule, Ending::Ask, None).await.expect("ended");
    asked.value.id.to_string()
}

/// The case of a payout that its provider does not answer about; or one with a proposal of the operator's.
async fn case(test: &TestDesk, proposed: bool) -> String {
    test.payout("90.43").await;
    test.run_jobs(20).await;
    let id = test.text("SELECT id FROM cases ORDER BY id DESC LIMIT 1").await;
    if proposed {
        let case = id.parse().expect("a case");
        let (line, ..) = cases::get(&test.desk, &test.operator, case).await.expect("a case");
        let seen = (line.case.version, line.version_now.expect("a version"));
        cases::propose(&test.desk, &test.operator, case, seen, "not_done", "walk").await.expect("a proposal");
    }
    id
}

async fn reverse(test: &TestDesk, id: PayoutId) -> String {
    let part = ReversalInput { amount: Some("1.00".into()), reason: Some("part".into()), ..ReversalInput::default() };
    let reversed = reversals::reverse(&test.desk, &test.operator, id, &part, None, None, Duration::ZERO).await;
    test.run_jobs(2).await;
    reversed.expect("a reversal").value.id.to_string()
}

/// A saved payee without payouts.
async fn payee(test: &TestDesk) -> String {
    let email = format!("payee-{:08x}@example.com", rand::random::<u32>());
    let input = PayeeInput {
        email: Some(email),
        first_name: Some("Pat".into()),
        last_name: Some("Payee".into()),
        country: Some("US".into()),
        identifiers: Some(json!({ "account_number": "000123456789" }).to_string()),
        ..PayeeInput::default()
    };
    let made =
        payees::create(&test.desk, &test.operator, Some("1"), &input, PayeeFields::OWN, None).await.expect("a payee");
    made.value.payee.id.to_string()
}

/// A drill of its own; `asked` by the operator to be lifted.
async fn drill(test: &TestDesk, asked: bool) -> String {
    let scope = "payee".to_owned();
    let new = NewFreeze { scope, subject: payee(test).await, reason: "Drill".into(), drill: true };
    let id = freezes::create(&test.desk, &test.operator, &new, None).await.expect("a drill").value.id;
    if asked {
        freezes::ask(&test.desk, &test.operator, id, Some("Over"), None, None).await.expect("asked");
    }
    id.to_string()
}

async fn credential(test: &TestDesk, owner: &str, scopes: &[Scope]) -> String {
    let scopes = scopes.iter().map(|scope| scope.name().to_owned()).collect();
    let new = NewCredential { owner: owner.into(), scopes, ..new(Dialect::Wallet) };
    issue(test, &new).await.credential.id.to_string()
}

/// A webhook that goes nowhere and a test that waits for it; or, to be deleted, one without.
async fn webhook(test: &TestDesk, tested: bool) -> (String, String) {
    let url = Some("https://hooks.invalid/walk".into());
    let new = NewWebhook { client: Some("1".into()), url, events: Some(vec!["payout.returned".into()]) };
    let made = webhooks::create(&test.desk, &test.admin, Dialect::Wallet, &new).await.expect("a webhook").webhook.id;
    let delivery = match tested {
        true => deliveries::test(&test.desk, &test.admin, Which::any(made)).await.expect("a test").id.to_string(),
        false => String::new(),
    };
    (made.to_string(), delivery)
}

/// A person and the handle of their session, for admins to do things to.
async fn victim(test: &TestDesk) -> (String, String) {
    let new = NewMember {
        email: format!("victim-{:08x}@example.com", rand::random::<u32>()),
        name: "Viktor".into(),
        role: "viewer".into(),
        password: PASSWORD.into(),
        ..NewMember::default()
    };
    let member = staff::add(&test.desk, &test.admin, &new).await.expect("a person");
    let visit = Visit { via: Via::Page, ip: None, user_agent: None, request_id: "test".into() };
    sign_in(&test.desk, &visit, &new.email, PASSWORD).await.expect("a session");
    let listed = sessions::list_of(&test.desk, &test.admin, member.id).await.expect("sessions");
    (member.id.to_string(), listed[0].handle.clone())
}

/// A payout that staff pay: taken, or recorded so that it waits for a second person.
async fn by_hand(test: &TestDesk, path: &str) -> String {
    let wallet = match test.int("SELECT number FROM wallets WHERE rail = 'manual'").await {
        0 => hand::wallet(test).await,
        number => number,
    };
    let reference = format!("HAND-{:08x}", rand::random::<u32>());
    if !path.ends_with("/confirmation") && !path.ends_with("/withdrawal") {
        return hand::taken(test, wallet, &reference, "10.00").await.to_string();
    }
    let id = hand::taken(test, wallet, &reference, "2000.00").await;
    let said = hand::not_paid(test, id).await;
    manual::record(&test.desk, &test.operator, id, &said).await.expect("recorded");
    id.to_string()
}

/// A file on a case.
async fn file(test: &TestDesk, case: &str) -> String {
    let case = case.parse().expect("a case");
    let file = Some(("call.txt", b"They will ring back.".as_slice()));
    evidence::add(&test.desk, &test.operator, case, file).await.expect("a file");
    test.text("SELECT id FROM evidence ORDER BY id DESC LIMIT 1").await
}

/// The pattern with records of the ground in its places.
pub async fn path(test: &TestDesk, ground: &Ground, method: &str, pattern: &str) -> String {
    let on_victim = pattern.starts_with("/settings/s");
    let victim = if on_victim { victim(test).await } else { Default::default() };
    let id = match (method, pattern) {
        ("POST", "/payees/{id}/deletion" | "/payees/{id}/accounts/{account}/deletion")
        | ("DELETE", "/api/v1/beneficiaries/{id}") => payee(test).await,
        (_, path) if path.starts_with("/approvals/") => request(test).await,
        (_, path) if path.contains("/v1/approvals/") => request_to_cancel(test).await,
        (_, path) if path.starts_with("/settings/approval-rules/") => approval_rule(test, "reverse").await,
        (_, path) if path.contains("/batches/") => batch(test, path).await,
        ("POST", "/cases/{id}/settlement" | "/cases/{id}/withdrawal") => case(test, true).await,
        (_, path) if path.starts_with("/cases/") => case(test, false).await,
        (_, path) if path.starts_with("/manual/{id}") => by_hand(test, path).await,
        (_, path) if path.starts_with("/payees/") || path.contains("/beneficiaries/") => ground.payee.clone(),
        (method, path) if path.contains("/freezes/") => {
            drill(test, method == "POST" && (path.ends_with("/lift") || path.ends_with("/keep"))).await
        }
        ("POST", "/settings/credentials/{id}/revocation") => credential(test, "anna@example.com", &[Scope::Read]).await,
        (_, path) if path.ends_with("/certificate") || path.ends_with("/code") => {
            issue(test, &new(Dialect::Revolut)).await.credential.id.to_string()
        }
        ("POST", "/settings/credentials/{id}/rotation") => credential(test, "anna@example.com", &[Scope::Read]).await,
        ("DELETE", "/api/v1/webhooks/{id}") | ("POST", "/settings/webhooks/{id}/deletion") => {
            webhook(test, false).await.0
        }
        (_, path) if path.contains("/webhooks/") => ground.webhook.clone(),
        (_, path) if path.starts_with("/settings/credentials/") => ground.credential.clone(),
        (_, path) if path.starts_with("/settings/staff/") => victim.0,
        (_, path) if path.contains("/wallets/") || path.contains("/transactions/") => USD.to_string(),
        (_, "/payout-links/{id}/cancellation") => ground.cancelled_link.to_string(),
        (_, "/payout-links/{id}/account") => ground.claimed_link.to_string(),
        ("POST", "/payout-links/{id}/approval" | "/api/v1/payout-links/{id}/approval") => {
            test.link("2000.00").await.link.id.to_string()
        }
        (_, path) if path.contains("/payout-links/") => test.link("10.00").await.link.id.to_string(),
        ("POST", path) if path.ends_with("/approval") => test.payout("2000.00").await.payout.id.to_string(),
        ("POST", path) if path.ends_with("/cancel") && path.contains("{id}") => {
            test.payout("10.00").await.payout.id.to_string()
        }
        (_, path) if path.ends_with("/cancellation") => ground.cancelled.to_string(),
        (_, path) if path.contains("/{cancellation_id}") => ground.asked.0.to_string(),
        (_, path) if path.ends_with("/cancellations") => ground.stoppable.to_string(),
        _ => ground.reversed.to_string(),
    };
    let secret = match pattern.starts_with("/l/") {
        true => test.secret(&test.link("10.00").await),
        false => "some-token".to_owned(),
    };
    let asset = paydesk::web::assets::url("css/base.css");
    let account = match pattern.contains("{account}") {
        true => test.text(&format!("SELECT id FROM payee_accounts WHERE payee_id = '{id}'")).await,
        false => String::new(),
    };
    let evidence = match pattern.contains("{evidence}") {
        true => file(test, &id).await,
        false => String::new(),
    };
    let mut path = pattern
        .replace("/static/{hash}/{path}", &asset)
        .replace("/wallets/{number}", &format!("/wallets/{USD}"))
        .replace("{dialect}", "wallet")
        .replace("{entry}", &test.int("SELECT MIN(number) FROM ledger_transactions").await.to_string())
        .replace("{id}", &id)
        .replace("{account}", &account)
        .replace("{cancellation_id}", &ground.asked.1)
        .replace("{evidence}", &evidence)
        .replace("{delivery}", &ground.delivery)
        .replace("{handle}", &victim.1)
        .replace("{reversal}", &ground.reversal)
        .replace("{token}", &secret);
    if pattern == "/payouts/selection/result" {
        // The request that cancelled on the way here.
        path.push_str(&format!("?act={}", test.operator.request_id));
    }
    path
}

/// What is sent to a page so that it is done.
pub async fn form(test: &TestDesk, pattern: &str) -> Form {
    let key = || ("idempotency_key", format!("walk-{:032x}", rand::random::<u128>()));
    let one = |name, value: &str| (name, value.to_owned());
    let person = || format!("person-{:08x}@example.com", rand::random::<u32>());
    match pattern {
        "/l/{token}/claim" | "/l/{token}/details" => vec![
            one("first_name", "Nora"),
            one("last_name", "New"),
            one("method", "us"),
            one("us-routing_number", "021000021"),
            one("us-account_number", "000123456789"),
            one("us-account_type", "checking"),
            ("key", person()),
        ],
        "/l/{token}/refusal" => vec![one("reason", "I am not this person")],
        "/approvals/{id}" => vec![one("decision", "send_back"), one("note", "Walk"), one("version", ""), key()],
        "/settings/approval-rules" => {
            vec![one("verb", "reverse"), one("client", "2"), one("people", "2"), one("role", "admin")]
        }
        "/settings/approval-rules/{id}/end" => vec![one("decision", "ask"), one("version", "")],
        "/freezes" | "/freezes/review" => {
            vec![one("scope", "everything"), one("reason", "Walk"), one("drill", "yes"), key()]
        }
        "/freezes/{id}/cancel" => vec![key()],
        "/freezes/{id}/request" => vec![one("reason", "Over"), one("version", ""), key()],
        "/freezes/{id}/lift" => vec![one("decision", "lift"), one("version", ""), key()],
        "/payees" => vec![
            one("client", "1"),
            one("first_name", "Nora"),
            one("last_name", "New"),
            ("email", person()),
            one("country", "US"),
        ],
        "/manual/takings" => {
            let taken = by_hand(test, "").await;
            let wallet = test.int("SELECT number FROM wallets WHERE rail = 'manual'").await;
            let id = hand::queued(test, wallet, &format!("TAKE-{taken}"), "10.00").await;
            vec![("id", id.to_string())]
        }
        "/manual/{id}/answers" => {
            let newest = "SELECT id FROM payouts WHERE rail = 'manual' ORDER BY id DESC LIMIT 1";
            let id = test.text(newest).await.parse().expect("a payout");
            let said = hand::not_paid(test, id).await;
            vec![
                one("kind", "payout"),
                ("subject_id", id.to_string()),
                one("outcome", "not_done"),
                ("reason", said.reason),
                ("version", said.version.to_string()),
            ]
        }
        "/manual/{id}/confirmation" | "/manual/{id}/withdrawal" => {
            let newest = "SELECT id FROM manual_answers ORDER BY id DESC LIMIT 1";
            vec![("answer", test.text(newest).await), one("version", "1")]
        }
        "/cases/{id}/evidence" => vec![one("file_text", "They will ring back.")],
        "/cases/{id}/evidence/{evidence}/withdrawal" => vec![one("file_reason", "Of another payout")],
        "/cases/{id}/notes" => vec![one("note", "Rang them: they will ring back.")],
        "/cases/{id}/proposal" => vec![
            one("outcome", "not_done"),
            one("reason", "Not on the statement"),
            one("version", "1"),
            ("subject_version", test.int(NEWEST_SUBJECT).await.to_string()),
        ],
        "/cases/{id}/settlement" => vec![one("version", "2")],
        "/settings/webhooks/{id}/secret" => {
            let version = test.int("SELECT version FROM webhooks ORDER BY id LIMIT 1").await;
            vec![one("overlap", "0"), ("version", version.to_string())]
        }
        "/payees/{id}/accounts" => vec![one("method", "iban"), one("iban-iban", "DE89 3704 0044 0532 0130 00")],
        "/payees/{id}/status" | "/payees/{id}/accounts/{account}/status" => vec![one("active", "yes")],
        "/payouts" => vec![
            one("wallet", "1"),
            one("amount", "12.00"),
            ("reference", person()),
            one("to", "new"),
            one("first_name", "Nora"),
            one("last_name", "New"),
            ("email", person()),
            one("country", "US"),
            one("confirmed", "yes"),
            key(),
        ],
        "/batches" => vec![one("verb", "cancel"), ("ids", test.payout("10.00").await.payout.id.to_string()), key()],
        "/batches/file" => {
            let head =
                "reference_id,wallet_id,amount,currency,beneficiary_email,beneficiary_first_name,beneficiary_last_name";
            vec![("text", format!("{head}\n{},1,12.00,USD,nora@example.com,Nora,New\n", person()))]
        }
        "/batches/{id}/start" => vec![one("reason", "Duplicate payout"), one("count", "1"), key()],
        "/batches/{id}/retry" => vec![key()],
        "/payouts/selection" => vec![("id", test.payout("10.00").await.payout.id.to_string())],
        "/payouts/selection/cancel" => {
            let payout = test.payout("10.00").await.payout;
            vec![
                ("unit", format!("{}:{}", payout.id, payout.version)),
                one("reason", "Duplicate payout"),
                one("acting", "1"),
                one("count", "1"),
                key(),
            ]
        }
        "/payout-links" => vec![
            one("wallet", "1"),
            one("amount", "12.00"),
            one("to", "new"),
            one("contact_name", "Nora New"),
            ("contact_email", person()),
            one("send_email", "yes"),
            one("confirmed", "yes"),
            key(),
        ],
        "/payout-links/{id}/cancel" => vec![one("reason", "Duplicate payout"), one("version", ""), key()],
        "/payout-links/{id}/replacement" => {
            vec![one("reason", "Recipient lost the address"), one("version", ""), key()]
        }
        "/payout-links/{id}/extension" => vec![one("open_until", "2026-03-01T12:00"), one("version", ""), key()],
        "/payout-links/{id}/messages" => vec![one("version", ""), key()],
        "/payouts/{id}/approval" | "/payout-links/{id}/approval" => {
            vec![one("decision", "approve"), one("note", ""), one("version", ""), key()]
        }
        "/payouts/{id}/cancel" => {
            vec![one("mode", "cancel"), one("reason", "Duplicate payout"), one("version", ""), key()]
        }
        "/payouts/{id}/reverse" => {
            vec![one("how", "part"), one("amount", "1.00"), one("reason", "Other"), one("confirmed", "yes"), key()]
        }
        "/settings/credentials" => vec![
            one("client", "1"),
            one("owner", "anna@example.com"),
            ("name", person()),
            one("scopes", "READ"),
            one("scope", "READ"),
        ],
        "/settings/credentials/{id}/rotation" => vec![one("overlap", "24"), one("version", "1")],
        "/settings/credentials/{id}/certificate" => {
            vec![("certificate", SIGNER.public.clone()), one("overlap", "0"), one("version", "1")]
        }
        "/settings/profile" => vec![one("name", "Walker"), one("zone", "Europe/Berlin"), one("theme", "system")],
        "/settings/profile/password" => {
            vec![one("current_password", "not my password now"), one("new_password", "a quite good new password")]
        }
        "/settings/staff" => vec![
            one("name", "Nora"),
            ("email", person()),
            one("role", "viewer"),
            one("how", "chosen"),
            one("password", PASSWORD),
        ],
        "/settings/staff/{id}/access" => vec![one("access", "disabled")],
        "/wallets/new" => {
            vec![one("client", "1"), ("name", person()), one("currency", "EUR"), one("percentage", "1.5")]
        }
        "/wallets/{number}/limit" => vec![one("decision", "keep")],
        "/wallets/{number}/settings" => {
            let wallet = wallets::get(&test.desk, &test.admin, USD).await.expect("a wallet");
            vec![one("name", "Main USD"), one("threshold", "12.50"), ("version", wallet_settings::edition(&wallet))]
        }
        "/wallets/{number}/top-up" => {
            vec![one("amount", "5.00"), one("reference", "TRF 1"), one("confirmed", "yes"), key()]
        }
        "/settings/webhooks" => vec![
            one("client", "1"),
            one("url", "https://hooks.invalid/walk"),
            one("events", "payout.returned"),
            one("event", "payout.returned"),
        ],
        "/settings/webhooks/{id}/edit" => vec![
            one("url", "https://hooks.invalid/changed"),
            one("events", "payout.returned"),
            one("event", "payout.returned"),
        ],
        "/settings/webhooks/{id}/switch" => vec![one("way", "on")],
        "/settings/staff/{id}/role" => vec![one("role", "operator")],
        _ => Vec::new(),
    }
}

/// What is sent to the API so that it is done.
pub fn body(pattern: &str) -> Value {
    let email = format!("person-{:08x}@example.com", rand::random::<u32>());
    match pattern {
        "/api/v1/payouts" => {
            let mut body = crate::support::api::payout(&email);
            body["reference_id"] = json!(email);
            body
        }
        "/api/v1/batches" => json!({ "verb": "cancel", "ids": ["no-such-payout"] }),
        "/api/v1/batches/{id}/confirmation" => json!({ "count": 1, "reason": "walk" }),
        "/api/v1/beneficiaries" => {
            json!({ "email": email, "first_name": "Nora", "last_name": "New", "country": "US" })
        }
        "/api/v1/freezes" => json!({ "scope": "client", "subject_id": 1, "reason": "Walk", "drill": true }),
        "/api/v1/freezes/{id}/lift-request" => json!({ "reason": "Over" }),
        "/api/v1/webhooks" => json!({ "url": "https://hooks.invalid/walk" }),
        "/api/v1/payout-links" => crate::support::api::link(),
        "/api/v1/payout-links/{id}/extension" => json!({ "expire_by": "2026-03-01T12:00:00Z" }),
        "/api/v1/payouts/{id}/approval" | "/api/v1/payout-links/{id}/approval" | "/api/v1/approvals/{id}/approval" => {
            json!({ "decision": "approve" })
        }
        "/api/v1/payouts/{id}/reversals" => json!({ "amount": "1.00", "reason": "agreed" }),
        _ => json!({}),
    }
}
