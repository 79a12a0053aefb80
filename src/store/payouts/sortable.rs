//! Payouts as batches sort them: set by set, with what the checks need and nothing else.

use serde::{Deserialize, Serialize};

use super::Filter;
use crate::domain::ids::{ClientId, PayoutId};
use crate::domain::payout::Payout;
use crate::store::approvals::SHOWN;
use crate::store::sql::{self, Engine, Value};
use crate::store::tables::PAYOUTS;
use crate::store::{Reader, StoreError};

/// A payout, and whether its provider was asked to stop it and has not answered yet.
#[derive(Debug, Clone, Deserialize)]
pub struct Sortable {
    pub payout: Payout,
    pub asked: i64,
    /// The number of what else is shown with it; see `domain::books::approvals::shown`. Nought where it waits for no
    /// approval, which nothing is bound to.
    pub shown: i64,
}

/// The same with the id or reference that named it.
#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    pub named: String,
    #[serde(flatten)]
    pub found: Sortable,
}

/// The matching payouts that are older than `before`, newest first.
pub async fn matching(
    reader: &mut Reader,
    filter: &Filter,
    before: PayoutId,
    limit: i64,
) -> Result<Vec<Sortable>, StoreError> {
    let engine = reader.engine;
    let mut conditions = filter.conditions(engine);
    conditions.and("p.id < ?", [before.to_string().into()]);
    let limit = conditions.bind(Value::Int(limit));
    let from =
        format!("(SELECT p.* FROM payouts p {} ORDER BY p.id DESC LIMIT {limit}) AS p", conditions.where_clause());
    let mut found: Vec<Sortable> = reader.list(&engine.object(&members(engine)), &from, conditions.values()).await?;
    found.sort_by_key(|one| std::cmp::Reverse(one.payout.id));
    Ok(found)
}

/// The payouts that these ids and references name, in the sight of a client or in everyone's. What is unknown is not in
/// it; a reference that several payouts have is there several times.
pub async fn named(reader: &mut Reader, names: &[String], client: Option<ClientId>) -> Result<Vec<Named>, StoreError> {
    let engine = reader.engine;
    let mut members = members(engine);
    members.push(("named", "value".into()));
    let object = engine.object(&members);
    let (ids, references) = (engine.each_text(1), engine.each_text(2));
    let sql = format!(
        "SELECT {}, {}",
        engine.text_array(&object, &format!("{ids} JOIN payouts p ON p.id = value")),
        engine.text_array(&object, &format!("{references} JOIN payouts p ON p.reference_id = value")),
    );
    let names = Value::json(names);
    let values = [names.clone(), names];
    let parts = sql::read_arrays(&mut reader.connection, sql.into(), &values, 2).await?;
    let mut found: Vec<Named> = sql::decode(&parts[0])?;
    found.append(&mut sql::decode(&parts[1])?);
    // Not in the query: SQLite would go through all payouts of the client for each name.
    found.retain(|one| client.is_none_or(|client| one.found.payout.client_id == client));
    Ok(found)
}

/// Which of these payouts are in the batch already.
pub async fn already_in(reader: &mut Reader, batch: &str, payouts: &[PayoutId]) -> Result<Vec<PayoutId>, StoreError> {
    #[derive(Serialize, Deserialize)]
    struct Row {
        subject: PayoutId,
    }
    let inner = format!(
        "SELECT i.subject FROM batch_items i WHERE i.batch_id = $1 AND i.subject IN ({})",
        reader.engine.texts(2)
    );
    let rows: Vec<Row> = reader.rows(&["subject"], &inner, &[batch.into(), Value::json(payouts)]).await?;
    Ok(rows.into_iter().map(|row| row.subject).collect())
}

fn members(engine: Engine) -> Vec<(&'static str, String)> {
    let asked = "(SELECT COUNT(*) FROM cancellations n WHERE n.payout_id = p.id AND n.state IN ('requested', \
                 'unanswered'))";
    let shown = format!("CASE WHEN p.state = 'action_required' THEN {SHOWN} ELSE 0 END");
    vec![("payout", PAYOUTS.array(engine, "p")), ("asked", asked.into()), ("shown", shown)]
}
