//! Files on cases: what they are in lists, their content only one by one.

use super::{Reader, StoreError, Tx, case_work};
use crate::domain::evidence::Evidence;
use crate::domain::ids::{CaseId, EvidenceId, StaffId};

const COLUMNS: &[&str] = &[
    "id",
    "case_id",
    "name",
    "kind",
    "size",
    "sha256",
    "staff_name",
    "withdrawn_at",
    "withdrawer_name",
    "withdrawn_reason",
];

/// A file to keep.
#[derive(Debug, Clone)]
pub struct NewFile {
    pub case_id: CaseId,
    pub name: String,
    pub kind: &'static str,
    pub size: i64,
    pub sha256: String,
    pub staff_id: StaffId,
    /// In Base64.
    pub content: String,
}

/// What became of a file that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    New(EvidenceId),
    /// The same file stands there already.
    There(EvidenceId),
    /// The case has as many as it may have.
    Full,
}

/// The files of a case, newest first.
pub async fn list(reader: &mut Reader, case: CaseId, limit: i64) -> Result<Vec<Evidence>, StoreError> {
    let inner = select("WHERE e.case_id = $1 ORDER BY e.id DESC LIMIT $2");
    reader.rows(COLUMNS, &inner, &[case.to_string().into(), limit.into()]).await
}

/// One file of a case, withdrawn or not.
pub async fn get(reader: &mut Reader, case: CaseId, id: EvidenceId) -> Result<Option<Evidence>, StoreError> {
    let inner = select("WHERE e.id = $1 AND e.case_id = $2");
    Ok(reader.rows(COLUMNS, &inner, &[id.to_string().into(), case.to_string().into()]).await?.into_iter().next())
}

/// Its content in Base64.
pub async fn content(reader: &mut Reader, id: EvidenceId) -> Result<Option<String>, StoreError> {
    let sql = "SELECT content FROM evidence_files WHERE id = $1";
    reader.text(sql.to_owned(), &[id.to_string().into()]).await
}

/// Keeps a file, unless it stands there or `most` do.
pub async fn keep(tx: &mut Tx<'_>, file: &NewFile, most: i64) -> Result<Kept, sqlx::Error> {
    let case = file.case_id.to_string();
    // On PostgreSQL others wait here, so that none of them counts what is not there yet.
    tx.execute("UPDATE cases SET version = version WHERE id = $1", &[case.as_str().into()]).await?;
    let same = "SELECT id FROM evidence WHERE case_id = $1 AND sha256 = $2 AND withdrawn_at IS NULL";
    let found = tx.text(same, &[case.as_str().into(), file.sha256.as_str().into()]).await?;
    if let Some(there) = found.and_then(|id| id.parse().ok()) {
        return Ok(Kept::There(there));
    }
    let count = "SELECT COUNT(*) FROM evidence WHERE case_id = $1";
    if tx.int(count, &[case.as_str().into()]).await?.unwrap_or(0) >= most {
        return Ok(Kept::Full);
    }
    let id: EvidenceId = tx.mint().next();
    let sql =
        "INSERT INTO evidence (id, case_id, name, kind, size, sha256, staff_id) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = [
        id.to_string().into(),
        case.into(),
        file.name.as_str().into(),
        file.kind.into(),
        file.size.into(),
        file.sha256.as_str().into(),
        file.staff_id.to_string().into(),
    ];
    tx.execute(sql, &values).await?;
    let sql = "INSERT INTO evidence_files (id, content) VALUES ($1, $2)";
    tx.execute(sql, &[id.to_string().into(), file.content.as_str().into()]).await?;
    case_work::raise(tx, file.case_id).await?;
    Ok(Kept::New(id))
}

/// Marks a file as withdrawn; answers whether it was not yet.
pub async fn withdraw(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: EvidenceId,
    staff: StaffId,
    reason: &str,
) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE evidence SET withdrawn_at = $3, withdrawn_by = $4, withdrawn_reason = $5 WHERE id = $1 AND \
               case_id = $2 AND withdrawn_at IS NULL";
    let values =
        [id.to_string().into(), case.to_string().into(), tx.now().into(), staff.to_string().into(), reason.into()];
    let done = tx.execute(sql, &values).await? == 1;
    if done {
        case_work::raise(tx, case).await?;
    }
    Ok(done)
}

fn select(rest: &str) -> String {
    let name = |column: &str| format!("(SELECT name FROM staff WHERE id = e.{column})");
    format!(
        "SELECT e.id, e.case_id, e.name, e.kind, e.size, e.sha256, {} AS staff_name, e.withdrawn_at, {} AS \
         withdrawer_name, e.withdrawn_reason FROM evidence e {rest}",
        name("staff_id"),
        name("withdrawn_by")
    )
}
