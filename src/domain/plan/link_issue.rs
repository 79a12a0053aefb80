//! A payout link comes into being: from a request, or in place of another one.

use super::Ran;
use super::create::too_large;
use super::link::{done, hold};
use super::link_message::write;
use super::payee::saved;
use crate::domain::books::{Books, LinkLine, insufficient};
use crate::domain::caller::Caller;
use crate::domain::command::{CreateLink, Done, LinkRecord, LinkToken, NewLink};
use crate::domain::event::EventType;
use crate::domain::freeze::Stop;
use crate::domain::ids::{Id, Mint, PayoutLinkId};
use crate::domain::message::Kind as Message;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::payout_link::{CloseReason, ClosedBy, Contact, PayoutLink, State, check_end};
use crate::domain::wallet::Wallet;

pub(super) fn plan(books: &mut Books, caller: &Caller, create: &CreateLink, mint: &mut Mint) -> Result<Ran, Refusal> {
    let new = &create.new;
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
        saved(books, wallet, id)?;
    }
    if let Some(end) = new.expire_by {
        check_end(end, mint.now())?;
    }
    let now = mint.now();
    books.freezes.check_caller(caller, Stop::Send)?;
    books.check_caps(caller, new.amount, now)?;
    let terms = Terms { open_for: create.open_for, may_fail: create.may_fail, replaces: None };
    let id = issue(books, caller, new, &create.token, terms, mint)?;
    // What was never issued sends nothing out.
    if books.links[&id].link.state != State::Failed {
        books.spend(caller, new.amount, now);
    }
    Ok(Ran::New(done(books, id)))
}

/// How a link is made, beside what it is made of.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Terms {
    /// See [`CreateLink::open_for`] and [`CreateLink::may_fail`].
    pub open_for: Option<i64>,
    pub may_fail: bool,
    /// The link in whose place it is issued.
    pub replaces: Option<PayoutLinkId>,
}

/// Makes a link: with its hold, or without when a checker has to approve it first. A refusal changes nothing.
pub(super) fn issue(
    books: &mut Books,
    caller: &Caller,
    new: &NewLink,
    token: &LinkToken,
    terms: Terms,
    mint: &mut Mint,
) -> Result<PayoutLinkId, Refusal> {
    let now = mint.now();
    let wallet = books.open_wallet(new.wallet_number, new.amount.currency, caller)?.clone();
    let fees_minor = wallet.fee(new.amount.minor).ok_or_else(too_large)?;
    let waits = wallet.needs_approval(new.amount.minor);
    let total = new.amount.minor + fees_minor;
    let short = !waits && total > wallet.available_minor;
    if short && !terms.may_fail {
        return Err(insufficient(&wallet, total, None));
    }
    let id: PayoutLinkId = mint.next();
    let mut made = record(id, &wallet, new, fees_minor, token, terms.replaces, caller);
    if let Some(length) = terms.open_for {
        made.link.expire_by = Some(id.created_at() + length);
    }
    made.client_name = books.clients.get(&wallet.client_id).cloned().unwrap_or_default();
    if let Some(old) = terms.replaces {
        made.client_name.clone_from(&books.links[&old].client_name);
    }
    books.add_link(made);
    let message = match (waits, short) {
        (true, _) => "Payout link waits for approval: it is above the wallet's limit",
        (_, true) => "Payout link failed: the wallet has too little money",
        _ => "Payout link issued",
    };
    if short {
        books.change_link(id, |link| {
            link.state = State::Failed;
            link.closed_by = Some(ClosedBy::Rail);
            link.close_reason = Some(CloseReason::InsufficientFunds);
            link.closed_at = Some(now);
        });
    } else if !waits {
        hold(books, id, mint).expect("checked above: the wallet is not short of it");
        books.change_link(id, |link| {
            link.state = State::Issued;
            link.issued_at = Some(now);
        });
    }
    books.change_link(id, |link| link.schedule(now));
    let to = books.links[&id].link.state;
    let line = LinkLine { event_type: EventType::StatusChange, from: None, to, message: message.into(), note: None };
    books.link_event(id, caller, now, line);
    if to == State::Issued {
        write(books, id, Message::LinkIssued, None, mint);
    }
    Ok(id)
}

fn earlier<'a>(books: &'a Books, wallet: &Wallet, new: &NewLink) -> Option<&'a LinkRecord> {
    let request_id = new.request_id.as_ref()?;
    let mut links = books.links.values();
    links
        .find(|record| record.link.client_id == wallet.client_id && record.link.request_id.as_ref() == Some(request_id))
}

/// What the link was made of: the request that would make it again.
pub(super) fn content(record: &LinkRecord) -> NewLink {
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
        credential_creator_id: caller.credential_creator(),
        checker_staff_id: None,
        cancel_reason: None,
        replaces_id,
        replaced_by_id: None,
        issued_at: None,
        claimed_at: None,
        reopened_at: None,
        closed_at: None,
        due_at: None,
        remind_at: None,
        reminded_at: None,
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
