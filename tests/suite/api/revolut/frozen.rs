//! What Revolut's dialect answers while something is frozen.

use paydesk::domain::freeze::Scope;
use serde_json::json;

use crate::freezes::{freeze, lift};
use crate::support::app::USD;
use crate::support::revolut::{spawn, with};

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_program_pays_and_moves_nothing_and_a_refusal_uses_no_request_up() {
    let app = spawn().await;
    let api = app.revolut().await;
    let (counterparty, account) = app.counterparty().await;
    let body = json!({
        "request_id": "invoice-1",
        "account_id": app.account(USD).await,
        "receiver": {"counterparty_id": counterparty, "account_id": account},
        "amount": 105.6,
        "currency": "USD",
    });
    assert_eq!(api.post("/pay", &body).await.status, 200);
    let credential = app.test.text("SELECT maker_credential_id FROM payouts").await;
    let frozen = freeze(&app.test, Scope::Credential, credential).await;
    let what = format!("This action is forbidden. {} is frozen ({}): nothing leaves it.", frozen.what(), frozen.id);
    let next = with(&body, "request_id", json!("invoice-2"));
    api.post("/pay", &next).await.is_error(403, 9002, &what);
    let (_, target) = app.empty_account().await;
    let transfer = json!({
        "request_id": "move-1",
        "source_account_id": app.account(USD).await,
        "target_account_id": target,
        "amount": 1,
        "currency": "USD",
    });
    api.post("/transfer", &transfer).await.is_error(403, 9002, &what);
    lift(&app.test, &frozen).await;
    assert_eq!(api.post("/pay", &next).await.status, 200);
    assert_eq!(api.post("/transfer", &transfer).await.status, 200);
    // Out of a frozen wallet nobody moves money.
    let wallet = freeze(&app.test, Scope::Wallet, USD).await;
    let again = with(&transfer, "request_id", json!("move-2"));
    let what = format!("This action is forbidden. {} is frozen ({}): nothing leaves it.", wallet.what(), wallet.id);
    api.post("/transfer", &again).await.is_error(403, 9002, &what);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_plays_that_something_frozen_was_paid() {
    let app = spawn().await;
    let id = app.test.payout("10.00").await.payout.id;
    let path = format!("/sandbox/transactions/{}/complete", id.uuid().hyphenated());
    let frozen = freeze(&app.test, Scope::Client, 1).await;
    let api = app.revolut().await;
    let what = format!(
        "This action is forbidden. {} is frozen ({}): nothing of it is handed to a provider.",
        frozen.what(),
        frozen.id
    );
    api.post_text(&path, "").await.is_error(403, 9002, &what);
    let sql = "SELECT COUNT(*) FROM audit_log WHERE action = 'payout.advance' AND rule = 'frozen'";
    assert_eq!(app.test.int(sql).await, 1, "a try of somebody is written down");
    lift(&app.test, &frozen).await;
    assert_eq!(api.post_text(&path, "").await.member("state"), json!("completed"));
    app.test.verify().await;
}
