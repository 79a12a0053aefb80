//! Issuing a payout link, copying its address, and cancelling it, with scripts and without.

use paydesk::domain::payout_link::State;

use super::open;
use crate::support::app::{USD, spawn};

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_payout_link_is_issued_and_cancelled_in_the_dialog() {
    issued_and_cancelled(true).await;
}

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_payout_link_is_issued_and_cancelled_without_scripts() {
    issued_and_cancelled(false).await;
}

async fn issued_and_cancelled(scripts: bool) {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let browser = open(&app, scripts, "olga@example.com").await;
    browser.go("/payout-links/new").await;
    browser.choose("#wallet", "1").await;
    browser.fill("#amount", "1.005").await;
    browser.fill("#contact_name", "Nora Nilsson").await;
    browser.fill("#contact_email", "nora@example.com").await;
    browser.press("main", "Review payout link").await;
    browser.until_refused().await;
    assert!(browser.text("[data-error-summary]").await.contains("Amount"));
    browser.fill("#amount", "100.00").await;
    browser.press("main", "Review payout link").await;
    browser.find("main .balance").await;
    let said = browser.main().await;
    assert!(said.contains("999,898.50") && said.contains("Nothing has changed yet"), "{said}");
    assert_eq!(app.test.balances(USD).await, before);
    browser.press("main", "Make payout link over USD 100.00").await;
    browser.until("/payout-links/lnk_").await;
    let record = browser.path().await;
    let address = browser.find("#address").await.value().await.expect("a value").expect("an address");
    assert!(address.starts_with(&format!("{}/l/", app.base_url)), "{address}");
    assert_eq!(browser.shows("[data-copy-from=address]").await, scripts, "the button needs a script, the field none");
    assert!(browser.shows("svg.qr").await);

    browser.click(&format!("main a[href='{record}/cancel']")).await;
    let step = if scripts {
        assert!(browser.shows("dialog#cancel-dialog[open]").await);
        "dialog[open]"
    } else {
        browser.until(&format!("{record}/cancel")).await;
        "main"
    };
    let said = browser.text(step).await;
    for fact in ["Nora Nilsson", "101.50", "999,898.50", "1,000,000.00", "dies now"] {
        assert!(said.contains(fact), "{fact} is missing in\n{said}");
    }
    let reason = if scripts { "#dialog-reason" } else { "#reason" };
    browser.choose(reason, "No longer owed").await;
    browser.press(step, "Yes, cancel payout link").await;
    browser.until(&format!("{record}/cancellation")).await;
    for _ in 0..2 {
        let said = browser.main().await;
        for fact in ["USD 101.50 went back to Main USD", "LINK_RELEASE", "No longer owed", "Olga Operator"] {
            assert!(said.contains(fact), "{fact} is missing in\n{said}");
        }
        browser.driver.refresh().await.expect("the same page again");
    }
    let id = record.trim_start_matches("/payout-links/").parse().expect("an id");
    assert_eq!(app.test.get_link(id).await.link.state, State::Cancelled);
    assert_eq!(app.test.balances(USD).await, before);
    browser.close().await;
    app.test.verify().await;
}
