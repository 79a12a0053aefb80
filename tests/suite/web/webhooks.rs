//! Webhooks by page: made, changed, switched, given another secret, deleted; their log, and sending again.

use paydesk::domain::webhook::DeliveryState;
use paydesk::jobs;

use crate::support::app::{TestApp, spawn_with};
use crate::support::person::Person;
use crate::support::receiver::{Receiver, Says};

async fn admin() -> (TestApp, Person, Receiver) {
    let app = spawn_with(|config| config.webhooks.hosts = vec!["127.0.0.1".into()]).await;
    let admin = app.person("anna@example.com").await;
    (app, admin, Receiver::start().await)
}

/// Makes a webhook that is told of cancelled payouts, and answers its address among the pages.
async fn made(app: &TestApp, admin: &Person, url: &str) -> String {
    let form = [("client", "1"), ("url", url), ("event", "payout.cancelled"), ("event", "payout.created")];
    let page = admin.post("/settings/webhooks", &form).await;
    assert_eq!(page.status, 200, "{}", page.main());
    assert!(page.main().contains("shown only once") && page.text.contains("whsec_"), "{}", page.main());
    let sql = "SELECT id FROM webhooks ORDER BY id DESC LIMIT 1";
    let id = app.test.desk.store.read().await.unwrap().text(sql.into(), &[]).await.unwrap().unwrap();
    format!("/settings/webhooks/{id}")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_makes_a_webhook_reads_its_log_and_sends_again() {
    let (app, admin, receiver) = admin().await;
    assert!(admin.get("/settings/webhooks").await.main().contains("No webhooks yet"));
    let href = made(&app, &admin, &receiver.url()).await;
    let page = admin.get(&href).await;
    assert!(!page.text.contains("whsec_"), "the secret is shown once");
    let main = page.main();
    for words in ["payout.created", "payout.cancelled", "Nothing was sent yet"] {
        assert!(main.contains(words), "{words} is missing in {main}");
    }
    receiver.answers([Says::Status(500)]);
    let test = admin.post(&format!("{href}/tests"), &[]).await;
    assert_eq!(test.status, 303);
    jobs::look(&app.test.desk).await.unwrap();
    let delivery = test.location().to_owned();
    let shown = admin.get(&delivery).await;
    let main = shown.main();
    assert!(main.contains("webhook.test") && main.contains("HTTP 500") && main.contains("heard as 500"), "{main}");
    assert!(main.contains("Tries again") && main.contains(&receiver.heard()[0].body), "{main}");
    assert!(admin.get(&href).await.main().contains("HTTP 500"));
    assert!(admin.get("/audit").await.text.contains(&format!("href=\"{href}\"")), "the log leads to it");
    assert!(admin.get(&format!("{href}?status=failed")).await.main().contains("No delivery has this status"));
    assert_eq!(admin.post(&format!("{delivery}/replays"), &[]).await.location(), delivery);
    jobs::look(&app.test.desk).await.unwrap();
    assert!(admin.get(&delivery).await.main().contains("Delivered"));
    assert_eq!(receiver.heard().len(), 2);
    let listed = admin.get(&format!("{href}?status={}", DeliveryState::Delivered.name())).await.main();
    assert!(listed.contains("webhook.test") && listed.contains("HTTP 200"), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_in_the_form_is_told_at_its_field() {
    let (_app, admin, _receiver) = admin().await;
    let page = admin.post("/settings/webhooks", &[("client", ""), ("url", "http://example.com/")]).await;
    assert_eq!(page.status, 422);
    let main = page.main();
    for words in [
        "Client must be a client",
        "Url must begin with https://",
        "Events must have at least one",
        "http://example.com/",
    ] {
        assert!(main.contains(words) || page.text.contains(words), "{words} is missing in {main}");
    }
    assert_eq!(admin.get("/settings/webhooks/nothing").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn switching_and_deleting_ask_first() {
    let (app, admin, receiver) = admin().await;
    let href = made(&app, &admin, &receiver.url()).await;
    assert!(admin.get(&format!("{href}/switch")).await.main().contains("Switch webhook off?"));
    // Sent twice, it is off all the same.
    for _ in 0..2 {
        assert_eq!(admin.post(&format!("{href}/switch"), &[("way", "off")]).await.status, 303);
    }
    let main = admin.get(&href).await.main();
    assert!(main.contains("It is off: switched off by Anna Admin"), "{main}");
    assert!(admin.get(&format!("{href}/switch")).await.main().contains("Switch webhook on?"));
    admin.post(&format!("{href}/switch"), &[("way", "on")]).await;
    let changed = [("url", receiver.url()), ("event", "payout.failed".to_owned())];
    let changed: Vec<(&str, &str)> = changed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(admin.post(&format!("{href}/edit"), &changed).await.status, 303);
    let main = admin.get(&href).await.main();
    assert!(main.contains("payout.failed") && !main.contains("payout.created"), "{main}");
    assert!(admin.get(&format!("{href}/deletion")).await.main().contains("This cannot be undone"));
    assert_eq!(admin.post(&format!("{href}/deletion"), &[]).await.location(), "/settings/webhooks");
    let list = admin.get("/settings/webhooks").await;
    assert!(list.text.contains("The webhook is deleted") && list.main().contains("No webhooks yet"), "{}", list.main());
    assert_eq!(admin.get(&href).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_is_shown_once_and_a_fourth_is_refused() {
    let (app, admin, receiver) = admin().await;
    let href = made(&app, &admin, &receiver.url()).await;
    let step = format!("{href}/secret");
    let mut first = None;
    for (overlap, told) in [("1", "for 1 hour."), ("24", "for 24 hours.")] {
        let version = admin.get(&step).await.field("version").expect("a version");
        let page = admin.post(&step, &[("overlap", overlap), ("version", &version)]).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("whsec_") && page.main().contains(told), "{}", page.main());
        first.get_or_insert(version);
    }
    // The same form once more, and one without a version, make no further secret.
    for version in [first.expect("a version").as_str(), ""] {
        let stale = admin.post(&step, &[("overlap", "24"), ("version", version)]).await;
        assert_eq!(stale.status, 409);
        assert!(stale.main().contains("It changed while you were reading."), "{}", stale.main());
    }
    let main = admin.get(&href).await.main();
    assert!(main.contains("3 are good now"), "{main}");
    let version = admin.get(&step).await.field("version").expect("a version");
    for (overlap, told) in [
        ("24", "3 secrets are good at the same time already."),
        ("999", "The overlap must be from 0 to 168 hours"),
        ("a day", "The overlap must be a whole number of hours"),
    ] {
        let refused = admin.post(&step, &[("overlap", overlap), ("version", &version)]).await;
        assert_eq!(refused.status, 409);
        assert!(refused.main().contains(told), "{}", refused.main());
    }
}
