//! Webhooks and their secrets.

use super::{Reader, StoreError, Tx, sql};
use crate::domain::dialect::Dialect;
use crate::domain::ids::{ClientId, WebhookId, WebhookSecretId};
use crate::domain::webhook::{Webhook, WebhookSecret};

const COLUMNS: &[&str] = &[
    "id",
    "client_id",
    "client_name",
    "dialect",
    "url",
    "events",
    "state",
    "off_reason",
    "staff_id",
    "owner_name",
    "version",
];
const SELECT: &str = "SELECT h.id, h.client_id, c.name AS client_name, h.dialect, h.url, h.events, h.state, \
     h.off_reason, h.staff_id, s.name AS owner_name, h.version FROM webhooks h JOIN clients c ON c.id = h.client_id \
     LEFT JOIN staff s ON s.id = h.staff_id WHERE h.deleted_at IS NULL";
const SECRETS: &[&str] = &["id", "webhook_id", "secret", "expires_at"];
const SELECT_SECRETS: &str = "SELECT s.id, s.webhook_id, s.secret, s.expires_at FROM webhook_secrets s WHERE \
     s.webhook_id = $1 AND (s.expires_at IS NULL OR s.expires_at > $2) ORDER BY s.id DESC";
/// More than any list of webhooks is long.
const MOST: i64 = 1_000;

/// Webhooks, of one client or of all, of one dialect or of all; the newest first.
pub async fn list(
    reader: &mut Reader,
    client: Option<ClientId>,
    dialect: Option<Dialect>,
) -> Result<Vec<Webhook>, StoreError> {
    let mut conditions = sql::Conditions::default();
    if let Some(client) = client {
        conditions.and("h.client_id = ?", [client.to_string().into()]);
    }
    if let Some(dialect) = dialect {
        conditions.and("h.dialect = ?", [dialect.name().into()]);
    }
    let more = conditions.where_clause().replacen("WHERE", "AND", 1);
    let inner = format!("{SELECT} {more} ORDER BY h.id DESC LIMIT {MOST}");
    reader.rows(COLUMNS, &inner, conditions.values()).await
}

pub async fn find(reader: &mut Reader, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
    let rows = reader.rows(COLUMNS, &format!("{SELECT} AND h.id = $1"), &[id.to_string().into()]).await?;
    Ok(rows.into_iter().next())
}

pub async fn get(tx: &mut Tx<'_>, id: WebhookId) -> Result<Option<Webhook>, sqlx::Error> {
    let rows = tx.rows(COLUMNS, &format!("{SELECT} AND h.id = $1"), &[id.to_string().into()]).await?;
    Ok(rows.into_iter().next())
}

/// How many webhooks of this dialect a client has.
pub async fn count(tx: &mut Tx<'_>, client: ClientId, dialect: Dialect) -> Result<i64, sqlx::Error> {
    let sql = "SELECT COUNT(*) FROM webhooks WHERE client_id = $1 AND dialect = $2 AND deleted_at IS NULL";
    Ok(tx.int(sql, &[client.to_string().into(), dialect.name().into()]).await?.unwrap_or(0))
}

/// Writes a new webhook; `kinds` is what its events are in our words, separated by blanks.
pub async fn insert(tx: &mut Tx<'_>, webhook: &Webhook, kinds: &str) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO webhooks (id, client_id, dialect, url, events, kinds, state, staff_id, version) VALUES \
               ($1, $2, $3, $4, $5, $6, 'active', $7, 1)";
    let values = [
        webhook.id.to_string().into(),
        webhook.client_id.to_string().into(),
        webhook.dialect.name().into(),
        webhook.url.clone().into(),
        webhook.events.clone().into(),
        kinds.into(),
        webhook.staff_id.map(|id| id.to_string()).into(),
    ];
    tx.execute(sql, &values).await.map(|_| ())
}

/// Another address, or other events and the kinds that they come of; what is none stays.
pub async fn change(
    tx: &mut Tx<'_>,
    id: WebhookId,
    url: Option<&str>,
    events: Option<&str>,
    kinds: Option<&str>,
) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE webhooks SET url = COALESCE($2, url), events = COALESCE($3, events), kinds = COALESCE($4, \
               kinds), version = version + 1 WHERE id = $1 AND deleted_at IS NULL";
    tx.execute(sql, &[id.to_string().into(), url.into(), events.into(), kinds.into()]).await
}

/// Counts a change that stands in another table, another secret; 0 when it has another version by now.
pub async fn touch(tx: &mut Tx<'_>, id: WebhookId, version: i64) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE webhooks SET version = version + 1 WHERE id = $1 AND version = $2";
    tx.execute(sql, &[id.to_string().into(), version.into()]).await
}

/// Switches off, for a reason; 0 when it is off already.
pub async fn switch_off(tx: &mut Tx<'_>, id: WebhookId, reason: &str) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE webhooks SET state = 'off', off_reason = $2, version = version + 1 WHERE id = $1 AND \
               state = 'active'";
    tx.execute(sql, &[id.to_string().into(), reason.into()]).await
}

/// Switches on again; 0 when it is on already.
pub async fn switch_on(tx: &mut Tx<'_>, id: WebhookId) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE webhooks SET state = 'active', off_reason = NULL, version = version + 1 WHERE id = $1 AND \
               state = 'off' AND deleted_at IS NULL";
    tx.execute(sql, &[id.to_string().into()]).await
}

/// Takes a webhook away, and its secrets at once; a job removes what it was sent, and then the row.
pub async fn delete(tx: &mut Tx<'_>, id: WebhookId, at: i64) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE webhooks SET state = 'off', off_reason = 'deleted', deleted_at = $2, version = version + 1 \
               WHERE id = $1 AND deleted_at IS NULL";
    let deleted = tx.execute(sql, &[id.to_string().into(), at.into()]).await?;
    tx.execute("DELETE FROM webhook_secrets WHERE webhook_id = $1", &[id.to_string().into()]).await?;
    Ok(deleted)
}

/// The secrets that are good at a time, the newest first.
pub async fn secrets(reader: &mut Reader, id: WebhookId, now: i64) -> Result<Vec<WebhookSecret>, StoreError> {
    reader.rows(SECRETS, SELECT_SECRETS, &[id.to_string().into(), now.into()]).await
}

/// The same inside a change.
pub async fn live_secrets(tx: &mut Tx<'_>, id: WebhookId) -> Result<Vec<WebhookSecret>, sqlx::Error> {
    let now = tx.now();
    tx.rows(SECRETS, SELECT_SECRETS, &[id.to_string().into(), now.into()]).await
}

/// Adds the secret that signs from now on; the one before it is good until `overlap_until`, and those whose time is
/// over are removed. Sealed for [`super::sealed::WEBHOOK_SECRET`].
pub async fn add_secret(
    tx: &mut Tx<'_>,
    webhook: WebhookId,
    id: WebhookSecretId,
    sealed: &str,
    overlap_until: i64,
) -> Result<(), sqlx::Error> {
    let webhook = webhook.to_string();
    let sql = "UPDATE webhook_secrets SET expires_at = $2 WHERE webhook_id = $1 AND expires_at IS NULL";
    tx.execute(sql, &[webhook.as_str().into(), overlap_until.into()]).await?;
    let now = tx.now();
    let sql = "DELETE FROM webhook_secrets WHERE webhook_id = $1 AND expires_at <= $2";
    tx.execute(sql, &[webhook.as_str().into(), now.into()]).await?;
    let sql = "INSERT INTO webhook_secrets (id, webhook_id, secret) VALUES ($1, $2, $3)";
    tx.execute(sql, &[id.to_string().into(), webhook.into(), sealed.into()]).await.map(|_| ())
}

/// Removes webhooks that were deleted and have no deliveries left, at most `limit`.
pub async fn forget_deleted(tx: &mut Tx<'_>, limit: i64) -> Result<u64, sqlx::Error> {
    let sql = "DELETE FROM webhooks WHERE id IN (SELECT h.id FROM webhooks h WHERE h.deleted_at IS NOT NULL AND (SELECT 1 \
               FROM webhook_deliveries d WHERE d.webhook_id = h.id LIMIT 1) IS NULL ORDER BY h.id LIMIT $1)";
    tx.execute(sql, &[limit.into()]).await
}
