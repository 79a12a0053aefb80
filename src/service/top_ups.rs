//! Money that came in: the plan of a top-up, booking it once, and its record.

use super::approval_rules::Expected;
use super::fields::Fields;
use super::idempotency::{Answered, key};
use super::{Desk, approval_requests, permit, wallets};
use crate::domain::approval::Verb;
use crate::domain::caller::Caller;
use crate::domain::command::{self, Command, Done, Unit};
use crate::domain::ledger::Kind;
use crate::domain::money::{MAX_MINOR, Money};
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::payouts::NumberedTransaction;
use crate::store::staff;
use crate::store::wallets as rows;

/// A top-up as typed; the amount in major units of the wallet's currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopUpInput {
    pub amount: String,
    /// What the statement says: the bank's reference, for example.
    pub reference: String,
}

/// A checked top-up on one look at the wallet. The write plans again, by the same rules.
#[derive(Debug, Clone)]
pub struct TopUp {
    pub wallet: Wallet,
    pub amount: Money,
    pub reference: String,
    /// What is available afterwards.
    pub after: Money,
    /// What rules ask for before it is booked.
    pub needs: Option<Expected>,
}

/// Checks the input as booking it would, and tells what it would do. Nothing is written.
pub async fn plan(desk: &Desk, caller: &Caller, number: i64, input: &TopUpInput) -> Result<TopUp, Error> {
    permit(desk, caller, Operation::ManageWallets).await?;
    let wallet = wallets::get(desk, caller, number).await?;
    let mut checks = Fields::default();
    let amount = checks.amount("amount", Some(&input.amount), Some(wallet.currency));
    let reference = checks.required("reference", Some(&input.reference), 200);
    if amount.is_some_and(|amount| wallet.available_minor + wallet.held_minor + amount.minor > MAX_MINOR) {
        checks.wrong("amount", "is too large: the wallet would hold more than Paydesk handles");
    }
    checks.done()?;
    let amount = amount.ok_or(Error::Internal)?;
    let after = Money::new(wallet.available_minor + amount.minor, wallet.currency);
    let mut reader = desk.store.read().await?;
    let needs = approval_requests::needs(&mut reader, caller, Verb::Adjustment, wallet.client_id, amount).await?;
    Ok(TopUp { wallet, amount, reference, after, needs })
}

/// Books money that came in; answers its ledger transaction. The same key books it once.
pub async fn create(
    desk: &Desk,
    caller: &Caller,
    number: i64,
    input: &TopUpInput,
    idempotency_key: Option<&str>,
) -> Result<Answered<NumberedTransaction>, Error> {
    permit(desk, caller, Operation::ManageWallets).await?;
    let wallet = wallets::get(desk, caller, number).await?;
    let mut checks = Fields::default();
    let amount = checks.amount("amount", Some(&input.amount), Some(wallet.currency));
    let remarks = checks.required("reference", Some(&input.reference), 200);
    checks.done()?;
    let amount = amount.ok_or(Error::Internal)?;
    let key = key(caller, "wallet.top_up", idempotency_key, &(number, amount, &remarks))?;
    let command = Command::TopUp(command::TopUp { wallet_number: number, amount, remarks });
    let outcome = desk.store.run(Unit { caller: caller.clone(), key, command, item: None }).await?;
    let Answered { value, repeated, replayed } = Answered::of(outcome, |done| match done {
        Done::TopUp(transaction) => Some(*transaction),
        _ => None,
    })?;
    let mut reader = desk.store.read().await?;
    let value = rows::transaction_by_id(&mut reader, value.id).await?.ok_or(Error::Internal)?;
    Ok(Answered { value, repeated, replayed })
}

/// A top-up of a wallet by its ledger transaction's number, in the caller's sight, and who booked it.
pub async fn get(
    desk: &Desk,
    caller: &Caller,
    wallet_number: i64,
    number: i64,
) -> Result<(Wallet, NumberedTransaction, Option<String>), Error> {
    let wallet = wallets::get(desk, caller, wallet_number).await?;
    let mut reader = desk.store.read().await?;
    let found = rows::transaction(&mut reader, number).await?;
    let found =
        found.filter(|found| found.transaction.wallet_id == wallet.id && found.transaction.kind == Kind::Funding);
    let found = found.ok_or(Error::NotFound("Top-up"))?;
    let booked_by = match found.transaction.booked_by {
        Some(id) => staff::find(&mut reader, id).await?.map(|member| member.name),
        None => None,
    };
    Ok((wallet, found, booked_by))
}
