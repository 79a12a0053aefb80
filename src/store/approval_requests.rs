//! Requests for what a rule wants approved first.

use serde::{Deserialize, Serialize};

use super::approval_tables::{APPROVALS, NEEDS, REQUESTS};
use super::sql::{Conditions, Script, Value};
use super::{Reader, StoreError, Tx};
use crate::domain::approval::{Approval, Request, RequestState, Verb};
use crate::domain::books::Books;
use crate::domain::books::approvals::FixedNeed;
use crate::domain::ids::{ApprovalRequestId, ClientId};

/// A request with the version that was loaded: the guard of its update.
#[derive(Debug, Serialize)]
struct Guarded<'a> {
    version_before: i64,
    #[serde(flatten)]
    row: &'a Request,
}

/// What changes on a request after it is made.
const CHANGES: &[&str] = &["state", "answer", "ended_at", "version"];

/// Writes what a set approves and asks for.
pub fn write(script: &mut Script, books: &Books) {
    let approvals = &books.approvals;
    script.insert(&NEEDS, &approvals.new_needs);
    script.insert(&APPROVALS, &approvals.new_given);
    let new: Vec<&Request> = approvals.new_requests.iter().map(|id| &approvals.requests[id]).collect();
    script.insert(&REQUESTS, &new);
    let changed: Vec<Guarded> = approvals
        .changed_requests
        .iter()
        .map(|(id, version)| Guarded { version_before: *version, row: &approvals.requests[id] })
        .collect();
    let sql = format!(
        "UPDATE approval_requests SET {} FROM {{rows}} WHERE approval_requests.id = value ->> 'id' AND \
         approval_requests.version = CAST(value ->> 'version_before' AS BIGINT)",
        REQUESTS.assignments(CHANGES)
    );
    script.add(&sql, &changed, changed.len());
}

pub async fn get(reader: &mut Reader, id: ApprovalRequestId) -> Result<Option<Request>, StoreError> {
    let sql = format!("SELECT {} FROM approval_requests q WHERE q.id = $1", REQUESTS.select("q"));
    Ok(reader.rows(&REQUESTS.columns(), &sql, &[id.to_string().into()]).await?.into_iter().next())
}

/// The same inside a unit without a plan.
pub async fn get_now(tx: &mut Tx<'_>, id: ApprovalRequestId) -> Result<Option<Request>, sqlx::Error> {
    // On PostgreSQL the row stays as it is until this unit ends, whoever else wants to change it.
    tx.execute("UPDATE approval_requests SET version = version WHERE id = $1", &[id.to_string().into()]).await?;
    let sql = format!("SELECT {} FROM approval_requests q WHERE q.id = $1", REQUESTS.select("q"));
    Ok(tx.rows(&REQUESTS.columns(), &sql, &[id.to_string().into()]).await?.into_iter().next())
}

pub async fn insert_now(tx: &mut Tx<'_>, request: &Request) -> Result<(), sqlx::Error> {
    let mut script = Script::new(tx.engine());
    script.insert(&REQUESTS, std::slice::from_ref(request));
    tx.script(script).await
}

pub async fn update_now(tx: &mut Tx<'_>, request: &Request) -> Result<(), sqlx::Error> {
    let mut script = Script::new(tx.engine());
    let sql = format!(
        "UPDATE approval_requests SET {} FROM {{rows}} WHERE approval_requests.id = value ->> 'id' AND \
         approval_requests.state = 'open'",
        REQUESTS.assignments(CHANGES)
    );
    script.add(&sql, std::slice::from_ref(request), 1);
    tx.script(script).await
}

/// Those that wait for the same, inside a unit without a plan.
pub async fn open_of_now(tx: &mut Tx<'_>, subject_id: &str) -> Result<Vec<Request>, sqlx::Error> {
    let sql = format!(
        "SELECT {} FROM approval_requests q WHERE q.subject_id = $1 AND q.state = 'open' ORDER BY q.id LIMIT 20",
        REQUESTS.select("q")
    );
    tx.rows(&REQUESTS.columns(), &sql, &[subject_id.into()]).await
}

/// Those that wait for the same; at most 20, the oldest first.
pub async fn open_of(reader: &mut Reader, subject_id: &str) -> Result<Vec<Request>, StoreError> {
    let sql = format!(
        "SELECT {} FROM approval_requests q WHERE q.subject_id = $1 AND q.state = 'open' ORDER BY q.id LIMIT 20",
        REQUESTS.select("q")
    );
    reader.rows(&REQUESTS.columns(), &sql, &[subject_id.into()]).await
}

/// A request and how many have approved it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLine {
    #[serde(flatten)]
    pub request: Request,
    pub given: i64,
}

/// Which requests: of a client, or of all.
#[derive(Debug, Clone, Default)]
pub struct RequestFilter {
    pub client: Option<ClientId>,
    pub id: Option<ApprovalRequestId>,
    pub state: Option<RequestState>,
    pub verb: Option<Verb>,
    pub before: Option<ApprovalRequestId>,
}

/// Newest first.
pub async fn list(reader: &mut Reader, filter: &RequestFilter, limit: i64) -> Result<Vec<RequestLine>, StoreError> {
    let mut conditions = Conditions::default();
    let texts = [
        ("q.client_id = ?", filter.client.map(|id| id.to_string())),
        ("q.id = ?", filter.id.map(|id| id.to_string())),
        ("q.state = ?", filter.state.map(|state| state.name().to_owned())),
        ("q.verb = ?", filter.verb.map(|verb| verb.name().to_owned())),
        ("q.id < ?", filter.before.map(|id| id.to_string())),
    ];
    for (condition, value) in texts {
        if let Some(value) = value {
            conditions.and(condition, [value.into()]);
        }
    }
    let limit = conditions.bind(Value::Int(limit));
    let sql = format!(
        "SELECT {}, (SELECT COUNT(*) FROM approvals a WHERE a.subject_id = q.id AND a.shown = 0) AS given FROM \
         approval_requests q {} ORDER BY q.id DESC LIMIT {limit}",
        REQUESTS.select("q"),
        conditions.where_clause()
    );
    let columns: Vec<&str> = REQUESTS.columns().into_iter().chain(["given"]).collect();
    reader.rows(&columns, &sql, conditions.values()).await
}

/// Those that have ended, newest first, older than `before`.
pub async fn ended(
    reader: &mut Reader,
    before: Option<ApprovalRequestId>,
    limit: i64,
) -> Result<Vec<Request>, StoreError> {
    let mut conditions = Conditions::default();
    conditions.and("q.state <> ?", [RequestState::Open.name().into()]);
    if let Some(before) = before {
        conditions.and("q.id < ?", [before.to_string().into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    let sql = format!(
        "SELECT {} FROM approval_requests q {} ORDER BY q.id DESC LIMIT {limit}",
        REQUESTS.select("q"),
        conditions.where_clause()
    );
    reader.rows(&REQUESTS.columns(), &sql, conditions.values()).await
}

/// All that was said of a payout, payout link or request, the oldest first.
pub async fn given(reader: &mut Reader, subject_id: &str) -> Result<Vec<Approval>, StoreError> {
    let sql = format!(
        "SELECT {} FROM approvals a WHERE a.subject_id = $1 ORDER BY a.given_at, a.staff_id LIMIT 100",
        APPROVALS.select("a")
    );
    reader.rows(&APPROVALS.columns(), &sql, &[subject_id.into()]).await
}

/// The same inside a unit, for what is approved without a plan.
pub async fn given_now(tx: &mut Tx<'_>, subject_id: &str) -> Result<Vec<Approval>, sqlx::Error> {
    let sql = format!("SELECT {} FROM approvals a WHERE a.subject_id = $1 LIMIT 100", APPROVALS.select("a"));
    tx.rows(&APPROVALS.columns(), &sql, &[subject_id.into()]).await
}

/// Writes a yes down, inside a unit without a plan.
pub async fn give_now(tx: &mut Tx<'_>, approval: &Approval) -> Result<(), sqlx::Error> {
    let mut script = Script::new(tx.engine());
    script.insert(&APPROVALS, std::slice::from_ref(approval));
    tx.script(script).await
}

/// What was fixed when a payout or payout link was made, if more than one approver is needed.
pub async fn need(reader: &mut Reader, subject_id: &str) -> Result<Option<FixedNeed>, StoreError> {
    let sql = format!("SELECT {} FROM approval_needs n WHERE n.subject_id = $1", NEEDS.select("n"));
    Ok(reader.rows(&NEEDS.columns(), &sql, &[subject_id.into()]).await?.into_iter().next())
}

/// What was fixed for payouts and payout links when they were made, where more than one approver is needed.
pub async fn needs_of(reader: &mut Reader, subjects: &[String]) -> Result<Vec<FixedNeed>, StoreError> {
    let of = reader.engine.texts(1);
    let sql = format!("SELECT {} FROM approval_needs n WHERE n.subject_id IN ({of})", NEEDS.select("n"));
    reader.rows(&NEEDS.columns(), &sql, &[Value::json(subjects)]).await
}

/// All that was said of several.
pub async fn given_of(reader: &mut Reader, subjects: &[String]) -> Result<Vec<Approval>, StoreError> {
    let of = reader.engine.texts(1);
    let sql = format!("SELECT {} FROM approvals a WHERE a.subject_id IN ({of})", APPROVALS.select("a"));
    reader.rows(&APPROVALS.columns(), &sql, &[Value::json(subjects)]).await
}

/// A request whose time is over, and what would have been done, as JSON.
#[derive(Debug, Clone, Deserialize)]
pub struct Due {
    pub id: String,
    pub act: String,
}

/// Ends those whose time is over; answers them, at most `limit`.
pub async fn expire(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Due>, sqlx::Error> {
    let sql =
        "SELECT id, act FROM approval_requests WHERE state = 'open' AND expires_at <= $1 ORDER BY expires_at LIMIT $2";
    let due: Vec<Due> = tx.rows(&["id", "act"], sql, &[tx.now().into(), limit.into()]).await?;
    let mut ended = Vec::with_capacity(due.len());
    for one in due {
        let sql = "UPDATE approval_requests SET state = 'expired', answer = 'Nobody answered in time.', ended_at = $2, \
                   version = version + 1 WHERE id = $1 AND state = 'open'";
        if tx.execute(sql, &[one.id.as_str().into(), tx.now().into()]).await? == 1 {
            ended.push(one);
        }
    }
    Ok(ended)
}

/// Ends those that wait for something that cannot come any more, inside a unit without a plan.
pub async fn end_of_now(tx: &mut Tx<'_>, subject_id: &str, why: &str) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE approval_requests SET state = 'stale', answer = $2, ended_at = $3, version = version + 1 WHERE \
               subject_id = $1 AND state = 'open'";
    let now = tx.now();
    tx.execute(sql, &[subject_id.into(), why.into(), now.into()]).await
}

/// Whether any waits beyond its time.
pub async fn any_due(reader: &mut Reader, now: i64) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM approval_requests WHERE state = 'open' AND expires_at <= $1 LIMIT 1";
    Ok(reader.int(sql.into(), &[now.into()]).await?.is_some())
}
