//! Refusals that are written down: who tried what, about what, and why not.

use std::time::Duration;

use paydesk::domain::caller::Caller;
use paydesk::domain::ids::{PayeeId, PayoutId};
use paydesk::error::Error;
use paydesk::service::audit;
use paydesk::service::programs::Arrival;
use paydesk::service::reversals::{self, ReversalInput};
use paydesk::service::{payees, payouts, tokens};
use paydesk::store::audit::AuditFilter;

use crate::support::app::{PASSWORD, TestDesk, desk, spawn};

/// The newest refusal in the log: who, what, about what, rule and reason.
async fn refusal(test: &TestDesk) -> [String; 5] {
    let filter = AuditFilter { refused: true, ..AuditFilter::default() };
    let (lines, _) = audit::list(&test.desk, &test.admin, &filter, None, 1).await.expect("the log");
    let entry = lines.into_iter().next().expect("a refusal").link.entry;
    let [about, rule, reason] = [entry.subject_id, entry.rule, entry.reason].map(Option::unwrap_or_default);
    [entry.actor_name, entry.action, about, rule, reason]
}

async fn stranger(test: &TestDesk) -> Caller {
    tokens::authenticate(&test.desk, &test.other_token, &Arrival { ip: None, request_id: "test".into() })
        .await
        .expect("a program")
}

#[tokio::test(flavor = "multi_thread")]
async fn reversing_a_payout_that_is_not_there_is_written_down() {
    let test = desk().await;
    let input = ReversalInput { reason: Some("r".into()), ..ReversalInput::default() };
    let unknown = PayoutId::first_at(1);
    let refused = reversals::reverse(&test.desk, &test.operator, unknown, &input, None, None, Duration::ZERO).await;
    assert!(matches!(refused, Err(Error::NotFound("Payout"))));
    let [who, what, about, rule, _] = refusal(&test).await;
    assert_eq!([who, what, about, rule], ["Olga Operator", "payout.reverse", &unknown.to_string(), "not_found"]);
    // Nor one of another client, in the same words.
    let foreign = test.completed("10.00").await.payout.id;
    let stranger = stranger(&test).await;
    let refused = reversals::reverse(&test.desk, &stranger, foreign, &input, None, None, Duration::ZERO).await;
    assert!(matches!(refused, Err(Error::NotFound("Payout"))));
    assert_eq!(refusal(&test).await[1..4], ["payout.reverse".to_owned(), foreign.to_string(), "not_found".to_owned()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_a_payee_that_is_not_there_is_written_down() {
    let test = desk().await;
    let unknown = PayeeId::first_at(1);
    let refused = payees::delete(&test.desk, &test.operator, unknown).await;
    assert!(matches!(refused, Err(Error::NotFound("Beneficiary"))));
    let [who, what, about, rule, _] = refusal(&test).await;
    assert_eq!([who, what, about, rule], ["Olga Operator", "payee.delete", &unknown.to_string(), "payee_not_found"]);
    // One that was paid but never saved is not there either.
    let typed = test.payout("10.00").await.payee.id;
    assert!(payees::delete(&test.desk, &test.operator, typed).await.is_err());
    assert_eq!(refusal(&test).await[2], typed.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_written_down_and_changes_nothing() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    let form = [("current_password", "not my password now"), ("new_password", "several unrelated words 7")];
    assert_eq!(olga.post("/settings/profile/password", &form).await.status, 422);
    let [who, what, about, rule, reason] = refusal(&app.test).await;
    let own = app.test.operator.id();
    assert_eq!([who, what, about, rule], ["Olga Operator", "staff.change_password", &own, "forbidden"]);
    assert_eq!(reason, "The current password was not right.");
    assert_eq!(app.visitor().sign_in("olga@example.com", PASSWORD).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_role_does_not_allow_is_written_down_in_words() {
    let test = desk().await;
    let id = test.payout("10.00").await.payout.id;
    let refused = payouts::cancel(&test.desk, &test.viewer, id, None, None, None).await;
    assert!(matches!(refused, Err(Error::Forbidden)));
    let [_, what, about, _, reason] = refusal(&test).await;
    assert_eq!([what, about, reason], ["permission.refused", &id.to_string(), "Vera Viewer may not cancel payouts."]);
    assert!(payouts::decide(&test.desk, &test.operator, id, true, None, None, None).await.is_err());
    assert_eq!(refusal(&test).await[4], "Olga Operator may not approve payouts or send them back.");
}
