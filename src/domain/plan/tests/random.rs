//! Random histories.

use proptest::prelude::*;

use super::*;

/// What a random history is made of; numbers choose among the payouts and reversals made so far.
#[derive(Debug, Clone)]
enum Move {
    Make(i64),
    Cancel(usize),
    Decide(usize, bool),
    Reverse(usize, Option<i64>),
    AskToCancel(usize),
    Answer(usize, u8),
    News(usize, u8),
    Link(links::random::Move),
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        3 => (1..9_000_i64).prop_map(Move::Make),
        2 => any::<usize>().prop_map(Move::Cancel),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(which, yes)| Move::Decide(which, yes)),
        4 => (any::<usize>(), proptest::option::of(1..5_000_i64)).prop_map(|(which, part)| Move::Reverse(which, part)),
        1 => any::<usize>().prop_map(Move::AskToCancel),
        4 => (any::<usize>(), 0..5_u8).prop_map(|(which, answer)| Move::Answer(which, answer)),
        12 => links::random::moves().prop_map(Move::Link),
        13 => (any::<usize>(), 0..12_u8).prop_map(|(which, news)| Move::News(which, news)),
    ]
}

fn apply(world: &mut World, step: Move) {
    let pick = |list: &Vec<PayoutId>, which: usize| (!list.is_empty()).then(|| list[which % list.len()]);
    let _ = match step {
        Move::Make(minor) => world.make(minor).map(|_| ()),
        Move::Cancel(which) => match pick(&world.payouts, which) {
            Some(id) => world.run(maker(), cancel(id)).map(|_| ()),
            None => Ok(()),
        },
        Move::Decide(which, yes) => match pick(&world.payouts, which) {
            Some(id) => world.run(checker(), decide(id, yes)).map(|_| ()),
            None => Ok(()),
        },
        Move::Reverse(which, part) => match pick(&world.payouts, which) {
            Some(id) => world.reverse(id, part).map(|_| ()),
            None => Ok(()),
        },
        Move::AskToCancel(which) => match pick(&world.payouts, which) {
            Some(id) => {
                let ask = AskToCancel { payout_id: id, reason: None };
                world.run(maker(), Command::AskToCancel(ask)).map(|_| ())
            }
            None => Ok(()),
        },
        Move::Answer(which, answer) => {
            let answers = [Answer::Yes, Answer::No("no".into()), Answer::Unknown];
            let asked: Vec<_> = world.books.cancellations.keys().copied().collect();
            if !asked.is_empty() && which % 3 == 0 {
                let cancellation_id = asked[which % asked.len()];
                let payout_id = world.books.cancellations[&cancellation_id].payout_id;
                let news = CancellationNews {
                    cancellation_id,
                    payout_id,
                    version: None,
                    answer: answers[usize::from(answer) % 3].clone(),
                    due_at: None,
                };
                let _ = world.run(system(), Command::CancellationNews(news));
            }
            match world.reversals.is_empty() {
                true => Ok(()),
                false => {
                    let (payout, reversal) = world.reversals[which % world.reversals.len()];
                    let answer = match answer {
                        0 => Reversed::All,
                        1 => Reversed::No("no".into()),
                        2 => Reversed::Unknown,
                        part => Reversed::Part(i64::from(part - 3) * 100),
                    };
                    world.answer(payout, reversal, answer).map(|_| ())
                }
            }
        }
        Move::Link(step) => links::random::apply(world, step),
        Move::News(which, news) => match pick(&world.payouts, which) {
            Some(id) => {
                let reason = "because".to_owned();
                let news = match news {
                    0 => News::Queued,
                    1 => News::Submitted,
                    2 => News::Accepted { reference: None },
                    3 | 4 => News::Completed { reference: None },
                    5 => News::Failed { code: "code".into(), reason },
                    6 => News::NotTaken { reason },
                    7 => News::ActionNeeded { reason },
                    8 => News::Unknown,
                    9 => News::Expired,
                    10 => News::Unchanged,
                    _ => News::Returned { reason },
                };
                world.advance(id, news).map(|_| ())
            }
            None => Ok(()),
        },
    };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// [`World::check`] runs after every move: balances, holds, reversals, events and counters.
    #[test]
    fn no_history_unbalances_closes_twice_or_reverses_too_much(
        steps in proptest::collection::vec(moves(), 1..60),
        which in 0..4_usize,
    ) {
        let currency = [Currency::JPY, Currency::USD, Currency::KWD, Currency::CLF][which];
        let mut world = World::new(currency);
        for step in steps {
            apply(&mut world, step);
        }
    }

    #[test]
    fn parts_of_an_exchanged_payout_never_return_more_than_was_paid(
        source in 1..4_900_i64,
        destination in 1..1_000_000_i64,
        parts in proptest::collection::vec(1..200_000_i64, 1..20),
    ) {
        let mut world = World::new(Currency::USD);
        let id = world.exchanged(source, destination);
        let after_payment = world.available();
        for part in parts {
            if let Ok(reversal) = world.reverse(id, Some(part)) {
                world.answer(id, reversal, Reversed::All).unwrap();
            }
            prop_assert!(world.available() <= after_payment + source);
        }
        if let Ok(reversal) = world.reverse(id, None) {
            world.answer(id, reversal, Reversed::All).unwrap();
        }
        prop_assert_eq!(world.available(), after_payment + source);
    }
}
