//! Batches and their items: made and sorted in chunks, done by units that write each item's result with its effect.

mod clean;
mod items;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub use self::clean::{forget, forget_contents, forget_items, never_started};
pub use self::items::{ItemLine, contents, item_page, pending, taken, undone, usable_payees};
use super::sql::{Conditions, Script, Table, Value, int, text};
use super::{Reader, StoreError, Tx};
use crate::domain::approval::Need;
use crate::domain::batch::{Batch, Item, State, Summary, Tally};
use crate::domain::books::Books;
use crate::domain::ids::{BatchId, ClientId, FreezeId};

pub const BATCHES: Table = Table {
    name: "batches",
    columns: &[
        text("id"),
        text("client_id"),
        text("verb"),
        text("state"),
        text("made_from"),
        text("file_hash"),
        text("reason"),
        text("actor"),
        text("actor_id"),
        text("actor_name"),
        text("freeze_id"),
        int("drill"),
        int("items"),
        int("acting"),
        int("pending"),
        int("done"),
        int("asked"),
        int("refused"),
        int("failed"),
        text("summary"),
        text("note"),
        int("sorted_at"),
        int("started_at"),
        int("finished_at"),
        int("version"),
    ],
};

pub const BATCH_ITEMS: Table = Table {
    name: "batch_items",
    columns: &[
        text("batch_id"),
        int("seq"),
        text("subject"),
        text("named"),
        text("state"),
        int("ask"),
        int("amount_minor"),
        text("currency"),
        int("version"),
        int("shown"),
        text("rule"),
        text("reason"),
        text("result_id"),
        int("at"),
    ],
};

static COLUMNS: LazyLock<Vec<&'static str>> = LazyLock::new(|| BATCHES.columns());

/// A batch that is being sorted, and how far it is.
#[derive(Debug, Clone, Deserialize)]
pub struct Unsorted {
    #[serde(flatten)]
    pub batch: Batch,
    pub position: String,
}

/// A chunk of sorted items: from where to where it goes in the input, and what the batch comes to with it.
#[derive(Debug, Clone)]
pub struct Chunk {
    pub batch_id: BatchId,
    pub before: String,
    pub after: String,
    pub items: Vec<Item>,
    /// Of what is to be made, when an earlier batch did not make it.
    pub contents: Vec<Content>,
    pub tally: Tally,
    /// Of all items so far.
    pub summary: Summary,
    /// The input is at its end: the batch is ready.
    pub last: bool,
}

/// Content of an item that is to be made, sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Content {
    /// The batch's id, a colon, and the item's number.
    pub id: String,
    pub content: String,
}

/// A new batch, with what it is sorted from.
pub async fn insert(tx: &mut Tx<'_>, batch: &Batch, input: Option<&str>, position: &str) -> Result<(), sqlx::Error> {
    #[derive(Serialize)]
    struct Row<'a> {
        #[serde(flatten)]
        batch: &'a Batch,
        position: &'a str,
    }
    let sql = format!(
        "INSERT INTO batches ({}, position) SELECT {}, value ->> 'position' FROM {{rows}}",
        COLUMNS.join(", "),
        BATCHES.values()
    );
    let mut script = Script::new(tx.engine());
    script.add(&sql, &[Row { batch, position }], 1);
    tx.script(script).await?;
    if let Some(input) = input {
        let sql = "INSERT INTO batch_inputs (batch_id, input) VALUES ($1, $2)";
        tx.execute(sql, &[batch.id.to_string().into(), input.into()]).await?;
    }
    Ok(())
}

/// Items of a batch that is made whole at once, with their sealed contents.
pub async fn insert_items(tx: &mut Tx<'_>, items: &[Item], contents: &[Content]) -> Result<(), sqlx::Error> {
    let mut script = Script::new(tx.engine());
    script.insert(&BATCH_ITEMS, items);
    let sql = "INSERT INTO batch_rows (id, content) SELECT value ->> 'id', value ->> 'content' FROM {rows}";
    script.add(sql, contents, contents.len());
    tx.script(script).await
}

pub async fn find(reader: &mut Reader, id: BatchId) -> Result<Option<Batch>, StoreError> {
    let inner = format!("SELECT {} FROM batches b WHERE b.id = $1", BATCHES.select("b"));
    Ok(reader.rows(&COLUMNS, &inner, &[id.to_string().into()]).await?.into_iter().next())
}

/// The batch as the transaction finds it.
pub async fn get(tx: &mut Tx<'_>, id: BatchId) -> Result<Option<Batch>, sqlx::Error> {
    let inner = format!("SELECT {} FROM batches b WHERE b.id = $1", BATCHES.select("b"));
    Ok(tx.rows(&COLUMNS, &inner, &[id.to_string().into()]).await?.into_iter().next())
}

const OF_FILE: &str = "SELECT id FROM batches WHERE file_hash = $1 AND verb = $2 AND COALESCE(client_id, '') = $3 AND \
                       (state <> 'stopped' OR started_at IS NOT NULL)";

/// The batch that was made from this file before, unless it was stopped before anything was done.
pub async fn find_of_file(
    reader: &mut Reader,
    verb: &str,
    hash: &str,
    client: Option<ClientId>,
) -> Result<Option<String>, StoreError> {
    let client = client.map(|id| id.to_string()).unwrap_or_default();
    reader.text(OF_FILE.to_owned(), &[hash.into(), verb.into(), client.into()]).await
}

/// The same as the transaction finds it.
pub async fn of_file(
    tx: &mut Tx<'_>,
    verb: &str,
    hash: &str,
    client: Option<ClientId>,
) -> Result<Option<String>, sqlx::Error> {
    let client = client.map(|id| id.to_string()).unwrap_or_default();
    tx.text(OF_FILE, &[hash.into(), verb.into(), client.into()]).await
}

/// Newest first, older than `before`.
pub async fn list(
    reader: &mut Reader,
    client: Option<ClientId>,
    before: Option<BatchId>,
    limit: i64,
) -> Result<Vec<Batch>, StoreError> {
    let mut conditions = Conditions::default();
    if let Some(client) = client {
        conditions.and("b.client_id = ?", [client.to_string().into()]);
    }
    if let Some(before) = before {
        conditions.and("b.id < ?", [before.to_string().into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    let inner = format!(
        "SELECT {} FROM batches b {} ORDER BY b.id DESC LIMIT {limit}",
        BATCHES.select("b"),
        conditions.where_clause()
    );
    reader.rows(&COLUMNS, &inner, conditions.values()).await
}

/// Those that were made from the page of a freeze, newest first.
pub async fn of_freeze(reader: &mut Reader, id: FreezeId, limit: i64) -> Result<Vec<Batch>, StoreError> {
    let inner =
        format!("SELECT {} FROM batches b WHERE b.freeze_id = $1 ORDER BY b.id DESC LIMIT $2", BATCHES.select("b"));
    reader.rows(&COLUMNS, &inner, &[id.to_string().into(), limit.into()]).await
}

/// Batches that a job works on, oldest first.
pub async fn at_work(reader: &mut Reader, limit: i64) -> Result<Vec<Batch>, StoreError> {
    let inner = format!(
        "SELECT {} FROM batches b WHERE b.state IN ('sorting', 'running') ORDER BY b.id LIMIT $1",
        BATCHES.select("b")
    );
    reader.rows(&COLUMNS, &inner, &[limit.into()]).await
}

/// The batch while it is being sorted.
pub async fn unsorted(reader: &mut Reader, id: BatchId) -> Result<Option<Unsorted>, StoreError> {
    let inner =
        format!("SELECT {}, b.position FROM batches b WHERE b.id = $1 AND b.state = 'sorting'", BATCHES.select("b"));
    let columns: Vec<&str> = COLUMNS.iter().copied().chain(["position"]).collect();
    Ok(reader.rows(&columns, &inner, &[id.to_string().into()]).await?.into_iter().next())
}

/// What a batch is sorted from, as JSON; none once it is sorted.
pub async fn input(reader: &mut Reader, id: BatchId) -> Result<Option<String>, StoreError> {
    reader.text("SELECT input FROM batch_inputs WHERE batch_id = $1".into(), &[id.to_string().into()]).await
}

/// Writes a chunk of sorted items. Answers whether it was the next one: another process, or somebody who stopped the
/// batch, may have been faster, and then nothing is written.
pub async fn add_sorted(tx: &mut Tx<'_>, chunk: &Chunk) -> Result<bool, sqlx::Error> {
    let summary = serde_json::to_string(&chunk.summary).expect("texts and integers");
    let to = if chunk.last { State::Ready } else { State::Sorting };
    let tally = &chunk.tally;
    let sql = "UPDATE batches SET state = $4, position = $3, items = items + $5, acting = acting + $6, pending = pending \
               + $6, refused = refused + $7, summary = $8, sorted_at = CASE WHEN $4 = 'ready' THEN $9 ELSE NULL END, \
               version = version + CASE WHEN $4 = 'ready' THEN 1 ELSE 0 END WHERE id = $1 AND state = 'sorting' AND \
               position = $2";
    let values = [
        Value::from(chunk.batch_id.to_string()),
        chunk.before.as_str().into(),
        chunk.after.as_str().into(),
        to.name().into(),
        (chunk.items.len() as i64).into(),
        tally.pending.into(),
        tally.refused.into(),
        summary.into(),
        tx.now().into(),
    ];
    if tx.execute(sql, &values).await? != 1 {
        return Ok(false);
    }
    if chunk.last {
        forget_input(tx, chunk.batch_id).await?;
    }
    insert_items(tx, &chunk.items, &chunk.contents).await.map(|()| true)
}

/// Moves a batch from one state to another; answers whether it stood there still. What ends, and what begins, is dated.
pub async fn change(
    tx: &mut Tx<'_>,
    batch: &Batch,
    to: State,
    reason: Option<&str>,
    note: Option<&str>,
) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE batches SET state = $3, version = version + 1, reason = NULLIF($4, ''), note = NULLIF($5, ''), \
               started_at = CASE WHEN $3 = 'running' AND started_at IS NULL THEN $6 ELSE started_at END, finished_at = \
               CASE WHEN $3 IN ('stopped', 'done') THEN $6 ELSE NULL END WHERE id = $1 AND version = $2 AND ($3 <> \
               'done' OR pending = 0)";
    // Blank texts travel as such, because a nullable parameter would have no type on PostgreSQL.
    let values = [
        Value::from(batch.id.to_string()),
        batch.version.into(),
        to.name().into(),
        reason.unwrap_or_default().into(),
        note.unwrap_or_default().into(),
        tx.now().into(),
    ];
    let changed = tx.execute(sql, &values).await? == 1;
    if changed && to == State::Stopped {
        forget_input(tx, batch.id).await?;
    }
    Ok(changed)
}

/// What a batch was sorted from, once nothing is left to be sorted.
async fn forget_input(tx: &mut Tx<'_>, id: BatchId) -> Result<(), sqlx::Error> {
    tx.execute("DELETE FROM batch_inputs WHERE batch_id = $1", &[id.to_string().into()]).await.map(|_| ())
}

/// Keeps what its start was approved by: its items need no more than that.
pub async fn approved(tx: &mut Tx<'_>, id: BatchId, by: &Need) -> Result<(), sqlx::Error> {
    let sql = "UPDATE batches SET approved_people = $2, approved_role = $3 WHERE id = $1";
    tx.execute(sql, &[id.to_string().into(), by.people.into(), by.role.name().into()]).await.map(|_| ())
}

/// Notes of items that could not be done why not, so that they do not come back for ever.
pub async fn fail(tx: &mut Tx<'_>, id: BatchId, items: &[(i64, String)]) -> Result<(), sqlx::Error> {
    #[derive(Serialize)]
    struct Row<'a> {
        batch: BatchId,
        seq: i64,
        reason: &'a str,
        at: i64,
    }
    let at = tx.now();
    let rows: Vec<Row> = items.iter().map(|(seq, reason)| Row { batch: id, seq: *seq, reason, at }).collect();
    let rows = serde_json::to_string(&rows).expect("texts and integers");
    let sql = format!(
        "UPDATE batch_items SET state = 'failed', rule = 'not_done', reason = (value ->> 'reason'), at = CAST(value ->> \
         'at' AS BIGINT) FROM {} WHERE batch_items.batch_id = (value ->> 'batch') AND batch_items.seq = CAST(value ->> \
         'seq' AS BIGINT) AND batch_items.state = 'pending'",
        tx.engine().each(1)
    );
    let failed = tx.execute(&sql, &[rows.into()]).await? as i64;
    let sql = "UPDATE batches SET pending = pending - $2, failed = failed + $2 WHERE id = $1";
    tx.execute(sql, &[id.to_string().into(), failed.into()]).await.map(|_| ())
}

/// Ends items of a drill with what would have become of them, and writes nothing else. Answers whether the batch still
/// runs.
pub async fn end_drill(tx: &mut Tx<'_>, id: BatchId, items: &[i64]) -> Result<bool, sqlx::Error> {
    // On PostgreSQL nobody pauses or stops it until this unit ends.
    let runs = "UPDATE batches SET version = version WHERE id = $1 AND state = 'running' AND drill = 1";
    if tx.execute(runs, &[id.to_string().into()]).await? != 1 {
        return Ok(false);
    }
    let end = format!(
        "UPDATE batch_items SET state = CASE WHEN ask = 1 THEN 'asked' ELSE 'done' END, at = $3 WHERE batch_id = $1 AND \
         state = 'pending' AND ask = $4 AND seq IN (SELECT CAST(value AS BIGINT) FROM {})",
        tx.engine().each(2)
    );
    let seqs = Value::json(items);
    let mut ended = [0, 0];
    for (ask, count) in ended.iter_mut().enumerate() {
        let values = [id.to_string().into(), seqs.clone(), tx.now().into(), Value::Int(ask as i64)];
        *count = tx.execute(&end, &values).await? as i64;
    }
    let [done, asked] = ended;
    let sql = "UPDATE batches SET pending = pending - $2 - $3, done = done + $2, asked = asked + $3 WHERE id = $1";
    tx.execute(sql, &[id.to_string().into(), done.into(), asked.into()]).await.map(|_| true)
}

/// The results of items, and how they move the counts of their batches. A batch that was paused or stopped by another
/// process meanwhile is not touched, and the count shows it.
pub(super) fn write_results(script: &mut Script, books: &Books) {
    let results = &books.changes.items;
    // In the order of the members of a result.
    let sql = "UPDATE batch_items SET state = (value ->> 2), rule = (value ->> 3), reason = (value ->> 4), result_id = \
               (value ->> 5), at = CAST(value ->> 6 AS BIGINT) FROM {rows} WHERE batch_items.batch_id = (value ->> 0) \
               AND batch_items.seq = CAST(value ->> 1 AS BIGINT) AND batch_items.state = 'pending'";
    script.add_bare(sql, results);
    let tallies = books.batch_tallies();
    let add = |name: &str| format!("{name} = {name} + CAST(value ->> '{name}' AS BIGINT)");
    let counts = ["pending", "done", "asked", "refused", "failed"].map(add).join(", ");
    let sql = format!(
        "UPDATE batches SET {counts} FROM {{rows}} WHERE batches.id = (value ->> 'id') AND batches.state = 'running'"
    );
    script.add(&sql, &tallies, tallies.len());
}
