//! Asking a provider to stop a payout, on the pages: what was said before, who was first, and what was true in the end.

use paydesk::domain::payout::State;
use paydesk::service::payouts;

use crate::manual as hand;
use crate::support::app::spawn;

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_refusal_stands_above_the_form_and_the_loser_is_told_who_asked() {
    let app = spawn().await;
    let id = app.test.payout("90.52").await.payout.id;
    app.test.run_jobs(20).await;
    let (olga, axel) = (app.person("olga@example.com").await, app.person("axel@example.com").await);
    let path = format!("/payouts/{id}/cancel");
    let form = |key| [("mode", "ask"), ("reason", "Wrong amount"), ("idempotency_key", key)];
    assert!(!olga.get(&path).await.main().contains("refused"));
    assert_eq!(olga.post(&path, &form("k-olga-1")).await.status, 303);
    let late = axel.post(&path, &form("k-axel-1")).await;
    assert_eq!(late.status, 409);
    assert!(late.main().contains("Olga Operator asked at 10:30 already"), "{}", late.main());
    app.test.run_jobs(2).await;
    let again = axel.get(&path).await;
    let words = again.main();
    assert!(words.contains("Sandbox refused at 10:30") && words.contains("has sent it on already"), "{words}");
    // The same form with another reason: what came of it the first time.
    let other = [("mode", "ask"), ("reason", "Duplicate payout"), ("idempotency_key", "k-olga-1")];
    let sent = olga.post(&path, &other).await;
    let words = sent.main();
    assert_eq!(sent.status, 409);
    assert!(words.contains("You sent this form already: Sandbox was asked at 10:30"), "{words}");
    assert!(!words.contains("Nothing has changed yet"), "{words}");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_too_late_to_cancel_is_told_who_did() {
    let app = spawn().await;
    let id = app.test.payout("20.00").await.payout.id;
    let axel = app.person("axel@example.com").await;
    payouts::cancel(&app.test.desk, &app.test.operator, id, Some("Wrong amount"), None, None).await.expect("cancelled");
    let form = [("mode", "cancel"), ("reason", "Wrong amount"), ("idempotency_key", "k-late")];
    let late = axel.post(&format!("/payouts/{id}/cancel"), &form).await;
    assert_eq!(late.status, 409);
    assert!(late.main().contains("Olga Operator cancelled it at 10:30."), "{}", late.main());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stopped_and_paid_all_the_same_is_told_as_it_is() {
    let app = spawn().await;
    let id = app.test.payout("90.53").await.payout.id;
    app.test.run_jobs(20).await;
    payouts::ask_to_cancel(&app.test.desk, &app.test.operator, id, None, None).await.expect("a question");
    app.test.run_jobs(15).await;
    assert_eq!(app.test.get(id).await.payout.state, State::Cancelled);
    let olga = app.person("olga@example.com").await;
    let case = app.test.text(&format!("SELECT id FROM cases WHERE subject_id = '{id}'")).await;
    let page = olga.get(&format!("/payouts/{id}")).await;
    let words = page.main();
    assert!(words.contains("said that it was stopped, then paid it") && words.contains("Has the money"), "{words}");
    assert!(!words.contains("Not paid") && !words.contains("it was not paid"), "{words}");
    assert!(page.text.contains(&format!("href=\"/cases/{case}\"")), "the way to its case");
    let record = olga.get(&format!("/payouts/{id}/cancellation")).await;
    assert!(record.main().contains("paid it all the same: the desk has lost it"), "{}", record.main());
    // One that says both is believed in neither.
    let both = app.test.completed("90.56").await.payout.id;
    let page = olga.get(&format!("/payouts/{both}")).await;
    assert!(
        page.main().contains("Nobody knows whether") && page.text.contains("href=\"/cases/cas_"),
        "{}",
        page.main()
    );
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_asked_where_people_pay() {
    let app = spawn().await;
    let wallet = hand::wallet(&app.test).await;
    let id = hand::taken(&app.test, wallet, "HAND-1", "20.00").await;
    let page = app.person("axel@example.com").await.get(&format!("/payouts/{id}/cancel")).await;
    let words = page.main();
    assert!(words.contains("Olga Operator took USD 20.00 for"), "{words}");
    assert!(words.contains("Pay by hand") && !words.contains("answers yes, no, or nothing"), "{words}");
}
