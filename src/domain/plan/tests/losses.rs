//! What a rail says late, twice, out of order or against itself: never paid twice, never refunded on a guess.

use proptest::prelude::*;

use super::*;
use crate::domain::cancellation::State as Question;

/// What a rail says of one payout, or what people do about it meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Accepted,
    Paid,
    Failed,
    NotTaken,
    ActionNeeded,
    Nothing,
    Unchanged,
    Returned,
    Contradicts,
    Ask,
    Yes,
    No,
    Silence,
    Cancel,
}

const ALL: [Says; 14] = [
    Says::Accepted,
    Says::Paid,
    Says::Failed,
    Says::NotTaken,
    Says::ActionNeeded,
    Says::Nothing,
    Says::Unchanged,
    Says::Returned,
    Says::Contradicts,
    Says::Ask,
    Says::Yes,
    Says::No,
    Says::Silence,
    Says::Cancel,
];

impl World {
    fn handed_over(&mut self) -> PayoutId {
        let id = self.make(100).unwrap();
        self.advance(id, News::Queued).unwrap();
        self.advance(id, News::Submitted).unwrap();
        id
    }

    fn booked(&self, id: PayoutId, kind: Kind) -> usize {
        let booked = self.books.changes.transactions.iter();
        booked.filter(|booked| booked.payout_id == Some(id) && booked.kind == kind).count()
    }

    fn says(&mut self, id: PayoutId, says: Says) -> Result<Done, Refusal> {
        let reason = || "because".to_owned();
        let asked = self.books.cancellations.keys().max().copied();
        let answer = |world: &mut World, answer| match asked {
            Some(asked) => world.stop(id, asked, answer),
            None => Err(Refusal::new(Rule::NotFound, "nobody asked")),
        };
        match says {
            Says::Accepted => self.advance(id, News::Accepted { reference: None }),
            Says::Paid => self.advance(id, News::Completed { reference: Some("R-1".into()) }),
            Says::Failed => self.advance(id, News::Failed { code: "code".into(), reason: reason() }),
            Says::NotTaken => self.advance(id, News::NotTaken { reason: reason() }),
            Says::ActionNeeded => self.advance(id, News::ActionNeeded { reason: reason() }),
            Says::Nothing => self.advance(id, News::Unknown),
            Says::Unchanged => self.advance(id, News::Unchanged),
            Says::Returned => self.advance(id, News::Returned { reason: reason() }),
            Says::Contradicts => self.advance(id, News::FailedAfterPaid { code: "code".into(), reason: reason() }),
            Says::Ask => {
                let ask = AskToCancel { payout_id: id, reason: None };
                self.run(maker(), Command::AskToCancel(ask))
            }
            Says::Yes => answer(self, Answer::Yes),
            Says::No => answer(self, Answer::No(reason())),
            Says::Silence => answer(self, Answer::Unknown),
            Says::Cancel => self.run(maker(), cancel(id)),
        }
    }
}

#[test]
fn what_is_paid_after_its_refund_is_lost_once_and_the_refund_stays() {
    let mut world = World::new(Currency::USD);
    let (id, asked) = world.asked_to_cancel();
    world.stop(id, asked, Answer::Yes).unwrap();
    assert_eq!(world.available(), 100_000);
    let seen = world.payout(id).version;
    world.says(id, Says::Paid).unwrap();
    let payout = world.payout(id).clone();
    assert_eq!((payout.state, world.available(), world.last_kind()), (State::Cancelled, 100_000, Kind::Loss));
    assert_eq!((payout.rail_reference.as_deref(), payout.completed_at), (Some("R-1"), None));
    let posting = world.books.changes.postings.last().unwrap();
    let accounts = (posting.from_account.as_str(), posting.to_account.as_str(), posting.amount_minor);
    assert_eq!(accounts, ("USD:loss", "USD:paid_out", 100));
    assert_eq!(world.books.payouts[&id].events.last().unwrap().event_type, EventType::Loss);
    // Told again, also by a job that saw the payout before: nothing more.
    let audited = world.books.changes.audit.len();
    let late = Advance { payout_id: id, version: Some(seen), news: News::Completed { reference: None }, due_at: None };
    world.run(system(), Command::Advance(late)).unwrap();
    assert_eq!((world.payout(id), world.booked(id, Kind::Loss)), (&payout, 1));
    assert_eq!(world.books.changes.audit.len(), audited);
    assert_eq!(rule(world.says(id, Says::Failed)), Rule::WrongState);
    assert_eq!(rule(world.says(id, Says::Returned)), Rule::WrongState);
}

#[test]
fn a_loss_is_heard_whatever_the_job_had_seen_and_is_of_the_currency_that_was_paid() {
    let mut world = World::new(Currency::USD);
    let id = world.handed_over();
    let record = world.books.payouts.get_mut(&id).unwrap();
    record.payout.destination_minor = 1_700;
    record.payout.destination_currency = Currency::MXN;
    let seen = Some(world.payout(id).version);
    world.says(id, Says::Failed).unwrap();
    let paid = Advance { payout_id: id, version: seen, news: News::Completed { reference: None }, due_at: None };
    world.run(system(), Command::Advance(paid)).unwrap();
    let posting = world.books.changes.postings.last().unwrap();
    assert_eq!((posting.from_account.as_str(), posting.amount_minor), ("MXN:loss", 1_700));
    assert_eq!(world.payout(id).state, State::Failed);
}

#[test]
fn what_no_rail_was_given_cannot_be_lost() {
    let mut world = World::new(Currency::USD);
    let id = world.make(100).unwrap();
    world.run(maker(), cancel(id)).unwrap();
    assert_eq!(rule(world.says(id, Says::Paid)), Rule::WrongState);
    assert_eq!(world.booked(id, Kind::Loss), 0);
    // One that said it had not taken it, and pays all the same, was given it.
    let id = world.handed_over();
    world.says(id, Says::NotTaken).unwrap();
    world.run(maker(), cancel(id)).unwrap();
    world.says(id, Says::Paid).unwrap();
    assert_eq!(world.booked(id, Kind::Loss), 1);
}

#[test]
fn what_ended_is_looked_at_again_only_where_its_rail_may_change_its_mind() {
    let mut world = World::new(Currency::USD);
    let (id, asked) = world.asked_to_cancel();
    let later = Some(world.now + 60_000);
    let yes = |due_at| {
        let news =
            CancellationNews { cancellation_id: asked, payout_id: id, version: None, answer: Answer::Yes, due_at };
        Command::CancellationNews(news)
    };
    world.run(system(), yes(later)).unwrap();
    assert_eq!((world.payout(id).due_at, world.books.cancellations[&asked].due_at), (later, None));
    let version = world.payout(id).version;
    world.says(id, Says::Unchanged).unwrap();
    assert_eq!((world.payout(id).due_at, world.payout(id).version), (None, version));
    assert_eq!(rule(world.says(id, Says::Unchanged)), Rule::WrongState);
}

#[test]
fn a_failure_after_it_was_paid_is_told_once_and_books_nothing() {
    let mut world = World::new(Currency::USD);
    let id = world.completed(100);
    let (available, booked) = (world.available(), world.books.changes.transactions.len());
    world.says(id, Says::Contradicts).unwrap();
    let (payout, events) = (world.payout(id).clone(), world.books.payouts[&id].events.len());
    assert_eq!((payout.state, world.available()), (State::Completed, available));
    let audited = world.books.changes.audit.len();
    world.says(id, Says::Contradicts).unwrap();
    assert_eq!((world.payout(id), world.books.payouts[&id].events.len()), (&payout, events));
    assert_eq!((world.books.changes.audit.len(), world.books.changes.transactions.len()), (audited, booked));
    assert_eq!(world.books.changes.new_cases.len(), 1);
    // What the bank sends back answers it; from then on nothing is contradicted.
    world.says(id, Says::Returned).unwrap();
    assert!(world.books.changes.new_cases.iter().all(|case| case.state == case::State::Closed));
    assert_eq!(rule(world.says(id, Says::Contradicts)), Rule::WrongState);
    let waiting = world.handed_over();
    assert_eq!(rule(world.says(waiting, Says::Contradicts)), Rule::WrongState, "nothing was paid yet");
}

#[test]
fn what_ends_takes_its_question_and_the_case_about_it_with_it() {
    for end in [Says::Paid, Says::Failed, Says::NotTaken] {
        let mut world = World::new(Currency::USD);
        let (id, asked) = world.asked_to_cancel();
        world.says(id, Says::Silence).unwrap();
        assert_eq!(world.books.changes.new_cases.len(), 1);
        world.says(id, end).unwrap();
        let question = &world.books.cancellations[&asked];
        assert_eq!((question.state, question.due_at), (Question::Refused, None), "{end:?}");
        assert!(question.answered_at.is_some() && question.answer.is_some());
        assert!(world.books.changes.new_cases.iter().all(|case| case.state == case::State::Closed), "{end:?}");
        assert_eq!(rule(world.says(id, Says::Yes)), Rule::WrongState);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Lost, late, doubled and contradictory answers in any order; [`World::check`] adds up the books after each.
    #[test]
    fn no_answers_pay_twice_or_refund_before_it_is_certain(
        steps in proptest::collection::vec(0..ALL.len(), 1..25),
    ) {
        let mut world = World::new(Currency::USD);
        let id = world.handed_over();
        let mut told_paid = false;
        for step in steps {
            let says = ALL[step];
            let before = world.payout(id).clone();
            let result = world.says(id, says);
            told_paid |= says == Says::Paid;
            let after = world.payout(id);
            let booked = |kind| world.booked(id, kind);
            let (settled, refunded, lost) =
                (booked(Kind::PayoutSettled), booked(Kind::PayoutRefund), booked(Kind::Loss));
            prop_assert!(settled + refunded <= 1, "one end");
            prop_assert_eq!(settled + lost, usize::from(told_paid), "paid exactly once when it was paid");
            prop_assert!(lost <= refunded, "only a refund can be lost");
            if after.is_refunded() && !before.is_refunded() {
                let taken_back = says == Says::Cancel && before.submitted_at.is_none();
                prop_assert!(matches!(says, Says::Failed | Says::Yes) || taken_back, "{says:?} is no certainty");
            }
            if before.state.is_final() {
                prop_assert_eq!(before.state, after.state, "an end stays an end");
            }
            if says == Says::Paid && before.state == State::Completed {
                prop_assert!(result.is_err());
            }
        }
    }
}
