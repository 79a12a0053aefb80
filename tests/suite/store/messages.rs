//! Messages: queued with a change, sent once it has committed, tried again, and never lost or doubled on the way.

use paydesk::domain::ids::ClientId;
use paydesk::domain::message::{About, Channel, Facts, Kind, Message, NewMessage, Secret, State};
use paydesk::domain::money::{Currency, Money};
use paydesk::jobs;
use paydesk::keys::{Keys, Ring};
use paydesk::service::{messages, rotation};
use paydesk::store::messages as rows;
use paydesk::store::sealed::MESSAGE_LINK;

use crate::support::app::{SECOND, TestApp, TestDesk, spawn_with};
use crate::support::mail::{Gateway, Play, SmtpServer};

const MINUTE: i64 = 60 * SECOND;
const TOKEN: &str = "A8hUZ0bBJqk0cP0S-W9aR2mYzG1vXeTfL3nQ5iKdOo4";

async fn client(test: &TestDesk) -> ClientId {
    paydesk::service::wallets::get(&test.desk, &test.admin, 1).await.expect("a wallet").client_id
}

/// Queues a message about a link, as a change does.
async fn queue(test: &TestDesk, kind: Kind, channel: Channel, recipient: &str, secret: Secret) {
    let facts = Facts {
        purpose: Some("Refund".into()),
        ..Facts::of("Larkfield Studios", "Nora New", Money::new(125_000, Currency::USD))
    };
    let new = NewMessage {
        about: About::Link,
        about_id: "lnk_1".into(),
        client_id: client(test).await,
        kind,
        channel,
        recipient: recipient.into(),
        facts,
        secret,
    };
    let write = test.desk.store.write(move |tx| {
        let new = new.clone();
        Box::pin(async move {
            let row = new.row(tx.mint());
            rows::insert(tx, &[row]).await
        })
    });
    write.await.expect("a queued message");
}

async fn issued(test: &TestDesk, recipient: &str) {
    let sealed = test.desk.keys.seal(&MESSAGE_LINK.purpose(), TOKEN);
    queue(test, Kind::LinkIssued, Channel::Email, recipient, Secret::Link(sealed)).await;
}

async fn only(test: &TestDesk) -> Message {
    let mut all = messages::about(&test.desk, "lnk_1").await.expect("messages");
    assert_eq!(all.len(), 1);
    all.remove(0)
}

async fn look(test: &TestDesk) {
    jobs::look(&test.desk).await.expect("a look");
}

async fn with_mail() -> (SmtpServer, TestApp) {
    let server = SmtpServer::start().await;
    let config = server.config();
    let app = spawn_with(|settings| settings.messages = config).await;
    (server, app)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_arrives_with_its_link_and_what_is_secret_is_gone_afterwards() {
    let (server, app) = with_mail().await;
    issued(&app.test, "nora@example.com").await;
    let waiting = only(&app.test).await;
    assert_eq!((waiting.state, messages::words(&waiting).as_str()), (State::Waiting, "Waiting to be sent"));
    assert!(!waiting.link_token.as_deref().expect("a token").contains(TOKEN), "sealed");
    look(&app.test).await;
    look(&app.test).await;
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert!(mail.from.contains("pay@desk.example.com") && mail.to.contains("<nora@example.com>"), "{mail:?}");
    assert_eq!(mail.header("From"), "\"Larkfield Studios\" <pay@desk.example.com>");
    assert_eq!(mail.header("Subject"), "Larkfield Studios wants to pay you USD 1,250.00");
    let address = format!("{}/l/{TOKEN}", app.base_url);
    assert_eq!(mail.words().matches(&address).count(), 3, "once in the text, twice in the HTML: {}", mail.words());
    let sent = only(&app.test).await;
    assert_eq!((sent.state, sent.attempts, sent.link_token.as_deref()), (State::Sent, 1, None));
    assert_eq!(sent.provider_answer.as_deref(), Some("250 2.0.0 queued as 4711"));
    assert!(sent.sent_at.is_some());
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_busy_is_asked_again_and_one_that_refuses_is_not() {
    let (server, app) = with_mail().await;
    server.plays([Play::Recipient("450 4.2.1 the mailbox is busy"), Play::Recipient("451 4.3.0 not yet")]);
    issued(&app.test, "nora@example.com").await;
    look(&app.test).await;
    let tried = only(&app.test).await;
    assert_eq!((tried.state, tried.attempts, server.mails().len()), (State::Waiting, 1, 0));
    assert!(messages::words(&tried).contains("the mailbox is busy"), "{}", messages::words(&tried));
    app.test.clock.advance(MINUTE - SECOND);
    look(&app.test).await;
    assert_eq!(only(&app.test).await.attempts, 1, "not before its time");
    app.test.clock.advance(SECOND);
    look(&app.test).await;
    app.test.clock.advance(2 * MINUTE);
    look(&app.test).await;
    let sent = only(&app.test).await;
    assert_eq!((sent.state, sent.attempts, server.mails().len()), (State::Sent, 3, 1));

    let (server, app) = with_mail().await;
    server.plays([Play::Recipient("550 5.1.1 nobody of that name")]);
    issued(&app.test, "nora@example.com").await;
    look(&app.test).await;
    app.test.clock.advance(60 * MINUTE);
    look(&app.test).await;
    let failed = only(&app.test).await;
    assert_eq!((failed.state, failed.attempts, failed.next_at), (State::Failed, 1, None));
    assert!(messages::words(&failed).contains("nobody of that name"), "{}", messages::words(&failed));
    assert_eq!((failed.link_token, server.mails().len()), (None, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_in_the_middle_brings_the_mail_once() {
    let (server, app) = with_mail().await;
    server.plays([Play::BreakInData]);
    issued(&app.test, "nora@example.com").await;
    look(&app.test).await;
    assert_eq!((only(&app.test).await.state, server.mails().len()), (State::Waiting, 0));
    app.test.clock.advance(MINUTE);
    look(&app.test).await;
    app.test.clock.advance(60 * MINUTE);
    look(&app.test).await;
    let sent = only(&app.test).await;
    assert_eq!((sent.state, sent.attempts, server.mails().len()), (State::Sent, 2, 1));
    assert_eq!(server.mails()[0].header("Message-ID"), format!("<{}@desk.example.com>", sent.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_the_program_did_not_survive_is_made_again_under_the_same_id() {
    let (server, app) = with_mail().await;
    issued(&app.test, "nora@example.com").await;
    let until = app.test.desk.clock.now() + 5 * MINUTE;
    let claimed = app.test.desk.store.write(move |tx| Box::pin(rows::claim(tx, until, 20))).await.expect("a claim");
    assert_eq!(claimed.len(), 1);
    look(&app.test).await;
    assert_eq!(server.mails().len(), 0, "somebody else may be at it");
    app.test.clock.advance(5 * MINUTE);
    look(&app.test).await;
    let sent = only(&app.test).await;
    assert_eq!((sent.state, sent.attempts, sent.id, server.mails().len()), (State::Sent, 2, claimed[0].id, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_no_fault_of_the_message() {
    let (server, app) = with_mail().await;
    // It tries each way of signing in that the server offers, in one connection.
    server.plays([Play::RefuseSignIn]);
    issued(&app.test, "nora@example.com").await;
    look(&app.test).await;
    assert_eq!(only(&app.test).await.state, State::Waiting);
    app.test.clock.advance(MINUTE);
    look(&app.test).await;
    assert_eq!((only(&app.test).await.state, server.mails().len()), (State::Sent, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_tried_for_ever_and_a_code_not_when_it_is_too_late() {
    let (server, app) = with_mail().await;
    server.plays([Play::Recipient("450 4.2.1 busy"); 100]);
    issued(&app.test, "nora@example.com").await;
    for _ in 0..30 {
        look(&app.test).await;
        app.test.clock.advance(61 * MINUTE);
    }
    let failed = only(&app.test).await;
    assert_eq!((failed.state, failed.next_at), (State::Failed, None));
    assert!((20..30).contains(&failed.attempts), "{}", failed.attempts);

    let (server, app) = with_mail().await;
    let code = messages::seal_code(&app.test.desk.keys, "123456");
    queue(&app.test, Kind::LinkCode, Channel::Email, "nora@example.com", code).await;
    app.test.clock.advance(11 * MINUTE);
    look(&app.test).await;
    assert_eq!((only(&app.test).await.state, server.mails().len()), (State::Failed, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_address_ends_there_and_others_go_out() {
    let (server, app) = with_mail().await;
    issued(&app.test, "nora@example.com\r\nRCPT TO:<x@example.com>").await;
    let sealed = app.test.desk.keys.seal(&MESSAGE_LINK.purpose(), TOKEN);
    queue(&app.test, Kind::LinkPaid, Channel::Email, "nora@example.com", Secret::Link(sealed)).await;
    look(&app.test).await;
    let all = messages::about(&app.test.desk, "lnk_1").await.expect("messages");
    assert_eq!(all.iter().map(|message| message.state).collect::<Vec<_>>(), [State::Sent, State::Failed]);
    assert!(all[1].last_error.as_deref().expect("why").contains("is not an email address"));
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_messages_are_kept_and_say_so() {
    let app = spawn_with(|_| {}).await;
    issued(&app.test, "nora@example.com").await;
    look(&app.test).await;
    let kept = only(&app.test).await;
    assert_eq!((kept.state, messages::words(&kept).as_str()), (State::NotSent, "Not sent: no mail server set up"));
    assert_eq!((kept.sent_at, kept.next_at, kept.link_token), (None, None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn text_messages_go_through_the_gateway() {
    let gateway = Gateway::start().await;
    let config = gateway.config();
    let app = spawn_with(|settings| settings.messages = config).await;
    gateway.answers([503, 200, 422]);
    let text = async |recipient: &str| {
        let code = messages::seal_code(&app.test.desk.keys, "123456");
        queue(&app.test, Kind::LinkCode, Channel::Sms, recipient, code).await;
    };
    text("+44 20 7946 0000").await;
    look(&app.test).await;
    assert_eq!(only(&app.test).await.state, State::Waiting);
    app.test.clock.advance(MINUTE);
    look(&app.test).await;
    assert_eq!((only(&app.test).await.state, gateway.requests().len()), (State::Sent, 2));
    let (head, body) = gateway.requests().remove(1);
    assert_eq!(body["to"], "+442079460000");
    assert!(body["text"].as_str().expect("a text").starts_with("123456 is your code"), "{body}");
    let head = head.to_lowercase();
    assert!(head.starts_with("post /send http/1.1") && head.contains("authorization: bearer token-1"), "{head}");
    assert!(head.contains(&format!("idempotency-key: {}", only(&app.test).await.id)), "{head}");
    text("+44 20 7946 0001").await;
    text("020 7946 0002").await;
    look(&app.test).await;
    let all = messages::about(&app.test.desk, "lnk_1").await.expect("messages");
    assert_eq!(
        all.iter().map(|message| message.state).collect::<Vec<_>>(),
        [State::Failed, State::Failed, State::Sent]
    );
    assert!(all[0].last_error.as_deref().expect("why").contains("must begin with +"));
    assert_eq!(gateway.requests().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_moves_to_a_new_key_with_everything_else() {
    let (server, mut app) = with_mail().await;
    rotation::settle(&app.test.desk.store, &app.test.desk.keys).await.expect("settled");
    issued(&app.test, "nora@example.com").await;
    let ring = |secrets: &[u8]| Keys::of(&Ring::of(secrets.iter().map(|byte| vec![*byte; 32]).collect()));
    rotation::settle(&app.test.desk.store, &ring(&[8, 7])).await.expect("settled");
    app.test.desk.keys = std::sync::Arc::new(ring(&[8]));
    app.test.verify().await;
    look(&app.test).await;
    assert_eq!((only(&app.test).await.state, server.mails().len()), (State::Sent, 1));
    assert!(server.mails()[0].words().contains(TOKEN));
}
