//! A wallet that has too little: declined at once, or waiting until there is enough.

use super::*;
use crate::domain::payout::Origin;

fn short(low_funds: LowFunds, minor: i64) -> Command {
    let Command::Create(mut new) = create("", minor, Currency::USD) else { unreachable!() };
    new.terms = Terms { origin: Origin::Razorpay, low_funds, ..Terms::default() };
    Command::Create(new)
}

/// A wallet with little more than 1,000 minor units left.
fn poor() -> World {
    let mut world = World::new(Currency::USD);
    world.make(97_500).unwrap();
    assert!((1_000..1_100).contains(&world.available()));
    world
}

impl World {
    fn top_up(&mut self, minor: i64) {
        let amount = Money::new(minor, self.currency());
        let command = Command::TopUp(TopUp { wallet_number: 1, amount, remarks: "test".into() });
        self.run(checker(), command).unwrap();
    }
}

#[test]
fn a_declined_payout_has_failed_and_never_held_anything() {
    let mut world = poor();
    let before = world.available();
    let id = payout_of(&world.run(maker(), short(LowFunds::Decline, 4_000)).unwrap());
    let payout = world.payout(id).clone();
    assert_eq!((payout.state, payout.hold_id), (State::Failed, None));
    assert_eq!(payout.failure_code.as_deref(), Some("insufficient_funds"));
    assert_eq!(world.available(), before);
    assert_eq!(rule(world.run(maker(), cancel(id))), Rule::NotCancellable);
    assert_eq!(rule(world.run(maker(), reverse(id, None))), Rule::NotReversible);
    // With enough money it is a payout like any other.
    let id = payout_of(&world.run(maker(), short(LowFunds::Decline, 100)).unwrap());
    assert_eq!(world.payout(id).state, State::Created);
}

#[test]
fn what_waits_for_money_never_reaches_a_rail_before_its_hold_is_open() {
    let mut world = poor();
    let before = world.available();
    let id = payout_of(&world.run(maker(), short(LowFunds::Wait, 4_000)).unwrap());
    assert!(world.payout(id).waits_for_money());
    assert_eq!(rule(world.advance(id, News::Submitted)), Rule::WrongState);
    let version = world.payout(id).version;
    world.advance(id, News::Funded).unwrap();
    assert!(world.payout(id).waits_for_money() && world.payout(id).due_at > Some(world.now));
    assert_eq!((world.payout(id).version, world.available()), (version, before), "nobody sees a look for money");

    world.top_up(10_000);
    world.advance(id, News::Funded).unwrap();
    assert_eq!(world.available(), before + 10_000 - 4_060);
    assert_eq!(rule(world.advance(id, News::Funded)), Rule::WrongState, "money is set aside once");
    world.advance(id, News::Submitted).unwrap();
    world.advance(id, News::Completed { reference: None }).unwrap();
    assert_eq!(world.last_kind(), Kind::PayoutSettled);
}

#[test]
fn what_waits_for_money_is_cancelled_without_a_refund() {
    let mut world = poor();
    let before = world.available();
    let id = payout_of(&world.run(maker(), short(LowFunds::Wait, 4_000)).unwrap());
    let wallet = world.books.wallets.values().next().unwrap().clone();
    let effect = cancel_effect(world.payout(id), &wallet, CancelPolicy::DESK).unwrap();
    assert_eq!((effect.refund.minor, effect.available_after.minor), (0, before));
    world.run(maker(), cancel(id)).unwrap();
    assert_eq!((world.payout(id).state, world.available()), (State::Cancelled, before));
}

#[test]
fn approval_comes_first_and_money_after_it() {
    let mut world = poor();
    let id = payout_of(&world.run(maker(), short(LowFunds::Wait, 6_000)).unwrap());
    assert!(world.payout(id).waits_for_approval() && world.payout(id).hold_id.is_none());
    world.run(checker(), decide(id, true)).unwrap();
    assert!(world.payout(id).waits_for_money() && world.payout(id).checker_staff_id.is_some());

    world.top_up(20_000);
    let other = payout_of(&world.run(maker(), short(LowFunds::Wait, 6_000)).unwrap());
    assert!(world.payout(other).hold_id.is_some(), "held while it waits for the checker, like any other");
    world.run(checker(), decide(other, true)).unwrap();
    assert!(!world.payout(other).waits_for_money());
    world.advance(id, News::Funded).unwrap();
    world.advance(id, News::Submitted).unwrap();
}

#[test]
fn dialects_may_use_a_reference_again_and_the_desk_may_not() {
    let mut world = World::new(Currency::USD);
    let by = |origin| {
        let Command::Create(mut new) = create("INV-1", 100, Currency::USD) else { unreachable!() };
        new.terms.origin = origin;
        Command::Create(new)
    };
    let made: Vec<PayoutId> = [Origin::Razorpay, Origin::Desk, Origin::Razorpay, Origin::Desk]
        .into_iter()
        .map(|origin| payout_of(&world.run(maker(), by(origin)).unwrap()))
        .collect();
    assert_eq!(made[1], made[3]);
    assert_eq!(world.books.payouts.len(), 3);
}

#[test]
fn a_key_may_be_used_anew_when_its_time_is_over_and_only_what_was_done_may_use_it_up() {
    let mut world = World::new(Currency::USD);
    let key = IdempotencyKey {
        caller: "me".into(),
        operation: "pay".into(),
        key: "k".into(),
        request_hash: "h".into(),
        terms: KeyTerms { lasts: 1_000_000, keeps_refusals: false },
    };
    let pay = |world: &mut World, minor| world.run_with(maker(), create("", minor, Currency::USD), Some(key.clone()));
    assert_eq!(rule(pay(&mut world, 99_000).result), Rule::InsufficientFunds);
    assert!(world.books.changes.keys.is_empty(), "a refusal does not use it up");
    let first = pay(&mut world, 100);
    assert!(!first.repeated);
    assert!(pay(&mut world, 100).replayed);
    world.now += 1_000_000;
    let later = world.run_with(maker(), create("later", 100, Currency::USD), Some(key.clone()));
    assert!(!later.repeated);
    assert_ne!(payout_of(&later.result.unwrap()), payout_of(&first.result.unwrap()));
    assert_eq!((world.books.changes.keys.len(), world.books.changes.worn_keys.len()), (2, 1));
}
