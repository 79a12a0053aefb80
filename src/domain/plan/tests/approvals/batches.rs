//! Rules, and the items of batches: what their start was approved by, and what is said of each; reversals in parts.

use super::*;
use crate::domain::approval::Need;
use crate::domain::batch::{ItemRef, ItemState};
use crate::domain::books::approvals::shown;

impl World {
    /// Runs a unit as the only item of a batch that runs.
    fn run_only_item(&mut self, caller: Caller, command: Command) -> Result<Done, Refusal> {
        self.now += 1_000;
        self.mint.turn_to(self.now);
        let item = ItemRef { batch_id: Id::first_at(1), seq: 1 };
        self.books.items.insert(item);
        plan(&mut self.books, &Unit { caller, key: None, command, item: Some(item) }, &mut self.mint).result
    }

    fn told(&self) -> (ItemState, Option<&str>) {
        let told = self.books.changes.items.last().unwrap();
        (told.state, told.reason.as_deref())
    }

    fn from(mut self, minor: i64, currency: Currency) -> World {
        let rule = &mut self.books.approvals.rules[0];
        (rule.from_minor, rule.currency) = (Some(minor), Some(currency));
        self
    }
}

#[test]
fn an_item_passes_when_the_start_of_its_batch_was_approved_by_enough() {
    let mut world = ruled(Verb::Cancel, 2, Role::Approver);
    let ids = [1, 2, 3].map(|_| world.make(100).unwrap());
    assert_eq!(rule(world.run_only_item(maker(), cancel(ids[0]))), Rule::NeedsApproval);
    let (state, reason) = world.told();
    assert_eq!(state, ItemState::Refused);
    assert!(reason.unwrap().ends_with("Make a batch of what is left: its start is asked for."), "{reason:?}");
    let given = |people, role| Need { people, role, rules: Vec::new() };
    let batch = Id::first_at(1);
    for few in [given(1, Role::Admin), given(1, Role::Approver)] {
        world.books.approvals.batches.insert(batch, few);
        assert_eq!(rule(world.run_only_item(maker(), cancel(ids[0]))), Rule::NeedsApproval);
    }
    world.books.approvals.batches.insert(batch, given(2, Role::Approver));
    world.run_only_item(maker(), cancel(ids[0])).unwrap();
    // It is the batch that was approved, and nothing else of whoever started it.
    assert_eq!(rule(world.run(maker(), cancel(ids[1]))), Rule::NeedsApproval);
    // A stricter rule came since.
    world.books.approvals.rules.push(in_force(1, Verb::Cancel, 1, Role::Admin));
    assert_eq!(rule(world.run_only_item(maker(), cancel(ids[1]))), Rule::NeedsApproval);
    world.books.approvals.rules.clear();
    world.run_only_item(maker(), cancel(ids[2])).unwrap();
}

#[test]
fn an_item_says_when_what_it_did_is_not_the_end_of_it() {
    let mut world = ruled(Verb::Create, 3, Role::Approver);
    let Command::Create(new) = create("from a file", 100, world.currency()) else { unreachable!() };
    let id = payout_of(&world.run_only_item(maker(), Command::Create(new)).unwrap());
    assert_eq!(world.told(), (ItemState::Done, Some("Made; it waits for approval.")));
    for (caller, said) in [
        (checker(), Some("Your approval is counted; it waits for 2 more.")),
        (second(), Some("Your approval is counted; it waits for 1 more.")),
        (admin(), None),
    ] {
        world.run_only_item(caller, decide(id, true)).unwrap();
        assert_eq!(world.told(), (ItemState::Done, said));
    }
    assert_eq!(world.payout(id).state, State::Queued);
}

#[test]
fn an_item_is_bound_to_who_was_shown() {
    let mut world = World::new(Currency::USD);
    let id = world.make(6_000).unwrap();
    let seen = shown(&world.books.payouts[&id]);
    world.books.payouts.get_mut(&id).unwrap().payee.version += 1;
    let Command::Decide(approve) = decide(id, true) else { unreachable!() };
    let approve = Command::Decide(Decide { shown: Some(seen), ..approve });
    assert_eq!(rule(world.run_only_item(checker(), approve)), Rule::Stale);
    assert!(world.payout(id).waits_for_approval());
}

#[test]
fn parts_of_a_reversal_count_as_the_whole() {
    let mut world = ruled(Verb::Reverse, 1, Role::Approver).from(1_000, Currency::USD);
    let id = world.completed(2_000);
    let first = world.reverse(id, Some(400)).unwrap();
    // Pending counts, and so does what is done.
    assert_eq!(rule(world.reverse(id, Some(600))), Rule::NeedsApproval);
    world.answer(id, first, Reversed::All).unwrap();
    assert_eq!(rule(world.reverse(id, None)), Rule::NeedsApproval);
    let other = world.reverse(id, Some(599)).unwrap();
    // What was refused counts no more.
    world.answer(id, other, Reversed::No("closed".into())).unwrap();
    let third = world.reverse(id, Some(599)).unwrap();
    assert_eq!(rule(world.reverse(id, Some(1))), Rule::NeedsApproval);
    world.answer(id, third, Reversed::All).unwrap();
    // What is asked for says how much it comes to, and a rule that comes meanwhile is asked with that, too.
    world.books.approvals.people.push(Person { id: maker().person().unwrap(), name: "M".into(), role: Role::Operator });
    let act = Act::Reverse {
        payout_id: id,
        amount_minor: 1,
        reason: "Cents".into(),
        statement: None,
        notify: false,
        version: world.payout(id).version,
        counts: Vec::new(),
    };
    let request = world.ask(maker(), act).unwrap();
    assert!(world.books.approvals.requests[&request].facts.contains("USD 10.00 of USD 20.00"));
    world.books.approvals.rules[0].people = 2;
    assert_eq!(world.say(checker(), request, true), Ok(RequestState::Open));
    assert_eq!(world.say(second(), request, true), Ok(RequestState::Approved));
    assert_eq!(world.payout(id).reversed_minor, 1_000);
}

#[test]
fn a_reversal_in_another_currency_counts_as_its_share_of_what_was_paid() {
    // 17,333 of one currency for 1,000 of the wallet's: from half of that on.
    let mut world = ruled(Verb::Reverse, 1, Role::Approver).from(500, Currency::USD);
    let id = world.exchanged(1_000, 17_333);
    world.reverse(id, Some(5_000)).unwrap();
    // 8,649 of 17,333 are 498.99…; rounded up, 499.
    world.reverse(id, Some(3_649)).unwrap();
    assert_eq!(rule(world.reverse(id, Some(18))), Rule::NeedsApproval);
    // In the payee's currency, rules compare what the payee got.
    let mut world = ruled(Verb::Reverse, 1, Role::Approver).from(10_000, Currency::MXN);
    let id = world.exchanged(1_000, 17_333);
    world.reverse(id, Some(9_999)).unwrap();
    assert_eq!(rule(world.reverse(id, Some(1))), Rule::NeedsApproval);
}
