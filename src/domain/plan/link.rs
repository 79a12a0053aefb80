//! A payout link up to its claim: approved or sent back, extended, cancelled, replaced.

use super::create::too_large;
use super::link_issue::{Terms, content, issue};
use super::link_message::write;
use super::{approve, check_version};
use crate::domain::books::{About, Books, LinkLine, insufficient};
use crate::domain::caller::{Caller, Who};
use crate::domain::command::{CancelLink, DecideLink, Done, ExtendLink, ReplaceLink};
use crate::domain::event::EventType;
use crate::domain::freeze::Stop;
use crate::domain::ids::{HoldId, Mint, PayoutLinkId};
use crate::domain::ledger::{Account, Kind, Phase, Posting};
use crate::domain::message::Kind as Message;
use crate::domain::money::Money;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::payout_link::{CloseReason, ClosedBy, LinkPolicy, PayoutLink, SOONEST, State, Step, check_end};
use crate::domain::wallet::Wallet;

/// What cancelling a link would do to the money, shown before anyone clicks. A link that waits for approval holds
/// nothing, so nothing comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkEffect {
    pub amount: Money,
    pub fees: Money,
    pub release: Money,
    pub available_before: Money,
    pub available_after: Money,
}

/// The effect of cancelling now (Unix microseconds), or why it is refused. The write does exactly this.
pub fn link_cancel_effect(
    link: &PayoutLink,
    wallet: &Wallet,
    policy: LinkPolicy,
    now: i64,
) -> Result<LinkEffect, Refusal> {
    link.check(Step::Cancel(policy), now)?;
    let (before, release) = (wallet.available(), link.held());
    Ok(LinkEffect {
        amount: link.amount(),
        fees: link.fees(),
        release,
        available_before: before,
        available_after: Money::new(before.minor + release.minor, before.currency),
    })
}

/// What replacing a link would do to the money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplacementEffect {
    /// What the old one held.
    pub release: Money,
    /// What the new one holds; nothing when it waits for approval.
    pub hold: Money,
    /// The new one waits for approval.
    pub waits: bool,
    pub available_before: Money,
    pub available_after: Money,
}

/// The effect of replacing now (Unix microseconds), or why it is refused. The write does exactly this.
///
/// `waits`: the new one has to be approved, by the wallet's limit or by a rule.
pub fn link_replacement_effect(
    link: &PayoutLink,
    wallet: &Wallet,
    waits: bool,
    now: i64,
) -> Result<ReplacementEffect, Refusal> {
    link.check(Step::Replace, now)?;
    let fees = wallet.fee(link.amount_minor).ok_or_else(too_large)?;
    let (release, needs) = (link.held(), link.amount_minor + fees);
    if !waits && needs > wallet.available_minor + release.minor {
        return Err(insufficient(wallet, needs, Some(release)));
    }
    let hold = if waits { 0 } else { needs };
    let money = |minor| Money::new(minor, wallet.currency);
    Ok(ReplacementEffect {
        release,
        hold: money(hold),
        waits,
        available_before: wallet.available(),
        available_after: money(wallet.available_minor + release.minor - hold),
    })
}

pub(super) fn plan_cancel(
    books: &mut Books,
    caller: &Caller,
    cancel: &CancelLink,
    mint: &mut Mint,
) -> Result<Done, Refusal> {
    let link = books.link(cancel.link_id, caller)?;
    let to = link.check(Step::Cancel(cancel.policy), mint.now())?;
    check_version(cancel.version, link.version)?;
    let was_issued = link.state == State::Issued;
    let (closed_by, message) = match caller.who {
        Who::Credential { .. } => (ClosedBy::Client, "Payout link cancelled by client"),
        _ => (ClosedBy::Staff, "Payout link cancelled by admin"),
    };
    close(books, cancel.link_id, to, closed_by, mint)?;
    books.change_link(cancel.link_id, |link| link.cancel_reason.clone_from(&cancel.reason));
    tell(books, caller, cancel.link_id, message, cancel.reason.clone(), mint.now());
    if was_issued {
        // The reason is for colleagues: the recipient only learns that the address is dead.
        write(books, cancel.link_id, Message::LinkCancelled, None, mint);
    }
    Ok(done(books, cancel.link_id))
}

/// The old link ends and the new one is issued in one unit, so the recipient never holds two addresses that work.
pub(super) fn plan_replacement(
    books: &mut Books,
    caller: &Caller,
    replace: &ReplaceLink,
    mint: &mut Mint,
) -> Result<Done, Refusal> {
    let now = mint.now();
    let link = books.link(replace.link_id, caller)?.clone();
    link.check(Step::Replace, now)?;
    let to = link.check(Step::Cancel(LinkPolicy::DESK), now)?;
    check_version(replace.version, link.version)?;
    books.freezes.check_caller(caller, Stop::Send)?;
    let mut new = content(&books.links[&link.id]);
    books.open_wallet(new.wallet_number, new.amount.currency, caller)?;
    // The id of a request belongs to the first link; an end that is too near moves away as far as it once was.
    new.request_id = None;
    new.expire_by = link
        .expire_by
        .map(|end| if end >= now + SOONEST { end } else { now + (end - link.id.created_at()).max(SOONEST) });
    // Told before the old one is touched: a refusal changes nothing.
    let wallet = &books.wallets[&link.wallet_id];
    let waits = approve::need(books, caller, wallet, link.amount_minor)?.is_some();
    link_replacement_effect(&link, wallet, waits, now)?;
    let closed_by = if caller.credential().is_some() { ClosedBy::Client } else { ClosedBy::Staff };
    close(books, link.id, to, closed_by, mint)?;
    let terms = Terms { replaces: Some(link.id), ..Terms::default() };
    let next = issue(books, caller, &new, &replace.token, terms, mint).expect("checked above: wallet, fees and money");
    books.change_link(link.id, |link| {
        link.close_reason = Some(CloseReason::Replaced);
        link.cancel_reason.clone_from(&replace.reason);
        link.replaced_by_id = Some(next);
    });
    tell(books, caller, link.id, "Payout link cancelled: another one replaces it", replace.reason.clone(), now);
    Ok(done(books, next))
}

pub(super) fn plan_extension(
    books: &mut Books,
    caller: &Caller,
    extend: &ExtendLink,
    mint: &mut Mint,
) -> Result<Done, Refusal> {
    let now = mint.now();
    let link = books.link(extend.link_id, caller)?;
    let state = link.check(Step::Extend, now)?;
    check_version(extend.version, link.version)?;
    check_end(extend.expire_by, now)?;
    if link.expire_by.is_none_or(|end| extend.expire_by <= end) {
        let reason = match link.expire_by {
            Some(_) => "It is open that long already.",
            None => "It is open until it is cancelled.",
        };
        return Err(Refusal::new(Rule::ExpiryTooSoon, reason).instead("To end it sooner, cancel it."));
    }
    let id = extend.link_id;
    books.change_link(id, |link| {
        link.expire_by = Some(extend.expire_by);
        link.schedule(now);
    });
    let line = LinkLine::remark(EventType::Extension, state, "Payout link can be claimed longer", None);
    books.link_event(id, caller, now, line);
    Ok(done(books, id))
}

pub(super) fn plan_decision(
    books: &mut Books,
    caller: &Caller,
    decide: &DecideLink,
    mint: &mut Mint,
) -> Result<Done, Refusal> {
    let (id, now) = (decide.link_id, mint.now());
    let link = books.link(id, caller)?;
    let to = link.check(if decide.approve { Step::Approve } else { Step::SendBack }, now)?;
    let maker = link.maker();
    maker.check_checker(caller)?;
    check_version(decide.version, link.version)?;
    let checker = caller.person();
    if decide.approve {
        let wallet = &books.wallets[&link.wallet_id];
        let subject = id.to_string();
        books.open_wallet(wallet.number, link.currency, caller)?;
        books.freezes.check_caller(caller, Stop::Approve)?;
        books.freezes.check_link(link, &wallet.rail, Stop::Approve)?;
        // Nothing of a link changes while it waits.
        let count = approve::count(books, caller, &subject, &maker, (wallet, link.amount()), 0)?;
        let message = format!("Payout link approved by {}{}", caller.name(), count.words());
        if !count.is_enough() {
            books.change_link(id, |_| {});
            approve::give(books, caller, subject, 0, decide.note.clone(), now);
            let note = decide.note.clone();
            let line = LinkLine::remark(EventType::Approval, State::Pending, message, note);
            books.link_event(id, caller, now, line);
            return Ok(done(books, id));
        }
        hold(books, id, mint)?;
        approve::give(books, caller, subject, 0, decide.note.clone(), now);
        books.change_link(id, |link| {
            link.state = to;
            link.checker_staff_id = checker;
            link.issued_at = Some(now);
            link.schedule(now);
        });
        tell(books, caller, id, &message, decide.note.clone(), now);
        write(books, id, Message::LinkIssued, None, mint);
    } else {
        close(books, id, to, ClosedBy::Checker, mint)?;
        books.change_link(id, |link| {
            link.checker_staff_id = checker;
            link.cancel_reason.clone_from(&decide.note);
        });
        let message = format!("Payout link sent back by {}", caller.name());
        tell(books, caller, id, &message, decide.note.clone(), now);
    }
    Ok(done(books, id))
}

/// Opens a hold for the link's amount and fees.
pub(super) fn hold(books: &mut Books, id: PayoutLinkId, mint: &mut Mint) -> Result<(), Refusal> {
    let link = books.links[&id].link.clone();
    let hold: HoldId = mint.next();
    let (available, held) = (Account::Available(link.wallet_id), Account::Held(link.wallet_id));
    let postings = [Posting::new(available, held, link.amount()), Posting::new(available, held, link.fees())];
    let about = About {
        link_id: Some(id),
        hold: Some((hold, Phase::Open)),
        remarks: format!("Held for payout link to {}", link.contact_name),
        ..About::default()
    };
    books.post(mint, Kind::LinkHold, link.wallet_id, postings, about)?;
    books.change_link(id, |link| link.hold_id = Some(hold));
    Ok(())
}

/// Closes the hold of an issued link; the caller changes the state.
pub(super) fn release(books: &mut Books, id: PayoutLinkId, remarks: &str, mint: &mut Mint) -> Result<(), Refusal> {
    let link = books.links[&id].link.clone();
    let hold = link.hold_id.expect("an issued link has a hold");
    let (available, held) = (Account::Available(link.wallet_id), Account::Held(link.wallet_id));
    let postings = [Posting::new(held, available, link.amount()), Posting::new(held, available, link.fees())];
    let about =
        About { link_id: Some(id), hold: Some((hold, Phase::Close)), remarks: remarks.to_owned(), ..About::default() };
    books.post(mint, Kind::LinkRelease, link.wallet_id, postings, about)
}

/// Ends a link that nobody has claimed: the new state and, in the same breath, what was held back in the wallet.
///
/// The caller has checked that the step is allowed, and writes the event after this.
pub(super) fn close(
    books: &mut Books,
    id: PayoutLinkId,
    to: State,
    closed_by: ClosedBy,
    mint: &mut Mint,
) -> Result<(), Refusal> {
    if books.links[&id].link.state == State::Issued {
        release(books, id, &format!("Release of {} payout link", to.name()), mint)?;
    }
    let now = mint.now();
    books.change_link(id, |link| {
        link.state = to;
        link.closed_by = Some(closed_by);
        link.closed_at = Some(now);
        link.reopened_at = None;
        link.schedule(now);
    });
    Ok(())
}

/// Writes the event of the state that the link has now.
pub(super) fn tell(
    books: &mut Books,
    caller: &Caller,
    id: PayoutLinkId,
    message: &str,
    note: Option<String>,
    now: i64,
) {
    let record = &books.links[&id];
    let from = record.events.last().map(|event| event.to_state);
    let line = LinkLine {
        event_type: EventType::StatusChange,
        from,
        to: record.link.state,
        message: message.to_owned(),
        note,
    };
    books.link_event(id, caller, now, line);
}

pub(super) fn done(books: &Books, id: PayoutLinkId) -> Done {
    Done::Link(Box::new(books.links[&id].clone()))
}
