//! Tokens of programs: signed access tokens for half an hour, and refresh tokens that work once.

use std::net::IpAddr;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::programs::{Arrival, Proved, admit, caller, is_usable, may_come_from};
use super::sign_in::Visit;
use super::throttle::{self, Attempt};
use super::{Desk, passwords, secrets};
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::dialect::Dialect;
use crate::domain::ids::{CredentialId, StaffId};
use crate::domain::payout::{Refusal, Rule};
use crate::error::Error;
use crate::store::credentials::{self as rows, Credential, Facts, Token, TokenKind};

/// What a program gets when it signs in. Times in Unix microseconds, whole seconds.
#[derive(Clone)]
pub struct Tokens {
    pub access_token: String,
    pub refresh_token: String,
    pub access_expires_at: i64,
    pub refresh_expires_at: i64,
    /// The client's integer number.
    pub client_number: i64,
}

/// What a token says; `exp` and `iat` in Unix seconds.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: CredentialId,
    /// Who made the password that it was handed out for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<StaffId>,
    #[serde(rename = "use")]
    purpose: Purpose,
    iat: i64,
    exp: i64,
    /// Makes each token another one.
    jti: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Purpose {
    Access,
    Refresh,
}

const SECOND: i64 = 1_000_000;

/// Gives tokens for the right username and password.
///
/// Unknown name, wrong password, revoked credential, disabled owner and foreign address are one answer,
/// [`Error::InvalidCredentials`], after the same work. After some failures [`Error::TooManyAttempts`] comes first.
pub async fn login(desk: &Desk, visit: &Visit, username: &str, password: &str) -> Result<Tokens, Error> {
    let account: String = username.chars().take(100).collect();
    let account = format!("credential:{account}");
    let turn = passwords::turn(&desk.access).await?;
    let attempt = throttle::begin(desk, Some(account), throttle::address(visit.ip.as_deref())).await?;
    let mut reader = desk.store.read().await?;
    let proof = rows::proof(&mut reader, Dialect::Wallet, username).await?;
    let facts = match &proof {
        Some(proof) => rows::facts(&mut reader, proof.id).await?,
        None => None,
    };
    drop(reader);
    let mut known = proof.iter().flat_map(|proof| proof.secrets(desk.clock.now()));
    // An unknown name takes as long as a wrong password.
    let newest = known.next();
    let mut right = turn.matches(password.to_owned(), newest.as_ref().map(|known| known.secret.clone())).await?;
    let mut known_by = newest.and_then(|known| known.by);
    if !right && let Some(old) = known.next() {
        (right, known_by) = (turn.matches(password.to_owned(), Some(old.secret)).await?, old.by);
    }
    let usable = facts.as_ref().filter(|facts| right && is_welcome(desk, visit, facts));
    let Some(usable) = usable.cloned() else {
        refuse(desk, visit, facts, attempt).await?;
        return Err(Error::InvalidCredentials);
    };
    let family = secrets::handle();
    let (tokens, row) = issue(desk, &usable, known_by, family);
    let caller = visit.program(&usable, known_by);
    desk.store
        .write(move |tx| {
            let (attempt, row, caller) = (attempt.clone(), row.clone(), caller.clone());
            Box::pin(async move {
                attempt.succeeded(tx).await?;
                rows::insert_token(tx, &row).await?;
                rows::note_use(tx, row.credential_id, tx.now()).await?;
                tx.audit(Entry::done(&caller, tx.now(), "token.issue").about(row.credential_id));
                Ok(())
            })
        })
        .await?;
    Ok(tokens)
}

/// Gives new tokens for a refresh token, which is used up by it.
///
/// A token that is used a second time was copied by somebody: all that descend from the same sign-in end.
pub async fn refresh(desk: &Desk, visit: &Visit, refresh_token: &str) -> Result<Tokens, Error> {
    let Some(Proved { id, known_by }) = read(desk, refresh_token, Purpose::Refresh) else {
        return Err(count_bad_refresh(desk, visit).await);
    };
    let mut reader = desk.store.read().await?;
    let facts = rows::facts(&mut reader, id).await?;
    drop(reader);
    let Some(facts) = facts.filter(|facts| is_welcome(desk, visit, facts)) else {
        return Err(count_bad_refresh(desk, visit).await);
    };
    let hash = secrets::digest(refresh_token);
    // The family of the new token is only known inside the unit.
    let (tokens, row) = issue(desk, &facts, known_by, String::new());
    let caller = visit.program(&facts, known_by);
    let rotated = desk
        .store
        .write(move |tx| {
            let (hash, row, caller) = (hash.clone(), row.clone(), caller.clone());
            Box::pin(async move {
                let now = tx.now();
                let Some(old) = rows::token_in(tx, TokenKind::Refresh, &hash).await?.filter(|old| old.expires_at > now)
                else {
                    return Ok(false);
                };
                let entry = Entry::done(&caller, now, "token.refresh").about(id);
                if old.used_at.is_some() || rows::use_token(tx, &hash, now).await? == 0 {
                    rows::end_family(tx, &old.family).await?;
                    let reason = "A refresh token was used twice, so all tokens of that sign-in ended.";
                    tx.audit(entry.refused(&Refusal::new(Rule::Forbidden, reason)));
                    return Ok(false);
                }
                rows::insert_token(tx, &Token { family: old.family, ..row }).await?;
                tx.audit(entry);
                Ok(true)
            })
        })
        .await?;
    if rotated { Ok(tokens) } else { Err(count_bad_refresh(desk, visit).await) }
}

/// The program behind an access token, checked anew for every request.
///
/// [`Error::Unauthenticated`] when the token is unknown, expired or taken back; [`Error::Forbidden`] when the
/// credential may not be used from this address.
pub async fn authenticate(desk: &Desk, bearer: &str, arrival: &Arrival) -> Result<Caller, Error> {
    let proved = read(desk, bearer, Purpose::Access).ok_or(Error::Unauthenticated)?;
    admit(desk, proved, Dialect::Wallet, arrival).await
}

/// Signs an access token that is valid for `lifetime` microseconds, as long as its credential is.
pub fn mint_access_token(desk: &Desk, credential: &Credential, lifetime: i64) -> String {
    let proved = Proved { id: credential.id, known_by: credential.secret_by };
    sign(desk, proved, Purpose::Access, desk.clock.now() / SECOND, lifetime / SECOND)
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tokens(client {})", self.client_number)
    }
}

impl Visit {
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.ip.as_deref().and_then(|ip| ip.parse().ok())
    }

    pub(super) fn program(&self, facts: &Facts, known_by: Option<StaffId>) -> Caller {
        caller(facts, known_by, self.via, self.ip.clone(), &self.request_id)
    }
}

/// Whether the credential may sign in now and from there.
fn is_welcome(desk: &Desk, visit: &Visit, facts: &Facts) -> bool {
    is_usable(facts, Dialect::Wallet, desk.clock.now()) && may_come_from(facts, visit.address())
}

/// Both tokens, and the row of the refresh token.
fn issue(desk: &Desk, facts: &Facts, known_by: Option<StaffId>, family: String) -> (Tokens, Token) {
    let proved = Proved { id: facts.id, known_by };
    let now = desk.clock.now() / SECOND;
    let (access, refresh) = (desk.config.access_token / SECOND, desk.config.refresh_token / SECOND);
    let tokens = Tokens {
        access_token: sign(desk, proved, Purpose::Access, now, access),
        refresh_token: sign(desk, proved, Purpose::Refresh, now, refresh),
        access_expires_at: (now + access) * SECOND,
        refresh_expires_at: (now + refresh) * SECOND,
        client_number: facts.client_number,
    };
    let row = Token {
        token_hash: secrets::digest(&tokens.refresh_token),
        credential_id: facts.id,
        kind: TokenKind::Refresh,
        family,
        known_by,
        expires_at: tokens.refresh_expires_at,
        used_at: None,
    };
    (tokens, row)
}

/// `now` in Unix seconds, `lifetime` in seconds.
fn sign(desk: &Desk, proved: Proved, purpose: Purpose, now: i64, lifetime: i64) -> String {
    let Proved { id: sub, known_by: by } = proved;
    let claims = Claims { sub, by, purpose, iat: now, exp: now + lifetime, jti: secrets::handle() };
    let key = EncodingKey::from_secret(&desk.keys.tokens[0]);
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).expect("texts and integers always encode")
}

/// Whose token this is, if it is ours, meant for this and not expired by the desk's own clock.
fn read(desk: &Desk, token: &str, purpose: Purpose) -> Option<Proved> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    let claims = desk.keys.tokens.iter().find_map(|key| {
        let key = DecodingKey::from_secret(key);
        jsonwebtoken::decode::<Claims>(token, &key, &validation).ok()
    });
    let claims = claims?.claims;
    (claims.purpose == purpose && claims.exp > desk.clock.now() / SECOND)
        .then_some(Proved { id: claims.sub, known_by: claims.by })
}

async fn refuse(desk: &Desk, visit: &Visit, facts: Option<Facts>, attempt: Attempt) -> Result<(), Error> {
    metrics::counter!("paydesk_sign_in_failures").increment(1);
    let mut entry = visit.refused("token.issue", desk.clock.now(), Some(&attempt));
    if let Some(facts) = facts {
        entry.subject_id = Some(facts.id.to_string());
        entry.client_id = Some(facts.client_id);
    }
    super::audit_only(desk, entry).await
}

/// Counts a refresh token that does not work; too many from one address have to wait.
async fn count_bad_refresh(desk: &Desk, visit: &Visit) -> Error {
    let name = visit.ip.as_deref().map(|ip| format!("refresh:{ip}"));
    match throttle::begin(desk, None, name).await {
        Ok(_) => Error::InvalidCredentials,
        Err(error) => error,
    }
}
