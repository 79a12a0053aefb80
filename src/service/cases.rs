//! Cases: the desk of everything whose outcome nobody knows, and how two people settle one.

use super::fields::Fields;
use super::{Desk, permit, permit_on};
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::case::{Kind, State, Verdict};
use crate::domain::command::{Command, Settle, Unit};
use crate::domain::evidence::{Evidence, MOST};
use crate::domain::ids::{CaseId, StaffId};
use crate::domain::manual;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::store::cases::{self as rows, CaseFilter, CaseLine, CaseNote, CaseTotal};
use crate::store::{case_work, evidence};

/// A page of the desk.
#[derive(Debug, Clone)]
pub struct Found {
    pub lines: Vec<CaseLine>,
    /// Where the next page starts, if there is one.
    pub next: Option<CaseId>,
    /// Over all that match.
    pub totals: Vec<CaseTotal>,
    /// How many are open, whatever the filter.
    pub open: i64,
}

/// The longest note and reason.
const LONGEST: usize = 2_000;

/// Open cases, oldest first, or closed ones, newest first.
pub async fn list(
    desk: &Desk,
    caller: &Caller,
    filter: &CaseFilter,
    after: Option<CaseId>,
    limit: usize,
) -> Result<Found, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let mut reader = desk.store.read().await?;
    let mut lines = rows::list(&mut reader, filter, after, limit as i64 + 1).await?;
    let totals = rows::totals(&mut reader, filter).await?;
    let open = rows::open(&mut reader).await?;
    let more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines.last().map(|line| line.case.id).filter(|_| more);
    Ok(Found { lines, next, totals, open })
}

/// A case with its notes and its files, each newest first.
pub async fn get(desk: &Desk, caller: &Caller, id: CaseId) -> Result<(CaseLine, Vec<CaseNote>, Vec<Evidence>), Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let mut reader = desk.store.read().await?;
    let line = rows::get(&mut reader, id).await?.ok_or(Error::NotFound("Case"))?;
    let notes = rows::notes(&mut reader, id).await?;
    let files = evidence::list(&mut reader, id, MOST).await?;
    Ok((line, notes, files))
}

/// The caller looks after it from now on, in place of whom they saw doing so: `before`, or nobody.
///
/// Errors: somebody else does by now, and who.
pub async fn take(desk: &Desk, caller: &Caller, id: CaseId, before: Option<StaffId>) -> Result<(), Error> {
    let (line, staff, entry) = work(desk, caller, id, "case.take").await?;
    if line.case.state != State::Closed && line.case.owner_staff_id == Some(staff) {
        return Ok(());
    }
    let from = line.owner_name.filter(|_| before.is_some() && before == line.case.owner_staff_id);
    let said = from.map_or_else(|| "Takes the case.".to_owned(), |from| format!("Takes the case over from {from}."));
    let entry = entry.because(Some(said.clone()));
    let done = desk.store.write(move |tx| {
        let (entry, said) = (entry.clone(), said.clone());
        Box::pin(async move {
            let done = case_work::take(tx, id, before, staff).await?;
            if done {
                case_work::log(tx, id, staff, &said).await?;
                tx.audit(entry);
            }
            Ok(done)
        })
    });
    if done.await? {
        return Ok(());
    }
    let line = find(desk, id).await?;
    match (line.case.state, line.case.owner_staff_id, line.owner_name) {
        (State::Closed, ..) => Err(closed()),
        // The same click twice.
        (_, Some(owner), _) if owner == staff => Ok(()),
        (_, Some(_), Some(name)) => Err(Refusal::new(Rule::Stale, format!("{name} looks after it by now."))
            .instead("Ask them, or take it over from them.")
            .into()),
        _ => Err(Refusal::new(Rule::Stale, "Nobody looks after it any more.").instead("Take it now.").into()),
    }
}

/// The caller does not look after it any more, and nobody else does.
pub async fn release(desk: &Desk, caller: &Caller, id: CaseId) -> Result<(), Error> {
    let (_, staff, entry) = work(desk, caller, id, "case.release").await?;
    let done = desk.store.write(move |tx| {
        let entry = entry.clone();
        Box::pin(async move {
            let done = case_work::release(tx, id, staff).await?;
            if done {
                case_work::log(tx, id, staff, "Gives the case back: nobody looks after it.").await?;
                tx.audit(entry);
            }
            Ok(done)
        })
    });
    if done.await? {
        return Ok(());
    }
    let line = find(desk, id).await?;
    match (line.case.state, line.owner_name) {
        (State::Closed, _) => Err(closed()),
        (_, Some(name)) => Err(Refusal::new(Rule::Stale, format!("{name} looks after it, not you.")).into()),
        // The same click twice.
        (_, None) => Ok(()),
    }
}

/// Writes a note.
pub async fn note(desk: &Desk, caller: &Caller, id: CaseId, text: &str) -> Result<(), Error> {
    let (_, staff, entry) = work(desk, caller, id, "case.note").await?;
    let mut checks = Fields::default();
    let text = checks.required("note", Some(text), LONGEST);
    checks.done()?;
    let written = desk.store.write(move |tx| {
        let (entry, text) = (entry.clone(), text.clone());
        Box::pin(async move {
            tx.audit(entry);
            case_work::add_note(tx, id, staff, &text).await
        })
    });
    Ok(written.await?)
}

/// Has the rail asked again now, in place of when it would be.
pub async fn ask_now(desk: &Desk, caller: &Caller, id: CaseId) -> Result<(), Error> {
    let (line, _, entry) = work(desk, caller, id, "case.ask").await?;
    if line.rail == manual::NAME {
        return Err(Error::Refused(
            Refusal::new(Rule::WrongState, "Staff pay it at the bank: there is no provider to ask.")
                .instead("Record what became of it where payouts are paid by hand."),
        ));
    }
    let case = line.case.clone();
    let done = desk.store.write(move |tx| {
        let (entry, case) = (entry.clone(), case.clone());
        Box::pin(async move {
            let done = case_work::ask_now(tx, &case).await?;
            if done {
                tx.audit(entry);
            }
            Ok(done)
        })
    });
    if !done.await? {
        return Err(nothing_to_ask(&line));
    }
    desk.wake.notify_one();
    Ok(())
}

/// Proposes how to settle it, as it stands with `version` and its subject with `subject_version`; somebody else confirms.
pub async fn propose(
    desk: &Desk,
    caller: &Caller,
    id: CaseId,
    (version, subject_version): (i64, i64),
    verdict: &str,
    reason: &str,
) -> Result<(), Error> {
    let (line, staff, entry) = work(desk, caller, id, "case.propose").await?;
    let mut checks = Fields::default();
    let verdict = Verdict::from_name(verdict).filter(|verdict| line.case.kind.may_be(*verdict));
    if verdict.is_none() {
        checks.wrong("outcome", "is required: say what became of it");
    }
    let reason = checks.required("reason", Some(reason), LONGEST);
    checks.done()?;
    let verdict = verdict.ok_or(Error::Internal)?;
    let mut case = line.case.clone();
    case.version = version;
    let entry = entry.because(Some(format!("{}: {reason}", verdict.name())));
    let done = desk.store.write(move |tx| {
        let (entry, case, reason) = (entry.clone(), case.clone(), reason.clone());
        Box::pin(async move {
            let done = case_work::propose(tx, &case, subject_version, staff, verdict, &reason).await?;
            if done {
                tx.audit(entry);
            }
            Ok(done)
        })
    });
    if done.await? { Ok(()) } else { Err(changed(&find(desk, id).await?)) }
}

/// Takes a proposal back: whoever made it, or anybody who sees that it is wrong.
pub async fn withdraw(desk: &Desk, caller: &Caller, id: CaseId) -> Result<(), Error> {
    let (_, _, entry) = work(desk, caller, id, "case.withdraw").await?;
    let done = desk.store.write(move |tx| {
        let entry = entry.clone();
        Box::pin(async move {
            let done = case_work::withdraw(tx, id).await?;
            if done {
                tx.audit(entry);
            }
            Ok(done)
        })
    });
    if done.await? { Ok(()) } else { Err(changed(&find(desk, id).await?)) }
}

/// Confirms what somebody else proposed: only now money moves, by the plans of a rail's answer.
pub async fn settle(desk: &Desk, caller: &Caller, id: CaseId, version: i64) -> Result<(), Error> {
    permit_on(desk, caller, Operation::SettleCases, id).await?;
    let line = find(desk, id).await?;
    let case = line.case;
    let settle = Settle {
        case_id: id,
        kind: case.kind,
        subject_id: case.subject_id,
        payout_id: case.payout_id,
        version: Some(version),
        proposed_by: line.proposer_name.unwrap_or_default(),
        reason: case.verdict_reason.unwrap_or_default(),
    };
    let unit = Unit { caller: caller.clone(), key: None, command: Command::Settle(settle), item: None };
    desk.store.run(unit).await?.result.map(|_| ()).map_err(Error::Refused)
}

/// What every act on a case starts with: permission, the case, who acts, and the audit row.
pub(super) async fn work(
    desk: &Desk,
    caller: &Caller,
    id: CaseId,
    action: &'static str,
) -> Result<(CaseLine, StaffId, Entry), Error> {
    permit_on(desk, caller, Operation::WorkCases, id).await?;
    let line = find(desk, id).await?;
    let staff = caller.person().ok_or(Error::Forbidden)?;
    let mut entry = Entry::done(caller, desk.clock.now(), action).about(id);
    entry.client_id = Some(line.case.client_id);
    Ok((line, staff, entry))
}

async fn find(desk: &Desk, id: CaseId) -> Result<CaseLine, Error> {
    rows::get(&mut desk.store.read().await?, id).await?.ok_or(Error::NotFound("Case"))
}

fn closed() -> Error {
    Error::Refused(Refusal::new(Rule::WrongState, "The case is closed already."))
}

fn nothing_to_ask(line: &CaseLine) -> Error {
    let reason = match line.case.kind != Kind::PaidAfterRefund {
        true => "The case is closed: the doubt has ended.",
        false => "There is nothing to ask: the provider has paid.",
    };
    Error::Refused(Refusal::new(Rule::WrongState, reason))
}

/// What was shown is not how it stands: who did what meanwhile.
fn changed(line: &CaseLine) -> Error {
    let reason = match (line.case.state, &line.proposer_name, &line.confirmer_name) {
        (State::Closed, _, Some(name)) => format!("{name} has confirmed how it is settled; the case is closed."),
        (State::Closed, ..) => "The case is closed: the doubt has ended.".to_owned(),
        (State::Settling, Some(name), _) => format!("{name} has proposed already what became of it."),
        _ => "The case changed while you were reading.".to_owned(),
    };
    Refusal::new(Rule::Stale, reason).instead("Look at it again, then decide.").into()
}
