//! Payments that a program asks for with a `request_id` (`contracts/revolut.md` section 5).

use serde::Serialize;
use serde_json::json;

use super::idempotency::{Answered, request_key};
use super::links::reason;
use super::simulations::{Ending, end_payout};
use super::transactions::{self, Filter};
use super::{Desk, payees, permit, wallets};
use crate::domain::caller::Caller;
use crate::domain::charge_bearer::ChargeBearer;
use crate::domain::command::{Command, Done, LowFunds, NewPayout, PayeeChoice, PayoutRecord, Terms, Unit};
use crate::domain::ids::{AccountId, PayeeId, WalletId};
use crate::domain::money::Money;
use crate::domain::payee::PayeeKind;
use crate::domain::payee_account::{AccountKind, PayeeAccount};
use crate::domain::payout::{Origin, Refusal, Rule, State};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::rails::SANDBOX;
use crate::store::payees::PayeeLine;

/// A payment to make; texts are checked for their length.
#[derive(Debug, Clone, Serialize)]
pub struct Payment {
    pub request_id: String,
    pub wallet: WalletId,
    pub payee: PayeeId,
    /// None pays the only account there is.
    pub account: Option<AccountId>,
    pub amount: Money,
    pub reference: Option<String>,
    pub charge_bearer: Option<ChargeBearer>,
    pub transfer_reason: Option<String>,
    pub exchange_reason: Option<String>,
}

/// Pays from a wallet to an account of a saved payee. With too little money the payout is made and declined; to an
/// account at Revolut it is completed at once where the sandbox plays Revolut.
///
/// Its `request_id` makes no second payment or transfer for two weeks: a repeat is told as `replayed`, and one with
/// another body as [`Rule::KeyReused`]. Errors: `NotFound` names what is not there; the account that has to be named
/// is not; a reason is missing; the charge bearer or the currency is impossible.
pub async fn pay(desk: &Desk, caller: &Caller, asked: Payment) -> Result<Answered<PayoutRecord>, Error> {
    permit(desk, caller, Operation::MakePayout).await?;
    let wallet = wallets::find(desk, caller, asked.wallet).await?;
    let payee = payees::find(desk, caller, asked.payee).await?;
    let account = receiver(&payee, asked.account)?;
    if account.currency.is_some_and(|currency| currency != asked.amount.currency) {
        let reason = "The payment's currency is not the currency of the counterparty's account.";
        return Err(Refusal::new(Rule::PayeeCurrencyMismatch, reason).into());
    }
    if asked.amount.currency != wallet.currency {
        return Err(exchange(&asked, wallet.currency.code()).into());
    }
    let country = account.country.as_deref().or(payee.payee.country.as_deref());
    let at_revolut = account.kind == AccountKind::Revolut;
    if let Some(bearer) = asked.charge_bearer {
        bearer.check(country, asked.amount.currency, at_revolut)?;
    }
    let transfer_reason = match at_revolut {
        true => asked.transfer_reason.clone(),
        false => reason(asked.transfer_reason.clone(), country.or(Some("")), asked.amount)?,
    };
    let key = request_key(wallet.client_id, &asked.request_id, &asked);
    let extra = json!({
        "charge_bearer": asked.charge_bearer.map(ChargeBearer::name),
        "transfer_reason_code": transfer_reason,
    });
    let new = NewPayout {
        wallet_number: wallet.number,
        amount: asked.amount,
        payee: PayeeChoice::Saved(asked.payee, Some(account.id)),
        reference_id: String::new(),
        description: asked.reference,
        metadata: None,
        terms: Terms {
            origin: Origin::Revolut,
            request_id: Some(asked.request_id),
            extra: Some(extra.to_string()),
            notify: false,
            low_funds: LowFunds::Decline,
            queue_delay: Some(desk.config.sandbox_delay),
        },
    };
    let unit = Unit { caller: caller.clone(), key: Some(key), command: Command::Create(Box::new(new)), item: None };
    let mut paid = Answered::of(desk.store.run(unit).await?, |done| match done {
        Done::Payout(record) => Some(*record),
        _ => None,
    })?;
    let payout = &paid.value.payout;
    if !paid.replayed && at_revolut && payout.rail == SANDBOX && payout.state == State::Queued {
        paid.value = end_payout(desk, caller, payout, Ending::Complete).await?;
    }
    desk.wake.notify_one();
    Ok(paid)
}

/// Whether a `request_id` has made a payment or transfer in the last two weeks, whatever became of who was paid.
pub async fn is_made(desk: &Desk, caller: &Caller, request_id: &str) -> Result<bool, Error> {
    let from = Some(desk.clock.now() - super::idempotency::REQUEST_LASTS + 1);
    let filter = Filter { request_id: Some(request_id.to_owned()), from, ..Filter::default() };
    Ok(!transactions::list(desk, caller, filter, 1).await?.is_empty())
}

/// The account that is paid: it has to be named where there is a choice, and for a business always.
fn receiver(payee: &PayeeLine, named: Option<AccountId>) -> Result<&PayeeAccount, Error> {
    let mut active = payee.active_accounts();
    let Some(id) = named else {
        let (first, more) = (active.next(), active.next().is_some());
        if more || payee.payee.kind == Some(PayeeKind::Business) {
            return Err(Error::field("receiver.account_id", "is required"));
        }
        return first.ok_or(Error::NotFound("Account"));
    };
    let found = payee.accounts.iter().find(|account| account.id == id && account.deleted_at.is_none());
    found.ok_or(Error::NotFound("Account"))
}

/// Nothing is exchanged here; whoever asks for it is told what is missing first.
fn exchange(asked: &Payment, holds: &str) -> Refusal {
    if asked.exchange_reason.is_none() {
        return Refusal::new(Rule::ExchangeReasonRequired, "Exchange reason is required");
    }
    let reason = format!("The account holds {holds}, and nothing is exchanged: pay in {holds}.");
    Refusal::new(Rule::CurrencyMismatch, reason)
}
