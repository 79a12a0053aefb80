//! The worklist of payouts that staff pay at the bank: taking them, recording what became of them, and confirming that.

use chrono::{DateTime, NaiveDate};
use serde_json::{Map, Value};

use super::exports::{csv, safe, time};
use super::fields::Fields;
use super::{Desk, accounts, audit_only, permit, permit_on, wallets};
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::cancellation::Cancellation;
use crate::domain::case::Verdict;
use crate::domain::command::{ByHand, Command, Done, PayoutRecord, Said, Unit, Work};
use crate::domain::ids::{ManualAnswerId, PayoutId};
use crate::domain::manual::{self, Kind, ManualAnswer};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::reversal::{Reversal, State as ReversalState};
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::manual::{self as rows, Part, Question, Taker, WorkFilter, WorkLine, WorkTotal};
use crate::store::{payouts, reversals};

/// How many payouts are taken at once.
pub const MOST_TAKEN: usize = 200;
/// The longest reference of a bank, and the longest reason.
const LONGEST_REFERENCE: usize = 100;
const LONGEST_REASON: usize = 500;

/// Which payouts of the worklist.
#[derive(Debug, Clone, Default)]
pub struct WorkQuery {
    /// A wallet's number.
    pub wallet: Option<i64>,
    /// Only what the caller has taken.
    pub own: bool,
    pub after: Option<PayoutId>,
}

/// A page of the worklist.
#[derive(Debug, Clone)]
pub struct Worklist {
    pub lines: Vec<WorkLine>,
    /// Where the next page starts, if there is one.
    pub next: Option<PayoutId>,
    /// Over all of each part, for the filter: to be paid, and taken.
    pub to_pay: Vec<WorkTotal>,
    pub taken: Vec<WorkTotal>,
    /// How many questions there are; counted up to a bound, as the sums are.
    pub questions: i64,
    /// The wallets that staff pay from, for the filter.
    pub wallets: Vec<Wallet>,
}

/// One payout of the rail with all that staff say of it.
#[derive(Debug, Clone)]
pub struct Shown {
    pub record: PayoutRecord,
    pub wallet: Wallet,
    pub taker: Option<Taker>,
    /// What is typed at the bank; empty for who may not pay, and before it is taken.
    pub identifiers: Map<String, Value>,
    /// Newest first.
    pub answers: Vec<ManualAnswer>,
    /// A cancellation without an answer.
    pub cancellation: Option<Cancellation>,
    /// Reversals without an answer.
    pub reversals: Vec<Reversal>,
    /// What the bank may still do with it, once its outcome is booked.
    pub aftermath: Option<Verdict>,
    /// What is recorded waits for a second person.
    pub two: bool,
}

/// What somebody types about one payout.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// `payout`, `cancellation`, `reversal` or `aftermath`.
    pub kind: String,
    pub subject_id: String,
    /// `done` or `not_done`.
    pub outcome: String,
    pub reference: String,
    /// As `2026-01-15`.
    pub paid_on: String,
    pub reason: String,
    /// The payout's, as it was shown.
    pub version: i64,
}

/// A payout of the list that somebody takes along.
#[derive(Debug, Clone)]
pub struct Slip {
    pub line: WorkLine,
    /// Label and text of each part of the bank details.
    pub account: Vec<(String, String)>,
}

/// A page of one part, the questions, and the sums of both parts.
pub async fn list(
    desk: &Desk,
    caller: &Caller,
    part: Part,
    query: &WorkQuery,
    limit: usize,
) -> Result<Worklist, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let wallets = wallets::list(desk, caller).await?.into_iter().map(|(wallet, _)| wallet);
    let wallets: Vec<Wallet> = wallets.filter(|wallet| wallet.rail == manual::NAME).collect();
    let chosen = query.wallet.and_then(|number| wallets.iter().find(|wallet| wallet.number == number));
    let filter = WorkFilter { wallet: chosen.map(|wallet| wallet.id), taker: None };
    let own = WorkFilter { taker: caller.person().filter(|_| query.own), ..filter.clone() };
    let mut reader = desk.store.read().await?;
    let shown = if part == Part::Taken { &own } else { &filter };
    let mut lines = rows::list(&mut reader, part, shown, query.after, limit as i64 + 1).await?;
    let more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines.last().map(|line| line.id).filter(|_| more);
    let to_pay = rows::totals(&mut reader, Part::ToPay, &filter).await?;
    let taken = rows::totals(&mut reader, Part::Taken, &own).await?;
    let questions = rows::waiting(&mut reader).await?.questions;
    Ok(Worklist { lines, next, to_pay, taken, questions, wallets })
}

/// What staff are asked, the oldest first, after the question `after`; and whether there is more.
pub async fn questions(
    desk: &Desk,
    caller: &Caller,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<Question>, bool), Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let mut reader = desk.store.read().await?;
    let mut questions = rows::questions(&mut reader, after, limit as i64 + 1).await?;
    let more = questions.len() > limit;
    questions.truncate(limit);
    Ok((questions, more))
}

/// One payout of the rail. Whoever may pay it sees the bank details once it is taken; the audit log has it before.
pub async fn get(desk: &Desk, caller: &Caller, id: PayoutId) -> Result<Shown, Error> {
    permit_on(desk, caller, Operation::ReadPayouts, id).await?;
    let mut reader = desk.store.read().await?;
    let found = payouts::records(&mut reader, &[id]).await?.pop();
    let record = found.filter(|record| manual::pays(&record.payout)).ok_or(Error::NotFound("Payout to pay by hand"))?;
    let payout = &record.payout;
    let taker = rows::taker(&mut reader, id).await?;
    let answers = rows::answers(&mut reader, id).await?;
    let asked = reversals::cancellations_of(&mut reader, id).await?;
    let back = reversals::of_payout(&mut reader, id).await?;
    let wallet = crate::store::wallets::by_id(&mut reader, payout.wallet_id).await?.ok_or(Error::Internal)?;
    drop(reader);
    let pays = crate::domain::staff::allows(caller, Operation::PayByHand) && payout.is_with_rail();
    let identifiers = if pays { details(desk, caller, &record).await? } else { Map::new() };
    Ok(Shown {
        two: wallet.needs_approval(payout.amount_minor),
        aftermath: manual::aftermath(&record).ok(),
        taker,
        identifiers,
        answers,
        cancellation: asked.into_iter().find(|asked| asked.state.is_open()),
        reversals: back.into_iter().filter(|reversal| reversal.state == ReversalState::Pending).collect(),
        wallet,
        record,
    })
}

/// Takes payouts to the bank, each for itself: what somebody else was faster with is told, and the rest is taken.
pub async fn take(
    desk: &Desk,
    caller: &Caller,
    ids: &[PayoutId],
) -> Result<Vec<(PayoutId, Result<(), Refusal>)>, Error> {
    permit(desk, caller, Operation::PayByHand).await?;
    if ids.is_empty() {
        return Err(Error::field("ids", "must be chosen: tick at least one payout"));
    }
    if ids.len() > MOST_TAKEN {
        return Err(Error::field("ids", format!("must be at most {MOST_TAKEN} at once")));
    }
    let units = ids.iter().map(|id| unit(caller, *id, Work::Take)).collect();
    let mut taken = Vec::with_capacity(ids.len());
    for (id, outcome) in ids.iter().zip(desk.store.run_each(units).await?) {
        taken.push((*id, outcome?.result.map(|_| ())));
    }
    Ok(taken)
}

/// Records what became of it. Answers whether it waits for a second person now.
pub async fn record(desk: &Desk, caller: &Caller, id: PayoutId, typed: &Typed) -> Result<bool, Error> {
    permit_on(desk, caller, Operation::PayByHand, id).await?;
    let said = said(desk, typed)?;
    let subject = said.subject_id.clone();
    run(desk, caller, id, Work::Record(said)).await?;
    let mut reader = desk.store.read().await?;
    let answers = rows::answers(&mut reader, id).await?;
    Ok(answers.iter().any(|answer| answer.subject_id == subject && answer.state == manual::State::Waiting))
}

/// Agrees to what somebody else recorded, seen with `version`; only now money moves.
pub async fn confirm(
    desk: &Desk,
    caller: &Caller,
    id: PayoutId,
    answer_id: ManualAnswerId,
    version: i64,
) -> Result<(), Error> {
    permit_on(desk, caller, Operation::ConfirmByHand, id).await?;
    let mut reader = desk.store.read().await?;
    let answers = rows::answers(&mut reader, id).await?;
    drop(reader);
    let answer = answers.into_iter().find(|answer| answer.id == answer_id).ok_or(Error::NotFound("Answer"))?;
    let reversal_id = (answer.kind == Kind::Reversal).then_some(answer.subject_id);
    run(desk, caller, id, Work::Confirm { answer_id, version, reversal_id }).await
}

/// Takes back what waits for a second person: whoever recorded it, or anybody who sees that it is wrong.
pub async fn take_back(desk: &Desk, caller: &Caller, id: PayoutId, answer_id: ManualAnswerId) -> Result<(), Error> {
    permit_on(desk, caller, Operation::PayByHand, id).await?;
    run(desk, caller, id, Work::TakeBack { answer_id }).await
}

/// What the caller has taken and not recorded yet, with the bank details, oldest first, at most [`MOST_TAKEN`]. The audit
/// log has it before.
pub async fn slips(desk: &Desk, caller: &Caller) -> Result<Vec<Slip>, Error> {
    permit(desk, caller, Operation::PayByHand).await?;
    let filter = WorkFilter { wallet: None, taker: Some(caller.person().ok_or(Error::Forbidden)?) };
    let mut reader = desk.store.read().await?;
    let lines = rows::list(&mut reader, Part::Taken, &filter, None, MOST_TAKEN as i64).await?;
    let ids: Vec<PayoutId> = lines.iter().map(|line| line.id).collect();
    let records = payouts::records(&mut reader, &ids).await?;
    drop(reader);
    let entry = Entry::done(caller, desk.clock.now(), "manual.list");
    audit_only(desk, entry.because(Some(format!("{} payouts", lines.len())))).await?;
    let mut slips = Vec::with_capacity(lines.len());
    for line in lines {
        let record = records.iter().find(|record| record.payout.id == line.id).ok_or(Error::Internal)?;
        let account = parts(&opened(desk, record)?);
        slips.push(Slip { line, account });
    }
    Ok(slips)
}

/// The same as a CSV file.
pub fn sheet(slips: &[Slip]) -> Result<Vec<u8>, Error> {
    const HEAD: [&str; 9] =
        ["payout", "reference", "payee", "currency", "amount", "account", "wallet", "client", "taken_at"];
    let rows = slips.iter().map(|slip| {
        let (line, amount) = (&slip.line, slip.line.destination());
        let account: Vec<String> = slip.account.iter().map(|(label, text)| format!("{label}: {text}")).collect();
        [
            line.id.to_string(),
            safe(&line.reference_id),
            safe(&line.payee_name()),
            amount.currency.code().to_owned(),
            amount.plain(),
            safe(&account.join("; ")),
            safe(&line.wallet_name),
            safe(&line.client_name),
            line.taken_at.map(time).unwrap_or_default(),
        ]
    });
    csv(Some(HEAD), rows)
}

/// Label and text of each part of bank details: `Account number`, `IBAN`.
pub fn parts(identifiers: &Map<String, Value>) -> Vec<(String, String)> {
    let short = ["iban", "bic", "upi", "ifsc"];
    let label = |name: &str| match short.contains(&name) {
        true => name.to_uppercase(),
        false => {
            let words = name.replace('_', " ");
            let mut letters = words.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        }
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    identifiers.iter().map(|(name, value)| (label(name), text(value))).collect()
}

fn opened(desk: &Desk, record: &PayoutRecord) -> Result<Map<String, Value>, Error> {
    let opened = record.account.as_ref().map(|account| accounts::open(&desk.keys, account)).transpose();
    let opened = opened.map_err(|error| {
        tracing::error!(%error, payout = %record.payout.id, "an account cannot be opened");
        Error::Internal
    })?;
    let identifiers = opened.as_deref().map(serde_json::from_str).transpose().map_err(|_| Error::Internal)?;
    Ok(identifiers.unwrap_or_default())
}

/// Writes who looks, then opens the account.
async fn details(desk: &Desk, caller: &Caller, record: &PayoutRecord) -> Result<Map<String, Value>, Error> {
    let identifiers = opened(desk, record)?;
    let mut entry = Entry::done(caller, desk.clock.now(), "payee.reveal").about(record.payee.id);
    entry.client_id = Some(record.payout.client_id);
    audit_only(desk, entry.because(Some(format!("To pay {}", record.payout.id)))).await?;
    Ok(identifiers)
}

/// What was typed, checked.
fn said(desk: &Desk, typed: &Typed) -> Result<Said, Error> {
    let mut checks = Fields::default();
    let kind = Kind::from_name(&typed.kind);
    let verdict = Verdict::from_name(&typed.outcome);
    if verdict.is_none() {
        checks.wrong("outcome", "is required: say what became of it");
    }
    let (kind, done) = (kind.ok_or(Error::NotFound("Question"))?, verdict == Some(Verdict::Done));
    let paid = verdict.is_some_and(|verdict| kind.names_payment(verdict));
    let reference = match paid {
        true => Some(checks.required("reference", Some(&typed.reference), LONGEST_REFERENCE)),
        false => checks.optional("reference", Some(&typed.reference), LONGEST_REFERENCE),
    };
    let paid_on: Option<NaiveDate> = checks.parsed("paid_on", Some(&typed.paid_on), "a day such as 2026-01-15");
    if paid && typed.paid_on.trim().is_empty() {
        checks.wrong("paid_on", "is required: the day on the bank's statement");
    }
    // Somewhere it is tomorrow already.
    let latest = DateTime::from_timestamp_micros(desk.clock.now()).unwrap_or_default().date_naive().succ_opt();
    if paid_on.is_some_and(|day| Some(day) > latest) {
        checks.wrong("paid_on", "must not lie ahead: record a payment once the bank has made it");
    }
    let reason = match verdict {
        Some(Verdict::NotDone) => Some(checks.required("reason", Some(&typed.reason), LONGEST_REASON)),
        _ => checks.optional("reason", Some(&typed.reason), LONGEST_REASON),
    };
    checks.done()?;
    Ok(Said {
        kind,
        subject_id: typed.subject_id.clone(),
        verdict: verdict.ok_or(Error::Internal)?,
        reference: reference.filter(|_| done),
        paid_on: paid_on.filter(|_| done).map(|day| day.to_string()),
        reason,
        version: typed.version,
    })
}

async fn run(desk: &Desk, caller: &Caller, id: PayoutId, work: Work) -> Result<(), Error> {
    let outcome = desk.store.run(unit(caller, id, work)).await?;
    // Whoever waits for a reversal may have its answer now.
    desk.answered.notify_waiters();
    match outcome.result {
        Ok(Done::Payout(_)) => Ok(()),
        Ok(_) => Err(Error::Internal),
        Err(refusal) if refusal.rule == Rule::NotFound => Err(Error::NotFound("Payout")),
        Err(refusal) => Err(Error::Refused(refusal)),
    }
}

fn unit(caller: &Caller, payout_id: PayoutId, work: Work) -> Unit {
    let command = Command::ByHand(ByHand { payout_id, work });
    Unit { caller: caller.clone(), key: None, command, item: None }
}
