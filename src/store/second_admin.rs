//! What the agreement of a second admin is decided by.

use super::{Reader, StoreError, Tx};
use crate::domain::second_admin::{Admin, Admins, LOOK_BACK, LetIn};

/// More than this within a week is more than a desk has people.
const MOST: i64 = 10_000;

const PEOPLE: &[&str] = &["id", "name", "is_admin", "admin_until"];
const SELECT_PEOPLE: &str = "SELECT id, name, CASE WHEN role = 'admin' AND disabled_at IS NULL THEN 1 ELSE 0 END AS is_admin, \
     admin_until FROM staff WHERE (role = 'admin' AND disabled_at IS NULL) OR admin_until > $1 LIMIT $2";
const LET_IN: &[&str] = &["by_id", "to_id", "at"];
/// The actions as the index `audit_of_access` has them.
const SELECT_LET_IN: &str = "SELECT actor_id AS by_id, subject_id AS to_id, at FROM audit_log WHERE action IN \
     ('staff.add', 'staff.change_role', 'staff.enable', 'staff.reset_password') AND at > $1 AND outcome = 'done' AND \
     subject_id IS NOT NULL ORDER BY at DESC LIMIT $2";

pub async fn read(reader: &mut Reader, now: i64) -> Result<Admins, StoreError> {
    let values = [(now - LOOK_BACK).into(), MOST.into()];
    let people: Vec<Admin> = reader.rows(PEOPLE, SELECT_PEOPLE, &values).await?;
    let let_in: Vec<LetIn> = reader.rows(LET_IN, SELECT_LET_IN, &values).await?;
    Ok(Admins { people, let_in, now })
}

/// The same inside a unit. Those who are admins stay it until the unit ends, also for other processes.
pub async fn now(tx: &mut Tx<'_>) -> Result<Admins, sqlx::Error> {
    tx.execute("UPDATE staff SET version = version WHERE role = 'admin' AND disabled_at IS NULL", &[]).await?;
    let now = tx.now();
    let values = [(now - LOOK_BACK).into(), MOST.into()];
    let people: Vec<Admin> = tx.rows(PEOPLE, SELECT_PEOPLE, &values).await?;
    let let_in: Vec<LetIn> = tx.rows(LET_IN, SELECT_LET_IN, &values).await?;
    Ok(Admins { people, let_in, now })
}
