//! What was handed out to programs and is asked for again, known by its hash.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{CredentialId, StaffId};
use crate::store::{Reader, StoreError, Tx};

/// What something handed out is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// Gives tokens, once.
    Code,
    /// Comes with every request.
    Access,
    /// Gives access tokens.
    Refresh,
}

/// A token that was handed out. Times in Unix microseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Token {
    pub token_hash: String,
    pub credential_id: CredentialId,
    pub kind: TokenKind,
    /// The sign-in it descends from.
    pub family: String,
    /// Who made the secret that it was handed out for, and so could have got it.
    pub known_by: Option<StaffId>,
    pub expires_at: i64,
    pub used_at: Option<i64>,
}

const COLUMNS: &[&str] = &["token_hash", "credential_id", "kind", "family", "known_by", "expires_at", "used_at"];
const SELECT: &str = "SELECT token_hash, credential_id, kind, family, known_by, expires_at, used_at FROM \
     credential_tokens WHERE token_hash = $1 AND kind = $2";

pub async fn insert_token(tx: &mut Tx<'_>, token: &Token) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO credential_tokens (token_hash, credential_id, kind, family, created_at, expires_at, \
               known_by) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = [
        token.token_hash.clone().into(),
        token.credential_id.to_string().into(),
        token.kind.into(),
        token.family.clone().into(),
        tx.now().into(),
        token.expires_at.into(),
        token.known_by.map(|by| by.to_string()).into(),
    ];
    tx.execute(sql, &values).await.map(|_| ())
}

/// The token of this kind with this hash, expired or not.
pub async fn token(reader: &mut Reader, kind: TokenKind, hash: &str) -> Result<Option<Token>, StoreError> {
    Ok(reader.rows(COLUMNS, SELECT, &[hash.into(), kind.into()]).await?.into_iter().next())
}

/// The same inside a change.
pub async fn token_in(tx: &mut Tx<'_>, kind: TokenKind, hash: &str) -> Result<Option<Token>, sqlx::Error> {
    Ok(tx.rows(COLUMNS, SELECT, &[hash.into(), kind.into()]).await?.into_iter().next())
}

/// Uses a token up; 0 when another request was faster.
pub async fn use_token(tx: &mut Tx<'_>, hash: &str, at: i64) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE credential_tokens SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL";
    tx.execute(sql, &[hash.into(), at.into()]).await
}

pub async fn end_family(tx: &mut Tx<'_>, family: &str) -> Result<u64, sqlx::Error> {
    tx.execute("DELETE FROM credential_tokens WHERE family = $1", &[family.into()]).await
}

/// Ends everything that was handed out for a credential.
pub async fn end_tokens(tx: &mut Tx<'_>, credential: CredentialId) -> Result<u64, sqlx::Error> {
    tx.execute("DELETE FROM credential_tokens WHERE credential_id = $1", &[credential.to_string().into()]).await
}

/// Ends the codes of a credential that nobody has used.
pub async fn end_codes(tx: &mut Tx<'_>, credential: CredentialId) -> Result<u64, sqlx::Error> {
    let sql = "DELETE FROM credential_tokens WHERE credential_id = $1 AND kind = 'code' AND used_at IS NULL";
    tx.execute(sql, &[credential.to_string().into()]).await
}

/// Deletes at most `limit` tokens whose time is over.
pub async fn forget_tokens(tx: &mut Tx<'_>, limit: i64) -> Result<u64, sqlx::Error> {
    let now = tx.now();
    let sql = "DELETE FROM credential_tokens WHERE token_hash IN (SELECT token_hash FROM credential_tokens WHERE \
               expires_at <= $1 LIMIT $2)";
    tx.execute(sql, &[now.into(), limit.into()]).await
}

impl TokenKind {
    pub fn name(self) -> &'static str {
        match self {
            TokenKind::Code => "code",
            TokenKind::Access => "access",
            TokenKind::Refresh => "refresh",
        }
    }
}
