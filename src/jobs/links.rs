//! Ends payout links whose time is over: what they held is back in the wallet.

use super::{LOOK, caller, commit};
use crate::domain::command::{Command, ExpireLink, Unit};
use crate::error::Error;
use crate::service::Desk;
use crate::store::payout_links;

/// How many sets one look works through before the other jobs get their turn.
const ROUNDS: usize = 20;

/// Works through what has run out by now, set by set.
pub async fn expire(desk: &Desk) -> Result<(), Error> {
    let now = desk.clock.now();
    for _ in 0..ROUNDS {
        let mut reader = desk.store.read().await?;
        let due = payout_links::due(&mut reader, now, LOOK).await?;
        drop(reader);
        let full = due.len() as i64 == LOOK;
        let units = due.into_iter().map(|link| {
            let command = Command::ExpireLink(ExpireLink { link_id: link.id, version: Some(link.version) });
            Unit { caller: caller("expiry"), key: None, command }
        });
        commit(desk, units.collect()).await?;
        if !full {
            return Ok(());
        }
    }
    // There is more: the next look comes at once, after the other jobs had their turn.
    desk.wake.notify_one();
    Ok(())
}
