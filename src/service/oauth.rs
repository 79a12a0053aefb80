//! Tokens of Revolut's dialect: a client proves itself by a signed assertion, and gets an access token for 40 minutes
//! (contracts/revolut.md section 2).

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;

use super::access::Seen;
use super::programs::{Arrival, Proved, admit, is_usable, may_come_from};
use super::sign_in::Visit;
use super::{Desk, certificates, secrets};
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::dialect::Dialect;
use crate::domain::ids::{CredentialId, StaffId};
use crate::domain::payout::{Refusal, Rule};
use crate::error::Error;
use crate::store::StoreError;
use crate::store::credentials::{self as rows, Facts, Proof, Token, TokenKind};

/// The form of `POST /auth/token`, as it came.
#[derive(Debug, Clone, Default)]
pub struct Grant {
    pub grant_type: Option<String>,
    pub code: Option<String>,
    pub refresh_token: Option<String>,
    pub client_assertion_type: Option<String>,
    pub client_assertion: Option<String>,
    pub client_id: Option<String>,
}

/// What a client gets.
#[derive(Clone)]
pub struct Granted {
    pub access_token: String,
    /// Seconds.
    pub expires_in: i64,
    /// Only for a code.
    pub refresh_token: Option<String>,
}

/// Why a client gets no token, in OAuth's words; the texts are one sentence for its developer.
#[derive(Debug, Clone)]
pub enum GrantError {
    InvalidRequest(String),
    InvalidClient(String),
    InvalidGrant(String),
    UnsupportedGrantType(String),
    /// Nothing is wrong with the request.
    Failed(Error),
}

/// What an assertion says, once its signature is known to be right.
#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    /// Unix seconds; some clients send a fraction.
    exp: serde_json::Number,
}

const SECOND: i64 = 1_000_000;
/// How long a one-time code works.
pub const CODE_LIFE: i64 = 10 * 60 * SECOND;
/// 40 minutes; clients are told one second less.
const ACCESS_LIFE: i64 = 40 * 60 * SECOND;
/// 90 days.
pub const REFRESH_LIFE: i64 = 90 * 24 * 3_600 * SECOND;
const AUDIENCE: &str = "https://revolut.com";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How far a client's clock may be behind, in seconds.
const LEEWAY: i64 = 30;

/// Gives an access token for a one-time code or a refresh token, to the client that signs the request.
///
/// Each address may ask as often as a business may call the API; [`Error::TooManyAttempts`] comes after that.
pub async fn sign_in_revolut(desk: &Desk, visit: &Visit, grant: &Grant) -> Result<Granted, GrantError> {
    super::rates::take_sign_in(desk, visit.ip.as_deref())?;
    let asked = Asked::read(grant)?;
    let (facts, known_by) = client(desk, visit, grant, asked.assertion).await?;
    let caller = visit.program(&facts, known_by);
    let granted = match asked.proof {
        Ask::Code(code) => redeem(desk, caller, &facts, code).await,
        Ask::Refresh(token) => refresh(desk, caller, &facts, token).await,
    };
    if granted.is_err() {
        metrics::counter!("paydesk_sign_in_failures").increment(1);
    }
    granted
}

/// The program behind an access token, checked anew for every request. Errors: [`Error::Unauthenticated`] when the token
/// is unknown, expired or taken back; [`Error::Forbidden`] when the credential may not be used from this address.
pub async fn bearer(desk: &Desk, token: &str, arrival: &Arrival) -> Result<Caller, Error> {
    if ![TEST, LIVE].iter().any(|prefix| token.starts_with(prefix)) {
        return Err(Error::Unauthenticated);
    }
    let (now, hash) = (desk.clock.now(), secrets::digest(token));
    let proved = match desk.access.recall_seen(&hash, now) {
        Ok(seen) => seen.proved,
        Err(era) => {
            let mut reader = desk.store.read().await?;
            let found = rows::token(&mut reader, TokenKind::Access, &hash).await?;
            drop(reader);
            let token = found.filter(|token| token.expires_at > now).ok_or(Error::Unauthenticated)?;
            let proved = Proved { id: token.credential_id, known_by: token.known_by };
            desk.access.learn_seen(era, hash, Seen { proved, until: token.expires_at });
            proved
        }
    };
    admit(desk, proved, Dialect::Revolut, arrival).await
}

/// Hands out a token of a kind without a sign-in, as a command of the host does for a demo; for `life` microseconds.
pub async fn mint(desk: &Desk, id: CredentialId, kind: TokenKind, life: i64) -> Result<String, Error> {
    let mut reader = desk.store.read().await?;
    let credential = rows::find(&mut reader, id).await?.ok_or(Error::NotFound("Credential"))?;
    let token = new_token(rows::is_live(&mut reader, credential.client_id).await?);
    drop(reader);
    let row =
        Token { known_by: credential.secret_by, ..row(&token, id, kind, secrets::handle(), desk.clock.now() + life) };
    desk.store
        .write(move |tx| {
            let row = row.clone();
            Box::pin(async move { rows::insert_token(tx, &row).await })
        })
        .await?;
    Ok(token)
}

/// A new code or token: clients tell production and sandbox apart by how it begins.
pub(super) fn new_token(live: bool) -> String {
    format!("{}{}", if live { LIVE } else { TEST }, secrets::secret())
}

pub(super) fn row(token: &str, id: CredentialId, kind: TokenKind, family: String, expires_at: i64) -> Token {
    Token {
        token_hash: secrets::digest(token),
        credential_id: id,
        kind,
        family,
        known_by: None,
        expires_at,
        used_at: None,
    }
}

const TEST: &str = "oa_sand_";
const LIVE: &str = "oa_prod_";

/// What was asked for, with everything there that has to be.
struct Asked<'a> {
    proof: Ask<'a>,
    assertion: &'a str,
}

enum Ask<'a> {
    Code(&'a str),
    Refresh(&'a str),
}

impl<'a> Asked<'a> {
    fn read(grant: &'a Grant) -> Result<Asked<'a>, GrantError> {
        let proof = match required(&grant.grant_type, "grant_type")? {
            "authorization_code" => Ask::Code(required(&grant.code, "code")?),
            "refresh_token" => Ask::Refresh(required(&grant.refresh_token, "refresh_token")?),
            _ => {
                let text = "grant_type must be authorization_code or refresh_token";
                return Err(GrantError::UnsupportedGrantType(text.into()));
            }
        };
        if required(&grant.client_assertion_type, "client_assertion_type")? != ASSERTION_TYPE {
            return Err(GrantError::InvalidRequest(format!("client_assertion_type must be {ASSERTION_TYPE}")));
        }
        Ok(Asked { proof, assertion: required(&grant.client_assertion, "client_assertion")? })
    }
}

fn required<'a>(value: &'a Option<String>, name: &str) -> Result<&'a str, GrantError> {
    let given = value.as_deref().filter(|text| !text.trim().is_empty());
    given.ok_or_else(|| GrantError::InvalidRequest(format!("{name} is required")))
}

/// The client that signed the request, if it may sign in now and from there; and who uploaded the certificate.
async fn client(
    desk: &Desk,
    visit: &Visit,
    grant: &Grant,
    assertion: &str,
) -> Result<(Facts, Option<StaffId>), GrantError> {
    let now = desk.clock.now();
    let invalid = |text: &str| GrantError::InvalidClient(text.to_owned());
    let header = jsonwebtoken::decode_header(assertion).map_err(|_| invalid("client_assertion is no JWT"))?;
    if header.alg != Algorithm::RS256 {
        return Err(invalid("client_assertion must be signed with RS256"));
    }
    let named: Claims = jsonwebtoken::dangerous::insecure_decode_claims(assertion)
        .map_err(|_| invalid("client_assertion must have sub and exp"))?;
    if grant.client_id.as_deref().is_some_and(|given| !given.is_empty() && given != named.sub) {
        return Err(invalid("client_id must be the sub of client_assertion"));
    }
    // Every unknown client gets the answer that a wrong signature gets.
    let wrong = "client_assertion is not signed by a certificate of this client, or not for this desk";
    if named.sub.len() > 100 || named.sub.contains('\0') {
        return Err(invalid(wrong));
    }
    let mut reader = desk.store.read().await?;
    let proof = rows::proof(&mut reader, Dialect::Revolut, &named.sub).await?.ok_or_else(|| invalid(wrong))?;
    let facts = rows::facts(&mut reader, proof.id).await?.ok_or_else(|| invalid(wrong))?;
    drop(reader);
    let (claims, known_by) =
        verify(assertion, &proof, now).map_err(|why| GrantError::InvalidClient(why.unwrap_or(wrong).into()))?;
    // A fraction only ends it a little earlier.
    let end = claims.exp.to_string().split('.').next().and_then(|whole| whole.parse::<i64>().ok());
    if end.is_none_or(|end| end.saturating_add(LEEWAY) <= now / SECOND) {
        return Err(invalid("client_assertion has expired"));
    }
    if !is_usable(&facts, Dialect::Revolut, now) {
        return Err(invalid("this client is revoked, expired, waits for approval, or its owner is disabled"));
    }
    if !may_come_from(&facts, visit.address()) {
        return Err(invalid("this client may not be used from this address"));
    }
    Ok((facts, known_by))
}

/// What the assertion says, if one of the client's certificates that still work has signed it. The error is told when
/// the signature was right.
fn verify(assertion: &str, proof: &Proof, now: i64) -> Result<(Claims, Option<StaffId>), Option<&'static str>> {
    let mut validation = Validation::new(Algorithm::RS256);
    // By the desk's own clock.
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["iss", "sub", "aud"]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[proof.issuer.as_deref().unwrap_or_default()]);
    let mut why = None;
    for known in proof.secrets(now) {
        let Ok(certificate) = certificates::read(&known.secret) else { continue };
        match jsonwebtoken::decode::<Claims>(assertion, &certificate.key(), &validation) {
            Ok(_) if certificate.is_over(now / SECOND) => why = Some("the certificate of this client has expired"),
            Ok(token) => return Ok((token.claims, known.by)),
            Err(error) => match error.kind() {
                ErrorKind::InvalidAudience => why = Some("the aud of client_assertion must be https://revolut.com"),
                ErrorKind::InvalidIssuer => {
                    why =
                        Some("the iss of client_assertion must be the issuer of this client: a host without https://");
                }
                ErrorKind::MissingRequiredClaim(_) => why = Some("client_assertion must have iss, sub, aud and exp"),
                _ => {}
            },
        }
    }
    Err(why)
}

/// Tokens for a one-time code. A code that comes a second time was copied by somebody: what it gave ends.
async fn redeem(desk: &Desk, caller: Caller, facts: &Facts, code: &str) -> Result<Granted, GrantError> {
    let mut reader = desk.store.read().await?;
    let live = is_live(&mut reader, facts).await?;
    drop(reader);
    let (access, refresh) = (new_token(live), new_token(live));
    let now = desk.clock.now();
    let (id, hash, known_by) = (facts.id, secrets::digest(code), caller.credential_creator());
    let new = [
        row(&access, id, TokenKind::Access, String::new(), now + ACCESS_LIFE),
        row(&refresh, id, TokenKind::Refresh, String::new(), now + REFRESH_LIFE),
    ];
    let done = desk
        .store
        .write(move |tx| {
            let (hash, caller, new) = (hash.clone(), caller.clone(), new.clone());
            Box::pin(async move {
                let now = tx.now();
                let found = rows::token_in(tx, TokenKind::Code, &hash).await?;
                let Some(code) = found.filter(|code| code.credential_id == id && code.expires_at > now) else {
                    return Ok(false);
                };
                let entry = Entry::done(&caller, now, "token.issue").about(id);
                if code.used_at.is_some() || rows::use_token(tx, &hash, now).await? == 0 {
                    rows::end_family(tx, &code.family).await?;
                    let reason = "A one-time code was used twice, so all tokens that it gave ended.";
                    tx.audit(entry.refused(&Refusal::new(Rule::Forbidden, reason)));
                    return Ok(false);
                }
                for token in new {
                    rows::insert_token(tx, &Token { family: code.family.clone(), known_by, ..token }).await?;
                }
                rows::note_use(tx, id, now).await?;
                tx.audit(entry);
                Ok(true)
            })
        })
        .await?;
    if !done {
        desk.access.forget();
        return Err(GrantError::InvalidGrant("code is unknown, was used, or has expired: make a new one".into()));
    }
    Ok(Granted { access_token: access, expires_in: told(ACCESS_LIFE), refresh_token: Some(refresh) })
}

/// Another access token; the refresh token goes on working until its end.
async fn refresh(desk: &Desk, caller: Caller, facts: &Facts, token: &str) -> Result<Granted, GrantError> {
    let mut reader = desk.store.read().await?;
    let live = is_live(&mut reader, facts).await?;
    drop(reader);
    let access = new_token(live);
    let (id, hash, known_by) = (facts.id, secrets::digest(token), caller.credential_creator());
    let new = row(&access, id, TokenKind::Access, String::new(), desk.clock.now() + ACCESS_LIFE);
    let done = desk
        .store
        .write(move |tx| {
            let (hash, caller, new) = (hash.clone(), caller.clone(), new.clone());
            Box::pin(async move {
                let now = tx.now();
                let found = rows::token_in(tx, TokenKind::Refresh, &hash).await?;
                let Some(old) = found.filter(|old| old.credential_id == id && old.expires_at > now) else {
                    return Ok(false);
                };
                rows::insert_token(tx, &Token { family: old.family, known_by, ..new }).await?;
                rows::note_use(tx, id, now).await?;
                tx.audit(Entry::done(&caller, now, "token.refresh").about(id));
                Ok(true)
            })
        })
        .await?;
    if !done {
        let text = "refresh_token is unknown or has expired: make a new one-time code";
        return Err(GrantError::InvalidGrant(text.into()));
    }
    Ok(Granted { access_token: access, expires_in: told(ACCESS_LIFE), refresh_token: None })
}

async fn is_live(reader: &mut crate::store::Reader, facts: &Facts) -> Result<bool, StoreError> {
    rows::is_live(reader, facts.client_id).await
}

/// The seconds of a life that began a moment ago.
fn told(life: i64) -> i64 {
    life / SECOND - 1
}

impl From<Error> for GrantError {
    fn from(error: Error) -> GrantError {
        GrantError::Failed(error)
    }
}

impl From<StoreError> for GrantError {
    fn from(error: StoreError) -> GrantError {
        GrantError::Failed(error.into())
    }
}

impl std::fmt::Debug for Granted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Granted({} s)", self.expires_in)
    }
}
