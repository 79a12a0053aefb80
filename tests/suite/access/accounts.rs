//! Bank details: masked for everybody, shown in full to whoever may, and never without a row in the log.

use paydesk::domain::caller::{Caller, Via};
use paydesk::domain::staff::Scope;
use paydesk::service::credentials::{self, NewCredential};
use paydesk::service::payouts::{PayeeFields, PayeeInput};
use paydesk::service::{payees, tokens};
use serde_json::json;

use crate::support::app::{SECOND, TestApp, TestDesk, spawn};

const NUMBER: &str = "31926819";

async fn payee(test: &TestDesk) -> String {
    let input = PayeeInput {
        email: Some("nora@example.com".into()),
        first_name: Some("Nora".into()),
        last_name: Some("New".into()),
        country: Some("GB".into()),
        identifiers: Some(json!({"sort_code": "601613", "account_number": NUMBER}).to_string()),
        ..PayeeInput::default()
    };
    let made =
        payees::create(&test.desk, &test.operator, Some("1"), &input, PayeeFields::OWN, None).await.expect("a payee");
    made.value.payee.id.to_string()
}

/// A payee without an account.
async fn other(test: &TestDesk) -> String {
    let input = PayeeInput { last_name: Some("Acme".into()), ..PayeeInput::default() };
    let made = payees::create(&test.desk, &test.operator, Some("1"), &input, PayeeFields::STAFF, None).await;
    made.expect("a payee").value.payee.id.to_string()
}

async fn audited(app: &TestApp, outcome: &str, id: &str) -> i64 {
    let sql = format!(
        "SELECT COUNT(*) FROM audit_log WHERE action = 'payee.reveal' AND outcome = '{outcome}' AND subject_id = '{id}'"
    );
    app.test.int(&sql).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_sees_them_by_a_button_and_the_log_says_so() {
    let app = spawn().await;
    let id = payee(&app.test).await;
    let account_id = app.test.text(&format!("SELECT id FROM payee_accounts WHERE payee_id = '{id}'")).await;
    let (page, account) = (format!("/payees/{id}"), format!("/payees/{id}/accounts/{account_id}"));
    let approver = app.person("axel@example.com").await;
    let masked = approver.get(&page).await;
    assert!(masked.main().contains("GB account •• 6819 ") && masked.main().contains("Show in full"));
    assert!(!masked.text.contains(NUMBER));
    assert_eq!(audited(&app, "done", &id).await, 0);
    let shown = approver.post(&account, &[]).await;
    assert_eq!((shown.status, shown.header("cache-control")), (200, "no-store"));
    let words = shown.main();
    assert!(words.contains("Sort code 601613") && words.contains(&format!("Account number {NUMBER}")), "{words}");
    assert_eq!(audited(&app, "done", &id).await, 1);
    let reloaded = approver.get(&account).await;
    assert_eq!((reloaded.status, reloaded.location()), (303, page.as_str()));
    assert_eq!(approver.post_only(&account, &[]).await.status, 403, "without the form's token");
    assert_eq!(audited(&app, "done", &id).await, 1);
    let operator = app.person("olga@example.com").await;
    assert!(!operator.get(&page).await.text.contains("Show in full"));
    assert_eq!(operator.post(&account, &[]).await.status, 403);
    let sql = "SELECT COUNT(*) FROM audit_log WHERE action = 'permission.refused' AND actor_name = 'Olga Operator'";
    assert_eq!(app.test.int(sql).await, 1);
    let unknown = "acc_01h455vb4pex5vsknk084sn02q";
    assert_eq!(approver.post(&format!("{page}/accounts/{unknown}"), &[]).await.status, 404);
    assert_eq!(audited(&app, "refused", unknown).await, 1);
    let other = self::other(&app.test).await;
    let crossed = approver.post(&format!("/payees/{other}/accounts/{account_id}"), &[]).await;
    assert_eq!(crossed.status, 404, "{}", crossed.main());
    assert!(!crossed.text.contains(NUMBER));
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_needs_the_scope_for_it_and_an_address_of_its_list() {
    let app = spawn().await;
    let id = payee(&app.test).await;
    let path = format!("/beneficiaries/{id}/account");
    let token = |scopes: &'static [Scope], owner: &'static str, ip_list: &'static str, client: &'static str| {
        let desk = app.test.desk.clone();
        async move {
            let new = NewCredential {
                client: client.into(),
                owner: owner.into(),
                name: format!("Reader {:08x}", rand::random::<u32>()),
                scopes: scopes.iter().map(|scope| scope.name().to_owned()).collect(),
                ip_list: ip_list.into(),
                ..NewCredential::default()
            };
            let issued = credentials::create(&desk, &Caller::system(Via::Command, "test"), &new).await;
            tokens::mint_access_token(&desk, &issued.expect("a credential").credential, 3_600 * SECOND)
        }
    };
    const SENSITIVE: &[Scope] = &[Scope::ReadSensitive];
    let may = app.api_with(Some(&token(SENSITIVE, "axel@example.com", "127.0.0.1", "1").await));
    let shown = may.get(&path).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert_eq!(shown.json(), json!({"id": id, "identifiers": {"account_number": NUMBER, "sort_code": "601613"}}));
    assert_eq!(shown.header("cache-control"), "no-store");
    assert_eq!(audited(&app, "done", &id).await, 1);
    assert_eq!(may.get(&format!("{path}?masked=no")).await.status, 400, "no such parameter, and nothing is read");
    assert_eq!(audited(&app, "done", &id).await, 1);
    let elsewhere = app.api_with(Some(&token(SENSITIVE, "axel@example.com", "192.0.2.0/24", "1").await));
    assert!([401, 403].contains(&elsewhere.get(&path).await.status));
    let operator = app.api_with(Some(&token(SENSITIVE, "olga@example.com", "127.0.0.1", "1").await));
    assert_eq!(operator.get(&path).await.status, 403, "no more than its owner");
    assert_eq!(app.api().get(&path).await.status, 403);
    let other = app.api_with(Some(&token(SENSITIVE, "axel@example.com", "127.0.0.1", "2").await));
    assert_eq!(other.get(&path).await.status, 404);
    assert_eq!((audited(&app, "done", &id).await, audited(&app, "refused", &id).await), (1, 1));
    app.test.verify().await;
}
