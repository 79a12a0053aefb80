//! Sessions of staff; a session's id is only kept as a hash.

use serde::{Deserialize, Serialize};

use super::{Reader, StoreError, Tx};
use crate::domain::freeze::Scope;
use crate::domain::ids::{FreezeId, StaffId};
use crate::domain::staff::Role;

/// A session to be kept. Times in Unix microseconds.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub id_hash: String,
    pub handle: String,
    pub staff_id: StaffId,
    /// What pages remember between requests, a JSON object.
    pub state: String,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub expires_at: i64,
}

/// Everything a page needs to know of its reader, read in one go. Times in Unix microseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenSession {
    pub handle: String,
    pub state: String,
    pub last_seen_at: i64,
    pub expires_at: i64,
    pub staff_id: StaffId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub zone: String,
    pub theme: String,
    pub shortcuts: i64,
    pub comfortable: i64,
    /// Payouts that wait for a checker, whoever made them.
    pub waiting: i64,
    /// Those of the oldest [`LOOKED_AT`] of them that this person may decide, having no part in making them.
    pub to_approve: i64,
    /// Whose desk this is, if it has been told.
    pub organisation: Option<String>,
    /// The oldest [`FREEZES`] freezes that stand, the real ones first: a JSON array of [`FreezeMark`].
    pub freezes: String,
    /// How many freezes stand that are no drill.
    pub frozen: i64,
}

/// A freeze that stands, as every page says it.
#[derive(Debug, Clone, Deserialize)]
pub struct FreezeMark {
    pub id: FreezeId,
    pub scope: Scope,
    pub subject_name: String,
    /// 1 for a drill.
    pub drill: i64,
    /// When it was asked to be lifted.
    pub asked_at: Option<i64>,
}

/// A session as its owner sees it in the list. Times in Unix microseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    pub handle: String,
    pub staff_id: StaffId,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub expires_at: i64,
}

const OPEN: &[&str] = &[
    "handle",
    "state",
    "last_seen_at",
    "expires_at",
    "staff_id",
    "email",
    "name",
    "role",
    "zone",
    "theme",
    "shortcuts",
    "comfortable",
    "waiting",
    "to_approve",
    "organisation",
    "freezes",
    "frozen",
];
/// How many freezes are named on each page.
pub const FREEZES: i64 = 5;

/// How many of the payouts that wait are looked at for each page; what is beyond them shows as "more".
pub const LOOKED_AT: i64 = 1_000;

const LISTED: &[&str] = &["handle", "staff_id", "ip", "user_agent", "created_at", "last_seen_at", "expires_at"];

/// The session with this hash, if it has been used since `seen_after`, has not ended at `now`, and its owner may sign
/// in.
pub async fn find(
    reader: &mut Reader,
    id_hash: &str,
    seen_after: i64,
    now: i64,
) -> Result<Option<OpenSession>, StoreError> {
    // Read with the session, so that no page needs a query of its own and none is behind.
    let mark = ["id", "scope", "subject_name", "drill", "asked_at"].map(|column| (column, format!("f.{column}")));
    let freezes = reader.engine.text_array(
        &reader.engine.object(&mark),
        &format!("(SELECT * FROM freezes WHERE state = 'active' ORDER BY drill, id LIMIT {FREEZES}) AS f"),
    );
    let sql = format!(
        "SELECT s.handle, s.state, s.last_seen_at, s.expires_at, s.staff_id, p.email, p.name, p.role, p.zone, \
               p.theme, p.shortcuts, p.comfortable, \
               (SELECT CAST(COALESCE(SUM(payouts), 0) AS BIGINT) FROM payout_counters WHERE bucket = 'to_approve') + \
               (SELECT CAST(COALESCE(SUM(payouts), 0) AS BIGINT) FROM payout_link_counters WHERE bucket = 'pending') \
               AS waiting, \
               (SELECT COUNT(*) FROM (SELECT maker_staff_id, credential_creator_id FROM payouts WHERE action = \
               'approval' ORDER BY id LIMIT $4) AS w WHERE w.maker_staff_id <> p.id AND \
               COALESCE(w.credential_creator_id, '') <> p.id) + \
               (SELECT COUNT(*) FROM (SELECT maker_staff_id, credential_creator_id FROM payout_links WHERE state = \
               'pending' ORDER BY id LIMIT $4) AS w WHERE w.maker_staff_id <> p.id AND \
               COALESCE(w.credential_creator_id, '') <> p.id) AS to_approve, \
               (SELECT value FROM meta WHERE name = 'organisation') AS organisation, {freezes} AS freezes, \
               (SELECT COUNT(*) FROM freezes WHERE state = 'active' AND drill = 0) AS frozen \
               FROM sessions s JOIN staff p ON p.id = s.staff_id \
               WHERE s.id_hash = $1 AND s.last_seen_at > $2 AND s.expires_at > $3 AND p.disabled_at IS NULL"
    );
    let values = [id_hash.into(), seen_after.into(), now.into(), LOOKED_AT.into()];
    let rows = reader.rows(OPEN, &sql, &values).await?;
    Ok(rows.into_iter().next())
}

/// The sessions of a person that have not ended, the one used last first.
pub async fn list(reader: &mut Reader, staff: StaffId, seen_after: i64, now: i64) -> Result<Vec<Session>, StoreError> {
    let sql = format!(
        "SELECT {} FROM sessions WHERE staff_id = $1 AND last_seen_at > $2 AND expires_at > $3 \
         ORDER BY last_seen_at DESC, handle LIMIT 100",
        LISTED.join(", ")
    );
    reader.rows(LISTED, &sql, &[staff.to_string().into(), seen_after.into(), now.into()]).await
}

pub async fn insert(tx: &mut Tx<'_>, session: &NewSession) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO sessions (id_hash, handle, staff_id, state, ip, user_agent, created_at, last_seen_at, \
               expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)";
    let values = [
        session.id_hash.clone().into(),
        session.handle.clone().into(),
        session.staff_id.to_string().into(),
        session.state.clone().into(),
        session.ip.clone().into(),
        session.user_agent.clone().into(),
        tx.now().into(),
        session.expires_at.into(),
    ];
    tx.execute(sql, &values).await.map(|_| ())
}

pub async fn touch(tx: &mut Tx<'_>, id_hash: &str, at: i64) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE sessions SET last_seen_at = $2 WHERE id_hash = $1 AND last_seen_at < $2";
    tx.execute(sql, &[id_hash.into(), at.into()]).await
}

/// Replaces the state; a session that has ended meanwhile stays ended.
pub async fn set_state(tx: &mut Tx<'_>, id_hash: &str, state: &str) -> Result<u64, sqlx::Error> {
    tx.execute("UPDATE sessions SET state = $2 WHERE id_hash = $1", &[id_hash.into(), state.into()]).await
}

/// Whose session the handle names.
pub async fn owner(tx: &mut Tx<'_>, handle: &str) -> Result<Option<StaffId>, sqlx::Error> {
    let text = tx.text("SELECT staff_id FROM sessions WHERE handle = $1", &[handle.into()]).await?;
    Ok(text.and_then(|text| text.parse().ok()))
}

pub async fn end(tx: &mut Tx<'_>, handle: &str) -> Result<u64, sqlx::Error> {
    tx.execute("DELETE FROM sessions WHERE handle = $1", &[handle.into()]).await
}

pub async fn end_by_hash(tx: &mut Tx<'_>, id_hash: &str) -> Result<u64, sqlx::Error> {
    tx.execute("DELETE FROM sessions WHERE id_hash = $1", &[id_hash.into()]).await
}

/// Ends every session of a person, but for the one with the handle `keep` (empty keeps none).
pub async fn end_all(tx: &mut Tx<'_>, staff: StaffId, keep: &str) -> Result<u64, sqlx::Error> {
    let sql = "DELETE FROM sessions WHERE staff_id = $1 AND handle <> $2";
    tx.execute(sql, &[staff.to_string().into(), keep.into()]).await
}

/// Deletes at most `limit` of what has ended: past its end, or not used since `seen_after`.
pub async fn forget(tx: &mut Tx<'_>, seen_after: i64, limit: i64) -> Result<u64, sqlx::Error> {
    let now = tx.now();
    let sql = "DELETE FROM sessions WHERE id_hash IN (SELECT id_hash FROM sessions WHERE expires_at <= $1 OR \
               last_seen_at <= $2 LIMIT $3)";
    tx.execute(sql, &[now.into(), seen_after.into(), limit.into()]).await
}
