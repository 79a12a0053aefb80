//! A payout that was paid is reversed in parts until nothing is left.

use super::{jobs, open};
use crate::support::app::spawn;

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_paid_payout_is_reversed_in_parts_with_scripts() {
    reversed_in_parts(true).await;
}

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_paid_payout_is_reversed_in_parts_without_scripts() {
    reversed_in_parts(false).await;
}

async fn reversed_in_parts(scripts: bool) {
    let app = spawn().await;
    let id = app.test.completed("100.00").await.payout.id;
    let (available, _) = app.test.balances(1).await;
    let browser = open(&app, scripts, "olga@example.com").await;
    let working = jobs(&app);
    let record = format!("/payouts/{id}");
    for (part, left) in [(Some("40.00"), "60.00"), (Some("35.50"), "24.50"), (None, "0.00")] {
        browser.go(&record).await;
        browser.click(&format!("main a[href='{record}/reverse']")).await;
        let (step, prefix) = if scripts {
            assert!(browser.shows("dialog#reverse-dialog[open]").await);
            ("dialog[open]", "#dialog-")
        } else {
            browser.until(&format!("{record}/reverse")).await;
            ("main", "#")
        };
        match part {
            Some(amount) => {
                browser.click(&format!("{prefix}part")).await;
                browser.fill(&format!("{prefix}amount"), amount).await;
            }
            None => browser.click(&format!("{prefix}all")).await,
        }
        browser.choose(&format!("{prefix}reason"), "No longer owed").await;
        browser.click(&format!("{step} button[type=submit]")).await;
        browser.until_says("Nothing has changed yet").await;
        let amount = part.unwrap_or("24.50");
        assert!(browser.main().await.contains(amount), "{}", browser.main().await);
        browser.click("main button.btn-danger").await;
        browser.until(&format!("{record}/reversals/rev_")).await;
        let said = browser.main().await;
        assert!(said.contains(&format!("USD {amount}")) && said.contains(&format!("USD {left}")), "{said}");
        assert!(said.contains("PAYOUT_REVERSAL"), "{said}");
    }
    browser.go(&format!("{record}/reverse")).await;
    let said = browser.main().await;
    assert_eq!(browser.count("main input[name=amount]").await, 0, "{said}");
    assert!(said.contains("reversed"), "{said}");
    browser.close().await;
    drop(working);
    assert_eq!(app.test.balances(1).await.0, available + 10_000);
    app.test.verify().await;
}

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn more_than_is_left_is_refused_at_the_field() {
    let app = spawn().await;
    let id = app.test.completed("100.00").await.payout.id;
    let browser = open(&app, false, "olga@example.com").await;
    for wrong in ["100.01", "1e2", "-5", "1.005", "0", ""] {
        browser.go(&format!("/payouts/{id}/reverse")).await;
        browser.click("#part").await;
        browser.fill("#amount", wrong).await;
        browser.choose("#reason", "No longer owed").await;
        browser.click("main form.form button[type=submit]").await;
        browser.until_refused().await;
        assert_eq!(browser.find("#amount").await.value().await.expect("a value").unwrap_or_default(), wrong);
        assert!(browser.shows(".error-summary a[href='#amount']").await, "{wrong}");
    }
    browser.close().await;
}
