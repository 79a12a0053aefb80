//! The changes of cases that move no money: who looks after one, notes, questions, proposals.

use super::Tx;
use super::sql::Value;
use crate::domain::case::{Case, Kind, Verdict};
use crate::domain::ids::{CaseId, CaseNoteId, StaffId};

/// Makes somebody look after an open case that `before` looked after, or nobody; answers whether it was so. Who looks
/// after it is nothing to weigh: its version stays.
pub async fn take(tx: &mut Tx<'_>, id: CaseId, before: Option<StaffId>, staff: StaffId) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE cases SET owner_staff_id = $2 WHERE id = $1 AND state <> 'closed' AND COALESCE(owner_staff_id, '') \
               = $3";
    let before = before.map(|before| before.to_string()).unwrap_or_default();
    Ok(tx.execute(sql, &[id.to_string().into(), staff.to_string().into(), before.into()]).await? == 1)
}

/// Nobody looks after an open case any more; answers whether this person did.
pub async fn release(tx: &mut Tx<'_>, id: CaseId, staff: StaffId) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE cases SET owner_staff_id = NULL WHERE id = $1 AND owner_staff_id = $2 AND state <> 'closed'";
    Ok(tx.execute(sql, &[id.to_string().into(), staff.to_string().into()]).await? == 1)
}

/// Something was added that has to be weighed: what was shown before is not all of it any more.
pub async fn raise(tx: &mut Tx<'_>, id: CaseId) -> Result<(), sqlx::Error> {
    let sql = "UPDATE cases SET version = version + 1 WHERE id = $1";
    tx.execute(sql, &[id.to_string().into()]).await.map(|_| ())
}

/// Counts that rails were asked now about what these cases of a kind are about.
pub async fn count_questions(tx: &mut Tx<'_>, kind: Kind, subjects: &[String]) -> Result<(), sqlx::Error> {
    let sql = format!(
        "UPDATE cases SET questions = questions + 1, asked_at = $3 WHERE kind = $2 AND state <> 'closed' AND subject_id IN \
         ({})",
        tx.engine().texts(1)
    );
    tx.execute(&sql, &[Value::json(&subjects), kind.name().into(), tx.now().into()]).await.map(|_| ())
}

/// Adds a note, to a closed case too.
pub async fn add_note(tx: &mut Tx<'_>, id: CaseId, staff: StaffId, note: &str) -> Result<(), sqlx::Error> {
    raise(tx, id).await?;
    log(tx, id, staff, note).await
}

/// Writes a line that is nothing to weigh: who looks after it from now on.
pub async fn log(tx: &mut Tx<'_>, id: CaseId, staff: StaffId, note: &str) -> Result<(), sqlx::Error> {
    let note_id: CaseNoteId = tx.mint().next();
    let sql = "INSERT INTO case_notes (id, case_id, staff_id, note) VALUES ($1, $2, $3, $4)";
    let values = [note_id.to_string().into(), id.to_string().into(), staff.to_string().into(), note.into()];
    tx.execute(sql, &values).await.map(|_| ())
}

/// What somebody proposes for an open case, seen with these versions of it and of its subject; answers whether both
/// still stand.
pub async fn propose(
    tx: &mut Tx<'_>,
    case: &Case,
    subject_version: i64,
    staff: StaffId,
    verdict: Verdict,
    reason: &str,
) -> Result<bool, sqlx::Error> {
    let sql = format!(
        "UPDATE cases SET state = 'settling', verdict = $3, verdict_reason = $4, proposed_by = $5, proposed_at = $6, \
         subject_version = $7, version = version + 1 WHERE id = $1 AND version = $2 AND state = 'open' AND {} = $7",
        version_now(case.kind, "cases")
    );
    let values = [
        Value::from(case.id.to_string()),
        case.version.into(),
        verdict.name().into(),
        reason.into(),
        staff.to_string().into(),
        tx.now().into(),
        subject_version.into(),
    ];
    Ok(tx.execute(&sql, &values).await? == 1)
}

/// Takes a proposal back; answers whether there was one.
pub async fn withdraw(tx: &mut Tx<'_>, id: CaseId) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE cases SET state = 'open', verdict = NULL, verdict_reason = NULL, proposed_by = NULL, \
               proposed_at = NULL, subject_version = NULL, version = version + 1 WHERE id = $1 AND state = 'settling'";
    Ok(tx.execute(sql, &[id.to_string().into()]).await? == 1)
}

/// Makes the subject of a doubt due, so that a job asks its rail at the next look; answers whether it is still in doubt.
pub async fn ask_now(tx: &mut Tx<'_>, case: &Case) -> Result<bool, sqlx::Error> {
    let sql = match case.kind {
        Kind::UnknownPayout => "UPDATE payouts SET due_at = $2 WHERE id = $1 AND outcome_unknown_since IS NOT NULL",
        Kind::UnknownReversal => "UPDATE reversals SET due_at = $2 WHERE id = $1 AND outcome_unknown_since IS NOT NULL",
        Kind::UnansweredCancellation => "UPDATE cancellations SET due_at = $2 WHERE id = $1 AND state = 'unanswered'",
        Kind::FailedAfterPaid => {
            "UPDATE payouts SET due_at = $2 WHERE id = $1 AND state = 'completed' AND returned_at IS NULL"
        }
        Kind::PaidAfterRefund => return Ok(false),
    };
    Ok(tx.execute(sql, &[case.subject_id.as_str().into(), tx.now().into()]).await? == 1)
}

/// The version of a case's subject, over the case.
fn version_now(kind: Kind, case: &str) -> String {
    let table = match kind {
        Kind::UnknownPayout | Kind::PaidAfterRefund | Kind::FailedAfterPaid => "payouts",
        Kind::UnknownReversal => "reversals",
        Kind::UnansweredCancellation => "cancellations",
    };
    format!("(SELECT s.version FROM {table} s WHERE s.id = {case}.subject_id)")
}
