//! Requests: what a rule wants approved is asked for, and done in the unit of the last yes.

use super::approve::{give, subject};
use super::run_command;
use crate::domain::approval::{Act, Decision, Known, Request, RequestState, needed_of};
use crate::domain::audit::Entry;
use crate::domain::books::Books;
use crate::domain::caller::Caller;
use crate::domain::command::{AnswerRequest, Ask, Done};
use crate::domain::freeze::Stop;
use crate::domain::ids::{ApprovalRequestId, Mint};
use crate::domain::maker::Maker;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Role;

/// Writes down what is to be done, what was shown of it, and what it needs. Nothing of it is done.
pub(super) fn plan(books: &mut Books, caller: &Caller, ask: &Ask, mint: &mut Mint) -> Result<Done, Refusal> {
    let now = mint.now();
    let about = subject(books, caller, &ask.act, now)?;
    let verb = ask.act.verb();
    let amounts = match &about.act {
        Act::Reverse { counts, .. } => counts.clone(),
        _ => about.amount.into_iter().collect(),
    };
    let need = needed_of(&books.approvals.rules, verb, about.client_id, amounts).ok_or_else(|| {
        Refusal::new(Rule::Stale, "No rule asks for an approval any more.")
            .instead("Do it now: nobody has to approve it.")
    })?;
    need.check_possible(&books.approvals.people, &Maker::of(caller))?;
    let same = |request: &&Request| {
        request.state == RequestState::Open && request.subject_id == about.subject_id && request.verb == verb
    };
    // Money may come in twice alike; anything else that waits twice would only end as stale.
    if !matches!(ask.act, Act::TopUp { .. })
        && let Some(waits) = books.approvals.requests.values().find(same)
    {
        let reason = format!("{} has asked for it already, and it waits for approval.", waits.maker_name);
        return Err(Refusal::new(Rule::WrongState, reason).instead("Wait for the answer, or have it sent back first."));
    }
    let request = Request::open(mint.next(), caller, about, &need, now)?;
    let id = request.id;
    books.approvals.add_request(request);
    Ok(done(books, id))
}

/// A yes or a no. The last yes does it, with the plan that it has without any rule; when that says no, because what it
/// is about has changed, the request ends and nothing is done.
pub(super) fn plan_answer(
    books: &mut Books,
    caller: &Caller,
    answer: &AnswerRequest,
    mint: &mut Mint,
) -> Result<Done, Refusal> {
    let (id, now) = (answer.request_id, mint.now());
    let request = books.approvals.requests.get(&id).cloned();
    let request = request.ok_or_else(|| Refusal::new(Rule::NotFound, "There is no such request."))?;
    let subject_id = id.to_string();
    let approvals = &books.approvals;
    let said = (answer.approve, answer.note.as_deref(), answer.version);
    let given = approvals.given(&subject_id);
    let need = request.needs(&approvals.rules);
    let known = Known { need: need.as_ref(), people: &approvals.people, given };
    let decision = request.decide(caller, said, &answer.act, &known, now)?;
    if answer.approve {
        books.freezes.check_caller(caller, Stop::Approve)?;
    }
    let by = match decision {
        Decision::End(state, why) => return Ok(end(books, id, state, why, now)),
        Decision::More => {
            give(books, caller, subject_id, 0, answer.note.clone(), now);
            books.approvals.change_request(id, |_| {});
            return Ok(done(books, id));
        }
        Decision::Do(by) => by,
    };
    let role = books.approvals.person(request.maker_staff_id).map_or(Role::Viewer, |person| person.role);
    let asker = request.asker(role, &caller.request_id);
    let no_unit = || Refusal::new(Rule::Invalid, "It is done in another way.");
    let command = answer.act.command().ok_or_else(no_unit)?;
    let ran = subject(books, &asker, &answer.act, now).and_then(|_| run_command(books, &asker, &command, mint));
    match ran {
        Ok(_) => {}
        // It goes on waiting: the freeze will be lifted.
        Err(refusal) if refusal.rule == Rule::Frozen => return Err(refusal),
        Err(refusal) => return Ok(end(books, id, RequestState::Stale, refusal.reason, now)),
    }
    let mut entry = Entry::done(&asker, now, command.action()).because(Some(format!("{id}, approved by {by}")));
    entry.subject_id = Some(request.subject_id);
    entry.client_id = request.client_id;
    books.changes.audit.push(entry);
    give(books, caller, subject_id, 0, answer.note.clone(), now);
    Ok(end(books, id, RequestState::Approved, format!("Approved by {by}"), now))
}

fn end(books: &mut Books, id: ApprovalRequestId, state: RequestState, why: String, now: i64) -> Done {
    books.approvals.change_request(id, |request| {
        request.state = state;
        request.answer = Some(why);
        request.ended_at = Some(now);
    });
    done(books, id)
}

fn done(books: &Books, id: ApprovalRequestId) -> Done {
    Done::Request(Box::new(books.approvals.requests[&id].clone()))
}
