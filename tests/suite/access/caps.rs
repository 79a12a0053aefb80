//! How much a program may send out: in one call, and in one day, also when many ask at once.

use futures_util::future::join_all;
use paydesk::domain::caller::Caller;
use paydesk::domain::dialect::Dialect;
use paydesk::domain::payout::Rule;
use paydesk::error::Error;
use paydesk::service::credentials::NewCredential;
use paydesk::service::{api_keys, links, payouts};
use serde_json::json;

use crate::support::app::{JPY, SECOND, TestDesk, USD, desk, input, link_input, spawn};
use crate::support::programs::{arrival, form, header, issue};

const DAY: i64 = 24 * 3_600 * SECOND;

fn capped(call: &str, day: &str) -> NewCredential {
    NewCredential {
        cap_currency: "USD".into(),
        most_per_call: call.into(),
        most_per_day: day.into(),
        ..form(Dialect::MassPay)
    }
}

async fn program(test: &TestDesk, call: &str, day: &str) -> Caller {
    let issued = issue(test, &capped(call, day)).await;
    api_keys::api_key(&test.desk, issued.secret.as_deref().expect("a key"), &arrival()).await.expect("a program")
}

/// Makes a payout; answers whether it was, or the rule that refused it.
async fn pay(test: &TestDesk, caller: &Caller, reference: &str, amount: &str) -> Result<(), Rule> {
    match payouts::create(&test.desk, caller, &input(reference, USD, "USD", amount), None).await {
        Ok(_) => Ok(()),
        Err(Error::Refused(refusal)) => Err(refusal.rule),
        Err(error) => panic!("{error:?}"),
    }
}

async fn spent(test: &TestDesk) -> i64 {
    test.int("SELECT CAST(COALESCE(SUM(spent_minor), 0) AS BIGINT) FROM credential_spending").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_above_the_cap_changes_nothing_and_is_written_down() {
    let test = desk().await;
    let program = program(&test, "50.00", "").await;
    let before = test.balances(USD).await;
    assert_eq!(pay(&test, &program, "over", "50.01").await, Err(Rule::OverCap));
    assert_eq!(test.balances(USD).await, before);
    assert_eq!((test.int("SELECT COUNT(*) FROM payouts").await, spent(&test).await), (0, 0));
    let sql = "SELECT COUNT(*) FROM audit_log WHERE action = 'payout.create' AND rule = 'over_cap'";
    assert_eq!(test.int(sql).await, 1);
    assert_eq!(pay(&test, &program, "at", "50.00").await, Ok(()));
    let yen = payouts::create(&test.desk, &program, &input("yen", JPY, "JPY", "1"), None).await;
    assert!(matches!(yen, Err(Error::Refused(refusal)) if refusal.rule == Rule::OverCap));
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_days_sum_holds_when_sixteen_ask_at_once() {
    let test = desk().await;
    let (program, free) = (program(&test, "", "50.00").await, test.admin.clone());
    let tries = (0..16).map(|n| {
        let (test, program) = (&test, &program);
        async move { pay(test, program, &format!("at once {n}"), "10.00").await }
    });
    let results = join_all(tries).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 5);
    assert_eq!(results.iter().filter(|result| **result == Err(Rule::OverCap)).count(), 11);
    assert_eq!(spent(&test).await, 5_000);
    // Others are not bound by it.
    assert_eq!(pay(&test, &free, "staff", "10.00").await, Ok(()));
    test.clock.advance(DAY);
    assert_eq!(pay(&test, &program, "tomorrow", "50.00").await, Ok(()));
    assert_eq!(pay(&test, &program, "tomorrow too", "0.01").await, Err(Rule::OverCap));
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_the_days_sum() {
    let test = desk().await;
    let program = program(&test, "", "50.00").await;
    // Another process counted something between the loading and the writing of a set; its guard sees that.
    pay(&test, &program, "first", "10.00").await.unwrap();
    let sql = "UPDATE credential_spending SET spent_minor = 4500, version = version + 1";
    test.desk.store.write(move |tx| Box::pin(async move { tx.execute(sql, &[]).await })).await.unwrap();
    assert_eq!(pay(&test, &program, "second", "10.00").await, Err(Rule::OverCap));
    assert_eq!(pay(&test, &program, "third", "5.00").await, Ok(()));
    assert_eq!(spent(&test).await, 5_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_not_counted_again_and_what_was_refused_is_not_counted_at_all() {
    let test = desk().await;
    let program = program(&test, "", "50.00").await;
    for _ in 0..3 {
        pay(&test, &program, "the same", "40.00").await.unwrap();
    }
    assert_eq!(spent(&test).await, 4_000);
    let poor = program_with_empty_wallet(&test).await;
    assert_eq!(pay(&test, &poor, "too much", "10.00").await, Err(Rule::InsufficientFunds));
    assert_eq!(spent(&test).await, 4_000);
}

/// A program that may send out more than the wallet has left.
async fn program_with_empty_wallet(test: &TestDesk) -> Caller {
    let staff = test.admin.clone();
    let all = payouts::create(&test.desk, &staff, &input("all of it", USD, "USD", "985181.00"), None).await;
    all.expect("nearly all the money");
    program(test, "", "100.00").await
}

#[tokio::test(flavor = "multi_thread")]
async fn links_and_payouts_fill_the_same_day() {
    let test = desk().await;
    let program = program(&test, "", "50.00").await;
    links::create(&test.desk, &program, &link_input("30.00"), None).await.expect("a link");
    assert_eq!(pay(&test, &program, "above", "20.01").await, Err(Rule::OverCap));
    assert_eq!(pay(&test, &program, "beside", "20.00").await, Ok(()));
    let link = links::create(&test.desk, &program, &link_input("0.01"), None).await;
    assert!(matches!(link, Err(Error::Refused(refusal)) if refusal.rule == Rule::OverCap));
    assert_eq!(test.int("SELECT COUNT(*) FROM payout_links").await, 1);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transfers_between_own_wallets_count_too() {
    let app = spawn().await;
    let new = NewCredential { most_per_day: "10".into(), cap_currency: "USD".into(), ..form(Dialect::Revolut) };
    let token = header(&app.test, &issue(&app.test, &new).await).await;
    let api = app.revolut_with(token.strip_prefix("Bearer "));
    let (number, target) = app.empty_account().await;
    let source = app.account(USD).await;
    let transfer = |request_id: &str, amount: &str| {
        json!({
            "request_id": request_id, "source_account_id": source, "target_account_id": target,
            "amount": amount, "currency": "USD",
        })
    };
    assert_eq!(api.post("/transfer", &transfer("first", "6.00")).await.status, 200);
    let refused = api.post("/transfer", &transfer("second", "4.01")).await;
    assert_eq!((refused.status, refused.member("code")), (403, json!(9002)));
    let words = "This action is forbidden. This credential sends out at most USD 10.00 a day; USD 4.00 is left until \
                 00:00 UTC.";
    assert_eq!(refused.member("message"), words);
    assert_eq!(app.test.balances(number).await.0, 600);
    assert_eq!(api.post("/transfer", &transfer("third", "4.00")).await.status, 200);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_api_says_what_the_cap_is() {
    let app = spawn().await;
    let issued = issue(&app.test, &NewCredential { dialect: "wallet".into(), ..capped("5.00", "") }).await;
    let token = header(&app.test, &issued).await;
    let api = app.api_with(token.strip_prefix("Bearer "));
    let body = json!({
        "reference_id": "over", "wallet_id": USD, "amount": 5.01, "currency": "USD",
        "beneficiary_email": "ada@example.com", "beneficiary_first_name": "Ada", "beneficiary_last_name": "Byron",
    });
    let message = "Insufficient permissions: This credential sends out at most USD 5.00 in one call, not USD 5.01.";
    api.post("/payouts", body).await.refuses(403, "Forbidden", message);
}
