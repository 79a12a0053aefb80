//! Reversals: bring back all or part of a completed payout.

use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, timeout};

use super::fields::Fields;
use super::idempotency::{Answered, Given, ended_early};
use super::payouts::object;
use super::{Desk, audit_only, permit, permit_on};
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::command::{Command, Done, NewReversal, PayoutRecord, Unit};
use crate::domain::ids::{PayeeId, PayoutId, ReversalId};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::reversal::{Reversal, State};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::store::payouts;
use crate::store::reversals::{self as rows, Count, ReversalLine};

/// How long a caller that needs the outcome waits for the rail's job.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A reversal as typed or sent; the amount is still text, in the payout's destination currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReversalInput {
    /// None or blank: everything that is left.
    pub amount: Option<String>,
    pub reason: Option<String>,
    pub client_transfer_id: Option<String>,
    pub statement_description: Option<String>,
    /// A JSON object as text.
    pub metadata: Option<String>,
    /// Whether the payee is told once the money is back.
    pub notify: bool,
}

/// A reversal that is asked for.
#[derive(Debug)]
pub struct Asked<'a> {
    pub payout: PayoutId,
    /// Who the payout must have gone to, where the caller names them; to somebody else, it is not found.
    pub payee: Option<PayeeId>,
    /// What was sent, or why it cannot be read.
    pub input: Result<ReversalInput, Refusal>,
    pub version: Option<i64>,
    pub key: Given<'a>,
    pub wait: Wait,
}

/// How long to wait for the rail, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// For any answer of the rail's job, also that nobody knows.
    Answer(Duration),
    /// For the outcome alone.
    Outcome(Duration),
}

/// Books the reversal and waits up to `patience` for the rail's answer; a pending one is answered as pending.
pub async fn reverse(
    desk: &Desk,
    caller: &Caller,
    id: PayoutId,
    input: &ReversalInput,
    version: Option<i64>,
    idempotency_key: Option<&str>,
    patience: Duration,
) -> Result<Answered<Reversal>, Error> {
    let (key, wait) = (Given::own(idempotency_key), Wait::Answer(patience));
    let asked = Asked { payout: id, payee: None, input: Ok(input.clone()), version, key, wait };
    reverse_as(desk, caller, asked).await
}

/// The same, with everything that a dialect may say of it.
pub async fn reverse_as(desk: &Desk, caller: &Caller, asked: Asked<'_>) -> Result<Answered<Reversal>, Error> {
    permit_on(desk, caller, Operation::ReversePayout, asked.payout).await?;
    let outcome = match unit(desk, caller, &asked).await {
        Ok(unit) => desk.store.run(unit).await?,
        Err(error) => ended_early(desk, caller, asked.key, error).await?,
    };
    desk.wake.notify_one();
    let answered = Answered::of(outcome, |done| match done {
        Done::Reversal(reversal) => Some(*reversal),
        _ => None,
    })?;
    let value = wait(desk, answered.value, asked.wait).await?;
    Ok(Answered { value, ..answered })
}

async fn unit(desk: &Desk, caller: &Caller, asked: &Asked<'_>) -> Result<Unit, Error> {
    let new = parse(desk, caller, asked).await?;
    let texts = (&new.reason, &new.client_transfer_id, &new.statement_description, &new.metadata);
    let understood = (asked.payout, new.amount_minor, texts, new.notify);
    let key = asked.key.record(caller, &format!("payout.reverse:{}", asked.payout), &understood)?;
    Ok(Unit { caller: caller.clone(), key, command: Command::Reverse(Box::new(new)), item: None })
}

/// The reversals of one payout, newest first.
pub async fn of_payout(desk: &Desk, caller: &Caller, id: PayoutId) -> Result<Vec<Reversal>, Error> {
    super::payouts::get(desk, caller, id).await?;
    let mut reader = desk.store.read().await?;
    Ok(rows::of_payout(&mut reader, id).await?)
}

/// A payout that went to this payee, with its reversals, newest first.
pub async fn to_payee(
    desk: &Desk,
    caller: &Caller,
    payee: PayeeId,
    id: PayoutId,
) -> Result<(PayoutRecord, Vec<Reversal>), Error> {
    let detail = super::payouts::show(desk, caller, id).await?.detail;
    if !is_to(&detail.record, Some(payee)) {
        return Err(Error::NotFound("Payout"));
    }
    Ok((detail.record, detail.reversals.into_iter().rev().collect()))
}

/// Reversals in the caller's sight, newest first, older than `before`; and where older ones start.
pub async fn list(
    desk: &Desk,
    caller: &Caller,
    state: Option<State>,
    before: Option<ReversalId>,
    limit: usize,
) -> Result<(Vec<ReversalLine>, Option<ReversalId>), Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let mut reader = desk.store.read().await?;
    let mut lines = rows::list(&mut reader, caller.client(), state, before, limit as i64 + 1).await?;
    let more = lines.len() > limit;
    lines.truncate(limit);
    let older = lines.last().map(|line| line.reversal.id).filter(|_| more);
    Ok((lines, older))
}

/// How many there are in each state, over all clients: for people, who see them all.
pub async fn counts(desk: &Desk, caller: &Caller) -> Result<Vec<Count>, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    if caller.client().is_some() {
        return Err(Error::Forbidden);
    }
    let mut reader = desk.store.read().await?;
    Ok(rows::counts(&mut reader).await?)
}

/// One reversal in the caller's sight.
pub async fn get(desk: &Desk, caller: &Caller, id: ReversalId) -> Result<Reversal, Error> {
    permit_on(desk, caller, Operation::ReadPayouts, id).await?;
    let mut reader = desk.store.read().await?;
    let found = rows::get(&mut reader, id).await?;
    found.filter(|reversal| caller.may_see(reversal.client_id)).ok_or(Error::NotFound("Reversal"))
}

/// The amount's currency is the payout's, so the payout is looked up before the amount is read.
async fn parse(desk: &Desk, caller: &Caller, asked: &Asked<'_>) -> Result<NewReversal, Error> {
    let id = asked.payout;
    let mut reader = desk.store.read().await?;
    let record = payouts::records(&mut reader, &[id]).await?.pop();
    drop(reader);
    let Some(record) = record.filter(|record| caller.may_see(record.payout.client_id) && is_to(record, asked.payee))
    else {
        let refusal = Refusal::new(Rule::NotFound, "There is no such payout.");
        let entry = Entry::done(caller, desk.clock.now(), "payout.reverse").about(id).refused(&refusal);
        audit_only(desk, entry).await?;
        return Err(Error::NotFound("Payout"));
    };
    let input = asked.input.as_ref().map_err(|refusal| Error::Refused(refusal.clone()))?;
    let mut checks = Fields::default();
    let given = input.amount.as_deref().map(str::trim).filter(|amount| !amount.is_empty());
    let amount = given.and_then(|_| checks.amount("amount", given, Some(record.payout.destination_currency)));
    let reason = checks.required("reason", input.reason.as_deref(), 500);
    let client_transfer_id = checks.optional("client_transfer_id", input.client_transfer_id.as_deref(), 50);
    let statement_description = checks.optional("statement_description", input.statement_description.as_deref(), 200);
    let metadata = object(&mut checks, "metadata", input.metadata.as_deref());
    checks.done()?;
    Ok(NewReversal {
        payout_id: id,
        amount_minor: amount.map(|amount| amount.minor),
        reason,
        client_transfer_id,
        statement_description,
        metadata: metadata.map(|members| serde_json::Value::Object(members).to_string()),
        notify: input.notify,
        version: asked.version,
    })
}

fn is_to(record: &PayoutRecord, payee: Option<PayeeId>) -> bool {
    payee.is_none_or(|payee| record.payout.payee_id == payee)
}

async fn wait(desk: &Desk, reversal: Reversal, wait: Wait) -> Result<Reversal, Error> {
    let (patience, silence_will_do) = match wait {
        Wait::Answer(patience) => (patience, true),
        Wait::Outcome(patience) => (patience, false),
    };
    let deadline = Instant::now() + patience;
    let is_told = |reversal: &Reversal| {
        // Nobody asks people: staff who pay by hand answer some day.
        let nobody_asks = reversal.due_at.is_none();
        reversal.state != State::Pending || nobody_asks || (silence_will_do && reversal.outcome_unknown_since.is_some())
    };
    let mut current = reversal;
    loop {
        let answered = desk.answered.notified();
        let mut reader = desk.store.read().await?;
        if let Some(found) = rows::get(&mut reader, current.id).await? {
            current = found;
        }
        drop(reader);
        let left = deadline.saturating_duration_since(Instant::now());
        if is_told(&current) || left.is_zero() {
            return Ok(current);
        }
        // Another process may run the job, so the wait also looks by itself now and then.
        let _ = timeout(left.min(Duration::from_millis(500)), answered).await;
    }
}
