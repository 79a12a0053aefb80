//! What jobs and rails tell.

use super::*;

#[test]
fn a_payout_with_an_unknown_outcome_keeps_its_money_held() {
    let mut world = World::new(Currency::USD);
    let id = world.make(100).unwrap();
    assert_eq!(rule(world.advance(id, News::Unknown)), Rule::WrongState);
    world.advance(id, News::Queued).unwrap();
    world.advance(id, News::Submitted).unwrap();
    world.advance(id, News::Unknown).unwrap();
    assert_eq!(bucket(world.payout(id)), "unknown");
    assert_eq!(rule(world.run(maker(), cancel(id))), Rule::NotCancellable);
    assert_eq!(rule(world.advance(id, News::Expired)), Rule::WrongState);
    world.advance(id, News::Completed { reference: None }).unwrap();
    assert_eq!(world.payout(id).outcome_unknown_since, None);
}

#[test]
fn every_move_that_the_table_does_not_allow_is_refused() {
    for from in State::ALL {
        let allowed = State::ALL.into_iter().filter(|to| from.may_become(*to)).count();
        assert_eq!(allowed == 0, from.is_final(), "{from:?}");
        assert!(!from.may_become(State::Created) && !from.may_become(from));
    }
    assert!(!State::Created.may_become(State::Completed));
    assert!(!State::Queued.may_become(State::Completed));
    assert!(!State::Settling.may_become(State::Cancelled));
}

#[test]
fn news_from_a_job_that_saw_another_version_does_nothing_and_leaves_no_trace() {
    let mut world = World::new(Currency::USD);
    let id = world.make(100).unwrap();
    let seen = Some(world.payout(id).version);
    world.advance(id, News::Queued).unwrap();
    let before = (world.payout(id).clone(), world.books.changes.audit.len());
    let late = Advance { payout_id: id, version: seen, news: News::Submitted, due_at: Some(world.now) };
    assert_eq!(rule(world.run(system(), Command::Advance(late))), Rule::Stale);
    assert_eq!(before, (world.payout(id).clone(), world.books.changes.audit.len()));

    let paid = world.completed(1_000);
    let reversal = world.reverse(paid, None).unwrap();
    let seen = Some(world.books.reversals[&reversal].version);
    world.answer(paid, reversal, Reversed::Unknown).unwrap();
    let audited = world.books.changes.audit.len();
    let answer = Reversed::No("no".into());
    let late = ReversalNews { reversal_id: reversal, payout_id: paid, version: seen, answer, due_at: None };
    assert_eq!(rule(world.run(system(), Command::ReversalNews(late))), Rule::Stale);

    let (id, asked) = world.asked_to_cancel();
    let seen = Some(world.books.cancellations[&asked].version);
    world.stop(id, asked, Answer::Unknown).unwrap();
    let grown = world.books.changes.audit.len();
    let late = CancellationNews {
        cancellation_id: asked,
        payout_id: id,
        version: seen.map(|version| version - 1),
        answer: Answer::Yes,
        due_at: None,
    };
    assert_eq!(rule(world.run(system(), Command::CancellationNews(late))), Rule::Stale);
    assert_eq!(world.books.changes.audit.len(), grown);
    assert!(grown > audited);
    assert_eq!(world.payout(id).state, State::Processing);
}

#[test]
fn a_payout_that_has_ended_is_not_looked_at_again_unless_it_is_watched() {
    let mut world = World::new(Currency::USD);
    let tell = |world: &mut World, id, news, due_at| {
        world.run(system(), Command::Advance(Advance { payout_id: id, version: None, news, due_at }))
    };
    let ended = world.make(100).unwrap();
    world.run(maker(), cancel(ended)).unwrap();
    let paid = world.completed(100);
    for id in [ended, paid] {
        let before = (world.payout(id).clone(), world.books.changes.audit.len());
        let later = Some(world.now + 5);
        for news in [News::Unchanged, News::Unknown] {
            assert_eq!(rule(tell(&mut world, id, news, later)), Rule::WrongState);
        }
        assert_eq!(before, (world.payout(id).clone(), world.books.changes.audit.len()));
    }

    let due = Some(world.now);
    world.books.look_again(paid, due);
    let version = world.payout(paid).version;
    let later = Some(world.now + 50_000);
    for news in [News::Unchanged, News::Unknown] {
        tell(&mut world, paid, news, later).unwrap();
        assert_eq!((world.payout(paid).due_at, world.payout(paid).version), (later, version));
        assert_eq!(world.payout(paid).outcome_unknown_since, None);
    }
}

#[test]
fn what_is_due_and_refused_does_not_stay_due() {
    let mut world = World::new(Currency::USD);
    let open = world.make(100).unwrap();
    assert!(world.payout(open).due_at.unwrap() <= world.now);
    let audited = world.books.changes.audit.len();
    let version = world.payout(open).version;
    assert_eq!(rule(world.advance(open, News::Accepted { reference: None })), Rule::WrongState);
    assert!(world.payout(open).due_at.unwrap() > world.now);
    let paid = world.completed(100);
    let due = Some(world.now);
    world.books.look_again(paid, due);
    assert_eq!(rule(world.advance(paid, News::Accepted { reference: None })), Rule::WrongState);
    assert_eq!(world.payout(paid).due_at, None);
    let refused = world.books.changes.audit[audited..].iter().filter(|entry| entry.rule.is_some()).count();
    assert_eq!((refused, world.payout(open).version), (0, version));
    // One that waits for a checker keeps its thirty days.
    let waits = world.make(6_000).unwrap();
    let expires = world.payout(waits).due_at;
    assert_eq!(rule(world.advance(waits, News::Submitted)), Rule::WrongState);
    assert_eq!(world.payout(waits).due_at, expires);
}

#[test]
fn silence_is_written_down_once() {
    let mut world = World::new(Currency::USD);
    let (id, asked) = world.asked_to_cancel();
    let paid = world.completed(1_000);
    let reversal = world.reverse(paid, None).unwrap();
    let versions = |world: &World| {
        let reversal = world.books.reversals[&reversal].version;
        let asked = world.books.cancellations[&asked].version;
        (world.payout(id).version, world.payout(paid).version, reversal, asked, world.books.changes.audit.len())
    };
    let silence = |world: &mut World| {
        world.advance(id, News::Unknown).unwrap();
        world.answer(paid, reversal, Reversed::Unknown).unwrap();
        world.stop(id, asked, Answer::Unknown).unwrap();
    };
    let before = versions(&world);
    silence(&mut world);
    let first = versions(&world);
    assert_eq!(first.4, before.4 + 3);
    silence(&mut world);
    assert_eq!(versions(&world), first);
    assert_eq!(world.books.reversals[&reversal].due_at.unwrap() + 2_000, world.now);
    world.advance(id, News::Unchanged).unwrap();
    assert_eq!(world.books.changes.audit.len(), first.4 + 1, "that it answers again is news");
    world.advance(id, News::Unchanged).unwrap();
    assert_eq!(world.books.changes.audit.len(), first.4 + 1);
}
