//! Finding a payout, cancelling it, and seeing the money back in the wallet.

use super::open;
use crate::support::app::spawn;

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_payout_is_found_and_cancelled_in_the_dialog() {
    found_and_cancelled(true).await;
}

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_payout_is_found_and_cancelled_without_scripts() {
    found_and_cancelled(false).await;
}

async fn found_and_cancelled(scripts: bool) {
    let app = spawn().await;
    for amount in ["11.00", "12.00", "13.00"] {
        app.test.payout(amount).await;
    }
    let payout = app.test.payout("100.00").await.payout;
    let record = format!("/payouts/{}", payout.id);
    let browser = open(&app, scripts, "olga@example.com").await;
    browser.go("/wallets/1").await;
    assert!(browser.main().await.contains("999,861.95"), "{}", browser.main().await);

    browser.fill("#find", &payout.reference_id).await;
    browser.keys("\n").await;
    browser.until("/payouts?").await;
    assert_eq!(browser.count("main tbody tr").await, 1);
    browser.click(&format!("main a[href='{record}']")).await;
    browser.until(&record).await;

    browser.click(&format!("main a[href='{record}/cancel']")).await;
    let step = if scripts {
        assert!(browser.shows("dialog#cancel-dialog[open]").await);
        assert_eq!(browser.path().await, record, "the dialog opens over the page");
        "dialog[open]"
    } else {
        browser.until(&format!("{record}/cancel")).await;
        "main"
    };
    let said = browser.text(step).await;
    for fact in ["John Doe", &payout.reference_id, "101.50", "999,861.95", "999,963.45"] {
        assert!(said.contains(fact), "{fact} is missing in\n{said}");
    }

    // Without a reason it asks again and keeps what was typed.
    browser.press(step, "Yes, cancel payout").await;
    let reason = if scripts && browser.shows("dialog[open]").await { "#dialog-reason" } else { "#reason" };
    browser.choose(reason, "Duplicate payout").await;
    let step = if reason == "#reason" { "main" } else { step };
    browser.press(step, "Yes, cancel payout").await;

    browser.until(&format!("{record}/cancellation")).await;
    for _ in 0..2 {
        let said = browser.main().await;
        for fact in ["USD 101.50", "PAYOUT_REFUND", "Duplicate payout", "Olga Operator"] {
            assert!(said.contains(fact), "{fact} is missing in\n{said}");
        }
        browser.driver.refresh().await.expect("the same page again");
    }
    browser.go("/wallets/1").await;
    let said = browser.main().await;
    assert!(said.contains("+101.50 999,963.45") && said.contains("Refund of a payout"), "{said}");
    browser.go(&format!("{record}/cancel")).await;
    assert!(browser.main().await.contains("already"), "{}", browser.main().await);
    assert_eq!(browser.count("main button.btn-danger").await, 0);
    browser.close().await;
    app.test.verify().await;
}

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn who_agreed_to_old_facts_is_shown_the_new_ones() {
    let app = spawn().await;
    let id = app.test.payout("2000.00").await.payout.id;
    let browser = open(&app, false, "olga@example.com").await;
    browser.go(&format!("/payouts/{id}/cancel")).await;
    paydesk::service::payouts::decide(&app.test.desk, &app.test.approver, id, true, None, None, None)
        .await
        .expect("an approval meanwhile");
    browser.choose("#reason", "Wrong amount").await;
    browser.press("main", "Yes, cancel payout").await;
    let said = browser.text("main .notice[role=alert]").await;
    assert!(said.contains("changed while you were reading"), "{said}");
    browser.press("main", "Yes, cancel payout").await;
    browser.until(&format!("/payouts/{id}/cancellation")).await;
    browser.close().await;
    app.test.verify().await;
}
