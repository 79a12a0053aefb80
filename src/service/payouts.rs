//! Payouts: make, find, cancel, decide.

use serde::Serialize;

use super::fields::Fields;
use super::idempotency::{Answered, key};
use super::{Desk, permit};
use crate::domain::caller::Caller;
use crate::domain::cancellation::Cancellation;
use crate::domain::command::{
    AskToCancel, Cancel, Command, Decide, Done, NewPayout, Outcome, PayeeChoice, PayeeDetails, PayoutRecord, Unit,
};
use crate::domain::ids::PayoutId;
use crate::domain::money::Money;
use crate::domain::payee::account_label;
use crate::domain::payout::{CancelPolicy, Payout, Refusal, Rule, Step};
use crate::domain::plan::{CancelEffect, cancel_effect, fingerprint};
use crate::domain::staff::{Operation, allows};
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::StoreError;
use crate::store::payouts::{self as rows, Detail};

/// The most payouts one selection may hold.
pub const SELECTION: usize = 100;

/// A payout as typed in a form or sent as JSON; amounts and ids are still text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PayoutInput {
    pub reference_id: Option<String>,
    /// The wallet's number.
    pub wallet_id: Option<String>,
    pub amount: Option<String>,
    pub currency: Option<String>,
    pub beneficiary_id: Option<String>,
    pub beneficiary: PayeeInput,
    pub description: Option<String>,
    /// A JSON object as text.
    pub metadata: Option<String>,
}

/// A payee as typed or sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PayeeInput {
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub country: Option<String>,
    pub phone: Option<String>,
    /// Account identifiers, a JSON object as text.
    pub identifiers: Option<String>,
    /// A JSON object as text.
    pub metadata: Option<String>,
}

/// The names of a payee's fields, which differ between a payout and a payee of its own.
#[derive(Debug, Clone, Copy)]
pub struct PayeeFields {
    pub email: &'static str,
    pub first_name: &'static str,
    pub last_name: &'static str,
    pub country: &'static str,
    pub phone: &'static str,
    pub identifiers: &'static str,
    pub metadata: &'static str,
}

impl PayeeFields {
    pub const OF_PAYOUT: PayeeFields = PayeeFields {
        email: "beneficiary_email",
        first_name: "beneficiary_first_name",
        last_name: "beneficiary_last_name",
        country: "beneficiary_country",
        phone: "beneficiary_phone",
        identifiers: "beneficiary_identifiers",
        metadata: "metadata",
    };
    pub const OWN: PayeeFields = PayeeFields {
        email: "email",
        first_name: "first_name",
        last_name: "last_name",
        country: "country",
        phone: "phone",
        identifiers: "identifiers",
        metadata: "metadata",
    };
}

/// One payout with what may be done to it by this caller.
#[derive(Debug, Clone)]
pub struct Shown {
    pub detail: Detail,
    pub acts: Acts,
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
}

/// Makes a payout. The same key, or the same reference with the same data, makes no second one.
pub async fn create(
    desk: &Desk,
    caller: &Caller,
    input: &PayoutInput,
    idempotency_key: Option<&str>,
) -> Result<Answered<PayoutRecord>, Error> {
    permit(desk, caller, Operation::MakePayout).await?;
    let new = parse(input)?;
    // Over what was understood: `5` and `"5.00"` are the same request.
    let key = key(caller, "payout.create", idempotency_key, &new)?;
    let unit = Unit { caller: caller.clone(), key, command: Command::Create(Box::new(new)) };
    let answered = payout(desk.store.run(unit).await?)?;
    desk.wake.notify_one();
    Ok(answered)
}

/// One payout in the caller's sight.
pub async fn get(desk: &Desk, caller: &Caller, id: PayoutId) -> Result<PayoutRecord, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let mut reader = desk.store.read().await?;
    let record = rows::records(&mut reader, &[id]).await?.pop();
    record.filter(|record| caller.may_see(record.payout.client_id)).ok_or(Error::NotFound("Payout"))
}

/// One payout with its ledger, reversals and what may be done to it, as one snapshot.
pub async fn show(desk: &Desk, caller: &Caller, id: PayoutId) -> Result<Shown, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let mut reader = desk.store.read().await?;
    let detail = rows::detail(&mut reader, id)
        .await?
        .filter(|detail| caller.may_see(detail.record.payout.client_id))
        .ok_or(Error::NotFound("Payout"))?;
    let acts = acts(caller, &detail.record.payout, &detail.wallet);
    Ok(Shown { detail, acts })
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
    permit(desk, caller, Operation::CancelPayout).await?;
    let reason = note("reason", reason)?;
    let key = key(caller, &format!("payout.cancel:{id}"), idempotency_key, &(id, &reason))?;
    let command = Command::Cancel(Cancel { payout_id: id, policy: CancelPolicy::DESK, reason, version });
    payout(desk.store.run(Unit { caller: caller.clone(), key, command }).await?)
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
        units.push(Unit { caller: caller.clone(), key, command: Command::Cancel(cancel) });
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
    selected(desk, caller, ids).await
}

/// How the payouts of a selection stand, for whoever may see payouts. Unknown ids are left out.
pub async fn standing(desk: &Desk, caller: &Caller, ids: &[PayoutId]) -> Result<SelectionPreview, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    selected(desk, caller, ids).await
}

async fn selected(desk: &Desk, caller: &Caller, ids: &[PayoutId]) -> Result<SelectionPreview, Error> {
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
    Ok(SelectionPreview { items, wallets })
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
    permit(desk, caller, Operation::DecidePayout).await?;
    let note = note("note", text)?;
    let key = key(caller, &format!("payout.decide:{id}"), idempotency_key, &(id, approve, &note))?;
    let queue_delay = desk.config.sandbox_delay;
    let command = Command::Decide(Decide { payout_id: id, approve, note, version, queue_delay });
    let answered = payout(desk.store.run(Unit { caller: caller.clone(), key, command }).await?)?;
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
    permit(desk, caller, Operation::CancelPayout).await?;
    let reason = note("reason", reason)?;
    let key = key(caller, &format!("payout.ask_to_cancel:{id}"), idempotency_key, &(id, &reason))?;
    let command = Command::AskToCancel(AskToCancel { payout_id: id, reason });
    let outcome = desk.store.run(Unit { caller: caller.clone(), key, command }).await?;
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

/// Checks a payee's fields; the names in errors are those of `fields`.
pub fn parse_payee(checks: &mut Fields, input: &PayeeInput, fields: PayeeFields) -> PayeeDetails {
    let country = checks.country(fields.country, input.country.as_deref());
    let identifiers = object(checks, fields.identifiers, input.identifiers.as_deref());
    let label = identifiers.as_ref().and_then(|members| account_label(country.as_deref(), members));
    let metadata = object(checks, fields.metadata, input.metadata.as_deref());
    let mut details = PayeeDetails {
        email: checks.email(fields.email, input.email.as_deref()),
        first_name: checks.required(fields.first_name, input.first_name.as_deref(), 100),
        last_name: checks.required(fields.last_name, input.last_name.as_deref(), 100),
        country,
        phone: checks.optional(fields.phone, input.phone.as_deref(), 40),
        identifiers: identifiers.map(|members| serde_json::Value::Object(members).to_string()),
        account_label: label,
        metadata: metadata.map(|members| serde_json::Value::Object(members).to_string()),
        fingerprint: String::new(),
    };
    details.fingerprint = fingerprint(&details);
    details
}

/// Checks every field of a payout, before anything is looked up.
pub(super) fn parse(input: &PayoutInput) -> Result<NewPayout, Error> {
    let mut checks = Fields::default();
    let reference_id = checks.required("reference_id", input.reference_id.as_deref(), 100);
    let wallet_number = checks.parsed("wallet_id", input.wallet_id.as_deref(), "the number of a wallet");
    if input.wallet_id.as_deref().is_none_or(|text| text.trim().is_empty()) {
        checks.wrong("wallet_id", "is required");
    }
    let currency = checks.currency("currency", input.currency.as_deref());
    let amount = checks.amount("amount", input.amount.as_deref(), currency);
    let inline = PayeeInput { metadata: None, ..input.beneficiary.clone() };
    let payee = match input.beneficiary_id.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
        Some(_) if inline != PayeeInput::default() => {
            checks.wrong("beneficiary_id", "must not come together with details of a beneficiary: give one of them");
            None
        }
        // An id that cannot be one of ours names nobody, like any other unknown id.
        Some(id) => match id.parse() {
            Ok(id) => Some(PayeeChoice::Saved(id)),
            Err(_) => {
                checks.wrong("beneficiary_id", "must be the id of a saved beneficiary (ben_…)");
                None
            }
        },
        None => Some(PayeeChoice::Inline(parse_payee(&mut checks, &inline, PayeeFields::OF_PAYOUT))),
    };
    let description = checks.optional("description", input.description.as_deref(), 500);
    let metadata = object(&mut checks, "metadata", input.metadata.as_deref())
        .map(|members| serde_json::Value::Object(members).to_string());
    checks.done()?;
    match (wallet_number, amount, payee) {
        (Some(wallet_number), Some(amount), Some(payee)) => {
            Ok(NewPayout { wallet_number, amount, payee, reference_id, description, metadata })
        }
        _ => Err(Error::Internal),
    }
}

/// A JSON object of at most 4,000 characters, if given.
pub fn object(
    checks: &mut Fields,
    field: &'static str,
    text: Option<&str>,
) -> Option<serde_json::Map<String, serde_json::Value>> {
    let text = text.map(str::trim).filter(|text| !text.is_empty() && *text != "null")?;
    if text.len() > 4_000 {
        checks.wrong(field, "must have at most 4,000 characters");
        return None;
    }
    match serde_json::from_str(text) {
        Ok(_) if text.contains("\\u0000") => checks.wrong(field, "must not contain U+0000"),
        Ok(serde_json::Value::Object(members)) => return Some(members).filter(|members| !members.is_empty()),
        _ => checks.wrong(field, "must be an object"),
    }
    None
}

/// A reason or note, at most 500 characters.
pub fn note(field: &'static str, text: Option<&str>) -> Result<Option<String>, Error> {
    let mut checks = Fields::default();
    let note = checks.optional(field, text, 500);
    checks.done()?;
    Ok(note)
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
