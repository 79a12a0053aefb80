//! A checker's answer: approve, or send back.

use super::cancel::{close, tell};
use super::check_version;
use super::create::{fund, wait_for_money};
use crate::domain::books::Books;
use crate::domain::caller::Caller;
use crate::domain::command::{Decide, Done};
use crate::domain::freeze::Stop;
use crate::domain::ids::Mint;
use crate::domain::payout::{CancelPolicy, ClosedBy, Refusal, State, Step};

pub(super) fn plan(books: &mut Books, caller: &Caller, decide: &Decide, mint: &mut Mint) -> Result<Done, Refusal> {
    let id = decide.payout_id;
    let now = mint.now();
    let payout = books.payout(id, caller)?.clone();
    let step = if decide.approve { Step::Approve } else { Step::SendBack };
    payout.check(step, CancelPolicy::DESK)?;
    payout.check_checker(caller)?;
    check_version(decide.version, payout.version)?;
    let checker = caller.person();
    if decide.approve {
        books.freezes.check_caller(caller, Stop::Approve)?;
        books.freezes.check_payout(&payout, Stop::Approve)?;
        let message = format!("Payout approved by {}", caller.name());
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
