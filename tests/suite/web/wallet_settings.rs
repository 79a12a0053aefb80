//! Wallets by page: making them, their settings, top-ups, and the first steps on an empty desk.

use std::time::Duration;

use paydesk::service::wallet_settings::edition;
use paydesk::service::{sign_in, wallets};

use crate::support::api::Answer;
use crate::support::app::{PASSWORD, TestApp, USD, empty_desk, free_port, serve, spawn};
use crate::support::person::Person;

/// A wallet of the first client, as it would be typed.
const WALLET: [(&str, &str); 8] = [
    ("client", "1"),
    ("new_client", ""),
    ("name", "Payroll"),
    ("currency", "USD"),
    ("approval_limit", "2500"),
    ("threshold", "100.50"),
    ("percentage", "1.25"),
    ("fixed_fee", "0.30"),
];

/// A form with one field changed or added.
fn with<'a>(form: &[(&'a str, &'a str)], name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    form.iter().copied().filter(|(field, _)| *field != name).chain([(name, value)]).collect()
}

async fn admin() -> (TestApp, Person) {
    let app = spawn().await;
    let admin = app.person("anna@example.com").await;
    (app, admin)
}

/// Reviews a top-up and answers the review's key.
async fn reviewed(person: &Person, amount: &str, reference: &str) -> String {
    let review = person.post("/wallets/1/top-up", &[("amount", amount), ("reference", reference)]).await;
    assert_eq!(review.status, 200, "{}", review.main());
    review.field("idempotency_key").expect("a key")
}

async fn booked(person: &Person, amount: &str, reference: &str, key: &str) -> Answer {
    let form = [("amount", amount), ("reference", reference), ("idempotency_key", key), ("confirmed", "yes")];
    person.post("/wallets/1/top-up", &form).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_makes_a_wallet_of_a_client_that_is_there() {
    let (app, admin) = admin().await;
    let made = admin.post("/wallets/new", &WALLET).await;
    assert_eq!((made.status, made.location()), (303, "/wallets/6"));
    let wallet = wallets::get(&app.test.desk, &app.test.admin, 6).await.expect("the wallet");
    assert_eq!((wallet.name.as_str(), wallet.currency.code(), wallet.available_minor), ("Payroll", "USD", 0));
    assert_eq!((wallet.approval_limit_minor, wallet.threshold_minor), (Some(250_000), Some(10_050)));
    assert_eq!((wallet.fee_basis_points, wallet.fee_fixed_minor, wallet.fee_minimum_minor), (125, 30, 0));
    let page = admin.get("/wallets/6").await.main();
    assert!(page.contains("Payroll is made") && page.contains("Top up Payroll"), "{page}");
    // The same form again does not make a second one.
    let again = admin.post("/wallets/new", &WALLET).await;
    assert_eq!(again.status, 422);
    assert!(again.main().contains("Name is the name of another wallet of this client"), "{}", again.main());
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_makes_a_wallet_together_with_its_client() {
    let (app, admin) = admin().await;
    let form = [("new_client", "Harbour Foods"), ("name", "Main"), ("currency", "kwd"), ("least_fee", "0.125")];
    assert_eq!(admin.post("/wallets/new", &form).await.location(), "/wallets/6");
    let page = said(&admin.get("/wallets").await);
    assert!(page.contains("Harbour Foods") && page.contains("KWD 0.000"), "{page}");
    let again = admin.post("/wallets/new", &with(&form, "new_client", "HARBOUR FOODS")).await;
    assert_eq!(again.status, 422);
    assert!(again.main().contains("New client is the name of a client already"), "{}", again.main());
    assert_eq!(app.test.int("SELECT COUNT(*) FROM clients").await, 3);
    assert_eq!(app.test.int("SELECT COUNT(*) FROM audit_log WHERE action = 'client.create'").await, 1);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_field_of_a_new_wallet_says_what_is_wrong_and_keeps_what_was_typed() {
    let (app, admin) = admin().await;
    for (field, typed, message) in [
        ("client", "", "Client is required: choose one, or name a new one"),
        ("client", "99", "Client must be one of the clients"),
        ("client", "x", "Client must be one of the clients"),
        ("new_client", "Another", "New client must stay blank when a client is chosen above"),
        ("name", " ", "Name is required"),
        ("name", "main usd", "Name is the name of another wallet of this client"),
        ("currency", "", "Currency is required"),
        ("currency", "USX", "Currency must be an ISO 4217 code such as USD"),
        ("currency", "XXX", "Currency must be a currency that people are paid in, and XXX is none"),
        ("approval_limit", "1e2", "Approval limit must be a plain number"),
        ("approval_limit", "-0", "Approval limit must be a plain number"),
        ("threshold", "-5", "Threshold must be a plain number"),
        ("threshold", "1.005", "Threshold has too many decimals: USD has 2"),
        ("percentage", "101", "Percentage must be a per cent from 0 to 100"),
        ("percentage", "1e1", "Percentage must be a per cent from 0 to 100"),
        ("percentage", "1.555", "Percentage must be a per cent from 0 to 100"),
        ("fixed_fee", "٣", "Fixed fee must be a plain number"),
        ("least_fee", "9007199254740992", "Least fee is too large"),
    ] {
        let answer = admin.post("/wallets/new", &with(&WALLET, field, typed)).await;
        assert_eq!(answer.status, 422, "{field} {typed}");
        assert!(answer.text.contains("<title>Error: "), "{field} {typed}");
        let page = answer.main();
        assert_eq!(page.matches(message).count(), 2, "on top and at the field: {field} {typed}\n{page}");
        if field != "client" {
            assert_eq!(answer.field(field).as_deref(), Some(typed), "{field} keeps what was typed");
        }
        assert!(answer.text.contains(&format!("href=\"#{field}\"")), "{field} is led to");
    }
    assert_eq!(app.test.int("SELECT COUNT(*) FROM wallets").await, 5);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_change_what_they_say_and_nothing_else() {
    let (app, admin) = admin().await;
    let form = admin.get("/wallets/1/settings").await;
    let typed = |name: &str| form.field(name).unwrap_or_default();
    assert_eq!(
        (typed("name"), typed("approval_limit"), typed("percentage")),
        ("Main USD".into(), "1000.00".into(), "1.5".into())
    );
    let version = typed("version");
    let changed = [
        ("name", "Operations"),
        ("approval_limit", ""),
        ("threshold", "0"),
        ("percentage", "2"),
        ("version", &version),
    ];
    let saved = admin.post("/wallets/1/settings", &changed).await;
    assert_eq!((saved.status, saved.location()), (303, "/wallets/1?part=about"));
    let wallet = wallets::get(&app.test.desk, &app.test.admin, USD).await.expect("the wallet");
    assert_eq!(
        (wallet.name.as_str(), wallet.approval_limit_minor, wallet.threshold_minor),
        ("Operations", None, Some(0))
    );
    assert_eq!((wallet.fee_basis_points, wallet.available_minor), (200, 100_000_000));
    for (field, typed) in [("approval_limit", "1e2"), ("percentage", "101"), ("fixed_fee", "-1"), ("name", "")] {
        let answer = admin.post("/wallets/1/settings", &with(&changed, field, typed)).await;
        assert_eq!((answer.status, answer.field(field).as_deref()), (422, Some(typed)), "{field}");
    }
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_stays_while_a_wallet_holds_money_for_payouts() {
    let (app, admin) = admin().await;
    let id = app.test.payout("10.00").await.payout.id;
    let rail = async || wallets::get(&app.test.desk, &app.test.admin, USD).await.expect("the wallet").rail;
    let change = async || {
        let page = admin.get("/wallets/1/settings").await;
        let fields = ["name", "version"].map(|name| (name, page.field(name).unwrap_or_default()));
        let mut form: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        form.push(("rail", "manual"));
        admin.post("/wallets/1/settings", &form).await
    };
    let refused = change().await;
    assert_eq!(refused.status, 422);
    assert!(refused.main().contains("is held for payouts and payout links of it"), "{}", refused.main());
    assert_eq!(rail().await, "sandbox");
    paydesk::service::payouts::cancel(&app.test.desk, &app.test.operator, id, None, None, None).await.unwrap();
    let changed = change().await;
    assert_eq!(changed.status, 303, "{}", changed.main());
    assert_eq!(rail().await, "manual");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_somebody_else_changed_are_shown_again_but_moving_money_disturbs_nobody() {
    let (app, admin) = admin().await;
    let version = admin.get("/wallets/1/settings").await.field("version").expect("a version");
    app.test.payout("10.00").await;
    let first = [("name", "Main USD"), ("threshold", "77.00"), ("version", &version)];
    assert_eq!(admin.post("/wallets/1/settings", &first).await.status, 303, "a payout changes no settings");
    let second = [("name", "Main dollars"), ("threshold", "5"), ("version", &version)];
    let stale = admin.post("/wallets/1/settings", &second).await;
    assert_eq!(stale.status, 409);
    let page = stale.main();
    assert!(page.contains("changed while you were reading") && page.contains("USD 77.00"), "{page}");
    assert_eq!(stale.field("name").as_deref(), Some("Main dollars"), "what was typed stays");
    let wallet = wallets::get(&app.test.desk, &app.test.admin, USD).await.expect("the wallet");
    assert_eq!(stale.field("version"), Some(edition(&wallet)), "and can be sent again, knowing the new facts");
    let fresh = edition(&wallet);
    assert_eq!(admin.post("/wallets/1/settings", &with(&second, "version", &fresh)).await.status, 303);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_top_up_is_reviewed_with_exact_balances_and_a_repeated_click_books_once() {
    let (app, admin) = admin().await;
    let review = admin.post("/wallets/1/top-up", &[("amount", "2500.5"), ("reference", "TRF 8812")]).await;
    let page = said(&review);
    for words in
        ["Top up Main USD with USD 2,500.50?", "1,000,000.00", "1,002,500.50", "TRF 8812", "Nothing has changed yet"]
    {
        assert!(page.contains(words), "{words}\n{page}");
    }
    assert_eq!(app.test.balances(USD).await, (100_000_000, 0));
    let key = review.field("idempotency_key").expect("a key");
    let (one, two) = tokio::join!(async { booked(&admin.copy(), "2500.5", "TRF 8812", &key).await }, async {
        booked(&admin.copy(), "2500.5", "TRF 8812", &key).await
    },);
    assert_eq!((one.status, two.status), (303, 303));
    assert_eq!(one.location(), two.location());
    assert_eq!(app.test.balances(USD).await, (100_250_050, 0));
    let record = admin.get(one.location()).await;
    let page = said(&record);
    for words in ["Wallet topped up", "TRF 8812", "USD 2,500.50", "FUNDING", "1,002,500.50", "15 Jan 2026"] {
        assert!(page.contains(words), "{words}\n{page}");
    }
    app.test.payout("10.00").await;
    assert_eq!(page, said(&admin.get(one.location()).await), "the record stays as it is");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_top_ups_with_two_keys_are_two_and_a_key_is_for_one_top_up() {
    let (app, admin) = admin().await;
    let (first, second) = (reviewed(&admin, "10", "A").await, reviewed(&admin, "10", "A").await);
    let (one, two) = (booked(&admin, "10", "A", &first).await, booked(&admin, "10", "A", &second).await);
    assert_ne!(one.location(), two.location());
    assert_eq!(app.test.balances(USD).await, (100_002_000, 0));
    let other = booked(&admin, "11", "A", &first).await;
    assert_eq!(other.status, 409);
    assert!(other.main().contains("has booked another top-up already"), "{}", other.main());
    assert_ne!(other.field("idempotency_key"), Some(first), "the form goes on with a key of its own");
    assert_eq!(booked(&admin, "11", "A", "").await.status, 400, "without a key nothing is booked");
    assert_eq!(app.test.balances(USD).await, (100_002_000, 0));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_that_are_none_are_refused_and_money_never_passes_the_largest_amount() {
    let (app, admin) = admin().await;
    for typed in ["", "0", "-1", "1e2", "1.005", "٣", "1,000", "9007199254740992", "90071992547409.91"] {
        for form in [vec![], vec![("confirmed", "yes"), ("idempotency_key", "page-1")]] {
            let form: Vec<_> = [("amount", typed), ("reference", "TRF")].into_iter().chain(form).collect();
            let answer = admin.post("/wallets/1/top-up", &form).await;
            assert!([409, 422].contains(&answer.status), "{typed}: {}", answer.status);
            assert_eq!(answer.field("amount").as_deref(), Some(typed));
            assert!(answer.text.contains("<title>Error: ") && answer.text.contains("href=\"#amount\""), "{typed}");
        }
    }
    let nameless = admin.post("/wallets/1/top-up", &[("amount", "5"), ("reference", " ")]).await;
    assert_eq!(nameless.status, 422);
    assert!(nameless.main().contains("Reference is required"));
    let back = admin.post("/wallets/1/top-up", &[("amount", "5"), ("reference", "R"), ("edit", "yes")]).await;
    assert_eq!(
        (back.status, back.field("amount").as_deref(), back.field("reference").as_deref()),
        (200, Some("5"), Some("R"))
    );
    assert_eq!(app.test.balances(USD).await, (100_000_000, 0));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_manage_wallets_and_others_are_not_offered_it() {
    let app = spawn().await;
    for email in ["vera@example.com", "olga@example.com", "axel@example.com"] {
        let person = app.person(email).await;
        for path in ["/wallets/new", "/wallets/1/settings", "/wallets/1/top-up"] {
            assert_eq!(person.get(path).await.status, 403, "{path} as {email}");
        }
        assert_eq!(person.post("/wallets/new", &WALLET).await.status, 403);
        assert_eq!(person.post("/wallets/1/settings", &[("name", "Mine"), ("version", "")]).await.status, 403);
        assert_eq!(person.post("/wallets/1/top-up", &[("amount", "5"), ("reference", "R")]).await.status, 403);
        assert_eq!(person.post("/wallets/1/top-up", &[("amount", "5"), ("edit", "yes")]).await.status, 403);
        assert_eq!(booked(&person, "5", "R", "page-1").await.status, 403);
        let pages = [person.get("/wallets").await.text, person.get("/wallets/1").await.text].concat();
        for path in ["/wallets/new", "/wallets/1/settings", "/wallets/1/top-up\""] {
            assert!(!pages.contains(path), "{path} is offered to {email}");
        }
    }
    assert_eq!(app.test.balances(USD).await, (100_000_000, 0));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_top_ups_are_found_by_their_wallet_only() {
    let (app, admin) = admin().await;
    let key = reviewed(&admin, "10", "A").await;
    let place = booked(&admin, "10", "A", &key).await.location().to_owned();
    let number = place.rsplit('/').next().expect("a number").to_owned();
    let viewer = app.person("vera@example.com").await;
    assert_eq!(viewer.get(&place).await.status, 200);
    assert!(viewer.get("/wallets/1").await.text.contains(&place), "the statement leads to it");
    let hold = app.test.payout("10.00").await.payout.id;
    let entry = app.test.int(&format!("SELECT number FROM ledger_transactions WHERE payout_id = '{hold}'")).await;
    for path in [
        format!("/wallets/2/top-ups/{number}"),
        format!("/wallets/1/top-ups/{entry}"),
        "/wallets/1/top-ups/999999".to_owned(),
        "/wallets/1/top-ups/x".to_owned(),
        "/wallets/x/top-up".to_owned(),
        "/wallets/99/settings".to_owned(),
    ] {
        assert_eq!(admin.get(&path).await.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_desk_leads_its_admin_to_the_first_payout() {
    let listener = free_port();
    let app = serve(empty_desk(&listener).await, listener);
    let token = sign_in::offer_set_up(&app.test.desk).await.expect("an answer").expect("a token");
    let admin = app.visitor();
    let form =
        [("name", "Ida Admin"), ("email", "ida@example.com"), ("password", PASSWORD), ("organisation", "Harbour")];
    let set_up = admin.post(&format!("/setup/{token}"), &form).await;
    assert_eq!(set_up.status, 303, "{}", set_up.text);
    if !admin.is_signed_in().await {
        assert_eq!(admin.sign_in("ida@example.com", PASSWORD).await.status, 303);
    }
    for path in ["/", "/wallets", "/payouts", "/payouts/new"] {
        let page = admin.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text.contains("href=\"/wallets/new\""), "{path} leads to the first wallet");
    }
    let wallet = [("new_client", "Harbour Foods"), ("name", "Main USD"), ("currency", "USD"), ("percentage", "1.5")];
    assert_eq!(admin.post("/wallets/new", &wallet).await.location(), "/wallets/1");
    for path in ["/", "/wallets/1", "/payouts"] {
        assert!(admin.get(path).await.text.contains("href=\"/wallets/1/top-up\""), "{path} leads to the first top-up");
    }
    let key = reviewed(&admin, "500.00", "First transfer").await;
    assert_eq!(booked(&admin, "500.00", "First transfer", &key).await.location(), "/wallets/1/top-ups/1");
    for path in ["/", "/wallets/1/top-ups/1", "/payouts"] {
        assert!(admin.get(path).await.text.contains("href=\"/payouts/new"), "{path} leads to the first payout");
    }
    let payout = [
        ("wallet", "1"),
        ("amount", "100.00"),
        ("reference", "FIRST"),
        ("to", "new"),
        ("first_name", "John"),
        ("last_name", "Doe"),
        ("email", "john.doe@example.com"),
        ("country", "US"),
        ("confirmed", "yes"),
        ("idempotency_key", "page-first"),
    ];
    let made = admin.post("/payouts", &payout).await;
    assert_eq!(made.status, 303, "{}", made.main());
    assert!(!admin.get("/").await.text.contains("class=\"empty\""), "the first steps are done");
    app.test.run_jobs(60).await;
    assert!(admin.get(made.location()).await.main().contains("Completed"));
    assert_eq!(app.test.balances(1).await, (39_850, 0));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_replaces_a_forgotten_password_and_it_is_shown_once() {
    let (app, admin) = admin().await;
    let operator = app.person("olga@example.com").await;
    let id = app.test.operator.person().expect("a person");
    let path = format!("/settings/staff/{id}/password");
    let step = admin.get(&path).await;
    assert!(
        step.main().contains("New password for Olga Operator?") && step.main().contains("1 session"),
        "{}",
        step.main()
    );
    for _ in 0..6 {
        app.visitor().sign_in("olga@example.com", "not the right password").await;
    }
    let made = admin.post(&path, &[]).await;
    let password = value(&made, "password").expect("the password");
    assert_eq!((made.status, password.len()), (200, 29));
    assert!(!operator.is_signed_in().await, "signed out everywhere");
    assert_eq!(app.visitor().sign_in("olga@example.com", PASSWORD).await.status, 422);
    let back = app.visitor();
    assert_eq!(back.sign_in("olga@example.com", &password).await.status, 303, "without waiting for the failed tries");
    let audited = "SELECT COUNT(*) FROM audit_log WHERE action = 'staff.reset_password' AND outcome = 'done'";
    assert_eq!(app.test.int(audited).await, 1);
    let leaked = app.test.int(&format!("SELECT COUNT(*) FROM audit_log WHERE reason LIKE '%{password}%'")).await;
    assert_eq!(leaked, 0);
    let own = format!("/settings/staff/{}/password", app.test.admin.person().expect("a person"));
    assert_eq!((admin.get(&own).await.status, admin.post(&own, &[]).await.status), (409, 409), "not for oneself");
    assert!(admin.is_signed_in().await);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn head_answers_like_get_without_a_body() {
    let (app, admin) = admin().await;
    let asset = paydesk::web::assets::url("css/base.css");
    for path in ["/", "/payouts", "/wallets/1", "/payouts/export.csv", "/no/such/page", &asset, "/healthz"] {
        let head = admin.send(admin.request("HEAD", path)).await;
        let get = admin.get(path).await;
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
    assert!(app.visitor().send(app.visitor().request("HEAD", "/payouts")).await.is_door());
    let wrong = admin.send(admin.request("HEAD", "/payouts/selection")).await;
    assert_eq!(wrong.status, 405);
    tokio::time::timeout(Duration::from_secs(5), admin.get("/")).await.expect("the connection goes on");
}

/// What a page says, with the decimals of amounts beside their whole part.
fn said(answer: &Answer) -> String {
    answer.main().replace(" .", ".")
}

/// What a field with this id holds.
fn value(answer: &Answer, id: &str) -> Option<String> {
    let page = scraper::Html::parse_document(&answer.text);
    let field = scraper::Selector::parse(&format!("#{id}")).expect("a selector");
    page.select(&field).next().and_then(|field| field.value().attr("value")).map(str::to_owned)
}
