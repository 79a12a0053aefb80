//! Pages promise only what happens: messages that go out, requests that wait, rows that are there.

use paydesk::domain::payout_link::LinkPolicy;
use paydesk::service::links::{self, LinkInput};
use paydesk::service::payouts;

use crate::support::app::{link_input, spawn, spawn_with};
use crate::support::mail::SmtpServer;

const UNSENT: &str = "No mail server is set up";

#[tokio::test(flavor = "multi_thread")]
async fn no_message_is_promised_without_a_server_and_all_are_with_one() {
    let server = SmtpServer::start().await;
    for has_server in [false, true] {
        let app = match has_server {
            true => spawn_with(|config| config.messages = server.config()).await,
            false => spawn().await,
        };
        let olga = app.person("olga@example.com").await;
        let form = [
            ("wallet", "1"),
            ("amount", "10.00"),
            ("to", "new"),
            ("contact_name", "Nora Nilsson"),
            ("contact_email", "nora@example.com"),
            ("send_email", "yes"),
            ("idempotency_key", "k-0123456789"),
        ];
        let plan = olga.post("/payout-links", &form).await.main();
        let made = olga.post("/payout-links", &[form.as_slice(), &[("confirmed", "yes")]].concat()).await;
        let link = made.location().to_owned();
        let record = olga.get(&link).await.main();
        let cancel = olga.get(&format!("{link}/cancel")).await.main();
        let replace = olga.get(&format!("{link}/replacement")).await.main();
        let again = olga.get(&format!("{link}/messages")).await.main();
        let empty = olga.get("/payout-links/new").await.main();
        for (page, promise) in [
            (&plan, "By email"),
            (&record, "Its address is sent to the recipient by email."),
            (&cancel, "The recipient is told by email."),
            (&replace, "The new one is sent by email."),
            (&again, "Send again"),
            (&empty, "By email"),
        ] {
            assert_eq!(page.contains(UNSENT), !has_server, "{page}");
            // The words of the choice and of the button stand there either way.
            let always = matches!(promise, "By email" | "Send again");
            assert_eq!(page.contains(promise), has_server || always, "{promise}: {page}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_longer_waits_is_not_headed_as_a_request() {
    let app = spawn().await;
    let (link, payout) = (app.test.link("2000.00").await.link.id, app.test.payout("2000.00").await.payout.id);
    let axel = app.person("axel@example.com").await;
    let pages = [format!("/payout-links/{link}/approval"), format!("/payouts/{payout}/approval")];
    for path in &pages {
        assert!(axel.get(path).await.text.contains("<title>Approve payout"), "{path}");
    }
    links::cancel(&app.test.desk, &app.test.operator, link, LinkPolicy::DESK, None, None, None).await.unwrap();
    payouts::cancel(&app.test.desk, &app.test.operator, payout, None, None, None).await.unwrap();
    for path in &pages {
        let page = axel.get(path).await;
        assert!(page.text.contains("<title>Approval of payout"), "{path}");
        assert!(!page.main().contains("Approve payout") && page.main().contains("does not wait"), "{}", page.main());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_past_the_end_of_a_list_leads_back_to_its_first() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    let (link, payout) = (app.test.link("10.00").await.link.id, app.test.payout("10.00").await.payout.id);
    let (waits, _) = (app.test.payout("2000.00").await.payout.id, app.test.link("2000.00").await);
    for (path, first) in [
        (format!("/payout-links?after={link}"), "/payout-links"),
        (format!("/payout-links?status=issued&after={link}"), "/payout-links?status=issued"),
        (format!("/payouts?after={payout}"), "/payouts"),
        (format!("/payouts?status=created&after={payout}"), "/payouts?status=created"),
    ] {
        let page = olga.get(&path).await;
        let said = page.main();
        assert!(said.contains("past the end of the list"), "{path}: {said}");
        assert!(!said.contains("Make the first") && !said.contains("Nothing matches"), "{path}: {said}");
        assert!(page.text.contains(&format!("class=\"btn\" href=\"{first}\">See the newest")), "{path}");
    }
    // An empty tab has no page that could be past.
    let said = olga.get(&format!("/payout-links?status=expired&after={link}")).await.main();
    assert!(said.contains("No payout link here: expired"), "{said}");
    let link = app.test.link("3000.00").await.link.id;
    let axel = app.person("axel@example.com").await;
    assert!(axel.get(&format!("/approvals?after={link}")).await.main().contains("past the end"));
    assert!(axel.get(&format!("/approvals?after={waits}")).await.main().contains("3,000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payee_is_told_of_a_reversal_only_when_asked_for() {
    let app = spawn().await;
    let payout = app.test.completed("50.00").await.payout.id;
    let olga = app.person("olga@example.com").await;
    let reverse = format!("/payouts/{payout}/reverse");
    assert!(olga.get(&reverse).await.main().contains("Write to the payee once the money is back"));
    let mut form = vec![("how", "part"), ("amount", "5.00"), ("reason", "Wrong amount"), ("idempotency_key", "k-1")];
    let quiet = olga.post(&reverse, &[form.as_slice(), &[("confirmed", "yes")]].concat()).await;
    assert_eq!(quiet.status, 303, "{}", quiet.main());
    app.test.run_jobs(3).await;
    assert_eq!(app.test.int("SELECT COUNT(*) FROM messages WHERE kind = 'reversal_notice'").await, 0);
    form.retain(|(name, _)| *name != "idempotency_key");
    form.extend([("notify", "yes"), ("idempotency_key", "k-2")]);
    let review = olga.post(&reverse, &form).await;
    assert_eq!(review.field("notify").as_deref(), Some("yes"));
    assert!(review.main().contains("Written to once it is back"), "{}", review.main());
    let told = olga.post(&reverse, &[form.as_slice(), &[("confirmed", "yes")]].concat()).await;
    app.test.run_jobs(3).await;
    let sql = "SELECT COUNT(*) FROM messages WHERE kind = 'reversal_notice' AND channel = 'email'";
    assert_eq!(app.test.int(sql).await, 1);
    let said = olga.get(told.location()).await.main();
    assert!(said.contains("Reversal notice") && said.contains("Not sent: no mail server set up"), "{said}");
    let said = olga.get(quiet.location()).await.main();
    assert!(!said.contains("Reversal notice"), "{said}");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_page_promises_no_message() {
    let app = spawn().await;
    let mail = LinkInput { send_email: true, ..link_input("2000.00") };
    let waiting = links::create(&app.test.desk, &app.test.operator, &mail, None).await.unwrap().value;
    let old = app.test.link("10.00").await;
    links::replace(&app.test.desk, &app.test.operator, old.link.id, None, None, None).await.unwrap();
    for (record, heading) in [(waiting, "not ready yet"), (old, "was replaced")] {
        let said = app.visitor().get(&format!("/l/{}", app.test.secret(&record))).await.main();
        assert!(said.contains(heading) && !said.contains("sent you") && !said.contains("told when"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn watchers_are_told_which_methods_there_are() {
    let app = spawn().await;
    for path in ["/healthz", "/readyz", "/metrics"] {
        let visitor = app.visitor();
        assert_eq!(visitor.get(path).await.status, 200, "{path}");
        assert_eq!(visitor.send(visitor.request("HEAD", path)).await.status, 200, "{path}");
        let refused = visitor.post_only(path, &[]).await;
        assert_eq!((refused.status, refused.header("allow").contains("GET")), (405, true), "{path}");
    }
}
