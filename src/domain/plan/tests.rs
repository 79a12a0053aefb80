//! Rules in random and in chosen histories, on a desk in memory.

mod advance;
mod approvals;
mod cancel;
mod create;
mod decide;
mod freezes;
mod items;
mod links;
mod losses;
mod low_funds;
mod quote;
mod random;
mod reverse;
mod transfers;

use std::collections::HashMap;

use super::*;
use crate::domain::approval::Person;
use crate::domain::books::{bucket, link_bucket};
use crate::domain::caller::{Caller, Via, Who};
use crate::domain::command::*;
use crate::domain::event::EventType;
use crate::domain::ids::{CancellationId, ClientId, Id, Mint, PayoutId, PayoutLinkId, ReversalId, StaffId};
use crate::domain::ledger::{Kind, Phase};
use crate::domain::money::{Currency, Money};
use crate::domain::payee_account::{AccountDetails, AccountKind};
use crate::domain::payout::{CancelPolicy, State};
use crate::domain::payout_link::State as LinkState;
use crate::domain::staff::{Role, Scope};
use crate::domain::wallet::tests::wallet;
use crate::domain::{case, reversal, webhook};

/// A desk in memory: one wallet of 100,000 minor units, whose limit is 5,000.
struct World {
    books: Books,
    mint: Mint,
    now: i64,
    payouts: Vec<PayoutId>,
    reversals: Vec<(PayoutId, ReversalId)>,
    links: Vec<PayoutLinkId>,
}

impl World {
    fn new(currency: Currency) -> World {
        let mut books = Books::default();
        let mut wallet = wallet(currency);
        wallet.approval_limit_minor = Some(5_000);
        wallet.available_minor = 100_000;
        books.clients.insert(wallet.client_id, "Larkfield Studios".into());
        books.listeners.insert(wallet.client_id, webhook::Kind::ALL.iter().copied().collect());
        books.wallets.insert(wallet.id, wallet);
        // Others than those who act in most tests.
        books.approvals.people = [(2_000, Role::Approver), (2_001, Role::Approver), (2_002, Role::Admin)]
            .map(|(at, role)| Person { id: Id::first_at(at), name: format!("P{at}"), role })
            .to_vec();
        World {
            books,
            mint: Mint::new(|| 42),
            now: 1_000_000,
            payouts: Vec::new(),
            reversals: Vec::new(),
            links: Vec::new(),
        }
    }

    fn run(&mut self, caller: Caller, command: Command) -> Result<Done, Refusal> {
        self.run_with(caller, command, None).result
    }

    fn run_with(&mut self, caller: Caller, command: Command, key: Option<IdempotencyKey>) -> Outcome {
        self.now += 1_000;
        self.mint.turn_to(self.now);
        let before = self.sizes();
        let outcome = plan(&mut self.books, &Unit { caller, key, command, item: None }, &mut self.mint);
        match &outcome.result {
            Ok(Done::Payout(record)) if !self.payouts.contains(&record.payout.id) => {
                self.payouts.push(record.payout.id);
            }
            Ok(Done::Reversal(reversal)) if !self.reversals.contains(&(reversal.payout_id, reversal.id)) => {
                self.reversals.push((reversal.payout_id, reversal.id));
            }
            Ok(Done::Link(record)) => {
                if !self.links.contains(&record.link.id) {
                    self.links.push(record.link.id);
                }
                if let Some(id) = record.link.payout_id.filter(|id| !self.payouts.contains(id)) {
                    self.payouts.push(id);
                }
            }
            Err(_) => assert_eq!(before, self.sizes(), "a refusal writes nothing but its audit row"),
            Ok(_) => {}
        }
        self.check();
        outcome
    }

    /// How much there is to write, apart from audit rows and keys; and the balances.
    fn sizes(&self) -> (usize, usize, [usize; 5], Vec<(i64, i64)>, i64) {
        let changes = &self.books.changes;
        (
            changes.transactions.len(),
            changes.postings.len(),
            [
                changes.events.len(),
                changes.link_events.len(),
                changes.new_reversals.len(),
                changes.new_payees.len(),
                self.books.links.len(),
            ],
            self.books.wallets.values().map(|wallet| (wallet.available_minor, wallet.held_minor)).collect(),
            self.books.links.values().map(|record| record.link.version).sum(),
        )
    }

    /// Every change of a state is told once, in order, with the record as it stands after it.
    fn check_news(&self) {
        let (changes, told) = (&self.books.changes, &self.books.changes.webhook_events);
        let payouts =
            changes.events.iter().filter(|line| webhook::Kind::of_payout(line.event_type, line.to_state).is_some());
        let links = changes
            .link_events
            .iter()
            .filter(|line| webhook::Kind::of_link(line.event_type, line.from_state, line.to_state).is_some());
        let ended = self.books.reversals.values().filter(|reversal| reversal.state != reversal::State::Pending);
        let expected = payouts.count() + links.count() + self.books.reversals.len() + ended.count();
        let transfer = |kind| matches!(kind, webhook::Kind::TransferMade | webhook::Kind::TransferEnded);
        assert_eq!(told.iter().filter(|event| !transfer(event.kind)).count(), expected);
        assert!(told.windows(2).all(|pair| pair[0].id < pair[1].id));
        let Some(last) = told.last() else { return };
        let snapshot: webhook::Snapshot = serde_json::from_str(&last.snapshot).expect("a snapshot");
        let stands = match &snapshot {
            webhook::Snapshot::Payout(record) => record.payout.state.name(),
            webhook::Snapshot::Link(record) => record.link.state.name(),
            webhook::Snapshot::Reversal(record) => record.reversal.state.name(),
            webhook::Snapshot::Transfer(transfer) => transfer.state.name(),
        };
        assert_eq!(stands, last.to_state);
    }

    /// What holds after any history.
    fn check(&self) {
        self.check_news();
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
            match payout.hold_id {
                Some(hold) => assert_eq!(
                    phases.contains_key(&(hold, false)),
                    payout.state.is_final(),
                    "a hold is closed exactly when its payout has ended"
                ),
                None => assert!(payout.submitted_at.is_none() && payout.state != State::Completed),
            }
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
        self.check_cases();
        for record in self.books.links.values() {
            self.check_link(record, &phases);
        }
        let counted: i64 = self.books.link_counter_deltas().iter().map(|delta| delta.payouts).sum();
        assert_eq!(counted, self.books.links.len() as i64);
        let counted: i64 = self.books.counter_deltas().iter().map(|delta| delta.payouts).sum();
        assert_eq!(counted, self.books.payouts.len() as i64);
    }

    /// Every doubt has its one open case, every loss has its own, and nothing else is open.
    fn check_cases(&self) {
        let open = |kind, subject: String| {
            let cases = self.books.changes.new_cases.iter().filter(|case| case.state != case::State::Closed);
            cases.filter(|case| case.kind == kind && case.subject_id == subject).count()
        };
        for record in self.books.payouts.values() {
            let (id, unknown) = (record.payout.id.to_string(), record.payout.outcome_unknown_since.is_some());
            assert_eq!(open(case::Kind::UnknownPayout, id.clone()), usize::from(unknown));
            assert_eq!(open(case::Kind::PaidAfterRefund, id.clone()), usize::from(record.is_lost()));
            let contradicted = record.is_contradicted() && record.payout.returned_at.is_none();
            assert_eq!(open(case::Kind::FailedAfterPaid, id), usize::from(contradicted));
        }
        for reversal in self.books.reversals.values() {
            let unknown = reversal.outcome_unknown_since.is_some();
            assert_eq!(open(case::Kind::UnknownReversal, reversal.id.to_string()), usize::from(unknown));
        }
        for asked in self.books.cancellations.values() {
            let silent = asked.state == crate::domain::cancellation::State::Unanswered;
            assert_eq!(open(case::Kind::UnansweredCancellation, asked.id.to_string()), usize::from(silent));
            let payout = self.payout(asked.payout_id);
            assert!(payout.is_with_rail() || !asked.state.is_open(), "what ended leaves no question open");
        }
    }

    /// A link's money is held exactly while it is issued, and its payout stands where it says.
    fn check_link(&self, record: &LinkRecord, phases: &HashMap<(crate::domain::ids::HoldId, bool), usize>) {
        let link = &record.link;
        let open = link.hold_id.is_some_and(|hold| !phases.contains_key(&(hold, false)));
        assert_eq!(open, link.state == LinkState::Issued, "held exactly while it is issued");
        assert_eq!(link.state.is_claimed(), link.payout_id.is_some());
        if let Some(id) = link.payout_id {
            let payout = self.payout(id);
            assert_eq!(payout.link_id, Some(link.id));
            assert_eq!(payout.total(), link.total());
            assert_eq!(payout.state == State::Completed, link.state == LinkState::Processed);
            assert!(!payout.state.is_final() || payout.state == State::Completed);
        }
        let of_link = self.books.payouts.values().filter(|record| record.payout.link_id == Some(link.id)).count();
        assert_eq!(of_link as i64, link.attempt_count);
        let mut state = None;
        for event in &record.events {
            assert_eq!(event.from_state, state);
            if let Some(from) = state.filter(|_| event.event_type == EventType::StatusChange) {
                assert!(LinkState::may_become(from, event.to_state), "{from:?} to {:?}", event.to_state);
            }
            state = Some(event.to_state);
        }
        assert_eq!(state, Some(link.state));
        let reopened = link.state == LinkState::Issued && link.attempt_count > 0;
        assert_eq!((link_bucket(link) == "reopened", link.is_reopened()), (reopened, reopened));
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

    fn answer(&mut self, payout_id: PayoutId, reversal_id: ReversalId, answer: Reversed) -> Result<Done, Refusal> {
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

/// The same through a credential that somebody else created.
fn issued_by(creator: &Caller, mut program: Caller) -> Caller {
    if let Who::Credential { created_by, .. } = &mut program.who {
        *created_by = creator.person();
    }
    program
}

fn system() -> Caller {
    Caller::system(Via::Job, "test")
}

fn create(reference: &str, minor: i64, currency: Currency) -> Command {
    let details = john("the same person");
    Command::Create(Box::new(NewPayout {
        wallet_number: 1,
        amount: Money::new(minor, currency),
        payee: PayeeChoice::Inline(Box::new(details)),
        reference_id: reference.into(),
        description: None,
        metadata: None,
        terms: Terms::default(),
    }))
}

/// John Doe with this fingerprint, and no account.
fn john(fingerprint: &str) -> PayeeDetails {
    PayeeDetails {
        email: Some("john.doe@example.com".into()),
        first_name: "John".into(),
        last_name: "Doe".into(),
        country: Some("US".into()),
        fingerprint: fingerprint.into(),
        ..PayeeDetails::default()
    }
}

/// An account with this fingerprint, which is its label too.
fn account(fingerprint: &str) -> AccountDetails {
    AccountDetails {
        kind: AccountKind::BankAccount,
        currency: None,
        country: Some("US".into()),
        holder_name: None,
        identifiers: "sealed".into(),
        label: Some(fingerprint.into()),
        fingerprint: fingerprint.into(),
        number_hash: None,
    }
}

fn cancel(id: PayoutId) -> Command {
    Command::Cancel(Cancel { payout_id: id, policy: CancelPolicy::DESK, reason: None, version: None })
}

fn decide(id: PayoutId, approve: bool) -> Command {
    Command::Decide(Decide { payout_id: id, approve, note: None, version: None, shown: None, queue_delay: 0 })
}

fn reverse(id: PayoutId, amount_minor: Option<i64>) -> Command {
    Command::Reverse(Box::new(NewReversal {
        payout_id: id,
        amount_minor,
        reason: "test".into(),
        client_transfer_id: None,
        statement_description: None,
        metadata: None,
        notify: false,
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
