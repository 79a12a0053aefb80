//! Keys that come with every request as they are: Razorpay's key id and secret, and MassPay's key.
//!
//! They are random, so they are known by a plain hash, and what was checked just now is remembered: a request costs
//! one hash and no query.

use subtle::ConstantTimeEq;

use super::access::Seen;
use super::programs::{Arrival, admit};
use super::{Desk, secrets};
use crate::domain::caller::Caller;
use crate::domain::dialect::Dialect;
use crate::domain::ids::CredentialId;
use crate::error::Error;
use crate::store::credentials as rows;

/// Between the open part of a MassPay key, which finds its credential, and its secret.
const SEPARATOR: char = '.';

/// The program behind a key id and its secret, as Razorpay's clients send them with Basic authentication.
///
/// Errors: [`Error::Unauthenticated`] when they do not belong together, or the credential does not work;
/// [`Error::Forbidden`] when it may not be used from this address.
pub async fn basic(desk: &Desk, key_id: &str, secret: &str, arrival: &Arrival) -> Result<Caller, Error> {
    let id = prove(desk, Dialect::Razorpay, key_id, secret).await?;
    admit(desk, id, Dialect::Razorpay, arrival).await
}

/// The program behind a MassPay key. Errors as [`basic`].
pub async fn api_key(desk: &Desk, key: &str, arrival: &Arrival) -> Result<Caller, Error> {
    let (open, secret) = key.split_once(SEPARATOR).ok_or(Error::Unauthenticated)?;
    let id = prove(desk, Dialect::MassPay, open, secret).await?;
    admit(desk, id, Dialect::MassPay, arrival).await
}

/// A MassPay key of its open part and its secret.
pub(super) fn join(open: &str, secret: &str) -> String {
    format!("{open}{SEPARATOR}{secret}")
}

async fn prove(desk: &Desk, dialect: Dialect, username: &str, secret: &str) -> Result<CredentialId, Error> {
    // No secret of ours is longer, and PostgreSQL cannot be asked for U+0000.
    if username.len() > 100 || secret.len() > 200 || username.contains('\0') {
        return Err(Error::Unauthenticated);
    }
    let now = desk.clock.now();
    let digest = secrets::digest(secret);
    let name = format!("{}:{username}:{digest}", dialect.name());
    let era = match desk.access.recall_seen(&name, now) {
        Ok(seen) => return Ok(seen.id),
        Err(era) => era,
    };
    let mut reader = desk.store.read().await?;
    let proof = rows::proof(&mut reader, dialect, username).await?.ok_or(Error::Unauthenticated)?;
    drop(reader);
    let is = |kept: &str| bool::from(kept.as_bytes().ct_eq(digest.as_bytes()));
    let until = if proof.secret.as_deref().is_some_and(is) {
        i64::MAX
    } else if proof.old_secret(now).is_some_and(is) {
        proof.old_secret_until.unwrap_or(now)
    } else {
        return Err(Error::Unauthenticated);
    };
    desk.access.learn_seen(era, name, Seen { id: proof.id, until });
    Ok(proof.id)
}
