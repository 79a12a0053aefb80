//! Approval rules: several people approve, requests are answered, rules are made, tried and ended.

mod in_batches;
mod of_accounts;

use paydesk::domain::approval::RequestState;
use paydesk::domain::caller::{Caller, Via};
use paydesk::domain::freeze::Scope;
use paydesk::domain::ids::{ApprovalRequestId, PayoutId, StaffId};
use paydesk::domain::payout::{Rule, State};
use paydesk::domain::staff::Role;
use paydesk::error::Error;
use paydesk::jobs;
use paydesk::service::approval_rules::{self, Ending, RuleInput};
use paydesk::service::batches::{self, NewBatch, Source};
use paydesk::service::payees;
use paydesk::service::payouts::{self, PayeeFields, PayeeInput};
use paydesk::service::staff::{self, NewMember};
use paydesk::service::{accounts, approval_requests, wallets};
use serde_json::json;

use crate::support::app::{PASSWORD, SECOND, TestApp, TestDesk, USD, caller, input, spawn};

/// A rule about the first client, by the admin.
async fn rule(test: &TestDesk, verb: &str, people: i64, role: Role) {
    let has_amount = matches!(verb, "create" | "cancel" | "reverse" | "adjustment");
    let rule = RuleInput {
        verb: verb.into(),
        client: "1".into(),
        currency: if has_amount { "USD".into() } else { String::new() },
        people: people.to_string(),
        role: role.name().into(),
        ..RuleInput::default()
    };
    approval_rules::make(&test.desk, &test.admin, &rule).await.expect("a rule");
}

/// One more person, made from the command line, who signs in with the password of all.
async fn joins(test: &TestDesk, email: &str, name: &str, role: Role) -> StaffId {
    let new = NewMember {
        email: email.into(),
        name: name.into(),
        role: role.name().into(),
        password: PASSWORD.into(),
        ..NewMember::default()
    };
    staff::add(&test.desk, &Caller::system(Via::Command, "test"), &new).await.expect("a person").id
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_default();
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// Opens the page and presses the button.
async fn decide(app: &TestApp, email: &str, path: &str, decision: &str) -> u16 {
    let person = app.person(email).await;
    let page = person.get(path).await.text;
    let fields = ["version", "shown", "idempotency_key"].map(|name| (name, hidden(&page, name)));
    let mut form: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    form.extend([("decision", decision), ("note", "As ordered")]);
    person.post(path, &form).await.status
}

async fn state(app: &TestApp, id: PayoutId) -> State {
    app.test.get(id).await.payout.state
}

fn request(location: &str) -> ApprovalRequestId {
    location.rsplit('/').next().unwrap_or_default().parse().expect("a request")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_moves_on_with_the_last_of_two() {
    let app = spawn().await;
    rule(&app.test, "create", 2, Role::Approver).await;
    let id = app.test.payout("25.00").await.payout.id;
    let path = format!("/payouts/{id}/approval");
    let page = app.person("axel@example.com").await.get(&path).await;
    for words in ["A rule asks for 2 approvers", "0 of 2", "Anna Admin and Axel Approver"] {
        assert!(page.main().contains(words), "{words} in {}", page.main());
    }
    assert_eq!(decide(&app, "axel@example.com", &path, "approve").await, 303);
    assert_eq!(state(&app, id).await, State::ActionRequired);
    // Once more by the same person: there is no button, and no second yes.
    let axel = app.person("axel@example.com").await;
    let page = axel.get(&path).await;
    assert!(page.main().contains("You have approved it already; it waits for 1 more."), "{}", page.main());
    assert!(!page.text.contains("value=\"approve\""));
    assert_eq!(axel.post(&path, &[("decision", "approve"), ("note", "")]).await.status, 409);
    // For him it waits for others now; for the admin it does not.
    assert!(!axel.get("/approvals").await.text.contains(&path));
    assert!(axel.get("/approvals?whose=own").await.main().contains("A rule: 1 of 2"));
    assert!(app.person("anna@example.com").await.get("/approvals").await.text.contains(&path));
    assert_eq!(decide(&app, "anna@example.com", &path, "approve").await, 303);
    assert_eq!(state(&app, id).await, State::Queued);
    assert_eq!(app.test.int("SELECT COUNT(*) FROM approvals").await, 2);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_click_at_once_are_counted_one_after_the_other() {
    let app = spawn().await;
    rule(&app.test, "create", 2, Role::Approver).await;
    let id = app.test.payout("25.00").await.payout.id;
    let seen = Some(app.test.get(id).await.payout.version);
    let yes = |caller| payouts::decide(&app.test.desk, caller, id, true, None, seen, None);
    let (one, other) = tokio::join!(yes(&app.test.approver), yes(&app.test.admin));
    let refused = [one, other].into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert!(matches!(refused.as_slice(), [Error::Refused(refusal)] if refusal.rule == Rule::Stale), "{refused:?}");
    assert_eq!(state(&app, id).await, State::ActionRequired);
    // Without a version both count, however close they come.
    let id = app.test.payout("26.00").await.payout.id;
    let yes = |caller| payouts::decide(&app.test.desk, caller, id, true, None, None, None);
    let (one, other) = tokio::join!(yes(&app.test.approver), yes(&app.test.admin));
    one.and(other).expect("both");
    assert_eq!(state(&app, id).await, State::Queued);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_dies_when_the_payee_changes() {
    let app = spawn().await;
    rule(&app.test, "create", 2, Role::Approver).await;
    let made = app.test.payout("25.00").await;
    let (id, payee) = (made.payout.id, made.payee.id);
    app.test
        .desk
        .store
        .write(move |tx| {
            let (sql, payee) = ("UPDATE payees SET saved_at = 1 WHERE id = $1", payee.to_string());
            Box::pin(async move { tx.execute(sql, &[payee.into()]).await })
        })
        .await
        .expect("kept");
    let path = format!("/payouts/{id}/approval");
    let admin = app.person("anna@example.com").await;
    let seen = admin.get(&path).await.text;
    assert_eq!(decide(&app, "axel@example.com", &path, "approve").await, 303);
    let change = PayeeInput { first_name: Some("Somebody".into()), ..PayeeInput::default() };
    payees::update(&app.test.desk, &app.test.operator, payee, &change, PayeeFields::STAFF, None)
        .await
        .expect("changed");
    // The form that showed the old details is refused, whatever else is right with it.
    let now = hidden(&admin.get(&path).await.text, "version");
    let old = [("decision", "approve"), ("note", ""), ("version", &now), ("shown", &hidden(&seen, "shown"))];
    assert_eq!(admin.post(&path, &old).await.status, 409);
    let page = admin.get(&path).await;
    assert!(page.main().contains("No longer counts: what was shown has changed"), "{}", page.main());
    assert!(page.main().contains("0 of 2"));
    assert_eq!(decide(&app, "anna@example.com", &path, "approve").await, 303);
    assert_eq!(state(&app, id).await, State::ActionRequired, "one of two for the new details");
    let page = admin.get(&format!("/payouts/{id}")).await;
    assert!(page.main().contains("One approval no longer counts"), "{}", page.main());
    assert_eq!(decide(&app, "axel@example.com", &path, "approve").await, 303);
    assert_eq!(state(&app, id).await, State::Queued);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_can_approve_is_told_before_and_what_nobody_can_is_refused_at_once() {
    let app = spawn().await;
    rule(&app.test, "create", 3, Role::Approver).await;
    let made = payouts::create(&app.test.desk, &app.test.operator, &input("THREE", USD, "USD", "5"), None).await;
    let Err(Error::Refused(refusal)) = made else { panic!("{made:?}") };
    assert_eq!(refusal.rule, Rule::NobodyCanApprove);
    let operator = app.person("olga@example.com").await;
    let form = [
        ("wallet", "1"),
        ("amount", "5.00"),
        ("reference", "THREE"),
        ("to", "new"),
        ("first_name", "Nora"),
        ("last_name", "New"),
        ("email", "nora@example.com"),
        ("country", "US"),
        ("idempotency_key", "k-3"),
    ];
    let page = operator.post("/payouts", &form).await;
    assert!(page.main().contains("only Anna Admin and Axel Approver can"), "{}", page.main());
    assert!(!page.text.contains("Make payout of"), "no button for what is refused");
    joins(&app.test, "ada@example.com", "Ada Admin", Role::Admin).await;
    let page = operator.post("/payouts", &form).await;
    assert!(page.main().contains("Needs 3 approvers"), "{}", page.main());
    assert!(page.main().contains("Ada Admin, Anna Admin and Axel Approver can approve it."), "{}", page.main());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_is_asked_for_and_done_with_the_last_yes() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    rule(&app.test, "cancel", 1, Role::Approver).await;
    let id = app.test.payout("25.00").await.payout.id;
    let answer = app.api().post_nothing(&format!("/payouts/{id}/cancel")).await;
    let words = "Insufficient permissions: A rule of the desk says that an approver has to approve it first.";
    answer.refuses(403, "Forbidden", words);
    let path = format!("/payouts/{id}/cancel");
    let operator = app.person("olga@example.com").await;
    let page = operator.get(&path).await;
    assert!(page.main().contains("Needs an approver") && page.main().contains("Yes, ask for approval"));
    let (version, key) = (hidden(&page.text, "version"), hidden(&page.text, "idempotency_key"));
    let form = [("mode", "cancel"), ("reason", "No longer owed"), ("version", &version), ("idempotency_key", &key)];
    let asked = operator.post(&path, &form).await;
    assert_eq!(asked.status, 303);
    let href = asked.location().to_owned();
    assert_eq!(operator.post(&path, &form).await.location(), href, "the same click asks once");
    assert_eq!(state(&app, id).await, State::Created);
    assert_eq!(decide(&app, "olga@example.com", &href, "approve").await, 403);
    let page = app.person("axel@example.com").await.get(&href).await;
    for words in ["No longer owed", "Refund", "USD 25.38", "Olga Operator"] {
        assert!(page.main().contains(words), "{words} in {}", page.main());
    }
    assert_eq!(decide(&app, "axel@example.com", &href, "approve").await, 303);
    assert_eq!((state(&app, id).await, app.test.balances(USD).await), (State::Cancelled, before));
    assert_eq!(decide(&app, "anna@example.com", &href, "approve").await, 409, "it is over");
    let page = operator.get(&href).await;
    assert!(page.main().contains("Approved by Axel Approver"), "{}", page.main());
    assert!(operator.get("/approvals?whose=ended").await.text.contains(&href));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_to_what_has_changed_and_nothing_after_its_time() {
    let app = spawn().await;
    rule(&app.test, "cancel", 1, Role::Approver).await;
    let ask = async |id: PayoutId| {
        let operator = app.person("olga@example.com").await;
        let path = format!("/payouts/{id}/cancel");
        let version = hidden(&operator.get(&path).await.text, "version");
        let key = format!("k-{id}-{version}");
        let form = [("reason", "Wrong amount"), ("version", version.as_str()), ("idempotency_key", key.as_str())];
        request(operator.post(&path, &form).await.location())
    };
    let id = app.test.payout("25.00").await.payout.id;
    let stale = ask(id).await;
    app.test.run_jobs(2).await;
    let done = approval_requests::answer(&app.test.desk, &app.test.approver, stale, true, None, None, None).await;
    assert_eq!(done.expect("an answer").value.state, RequestState::Stale);
    assert_eq!(state(&app, id).await, State::Queued);
    let late = ask(id).await;
    app.test.clock.advance(31 * 24 * 3_600 * SECOND);
    jobs::look(&app.test.desk).await.expect("jobs");
    let shown = approval_requests::show(&app.test.desk, &app.test.approver, late).await.expect("the request");
    assert_eq!(shown.request.state, RequestState::Expired);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_approves_is_one_yes_of_whoever_made_it() {
    let app = spawn().await;
    rule(&app.test, "create", 2, Role::Approver).await;
    let id = app.test.payout("25.00").await.payout.id;
    let desk = &app.test.desk;
    let approve = async |caller, key: &str| {
        let source = Source::Names(vec![id.to_string()], key.into());
        let new = NewBatch { verb: paydesk::domain::batch::Verb::Approve, source, reason: None };
        let batch = batches::create(desk, caller, new, None).await.expect("a batch").value.id;
        jobs::batches::finish(desk).await.expect("sorted");
        let acting = batches::get(desk, caller, batch).await.expect("the batch").acting.to_string();
        if acting != "0" {
            batches::start(desk, caller, batch, Some(&acting), None, None).await.expect("started");
        }
        jobs::batches::finish(desk).await.expect("done");
        app.test.text(&format!("SELECT state FROM batch_items WHERE batch_id = '{batch}'")).await
    };
    assert_eq!(approve(&app.test.approver, "one").await, "done");
    assert_eq!(state(&app, id).await, State::ActionRequired);
    assert_eq!(approve(&app.test.approver, "again").await, "refused");
    assert_eq!(approve(&app.test.admin, "other").await, "done");
    assert_eq!(state(&app, id).await, State::Queued);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_booked_once_somebody_else_has_agreed() {
    let app = spawn().await;
    let (before, _) = app.test.balances(USD).await;
    rule(&app.test, "adjustment", 1, Role::Approver).await;
    let admin = app.person("anna@example.com").await;
    let path = format!("/wallets/{USD}/top-up");
    let form = [("amount", "5.00"), ("reference", "SEPA 1"), ("confirmed", "yes"), ("idempotency_key", "k-top-up-1")];
    let review = admin.post(&path, &form[..2]).await;
    assert!(review.main().contains("Ask for approval") && review.main().contains("Axel Approver can approve it."));
    let href = admin.post(&path, &form).await.location().to_owned();
    assert_eq!(admin.post(&path, &form).await.location(), href);
    assert_eq!(app.test.balances(USD).await.0, before);
    assert_eq!(decide(&app, "axel@example.com", &href, "approve").await, 303);
    assert_eq!(app.test.balances(USD).await.0, before + 500);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_ends_with_the_second_admin_and_is_tried_on_its_page() {
    let app = spawn().await;
    let admin = app.person("anna@example.com").await;
    const PAGE: &str = "/settings/approval-rules";
    let form =
        [("verb", "reverse"), ("client", "1"), ("currency", "usd"), ("from", "10"), ("people", "2"), ("role", "admin")];
    assert_eq!(admin.post(PAGE, &form).await.status, 303);
    assert_eq!(admin.post(PAGE, &form).await.status, 303, "the same rule is there already");
    assert_eq!(app.test.int("SELECT COUNT(*) FROM approval_rules").await, 1);
    let without_currency = [("verb", "reverse"), ("from", "10"), ("people", "9"), ("role", "viewer")];
    let refused = admin.post(PAGE, &without_currency).await;
    assert_eq!(refused.status, 422);
    for words in ["Currency is required with an amount", "People must be a number from 1 to 5", "Role must be"] {
        assert!(refused.main().contains(words), "{words} in {}", refused.main());
    }
    let tried = |amount: &str| format!("{PAGE}?test_verb=reverse&test_client=1&test_currency=USD&test_amount={amount}");
    assert!(admin.get(&tried("9.99")).await.main().contains("No rule applies"));
    let page = admin.get(&tried("10")).await;
    assert!(page.main().contains("Too few people can approve it"), "{}", page.main());
    joins(&app.test, "ada@example.com", "Ada Admin", Role::Admin).await;
    let page = admin.get(&tried("10")).await;
    assert!(page.main().contains("Ada Admin and Anna Admin can approve it."), "{}", page.main());
    // Two admins: one asks, the other one agrees.
    let id = app.test.text("SELECT id FROM approval_rules").await;
    let end = format!("{PAGE}/{id}/end");
    assert_eq!(admin.post(&end, &[("decision", "ask"), ("version", "1")]).await.status, 303);
    assert_eq!(admin.post(&end, &[("decision", "confirm"), ("version", "2")]).await.status, 409);
    assert!(admin.get(&tried("10")).await.main().contains("Ada Admin and Anna Admin can approve it."), "it stands");
    let other = app.person("ada@example.com").await;
    assert_eq!(
        other.post(&end, &[("decision", "confirm"), ("version", "1")]).await.status,
        409,
        "what was shown is old"
    );
    assert_eq!(other.post(&end, &[("decision", "confirm"), ("version", "2")]).await.status, 303);
    assert!(admin.get(&tried("10")).await.main().contains("No rule applies"));
    let ended = id.parse().expect("a rule");
    let again = approval_rules::end(&app.test.desk, &app.test.admin, ended, Ending::Ask, None).await;
    assert!(matches!(again, Err(Error::Refused(refusal)) if refusal.rule == Rule::WrongState));
    let sql = "SELECT COUNT(*) FROM audit_log WHERE action LIKE 'approval_rule.%' AND outcome = 'done'";
    assert_eq!(app.test.int(sql).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_are_told_in_their_own_words() {
    let app = spawn().await;
    rule(&app.test, "create", 5, Role::Approver).await;
    let body = crate::support::api::payout_with("NOBODY", "amount", json!(5));
    let answer = app.api().post("/payouts", body).await;
    assert_eq!((answer.status, answer.member("error")), (403, json!("Forbidden")));
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payouts").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_starts_once_somebody_else_has_agreed() {
    let app = spawn().await;
    rule(&app.test, "batch", 1, Role::Approver).await;
    let desk = &app.test.desk;
    let id = app.test.payout("25.00").await.payout.id;
    let source = Source::Names(vec![id.to_string()], "one".into());
    let new = NewBatch { verb: paydesk::domain::batch::Verb::Cancel, source, reason: None };
    let batch = batches::create(desk, &app.test.operator, new, None).await.expect("a batch").value.id;
    jobs::batches::finish(desk).await.expect("sorted");
    let operator = app.person("olga@example.com").await;
    let form = [("count", "1"), ("reason", "Other"), ("note", "Run twice"), ("idempotency_key", "k-batch-1")];
    let href = operator.post(&format!("/batches/{batch}/start"), &form).await.location().to_owned();
    assert!(href.starts_with("/approvals/apr_"), "{href}");
    jobs::batches::finish(desk).await.expect("nothing to do");
    assert_eq!(state(&app, id).await, State::Created);
    let again = batches::start(desk, &app.test.operator, batch, Some("1"), Some("Other"), None).await;
    assert!(matches!(again, Err(Error::Refused(refusal)) if refusal.rule == Rule::WrongState), "it waits already");
    assert_eq!(decide(&app, "axel@example.com", &href, "approve").await, 303);
    jobs::batches::finish(desk).await.expect("done");
    assert_eq!(state(&app, id).await, State::Cancelled);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_paid_to_a_new_account_before_somebody_else_has_looked_at_it() {
    let app = spawn().await;
    rule(&app.test, "bank_details", 1, Role::Approver).await;
    let details = PayeeInput {
        email: Some("pat@example.com".into()),
        first_name: Some("Pat".into()),
        last_name: Some("Payee".into()),
        country: Some("DE".into()),
        ..PayeeInput::default()
    };
    let desk = &app.test.desk;
    let payee = payees::create(desk, &app.test.operator, Some("1"), &details, PayeeFields::OWN, None).await;
    let payee = payee.expect("a payee").value.payee.id;
    let form = [("method", "iban"), ("iban-iban", "DE89 3704 0044 0532 0130 00")];
    let operator = app.person("olga@example.com").await;
    let href = operator.post(&format!("/payees/{payee}/accounts"), &form).await.location().to_owned();
    assert!(href.starts_with("/approvals/apr_"), "{href}");
    let on = "SELECT COUNT(*) FROM payee_accounts WHERE disabled_at IS NULL";
    assert_eq!(app.test.int(on).await, 0);
    // Switching it on by hand is the same thing.
    let account = app.test.text("SELECT id FROM payee_accounts").await;
    let switch = format!("/payees/{payee}/accounts/{account}/status");
    assert_eq!(operator.post(&switch, &[("active", "yes")]).await.status, 409);
    let stored = app.test.text("SELECT act || facts FROM approval_requests").await;
    assert!(!stored.contains("37040044"), "no bank details in the request: {stored}");
    assert_eq!(decide(&app, "axel@example.com", &href, "approve").await, 303);
    assert_eq!(app.test.int(on).await, 1);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_not_let_in_while_what_it_is_paid_from_is_frozen() {
    let app = spawn().await;
    let (test, desk) = (&app.test, &app.test.desk);
    rule(test, "bank_details", 1, Role::Approver).await;
    let details = PayeeInput {
        email: Some("pat@example.com".into()),
        first_name: Some("Pat".into()),
        last_name: Some("Payee".into()),
        country: Some("DE".into()),
        ..PayeeInput::default()
    };
    let payee = payees::create(desk, &test.operator, Some("1"), &details, PayeeFields::OWN, None).await;
    let payee = payee.expect("a payee").value.payee.id;
    let form = [("method", "iban"), ("iban-iban", "DE89 3704 0044 0532 0130 00")];
    let operator = app.person("olga@example.com").await;
    let href = operator.post(&format!("/payees/{payee}/accounts"), &form).await.location().to_owned();
    let on = "SELECT COUNT(*) FROM payee_accounts WHERE disabled_at IS NULL";
    let id = request(&href);
    let account = test.text("SELECT id FROM payee_accounts").await.parse().expect("an account");
    for scope in [Scope::Payee, Scope::Client, Scope::Everything] {
        let subject = match scope {
            Scope::Payee => payee.to_string(),
            Scope::Client => "1".to_owned(),
            _ => String::new(),
        };
        let freeze = crate::freezes::freeze(test, scope, subject).await;
        let said = approval_requests::answer(desk, &test.approver, id, true, None, None, None).await;
        assert_eq!(crate::freezes::rule(said), Rule::Frozen, "{scope:?}");
        // Nor by hand, rule or no rule.
        let switched = accounts::set_active(desk, &test.operator, account, true).await;
        assert_eq!(crate::freezes::rule(switched), Rule::Frozen, "{scope:?}");
        assert_eq!(test.int(on).await, 0);
        crate::freezes::lift(test, &freeze).await;
    }
    // It has gone on waiting.
    assert_eq!(decide(&app, "axel@example.com", &href, "approve").await, 303);
    assert_eq!(test.int(on).await, 1);
    // Switching off is never stopped.
    crate::freezes::freeze(test, Scope::Payee, payee).await;
    accounts::set_active(desk, &test.operator, account, false).await.expect("off");
    test.verify().await;
}

/// Asks for the end of the only rule.
async fn end(test: &TestDesk, caller: &Caller, ending: Ending) -> Result<bool, Error> {
    let id = test.text("SELECT id FROM approval_rules").await.parse().expect("a rule");
    approval_rules::end(&test.desk, caller, id, ending, None).await.map(|line| line.rule.ended_at.is_some())
}

const WEEK: i64 = 7 * 24 * 3_600 * SECOND;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_ends_a_rule_alone_by_taking_the_other_admin_away() {
    for demote in [true, false] {
        let app = spawn().await;
        let test = &app.test;
        rule(test, "reverse", 1, Role::Approver).await;
        let ada = joins(test, "ada@example.com", "Ada Admin", Role::Admin).await;
        if demote {
            staff::change_role(&test.desk, &test.admin, ada, Role::Approver).await.expect("demoted");
        } else {
            staff::disable(&test.desk, &test.admin, ada).await.expect("disabled");
        }
        let asked = end(test, &test.admin, Ending::Ask).await;
        let Err(Error::Refused(refusal)) = asked else { panic!("{asked:?}") };
        assert_eq!(refusal.rule, Rule::NobodyCanApprove);
        assert!(refusal.instead.expect("a way on").contains("or do it alone from 22 January 2026"));
        test.clock.advance(WEEK);
        assert!(end(test, &test.admin, Ending::Ask).await.expect("ended"), "after a week nobody else is left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_let_in_by_the_other_is_no_second_admin_for_a_week() {
    let app = spawn().await;
    let (test, desk) = (&app.test, &app.test.desk);
    rule(test, "reverse", 1, Role::Approver).await;
    let ada = joins(test, "ada@example.com", "Ada Admin", Role::Admin).await;
    let ada_caller = caller(ada, "Ada Admin", Role::Admin);
    // With Ada's password set by Anna, Anna could be both.
    staff::reset_password(desk, &test.admin, ada, "another long password 1").await.expect("reset");
    assert_eq!(crate::freezes::rule(end(test, &test.admin, Ending::Ask).await), Rule::NobodyCanApprove);
    assert_eq!(crate::freezes::rule(end(test, &ada_caller, Ending::Ask).await), Rule::NobodyCanApprove);
    // A third one can agree; Ada cannot, not even to what she asks for herself.
    joins(test, "carl@example.com", "Carl Admin", Role::Admin).await;
    assert!(!end(test, &test.admin, Ending::Ask).await.expect("asked"));
    let said = end(test, &ada_caller, Ending::Confirm).await;
    let Err(Error::Refused(refusal)) = said else { panic!("{said:?}") };
    assert_eq!(refusal.rule, Rule::MakerIsChecker);
    let instead = refusal.instead.expect("a way on");
    assert!(
        instead.contains("You can agree from 22 January 2026") && instead.contains("Carl Admin can agree."),
        "{instead}"
    );
    // Whom Ada makes an admin is let in by Anna, too.
    let dora = NewMember {
        email: "dora@example.com".into(),
        name: "Dora Admin".into(),
        role: "admin".into(),
        password: PASSWORD.into(),
        ..NewMember::default()
    };
    let dora = staff::add(desk, &ada_caller, &dora).await.expect("a person");
    let dora = caller(dora.id, "Dora Admin", Role::Admin);
    assert_eq!(crate::freezes::rule(end(test, &dora, Ending::Confirm).await), Rule::MakerIsChecker);
    // Each sees it on the page and in the inbox.
    let carl = app.person("carl@example.com").await;
    let inbox = carl.get("/approvals").await;
    assert!(inbox.main().contains("End the rule: Reversing payouts"), "{}", inbox.main());
    assert!(!app.person("axel@example.com").await.get("/approvals?whose=all").await.main().contains("End the rule"));
    let id = test.text("SELECT id FROM approval_rules").await;
    let page = carl.get(&format!("/settings/approval-rules/{id}/end")).await;
    assert!(page.main().contains("Agree: the rule ends") && page.main().contains("Carl Admin"), "{}", page.main());
    let page = app.person("dora@example.com").await.get(&format!("/settings/approval-rules/{id}/end")).await;
    assert!(page.main().contains("do not count as a second person yet"), "{}", page.main());
    assert!(!page.text.contains("value=\"confirm\""));
    test.clock.advance(WEEK);
    assert!(end(test, &ada_caller, Ending::Confirm).await.expect("ended"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_looser_limit_takes_two_admins_and_a_tighter_one_takes_one() {
    let app = spawn().await;
    let (test, desk) = (&app.test, &app.test.desk);
    joins(test, "ada@example.com", "Ada Admin", Role::Admin).await;
    let (anna, ada) = (app.person("anna@example.com").await, app.person("ada@example.com").await);
    let limit = async || wallets::get(desk, &test.admin, USD).await.expect("the wallet").approval_limit_minor;
    let save = async |person: &crate::support::person::Person, limit: &str| {
        let version = person.get("/wallets/1/settings").await.field("version").expect("a version");
        let form = [("name", "Main USD"), ("approval_limit", limit), ("percentage", "1.5"), ("version", &version)];
        person.post("/wallets/1/settings", &form).await
    };
    const PAGE: &str = "/wallets/1/limit";
    assert_eq!(save(&anna, "900").await.location(), "/wallets/1?part=about");
    assert_eq!(limit().await, Some(90_000), "a lower one counts at once");
    for wanted in ["900.01", ""] {
        let saved = save(&anna, wanted).await;
        assert_eq!((saved.status, saved.location()), (303, PAGE), "{}", saved.main());
        assert_eq!(limit().await, Some(90_000), "{wanted:?}");
    }
    // No limit was asked for last. Who asked cannot agree, nor can anybody to what stood there before.
    let version = anna.get(PAGE).await.field("version").expect("a version");
    assert_eq!(anna.post(PAGE, &[("decision", "agree"), ("version", &version)]).await.status, 409);
    assert!(!anna.get(PAGE).await.text.contains("value=\"agree\""));
    let page = ada.get(PAGE).await;
    for words in ["No limit", "USD 900.00", "Anna Admin", "Agree to the new limit"] {
        assert!(page.main().contains(words), "{words} in {}", page.main());
    }
    assert_eq!(ada.post(PAGE, &[("decision", "agree"), ("version", "1")]).await.status, 409, "another one");
    assert!(ada.get("/approvals").await.main().contains("A looser approval limit: Main USD"));
    assert!(!anna.get("/approvals").await.main().contains("A looser approval limit: Main USD"));
    assert!(anna.get("/approvals?whose=own").await.main().contains("A looser approval limit: Main USD"));
    assert_eq!(ada.post(PAGE, &[("decision", "keep"), ("version", &version)]).await.status, 303);
    assert_eq!((limit().await, ada.get(PAGE).await.status), (Some(90_000), 303));
    // Asked for again and agreed to; twice does nothing more.
    save(&anna, "5000").await;
    let version = ada.get(PAGE).await.field("version").expect("a version");
    let agree = [("decision", "agree"), ("version", version.as_str())];
    assert_eq!(ada.post(PAGE, &agree).await.status, 303);
    assert_eq!((limit().await, ada.post(PAGE, &agree).await.status), (Some(500_000), 409));
    // A tighter one makes void what was asked for.
    save(&anna, "6000").await;
    save(&ada, "100").await;
    assert_eq!((limit().await, test.int("SELECT COUNT(*) FROM limit_changes").await), (Some(10_000), 0));
    // With the other one just taken away nobody can agree, and nothing is changed.
    let gone = test.text("SELECT id FROM staff WHERE email = 'ada@example.com'").await.parse().expect("a person");
    staff::disable(desk, &test.admin, gone).await.expect("disabled");
    let refused = save(&anna, "200").await;
    assert_eq!(refused.status, 409);
    assert!(refused.main().contains("has left within the last 7 days"), "{}", refused.main());
    assert_eq!((limit().await, test.int("SELECT COUNT(*) FROM limit_changes").await), (Some(10_000), 0));
    test.clock.advance(WEEK);
    let anna = app.person("anna@example.com").await;
    assert_eq!(save(&anna, "200").await.location(), "/wallets/1?part=about");
    assert_eq!(limit().await, Some(20_000));
    test.verify().await;
}
