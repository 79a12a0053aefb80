//! A recipient on a phone without scripts; and every page of theirs against axe.

use std::time::Duration;

use paydesk::clock::Clock;
use paydesk::config::LinkProof;
use paydesk::domain::payout_link::{LinkPolicy, State};
use paydesk::service::links::{self, LinkInput};

use super::jobs;
use super::pages::Eye;
use crate::support::app::{EUR, SECOND, TestApp, USD, link_input, spawn_with};
use crate::support::browser::Browser;
use crate::support::mail::SmtpServer;

/// A link in euros, open for a day from now.
async fn make(app: &TestApp, amount: &str) -> (LinkInput, String, paydesk::domain::ids::PayoutLinkId) {
    let end = chrono_text(app.test.clock.now() + 24 * 3_600 * SECOND);
    let input = LinkInput {
        wallet_id: Some(EUR.to_string()),
        currency: Some("EUR".into()),
        description: Some("Refund of order 4711".into()),
        receipt: Some("RC-2024-0017".into()),
        expire_by: Some(end),
        ..link_input(amount)
    };
    let record = links::create(&app.test.desk, &app.test.operator, &input, None).await.expect("a link").value;
    let path = format!("/l/{}", app.test.secret(&record));
    (input, path, record.link.id)
}

fn chrono_text(micros: i64) -> String {
    paydesk::web::time::rfc3339(micros)
}

/// The desk's clock is set to the browser's, or cookies would be old.
async fn desk(server: Option<&SmtpServer>, proof: LinkProof) -> TestApp {
    let app = spawn_with(|config| {
        config.link_proof = proof;
        if let Some(server) = server {
            config.messages = server.config();
        }
    })
    .await;
    app.test.clock.advance(Clock::Real.now() - app.test.clock.now());
    app
}

async fn code(server: &SmtpServer) -> String {
    loop {
        if let Some(mail) = server.mails().last() {
            let words = mail.words();
            return words.split("Your code: ").nth(1).expect("a code").chars().take(6).collect();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_claimed_on_a_phone_without_scripts_and_followed_until_it_is_paid() {
    let server = SmtpServer::start().await;
    let app = desk(Some(&server), LinkProof::None).await;
    let (_, link, id) = make(&app, "100.00").await;
    let before = app.test.balances(EUR).await;
    let browser = Browser::open_without_scripts(&app.base_url).await;
    assert!(!browser.runs_scripts().await);
    browser.width(390).await;
    let jobs = jobs(&app);
    browser.go(&link).await;
    browser.press("main", "Send a code to j•••@example.com").await;
    let code = code(&server).await;
    let wrong = if code == "111111" { "222222" } else { "111111" };
    browser.fill("#code", wrong).await;
    browser.press("main", "Continue").await;
    browser.until_refused().await;
    assert!(browser.text(".error-summary").await.contains("did not match"));
    browser.fill("#code", &code).await;
    browser.press("main", "Continue").await;

    browser.find("#first_name").await;
    browser.fill("#last_name", "Döe").await;
    browser.fill("#iban-iban", "GB29 NWBK 6016 1331 9268 18").await;
    browser.press("main", "Continue").await;
    browser.until_refused().await;
    assert!(browser.shows(".error-summary a[href='#iban-iban']").await);
    assert_eq!(browser.find("#last_name").await.value().await.expect("a value").as_deref(), Some("Döe"));
    browser.fill("#iban-iban", "GB29 NWBK 6016 1331 9268 19").await;
    browser.press("main", "Continue").await;
    browser.find("main button[name=step][value=edit]").await;
    let said = browser.main().await;
    assert!(said.contains("GB29 NWBK 6016 1331 9268 19") && said.contains("John Döe"), "{said}");
    browser.press("main", "Back: change something").await;
    browser.fill("#last_name", "Doe").await;
    browser.press("main", "Continue").await;
    browser.press("main", "Confirm: send EUR 100.00").await;
    browser.find("main .cheque .done").await;
    assert_eq!(browser.path().await, link);
    let began = std::time::Instant::now();
    while !browser.main().await.contains("Your bank may need a little") {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", browser.main().await);
        browser.press("main", "Look again").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(jobs);
    assert_eq!(app.test.get_link(id).await.link.state, State::Processed);
    assert_eq!(app.test.balances(EUR).await, (before.0, before.1 - 10_150));
    browser.close().await;
    app.test.verify().await;
}

#[ignore = "needs Chromium: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_cancelled_while_it_is_open_on_a_phone_takes_nothing() {
    let app = desk(None, LinkProof::None).await;
    let before = app.test.balances(EUR).await;
    let (_, link, id) = make(&app, "100.00").await;
    let browser = Browser::open_without_scripts(&app.base_url).await;
    browser.width(390).await;
    browser.go(&link).await;
    browser.fill("#iban-iban", "GB29 NWBK 6016 1331 9268 19").await;
    browser.press("main", "Continue").await;
    browser.find("main button[name=step]").await;
    links::cancel(&app.test.desk, &app.test.operator, id, LinkPolicy::DESK, None, None, None).await.expect("cancelled");
    browser.press("main", "Confirm: send EUR 100.00").await;
    browser.find("main .cheque .done").await;
    let said = browser.main().await;
    assert!(said.contains("This payment was cancelled") && said.contains("nothing was taken from you"), "{said}");
    assert_eq!(app.test.balances(EUR).await, before);
    browser.close().await;
    app.test.verify().await;
}

#[ignore = "needs Chromium and axe-core: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_a_recipient_passes_axe() {
    let server = SmtpServer::start().await;
    let app = desk(Some(&server), LinkProof::None).await;
    let mut eye = Eye::open_at(&app.base_url).await;
    let (_, link, id) = make(&app, "10.00").await;
    eye.open("/l/unknown").await;
    eye.open(&link).await;
    eye.browser.press("main", "Send a code to j•••@example.com").await;
    eye.look("a code was sent").await;
    eye.browser.press("main", "Continue").await;
    eye.look("no code").await;
    app.test.run_jobs(1).await;
    let code = code(&server).await;
    eye.browser.fill("#code", &code).await;
    eye.browser.press("main", "Continue").await;
    eye.look("bank details").await;
    eye.browser.fill("#last_name", "").await;
    eye.browser.press("main", "Continue").await;
    eye.look("bank details, sent empty").await;
    fill(&eye.browser).await;
    eye.look("bank details read back").await;
    eye.browser.press("main", "Confirm: send EUR 10.00").await;
    eye.browser.find("main .cheque .done").await;
    eye.look("the payout on its way").await;
    eye.open(&format!("{link}?follow=1")).await;
    app.test.run_jobs(60).await;
    eye.open(&link).await;
    eye.browser.driver.delete_all_cookies().await.expect("no cookies");
    app.test.clock.advance(Clock::Real.now() - app.test.clock.now());
    eye.open(&link).await;
    assert_eq!(app.test.get_link(id).await.link.state, State::Processed);
    eye.close(&app).await;

    let app = desk(None, LinkProof::Receipt).await;
    let mut eye = Eye::open_at(&app.base_url).await;
    let (_, link, _) = make(&app, "10.00").await;
    eye.open(&link).await;
    eye.browser.fill("#code", "12").await;
    eye.browser.press("main", "Continue").await;
    eye.look("a wrong receipt").await;
    let no_receipt = app.test.link("10.00").await;
    eye.open(&format!("/l/{}", app.test.secret(&no_receipt))).await;
    eye.close(&app).await;

    let app = desk(None, LinkProof::None).await;
    let mut eye = Eye::open_at(&app.base_url).await;
    let (input, link, id) = make(&app, "90.41").await;
    let dollars = LinkInput { wallet_id: Some(USD.to_string()), currency: Some("USD".into()), ..input };
    let dollars = links::create(&app.test.desk, &app.test.operator, &dollars, None).await.expect("a link").value;
    let dollars = format!("/l/{}", app.test.secret(&dollars));
    eye.open(&dollars).await;
    eye.browser.press("main", "Continue").await;
    eye.look("the choice of a way, sent empty").await;
    eye.browser.click("#m-iban").await;
    eye.look("the choice of another way").await;
    eye.browser.go(&link).await;
    fill(&eye.browser).await;
    eye.browser.press("main", "Confirm: send EUR 90.41").await;
    eye.browser.find("main .cheque .done").await;
    app.test.run_jobs(60).await;
    eye.open(&link).await;
    assert!(eye.browser.main().await.contains("did not reach your account"));
    eye.open(&format!("{link}/refusal")).await;
    eye.browser.press("main", "Decline: it is not for me").await;
    eye.look("a refusal without a reason").await;
    eye.browser.choose("#reason", "I do not know the sender").await;
    eye.browser.press("main", "Decline: it is not for me").await;
    eye.browser.find("main .cheque .done").await;
    eye.look("a refusal").await;
    assert!(app.test.get_link(id).await.link.state == State::Cancelled);
    let (_, waiting, _) = make(&app, "2000.00").await;
    eye.open(&waiting).await;
    eye.close(&app).await;
}

async fn fill(browser: &Browser) {
    browser.fill("#first_name", "John").await;
    browser.fill("#last_name", "Doe").await;
    browser.fill("#iban-iban", "GB29 NWBK 6016 1331 9268 19").await;
    browser.press("main", "Continue").await;
    browser.find("main button[name=step][value=edit]").await;
}
