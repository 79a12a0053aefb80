//! A payout moves on by itself: queued, handed over, and what the rail says afterwards.

use super::aftermath::{contradict, give_back, lose, paid_after_refund};
use super::cancel::{close, tell};
use super::create::fund;
use super::notice::tell_of_payout;
use super::{Ran, by_hand, check_version};
use crate::domain::books::{About, Books, Line};
use crate::domain::caller::Caller;
use crate::domain::case::Verdict;
use crate::domain::command::{Advance, Done, News};
use crate::domain::event::EventType;
use crate::domain::freeze::Stop;
use crate::domain::ids::{Mint, PayoutId};
use crate::domain::ledger::{Account, Kind, Phase, Posting};
use crate::domain::manual;
use crate::domain::payout::{Action, CancelPolicy, ClosedBy, Payout, Refusal, Rule, State, Step};

/// A payout that waits for money is looked at again after this at first, then after ever longer pauses, in microseconds.
pub(super) const MONEY_PAUSE: i64 = 30 * 1_000_000;
const LONGEST_MONEY_PAUSE: i64 = 10 * 60 * 1_000_000;

/// What staff settled is asked about again after this, in microseconds: the rail may know better.
pub(super) const SETTLED_PAUSE: i64 = 60 * 1_000_000;

/// A payout whose news is refused is looked at again after this, in microseconds: also one that a freeze holds back,
/// unless the freeze is lifted before.
pub const REFUSED_PAUSE: i64 = 10 * 60 * 1_000_000;

pub(super) fn plan(books: &mut Books, caller: &Caller, advance: &Advance, mint: &mut Mint) -> Result<Ran, Refusal> {
    let payout = books.payout(advance.payout_id, caller)?.clone();
    // That it paid is a fact, whatever the job had seen before it asked.
    if !paid_after_refund(books, &payout, &advance.news) {
        check_version(advance.version, payout.version)?;
    }
    let now = mint.now();
    let moved = go_on(books, caller, &payout, advance, mint);
    // What is due and refused would be due again at every look, for ever.
    if moved.is_err() && payout.due_at.is_some_and(|due_at| due_at <= now) {
        books.look_again(payout.id, (!payout.state.is_final()).then_some(now + REFUSED_PAUSE));
    }
    let quiet = moved? == Moved::Quietly;
    let done = Done::Payout(Box::new(books.payouts[&payout.id].clone()));
    Ok(if quiet { Ran::Quiet(done) } else { Ran::New(done) })
}

/// Whether news changed anything that people can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    Visibly,
    Quietly,
}

fn go_on(
    books: &mut Books,
    caller: &Caller,
    payout: &Payout,
    advance: &Advance,
    mint: &mut Mint,
) -> Result<Moved, Refusal> {
    let id = payout.id;
    let now = mint.now();
    let go = |step| payout.check(step, CancelPolicy::DESK);
    let due_at = advance.due_at;
    match &advance.news {
        News::Queued => {
            let to = go(Step::Queue)?;
            books.change(id, |payout| {
                payout.state = to;
                payout.queued_at = Some(now);
                payout.due_at = due_at;
            });
            tell(books, caller, id, to, "Payout queued", None, now);
        }
        News::Funded => return set_aside(books, caller, payout, due_at, mint),
        News::Submitted => {
            hand_over(books, caller, payout, due_at, "Payout handed to the provider", now)?;
        }
        News::Again => {
            if payout.state != State::Processing {
                return Err(Refusal::new(Rule::WrongState, "Its provider has heard of it."));
            }
            check_frozen(books, caller, payout)?;
            books.look_again(id, due_at);
            return Ok(Moved::Quietly);
        }
        News::Accepted { reference } => accept(books, caller, payout, reference.as_deref(), due_at, now)?,
        News::Completed { reference } if paid_after_refund(books, payout, &advance.news) => {
            return lose(books, caller, payout, reference.as_deref(), due_at, mint);
        }
        News::Completed { reference } => {
            // A rail that says "paid" at once has also accepted: both steps, in order.
            if payout.state != State::Settling {
                accept(books, caller, payout, reference.as_deref(), due_at, now)?;
            }
            complete(books, caller, payout, due_at, mint);
        }
        News::Failed { code, reason } => {
            let to = go(Step::Fail)?;
            close(books, caller, id, to, ClosedBy::Rail, mint)?;
            books.change(id, |payout| {
                payout.failure_code = Some(code.clone());
                payout.failure_reason = Some(reason.clone());
                payout.due_at = due_at;
            });
            tell(books, caller, id, to, "Payout failed", Some(reason.clone()), now);
        }
        News::FailedAfterPaid { code, reason } => {
            return contradict(books, caller, payout, (code, reason), due_at, now);
        }
        News::NotTaken { reason } | News::ActionNeeded { reason } => {
            let to = go(Step::AskAction)?;
            let taken = matches!(advance.news, News::ActionNeeded { .. });
            books.change(id, |payout| {
                payout.state = to;
                payout.action = Some(Action::Verification);
                payout.outcome_unknown_since = None;
                payout.due_at = due_at;
                if !taken {
                    payout.submitted_at = None;
                }
            });
            tell(books, caller, id, to, "Provider asks for an action", Some(reason.clone()), now);
        }
        News::Unknown | News::Unchanged => return still(books, caller, payout, advance, now),
        News::Expired => {
            let to = go(Step::Expire)?;
            close(books, caller, id, to, ClosedBy::Time, mint)?;
            tell(books, caller, id, to, "Payout expired", None, now);
        }
        News::Returned { reason } => give_back(books, caller, payout, reason, mint)?,
    }
    Ok(Moved::Visibly)
}

/// To the rail: the payout is not Paydesk's alone from now on. `message` says whose it is, for its history.
pub(super) fn hand_over(
    books: &mut Books,
    caller: &Caller,
    payout: &Payout,
    due_at: Option<i64>,
    message: &str,
    now: i64,
) -> Result<(), Refusal> {
    let to = payout.check(Step::Submit, CancelPolicy::DESK)?;
    check_frozen(books, caller, payout)?;
    books.change(payout.id, |payout| {
        payout.state = to;
        payout.submitted_at = Some(now);
        payout.due_at = due_at;
    });
    tell(books, caller, payout.id, to, message, None, now);
    Ok(())
}

/// Nothing frozen is handed over, nor does a frozen program play that it was.
fn check_frozen(books: &Books, caller: &Caller, payout: &Payout) -> Result<(), Refusal> {
    books.freezes.check_caller(caller, Stop::HandOver)?;
    books.freezes.check_payout(payout, Stop::HandOver)
}

/// The news in words, for the audit log.
pub(super) fn words(news: &News) -> String {
    match news {
        News::Queued => "queued".into(),
        News::Funded => "looked for money".into(),
        News::Submitted => "handed to the provider".into(),
        News::Again => "handed to the provider again".into(),
        News::Accepted { .. } => "accepted by the provider".into(),
        News::Completed { .. } => "completed".into(),
        News::Failed { code, reason } => format!("failed: {code}: {reason}"),
        News::FailedAfterPaid { code, reason } => format!("failed after it was paid: {code}: {reason}"),
        News::NotTaken { reason } => format!("not taken: {reason}"),
        News::ActionNeeded { reason } => format!("action needed: {reason}"),
        News::Unknown => "the provider did not answer".into(),
        News::Unchanged => "the provider answers again".into(),
        News::Expired => "expired".into(),
        News::Returned { reason } => format!("returned by the bank: {reason}"),
    }
}

/// Opens the hold of a payout that waits for money; with too little still, only the time of the next look moves.
fn set_aside(
    books: &mut Books,
    caller: &Caller,
    payout: &Payout,
    due_at: Option<i64>,
    mint: &mut Mint,
) -> Result<Moved, Refusal> {
    if !payout.waits_for_money() {
        return Err(Refusal::new(Rule::WrongState, "It does not wait for money."));
    }
    let now = mint.now();
    match fund(books, payout, mint) {
        Ok(hold) => {
            books.change(payout.id, |payout| {
                payout.hold_id = Some(hold);
                payout.due_at = due_at;
            });
            let message = "The wallet has enough money; it is held for the payout";
            books.event(payout.id, caller, now, Line::remark(EventType::Funding, payout.state, message, None));
            Ok(Moved::Visibly)
        }
        Err(refusal) if refusal.rule == Rule::InsufficientFunds => {
            let waited = now - payout.queued_at.unwrap_or(now);
            let pause = (waited / 10).clamp(MONEY_PAUSE, LONGEST_MONEY_PAUSE);
            books.look_again(payout.id, Some(now + pause));
            Ok(Moved::Quietly)
        }
        Err(refusal) => Err(refusal),
    }
}

fn accept(
    books: &mut Books,
    caller: &Caller,
    payout: &Payout,
    reference: Option<&str>,
    due_at: Option<i64>,
    now: i64,
) -> Result<(), Refusal> {
    let to = payout.check(Step::Accept, CancelPolicy::DESK)?;
    books.change(payout.id, |payout| {
        payout.state = to;
        payout.action = None;
        payout.settling_at = Some(now);
        payout.outcome_unknown_since = None;
        payout.due_at = due_at;
        if let Some(reference) = reference {
            payout.rail_reference = Some(reference.to_owned());
        }
    });
    tell(books, caller, payout.id, to, "Payout is settling", None, now);
    Ok(())
}

/// Completes a payout that is settling, which is never refused: what it pays is held.
fn complete(books: &mut Books, caller: &Caller, payout: &Payout, due_at: Option<i64>, mint: &mut Mint) {
    let settling = &books.payouts[&payout.id].payout;
    let to = settling.check(Step::Complete, CancelPolicy::DESK).expect("the caller has made it settling");
    let hold = payout.hold_id.expect("only held payouts are handed to a rail");
    let held = Account::Held(payout.wallet_id);
    let (amount, fees, destination) = (payout.amount(), payout.fees(), payout.destination());
    let fees = Posting::new(held, Account::Fees(fees.currency), fees);
    let postings = if amount.currency == destination.currency {
        [Posting::new(held, Account::PaidOut(amount.currency), amount), fees, None]
    } else {
        let out = Account::Exchange(destination.currency);
        [
            Posting::new(held, Account::Exchange(amount.currency), amount),
            Posting::new(out, Account::PaidOut(destination.currency), destination),
            fees,
        ]
    };
    let about = About {
        payout_id: Some(payout.id),
        hold: Some((hold, Phase::Close)),
        remarks: format!("Payout {} completed", payout.reference_id),
        ..About::default()
    };
    books.post(mint, Kind::PayoutSettled, payout.wallet_id, postings, about).expect("its own money is held");
    let now = mint.now();
    books.change(payout.id, |payout| {
        payout.state = to;
        payout.completed_at = Some(now);
        payout.outcome_unknown_since = None;
        payout.due_at = due_at;
    });
    tell(books, caller, payout.id, to, "Payout completed", None, now);
    if payout.notify {
        tell_of_payout(books, payout.id, mint);
    }
}

/// What became of a payout that its rail does not answer about, as staff settled it.
pub(super) fn settle(
    books: &mut Books,
    caller: &Caller,
    id: PayoutId,
    verdict: Verdict,
    reason: &str,
    mint: &mut Mint,
) -> Result<(), Refusal> {
    let payout = books.payout(id, caller)?.clone();
    let now = mint.now();
    if verdict == Verdict::Done {
        if payout.state != State::Settling {
            accept(books, caller, &payout, None, None, now)?;
        }
        complete(books, caller, &payout, Some(now + SETTLED_PAUSE), mint);
        return Ok(());
    }
    let to = payout.check(Step::Fail, CancelPolicy::DESK)?;
    close(books, caller, id, to, ClosedBy::Staff, mint)?;
    books.change(id, |payout| {
        payout.failure_code = Some("settled_by_staff".into());
        payout.failure_reason = Some(reason.to_owned());
        payout.due_at = Some(now + SETTLED_PAUSE);
    });
    tell(books, caller, id, to, "Payout failed", Some(reason.to_owned()), now);
    Ok(())
}

/// The rail did not answer, or had nothing new to say. While nobody knows what became of a payout its money stays held
/// and the rail is asked again, with the same key.
fn still(books: &mut Books, caller: &Caller, payout: &Payout, advance: &Advance, now: i64) -> Result<Moved, Refusal> {
    let due_at = advance.due_at;
    // What may still bounce, or be paid all the same, is watched; its outcome is known whatever the rail says now.
    let watched = payout.state.is_final() && payout.due_at.is_some();
    if !payout.is_with_rail() && !watched {
        return Err(Refusal::new(Rule::WrongState, "No provider has it."));
    }
    let unknown = advance.news == News::Unknown;
    if watched || unknown == payout.outcome_unknown_since.is_some() {
        books.look_again(payout.id, due_at);
        return Ok(Moved::Quietly);
    }
    books.change(payout.id, |payout| {
        payout.outcome_unknown_since = unknown.then_some(now);
        payout.due_at = due_at;
    });
    let message = match unknown {
        true if by_hand::is_recorded(books, payout.id) => {
            "What became of it is recorded and waits for a second person; it is not booked yet"
        }
        true if manual::pays(payout) => "Nobody has recorded what became of it; the outcome is not known",
        true => "Provider did not answer; the outcome is not known yet",
        false => "Provider answers again",
    };
    books.event(payout.id, caller, now, Line::remark(EventType::Provider, payout.state, message, None));
    by_hand::bind_again(books, payout);
    Ok(Moved::Visibly)
}
