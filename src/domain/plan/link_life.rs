//! A payout link from its claim on: the recipient, the payout that pays it, and time.

use super::check_version;
use super::create::{fund, record};
use super::link::{close, done, hold, release, tell};
use super::link_message::write;
use super::payee::claimed_with;
use crate::domain::books::{Books, Line, LinkLine};
use crate::domain::caller::{Caller, Who};
use crate::domain::command::{ClaimLink, DeclineLink, Done, ExpireLink, NewPayout, PayeeChoice, Terms};
use crate::domain::event::EventType;
use crate::domain::freeze::Stop;
use crate::domain::ids::{Mint, PayoutId, PayoutLinkId};
use crate::domain::message::Kind as Message;
use crate::domain::payout::{Refusal, Rule, State as PayoutState};
use crate::domain::payout_link::{CloseReason, ClosedBy, MOST_FAILURES, PayoutLink, State, Step};

/// The recipient is paid: the link's hold closes and the payout's opens in the same unit. The approval was given for
/// the link, so the payout is queued at once.
pub(super) fn plan_claim(
    books: &mut Books,
    caller: &Caller,
    claim: &ClaimLink,
    mint: &mut Mint,
) -> Result<Done, Refusal> {
    let (id, now) = (claim.link_id, mint.now());
    let link = recipients(books, caller, id)?.clone();
    let to = link.check(Step::Claim, now)?;
    let wallet = books.wallets[&link.wallet_id].clone();
    books.freezes.check_link(&link, &wallet.rail, Stop::Claim)?;
    let paid = claimed_with(books, &wallet, &claim.details, mint)?;
    let payout_id: PayoutId = mint.next();
    let text = payout_id.to_string();
    let new = NewPayout {
        wallet_number: wallet.number,
        amount: link.amount(),
        payee: PayeeChoice::Saved(paid.payee.id, None),
        // Found by the link's id, and not one that anybody could have taken before.
        reference_id: format!("{id}-{}", &text[text.len() - 6..]),
        description: link.description.clone(),
        metadata: link.notes.clone(),
        terms: Terms::default(),
    };
    let mut made = record(payout_id, &wallet, &paid, &new, link.fees_minor, caller);
    made.payout.link_id = Some(id);
    made.payout.maker_staff_id = link.maker_staff_id;
    made.payout.maker_credential_id = link.maker_credential_id;
    made.payout.credential_creator_id = link.credential_creator_id;
    made.payout.checker_staff_id = link.checker_staff_id;
    // Only now is it known who is paid.
    books.freezes.check_payout(&made.payout, Stop::Claim)?;
    release(books, id, "Release of claimed payout link", mint)?;
    made.payout.hold_id = Some(fund(books, &made.payout, mint).expect("the link held what the payout holds"));
    let (payee_id, account_id) = (made.payout.payee_id, made.payout.account_id);
    paid.keep(books);
    books.add_payout(made);
    queue(books, caller, payout_id, claim.queue_delay, now);
    books.change_link(id, |link| {
        link.state = to;
        link.attempt_count += 1;
        link.payee_id = Some(payee_id);
        link.account_id = account_id;
        link.payout_id = Some(payout_id);
        link.claimed_at = Some(now);
        link.reopened_at = None;
        link.schedule(now);
    });
    tell(books, caller, id, "Payout link claimed by the recipient", None, now);
    Ok(done(books, id))
}

/// "This is not me": the link ends and the money is back.
pub(super) fn plan_decline(
    books: &mut Books,
    caller: &Caller,
    decline: &DeclineLink,
    mint: &mut Mint,
) -> Result<Done, Refusal> {
    let id = decline.link_id;
    let to = recipients(books, caller, id)?.check(Step::Decline, mint.now())?;
    close(books, id, to, ClosedBy::Recipient, mint)?;
    books.change_link(id, |link| {
        link.close_reason = Some(CloseReason::Declined);
        link.cancel_reason.clone_from(&decline.reason);
    });
    tell(books, caller, id, "Payout link declined by the recipient", decline.reason.clone(), mint.now());
    Ok(done(books, id))
}

pub(super) fn plan_expiry(
    books: &mut Books,
    caller: &Caller,
    expire: &ExpireLink,
    mint: &mut Mint,
) -> Result<Done, Refusal> {
    let id = expire.link_id;
    let link = books.link(id, caller)?;
    check_version(expire.version, link.version)?;
    let to = link.check(Step::Expire, mint.now())?;
    let message = match link.state {
        State::Pending => "Payout link expired before it was approved",
        _ => "Payout link expired",
    };
    close(books, id, to, ClosedBy::Time, mint)?;
    tell(books, caller, id, message, None, mint.now());
    Ok(done(books, id))
}

/// What the end of a payout means for the link it pays, in the same unit: paid, open again, or closed for good.
///
/// Called after every unit on a payout; nothing happens unless that payout has just ended.
pub(super) fn follow(books: &mut Books, caller: &Caller, payout_id: PayoutId, mint: &mut Mint) {
    let Some(payout) = books.payouts.get(&payout_id).map(|record| &record.payout) else { return };
    let Some(link) = payout.link_id.and_then(|id| books.links.get(&id)).map(|record| &record.link) else { return };
    if link.state != State::Processing || link.payout_id != Some(payout_id) {
        return;
    }
    let (id, now, payee_id) = (link.id, mint.now(), payout.payee_id);
    let reason = payout.failure_reason.clone();
    match payout.state {
        PayoutState::Completed => {
            let save = link.save_payee;
            books.change_link(id, |link| {
                link.state = State::Processed;
                link.closed_at = Some(now);
            });
            tell(books, caller, id, "Payout link paid", None, now);
            write(books, id, Message::LinkPaid, None, mint);
            if save {
                books.save_payee(payee_id, now);
            }
        }
        PayoutState::Failed if link.failure_count + 1 >= MOST_FAILURES => {
            books.change_link(id, |link| {
                link.state = State::Failed;
                link.closed_by = Some(ClosedBy::Rail);
                link.close_reason = Some(CloseReason::TooManyAttempts);
                link.closed_at = Some(now);
                link.failure_count += 1;
                forget_claim(link);
            });
            let message = format!("Payout link closed: {MOST_FAILURES} attempts failed");
            tell(books, caller, id, &message, reason, now);
            write(books, id, Message::LinkCancelled, Some("Too many attempts to pay you failed."), mint);
        }
        PayoutState::Failed => {
            let message = "Payout of the link failed; the link is open again";
            reopen(books, caller, id, (message, reason.clone()), 1, mint);
            write(books, id, Message::LinkAttemptFailed, reason.as_deref(), mint);
        }
        PayoutState::Cancelled | PayoutState::Expired => {
            let message = format!("Payout of the link {}; the link is open again", payout.state.words());
            reopen(books, caller, id, (&message, None), 0, mint);
        }
        _ => {}
    }
}

/// The payout's money has just come back; it is held for the link again.
fn reopen(
    books: &mut Books,
    caller: &Caller,
    id: PayoutLinkId,
    (message, note): (&str, Option<String>),
    failures: i64,
    mint: &mut Mint,
) {
    let now = mint.now();
    hold(books, id, mint).expect("the refund of the same amount came before it in this unit");
    books.change_link(id, |link| {
        link.state = State::Issued;
        link.failure_count += failures;
        link.reopened_at = Some(now);
        forget_claim(link);
        link.schedule(now);
    });
    tell(books, caller, id, message, note, now);
}

/// The claim no longer stands; its payout still names the link.
fn forget_claim(link: &mut PayoutLink) {
    link.payee_id = None;
    link.account_id = None;
    link.payout_id = None;
}

/// What became of a payout of a link after its end: the link stays as it is, its history tells.
pub(super) fn note(
    books: &mut Books,
    caller: &Caller,
    payout_id: PayoutId,
    event_type: EventType,
    message: &str,
    note: Option<String>,
    now: i64,
) {
    let link_id = books.payouts[&payout_id].payout.link_id;
    let Some(link) = link_id.and_then(|id| books.links.get(&id)).map(|record| &record.link) else { return };
    let (id, state) = (link.id, link.state);
    books.change_link(id, |_| {});
    let line = LinkLine::remark(event_type, state, message, note);
    books.link_event(id, caller, now, line);
}

/// The recipient has the money after all, so a link that is open again closes: nobody is paid twice for one link.
pub(super) fn close_paid(books: &mut Books, caller: &Caller, payout_id: PayoutId, mint: &mut Mint) {
    let link_id = books.payouts[&payout_id].payout.link_id;
    let Some(link) = link_id.and_then(|id| books.links.get(&id)).map(|record| &record.link) else { return };
    // One that is claimed once more has a payout of its own, which staff look at with the case of the loss.
    if link.state != State::Issued {
        return;
    }
    let id = link.id;
    close(books, id, State::Cancelled, ClosedBy::Rail, mint).expect("an open link holds its money");
    tell(books, caller, id, "Payout link closed: the recipient was paid after all", None, mint.now());
    write(books, id, Message::LinkCancelled, Some("The payment reached you after all."), mint);
}

/// The link, for a recipient who holds its address; nobody else claims or declines.
fn recipients<'a>(books: &'a Books, caller: &Caller, id: PayoutLinkId) -> Result<&'a PayoutLink, Refusal> {
    match caller.who {
        Who::Recipient { .. } => books.link(id, caller),
        _ => Err(Refusal::new(Rule::Forbidden, "Only the recipient can answer a payout link.")),
    }
}

/// The history of a payout knows system, client and admin alone, so Paydesk itself made what a recipient asked for.
fn queue(books: &mut Books, caller: &Caller, id: PayoutId, delay: i64, now: i64) {
    let system = Caller { who: Who::System, ..caller.clone() };
    let made = Line {
        event_type: EventType::StatusChange,
        from: None,
        to: PayoutState::Created,
        message: "Payout created: the recipient claimed the payout link".into(),
        note: None,
    };
    books.event(id, &system, now, made);
    books.change(id, |payout| {
        payout.state = PayoutState::Queued;
        payout.queued_at = Some(now);
        payout.due_at = Some(now + delay);
    });
    let queued = Line {
        event_type: EventType::StatusChange,
        from: Some(PayoutState::Created),
        to: PayoutState::Queued,
        message: "Payout queued".into(),
        note: None,
    };
    books.event(id, &system, now, queued);
}
