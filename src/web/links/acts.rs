//! What may be done with a payout link: each action offered with its effect, or refused with the reason and a way on.

use super::record::channels;
use crate::domain::payout::Refusal;
use crate::domain::payout_link::State;
use crate::service::links::Shown;
use crate::web::display::ActView;
use crate::web::numbers::listed;
use crate::web::time::Zone;
use crate::web::words;

/// Every action on the link for this reader, the allowed ones first.
pub fn list(shown: &Shown, zone: Zone, now: i64) -> Vec<ActView> {
    let mut acts = vec![decide(shown), cancel(shown), resend(shown), extend(shown, zone, now), replace(shown)];
    acts.sort_by_key(|act| act.href.is_none());
    acts
}

fn decide(shown: &Shown) -> ActView {
    let word = "Approve or send back";
    match &shown.acts.decide {
        Ok(()) => {
            let note = "Approved, its money is held and it is issued. Sent back, it ends; nothing was held for it.";
            offered(shown, word, "approval", None, note.to_owned())
        }
        Err(refusal) => refused(word, refusal),
    }
}

fn cancel(shown: &Shown) -> ActView {
    let word = "Cancel payout link";
    match &shown.acts.cancel {
        Ok(effect) if effect.release.minor > 0 => {
            let wallet = &shown.detail.wallet.name;
            let note = format!("Its address dies at once and {} goes back to {wallet}.", effect.release);
            offered(shown, word, "cancel", Some("cancel-dialog"), note)
        }
        Ok(_) => {
            let note = "It ends at once. Nothing is held for it, so nothing comes back.".to_owned();
            offered(shown, word, "cancel", Some("cancel-dialog"), note)
        }
        Err(refusal) => refused(word, refusal),
    }
}

fn resend(shown: &Shown) -> ActView {
    let word = "Send again";
    let to = channels(&shown.detail.record.link);
    match &shown.acts.resend {
        Ok(()) if to.is_empty() => locked(
            word,
            "There is no email address, and no phone number with its country’s code. Copy the address and hand it over yourself.",
        ),
        Ok(()) => {
            let to: Vec<&str> = to.iter().map(|(_, address)| address.as_str()).collect();
            offered(shown, word, "messages", None, format!("The same address, to {}.", listed(&to, 2)))
        }
        Err(refusal) => refused(word, refusal),
    }
}

fn extend(shown: &Shown, zone: Zone, now: i64) -> ActView {
    let word = "Extend";
    match (&shown.acts.extend, shown.detail.record.link.expire_by) {
        (Ok(()), Some(end)) => {
            let note = format!("It can be claimed until {} now. The address stays the same.", zone.at(end, now));
            offered(shown, word, "extension", None, note)
        }
        (Ok(()), None) => locked(word, "It is open until it is cancelled."),
        (Err(refusal), _) => refused(word, refusal),
    }
}

fn replace(shown: &Shown) -> ActView {
    let word = "Replace";
    match &shown.acts.replace {
        Ok(()) => {
            let note = "Ends this one and issues another with the same content and a new address, in one step. For an \
                        address that got into the wrong hands.";
            offered(shown, word, "replacement", None, note.to_owned())
        }
        Err(refusal) => refused(word, refusal),
    }
}

/// `Change amount` is no action here; it is told why, while there is something to change.
pub fn fixed_amount(shown: &Shown) -> Option<ActView> {
    let link = &shown.detail.record.link;
    (link.state == State::Issued).then(|| {
        locked(
            "Change amount",
            &format!(
                "Not possible: the recipient may have seen {}. Cancel it and make a new payout link.",
                link.amount()
            ),
        )
    })
}

fn offered(shown: &Shown, word: &str, page: &str, dialog: Option<&str>, note: String) -> ActView {
    ActView {
        word: word.into(),
        href: Some(format!("/payout-links/{}/{page}", shown.detail.record.link.id)),
        dialog: dialog.map(str::to_owned),
        warning: matches!(page, "cancel" | "replacement"),
        note,
    }
}

fn refused(word: &str, refusal: &Refusal) -> ActView {
    let instead = refusal.instead.as_ref().map_or_else(String::new, |instead| format!(" {instead}"));
    locked(word, &format!("{}{instead}", words::why_not(refusal)))
}

fn locked(word: &str, note: &str) -> ActView {
    ActView { word: word.into(), href: None, dialog: None, warning: false, note: note.into() }
}
