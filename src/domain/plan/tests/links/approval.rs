//! Approving payout links and sending them back.

use super::*;
use crate::domain::approval::Verb;
use crate::domain::approval::tests::rule as in_force;
use crate::domain::payee_account::PayeeAccount;

#[test]
fn above_the_limit_nothing_is_held_until_a_second_person_approves() {
    let mut world = World::new(Currency::USD);
    let id = world.issue(6_000);
    assert_eq!((world.link(id).state, world.held()), (LinkState::Pending, 0));
    assert_eq!(rule(world.claim(id)), Rule::LinkNotClaimable);
    assert_eq!(rule(world.run(maker(), decide_link(id, true))), Rule::MakerIsChecker);
    let own = program(maker().person().unwrap(), world.link(id).client_id);
    assert_eq!(rule(world.run(own, decide_link(id, true))), Rule::MakerIsChecker);
    world.run(checker(), decide_link(id, true)).unwrap();
    assert_eq!((world.link(id).state, world.held()), (LinkState::Issued, 6_090));
    // The approval was for the link: its payout waits for nobody.
    let payout = world.claim(id).unwrap();
    assert_eq!(world.payout(payout).state, State::Queued);
    assert_eq!(world.payout(payout).checker_staff_id, checker().person());
    assert_eq!(rule(world.run(checker(), decide_link(id, true))), Rule::NotWaitingForApproval);

    let other = world.issue(6_000);
    world.run(checker(), decide_link(other, false)).unwrap();
    assert_eq!((world.link(other).state, world.held()), (LinkState::Rejected, 6_090));
    assert_eq!(world.link(other).cancel_reason.as_deref(), Some("note"));
}

#[test]
fn nobody_behind_a_link_checks_it_and_its_payout_remembers_them() {
    let mut world = World::new(Currency::USD);
    let client = world.books.wallets.values().next().unwrap().client_id;
    let creator = person(3_000, Role::Admin);
    let by_program = |owner: i64| issued_by(&creator, program(Id::first_at(owner), client));
    let above = || make(NewLink { amount: Money::new(6_000, Currency::USD), ..new() });
    let id = link_of(&world.run(by_program(4_000), above()).unwrap()).id;
    for approve in [true, false] {
        for same in [creator.clone(), person(4_000, Role::Admin), by_program(5_000)] {
            assert_eq!(rule(world.run(same, decide_link(id, approve))), Rule::MakerIsChecker);
        }
    }
    world.run(checker(), decide_link(id, true)).unwrap();
    let payout = world.claim(id).unwrap();
    assert_eq!(world.payout(payout).maker_staff_id, Id::first_at(4_000));
    assert_eq!(world.payout(payout).credential_creator_id, creator.person());
    // One that a person made is not checked through a credential that they created for somebody else.
    let id = link_of(&world.run(creator.clone(), above()).unwrap()).id;
    assert_eq!(rule(world.run(by_program(5_000), decide_link(id, true))), Rule::MakerIsChecker);
}

#[test]
fn an_approval_without_the_money_is_refused_and_changes_nothing() {
    let mut world = World::new(Currency::USD);
    let first = world.issue(60_000);
    let second = world.issue(60_000);
    world.run(checker(), decide_link(first, true)).unwrap();
    assert_eq!(rule(world.run(checker(), decide_link(second, true))), Rule::InsufficientFunds);
    assert_eq!(world.link(second).state, LinkState::Pending);
    world.run(maker(), cancel_link(second)).unwrap();
}

#[test]
fn a_rule_on_accounts_stops_no_recipient_and_approves_no_account() {
    let mut world = World::new(Currency::USD);
    world.books.approvals.rules.push(in_force(1, Verb::BankDetails, 1, Role::Approver));
    let first = world.issue(1_000);
    let payout = world.claim(first).unwrap();
    let record = world.books.payouts[&payout].clone();
    assert!(record.account.as_ref().is_some_and(PayeeAccount::has_waited));
    // A second link to the same recipient, who was saved meanwhile, is claimed on the same account.
    world.books.payees.get_mut(&record.payee.id).unwrap().saved_at = Some(1);
    let other = world.issue(1_000);
    let again = world.claim(other).unwrap();
    assert_eq!(world.payout(again).account_id, record.payout.account_id);
    assert_eq!(world.books.changes.new_accounts.len(), 1);
    // What staff switched off stays off.
    let account = world.books.accounts.get_mut(&record.payout.account_id.unwrap()).unwrap();
    account.disabled_at = Some(account.id.created_at() + 1);
    let third = world.issue(1_000);
    assert_eq!(rule(world.claim(third)), Rule::AccountInactive);
}
