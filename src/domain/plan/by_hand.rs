//! Payouts that staff pay at the bank: taken, recorded and confirmed, by the same plans as a rail's answers.

use super::{advance, cancel, check_version, reverse};
use crate::domain::books::{Books, Line};
use crate::domain::caller::Caller;
use crate::domain::case::Verdict;
use crate::domain::command::{
    Advance, Answer, ByHand, CancellationNews, Done, News, PayoutRecord, ReversalNews, Reversed, Said, Work,
};
use crate::domain::event::EventType;
use crate::domain::ids::{ManualAnswerId, Mint, PayoutId};
use crate::domain::manual::{self, Kind, ManualAnswer, State, Taking};
use crate::domain::payout::{Payout, Refusal, Rule};
use crate::domain::reversal::State as ReversalState;

/// The failure code of a payout that staff could not pay.
const FAILED_AT_BANK: &str = "failed_at_bank";

pub(super) fn plan(books: &mut Books, caller: &Caller, by_hand: &ByHand, mint: &mut Mint) -> Result<Done, Refusal> {
    let id = by_hand.payout_id;
    let payout = books.payout(id, caller)?.clone();
    if !manual::pays(&payout) {
        return Err(Refusal::new(Rule::WrongState, "Nobody pays it by hand: its provider is a program."));
    }
    match &by_hand.work {
        Work::Take => take(books, caller, &payout, mint)?,
        Work::Record(said) => record(books, caller, &payout, said, mint)?,
        Work::Confirm { answer_id, version, .. } => confirm(books, caller, &payout, *answer_id, *version, mint)?,
        Work::TakeBack { answer_id } => take_back(books, caller, &payout, *answer_id, mint)?,
    }
    Ok(Done::Payout(Box::new(books.payouts[&id].clone())))
}

/// What ended leaves nothing to be confirmed by a second person: that is over.
pub(super) fn follow(books: &mut Books, id: PayoutId, now: i64) {
    let ended = |record: &PayoutRecord| manual::pays(&record.payout) && record.payout.state.is_final();
    if !books.payouts.get(&id).is_some_and(ended) {
        return;
    }
    let aftermath = manual::aftermath(&books.payouts[&id]);
    let over = |answer: &&ManualAnswer| match answer.kind {
        Kind::Payout | Kind::Cancellation => true,
        Kind::Reversal => false,
        Kind::Aftermath => aftermath != Ok(answer.verdict),
    };
    let of_payout = |answer: &&ManualAnswer| answer.payout_id == id && answer.state == State::Waiting;
    let waiting = books.by_hand.answers.values().filter(of_payout).filter(over);
    let waiting: Vec<_> = waiting.map(|answer| answer.id).collect();
    for answer in waiting {
        change(books, answer, |answer| {
            answer.state = State::Withdrawn;
            answer.closed_at = Some(now);
        });
    }
}

fn take(books: &mut Books, caller: &Caller, payout: &Payout, mint: &mut Mint) -> Result<(), Refusal> {
    let staff_id = caller.person().ok_or_else(nobody)?;
    if payout.submitted_at.is_some() && !payout.state.is_final() {
        return Err(Refusal::new(Rule::WrongState, "It is taken already.")
            .instead("Whoever took it pays it; ask them before you pay anything."));
    }
    if payout.waits_for_money() {
        return Err(Refusal::new(Rule::InsufficientFunds, "It waits until its wallet has enough money."));
    }
    advance::hand_over(books, caller, payout, None, "Taken by staff, who pay it at the bank", mint.now())?;
    books.by_hand.takings.push(Taking { payout_id: payout.id, staff_id, taken_at: mint.now() });
    Ok(())
}

fn record(books: &mut Books, caller: &Caller, payout: &Payout, said: &Said, mint: &mut Mint) -> Result<(), Refusal> {
    let recorded_by = caller.person().ok_or_else(nobody)?;
    check_subject(books, payout, said.kind, said.verdict, &said.subject_id)?;
    let of_subject = |answer: &&ManualAnswer| answer.subject_id == said.subject_id && answer.state == State::Waiting;
    if let Some(waiting) = books.by_hand.answers.values().find(of_subject) {
        let (name, what) = (&waiting.recorded_name, waiting.kind.said(waiting.verdict));
        return Err(Refusal::new(Rule::WrongState, format!("{name} has recorded already that {what}."))
            .instead("A second person confirms that, or it is taken back first."));
    }
    check_version(Some(said.version), payout.version)?;
    if let Some(reference) = said.reference.as_ref().filter(|_| said.kind.names_payment(said.verdict)) {
        check_reference(books, payout, reference)?;
    }
    let alone = !books.wallets[&payout.wallet_id].needs_approval(payout.amount_minor);
    let now = mint.now();
    let answer = ManualAnswer {
        id: mint.next(),
        kind: said.kind,
        subject_id: said.subject_id.clone(),
        payout_id: payout.id,
        wallet_id: payout.wallet_id,
        verdict: said.verdict,
        reference: said.reference.clone(),
        paid_on: said.paid_on.clone(),
        reason: said.reason.clone(),
        payout_version: payout.version,
        state: if alone { State::Booked } else { State::Waiting },
        recorded_by,
        recorded_name: caller.name().to_owned(),
        confirmed_by: None,
        confirmed_name: None,
        closed_at: alone.then_some(now),
        version: 1,
    };
    let what = said.kind.said(said.verdict);
    let message = match alone {
        true => format!("Recorded at the bank: {what}"),
        false => format!("Recorded at the bank: {what}; a second person confirms it"),
    };
    note(books, caller, payout, message, answer.words(), now);
    let id = answer.id;
    // The line above is part of what is confirmed.
    let payout_version = books.payouts[&payout.id].payout.version;
    books.by_hand.answers.insert(id, ManualAnswer { payout_version, ..answer });
    books.by_hand.new_answers.push(id);
    if alone { book(books, caller, id, mint) } else { Ok(()) }
}

fn confirm(
    books: &mut Books,
    caller: &Caller,
    payout: &Payout,
    id: ManualAnswerId,
    version: i64,
    mint: &mut Mint,
) -> Result<(), Refusal> {
    let answer = find(books, payout, id)?;
    answer.check_confirm(caller, payout)?;
    check_version(Some(version), answer.version)?;
    check_subject(books, payout, answer.kind, answer.verdict, &answer.subject_id)?;
    let now = mint.now();
    change(books, id, |answer| {
        answer.state = State::Booked;
        answer.confirmed_by = caller.person();
        answer.confirmed_name = Some(caller.name().to_owned());
        answer.closed_at = Some(now);
    });
    let message = format!("Confirmed: {}", answer.kind.said(answer.verdict));
    note(books, caller, payout, message, format!("{} (recorded by {})", answer.words(), answer.recorded_name), now);
    book(books, caller, id, mint)
}

fn take_back(
    books: &mut Books,
    caller: &Caller,
    payout: &Payout,
    id: ManualAnswerId,
    mint: &mut Mint,
) -> Result<(), Refusal> {
    let answer = find(books, payout, id)?;
    answer.check_waiting()?;
    let now = mint.now();
    change(books, id, |answer| {
        answer.state = State::Withdrawn;
        answer.closed_at = Some(now);
    });
    let message = format!("Taken back: that {}", answer.kind.said(answer.verdict));
    note(books, caller, payout, message, answer.words(), now);
    Ok(())
}

/// Books what was said as if a rail had said it.
fn book(books: &mut Books, caller: &Caller, id: ManualAnswerId, mint: &mut Mint) -> Result<(), Refusal> {
    let answer = books.by_hand.answers[&id].clone();
    let payout_id = answer.payout_id;
    let reason = answer.reason.clone().unwrap_or_default();
    let done = answer.verdict == Verdict::Done;
    match answer.kind {
        Kind::Payout | Kind::Aftermath => {
            let news = match (answer.kind, done) {
                // Of a payout that was refunded it is the news of a loss.
                (_, true) => News::Completed { reference: answer.reference },
                (Kind::Aftermath, false) => News::Returned { reason },
                (_, false) => News::Failed { code: FAILED_AT_BANK.into(), reason },
            };
            let news = Advance { payout_id, version: None, news, due_at: None };
            advance::plan(books, caller, &news, mint).map(|_| ())
        }
        Kind::Cancellation => {
            let cancellation_id = answer.subject_id.parse().map_err(|_| nothing())?;
            let said = if done { Answer::Yes } else { Answer::No(reason) };
            let news = CancellationNews { cancellation_id, payout_id, version: None, answer: said, due_at: None };
            cancel::plan_answer(books, caller, &news, mint).map(|_| ())
        }
        Kind::Reversal => {
            let reversal_id = answer.subject_id.parse().map_err(|_| nothing())?;
            let said = if done { Reversed::All } else { Reversed::No(reason) };
            let news = ReversalNews { reversal_id, payout_id, version: None, answer: said, due_at: None };
            reverse::plan_news(books, caller, &news, mint).map(|_| ())
        }
    }
}

/// Refuses what is not of this payout, and what has its answer already.
fn check_subject(
    books: &Books,
    payout: &Payout,
    kind: Kind,
    verdict: Verdict,
    subject_id: &str,
) -> Result<(), Refusal> {
    match kind {
        Kind::Payout | Kind::Aftermath if payout.id.to_string() != subject_id => Err(nothing()),
        Kind::Payout if payout.state.is_final() => Err(Refusal::new(
            Rule::WrongState,
            format!("Its outcome is booked already: the payout {}.", payout.state.words()),
        )),
        Kind::Payout if payout.submitted_at.is_none() => {
            Err(Refusal::new(Rule::WrongState, "Nobody has taken it yet.").instead("Take it before you pay it."))
        }
        Kind::Payout => Ok(()),
        Kind::Aftermath => match manual::aftermath(&books.payouts[&payout.id])? {
            possible if possible == verdict => Ok(()),
            _ => {
                let (what, words) = (kind.said(verdict), payout.state.words());
                Err(Refusal::new(Rule::WrongState, format!("That {what} cannot be: the payout {words}.")))
            }
        },
        Kind::Cancellation => {
            let of_payout = books.cancellations.values().filter(|asked| asked.payout_id == payout.id);
            let asked = of_payout.into_iter().find(|asked| asked.id.to_string() == subject_id).ok_or_else(nothing)?;
            match asked.state.is_open() {
                true => Ok(()),
                false => Err(Refusal::new(Rule::WrongState, "The cancellation is answered already.")),
            }
        }
        Kind::Reversal => {
            let of_payout = books.reversals.values().filter(|reversal| reversal.payout_id == payout.id);
            let reversal = of_payout.into_iter().find(|one| one.id.to_string() == subject_id).ok_or_else(nothing)?;
            match reversal.state {
                ReversalState::Pending => Ok(()),
                ended => Err(Refusal::new(Rule::WrongState, format!("The reversal is already {}.", ended.name()))),
            }
        }
    }
}

/// Refuses a reference of the bank that stands for another payout of the wallet.
fn check_reference(books: &Books, payout: &Payout, reference: &str) -> Result<(), Refusal> {
    let stands = |answer: &&ManualAnswer| {
        answer.wallet_id == payout.wallet_id
            && answer.kind.names_payment(answer.verdict)
            && answer.state != State::Withdrawn
            && answer.reference.as_deref() == Some(reference)
    };
    match books.by_hand.answers.values().find(stands) {
        Some(other) => Err(Refusal::new(
            Rule::ReferenceTaken,
            format!("The bank’s reference {reference} is recorded already, for {}.", other.payout_id),
        )
        .instead("Look at the bank’s statement again: each payment has a reference of its own.")),
        None => Ok(()),
    }
}

fn find(books: &Books, payout: &Payout, id: ManualAnswerId) -> Result<ManualAnswer, Refusal> {
    let found = books.by_hand.answers.get(&id).filter(|answer| answer.payout_id == payout.id);
    found.cloned().ok_or_else(nothing)
}

/// Whether its outcome is recorded and waits for a second person.
pub(super) fn is_recorded(books: &Books, id: PayoutId) -> bool {
    let waits = |answer: &ManualAnswer| answer.payout_id == id && answer.state == State::Waiting;
    books.by_hand.answers.values().any(|answer| waits(answer) && answer.kind == Kind::Payout)
}

/// What waited for a second person and held for the payout as it was holds for it as it is, though a job has added a line
/// to its history since.
pub(super) fn bind_again(books: &mut Books, before: &Payout) {
    let version = books.payouts[&before.id].payout.version;
    let by_hand = &mut books.by_hand;
    let held = |answer: &&mut ManualAnswer| {
        answer.payout_id == before.id && answer.state == State::Waiting && answer.payout_version == before.version
    };
    for answer in by_hand.answers.values_mut().filter(held) {
        // It says what it said, so that whoever is looking at it may confirm it still: its own version stays.
        if !by_hand.new_answers.contains(&answer.id) {
            by_hand.changed_answers.entry(answer.id).or_insert(answer.version);
        }
        answer.payout_version = version;
    }
}

/// Changes an answer; the version it was loaded at guards its row.
fn change(books: &mut Books, id: ManualAnswerId, how: impl FnOnce(&mut ManualAnswer)) {
    let by_hand = &mut books.by_hand;
    let answer = by_hand.answers.get_mut(&id).expect("a plan changes only what was loaded");
    if !by_hand.new_answers.contains(&id) {
        by_hand.changed_answers.entry(id).or_insert(answer.version);
    }
    answer.version += 1;
    how(answer);
}

fn note(books: &mut Books, caller: &Caller, payout: &Payout, message: String, note: String, now: i64) {
    // The history is part of the record: whoever read it before has read another version.
    books.change(payout.id, |_| {});
    let note = Some(note).filter(|note| !note.is_empty());
    books.event(payout.id, caller, now, Line::remark(EventType::Provider, payout.state, message, note));
}

fn nothing() -> Refusal {
    Refusal::new(Rule::NotFound, "There is nothing like that to record.")
}

fn nobody() -> Refusal {
    Refusal::new(Rule::Forbidden, "Only people pay by hand.")
}
