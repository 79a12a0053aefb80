//! Ends payout links whose time is over, so that what they held is back in the wallet, and reminds recipients before.

use super::{LOOK, caller, commit};
use crate::domain::command::{Command, ExpireLink, RemindLink, Unit};
use crate::error::Error;
use crate::service::Desk;
use crate::store::payout_links::{self, Due};

/// How many sets one look works through before the other jobs get their turn.
const ROUNDS: usize = 20;

/// Ends what has run out by now, set by set.
pub async fn expire(desk: &Desk) -> Result<(), Error> {
    let now = desk.clock.now();
    for _ in 0..ROUNDS {
        let mut reader = desk.store.read().await?;
        let due = payout_links::due(&mut reader, now, LOOK).await?;
        drop(reader);
        let expire = |link: Due| Command::ExpireLink(ExpireLink { link_id: link.id, version: Some(link.version) });
        if !set(desk, "expiry", due, expire).await? {
            return Ok(());
        }
    }
    // There is more: the next look comes at once, after the other jobs had their turn.
    desk.wake.notify_one();
    Ok(())
}

/// Reminds the recipients of what runs out soon, set by set.
pub async fn remind(desk: &Desk) -> Result<(), Error> {
    let now = desk.clock.now();
    for _ in 0..ROUNDS {
        let mut reader = desk.store.read().await?;
        let due = payout_links::to_remind(&mut reader, now, LOOK).await?;
        drop(reader);
        let remind = |link: Due| Command::RemindLink(RemindLink { link_id: link.id, version: Some(link.version) });
        if !set(desk, "reminder", due, remind).await? {
            return Ok(());
        }
    }
    desk.wake.notify_one();
    Ok(())
}

/// Commits one set; whether there may be more.
async fn set(desk: &Desk, job: &str, due: Vec<Due>, command: impl Fn(Due) -> Command) -> Result<bool, Error> {
    let full = due.len() as i64 == LOOK;
    let units = due.into_iter().map(|link| Unit { caller: caller(job), key: None, command: command(link), item: None });
    commit(desk, units.collect()).await?;
    Ok(full)
}
