//! What each scope covers, and what it can be asked of.

use paydesk::domain::freeze::{Kind, Scope, Standing};
use paydesk::domain::payout::{Rule, State};
use paydesk::error::Error;
use paydesk::service::freezes::{self, NewFreeze};
use paydesk::service::{links, payouts};

use super::{freeze, lift, new, rule};
use crate::support::app::{EUR, OTHER_USD, TestDesk, USD, desk, input, link_input};

/// Every scope with a subject that the payouts of the USD wallet are in.
async fn subjects(test: &TestDesk) -> Vec<(Scope, String)> {
    let payee = test.payout("1.00").await.payout.payee_id.to_string();
    vec![
        (Scope::Everything, String::new()),
        (Scope::Client, "1".into()),
        (Scope::Wallet, USD.to_string()),
        (Scope::Payee, payee),
        (Scope::Rail, "sandbox".into()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scope_holds_its_own_back_and_lets_it_go_after_the_lift() {
    let test = desk().await;
    for (scope, subject) in subjects(&test).await {
        let id = test.payout("10.00").await.payout.id;
        let frozen = freeze(&test, scope, &subject).await;
        test.run_jobs(40).await;
        assert_eq!(test.get(id).await.payout.state, State::Queued, "{scope:?}");
        lift(&test, &frozen).await;
        test.run_jobs(40).await;
        assert_eq!(test.get(id).await.payout.state, State::Completed, "{scope:?}");
    }
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_beside_a_scope_goes_on() {
    let test = desk().await;
    let beside = [(Scope::Client, "2".to_owned()), (Scope::Wallet, EUR.to_string())];
    for (scope, subject) in beside {
        freeze(&test, scope, subject).await;
    }
    let id = test.payout("10.00").await.payout.id;
    let other = payouts::create(&test.desk, &test.operator, &input("OTHER", OTHER_USD, "USD", "10.00"), None).await;
    let other = other.unwrap().value.payout.id;
    test.run_jobs(60).await;
    assert_eq!(test.get(id).await.payout.state, State::Completed);
    assert_eq!(test.get(other).await.payout.state, State::Queued);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_approved_only_after_the_lift() {
    let test = desk().await;
    let id = test.link("1500.00").await.link.id;
    let frozen = freeze(&test, Scope::Rail, "sandbox").await;
    let decide = || links::decide(&test.desk, &test.approver, id, true, None, None, None);
    assert_eq!(rule(decide().await), Rule::Frozen);
    lift(&test, &frozen).await;
    decide().await.unwrap();
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_keeps_what_stood_in_it_with_sums_per_currency() {
    let test = desk().await;
    test.payout("10.00").await;
    test.payout("1500.00").await;
    links::create(&test.desk, &test.operator, &link_input("7.00"), None).await.unwrap();
    let euro = payouts::create(&test.desk, &test.operator, &input("EURO", EUR, "EUR", "3.00"), None).await.unwrap();
    let payee = euro.value.payout.payee_id.to_string();
    for (scope, subject, parts) in [
        (Scope::Everything, String::new(), 4),
        (Scope::Client, "1".into(), 4),
        (Scope::Wallet, USD.to_string(), 3),
        (Scope::Rail, "sandbox".into(), 4),
        (Scope::Payee, payee, 3),
    ] {
        let preview = freezes::preview(&test.desk, &test.operator, &new(scope, &subject)).await.unwrap();
        let frozen = freeze(&test, scope, subject).await;
        let mut stood: Vec<Standing> = serde_json::from_str(&frozen.stood).unwrap();
        let mut shown = preview.standing;
        let order = |part: &Standing| (part.kind, part.bucket.clone(), part.currency.code());
        stood.sort_by_key(order);
        shown.sort_by_key(order);
        assert_eq!(shown, stood, "{scope:?}");
        assert_eq!((stood.len(), preview.capped), (parts, false), "{scope:?}: {stood:?}");
        let sum = |kind, bucket: &str, code: &str| {
            let found =
                stood.iter().find(|part| part.kind == kind && part.bucket == bucket && part.currency.code() == code);
            found.map(|part| (part.records, part.amount_minor))
        };
        assert_eq!(sum(Kind::Payout, "to_approve", "USD"), Some((1, 150_000)));
        assert_eq!(sum(Kind::Link, "issued", "USD").is_some(), scope != Scope::Payee);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_frozen_is_named() {
    let test = desk().await;
    let field = async |new: NewFreeze| match freezes::create(&test.desk, &test.operator, &new, None).await {
        Err(Error::Validation(errors)) => errors.into_iter().map(|error| error.field).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(field(NewFreeze::default()).await, ["scope", "reason"]);
    assert_eq!(field(new(Scope::Everything, "wal_x")).await, ["subject"]);
    for scope in [Scope::Client, Scope::Wallet, Scope::Payee, Scope::Rail, Scope::Credential] {
        for subject in ["", "999", "nonsense"] {
            assert_eq!(field(new(scope, subject)).await, ["subject"], "{scope:?} {subject}");
        }
    }
    assert_eq!(field(NewFreeze { reason: "x".repeat(501), ..new(Scope::Everything, "") }).await, ["reason"]);
    let refused = freezes::create(&test.desk, &test.viewer, &new(Scope::Everything, ""), None).await;
    assert!(matches!(refused, Err(Error::Forbidden)));
    assert_eq!(test.int("SELECT COUNT(*) FROM freezes").await, 0);
}
