//! Everything with the keyboard: dialogs, shortcuts, the way past the frame.

use thirtyfour::Key;

use super::open;
use crate::support::app::spawn;

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_dialog_begins_at_the_safe_answer_and_escape_keeps() {
    let app = spawn().await;
    let id = app.test.payout("10.00").await.payout.id;
    let browser = open(&app, true, "olga@example.com").await;
    browser.go(&format!("/payouts/{id}")).await;
    let opener = format!("main a[href='/payouts/{id}/cancel']");
    let opener_words = browser.text(&opener).await;
    for leave in [Key::Escape, Key::Enter] {
        browser.find(&opener).await.focus().await.expect("focus");
        browser.keys(Key::Enter).await;
        browser.find("dialog#cancel-dialog[open]").await;
        assert_eq!(browser.focused().await, "No, keep payout");
        browser.keys(leave).await;
        assert!(!browser.shows("dialog#cancel-dialog").await);
        assert_eq!(browser.focused().await, opener_words, "the focus goes back");
        assert_eq!(browser.path().await, format!("/payouts/{id}"));
    }
    // The focus stays inside: past the last field it does not reach the page behind.
    browser.keys(Key::Enter).await;
    browser.find("dialog#cancel-dialog[open]").await;
    for _ in 0..12 {
        browser.keys(Key::Tab).await;
        let inside = "const at = document.activeElement; return at === document.body || !!at.closest('dialog');";
        assert_eq!(browser.script(inside, Vec::new()).await, true, "{}", browser.focused().await);
    }
    browser.close().await;
    assert_eq!(app.test.get(id).await.payout.cancelled_at, None);
}

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn shortcuts_lead_around_and_can_be_turned_off() {
    let app = spawn().await;
    for _ in 0..3 {
        app.test.payout("10.00").await;
    }
    let browser = open(&app, true, "olga@example.com").await;
    browser.keys("gp").await;
    browser.until("/payouts").await;
    browser.keys("/").await;
    let focus = "return document.activeElement.id";
    assert_eq!(browser.script(focus, Vec::new()).await, "find");
    browser.keys("g").await;
    assert_eq!(browser.find("#find").await.value().await.expect("a value").as_deref(), Some("g"), "typing is typing");
    browser.go("/payouts").await;
    let row = || browser.script("return document.activeElement.href", Vec::new());
    browser.keys("j").await;
    let first = row().await;
    browser.keys("j").await;
    assert_ne!(row().await, first);
    browser.keys("k").await;
    assert_eq!(row().await, first);
    browser.keys("x").await;
    assert_eq!(browser.text("[data-selection-count]").await, "1 selected");
    browser.keys("?").await;
    browser.find("dialog#shortcuts[open]").await;
    browser.keys(Key::Escape).await;
    assert!(!browser.shows("dialog#shortcuts").await);

    browser.go("/settings/profile").await;
    let box_for_shortcuts = browser.find("input[name=shortcuts]").await;
    assert!(box_for_shortcuts.is_selected().await.expect("a box"));
    box_for_shortcuts.click().await.expect("a click");
    box_for_shortcuts.send_keys(Key::Enter).await.expect("the form is sent");
    browser.find("main [role=status]").await;
    browser.keys("gw").await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(browser.path().await, "/settings/profile");
    browser.close().await;
}

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn the_first_stop_leads_past_the_frame() {
    let app = spawn().await;
    let browser = open(&app, true, "olga@example.com").await;
    browser.go("/payouts").await;
    browser.keys(Key::Tab).await;
    assert_eq!(browser.focused().await, "Skip to content");
    browser.keys(Key::Enter).await;
    assert_eq!(browser.script("return document.activeElement.id", Vec::new()).await, "main");
    browser.close().await;
}
