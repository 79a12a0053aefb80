//! Cancellations: what became of questions to rails.

use super::{Desk, payouts};
use crate::domain::caller::Caller;
use crate::domain::cancellation::Cancellation;
use crate::domain::ids::{CancellationId, PayoutId};
use crate::error::Error;
use crate::store::reversals as rows;

/// How many questions about a payout are listed, the newest.
const MOST: i64 = 100;

/// The questions that were asked about a payout, newest first; at most a hundred.
pub async fn of_payout(desk: &Desk, caller: &Caller, id: PayoutId) -> Result<Vec<Cancellation>, Error> {
    payouts::get(desk, caller, id).await?;
    let mut reader = desk.store.read().await?;
    Ok(rows::newest_cancellations(&mut reader, id, MOST).await?)
}

/// One question about this payout.
pub async fn get(desk: &Desk, caller: &Caller, payout: PayoutId, id: CancellationId) -> Result<Cancellation, Error> {
    payouts::get(desk, caller, payout).await?;
    let mut reader = desk.store.read().await?;
    let found = rows::cancellation(&mut reader, id).await?.filter(|asked| asked.payout_id == payout);
    found.ok_or(Error::NotFound("Cancellation"))
}
