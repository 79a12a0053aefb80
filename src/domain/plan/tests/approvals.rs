//! Rules: several people approve a payout, and requests for what may not be done at once.

mod accounts;
mod batches;

use super::*;
use crate::domain::approval::tests::rule as in_force;
use crate::domain::approval::{Act, RequestState, Verb};
use crate::domain::event::EventType;
use crate::domain::ids::ApprovalRequestId;

fn ruled(verb: Verb, people: i64, role: Role) -> World {
    let mut world = World::new(Currency::USD);
    world.books.approvals.rules.push(in_force(people, verb, people, role));
    world
}

fn second() -> Caller {
    person(2_001, Role::Approver)
}

fn admin() -> Caller {
    person(2_002, Role::Admin)
}

impl World {
    fn given(&self, id: PayoutId) -> usize {
        self.books.approvals.given(&id.to_string()).len()
    }

    fn messages(&self, id: PayoutId) -> Vec<String> {
        self.books.payouts[&id].events.iter().map(|event| event.message.clone()).collect()
    }

    fn ask(&mut self, caller: Caller, act: Act) -> Result<ApprovalRequestId, Refusal> {
        self.run(caller, Command::Ask(Box::new(Ask { act }))).map(|done| match done {
            Done::Request(request) => request.id,
            other => panic!("{other:?}"),
        })
    }

    fn say(&mut self, caller: Caller, id: ApprovalRequestId, approve: bool) -> Result<RequestState, Refusal> {
        let act = self.books.approvals.requests[&id].act().unwrap();
        let answer = AnswerRequest { request_id: id, approve, note: None, version: None, act };
        self.run(caller, Command::AnswerRequest(Box::new(answer))).map(|done| match done {
            Done::Request(request) => request.state,
            other => panic!("{other:?}"),
        })
    }

    fn cancel_act(&self, payout_id: PayoutId) -> Act {
        Act::Cancel { payout_id, reason: Some("Twice".into()), version: self.payout(payout_id).version }
    }
}

#[test]
fn only_the_last_yes_moves_it_on() {
    let mut world = ruled(Verb::Create, 2, Role::Approver);
    let id = world.make(100).unwrap();
    assert!(world.payout(id).waits_for_approval(), "below the wallet's limit, by the rule alone");
    world.run(checker(), decide(id, true)).unwrap();
    assert!(world.payout(id).waits_for_approval());
    assert_eq!(world.payout(id).checker_staff_id, None);
    assert_eq!(rule(world.run(checker(), decide(id, true))), Rule::NotWaitingForApproval);
    assert_eq!(rule(world.run(maker(), decide(id, true))), Rule::MakerIsChecker);
    world.run(second(), decide(id, true)).unwrap();
    assert_eq!(world.payout(id).state, State::Queued);
    assert_eq!(world.given(id), 2);
    let told = world.messages(id);
    assert_eq!(told[1], "Payout waits for approval: a rule asks for 2 approvers");
    assert!(told[2].ends_with(", 1 of 2") && told[3].ends_with(", 2 of 2"), "{told:?}");
}

#[test]
fn one_no_sends_it_back_whoever_said_yes_before() {
    let mut world = ruled(Verb::Create, 3, Role::Approver);
    let id = world.make(6_000).unwrap();
    world.run(checker(), decide(id, true)).unwrap();
    world.run(second(), decide(id, false)).unwrap();
    assert_eq!((world.payout(id).state, world.available()), (State::Cancelled, 100_000));
}

#[test]
fn what_is_needed_stays_when_a_rule_ends_and_rises_when_a_stricter_one_comes() {
    let mut world = ruled(Verb::Create, 2, Role::Approver);
    let (stays, rises) = (world.make(100).unwrap(), world.make(200).unwrap());
    world.books.approvals.rules.clear();
    let later = world.make(300).unwrap();
    assert_eq!(world.payout(later).state, State::Created, "no rule stands any more");
    world.run(checker(), decide(stays, true)).unwrap();
    assert!(world.payout(stays).waits_for_approval());
    world.run(second(), decide(stays, true)).unwrap();
    assert_eq!(world.payout(stays).state, State::Queued);
    world.books.approvals.rules.push(in_force(1, Verb::Create, 1, Role::Admin));
    // Two admins now: approvers' votes are not asked for any more, and there is one admin only.
    assert_eq!(rule(world.run(checker(), decide(rises, true))), Rule::Forbidden);
    world.run(admin(), decide(rises, true)).unwrap();
    assert!(world.payout(rises).waits_for_approval());
}

#[test]
fn a_yes_dies_when_the_payees_details_change_and_the_history_says_so() {
    let mut world = ruled(Verb::Create, 2, Role::Approver);
    let id = world.make(100).unwrap();
    world.run(checker(), decide(id, true)).unwrap();
    let seen = crate::domain::books::approvals::shown(&world.books.payouts[&id]);
    world.books.payouts.get_mut(&id).unwrap().payee.version += 1;
    let as_seen = Decide { payout_id: id, approve: true, note: None, version: None, shown: Some(seen), queue_delay: 0 };
    assert_eq!(rule(world.run(second(), Command::Decide(as_seen))), Rule::Stale);
    world.run(second(), decide(id, true)).unwrap();
    assert!(world.payout(id).waits_for_approval(), "the first yes was for other details");
    assert!(world.messages(id).iter().any(|line| line.starts_with("One approval no longer counts")));
    // Who approved the old details looks at the new ones and approves those, too.
    world.run(checker(), decide(id, true)).unwrap();
    assert_eq!(world.payout(id).state, State::Queued);
}

#[test]
fn a_yes_of_who_lost_the_role_does_not_count() {
    let mut world = ruled(Verb::Create, 2, Role::Approver);
    let id = world.make(100).unwrap();
    world.run(checker(), decide(id, true)).unwrap();
    world.books.approvals.people.retain(|person| person.id != checker().person().unwrap());
    world.run(second(), decide(id, true)).unwrap();
    assert!(world.payout(id).waits_for_approval());
    world.run(admin(), decide(id, true)).unwrap();
    assert_eq!(world.payout(id).state, State::Queued);
}

#[test]
fn what_nobody_can_approve_is_not_made() {
    let mut world = ruled(Verb::Create, 4, Role::Approver);
    assert_eq!(rule(world.make(100)), Rule::NobodyCanApprove);
    // What only the wallet's limit asks for is refused on pages alone.
    let mut world = World::new(Currency::USD);
    world.books.approvals.people.clear();
    assert_eq!(rule(world.make(6_000)), Rule::NobodyCanApprove);
    let client = world.books.wallets.values().next().unwrap().client_id;
    let made = payout_of(&world.create(program(Id::first_at(7), client), "API", 6_000).unwrap());
    assert!(world.payout(made).waits_for_approval());
}

#[test]
fn a_program_is_refused_what_staff_may_ask_for() {
    let mut world = ruled(Verb::Cancel, 2, Role::Approver);
    let id = world.make(100).unwrap();
    let client = world.payout(id).client_id;
    let refusal = world.run(program(Id::first_at(7), client), cancel(id)).unwrap_err();
    assert_eq!(refusal.rule, Rule::NeedsApproval);
    assert_eq!(refusal.reason, "A rule of the desk says that 2 approvers have to approve it first.");
    assert_eq!(rule(world.run(maker(), cancel(id))), Rule::NeedsApproval);
    // What cannot be cancelled anyway is refused for that.
    world.run(checker(), decide(id, true)).unwrap_err();
    let unknown = Id::first_at(77);
    assert_eq!(rule(world.run(maker(), cancel(unknown))), Rule::NotFound);
}

#[test]
fn the_last_yes_does_what_was_asked_for_as_the_one_who_asked() {
    let mut world = ruled(Verb::Cancel, 2, Role::Approver);
    world.books.approvals.people.push(Person { id: maker().person().unwrap(), name: "M".into(), role: Role::Operator });
    let id = world.make(100).unwrap();
    let request = world.ask(maker(), world.cancel_act(id)).unwrap();
    assert_eq!(world.payout(id).state, State::Created);
    assert_eq!(rule(world.ask(second(), world.cancel_act(id))), Rule::WrongState, "it waits already");
    assert_eq!(rule(world.say(maker(), request, true)), Rule::MakerIsChecker);
    assert_eq!(world.say(checker(), request, true), Ok(RequestState::Open));
    assert_eq!(rule(world.say(checker(), request, true)), Rule::NotWaitingForApproval);
    assert_eq!(world.say(second(), request, true), Ok(RequestState::Approved));
    assert_eq!((world.payout(id).state, world.available()), (State::Cancelled, 100_000));
    let event = world.books.payouts[&id].events.last().unwrap();
    assert_eq!((event.event_type, event.actor_type.as_str()), (EventType::StatusChange, "admin"));
    assert_eq!(rule(world.say(admin(), request, true)), Rule::NotWaitingForApproval, "it is over");
    let acts: Vec<&str> = world.books.changes.audit.iter().map(|entry| entry.action.as_str()).collect();
    assert!(acts.contains(&"payout.cancel") && acts.ends_with(&["approval.approve", "approval.approve"]), "{acts:?}");
}

#[test]
fn nothing_is_done_when_what_it_is_about_has_changed() {
    let mut world = ruled(Verb::Cancel, 1, Role::Approver);
    world.books.approvals.people.push(Person { id: maker().person().unwrap(), name: "M".into(), role: Role::Operator });
    let id = world.make(100).unwrap();
    let request = world.ask(maker(), world.cancel_act(id)).unwrap();
    world.advance(id, News::Queued).unwrap();
    assert_eq!(world.say(checker(), request, true), Ok(RequestState::Stale));
    assert_eq!(world.payout(id).state, State::Queued);
    assert_eq!(world.given(id), 0);
    // Asked for again, as it is now; and taken back by whoever asked.
    let again = world.ask(maker(), world.cancel_act(id)).unwrap();
    assert_eq!(world.say(maker(), again, false), Ok(RequestState::SentBack));
    let told = world.books.approvals.requests[&again].answer.clone().unwrap();
    assert!(told.starts_with("Taken back by"), "{told}");
}

#[test]
fn nobody_answers_after_the_time_is_over_and_nothing_is_done_for_who_may_not_any_more() {
    let mut world = ruled(Verb::Cancel, 1, Role::Approver);
    let id = world.make(100).unwrap();
    // The maker is not among the staff any more.
    let request = world.ask(maker(), world.cancel_act(id)).unwrap();
    assert_eq!(world.say(checker(), request, true), Ok(RequestState::Stale));
    let late = world.ask(maker(), world.cancel_act(id)).unwrap();
    world.now += 31 * 24 * 3_600 * 1_000_000;
    assert_eq!(world.say(checker(), late, true), Ok(RequestState::Expired));
    assert_eq!(world.payout(id).state, State::Created);
}

#[test]
fn a_frozen_program_answers_nothing_and_what_brings_money_back_goes_on_in_a_freeze() {
    let mut world = ruled(Verb::Cancel, 1, Role::Approver);
    world.books.approvals.people.push(Person { id: maker().person().unwrap(), name: "M".into(), role: Role::Operator });
    let id = world.make(100).unwrap();
    let request = world.ask(maker(), world.cancel_act(id)).unwrap();
    let program = program(checker().person().unwrap(), world.payout(id).client_id);
    world.freeze(crate::domain::freeze::Scope::Credential, program.credential().unwrap());
    assert_eq!(rule(world.say(program, request, true)), Rule::Frozen);
    assert_eq!(world.books.approvals.requests[&request].state, RequestState::Open);
    assert!(world.books.approvals.given(&request.to_string()).is_empty());
    world.freeze(crate::domain::freeze::Scope::Everything, "");
    assert_eq!(world.say(checker(), request, true), Ok(RequestState::Approved));
    assert_eq!((world.payout(id).state, world.available()), (State::Cancelled, 100_000));
}

#[test]
fn money_is_booked_once_it_is_approved() {
    let mut world = ruled(Verb::Adjustment, 1, Role::Admin);
    world.books.approvals.people.push(Person { id: admin().person().unwrap(), name: "A".into(), role: Role::Admin });
    let top_up = TopUp { wallet_number: 1, amount: Money::new(50, Currency::USD), remarks: "SEPA".into() };
    assert_eq!(rule(world.run(person(9, Role::Admin), Command::TopUp(top_up))), Rule::NeedsApproval);
    world.books.approvals.people.push(Person { id: Id::first_at(9), name: "B".into(), role: Role::Admin });
    let act = Act::TopUp { wallet_number: 1, amount_minor: 50, currency: Currency::USD, remarks: "SEPA".into() };
    let request = world.ask(person(9, Role::Admin), act).unwrap();
    assert_eq!(rule(world.say(checker(), request, true)), Rule::Forbidden);
    assert_eq!(world.say(admin(), request, true), Ok(RequestState::Approved));
    assert_eq!(world.available(), 100_050);
}
