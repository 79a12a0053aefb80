//! The strip that says when the session ends, whatever the browser's clock says.

use crate::support::app::{SECOND, TestApp, spawn, spawn_with};
use crate::support::browser::Browser;

/// A browser whose clock is months ahead of the desk's.
async fn open(app: &TestApp) -> Browser {
    let browser = Browser::open(&app.base_url).await;
    browser.sign_in("olga@example.com").await;
    browser.go("/payouts").await;
    browser
}

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_session_is_counted_by_the_seconds_that_are_left() {
    let app = spawn().await;
    let browser = open(&app).await;
    let hidden = "return document.querySelector('[data-session-strip]').hidden";
    assert_eq!(browser.script(hidden, Vec::new()).await, true, "half an hour is left");
    browser.close().await;

    let app = spawn_with(|config| config.session_idle = 170 * SECOND).await;
    let browser = open(&app).await;
    assert_eq!(browser.script(hidden, Vec::new()).await, false, "less than three minutes are left");
    browser.press("[data-session-strip]", "Stay signed in").await;
    browser.close().await;
}
