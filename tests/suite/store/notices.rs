//! Messages that nobody clicks for: the reminder before a link expires, the notice that a payment was taken back.

use paydesk::domain::message::{Kind, Message, State};
use paydesk::domain::payout_link::State as LinkState;
use paydesk::jobs;
use paydesk::service::links::{self, LinkInput};
use paydesk::service::messages;
use paydesk::service::reversals::{self, ReversalInput};
use std::time::Duration;

use crate::support::app::{SECOND, TestApp, TestDesk, link_input, spawn_with};
use crate::support::mail::SmtpServer;

const HOUR: i64 = 3_600 * SECOND;

async fn with_mail() -> (SmtpServer, TestApp) {
    let server = SmtpServer::start().await;
    let config = server.config();
    let app = spawn_with(|settings| settings.messages = config).await;
    (server, app)
}

async fn of_kind(test: &TestDesk, about: &str, kind: Kind) -> Vec<Message> {
    let all = messages::about(&test.desk, about).await.expect("messages");
    all.into_iter().filter(|message| message.kind == kind).collect()
}

fn in_hours(test: &TestDesk, hours: i64) -> Option<String> {
    let end = chrono::DateTime::from_timestamp_micros(test.clock.now() + hours * HOUR).expect("a time");
    Some(end.to_rfc3339())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_is_reminded_once_by_mail_before_the_link_expires() {
    let (server, app) = with_mail().await;
    let test = &app.test;
    let input = LinkInput { send_email: true, expire_by: in_hours(test, 80), ..link_input("12.00") };
    let issued = links::create(&test.desk, &test.operator, &input, None).await.expect("a link").value;
    let id = issued.link.id.to_string();
    jobs::look(&test.desk).await.expect("a look");
    assert_eq!(server.mails().len(), 1);
    test.clock.advance(59 * HOUR);
    jobs::look(&test.desk).await.expect("a look");
    assert_eq!(of_kind(test, &id, Kind::LinkReminder).await, [], "not yet");
    test.clock.advance(HOUR + SECOND);
    for _ in 0..3 {
        jobs::look(&test.desk).await.expect("a look");
        test.clock.advance(HOUR);
    }
    let reminders = of_kind(test, &id, Kind::LinkReminder).await;
    assert_eq!((reminders.len(), reminders[0].state), (1, State::Sent));
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[1].header("Subject"), format!("USD 12.00 from {} still waits for you", issued.client_name));
    assert!(mails[1].words().contains(&links::address(&test.desk, &issued.link).expect("an address")));
    // Its time still ends when it should, and nobody is reminded of what is over.
    test.clock.advance(20 * HOUR);
    jobs::look(&test.desk).await.expect("a look");
    assert_eq!(test.get_link(issued.link.id).await.link.state, LinkState::Expired);
    assert_eq!(server.mails().len(), 2);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expired_while_the_desk_was_off_is_not_reminded_of() {
    let (server, app) = with_mail().await;
    let test = &app.test;
    let input = LinkInput { send_email: true, expire_by: in_hours(test, 80), ..link_input("12.00") };
    let id = links::create(&test.desk, &test.operator, &input, None).await.expect("a link").value.link.id;
    jobs::look(&test.desk).await.expect("a look");
    test.clock.advance(100 * HOUR);
    jobs::look(&test.desk).await.expect("a look");
    assert_eq!(test.get_link(id).await.link.state, LinkState::Expired);
    assert_eq!(of_kind(test, &id.to_string(), Kind::LinkReminder).await, []);
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payee_is_told_of_a_reversal_once_the_money_is_back_and_only_when_asked_for() {
    let (server, app) = with_mail().await;
    let test = &app.test;
    let paid = test.completed("50.00").await;
    let part = |amount: &str, notify| ReversalInput {
        amount: Some(amount.into()),
        reason: Some("Suspected fraud".into()),
        notify,
        ..ReversalInput::default()
    };
    for (input, key) in [(part("5.00", false), "quiet"), (part("7.00", true), "told")] {
        // Twice with one key is one reversal and one notice.
        for _ in 0..2 {
            let asked =
                reversals::reverse(&test.desk, &test.operator, paid.payout.id, &input, None, Some(key), Duration::ZERO);
            let reversal = asked.await.expect("a reversal").value;
            if !input.notify {
                continue;
            }
            let notices = of_kind(test, &reversal.id.to_string(), Kind::ReversalNotice).await;
            assert_eq!(notices.is_empty(), reversal.completed_at.is_none(), "not before the money is back");
        }
        test.run_jobs(3).await;
    }
    jobs::look(&test.desk).await.expect("a look");
    let mails = server.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].to.contains(&format!("<{}>", paid.payee.email.clone().unwrap())), "{mails:?}");
    assert!(mails[0].header("Subject").ends_with("has taken back USD 7.00"), "{}", mails[0].header("Subject"));
    assert!(!mails[0].header("Subject").starts_with(" has"), "names who took it back");
    assert!(!mails[0].words().contains("fraud"), "the reason is for colleagues");
    test.verify().await;
}
