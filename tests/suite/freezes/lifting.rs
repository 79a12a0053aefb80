//! Lifting takes two people: one asks, another lifts, once.

use futures_util::future::join_all;
use paydesk::domain::dialect::Dialect;
use paydesk::domain::freeze::{Scope, State};
use paydesk::domain::payout::Rule;
use paydesk::domain::staff::Role;
use paydesk::error::Error;
use paydesk::service::approval_rules::{self, RuleInput};
use paydesk::service::credentials::NewCredential;
use paydesk::service::{api_keys, freezes};

use super::{audited, both, freeze, lift, rule};
use crate::support::app::{TestDesk, USD, desk};
use crate::support::programs::{arrival, form, issue};

async fn program(test: &TestDesk, owner: &str) -> paydesk::domain::caller::Caller {
    let new = NewCredential { owner: owner.into(), name: format!("of {owner}"), ..form(Dialect::MassPay) };
    let issued = issue(test, &new).await;
    api_keys::api_key(&test.desk, issued.secret.as_deref().expect("a key"), &arrival()).await.expect("a program")
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_lifts_what_they_asked_for_and_nobody_without_the_role() {
    let test = desk().await;
    let frozen = freeze(&test, Scope::Wallet, USD).await;
    let desk = &test.desk;
    assert_eq!(rule(freezes::lift(desk, &test.approver, frozen.id, None, None).await), Rule::WrongState);
    let asked = freezes::ask(desk, &test.approver, frozen.id, Some("Cleared"), None, None).await.unwrap().value;
    assert_eq!((asked.is_asked(), asked.asker_name.as_deref()), (true, Some("Axel Approver")));
    assert_eq!(rule(freezes::ask(desk, &test.admin, frozen.id, Some("Me too"), None, None).await), Rule::WrongState);
    assert_eq!(rule(freezes::lift(desk, &test.approver, frozen.id, None, None).await), Rule::MakerIsChecker);
    // Not through a program of theirs either.
    let own = program(&test, "axel@example.com").await;
    assert_eq!(rule(freezes::lift(desk, &own, frozen.id, None, None).await), Rule::MakerIsChecker);
    for nobody in [&test.viewer, &test.operator] {
        let refused = freezes::lift(desk, nobody, frozen.id, None, None).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
    }
    assert!(matches!(freezes::ask(desk, &test.viewer, frozen.id, Some("x"), None, None).await, Err(Error::Forbidden)));
    let lifted = freezes::lift(desk, &test.admin, frozen.id, None, None).await.unwrap().value;
    assert_eq!((lifted.state, lifted.lifter_name.as_deref()), (State::Lifted, Some("Anna Admin")));
    // Two refused for the role come without a row of their own action.
    assert_eq!((audited(&test, "freeze.lift", "refused").await, audited(&test, "freeze.lift", "done").await), (3, 1));
    assert_eq!(audited(&test, "freeze.ask_to_lift", "refused").await, 1);
    assert_eq!(audited(&test, "permission.refused", "refused").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_froze_it_may_lift_it_once_somebody_else_asked() {
    let test = desk().await;
    let order = super::new(Scope::Everything, "");
    let frozen = freezes::create(&test.desk, &test.approver, &order, None).await.unwrap().value;
    freezes::ask(&test.desk, &test.operator, frozen.id, Some("Cleared"), None, None).await.unwrap();
    freezes::lift(&test.desk, &test.approver, frozen.id, None, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_lift_at_the_same_moment_one_does_and_the_other_is_told() {
    let test = desk().await;
    for _ in 0..6 {
        let frozen = freeze(&test, Scope::Wallet, USD).await;
        freezes::ask(&test.desk, &test.operator, frozen.id, Some("Cleared"), None, None).await.unwrap();
        let version = Some(frozen.version + 1);
        let lifts = both(&test).map(|caller| freezes::lift(&test.desk, caller, frozen.id, version, None));
        let results = join_all(lifts).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        let refused = results.into_iter().find_map(Result::err).unwrap();
        let Error::Refused(refusal) = refused else { panic!("{refused:?}") };
        assert_eq!(refusal.rule, Rule::WrongState);
        assert!(refusal.reason.starts_with("The freeze is lifted already by A"), "{}", refusal.reason);
    }
    assert_eq!(audited(&test, "freeze.lift", "done").await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_answered_with_no_can_be_asked_again_and_old_forms_are_stale() {
    let test = desk().await;
    let frozen = freeze(&test, Scope::Wallet, USD).await;
    let ask = |reason| freezes::ask(&test.desk, &test.operator, frozen.id, Some(reason), None, None);
    let first = ask("Too soon").await.unwrap().value;
    freezes::keep(&test.desk, &test.approver, frozen.id, Some(first.version), None).await.unwrap();
    assert_eq!(rule(freezes::lift(&test.desk, &test.approver, frozen.id, None, None).await), Rule::WrongState);
    let second = ask("Now it is fine").await.unwrap().value;
    let old = freezes::lift(&test.desk, &test.approver, frozen.id, Some(first.version), None).await;
    assert_eq!(rule(old), Rule::Stale);
    freezes::lift(&test.desk, &test.approver, frozen.id, Some(second.version), None).await.unwrap();
    assert_eq!(rule(ask("Again").await), Rule::WrongState);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_program_has_no_say_in_lifting() {
    let test = desk().await;
    let own = program(&test, "anna@example.com").await;
    let wallet = freeze(&test, Scope::Wallet, USD).await;
    let frozen = freeze(&test, Scope::Credential, own.credential().unwrap()).await;
    for id in [wallet.id, frozen.id] {
        assert_eq!(rule(freezes::ask(&test.desk, &own, id, Some("Let me"), None, None).await), Rule::Frozen);
        freezes::ask(&test.desk, &test.operator, id, Some("Cleared"), None, None).await.unwrap();
        assert_eq!(rule(freezes::lift(&test.desk, &own, id, None, None).await), Rule::Frozen);
    }
    // Another client's program does not even see it.
    let everything = freeze(&test, Scope::Everything, "").await;
    let gone = freezes::ask(&test.desk, &own, everything.id, Some("x"), None, None).await;
    assert!(matches!(gone, Err(Error::NotFound("Freeze"))), "{gone:?}");
    assert!(own.client().is_some() && Role::Admin > Role::Viewer);
    freezes::lift(&test.desk, &test.approver, wallet.id, None, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_freezes_asks_and_lifts_once() {
    let test = desk().await;
    let order = super::new(Scope::Wallet, USD);
    let make = || freezes::create(&test.desk, &test.operator, &order, Some("key-1"));
    let (first, again) = (make().await.unwrap(), make().await.unwrap());
    assert_eq!((first.value.id, again.replayed), (again.value.id, true));
    let other = super::new(Scope::Everything, "");
    let reused = freezes::create(&test.desk, &test.operator, &other, Some("key-1")).await;
    assert_eq!(rule(reused), Rule::KeyReused);
    let id = first.value.id;
    for replayed in [false, true] {
        let asked = freezes::ask(&test.desk, &test.operator, id, Some("Cleared"), None, Some("key-2")).await.unwrap();
        assert_eq!(asked.replayed, replayed);
    }
    for replayed in [false, true] {
        let lifted = freezes::lift(&test.desk, &test.approver, id, None, Some("key-3")).await.unwrap();
        assert_eq!((lifted.replayed, lifted.value.state), (replayed, State::Lifted));
    }
    // Frozen anew, the first key still names the first one.
    let anew = freezes::create(&test.desk, &test.operator, &order, Some("key-4")).await.unwrap().value;
    assert_ne!(anew.id, id);
    assert_eq!(make().await.unwrap().value.id, id);
    lift(&test, &anew).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_rule_asks_for_two_the_freeze_stands_until_the_second_of_them() {
    let test = desk().await;
    let two =
        RuleInput { verb: "unfreeze".into(), people: "2".into(), role: "approver".into(), ..RuleInput::default() };
    approval_rules::make(&test.desk, &test.admin, &two).await.expect("a rule");
    let id = freeze(&test, Scope::Wallet, USD).await.id;
    // The admin asks, so only one could say yes.
    let asked = freezes::ask(&test.desk, &test.admin, id, Some("Over"), None, None).await;
    assert_eq!(rule(asked), Rule::NobodyCanApprove);
    freezes::ask(&test.desk, &test.operator, id, Some("Over"), None, None).await.expect("asked");
    let lift = |caller| freezes::lift(&test.desk, caller, id, None, None);
    assert_eq!(lift(&test.approver).await.expect("a yes").value.state, State::Active);
    assert_eq!(rule(lift(&test.approver).await), Rule::NotWaitingForApproval, "nobody says yes twice");
    let standing = freezes::get(&test.desk, &test.admin, id).await.expect("the freeze");
    let standing = freezes::standing(&test.desk, &test.admin, &standing).await.expect("it").expect("a rule");
    assert_eq!((standing.count(), standing.who), (1, vec!["Anna Admin".to_owned()]));
    // Asked anew, it is approved anew.
    freezes::keep(&test.desk, &test.admin, id, None, None).await.expect("kept");
    test.clock.advance(1);
    freezes::ask(&test.desk, &test.operator, id, Some("Over now"), None, None).await.expect("asked");
    assert_eq!(lift(&test.admin).await.expect("a yes").value.state, State::Active);
    assert_eq!(lift(&test.approver).await.expect("a yes").value.state, State::Lifted);
    test.verify().await;
}
