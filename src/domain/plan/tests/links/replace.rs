//! Cancelling a payout link and issuing it anew, in one unit.

use super::*;

#[test]
fn replacing_moves_the_money_to_a_new_link_in_one_unit() {
    let mut world = World::new(Currency::USD);
    // All of the wallet: only what the old link held can pay for the new one.
    world.books.wallets.values_mut().next().unwrap().approval_limit_minor = None;
    let content = NewLink { amount: Money::new(98_000, Currency::USD), request_id: Some("r".into()), ..new() };
    let old = link_of(&world.run(maker(), make(content)).unwrap()).id;
    let next = link_of(&world.run(maker(), replace(old)).unwrap());
    let old = world.link(old);
    assert_eq!((old.state, old.close_reason), (LinkState::Cancelled, Some(CloseReason::Replaced)));
    assert_eq!((old.replaced_by_id, next.replaces_id), (Some(next.id), Some(old.id)));
    assert_eq!((next.state, next.amount_minor, next.contact_name.as_str()), (LinkState::Issued, 98_000, "John Doe"));
    assert_eq!((world.held(), next.request_id), (98_000 + 1_470, None));
    let old = old.id;
    assert_eq!(rule(world.run(maker(), replace(old))), Rule::WrongState);
    world.claim(next.id).unwrap();
    assert_eq!(rule(world.run(maker(), replace(next.id))), Rule::WrongState);
}

#[test]
fn a_replacement_that_costs_more_than_there_is_leaves_the_old_link_as_it_was() {
    let mut world = World::new(Currency::USD);
    world.books.wallets.values_mut().next().unwrap().approval_limit_minor = None;
    let content = NewLink { amount: Money::new(98_000, Currency::USD), ..new() };
    let old = link_of(&world.run(maker(), make(content)).unwrap()).id;
    world.books.wallets.values_mut().next().unwrap().fee_basis_points = 300;
    assert_eq!(rule(world.run(maker(), replace(old))), Rule::InsufficientFunds);
    assert_eq!(world.link(old).state, LinkState::Issued);
}
