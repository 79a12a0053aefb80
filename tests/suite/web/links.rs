//! Payout links by page: making, deciding, cancelling, replacing, extending and finding them, with the ugly cases.

use paydesk::domain::payout_link::{CloseReason, LinkPolicy, State};
use paydesk::service::links;

use crate::support::api::Answer;
use crate::support::app::{SECOND, TestApp, USD, claim_input, link_input, spawn, visit};
use crate::support::person::Person;

/// The form of a new link, with some fields otherwise.
async fn make(person: &Person, other: &[(&str, &str)]) -> Answer {
    let mut fields = vec![
        ("wallet", "1"),
        ("amount", "100.00"),
        ("to", "new"),
        ("contact_name", "Nora Nilsson"),
        ("contact_email", "nora@example.com"),
        ("reference", "LINK_1"),
        ("notes", "Table: 12"),
        ("open_until", "2026-01-20T10:00"),
        ("send_email", "yes"),
    ];
    let key = format!("k-{:032x}", rand::random::<u128>());
    fields.retain(|(name, _)| other.iter().all(|(changed, _)| changed != name));
    fields.extend_from_slice(other);
    if other.iter().all(|(name, _)| *name != "idempotency_key") {
        fields.push(("idempotency_key", &key));
    }
    person.post("/payout-links", &fields).await
}

/// What a page says, with each amount in one piece.
fn words(answer: &Answer) -> String {
    answer.main().replace(" .", ".")
}

async fn count(app: &TestApp) -> i64 {
    app.test.int("SELECT COUNT(*) FROM payout_links").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_planned_made_and_seen_with_its_address() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    let plan = make(&olga, &[]).await;
    let said = words(&plan);
    assert_eq!(plan.status, 200, "{said}");
    for fact in ["101.50", "1,000,000.00", "999,898.50", "Nora Nilsson", "20 January 2026, 10:00 UTC", "By email"] {
        assert!(said.contains(fact), "{fact} is missing in\n{said}");
    }
    assert_eq!(count(&app).await, 0, "a plan makes nothing");
    // Sent twice, it is made once.
    let agreed = [("confirmed", "yes"), ("idempotency_key", "k-twice-0123456789")];
    let made = make(&olga, &agreed).await;
    assert_eq!(made.status, 303, "{}", made.main());
    assert_eq!(make(&olga, &agreed).await.location(), made.location());
    assert_eq!(count(&app).await, 1);
    let page = olga.get(made.location()).await;
    let address = page.text.split("id=\"address\" readonly value=\"").nth(1).expect("an address");
    let address = address.split('"').next().expect("its end");
    assert!(address.starts_with(&format!("{}/l/", app.base_url)), "{address}");
    assert!(page.text.contains("<svg class=\"qr\""));
    let said = page.main();
    for fact in ["USD 101.50 (amount and fees) is held in Main USD", "LINK_HOLD", "Table: 12", "Waiting to be sent"] {
        assert!(said.contains(fact), "{fact} is missing in\n{said}");
    }
    assert!(!page.text.contains("token_sealed") && !page.text.contains("token_hash"));
    // The preview says what the recipient reads; nobody can claim there.
    let preview = olga.get(&format!("{}/preview", made.location())).await;
    assert!(preview.main().contains("Larkfield Studios wants to pay you USD 100.00"), "{}", preview.main());
    assert!(!preview.text.contains("/l/") && preview.main().contains("nothing here can be claimed"));
    // Nobody set up a mail server, and the page says so.
    app.test.run_jobs(2).await;
    let said = olga.get(made.location()).await.main();
    assert!(said.contains("no mail server set up"), "{said}");
    // Who may not issue links is not given the address.
    let vera = app.person("vera@example.com").await;
    let page = vera.get(made.location()).await;
    assert!(page.status == 200 && !page.text.contains(address));
    assert_eq!(app.test.balances(USD).await, (99_989_850, 10_150));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_asked_for_twice_is_told_to_be_there_already() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    let form = [("confirmed", "yes"), ("idempotency_key", "key-1")];
    let first = make(&olga, &form).await;
    assert!(olga.get(first.location()).await.text.contains("Payout link over USD 100.00 made"));
    let again = make(&olga, &form).await;
    assert_eq!(again.location(), first.location());
    let page = olga.get(again.location()).await.text;
    assert!(page.contains("had been made already") && !page.contains("USD 100.00 made"));
    assert_eq!(count(&app).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_stands_on_top_and_at_its_field_and_what_was_typed_stays() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    for (field, value, message) in [
        ("wallet", "", "choose one of the wallets"),
        ("wallet", "99", "choose one of the wallets"),
        ("amount", "1.234", "Amount"),
        ("amount", "", "Amount is required"),
        ("contact_name", " ", "Contact name is required"),
        ("contact_email", "nora", "Contact email"),
        ("contact_email", "", "is required to send an email"),
        ("contact_phone", "call me", "must be a phone number"),
        ("open_until", "tomorrow", "must be a date and a time"),
        ("open_until", "2026-01-15T10:31", "at least 15 minutes"),
        ("notes", "Table", "a name and a value on each line"),
        ("upi", "yes", "which pays INR only"),
        ("to", "known", "is required: type the email or id"),
    ] {
        for confirmed in ["", "yes"] {
            let refused = make(&olga, &[(field, value), ("confirmed", confirmed), ("purpose", "Kept words")]).await;
            let said = refused.main();
            assert_eq!(refused.status, 422, "{field}={value}: {said}");
            assert!(said.contains(message), "{field}={value}: {said}");
            assert!(refused.text.contains("data-error-summary") && refused.text.contains("<title>Error: "));
            assert!(refused.text.contains("value=\"Kept words\""), "{field}: what was typed stays");
        }
    }
    // Several at once are told at once.
    let said = make(&olga, &[("wallet", ""), ("contact_name", ""), ("notes", "x")]).await.main();
    assert!(said.contains("3 things need another look") || said.contains("4 things"), "{said}");
    // Too much is told before the click, and refused without one.
    let said = make(&olga, &[("amount", "999.00"), ("wallet", "3")]).await.main();
    assert!(said.contains("Make a payout link over JPY") || said.contains("Amount"), "{said}");
    assert_eq!(count(&app).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_like_it_is_named_and_linked_and_never_stops_anybody() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    let plain = make(&olga, &[]).await;
    assert!(!plain.main().contains("made before"), "{}", plain.main());
    let first = make(&olga, &[("confirmed", "yes")]).await;
    let plan = make(&olga, &[("contact_email", "NORA@example.com"), ("contact_name", "N. Nilsson")]).await;
    assert!(plan.main().contains("This looks like one made before"), "{}", plan.main());
    assert!(plan.text.contains(&format!("href=\"{}\"", first.location())));
    let other = make(&olga, &[("amount", "100.01")]).await;
    assert!(!other.main().contains("made before"));
    let second = make(&olga, &[("confirmed", "yes")]).await;
    assert_eq!(second.status, 303);
    assert_ne!(second.location(), first.location());
    // The same for payouts.
    let payout = |confirmed: &'static str, reference: &'static str, key: &'static str| {
        [
            ("wallet", "1"),
            ("amount", "25.00"),
            ("reference", reference),
            ("to", "new"),
            ("first_name", "John"),
            ("last_name", "Doe"),
            ("email", "john.doe@example.com"),
            ("country", "US"),
            ("confirmed", confirmed),
            ("idempotency_key", key),
        ]
    };
    let first = olga.post("/payouts", &payout("yes", "A1", "k-000000000000001")).await;
    assert_eq!(first.status, 303, "{}", first.main());
    let plan = olga.post("/payouts", &payout("", "A2", "k-000000000000002")).await;
    assert!(plan.main().contains("Payout A1 of USD 25.00 to John Doe"), "{}", plan.main());
    assert!(plan.text.contains(&format!("href=\"{}\"", first.location())));
    assert_eq!(olga.post("/payouts", &payout("yes", "A2", "k-000000000000002")).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_above_the_limit_waits_in_the_inbox_and_holds_nothing_before_a_yes() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let olga = app.person("olga@example.com").await;
    let said = make(&olga, &[("amount", "2000.00")]).await.main();
    assert!(said.contains("A second person must approve it") && said.contains("USD 1,000.00"), "{said}");
    let made = make(&olga, &[("amount", "2000.00"), ("confirmed", "yes")]).await;
    let href = made.location().to_owned();
    assert_eq!(app.test.balances(USD).await, before);
    app.test.payout("1500.00").await;
    let axel = app.person("axel@example.com").await;
    let inbox = axel.get("/approvals").await;
    assert!(inbox.text.contains(&format!("{href}/approval")), "{}", inbox.main());
    assert!(words(&inbox).contains("USD 3,500.00") && inbox.main().contains("Payout link LINK_1"), "{}", inbox.main());
    assert!(inbox.text.contains("count-due\">2<"), "the navigation counts both");
    let today = axel.get("/").await.main();
    assert!(today.contains("2 To approve"), "{today}");
    // The maker is refused, without a note it is not sent back, and a yes holds the money once.
    let key = |key| [("decision", "approve"), ("note", ""), ("version", ""), ("idempotency_key", key)];
    let path = format!("{href}/approval");
    assert_eq!(olga.post(&path, &key("k-00000000000000a")).await.status, 403);
    let wordless =
        [("decision", "send_back"), ("note", " "), ("version", ""), ("idempotency_key", "k-00000000000000b")];
    let refused = axel.post(&path, &wordless).await;
    assert!(refused.status == 422 && refused.main().contains("is needed to send back"), "{}", refused.main());
    let stale = [("decision", "approve"), ("note", ""), ("version", "99"), ("idempotency_key", "k-00000000000000c")];
    assert_eq!(axel.post(&path, &stale).await.status, 409);
    for _ in 0..2 {
        assert_eq!(axel.post(&path, &key("k-00000000000000d")).await.status, 303);
    }
    let said = axel.get(&path).await.main();
    assert!(said.contains("Payout link approved") && said.contains("Axel Approver approved USD 2,030.00"), "{said}");
    // The payout made meanwhile holds its own amount and fees.
    assert_eq!(app.test.balances(USD).await.1, 203_000 + 152_250);
    assert!(!axel.get("/approvals").await.text.contains(&href));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inbox_has_both_kinds_oldest_first_and_pages_through_them() {
    let app = spawn().await;
    let mut made = Vec::new();
    for number in 0..30 {
        app.test.clock.advance(SECOND);
        made.push(format!("/payouts/{}/approval", app.test.payout("1100.00").await.payout.id));
        app.test.clock.advance(SECOND);
        let input = links::LinkInput { reference: Some(format!("L{number}")), ..link_input("1100.00") };
        let link = links::create(&app.test.desk, &app.test.operator, &input, None).await.expect("a link").value;
        made.push(format!("/payout-links/{}/approval", link.link.id));
    }
    let axel = app.person("axel@example.com").await;
    let mut seen: Vec<String> = Vec::new();
    let mut next = Some("/approvals?whose=others".to_owned());
    while let Some(path) = next {
        let page = axel.get(&path).await;
        let rows = page.text.split("<a class=\"cell-main\" href=\"").skip(1);
        seen.extend(rows.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        let after = page.text.split("href=\"/approvals?whose=others&#38;after=").nth(1);
        next = after.and_then(|rest| rest.split('"').next()).map(|id| format!("/approvals?whose=others&after={id}"));
    }
    assert_eq!(seen, made);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_cancelled_once_and_the_record_stays() {
    let app = spawn().await;
    let before = app.test.balances(USD).await;
    let link = app.test.link("100.00").await.link;
    let olga = app.person("olga@example.com").await;
    let path = format!("/payout-links/{}/cancel", link.id);
    let step = olga.get(&path).await;
    let said = words(&step);
    for fact in ["Its address dies now, and USD 101.50 goes back to Main USD", "999,898.50", "1,000,000.00"] {
        assert!(said.contains(fact), "{fact} is missing in\n{said}");
    }
    let version = step.field("version").expect("a version");
    let form = |reason: &'static str, version: &str| {
        [
            ("reason", reason.to_owned()),
            ("note", "Sent twice".to_owned()),
            ("version", version.to_owned()),
            ("idempotency_key", "k-0123456789abcdef".to_owned()),
        ]
    };
    let send = async |reason, version: &str| {
        let form = form(reason, version);
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        olga.post(&path, &form).await
    };
    let refused = send("", &version).await;
    assert!(refused.status == 422 && refused.text.contains("value=\"Sent twice\""), "{}", refused.main());
    // Somebody extended it meanwhile: the new facts are shown, and asked again.
    let later = Some("2026-01-18T10:30:00Z");
    links::extend(&app.test.desk, &app.test.operator, link.id, later, None, None).await.expect("an extension");
    let stale = send("Wrong amount", &version).await;
    assert!(stale.status == 409 && stale.main().contains("changed while you were reading"), "{}", stale.main());
    let version = stale.field("version").expect("the new version");
    // The first key was used for the refusal; the page gives a new one.
    let key = stale.field("idempotency_key").expect("a key");
    let form = [("reason", "Wrong amount"), ("version", version.as_str()), ("idempotency_key", key.as_str())];
    for _ in 0..2 {
        let done = olga.post(&path, &form).await;
        assert_eq!((done.status, done.location()), (303, format!("/payout-links/{}/cancellation", link.id).as_str()));
    }
    for _ in 0..2 {
        let said = olga.get(&format!("/payout-links/{}/cancellation", link.id)).await.main();
        for fact in ["Payout link cancelled", "USD 101.50 went back to Main USD", "LINK_RELEASE", "Olga Operator"] {
            assert!(said.contains(fact), "{fact} is missing in\n{said}");
        }
    }
    assert_eq!(app.test.balances(USD).await, before);
    let page = olga.get(&format!("/payout-links/{}", link.id)).await;
    assert!(!page.text.contains("/l/") && page.main().contains("It is already cancelled"), "{}", page.main());
    assert!(olga.get(&path).await.main().contains("cannot be cancelled now"));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cancels_a_claimed_link_is_told_what_happened() {
    let app = spawn().await;
    let record = app.test.link("100.00").await;
    let olga = app.person("olga@example.com").await;
    let path = format!("/payout-links/{}/cancel", record.link.id);
    let version = olga.get(&path).await.field("version").expect("a version");
    let secret = app.test.secret(&record);
    links::claim(&app.test.desk, &visit(), &secret, &claim_input("1234567890"), None).await.expect("a claim");
    let form = [("reason", "Wrong amount"), ("version", version.as_str()), ("idempotency_key", "k-0123456789abcdef")];
    let refused = olga.post(&path, &form).await;
    let said = refused.main();
    assert_eq!(refused.status, 409, "{said}");
    assert!(said.contains("It is claimed") && said.contains("John Doe claimed it"), "{said}");
    assert_eq!(olga.get(&format!("/payout-links/{}/cancellation", record.link.id)).await.status, 404);
    // Its payout says where it came from, and an approver can see the account in full.
    let page = olga.get(&format!("/payout-links/{}", record.link.id)).await;
    assert!(!page.text.contains("1234567890") && page.main().contains("Bank details are masked"), "{}", page.main());
    let payout = app.test.get_link(record.link.id).await.link.payout_id.expect("a payout");
    let from = olga.get(&format!("/payouts/{payout}")).await;
    assert!(from.text.contains(&format!("href=\"/payout-links/{}\"", record.link.id)));
    let account = format!("/payout-links/{}/account", record.link.id);
    assert_eq!(olga.post(&account, &[]).await.status, 403);
    let axel = app.person("axel@example.com").await;
    let shown = axel.post(&account, &[]).await;
    assert!(shown.status == 200 && shown.main().contains("1234567890"), "{}", shown.main());
    let sql = "SELECT COUNT(*) FROM audit_log WHERE action = 'payee.reveal' AND outcome = 'done'";
    assert_eq!(app.test.int(sql).await, 1);
    let open = app.test.link("5.00").await.link.id;
    assert_eq!(axel.post(&format!("/payout-links/{open}/account"), &[]).await.status, 404);
    app.test.run_jobs(40).await;
    let said = olga.get(&format!("/payout-links/{}", record.link.id)).await.main();
    assert!(said.contains("USD 100.00 was paid to John Doe") && said.contains("PAYOUT_SETTLED"), "{said}");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_tells_the_wallet_before_and_after_and_kills_the_old_address() {
    let app = spawn().await;
    let record = app.test.link("100.00").await;
    let (held, id) = (app.test.balances(USD).await, record.link.id);
    let olga = app.person("olga@example.com").await;
    let path = format!("/payout-links/{id}/replacement");
    let step = olga.get(&path).await;
    let said = words(&step);
    assert!(said.contains("Held for the new one") && said.contains("999,898.50"), "{said}");
    let (version, key) = (step.field("version").expect("a version"), step.field("idempotency_key").expect("a key"));
    let form =
        [("reason", "Other"), ("note", "Lost"), ("version", version.as_str()), ("idempotency_key", key.as_str())];
    for _ in 0..2 {
        assert_eq!(olga.post(&path, &form).await.status, 303);
    }
    assert_eq!((count(&app).await, app.test.balances(USD).await), (2, held));
    let old = app.test.get_link(id).await.link;
    assert_eq!((old.state, old.close_reason), (State::Cancelled, Some(CloseReason::Replaced)));
    let next = old.replaced_by_id.expect("another link");
    let done = olga.get(&format!("/payout-links/{id}/cancellation")).await;
    assert!(done.main().contains("Payout link replaced") && done.text.contains(&format!("/payout-links/{next}\"")));
    let secret = app.test.secret(&record);
    assert!(links::claim(&app.test.desk, &visit(), &secret, &claim_input("1234567890"), None).await.is_err());
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_extended_and_sent_again_but_not_twice_in_a_minute() {
    let app = spawn().await;
    let link = app.test.link("100.00").await.link;
    let olga = app.person("olga@example.com").await;
    let href = format!("/payout-links/{}", link.id);
    let extend = async |until: &str| {
        let key = format!("k-{:032x}", rand::random::<u128>());
        olga.post(&format!("{href}/extension"), &[("open_until", until), ("idempotency_key", &key)]).await
    };
    for (until, message) in [
        ("", "is required"),
        ("soon", "must be a date and a time"),
        ("2026-01-15T10:35", "at least 15 minutes"),
        ("2026-01-16T10:00", "open that long already"),
    ] {
        let refused = extend(until).await;
        assert!(refused.status == 422 && refused.main().contains(message), "{until}: {}", refused.main());
        assert!(refused.text.contains(&format!("value=\"{until}\"")), "what was typed stays");
    }
    assert_eq!(extend("2026-01-31T12:00").await.status, 303);
    let said = olga.get(&href).await.main();
    assert!(said.contains("31 Jan 2026, 12:00") && said.contains("Payout link can be claimed longer"), "{said}");
    let resend = async || {
        let key = format!("k-{:032x}", rand::random::<u128>());
        olga.post(&format!("{href}/messages"), &[("idempotency_key", &key)]).await
    };
    assert!(olga.get(&format!("{href}/messages")).await.main().contains("john.doe@example.com"));
    assert_eq!(resend().await.status, 303);
    let refused = resend().await;
    assert!(refused.status == 409 && refused.main().contains("less than a minute ago"), "{}", refused.main());
    assert_eq!(app.test.int("SELECT COUNT(*) FROM messages").await, 1);
    // Nowhere to send it, nothing to move, and nothing left to do.
    let input = links::LinkInput { contact_email: None, expire_by: None, ..link_input("5.00") };
    let bare = links::create(&app.test.desk, &app.test.operator, &input, None).await.expect("a link").value.link.id;
    for (act, why) in [("messages", "There is no email address"), ("extension", "It is open until it is cancelled")] {
        let said = olga.get(&format!("/payout-links/{bare}/{act}")).await.main();
        assert!(said.contains(why), "{act}: {said}");
    }
    app.test.clock.advance(40 * 24 * 3_600 * SECOND);
    let olga = app.person("olga@example.com").await;
    let said = olga.get(&href).await.main();
    assert!(said.contains("Its time is over"), "before the job came: {said}");
    assert!(olga.get(&format!("{href}/preview")).await.main().contains("cannot claim it"));
    app.test.run_jobs(2).await;
    let said = olga.get(&href).await.main();
    assert!(said.contains("Nobody claimed it in time") && said.contains("USD 101.50 went back"), "{said}");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_finds_exports_and_adds_up_what_the_filter_says() {
    let app = spawn().await;
    let mut ids = Vec::new();
    for (amount, reference) in [("10.00", "FIND_1"), ("20.00", "FIND_2"), ("30.00", "ELSE_3"), ("1500.00", "FIND_4")] {
        let input = links::LinkInput {
            reference: Some(reference.into()),
            receipt: Some(format!("R-{reference}")),
            ..link_input(amount)
        };
        let made = links::create(&app.test.desk, &app.test.operator, &input, None).await.expect("a link");
        ids.push(made.value.link.id);
    }
    let policy = LinkPolicy::DESK;
    links::cancel(&app.test.desk, &app.test.operator, ids[1], policy, None, None, None).await.expect("cancelled");
    let vera = app.person("vera@example.com").await;
    let base62 = format!("poutlk_{}", ids[0].base62());
    for (query, found) in [
        ("", 4),
        ("q=FIND", 3),
        ("q=R-ELSE_3", 1),
        ("q=john.doe", 4),
        ("q=DOE", 4),
        (&format!("q={}", ids[0]), 1),
        (&format!("q={}", ids[0].hyphenated()), 1),
        (&format!("q={base62}"), 1),
        ("q=nobody", 0),
        ("status=issued", 2),
        ("status=pending", 1),
        ("status=cancelled&q=FIND", 1),
        ("status=reopened", 0),
        ("client=2", 0),
        ("wallet=1&currency=USD&amount=30", 1),
        ("from=2026-01-15&to=2026-01-15", 4),
        ("to=2026-01-14", 0),
    ] {
        let csv = vera.get(&format!("/payout-links/export.csv?{query}")).await;
        assert_eq!(csv.text.lines().count() - 1, found, "{query}: {}", csv.text);
        let page = vera.get(&format!("/payout-links?{query}")).await;
        let rows = page.text.matches("<a class=\"cell-main\" href=\"/payout-links/lnk_").count();
        assert_eq!((page.status, rows), (200, found), "{query}");
        assert_eq!(page.text.contains("Clear filters"), found == 0, "{query}");
    }
    let said = words(&vera.get("/payout-links?q=FIND").await);
    assert!(said.contains("3 payout links match") && said.contains("Sum of all 3 that match"), "{said}");
    assert!(said.contains("USD 1,530.00"), "{said}");
    for wrong in ["status=x", "from=2026-02-31", "amount=5", "wallet=x"] {
        assert_eq!(vera.get(&format!("/payout-links?{wrong}")).await.status, 422, "{wrong}");
    }
    // The find box leads to where something is.
    let payout = app.test.payout("5.00").await.payout;
    for (text, list) in [
        (ids[2].to_string(), "/payout-links?q="),
        (base62.clone(), "/payout-links?q="),
        ("ELSE_3".into(), "/payout-links?q="),
        (payout.reference_id.clone(), "/payouts?q="),
        (payout.id.to_string(), "/payouts?q="),
        ("doe".into(), "/payouts?q="),
        ("nobody".into(), "/payouts?q="),
    ] {
        let answer = vera.get(&format!("/find?q={text}")).await;
        assert!(answer.location().starts_with(list), "{text}: {}", answer.location());
    }
    assert_eq!(vera.get("/find").await.location(), "/payouts");
    // The wallet tells what of its held money is for links.
    let said = vera.get("/wallets/1").await.main();
    assert!(said.contains("40.60 for payout links") && said.contains("Hold for a payout link"), "{said}");
    // The log names and links them.
    let log = vera.get("/audit").await;
    assert!(log.main().contains("Make payout link") && log.text.contains(&format!("/payout-links/{}\"", ids[0])));
    // An id that is none, and one of nothing.
    for path in ["/payout-links/x", "/payout-links/lnk_01h455vb4pex5vsknk084sn02q"] {
        assert_eq!(vera.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_links_are_paged_without_a_gap() {
    let app = spawn().await;
    for _ in 0..103 {
        app.test.link("1.00").await;
    }
    let vera = app.person("vera@example.com").await;
    let mut seen = Vec::new();
    let mut next = Some("/payout-links".to_owned());
    while let Some(path) = next {
        let page = vera.get(&path).await;
        let rows = page.text.split("<a class=\"cell-main\" href=\"/payout-links/").skip(1);
        seen.extend(rows.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        let older = page.text.split("href=\"/payout-links?after=").nth(1).and_then(|rest| rest.split('"').next());
        next = older.map(|id| format!("/payout-links?after={id}"));
    }
    let mut sorted = seen.clone();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    sorted.dedup();
    assert_eq!((seen.len(), &sorted), (103, &seen));
}
