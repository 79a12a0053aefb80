//! Rules in random and in chosen histories.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::domain::books::bucket;
use crate::domain::caller::{Caller, Via, Who};
use crate::domain::command::*;
use crate::domain::event::EventType;
use crate::domain::ids::{CancellationId, ClientId, Id, Mint, PayoutId, ReversalId, StaffId};
use crate::domain::ledger::{Kind, Phase};
use crate::domain::money::{Currency, Money};
use crate::domain::payout::{CancelPolicy, State};
use crate::domain::staff::{Role, Scope};
use crate::domain::wallet::tests::wallet;

/// A desk in memory: one wallet of 100,000 minor units, whose limit is 5,000.
struct World {
    books: Books,
    mint: Mint,
    now: i64,
    payouts: Vec<PayoutId>,
    reversals: Vec<(PayoutId, ReversalId)>,
}

impl World {
    fn new(currency: Currency) -> World {
        let mut books = Books::default();
        let mut wallet = wallet(currency);
        wallet.approval_limit_minor = Some(5_000);
        wallet.available_minor = 100_000;
        books.wallets.insert(wallet.id, wallet);
        World { books, mint: Mint::new(|| 42), now: 1_000_000, payouts: Vec::new(), reversals: Vec::new() }
    }

    fn run(&mut self, caller: Caller, command: Command) -> Result<Done, Refusal> {
        self.run_with(caller, command, None).result
    }

    fn run_with(&mut self, caller: Caller, command: Command, key: Option<IdempotencyKey>) -> Outcome {
        self.now += 1_000;
        self.mint.turn_to(self.now);
        let before = self.sizes();
        let outcome = plan(&mut self.books, &Unit { caller, key, command }, &mut self.mint);
        match &outcome.result {
            Ok(Done::Payout(record)) if !self.payouts.contains(&record.payout.id) => {
                self.payouts.push(record.payout.id);
            }
            Ok(Done::Reversal(reversal)) if !self.reversals.contains(&(reversal.payout_id, reversal.id)) => {
                self.reversals.push((reversal.payout_id, reversal.id));
            }
            Err(_) => assert_eq!(before, self.sizes(), "a refusal writes nothing but its audit row"),
            Ok(_) => {}
        }
        self.check();
        outcome
    }

    /// How much there is to write, apart from audit rows and keys; and the balances.
    fn sizes(&self) -> (usize, usize, usize, usize, usize, Vec<(i64, i64)>) {
        let changes = &self.books.changes;
        (
            changes.transactions.len(),
            changes.postings.len(),
            changes.events.len(),
            changes.new_reversals.len(),
            changes.new_payees.len(),
            self.books.wallets.values().map(|wallet| (wallet.available_minor, wallet.held_minor)).collect(),
        )
    }

    /// What holds after any history.
    fn check(&self) {
        let mut accounts: HashMap<&str, i64> = HashMap::new();
        for posting in &self.books.changes.postings {
            assert!(posting.amount_minor > 0);
            *accounts.entry(&posting.from_account).or_default() -= posting.amount_minor;
            *accounts.entry(&posting.to_account).or_default() += posting.amount_minor;
        }
        for wallet in self.books.wallets.values() {
            let sum = |part: &str| accounts.get(format!("{}:{part}", wallet.id).as_str()).copied().unwrap_or(0);
            assert_eq!(wallet.available_minor, 100_000 + sum("available"));
            assert_eq!(wallet.held_minor, sum("held"));
            assert!(wallet.available_minor >= 0 && wallet.held_minor >= 0);
        }
        let mut phases: HashMap<_, usize> = HashMap::new();
        for transaction in &self.books.changes.transactions {
            if let (Some(hold), Some(phase)) = (transaction.hold_id, transaction.hold_phase) {
                *phases.entry((hold, phase == Phase::Open)).or_default() += 1;
            }
        }
        assert!(phases.values().all(|times| *times == 1), "a hold opens once and closes once");
        for record in self.books.payouts.values() {
            let payout = &record.payout;
            assert!((0..=payout.destination_minor).contains(&payout.reversed_minor));
            assert!(payout.reversed_source_minor <= payout.amount_minor);
            let closed = phases.contains_key(&(payout.hold_id.unwrap(), false));
            assert_eq!(closed, payout.state.is_final(), "a hold is closed exactly when its payout has ended");
            let mut state = None;
            for event in &record.events {
                assert_eq!(event.from_state, state.or(event.from_state));
                if event.event_type == EventType::StatusChange
                    && let Some(from) = event.from_state
                {
                    assert!(from.may_become(event.to_state), "{from:?} to {:?}", event.to_state);
                }
                state = Some(event.to_state);
            }
            assert_eq!(state, Some(payout.state));
        }
        let counted: i64 = self.books.counter_deltas().iter().map(|delta| delta.payouts).sum();
        assert_eq!(counted, self.books.payouts.len() as i64);
    }

    fn make(&mut self, minor: i64) -> Result<PayoutId, Refusal> {
        let reference = format!("ref-{}", self.payouts.len());
        self.create(maker(), &reference, minor).map(|done| payout_of(&done))
    }

    fn create(&mut self, caller: Caller, reference: &str, minor: i64) -> Result<Done, Refusal> {
        self.run(caller, create(reference, minor, self.currency()))
    }

    fn advance(&mut self, id: PayoutId, news: News) -> Result<Done, Refusal> {
        self.run(system(), Command::Advance(Advance { payout_id: id, version: None, news, due_at: None }))
    }

    fn completed(&mut self, minor: i64) -> PayoutId {
        let id = self.make(minor).unwrap();
        if self.payout(id).waits_for_approval() {
            self.run(checker(), decide(id, true)).unwrap();
        } else {
            self.advance(id, News::Queued).unwrap();
        }
        self.advance(id, News::Submitted).unwrap();
        self.advance(id, News::Completed { reference: None }).unwrap();
        id
    }

    /// A completed payout that was exchanged: source and destination differ.
    fn exchanged(&mut self, source: i64, destination: i64) -> PayoutId {
        let id = self.make(source).unwrap();
        let record = self.books.payouts.get_mut(&id).unwrap();
        record.payout.destination_minor = destination;
        record.payout.destination_currency = Currency::MXN;
        self.advance(id, News::Queued).unwrap();
        self.advance(id, News::Submitted).unwrap();
        self.advance(id, News::Completed { reference: None }).unwrap();
        id
    }

    fn reverse(&mut self, id: PayoutId, minor: Option<i64>) -> Result<ReversalId, Refusal> {
        match self.run(maker(), reverse(id, minor))? {
            Done::Reversal(reversal) => Ok(reversal.id),
            other => panic!("{other:?}"),
        }
    }

    fn answer(&mut self, payout_id: PayoutId, reversal_id: ReversalId, answer: Answer) -> Result<Done, Refusal> {
        let news = ReversalNews { reversal_id, payout_id, version: None, answer, due_at: Some(self.now) };
        self.run(system(), Command::ReversalNews(news))
    }

    /// A payout that its rail has and was asked to stop.
    fn asked_to_cancel(&mut self) -> (PayoutId, CancellationId) {
        let id = self.make(100).unwrap();
        self.advance(id, News::Queued).unwrap();
        self.advance(id, News::Submitted).unwrap();
        let ask = Command::AskToCancel(AskToCancel { payout_id: id, reason: None });
        match self.run(maker(), ask).unwrap() {
            Done::Cancellation(asked) => (id, asked.id),
            other => panic!("{other:?}"),
        }
    }

    fn stop(&mut self, id: PayoutId, asked: CancellationId, answer: Answer) -> Result<Done, Refusal> {
        let news = CancellationNews { cancellation_id: asked, payout_id: id, version: None, answer, due_at: None };
        self.run(system(), Command::CancellationNews(news))
    }

    fn payout(&self, id: PayoutId) -> &crate::domain::payout::Payout {
        &self.books.payouts[&id].payout
    }

    fn available(&self) -> i64 {
        self.books.wallets.values().next().unwrap().available_minor
    }

    fn currency(&self) -> Currency {
        self.books.wallets.values().next().unwrap().currency
    }

    fn last_kind(&self) -> Kind {
        self.books.changes.transactions.last().unwrap().kind
    }
}

fn person(number: i64, role: Role) -> Caller {
    let who = Who::Staff { id: Id::first_at(number), name: format!("Person {number}"), role };
    Caller { who, via: Via::Page, ip: None, request_id: "test".into() }
}

fn maker() -> Caller {
    person(1_000, Role::Operator)
}

fn checker() -> Caller {
    person(2_000, Role::Approver)
}

fn program(owner: StaffId, client_id: ClientId) -> Caller {
    let who = Who::Credential {
        id: Id::first_at(9_000),
        name: "Program".into(),
        owner,
        owner_role: Role::Admin,
        created_by: None,
        client_id,
        scopes: Scope::ALL.to_vec(),
    };
    Caller { who, via: Via::ApiV1, ip: None, request_id: "test".into() }
}

fn system() -> Caller {
    Caller::system(Via::Job, "test")
}

fn create(reference: &str, minor: i64, currency: Currency) -> Command {
    let mut details = PayeeDetails {
        email: "john.doe@example.com".into(),
        first_name: "John".into(),
        last_name: "Doe".into(),
        country: Some("US".into()),
        phone: None,
        identifiers: None,
        account_label: None,
        metadata: None,
        fingerprint: String::new(),
    };
    details.fingerprint = fingerprint(&details);
    Command::Create(Box::new(NewPayout {
        wallet_number: 1,
        amount: Money::new(minor, currency),
        payee: PayeeChoice::Inline(details),
        reference_id: reference.into(),
        description: None,
        metadata: None,
    }))
}

fn cancel(id: PayoutId) -> Command {
    Command::Cancel(Cancel { payout_id: id, policy: CancelPolicy::DESK, reason: None, version: None })
}

fn decide(id: PayoutId, approve: bool) -> Command {
    Command::Decide(Decide { payout_id: id, approve, note: None, version: None, queue_delay: 0 })
}

fn reverse(id: PayoutId, amount_minor: Option<i64>) -> Command {
    Command::Reverse(Box::new(NewReversal {
        payout_id: id,
        amount_minor,
        reason: "test".into(),
        client_transfer_id: None,
        statement_description: None,
        metadata: None,
        version: None,
    }))
}

fn payout_of(done: &Done) -> PayoutId {
    match done {
        Done::Payout(record) => record.payout.id,
        other => panic!("{other:?}"),
    }
}

fn rule<T: std::fmt::Debug>(result: Result<T, Refusal>) -> Rule {
    result.expect_err("should be refused").rule
}

#[test]
fn making_a_payout_holds_amount_and_fees_and_cancelling_gives_both_back_once() {
    let mut world = World::new(Currency::USD);
    let id = world.make(1_000).unwrap();
    assert_eq!(world.payout(id).fees_minor, 15);
    assert_eq!(world.available(), 100_000 - 1_015);
    world.run(maker(), cancel(id)).unwrap();
    assert_eq!(world.available(), 100_000);
    assert_eq!(world.last_kind(), Kind::PayoutRefund);
    assert_eq!(world.payout(id).state, State::Cancelled);
    assert!(world.payout(id).cancelled_at.is_some());
    assert_eq!(rule(world.run(maker(), cancel(id))), Rule::NotCancellable);
    assert_eq!(world.available(), 100_000);
}

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
fn whoever_made_it_cannot_check_it_not_even_through_a_program() {
    let mut world = World::new(Currency::USD);
    let id = world.make(6_000).unwrap();
    assert!(world.payout(id).waits_for_approval());
    assert_eq!(bucket(world.payout(id)), "to_approve");
    assert_eq!(rule(world.run(maker(), decide(id, true))), Rule::MakerIsChecker);
    let client = world.payout(id).client_id;
    let own = program(maker().person().unwrap(), client);
    assert_eq!(rule(world.run(own, decide(id, true))), Rule::MakerIsChecker);
    world.run(checker(), decide(id, true)).unwrap();
    assert_eq!(world.payout(id).state, State::Queued);
    assert_eq!(rule(world.run(checker(), decide(id, true))), Rule::NotWaitingForApproval);
}

#[test]
fn whoever_created_a_credential_cannot_check_what_it_made_nor_check_through_it() {
    let mut world = World::new(Currency::USD);
    let any = world.make(100).unwrap();
    let client = world.payout(any).client_id;
    let issued_by = |creator: &Caller, owner: i64| {
        let mut caller = program(Id::first_at(owner), client);
        if let Who::Credential { created_by, .. } = &mut caller.who {
            *created_by = creator.person();
        }
        caller
    };
    let creator = person(3_000, Role::Admin);
    // A program made it: neither its owner nor who created its credential decides, either way.
    let made = payout_of(&world.create(issued_by(&creator, 4_000), "BY_PROGRAM", 6_000).unwrap());
    let owner = person(4_000, Role::Admin);
    for approve in [true, false] {
        let refused = |result: Result<Done, Refusal>| result.unwrap_err();
        let told = refused(world.run(creator.clone(), decide(made, approve)));
        assert_eq!(told.rule, Rule::MakerIsChecker);
        assert_eq!(told.reason, "You created the credential that made it, so someone else has to check it.");
        let told = refused(world.run(owner.clone(), decide(made, approve)));
        assert_eq!(told.reason, "A program of yours made it, so someone else has to check it.");
        // Nor another program whose credential the same person created.
        let told = refused(world.run(issued_by(&creator, 5_000), decide(made, approve)));
        assert_eq!(told.rule, Rule::MakerIsChecker);
    }
    world.run(checker(), decide(made, true)).unwrap();
    // A person made it: a credential that they created for somebody else does not check it.
    let made = payout_of(&world.create(creator.clone(), "BY_PERSON", 6_000).unwrap());
    assert_eq!(rule(world.run(issued_by(&creator, 5_000), decide(made, true))), Rule::MakerIsChecker);
    world.run(issued_by(&checker(), 5_000), decide(made, true)).unwrap();
}

#[test]
fn sending_back_returns_the_money_and_says_who_closed_it() {
    let mut world = World::new(Currency::USD);
    let id = world.make(6_000).unwrap();
    world.run(checker(), decide(id, false)).unwrap();
    assert_eq!(world.payout(id).state, State::Cancelled);
    assert_eq!(world.payout(id).closed_by, Some(crate::domain::payout::ClosedBy::Checker));
    assert_eq!(world.available(), 100_000);
}

#[test]
fn another_clients_payout_is_not_found() {
    let mut world = World::new(Currency::USD);
    let id = world.make(100).unwrap();
    let stranger = program(Id::first_at(3_000), Id::first_at(77));
    assert_eq!(rule(world.run(stranger.clone(), cancel(id))), Rule::NotFound);
    assert_eq!(rule(world.run(stranger, create("x", 100, Currency::USD))), Rule::WalletNotFound);
}

#[test]
fn the_same_reference_makes_one_payout_and_other_data_is_refused() {
    let mut world = World::new(Currency::USD);
    let first = world.create(maker(), "PAY_1", 100).unwrap();
    let again = world.create(maker(), "PAY_1", 100).unwrap();
    assert_eq!(payout_of(&first), payout_of(&again));
    assert_eq!(rule(world.create(maker(), "PAY_1", 101)), Rule::ReferenceTaken);
    assert_eq!(world.available(), 100_000 - 102);
}

#[test]
fn a_key_answers_its_first_outcome_again_also_a_refusal() {
    let mut world = World::new(Currency::USD);
    let key = |hash: &str| {
        Some(IdempotencyKey {
            caller: "me".into(),
            operation: "payout.create".into(),
            key: "k".into(),
            request_hash: hash.into(),
        })
    };
    let too_much = create("big", 99_000, Currency::USD);
    let first = world.run_with(maker(), too_much.clone(), key("a"));
    assert_eq!(rule(first.result.clone()), Rule::InsufficientFunds);
    let again = world.run_with(maker(), too_much, key("a"));
    assert!(again.repeated);
    assert_eq!(again.result, first.result);
    let other = world.run_with(maker(), create("small", 1, Currency::USD), key("b"));
    assert_eq!(rule(other.result), Rule::KeyReused);
}

#[test]
fn too_much_the_wrong_currency_and_a_stale_form_are_refused() {
    let mut world = World::new(Currency::USD);
    assert_eq!(rule(world.make(98_600)), Rule::InsufficientFunds);
    let euros = create("eur", 100, Currency::EUR);
    assert_eq!(rule(world.run(maker(), euros)), Rule::CurrencyMismatch);
    let id = world.make(100).unwrap();
    let version = Some(world.payout(id).version);
    world.advance(id, News::Queued).unwrap();
    let stale = Command::Cancel(Cancel { payout_id: id, policy: CancelPolicy::DESK, reason: None, version });
    assert_eq!(rule(world.run(maker(), stale)), Rule::Stale);
}

#[test]
fn parts_add_up_to_the_whole_and_fees_stay() {
    let mut world = World::new(Currency::USD);
    let id = world.completed(1_000);
    let after_payment = world.available();
    for part in [Some(300), Some(200), None] {
        let reversal = world.reverse(id, part).unwrap();
        world.answer(id, reversal, Answer::Yes).unwrap();
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
    world.answer(id, pending, Answer::Unknown).unwrap();
    assert_eq!(rule(world.reverse(id, Some(101))), Rule::ReversalTooLarge);
    world.answer(id, pending, Answer::No("no".into())).unwrap();
    assert_eq!(rule(world.answer(id, pending, Answer::Yes)), Rule::WrongState);
    world.reverse(id, Some(1_000)).unwrap();
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
        world.answer(id, reversal, Answer::Yes).unwrap();
    }
    assert_eq!(world.available(), after_payment + 1_000);
}

#[test]
fn a_return_brings_what_is_left_and_the_fees_and_a_late_yes_brings_nothing_more() {
    let mut world = World::new(Currency::USD);
    let id = world.completed(1_000);
    let part = world.reverse(id, Some(400)).unwrap();
    world.answer(id, part, Answer::Yes).unwrap();
    let pending = world.reverse(id, Some(100)).unwrap();
    world.advance(id, News::Returned { reason: "closed".into() }).unwrap();
    assert_eq!(world.available(), 100_000);
    world.answer(id, pending, Answer::Yes).unwrap();
    assert_eq!(world.available(), 100_000);
    assert_eq!(rule(world.advance(id, News::Returned { reason: "again".into() })), Rule::WrongState);
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
    world.answer(paid, reversal, Answer::Unknown).unwrap();
    let audited = world.books.changes.audit.len();
    let answer = Answer::No("no".into());
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
        world.answer(paid, reversal, Answer::Unknown).unwrap();
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
    world.stop(id, asked, Answer::Yes).unwrap();
    assert_eq!(world.payout(id).state, State::Completed);
    let asked = &world.books.cancellations[&asked];
    assert_eq!(asked.state, crate::domain::cancellation::State::Refused);
    assert_eq!(asked.answer.as_deref(), Some("Too late: the payout is completed."));
}

#[test]
fn a_retry_by_reference_finds_its_payout_whatever_happened_to_wallet_and_payee() {
    let mut world = World::new(Currency::USD);
    let first = payout_of(&world.create(maker(), "PAY_1", 100).unwrap());
    let payee = world.payout(first).payee_id;
    world.books.payees.get_mut(&payee).unwrap().deleted_at = Some(world.now);
    world.books.wallets.values_mut().next().unwrap().closed_at = Some(world.now);
    assert_eq!(payout_of(&world.create(maker(), "PAY_1", 100).unwrap()), first);
    assert_eq!(rule(world.create(maker(), "PAY_2", 100)), Rule::WalletClosed);
    let other = |change: fn(&mut NewPayout)| {
        let Command::Create(mut new) = create("PAY_1", 100, Currency::USD) else { unreachable!() };
        change(&mut new);
        Command::Create(new)
    };
    let saved = other(|new| new.payee = PayeeChoice::Saved(Id::first_at(5)));
    assert_eq!(rule(world.run(maker(), saved)), Rule::ReferenceTaken);
    let noted = other(|new| new.metadata = Some("{\"order\":1}".into()));
    assert_eq!(rule(world.run(maker(), noted)), Rule::ReferenceTaken);

    world.books.wallets.values_mut().next().unwrap().closed_at = None;
    let again = payout_of(&world.create(maker(), "PAY_2", 100).unwrap());
    assert_ne!(world.payout(again).payee_id, payee, "a deleted payee is not paid again");
}

#[test]
fn a_stored_outcome_that_no_longer_reads_is_a_refusal() {
    let mut world = World::new(Currency::USD);
    let key = IdempotencyKey {
        caller: "me".into(),
        operation: "payout.create".into(),
        key: "k".into(),
        request_hash: "a".into(),
    };
    let stored = StoredKey { key: key.clone(), outcome: "{\"Ok\":{\"old\":1}}".into(), created_at: 1 };
    world.books.keys.insert(name(&key), stored);
    let outcome = world.run_with(maker(), create("x", 100, Currency::USD), Some(key));
    assert!(!outcome.replayed);
    assert_eq!(rule(outcome.result), Rule::OutcomeLost);
    assert!(world.payouts.is_empty());
}

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
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        3 => (1..9_000_i64).prop_map(Move::Make),
        2 => any::<usize>().prop_map(Move::Cancel),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(which, yes)| Move::Decide(which, yes)),
        4 => (any::<usize>(), proptest::option::of(1..5_000_i64)).prop_map(|(which, part)| Move::Reverse(which, part)),
        1 => any::<usize>().prop_map(Move::AskToCancel),
        4 => (any::<usize>(), 0..3_u8).prop_map(|(which, answer)| Move::Answer(which, answer)),
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
            let answer = [Answer::Yes, Answer::No("no".into()), Answer::Unknown][usize::from(answer)].clone();
            let asked: Vec<_> = world.books.cancellations.keys().copied().collect();
            if !asked.is_empty() && which % 3 == 0 {
                let cancellation_id = asked[which % asked.len()];
                let payout_id = world.books.cancellations[&cancellation_id].payout_id;
                let news = CancellationNews {
                    cancellation_id,
                    payout_id,
                    version: None,
                    answer: answer.clone(),
                    due_at: None,
                };
                let _ = world.run(system(), Command::CancellationNews(news));
            }
            match world.reversals.is_empty() {
                true => Ok(()),
                false => {
                    let (payout, reversal) = world.reversals[which % world.reversals.len()];
                    world.answer(payout, reversal, answer).map(|_| ())
                }
            }
        }
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
                world.answer(id, reversal, Answer::Yes).unwrap();
            }
            prop_assert!(world.available() <= after_payment + source);
        }
        if let Ok(reversal) = world.reverse(id, None) {
            world.answer(id, reversal, Answer::Yes).unwrap();
        }
        prop_assert_eq!(world.available(), after_payment + source);
    }
}
