//! Reversals and returns.

use super::*;
use crate::domain::reversal::State as Ended;

#[test]
fn what_is_said_of_a_reversal_after_its_end_changes_nothing() {
    let mut world = World::new(Currency::USD);
    let id = world.completed(1_000);
    let reversal = world.reverse(id, None).unwrap();
    world.answer(id, reversal, Reversed::All).unwrap();
    let before = (world.payout(id).clone(), world.available());
    for late in [Reversed::Part(100), Reversed::All, Reversed::No("no".into()), Reversed::Unknown] {
        assert_eq!(rule(world.answer(id, reversal, late)), Rule::WrongState);
        assert_eq!(before, (world.payout(id).clone(), world.available()));
    }
}

#[test]
fn parts_add_up_to_the_whole_and_fees_stay() {
    let mut world = World::new(Currency::USD);
    let id = world.completed(1_000);
    let after_payment = world.available();
    for part in [Some(300), Some(200), None] {
        let reversal = world.reverse(id, part).unwrap();
        world.answer(id, reversal, Reversed::All).unwrap();
    }
    assert_eq!(world.available(), after_payment + 1_000);
    assert_eq!(world.payout(id).reversible().minor, 0);
    assert_eq!(rule(world.reverse(id, Some(1))), Rule::FullyReversed);
    assert_eq!(world.payout(id).state, State::Completed);
}

#[test]
fn a_pending_reversal_counts_and_a_failed_one_frees_its_amount() {
    let mut world = World::new(Currency::USD);
    let id = world.completed(1_000);
    let pending = world.reverse(id, Some(900)).unwrap();
    assert_eq!(rule(world.reverse(id, Some(101))), Rule::ReversalTooLarge);
    world.answer(id, pending, Reversed::Unknown).unwrap();
    assert_eq!(rule(world.reverse(id, Some(101))), Rule::ReversalTooLarge);
    world.answer(id, pending, Reversed::No("no".into())).unwrap();
    assert_eq!(world.books.reversals[&pending].remaining_minor, 1_000);
    assert_eq!(rule(world.answer(id, pending, Reversed::All)), Rule::WrongState);
    let all = world.reverse(id, Some(1_000)).unwrap();
    // Nobody says "reversed" before the provider does.
    let refusal = world.reverse(id, None).unwrap_err();
    assert_eq!(refusal.rule, Rule::FullyReversed);
    assert!(refusal.reason.contains("not answered yet"), "{}", refusal.reason);
    world.answer(id, all, Reversed::All).unwrap();
    assert!(world.reverse(id, None).unwrap_err().reason.contains("all of it is reversed"));
}

#[test]
fn what_a_rail_honours_in_part_is_completed_with_that_part_and_the_rest_can_be_asked_for_again() {
    let mut world = World::new(Currency::USD);
    let id = world.exchanged(1_000, 17_333);
    let after_payment = world.available();
    let part = world.reverse(id, Some(10_000)).unwrap();
    world.answer(id, part, Reversed::Part(4_000)).unwrap();
    let reversal = &world.books.reversals[&part];
    assert_eq!((reversal.state, reversal.amount_minor, reversal.remaining_minor), (Ended::Completed, 4_000, 13_333));
    assert_eq!(reversal.source_minor, Some(230));
    // More than was asked for is all of it; nothing is a refusal.
    let more = world.reverse(id, Some(333)).unwrap();
    world.answer(id, more, Reversed::Part(5_000)).unwrap();
    assert_eq!(world.payout(id).reversed_done_minor, 4_333);
    let none = world.reverse(id, Some(1_000)).unwrap();
    world.answer(id, none, Reversed::Part(0)).unwrap();
    assert_eq!(world.books.reversals[&none].state, Ended::Failed);
    let rest = world.reverse(id, None).unwrap();
    world.answer(id, rest, Reversed::All).unwrap();
    assert_eq!(world.available(), after_payment + 1_000);
}

#[test]
fn an_answer_that_comes_again_with_less_changes_nothing() {
    let mut world = World::new(Currency::USD);
    let id = world.completed(1_000);
    let reversal = world.reverse(id, Some(400)).unwrap();
    world.answer(id, reversal, Reversed::All).unwrap();
    let (payout, available) = (world.payout(id).clone(), world.available());
    for late in [Reversed::Part(100), Reversed::Part(0), Reversed::All, Reversed::No("no".into()), Reversed::Unknown] {
        world.answer(id, reversal, late).unwrap_err();
        assert_eq!((world.payout(id), world.available()), (&payout, available));
    }
}

#[test]
fn only_a_completed_payout_can_be_reversed() {
    let mut world = World::new(Currency::USD);
    let id = world.make(100).unwrap();
    assert_eq!(rule(world.reverse(id, None)), Rule::NotReversible);
    let done = world.completed(100);
    world.advance(done, News::Returned { reason: "closed".into() }).unwrap();
    assert_eq!(rule(world.reverse(done, None)), Rule::NotReversible);
}

#[test]
fn the_last_part_of_an_exchanged_payout_brings_the_exact_rest() {
    let mut world = World::new(Currency::USD);
    let id = world.exchanged(1_000, 17_333);
    let after_payment = world.available();
    for part in [Some(1), Some(5_777), Some(3_333), None] {
        let reversal = world.reverse(id, part).unwrap();
        world.answer(id, reversal, Reversed::All).unwrap();
    }
    assert_eq!(world.available(), after_payment + 1_000);
}

#[test]
fn a_return_brings_what_is_left_and_the_fees_and_a_late_yes_brings_nothing_more() {
    let mut world = World::new(Currency::USD);
    let id = world.completed(1_000);
    let part = world.reverse(id, Some(400)).unwrap();
    world.answer(id, part, Reversed::All).unwrap();
    let pending = world.reverse(id, Some(100)).unwrap();
    world.advance(id, News::Returned { reason: "closed".into() }).unwrap();
    assert_eq!(world.available(), 100_000);
    world.answer(id, pending, Reversed::All).unwrap();
    assert_eq!(world.available(), 100_000);
    assert_eq!(rule(world.advance(id, News::Returned { reason: "again".into() })), Rule::WrongState);
}
