//! Messages: queued with the change they tell of, claimed by a job, and what became of them.

use serde::Serialize;

use super::sql::Script;
use super::tables::MESSAGES;
use super::{Reader, StoreError, Tx};
use crate::domain::message::{Message, State};

/// How one try ended.
#[derive(Debug, Clone, Serialize)]
pub struct Ended {
    pub id: String,
    /// The try's number, so that no other try is ended by mistake.
    pub attempts: i64,
    pub state: State,
    pub next_at: Option<i64>,
    pub last_error: Option<String>,
    pub sent_at: Option<i64>,
    pub provider_answer: Option<String>,
}

#[derive(Debug, Serialize)]
struct Claim<'a> {
    id: String,
    attempts: i64,
    next_at: &'a i64,
}

/// Queues messages in a change that is a closure; units have them in their plan.
pub async fn insert(tx: &mut Tx<'_>, messages: &[Message]) -> Result<(), sqlx::Error> {
    let mut script = Script::new(tx.engine());
    script.insert(&MESSAGES, messages);
    tx.script(script).await
}

/// Whether any message is due.
pub async fn any_due(reader: &mut Reader, now: i64) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM messages WHERE next_at <= $1 LIMIT 1";
    Ok(reader.int(sql.into(), &[now.into()]).await?.is_some())
}

/// Takes at most `limit` due messages for one try each; nobody else takes them before `until`.
pub async fn claim(tx: &mut Tx<'_>, until: i64, limit: i64) -> Result<Vec<Message>, sqlx::Error> {
    let now = tx.now();
    let inner = format!(
        "SELECT {} FROM messages m WHERE m.next_at <= $1 ORDER BY m.next_at, m.id LIMIT $2",
        MESSAGES.select("m")
    );
    let mut due: Vec<Message> = tx.rows(&MESSAGES.columns(), &inner, &[now.into(), limit.into()]).await?;
    let claims: Vec<Claim> = due
        .iter()
        .map(|message| Claim { id: message.id.to_string(), attempts: message.attempts, next_at: &until })
        .collect();
    let sql = "UPDATE messages SET attempts = messages.attempts + 1, next_at = CAST(value ->> 'next_at' AS BIGINT) \
               FROM {rows} WHERE messages.id = (value ->> 'id') AND messages.state = 'waiting' AND \
               messages.attempts = CAST(value ->> 'attempts' AS BIGINT)";
    let mut script = Script::new(tx.engine());
    script.add(sql, &claims, claims.len());
    tx.script(script).await?;
    for message in &mut due {
        message.attempts += 1;
        message.next_at = Some(until);
    }
    Ok(due)
}

/// Writes how tries ended; one that another process has taken over since is left alone.
pub async fn end(tx: &mut Tx<'_>, ended: &[Ended]) -> Result<(), sqlx::Error> {
    let sql = format!(
        "UPDATE messages SET state = value ->> 'state', next_at = CAST(value ->> 'next_at' AS BIGINT), last_error = \
         value ->> 'last_error', sent_at = CAST(value ->> 'sent_at' AS BIGINT), provider_answer = \
         value ->> 'provider_answer', link_token = CASE WHEN (value ->> 'state') = 'waiting' THEN link_token END, \
         code = CASE WHEN (value ->> 'state') = 'waiting' THEN code END FROM {} WHERE messages.id = (value ->> 'id') \
         AND messages.attempts = CAST(value ->> 'attempts' AS BIGINT) AND messages.state = 'waiting'",
        tx.engine().each(1)
    );
    let rows = serde_json::to_string(ended).expect("texts and integers");
    tx.execute(&sql, &[rows.into()]).await.map(|_| ())
}

/// The messages about a record, newest first.
pub async fn about(reader: &mut Reader, about_id: &str, limit: i64) -> Result<Vec<Message>, StoreError> {
    let inner =
        format!("SELECT {} FROM messages m WHERE m.about_id = $1 ORDER BY m.id DESC LIMIT $2", MESSAGES.select("m"));
    reader.rows(&MESSAGES.columns(), &inner, &[about_id.into(), limit.into()]).await
}
