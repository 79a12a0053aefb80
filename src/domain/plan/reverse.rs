//! Reversing a completed payout, in parts, until nothing is left.

use super::notice::tell_of_reversal;
use super::{Ran, check_version};
use crate::domain::books::{About, Books, Line};
use crate::domain::caller::Caller;
use crate::domain::case::{Doubt, Kind as CaseKind};
use crate::domain::command::{Done, NewReversal, ReversalNews, Reversed};
use crate::domain::event::EventType;
use crate::domain::ids::Mint;
use crate::domain::ledger::{Account, Kind, Posting};
use crate::domain::manual;
use crate::domain::money::Money;
use crate::domain::payout::{CancelPolicy, Payout, Refusal, Rule, Step};
use crate::domain::reversal::{Reversal, State, source_part};

/// Books the intent: the amount counts against what is left from now on, and a job asks the rail.
pub(super) fn plan(books: &mut Books, caller: &Caller, new: &NewReversal, mint: &mut Mint) -> Result<Done, Refusal> {
    let now = mint.now();
    let payout = books.payout(new.payout_id, caller)?.clone();
    payout.check(Step::Reverse, CancelPolicy::DESK)?;
    check_version(new.version, payout.version)?;
    let left = payout.reversible();
    let amount = Money::new(new.amount_minor.unwrap_or(left.minor), left.currency);
    if amount.minor > left.minor {
        return Err(Refusal::new(
            Rule::ReversalTooLarge,
            format!("{amount} is more than the {left} that can still be reversed."),
        )
        .detail(format!("amount: {} requested, {} available", amount.plain(), left.plain()))
        .instead(format!("Reverse {left} or less.")));
    }
    if let Some(transfer_id) = &new.client_transfer_id
        && !books.transfer_ids.insert((payout.client_id, transfer_id.clone()))
    {
        return Err(Refusal::new(Rule::TransferIdTaken, "Another reversal has this client_transfer_id.")
            .detail(format!("client_transfer_id: {transfer_id} was used before")));
    }
    let reversal = Reversal {
        id: mint.next(),
        payout_id: payout.id,
        client_id: payout.client_id,
        wallet_id: payout.wallet_id,
        state: State::Pending,
        amount_minor: amount.minor,
        currency: amount.currency,
        source_minor: None,
        remaining_minor: left.minor - amount.minor,
        reason: new.reason.clone(),
        client_transfer_id: new.client_transfer_id.clone(),
        statement_description: new.statement_description.clone(),
        metadata: new.metadata.clone(),
        notify: new.notify,
        maker_staff_id: caller.person().unwrap_or(payout.maker_staff_id),
        maker_credential_id: caller.credential(),
        failure_reason: None,
        completed_at: None,
        failed_at: None,
        outcome_unknown_since: None,
        due_at: (!manual::pays(&payout)).then_some(now),
        version: 1,
    };
    books.change(payout.id, |payout| payout.reversed_minor += amount.minor);
    books.reversals.insert(reversal.id, reversal.clone());
    books.changes.new_reversals.push(reversal.id);
    let message = format!("Reversal of {amount} asked for");
    note(books, caller, &payout, message, Some(new.reason.clone()), now);
    books.announce_reversal(reversal.id);
    Ok(Done::Reversal(Box::new(reversal)))
}

/// Books what the rail said: the money back in the wallet, or the amount free to reverse again.
pub(super) fn plan_news(
    books: &mut Books,
    caller: &Caller,
    news: &ReversalNews,
    mint: &mut Mint,
) -> Result<Ran, Refusal> {
    let now = mint.now();
    let payout = books.payout(news.payout_id, caller)?.clone();
    let before = books
        .reversals
        .get(&news.reversal_id)
        .cloned()
        .ok_or_else(|| Refusal::new(Rule::NotFound, "There is no such reversal."))?;
    check_version(news.version, before.version)?;
    let mut reversal = before.clone();
    // The bank gave back everything that was left, so nothing of it can come back a second time.
    let brought = matches!(news.answer, Reversed::All | Reversed::Part(_));
    let returned = Reversed::No("The bank had returned the payout by then.".into());
    let nothing = Reversed::No("The provider brought nothing of it back.".into());
    let answer = match &news.answer {
        _ if payout.returned_at.is_some() && brought => &returned,
        Reversed::Part(minor) if *minor <= 0 => &nothing,
        answer => answer,
    };
    // Silence that was written down already: only the time of the next question moves.
    let quiet = *answer == Reversed::Unknown && before.outcome_unknown_since.is_some();
    match answer {
        Reversed::All | Reversed::Part(_) => {
            // Refused before anything is changed: a refusal is written like any other outcome.
            reversal.state = before.state.become_state(State::Completed)?;
            if let Reversed::Part(minor) = answer
                && *minor < reversal.amount_minor
            {
                shrink(books, &payout, &mut reversal, *minor, caller, now);
            }
            // As it stands now: less of it may count as reversed than a moment ago.
            let payout = books.payout(payout.id, caller)?.clone();
            reversal.completed_at = Some(now);
            reversal.source_minor = Some(bring_back(books, &payout, &reversal, mint));
            note(books, caller, &payout, format!("Reversal of {} completed", reversal.amount()), None, now);
            if reversal.notify {
                tell_of_reversal(books, &reversal, mint);
            }
        }
        Reversed::No(reason) => {
            reversal.state = before.state.become_state(State::Failed)?;
            reversal.failed_at = Some(now);
            reversal.failure_reason = Some(reason.clone());
            books.change(payout.id, |payout| payout.reversed_minor -= reversal.amount_minor);
            reversal.remaining_minor = books.payout(payout.id, caller)?.reversible().minor;
            let message = format!("Reversal of {} failed", reversal.amount());
            note(books, caller, &payout, message, Some(reason.clone()), now);
        }
        Reversed::Unknown if before.state == State::Pending => {
            if !quiet {
                reversal.outcome_unknown_since = Some(now);
                books.change(payout.id, |_| {});
                let message = format!("Provider did not answer the reversal of {}", reversal.amount());
                note(books, caller, &payout, message, None, now);
            }
        }
        Reversed::Unknown => return Err(Refusal::new(Rule::WrongState, "The reversal has its outcome already.")),
    }
    if reversal.state != State::Pending {
        reversal.outcome_unknown_since = None;
        reversal.due_at = None;
    } else {
        reversal.due_at = news.due_at;
    }
    reversal.version += i64::from(!quiet);
    if !books.changes.new_reversals.contains(&reversal.id) {
        books.changes.changed_reversals.entry(reversal.id).or_insert(before.version);
    }
    books.reversals.insert(reversal.id, reversal.clone());
    if reversal.state != before.state {
        books.announce_reversal(reversal.id);
    }
    let doubt = Doubt {
        kind: CaseKind::UnknownReversal,
        subject_id: reversal.id.to_string(),
        payout_id: payout.id,
        client_id: payout.client_id,
        amount: before.amount(),
        since: reversal.outcome_unknown_since,
    };
    books.note_doubt(before.outcome_unknown_since, doubt);
    let done = Done::Reversal(Box::new(reversal));
    Ok(if quiet { Ran::Quiet(done) } else { Ran::New(done) })
}

/// What the rail does not bring back stays with the payee, and may be asked for again.
fn shrink(books: &mut Books, payout: &Payout, reversal: &mut Reversal, minor: i64, caller: &Caller, now: i64) {
    let asked = reversal.amount();
    let rest = reversal.amount_minor - minor;
    reversal.amount_minor = minor;
    books.change(payout.id, |payout| payout.reversed_minor -= rest);
    reversal.remaining_minor = books.payouts[&payout.id].payout.reversible().minor;
    let message = format!("Provider brings back {} of the {asked} asked for", reversal.amount());
    note(books, caller, payout, message, None, now);
}

/// Posts the reversal and answers the wallet's part in minor units; fees stay where they are.
fn bring_back(books: &mut Books, payout: &Payout, reversal: &Reversal, mint: &mut Mint) -> i64 {
    let done_after = payout.reversed_done_minor + reversal.amount_minor;
    let source = Money::new(source_part(payout, done_after), payout.currency);
    let available = Account::Available(payout.wallet_id);
    let postings = if payout.currency == payout.destination_currency {
        [Posting::new(Account::PaidOut(source.currency), available, source), None]
    } else {
        let destination = reversal.amount();
        [
            Posting::new(Account::PaidOut(destination.currency), Account::Exchange(destination.currency), destination),
            Posting::new(Account::Exchange(source.currency), available, source),
        ]
    };
    let about = About {
        payout_id: Some(payout.id),
        reversal_id: Some(reversal.id),
        remarks: format!("Reversal of payout {}", payout.reference_id),
        ..About::default()
    };
    books.post(mint, Kind::PayoutReversal, payout.wallet_id, postings, about).expect("money that comes in has room");
    books.change(payout.id, |payout| {
        payout.reversed_done_minor = done_after;
        payout.reversed_source_minor += source.minor;
    });
    source.minor
}

fn note(books: &mut Books, caller: &Caller, payout: &Payout, message: String, note: Option<String>, now: i64) {
    books.event(payout.id, caller, now, Line::remark(EventType::Reversal, payout.state, message, note));
}
