//! The pages of freezes: freezing in two steps, the banner, the incident, and the lift by another person.

use paydesk::domain::freeze::Scope;
use paydesk::service::freezes::{self, NewFreeze};
use paydesk::service::payouts;

use crate::freezes::{freeze, new};
use crate::support::app::{USD, input, spawn};

const REASON: &str = "Bank details were <changed> by phone";

#[tokio::test(flavor = "multi_thread")]
async fn freezing_shows_what_it_stops_before_it_does() {
    let app = spawn().await;
    app.test.payout("10.00").await;
    app.test.payout("1500.00").await;
    app.test.link("7.00").await;
    let olga = app.person("olga@example.com").await;
    let wallet = olga.get(&format!("/wallets/{USD}")).await;
    let id = app.test.text("SELECT id FROM wallets WHERE number = 1").await;
    assert!(wallet.text.contains(&format!("/freezes/new?scope=wallet&#38;subject={id}")), "{}", wallet.main());
    let form = olga.get(&format!("/freezes/new?scope=wallet&subject={id}")).await;
    assert!(form.text.contains(&format!("<option value=\"{id}\" selected>")), "{}", form.main());
    let fields = [("scope", "wallet"), ("subject", id.as_str()), ("reason", REASON), ("drill", "")];
    let review = olga.post("/freezes/review", &fields).await;
    assert_eq!(review.status, 200);
    for part in ["It stops 3 payouts and payout links", "To approve", "Issued", "Main USD", "Yes, freeze now"] {
        assert!(review.main().contains(part), "{part}\n{}", review.main());
    }
    assert_eq!(app.test.int("SELECT COUNT(*) FROM freezes").await, 0, "nothing was done yet");
    let key = review.field("idempotency_key").expect("a key");
    let sent: Vec<_> = fields.into_iter().chain([("idempotency_key", key.as_str())]).collect();
    let made = olga.post("/freezes", &sent).await;
    assert_eq!(made.status, 303, "{}", made.main());
    let incident = made.location().to_owned();
    // A second click leads to the same one.
    assert_eq!(olga.post("/freezes", &sent).await.location(), incident);
    let page = olga.get(&incident).await;
    for part in ["Wallet Main USD", "Bank details were", "Olga Operator", "froze it", "Nobody tried anything"] {
        assert!(page.main().contains(part), "{part}\n{}", page.main());
    }
    assert!(!page.text.contains("<changed>"));
    // The links in it are no part of a batch: they lead to their own list.
    assert!(page.main().contains("1 payout link holds money: USD 7.00"), "{}", page.main());
    assert!(page.text.contains("/payout-links?status=issued&#38;wallet=1"), "{}", page.text);
    // What it stops is cancelled as a batch, which takes all that stands in it, once for each click.
    let key = page.field("idempotency_key").expect("a key");
    let batch = olga.post(&format!("{incident}/cancel"), &[("idempotency_key", &key)]).await;
    assert_eq!((batch.status, batch.location().starts_with("/batches/bat_")), (303, true), "{}", batch.main());
    let again = olga.post(&format!("{incident}/cancel"), &[("idempotency_key", &key)]).await;
    assert_eq!(again.location(), batch.location());
    // Whoever freezes the same again is told.
    let again = olga.post("/freezes/review", &[("scope", "wallet"), ("subject", "1"), ("reason", "r")]).await;
    assert!(again.main().contains("It is frozen already"), "{}", again.main());
    let wrong = olga.post("/freezes/review", &[("scope", "payee"), ("subject", "x"), ("reason", "")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.main().contains("Reason is required"), "{}", wrong.main());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_stays_a_drill_whatever_is_changed_on_the_way() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    let id = app.test.text("SELECT id FROM wallets WHERE number = 1").await;
    let form = olga.get("/freezes/new?scope=wallet&drill=yes").await;
    assert!(form.text.contains("href=\"/freezes/new?drill=yes\""), "{}", form.text);
    let fields = [("scope", "wallet"), ("subject", id.as_str()), ("reason", REASON), ("drill", "yes")];
    let review = olga.post("/freezes/review", &fields).await;
    let edit = format!("/freezes/new?scope=wallet&#38;subject={id}&#38;drill=yes");
    assert!(review.text.contains(&edit), "{}", review.text);
    let again = olga.get(&edit.replace("&#38;", "&")).await;
    assert!(again.text.contains("id=\"drill-yes\" name=\"drill\" value=\"yes\" checked"), "{}", again.text);
    let earnest = olga.post("/freezes/review", &[("scope", "wallet"), ("subject", &id), ("reason", REASON)]).await;
    assert!(!earnest.text.contains("drill=yes"));
}

#[tokio::test(flavor = "multi_thread")]
async fn today_counts_every_freeze_also_beyond_those_that_are_named() {
    let app = spawn().await;
    let subjects: [(Scope, &str); 6] = [
        (Scope::Everything, ""),
        (Scope::Client, "1"),
        (Scope::Client, "2"),
        (Scope::Wallet, "1"),
        (Scope::Wallet, "2"),
        (Scope::Rail, "sandbox"),
    ];
    for (scope, subject) in subjects {
        freeze(&app.test, scope, subject).await;
    }
    let drill = NewFreeze { drill: true, ..new(Scope::Everything, "") };
    freezes::create(&app.test.desk, &app.test.operator, &drill, None).await.unwrap();
    let page = app.person("vera@example.com").await.get("/").await;
    assert_eq!(page.text.matches("strip-bad").count(), 5 + 1, "five of them, folded into a line");
    assert!(page.text.contains("<b>6 freezes stand</b>"), "{}", page.text);
    assert!(page.main().contains("6 Freezes in force"), "{}", page.main());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banner_stands_on_every_page_until_the_lift() {
    let app = spawn().await;
    let vera = app.person("vera@example.com").await;
    let pages = ["/", "/payouts", "/wallets", "/audit", "/no/such/page", "/freezes"];
    for page in pages {
        assert!(!vera.get(page).await.text.contains("strip-freeze"), "{page}");
    }
    let frozen = freeze(&app.test, Scope::Wallet, USD).await;
    let drill = NewFreeze { drill: true, ..new(Scope::Everything, "") };
    freezes::create(&app.test.desk, &app.test.operator, &drill, None).await.unwrap();
    for page in pages {
        let text = vera.get(page).await.text;
        assert!(text.contains("<b>Wallet Main USD is frozen</b>"), "{page}");
        assert!(text.contains("<b>Drill: Everything would be frozen</b>"), "{page}");
        assert!(text.contains("<b>1 freeze stands, and 1 drill</b>"), "{page}");
        assert_eq!(text.matches("strip-bad").count(), 1 + 1, "{page}");
    }
    assert!(vera.get("/").await.main().contains("Freezes in force"));
    assert!(!app.visitor().get("/sign-in").await.text.contains("strip-freeze"));
    crate::freezes::lift(&app.test, &frozen).await;
    assert!(!vera.get("/payouts").await.text.contains("Main USD is frozen"));
    assert!(!vera.get("/").await.main().contains("Freezes in force"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lifting_takes_a_second_person_on_the_pages_too() {
    let app = spawn().await;
    let frozen = freeze(&app.test, Scope::Wallet, USD).await;
    let path = format!("/freezes/{}", frozen.id);
    let axel = app.person("axel@example.com").await;
    let anna = app.person("anna@example.com").await;
    let early = axel.post(&format!("{path}/lift"), &[("decision", "lift"), ("version", "1")]).await;
    assert_eq!(early.status, 409);
    assert!(early.main().contains("Nobody has asked"), "{}", early.main());
    let empty = axel.post(&format!("{path}/request"), &[("reason", " "), ("version", "1")]).await;
    assert_eq!(empty.status, 422);
    let asked = axel.post(&format!("{path}/request"), &[("reason", "The payee called back"), ("version", "1")]).await;
    assert_eq!(asked.location(), path);
    assert!(axel.get(&path).await.main().contains("Axel Approver asks for it to be lifted"));
    let own = axel.get(&format!("{path}/lift")).await;
    assert!(own.main().contains("You asked for it, so someone else has to lift it."), "{}", own.main());
    assert!(!own.main().contains("Yes, lift it") && own.main().contains("No, keep it frozen"));
    let refused = axel.post(&format!("{path}/lift"), &[("decision", "lift"), ("version", "2")]).await;
    assert_eq!(refused.status, 409);
    let step = anna.get(&format!("{path}/lift")).await;
    assert!(step.main().contains("The payee called back") && step.main().contains("Yes, lift it"), "{}", step.main());
    let stale = anna.post(&format!("{path}/lift"), &[("decision", "lift"), ("version", "1")]).await;
    assert_eq!(stale.status, 409);
    let lifted = anna.post(&format!("{path}/lift"), &[("decision", "lift"), ("version", "2")]).await;
    assert_eq!((lifted.status, lifted.location()), (303, path.as_str()));
    let page = anna.get(&path).await;
    for part in ["Lifted by", "Anna Admin", "lifted it", "asked for it to be lifted", "tried to lift it: refused"] {
        assert!(page.main().contains(part), "{part}\n{}", page.main());
    }
    // Whoever comes too late reads the refusal, and no question.
    let late = axel.post(&format!("{path}/lift"), &[("decision", "lift"), ("version", "3")]).await;
    assert_eq!(late.status, 409);
    assert!(late.main().contains("The freeze is lifted already by Anna Admin."), "{}", late.main());
    assert!(!late.main().contains("Nothing has changed yet"), "{}", late.main());
    let list = anna.get("/freezes").await;
    assert!(list.main().contains("Lifted") && list.main().contains("by Anna Admin"), "{}", list.main());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_is_told_why_not_before_and_after_and_may_still_send_back() {
    let app = spawn().await;
    let (payout, link) = (app.test.payout("1500.00").await.payout.id, app.test.link("1500.00").await.link.id);
    let frozen = freeze(&app.test, Scope::Client, 1).await;
    let axel = app.person("axel@example.com").await;
    let told = "Client Larkfield Studios is frozen: nothing of it is approved.".to_owned();
    for path in [format!("/payouts/{payout}"), format!("/payout-links/{link}")] {
        assert!(axel.get(&path).await.main().contains(&told), "{path}");
        let approval = format!("{path}/approval");
        assert!(axel.get(&approval).await.main().contains(&told), "{approval}");
        let refused = axel.post(&approval, &[("decision", "approve"), ("note", ""), ("version", "")]).await;
        assert_eq!(refused.status, 409);
        assert!(refused.main().contains(&told), "{}", refused.main());
        let back = axel.post(&approval, &[("decision", "send_back"), ("note", "Fraud"), ("version", "")]).await;
        assert_eq!(back.status, 303);
    }
    // The page of the incident has both tries, and what ended since.
    let page = axel.get(&format!("/freezes/{}", frozen.id)).await;
    for part in ["Approve payout", "Approve payout link", "Axel Approver", "Cancelled", "Sent back", "USD"] {
        assert!(page.main().contains(part), "{part}\n{}", page.main());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_tells_what_is_unknown_what_was_cancelled_and_the_sums() {
    let app = spawn().await;
    // The sandbox does not answer for this one.
    app.test.payout("90.43").await;
    app.test.run_jobs(20).await;
    let cancelled = app.test.payout("12.34").await.payout.id;
    app.test.payout("20.00").await;
    app.test.run_jobs(1).await;
    let frozen = freeze(&app.test, Scope::Everything, "").await;
    payouts::cancel(&app.test.desk, &app.test.operator, cancelled, Some("Fraud"), None, None).await.unwrap();
    let vera = app.person("vera@example.com").await;
    let page = vera.get(&format!("/freezes/{}", frozen.id)).await;
    let main = page.main();
    for part in [
        "1 with an outcome that nobody knows yet",
        "USD 90 .43",
        "Cancelled Payouts 1 USD 12.34",
        "1 stand before the hand-over, with USD 20 .00",
        "Outcome unknown",
    ] {
        assert!(main.contains(part), "{part}\n{main}");
    }
    // A viewer reads, and is told that nothing more is theirs to do.
    assert!(main.contains("Your role does not allow it"), "{main}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_closed_by_its_lift_whatever_happens_afterwards() {
    let app = spawn().await;
    let test = &app.test;
    // Made and cancelled before it: no part of it.
    let early = test.payout("3.00").await.payout.id;
    payouts::cancel(&test.desk, &test.operator, early, None, None, None).await.unwrap();
    let frozen = freeze(test, Scope::Wallet, USD).await;
    test.payout("20.00").await;
    test.run_jobs(1).await;
    let cancelled = test.payout("12.34").await.payout.id;
    payouts::cancel(&test.desk, &test.operator, cancelled, Some("Fraud"), None, None).await.unwrap();
    freezes::ask(&test.desk, &test.operator, frozen.id, Some("Cleared"), None, None).await.unwrap();
    let axel = app.person("axel@example.com").await;
    let path = format!("/freezes/{}", frozen.id);
    // Who lifts it sees before what goes on by it.
    let step = axel.get(&format!("{path}/lift")).await.main();
    for part in ["What goes on at once", "Queued Payouts Goes to the provider 1 USD 20.00"] {
        assert!(step.contains(part), "{part}\n{step}");
    }
    test.clock.advance(60_000_000);
    freezes::lift(&test.desk, &test.approver, frozen.id, None, None).await.unwrap();
    let now = |page: String| {
        let rest = page.split_once("What ended until the lift").expect("what ended").1;
        rest.split_once("Printed by").expect("the foot").0.to_owned()
    };
    let closed = now(axel.get(&path).await.main());
    for part in
        ["Cancelled Payouts 1 USD 12.34", "What stood in it at the lift", "Queued Payouts Was stopped 1 USD 20.00"]
    {
        assert!(closed.contains(part), "{part}\n{closed}");
    }
    // The payout goes on, another is made and cancelled, and a third is made and paid: none of it belongs here.
    let late = test.payout("7.00").await.payout.id;
    payouts::cancel(&test.desk, &test.operator, late, None, None, None).await.unwrap();
    test.payout("8.00").await;
    test.run_jobs(60).await;
    let page = axel.get(&path).await.main();
    assert_eq!(now(page.clone()), closed);
    assert!(page.contains(", 1 min") && page.contains("Frozen ") && !page.contains(", for "), "{page}");
    assert!(!page.contains("stand before the hand-over") && !page.contains(" Stopped "), "{page}");
    assert!(!page.contains("What you can do"), "{page}");
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payee_is_found_by_what_is_typed_of_the_name() {
    let app = spawn().await;
    app.test.payout("10.00").await;
    let first = app.test.text("SELECT first_name FROM payees").await;
    let id = app.test.text("SELECT id FROM payees").await;
    let olga = app.person("olga@example.com").await;
    let review = |typed: String| {
        let fields = [("scope", "payee".to_owned()), ("subject", typed), ("reason", "Fraud".to_owned())];
        let olga = &olga;
        async move {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            olga.post("/freezes/review", &fields).await
        }
    };
    let start: String = first.to_lowercase().chars().take(3).collect();
    let one = review(start.clone()).await;
    assert_eq!((one.status, one.field("subject")), (200, Some(id.clone())), "{}", one.main());
    let none = review("nobody-at-all".into()).await;
    assert_eq!(none.status, 422);
    assert!(none.main().contains("Payee must be the id, the email or the start of a name"), "{}", none.main());
    // Of two that it may be, one is chosen.
    for (reference, email) in [("ONE", "one@example.org"), ("TWO", "two@example.org")] {
        let mut new = input(reference, USD, "USD", "5.00");
        new.beneficiary.email = Some(email.into());
        payouts::create(&app.test.desk, &app.test.operator, &new, None).await.expect("a payout");
    }
    let several = review(start).await;
    assert_eq!(several.status, 422);
    assert!(several.main().contains("Payee may be one of 3: choose one"), "{}", several.main());
    assert!(several.text.contains(&format!("<option value=\"{id}\">")), "{}", several.text);
}
