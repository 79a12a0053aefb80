//! A payout link as its recipient uses it, from the address to the money.

use futures_util::future::join_all;
use paydesk::domain::payout_link::{CloseReason, LinkPolicy, State};
use paydesk::service::links::{self, LinkInput};

use crate::support::api::Answer;
use crate::support::app::{EUR, SECOND, TestApp, USD, link_input, spawn, spawn_with};
use crate::support::person::Person;
use crate::support::process::{Ground, Process};

const DAY: i64 = 24 * 3_600 * SECOND;
const IBAN: &str = "GB29 NWBK 6016 1331 9268 19";

/// An account in the US; the sandbox refuses those that end in 9041.
fn us(account: &str) -> Vec<(&str, &str)> {
    vec![
        ("first_name", "John"),
        ("last_name", "Doe"),
        ("method", "us"),
        ("us-routing_number", "021000021"),
        ("us-account_number", account),
        ("us-account_type", "checking"),
    ]
}

fn with<'a>(fields: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().chain(more).copied().collect()
}

/// Types, reads back and confirms.
async fn claim(person: &Person, link: &str, fields: &[(&str, &str)]) -> Answer {
    let review = person.post_link(link, "/details", fields).await;
    assert_eq!(review.status, 200, "{}", review.main());
    let key = review.field("key").expect("a key");
    person.post_link(link, "/claim", &with(fields, &[("key", &key)])).await
}

async fn address(app: &TestApp, amount: &str) -> (paydesk::domain::command::LinkRecord, String) {
    let record = app.test.link(amount).await;
    let link = format!("/l/{}", app.test.secret(&record));
    (record, link)
}

#[tokio::test(flavor = "multi_thread")]
async fn details_are_given_read_back_and_paid_once_and_the_wallet_adds_up() {
    let app = spawn().await;
    let before = app.test.balances(EUR).await;
    let input = LinkInput {
        wallet_id: Some(EUR.to_string()),
        currency: Some("EUR".into()),
        description: Some("Refund of <order> 4711".into()),
        ..link_input("100.00")
    };
    let record = links::create(&app.test.desk, &app.test.operator, &input, None).await.unwrap().value;
    let link = format!("/l/{}", app.test.secret(&record));
    assert_eq!(app.test.balances(EUR).await, (before.0 - 10_150, before.1 + 10_150));
    let person = app.visitor();
    let page = person.get(&link).await;
    assert_eq!(page.status, 200);
    for fact in ["Larkfield Studios wants to pay you EUR 100.00", "John Doe", "Refund of <order> 4711", "in 24 hours"] {
        assert!(page.main().contains(fact), "{fact} is missing in\n{}", page.main());
    }
    assert_eq!((page.field("first_name").as_deref(), page.field("last_name").as_deref()), (Some("John"), Some("Doe")));

    let bad =
        [("first_name", "Jöhn"), ("last_name", ""), ("method", "iban"), ("iban-iban", "GB29 NWBK 6016 1331 9268 18")];
    let refused = person.post_link(&link, "/details", &bad).await;
    assert_eq!(refused.status, 422);
    let said = refused.main();
    assert!(said.contains("Last name is required") && said.contains("IBAN has a typing error"), "{said}");
    assert!(refused.text.contains("<title>Error: ") && refused.text.contains("href=\"#iban-iban\""));
    assert_eq!(refused.field("first_name").as_deref(), Some("Jöhn"), "nothing typed is lost");
    assert_eq!(refused.field("iban-iban").as_deref(), Some("GB29 NWBK 6016 1331 9268 18"));

    let good =
        [("first_name", "Jöhn"), ("last_name", "Doe"), ("method", "iban"), ("iban-iban", "gb29nwbk60161331926819")];
    let review = person.post_link(&link, "/details", &good).await;
    assert_eq!(review.status, 200);
    for fact in [IBAN, "Jöhn Doe", "EUR 100.00", "Account with an IBAN"] {
        assert!(review.main().contains(fact), "{fact} is missing in\n{}", review.main());
    }
    assert_eq!(app.test.get_link(record.link.id).await, record, "reading back changes nothing");
    let edit = person.post_link(&link, "/details", &with(&good, &[("step", "edit")])).await;
    assert_eq!((edit.status, edit.field("iban-iban").as_deref()), (200, Some("gb29nwbk60161331926819")));

    let token = edit.field("csrf").expect("a token");
    let fields = with(&good, &[("key", "one-key"), ("csrf", &token)]);
    for _ in 0..2 {
        let claimed = person.post_only(&format!("{link}/claim"), &fields).await;
        assert_eq!((claimed.status, claimed.location()), (303, link.as_str()), "{}", claimed.main());
    }
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payouts").await, 1);
    assert_eq!(app.test.balances(EUR).await, (before.0 - 10_150, before.1 + 10_150));
    let page = person.get(&link).await.main();
    assert!(page.contains("We have your details") && page.contains("GB account •• 6819") && !page.contains("NWBK"));
    let follows = person.get(&format!("{link}?follow=1")).await;
    assert_eq!((follows.status, follows.header("refresh")), (200, "15"));
    assert_eq!(person.get(&link).await.header("refresh"), "", "a page loads itself again only when asked to");
    app.test.run_jobs(60).await;
    let page = person.get(&format!("{link}?follow=1")).await;
    assert!(page.main().contains("Paid") && page.header("refresh").is_empty(), "{}", page.main());
    assert_eq!(app.test.balances(EUR).await, (before.0 - 10_150, before.1));
    assert_eq!(app.test.get_link(record.link.id).await.link.state, State::Processed);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_changes_nothing_and_the_pages_keep_to_themselves() {
    let app = spawn().await;
    let (record, link) = address(&app, "10.00").await;
    let audited = app.test.int("SELECT COUNT(*) FROM audit_log").await;
    for below in ["", "/refusal", "/claim", "/details", "/code", "/proof", "?follow=1"] {
        for method in ["GET", "HEAD"] {
            let scanner = app.visitor();
            let answer = scanner.send(scanner.request(method, &format!("{link}{below}"))).await;
            assert!([200, 303].contains(&answer.status), "{method} {below}: {}", answer.status);
            assert!(answer.header("x-robots-tag").contains("noindex"));
            assert_eq!((answer.header("referrer-policy"), answer.header("cache-control")), ("no-referrer", "no-store"));
            assert!(!answer.text.contains("<script") && !answer.text.contains("://"), "nothing from elsewhere");
            assert_eq!(answer.text.is_empty() || answer.status == 303, method == "HEAD" || answer.status == 303);
        }
    }
    assert_eq!(app.test.get_link(record.link.id).await, record);
    assert_eq!(app.test.int("SELECT COUNT(*) FROM audit_log").await, audited);
    let tables = ["messages", "link_codes", "sign_in_failures", "payouts"];
    for table in tables {
        assert_eq!(app.test.int(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_clicks_at_once_make_one_payout_and_all_lead_to_it() {
    let app = spawn().await;
    let (_, link) = address(&app, "10.00").await;
    let person = app.visitor();
    let token = person.get(&link).await.field("csrf").unwrap();
    let fields = with(&us("000123456789"), &[("key", "clicked"), ("csrf", &token)]);
    let path = format!("{link}/claim");
    let clicks = join_all((0..6).map(|_| person.post_only(&path, &fields))).await;
    for click in &clicks {
        assert_eq!((click.status, click.location()), (303, link.as_str()), "{}", click.main());
    }
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payouts").await, 1);
    // The page read back twice and confirmed twice: the second key finds it claimed, by this very browser.
    let fields = with(&us("000123456789"), &[("key", "other"), ("csrf", &token)]);
    let again = person.post_only(&path, &fields).await;
    assert_eq!((again.status, again.location()), (303, link.as_str()));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claimed_link_tells_strangers_little() {
    let app = spawn().await;
    let (_, link) = address(&app, "10.00").await;
    let (person, stranger) = (app.visitor(), app.visitor());
    let token = stranger.get(&link).await.field("csrf").unwrap();
    assert_eq!(claim(&person, &link, &us("000123456789")).await.status, 303);
    let page = stranger.get(&link).await;
    assert_eq!(page.status, 200);
    assert!(page.main().contains("already claimed") && !page.main().contains("6789") && !page.main().contains("John"));
    let late = with(&us("000999999999"), &[("key", "late"), ("csrf", &token)]);
    for below in ["/claim", "/details", "/refusal"] {
        let answer = stranger.post_only(&format!("{link}{below}"), &late).await;
        assert_eq!(answer.status, 409, "{below}");
        assert!(answer.main().contains("already claimed"), "{}", answer.main());
    }
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payouts").await, 1);
    let refused = "SELECT COUNT(*) FROM audit_log WHERE action = 'payout_link.claim' AND outcome = 'refused' AND \
                   ip = '127.0.0.1' AND actor_id LIKE 'recipient:lnk_%'";
    assert_eq!(app.test.int(refused).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_ends_while_the_page_is_open_takes_nothing() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let ((cancelled, first), (_, second)) = (address(&app, "10.00").await, address(&app, "20.00").await);
    let person = app.visitor();
    for link in [&first, &second] {
        assert_eq!(person.post_link(link, "/details", &us("000123456789")).await.status, 200);
    }
    let tokens = [person.get(&first).await.field("csrf").unwrap(), person.get(&second).await.field("csrf").unwrap()];
    let desk = &app.test.desk;
    links::cancel(desk, &app.test.operator, cancelled.link.id, LinkPolicy::DESK, None, None, None).await.unwrap();
    app.test.clock.advance(DAY);
    for ((link, token), says) in [&first, &second].into_iter().zip(&tokens).zip(["cancelled it", "until"]) {
        let fields = with(&us("000123456789"), &[("key", "k"), ("csrf", token)]);
        for below in ["/claim", "/details", "/refusal"] {
            let late = person.post_only(&format!("{link}{below}"), &fields).await;
            assert_eq!(late.status, 410, "{}", late.main());
            assert!(late.main().contains("nothing was taken") && late.main().contains(says), "{}", late.main());
        }
        let page = person.get(link).await;
        assert_eq!(page.status, 410);
        assert!(!page.main().contains("nothing was taken"), "only who sent something is told that");
    }
    app.test.run_jobs(1).await;
    assert_eq!(app.test.balances(USD).await, before);
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payouts").await, 0);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_payout_opens_the_link_again_and_the_last_one_closes_it() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let (record, link) = address(&app, "10.00").await;
    let person = app.visitor();
    for left in ["2 tries are left", "This is the last try"] {
        assert_eq!(claim(&person, &link, &us("000000009041")).await.status, 303);
        app.test.run_jobs(60).await;
        let page = person.get(&link).await;
        assert_eq!(page.status, 200);
        let said = page.main();
        for words in ["did not reach your account", "The bank said", "US account •• 9041", left] {
            assert!(said.contains(words), "{words} is missing in\n{said}");
        }
    }
    assert_eq!(claim(&person, &link, &us("000000009041")).await.status, 303);
    app.test.run_jobs(60).await;
    let page = person.get(&link).await;
    assert_eq!(page.status, 410);
    assert!(page.main().contains("Too many attempts did not work"), "{}", page.main());
    let closed = app.test.get_link(record.link.id).await.link;
    assert_eq!((closed.state, closed.close_reason), (State::Failed, Some(CloseReason::TooManyAttempts)));
    assert_eq!(app.test.balances(USD).await, before);

    let (_, link) = address(&app, "10.00").await;
    assert_eq!(claim(&person, &link, &us("000000009041")).await.status, 303);
    app.test.run_jobs(60).await;
    assert_eq!(claim(&person, &link, &us("000123456789")).await.status, 303);
    app.test.run_jobs(60).await;
    assert!(person.get(&link).await.main().contains("Paid"));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_it_is_not_for_says_so_and_why() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let (record, link) = address(&app, "10.00").await;
    let person = app.visitor();
    let empty = person.post_link(&link, "/refusal", &[("note", "I moved"), ("reason", "made up")]).await;
    assert_eq!(empty.status, 422);
    assert!(empty.main().contains("Choose a reason") && empty.main().contains("I moved"), "{}", empty.main());
    let form = [("reason", "I do not know the sender"), ("note", "Wrong number")];
    assert_eq!(person.post_link(&link, "/refusal", &form).await.location(), link);
    let page = person.get(&link).await;
    assert_eq!(page.status, 410);
    assert!(page.main().contains("This payment was declined"));
    assert_eq!(person.get(&format!("{link}/refusal")).await.status, 303);
    let link = app.test.get_link(record.link.id).await.link;
    assert_eq!(link.close_reason, Some(CloseReason::Declined));
    assert_eq!(link.cancel_reason.as_deref(), Some("I do not know the sender: Wrong number"));
    assert_eq!(app.test.balances(USD).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_at_which_nothing_can_be_done_say_why() {
    let app = spawn().await;
    let desk = &app.test.desk;
    let person = app.visitor();
    for unknown in ["/l/nothing", "/l/%00", "/l/", "/l", "/l/a/b/c", "/l/W9q3K1-0pXyZ_abcdefghijk"] {
        let page = person.get(unknown).await;
        assert_eq!(page.status, 404, "{unknown}");
        assert!(!page.main().contains("Sign in"), "{unknown}: {}", page.main());
    }
    let (record, link) = address(&app, "2000.00").await;
    let page = person.get(&link).await;
    assert_eq!(page.status, 404);
    assert!(page.main().contains("not ready yet") && !page.text.contains("2,000"), "{}", page.main());
    links::decide(desk, &app.test.approver, record.link.id, false, Some("no"), None, None).await.unwrap();
    assert!(person.get(&link).await.main().contains("withdrawn"));

    let (record, link) = address(&app, "10.00").await;
    let next = links::replace(desk, &app.test.operator, record.link.id, None, None, None).await.unwrap().value;
    let page = person.get(&link).await;
    assert_eq!(page.status, 410);
    assert!(page.main().contains("replaced") && !page.text.contains(&app.test.secret(&next)));
    let wrong = person.send(person.request("PUT", &link)).await;
    assert_eq!(wrong.status, 405);
    assert!(wrong.header("x-robots-tag").contains("noindex") && wrong.header("allow").contains("GET"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_ways_of_the_link_are_offered() {
    let app = spawn().await;
    let (_, link) = address(&app, "10.00").await;
    let person = app.visitor();
    let page = person.get(&link).await.text;
    assert!(page.contains("value=\"us\" checked") && page.contains("value=\"iban\""), "dollars also go abroad");
    assert!(!page.contains("value=\"upi\"") && !page.contains("value=\"uk\""));
    for method in ["uk", "upi", "", "gold"] {
        let answer =
            person.post_link(&link, "/details", &[("method", method), ("first_name", "J"), ("last_name", "D")]).await;
        assert_eq!(answer.status, 422, "{method}");
        assert!(answer.main().contains("The way to be paid must be chosen"), "{}", answer.main());
    }
    let abroad = [("first_name", "J"), ("last_name", "D"), ("method", "iban"), ("iban-iban", "DE89370400440532013000")];
    assert_eq!(claim(&person, &link, &abroad).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_are_taken_from_the_browser_that_they_were_shown_to() {
    let app = spawn().await;
    let ((record, link), (_, other_link)) = (address(&app, "10.00").await, address(&app, "10.00").await);
    let (person, other) = (app.visitor(), app.visitor());
    let token = person.get(&link).await.field("csrf").unwrap();
    let others = other.get(&link).await.field("csrf").unwrap();
    let for_other_link = person.get(&other_link).await.field("csrf").unwrap();
    for below in ["/code", "/proof", "/details", "/claim", "/refusal"] {
        let path = format!("{link}{below}");
        for wrong in ["", "x", &others, &for_other_link] {
            let fields =
                with(&us("000123456789"), &[("key", "k"), ("reason", "I am not this person"), ("csrf", wrong)]);
            let answer = person.post_only(&path, &fields).await;
            assert_eq!(answer.status, 403, "{below} with {wrong}");
        }
        let nobody = app.visitor().post_only(&path, &[("csrf", &token)]).await;
        assert_eq!(nobody.status, 403, "{below} without the cookie");
        for (name, value) in [("Origin", "https://evil.example.com"), ("Sec-Fetch-Site", "cross-site")] {
            let request = person.request("POST", &path).header(name, value).form(&[("csrf", &token)]);
            assert_eq!(person.send(request).await.status, 403, "{name}: {value}");
        }
        let json = person.request("POST", &path).json(&[("csrf", &token)]);
        assert_eq!(person.send(json).await.status, 415);
    }
    assert_eq!(app.test.get_link(record.link.id).await, record);
    // Browsers hide the origin of a page that asks for no referrer.
    let fields = with(&us("000123456789"), &[("key", "k"), ("csrf", &token)]);
    let own = person.request("POST", &format!("{link}/claim")).header("Origin", "null").form(&fields);
    assert_eq!(person.send(own).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_belongs_to_one_link_and_staff_have_no_part_in_it() {
    let app = spawn_with(|config| config.public_url = "https://pay.example.com".into()).await;
    let (_, link) = address(&app, "10.00").await;
    let answer = app.visitor().get(&link).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Secure-paydesk-link=v1."), "{cookie}");
    for part in ["HttpOnly", "Secure", "SameSite=Lax", &format!("Path={link}")] {
        assert!(cookie.split("; ").any(|own| own == part), "{part} is missing in {cookie}");
    }
    let app = spawn().await;
    let (_, link) = address(&app, "10.00").await;
    let staff = app.person("anna@example.com").await;
    let session = staff.cookie();
    let page = staff.get(&link).await;
    assert!(!page.text.contains("Anna") && page.header("set-cookie").starts_with("paydesk-link="));
    assert_eq!(staff.cookie(), session);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_an_address_reaches_no_log() {
    let ground = Ground::new().await;
    let log = ground.path().join("log");
    let file = std::fs::File::create(&log).expect("a file");
    let credentials = ground.path().join("credentials.json");
    let mut command = ground.command(&["demo", "--credentials", &credentials.to_string_lossy()]);
    command.env("RUST_LOG", "debug");
    let process = Process::start_logging(command, file.into()).await;
    process.until_file(&credentials).await;
    let demo = ground.credentials();
    let bearer = demo["tokens"]["wallet"]["access_token"].as_str().expect("a token");
    let list = format!("{}/api/v1/payout-links?status=issued", process.base_url);
    let listed = reqwest::Client::new().get(list).bearer_auth(bearer).send().await.expect("an answer");
    let listed: serde_json::Value = listed.json().await.expect("JSON");
    let address = listed[0]["short_url"].as_str().unwrap_or_else(|| panic!("no address in {listed}")).to_owned();
    let secret = address.rsplit('/').next().expect("a secret").to_owned();
    for path in ["", "/refusal", "/nothing/here", "x", "/claim?follow=1", "//"] {
        let _ = reqwest::get(format!("{address}{path}")).await.expect("an answer");
    }
    for path in [format!("/L/{secret}"), format!("//l/{secret}"), format!("/l%2F{secret}"), format!("/{secret}")] {
        let _ = reqwest::get(format!("{}{path}", process.base_url)).await.expect("an answer");
    }
    let _ = reqwest::Client::new().post(format!("{address}/claim")).form(&[("csrf", "x")]).send().await.expect("one");
    process.terminate();
    process.ended();
    let log = std::fs::read_to_string(&log).expect("the log");
    assert!(log.contains("/l/{token}") && log.matches("answered").count() >= 11, "{log}");
    assert!(!log.contains(&secret), "the secret stands in the log");
}
