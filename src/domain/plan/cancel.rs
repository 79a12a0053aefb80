//! Cancelling: at once while no rail has the payout, by a question to the rail afterwards.

use super::{Ran, check_version};
use crate::domain::books::{About, Books, Line};
use crate::domain::caller::{Caller, Who};
use crate::domain::cancellation::{Cancellation, State as Question};
use crate::domain::case::{Doubt, Kind as CaseKind};
use crate::domain::command::{Answer, AskToCancel, Cancel, CancellationNews, Done};
use crate::domain::event::EventType;
use crate::domain::ids::{Mint, PayoutId};
use crate::domain::ledger::{Account, Kind, Phase, Posting};
use crate::domain::manual;
use crate::domain::money::Money;
use crate::domain::payout::{CancelPolicy, ClosedBy, Payout, Refusal, Rule, State, Step};
use crate::domain::wallet::Wallet;

/// The failure code of a payout that its rail stopped when it could no longer be cancelled.
const CANCELLED_BY_PROVIDER: &str = "cancelled_by_provider";

/// What a cancel would do to the money, shown before anyone clicks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelEffect {
    pub amount: Money,
    pub fees: Money,
    pub refund: Money,
    pub available_before: Money,
    pub available_after: Money,
}

/// The effect of cancelling now, or why it is refused. The write does exactly this.
pub fn cancel_effect(payout: &Payout, wallet: &Wallet, policy: CancelPolicy) -> Result<CancelEffect, Refusal> {
    payout.check(Step::Cancel, policy)?;
    let before = wallet.available();
    // What waits for money has nothing to give back.
    let refund = Money::new(if payout.hold_id.is_some() { payout.total().minor } else { 0 }, payout.currency);
    Ok(CancelEffect {
        amount: payout.amount(),
        fees: payout.fees(),
        refund,
        available_before: before,
        available_after: Money::new(before.minor + refund.minor, before.currency),
    })
}

pub(super) fn plan(books: &mut Books, caller: &Caller, cancel: &Cancel, mint: &mut Mint) -> Result<Done, Refusal> {
    let payout = books.payout(cancel.payout_id, caller)?;
    payout.check(Step::Cancel, cancel.policy)?;
    check_version(cancel.version, payout.version)?;
    let (closed_by, message) = match caller.who {
        Who::Credential { .. } => (ClosedBy::Client, "Payout cancelled by client"),
        Who::Staff { .. } => (ClosedBy::Staff, "Payout cancelled by admin"),
        Who::Recipient { .. } | Who::System => (ClosedBy::Rail, "Payout cancelled by system"),
    };
    close(books, caller, cancel.payout_id, State::Cancelled, closed_by, mint)?;
    tell(books, caller, cancel.payout_id, State::Cancelled, message, cancel.reason.clone(), mint.now());
    Ok(Done::Payout(Box::new(books.payouts[&cancel.payout_id].clone())))
}

/// Ends a payout without paying: the new state and, in the same breath, amount and fees back in the wallet.
///
/// The caller has checked that the step is allowed, and writes the event after this.
pub(super) fn close(
    books: &mut Books,
    caller: &Caller,
    id: PayoutId,
    to: State,
    closed_by: ClosedBy,
    mint: &mut Mint,
) -> Result<(), Refusal> {
    let payout = books.payout(id, caller)?;
    if let Some(hold) = payout.hold_id {
        let wallet = payout.wallet_id;
        let (held, available) = (Account::Held(wallet), Account::Available(wallet));
        let refund = [payout.amount(), payout.fees()].map(|part| Posting::new(held, available, part));
        books.post(
            mint,
            Kind::PayoutRefund,
            wallet,
            refund,
            About {
                payout_id: Some(id),
                hold: Some((hold, Phase::Close)),
                remarks: format!("Refund of {} payout", to.name()),
                ..About::default()
            },
        )?;
    }
    let now = mint.now();
    books.change(id, |payout| {
        payout.state = to;
        payout.action = None;
        payout.closed_by = Some(closed_by);
        payout.outcome_unknown_since = None;
        payout.due_at = None;
        match to {
            State::Cancelled => payout.cancelled_at = Some(now),
            State::Expired => payout.expired_at = Some(now),
            _ => payout.failed_at = Some(now),
        }
    });
    Ok(())
}

/// Writes the event of a state that [`close`] has set.
pub(super) fn tell(
    books: &mut Books,
    caller: &Caller,
    id: PayoutId,
    to: State,
    message: &str,
    note: Option<String>,
    now: i64,
) {
    let from = books.payouts[&id].events.iter().rev().map(|event| event.to_state).next();
    let line = Line { event_type: EventType::StatusChange, from, to, message: message.to_owned(), note };
    books.event(id, caller, now, line);
}

pub(super) fn plan_question(
    books: &mut Books,
    caller: &Caller,
    ask: &AskToCancel,
    mint: &mut Mint,
) -> Result<Done, Refusal> {
    let now = mint.now();
    let payout = books.payout(ask.payout_id, caller)?.clone();
    payout.check(Step::AskToCancel, CancelPolicy::DESK)?;
    if books.cancellations.values().any(|asked| asked.payout_id == payout.id && asked.state.is_open()) {
        return Err(Refusal::asked_already());
    }
    let cancellation = Cancellation {
        id: mint.next(),
        payout_id: payout.id,
        client_id: payout.client_id,
        state: Question::Requested,
        reason: ask.reason.clone(),
        answer: None,
        actor_name: caller.name().to_owned(),
        answered_at: None,
        due_at: (!manual::pays(&payout)).then_some(now),
        version: 1,
    };
    books.cancellations.insert(cancellation.id, cancellation.clone());
    books.changes.new_cancellations.push(cancellation.id);
    note(books, caller, &payout, "Provider asked to cancel", ask.reason.clone(), now);
    Ok(Done::Cancellation(Box::new(cancellation)))
}

pub(super) fn plan_answer(
    books: &mut Books,
    caller: &Caller,
    news: &CancellationNews,
    mint: &mut Mint,
) -> Result<Ran, Refusal> {
    let now = mint.now();
    let payout = books.payout(news.payout_id, caller)?.clone();
    let asked = books
        .cancellations
        .get(&news.cancellation_id)
        .filter(|asked| asked.state.is_open())
        .cloned()
        .ok_or_else(|| Refusal::new(Rule::WrongState, "The cancellation is answered already."))?;
    check_version(news.version, asked.version)?;
    // Who knows it: the rail, or staff who settled the case.
    let (by, known) = match caller.who {
        Who::Staff { .. } => (ClosedBy::Staff, "staff settled"),
        _ => (ClosedBy::Rail, "the provider confirmed"),
    };
    // Silence that was written down already: only the time of the next question moves.
    let quiet = news.answer == Answer::Unknown && asked.state == Question::Unanswered;
    let (state, answer) = match &news.answer {
        Answer::Yes if payout.state.may_become(State::Cancelled) => {
            close(books, caller, payout.id, State::Cancelled, by, mint)?;
            books.look_again(payout.id, news.due_at);
            let message = format!("Payout cancelled: {known} that it was stopped");
            tell(books, caller, payout.id, State::Cancelled, &message, asked.reason.clone(), now);
            (Question::Confirmed, None)
        }
        // The rail stopped what it had begun to pay: the money never arrives, so it goes back to the wallet.
        Answer::Yes if payout.state == State::Settling => {
            let to = payout.check(Step::Fail, CancelPolicy::DESK)?;
            close(books, caller, payout.id, to, by, mint)?;
            let reason = "The provider stopped it while it was on its way.";
            books.change(payout.id, |payout| {
                payout.failure_code = Some(CANCELLED_BY_PROVIDER.into());
                payout.failure_reason = Some(reason.into());
                payout.due_at = news.due_at;
            });
            let message = format!("Payout failed: {known} that it was stopped");
            tell(books, caller, payout.id, to, &message, asked.reason.clone(), now);
            (Question::Confirmed, None)
        }
        // The payout has ended while the rail was asked; its yes changes nothing.
        Answer::Yes => (Question::Refused, Some(payout.too_late())),
        Answer::No(reason) => {
            let message = match by {
                _ if !payout.is_with_rail() => "The cancellation is over: nothing is left to stop",
                ClosedBy::Staff => "It was not stopped",
                _ => "Provider refused to cancel",
            };
            note(books, caller, &payout, message, Some(reason.clone()), now);
            (Question::Refused, Some(reason.clone()))
        }
        Answer::Unknown => {
            if asked.state == Question::Requested {
                note(books, caller, &payout, "Provider did not answer the cancellation", None, now);
            }
            (Question::Unanswered, None)
        }
    };
    let seen = books.changes.new_cancellations.contains(&asked.id);
    if !seen {
        books.changes.changed_cancellations.entry(asked.id).or_insert(asked.version);
    }
    let entry = books.cancellations.get_mut(&asked.id).expect("found above");
    entry.state = state;
    entry.answer = answer.or(entry.answer.take());
    entry.answered_at = (!state.is_open()).then_some(now);
    entry.due_at = if state.is_open() { news.due_at } else { None };
    entry.version += i64::from(!quiet);
    let entry = entry.clone();
    let doubt = Doubt {
        kind: CaseKind::UnansweredCancellation,
        subject_id: entry.id.to_string(),
        payout_id: payout.id,
        client_id: payout.client_id,
        amount: payout.amount(),
        since: (state == Question::Unanswered).then_some(now),
    };
    books.note_doubt((asked.state == Question::Unanswered).then_some(now), doubt);
    let done = Done::Cancellation(Box::new(entry));
    Ok(if quiet { Ran::Quiet(done) } else { Ran::New(done) })
}

/// What no rail has any more leaves no question open: whoever asked to stop it is told so, and a case about the question is
/// closed with it.
pub(super) fn follow(books: &mut Books, caller: &Caller, id: PayoutId, mint: &mut Mint) {
    let Some(payout) = books.payouts.get(&id).map(|record| &record.payout) else { return };
    if books.cancellations.is_empty() || payout.is_with_rail() {
        return;
    }
    let answer = match payout.state.is_final() {
        true => payout.too_late(),
        false => "The provider has not taken it: it can be cancelled at once.".to_owned(),
    };
    let open = books.cancellations.values().filter(|asked| asked.payout_id == id && asked.state.is_open());
    let open: Vec<_> = open.map(|asked| asked.id).collect();
    for cancellation_id in open {
        let answer = Answer::No(answer.clone());
        let news = CancellationNews { cancellation_id, payout_id: id, version: None, answer, due_at: None };
        // It is open and of this payout, so that nothing is left to refuse.
        drop(plan_answer(books, caller, &news, mint));
    }
}

fn note(books: &mut Books, caller: &Caller, payout: &Payout, message: &str, note: Option<String>, now: i64) {
    // The history is part of the record: whoever read it before has read another version.
    books.change(payout.id, |_| {});
    books.event(payout.id, caller, now, Line::remark(EventType::Cancellation, payout.state, message, note));
}
