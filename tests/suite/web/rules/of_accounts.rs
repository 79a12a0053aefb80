//! A rule on payees' accounts, on every way to an account.

use paydesk::domain::payee_account::AccountKind;
use paydesk::service::accounts;
use paydesk::service::links;
use paydesk::service::payees::input::AccountInput;

use super::*;
use crate::support::api::{payout_with, send};
use crate::support::app::{claim_input, link_input, visit};
use crate::support::{razorpay, revolut};

const ON: &str = "SELECT COUNT(*) FROM payee_accounts WHERE disabled_at IS NULL";
const ALL: &str = "SELECT COUNT(*) FROM payee_accounts";
const PAYEES: &str = "SELECT COUNT(*) FROM payees WHERE saved_at IS NOT NULL";

/// The same rule on all clients.
async fn ruled(test: &TestDesk) {
    let rule =
        RuleInput { verb: "bank_details".into(), people: "1".into(), role: "approver".into(), ..RuleInput::default() };
    approval_rules::make(&test.desk, &test.admin, &rule).await.expect("a rule");
}

async fn end_rules(test: &TestDesk) {
    let id = test.text("SELECT id FROM approval_rules WHERE ended_at IS NULL").await.parse().expect("a rule");
    approval_rules::end(&test.desk, &test.admin, id, Ending::Ask, None).await.expect("ended by the only admin");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payee_is_saved_with_an_account_that_waits() {
    let app = spawn().await;
    ruled(&app.test).await;
    let operator = app.person("olga@example.com").await;
    let form = [
        ("client", "1"),
        ("kind", "personal"),
        ("first_name", "Pat"),
        ("last_name", "Payee"),
        ("email", "pat@example.com"),
        ("country", "DE"),
        ("method", "iban"),
        ("iban-iban", "DE89 3704 0044 0532 0130 00"),
    ];
    let asked = operator.post("/payees", &form).await;
    assert_eq!(asked.status, 303, "{}", asked.main());
    let href = asked.location().to_owned();
    assert!(href.starts_with("/approvals/apr_"), "{href}");
    assert_eq!((app.test.int(PAYEES).await, app.test.int(ALL).await, app.test.int(ON).await), (1, 1, 0));
    // The same form once more finds both, and asks for nothing again.
    assert!(operator.post("/payees", &form).await.location().starts_with("/payees/ben_"));
    let request = app.person("axel@example.com").await.get(&href).await;
    assert!(request.main().contains("Pay Pat Payee to another account"), "{}", request.main());
    assert_eq!(decide(&app, "olga@example.com", &href, "approve").await, 403);
    assert_eq!(decide(&app, "axel@example.com", &href, "approve").await, 303);
    assert_eq!((app.test.int(ALL).await, app.test.int(ON).await), (1, 1));
    assert_eq!(app.test.int("SELECT COUNT(*) FROM approval_requests").await, 1);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_saved_where_nobody_could_approve_it() {
    let app = spawn().await;
    rule(&app.test, "bank_details", 4, Role::Admin).await;
    let operator = app.person("olga@example.com").await;
    let form = [
        ("client", "1"),
        ("first_name", "Pat"),
        ("last_name", "Payee"),
        ("email", "pat@example.com"),
        ("country", "DE"),
        ("method", "iban"),
        ("iban-iban", "DE89 3704 0044 0532 0130 00"),
    ];
    assert_eq!(operator.post("/payees", &form).await.status, 409);
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payees").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_are_refused_in_each_dialect_and_save_nothing() {
    let app = revolut::spawn().await;
    ruled(&app.test).await;
    const WORDS: &str = "A rule of the desk says that an approver has to approve it first.";
    let ann = json!({"email": "ann@example.com", "first_name": "Ann", "last_name": "Lee", "country": "GB"});
    let with = |identifiers| {
        let mut body = ann.clone();
        body["identifiers"] = identifiers;
        body
    };
    let refused = app.api().post("/beneficiaries", with(json!({"account_number": "31926819"}))).await;
    refused.refuses(403, "Forbidden", &format!("Insufficient permissions: {WORDS}"));
    let revolut = app.revolut().await;
    let refused = revolut.post("/counterparty", &revolut::counterparty()).await;
    refused.is_error(403, 9002, &format!("This action is forbidden. {WORDS}"));
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payees").await, 0);
    // Without an account there is nothing to approve; the account is refused when it comes.
    assert_eq!(app.api().post("/beneficiaries", ann.clone()).await.status, 201);
    let razorpay = app.razorpay().await;
    let contact = razorpay.post("/v1/contacts", razorpay::contact()).await.id();
    let refused = razorpay.post("/v1/fund_accounts", razorpay::account(&contact)).await;
    assert_eq!((refused.status, &refused.json()["error"]["description"]), (400, &json!(WORDS)));
    let (_, number) = app.test.rupees().await;
    let composite = json!({
        "account_number": number,
        "amount": 1250,
        "currency": "INR",
        "mode": "IMPS",
        "purpose": "refund",
        "fund_account": {
            "account_type": "bank_account",
            "bank_account": {"name": "Asha Rao", "ifsc": "HDFC0000123", "account_number": "50100123456789"},
            "contact": {"name": "Asha Rao", "email": "asha@example.com", "contact": "9876543210", "type": "vendor"},
        },
    });
    let made =
        send(razorpay.request("POST", "/v1/payouts").header("X-Payout-Idempotency", "key-0001").json(&composite));
    assert_eq!(made.await.status, 400);
    // Ann is saved: no account comes to her with a payout.
    let mut body = payout_with("INLINE", "beneficiary_identifiers", json!({"account_number": "31926819"}));
    for (member, value) in
        [("email", "ann@example.com"), ("first_name", "Ann"), ("last_name", "Lee"), ("country", "GB")]
    {
        body[format!("beneficiary_{member}")] = json!(value);
    }
    let refused = app.api().post("/payouts", body.clone()).await;
    refused.refuses(403, "Forbidden", &format!("Insufficient permissions: {WORDS}"));
    assert_eq!((app.test.int(ALL).await, app.test.int("SELECT COUNT(*) FROM payouts").await), (0, 0));
    // When the rule is gone, everything is as it was.
    end_rules(&app.test).await;
    assert_eq!(app.api().post("/payouts", body).await.status, 201);
    assert_eq!(revolut.post("/counterparty", &revolut::counterparty()).await.status, 200);
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payee_accounts WHERE disabled_at IS NOT NULL").await, 0);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_only_paid_gets_an_approved_account_when_they_are_saved() {
    let app = spawn().await;
    let (desk, operator) = (&app.test.desk, &app.test.operator);
    ruled(&app.test).await;
    let account = AccountInput {
        kind: AccountKind::BankAccount,
        currency: None,
        country: None,
        holder_name: None,
        identifiers: json!({"account_number": "31926819"}).as_object().cloned().unwrap_or_default(),
        label: None,
    };
    let mut pay = input("ONCE", USD, "USD", "5");
    pay.beneficiary.account = Some(account.clone());
    let made = payouts::create(desk, operator, &pay, None).await.expect("a payout to somebody who is not saved").value;
    assert_eq!((app.test.int(ALL).await, app.test.int(ON).await), (1, 0));
    // It is carried out like any other, on that account.
    app.test.run_jobs(60).await;
    assert_eq!(state(&app, made.payout.id).await, State::Completed);
    let details = PayeeInput { account: Some(account), ..pay.beneficiary.clone() };
    let saved = payees::create(desk, operator, Some("1"), &details, PayeeFields::OWN, None).await;
    let Err(Error::Refused(refusal)) = saved else { panic!("{saved:?}") };
    assert_eq!(refusal.rule, Rule::NeedsApproval);
    assert_eq!((app.test.int(PAYEES).await, app.test.int(ALL).await, app.test.int(ON).await), (1, 1, 0));
    let request = app.test.text("SELECT id FROM approval_requests").await;
    assert_eq!(decide(&app, "axel@example.com", &format!("/approvals/{request}"), "approve").await, 303);
    assert_eq!(app.test.int(ON).await, 1);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_is_paid_on_an_account_that_is_used_for_nothing_else() {
    let app = spawn().await;
    let desk = &app.test.desk;
    ruled(&app.test).await;
    let link = links::create(desk, &app.test.operator, &link_input("10.00"), None).await.expect("a link").value;
    let secret = app.test.secret(&link);
    links::claim(desk, &visit(), &secret, &claim_input("000123456789"), None).await.expect("claimed");
    assert_eq!((app.test.int(ALL).await, app.test.int(ON).await), (1, 0));
    app.test.run_jobs(60).await;
    let paid = app.test.get_link(link.link.id).await.link.payout_id.expect("paid");
    assert_eq!(state(&app, paid).await, State::Completed);
    // The next link is claimed on the same account again.
    let link = links::create(desk, &app.test.operator, &link_input("11.00"), None).await.expect("a link").value;
    let secret = app.test.secret(&link);
    links::claim(desk, &visit(), &secret, &claim_input("000123456789"), None).await.expect("claimed");
    assert_eq!((app.test.int(ALL).await, app.test.int(ON).await), (1, 0));
    // Switching it on is asked for like any other account, once its payee is saved.
    let account = app.test.text("SELECT id FROM payee_accounts").await.parse().expect("an account");
    let on = accounts::set_active(desk, &app.test.operator, account, true).await;
    assert!(matches!(on, Err(Error::NotFound(_))), "of nobody who is saved: {on:?}");
    app.test.verify().await;
}
