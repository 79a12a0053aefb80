//! Credentials of programs: what they are, what proves them, and what they have sent out.

mod tokens;

use serde::{Deserialize, Serialize};

use super::sql::{Engine, Script, Table, Value, int, text};
use super::{Reader, StoreError, Tx};
use crate::domain::credential::Caps;
use crate::domain::dialect::Dialect;
use crate::domain::ids::{ClientId, CredentialId, StaffId};
use crate::domain::money::Currency;
use crate::domain::staff::Role;
pub use tokens::{
    Token, TokenKind, end_codes, end_family, end_tokens, forget_tokens, insert_token, token, token_in, use_token,
};

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
    pub dialect: Dialect,
    /// What the program is known by: username, client id, key id, or the open part of its key.
    pub username: String,
    /// The certificate of a credential for Revolut's dialect (PEM), once there is one.
    pub certificate: Option<String>,
    /// Until when the secret or certificate before this one works.
    pub old_secret_until: Option<i64>,
    /// Who signs, in Revolut's words.
    pub issuer: Option<String>,
    /// Separated by blanks.
    pub scopes: String,
    /// Networks in CIDR notation, separated by blanks.
    pub ip_list: String,
    pub cap_currency: Option<Currency>,
    pub cap_call_minor: Option<i64>,
    pub cap_day_minor: Option<i64>,
    pub created_by: Option<StaffId>,
    /// Who made the secret or certificate that it has now; none when a command of the host did.
    pub secret_by: Option<StaffId>,
    /// Who made another one that a rule wants approved before it works, if there is one.
    pub next_secret_by: Option<StaffId>,
    pub expires_at: Option<i64>,
    pub last_used_at: Option<i64>,
    /// Since when a rule wants it approved: until then nothing of it works.
    pub waiting_since: Option<i64>,
    pub revoked_at: Option<i64>,
    pub version: i64,
}

/// What decides whether a request of a credential may go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub id: CredentialId,
    pub client_id: ClientId,
    pub client_number: i64,
    pub staff_id: StaffId,
    pub owner_role: Role,
    pub owner_disabled_at: Option<i64>,
    pub name: String,
    pub dialect: Dialect,
    pub scopes: String,
    pub ip_list: String,
    pub expires_at: Option<i64>,
    pub last_used_at: Option<i64>,
    pub waiting_since: Option<i64>,
    pub revoked_at: Option<i64>,
}

/// What a program has to prove itself against.
#[derive(Debug, Clone, Deserialize)]
pub struct Proof {
    pub id: CredentialId,
    /// argon2id of a password, SHA-256 of a random secret, or a certificate (PEM).
    secret: Option<String>,
    secret_by: Option<StaffId>,
    old_secret: Option<String>,
    old_secret_until: Option<i64>,
    old_secret_by: Option<StaffId>,
    pub issuer: Option<String>,
}

/// A secret that works, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub secret: String,
    /// Who made it, and so has seen it.
    pub by: Option<StaffId>,
    /// Until when it works, in Unix microseconds.
    pub until: i64,
}

/// A credential to be written.
#[derive(Debug, Clone)]
pub struct New {
    pub credential: Credential,
    pub secret: Option<String>,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    credential: &'a Credential,
    secret: &'a Option<String>,
}

const TABLE: Table = Table {
    name: "credentials",
    columns: &[
        text("id"),
        text("client_id"),
        text("staff_id"),
        text("name"),
        text("dialect"),
        text("username"),
        text("secret"),
        text("issuer"),
        text("scopes"),
        text("ip_list"),
        text("cap_currency"),
        int("cap_call_minor"),
        int("cap_day_minor"),
        text("created_by"),
        text("secret_by"),
        int("expires_at"),
        int("waiting_since"),
        int("version"),
    ],
};

const COLUMNS: &[&str] = &[
    "id",
    "client_id",
    "client_name",
    "staff_id",
    "owner_name",
    "name",
    "dialect",
    "username",
    "certificate",
    "old_secret_until",
    "issuer",
    "scopes",
    "ip_list",
    "cap_currency",
    "cap_call_minor",
    "cap_day_minor",
    "created_by",
    "secret_by",
    "next_secret_by",
    "expires_at",
    "last_used_at",
    "waiting_since",
    "revoked_at",
    "version",
];
const SELECT: &str = "SELECT k.id, k.client_id, c.name AS client_name, k.staff_id, p.name AS owner_name, k.name, \
     k.dialect, k.username, CASE k.dialect WHEN 'revolut' THEN k.secret END AS certificate, k.old_secret_until, \
     k.issuer, k.scopes, k.ip_list, k.cap_currency, k.cap_call_minor, k.cap_day_minor, k.created_by, k.secret_by, \
     k.next_secret_by, k.expires_at, k.last_used_at, k.waiting_since, k.revoked_at, k.version \
     FROM credentials k JOIN clients c ON c.id = k.client_id JOIN staff p ON p.id = k.staff_id";
const FACTS: &[&str] = &[
    "id",
    "client_id",
    "client_number",
    "staff_id",
    "owner_role",
    "owner_disabled_at",
    "name",
    "dialect",
    "scopes",
    "ip_list",
    "expires_at",
    "last_used_at",
    "waiting_since",
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
               p.disabled_at AS owner_disabled_at, k.name, k.dialect, k.scopes, k.ip_list, k.expires_at, \
               k.last_used_at, k.waiting_since, k.revoked_at \
               FROM credentials k JOIN clients c ON c.id = k.client_id JOIN staff p ON p.id = k.staff_id \
               WHERE k.id = $1";
    let rows = reader.rows(FACTS, sql, &[id.to_string().into()]).await?;
    Ok(rows.into_iter().next())
}

/// What the program of this dialect that goes by this name has to prove itself against.
pub async fn proof(reader: &mut Reader, dialect: Dialect, username: &str) -> Result<Option<Proof>, StoreError> {
    let columns = &["id", "secret", "secret_by", "old_secret", "old_secret_until", "old_secret_by", "issuer"];
    let sql = "SELECT id, secret, secret_by, old_secret, old_secret_until, old_secret_by, issuer FROM credentials WHERE \
               username = $1 AND dialect = $2";
    let rows = reader.rows(columns, sql, &[username.into(), dialect.name().into()]).await?;
    Ok(rows.into_iter().next())
}

/// What a program with caps has sent out on a day, in minor units of their currency.
pub async fn spent_on(reader: &mut Reader, id: CredentialId, day: i64) -> Result<i64, StoreError> {
    let sql = "SELECT spent_minor FROM credential_spending WHERE credential_id = $1 AND day = $2";
    Ok(reader.int(sql.into(), &[id.to_string().into(), day.into()]).await?.unwrap_or(0))
}

/// Whether a wallet of the client pays for real, so that its programs are no tests.
pub async fn is_live(reader: &mut Reader, client: ClientId) -> Result<bool, StoreError> {
    let sql = "SELECT number FROM wallets WHERE client_id = $1 AND rail <> 'sandbox' LIMIT 1";
    Ok(reader.int(sql.into(), &[client.to_string().into()]).await?.is_some())
}

pub async fn insert(tx: &mut Tx<'_>, new: &New) -> Result<(), sqlx::Error> {
    let mut script = Script::new(tx.engine());
    script.insert(&TABLE, &[Row { credential: &new.credential, secret: &new.secret }]);
    tx.script(script).await
}

/// Whether a credential of the client that is not revoked has this name.
pub async fn is_named(tx: &mut Tx<'_>, client: ClientId, name: &str) -> Result<bool, sqlx::Error> {
    let sql = "SELECT id FROM credentials WHERE client_id = $1 AND name = $2 AND revoked_at IS NULL LIMIT 1";
    Ok(tx.text(sql, &[client.to_string().into(), name.into()]).await?.is_some())
}

/// Revokes at a time in Unix microseconds; one that is revoked already stays as it is.
pub async fn revoke(tx: &mut Tx<'_>, id: CredentialId, at: i64) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE credentials SET revoked_at = $2, next_secret = NULL, next_secret_by = NULL, version = version + 1 \
               WHERE id = $1 AND revoked_at IS NULL";
    tx.execute(sql, &[id.to_string().into(), at.into()]).await
}

/// Puts a new secret in place; the one before works until a time in Unix microseconds. 0 when it is revoked, waits for
/// approval, or its version is another one.
pub async fn replace_secret(
    tx: &mut Tx<'_>,
    id: CredentialId,
    version: i64,
    (secret, by): (&str, Option<StaffId>),
    old_until: i64,
) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE credentials SET old_secret = secret, old_secret_by = secret_by, old_secret_until = CASE WHEN \
               secret IS NULL THEN NULL ELSE CAST($4 AS BIGINT) END, secret = $3, secret_by = $5, next_secret = NULL, \
               next_secret_by = NULL, version = version + 1 WHERE id = $1 AND version = $2 AND revoked_at IS NULL AND \
               waiting_since IS NULL";
    let by = by.map(|by| by.to_string());
    tx.execute(sql, &[id.to_string().into(), version.into(), secret.into(), old_until.into(), by.into()]).await
}

/// Keeps a secret that does not work before it is approved; what works stays as it is. 0 as [`replace_secret`].
pub async fn keep_next_secret(
    tx: &mut Tx<'_>,
    id: CredentialId,
    version: i64,
    (secret, by): (&str, StaffId),
) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE credentials SET next_secret = $3, next_secret_by = $4, version = version + 1 WHERE id = $1 AND \
               version = $2 AND revoked_at IS NULL AND waiting_since IS NULL";
    tx.execute(sql, &[id.to_string().into(), version.into(), secret.into(), by.to_string().into()]).await
}

/// Puts the secret in place that was kept; answers whether there was one. The one before works until a time in Unix
/// microseconds.
pub async fn use_next_secret(tx: &mut Tx<'_>, id: CredentialId, old_until: i64) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE credentials SET old_secret = secret, old_secret_by = secret_by, old_secret_until = CASE WHEN \
               secret IS NULL THEN NULL ELSE CAST($2 AS BIGINT) END, secret = next_secret, secret_by = next_secret_by, \
               next_secret = NULL, next_secret_by = NULL, version = version + 1 WHERE id = $1 AND next_secret IS NOT \
               NULL AND revoked_at IS NULL";
    Ok(tx.execute(sql, &[id.to_string().into(), old_until.into()]).await? == 1)
}

/// Forgets the secret that was kept; answers whether there was one.
pub async fn drop_next_secret(tx: &mut Tx<'_>, id: CredentialId) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE credentials SET next_secret = NULL, next_secret_by = NULL, version = version + 1 WHERE id = $1 \
               AND next_secret IS NOT NULL";
    Ok(tx.execute(sql, &[id.to_string().into()]).await? == 1)
}

/// Lets a credential work that waited; answers whether it did.
pub async fn let_in(tx: &mut Tx<'_>, id: CredentialId) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE credentials SET waiting_since = NULL, version = version + 1 WHERE id = $1 AND waiting_since IS NOT \
               NULL AND revoked_at IS NULL";
    Ok(tx.execute(sql, &[id.to_string().into()]).await? == 1)
}

pub async fn note_use(tx: &mut Tx<'_>, id: CredentialId, at: i64) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE credentials SET last_used_at = $2 WHERE id = $1";
    tx.execute(sql, &[id.to_string().into(), at.into()]).await
}

/// A [`crate::domain::credential::Spending`] as a JSON object, over [`spending_of`].
pub fn spending_object(engine: Engine) -> String {
    engine.object(&[
        ("credential_id", "k.id".into()),
        ("currency", "k.cap_currency".into()),
        ("call_minor", "k.cap_call_minor".into()),
        ("day_minor", "k.cap_day_minor".into()),
        ("day", "COALESCE(s.day, 0)".into()),
        ("spent_minor", "COALESCE(s.spent_minor, 0)".into()),
        ("version", "COALESCE(s.version, 0)".into()),
    ])
}

/// Those of the programs that have caps; `ids` yields their ids as `value`.
pub fn spending_of(ids: &str) -> String {
    format!(
        "{ids} JOIN credentials k ON k.id = value AND k.cap_currency IS NOT NULL LEFT JOIN credential_spending s ON \
         s.credential_id = k.id"
    )
}

impl Credential {
    pub fn caps(&self) -> Option<Caps> {
        let currency = self.cap_currency?;
        Some(Caps { currency, call_minor: self.cap_call_minor, day_minor: self.cap_day_minor })
    }
}

impl Proof {
    /// What works at `now`, in Unix microseconds, the newest first.
    pub fn secrets(&self, now: i64) -> impl Iterator<Item = Known> {
        let known = |secret: &String, by, until| Known { secret: secret.clone(), by, until };
        let newest = self.secret.as_ref().map(|secret| known(secret, self.secret_by, i64::MAX));
        let old = self.old_secret.as_ref().zip(self.old_secret_until.filter(|until| *until > now));
        let old = old.map(|(secret, until)| known(secret, self.old_secret_by, until));
        newest.into_iter().chain(old)
    }
}

impl From<TokenKind> for Value {
    fn from(kind: TokenKind) -> Value {
        kind.name().into()
    }
}
