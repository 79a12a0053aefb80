//! Keys that make a retry harmless.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Desk;
use crate::domain::audit::{self, Entry, hex};
use crate::domain::books::StoredKey;
use crate::domain::caller::Caller;
use crate::domain::command::{Done, IdempotencyKey, KeyTerms, Outcome};
use crate::domain::ids::ClientId;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::plan;
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

/// The idempotency key that a request came with, and what it is a key of.
#[derive(Debug, Clone, Copy)]
pub enum Given<'a> {
    None,
    /// Of the program or person, for one operation; another request is one of which something else was understood.
    Own(&'a str),
    /// Of the client's account in one dialect, whatever is asked; another request is one that was written otherwise.
    /// Requests that cannot be used are remembered, too.
    Account {
        dialect: &'static str,
        key: &'a str,
        request: &'a str,
    },
}

impl<'a> Given<'a> {
    pub fn own(key: Option<&'a str>) -> Given<'a> {
        key.map_or(Given::None, Given::Own)
    }

    /// The key record of a request; `understood` is everything that makes it this request and not another one.
    pub fn record(
        self,
        caller: &Caller,
        operation: &str,
        understood: &impl Serialize,
    ) -> Result<Option<IdempotencyKey>, Error> {
        match self {
            Given::None => Ok(None),
            Given::Own(given) => key(caller, operation, Some(given), understood),
            Given::Account { .. } => Ok(self.of_account(caller)),
        }
    }

    fn of_account(self, caller: &Caller) -> Option<IdempotencyKey> {
        let Given::Account { dialect, key, request } = self else { return None };
        Some(IdempotencyKey {
            caller: caller.client().map_or_else(|| caller.id(), |client| client.to_string()),
            operation: dialect.to_owned(),
            key: key.to_owned(),
            request_hash: hex(&Sha256::digest(request)),
            terms: KeyTerms::default(),
        })
    }
}

/// What a request comes to that ended before its unit, because it cannot be used or names what is not there.
///
/// Under a key of the account this is an outcome like any other: remembered, or the first one told again. Otherwise it
/// is the error itself.
pub async fn ended_early(desk: &Desk, caller: &Caller, given: Given<'_>, error: Error) -> Result<Outcome, Error> {
    let refusal = match &error {
        Error::Validation(fields) => Refusal::invalid(fields.iter().map(|field| (field.field, &field.message))),
        Error::NotFound("Beneficiary") => Refusal::new(Rule::PayeeNotFound, "There is no such payee."),
        Error::NotFound("Wallet") => Refusal::new(Rule::WalletNotFound, "There is no such wallet."),
        Error::NotFound(_) => Refusal::new(Rule::NotFound, "There is no such payout."),
        Error::Refused(refusal) if refusal.rule == Rule::Invalid => refusal.clone(),
        _ => return Err(error),
    };
    let Some(key) = given.of_account(caller) else { return Err(error) };
    let caller = caller.clone();
    let outcome = desk.store.write(move |tx| {
        let (key, refusal, caller) = (key.clone(), refusal.clone(), caller.clone());
        Box::pin(async move {
            let result: Result<Done, Refusal> = Err(refusal);
            let Some(earlier) = keys::find(tx, &key).await? else {
                let outcome = serde_json::to_string(&result).expect("outcomes are texts and integers");
                keys::insert(tx, &StoredKey { key, outcome, created_at: tx.now() }).await?;
                return Ok(Outcome { repeated: false, replayed: false, result });
            };
            if tx.now() - earlier.created_at >= key.terms.lasts {
                // Worn, and about to be cleaned up: as if there were none.
                return Ok(Outcome { repeated: false, replayed: false, result });
            }
            let again = plan::again(&key, &earlier);
            if let Err(refusal) = &again.result
                && refusal.rule == Rule::KeyReused
            {
                tx.audit(Entry::done(&caller, tx.now(), "key.reuse").refused(refusal));
            }
            Ok(again)
        })
    });
    Ok(outcome.await?)
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
