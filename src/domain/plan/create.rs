//! Making a payout: payee, fee, hold, and the approval limit.

use super::Ran;
use super::advance::MONEY_PAUSE;
use super::cancel::tell;
use super::payee::{Paid, paid_to};
use crate::domain::books::{About, Books, Line};
use crate::domain::caller::Caller;
use crate::domain::command::{Done, LowFunds, NewPayout, PayeeChoice, PayoutRecord, Terms};
use crate::domain::event::EventType;
use crate::domain::freeze::Stop;
use crate::domain::ids::{HoldId, Id, Mint, PayoutId};
use crate::domain::ledger::{Account, Kind, Phase, Posting};
use crate::domain::payout::{Action, ClosedBy, Origin, Payout, Refusal, Rule, State};
use crate::domain::wallet::Wallet;

/// How long a checker has to answer, in microseconds: 30 days; in Razorpay's dialect three months
/// (`contracts/razorpay.md` 4.6).
fn approval_time(origin: Origin) -> i64 {
    let days = if origin == Origin::Razorpay { 90 } else { 30 };
    days * 24 * 3600 * 1_000_000
}

/// The failure code of a payout that its wallet could not pay.
pub const INSUFFICIENT_FUNDS: &str = "insufficient_funds";

pub(super) fn plan(books: &mut Books, caller: &Caller, new: &NewPayout, mint: &mut Mint) -> Result<Ran, Refusal> {
    // A retry gets its payout also when the wallet was closed or the payee deleted since.
    let wallet = books.wallet(new.wallet_number, caller)?;
    if let Some(earlier) = earlier(books, wallet, new) {
        return if same(&earlier, wallet, new) {
            Ok(Ran::Earlier(Done::Payout(Box::new(earlier))))
        } else {
            Err(Refusal::new(Rule::ReferenceTaken, "A payout with this reference exists, with other data.")
                .instead("Use another reference for another payment."))
        };
    }
    let wallet = books.open_wallet(new.wallet_number, new.amount.currency, caller)?.clone();
    books.freezes.check_caller(caller, Stop::Send)?;
    books.check_caps(caller, new.amount, mint.now())?;
    let paid = paid_to(books, &wallet, &new.payee, mint)?;
    let fees_minor = wallet.fee(new.amount.minor).ok_or_else(too_large)?;
    let record = record(mint.next(), &wallet, &paid, new, fees_minor, caller);
    add_record(books, caller, record, paid, &new.terms, mint).map(Ran::New)
}

/// The refusal of an amount that has no fee.
pub(super) fn too_large() -> Refusal {
    Refusal::new(Rule::AmountOutOfRange, "Amount and fees together are more than Paydesk handles.")
}

/// Opens the hold of a new payout and its history; its terms say what becomes of it when the wallet
/// has too little, and when the rail gets it.
pub(super) fn add_record(
    books: &mut Books,
    caller: &Caller,
    mut record: PayoutRecord,
    paid: Paid,
    terms: &Terms,
    mint: &mut Mint,
) -> Result<Done, Refusal> {
    let now = mint.now();
    let (id, amount) = (record.payout.id, record.payout.amount());
    let needs_approval = books.wallets[&record.payout.wallet_id].needs_approval(amount.minor);
    let short = match fund(books, &record.payout, mint) {
        Ok(hold) => {
            record.payout.hold_id = Some(hold);
            None
        }
        Err(refusal) if refusal.rule != Rule::InsufficientFunds || terms.low_funds == LowFunds::Refuse => {
            return Err(refusal);
        }
        Err(refusal) => Some(refusal),
    };
    // What is declined at once sends nothing out.
    if short.is_none() || terms.low_funds != LowFunds::Decline {
        books.spend(caller, amount, now);
    }
    paid.keep(books);
    books.add_payout(record);
    let made = Line {
        event_type: EventType::StatusChange,
        from: None,
        to: State::Created,
        message: "Payout created".into(),
        note: None,
    };
    books.event(id, caller, now, made);
    match short {
        Some(refusal) if terms.low_funds == LowFunds::Decline => decline(books, caller, id, refusal, now),
        _ if needs_approval => wait_for_checker(books, caller, id, now),
        Some(_) => wait_for_money(books, caller, id, "Payout waits until the wallet has enough money", None, now),
        None => match terms.queue_delay {
            Some(delay) => queue(books, caller, id, delay, now),
            None => books.change(id, |payout| payout.due_at = Some(now)),
        },
    }
    Ok(Done::Payout(Box::new(books.payouts[&id].clone())))
}

/// Sets amount and fees aside for a payout; refused when its wallet has too little, and nothing is changed then.
pub(super) fn fund(books: &mut Books, payout: &Payout, mint: &mut Mint) -> Result<HoldId, Refusal> {
    let hold: HoldId = mint.next();
    let (available, held) = (Account::Available(payout.wallet_id), Account::Held(payout.wallet_id));
    let named = if payout.reference_id.is_empty() { payout.id.to_string() } else { payout.reference_id.clone() };
    books.post(
        mint,
        Kind::Payout,
        payout.wallet_id,
        [Posting::new(available, held, payout.amount()), Posting::new(available, held, payout.fees())],
        About {
            payout_id: Some(payout.id),
            hold: Some((hold, Phase::Open)),
            remarks: format!("Held for payout {named}"),
            ..About::default()
        },
    )?;
    Ok(hold)
}

/// Into the queue at once.
fn queue(books: &mut Books, caller: &Caller, id: PayoutId, delay: i64, now: i64) {
    books.change(id, |payout| {
        payout.state = State::Queued;
        payout.queued_at = Some(now);
        payout.due_at = Some(now + delay);
    });
    tell(books, caller, id, State::Queued, "Payout queued", None, now);
}

/// Into the queue without a hold; a job looks whether the wallet has enough by now.
pub(super) fn wait_for_money(
    books: &mut Books,
    caller: &Caller,
    id: PayoutId,
    message: &str,
    note: Option<String>,
    now: i64,
) {
    books.change(id, |payout| {
        payout.state = State::Queued;
        payout.action = None;
        payout.queued_at = Some(now);
        payout.due_at = Some(now + MONEY_PAUSE);
    });
    tell(books, caller, id, State::Queued, message, note, now);
}

/// Ends a payout that its wallet cannot pay: nothing was held, so nothing goes back.
fn decline(books: &mut Books, caller: &Caller, id: PayoutId, refusal: Refusal, now: i64) {
    books.change(id, |payout| {
        payout.state = State::Failed;
        payout.closed_by = Some(ClosedBy::Rail);
        payout.failure_code = Some(INSUFFICIENT_FUNDS.into());
        payout.failure_reason = Some(refusal.reason);
        payout.failed_at = Some(now);
    });
    tell(books, caller, id, State::Failed, "Payout declined: the wallet has too little money", None, now);
}

fn earlier(books: &Books, wallet: &Wallet, new: &NewPayout) -> Option<PayoutRecord> {
    if new.terms.origin != Origin::Desk {
        return None;
    }
    let mut records = books.payouts.values();
    let same = |payout: &Payout| {
        payout.origin == Origin::Desk && payout.client_id == wallet.client_id && payout.reference_id == new.reference_id
    };
    records.find(|record| same(&record.payout)).cloned()
}

fn same(earlier: &PayoutRecord, wallet: &Wallet, new: &NewPayout) -> bool {
    let payout = &earlier.payout;
    let payee = match &new.payee {
        PayeeChoice::Saved(id, account) => {
            payout.payee_id == *id && account.is_none_or(|account| payout.account_id == Some(account))
        }
        PayeeChoice::Inline(details) => {
            let (before, given) = (earlier.account.as_ref(), details.account.as_ref());
            earlier.payee.fingerprint == details.fingerprint
                && before.map(|account| &account.fingerprint) == given.map(|account| &account.fingerprint)
        }
    };
    payee
        && payout.wallet_id == wallet.id
        && payout.amount() == new.amount
        && payout.description == new.description
        && payout.metadata == new.metadata
}

/// A new payout, whose hold is not open yet.
pub(super) fn record(
    id: PayoutId,
    wallet: &Wallet,
    paid: &Paid,
    new: &NewPayout,
    fees_minor: i64,
    caller: &Caller,
) -> PayoutRecord {
    let payout = Payout {
        id,
        client_id: wallet.client_id,
        wallet_id: wallet.id,
        payee_id: paid.payee.id,
        account_id: paid.account.as_ref().map(|account| account.id),
        link_id: None,
        reference_id: new.reference_id.clone(),
        origin: new.terms.origin,
        request_id: new.terms.request_id.clone(),
        extra: new.terms.extra.clone(),
        notify: new.terms.notify,
        state: State::Created,
        action: None,
        closed_by: None,
        amount_minor: new.amount.minor,
        fees_minor,
        currency: wallet.currency,
        destination_minor: new.amount.minor,
        destination_currency: wallet.currency,
        rate: None,
        reversed_minor: 0,
        reversed_source_minor: 0,
        reversed_done_minor: 0,
        hold_id: None,
        rail: wallet.rail.clone(),
        // Jobs make no payouts; a payout without a person behind it cannot be checked by another one.
        maker_staff_id: caller.person().unwrap_or_else(|| Id::first_at(0)),
        maker_credential_id: caller.credential(),
        credential_creator_id: caller.credential_creator(),
        checker_staff_id: None,
        description: new.description.clone(),
        metadata: new.metadata.clone(),
        failure_code: None,
        failure_reason: None,
        rail_reference: None,
        queued_at: None,
        submitted_at: None,
        settling_at: None,
        completed_at: None,
        failed_at: None,
        cancelled_at: None,
        expired_at: None,
        returned_at: None,
        outcome_unknown_since: None,
        due_at: None,
        version: 0,
    };
    PayoutRecord {
        payout,
        payee: paid.payee.clone(),
        account: paid.account.clone(),
        wallet_number: wallet.number,
        wallet_name: wallet.name.clone(),
        events: Vec::new(),
    }
}

fn wait_for_checker(books: &mut Books, caller: &Caller, id: PayoutId, now: i64) {
    books.change(id, |payout| {
        payout.state = State::ActionRequired;
        payout.action = Some(Action::Approval);
        payout.due_at = Some(now + approval_time(payout.origin));
    });
    let line = Line {
        event_type: EventType::StatusChange,
        from: Some(State::Created),
        to: State::ActionRequired,
        message: "Payout waits for approval: it is above the wallet's limit".into(),
        note: None,
    };
    let system = Caller::system(caller.via, caller.request_id.clone());
    books.event(id, &system, now, line);
}
