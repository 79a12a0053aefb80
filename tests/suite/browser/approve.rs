//! One person makes a payout above the limit, another one approves it.

use paydesk::domain::payout::State;

use super::open;
use crate::support::app::spawn;

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_second_person_approves_with_scripts() {
    made_and_approved(true).await;
}

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_second_person_approves_without_scripts() {
    made_and_approved(false).await;
}

async fn made_and_approved(scripts: bool) {
    let app = spawn().await;
    let browser = open(&app, scripts, "axel@example.com").await;
    browser.go("/payouts").await;
    browser.click("main a[href='/payouts/new']").await;
    browser.choose("#wallet", "1").await;
    browser.fill("#amount", "1,500.00").await;
    browser.fill("#reference", "PO-7").await;
    browser.click("input[name=to][value=new]").await;
    browser.fill("#first_name", "Nora").await;
    browser.fill("#last_name", "Nilsson").await;
    browser.fill("#email", "nora@example.com").await;
    browser.fill("#country", "US").await;
    browser.press("main", "Review payout").await;
    // What is wrong is said at the field, and the rest is still there.
    browser.until_refused().await;
    assert!(browser.shows(".error-summary a[href='#amount']").await);
    assert_eq!(browser.find("#last_name").await.value().await.expect("a value").as_deref(), Some("Nilsson"));
    browser.fill("#amount", "1500.00").await;
    browser.press("main", "Review payout").await;
    browser.find("main .balance").await;
    let said = browser.main().await;
    assert!(said.contains("1,522.50") && said.contains("Nothing has changed yet"), "{said}");
    browser.press("main", "Make payout of USD 1,500.00").await;
    browser.until("/payouts/pyt_").await;
    let record = browser.path().await;

    // The maker is told why it is not theirs to approve.
    browser.go(&format!("{record}/approval")).await;
    let said = browser.main().await;
    assert_eq!(browser.count("button[value=approve]").await, 0, "{said}");
    assert!(said.contains("somebody else") || said.contains("second person"), "{said}");

    browser.sign_in("anna@example.com").await;
    browser.go("/approvals").await;
    browser.press("main", "Nora Nilsson").await;
    browser.until(&format!("{record}/approval")).await;
    browser.fill("#note", "Fits the order").await;
    browser.press("main", "Approve USD 1,500.00").await;
    browser.find("main .done").await;
    let said = browser.main().await;
    assert!(said.contains("Payout approved") && said.contains("Anna Admin"), "{said}");
    let id = record.trim_start_matches("/payouts/").parse().expect("an id");
    assert_eq!(app.test.get(id).await.payout.state, State::Queued);

    browser.go("/approvals").await;
    assert!(!browser.main().await.contains("Nora Nilsson"));
    browser.close().await;
    app.test.verify().await;
}

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn sending_back_needs_a_note_and_refunds() {
    let app = spawn().await;
    let before = app.test.balances(1).await;
    let id = app.test.payout("2000.00").await.payout.id;
    let browser = open(&app, true, "axel@example.com").await;
    browser.go(&format!("/payouts/{id}/approval")).await;
    browser.press("main", "Send back").await;
    browser.until_refused().await;
    let summary = browser.text("[data-error-summary]").await;
    assert!(summary.contains("Note"), "{summary}");
    assert!(browser.focused().await.contains("needs another look"), "the summary has the focus");
    browser.fill("#note", "Wrong cost centre").await;
    browser.press("main", "Send back").await;
    browser.find("main .done").await;
    assert_eq!(app.test.get(id).await.payout.state, State::Cancelled);
    assert_eq!(app.test.balances(1).await, before);
    browser.close().await;
    app.test.verify().await;
}
