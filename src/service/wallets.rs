//! Wallets and their statements.

use super::{Desk, permit};
use crate::domain::caller::Caller;
use crate::domain::ids::{ClientId, WalletId};
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::Reader;
use crate::store::payouts::NumberedTransaction;
use crate::store::sql::DEEPEST;
use crate::store::wallets::{self as rows, Client, LedgerFilter, LedgerOrder, MOST_WALLETS, WalletOrder};

/// A list by page number with how many there are.
#[derive(Debug, Clone)]
pub struct Numbered<T> {
    pub rows: Vec<T>,
    pub total: i64,
}

/// What `/api/v1/wallets` asks for.
#[derive(Debug, Clone)]
pub struct WalletQuery {
    pub page: i64,
    pub limit: i64,
    /// An ISO code; some other text matches nothing.
    pub currency: Option<String>,
    pub active: Option<bool>,
    pub order: WalletOrder,
    pub ascending: bool,
}

/// Every wallet in the caller's sight, with its client.
pub async fn list(desk: &Desk, caller: &Caller) -> Result<Vec<(Wallet, Client)>, Error> {
    permit(desk, caller, Operation::ReadWallets).await?;
    let mut reader = desk.store.read().await?;
    let clients = rows::clients(&mut reader).await?;
    let wallets = rows::list(&mut reader, caller.client(), MOST_WALLETS).await?;
    let client = |wallet: &Wallet| clients.iter().find(|client| client.id == wallet.client_id).cloned();
    Ok(wallets.into_iter().filter_map(|wallet| client(&wallet).map(|client| (wallet, client))).collect())
}

/// Clients in the caller's sight.
pub async fn clients(desk: &Desk, caller: &Caller) -> Result<Vec<Client>, Error> {
    permit(desk, caller, Operation::ReadWallets).await?;
    let mut reader = desk.store.read().await?;
    let mut clients = rows::clients(&mut reader).await?;
    clients.retain(|client| caller.may_see(client.id));
    Ok(clients)
}

/// The client of this id or number.
pub(super) async fn find_client(reader: &mut Reader, text: &str) -> Result<Option<Client>, Error> {
    let text = text.trim();
    Ok(match (text.parse::<ClientId>(), text.parse::<i64>()) {
        (Ok(id), _) => rows::client(reader, id).await?,
        (_, Ok(number)) => rows::client_by_number(reader, number).await?,
        _ => None,
    })
}

/// Every wallet in the caller's sight, by number.
pub async fn own(desk: &Desk, caller: &Caller) -> Result<Vec<Wallet>, Error> {
    permit(desk, caller, Operation::ReadWallets).await?;
    let mut reader = desk.store.read().await?;
    Ok(rows::list(&mut reader, caller.client(), MOST_WALLETS).await?)
}

/// One wallet in the caller's sight, by its id.
pub async fn by_id(desk: &Desk, caller: &Caller, id: WalletId) -> Result<Wallet, Error> {
    permit(desk, caller, Operation::ReadWallets).await?;
    find(desk, caller, id).await
}

/// The same for a use case that has its own permission.
pub(super) async fn find(desk: &Desk, caller: &Caller, id: WalletId) -> Result<Wallet, Error> {
    let mut reader = desk.store.read().await?;
    let wallet = rows::by_id(&mut reader, id).await?;
    wallet.filter(|wallet| caller.may_see(wallet.client_id)).ok_or(Error::NotFound("Wallet"))
}

/// One wallet in the caller's sight, by its number.
pub async fn get(desk: &Desk, caller: &Caller, number: i64) -> Result<Wallet, Error> {
    permit(desk, caller, Operation::ReadWallets).await?;
    let mut reader = desk.store.read().await?;
    let wallet = rows::by_number(&mut reader, number).await?;
    wallet.filter(|wallet| caller.may_see(wallet.client_id)).ok_or(Error::NotFound("Wallet"))
}

/// One wallet in the caller's sight with its client.
pub async fn with_client(desk: &Desk, caller: &Caller, number: i64) -> Result<(Wallet, Client), Error> {
    let wallet = get(desk, caller, number).await?;
    let mut reader = desk.store.read().await?;
    let client = rows::client(&mut reader, wallet.client_id).await?.ok_or(Error::NotFound("Wallet"))?;
    Ok((wallet, client))
}

/// Wallets by page number.
pub async fn numbered(desk: &Desk, caller: &Caller, query: &WalletQuery) -> Result<Numbered<Wallet>, Error> {
    permit(desk, caller, Operation::ReadWallets).await?;
    let window = page_window(query.page, query.limit)?;
    let mut reader = desk.store.read().await?;
    let order = (query.order, query.ascending);
    let (rows, total) =
        rows::numbered(&mut reader, caller.client(), query.currency.as_deref(), query.active, order, window).await?;
    Ok(Numbered { rows, total })
}

/// Ledger transactions by page number, within the caller's sight. The order is by column, and whether it ascends.
pub async fn transactions(
    desk: &Desk,
    caller: &Caller,
    filter: LedgerFilter,
    wallet_number: Option<i64>,
    (page, limit): (i64, i64),
    order: (LedgerOrder, bool),
) -> Result<Numbered<(NumberedTransaction, i64)>, Error> {
    permit(desk, caller, Operation::ReadWallets).await?;
    let window = page_window(page, limit)?;
    let mut filter = LedgerFilter { client: caller.client(), ..filter };
    let mut reader = desk.store.read().await?;
    if let Some(number) = wallet_number {
        let wallet = rows::by_number(&mut reader, number).await?;
        let wallet = wallet.filter(|wallet| caller.may_see(wallet.client_id)).ok_or(Error::NotFound("Wallet"))?;
        filter.wallet = Some(wallet.id);
    }
    let (found, total) = rows::numbered_statement(&mut reader, &filter, order, window, DEEPEST).await?;
    let wallets = rows::list(&mut reader, caller.client(), MOST_WALLETS).await?;
    let number = |transaction: &NumberedTransaction| {
        wallets.iter().find(|wallet| wallet.id == transaction.transaction.wallet_id).map_or(0, |wallet| wallet.number)
    };
    let rows = found.into_iter().map(|transaction| (number(&transaction), transaction)).map(|(n, t)| (t, n)).collect();
    Ok(Numbered { rows, total })
}

/// One ledger transaction that touches available money, with its wallet's number.
pub async fn transaction(desk: &Desk, caller: &Caller, number: i64) -> Result<(NumberedTransaction, i64), Error> {
    permit(desk, caller, Operation::ReadWallets).await?;
    let mut reader = desk.store.read().await?;
    let found = rows::transaction(&mut reader, number)
        .await?
        .filter(|found| found.transaction.available_delta_minor != 0)
        .filter(|found| caller.may_see(found.transaction.client_id))
        .ok_or(Error::NotFound("Transaction"))?;
    let wallet = rows::by_id(&mut reader, found.transaction.wallet_id).await?.ok_or(Error::Internal)?;
    Ok((found, wallet.number))
}

/// Offset and limit of a page, counted from 1.
///
/// Errors: the page starts beyond the first 100,000 rows.
pub fn page_window(page: i64, limit: i64) -> Result<(i64, i64), Error> {
    let offset = (page - 1).saturating_mul(limit);
    if offset >= DEEPEST {
        return Err(Error::field("page", "reaches beyond the first 100,000 rows: narrow the filter"));
    }
    Ok((offset, limit))
}
