//! How many payout links there are and how much they hold: by tab, or of one filter.

use super::filter::{Filter, LinkBucket};
use crate::store::payouts::{COUNT_CAP, Count};
use crate::store::sql::{Engine, Select, Value};
use crate::store::{Reader, StoreError};

/// How many and how much per tab and currency, for the filter without its own tab: all of it when [`is_all`] says so.
pub async fn counts(reader: &mut Reader, filter: &Filter) -> Result<Vec<Count>, StoreError> {
    let select = counts_select(reader.engine, filter);
    reader.select(&select).await
}

/// Whether counts are complete: beyond [`COUNT_CAP`] rows only those of a filter that the counter table answers are.
pub fn is_all(filter: &Filter, counts: &[Count]) -> bool {
    filter.is_counted() || counts.iter().map(|count| count.payouts).sum::<i64>() <= COUNT_CAP
}

pub(super) fn counts_select(engine: Engine, filter: &Filter) -> Select {
    if filter.is_counted() {
        return counted_select(filter);
    }
    let all = Filter { bucket: None, ..filter.clone() };
    let mut conditions = all.conditions(engine);
    let limit = conditions.bind(Value::Int(COUNT_CAP + 1));
    let inner = format!(
        "SELECT CASE WHEN q.reopened_at IS NOT NULL THEN 'reopened' ELSE q.state END AS bucket, \
         q.currency, COUNT(*) AS payouts, CAST(SUM(q.amount_minor) AS BIGINT) AS amount_minor, \
         CAST(SUM(q.fees_minor) AS BIGINT) AS fees_minor FROM (SELECT l.state, l.reopened_at, l.currency, \
         l.amount_minor, l.fees_minor FROM payout_links l {} LIMIT {limit}) AS q GROUP BY 1, 2",
        conditions.where_clause()
    );
    Select { columns: COUNT_COLUMNS.to_vec(), inner, values: conditions.values().to_vec() }
}

fn counted_select(filter: &Filter) -> Select {
    let conditions = filter.counted_conditions();
    let inner = format!(
        "SELECT bucket, currency, CAST(SUM(payouts) AS BIGINT) AS payouts, CAST(SUM(amount_minor) AS BIGINT) AS \
         amount_minor, CAST(SUM(fees_minor) AS BIGINT) AS fees_minor FROM payout_link_counters {} GROUP BY bucket, \
         currency HAVING SUM(payouts) > 0",
        conditions.where_clause()
    );
    Select { columns: COUNT_COLUMNS.to_vec(), inner, values: conditions.values().to_vec() }
}

/// How many links the filter matches, counted up to `cap`.
pub async fn total(reader: &mut Reader, filter: &Filter, cap: i64) -> Result<i64, StoreError> {
    if filter.is_counted() {
        let counts: Vec<Count> = reader.select(&counted_select(filter)).await?;
        let bucket = filter.bucket.map(LinkBucket::name);
        let matching = counts.iter().filter(|count| bucket.is_none_or(|name| name == count.bucket));
        return Ok(matching.map(|count| count.payouts).sum::<i64>().min(cap));
    }
    let mut conditions = filter.conditions(reader.engine);
    let limit = conditions.bind(Value::Int(cap));
    let sql =
        format!("SELECT COUNT(*) FROM (SELECT 1 FROM payout_links l {} LIMIT {limit}) AS q", conditions.where_clause());
    Ok(reader.int(sql, conditions.values()).await?.unwrap_or(0))
}

const COUNT_COLUMNS: &[&str] = &["bucket", "currency", "payouts", "amount_minor", "fees_minor"];
