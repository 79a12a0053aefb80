//! The inbox of what waits for a checker, and who may decide it.

use paydesk::domain::payout::State;
use paydesk::domain::staff::Scope;
use paydesk::service::credentials::{self, NewCredential};
use paydesk::service::tokens;
use serde_json::json;

use crate::support::api::payout_with;
use crate::support::app::{SECOND, TestApp, spawn};

/// A program of the operator's, whose credential the admin created.
async fn program_set_up_by_admin(app: &TestApp) -> String {
    let new = NewCredential {
        client: "1".into(),
        owner: "olga@example.com".into(),
        name: "ERP".into(),
        scopes: [Scope::Read, Scope::Pay].map(|scope| scope.name().to_owned()).to_vec(),
        ip_list: String::new(),
        ..NewCredential::default()
    };
    let issued = credentials::create(&app.test.desk, &app.test.admin, &new).await.expect("a credential");
    tokens::mint_access_token(&app.test.desk, &issued.credential, 3_600 * SECOND)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_created_the_credential_of_a_program_cannot_approve_what_it_made() {
    let app = spawn().await;
    let token = program_set_up_by_admin(&app).await;
    let id = app.api_with(Some(&token)).post("/payouts", payout_with("ERP_1", "amount", json!(1500))).await.id();
    let path = format!("/payouts/{id}/approval");
    let admin = app.person("anna@example.com").await;
    let page = admin.get(&path).await;
    assert!(page.main().contains("You made the secret of the credential that made it"), "{}", page.main());
    assert!(!page.text.contains("value=\"approve\""), "no button for what is refused");
    let form = [("decision", "approve"), ("note", ""), ("version", ""), ("idempotency_key", "k-0123456789abcdef")];
    assert_eq!(admin.post(&path, &form).await.status, 409);
    // Nor through a program of the admin's own.
    let answer = app.api().post(&path, json!({"decision": "approve"})).await;
    assert_eq!((answer.status, answer.member("error")), (403, json!("Forbidden")));
    let id = id.parse().expect("an id");
    assert_eq!(app.test.get(id).await.payout.state, State::ActionRequired);
    let sql = "SELECT COUNT(*) FROM audit_log WHERE action = 'payout.approve' AND outcome = 'refused' AND rule = \
               'maker_is_checker'";
    assert_eq!(app.test.int(sql).await, 2);
    // It stands among what others decide, and in the inbox of those who may.
    assert!(!admin.get("/approvals").await.main().contains("ERP_1"));
    assert!(admin.get("/approvals?whose=own").await.main().contains("ERP_1"));
    let approver = app.person("axel@example.com").await;
    assert!(approver.get("/approvals").await.main().contains("ERP_1"));
    let form = [("decision", "approve"), ("note", ""), ("version", ""), ("idempotency_key", "k-abcdef0123456789")];
    assert_eq!(approver.post(&path, &form).await.status, 303);
    assert_eq!(app.test.get(id).await.payout.state, State::Queued);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_too_keeps_makers_from_checking() {
    let app = spawn().await;
    let token = program_set_up_by_admin(&app).await;
    app.api_with(Some(&token)).post("/payouts", payout_with("ERP_2", "amount", json!(1500))).await.id();
    for column in ["maker_staff_id", "credential_creator_id"] {
        let sql = format!("UPDATE payouts SET checker_staff_id = {column}");
        let written = app.test.desk.store.write(move |tx| {
            let sql = sql.clone();
            Box::pin(async move { tx.execute(&sql, &[]).await })
        });
        assert!(written.await.is_err(), "{column}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_navigation_counts_what_the_reader_may_decide() {
    let app = spawn().await;
    // Two of the operator's, one of the admin's program.
    app.test.payout("1500.00").await;
    app.test.payout("1600.00").await;
    app.api().post("/payouts", payout_with("OWN_1", "amount", json!(1700))).await.id();
    for (email, due) in [("axel@example.com", "3"), ("anna@example.com", "2"), ("olga@example.com", "")] {
        let page = app.person(email).await.get("/wallets").await;
        let shown = page.text.split_once("count-due\">").map_or("", |(_, rest)| rest.split('<').next().unwrap_or(""));
        assert_eq!(shown, due, "{email}");
    }
}
