//! Another secret becomes the current one: everything sealed is sealed anew under it.
//!
//! The data itself says under which key it is. So a rotation that was cut short, at whatever step, is finished by the
//! next start, and a process that lacks the key cannot begin.

use super::accounts;
use crate::domain::audit::Entry;
use crate::domain::caller::{Caller, Via};
use crate::domain::ids::AccountId;
use crate::domain::payee_account::PayeeAccount;
use crate::keys::{Keys, Unsealable};
use crate::store::sealed::{self, COLUMNS, Column, PAYEE_ACCOUNT, Resealed, State};
use crate::store::{Store, StoreError};

/// Why the data is not under the current key.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    #[error(
        "this data is sealed under the key {0}, which is neither in secret.key nor in PAYDESK_KEY: add the secret it \
         was sealed with"
    )]
    UnknownKey(String),
    #[error("another paydesk works on this data: stop it first, because everything has to be sealed under a new key")]
    NotAlone,
    #[error("{0}, row {1}: {2}")]
    Unsealable(String, String, Unsealable),
    #[error("{1} of the sealed values in {0} are not under the current key: run `paydesk key rotate`")]
    Left(String, usize),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How many rows one write seals anew.
const CHUNK: i64 = 500;

/// Brings what is sealed under the current key, if it is not yet; answers whether there was anything to do.
pub async fn settle(store: &Store, keys: &Keys) -> Result<bool, RotationError> {
    let current = keys.current().to_owned();
    let state: State = store
        .write(move |tx| {
            let current = current.clone();
            Box::pin(async move { sealed::state(tx, &current).await })
        })
        .await?;
    if state.key == keys.current() && !state.unfinished {
        return Ok(false);
    }
    if !keys.ids().contains(&state.key) {
        return Err(RotationError::UnknownKey(state.key));
    }
    if !store.is_alone().await? {
        return Err(RotationError::NotAlone);
    }
    tracing::info!(key = keys.current(), "sealing everything under a new key");
    let current = keys.current().to_owned();
    store
        .write(move |tx| {
            let current = current.clone();
            Box::pin(async move { sealed::begin(tx, &current).await })
        })
        .await?;
    // On PostgreSQL another process may have begun just before the key was noted; none can from here on.
    if !store.is_alone().await? {
        return Err(RotationError::NotAlone);
    }
    fingerprints(store, keys).await?;
    account_hashes(store, keys).await?;
    for column in COLUMNS {
        reseal(store, keys, column).await?;
    }
    left(store, keys).await?;
    let key = keys.current().to_owned();
    store
        .write(move |tx| {
            let caller = Caller::system(Via::Command, "key_rotation");
            let entry = Entry::done(&caller, tx.now(), "key.rotate").because(Some(format!("sealed under {key}")));
            tx.audit(entry);
            Box::pin(sealed::finish(tx))
        })
        .await?;
    store.share()?;
    Ok(true)
}

/// Refuses while anything is sealed under another key than the current one.
pub async fn left(store: &Store, keys: &Keys) -> Result<(), RotationError> {
    let mut reader = store.read().await?;
    let current = [keys.current().to_owned()];
    for column in COLUMNS {
        let rows = sealed::foreign(&mut reader, column, &current, CHUNK).await?;
        if !rows.is_empty() {
            return Err(RotationError::Left(column.purpose(), rows.len()));
        }
    }
    Ok(())
}

async fn reseal(store: &Store, keys: &Keys, column: &'static Column) -> Result<(), RotationError> {
    let purpose = column.purpose();
    let mut after = String::new();
    loop {
        let mut reader = store.read().await?;
        let rows = sealed::chunk(&mut reader, column, &after, CHUNK).await?;
        drop(reader);
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id.clone();
        let mut fresh = Vec::new();
        for row in rows.into_iter().filter(|row| !keys.is_current(&row.value)) {
            let opened = keys.open(&purpose, &row.value);
            let text = opened.map_err(|error| RotationError::Unsealable(purpose.clone(), row.id.clone(), error))?;
            fresh.push(Resealed { id: row.id, before: row.value, after: keys.seal(&purpose, &text) });
        }
        if fresh.is_empty() {
            continue;
        }
        store
            .write(move |tx| {
                let rows = fresh.clone();
                Box::pin(async move { sealed::replace(tx, column, &rows).await })
            })
            .await?;
    }
}

/// Fingerprints are made with the secret too, so payees get new ones: inline details must find them again.
async fn fingerprints(store: &Store, keys: &Keys) -> Result<(), RotationError> {
    let mut after = String::new();
    loop {
        let mut reader = store.read().await?;
        let payees = sealed::payees(&mut reader, &after, CHUNK).await?;
        drop(reader);
        let Some(last) = payees.last() else { return Ok(()) };
        after = last.id.to_string();
        let mut fresh = Vec::new();
        for payee in payees {
            let text = payee.identity().text();
            if keys.is_older_fingerprint(&payee.fingerprint, &text) {
                fresh.push((payee.id, keys.fingerprint(&text)));
            }
        }
        if fresh.is_empty() {
            continue;
        }
        store
            .write(move |tx| {
                let rows = fresh.clone();
                Box::pin(async move { sealed::put_fingerprints(tx, &rows).await })
            })
            .await?;
    }
}

/// The same for accounts, and for the hashes that their numbers are found by.
async fn account_hashes(store: &Store, keys: &Keys) -> Result<(), RotationError> {
    let mut after = String::new();
    loop {
        let mut reader = store.read().await?;
        let accounts = sealed::accounts(&mut reader, &after, CHUNK).await?;
        drop(reader);
        let Some(last) = accounts.last() else { return Ok(()) };
        after = last.id.to_string();
        let mut fresh = Vec::new();
        for account in accounts {
            fresh.extend(hashes(keys, account)?);
        }
        if fresh.is_empty() {
            continue;
        }
        store
            .write(move |tx| {
                let rows = fresh.clone();
                Box::pin(async move { sealed::put_hashes(tx, &rows).await })
            })
            .await?;
    }
}

/// The hashes under the current secret of an account that has them under an older one.
fn hashes(keys: &Keys, account: PayeeAccount) -> Result<Option<(AccountId, String, Option<String>)>, RotationError> {
    let opened = accounts::open(keys, &account);
    let opened =
        opened.map_err(|error| RotationError::Unsealable(PAYEE_ACCOUNT.purpose(), account.id.to_string(), error))?;
    if !keys.is_older_fingerprint(&account.fingerprint, &accounts::identity(&account, &opened).text()) {
        return Ok(None);
    }
    let (fingerprint, number_hash) = accounts::hashes(keys, &account, &opened);
    Ok(Some((account.id, fingerprint, number_hash)))
}
