//! The pages of payees and their accounts, without script.

use paydesk::domain::ids::PayeeId;
use paydesk::service::payees::input::{PayeeFields, PayeeInput};
use paydesk::service::{accounts, payees};
use paydesk::store::payees::PayeeLine;

use crate::support::app::{TestApp, TestDesk, spawn};
use crate::support::person::Person;

async fn saved(test: &TestDesk, email: Option<&str>, last_name: &str) -> PayeeId {
    let input =
        PayeeInput { email: email.map(str::to_owned), last_name: Some(last_name.into()), ..PayeeInput::default() };
    let made = payees::create(&test.desk, &test.operator, Some("1"), &input, PayeeFields::STAFF, None).await;
    made.expect("a payee").value.payee.id
}

async fn line(app: &TestApp, id: PayeeId) -> PayeeLine {
    payees::get(&app.test.desk, &app.test.operator, id).await.expect("the payee")
}

const IBAN: [(&str, &str); 2] = [("method", "iban"), ("iban-iban", "DE89 3704 0044 0532 0130 00")];
const UK: [(&str, &str); 3] = [("method", "uk"), ("uk-sort_code", "60-16-13"), ("uk-account_number", "31926819")];

async fn add(person: &Person, id: PayeeId, fields: &[(&str, &str)]) {
    let answer = person.post(&format!("/payees/{id}/accounts"), fields).await;
    assert_eq!((answer.status, answer.location()), (303, format!("/payees/{id}").as_str()), "{}", answer.main());
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_added_by_country_and_every_mistake_is_told_at_its_field() {
    let app = spawn().await;
    let id = saved(&app.test, None, "Acme").await;
    let olga = app.person("olga@example.com").await;
    let page = olga.get(&format!("/payees/{id}/accounts/new")).await;
    for way in ["UK account", "US account", "Indian account", "UPI address", "Account with an IBAN"] {
        assert!(page.main().contains(way), "{way}");
    }
    let form = format!("/payees/{id}/accounts");
    for (fields, says, at) in [
        (vec![], "The way to be paid must be chosen", "method"),
        (vec![("method", "gold")], "The way to be paid must be one of these", "method"),
        (
            vec![("method", "iban"), ("iban-iban", "DE88 3704 0044 0532 0130 00")],
            "IBAN has a typing error",
            "iban-iban",
        ),
        (
            vec![("method", "in"), ("in-ifsc", "HDFCO000123"), ("in-account_number", "50100123456789")],
            "IFSC must have the digit zero",
            "in-ifsc",
        ),
        (vec![("method", "upi"), ("upi-upi", "a@gmail.com")], "UPI address must be a UPI address", "upi-upi"),
        (
            vec![("method", "uk"), ("uk-sort_code", "60"), ("uk-account_number", "31926819")],
            "Sort code must have 6 digits",
            "uk-sort_code",
        ),
        (
            IBAN.into_iter().chain([("currency", "EURO")]).collect(),
            "Currency must have at most 3 characters",
            "currency",
        ),
    ] {
        let refused = olga.post(&form, &fields).await;
        assert_eq!(refused.status, 422, "{fields:?}");
        assert!(refused.main().contains(says), "{says}: {}", refused.main());
        assert!(
            refused.text.contains(&format!("href=\"#{at}\"")) && refused.text.contains(&format!("id=\"{at}\"")),
            "{at}"
        );
        for (name, value) in fields.iter().filter(|(name, _)| name.contains('-')) {
            assert_eq!(refused.field(name).as_deref(), Some(*value), "what was typed is there again");
        }
    }
    assert_eq!(app.test.int("SELECT COUNT(*) FROM payee_accounts").await, 0);
    add(&olga, id, &IBAN).await;
    assert!(olga.get(&format!("/payees/{id}")).await.main().contains("DE account •• 3000 of Acme is added"));
    add(&olga, id, &IBAN).await;
    assert!(olga.get(&format!("/payees/{id}")).await.main().contains("Acme had DE account •• 3000 already"));
    let with: Vec<_> = UK.into_iter().chain([("currency", " gbp "), ("holder_name", "Acme Trading")]).collect();
    add(&olga, id, &with).await;
    let shown = olga.get(&format!("/payees/{id}")).await;
    for words in
        ["GB account •• 6819", "Bank account of Acme Trading", "GBP", "Email None", "Paid unless another is chosen"]
    {
        assert!(shown.main().contains(words), "{words}: {}", shown.main());
    }
    assert!(!shown.text.contains("31926819"));
    let list = olga.get("/payees?q=DE89+3704+0044+0532+0130+00").await.main();
    assert!(list.contains("Acme") && list.contains("No email") && list.contains("and 1 more account"), "{list}");
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_switched_off_and_on_and_deleted_after_a_question() {
    let app = spawn().await;
    let id = saved(&app.test, Some("acme@example.com"), "Acme").await;
    let olga = app.person("olga@example.com").await;
    add(&olga, id, &IBAN).await;
    add(&olga, id, &UK).await;
    let account = line(&app, id).await.accounts[0].id;
    let (home, status) = (format!("/payees/{id}"), format!("/payees/{id}/accounts/{account}/status"));
    let step = olga.get(&status).await;
    assert!(step.main().contains("Switch GB account •• 6819 off?") && step.main().contains("No money moves"));
    assert_eq!(step.field("active").as_deref(), Some("no"));
    for _ in 0..2 {
        assert_eq!(olga.post(&status, &[("active", "no")]).await.location(), home);
    }
    assert!(olga.get(&home).await.main().contains("GB account •• 6819 is switched off"));
    assert_eq!(line(&app, id).await.active_accounts().count(), 1);
    let on = olga.get(&status).await;
    assert!(on.main().contains("Switch GB account •• 6819 on again?") && on.field("active").as_deref() == Some("yes"));
    assert_eq!(olga.post(&status, &[("active", "yes")]).await.status, 303);
    assert_eq!(line(&app, id).await.active_accounts().count(), 2);
    let deletion = format!("/payees/{id}/accounts/{account}/deletion");
    assert!(olga.get(&deletion).await.main().contains("Delete GB account •• 6819?"));
    assert_eq!(line(&app, id).await.accounts.len(), 2, "a question changes nothing");
    assert_eq!(olga.post(&deletion, &[]).await.location(), home);
    assert_eq!(line(&app, id).await.accounts.len(), 1);
    for gone in [&status, &deletion] {
        assert_eq!(olga.get(gone).await.status, 404);
    }
    let other = saved(&app.test, None, "Other").await;
    let left = line(&app, id).await.accounts[0].id;
    let crossed = format!("/payees/{other}/accounts/{left}/deletion");
    assert_eq!(olga.get(&crossed).await.status, 404);
    assert_eq!(olga.post(&crossed, &[]).await.status, 404, "another payee's account");
    assert!(line(&app, id).await.accounts[0].is_active());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payee_is_switched_off_and_its_page_offers_no_payout() {
    let app = spawn().await;
    let id = saved(&app.test, Some("acme@example.com"), "Acme").await;
    let olga = app.person("olga@example.com").await;
    let (home, status) = (format!("/payees/{id}"), format!("/payees/{id}/status"));
    assert!(olga.get(&status).await.main().contains("Switch Acme off?"));
    assert_eq!(olga.post(&status, &[("active", "no")]).await.location(), home);
    let off = olga.get(&home).await;
    assert!(
        off.main().contains("Switched off")
            && !off.main().contains("New payout")
            && !off.main().contains("Add account")
    );
    assert!(olga.get("/payees").await.main().contains("switched off"));
    assert!(!olga.get("/payouts/new").await.text.contains("acme@example.com"), "it is not offered");
    let fields =
        [("wallet", "1"), ("amount", "5.00"), ("reference", "OFF"), ("to", "known"), ("payee", "acme@example.com")];
    let refused = olga.post("/payouts", &fields).await;
    assert_eq!(refused.status, 422);
    assert!(refused.main().contains("Payee is switched off"), "{}", refused.main());
    assert_eq!(olga.post(&format!("{home}/accounts"), &IBAN).await.status, 409);
    assert_eq!(olga.post(&status, &[("active", "yes")]).await.status, 303);
    assert!(olga.get(&home).await.main().contains("New payout"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_to_a_payee_with_several_accounts_asks_which() {
    let app = spawn().await;
    let id = saved(&app.test, Some("acme@example.com"), "Acme").await;
    let olga = app.person("olga@example.com").await;
    add(&olga, id, &IBAN).await;
    let fields = |account: &'static str, reference: &'static str| {
        vec![
            ("wallet", "1"),
            ("amount", "5.00"),
            ("reference", reference),
            ("to", "known"),
            ("payee", "acme@example.com"),
            ("account", account),
        ]
    };
    let one = olga.post("/payouts", &fields("", "ONE")).await;
    assert!(one.status == 200 && one.main().contains("Account DE account •• 3000"), "{}", one.main());
    add(&olga, id, &UK).await;
    let page = olga.get(&format!("/payouts/new?payee={id}")).await.main();
    assert!(page.contains("Account of the payee") && page.contains("GB account •• 6819"), "{page}");
    let asked = olga.post("/payouts", &fields("", "TWO")).await;
    assert_eq!(asked.status, 422);
    assert!(asked.main().contains("Account must be chosen: Acme has 2"), "{}", asked.main());
    assert!(asked.text.contains("id=\"account\"") && asked.main().contains("DE account •• 3000"));
    let iban = line(&app, id).await.accounts[1].id.to_string();
    let stale = olga.post("/payouts", &fields("acc_01h455vb4pex5vsknk084sn02q", "TWO")).await;
    assert_eq!(stale.status, 422, "an account of somebody else is none");
    let mut chosen: Vec<(&str, &str)> = fields("", "TWO");
    chosen[5] = ("account", &iban);
    let review = olga.post("/payouts", &chosen).await;
    assert!(review.status == 200 && review.main().contains("Account DE account •• 3000"), "{}", review.main());
    assert_eq!(review.field("account"), Some(iban.clone()));
    chosen.extend([("confirmed", "yes"), ("idempotency_key", "choose-it")]);
    let made = olga.post("/payouts", &chosen).await;
    assert_eq!(made.status, 303, "{}", made.main());
    let record = olga.get(made.location()).await.main();
    assert!(record.contains("DE account •• 3000") && !record.contains("GB account"), "{record}");
    assert_eq!(app.test.text("SELECT account_id FROM payouts").await, iban);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_payee_and_the_payee_of_a_payout_come_with_a_checked_account() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    let wrong = [("method", "iban"), ("iban-iban", "DE88 3704 0044 0532 0130 00")];
    let typed = [("client", "1"), ("kind", "business"), ("last_name", "Acme")];
    let refused = olga.post("/payees", &[&typed[..1], &wrong[..]].concat()).await;
    assert_eq!(refused.status, 422);
    let words = refused.main();
    assert!(words.contains("2 things need another look"), "{words}");
    assert!(words.contains("Last name is required") && words.contains("IBAN has a typing error"), "{words}");
    let made = olga.post("/payees", &[&typed[..], &UK[..]].concat()).await;
    assert_eq!(made.status, 303, "{}", made.main());
    let record = olga.get(made.location()).await.main();
    assert!(record.contains("Business") && record.contains("GB account •• 6819"), "{record}");

    let payout = [
        ("wallet", "1"),
        ("amount", "5.00"),
        ("reference", "NEW_1"),
        ("to", "new"),
        ("first_name", "Nora"),
        ("last_name", "New"),
        ("email", "nora@example.com"),
    ];
    let refused = olga.post("/payouts", &[&payout[..], &wrong[..]].concat()).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("href=\"#iban-iban\"") && refused.main().contains("IBAN has a typing error"));
    let review = olga.post("/payouts", &[&payout[..], &UK[..]].concat()).await;
    assert!(review.main().contains("Account GB account •• 6819"), "{}", review.main());
    for (name, value) in UK {
        assert_eq!(review.field(name).as_deref(), Some(value), "the review carries it along");
    }
    let agreed = [("confirmed", "yes"), ("idempotency_key", "new-payee")];
    let made = olga.post("/payouts", &[&payout[..], &UK[..], &agreed[..]].concat()).await;
    assert_eq!(made.status, 303, "{}", made.main());
    assert!(olga.get(made.location()).await.main().contains("GB account •• 6819"));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_of_several_payees_names_none_of_them() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    let (first, _) = (
        saved(&app.test, Some("office@example.com"), "Acme").await,
        saved(&app.test, Some("office@example.com"), "Bolt").await,
    );
    let fields = |payee: &str| {
        [("wallet", "1"), ("amount", "5.00"), ("reference", "R"), ("to", "known")]
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .chain([("payee", payee.to_owned())])
            .collect::<Vec<_>>()
    };
    let send = async |payee: &str| {
        let fields = fields(payee);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        olga.post("/payouts", &fields).await
    };
    let refused = send("office@example.com").await;
    assert!(refused.status == 422 && refused.main().contains("is the email of several payees"), "{}", refused.main());
    let review = send(&first.to_string()).await;
    assert!(review.status == 200 && review.main().contains("Acme, office@example.com"), "{}", review.main());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_whose_account_is_switched_off_is_asked_for_another_one() {
    let app = spawn().await;
    let john = app.visitor();
    let claim = async |number: &str| {
        let record = app.test.link("10.00").await;
        let link = format!("/l/{}", app.test.secret(&record));
        let fields = [
            ("first_name", "John"),
            ("last_name", "Doe"),
            ("method", "us"),
            ("us-routing_number", "021000021"),
            ("us-account_number", number),
            ("us-account_type", "checking"),
            ("key", "john-doe"),
        ];
        (record.link.id, john.post_link(&link, "/claim", &fields).await)
    };
    let (first, answer) = claim("000123456789").await;
    assert_eq!(answer.status, 303, "{}", answer.main());
    let paid = app.test.get(app.test.get_link(first).await.link.payout_id.unwrap()).await;
    let saved = PayeeInput {
        email: paid.payee.email.clone(),
        first_name: Some("John".into()),
        last_name: Some("Doe".into()),
        country: Some("US".into()),
        ..PayeeInput::default()
    };
    payees::create(&app.test.desk, &app.test.operator, Some("1"), &saved, PayeeFields::OWN, None).await.unwrap();
    accounts::set_active(&app.test.desk, &app.test.operator, paid.payout.account_id.unwrap(), false).await.unwrap();
    let (second, refused) = claim("000123456789").await;
    assert_eq!(refused.status, 422);
    let words = refused.main();
    assert!(words.contains("The way to be paid cannot be used") && words.contains("Give another account"), "{words}");
    assert_eq!(refused.field("us-account_number").as_deref(), Some("000123456789"), "what was typed is there again");
    assert_eq!(app.test.get_link(second).await.link.state.name(), "issued", "the link stays open");
    let (third, answer) = claim("000123456780").await;
    assert_eq!(answer.status, 303, "{}", answer.main());
    assert_eq!(app.test.get_link(third).await.link.payee_id, Some(paid.payee.id));
    payees::set_active(&app.test.desk, &app.test.operator, paid.payee.id, false).await.unwrap();
    let (_, refused) = claim("000123456780").await;
    assert!(refused.status == 422 && refused.main().contains("Give another account"), "{}", refused.main());
    app.test.verify().await;
}
