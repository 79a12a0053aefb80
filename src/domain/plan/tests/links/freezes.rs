//! Payout links under a freeze.

use super::*;
use crate::domain::freeze::Scope as Frozen;

#[test]
fn nothing_frozen_is_claimed_and_nothing_is_lost() {
    let mut world = World::new(Currency::USD);
    let id = world.issue(1_000);
    let held = world.held();
    let (client, wallet) = (world.link(id).client_id, world.link(id).wallet_id);
    for (scope, subject) in [
        (Frozen::Everything, String::new()),
        (Frozen::Client, client.to_string()),
        (Frozen::Wallet, wallet.to_string()),
        (Frozen::Rail, "sandbox".to_owned()),
    ] {
        world.freeze(scope, subject);
        assert_eq!(rule(world.claim(id)), Rule::Frozen, "{scope:?}");
        assert_eq!((world.link(id).state, world.held()), (LinkState::Issued, held));
    }
    world.lift();
    world.claim(id).unwrap();
}

#[test]
fn a_frozen_payee_cannot_claim_a_link_that_does_not_name_them() {
    let mut world = World::new(Currency::USD);
    let first = world.issue(1_000);
    let paid = world.claim(first).unwrap();
    let payee = world.payout(paid).payee_id;
    let id = world.issue(1_000);
    world.freeze(Frozen::Payee, payee);
    assert_eq!(rule(world.claim(id)), Rule::Frozen);
    assert_eq!(world.link(id).attempt_count, 0);
}

#[test]
fn a_link_of_a_frozen_program_is_neither_made_replaced_nor_claimed() {
    let mut world = World::new(Currency::USD);
    let client = world.books.wallets.values().next().unwrap().client_id;
    let caller = program(maker().person().unwrap(), client);
    let id = link_of(&world.run(caller.clone(), make(new())).unwrap()).id;
    world.freeze(Frozen::Credential, caller.credential().unwrap());
    assert_eq!(rule(world.run(caller.clone(), make(new()))), Rule::Frozen);
    assert_eq!(rule(world.claim(id)), Rule::Frozen);
    assert_eq!(rule(world.run(caller.clone(), replace(id))), Rule::Frozen);
    // Ending it brings the money back, and goes on.
    world.run(caller, cancel_link(id)).unwrap();
    assert_eq!(world.available(), 100_000);
}

#[test]
fn a_frozen_link_is_not_approved_but_sent_back() {
    let mut world = World::new(Currency::USD);
    let id = world.issue(6_000);
    assert_eq!(world.link(id).state, LinkState::Pending);
    world.freeze(Frozen::Wallet, world.link(id).wallet_id);
    assert_eq!(rule(world.run(checker(), decide_link(id, true))), Rule::Frozen);
    world.run(checker(), decide_link(id, false)).unwrap();
}
