//! Staff members.

use serde::{Deserialize, Serialize};

use super::{Reader, StoreError, Tx};
use crate::domain::ids::StaffId;
use crate::domain::staff::Role;

/// A staff member. `disabled_at` in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub id: StaffId,
    /// In lower case.
    pub email: String,
    pub name: String,
    pub role: Role,
    /// An IANA name such as `Europe/Berlin`.
    pub zone: String,
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// 1 when single-key shortcuts are on, else 0.
    pub shortcuts: i64,
    /// 1 for rows further apart, else 0.
    pub comfortable: i64,
    pub disabled_at: Option<i64>,
    pub version: i64,
}

/// What a person chooses for themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    pub name: String,
    pub zone: String,
    pub theme: String,
    pub shortcuts: bool,
    pub comfortable: bool,
}

#[derive(Debug, Deserialize)]
struct Login {
    id: StaffId,
    password_hash: String,
}

const COLUMNS: &[&str] =
    &["id", "email", "name", "role", "zone", "theme", "shortcuts", "comfortable", "disabled_at", "version"];

impl Member {
    pub fn is_enabled(&self) -> bool {
        self.disabled_at.is_none()
    }
}

/// Everyone, by name.
pub async fn list(reader: &mut Reader) -> Result<Vec<Member>, StoreError> {
    reader.rows(COLUMNS, &select("ORDER BY name, id"), &[]).await
}

pub async fn find(reader: &mut Reader, id: StaffId) -> Result<Option<Member>, StoreError> {
    let rows = reader.rows(COLUMNS, &select("WHERE id = $1"), &[id.to_string().into()]).await?;
    Ok(rows.into_iter().next())
}

/// By email, in lower case.
pub async fn find_by_email(reader: &mut Reader, email: &str) -> Result<Option<Member>, StoreError> {
    let rows = reader.rows(COLUMNS, &select("WHERE email = $1"), &[email.into()]).await?;
    Ok(rows.into_iter().next())
}

/// The id and password hash that belong to an email in lower case.
pub async fn login(reader: &mut Reader, email: &str) -> Result<Option<(StaffId, String)>, StoreError> {
    let sql = "SELECT id, password_hash FROM staff WHERE email = $1";
    let rows: Vec<Login> = reader.rows(&["id", "password_hash"], sql, &[email.into()]).await?;
    Ok(rows.into_iter().next().map(|row| (row.id, row.password_hash)))
}

/// Whether anyone has been added yet.
pub async fn is_empty(reader: &mut Reader) -> Result<bool, StoreError> {
    Ok(reader.int("SELECT 1 FROM staff LIMIT 1".into(), &[]).await?.is_none())
}

pub async fn get(tx: &mut Tx<'_>, id: StaffId) -> Result<Option<Member>, sqlx::Error> {
    let rows = tx.rows(COLUMNS, &select("WHERE id = $1"), &[id.to_string().into()]).await?;
    Ok(rows.into_iter().next())
}

pub async fn get_by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<Member>, sqlx::Error> {
    let rows = tx.rows(COLUMNS, &select("WHERE email = $1"), &[email.into()]).await?;
    Ok(rows.into_iter().next())
}

pub async fn count(tx: &mut Tx<'_>) -> Result<i64, sqlx::Error> {
    Ok(tx.int("SELECT COUNT(*) FROM staff", &[]).await?.unwrap_or(0))
}

/// Admins who may sign in, but for one. They stay as they are until the unit ends, also for other processes.
pub async fn other_admins(tx: &mut Tx<'_>, but: StaffId) -> Result<i64, sqlx::Error> {
    tx.execute("UPDATE staff SET version = version WHERE role = 'admin' AND disabled_at IS NULL", &[]).await?;
    let sql = "SELECT COUNT(*) FROM staff WHERE role = 'admin' AND disabled_at IS NULL AND id <> $1";
    Ok(tx.int(sql, &[but.to_string().into()]).await?.unwrap_or(0))
}

pub async fn insert(tx: &mut Tx<'_>, member: &Member, password_hash: &str) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO staff (id, email, name, role, password_hash, zone, theme, shortcuts, comfortable, version) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = [
        member.id.to_string().into(),
        member.email.clone().into(),
        member.name.clone().into(),
        member.role.name().into(),
        password_hash.into(),
        member.zone.clone().into(),
        member.theme.clone().into(),
        member.shortcuts.into(),
        member.comfortable.into(),
        member.version.into(),
    ];
    tx.execute(sql, &values).await.map(|_| ())
}

/// Gives a role at a time in Unix microseconds; who was an admin until then is remembered as one.
pub async fn set_role(tx: &mut Tx<'_>, id: StaffId, role: Role, at: i64) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE staff SET admin_until = CASE WHEN role = 'admin' AND disabled_at IS NULL AND $2 <> 'admin' THEN \
               CAST($3 AS BIGINT) ELSE admin_until END, role = $2, version = version + 1 WHERE id = $1";
    tx.execute(sql, &[id.to_string().into(), role.name().into(), at.into()]).await
}

/// Disables at a time in Unix microseconds; who was an admin until then is remembered as one.
pub async fn disable(tx: &mut Tx<'_>, id: StaffId, at: i64) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE staff SET disabled_at = $2, admin_until = CASE WHEN role = 'admin' THEN $2 ELSE admin_until END, version = version + 1 WHERE id = $1";
    tx.execute(sql, &[id.to_string().into(), at.into()]).await
}

pub async fn enable(tx: &mut Tx<'_>, id: StaffId) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE staff SET disabled_at = NULL, version = version + 1 WHERE id = $1";
    tx.execute(sql, &[id.to_string().into()]).await
}

pub async fn set_choices(tx: &mut Tx<'_>, id: StaffId, choices: &Choices) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE staff SET name = $2, zone = $3, theme = $4, shortcuts = $5, comfortable = $6, \
               version = version + 1 WHERE id = $1";
    let values = [
        id.to_string().into(),
        choices.name.clone().into(),
        choices.zone.clone().into(),
        choices.theme.clone().into(),
        i64::from(choices.shortcuts).into(),
        i64::from(choices.comfortable).into(),
    ];
    tx.execute(sql, &values).await
}

/// Replaces the password, if it still is the one that was checked.
pub async fn set_password(tx: &mut Tx<'_>, id: StaffId, from: &str, to: &str) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE staff SET password_hash = $3, version = version + 1 WHERE id = $1 AND password_hash = $2";
    tx.execute(sql, &[id.to_string().into(), from.into(), to.into()]).await
}

/// Replaces the password, whatever it was.
pub async fn reset_password(tx: &mut Tx<'_>, id: StaffId, to: &str) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE staff SET password_hash = $2, version = version + 1 WHERE id = $1";
    tx.execute(sql, &[id.to_string().into(), to.into()]).await
}

fn select(rest: &str) -> String {
    format!("SELECT {} FROM staff {rest}", COLUMNS.join(", "))
}
