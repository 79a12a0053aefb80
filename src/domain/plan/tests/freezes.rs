//! What a freeze stops, whatever it is about, and what goes on.

use super::*;
use crate::domain::freeze::tests::freeze;
use crate::domain::freeze::{Freeze, Freezes, Scope as Frozen};

impl World {
    pub(super) fn freeze(&mut self, scope: Frozen, subject: impl ToString) {
        self.books.freezes = Freezes(vec![freeze(scope, subject)]);
    }

    pub(super) fn lift(&mut self) {
        self.books.freezes = Freezes::default();
    }

    /// Every scope with the subject that covers this payout.
    fn covering(&self, id: PayoutId) -> Vec<Freeze> {
        let payout = self.payout(id);
        let mut all = vec![
            freeze(Frozen::Everything, ""),
            freeze(Frozen::Client, payout.client_id),
            freeze(Frozen::Wallet, payout.wallet_id),
            freeze(Frozen::Payee, payout.payee_id),
            freeze(Frozen::Rail, &payout.rail),
        ];
        all.extend(payout.maker_credential_id.map(|id| freeze(Frozen::Credential, id)));
        all
    }

    /// Every scope with a subject that has nothing to do with it.
    fn others(&self) -> Vec<Freeze> {
        let other = |scope| freeze(scope, Id::<crate::domain::ids::WalletKind>::first_at(77));
        Frozen::ALL.into_iter().filter(|scope| *scope != Frozen::Everything).map(other).collect()
    }
}

fn own_program(world: &World) -> Caller {
    program(maker().person().unwrap(), world.books.wallets.values().next().unwrap().client_id)
}

#[test]
fn nothing_in_any_scope_is_handed_over_and_it_goes_on_after_the_lift() {
    let mut world = World::new(Currency::USD);
    let caller = own_program(&world);
    let id = payout_of(&world.create(caller, "BY_PROGRAM", 100).unwrap());
    world.advance(id, News::Queued).unwrap();
    let covering = world.covering(id);
    assert_eq!(covering.len(), Frozen::ALL.len());
    for freeze in covering {
        world.books.freezes = Freezes(vec![freeze.clone()]);
        let refusal = world.advance(id, News::Submitted).unwrap_err();
        assert_eq!(refusal.rule, Rule::Frozen, "{:?}", freeze.scope);
        assert!(refusal.reason.contains(&freeze.id.to_string()), "{}", refusal.reason);
        assert_eq!((world.payout(id).state, world.payout(id).submitted_at), (State::Queued, None));
        // A drill of the same stops nothing, as far as anybody can tell from the plan.
        assert!(Freezes(vec![Freeze { drill: true, ..freeze }]).of_payout(world.payout(id)).is_none());
    }
    world.books.freezes = Freezes(world.others());
    world.advance(id, News::Submitted).unwrap();
    assert_eq!(world.payout(id).state, State::Processing);
}

#[test]
fn what_a_job_finds_frozen_is_looked_at_again_later_and_leaves_no_trace() {
    let mut world = World::new(Currency::USD);
    let id = world.make(100).unwrap();
    let due = world.now;
    let queue = Advance { payout_id: id, version: None, news: News::Queued, due_at: Some(due) };
    world.run(system(), Command::Advance(queue)).unwrap();
    world.freeze(Frozen::Everything, "");
    let before = (world.payout(id).version, world.books.changes.audit.len());
    assert_eq!(rule(world.advance(id, News::Submitted)), Rule::Frozen);
    assert_eq!(world.payout(id).due_at, Some(world.now + REFUSED_PAUSE));
    assert_eq!((world.payout(id).version, world.books.changes.audit.len()), before);
    // Somebody who plays the provider is written down.
    let caller = own_program(&world);
    let play = Advance { payout_id: id, version: None, news: News::Submitted, due_at: None };
    assert_eq!(rule(world.run(caller, Command::Advance(play))), Rule::Frozen);
    let last = world.books.changes.audit.last().unwrap();
    assert_eq!((last.rule.as_deref(), world.books.changes.audit.len()), (Some("frozen"), before.1 + 1));
}

#[test]
fn what_a_rail_never_heard_of_is_not_given_to_it_again() {
    let mut world = World::new(Currency::USD);
    let id = world.make(100).unwrap();
    assert_eq!(rule(world.advance(id, News::Again)), Rule::WrongState);
    world.advance(id, News::Queued).unwrap();
    world.advance(id, News::Submitted).unwrap();
    world.freeze(Frozen::Everything, "");
    assert_eq!(rule(world.advance(id, News::Again)), Rule::Frozen);
    world.lift();
    let version = world.payout(id).version;
    world.advance(id, News::Again).unwrap();
    assert_eq!(world.payout(id).version, version);
}

#[test]
fn approving_is_stopped_while_sending_back_and_cancelling_go_on() {
    let mut world = World::new(Currency::USD);
    let (kept, back, cancelled) = (world.make(6_000).unwrap(), world.make(6_000).unwrap(), world.make(6_000).unwrap());
    for freeze in world.covering(kept) {
        world.books.freezes = Freezes(vec![freeze]);
        assert_eq!(rule(world.run(checker(), decide(kept, true))), Rule::Frozen);
    }
    world.run(checker(), decide(back, false)).unwrap();
    world.run(maker(), cancel(cancelled)).unwrap();
    assert_eq!(world.payout(kept).state, State::ActionRequired);
    world.lift();
    world.run(checker(), decide(kept, true)).unwrap();
    assert_eq!(world.payout(kept).state, State::Queued);
}

#[test]
fn what_a_rail_has_already_ends_as_it_says_and_money_comes_back() {
    let mut world = World::new(Currency::USD);
    let (done, failed) = (world.make(100).unwrap(), world.make(100).unwrap());
    for id in [done, failed] {
        world.advance(id, News::Queued).unwrap();
        world.advance(id, News::Submitted).unwrap();
    }
    world.freeze(Frozen::Everything, "");
    world.advance(done, News::Completed { reference: None }).unwrap();
    world.advance(failed, News::Failed { code: "closed".into(), reason: "Closed.".into() }).unwrap();
    let reversal = world.reverse(done, None).unwrap();
    world.answer(done, reversal, Reversed::All).unwrap();
    // All of it but the fees of what was paid.
    assert_eq!(world.available(), 100_000 - world.payout(done).fees_minor);
}

#[test]
fn a_frozen_program_sends_nothing_out_and_approves_nothing() {
    let mut world = World::new(Currency::USD);
    let caller = own_program(&world);
    let waits = payout_of(&world.create(person(3_000, Role::Operator), "WAITS", 6_000).unwrap());
    let first = payout_of(&world.create(caller.clone(), "BEFORE", 100).unwrap());
    world.freeze(Frozen::Credential, caller.credential().unwrap());
    assert_eq!(rule(world.create(caller.clone(), "AFTER", 100)), Rule::Frozen);
    assert_eq!(rule(world.run(caller.clone(), decide(waits, true))), Rule::Frozen);
    // A retry still gets what it made before, and it may stop that.
    assert_eq!(payout_of(&world.create(caller.clone(), "BEFORE", 100).unwrap()), first);
    world.run(caller.clone(), cancel(first)).unwrap();
    // Nobody else is stopped.
    world.create(maker(), "OTHER", 100).unwrap();
    world.run(checker(), decide(waits, true)).unwrap();
}

#[test]
fn money_leaves_no_frozen_wallet_for_another_one() {
    let mut world = World::new(Currency::USD);
    let second = crate::domain::wallet::Wallet { id: Id::first_at(2), number: 2, ..wallet(Currency::USD) };
    let second = crate::domain::wallet::Wallet { available_minor: 100_000, ..second };
    let (first, client) = (world.books.wallets.values().next().unwrap().id, second.client_id);
    world.books.wallets.insert(second.id, second.clone());
    let send = |source_number, target_number| {
        Command::Transfer(Box::new(NewTransfer {
            source_number,
            target_number,
            amount: Money::new(100, Currency::USD),
            reference: None,
            request_id: "r".into(),
        }))
    };
    for (scope, subject) in
        [(Frozen::Everything, String::new()), (Frozen::Client, client.to_string()), (Frozen::Wallet, first.to_string())]
    {
        world.freeze(scope, subject);
        assert_eq!(rule(world.run(maker(), send(1, 2))), Rule::Frozen, "{scope:?}");
    }
    // Into a frozen wallet money may come.
    world.run(maker(), send(2, 1)).unwrap();
    let caller = own_program(&world);
    world.freeze(Frozen::Credential, caller.credential().unwrap());
    assert_eq!(rule(world.run(caller, send(1, 2))), Rule::Frozen);
    world.run(maker(), send(1, 2)).unwrap();
}
