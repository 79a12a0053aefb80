//! Money between wallets of one client.

use serde::Serialize;

use super::idempotency::{Answered, request_key};
use super::{Desk, permit, wallets};
use crate::domain::caller::Caller;
use crate::domain::command::{Command, Done, NewTransfer, Unit};
use crate::domain::ids::WalletId;
use crate::domain::money::Money;
use crate::domain::staff::Operation;
use crate::domain::transfer::Transfer;
use crate::error::Error;

/// A transfer to make; texts are checked for their length.
#[derive(Debug, Clone, Serialize)]
pub struct RequestedTransfer {
    pub request_id: String,
    pub source: WalletId,
    pub target: WalletId,
    pub amount: Money,
    pub reference: Option<String>,
}

/// Moves the money at once; with too little of it the transfer is made and declined.
///
/// Its `request_id` makes no second payment or transfer for two weeks: a repeat is told as `replayed`, and one with
/// another body as [`Rule::KeyReused`](crate::domain::payout::Rule::KeyReused). Errors: no such wallet.
pub async fn create(desk: &Desk, caller: &Caller, asked: RequestedTransfer) -> Result<Answered<Transfer>, Error> {
    permit(desk, caller, Operation::MakeTransfer).await?;
    let source = wallets::find(desk, caller, asked.source).await?;
    let target = wallets::find(desk, caller, asked.target).await?;
    let key = request_key(source.client_id, &asked.request_id, &asked);
    let new = NewTransfer {
        source_number: source.number,
        target_number: target.number,
        amount: asked.amount,
        reference: asked.reference,
        request_id: asked.request_id,
    };
    let unit = Unit { caller: caller.clone(), key: Some(key), command: Command::Transfer(Box::new(new)), item: None };
    Answered::of(desk.store.run(unit).await?, |done| match done {
        Done::Transfer(transfer) => Some(*transfer),
        // The id was used for a payment, by the same request: there is no such request.
        _ => None,
    })
}
