//! How recipients prove to be the contact of a payout link, and how guessing is slowed down.

use std::sync::Arc;

use paydesk::config::LinkProof;
use paydesk::domain::command::LinkRecord;
use paydesk::service::access::Access;
use paydesk::service::links::{self, LinkInput};

use crate::support::app::{SECOND, TestApp, desk, free_port, link_input, serve, spawn_with};
use crate::support::mail::{Gateway, Play, SmtpServer};

const MINUTE: i64 = 60 * SECOND;
const DETAILS: [(&str, &str); 7] = [
    ("first_name", "John"),
    ("last_name", "Doe"),
    ("method", "us"),
    ("us-routing_number", "021000021"),
    ("us-account_number", "000123456789"),
    ("us-account_type", "checking"),
    ("key", "k"),
];

async fn make(app: &TestApp, input: LinkInput) -> (LinkRecord, String) {
    let record = links::create(&app.test.desk, &app.test.operator, &input, None).await.expect("a link").value;
    let link = format!("/l/{}", app.test.secret(&record));
    (record, link)
}

async fn with_mail() -> (TestApp, SmtpServer, LinkRecord, String) {
    let server = SmtpServer::start().await;
    let app = spawn_with(|config| config.messages = server.config()).await;
    let (record, link) = make(&app, link_input("10.00")).await;
    (app, server, record, link)
}

/// The code in the newest mail.
fn code(server: &SmtpServer) -> String {
    let mails = server.mails();
    let words = mails.last().expect("a mail").words();
    words.split("Your code: ").nth(1).expect("a code").chars().take(6).collect()
}

/// Another code than this one.
fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_by_mail_opens_the_form_for_the_browser_that_typed_it() {
    let (app, server, record, link) = with_mail().await;
    let person = app.visitor();
    let page = person.get(&link).await;
    assert!(page.main().contains("Send a code to j•••@example.com") && page.field("first_name").is_none());
    assert!(!page.text.contains("john.doe@"), "the address is not given away");
    app.test.run_jobs(1).await;
    assert_eq!(server.mails().len(), 0, "opening the page sends nothing");

    let unproved = person.post_link(&link, "/claim", &DETAILS).await;
    assert!(unproved.main().contains("Check it is you"), "{}", unproved.main());
    assert_eq!(person.post_link(&link, "/details", &DETAILS).await.status, 303);
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payouts").await, 0);

    for _ in 0..2 {
        assert_eq!(person.post_link(&link, "/code", &[("channel", "email")]).await.status, 303);
    }
    app.test.run_jobs(1).await;
    assert_eq!(server.mails().len(), 1, "a click too many is no second mail");
    let code = code(&server);
    let kept = format!("SELECT COUNT(*) FROM link_codes WHERE code_hash LIKE '%{code}%'");
    assert_eq!(app.test.int(&kept).await, 0);
    assert!(person.get(&link).await.main().contains("on its way to j•••@example.com"));

    let missed = person.post_link(&link, "/proof", &[("code", wrong(&code))]).await;
    assert_eq!(missed.status, 422);
    assert!(missed.main().contains("The code did not match") && missed.text.contains("aria-invalid"));
    assert_eq!(person.post_link(&link, "/proof", &[("code", " ")]).await.status, 422);
    let spaced = format!(" {} {}", &code[..3], &code[3..]);
    let right = person.post_link(&link, "/proof", &[("code", &spaced)]).await;
    assert_eq!((right.status, right.location()), (303, link.as_str()), "{}", right.main());
    assert_eq!(person.get(&link).await.field("first_name").as_deref(), Some("John"));

    let stranger = app.visitor();
    assert!(stranger.get(&link).await.field("first_name").is_none(), "another browser proves it again");
    let used = stranger.post_link(&link, "/proof", &[("code", &code)]).await;
    assert_eq!(used.status, 422, "a code is good once");
    assert_eq!(person.post_link(&link, "/claim", &DETAILS).await.status, 303);
    assert!(person.get(&link).await.main().contains("US account •• 6789"));
    let page = stranger.get(&link).await.main();
    assert!(page.contains("already claimed") && page.contains("Send a code to j•••@example.com"), "{page}");

    // Who claimed elsewhere proves it here, and follows the payout.
    app.test.clock.advance(2 * MINUTE);
    assert_eq!(stranger.post_link(&link, "/code", &[("channel", "email")]).await.status, 303);
    app.test.run_jobs(1).await;
    assert_eq!(stranger.post_link(&link, "/proof", &[("code", wrong(&self::code(&server)))]).await.status, 422);
    assert_eq!(stranger.post_link(&link, "/proof", &[("code", &self::code(&server))]).await.status, 303);
    assert!(stranger.get(&link).await.main().contains("US account •• 6789"));

    let audit = |action: &str, outcome: &str| {
        format!(
            "SELECT COUNT(*) FROM audit_log WHERE action = 'payout_link.{action}' AND outcome = '{outcome}' AND \
             actor_id = 'recipient:{id}' AND subject_id = '{id}' AND ip = '127.0.0.1' AND via = 'page'",
            id = record.link.id
        )
    };
    for (action, outcome, times) in [
        ("send_code", "done", 2),
        ("prove", "done", 2),
        ("prove", "refused", 3),
        ("claim", "refused", 1),
        ("claim", "done", 1),
    ] {
        assert_eq!(app.test.int(&audit(action, outcome)).await, times, "{action} {outcome}");
    }
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_dies_of_age_and_of_wrong_tries_and_a_proof_of_age() {
    let (app, server, _, link) = with_mail().await;
    let person = app.visitor();
    let send = async || {
        app.test.clock.advance(MINUTE);
        assert_eq!(person.post_link(&link, "/code", &[("channel", "email")]).await.status, 303);
        app.test.run_jobs(1).await;
        code(&server)
    };
    let first = send().await;
    app.test.clock.advance(10 * MINUTE);
    let old = person.post_link(&link, "/proof", &[("code", &first)]).await;
    assert!(old.status == 422 && old.main().contains("too old"), "{}", old.main());
    let second = send().await;
    for tries in 1..=5 {
        let missed = person.post_link(&link, "/proof", &[("code", wrong(&second))]).await;
        assert_eq!((missed.status, missed.main().contains("get a new one")), (422, tries == 5), "{}", missed.main());
    }
    let dead = person.post_link(&link, "/proof", &[("code", &second)]).await;
    assert!(dead.status == 422 && dead.main().contains("tried too often"), "{}", dead.main());
    let third = send().await;
    let earlier = person.post_link(&link, "/proof", &[("code", &second)]).await;
    assert!(second == third || earlier.status == 422, "a new code ends the one before");
    let right = person.post_link(&link, "/proof", &[("code", &third)]).await;
    assert!(second == third || right.status == 303, "{}", right.main());
    assert_eq!(person.post_link(&link, "/details", &DETAILS).await.status, 200);
    app.test.clock.advance(60 * MINUTE);
    assert_eq!(person.post_link(&link, "/details", &DETAILS).await.status, 303, "the proof was too long ago");
    assert!(person.get(&link).await.main().contains("Check it is you"));
    send().await;
    app.test.clock.advance(70 * MINUTE - SECOND);
    paydesk::jobs::clean_up(&app.test.desk).await;
    assert_eq!(app.test.int("SELECT COUNT(*) FROM link_codes").await, 1, "kept for a while");
    app.test.clock.advance(1);
    paydesk::jobs::clean_up(&app.test.desk).await;
    assert_eq!(app.test.int("SELECT COUNT(*) FROM link_codes").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_codes_and_too_many_tries_bring_a_wait_that_ends() {
    let (app, server, _, link) = with_mail().await;
    let person = app.visitor();
    for _ in 0..5 {
        assert_eq!(person.post_link(&link, "/code", &[("channel", "email")]).await.status, 303);
        app.test.clock.advance(MINUTE);
    }
    let waits = person.post_link(&link, "/code", &[("channel", "email")]).await;
    assert_eq!(waits.status, 429);
    let seconds: i64 = waits.header("retry-after").parse().expect("seconds");
    assert!((1..=3_601).contains(&seconds) && waits.main().contains("Too many attempts"), "{seconds}");
    for _ in 0..10 {
        assert_eq!(person.post_link(&link, "/proof", &[("code", "12")]).await.status, 422);
    }
    let waits = app.visitor().post_link(&link, "/proof", &[("code", "12")]).await;
    assert_eq!((waits.status, waits.header("retry-after")), (429, "3601"));
    assert!(app.test.int("SELECT COUNT(*) FROM audit_log WHERE reason LIKE '%too often%'").await > 0);
    app.test.clock.advance(60 * MINUTE);
    assert_eq!(person.post_link(&link, "/code", &[("channel", "email")]).await.status, 303);
    app.test.run_jobs(1).await;
    assert_eq!(person.post_link(&link, "/proof", &[("code", &code(&server))]).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_at_the_same_moment_are_all_counted() {
    let (app, server, _, link) = with_mail().await;
    let person = app.visitor();
    assert_eq!(person.post_link(&link, "/code", &[("channel", "email")]).await.status, 303);
    app.test.run_jobs(1).await;
    let code = code(&server);
    let token = person.get(&link).await.field("csrf").unwrap();
    let (path, fields) = (format!("{link}/proof"), [("code", wrong(&code)), ("csrf", token.as_str())]);
    futures_util::future::join_all((0..8).map(|_| person.post_only(&path, &fields))).await;
    assert_eq!(app.test.int("SELECT tries FROM link_codes").await, 5);
    assert_eq!(person.post_link(&link, "/proof", &[("code", &code)]).await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_was_not_taken_is_told() {
    let (app, server, _, link) = with_mail().await;
    server.plays([Play::Recipient("550 5.1.1 nobody of that name")]);
    let person = app.visitor();
    assert_eq!(person.post_link(&link, "/code", &[("channel", "email")]).await.status, 303);
    app.test.run_jobs(1).await;
    let page = person.get(&link).await.main();
    assert!(page.contains("could not be delivered"), "{page}");
    let other_way = person.post_link(&link, "/code", &[("channel", "pigeon")]).await;
    assert_eq!(other_way.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_comes_as_a_text_message_too() {
    let gateway = Gateway::start().await;
    let app = spawn_with(|config| config.messages = gateway.config()).await;
    let input = LinkInput { contact_phone: Some("+1 202 555 0142".into()), ..link_input("10.00") };
    let (_, link) = make(&app, input).await;
    let person = app.visitor();
    let page = person.get(&link).await.main();
    assert!(page.contains("Send a code to the phone number •••• 42") && !page.contains("example.com"), "{page}");
    assert_eq!(person.post_link(&link, "/code", &[("channel", "sms")]).await.status, 303);
    app.test.run_jobs(1).await;
    let text = gateway.requests()[0].1["text"].as_str().expect("words").to_owned();
    let code: String = text.chars().take(6).collect();
    assert_eq!(person.post_link(&link, "/proof", &[("code", &code)]).await.status, 303, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_code_can_be_sent_the_desk_says_what_is_enough() {
    let input =
        || LinkInput { receipt: Some("RC-2024/17".into()), reference: Some("ORDER-1".into()), ..link_input("10.00") };
    let app = spawn_with(|config| config.link_proof = LinkProof::Receipt).await;
    let (_, link) = make(&app, input()).await;
    let person = app.visitor();
    let page = person.get(&link).await.main();
    assert!(
        page.contains("Last 4 digits of the receipt") && !page.contains("RC-2024") && page.contains("ORDER-1"),
        "{page}"
    );
    assert_eq!(person.post_link(&link, "/proof", &[("receipt", "1234")]).await.status, 422);
    assert_eq!(person.post_link(&link, "/proof", &[("receipt", "24-17 ")]).await.status, 303);
    assert!(person.get(&link).await.main().contains("RC-2024/17"));
    let (_, link) = make(&app, LinkInput { receipt: Some("No. 1".into()), ..input() }).await;
    assert!(person.get(&link).await.main().contains("none can be sent from here"), "too short to prove anything");

    let app = spawn_with(|config| config.link_proof = LinkProof::Code).await;
    let (_, link) = make(&app, input()).await;
    let person = app.visitor();
    assert!(person.get(&link).await.main().contains("none can be sent from here"));
    assert_eq!(person.post_link(&link, "/details", &DETAILS).await.status, 303);
    person.post_link(&link, "/claim", &DETAILS).await;
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payouts").await, 0);

    let app = spawn_with(|_| {}).await;
    let (_, link) = make(&app, input()).await;
    let page = app.visitor().get(&link).await.main();
    assert!(page.contains("No code was asked for") && page.contains("RC-2024/17"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_and_links_that_are_asked_for_too_often_wait() {
    let mut test = desk().await;
    test.desk.access = Arc::new(Access::default());
    let app = serve(test, free_port());
    let (_, link) = make(&app, link_input("10.00")).await;
    let (_, other) = make(&app, link_input("11.00")).await;
    let person = app.visitor();
    let mut answers = Vec::new();
    for _ in 0..61 {
        answers.push(person.get(&link).await.status);
    }
    assert_eq!((answers[59], answers[60]), (200, 429));
    assert_eq!(person.get(&other).await.status, 200, "another link has its own limit");
    for _ in 0..60 {
        person.get("/l/unknown").await;
    }
    let waits = person.get(&other).await;
    assert_eq!(waits.status, 429, "the address asked for too many");
    assert!(!waits.header("retry-after").is_empty() && waits.main().contains("Too many attempts"));
    assert_eq!(person.get("/sign-in").await.status, 200);
}
