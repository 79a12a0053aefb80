//! Tokens of programs: signed access tokens for half an hour, and refresh tokens that work once.

use std::net::IpAddr;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::credentials::{admits, scopes_of};
use super::sign_in::Visit;
use super::throttle::{self, Attempt};
use super::{Desk, passwords, secrets};
use crate::domain::audit::Entry;
use crate::domain::caller::{Caller, Via, Who};
use crate::domain::ids::CredentialId;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Scope;
use crate::error::Error;
use crate::store::credentials::{self as rows, Facts, RefreshToken};

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

/// How often a credential's last use is written, in microseconds.
const USE_INTERVAL: i64 = 60 * SECOND;
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
    let login = rows::login(&mut reader, username).await?;
    let facts = match &login {
        Some((id, _)) => rows::facts(&mut reader, *id).await?,
        None => None,
    };
    drop(reader);
    let right = turn.matches(password.to_owned(), login.map(|(_, hash)| hash)).await?;
    let usable = facts.as_ref().filter(|facts| right && is_usable(facts) && may_come_from(facts, visit.address()));
    let Some(usable) = usable.cloned() else {
        refuse(desk, visit, facts, attempt).await?;
        return Err(Error::InvalidCredentials);
    };
    let family = secrets::handle();
    let (tokens, row) = issue(desk, &usable, family);
    let caller = visit.caller(&usable);
    desk.store
        .write(move |tx| {
            let (attempt, row, caller) = (attempt.clone(), row.clone(), caller.clone());
            Box::pin(async move {
                attempt.succeeded(tx).await?;
                rows::insert_refresh_token(tx, &row).await?;
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
    let Some(id) = read(desk, refresh_token, Purpose::Refresh) else {
        return Err(count_bad_refresh(desk, visit).await);
    };
    let mut reader = desk.store.read().await?;
    let facts = rows::facts(&mut reader, id).await?;
    drop(reader);
    let Some(facts) = facts.filter(|facts| is_usable(facts) && may_come_from(facts, visit.address())) else {
        return Err(count_bad_refresh(desk, visit).await);
    };
    let hash = secrets::digest(refresh_token);
    // The family of the new token is only known inside the unit.
    let (tokens, row) = issue(desk, &facts, String::new());
    let caller = visit.caller(&facts);
    let rotated = desk
        .store
        .write(move |tx| {
            let (hash, row, caller) = (hash.clone(), row.clone(), caller.clone());
            Box::pin(async move {
                let now = tx.now();
                let Some(old) = rows::refresh_token(tx, &hash).await?.filter(|old| old.expires_at > now) else {
                    return Ok(false);
                };
                let entry = Entry::done(&caller, now, "token.refresh").about(id);
                if old.used_at.is_some() || rows::use_refresh_token(tx, &hash, now).await? == 0 {
                    rows::end_family(tx, &old.family).await?;
                    let reason = "A refresh token was used twice, so all tokens of that sign-in ended.";
                    tx.audit(entry.refused(&Refusal::new(Rule::Forbidden, reason)));
                    return Ok(false);
                }
                rows::insert_refresh_token(tx, &RefreshToken { family: old.family, ..row }).await?;
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
pub async fn authenticate(
    desk: &Desk,
    bearer: &str,
    via: Via,
    ip: Option<IpAddr>,
    request_id: &str,
) -> Result<Caller, Error> {
    let id = read(desk, bearer, Purpose::Access).ok_or(Error::Unauthenticated)?;
    let facts = facts(desk, id).await?.filter(is_usable).ok_or(Error::Unauthenticated)?;
    let visit = Visit { via, ip: ip.map(|ip| ip.to_string()), user_agent: None, request_id: request_id.to_owned() };
    let caller = visit.caller(&facts);
    if !may_come_from(&facts, ip) {
        let reason = "The credential may not be used from this address.";
        let entry = Entry::done(&caller, desk.clock.now(), "permission.refused")
            .about(id)
            .refused(&Refusal::new(Rule::Forbidden, reason));
        super::audit_only(desk, entry).await?;
        return Err(Error::Forbidden);
    }
    let now = desk.clock.now();
    if desk.access.note_use(id, facts.last_used_at, now, USE_INTERVAL) {
        // The request does not wait for this.
        let store = desk.store.clone();
        tokio::spawn(async move { store.write(move |tx| Box::pin(rows::note_use(tx, id, now))).await });
    }
    Ok(caller)
}

/// Signs an access token that is valid for `lifetime` microseconds, as long as its credential is.
pub fn mint_access_token(desk: &Desk, id: CredentialId, lifetime: i64) -> String {
    sign(desk, id, Purpose::Access, desk.clock.now() / SECOND, lifetime / SECOND)
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tokens(client {})", self.client_number)
    }
}

impl Visit {
    fn address(&self) -> Option<IpAddr> {
        self.ip.as_deref().and_then(|ip| ip.parse().ok())
    }

    fn caller(&self, facts: &Facts) -> Caller {
        Caller {
            who: Who::Credential {
                id: facts.id,
                name: facts.name.clone(),
                owner: facts.staff_id,
                owner_role: facts.owner_role,
                created_by: facts.created_by,
                client_id: facts.client_id,
                scopes: scopes_of(&facts.scopes),
            },
            via: self.via,
            ip: self.ip.clone(),
            request_id: self.request_id.clone(),
        }
    }
}

fn is_usable(facts: &Facts) -> bool {
    facts.revoked_at.is_none() && facts.owner_disabled_at.is_none()
}

/// READ_SENSITIVE without a list of addresses is refused everywhere.
fn may_come_from(facts: &Facts, ip: Option<IpAddr>) -> bool {
    let open = facts.ip_list.is_empty() && scopes_of(&facts.scopes).contains(&Scope::ReadSensitive);
    !open && admits(&facts.ip_list, ip)
}

async fn facts(desk: &Desk, id: CredentialId) -> Result<Option<Facts>, Error> {
    let era = match desk.access.recall(id) {
        Ok(facts) => return Ok(Some(facts)),
        Err(era) => era,
    };
    let mut reader = desk.store.read().await?;
    let found = rows::facts(&mut reader, id).await?;
    if let Some(facts) = &found {
        desk.access.learn(era, id, facts.clone());
    }
    Ok(found)
}

/// Both tokens, and the row of the refresh token.
fn issue(desk: &Desk, facts: &Facts, family: String) -> (Tokens, RefreshToken) {
    let now = desk.clock.now() / SECOND;
    let (access, refresh) = (desk.config.access_token / SECOND, desk.config.refresh_token / SECOND);
    let tokens = Tokens {
        access_token: sign(desk, facts.id, Purpose::Access, now, access),
        refresh_token: sign(desk, facts.id, Purpose::Refresh, now, refresh),
        access_expires_at: (now + access) * SECOND,
        refresh_expires_at: (now + refresh) * SECOND,
        client_number: facts.client_number,
    };
    let row = RefreshToken {
        token_hash: secrets::digest(&tokens.refresh_token),
        credential_id: facts.id,
        family,
        expires_at: tokens.refresh_expires_at,
        used_at: None,
    };
    (tokens, row)
}

/// `now` in Unix seconds, `lifetime` in seconds.
fn sign(desk: &Desk, sub: CredentialId, purpose: Purpose, now: i64, lifetime: i64) -> String {
    let claims = Claims { sub, purpose, iat: now, exp: now + lifetime, jti: secrets::handle() };
    let key = EncodingKey::from_secret(&desk.keys.tokens[0]);
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).expect("texts and integers always encode")
}

/// Whose token this is, if it is ours, meant for this and not expired by the desk's own clock.
fn read(desk: &Desk, token: &str, purpose: Purpose) -> Option<CredentialId> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    let claims = desk.keys.tokens.iter().find_map(|key| {
        let key = DecodingKey::from_secret(key);
        jsonwebtoken::decode::<Claims>(token, &key, &validation).ok()
    });
    let claims = claims?.claims;
    (claims.purpose == purpose && claims.exp > desk.clock.now() / SECOND).then_some(claims.sub)
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
