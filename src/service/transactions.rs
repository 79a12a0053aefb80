//! Transactions, as Revolut's dialect sees payouts, transfers, top-ups and reversals.

use uuid::Uuid;

use super::{Desk, permit, wallets};
use crate::domain::caller::Caller;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::store::transactions as rows;
pub use crate::store::transactions::{Filter, Transaction};

/// Transactions in the caller's sight, newest first.
pub async fn list(desk: &Desk, caller: &Caller, filter: Filter, limit: i64) -> Result<Vec<Transaction>, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    if let Some(wallet) = filter.wallet
        && let Err(error) = wallets::find(desk, caller, wallet).await
    {
        // A wallet that is not there has no transactions.
        return if matches!(error, Error::NotFound(_)) { Ok(Vec::new()) } else { Err(error) };
    }
    let mut reader = desk.store.read().await?;
    Ok(rows::newest(&mut reader, &Filter { client: caller.client(), ..filter }, limit).await?)
}

/// One transaction in the caller's sight.
pub async fn get(desk: &Desk, caller: &Caller, id: Uuid) -> Result<Transaction, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    find(desk, caller, id).await
}

/// The payment that a `request_id` made last.
pub async fn by_request_id(desk: &Desk, caller: &Caller, request_id: &str) -> Result<Transaction, Error> {
    let filter = Filter { request_id: Some(request_id.to_owned()), ..Filter::default() };
    list(desk, caller, filter, 1).await?.pop().ok_or(Error::NotFound("Transaction"))
}

/// The same as [`get`] for a use case that has its own permission.
pub(super) async fn find(desk: &Desk, caller: &Caller, id: Uuid) -> Result<Transaction, Error> {
    let mut reader = desk.store.read().await?;
    let found = rows::find(&mut reader, id).await?;
    found.filter(|found| caller.may_see(found.client_id())).ok_or(Error::NotFound("Transaction"))
}
