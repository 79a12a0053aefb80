//! Reading the audit log.

use serde::{Deserialize, Serialize};

use super::sql::{Conditions, Value};
use super::tables::AUDIT;
use super::{Reader, StoreError};
use crate::domain::audit::{Head, Link};
use crate::domain::caller::Via;

/// Which rows; blank parts do not filter.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Id of the record it was about.
    pub subject: Option<String>,
    /// Id of who acted.
    pub actor: Option<String>,
    pub refused: bool,
}

/// A row with its number, which orders the rows of all chains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    pub number: i64,
    #[serde(flatten)]
    pub link: Link,
}

/// Newest first, older than `before`.
pub async fn list(
    reader: &mut Reader,
    filter: &AuditFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditLine>, StoreError> {
    let mut conditions = Conditions::default();
    if let Some(subject) = &filter.subject {
        conditions.and("a.subject_id = ?", [subject.as_str().into()]);
    }
    if let Some(actor) = &filter.actor {
        conditions.and("a.actor_id = ?", [actor.as_str().into()]);
    }
    if filter.refused {
        conditions.and("a.outcome = 'refused'", []);
    }
    if let Some(before) = before {
        conditions.and("a.number < ?", [before.into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    page(reader, &format!("{} ORDER BY a.number DESC LIMIT {limit}", conditions.where_clause()), &conditions).await
}

/// What one request sent from a page tried with these actions, oldest first.
///
/// Programs choose the ids of their requests and may take one of ours, so what came by another way is left out.
pub async fn of_page_request(
    reader: &mut Reader,
    request_id: &str,
    actions: [&str; 2],
    limit: i64,
) -> Result<Vec<AuditLine>, StoreError> {
    let mut conditions = Conditions::default();
    conditions.and("a.request_id = ?", [request_id.into()]);
    conditions.and("a.action IN (?, ?)", actions.map(Value::from));
    conditions.and("a.via = ?", [Via::Page.name().into()]);
    let limit = conditions.bind(Value::Int(limit));
    page(reader, &format!("{} ORDER BY a.number LIMIT {limit}", conditions.where_clause()), &conditions).await
}

/// What a freeze stopped, newest first: refusals by it name it.
pub async fn frozen(reader: &mut Reader, freeze_id: &str, limit: i64) -> Result<Vec<AuditLine>, StoreError> {
    let mut conditions = Conditions::default();
    // Written out as the partial index has it.
    conditions.and("a.rule = 'frozen'", []);
    conditions.and("a.reason LIKE ?", [format!("%({freeze_id})%").into()]);
    let limit = conditions.bind(Value::Int(limit));
    page(reader, &format!("{} ORDER BY a.number DESC LIMIT {limit}", conditions.where_clause()), &conditions).await
}

/// Rows of one chain in order, after `seq`.
pub async fn chain(reader: &mut Reader, chain: &str, seq: i64, limit: i64) -> Result<Vec<AuditLine>, StoreError> {
    let mut conditions = Conditions::default();
    conditions.and("a.chain = ?", [chain.into()]);
    conditions.and("a.seq > ?", [seq.into()]);
    let limit = conditions.bind(Value::Int(limit));
    page(reader, &format!("{} ORDER BY a.seq LIMIT {limit}", conditions.where_clause()), &conditions).await
}

/// The names of all chains.
pub async fn chains(reader: &mut Reader) -> Result<Vec<String>, StoreError> {
    #[derive(Deserialize)]
    struct Name {
        chain: String,
    }
    let names: Vec<Name> = reader.rows(&["chain"], "SELECT DISTINCT chain FROM audit_log ORDER BY chain", &[]).await?;
    Ok(names.into_iter().map(|name| name.chain).collect())
}

/// The newest entry of every chain.
pub async fn heads(reader: &mut Reader) -> Result<Vec<Head>, StoreError> {
    // From one chain's name to the next by the index; a DISTINCT would walk the whole log.
    let inner = "WITH RECURSIVE names (chain) AS (SELECT MIN(chain) FROM audit_log UNION ALL SELECT (SELECT MIN(a.chain) \
                 FROM audit_log a WHERE a.chain > names.chain) FROM names WHERE names.chain IS NOT NULL) SELECT a.chain, \
                 a.seq, a.hash FROM names JOIN audit_log a ON a.chain = names.chain AND a.seq = (SELECT MAX(m.seq) FROM \
                 audit_log m WHERE m.chain = names.chain) ORDER BY a.chain";
    reader.rows(&["chain", "seq", "hash"], inner, &[]).await
}

async fn page(reader: &mut Reader, rest: &str, conditions: &Conditions) -> Result<Vec<AuditLine>, StoreError> {
    let mut columns = vec!["number"];
    columns.extend(AUDIT.columns());
    let inner = format!("SELECT a.number, {} FROM audit_log a {rest}", AUDIT.select("a"));
    reader.rows(&columns, &inner, conditions.values()).await
}
