//! Staff settle a case: what one proposed and a second person confirms is booked by the same plans as a rail's answer.

use super::{advance, aftermath, cancel, check_version, reverse};
use crate::domain::books::{Books, Line};
use crate::domain::caller::Caller;
use crate::domain::case::{Case, Ending, Kind, State, Verdict};
use crate::domain::command::{Answer, CancellationNews, Done, ReversalNews, Reversed, Settle};
use crate::domain::event::EventType;
use crate::domain::ids::Mint;
use crate::domain::payout::{Payout, Refusal, Rule};

pub(super) fn plan(books: &mut Books, caller: &Caller, settle: &Settle, mint: &mut Mint) -> Result<Done, Refusal> {
    let now = mint.now();
    let payout = books.payout(settle.payout_id, caller)?.clone();
    let case = books
        .cases
        .get(&settle.case_id)
        .filter(|case| case.payout_id == payout.id)
        .cloned()
        .ok_or_else(|| Refusal::new(Rule::NotFound, "There is no such case."))?;
    let subject_version = subject_version(books, &case, &payout)?;
    let verdict = case.check_confirm(caller, subject_version)?;
    check_version(settle.version, case.version)?;
    // A question stays as it is when its payout moves on, and its answer means something else from then on.
    if case.kind == Kind::UnansweredCancellation && moved_since(books, &case) {
        return Err(Refusal::proposed_before());
    }
    let reason = case.verdict_reason.clone().unwrap_or_default();
    let entry = books.cases.get_mut(&case.id).expect("found above");
    entry.state = State::Closed;
    entry.ending = Some(Ending::Settled);
    entry.confirmed_by = caller.person();
    entry.closed_at = Some(now);
    entry.version += 1;
    books.changes.settled_cases.push(case.id);
    let note = format!("{reason} (proposed by {})", settle.proposed_by);
    let line = Line::remark(EventType::Provider, payout.state, said(case.kind, verdict), Some(note));
    // The history is part of the record: whoever read it before has read another version.
    books.change(payout.id, |_| {});
    books.event(payout.id, caller, now, line);
    book(books, caller, &case, verdict, &reason, mint).expect("checked above: the doubt still stands");
    Ok(Done::Payout(Box::new(books.payouts[&payout.id].clone())))
}

/// The version of what the case is about, as it stands, when there is still something to settle.
fn subject_version(books: &Books, case: &Case, payout: &Payout) -> Result<i64, Refusal> {
    let found = match case.kind {
        Kind::UnknownPayout => payout.outcome_unknown_since.map(|_| payout.version),
        Kind::PaidAfterRefund => Some(payout.version),
        Kind::FailedAfterPaid => payout.stands_as_paid().then_some(payout.version),
        // What the bank sent back whole cannot come back a second time.
        Kind::UnknownReversal => books
            .reversals
            .values()
            .find(|reversal| reversal.id.to_string() == case.subject_id && reversal.outcome_unknown_since.is_some())
            .filter(|_| payout.returned_at.is_none())
            .map(|reversal| reversal.version),
        Kind::UnansweredCancellation => books
            .cancellations
            .values()
            .find(|asked| asked.id.to_string() == case.subject_id && asked.state.is_open())
            .filter(|_| !payout.state.is_final())
            .map(|asked| asked.version),
    };
    found.ok_or_else(|| {
        Refusal::new(Rule::WrongState, format!("Nothing is left to settle: the payout {}.", payout.standing()))
    })
}

/// Whether the payout has another state than when the settling was proposed.
fn moved_since(books: &Books, case: &Case) -> bool {
    let mut events = books.payouts[&case.payout_id].events.iter();
    events.any(|event| {
        event.event_type == EventType::StatusChange && case.proposed_at.is_none_or(|at| event.created_at > at)
    })
}

/// Books what was settled. [`subject_version`] has found that there is still a doubt, so no plan refuses.
fn book(
    books: &mut Books,
    caller: &Caller,
    case: &Case,
    verdict: Verdict,
    reason: &str,
    mint: &mut Mint,
) -> Result<(), Refusal> {
    let no = || reason.to_owned();
    match case.kind {
        Kind::UnknownPayout => advance::settle(books, caller, case.payout_id, verdict, reason, mint),
        Kind::PaidAfterRefund => Ok(()),
        Kind::FailedAfterPaid if verdict == Verdict::Done => Ok(()),
        Kind::FailedAfterPaid => {
            let payout = books.payout(case.payout_id, caller)?.clone();
            aftermath::give_back(books, caller, &payout, reason, mint)
        }
        Kind::UnknownReversal => {
            let answer = if verdict == Verdict::Done { Reversed::All } else { Reversed::No(no()) };
            let reversal_id = case.subject_id.parse().map_err(|_| unreadable())?;
            let news = ReversalNews { reversal_id, payout_id: case.payout_id, version: None, answer, due_at: None };
            reverse::plan_news(books, caller, &news, mint).map(|_| ())
        }
        Kind::UnansweredCancellation => {
            let answer = if verdict == Verdict::Done { Answer::Yes } else { Answer::No(no()) };
            let cancellation_id = case.subject_id.parse().map_err(|_| unreadable())?;
            let due_at = (verdict == Verdict::Done).then(|| mint.now() + advance::SETTLED_PAUSE);
            let news = CancellationNews { cancellation_id, payout_id: case.payout_id, version: None, answer, due_at };
            cancel::plan_answer(books, caller, &news, mint).map(|_| ())
        }
    }
}

fn unreadable() -> Refusal {
    Refusal::new(Rule::NotFound, "The case is about nothing that is known.")
}

fn said(kind: Kind, verdict: Verdict) -> &'static str {
    match (kind, verdict) {
        (Kind::UnknownPayout, Verdict::Done) => "Staff settled the unknown outcome: it was paid",
        (Kind::UnknownPayout, Verdict::NotDone) => "Staff settled the unknown outcome: it was not paid",
        (Kind::UnknownReversal, Verdict::Done) => "Staff settled the unknown reversal: the money is back",
        (Kind::UnknownReversal, Verdict::NotDone) => "Staff settled the unknown reversal: nothing came back",
        (Kind::UnansweredCancellation, Verdict::Done) => "Staff settled the unanswered cancellation: it was stopped",
        (Kind::UnansweredCancellation, Verdict::NotDone) => {
            "Staff settled the unanswered cancellation: it was not stopped"
        }
        (Kind::FailedAfterPaid, Verdict::Done) => "Staff settled the contradiction: it was paid",
        (Kind::FailedAfterPaid, Verdict::NotDone) => "Staff settled the contradiction: it was not paid",
        (Kind::PaidAfterRefund, _) => "Staff closed the case of the loss",
    }
}
