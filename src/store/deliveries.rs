//! The outbox of webhooks: changes to tell of, and each one on its way to each webhook.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::sql::{self, Conditions, Engine, Script, Table, Value, int, text};
use super::{Reader, StoreError, Tx};
use crate::domain::dialect::Dialect;
use crate::domain::ids::{ClientId, DeliveryId, EventId, WebhookId};
use crate::domain::webhook::{Delivery, DeliveryState, Event, WebhookSecret};

pub const WEBHOOK_EVENTS: Table = Table {
    name: "webhook_events",
    columns: &[
        text("id"),
        text("client_id"),
        text("kind"),
        text("about_id"),
        text("from_state"),
        text("to_state"),
        text("snapshot"),
    ],
};

/// What waits to be told; apart from the events, whose rows are wide and never change.
const WEBHOOK_DUE: Table = Table { name: "webhook_due", columns: &[text("event_id"), int("due_at")] };

pub const WEBHOOK_DELIVERIES: Table = Table {
    name: "webhook_deliveries",
    columns: &[
        text("id"),
        text("webhook_id"),
        text("event_id"),
        text("name"),
        text("about_id"),
        text("body"),
        text("state"),
        int("attempts"),
        int("round_from"),
        int("round_at"),
        int("next_at"),
        int("sent_at"),
        int("status"),
        text("answer"),
    ],
};

/// An event to be told, and whom to tell.
#[derive(Debug, Clone, Deserialize)]
pub struct Claimed {
    pub event: Event,
    /// When it was to be told, in Unix microseconds.
    due_at: i64,
    /// The client's integer.
    pub client_number: i64,
    /// The sealed token of the payout link that it is about.
    pub link_token: Option<String>,
    /// The active webhooks of the client that were there when it happened.
    pub webhooks: Option<Vec<Receiver>>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Receiver {
    pub id: WebhookId,
    pub dialect: Dialect,
    /// Names in the dialect's words, separated by blanks.
    pub events: String,
}

/// What goes to one webhook now.
#[derive(Debug, Clone, Deserialize)]
pub struct Load {
    pub id: WebhookId,
    pub client_id: ClientId,
    pub dialect: Dialect,
    pub url: String,
    /// Those that are good now.
    pub secrets: Option<Vec<WebhookSecret>>,
    /// The due ones that waited longest.
    pub deliveries: Option<Vec<Delivery>>,
}

/// How one try ended.
#[derive(Debug, Clone, Serialize)]
pub struct Ended {
    pub id: DeliveryId,
    /// The try's number, so that no other try is ended by mistake.
    pub attempts: i64,
    pub state: DeliveryState,
    pub next_at: Option<i64>,
    pub sent_at: i64,
    pub status: Option<i64>,
    pub answer: Option<String>,
}

/// Before any time, so that those made first are told first.
const AT_ONCE: i64 = 0;

#[derive(Debug, Serialize)]
struct Due {
    event_id: EventId,
    due_at: i64,
}

#[derive(Debug, Serialize)]
struct Claim {
    id: String,
    /// What the row said when it was read: another process may have been faster.
    before: i64,
    until: i64,
}

/// Events, to be told at once.
pub(super) fn insert_events(script: &mut Script, events: &[Event]) {
    script.insert(&WEBHOOK_EVENTS, events);
    let due: Vec<Due> = events.iter().map(|event| Due { event_id: event.id, due_at: AT_ONCE }).collect();
    script.insert(&WEBHOOK_DUE, &due);
}

/// Whether any event waits to be told.
pub async fn any_event(reader: &mut Reader, now: i64) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM webhook_due WHERE due_at <= $1 LIMIT 1";
    Ok(reader.int(sql.into(), &[now.into()]).await?.is_some())
}

/// Takes at most `limit` events to be told; nobody else takes them before `until`.
pub async fn claim_events(tx: &mut Tx<'_>, until: i64, limit: i64) -> Result<Vec<Claimed>, sqlx::Error> {
    let engine = tx.engine();
    let webhooks = engine.collect(
        &engine.object(&[("id", "h.id".into()), ("dialect", "h.dialect".into()), ("events", "h.events".into())]),
        // Both begin with four letters and an underscore; what follows sorts by time.
        "webhooks h WHERE h.client_id = e.client_id AND h.state = 'active' AND substr(h.id, 5) < substr(e.id, 5)",
    );
    let claimed = engine.object(&[
        ("event", WEBHOOK_EVENTS.array(engine, "e")),
        ("due_at", "e.due_at".into()),
        ("client_number", "e.client_number".into()),
        ("link_token", "e.link_token".into()),
        ("webhooks", webhooks),
    ]);
    let due = format!(
        "(SELECT {}, d.due_at, c.number AS client_number, l.token_sealed AS link_token FROM (SELECT event_id, due_at \
         FROM webhook_due WHERE due_at <= $1 ORDER BY due_at, event_id LIMIT $2) AS d JOIN webhook_events e ON e.id = \
         d.event_id JOIN clients c ON c.id = e.client_id LEFT JOIN payout_links l ON l.id = e.about_id) AS e",
        WEBHOOK_EVENTS.select("e")
    );
    let sql = format!("SELECT {}", engine.text_array(&claimed, &due));
    let now = tx.now();
    let text = tx.text(&sql, &[now.into(), limit.into()]).await?;
    let mut due: Vec<Claimed> = sql::decode(text.as_deref().unwrap_or("[]"))?;
    due.sort_by_key(|claimed| claimed.event.id);
    let claims = due.iter().map(|claimed| Claim { id: claimed.event.id.to_string(), before: claimed.due_at, until });
    let claims: Vec<Claim> = claims.collect();
    let sql = "UPDATE webhook_due SET due_at = CAST(value ->> 'until' AS BIGINT) FROM {rows} WHERE \
               webhook_due.event_id = (value ->> 'id') AND webhook_due.due_at = CAST(value ->> 'before' AS BIGINT)";
    let mut script = Script::new(engine);
    script.add(sql, &claims, claims.len());
    tx.script(script).await?;
    Ok(due)
}

/// Writes the deliveries of events that were claimed until `until`, and that these events are told: both or neither.
pub async fn make_out(
    tx: &mut Tx<'_>,
    events: &[EventId],
    until: i64,
    deliveries: &[Delivery],
) -> Result<(), sqlx::Error> {
    let claims: Vec<Due> = events.iter().map(|id| Due { event_id: *id, due_at: until }).collect();
    let sql = "DELETE FROM webhook_due WHERE (event_id, due_at) IN (SELECT value ->> 0, CAST(value ->> 1 AS BIGINT) \
               FROM {rows})";
    let mut script = Script::new(tx.engine());
    script.add_bare(sql, &claims);
    insert_into(&mut script, deliveries);
    tx.script(script).await
}

/// Lets events that were claimed until `until` wait until later; one that was told or claimed since is left alone.
pub async fn put_off(tx: &mut Tx<'_>, events: &[EventId], until: i64, later: i64) -> Result<(), sqlx::Error> {
    let ids = tx.engine().texts(2);
    let sql = format!("UPDATE webhook_due SET due_at = $1 WHERE event_id IN ({ids}) AND due_at = $3");
    if !events.is_empty() {
        tx.execute(&sql, &[later.into(), Value::json(events), until.into()]).await?;
    }
    Ok(())
}

/// Adds one delivery.
pub async fn insert(tx: &mut Tx<'_>, delivery: &Delivery) -> Result<(), sqlx::Error> {
    let mut script = Script::new(tx.engine());
    insert_into(&mut script, std::slice::from_ref(delivery));
    tx.script(script).await
}

fn insert_into(script: &mut Script, deliveries: &[Delivery]) {
    script.insert(&WEBHOOK_DELIVERIES, deliveries);
}

/// At most `limit` active webhooks that something is due for, apart from those that are busy.
pub async fn due(reader: &mut Reader, now: i64, busy: &[WebhookId], limit: i64) -> Result<Vec<WebhookId>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        id: WebhookId,
    }
    let inner = format!(
        "SELECT h.id FROM webhooks h WHERE h.state = 'active' AND h.id NOT IN ({}) AND (SELECT 1 FROM \
         webhook_deliveries d WHERE d.webhook_id = h.id AND d.next_at <= $1 LIMIT 1) = 1 LIMIT $3",
        reader.engine.texts(2)
    );
    let rows: Vec<Row> = reader.rows(&["id"], &inner, &[now.into(), ids(busy), limit.into()]).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Takes at most `each` due deliveries of each of these webhooks for one try; nobody else takes them before `until`.
pub async fn claim(tx: &mut Tx<'_>, webhooks: &[WebhookId], until: i64, each: i64) -> Result<Vec<Load>, sqlx::Error> {
    let engine = tx.engine();
    let now = tx.now();
    let text = tx.text(&loads(engine), &[now.into(), each.into(), ids(webhooks)]).await?;
    let mut loads: Vec<Load> = sql::decode(text.as_deref().unwrap_or("[]"))?;
    let mut claims = Vec::new();
    for load in &mut loads {
        if let Some(secrets) = &mut load.secrets {
            secrets.sort_by_key(|secret| std::cmp::Reverse(secret.id));
        }
        for delivery in load.deliveries.iter_mut().flatten() {
            claims.push(Claim { id: delivery.id.to_string(), before: delivery.attempts, until });
            delivery.attempts += 1;
            delivery.next_at = Some(until);
        }
    }
    let sql = "UPDATE webhook_deliveries SET attempts = webhook_deliveries.attempts + 1, next_at = \
               CAST(value ->> 'until' AS BIGINT) FROM {rows} WHERE webhook_deliveries.id = (value ->> 'id') AND \
               webhook_deliveries.state = 'waiting' AND webhook_deliveries.attempts = CAST(value ->> 'before' AS BIGINT)";
    let mut script = Script::new(engine);
    script.add(sql, &claims, claims.len());
    tx.script(script).await?;
    Ok(loads)
}

/// Webhooks with their good secrets and due deliveries: `$1` now, `$2` how many of each, `$3` which.
fn loads(engine: Engine) -> String {
    let secrets = engine.collect(
        &engine.object(&[
            ("id", "s.id".into()),
            ("webhook_id", "s.webhook_id".into()),
            ("secret", "s.secret".into()),
            ("expires_at", "s.expires_at".into()),
        ]),
        "webhook_secrets s WHERE s.webhook_id = h.id AND (s.expires_at IS NULL OR s.expires_at > $1)",
    );
    let deliveries = engine.collect(
        &WEBHOOK_DELIVERIES.array(engine, "d"),
        &format!(
            "(SELECT {} FROM webhook_deliveries d WHERE d.webhook_id = h.id AND d.next_at <= $1 ORDER BY d.next_at, \
             d.id LIMIT $2) AS d",
            WEBHOOK_DELIVERIES.select("d")
        ),
    );
    let load = engine.object(&[
        ("id", "h.id".into()),
        ("client_id", "h.client_id".into()),
        ("dialect", "h.dialect".into()),
        ("url", "h.url".into()),
        ("secrets", secrets),
        ("deliveries", deliveries),
    ]);
    let from = format!("{} JOIN webhooks h ON h.id = value AND h.state = 'active'", engine.each_text(3));
    format!("SELECT {}", engine.text_array(&load, &from))
}

/// Writes how tries ended; one that was replayed or taken over since is left alone.
pub async fn end(tx: &mut Tx<'_>, ended: &[Ended]) -> Result<(), sqlx::Error> {
    let sql = format!(
        "UPDATE webhook_deliveries SET state = value ->> 'state', next_at = CAST(value ->> 'next_at' AS BIGINT), \
         sent_at = CAST(value ->> 'sent_at' AS BIGINT), status = CAST(value ->> 'status' AS BIGINT), answer = \
         value ->> 'answer' FROM {} WHERE webhook_deliveries.id = (value ->> 'id') AND webhook_deliveries.attempts = \
         CAST(value ->> 'attempts' AS BIGINT) AND webhook_deliveries.state = 'waiting'",
        tx.engine().each(1)
    );
    let rows = serde_json::to_string(ended).expect("texts and integers");
    tx.execute(&sql, &[rows.into()]).await.map(|_| ())
}

/// Begins another round for a delivery, at once. The count of tries goes on, so a try on its way ends nothing.
pub async fn replay(tx: &mut Tx<'_>, id: DeliveryId) -> Result<u64, sqlx::Error> {
    let now = tx.now();
    let sql = "UPDATE webhook_deliveries SET state = 'waiting', attempts = attempts + 1, round_from = attempts + 1, \
               round_at = $2, next_at = $2 WHERE id = $1";
    tx.execute(sql, &[id.to_string().into(), now.into()]).await
}

static COLUMNS: LazyLock<Vec<&'static str>> = LazyLock::new(|| WEBHOOK_DELIVERIES.columns());

/// Deliveries of a webhook in one state or any, made before one of them; the newest first.
pub async fn list(
    reader: &mut Reader,
    webhook: WebhookId,
    state: Option<DeliveryState>,
    before: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let mut conditions = Conditions::default();
    conditions.and("d.webhook_id = ?", [webhook.to_string().into()]);
    if let Some(state) = state {
        conditions.and("d.state = ?", [state.name().into()]);
    }
    if let Some(before) = before {
        conditions.and("d.id < ?", [before.to_string().into()]);
    }
    let place = conditions.bind(limit.into());
    let inner = format!(
        "SELECT {} FROM webhook_deliveries d {} ORDER BY d.id DESC LIMIT {place}",
        WEBHOOK_DELIVERIES.select("d"),
        conditions.where_clause()
    );
    reader.rows(&COLUMNS, &inner, conditions.values()).await
}

/// One delivery.
pub async fn find(reader: &mut Reader, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
    let inner = format!("SELECT {} FROM webhook_deliveries d WHERE d.id = $1", WEBHOOK_DELIVERIES.select("d"));
    Ok(reader.rows(&COLUMNS, &inner, &[id.to_string().into()]).await?.into_iter().next())
}

/// Removes events that happened before a time, and deliveries made before it, at most `limit` of each; also what a
/// deleted webhook was sent. Answers how many rows went.
pub async fn forget(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<u64, sqlx::Error> {
    let (event, delivery) = (EventId::first_at(before), DeliveryId::first_at(before));
    let event = event.to_string();
    let sql = "DELETE FROM webhook_due WHERE event_id IN (SELECT id FROM webhook_events WHERE id < $1 ORDER BY id \
               LIMIT $2)";
    tx.execute(sql, &[event.clone().into(), limit.into()]).await?;
    let sql =
        "DELETE FROM webhook_events WHERE id IN (SELECT id FROM webhook_events WHERE id < $1 ORDER BY id LIMIT $2)";
    let events = tx.execute(sql, &[event.into(), limit.into()]).await?;
    let sql = "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries WHERE id < $1 ORDER BY id \
               LIMIT $2)";
    let deliveries = tx.execute(sql, &[delivery.to_string().into(), limit.into()]).await?;
    let sql = "DELETE FROM webhook_deliveries WHERE id IN (SELECT d.id FROM webhooks h JOIN webhook_deliveries d ON \
               d.webhook_id = h.id WHERE h.deleted_at IS NOT NULL LIMIT $1)";
    let orphans = tx.execute(sql, &[limit.into()]).await?;
    Ok(events.max(deliveries).max(orphans))
}

fn ids(ids: &[WebhookId]) -> Value {
    Value::json(ids)
}
