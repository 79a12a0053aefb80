//! Lets what a freeze held back go on once it is lifted, without waiting for its next look.

use crate::domain::plan::REFUSED_PAUSE;
use crate::error::Error;
use crate::service::Desk;
use crate::store::freezes;

/// How many payouts one unit wakes, so that nobody waits long behind it.
const CHUNK: i64 = 1_000;

/// Makes due again what freezes held back that are lifted by now.
pub async fn resume(desk: &Desk) -> Result<(), Error> {
    let mut reader = desk.store.read().await?;
    let lifted = freezes::to_resume(&mut reader).await?;
    drop(reader);
    for freeze in lifted {
        // Nothing was held back by it after it was lifted, so what another freeze holds back since is left alone.
        let latest = freeze.lifted_at.unwrap_or_default() + REFUSED_PAUSE;
        let queued_by = desk.clock.now() - desk.config.sandbox_delay;
        loop {
            let freeze = freeze.clone();
            let woken = desk.store.write(move |tx| {
                let freeze = freeze.clone();
                Box::pin(async move {
                    let woken = freezes::resume(tx, &freeze, latest, queued_by, CHUNK).await?;
                    if woken < CHUNK as u64 {
                        freezes::resumed(tx, freeze.id).await?;
                    }
                    Ok(woken)
                })
            });
            if woken.await? < CHUNK as u64 {
                break;
            }
        }
    }
    Ok(())
}
