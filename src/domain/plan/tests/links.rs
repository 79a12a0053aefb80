//! Payout links in chosen histories.

mod approval;
mod freezes;
mod messages;
pub(super) mod random;
mod replace;

use super::*;
use crate::domain::credential::Spending;
use crate::domain::payout_link::{CloseReason, ClosedBy, Contact, LinkPolicy, Method, Methods, PayoutLink, SOONEST};

const HOUR: i64 = 3_600_000_000;

impl World {
    fn issue(&mut self, minor: i64) -> PayoutLinkId {
        let made = self.run(maker(), make(NewLink { amount: Money::new(minor, self.currency()), ..new() }));
        link_of(&made.unwrap()).id
    }

    fn link(&self, id: PayoutLinkId) -> &PayoutLink {
        &self.books.links[&id].link
    }

    fn claim(&mut self, id: PayoutLinkId) -> Result<PayoutId, Refusal> {
        let done = self.run(self.recipient(id), claim(id))?;
        Ok(link_of(&done).payout_id.unwrap())
    }

    fn recipient(&self, id: PayoutLinkId) -> Caller {
        let link = self.link(id);
        let who = Who::Recipient { link_id: id, client_id: link.client_id, name: link.contact_name.clone() };
        Caller { who, via: Via::Page, ip: None, request_id: "test".into() }
    }

    /// Claims the link, and the provider refuses the payout.
    fn fail(&mut self, id: PayoutLinkId) {
        let payout = self.claim(id).unwrap();
        self.advance(payout, News::Submitted).unwrap();
        self.advance(payout, News::Failed { code: "closed".into(), reason: "The account is closed.".into() }).unwrap();
    }

    fn held(&self) -> i64 {
        self.books.wallets.values().next().unwrap().held_minor
    }
}

fn link_of(done: &Done) -> PayoutLink {
    match done {
        Done::Link(record) => record.link.clone(),
        other => panic!("{other:?}"),
    }
}

fn new() -> NewLink {
    NewLink {
        wallet_number: 1,
        amount: Money::new(1_000, Currency::USD),
        contact: Contact {
            id: None,
            name: "John Doe".into(),
            kind: None,
            phone: None,
            email: Some("john.doe@example.com".into()),
        },
        purpose: None,
        description: None,
        receipt: None,
        reference: None,
        notes: None,
        send_sms: false,
        send_email: false,
        expire_by: None,
        payout_methods: Methods(vec![Method::BankAccount]),
        transfer_reason: None,
        save_payee: false,
        request_id: None,
    }
}

fn token() -> LinkToken {
    LinkToken { hash: "hash".into(), sealed: "sealed".into() }
}

fn make(new: NewLink) -> Command {
    Command::CreateLink(Box::new(CreateLink { new, token: token(), open_for: None, may_fail: false }))
}

fn cancel_link(link_id: PayoutLinkId) -> Command {
    Command::CancelLink(CancelLink { link_id, policy: LinkPolicy::DESK, reason: None, version: None })
}

fn decide_link(link_id: PayoutLinkId, approve: bool) -> Command {
    Command::DecideLink(DecideLink { link_id, approve, note: Some("note".into()), version: None })
}

fn claim(link_id: PayoutLinkId) -> Command {
    let details = PayeeDetails { account: Some(account("theirs")), ..john("the recipient") };
    Command::ClaimLink(Box::new(ClaimLink { link_id, details, queue_delay: 0 }))
}

fn expire(link_id: PayoutLinkId) -> Command {
    Command::ExpireLink(ExpireLink { link_id, version: None })
}

fn replace(link_id: PayoutLinkId) -> Command {
    Command::ReplaceLink(ReplaceLink { link_id, reason: Some("typo".into()), version: None, token: token() })
}

fn extend(link_id: PayoutLinkId, expire_by: i64) -> Command {
    Command::ExtendLink(ExtendLink { link_id, expire_by, version: None })
}

#[test]
fn a_link_holds_its_money_until_it_is_claimed_and_paid() {
    let mut world = World::new(Currency::USD);
    let id = world.issue(1_000);
    assert_eq!((world.available(), world.held()), (100_000 - 1_015, 1_015));
    assert_eq!(world.last_kind(), Kind::LinkHold);
    let payout = world.claim(id).unwrap();
    assert_eq!((world.available(), world.held()), (100_000 - 1_015, 1_015));
    assert_eq!(world.last_kind(), Kind::Payout);
    assert_eq!((world.link(id).state, world.link(id).attempt_count), (LinkState::Processing, 1));
    assert_eq!(world.payout(payout).state, State::Queued);
    world.advance(payout, News::Submitted).unwrap();
    world.advance(payout, News::Completed { reference: None }).unwrap();
    assert_eq!((world.available(), world.held()), (100_000 - 1_015, 0));
    assert_eq!(world.link(id).state, LinkState::Processed);
    assert_eq!(rule(world.run(maker(), cancel_link(id))), Rule::LinkNotCancellable);
    assert_eq!(rule(world.claim(id)), Rule::LinkNotClaimable);
}

#[test]
fn a_link_that_nobody_claimed_is_cancelled_once() {
    let mut world = World::new(Currency::USD);
    let id = world.issue(1_000);
    world.run(maker(), cancel_link(id)).unwrap();
    assert_eq!((world.available(), world.held(), world.last_kind()), (100_000, 0, Kind::LinkRelease));
    let again = world.run(maker(), cancel_link(id)).unwrap_err();
    assert_eq!((again.rule, again.state.as_deref()), (Rule::LinkNotCancellable, Some("cancelled")));
    let late = world.claim(id).unwrap_err();
    assert_eq!((late.rule, late.state.as_deref()), (Rule::LinkNotClaimable, Some("cancelled")));
    assert_eq!(world.available(), 100_000);
}

#[test]
fn a_claimed_link_is_not_cancelled_but_its_payout_is_and_then_it_is_open_again() {
    let mut world = World::new(Currency::USD);
    let id = world.issue(1_000);
    let payout = world.claim(id).unwrap();
    assert_eq!(rule(world.run(maker(), cancel_link(id))), Rule::LinkNotCancellable);
    world.run(maker(), cancel(payout)).unwrap();
    let link = world.link(id);
    assert_eq!((link.state, link.attempt_count, link.failure_count), (LinkState::Issued, 1, 0));
    assert_eq!((link.payout_id, link.payee_id), (None, None));
    assert_eq!(world.held(), 1_015);
    world.run(maker(), cancel_link(id)).unwrap();
    assert_eq!(world.available(), 100_000);
}

#[test]
fn a_failed_payout_opens_the_link_again_and_the_third_failure_closes_it() {
    let mut world = World::new(Currency::USD);
    let id = world.issue(1_000);
    for failures in 1..3 {
        world.fail(id);
        let link = world.link(id);
        assert_eq!((link.state, link.attempt_count, link.failure_count), (LinkState::Issued, failures, failures));
        assert_eq!((world.last_kind(), world.held()), (Kind::LinkHold, 1_015));
        let last = world.books.links[&id].events.last().unwrap();
        assert_eq!(last.note.as_deref(), Some("The account is closed."));
    }
    world.fail(id);
    let link = world.link(id);
    assert_eq!((link.state, link.closed_by), (LinkState::Failed, Some(ClosedBy::Rail)));
    assert_eq!(link.close_reason, Some(CloseReason::TooManyAttempts));
    assert_eq!((world.available(), world.held(), world.last_kind()), (100_000, 0, Kind::PayoutRefund));
    assert_eq!(rule(world.claim(id)), Rule::LinkNotClaimable);
}

#[test]
fn time_ends_a_link_also_before_the_job_has_looked() {
    let mut world = World::new(Currency::USD);
    let end = world.now + HOUR;
    let timed = |end| make(NewLink { expire_by: Some(end), ..new() });
    let soon = timed(world.now + SOONEST / 2);
    assert_eq!(rule(world.run(maker(), soon)), Rule::ExpiryTooSoon);
    let id = link_of(&world.run(maker(), timed(end)).unwrap()).id;
    assert_eq!(world.link(id).due_at, Some(end));
    assert_eq!(rule(world.run(system(), expire(id))), Rule::WrongState);
    world.now = end;
    assert_eq!(rule(world.claim(id)), Rule::LinkExpired);
    assert_eq!(rule(world.run(maker(), extend(id, end + 2 * HOUR))), Rule::LinkExpired);
    world.run(system(), expire(id)).unwrap();
    assert_eq!((world.link(id).state, world.available()), (LinkState::Expired, 100_000));
    assert_eq!(rule(world.run(system(), expire(id))), Rule::WrongState);
}

#[test]
fn a_link_is_extended_but_never_shortened() {
    let mut world = World::new(Currency::USD);
    let end = world.now + HOUR;
    let id = link_of(&world.run(maker(), make(NewLink { expire_by: Some(end), ..new() })).unwrap()).id;
    for sooner in [end, end - 1, world.now] {
        assert_eq!(rule(world.run(maker(), extend(id, sooner))), Rule::ExpiryTooSoon);
    }
    world.run(maker(), extend(id, end + HOUR)).unwrap();
    assert_eq!((world.link(id).expire_by, world.link(id).due_at), (Some(end + HOUR), Some(end + HOUR)));
    world.now = end;
    world.claim(id).unwrap();
    let endless = world.issue(100);
    let later = world.now + 9 * HOUR;
    assert_eq!(rule(world.run(maker(), extend(endless, later))), Rule::ExpiryTooSoon);
}

#[test]
fn a_claim_that_stands_outlives_the_end_and_a_failed_one_does_not() {
    let mut world = World::new(Currency::USD);
    let end = world.now + HOUR;
    let id = link_of(&world.run(maker(), make(NewLink { expire_by: Some(end), ..new() })).unwrap()).id;
    let payout = world.claim(id).unwrap();
    world.now = end + HOUR;
    assert_eq!(rule(world.run(system(), expire(id))), Rule::WrongState);
    world.advance(payout, News::Failed { code: "x".into(), reason: "y".into() }).unwrap();
    assert_eq!(world.link(id).state, LinkState::Issued);
    assert!(world.link(id).due_at.unwrap() <= world.now, "the next look of the job ends it");
    assert_eq!(rule(world.claim(id)), Rule::LinkExpired);
    world.run(system(), expire(id)).unwrap();
    assert_eq!(world.available(), 100_000);
}

#[test]
fn whoever_it_is_not_for_declines_and_the_money_is_back() {
    let mut world = World::new(Currency::USD);
    let id = world.issue(1_000);
    let decline = Command::DeclineLink(DeclineLink { link_id: id, reason: Some("not me".into()) });
    assert_eq!(rule(world.run(maker(), decline.clone())), Rule::Forbidden);
    let recipient = world.recipient(id);
    world.run(recipient.clone(), decline.clone()).unwrap();
    let link = world.link(id);
    assert_eq!((link.state, link.closed_by), (LinkState::Cancelled, Some(ClosedBy::Recipient)));
    assert_eq!(link.close_reason, Some(CloseReason::Declined));
    assert_eq!(world.available(), 100_000);
    assert_eq!(rule(world.run(recipient, decline)), Rule::LinkNotClaimable);
}

#[test]
fn only_the_recipient_of_this_link_claims_it() {
    let mut world = World::new(Currency::USD);
    let (id, other) = (world.issue(1_000), world.issue(2_000));
    assert_eq!(rule(world.run(maker(), claim(id))), Rule::Forbidden);
    assert_eq!(rule(world.run(system(), claim(id))), Rule::Forbidden);
    let recipient = world.recipient(other);
    assert_eq!(rule(world.run(recipient.clone(), claim(id))), Rule::LinkNotFound);
    assert_eq!(rule(world.run(recipient, cancel_link(id))), Rule::LinkNotFound);
    let stranger = program(Id::first_at(3_000), Id::first_at(77));
    assert_eq!(rule(world.run(stranger.clone(), cancel_link(id))), Rule::LinkNotFound);
    assert_eq!(rule(world.run(stranger, make(new()))), Rule::WalletNotFound);
}

#[test]
fn the_history_of_a_payout_names_no_recipient() {
    let mut world = World::new(Currency::USD);
    let id = world.issue(1_000);
    let payout = world.claim(id).unwrap();
    assert!(world.books.payouts[&payout].events.iter().all(|event| event.actor_type == "system"));
    assert_eq!(world.books.links[&id].events.last().unwrap().actor_type, "recipient");
}

#[test]
fn the_same_request_id_makes_one_link_and_other_data_is_refused() {
    let mut world = World::new(Currency::USD);
    let request = || NewLink { request_id: Some("rent-1".into()), expire_by: Some(9 * HOUR), ..new() };
    let first = link_of(&world.run(maker(), make(request())).unwrap()).id;
    world.run(maker(), extend(first, 10 * HOUR)).unwrap();
    assert_eq!(link_of(&world.run(maker(), make(request())).unwrap()).id, first);
    let other = NewLink { amount: Money::new(1_001, Currency::USD), ..request() };
    assert_eq!(rule(world.run(maker(), make(other))), Rule::RequestIdTaken);
    assert_eq!((world.links.len(), world.held()), (1, 1_015));
}

#[test]
fn too_much_and_the_wrong_currency_are_refused_and_a_refusal_changes_nothing() {
    let mut world = World::new(Currency::USD);
    world.books.wallets.values_mut().next().unwrap().approval_limit_minor = None;
    let too_much = NewLink { amount: Money::new(98_600, Currency::USD), ..new() };
    assert_eq!(rule(world.run(maker(), make(too_much))), Rule::InsufficientFunds);
    let euros = NewLink { amount: Money::new(100, Currency::EUR), ..new() };
    assert_eq!(rule(world.run(maker(), make(euros))), Rule::CurrencyMismatch);
    let unknown = Contact { id: Some(Id::first_at(5)), ..new().contact };
    assert_eq!(rule(world.run(maker(), make(NewLink { contact: unknown, ..new() }))), Rule::PayeeNotFound);
    assert!(world.books.links.is_empty());
}

#[test]
fn a_dialect_may_allow_less() {
    const ISSUED: LinkPolicy = LinkPolicy { cancellable: &[LinkState::Issued] };
    let mut world = World::new(Currency::USD);
    let (pending, issued) = (world.issue(6_000), world.issue(100));
    let cancel = |link_id| Command::CancelLink(CancelLink { link_id, policy: ISSUED, reason: None, version: None });
    let refused = world.run(maker(), cancel(pending)).unwrap_err();
    assert_eq!((refused.rule, refused.state.as_deref()), (Rule::LinkNotCancellable, Some("pending")));
    world.run(maker(), cancel(issued)).unwrap();
}

#[test]
fn whoever_is_paid_is_kept_as_a_payee_when_the_link_says_so() {
    let mut world = World::new(Currency::USD);
    let wanted = link_of(&world.run(maker(), make(NewLink { save_payee: true, ..new() })).unwrap()).id;
    let payout = world.claim(wanted).unwrap();
    let payee = world.payout(payout).payee_id;
    assert_eq!(world.books.payees[&payee].saved_at, None);
    world.advance(payout, News::Submitted).unwrap();
    world.advance(payout, News::Completed { reference: None }).unwrap();
    assert!(world.books.payees[&payee].saved_at.is_some());
    // Paid before without being kept: found again, and kept now.
    assert_eq!(world.books.changes.new_payees.iter().filter(|payee| payee.saved_at.is_some()).count(), 1);
}

#[test]
fn a_return_by_the_bank_is_told_and_the_link_stays_paid() {
    let mut world = World::new(Currency::USD);
    let id = world.issue(1_000);
    let payout = world.claim(id).unwrap();
    world.advance(payout, News::Submitted).unwrap();
    world.advance(payout, News::Completed { reference: None }).unwrap();
    world.advance(payout, News::Returned { reason: "closed".into() }).unwrap();
    assert_eq!((world.link(id).state, world.available()), (LinkState::Processed, 100_000));
    assert_eq!(world.books.links[&id].events.last().unwrap().event_type, EventType::Return);
}

#[test]
fn a_link_that_was_never_issued_counts_nothing_against_the_caps_of_its_program() {
    let mut world = World::new(Currency::USD);
    while world.make(4_900).is_ok() {}
    let client = world.books.wallets.values().next().unwrap().client_id;
    let caller = program(Id::first_at(7), client);
    let credential_id = caller.credential().unwrap();
    let caps = Spending {
        credential_id,
        currency: Currency::USD,
        call_minor: None,
        day_minor: Some(1_000_000),
        day: 0,
        spent_minor: 0,
        version: 0,
    };
    world.books.spending.insert(credential_id, caps);
    let make = |minor| {
        let new = NewLink { amount: Money::new(minor, Currency::USD), ..new() };
        Command::CreateLink(Box::new(CreateLink { new, token: token(), open_for: None, may_fail: true }))
    };
    let failed = link_of(&world.run(caller.clone(), make(4_900)).unwrap());
    assert_eq!((failed.state, failed.close_reason), (LinkState::Failed, Some(CloseReason::InsufficientFunds)));
    assert_eq!(world.books.spending[&credential_id].spent_minor, 0);
    assert!(world.books.changes.spending.is_empty());
    // One that waits for a checker counts: it may go out without the program being asked again.
    assert_eq!(link_of(&world.run(caller, make(6_000)).unwrap()).state, LinkState::Pending);
    assert_eq!(world.books.spending[&credential_id].spent_minor, 6_000);
}

#[test]
fn a_link_whose_failed_payout_reached_the_recipient_after_all_closes_in_the_same_unit() {
    let failed = || News::Failed { code: "closed".into(), reason: "The account is closed.".into() };
    let paid = || News::Completed { reference: None };
    let mut world = World::new(Currency::USD);
    let id = world.issue(1_000);
    let payout = world.claim(id).unwrap();
    world.advance(payout, News::Submitted).unwrap();
    world.advance(payout, failed()).unwrap();
    assert_eq!(world.link(id).state, LinkState::Issued);
    world.advance(payout, paid()).unwrap();
    let link = world.link(id).clone();
    assert_eq!((link.state, link.closed_by), (LinkState::Cancelled, Some(ClosedBy::Rail)));
    assert_eq!((world.available(), world.held()), (100_000, 0));
    let refusal = world.claim(id).unwrap_err();
    assert_eq!((refusal.rule, refusal.reason.as_str()), (Rule::LinkNotClaimable, "It is paid already."));
    // Told again: nothing more.
    world.advance(payout, paid()).unwrap();
    assert_eq!(world.link(id), &link);
    // What was claimed once more goes on.
    let id = world.issue(1_000);
    let first = world.claim(id).unwrap();
    world.advance(first, News::Submitted).unwrap();
    world.advance(first, failed()).unwrap();
    world.claim(id).unwrap();
    world.advance(first, paid()).unwrap();
    assert_eq!(world.link(id).state, LinkState::Processing);
}
