//! Items of batches: done once, and their result written with the effect.

use super::*;
use crate::domain::batch::{ItemRef, ItemState};

impl World {
    /// Runs a unit as an item of a batch.
    fn run_item(&mut self, seq: i64, command: Command) -> Outcome {
        self.now += 1_000;
        self.mint.turn_to(self.now);
        let item = Some(ItemRef { batch_id: Id::first_at(1), seq });
        plan(&mut self.books, &Unit { caller: maker(), key: None, command, item }, &mut self.mint)
    }
}

#[test]
fn an_item_is_done_once_and_its_result_is_written_with_its_effect() {
    let mut world = World::new(Currency::USD);
    let (one, other) = (world.make(100).unwrap(), world.make(200).unwrap());
    world.run(maker(), cancel(other)).unwrap();
    let items = [1, 2].map(|seq| ItemRef { batch_id: Id::first_at(1), seq });
    world.books.items.extend(items);
    assert!(world.run_item(1, cancel(one)).result.is_ok());
    assert_eq!(rule(world.run_item(2, cancel(other)).result), Rule::NotCancellable);
    let told: Vec<_> = world.books.changes.items.iter().map(|told| (told.seq, told.state)).collect();
    assert_eq!(told, [(1, ItemState::Done), (2, ItemState::Refused)]);
    assert_eq!(world.books.changes.items[0].result_id, Some(one.to_string()));
    assert_eq!(world.books.changes.items[1].rule.as_deref(), Some("not_cancellable"));
    let tallies = world.books.batch_tallies();
    assert_eq!((tallies[0].pending, tallies[0].done, tallies[0].refused), (-2, 1, 1));
    // Again, and an item that is not pending: nothing is done, and nothing is written down.
    let (audited, before) = (world.books.changes.audit.len(), world.available());
    for seq in [1, 2, 3] {
        let third = world.payouts[0];
        assert_eq!(world.run_item(seq, cancel(third)).result, Err(Refusal::not_pending()));
    }
    assert_eq!((world.books.changes.audit.len(), world.available()), (audited, before));
    assert_eq!(world.books.changes.items.len(), 2);
}

#[test]
fn a_question_to_the_rail_is_an_item_that_was_asked() {
    let mut world = World::new(Currency::USD);
    let id = world.make(100).unwrap();
    world.advance(id, News::Queued).unwrap();
    world.advance(id, News::Submitted).unwrap();
    world.books.items.insert(ItemRef { batch_id: Id::first_at(1), seq: 1 });
    let ask = Command::AskToCancel(AskToCancel { payout_id: id, reason: None });
    assert!(world.run_item(1, ask).result.is_ok());
    assert_eq!(world.books.changes.items[0].state, ItemState::Asked);
}
