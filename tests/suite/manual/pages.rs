//! The worklist by page, without script.

use paydesk::domain::payout::State;
use paydesk::service::payouts;

use super::{queued, wallet};
use crate::support::api::Answer;
use crate::support::app::spawn;
use crate::support::person::Person;

async fn record(person: &Person, href: &str, fields: &[(&str, &str)]) -> Answer {
    let page = person.get(href).await;
    let field = |name| page.field(name).unwrap_or_default();
    let (subject, version) = (field("subject_id"), field("version"));
    let kind = field("kind");
    let mut form = vec![("kind", kind.as_str()), ("subject_id", subject.as_str()), ("version", version.as_str())];
    form.extend_from_slice(fields);
    person.post(&format!("{href}/answers"), &form).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_is_taken_printed_and_recorded_by_page() {
    let app = spawn().await;
    let wallet = wallet(&app.test).await;
    let id = queued(&app.test, wallet, "PAGE-1", "120.00").await;
    let other = queued(&app.test, wallet, "PAGE-2", "30.00").await;
    let (olga, vera) = (app.person("olga@example.com").await, app.person("vera@example.com").await);
    let list = olga.get("/manual").await;
    assert!(list.main().contains("PAGE-1") && list.main().contains("USD 150"), "{}", list.main());
    assert!(!vera.get("/manual").await.main().contains("Take to the bank"));
    let today = olga.get("/").await.main();
    assert!(today.contains("To pay by hand, or to answer"), "{today}");
    let href = format!("/manual/{id}");
    let page = olga.get(&href).await;
    assert!(page.main().contains("bank details are shown to whoever takes it"), "{}", page.main());
    let own = olga.get(&format!("/payouts/{id}")).await;
    assert!(own.text.contains(&href), "the payout's page leads there");
    let none = olga.post("/manual/takings", &[]).await;
    assert_eq!(none.status, 422);
    assert_eq!(vera.post("/manual/takings", &[("id", &id.to_string())]).await.status, 403);
    let took = olga.post("/manual/takings", &[("id", &id.to_string())]).await;
    assert_eq!((took.status, took.location()), (303, href.as_str()), "{}", took.main());
    // Somebody else is too late, and is told.
    let axel = app.person("axel@example.com").await;
    let late = axel.post("/manual/takings", &[("id", &id.to_string())]).await;
    assert_eq!(late.status, 409);
    assert!(late.main().contains("It is taken already."), "{}", late.main());
    let both = axel.post("/manual/takings", &[("id", &id.to_string()), ("id", &other.to_string())]).await;
    assert_eq!((both.status, both.location()), (303, "/manual?part=taken&whose=own"));
    assert!(axel.get("/manual?part=taken&whose=own").await.main().contains("1 taken, 1 not"));
    let page = olga.get(&href).await;
    assert!(page.main().contains("DE89370400440532013000") && page.main().contains("120.00"), "{}", page.main());
    let seen = vera.get(&href).await;
    assert!(!seen.text.contains("DE89370400440532013000"), "a viewer sees no bank details");
    let sheet = olga.get("/manual/takings").await;
    assert!(sheet.main().contains("DE89370400440532013000") && !sheet.main().contains("PAGE-2"), "{}", sheet.main());
    let csv = olga.get("/manual/takings.csv").await;
    assert!(csv.text.contains("PAGE-1,John Doe,USD,120.00,"), "{}", csv.text);
    assert_eq!(vera.get("/manual/takings").await.status, 403);
    let wrong = record(&olga, &href, &[("outcome", "done"), ("reference", ""), ("paid_on", "")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.main().contains("Reference is required"), "{}", wrong.main());
    let fields = [("outcome", "done"), ("reference", "E2E-4711"), ("paid_on", "2026-01-15")];
    assert_eq!(record(&olga, &href, &fields).await.status, 303);
    assert_eq!(app.test.get(id).await.payout.state, State::Completed);
    let page = olga.get(&href).await;
    assert!(page.main().contains("E2E-4711") && !page.main().contains("It was paid"), "{}", page.main());
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn above_the_limit_the_page_shows_what_waits_and_who_may_confirm() {
    let app = spawn().await;
    let wallet = wallet(&app.test).await;
    let id = queued(&app.test, wallet, "PAGE-BIG", "2500.00").await;
    let (olga, axel) = (app.person("olga@example.com").await, app.person("axel@example.com").await);
    olga.post("/manual/takings", &[("id", &id.to_string())]).await;
    let href = format!("/manual/{id}");
    payouts::ask_to_cancel(&app.test.desk, &app.test.operator, id, Some("Wrong payee"), None).await.unwrap();
    let questions = axel.get("/manual?part=asked").await;
    assert!(questions.main().contains("Stopped?"), "{}", questions.main());
    let recorded = record(&olga, &href, &[("outcome", "done")]).await;
    assert_eq!(recorded.status, 303, "{}", recorded.main());
    let page = olga.get(&href).await;
    assert!(page.main().contains("To confirm: the bank stopped it"), "{}", page.main());
    assert!(page.main().contains("Another approver or admin confirms this"), "{}", page.main());
    let page = axel.get(&href).await;
    let (answer, version) = (page.field("answer").unwrap(), "1".to_owned());
    let stale = axel.post(&format!("{href}/confirmation"), &[("answer", &answer), ("version", "99")]).await;
    assert_eq!(stale.status, 409);
    let fields = [("answer", answer.as_str()), ("version", version.as_str())];
    assert_eq!(olga.post(&format!("{href}/confirmation"), &fields).await.status, 403);
    assert_eq!(axel.post(&format!("{href}/confirmation"), &fields).await.status, 303);
    assert_eq!(app.test.get(id).await.payout.state, State::Cancelled);
    assert_eq!(axel.post(&format!("{href}/confirmation"), &fields).await.status, 409, "once");
    assert_eq!(axel.get("/manual/x").await.status, 404);
    let sandbox = app.test.payout("10.00").await.payout.id;
    assert_eq!(axel.get(&format!("/manual/{sandbox}")).await.status, 404);
    app.test.verify().await;
}
