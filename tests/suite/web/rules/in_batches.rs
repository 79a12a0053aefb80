//! Rules and batches: one request for all that a batch would do, and what is said of each item.

use paydesk::domain::batch::{Batch, Fate, ItemState, Verb};
use paydesk::domain::caller::Caller;
use paydesk::service::batches::results;

use super::*;

async fn sorted(test: &TestDesk, caller: &Caller, verb: Verb, ids: &[PayoutId]) -> Batch {
    let source = Source::Names(ids.iter().map(ToString::to_string).collect(), "Test".into());
    let new = NewBatch { verb, source, reason: Some("Other".into()) };
    let id = batches::create(&test.desk, caller, new, None).await.expect("a batch").value.id;
    jobs::batches::finish(&test.desk).await.expect("sorted");
    batches::get(&test.desk, &test.admin, id).await.expect("the batch")
}

/// State and reason of each item, in order.
async fn told(test: &TestDesk, batch: &Batch) -> Vec<(ItemState, String)> {
    let (lines, _) = results::items(&test.desk, &test.admin, batch.id, None, 0, 50).await.expect("items");
    lines.into_iter().map(|line| (line.item.state, line.item.reason.unwrap_or_default())).collect()
}

async fn done(test: &TestDesk, caller: &Caller, batch: &Batch) -> Vec<(ItemState, String)> {
    let count = batch.acting.to_string();
    batches::start(&test.desk, caller, batch.id, Some(&count), None, None).await.expect("started");
    jobs::batches::finish(&test.desk).await.expect("done");
    told(test, batch).await
}

/// Presses the button of the preview.
async fn ask(app: &TestApp, batch: &Batch) -> String {
    let operator = app.person("olga@example.com").await;
    let count = batch.acting.to_string();
    let form = [("count", count.as_str()), ("reason", "Other"), ("note", "Run twice"), ("idempotency_key", "k-batch")];
    let asked = operator.post(&format!("/batches/{}/start", batch.id), &form).await;
    assert_eq!(asked.status, 303, "{}", asked.main());
    asked.location().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_is_for_all_that_a_batch_would_cancel() {
    let app = spawn().await;
    let rule_from = RuleInput {
        verb: "cancel".into(),
        client: "1".into(),
        currency: "USD".into(),
        from: "50".into(),
        people: "2".into(),
        role: "approver".into(),
    };
    approval_rules::make(&app.test.desk, &app.test.admin, &rule_from).await.expect("a rule");
    let small = [app.test.payout("20.00").await.payout.id, app.test.payout("30.00").await.payout.id];
    let large = app.test.payout("60.00").await.payout.id;
    // Below the rule a batch is started as ever, whatever it adds up to.
    let batch = sorted(&app.test, &app.test.operator, Verb::Cancel, &small).await;
    let all = done(&app.test, &app.test.operator, &batch).await;
    assert!(all.iter().all(|(state, _)| *state == ItemState::Done), "{all:?}");
    let other = app.test.payout("25.00").await.payout.id;
    let batch = sorted(&app.test, &app.test.operator, Verb::Cancel, &[large, other]).await;
    let operator = app.person("olga@example.com").await;
    let page = operator.get(&format!("/batches/{}", batch.id)).await;
    for words in ["Needs 2 approvers", "Anna Admin and Axel Approver can approve it.", "Ask for approval of 2 payouts"]
    {
        assert!(page.main().contains(words), "{words} in {}", page.main());
    }
    let href = ask(&app, &batch).await;
    assert!(href.starts_with("/approvals/apr_"), "{href}");
    let page = operator.get(&format!("/batches/{}", batch.id)).await;
    assert!(page.main().contains("waits for approval") && !page.text.contains("name=\"count\""), "{}", page.main());
    assert_eq!(decide(&app, "axel@example.com", &href, "approve").await, 303);
    jobs::batches::finish(&app.test.desk).await.expect("nothing to do");
    assert_eq!(state(&app, large).await, State::Created, "one of two");
    assert_eq!(decide(&app, "olga@example.com", &href, "approve").await, 403);
    assert_eq!(decide(&app, "anna@example.com", &href, "approve").await, 303);
    jobs::batches::finish(&app.test.desk).await.expect("done");
    assert_eq!([state(&app, large).await, state(&app, other).await], [State::Cancelled; 2]);
    assert_eq!(app.test.int("SELECT COUNT(*) FROM approval_requests").await, 1);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stricter_rule_that_comes_meanwhile_is_asked_too() {
    let app = spawn().await;
    rule(&app.test, "reverse", 1, Role::Approver).await;
    let ids = [app.test.completed("20.00").await.payout.id, app.test.completed("30.00").await.payout.id];
    let batch = sorted(&app.test, &app.test.operator, Verb::Reverse, &ids).await;
    let href = ask(&app, &batch).await;
    // Before the last yes: the request needs more then.
    rule(&app.test, "reverse", 2, Role::Approver).await;
    assert_eq!(decide(&app, "axel@example.com", &href, "approve").await, 303);
    assert_eq!(app.test.text("SELECT state FROM approval_requests").await, "open");
    assert_eq!(decide(&app, "anna@example.com", &href, "approve").await, 303);
    // After it: each item is refused with the rule's sentence.
    rule(&app.test, "reverse", 2, Role::Admin).await;
    jobs::batches::finish(&app.test.desk).await.expect("done");
    for (state, reason) in told(&app.test, &batch).await {
        assert_eq!(state, ItemState::Refused);
        assert!(reason.starts_with("A rule of the desk says that 2 admins have to approve it first."), "{reason}");
    }
    assert_eq!(app.test.int("SELECT COUNT(*) FROM reversals").await, 0);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_approve_is_told_before_and_programs_are_refused() {
    let app = spawn().await;
    rule(&app.test, "cancel", 5, Role::Approver).await;
    let id = app.test.payout("20.00").await.payout.id;
    let batch = sorted(&app.test, &app.test.operator, Verb::Cancel, &[id]).await;
    let page = app.person("olga@example.com").await.get(&format!("/batches/{}", batch.id)).await;
    assert!(page.main().contains("Too few people can approve it"), "{}", page.main());
    assert!(!page.text.contains("name=\"count\""), "no form for what is refused");
    let started = batches::start(&app.test.desk, &app.test.operator, batch.id, Some("1"), Some("Other"), None).await;
    assert!(matches!(started, Err(Error::Refused(refusal)) if refusal.rule == Rule::NobodyCanApprove));
    let api = app.api();
    let made = api.post("/batches", json!({"verb": "cancel", "ids": [id], "reason": "r"})).await.id();
    jobs::batches::finish(&app.test.desk).await.expect("sorted");
    let refused = api.post(&format!("/batches/{made}/confirmation"), json!({"count": 1})).await;
    let words = "Insufficient permissions: A rule of the desk says that 5 approvers have to approve it first.";
    refused.refuses(403, "Forbidden", words);
    assert_eq!(state(&app, id).await, State::Created);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_on_batches_go_by_their_sums() {
    let app = spawn().await;
    let from = RuleInput {
        verb: "batch".into(),
        currency: "USD".into(),
        from: "50".into(),
        people: "1".into(),
        role: "approver".into(),
        ..RuleInput::default()
    };
    approval_rules::make(&app.test.desk, &app.test.admin, &from).await.expect("a rule");
    let ids = [app.test.payout("20.00").await.payout.id, app.test.payout("30.00").await.payout.id];
    let batch = sorted(&app.test, &app.test.operator, Verb::Cancel, &ids[..1]).await;
    done(&app.test, &app.test.operator, &batch).await;
    assert_eq!(state(&app, ids[0]).await, State::Cancelled);
    let more = [ids[1], app.test.payout("25.00").await.payout.id];
    let batch = sorted(&app.test, &app.test.operator, Verb::Cancel, &more).await;
    let href = ask(&app, &batch).await;
    assert_eq!(decide(&app, "axel@example.com", &href, "approve").await, 303);
    jobs::batches::finish(&app.test.desk).await.expect("done");
    assert_eq!(state(&app, ids[1]).await, State::Cancelled);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_preview_of_approvals_knows_who_said_yes_already() {
    let app = spawn().await;
    rule(&app.test, "create", 2, Role::Approver).await;
    let test = &app.test;
    let (one, other) = (test.payout("20.00").await.payout.id, test.payout("30.00").await.payout.id);
    payouts::decide(&test.desk, &test.approver, one, true, None, None, None).await.expect("one of two");
    let batch = sorted(test, &test.approver, Verb::Approve, &[one, other]).await;
    let groups = batch.summary().groups;
    let said: Vec<_> = groups.iter().map(|group| (group.fate, group.items, group.reason.as_deref())).collect();
    let cannot = "You have approved it already; it waits for 1 more. Ask another approver.";
    let counted = "Your approval is counted; it waits for 1 more.";
    assert_eq!(said, [(Fate::Cannot, 1, Some(cannot)), (Fate::Now, 1, Some(counted))]);
    assert!(batch.summary().wallets.is_empty(), "nothing moves yet");
    let all = done(test, &test.approver, &batch).await;
    assert_eq!(all[1], (ItemState::Done, counted.to_owned()));
    let page = app.person("axel@example.com").await.get(&format!("/batches/{}", batch.id)).await;
    assert!(page.main().contains(counted), "{}", page.main());
    // For the admin both are the last yes, and nothing more is said.
    let batch = sorted(test, &test.admin, Verb::Approve, &[one, other]).await;
    assert_eq!((batch.acting, batch.summary().groups.len()), (2, 1));
    let all = done(test, &test.admin, &batch).await;
    assert!(all.iter().all(|item| *item == (ItemState::Done, String::new())), "{all:?}");
    assert_eq!([state(&app, one).await, state(&app, other).await], [State::Queued; 2]);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_approves_only_who_was_shown() {
    let app = spawn().await;
    let test = &app.test;
    let made = test.payout("2000.00").await;
    let sql = format!("UPDATE payees SET saved_at = 1 WHERE id = '{}'", made.payee.id);
    let kept = test.desk.store.write(move |tx| {
        let sql = sql.clone();
        Box::pin(async move { tx.execute(&sql, &[]).await })
    });
    kept.await.expect("kept");
    let batch = sorted(test, &test.approver, Verb::Approve, &[made.payout.id]).await;
    let change = PayeeInput { first_name: Some("Somebody".into()), ..PayeeInput::default() };
    payees::update(&test.desk, &test.operator, made.payee.id, &change, PayeeFields::STAFF, None)
        .await
        .expect("changed");
    let all = done(test, &test.approver, &batch).await;
    assert_eq!(all[0].0, ItemState::Refused);
    assert!(all[0].1.starts_with("It changed while you were reading."), "{all:?}");
    assert_eq!(state(&app, made.payout.id).await, State::ActionRequired);
    // Looked at again, it is approved as it is now.
    let batch = sorted(test, &test.approver, Verb::Approve, &[made.payout.id]).await;
    assert_eq!(done(test, &test.approver, &batch).await[0].0, ItemState::Done);
    assert_eq!(state(&app, made.payout.id).await, State::Queued);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_that_needs_approval_becomes_one_batch() {
    let app = spawn().await;
    rule(&app.test, "cancel", 1, Role::Approver).await;
    let ids = [app.test.payout("20.00").await.payout.id, app.test.payout("30.00").await.payout.id];
    let operator = app.person("olga@example.com").await;
    let texts = ids.map(|id| id.to_string());
    let page = operator.post("/payouts/selection", &[("id", &texts[0]), ("id", &texts[1])]).await;
    let named = app.test.text("SELECT id FROM approval_rules").await;
    for words in
        ["Needs an approver", named.as_str(), "Anna Admin and Axel Approver can approve it.", "Make a batch of 2"]
    {
        assert!(page.main().contains(words), "{words} in {}", page.main());
    }
    assert!(!page.text.contains("/payouts/selection/cancel"), "no button that each would be refused by");
    let fields = ["verb", "ids", "idempotency_key"].map(|name| (name, hidden(&page.text, name)));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let made = operator.post("/batches", &fields).await.location().to_owned();
    jobs::batches::finish(&app.test.desk).await.expect("sorted");
    assert!(operator.get(&made).await.main().contains("Cancel 2 payouts?"));
    // Below the rule there is nothing of it.
    let id = app.test.text("SELECT id FROM approval_rules").await.parse().expect("a rule");
    approval_rules::end(&app.test.desk, &app.test.admin, id, Ending::Ask, None).await.expect("ended");
    let page = operator.post("/payouts/selection", &[("id", &texts[0])]).await;
    assert!(page.text.contains("/payouts/selection/cancel") && !page.main().contains("Make a batch"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_makes_under_a_rule_says_that_it_waits() {
    let app = spawn().await;
    rule(&app.test, "create", 2, Role::Approver).await;
    let file =
        "request_id,wallet_id,amount,currency,contact_name,contact_email\nL-1,1,10.00,USD,Lea Link,lea@example.com\n";
    let made = batches::file::create(&app.test.desk, &app.test.operator, Verb::CreateLinks, "l.csv", file.as_bytes());
    let batches::file::Checked::Ready(made) = made.await.expect("checked") else { panic!("wrong") };
    let batch = made.value;
    let groups = batch.summary().groups;
    assert!(groups[0].reason.as_deref().is_some_and(|reason| reason.contains("a rule asks for 2 approvers")));
    assert!(batch.summary().wallets.is_empty(), "nothing is held before it is approved");
    let all = done(&app.test, &app.test.operator, &batch).await;
    assert_eq!(all, [(ItemState::Done, "Made; it waits for approval.".to_owned())]);
    assert_eq!(app.test.text("SELECT state FROM payout_links").await, "pending");
    // What nobody could approve is an error of its row.
    rule(&app.test, "create", 5, Role::Approver).await;
    let file = file.replace("L-1", "L-2");
    let checked =
        batches::file::create(&app.test.desk, &app.test.operator, Verb::CreateLinks, "m.csv", file.as_bytes());
    let batches::file::Checked::Wrong(wrong) = checked.await.expect("checked") else { panic!("nobody can") };
    assert!(wrong[0].column == "amount" && wrong[0].fix.starts_with("cannot be approved: "), "{wrong:?}");
    app.test.verify().await;
}
