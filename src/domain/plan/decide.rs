//! A checker's answer: approve, or send back.

use super::cancel::{close, tell};
use super::create::{fund, wait_for_money};
use super::{approve, check_version};
use crate::domain::books::approvals::shown;
use crate::domain::books::{Books, Line};
use crate::domain::caller::Caller;
use crate::domain::command::{Decide, Done};
use crate::domain::event::EventType;
use crate::domain::freeze::Stop;
use crate::domain::ids::{Mint, PayoutId};
use crate::domain::payout::{CancelPolicy, ClosedBy, Refusal, State, Step};

pub(super) fn plan(books: &mut Books, caller: &Caller, decide: &Decide, mint: &mut Mint) -> Result<Done, Refusal> {
    let id = decide.payout_id;
    let now = mint.now();
    let payout = books.payout(id, caller)?.clone();
    let step = if decide.approve { Step::Approve } else { Step::SendBack };
    payout.check(step, CancelPolicy::DESK)?;
    let maker = payout.maker();
    maker.check_checker(caller)?;
    check_version(decide.version, payout.version)?;
    let checker = caller.person();
    if decide.approve {
        let shown = shown(&books.payouts[&id]);
        check_version(decide.shown, shown)?;
        books.freezes.check_caller(caller, Stop::Approve)?;
        books.freezes.check_payout(&payout, Stop::Approve)?;
        let subject = id.to_string();
        let wallet = &books.wallets[&payout.wallet_id];
        let count = approve::count(books, caller, &subject, &maker, (wallet, payout.amount()), shown)?;
        let message = format!("Payout approved by {}{}", caller.name(), count.words());
        if !count.is_enough() {
            books.change(id, |_| {});
            approve::dead(&count).into_iter().for_each(|dead| note(books, caller, id, dead, None, now));
            approve::give(books, caller, subject, shown, decide.note.clone(), now);
            note(books, caller, id, message, decide.note.clone(), now);
            return Ok(Done::Payout(Box::new(books.payouts[&id].clone())));
        }
        approve::give(books, caller, subject, shown, decide.note.clone(), now);
        books.change(id, |payout| payout.checker_staff_id = checker);
        if payout.hold_id.is_none() {
            match fund(books, &payout, mint) {
                Ok(hold) => books.change(id, |payout| payout.hold_id = Some(hold)),
                Err(_) => {
                    let message = format!("{message}; it waits until the wallet has enough money");
                    wait_for_money(books, caller, id, &message, decide.note.clone(), now);
                    return Ok(Done::Payout(Box::new(books.payouts[&id].clone())));
                }
            }
        }
        books.change(id, |payout| {
            payout.state = State::Queued;
            payout.action = None;
            payout.queued_at = Some(now);
            payout.due_at = Some(now + decide.queue_delay);
        });
        tell(books, caller, id, State::Queued, &message, decide.note.clone(), now);
    } else {
        close(books, caller, id, State::Cancelled, ClosedBy::Checker, mint)?;
        books.change(id, |payout| payout.checker_staff_id = checker);
        let message = format!("Payout sent back by {}", caller.name());
        tell(books, caller, id, State::Cancelled, &message, decide.note.clone(), now);
    }
    Ok(Done::Payout(Box::new(books.payouts[&id].clone())))
}

/// A line of the history that moves nothing.
fn note(books: &mut Books, caller: &Caller, id: PayoutId, message: String, note: Option<String>, now: i64) {
    books.event(id, caller, now, Line::remark(EventType::Approval, State::ActionRequired, message, note));
}
