//! Cancelling, and asking a rail to stop.

use super::*;

#[test]
fn the_preview_and_the_write_say_the_same() {
    let mut world = World::new(Currency::KWD);
    let id = world.make(4_321).unwrap();
    let wallet = world.books.wallets.values().next().unwrap().clone();
    let effect = cancel_effect(world.payout(id), &wallet, CancelPolicy::DESK).unwrap();
    assert_eq!(effect.available_before.minor, world.available());
    world.run(maker(), cancel(id)).unwrap();
    assert_eq!(effect.available_after.minor, world.available());
    assert_eq!(effect.refund.minor, effect.amount.minor + effect.fees.minor);
}

#[test]
fn each_state_cancels_as_the_contract_says() {
    let mut world = World::new(Currency::USD);
    let created = world.make(100).unwrap();
    let queued = world.make(100).unwrap();
    world.advance(queued, News::Queued).unwrap();
    let approval = world.make(6_000).unwrap();
    let asked = world.make(100).unwrap();
    world.advance(asked, News::Queued).unwrap();
    world.advance(asked, News::Submitted).unwrap();
    world.advance(asked, News::NotTaken { reason: "papers".into() }).unwrap();
    for id in [created, queued, approval, asked] {
        world.run(maker(), cancel(id)).unwrap();
    }
    let processing = world.make(100).unwrap();
    world.advance(processing, News::Queued).unwrap();
    world.advance(processing, News::Submitted).unwrap();
    assert_eq!(rule(world.run(maker(), cancel(processing))), Rule::NotCancellable);
    world.advance(processing, News::Accepted { reference: None }).unwrap();
    assert_eq!(rule(world.run(maker(), cancel(processing))), Rule::NotCancellable);
    world.advance(processing, News::Completed { reference: None }).unwrap();
    assert_eq!(rule(world.run(maker(), cancel(processing))), Rule::AlreadyCompleted);
    let failed = world.make(100).unwrap();
    world.advance(failed, News::Failed { code: "x".into(), reason: "y".into() }).unwrap();
    let expired = world.make(100).unwrap();
    world.advance(expired, News::Expired).unwrap();
    for id in [failed, expired, created] {
        assert_eq!(rule(world.run(maker(), cancel(id))), Rule::NotCancellable);
    }
    assert_eq!(world.available(), 100_000 - 102);
}

#[test]
fn a_rail_that_is_asked_to_stop_decides_and_silence_refunds_nothing() {
    let mut world = World::new(Currency::USD);
    let id = world.make(100).unwrap();
    let ask = || Command::AskToCancel(AskToCancel { payout_id: id, reason: None });
    assert_eq!(rule(world.run(maker(), ask())), Rule::WrongState);
    world.advance(id, News::Queued).unwrap();
    world.advance(id, News::Submitted).unwrap();
    let Done::Cancellation(asked) = world.run(maker(), ask()).unwrap() else { panic!() };
    assert_eq!(rule(world.run(maker(), ask())), Rule::CancellationOpen);
    let answer = |answer| {
        let news = CancellationNews { cancellation_id: asked.id, payout_id: id, version: None, answer, due_at: None };
        Command::CancellationNews(news)
    };
    world.run(system(), answer(Answer::Unknown)).unwrap();
    assert_eq!(world.available(), 100_000 - 102);
    world.run(system(), answer(Answer::Yes)).unwrap();
    assert_eq!(world.available(), 100_000);
    assert_eq!(rule(world.run(system(), answer(Answer::Yes))), Rule::WrongState);
}

#[test]
fn a_rail_that_stops_what_it_had_begun_to_pay_gives_the_money_back() {
    let mut world = World::new(Currency::USD);
    let (id, asked) = world.asked_to_cancel();
    world.advance(id, News::Accepted { reference: None }).unwrap();
    world.stop(id, asked, Answer::Yes).unwrap();
    let payout = world.payout(id);
    assert_eq!(payout.state, State::Failed);
    assert_eq!(payout.failure_code.as_deref(), Some("cancelled_by_provider"));
    assert_eq!(payout.closed_by, Some(crate::domain::payout::ClosedBy::Rail));
    assert_eq!(world.available(), 100_000);
    assert_eq!(world.books.cancellations[&asked].state, crate::domain::cancellation::State::Confirmed);

    let (id, asked) = world.asked_to_cancel();
    world.advance(id, News::Completed { reference: None }).unwrap();
    // The question ended with the payout: a late yes changes nothing.
    assert_eq!(rule(world.stop(id, asked, Answer::Yes)), Rule::WrongState);
    assert_eq!(world.payout(id).state, State::Completed);
    let asked = &world.books.cancellations[&asked];
    assert_eq!(asked.state, crate::domain::cancellation::State::Refused);
    assert_eq!(asked.answer.as_deref(), Some("Too late: the payout is completed."));
}
