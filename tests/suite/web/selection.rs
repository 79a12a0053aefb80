//! Several payouts cancelled by page: the result is that of the act, whatever happens before and after it.

use paydesk::domain::ids::PayoutId;
use paydesk::domain::payout::State;
use paydesk::service::payouts;

use crate::support::api::Answer;
use crate::support::app::{TestApp, spawn};
use crate::support::person::Person;

/// The preview of a selection.
async fn previewed(person: &Person, ids: &[PayoutId]) -> Answer {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let fields: Vec<_> = ids.iter().map(|id| ("id", id.as_str())).collect();
    person.post("/payouts/selection", &fields).await
}

/// The fields of the preview's form, agreed to.
fn agreed(preview: &Answer) -> Vec<(String, String)> {
    let page = scraper::Html::parse_document(&preview.text);
    let hidden = scraper::Selector::parse("main form input[type=hidden]").expect("a selector");
    let value = |field: scraper::ElementRef, name| field.attr(name).unwrap_or_default().to_owned();
    let mut fields: Vec<_> = page.select(&hidden).map(|field| (value(field, "name"), value(field, "value"))).collect();
    fields.retain(|(name, _)| name != "csrf");
    fields.push(("count".into(), preview.field("acting").unwrap_or_default()));
    fields.push(("reason".into(), "Wrong amount".into()));
    fields
}

async fn submitted(person: &Person, fields: &[(String, String)]) -> Answer {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    person.post("/payouts/selection/cancel", &fields).await
}

/// The words of a payout's row in the result.
fn row(page: &Answer, id: PayoutId) -> String {
    let html = scraper::Html::parse_document(&page.text);
    let rows = scraper::Selector::parse("main tbody tr").expect("a selector");
    let row = html.select(&rows).find(|row| row.html().contains(&id.to_string())).expect("a row of the payout");
    row.text().collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn state(app: &TestApp, id: PayoutId) -> State {
    app.test.get(id).await.payout.state
}

#[tokio::test(flavor = "multi_thread")]
async fn the_result_tells_what_this_act_did_and_how_it_stands_since() {
    let app = spawn().await;
    let paid = app.test.completed("10.00").await.payout.id;
    let at_the_rail = app.test.payout("90.52").await.payout.id;
    app.test.run_jobs(20).await;
    let mine = app.test.payout("20.00").await.payout.id;
    let theirs = app.test.payout("30.00").await.payout.id;
    let before = app.test.balances(1).await.0;
    let olga = app.person("olga@example.com").await;
    let form = agreed(&previewed(&olga, &[paid, at_the_rail, mine, theirs]).await);

    // A program is faster with one of them.
    let api = app.api().post_nothing(&format!("/payouts/{theirs}/cancel")).await;
    assert!(api.status < 300, "{}", api.text);
    let sent = submitted(&olga, &form).await;
    assert_eq!(sent.status, 303, "{}", sent.main());
    let result = sent.location().to_owned();
    assert!(result.starts_with("/payouts/selection/result?act=req_"), "{result}");
    assert_eq!(app.test.balances(1).await.0, before + 2_030 + 3_045, "each of the two came back once");
    let page = olga.get(&result).await;
    let said = page.main();
    assert!(said.contains("1 of 4 payouts cancelled, 1 asked for"), "{said}");
    assert!(said.contains("Reason: Wrong amount"), "{said}");
    assert!(row(&page, mine).contains("Cancelled USD 20.30 back to"), "{}", row(&page, mine));
    let refused = row(&page, theirs);
    assert!(refused.contains("Not cancelled") && !refused.contains("back to"), "{refused}");
    assert!(refused.contains("Now: Cancelled"), "{refused}");
    let refused = row(&page, paid);
    assert!(refused.contains("Not cancelled") && refused.contains("Now: Completed"), "{refused}");
    assert!(row(&page, at_the_rail).contains("stays held until they answer"), "{}", row(&page, at_the_rail));

    // The provider says no later on: what was asked stays, and what they said stands beside it.
    app.test.run_jobs(120).await;
    let page = olga.get(&result).await;
    let asked = row(&page, at_the_rail);
    assert!(asked.contains("Provider asked") && asked.contains("Since then: Provider refused to cancel"), "{asked}");
    assert!(!asked.contains("stays held"), "{asked}");
    assert!(page.main().contains("1 of 4 payouts cancelled, 1 asked for"), "{}", page.main());

    // The same form again does nothing, and says so at its own address.
    let again = submitted(&olga, &form).await;
    assert_ne!(again.location(), result);
    let page = olga.get(again.location()).await;
    assert!(page.main().contains("None of 4 payouts cancelled"), "{}", page.main());
    assert!(row(&page, mine).contains("sent before; nothing was done again"), "{}", row(&page, mine));
    assert!(row(&page, at_the_rail).contains("sent before"), "{}", row(&page, at_the_rail));
    assert_eq!(app.test.balances(1).await.0, before + 2_030 + 3_045);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_act_by_page_has_a_result() {
    let app = spawn().await;
    let id = app.test.payout("20.00").await.payout.id;
    let mut program = app.test.operator.clone();
    (program.via, program.request_id) = (paydesk::domain::caller::Via::ApiV1, "by-program".into());
    payouts::cancel(&app.test.desk, &program, id, None, None, None).await.expect("a cancelled payout");
    let vera = app.person("vera@example.com").await;
    for query in ["", "?act=", "?act=req_unknown", "?act=by-program", &format!("?ids={id}")] {
        assert_eq!(vera.get(&format!("/payouts/selection/result{query}")).await.status, 404, "{query}");
    }
    assert_eq!(state(&app, id).await, State::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_that_says_nothing_is_told_at_its_field_and_kept() {
    let app = spawn().await;
    let id = app.test.payout("20.00").await.payout.id;
    let link = app.test.link("10.00").await.link.id;
    let olga = app.person("olga@example.com").await;
    let long = "n".repeat(201);
    for (reason, note, words) in [
        ("made up", "", "Reason is none of the list"),
        ("Other", " ", "Note is required when the reason is Other"),
        ("Wrong amount", long.as_str(), "Note must have at most 200 characters"),
    ] {
        for path in [format!("/payouts/{id}/cancel"), format!("/payout-links/{link}/cancel")] {
            let sent = olga.post(&path, &[("reason", reason), ("note", note), ("idempotency_key", "k")]).await;
            assert_eq!(sent.status, 422, "{path}: {}", sent.main());
            assert_eq!(sent.text.matches(words).count(), 2, "on top and at the field: {}", sent.main());
            assert!(sent.text.contains(&format!("<option value=\"{reason}\" selected>")), "{}", sent.main());
            assert_eq!(sent.field("note").as_deref(), Some(note), "{path}");
        }
        let mut form = agreed(&previewed(&olga, &[id]).await);
        form.retain(|(name, _)| name != "reason");
        form.extend([("reason".to_owned(), reason.to_owned()), ("note".to_owned(), note.to_owned())]);
        let sent = submitted(&olga, &form).await;
        assert_eq!((sent.status, sent.text.matches(words).count()), (422, 2), "{}", sent.main());
    }
    let form = [("reason", "Other"), ("note", "a\u{1}b"), ("idempotency_key", "k")];
    let sent = olga.post(&format!("/payouts/{id}/cancel"), &form).await;
    assert_eq!(sent.status, 422, "{}", sent.main());
    assert!(sent.field("idempotency_key").is_some(), "the form is there again: {}", sent.main());
    assert_ne!(state(&app, id).await, State::Cancelled);
    let fits = "n".repeat(200);
    let form = [("reason", "Other"), ("note", fits.as_str()), ("idempotency_key", "k2")];
    let sent = olga.post(&format!("/payouts/{id}/cancel"), &form).await;
    assert_eq!(sent.status, 303, "{}", sent.main());
    // Sent again with other words, it is said what came of it; with the same, it is the same.
    assert_eq!(olga.post(&format!("/payouts/{id}/cancel"), &form).await.status, 303);
    let other = [("reason", "Wrong amount"), ("idempotency_key", "k2")];
    let again = olga.post(&format!("/payouts/{id}/cancel"), &other).await;
    assert_eq!(again.status, 409);
    assert!(again.main().contains("You sent this form already: Olga Operator cancelled it"), "{}", again.main());
    assert!(!again.main().contains("Nothing has changed yet"), "{}", again.main());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_that_cannot_be_made_says_why_in_the_same_list() {
    let app = spawn().await;
    let id = app.test.payout("20.00").await.payout.id.to_string();
    let olga = app.person("olga@example.com").await;
    let list = olga.get("/payouts?q=John%20Doe&currency=USD").await.field("list").expect("the list's query");
    let made_up: Vec<String> = (0..101).map(|at| PayoutId::first_at(at * 1_000_000).to_string()).collect();
    let many: Vec<&str> = made_up.iter().map(String::as_str).collect();
    let cases = [
        (many, "At most 100 payouts at once: 101 were ticked"),
        (vec![id.as_str(), "nonsense"], "“nonsense” is not the id of a payout"),
        (vec![id.as_str(), made_up[1].as_str()], "1 of 2 ticked payouts are not here"),
        (vec![], "No payout was ticked"),
    ];
    for (ids, words) in cases {
        for (path, name) in [("/payouts/selection", "id"), ("/payouts/selection/cancel", "unit")] {
            let mut fields: Vec<_> = ids.iter().map(|id| (name, *id)).collect();
            fields.push(("list", &list));
            let sent = olga.post(path, &fields).await;
            assert_eq!(sent.location(), "/payouts?q=John%20Doe&currency=USD", "{path}: {}", sent.main());
            let page = olga.get(sent.location()).await.text;
            assert!(page.contains(words), "{path}: {words} is missing");
        }
    }
    // A form made by hand leads nowhere else.
    let sent = olga.post("/payouts/selection", &[("list", "https://example.com/?x=//example.com")]).await;
    assert_eq!(sent.location(), "/payouts");
    // The preview leads back to the same list.
    let preview = olga.post("/payouts/selection", &[("id", &id), ("list", &list)]).await;
    assert!(preview.text.contains("href=\"/payouts?q=John%20Doe&#38;currency=USD\""), "{}", preview.text);
}
