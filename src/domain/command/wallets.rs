//! What is asked of wallets: money in, and between them.

use crate::domain::ids::TransferId;
use crate::domain::money::Money;
use crate::domain::transfer;

#[derive(Debug, Clone)]
pub struct TopUp {
    pub wallet_number: i64,
    pub amount: Money,
    /// What the statement says: the bank's reference, for example.
    pub remarks: String,
}

/// A transfer between two wallets, named by their numbers.
#[derive(Debug, Clone)]
pub struct NewTransfer {
    pub source_number: i64,
    pub target_number: i64,
    pub amount: Money,
    pub reference: Option<String>,
    /// The client's own id of the request.
    pub request_id: String,
}

#[derive(Debug, Clone)]
pub struct SimulateTopUp {
    pub wallet_number: i64,
    pub amount: Money,
    pub reference: String,
    /// How it goes at once.
    pub state: transfer::State,
}

#[derive(Debug, Clone)]
pub struct EndTransfer {
    pub transfer_id: TransferId,
    /// The number of the wallet it goes to.
    pub wallet_number: i64,
    pub state: transfer::State,
}
