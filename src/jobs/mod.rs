//! What goes on without anybody clicking: payouts move, rails are asked, old rows are cleaned up.

mod cancellations;
mod payouts;
mod reversals;

use std::time::Duration;

use tokio::sync::watch;

use crate::domain::caller::{Caller, Via};
use crate::error::Error;
use crate::service::Desk;
use crate::service::idempotency::KEPT;

/// How many records one look takes.
const LOOK: i64 = 200;
/// How many calls to rails run at once.
const CALLS: usize = 16;
/// A payout whose hand-over got no further is asked about after this, in microseconds.
const LEASE: i64 = 60 * 1_000_000;
/// The longest pause between two questions about an unknown outcome, in microseconds.
const LONGEST_PAUSE: i64 = 10 * 60 * 1_000_000;

/// Works until told to stop: looks when woken, and every half second for what has become due.
pub async fn run(desk: Desk, mut stop: watch::Receiver<bool>) {
    let mut looks = 0_u64;
    while !*stop.borrow() {
        if let Err(error) = look(&desk).await {
            tracing::warn!(%error, "a look at due work failed; the next one tries again");
        }
        if looks.is_multiple_of(1_200) {
            clean_up(&desk).await;
        }
        looks += 1;
        tokio::select! {
            () = desk.wake.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
            _ = stop.changed() => {}
        }
    }
}

/// One look at everything that is due now. Tests call this with their own clock.
pub async fn look(desk: &Desk) -> Result<(), Error> {
    payouts::advance(desk).await?;
    reversals::ask(desk).await?;
    cancellations::ask(desk).await
}

async fn clean_up(desk: &Desk) {
    let kept_since = desk.clock.now() - KEPT;
    let cleaned = desk
        .store
        .write(move |tx| {
            Box::pin(async move {
                let sql = "DELETE FROM idempotency_keys WHERE created_at < $1";
                tx.execute(sql, &[kept_since.into()]).await
            })
        })
        .await;
    if let Err(error) = cleaned {
        tracing::warn!(%error, "old idempotency keys could not be removed");
    }
    if let Err(error) = crate::service::sessions::forget_ended(desk).await {
        tracing::warn!(%error, "old sessions could not be removed");
    }
}

fn caller(job: &str) -> Caller {
    Caller::system(Via::Job, format!("job_{job}_{:08x}", rand::random::<u32>()))
}

/// When to ask again about something that has been open for `age`: as long again, between a step and ten minutes.
fn pause(age: i64, step: i64) -> i64 {
    age.clamp(step.max(1), LONGEST_PAUSE)
}
