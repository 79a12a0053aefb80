//! Several payouts cancelled at once, with a result for each.

use super::open;
use crate::support::app::{TestApp, spawn};

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_selection_is_cancelled_with_scripts() {
    selected_and_cancelled(true).await;
}

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_selection_is_cancelled_without_scripts() {
    selected_and_cancelled(false).await;
}

async fn selected_and_cancelled(scripts: bool) {
    let app = spawn().await;
    let paid = app.test.completed("10.00").await.payout.id;
    let at_the_rail = app.test.payout("90.51").await.payout.id;
    app.test.run_jobs(20).await;
    let mut cancellable = Vec::new();
    for _ in 0..3 {
        cancellable.push(app.test.payout("20.00").await.payout.id);
    }
    let unpicked = app.test.payout("30.00").await.payout.id;
    let before = app.test.balances(1).await.0;
    let browser = open(&app, scripts, "olga@example.com").await;
    browser.go("/payouts").await;
    for id in cancellable.iter().chain([&paid, &at_the_rail]) {
        browser.click(&format!("main input.pick[value='{id}']")).await;
    }
    if scripts {
        assert_eq!(browser.text("[data-selection-count]").await, "5 selected");
    }
    browser.press("main", "Cancel payouts").await;
    browser.until("/payouts/selection").await;
    let said = browser.main().await;
    for fact in ["USD 60.90", "3 will be cancelled now", "Completed"] {
        assert!(said.contains(fact), "{fact} is missing in\n{said}");
    }
    assert!(browser.count("main tbody tr").await == 5, "{said}");

    // The wrong number asks again.
    browser.choose("#reason", "Duplicate payout").await;
    browser.fill("#count", "5").await;
    browser.click("main form.form button.btn-danger").await;
    browser.until_refused().await;
    browser.fill("#count", "4").await;
    browser.click("main form.form button.btn-danger").await;
    browser.until("/payouts/selection/result?").await;
    browser.driver.refresh().await.expect("a page that can be reloaded");
    let said = browser.main().await;
    assert_eq!(browser.count("main tbody tr").await, 5, "{said}");
    for (id, word) in cancellable.iter().map(|id| (id, "Cancelled")).chain([(&paid, "Completed")]) {
        let row = row(&browser, &id.to_string()).await;
        assert!(row.contains(word), "{row}");
    }
    let asked = row(&browser, &at_the_rail.to_string()).await;
    assert!(asked.contains("Provider asked") && asked.contains("stays held"), "{asked}");
    assert_eq!(app.test.balances(1).await.0, before + 3 * 2_030);
    assert_ne!(state(&app, unpicked).await, "cancelled");
    browser.close().await;
    app.test.verify().await;
}

async fn row(browser: &crate::support::browser::Browser, id: &str) -> String {
    for row in browser.driver.find_all(thirtyfour::By::Css("main tbody tr")).await.expect("rows") {
        let html = row.inner_html().await.expect("a row");
        if html.contains(id) {
            return row.text().await.expect("words");
        }
    }
    panic!("no row leads to {id}");
}

async fn state(app: &TestApp, id: paydesk::domain::ids::PayoutId) -> &'static str {
    app.test.get(id).await.payout.state.name()
}
