//! Credentials of programs, and their refresh tokens.

use serde::{Deserialize, Serialize};

use super::{Reader, StoreError, Tx};
use crate::domain::ids::{ClientId, CredentialId, StaffId};
use crate::domain::staff::Role;

/// A credential as staff see it. Times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    pub id: CredentialId,
    pub client_id: ClientId,
    pub client_name: String,
    /// The owner, who counts as its maker.
    pub staff_id: StaffId,
    pub owner_name: String,
    pub name: String,
    pub username: String,
    /// Separated by blanks.
    pub scopes: String,
    /// Networks in CIDR notation, separated by blanks.
    pub ip_list: String,
    pub created_by: Option<StaffId>,
    pub last_used_at: Option<i64>,
    pub revoked_at: Option<i64>,
    pub version: i64,
}

/// What decides whether a request with a credential's token may go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub id: CredentialId,
    pub client_id: ClientId,
    pub client_number: i64,
    pub staff_id: StaffId,
    pub owner_role: Role,
    pub owner_disabled_at: Option<i64>,
    pub created_by: Option<StaffId>,
    pub name: String,
    pub scopes: String,
    pub ip_list: String,
    pub last_used_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

/// A refresh token that was handed out. Times in Unix microseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefreshToken {
    pub token_hash: String,
    pub credential_id: CredentialId,
    /// The sign-in it descends from.
    pub family: String,
    pub expires_at: i64,
    pub used_at: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Login {
    id: CredentialId,
    password_hash: String,
}

const COLUMNS: &[&str] = &[
    "id",
    "client_id",
    "client_name",
    "staff_id",
    "owner_name",
    "name",
    "username",
    "scopes",
    "ip_list",
    "created_by",
    "last_used_at",
    "revoked_at",
    "version",
];
const SELECT: &str = "SELECT k.id, k.client_id, c.name AS client_name, k.staff_id, p.name AS owner_name, k.name, \
     k.username, k.scopes, k.ip_list, k.created_by, k.last_used_at, k.revoked_at, k.version \
     FROM credentials k JOIN clients c ON c.id = k.client_id JOIN staff p ON p.id = k.staff_id";
const FACTS: &[&str] = &[
    "id",
    "client_id",
    "client_number",
    "staff_id",
    "owner_role",
    "owner_disabled_at",
    "created_by",
    "name",
    "scopes",
    "ip_list",
    "last_used_at",
    "revoked_at",
];

/// All of them, the newest first.
pub async fn list(reader: &mut Reader) -> Result<Vec<Credential>, StoreError> {
    reader.rows(COLUMNS, &format!("{SELECT} ORDER BY k.id DESC LIMIT 1000"), &[]).await
}

pub async fn find(reader: &mut Reader, id: CredentialId) -> Result<Option<Credential>, StoreError> {
    let rows = reader.rows(COLUMNS, &format!("{SELECT} WHERE k.id = $1"), &[id.to_string().into()]).await?;
    Ok(rows.into_iter().next())
}

pub async fn get(tx: &mut Tx<'_>, id: CredentialId) -> Result<Option<Credential>, sqlx::Error> {
    let rows = tx.rows(COLUMNS, &format!("{SELECT} WHERE k.id = $1"), &[id.to_string().into()]).await?;
    Ok(rows.into_iter().next())
}

pub async fn facts(reader: &mut Reader, id: CredentialId) -> Result<Option<Facts>, StoreError> {
    let sql = "SELECT k.id, k.client_id, c.number AS client_number, k.staff_id, p.role AS owner_role, \
               p.disabled_at AS owner_disabled_at, k.created_by, k.name, k.scopes, k.ip_list, k.last_used_at, k.revoked_at \
               FROM credentials k JOIN clients c ON c.id = k.client_id JOIN staff p ON p.id = k.staff_id \
               WHERE k.id = $1";
    let rows = reader.rows(FACTS, sql, &[id.to_string().into()]).await?;
    Ok(rows.into_iter().next())
}

/// The id and password hash that belong to a username.
pub async fn login(reader: &mut Reader, username: &str) -> Result<Option<(CredentialId, String)>, StoreError> {
    let sql = "SELECT id, password_hash FROM credentials WHERE username = $1";
    let rows: Vec<Login> = reader.rows(&["id", "password_hash"], sql, &[username.into()]).await?;
    Ok(rows.into_iter().next().map(|row| (row.id, row.password_hash)))
}

pub async fn insert(tx: &mut Tx<'_>, credential: &Credential, password_hash: &str) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO credentials (id, client_id, staff_id, name, username, password_hash, scopes, ip_list, \
               created_by, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = [
        credential.id.to_string().into(),
        credential.client_id.to_string().into(),
        credential.staff_id.to_string().into(),
        credential.name.clone().into(),
        credential.username.clone().into(),
        password_hash.into(),
        credential.scopes.clone().into(),
        credential.ip_list.clone().into(),
        credential.created_by.map(|id| id.to_string()).into(),
        credential.version.into(),
    ];
    tx.execute(sql, &values).await.map(|_| ())
}

/// Whether a credential of the client that is not revoked has this name.
pub async fn is_named(tx: &mut Tx<'_>, client: ClientId, name: &str) -> Result<bool, sqlx::Error> {
    let sql = "SELECT id FROM credentials WHERE client_id = $1 AND name = $2 AND revoked_at IS NULL LIMIT 1";
    Ok(tx.text(sql, &[client.to_string().into(), name.into()]).await?.is_some())
}

/// Revokes at a time in Unix microseconds; one that is revoked already stays as it is.
pub async fn revoke(tx: &mut Tx<'_>, id: CredentialId, at: i64) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE credentials SET revoked_at = $2, version = version + 1 WHERE id = $1 AND revoked_at IS NULL";
    tx.execute(sql, &[id.to_string().into(), at.into()]).await
}

pub async fn note_use(tx: &mut Tx<'_>, id: CredentialId, at: i64) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE credentials SET last_used_at = $2 WHERE id = $1";
    tx.execute(sql, &[id.to_string().into(), at.into()]).await
}

pub async fn insert_refresh_token(tx: &mut Tx<'_>, token: &RefreshToken) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO refresh_tokens (token_hash, credential_id, family, created_at, expires_at) \
               VALUES ($1, $2, $3, $4, $5)";
    let values = [
        token.token_hash.clone().into(),
        token.credential_id.to_string().into(),
        token.family.clone().into(),
        tx.now().into(),
        token.expires_at.into(),
    ];
    tx.execute(sql, &values).await.map(|_| ())
}

pub async fn refresh_token(tx: &mut Tx<'_>, token_hash: &str) -> Result<Option<RefreshToken>, sqlx::Error> {
    let sql = "SELECT token_hash, credential_id, family, expires_at, used_at FROM refresh_tokens \
               WHERE token_hash = $1";
    let columns = &["token_hash", "credential_id", "family", "expires_at", "used_at"];
    Ok(tx.rows(columns, sql, &[token_hash.into()]).await?.into_iter().next())
}

/// Uses a token up; 0 when another request was faster.
pub async fn use_refresh_token(tx: &mut Tx<'_>, token_hash: &str, at: i64) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE refresh_tokens SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL";
    tx.execute(sql, &[token_hash.into(), at.into()]).await
}

pub async fn end_family(tx: &mut Tx<'_>, family: &str) -> Result<u64, sqlx::Error> {
    tx.execute("DELETE FROM refresh_tokens WHERE family = $1", &[family.into()]).await
}

pub async fn end_refresh_tokens(tx: &mut Tx<'_>, credential: CredentialId) -> Result<u64, sqlx::Error> {
    tx.execute("DELETE FROM refresh_tokens WHERE credential_id = $1", &[credential.to_string().into()]).await
}

/// Deletes at most `limit` refresh tokens whose time is over.
pub async fn forget_refresh_tokens(tx: &mut Tx<'_>, limit: i64) -> Result<u64, sqlx::Error> {
    let now = tx.now();
    let sql = "DELETE FROM refresh_tokens WHERE token_hash IN (SELECT token_hash FROM refresh_tokens WHERE \
               expires_at <= $1 LIMIT $2)";
    tx.execute(sql, &[now.into(), limit.into()]).await
}
