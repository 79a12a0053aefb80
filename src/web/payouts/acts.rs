//! What may be done with a payout: each action offered with its effect, or refused with the reason and a way on.

use crate::domain::payout::{CancelPolicy, Refusal, Rule, State, Step};
use crate::domain::{manual, reversal};
use crate::service::payouts::Shown;
use crate::web::display::ActView;
use crate::web::words;

/// Every action on the payout for this reader, the allowed ones first.
pub fn list(shown: &Shown) -> Vec<ActView> {
    let mut acts = vec![decide(shown), cancel(shown), reverse(shown)];
    acts.extend(by_hand(shown));
    acts.sort_by_key(|act| act.href.is_none());
    acts
}

/// Where staff are its provider, what they do stands on a page of its own.
fn by_hand(shown: &Shown) -> Option<ActView> {
    let payout = &shown.detail.record.payout;
    let waits = payout.state == State::Queued || payout.is_with_rail();
    let open = shown.detail.reversals.iter().any(|reversal| reversal.state == reversal::State::Pending);
    (manual::pays(payout) && (waits || open)).then(|| ActView {
        word: "Pay by hand".into(),
        href: Some(crate::web::manual::href(payout.id)),
        dialog: None,
        warning: false,
        note: "Staff pay it at the bank: take it there, and record what became of it.".into(),
    })
}

fn decide(shown: &Shown) -> ActView {
    let word = "Approve or send back";
    match &shown.acts.decide {
        Ok(()) => ActView {
            word: word.into(),
            href: Some(href(shown, "approval")),
            dialog: None,
            warning: false,
            note: "Approved, it joins the queue. Sent back, its money returns to the wallet at once.".into(),
        },
        Err(refusal) => refused(word, refusal),
    }
}

fn cancel(shown: &Shown) -> ActView {
    let payout = &shown.detail.record.payout;
    let refusal = match &shown.acts.cancel {
        Ok(effect) => {
            let note =
                format!("{} goes back to {} at once. Nothing has been sent.", effect.refund, shown.detail.wallet.name);
            return offered(shown, "Cancel payout", "cancel", "cancel-dialog", note);
        }
        Err(refusal) => refusal,
    };
    let word = "Ask to cancel";
    let asked = shown.detail.cancellations.iter().any(|cancellation| cancellation.state.is_open());
    match &shown.acts.ask_to_cancel {
        Ok(()) if asked => {
            locked(word, "The provider was asked and has not answered yet. The money stays held until they do.")
        }
        Ok(()) => {
            let provider = words::provider(&payout.rail);
            let note = format!("{provider} has it and may say no. {} stays held until they answer.", payout.total());
            offered(shown, word, "cancel", "cancel-dialog", note)
        }
        // A role that may not cancel may not ask either; the state decides which of the two it is told about.
        Err(forbidden)
            if forbidden.rule == Rule::Forbidden && payout.check(Step::AskToCancel, CancelPolicy::DESK).is_ok() =>
        {
            refused(word, forbidden)
        }
        Err(_) => refused("Cancel payout", refusal),
    }
}

fn reverse(shown: &Shown) -> ActView {
    let word = "Reverse payout";
    match &shown.acts.reverse {
        Ok(left) => {
            let note = format!("Asks for all or part of {left} back. Fees are not returned.");
            offered(shown, word, "reverse", "reverse-dialog", note)
        }
        Err(refusal) => refused(word, refusal),
    }
}

fn offered(shown: &Shown, word: &str, page: &str, dialog: &str, note: String) -> ActView {
    ActView { word: word.into(), href: Some(href(shown, page)), dialog: Some(dialog.into()), warning: true, note }
}

fn refused(word: &str, refusal: &Refusal) -> ActView {
    let instead = refusal.instead.as_ref().map_or_else(String::new, |instead| format!(" {instead}"));
    locked(word, &format!("{}{instead}", words::why_not(refusal)))
}

fn locked(word: &str, note: &str) -> ActView {
    ActView { word: word.into(), href: None, dialog: None, warning: false, note: note.into() }
}

fn href(shown: &Shown, page: &str) -> String {
    format!("/payouts/{}/{page}", shown.detail.record.payout.id)
}
