//! One-time codes of payout links: the newest of each, and how often it was tried.

use serde::{Deserialize, Serialize};

use super::{Reader, StoreError, Tx};
use crate::domain::ids::PayoutLinkId;
use crate::domain::message::Channel;

/// A code that was sent. Times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// Keyed hash of link and code.
    pub code_hash: String,
    pub channel: Channel,
    pub tries: i64,
    pub sent_at: i64,
    pub expires_at: i64,
}

const COLUMNS: [&str; 5] = ["code_hash", "channel", "tries", "sent_at", "expires_at"];

/// The newest code of a link, good or not.
pub async fn find(reader: &mut Reader, link: PayoutLinkId) -> Result<Option<Code>, StoreError> {
    let rows = reader.rows(&COLUMNS, &select(), &[link.to_string().into()]).await?;
    Ok(rows.into_iter().next())
}

/// The same inside a change.
pub async fn get(tx: &mut Tx<'_>, link: PayoutLinkId) -> Result<Option<Code>, sqlx::Error> {
    let rows = tx.rows(&COLUMNS, &select(), &[link.to_string().into()]).await?;
    Ok(rows.into_iter().next())
}

/// Puts a new code in place of the one before.
pub async fn put(tx: &mut Tx<'_>, link: PayoutLinkId, code: &Code) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO link_codes (link_id, code_hash, channel, tries, sent_at, expires_at) VALUES ($1, $2, $3, \
               $4, $5, $6) ON CONFLICT (link_id) DO UPDATE SET code_hash = excluded.code_hash, channel = \
               excluded.channel, tries = excluded.tries, sent_at = excluded.sent_at, expires_at = excluded.expires_at";
    let channel = match code.channel {
        Channel::Email => "email",
        Channel::Sms => "sms",
    };
    let values = [
        link.to_string().into(),
        code.code_hash.as_str().into(),
        channel.into(),
        code.tries.into(),
        code.sent_at.into(),
        code.expires_at.into(),
    ];
    tx.execute(sql, &values).await.map(|_| ())
}

/// Counts a try of a code that is still good; answers whether there is one. Tries made at once are all counted.
pub async fn count_try(tx: &mut Tx<'_>, link: PayoutLinkId, most: i64) -> Result<bool, sqlx::Error> {
    let now = tx.now();
    let sql = "UPDATE link_codes SET tries = tries + 1 WHERE link_id = $1 AND tries < $2 AND expires_at > $3";
    Ok(tx.execute(sql, &[link.to_string().into(), most.into(), now.into()]).await? == 1)
}

/// A code is good once.
pub async fn remove(tx: &mut Tx<'_>, link: PayoutLinkId) -> Result<(), sqlx::Error> {
    tx.execute("DELETE FROM link_codes WHERE link_id = $1", &[link.to_string().into()]).await.map(|_| ())
}

/// Forgets at most `limit` codes that ended before `before`.
pub async fn forget(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<u64, sqlx::Error> {
    let sql = "DELETE FROM link_codes WHERE link_id IN (SELECT link_id FROM link_codes WHERE expires_at < $1 LIMIT $2)";
    tx.execute(sql, &[before.into(), limit.into()]).await
}

fn select() -> String {
    format!("SELECT {} FROM link_codes WHERE link_id = $1", COLUMNS.join(", "))
}
