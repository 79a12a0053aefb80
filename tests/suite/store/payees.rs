//! Payees and their accounts: found again by their details, chosen for payouts, switched off, changed and listed.

use paydesk::domain::caller::Caller;
use paydesk::domain::command::PayoutRecord;
use paydesk::domain::ids::{AccountId, PayeeId};
use paydesk::domain::payee_account::AccountKind;
use paydesk::domain::payout::Rule;
use paydesk::error::Error;
use paydesk::service::accounts::{self, AccountQuery};
use paydesk::service::links::{self, LinkInput};
use paydesk::service::payees::input::{AccountInput, PayeeFields, PayeeInput};
use paydesk::service::payees::{self, PayeeQuery};
use paydesk::service::payouts::{self, PayoutInput};
use paydesk::service::quotes;
use paydesk::store::payees::PayeeLine;
use serde_json::{Value, json};

use crate::support::app::{EUR, SECOND, TestDesk, USD, claim_input, desk, input, link_input, visit};

/// A contact as a dialect with names in one piece gives it.
fn contact() -> PayeeInput {
    PayeeInput {
        first_name: Some("Gaurav".into()),
        last_name: Some("Kumar".into()),
        email: Some("gaurav.kumar@example.com".into()),
        phone: Some("9123456789".into()),
        contact_type: Some("customer".into()),
        reference: Some("Acme 12345".into()),
        ..PayeeInput::default()
    }
}

fn acme() -> PayeeInput {
    PayeeInput { kind: Some("business".into()), first_name: Some("Acme".into()), ..PayeeInput::default() }
}

fn bank(number: &str) -> AccountInput {
    account(AccountKind::BankAccount, json!({"account_number": number, "ifsc": "HDFC0000123"}))
}

fn account(kind: AccountKind, identifiers: Value) -> AccountInput {
    AccountInput {
        kind,
        currency: None,
        country: Some("IN".into()),
        holder_name: None,
        identifiers: identifiers.as_object().cloned().unwrap_or_default(),
        label: None,
    }
}

async fn save(test: &TestDesk, input: &PayeeInput) -> PayeeLine {
    let saved = payees::create(&test.desk, &test.operator, Some("1"), input, PayeeFields::NAMED, None).await;
    saved.expect("a payee").value
}

async fn add(test: &TestDesk, payee: PayeeId, input: &AccountInput) -> AccountId {
    accounts::add(&test.desk, &test.operator, payee, input, None).await.expect("an account").value.account.id
}

async fn pay(test: &TestDesk, payee: PayeeId, account: Option<AccountId>) -> Result<PayoutRecord, Error> {
    static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let reference = format!("CHOSEN_{}", NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    let input = PayoutInput {
        beneficiary: PayeeInput::default(),
        beneficiary_id: Some(payee.to_string()),
        beneficiary_account_id: account.map(|account| account.to_string()),
        ..input(&reference, USD, "USD", "10.00")
    };
    payouts::create(&test.desk, &test.operator, &input, None).await.map(|made| made.value)
}

async fn audited(test: &TestDesk, action: &str, outcome: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM audit_log WHERE action = '{action}' AND outcome = '{outcome}'");
    test.int(&sql).await
}

fn rule<T: std::fmt::Debug>(result: Result<T, Error>) -> Rule {
    match result {
        Err(Error::Refused(refusal)) => refusal.rule,
        other => panic!("{other:?}"),
    }
}

/// A program of the other client, which sees nothing of the first.
fn stranger(test: &TestDesk) -> Caller {
    let mut caller = test.operator.clone();
    caller.who = paydesk::domain::caller::Who::Credential {
        id: paydesk::domain::ids::Id::first_at(9),
        name: "Stranger".into(),
        owner: caller.person().unwrap(),
        owner_role: paydesk::domain::staff::Role::Admin,
        created_by: None,
        client_id: paydesk::domain::ids::Id::first_at(9),
        scopes: paydesk::domain::staff::Scope::ALL.to_vec(),
    };
    caller
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_details_are_one_contact_and_any_other_detail_makes_another() {
    let test = desk().await;
    let first = save(&test, &contact()).await;
    assert_eq!(first.payee.name(), "Gaurav Kumar");
    assert_eq!(save(&test, &contact()).await.payee, first.payee);
    let capitals = PayeeInput { email: Some("GAURAV.KUMAR@example.com".into()), ..contact() };
    assert_eq!(save(&test, &capitals).await.payee.id, first.payee.id, "an email is the same in capitals");
    for other in [
        PayeeInput { last_name: Some("Kumari".into()), ..contact() },
        PayeeInput { email: None, ..contact() },
        PayeeInput { phone: None, ..contact() },
        PayeeInput { contact_type: Some("vendor".into()), ..contact() },
        PayeeInput { reference: None, ..contact() },
        PayeeInput { kind: Some("business".into()), ..contact() },
    ] {
        assert_ne!(save(&test, &other).await.payee.id, first.payee.id, "{other:?}");
    }
    let noted = PayeeInput { metadata: Some(r#"{"note":"Tea"}"#.into()), ..contact() };
    assert_eq!(save(&test, &noted).await.payee.id, first.payee.id, "notes make nobody else of it");
    assert_eq!(test.int("SELECT COUNT(*) FROM payees").await, 7);
    let same = async || save(&test, &acme()).await.payee.id;
    let (one, two, three) = tokio::join!(same(), same(), same());
    assert_eq!((one, one), (two, three), "at once, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payee_may_lack_an_email_but_not_a_name() {
    let test = desk().await;
    let acme = save(&test, &acme()).await.payee;
    assert_eq!((acme.name().as_str(), acme.email, acme.last_name.as_str()), ("Acme", None, ""));
    for (input, fields, says) in [
        (PayeeInput::default(), PayeeFields::NAMED, "name is required"),
        (
            PayeeInput { kind: Some("robot".into()), ..contact() },
            PayeeFields::NAMED,
            "kind must be personal or business",
        ),
        (
            PayeeInput { email: Some("nobody".into()), ..contact() },
            PayeeFields::STAFF,
            "email must be an email address",
        ),
        (PayeeInput { email: None, ..contact() }, PayeeFields::OWN, "email is required"),
        (PayeeInput { last_name: None, ..contact() }, PayeeFields::OWN, "last_name is required"),
    ] {
        let refused = payees::create(&test.desk, &test.operator, Some("1"), &input, fields, None).await;
        let Err(Error::Validation(errors)) = refused else { panic!("{refused:?}") };
        let said: Vec<String> = errors.iter().map(|error| format!("{} {}", error.field, error.message)).collect();
        assert!(said.len() == 1 && said[0].starts_with(says), "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_details_are_one_account_also_when_it_is_switched_off_and_with_a_key() {
    let test = desk().await;
    let payee = save(&test, &contact()).await.payee.id;
    let first = add(&test, payee, &bank("50100123456789")).await;
    assert_eq!(add(&test, payee, &bank("50100123456789")).await, first);
    assert_ne!(add(&test, payee, &bank("50100123456780")).await, first);
    for other in [
        AccountInput { holder_name: Some("G. Kumar".into()), ..bank("50100123456789") },
        AccountInput { currency: Some("INR".into()), ..bank("50100123456789") },
        account(AccountKind::Upi, json!({"upi": "gaurav@okhdfcbank"})),
    ] {
        assert_ne!(add(&test, payee, &other).await, first);
    }
    assert_eq!(audited(&test, "payee_account.create", "done").await, 5);
    assert_eq!(audited(&test, "payee_account.create", "repeated").await, 1);
    accounts::set_active(&test.desk, &test.operator, first, false).await.unwrap();
    let again = accounts::add(&test.desk, &test.operator, payee, &bank("50100123456789"), None).await.unwrap();
    assert!(again.repeated && again.value.account.id == first && !again.value.account.is_active());
    let same = async || add(&test, payee, &bank("77777777777")).await;
    let (one, two) = tokio::join!(same(), same());
    assert_eq!(one, two);
    let keyed =
        async |number: &str| accounts::add(&test.desk, &test.operator, payee, &bank(number), Some("add-it")).await;
    let made = keyed("99999999999").await.unwrap();
    accounts::delete(&test.desk, &test.operator, made.value.account.id).await.unwrap();
    let replayed = keyed("99999999999").await.unwrap();
    assert!(replayed.replayed && replayed.value.account.id == made.value.account.id, "the first outcome again");
    assert_eq!(rule(keyed("99999999998").await), Rule::KeyReused);
    let anew = add(&test, payee, &bank("99999999999")).await;
    assert_ne!(anew, made.value.account.id, "a deleted one does not come back");
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_goes_to_the_account_that_was_chosen_and_else_to_the_newest_in_use() {
    let test = desk().await;
    let payee = save(&test, &contact()).await.payee.id;
    assert_eq!(pay(&test, payee, None).await.unwrap().payout.account_id, None, "none is known yet");
    let (old, new) = (add(&test, payee, &bank("111111119")).await, add(&test, payee, &bank("222222229")).await);
    let chosen = pay(&test, payee, Some(old)).await.unwrap();
    assert_eq!((chosen.payout.account_id, chosen.account_label()), (Some(old), Some("IN account •• 1119")));
    assert_eq!(pay(&test, payee, None).await.unwrap().payout.account_id, Some(new));
    accounts::set_active(&test.desk, &test.operator, new, false).await.unwrap();
    assert_eq!(pay(&test, payee, None).await.unwrap().payout.account_id, Some(old));
    assert_eq!(rule(pay(&test, payee, Some(new)).await), Rule::AccountInactive);
    accounts::set_active(&test.desk, &test.operator, new, true).await.unwrap();
    assert_eq!(pay(&test, payee, None).await.unwrap().payout.account_id, Some(new));
    accounts::delete(&test.desk, &test.operator, new).await.unwrap();
    assert_eq!(rule(pay(&test, payee, Some(new)).await), Rule::AccountNotFound);
    assert_eq!(pay(&test, payee, None).await.unwrap().payout.account_id, Some(old));
    let acme = save(&test, &acme()).await.payee.id;
    assert_eq!(rule(pay(&test, acme, Some(old)).await), Rule::AccountNotFound, "another payee's account");
    assert_eq!(test.get(chosen.payout.id).await.account_label(), Some("IN account •• 1119"), "records keep theirs");
    test.run_jobs(60).await;
    assert_eq!(test.get(chosen.payout.id).await.payout.state.name(), "completed");
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inline_details_find_the_payee_and_then_the_account() {
    let test = desk().await;
    let inline = async |reference: &str, number: Option<&str>| {
        let mut input = input(reference, USD, "USD", "10.00");
        input.beneficiary.identifiers = number.map(|number| json!({ "account_number": number }).to_string());
        payouts::create(&test.desk, &test.operator, &input, None).await
    };
    let first = inline("INLINE_1", Some("000111119")).await.unwrap().value;
    let second = inline("INLINE_2", Some("000222229")).await.unwrap().value;
    assert_eq!(first.payee.id, second.payee.id, "an account makes nobody else of a payee");
    assert_ne!(first.payout.account_id, second.payout.account_id);
    assert_eq!(inline("INLINE_3", Some("000111119")).await.unwrap().value.payout.account_id, first.payout.account_id);
    assert_eq!(
        inline("INLINE_4", None).await.unwrap().value.payout.account_id,
        None,
        "what is not said is not guessed"
    );
    assert_eq!(rule(inline("INLINE_1", Some("000222229")).await), Rule::ReferenceTaken, "other data");
    assert_eq!(rule(inline("INLINE_1", None).await), Rule::ReferenceTaken);
    let again = inline("INLINE_1", Some("000111119")).await.unwrap();
    assert!(again.repeated && again.value.payout.id == first.payout.id);
    let (one, two) = tokio::join!(inline("INLINE_5", Some("000333339")), inline("INLINE_6", Some("000333339")));
    assert_eq!(one.unwrap().value.payout.account_id, two.unwrap().value.payout.account_id, "at once, too");
    assert_eq!(test.int("SELECT COUNT(*) FROM payees").await, 1);
    assert_eq!(test.int("SELECT COUNT(*) FROM payee_accounts").await, 3);
    // The account is no saved payee's before the payee is saved.
    let id = first.payout.account_id.unwrap();
    assert!(matches!(accounts::get(&test.desk, &test.operator, id).await, Err(Error::NotFound("Account"))));
    let mut typed = input("", USD, "USD", "").beneficiary;
    typed.identifiers = Some(json!({"account_number": "000444449"}).to_string());
    let line =
        payees::create(&test.desk, &test.operator, Some("1"), &typed, PayeeFields::OWN, None).await.unwrap().value;
    assert_eq!((line.payee.id, line.accounts.len()), (first.payee.id, 4));
    assert!(accounts::get(&test.desk, &test.operator, id).await.is_ok());
    accounts::set_active(&test.desk, &test.operator, id, false).await.unwrap();
    assert_eq!(rule(inline("INLINE_7", Some("000111119")).await), Rule::AccountInactive);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_switched_off_gets_no_new_payouts_links_and_accounts() {
    let test = desk().await;
    let payee = save(&test, &input("", USD, "USD", "").beneficiary).await.payee.id;
    let kept = add(&test, payee, &bank("111111119")).await;
    let before = pay(&test, payee, None).await.unwrap().payout.id;
    for _ in 0..2 {
        let off = payees::set_active(&test.desk, &test.operator, payee, false).await.unwrap();
        assert!(!off.payee.is_active());
    }
    assert_eq!(audited(&test, "payee.switch_off", "done").await, 1);
    assert_eq!(audited(&test, "payee.switch_off", "repeated").await, 1);
    assert_eq!(rule(pay(&test, payee, None).await), Rule::PayeeInactive);
    assert_eq!(rule(pay(&test, payee, Some(kept)).await), Rule::PayeeInactive);
    let inline = input("OFF_1", USD, "USD", "10.00");
    assert_eq!(rule(payouts::create(&test.desk, &test.operator, &inline, None).await), Rule::PayeeInactive);
    let quoted = quotes::quote(&test.desk, &test.operator, &inline).await;
    assert!(matches!(quoted, Err(Error::Validation(errors)) if errors[0].message.contains("switched off")));
    assert_eq!(
        rule(accounts::add(&test.desk, &test.operator, payee, &bank("222222229"), None).await),
        Rule::PayeeInactive
    );
    assert_eq!(add(&test, payee, &bank("111111119")).await, kept, "one that is there is only answered");
    let link = LinkInput {
        contact_id: Some(payee.to_string()),
        contact_name: None,
        contact_email: None,
        ..link_input("10.00")
    };
    assert_eq!(rule(links::create(&test.desk, &test.operator, &link, None).await), Rule::PayeeInactive);
    assert_eq!(rule(with_account(&test, "333333339").await), Rule::PayeeInactive);
    test.run_jobs(60).await;
    assert_eq!(test.get(before).await.payout.state.name(), "completed", "what was made before goes on");
    payees::set_active(&test.desk, &test.operator, payee, true).await.unwrap();
    assert!(pay(&test, payee, None).await.is_ok());
    assert!(with_account(&test, "333333339").await.is_ok());
    test.verify().await;
}

/// Saves John Doe again, with an account.
async fn with_account(test: &TestDesk, number: &str) -> Result<PayeeLine, Error> {
    let mut typed = input("", USD, "USD", "").beneficiary;
    typed.account = Some(bank(number));
    let saved = payees::create(&test.desk, &test.operator, Some("1"), &typed, PayeeFields::NAMED, None).await;
    saved.map(|saved| saved.value)
}

#[tokio::test(flavor = "multi_thread")]
async fn details_change_with_the_words_that_find_them_and_never_to_those_of_another() {
    let test = desk().await;
    let (gaurav, acme) = (save(&test, &contact()).await.payee, save(&test, &acme()).await.payee);
    let update = async |id, input: &PayeeInput| {
        payees::update(&test.desk, &test.operator, id, input, PayeeFields::NAMED, None).await
    };
    let found = async |search: &str| {
        let query = PayeeQuery { search: Some(search), ..PayeeQuery::default() };
        let (lines, _) = payees::list(&test.desk, &test.operator, &query, None, 10).await.unwrap();
        lines.iter().map(|line| line.payee.id).collect::<Vec<_>>()
    };
    test.clock.advance(SECOND);
    let change = PayeeInput {
        first_name: Some("Asha".into()),
        phone: Some(" ".into()),
        metadata: Some(r#"{"tea":"Earl Grey"}"#.into()),
        ..PayeeInput::default()
    };
    let changed = update(gaurav.id, &change).await.unwrap().payee;
    assert_eq!((changed.name().as_str(), &changed.phone, &changed.email), ("Asha Kumar", &None, &gaurav.email));
    assert_eq!((changed.version, changed.updated_at - gaurav.updated_at), (2, SECOND));
    assert_eq!((found("gaurav k").await, found("asha k").await), (vec![], vec![gaurav.id]));
    assert_eq!(update(gaurav.id, &change).await.unwrap().payee.version, 2, "twice is once");
    assert_ne!(save(&test, &contact()).await.payee.id, gaurav.id, "its old details are free");
    let taken =
        PayeeInput { first_name: Some("Gaurav".into()), phone: Some("9123456789".into()), ..PayeeInput::default() };
    assert_eq!(rule(update(gaurav.id, &taken).await), Rule::PayeeExists);
    let nameless = PayeeInput { first_name: Some(String::new()), ..PayeeInput::default() };
    assert!(matches!(update(acme.id, &nameless).await, Err(Error::Validation(_))));
    let both = PayeeInput { email: Some("office@acme.example.com".into()), ..PayeeInput::default() };
    let off =
        payees::update(&test.desk, &test.operator, acme.id, &both, PayeeFields::NAMED, Some(false)).await.unwrap();
    assert!(!off.payee.is_active() && off.payee.email.as_deref() == Some("office@acme.example.com"));
    let one = PayeeInput { reference: Some("ONE".into()), ..PayeeInput::default() };
    let two = PayeeInput { country: Some("IN".into()), ..PayeeInput::default() };
    let (first, second) = tokio::join!(update(acme.id, &one), update(acme.id, &two));
    assert!(first.is_ok() && second.is_ok());
    let both = payees::get(&test.desk, &test.operator, acme.id).await.unwrap().payee;
    assert_eq!((both.reference.as_deref(), both.country.as_deref()), (Some("ONE"), Some("IN")), "neither is lost");
    assert!(matches!(update(PayeeId::first_at(5), &two).await, Err(Error::NotFound(_))));
    assert_eq!(audited(&test, "payee.update", "refused").await, 2);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_find_payees_and_accounts_by_number_and_time_and_page_on() {
    let test = desk().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        test.clock.advance(SECOND);
        let named = PayeeInput { first_name: Some(format!("Payee {number}")), ..contact() };
        let id = save(&test, &named).await.payee.id;
        let account = add(&test, id, &bank(&format!("12345678{number}"))).await;
        ids.push((id, account));
    }
    let iban = account(AccountKind::BankAccount, json!({"iban": "DE89370400440532013000", "method": "iban"}));
    add(&test, ids[2].0, &iban).await;
    let payees_of = async |query: PayeeQuery<'_>| {
        let (lines, _) = payees::list(&test.desk, &test.operator, &query, None, 10).await.unwrap();
        lines.iter().map(|line| line.payee.id).collect::<Vec<_>>()
    };
    let number = |number| PayeeQuery { number: Some(number), ..PayeeQuery::default() };
    assert_eq!(payees_of(number("1234 5678-3")).await, [ids[3].0]);
    assert_eq!(payees_of(number("de89 3704 0044 0532 0130 00")).await, [ids[2].0]);
    assert_eq!(payees_of(number("12345678")).await, [], "a part of a number is none");
    assert_eq!(payees_of(number("--")).await, []);
    let search = |search| PayeeQuery { search: Some(search), ..PayeeQuery::default() };
    assert_eq!(payees_of(search("123456781")).await, [ids[1].0], "staff search by it too");
    assert_eq!(payees_of(search("acme 12")).await.len(), 5, "and by reference");
    let (from, to) = (ids[1].0.created_at(), ids[3].0.created_at());
    let between = PayeeQuery { from: Some(from), to: Some(to), ..PayeeQuery::default() };
    assert_eq!(payees_of(between.clone()).await, [ids[2].0, ids[1].0], "from is in, to is not");
    let skipped = payees::skipped(&test.desk, &test.operator, &PayeeQuery::default(), (1, 2)).await.unwrap();
    assert_eq!(skipped.iter().map(|line| line.payee.id).collect::<Vec<_>>(), [ids[3].0, ids[2].0]);
    assert_eq!(skipped[1].accounts.len(), 2, "accounts come along");

    let query = AccountQuery::default();
    let (page, older) = accounts::list(&test.desk, &test.operator, &query, None, 4).await.unwrap();
    let (rest, end) = accounts::list(&test.desk, &test.operator, &query, older, 4).await.unwrap();
    assert_eq!((page.len(), rest.len(), end), (4, 2, None));
    assert_eq!(rest.iter().map(|line| line.account.id).collect::<Vec<_>>(), [ids[1].1, ids[0].1]);
    let of = AccountQuery { payee: Some(ids[2].0), ..AccountQuery::default() };
    assert_eq!(accounts::skipped(&test.desk, &test.operator, &of, (0, 10)).await.unwrap().len(), 2);
    let by = AccountQuery { number: Some("123456784"), ..AccountQuery::default() };
    assert_eq!(accounts::skipped(&test.desk, &test.operator, &by, (0, 10)).await.unwrap()[0].payee.id, ids[4].0);
    payees::delete(&test.desk, &test.operator, ids[4].0).await.unwrap();
    assert!(accounts::skipped(&test.desk, &test.operator, &by, (0, 10)).await.unwrap().is_empty());
    assert!(accounts::get(&test.desk, &test.operator, ids[4].1).await.is_err());
    assert_eq!(payees_of(number("123456784")).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_clients_program_finds_and_changes_none_of_it() {
    let test = desk().await;
    let payee = save(&test, &contact()).await.payee.id;
    let account = add(&test, payee, &bank("123456789")).await;
    let stranger = stranger(&test);
    let (lines, _) = payees::list(&test.desk, &stranger, &PayeeQuery::default(), None, 10).await.unwrap();
    assert!(lines.is_empty());
    assert!(accounts::skipped(&test.desk, &stranger, &AccountQuery::default(), (0, 9)).await.unwrap().is_empty());
    let missing = |result: Result<(), Error>| assert!(matches!(result, Err(Error::NotFound(_))), "{result:?}");
    missing(accounts::get(&test.desk, &stranger, account).await.map(drop));
    missing(accounts::reveal_one(&test.desk, &stranger, account).await.map(drop));
    missing(accounts::set_active(&test.desk, &stranger, account, false).await.map(drop));
    missing(accounts::delete(&test.desk, &stranger, account).await);
    missing(accounts::add(&test.desk, &stranger, payee, &bank("1234567890"), None).await.map(drop));
    missing(payees::set_active(&test.desk, &stranger, payee, false).await.map(drop));
    for action in ["payee_account.switch_off", "payee_account.delete", "payee_account.create", "payee.switch_off"] {
        assert_eq!(audited(&test, action, "refused").await, 1, "{action}");
    }
    for refused in [
        accounts::add(&test.desk, &test.viewer, payee, &bank("1234567890"), None).await.map(drop),
        accounts::set_active(&test.desk, &test.viewer, account, false).await.map(drop),
        accounts::delete(&test.desk, &test.viewer, account).await,
        payees::set_active(&test.desk, &test.viewer, payee, false).await.map(drop),
        accounts::reveal_one(&test.desk, &test.operator, account).await.map(drop),
    ] {
        assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
    }
    let shown = accounts::reveal_one(&test.desk, &test.approver, account).await.unwrap();
    assert_eq!(shown.identifiers["account_number"], "123456789");
    assert_eq!(audited(&test, "payee.reveal", "done").await, 1);
    let there = accounts::get(&test.desk, &test.operator, account).await.unwrap();
    assert!(there.account.is_active());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_with_another_account_is_the_same_payee() {
    let test = desk().await;
    let claim = async |account: &str| {
        let record = test.link("10.00").await;
        let secret = test.secret(&record);
        links::claim(&test.desk, &visit(), &secret, &claim_input(account), None).await.unwrap().link
    };
    let (first, second, third) = (claim("000111119").await, claim("000222229").await, claim("000111119").await);
    assert_eq!((first.payee_id, first.payee_id), (second.payee_id, third.payee_id));
    assert_ne!(first.account_id, second.account_id);
    assert_eq!(first.account_id, third.account_id);
    let paid = test.get(second.payout_id.unwrap()).await;
    assert_eq!((paid.payout.account_id, paid.account_label()), (second.account_id, Some("US account •• 2229")));
    let revealed = accounts::reveal_of_link(&test.desk, &test.approver, first.id).await.unwrap();
    assert_eq!(revealed.identifiers["account_number"], "000111119", "the account of that claim");
    assert_eq!(test.int("SELECT COUNT(*) FROM payees").await, 1);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payee_with_very_many_accounts_is_read_in_a_short_time_and_whole_by_its_list() {
    let test = desk().await;
    let payee = save(&test, &contact()).await.payee.id;
    for number in 0..30 {
        let id = add(&test, payee, &bank(&format!("1234567{number:02}"))).await;
        if number % 2 == 0 {
            accounts::set_active(&test.desk, &test.operator, id, false).await.unwrap();
        }
    }
    let line = payees::get(&test.desk, &test.operator, payee).await.unwrap();
    assert_eq!((line.accounts.len(), line.active_accounts().count()), (30, 15));
    assert_eq!(line.account().and_then(|account| account.label.clone()).as_deref(), Some("IN account •• 6729"));
    let newest_off = line.accounts.iter().find(|account| !account.is_active()).unwrap();
    assert_eq!(newest_off.label.as_deref(), Some("IN account •• 6728"));
    let query = AccountQuery { payee: Some(payee), ..AccountQuery::default() };
    let (all, _) = accounts::list(&test.desk, &test.operator, &query, None, 100).await.unwrap();
    assert_eq!(all.len(), 30);
    // Whose currency differs has no say here: the wallet's does.
    let euros = PayoutInput {
        beneficiary: PayeeInput::default(),
        beneficiary_id: Some(payee.to_string()),
        ..input("EUROS_1", EUR, "EUR", "10.00")
    };
    let quote = quotes::quote(&test.desk, &test.operator, &euros).await.unwrap();
    assert_eq!(quote.account.as_deref(), Some("IN account •• 6729"));
}
