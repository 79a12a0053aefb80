//! A payout link up to its claim: made, approved or sent back, extended, cancelled, replaced.

use super::link_message::write;
use super::{Ran, check_version};
use crate::domain::books::{About, Books, LinkLine};
use crate::domain::caller::{Caller, Who};
use crate::domain::command::{CancelLink, DecideLink, Done, ExtendLink, LinkRecord, LinkToken, NewLink, ReplaceLink};
use crate::domain::event::EventType;
use crate::domain::ids::{HoldId, Id, Mint, PayoutLinkId};
use crate::domain::ledger::{Account, Kind, Phase, Posting};
use crate::domain::message::Kind as Message;
use crate::domain::money::Money;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::payout_link::{
    CloseReason, ClosedBy, Contact, LinkPolicy, PayoutLink, SOONEST, State, Step, check_end,
};
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
pub fn link_replacement_effect(link: &PayoutLink, wallet: &Wallet, now: i64) -> Result<ReplacementEffect, Refusal> {
    link.check(Step::Replace, now)?;
    let fees = wallet.fee(link.amount_minor).ok_or_else(too_large)?;
    let (release, needs) = (link.held(), link.amount_minor + fees);
    let waits = wallet.needs_approval(link.amount_minor);
    if !waits && needs > wallet.available_minor + release.minor {
        return Err(insufficient(wallet, needs, release));
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

pub(super) fn plan(
    books: &mut Books,
    caller: &Caller,
    new: &NewLink,
    token: &LinkToken,
    mint: &mut Mint,
) -> Result<Ran, Refusal> {
    let wallet = books.wallet(new.wallet_number, caller)?;
    if let Some(earlier) = earlier(books, wallet, new) {
        // When it ends is not compared: the earlier one may have been extended since.
        let same = NewLink { expire_by: new.expire_by, ..content(earlier) } == *new;
        return if same {
            Ok(Ran::Earlier(Done::Link(Box::new(earlier.clone()))))
        } else {
            Err(Refusal::new(Rule::RequestIdTaken, "A payout link with this request id exists, with other data.")
                .instead("Use another request id for another payout link."))
        };
    }
    if let Some(id) = new.contact.id {
        let known = books.payees.get(&id);
        if known.is_none_or(|payee| payee.client_id != wallet.client_id || payee.deleted_at.is_some()) {
            return Err(Refusal::new(Rule::PayeeNotFound, "There is no such payee."));
        }
    }
    if let Some(end) = new.expire_by {
        check_end(end, mint.now())?;
    }
    let id = issue(books, caller, new, token, None, mint)?;
    Ok(Ran::New(done(books, id)))
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
    let mut new = content(&books.links[&link.id]);
    books.open_wallet(new.wallet_number, new.amount.currency, caller)?;
    // The id of a request belongs to the first link; an end that is too near moves away as far as it once was.
    new.request_id = None;
    new.expire_by = link
        .expire_by
        .map(|end| if end >= now + SOONEST { end } else { now + (end - link.id.created_at()).max(SOONEST) });
    // Told before the old one is touched: a refusal changes nothing.
    link_replacement_effect(&link, &books.wallets[&link.wallet_id], now)?;
    let closed_by = if caller.credential().is_some() { ClosedBy::Client } else { ClosedBy::Staff };
    close(books, link.id, to, closed_by, mint)?;
    let next = issue(books, caller, &new, &replace.token, Some(link.id), mint)?;
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
        link.due_at = link.ends_at();
    });
    let line = LinkLine {
        event_type: EventType::Extension,
        from: Some(state),
        to: state,
        message: "Payout link can be claimed longer".into(),
        note: None,
    };
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
    if caller.person() == Some(link.maker_staff_id) {
        return Err(Refusal::new(Rule::MakerIsChecker, "Whoever made a payout link cannot also check it.")
            .instead("Ask another approver, or cancel the payout link."));
    }
    check_version(decide.version, link.version)?;
    let checker = caller.person();
    if decide.approve {
        let wallet = &books.wallets[&link.wallet_id];
        books.open_wallet(wallet.number, link.currency, caller)?;
        hold(books, id, mint)?;
        books.change_link(id, |link| {
            link.state = to;
            link.checker_staff_id = checker;
            link.issued_at = Some(now);
            link.due_at = link.ends_at();
        });
        let message = format!("Payout link approved by {}", caller.name());
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

/// Makes a link: with its hold, or without when a checker has to approve it first. A refusal changes nothing.
fn issue(
    books: &mut Books,
    caller: &Caller,
    new: &NewLink,
    token: &LinkToken,
    replaces: Option<PayoutLinkId>,
    mint: &mut Mint,
) -> Result<PayoutLinkId, Refusal> {
    let now = mint.now();
    let wallet = books.open_wallet(new.wallet_number, new.amount.currency, caller)?.clone();
    let fees_minor = wallet.fee(new.amount.minor).ok_or_else(too_large)?;
    let waits = wallet.needs_approval(new.amount.minor);
    let total = new.amount.minor + fees_minor;
    if !waits && total > wallet.available_minor {
        return Err(insufficient(&wallet, total, Money::new(0, wallet.currency)));
    }
    let id: PayoutLinkId = mint.next();
    let mut made = record(id, &wallet, new, fees_minor, token, replaces, caller);
    made.client_name = books.clients.get(&wallet.client_id).cloned().unwrap_or_default();
    if let Some(old) = replaces {
        made.client_name.clone_from(&books.links[&old].client_name);
    }
    books.add_link(made);
    let message =
        if waits { "Payout link waits for approval: it is above the wallet's limit" } else { "Payout link issued" };
    if !waits {
        hold(books, id, mint)?;
        books.change_link(id, |link| {
            link.state = State::Issued;
            link.issued_at = Some(now);
        });
    }
    books.change_link(id, |link| link.due_at = link.ends_at());
    let to = books.links[&id].link.state;
    let line = LinkLine { event_type: EventType::StatusChange, from: None, to, message: message.into(), note: None };
    books.link_event(id, caller, now, line);
    if to == State::Issued {
        write(books, id, Message::LinkIssued, None, mint);
    }
    Ok(id)
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
        link.due_at = None;
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

fn earlier<'a>(books: &'a Books, wallet: &Wallet, new: &NewLink) -> Option<&'a LinkRecord> {
    let request_id = new.request_id.as_ref()?;
    let mut links = books.links.values();
    links
        .find(|record| record.link.client_id == wallet.client_id && record.link.request_id.as_ref() == Some(request_id))
}

/// What the link was made of: the request that would make it again.
fn content(record: &LinkRecord) -> NewLink {
    let link = record.link.clone();
    NewLink {
        wallet_number: record.wallet_number,
        amount: link.amount(),
        contact: Contact {
            id: link.contact_id,
            name: link.contact_name,
            kind: link.contact_type,
            phone: link.contact_phone,
            email: link.contact_email,
        },
        purpose: link.purpose,
        description: link.description,
        receipt: link.receipt,
        reference: link.reference,
        notes: link.notes,
        send_sms: link.send_sms,
        send_email: link.send_email,
        expire_by: link.expire_by,
        payout_methods: link.payout_methods,
        transfer_reason: link.transfer_reason,
        save_payee: link.save_payee,
        request_id: link.request_id,
    }
}

fn record(
    id: PayoutLinkId,
    wallet: &Wallet,
    new: &NewLink,
    fees_minor: i64,
    token: &LinkToken,
    replaces_id: Option<PayoutLinkId>,
    caller: &Caller,
) -> LinkRecord {
    let new = new.clone();
    let link = PayoutLink {
        id,
        client_id: wallet.client_id,
        wallet_id: wallet.id,
        state: State::Pending,
        closed_by: None,
        close_reason: None,
        contact_id: new.contact.id,
        contact_name: new.contact.name,
        contact_type: new.contact.kind,
        contact_phone: new.contact.phone,
        contact_email: new.contact.email,
        purpose: new.purpose,
        amount_minor: new.amount.minor,
        fees_minor,
        currency: wallet.currency,
        description: new.description,
        receipt: new.receipt,
        reference: new.reference,
        notes: new.notes,
        send_sms: new.send_sms,
        send_email: new.send_email,
        expire_by: new.expire_by,
        payout_methods: new.payout_methods,
        transfer_reason: new.transfer_reason,
        save_payee: new.save_payee,
        request_id: new.request_id,
        attempt_count: 0,
        failure_count: 0,
        payee_id: None,
        account_id: None,
        payout_id: None,
        hold_id: None,
        // Jobs make no links; a link without a person behind it cannot be checked by another one.
        maker_staff_id: caller.person().unwrap_or_else(|| Id::first_at(0)),
        maker_credential_id: caller.credential(),
        checker_staff_id: None,
        cancel_reason: None,
        replaces_id,
        replaced_by_id: None,
        issued_at: None,
        claimed_at: None,
        reopened_at: None,
        closed_at: None,
        due_at: None,
        token_hash: token.hash.clone(),
        token_sealed: token.sealed.clone(),
        version: 0,
    };
    LinkRecord {
        link,
        wallet_number: wallet.number,
        wallet_name: wallet.name.clone(),
        client_name: String::new(),
        emailed_at: None,
        texted_at: None,
        events: Vec::new(),
    }
}

fn too_large() -> Refusal {
    Refusal::new(Rule::AmountOutOfRange, "Amount and fees together are more than Paydesk handles.")
}

fn insufficient(wallet: &Wallet, needed_minor: i64, comes_back: Money) -> Refusal {
    let needed = Money::new(needed_minor, wallet.currency);
    let besides = if comes_back.minor > 0 { format!(" and {comes_back} of the old link") } else { String::new() };
    Refusal::new(
        Rule::InsufficientFunds,
        format!("{} has {}{besides} available; {needed} is needed.", wallet.name, wallet.available()),
    )
    .instead("Top up the wallet, or pay less.")
}
