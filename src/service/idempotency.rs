//! Keys that make a retry harmless.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::domain::audit::{self, Entry, hex};
use crate::domain::caller::Caller;
use crate::domain::command::{Done, IdempotencyKey, KeyTerms, Outcome};
use crate::domain::ids::ClientId;
use crate::domain::payout::Refusal;
use crate::error::Error;
use crate::store::{Tx, keys};

/// What a use case answers, and whether it is the first outcome told again.
#[derive(Debug, Clone)]
pub struct Answered<T> {
    pub value: T,
    pub repeated: bool,
    /// Repeated because its key came again, not because the record was there already.
    pub replayed: bool,
}

impl<T> Answered<T> {
    /// What a unit came to; `pick` takes the record out of it.
    pub fn of(outcome: Outcome, pick: impl FnOnce(Done) -> Option<T>) -> Result<Answered<T>, Error> {
        let Outcome { repeated, replayed, result } = outcome;
        let done = result.map_err(|refusal| Refusal { replayed, ..refusal })?;
        Ok(Answered { value: pick(done).ok_or(Error::Internal)?, repeated, replayed })
    }
}

/// How long the `request_id` of a payment stands for it: two weeks, in microseconds (`contracts/revolut.md` 5.3).
pub const REQUEST_LASTS: i64 = 14 * 24 * 3_600 * 1_000_000;

/// The key record of a payment or transfer with a `request_id`, which is one of its own among all of a client's. Only
/// what was made uses it up; afterwards it may make another one.
pub fn request_key(client: ClientId, request_id: &str, request: &impl Serialize) -> IdempotencyKey {
    let request = serde_json::to_vec(request).expect("requests are texts and numbers");
    IdempotencyKey {
        caller: client.to_string(),
        operation: "payment".to_owned(),
        key: request_id.to_owned(),
        request_hash: hex(&Sha256::digest(request)),
        terms: KeyTerms { lasts: REQUEST_LASTS, keeps_refusals: false },
    }
}

/// What came under a key before.
pub(super) enum Earlier {
    None,
    /// The same request: the id of what it made.
    Same(String),
    /// Another request.
    Other(Refusal),
}

/// What came before under the key of a change that is no unit; a repeat and a refusal are written down as `entry`.
pub(super) async fn earlier(
    tx: &mut Tx<'_>,
    key: Option<&IdempotencyKey>,
    entry: &Entry,
) -> Result<Earlier, sqlx::Error> {
    let Some(key) = key else { return Ok(Earlier::None) };
    let Some(stored) = keys::find(tx, key).await? else { return Ok(Earlier::None) };
    let entry = entry.clone().about(&stored.outcome);
    if stored.key.request_hash == key.request_hash {
        tx.audit(Entry { outcome: audit::Outcome::Repeated, ..entry });
        return Ok(Earlier::Same(stored.outcome));
    }
    let refusal = Refusal::key_reused();
    tx.audit(entry.refused(&refusal));
    Ok(Earlier::Other(refusal))
}

/// The key record of a request; `request` is everything that makes it this request and not another one.
///
/// Errors: the key is longer than 256 characters, which is the most that any contract allows.
pub fn key(
    caller: &Caller,
    operation: &str,
    key: Option<&str>,
    request: &impl Serialize,
) -> Result<Option<IdempotencyKey>, Error> {
    let Some(key) = key.map(str::trim).filter(|key| !key.is_empty()) else { return Ok(None) };
    if key.chars().count() > 256 || key.chars().any(char::is_control) {
        return Err(Error::field("Idempotency-Key", "must have at most 256 characters"));
    }
    let request = serde_json::to_vec(request).expect("requests are texts and numbers");
    Ok(Some(IdempotencyKey {
        caller: caller.id(),
        operation: operation.to_owned(),
        key: key.to_owned(),
        request_hash: hex(&Sha256::digest(request)),
        terms: KeyTerms::default(),
    }))
}
