//! Sessions of staff: they end when unused, after half a day in any case, and at once when somebody ends them.

use std::collections::HashMap;

use super::{Desk, permit, secrets, throttle};
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::ids::StaffId;
use crate::domain::staff::{self, Operation};
use crate::error::Error;
use crate::store::credentials;
use crate::store::link_codes;
use crate::store::sessions::{self as rows, NewSession};
pub use crate::store::sessions::{FreezeMark, LOOKED_AT, OpenSession, Session};
use crate::store::throttle as failures;

/// What pages remember between two requests: JSON texts by name.
pub type State = HashMap<String, String>;

/// How often the last use is written, in microseconds.
const SEEN_INTERVAL: i64 = 60 * 1_000_000;

/// A session that begins: the id for the cookie, and what to keep.
#[derive(Debug, Clone)]
pub struct Beginning {
    pub id: String,
    pub row: NewSession,
}

/// Prepares a session with an id of its own and a new form token; the caller's unit writes the row.
pub fn prepare(desk: &Desk, staff_id: StaffId, ip: Option<String>, user_agent: Option<&str>) -> Beginning {
    let id = secrets::secret();
    let token = serde_json::Value::from(secrets::secret()).to_string();
    let state: State = [("csrf".to_owned(), token)].into();
    let row = NewSession {
        id_hash: secrets::digest(&id),
        handle: secrets::handle(),
        staff_id,
        state: serde_json::to_string(&state).expect("texts are JSON"),
        ip,
        user_agent: user_agent.map(|agent| agent.chars().take(300).collect()),
        expires_at: desk.clock.now() + desk.config.session_absolute,
    };
    Beginning { id, row }
}

/// The session with this id, unless it has ended; notes that it was used.
pub async fn open(desk: &Desk, id: &str) -> Result<Option<OpenSession>, Error> {
    let now = desk.clock.now();
    let hash = secrets::digest(id);
    let mut reader = desk.store.read().await?;
    let found = rows::find(&mut reader, &hash, now - desk.config.session_idle, now).await?;
    drop(reader);
    let Some(mut session) = found else { return Ok(None) };
    if now - session.last_seen_at >= SEEN_INTERVAL {
        let seen = desk.store.write(move |tx| {
            let hash = hash.clone();
            Box::pin(async move { rows::touch(tx, &hash, now).await })
        });
        // Reading goes on while nothing can be written; the session then ends as if it were unused.
        if seen.await.is_ok() {
            session.last_seen_at = now;
        }
    }
    Ok(Some(session))
}

/// Keeps what pages remember.
pub async fn keep(desk: &Desk, id: &str, state: &State) -> Result<(), Error> {
    let hash = secrets::digest(id);
    let state = serde_json::to_string(state).expect("texts are JSON");
    desk.store
        .write(move |tx| {
            let (hash, state) = (hash.clone(), state.clone());
            Box::pin(async move { rows::set_state(tx, &hash, &state).await })
        })
        .await?;
    Ok(())
}

/// Deletes the session with this id, if it is still there.
pub async fn discard(desk: &Desk, id: &str) -> Result<(), Error> {
    let hash = secrets::digest(id);
    desk.store
        .write(move |tx| {
            let hash = hash.clone();
            Box::pin(async move { rows::end_by_hash(tx, &hash).await })
        })
        .await?;
    Ok(())
}

/// The caller's own sessions, the one used last first.
pub async fn list(desk: &Desk, caller: &Caller) -> Result<Vec<Session>, Error> {
    permit(desk, caller, Operation::OwnSessions).await?;
    let staff = caller.person().ok_or(Error::Forbidden)?;
    read(desk, staff).await
}

/// Somebody's sessions, for an admin.
pub async fn list_of(desk: &Desk, caller: &Caller, staff: StaffId) -> Result<Vec<Session>, Error> {
    permit(desk, caller, Operation::ManageStaff).await?;
    read(desk, staff).await
}

/// Ends one session: an own one, or anybody's for an admin. To others a foreign session is unknown.
pub async fn end(desk: &Desk, caller: &Caller, handle: &str) -> Result<(), Error> {
    permit(desk, caller, Operation::OwnSessions).await?;
    let (caller, handle) = (caller.clone(), handle.to_owned());
    let ended = desk
        .store
        .write(move |tx| {
            let (caller, handle) = (caller.clone(), handle.clone());
            Box::pin(async move {
                let Some(owner) = rows::owner(tx, &handle).await? else { return Ok(false) };
                if caller.person() != Some(owner) && !staff::allows(&caller, Operation::ManageStaff) {
                    return Ok(false);
                }
                rows::end(tx, &handle).await?;
                tx.audit(Entry::done(&caller, tx.now(), "session.end").about(owner));
                Ok(true)
            })
        })
        .await?;
    if ended { Ok(()) } else { Err(Error::NotFound("Session")) }
}

/// Ends the caller's other sessions and answers how many there were. `keep` is the handle of the one that stays.
pub async fn end_others(desk: &Desk, caller: &Caller, keep: &str) -> Result<u64, Error> {
    permit(desk, caller, Operation::OwnSessions).await?;
    let staff = caller.person().ok_or(Error::Forbidden)?;
    let (caller, keep) = (caller.clone(), keep.to_owned());
    let ended = desk
        .store
        .write(move |tx| {
            let (caller, keep) = (caller.clone(), keep.clone());
            Box::pin(async move {
                let ended = rows::end_all(tx, staff, &keep).await?;
                if ended > 0 {
                    tx.audit(Entry::done(&caller, tx.now(), "session.end_others").about(staff));
                }
                Ok(ended)
            })
        })
        .await?;
    Ok(ended)
}

/// Deletes ended sessions, used-up waits, one-time codes and expired tokens; for the jobs. Answers how many rows went.
pub async fn forget_ended(desk: &Desk, limit: i64) -> Result<u64, Error> {
    let idle = desk.config.session_idle;
    let gone = desk
        .store
        .write(move |tx| {
            Box::pin(async move {
                let now = tx.now();
                let mut gone = rows::forget(tx, now - idle, limit).await?;
                gone += failures::forget(tx, now - throttle::LONGEST, limit).await?;
                gone += link_codes::forget(tx, now - throttle::LONGEST, limit).await?;
                gone += credentials::forget_tokens(tx, limit).await?;
                Ok(gone)
            })
        })
        .await?;
    Ok(gone)
}

async fn read(desk: &Desk, staff: StaffId) -> Result<Vec<Session>, Error> {
    let now = desk.clock.now();
    let mut reader = desk.store.read().await?;
    Ok(rows::list(&mut reader, staff, now - desk.config.session_idle, now).await?)
}
