//! Lists as Razorpay's dialect asks for them, all of it in rupees (`contracts/razorpay.md` 3.4, 4.3 and 5).

use super::{Desk, permit, permit_on, secrets};
use crate::domain::caller::Caller;
use crate::domain::command::{LinkRecord, PayoutRecord};
use crate::domain::ids::{LedgerTransactionId, PayoutId, PayoutLinkId};
use crate::domain::money::Currency;
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::Reader;
use crate::store::collections::{self as rows};
pub use crate::store::collections::{LinkFilter, PayoutFilter, Standing, Window};
use crate::store::payouts::{self as payout_rows, NumberedTransaction};
use crate::store::wallets::{self, MOST_WALLETS};

/// A line of a wallet's account: a ledger transaction with the payout it is about.
#[derive(Debug, Clone)]
pub struct AccountLine {
    pub entry: NumberedTransaction,
    pub wallet_number: i64,
    pub payout: Option<PayoutRecord>,
}

/// Payout links in rupees, newest first. `secret` is the one in a link's address; the filter's wallets are the
/// caller's.
pub async fn links(
    desk: &Desk,
    caller: &Caller,
    filter: LinkFilter,
    secret: Option<&str>,
    window: Window,
) -> Result<Vec<LinkRecord>, Error> {
    permit(desk, caller, Operation::ReadLinks).await?;
    let mut reader = desk.store.read().await?;
    let own = wallets::list(&mut reader, caller.client(), MOST_WALLETS).await?;
    let rupees = own.iter().filter(|wallet| wallet.currency == Currency::INR).map(|wallet| wallet.id).collect();
    let token_hash = secret.map(secrets::digest);
    Ok(rows::links(&mut reader, &LinkFilter { wallets: rupees, token_hash, ..filter }, window).await?)
}

/// Every payout of a payout link, newest first: the one that pays it, and attempts that failed.
pub async fn payouts_of_link(desk: &Desk, caller: &Caller, link: PayoutLinkId) -> Result<Vec<PayoutRecord>, Error> {
    permit_on(desk, caller, Operation::ReadLinks, link).await?;
    let mut reader = desk.store.read().await?;
    let mut payouts = rows::of_link(&mut reader, link).await?;
    payouts.retain(|record| caller.may_see(record.payout.client_id));
    Ok(payouts)
}

/// Payouts of the wallet with this account number, newest first.
pub async fn payouts(
    desk: &Desk,
    caller: &Caller,
    account_number: &str,
    filter: &PayoutFilter,
    window: Window,
) -> Result<Vec<PayoutRecord>, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let mut reader = desk.store.read().await?;
    let wallet = wallet(&mut reader, caller, account_number).await?;
    Ok(rows::payouts(&mut reader, wallet.id, filter, window).await?)
}

/// The account of the wallet with this account number: what came in and went out, newest first.
pub async fn transactions(
    desk: &Desk,
    caller: &Caller,
    account_number: &str,
    window: Window,
) -> Result<Vec<AccountLine>, Error> {
    permit(desk, caller, Operation::ReadWallets).await?;
    let mut reader = desk.store.read().await?;
    let wallet = wallet(&mut reader, caller, account_number).await?;
    let entries = rows::transactions(&mut reader, wallet.id, window).await?;
    with_payouts(&mut reader, wallet.number, entries).await
}

/// One line of the account of a wallet in the caller's sight.
pub async fn transaction(desk: &Desk, caller: &Caller, id: LedgerTransactionId) -> Result<AccountLine, Error> {
    permit(desk, caller, Operation::ReadWallets).await?;
    let mut reader = desk.store.read().await?;
    let entry = wallets::transaction_by_id(&mut reader, id)
        .await?
        .filter(|found| found.transaction.available_delta_minor != 0)
        .filter(|found| caller.may_see(found.transaction.client_id))
        .ok_or(Error::NotFound("Transaction"))?;
    let wallet = wallets::by_id(&mut reader, entry.transaction.wallet_id).await?.ok_or(Error::Internal)?;
    with_payouts(&mut reader, wallet.number, vec![entry]).await?.pop().ok_or(Error::Internal)
}

/// The wallet in rupees with this account number, in the caller's sight.
pub async fn balance(desk: &Desk, caller: &Caller, account_number: &str) -> Result<Wallet, Error> {
    permit(desk, caller, Operation::ReadWallets).await?;
    let mut reader = desk.store.read().await?;
    wallet(&mut reader, caller, account_number).await
}

async fn wallet(reader: &mut Reader, caller: &Caller, account_number: &str) -> Result<Wallet, Error> {
    let number = Wallet::number_of_account(account_number).ok_or(Error::NotFound("Wallet"))?;
    let found = wallets::by_number(reader, number).await?;
    found
        .filter(|wallet| caller.may_see(wallet.client_id) && wallet.currency == Currency::INR)
        .ok_or(Error::NotFound("Wallet"))
}

/// Each entry with its payout, all of them in one query.
async fn with_payouts(
    reader: &mut Reader,
    wallet_number: i64,
    entries: Vec<NumberedTransaction>,
) -> Result<Vec<AccountLine>, Error> {
    let ids: Vec<PayoutId> = entries.iter().filter_map(|entry| entry.transaction.payout_id).collect();
    let records = if ids.is_empty() { Vec::new() } else { payout_rows::records(reader, &ids).await? };
    let lines = entries.into_iter().map(|entry| {
        let id = entry.transaction.payout_id;
        let payout = records.iter().find(|record| Some(record.payout.id) == id).cloned();
        AccountLine { entry, wallet_number, payout }
    });
    Ok(lines.collect())
}
