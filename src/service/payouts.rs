//! Payouts: make, find, cancel, decide.

mod input;

pub(super) use self::input::parse;
pub use self::input::{PayoutInput, note, object};
use super::approval_requests::{self, Standing};
use super::approval_rules::{Expected, expected_by};
use super::idempotency::{Answered, key};
pub use super::payees::input::{PayeeFields, PayeeInput, parse_payee};
use super::{Desk, permit, permit_on};
use crate::domain::approval::{Need, Request, Verb, needed};
use crate::domain::audit::Entry;
use crate::domain::books::approvals::shown;
use crate::domain::caller::Caller;
use crate::domain::cancellation::Cancellation;
use crate::domain::command::{
    AskToCancel, Cancel, Command, Decide, Done, IdempotencyKey, KeyTerms, NewPayout, Outcome, PayoutRecord, Unit,
};
use crate::domain::freeze::{Freezes, Stop};
use crate::domain::ids::PayoutId;
use crate::domain::maker::Maker;
use crate::domain::money::Money;
use crate::domain::payout::{CancelPolicy, Payout, Refusal, Rule, State, Step};
use crate::domain::plan::{CancelEffect, cancel_effect};
use crate::domain::staff::{Operation, allows};
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::approval_requests::open_of;
use crate::store::cases::{self, CaseRef};
use crate::store::payouts::{self as rows, Detail};
use crate::store::{StoreError, approval_rules, audit, freezes};

/// The most payouts one selection may hold.
pub const SELECTION: usize = 100;

/// One payout with what may be done to it by this caller.
#[derive(Debug, Clone)]
pub struct Shown {
    pub detail: Detail,
    pub acts: Acts,
    /// What a freeze keeps from happening next.
    pub frozen: Option<Refusal>,
    /// How far the approval has come, while it waits for one.
    pub approval: Option<Standing>,
    /// What rules ask for before it is cancelled.
    pub cancel_needs: Option<Expected>,
    /// What waits for approval before it is done to it.
    pub requests: Vec<Request>,
    /// What is or was not known about it, newest first.
    pub cases: Vec<CaseRef>,
}

/// Each action with its effect, or why not and what to do instead.
#[derive(Debug, Clone)]
pub struct Acts {
    pub cancel: Result<CancelEffect, Refusal>,
    pub ask_to_cancel: Result<(), Refusal>,
    /// What is left to reverse.
    pub reverse: Result<Money, Refusal>,
    pub decide: Result<(), Refusal>,
}

/// What cancelling one payout of a selection would do, if it may be done.
#[derive(Debug, Clone)]
pub struct Preview {
    pub record: PayoutRecord,
    pub effect: Result<CancelEffect, Refusal>,
}

/// What a selection would bring back to one wallet.
#[derive(Debug, Clone)]
pub struct WalletEffect {
    pub wallet: Wallet,
    pub payouts: usize,
    pub refund: Money,
    pub after: Money,
}

/// The preview of a selection: each payout, and each wallet it touches.
#[derive(Debug, Clone)]
pub struct SelectionPreview {
    pub items: Vec<Preview>,
    pub wallets: Vec<WalletEffect>,
    /// What rules ask for before the strictest of those that can be cancelled is.
    pub needs: Option<Expected>,
}

/// What one request did to a payout, or why it did not, and the payout as it stands now.
#[derive(Debug, Clone)]
pub struct Acted {
    pub entry: Entry,
    pub record: PayoutRecord,
}

/// Makes a payout. The same key, or the same reference with the same data, makes no second one.
pub async fn create(
    desk: &Desk,
    caller: &Caller,
    input: &PayoutInput,
    idempotency_key: Option<&str>,
) -> Result<Answered<PayoutRecord>, Error> {
    permit(desk, caller, Operation::MakePayout).await?;
    issue(desk, caller, parse(&desk.keys, input)?, idempotency_key, KeyTerms::default()).await
}

/// The same for a request that a dialect has read and checked by its own contract, with the terms of its keys.
pub async fn issue(
    desk: &Desk,
    caller: &Caller,
    new: NewPayout,
    idempotency_key: Option<&str>,
    terms: KeyTerms,
) -> Result<Answered<PayoutRecord>, Error> {
    permit(desk, caller, Operation::MakePayout).await?;
    // Over what was understood: `5` and `"5.00"` are the same request.
    let key = key(caller, "payout.create", idempotency_key, &new)?.map(|key| IdempotencyKey { terms, ..key });
    let unit = Unit { caller: caller.clone(), key, command: Command::Create(Box::new(new)), item: None };
    let answered = payout(desk.store.run(unit).await?)?;
    desk.wake.notify_one();
    Ok(answered)
}

/// One payout in the caller's sight.
pub async fn get(desk: &Desk, caller: &Caller, id: PayoutId) -> Result<PayoutRecord, Error> {
    permit_on(desk, caller, Operation::ReadPayouts, id).await?;
    let mut reader = desk.store.read().await?;
    let record = rows::records(&mut reader, &[id]).await?.pop();
    record.filter(|record| caller.may_see(record.payout.client_id)).ok_or(Error::NotFound("Payout"))
}

/// One payout with its ledger, reversals and what may be done to it, as one snapshot.
pub async fn show(desk: &Desk, caller: &Caller, id: PayoutId) -> Result<Shown, Error> {
    permit_on(desk, caller, Operation::ReadPayouts, id).await?;
    let mut reader = desk.store.read().await?;
    let detail = rows::detail(&mut reader, id)
        .await?
        .filter(|detail| caller.may_see(detail.record.payout.client_id))
        .ok_or(Error::NotFound("Payout"))?;
    let mut acts = acts(caller, &detail.record.payout, &detail.wallet);
    let frozen = frozen(&detail.record.payout, &Freezes(freezes::active(&mut reader).await?));
    let payout = &detail.record.payout;
    let (client, amount, text) = (payout.client_id, payout.amount(), id.to_string());
    let mut approval = None;
    if payout.waits_for_approval() {
        let about = (Verb::Create, Some(client), Some(amount));
        let (maker, seen) = (payout.maker(), shown(&detail.record));
        let now = approval_requests::standing(&mut reader, &text, None, &maker, about, seen).await?;
        acts.decide = acts.decide.and_then(|()| now.check(caller, &payout.maker()));
        approval = Some(now);
    }
    let cancel_needs = match acts.cancel.is_ok() || acts.ask_to_cancel.is_ok() {
        true => approval_requests::needs(&mut reader, caller, Verb::Cancel, client, amount).await?,
        false => None,
    };
    let requests = open_of(&mut reader, &text).await?;
    // No rail was ever given it: then there is nothing not to know.
    let cases = match detail.record.was_handed_over() {
        true => cases::of_payout(&mut reader, id).await?,
        false => Vec::new(),
    };
    Ok(Shown { detail, acts, frozen, approval, cancel_needs, requests, cases })
}

/// Cancels a payout that no rail has: amount and fees are back in the wallet in the same unit.
///
/// `version` is the one the caller saw; another one is refused as [`Rule::Stale`].
pub async fn cancel(
    desk: &Desk,
    caller: &Caller,
    id: PayoutId,
    reason: Option<&str>,
    version: Option<i64>,
    idempotency_key: Option<&str>,
) -> Result<Answered<PayoutRecord>, Error> {
    cancel_within(desk, caller, id, CancelPolicy::DESK, reason, version, idempotency_key).await
}

/// The same where a dialect allows less.
pub async fn cancel_within(
    desk: &Desk,
    caller: &Caller,
    id: PayoutId,
    policy: CancelPolicy,
    reason: Option<&str>,
    version: Option<i64>,
    idempotency_key: Option<&str>,
) -> Result<Answered<PayoutRecord>, Error> {
    permit_on(desk, caller, Operation::CancelPayout, id).await?;
    let reason = note("reason", reason)?;
    let key = key(caller, &format!("payout.cancel:{id}"), idempotency_key, &(id, &reason))?;
    let command = Command::Cancel(Cancel { payout_id: id, policy, reason, version });
    payout(desk.store.run(Unit { caller: caller.clone(), key, command, item: None }).await?)
}

/// Cancels a selection in one set; each payout has its own result. Each item is an id with the version seen.
pub async fn cancel_many(
    desk: &Desk,
    caller: &Caller,
    items: &[(PayoutId, Option<i64>)],
    reason: Option<&str>,
    idempotency_key: Option<&str>,
) -> Result<Vec<Result<PayoutRecord, Refusal>>, Error> {
    permit(desk, caller, Operation::CancelPayout).await?;
    let reason = note("reason", reason)?;
    if items.is_empty() || items.len() > SELECTION {
        return Err(Error::field("ids", format!("must name 1 to {SELECTION} payouts")));
    }
    let mut units = Vec::with_capacity(items.len());
    for (id, version) in items {
        let key = key(caller, &format!("payout.cancel:{id}"), idempotency_key, &(id, &reason))?;
        let cancel = Cancel { payout_id: *id, policy: CancelPolicy::DESK, reason: reason.clone(), version: *version };
        units.push(Unit { caller: caller.clone(), key, command: Command::Cancel(cancel), item: None });
    }
    let results = desk.store.run_each(units).await?;
    let item = |result: Result<Outcome, StoreError>| match result {
        Ok(outcome) => outcome.result.map(record),
        Err(StoreError::InDoubt(_)) => Err(Refusal::new(Rule::OutcomeLost, "Whether it was done is not known.")
            .instead("Look at it before you try again.")),
        Err(_) => {
            Err(Refusal::new(Rule::NotDone, "It could not be written; nothing of it was done.").instead("Try again."))
        }
    };
    Ok(results.into_iter().map(item).collect())
}

/// What cancelling these payouts would do, on one snapshot. Unknown ids are left out.
pub async fn preview(desk: &Desk, caller: &Caller, ids: &[PayoutId]) -> Result<SelectionPreview, Error> {
    permit(desk, caller, Operation::CancelPayout).await?;
    if ids.len() > SELECTION {
        return Err(Error::field("ids", format!("must name at most {SELECTION} payouts")));
    }
    let mut reader = desk.store.read().await?;
    let mut items = Vec::new();
    let mut wallets: Vec<WalletEffect> = Vec::new();
    for (record, wallet) in rows::records_with_wallets(&mut reader, ids).await? {
        if !caller.may_see(record.payout.client_id) {
            continue;
        }
        let known = wallets.iter().position(|effect| effect.wallet.id == wallet.id);
        let place = known.unwrap_or_else(|| {
            let (refund, after) = (Money::new(0, wallet.currency), wallet.available());
            wallets.push(WalletEffect { wallet, payouts: 0, refund, after });
            wallets.len() - 1
        });
        let effect = cancel_effect(&record.payout, &wallets[place].wallet, CancelPolicy::DESK);
        if let Ok(effect) = &effect {
            wallets[place].payouts += 1;
            wallets[place].refund.minor += effect.refund.minor;
            wallets[place].after.minor += effect.refund.minor;
        }
        items.push(Preview { record, effect });
    }
    wallets.retain(|effect| effect.payouts > 0);
    let rules = approval_rules::standing(&mut reader, Verb::Cancel).await?;
    let acting = items.iter().filter(|item: &&Preview| {
        item.effect.is_ok() || item.record.payout.check(Step::AskToCancel, CancelPolicy::DESK).is_ok()
    });
    let need = acting.filter_map(|item| {
        let payout = &item.record.payout;
        needed(&rules, Verb::Cancel, Some(payout.client_id), Some(payout.amount()))
    });
    let need = need.reduce(Need::and);
    let needs = expected_by(&mut reader, need, &Maker::of(caller)).await?;
    Ok(SelectionPreview { items, wallets, needs })
}

/// What one request from a page did when it cancelled payouts or asked for it, in the order in which it was done.
///
/// Errors: not found, when no request with this id did so to a payout in the caller's sight.
pub async fn acted(desk: &Desk, caller: &Caller, request_id: &str) -> Result<Vec<Acted>, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let mut reader = desk.store.read().await?;
    let actions = ["payout.cancel", "payout.ask_to_cancel"];
    let lines = audit::of_page_request(&mut reader, request_id, actions, SELECTION as i64).await?;
    let subject = |entry: &Entry| entry.subject_id.as_deref().and_then(|id| id.parse::<PayoutId>().ok());
    let ids: Vec<PayoutId> = lines.iter().filter_map(|line| subject(&line.link.entry)).collect();
    let records = rows::records(&mut reader, &ids).await?;
    let acted: Vec<Acted> = lines
        .into_iter()
        .filter_map(|line| {
            let id = subject(&line.link.entry)?;
            let record = records.iter().find(|record| record.payout.id == id)?.clone();
            Some(Acted { entry: line.link.entry, record })
        })
        .filter(|acted| caller.may_see(acted.record.payout.client_id))
        .collect();
    if acted.is_empty() { Err(Error::NotFound("Result")) } else { Ok(acted) }
}

/// A checker approves what waits, or sends it back.
pub async fn decide(
    desk: &Desk,
    caller: &Caller,
    id: PayoutId,
    approve: bool,
    text: Option<&str>,
    version: Option<i64>,
    idempotency_key: Option<&str>,
) -> Result<Answered<PayoutRecord>, Error> {
    decide_as_shown(desk, caller, id, approve, text, (version, None), idempotency_key).await
}

/// The same, bound to what was shown: the payout's version, and the number of who is paid.
pub async fn decide_as_shown(
    desk: &Desk,
    caller: &Caller,
    id: PayoutId,
    approve: bool,
    text: Option<&str>,
    (version, shown): (Option<i64>, Option<i64>),
    idempotency_key: Option<&str>,
) -> Result<Answered<PayoutRecord>, Error> {
    permit_on(desk, caller, Operation::DecidePayout, id).await?;
    let note = note("note", text)?;
    let key = key(caller, &format!("payout.decide:{id}"), idempotency_key, &(id, approve, &note))?;
    let queue_delay = desk.config.sandbox_delay;
    let command = Command::Decide(Decide { payout_id: id, approve, note, version, shown, queue_delay });
    let answered = payout(desk.store.run(Unit { caller: caller.clone(), key, command, item: None }).await?)?;
    desk.wake.notify_one();
    Ok(answered)
}

/// Asks the rail to stop a payout that it has; the money stays held until it answers.
pub async fn ask_to_cancel(
    desk: &Desk,
    caller: &Caller,
    id: PayoutId,
    reason: Option<&str>,
    idempotency_key: Option<&str>,
) -> Result<Answered<Cancellation>, Error> {
    permit_on(desk, caller, Operation::CancelPayout, id).await?;
    let reason = note("reason", reason)?;
    let key = key(caller, &format!("payout.ask_to_cancel:{id}"), idempotency_key, &(id, &reason))?;
    let command = Command::AskToCancel(AskToCancel { payout_id: id, reason });
    let outcome = desk.store.run(Unit { caller: caller.clone(), key, command, item: None }).await?;
    desk.wake.notify_one();
    Answered::of(outcome, |done| match done {
        Done::Cancellation(cancellation) => Some(*cancellation),
        _ => None,
    })
}

/// Each action on a payout for this caller: what it would do, or why not.
pub fn acts(caller: &Caller, payout: &Payout, wallet: &Wallet) -> Acts {
    let may = |operation: Operation, what: &str| {
        if allows(caller, operation) {
            Ok(())
        } else {
            Err(Refusal::new(Rule::Forbidden, format!("Your role does not allow you to {what}."))
                .instead("Ask someone whose role does."))
        }
    };
    let decide = payout.check(Step::Approve, CancelPolicy::DESK).map(|_| ()).and_then(|()| {
        payout.check_checker(caller)?;
        may(Operation::DecidePayout, "approve payouts")
    });
    Acts {
        cancel: cancel_effect(payout, wallet, CancelPolicy::DESK)
            .and_then(|effect| may(Operation::CancelPayout, "cancel payouts").map(|()| effect)),
        ask_to_cancel: payout
            .check(Step::AskToCancel, CancelPolicy::DESK)
            .and_then(|_| may(Operation::CancelPayout, "cancel payouts")),
        reverse: payout
            .check(Step::Reverse, CancelPolicy::DESK)
            .and_then(|_| may(Operation::ReversePayout, "reverse payouts").map(|()| payout.reversible())),
        decide,
    }
}

/// What a freeze stops of the payout that would happen next.
fn frozen(payout: &Payout, freezes: &Freezes) -> Option<Refusal> {
    let stop = match payout.state {
        State::Created | State::Queued => Stop::HandOver,
        _ if payout.waits_for_approval() => Stop::Approve,
        _ => return None,
    };
    freezes.check_payout(payout, stop).err()
}

fn payout(outcome: Outcome) -> Result<Answered<PayoutRecord>, Error> {
    Answered::of(outcome, |done| Some(record(done)))
}

fn record(done: Done) -> PayoutRecord {
    match done {
        Done::Payout(record) => *record,
        other => unreachable!("commands on payouts answer payouts, not {other:?}"),
    }
}
