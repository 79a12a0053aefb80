//! What a rail says of a payout that has ended: it paid what was refunded, or the bank sent it back.

use super::advance::Moved;
use super::link_life;
use crate::domain::books::{About, Books, Line};
use crate::domain::caller::{Caller, Who};
use crate::domain::case::{Doubt, Kind as CaseKind};
use crate::domain::command::{FAILED_AFTER_PAID, News};
use crate::domain::event::EventType;
use crate::domain::ids::Mint;
use crate::domain::ledger::{Account, Kind, Posting};
use crate::domain::money::Money;
use crate::domain::payout::{Payout, Refusal, Rule, State};

/// Whether this news tells of money that reached the payee after the wallet had it back.
pub(super) fn paid_after_refund(books: &Books, payout: &Payout, news: &News) -> bool {
    let handed_over = || books.payouts[&payout.id].was_handed_over();
    matches!(news, News::Completed { .. }) && payout.is_refunded() && handed_over()
}

/// The rail paid what was refunded: the desk has lost it, once, however often the rail says so. An end stays an end and
/// the wallet keeps its refund; history, ledger and reference tell what happened.
pub(super) fn lose(
    books: &mut Books,
    caller: &Caller,
    payout: &Payout,
    reference: Option<&str>,
    due_at: Option<i64>,
    mint: &mut Mint,
) -> Result<Moved, Refusal> {
    if books.payouts[&payout.id].is_lost() {
        books.look_again(payout.id, due_at);
        return Ok(Moved::Quietly);
    }
    let lost = payout.destination();
    let about = About {
        payout_id: Some(payout.id),
        remarks: format!("Payout {} was paid after its refund", payout.reference_id),
        ..About::default()
    };
    let posting = Posting::new(Account::Loss(lost.currency), Account::PaidOut(lost.currency), lost);
    books.post(mint, Kind::Loss, payout.wallet_id, [posting], about)?;
    books.change(payout.id, |payout| {
        payout.due_at = due_at;
        if let Some(reference) = reference {
            payout.rail_reference = Some(reference.to_owned());
        }
    });
    let message = "Provider paid it after its refund; booked as a loss of the desk";
    let note = format!("{lost} reached the payee; the refund stays in the wallet.");
    let now = mint.now();
    books.event(payout.id, caller, now, Line::remark(EventType::Loss, payout.state, message, Some(note)));
    let doubt = Doubt {
        kind: CaseKind::PaidAfterRefund,
        subject_id: payout.id.to_string(),
        payout_id: payout.id,
        client_id: payout.client_id,
        amount: lost,
        since: Some(now),
    };
    books.note_doubt(None, doubt);
    link_life::note(
        books,
        caller,
        payout.id,
        EventType::Loss,
        "Payout of the link was paid after its refund",
        None,
        now,
    );
    link_life::close_paid(books, caller, payout.id, mint);
    Ok(Moved::Visibly)
}

/// The rail says that it failed what it said it had paid. The money stays booked as paid out, and a case is opened, once:
/// two people find out who has it.
pub(super) fn contradict(
    books: &mut Books,
    caller: &Caller,
    payout: &Payout,
    (code, reason): (&str, &str),
    due_at: Option<i64>,
    now: i64,
) -> Result<Moved, Refusal> {
    if payout.state != State::Completed || payout.returned_at.is_some() {
        return Err(Refusal::new(Rule::WrongState, "It does not stand as paid."));
    }
    if books.payouts[&payout.id].is_contradicted() {
        books.look_again(payout.id, due_at);
        return Ok(Moved::Quietly);
    }
    books.change(payout.id, |payout| payout.due_at = due_at);
    let note = format!("{reason} ({code}) Nothing is booked before two people have settled it.");
    let line = Line::remark(EventType::Provider, payout.state, FAILED_AFTER_PAID, Some(note));
    books.event(payout.id, caller, now, line);
    books.note_doubt(None, contradiction(payout, Some(now)));
    Ok(Moved::Visibly)
}

/// The doubt whether a payout was paid that its rail said was, and then was not.
fn contradiction(payout: &Payout, since: Option<i64>) -> Doubt {
    Doubt {
        kind: CaseKind::FailedAfterPaid,
        subject_id: payout.id.to_string(),
        payout_id: payout.id,
        client_id: payout.client_id,
        amount: payout.amount(),
        since,
    }
}

/// The bank sent it back later: what is not yet reversed, and the fees, return to the wallet.
pub(super) fn give_back(
    books: &mut Books,
    caller: &Caller,
    payout: &Payout,
    reason: &str,
    mint: &mut Mint,
) -> Result<(), Refusal> {
    if payout.state != State::Completed || payout.returned_at.is_some() {
        return Err(Refusal::new(Rule::WrongState, "Only a completed payout can be returned, once."));
    }
    let available = Account::Available(payout.wallet_id);
    let source = Money::new(payout.amount_minor - payout.reversed_source_minor, payout.currency);
    let destination = Money::new(payout.destination_minor - payout.reversed_done_minor, payout.destination_currency);
    let fees = Posting::new(Account::Fees(payout.currency), available, payout.fees());
    let postings = if payout.currency == payout.destination_currency {
        [Posting::new(Account::PaidOut(source.currency), available, source), fees, None]
    } else {
        let exchange = Account::Exchange(destination.currency);
        [
            Posting::new(Account::PaidOut(destination.currency), exchange, destination),
            Posting::new(Account::Exchange(source.currency), available, source),
            fees,
        ]
    };
    if postings.iter().any(Option::is_some) {
        let about = About {
            payout_id: Some(payout.id),
            remarks: format!("Payout {} returned by the bank", payout.reference_id),
            ..About::default()
        };
        books.post(mint, Kind::PayoutReturn, payout.wallet_id, postings, about)?;
    }
    let now = mint.now();
    books.change(payout.id, |payout| {
        payout.returned_at = Some(now);
        payout.failure_reason = Some(reason.to_owned());
        payout.due_at = None;
    });
    // What came back has its answer, whatever the rail said before.
    if books.payouts[&payout.id].is_contradicted() {
        books.note_doubt(Some(now), contradiction(payout, None));
    }
    let (message, of_link) = match caller.who {
        Who::Staff { .. } => ("Payout returned: staff settled that it was not paid", "Payout of the link was not paid"),
        _ => ("Payout returned by the bank", "Payout of the link returned by the bank"),
    };
    let note = Some(reason.to_owned());
    books.event(payout.id, caller, now, Line::remark(EventType::Return, payout.state, message, note));
    let message = of_link;
    link_life::note(books, caller, payout.id, EventType::Return, message, Some(reason.to_owned()), now);
    Ok(())
}
