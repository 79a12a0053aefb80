//! Batches by page: made from ids, a file or a list, agreed to by typing the count, followed and exported.

use paydesk::domain::ids::BatchId;
use paydesk::domain::payout::State;
use paydesk::jobs;
use paydesk::service::batches;
use reqwest::multipart::{Form, Part};

use crate::support::api::Answer;
use crate::support::app::{TestApp, spawn};
use crate::support::person::Person;

/// Makes a batch with this form and lets the job sort it; answers its address.
async fn made(app: &TestApp, person: &Person, fields: &[(&str, &str)]) -> String {
    let answer = person.post("/batches", fields).await;
    assert_eq!(answer.status, 303, "{}", answer.main());
    jobs::batches::finish(&app.test.desk).await.unwrap();
    answer.location().to_owned()
}

/// A form with a file, as a browser sends it.
async fn with_file(person: &Person, fields: &[(&str, &str)], file: (&str, &str)) -> Answer {
    sent(person, "/batches", fields, file).await
}

async fn sent(person: &Person, path: &str, fields: &[(&str, &str)], file: (&str, &str)) -> Answer {
    let token = person.token().await;
    let mut form = Form::new().text("csrf", token);
    for (name, value) in fields {
        form = form.text((*name).to_owned(), (*value).to_owned());
    }
    let part = Part::bytes(file.1.as_bytes().to_vec()).file_name(file.0.to_owned());
    person.send(person.request("POST", path).multipart(form.part("file", part))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_looked_at_agreed_to_and_done_without_script() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    let paid = app.test.completed("10.00").await.payout.id;
    let (one, other) = (app.test.payout("20.00").await.payout, app.test.payout("30.00").await.payout);
    let ids = format!("{}\n{}, {paid}", one.id, other.reference_id);
    let sorting = olga.post("/batches", &[("verb", "cancel"), ("ids", &ids)]).await;
    let href = sorting.location().to_owned();
    let page = olga.get(&href).await;
    assert!(page.main().contains("Being sorted"), "{}", page.main());
    assert!(page.text.contains("Refresh"), "the way on without script");
    jobs::batches::finish(&app.test.desk).await.unwrap();
    let preview = olga.get(&href).await;
    let words = preview.main();
    assert!(words.contains("Cancel 2 of 3 payouts?"), "{words}");
    assert!(words.contains("2 will be cancelled now") && words.contains("1 cannot be cancelled"), "{words}");
    assert!(words.contains("It is completed: the payee has the money. Reverse it, fully or in part."), "{words}");
    assert!(words.contains("Wallets before and after"), "{words}");
    // Not without a reason and the right count.
    let key = preview.field("idempotency_key").unwrap();
    let start = format!("{href}/start");
    for fields in [
        vec![("reason", "Wrong amount"), ("count", "3")],
        vec![("reason", ""), ("count", "2")],
        vec![("reason", "Wrong amount"), ("count", "")],
    ] {
        let refused = olga.post(&start, &[&fields[..], &[("idempotency_key", &key)]].concat()).await;
        assert_eq!(refused.status, 422, "{fields:?}");
    }
    let agreed = [("reason", "Wrong amount"), ("note", "twice"), ("count", "2"), ("idempotency_key", key.as_str())];
    assert_eq!(olga.post(&start, &agreed).await.location(), href);
    // The same click again is the same start.
    assert_eq!(olga.post(&start, &agreed).await.location(), href);
    assert!(olga.get(&href).await.main().contains("1 of 3 done"));
    jobs::batches::finish(&app.test.desk).await.unwrap();
    let done = olga.get(&href).await;
    assert!(done.main().contains("2 of 3 payouts cancelled"), "{}", done.main());
    assert!(done.main().contains("Reason: Wrong amount: twice."), "{}", done.main());
    assert_eq!(app.test.get(one.id).await.payout.state, State::Cancelled);
    let refused = olga.get(&format!("{href}?result=refused")).await;
    assert!(refused.main().contains("Not cancelled"), "{}", refused.main());
    let csv = olga.get(&format!("{href}/results.csv")).await;
    assert_eq!(csv.text.lines().count(), 4, "{}", csv.text);
    assert!(csv.text.contains(&one.id.to_string()) && csv.text.contains(",done,"), "{}", csv.text);
    let list = olga.get("/batches").await;
    assert!(list.main().contains("Cancel 2 of 3 payouts"), "{}", list.main());
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_form_is_told() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    for (fields, words) in [
        (vec![("ids", "x")], "Verb must be chosen"),
        (vec![("verb", "cancel"), ("ids", " , ")], "Ids must hold at least one id or reference"),
        (vec![("verb", "create_payouts"), ("ids", "x")], "Verb must be chosen"),
    ] {
        let refused = olga.post("/batches", &fields).await;
        assert_eq!(refused.status, 422);
        assert!(refused.main().contains(words), "{}", refused.main());
    }
    let verb = [("verb", "cancel")];
    let refused = with_file(&olga, &verb, ("ids.csv", "id\n\n")).await;
    assert!(refused.status == 422 && refused.main().contains("holds no id or reference"), "{}", refused.main());
    let both = with_file(&olga, &[("verb", "cancel"), ("ids", "x")], ("ids.csv", "id\ny\n")).await;
    assert!(both.main().contains("must not come together with pasted ids"), "{}", both.main());
    // Without the token of the session it is not one of our forms.
    let form = Form::new().text("verb", "cancel").text("ids", "x").text("csrf", "other");
    let foreign = olga.send(olga.request("POST", "/batches").multipart(form)).await;
    assert!(foreign.main().contains("This form was open for too long"), "{}", foreign.main());
    assert_eq!(app.test.int("SELECT COUNT(*) FROM batches").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_and_a_list_name_payouts_too() {
    let app = spawn().await;
    let axel = app.person("axel@example.com").await;
    let (one, other) = (app.test.payout("2000.00").await.payout, app.test.payout("3000.00").await.payout);
    let file = format!("amount,reference\n2000.00,{}\n1.00,unknown\n", one.reference_id);
    let made_from_file = with_file(&axel, &[("verb", "approve")], ("to approve.csv", &file)).await;
    jobs::batches::finish(&app.test.desk).await.unwrap();
    let page = axel.get(made_from_file.location()).await;
    assert!(page.main().contains("Approve 1 of 2 payouts?"), "{}", page.main());
    assert!(page.main().contains("The file to approve.csv."), "{}", page.main());
    // From the list, by its own link.
    let list = axel.get("/payouts?status=to_approve").await;
    let html = scraper::Html::parse_document(&list.text);
    let link = scraper::Selector::parse(".bulk a").unwrap();
    let href = html.select(&link).next().and_then(|link| link.attr("href")).unwrap().to_owned();
    let form = axel.get(&href).await;
    assert!(form.main().contains("all payouts of this list"), "{}", form.main());
    let query = form.field("list").unwrap();
    assert_eq!(query, "status=to_approve");
    let href = made(&app, &axel, &[("verb", "approve"), ("list", &query)]).await;
    let page = axel.get(&href).await;
    assert!(page.main().contains("Approve 2 payouts?"), "{}", page.main());
    let fields = [("count", "2"), ("idempotency_key", "k-approve-all")];
    assert_eq!(axel.post(&format!("{href}/start"), &fields).await.status, 303);
    jobs::batches::finish(&app.test.desk).await.unwrap();
    for id in [one.id, other.id] {
        assert_eq!(app.test.get(id).await.payout.state, State::Queued);
    }
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_batch_can_be_paused_stopped_and_taken_up_again() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(app.test.payout("5.00").await.payout.id.to_string());
    }
    let href = made(&app, &olga, &[("verb", "cancel"), ("ids", &ids.join("\n"))]).await;
    let fields = [("reason", "Wrong amount"), ("count", "3"), ("idempotency_key", "k-start")];
    assert_eq!(olga.post(&format!("{href}/start"), &fields).await.status, 303);
    assert_eq!(olga.post(&format!("{href}/pause"), &[]).await.location(), href);
    let again = olga.post(&format!("{href}/pause"), &[]).await;
    assert!(again.status == 409 && again.main().contains("the batch is paused"), "{}", again.main());
    assert!(again.text.contains("<title>Error: "), "{}", again.text);
    assert_eq!(olga.post(&format!("{href}/resume"), &[]).await.location(), href);
    // Stopping asks first.
    let step = olga.get(&format!("{href}/stop")).await;
    assert!(step.main().contains("Stop this batch?") && step.main().contains("0 of 3 payouts"), "{}", step.main());
    assert_eq!(olga.post(&format!("{href}/stop"), &[]).await.location(), href);
    jobs::batches::finish(&app.test.desk).await.unwrap();
    let stopped = olga.get(&href).await;
    assert!(stopped.main().contains("Stopped: 0 of 3 payouts cancelled"), "{}", stopped.main());
    let key = stopped.field("idempotency_key").unwrap();
    let rest = olga.post(&format!("{href}/retry"), &[("idempotency_key", &key)]).await;
    jobs::batches::finish(&app.test.desk).await.unwrap();
    let page = olga.get(rest.location()).await;
    assert!(page.main().contains("Cancel 3 payouts?"), "{}", page.main());
    assert!(page.main().contains("What was not done of batch"), "{}", page.main());
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_told_as_events_and_not_twice() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    let id = app.test.payout("5.00").await.payout.id.to_string();
    let href = made(&app, &olga, &[("verb", "cancel"), ("ids", &id)]).await;
    let fields = [("reason", "Wrong amount"), ("count", "1"), ("idempotency_key", "k-start")];
    assert_eq!(olga.post(&format!("{href}/start"), &fields).await.status, 303);
    let running = olga.get(&href).await;
    assert!(running.text.contains(&format!("data-batch-events=\"{href}/events\"")));
    jobs::batches::finish(&app.test.desk).await.unwrap();
    // It is over: what there is to say comes at once, and that is all.
    let events = olga.get(&format!("{href}/events")).await;
    assert_eq!(events.header("content-type"), "text/event-stream");
    assert!(events.text.contains("event: progress\n") && events.text.contains("\"handled\":1"), "{}", events.text);
    let name = events.text.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
    let request = olga.request("GET", &format!("{href}/events")).header("last-event-id", name);
    assert_eq!(olga.send(request).await.text, ": still there\n\n");
    let other = olga.get("/batches/bat_01h455vb4pex5vsknk084sn02q/events").await;
    assert_eq!(other.status, 404);
}

/// Starts what is ready and does it.
async fn run(app: &TestApp, person: &Person, href: &str, count: &str) {
    let key = format!("k-{href}");
    let started = person.post(&format!("{href}/start"), &[("count", count), ("idempotency_key", &key)]).await;
    assert_eq!(started.status, 303, "{}", started.main());
    jobs::batches::finish(&app.test.desk).await.unwrap();
}

const PAYOUTS: &str = "reference_id,wallet_id,amount,currency,beneficiary_email,beneficiary_first_name,\
                       beneficiary_last_name,beneficiary_country,method,iban,description";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_payouts_is_made_whole_once_every_row_is_right() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    app.test.payout("1.00").await;
    let taken = app.test.text("SELECT reference_id FROM payouts").await;
    let wrong = format!(
        "{PAYOUTS}\nA1,1,10.00,USD,ann@example.com,Ann,One,DE,iban,DE89370400440532013000,\"Rent, May\"\n\
         A1,1,ten,USD,not-an-email,Bob,Two,DE,,,\nA1,1,5.00,USD,c@example.com,Cy,Three,DE,,,\n\
         {taken},1,5.00,USD,d@example.com,Di,Four,DE,,,\nA5,2,5.00,USD,e@example.com,Ed,Five,DE,,,\n\
         A6,99,5.00,USD,f@example.com,Fay,Six,DE,iban,DE00370400440532013000,\n"
    );
    let told = sent(&olga, "/batches/file", &[("verb", "create_payouts")], ("may.csv", &wrong)).await;
    assert_eq!(told.status, 422);
    let words = told.main();
    for part in [
        "3 amount ten It must be a plain number such as",
        "3 beneficiary_email not-an-email It must be an email address",
        "4 reference_id A1 It stands in row 2 too",
        &format!("5 reference_id {taken} It is taken by pyt_"),
        "6 currency USD It must be EUR, which Main EUR holds",
        "7 iban DE00370400440532013000 It",
    ] {
        assert!(words.contains(part), "{part} is missing in {words}");
    }
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payouts").await, 1, "nothing was made");
    assert_eq!(app.test.int("SELECT COUNT(*) FROM batches").await, 0);
    // More than the wallet has is told before anything starts.
    let much = format!("{PAYOUTS}\nB1,1,999999.00,USD,a@example.com,Ann,One,DE,,,\n");
    let told = sent(&olga, "/batches/file", &[("verb", "create_payouts")], ("much.csv", &much)).await;
    assert!(told.main().contains("adds up to USD 1,014,998.99 with fees from Main USD"), "{}", told.main());
    // Right, and agreed to.
    let right = format!(
        "{PAYOUTS}\nA1,1,10.00,USD,ann@example.com,Ann,One,DE,iban,DE89370400440532013000,\"Rent, May\"\n\
         A2,2,20.00,EUR,bob@example.com,Bob,Two,DE,,,\n"
    );
    let made = sent(&olga, "/batches/file", &[("verb", "create_payouts")], ("may.csv", &right)).await;
    assert_eq!(made.status, 303, "{}", made.main());
    let href = made.location().to_owned();
    let page = olga.get(&href).await;
    assert!(page.main().contains("Make 2 payouts?") && page.main().contains("Goes out"), "{}", page.main());
    run(&app, &olga, &href, "2").await;
    let done = olga.get(&href).await;
    assert!(done.main().contains("2 of 2 payouts made"), "{}", done.main());
    assert!(done.text.contains("href=\"/payouts/pyt_"), "each leads to its payout");
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payouts").await, 3);
    assert_eq!(app.test.text("SELECT description FROM payouts WHERE reference_id = 'A1'").await, "Rent, May");
    // The same file again leads to the same batch, and makes nothing.
    let again = sent(&olga, "/batches/file", &[("verb", "create_payouts")], ("copy.csv", &right)).await;
    assert_eq!(again.location(), href);
    assert!(olga.get(&href).await.main().contains("This file was given before"));
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payouts").await, 3);
    // Bank details stand nowhere in the clear.
    let clear = "SELECT COUNT(*) FROM batch_rows WHERE content LIKE '%DE8937%'";
    assert_eq!(app.test.int(clear).await, 0);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_refused_meanwhile_is_told_and_can_be_tried_again() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    let file =
        format!("{PAYOUTS}\nM1,1,10.00,USD,a@example.com,Ann,One,DE,,,\nM2,1,20.00,USD,b@example.com,Bob,Two,DE,,,\n");
    let made = sent(&olga, "/batches/file", &[("verb", "create_payouts")], ("m.csv", &file)).await;
    let href = made.location().to_owned();
    // Somebody uses the reference for something else before it is started.
    let other = crate::support::app::input("M2", 1, "USD", "7.00");
    paydesk::service::payouts::create(&app.test.desk, &app.test.operator, &other, None).await.unwrap();
    run(&app, &olga, &href, "2").await;
    let done = olga.get(&href).await;
    assert!(done.main().contains("1 of 2 payouts made"), "{}", done.main());
    assert!(done.main().contains("A payout with this reference exists, with other data."), "{}", done.main());
    let key = done.field("idempotency_key").unwrap();
    let again = olga.post(&format!("{href}/retry"), &[("idempotency_key", &key)]).await;
    jobs::batches::finish(&app.test.desk).await.unwrap();
    let page = olga.get(again.location()).await;
    assert!(page.main().contains("Make 1 payout?") && page.main().contains("Goes out"), "{}", page.main());
    let id: BatchId = again.location().rsplit('/').next().unwrap().parse().unwrap();
    let batch = batches::get(&app.test.desk, &app.test.operator, id).await.unwrap();
    let effects: Vec<_> = batch.summary().wallets.into_iter().map(|sum| (sum.items, sum.change_minor)).collect();
    let total = app.test.int(&format!("SELECT amount_minor FROM batch_items WHERE batch_id = '{id}'")).await;
    assert_eq!(effects, [(1, -total)]);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_payout_links_is_made_too() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    let head = "request_id,wallet_id,amount,currency,contact_name,contact_email,send_email,expire_by";
    let wrong = format!("{head}\n,1,5.00,USD,Ann,,yes,\nL2,1,5.00,USD,Bob,bob@example.com,perhaps,tomorrow\n");
    let told = sent(&olga, "/batches/file", &[("verb", "create_links")], ("links.csv", &wrong)).await;
    assert!(told.main().contains("2 request_id None It is required"), "{}", told.main());
    assert!(told.main().contains("3 send_email perhaps It must be yes or no"), "{}", told.main());
    let right = format!(
        "{head}\nL1,1,5.00,USD,Ann One,ann@example.com,yes,2026-01-20T12:00:00Z\nL2,1,2000.00,USD,Bob Two,,no,\n"
    );
    let made = sent(&olga, "/batches/file", &[("verb", "create_links")], ("links.csv", &right)).await;
    assert_eq!(made.status, 303, "{}", made.main());
    let href = made.location().to_owned();
    assert!(olga.get(&href).await.main().contains("Make 2 payout links?"));
    run(&app, &olga, &href, "2").await;
    let done = olga.get(&href).await;
    assert!(done.main().contains("2 of 2 payout links made"), "{}", done.main());
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payout_links WHERE state = 'issued'").await, 1);
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payout_links WHERE state = 'pending'").await, 1);
    app.test.verify().await;
}
