//! Keys that come with every request as they are: Razorpay's key id and secret, and MassPay's key.
//!
//! They are random, so they are known by a plain hash, and what was checked just now is remembered: a request costs
//! one hash and no query.

use subtle::ConstantTimeEq;

use super::access::Seen;
use super::programs::{Arrival, Proved, admit};
use super::{Desk, secrets};
use crate::domain::caller::Caller;
use crate::domain::dialect::Dialect;
use crate::error::Error;
use crate::store::credentials as rows;

/// Between the open part of a MassPay key, which finds its credential, and its secret.
const SEPARATOR: char = '.';

/// The program behind a key id and its secret, as Razorpay's clients send them with Basic authentication.
///
/// Errors: [`Error::Unauthenticated`] when they do not belong together, or the credential does not work;
/// [`Error::Forbidden`] when it may not be used from this address.
pub async fn basic(desk: &Desk, key_id: &str, secret: &str, arrival: &Arrival) -> Result<Caller, Error> {
    let proved = prove(desk, Dialect::Razorpay, key_id, secret).await?;
    admit(desk, proved, Dialect::Razorpay, arrival).await
}

/// The program behind a MassPay key. Errors as [`basic`].
pub async fn api_key(desk: &Desk, key: &str, arrival: &Arrival) -> Result<Caller, Error> {
    let (open, secret) = key.split_once(SEPARATOR).ok_or(Error::Unauthenticated)?;
    let proved = prove(desk, Dialect::MassPay, open, secret).await?;
    admit(desk, proved, Dialect::MassPay, arrival).await
}

/// A MassPay key of its open part and its secret.
pub(super) fn join(open: &str, secret: &str) -> String {
    format!("{open}{SEPARATOR}{secret}")
}

async fn prove(desk: &Desk, dialect: Dialect, username: &str, secret: &str) -> Result<Proved, Error> {
    // No secret of ours is longer, and PostgreSQL cannot be asked for U+0000.
    if username.len() > 100 || secret.len() > 200 || username.contains('\0') {
        return Err(Error::Unauthenticated);
    }
    let now = desk.clock.now();
    let digest = secrets::digest(secret);
    let name = format!("{}:{username}:{digest}", dialect.name());
    let era = match desk.access.recall_seen(&name, now) {
        Ok(seen) => return Ok(seen.proved),
        Err(era) => era,
    };
    let mut reader = desk.store.read().await?;
    let proof = rows::proof(&mut reader, dialect, username).await?.ok_or(Error::Unauthenticated)?;
    drop(reader);
    let is = |kept: &str| bool::from(kept.as_bytes().ct_eq(digest.as_bytes()));
    let known = proof.secrets(now).find(|known| is(&known.secret)).ok_or(Error::Unauthenticated)?;
    let proved = Proved { id: proof.id, known_by: known.by };
    desk.access.learn_seen(era, name, Seen { proved, until: known.until });
    Ok(proved)
}
