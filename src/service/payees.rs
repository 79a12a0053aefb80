//! Payees: save, find, delete.

use super::fields::Fields;
use super::idempotency::{Answered, key};
use super::payouts::{PayeeFields, PayeeInput, parse_payee};
use super::wallets::{Numbered, page_window};
use super::{Desk, audit_only, permit};
use crate::domain::audit::{Entry, Outcome};
use crate::domain::books::StoredKey;
use crate::domain::caller::Caller;
use crate::domain::command::PayeeDetails;
use crate::domain::ids::{ClientId, PayeeId};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::store::payees::{self as rows, PayeeFilter, PayeeLine};
use crate::store::sql::DEEPEST;
use crate::store::{Tx, keys, wallets};

/// Saves a payee of a client, named by its number; a credential's own client needs no naming.
///
/// The same details again answer the payee that has them: nobody is saved twice.
pub async fn create(
    desk: &Desk,
    caller: &Caller,
    client_number: Option<&str>,
    input: &PayeeInput,
    idempotency_key: Option<&str>,
) -> Result<Answered<PayeeLine>, Error> {
    permit(desk, caller, Operation::ChangePayees).await?;
    let mut checks = Fields::default();
    let details = parse_payee(&desk.keys, &mut checks, input, PayeeFields::OWN);
    let client = client_of(desk, caller, &mut checks, client_number).await?;
    checks.done()?;
    let client: ClientId = client.ok_or(Error::Internal)?;
    let key = key(caller, "payee.create", idempotency_key, &(client, &details))?;
    let caller = caller.clone();
    let saved = desk
        .store
        .write(move |tx| {
            let (details, caller, key) = (details.clone(), caller.clone(), key.clone());
            Box::pin(async move {
                let now = tx.now();
                let entry =
                    |id: &str| Entry { client_id: Some(client), ..Entry::done(&caller, now, "payee.create") }.about(id);
                let earlier = match &key {
                    Some(key) => keys::find(tx, key).await?.map(|stored| (stored.key == *key, stored.outcome)),
                    None => None,
                };
                match earlier {
                    Some((true, id)) => {
                        tx.audit(Entry { outcome: Outcome::Repeated, ..entry(&id) });
                        return Ok(Ok((id, true)));
                    }
                    Some((false, id)) => {
                        let refusal = Refusal::key_reused();
                        tx.audit(entry(&id).refused(&refusal));
                        return Ok(Err(refusal));
                    }
                    None => {}
                }
                let id = save(tx, details, client).await?;
                if let Some(key) = key {
                    keys::insert(tx, &StoredKey { key, outcome: id.clone(), created_at: now }).await?;
                }
                tx.audit(entry(&id));
                Ok(Ok((id, false)))
            })
        })
        .await?;
    let (id, replayed) = saved?;
    let id: PayeeId = id.parse().map_err(|_| Error::Internal)?;
    let mut reader = desk.store.read().await?;
    let value = rows::get(&mut reader, id).await?.ok_or(Error::Internal)?;
    Ok(Answered { value, repeated: replayed, replayed })
}

/// One saved payee in the caller's sight.
pub async fn get(desk: &Desk, caller: &Caller, id: PayeeId) -> Result<PayeeLine, Error> {
    permit(desk, caller, Operation::ReadPayees).await?;
    find(desk, caller, id).await
}

/// The payee of a client with these details, saved or only paid before.
pub(super) async fn known(desk: &Desk, client: ClientId, fingerprint: &str) -> Result<Option<PayeeId>, Error> {
    let mut reader = desk.store.read().await?;
    let found = rows::known(&mut reader, client, fingerprint).await?;
    Ok(found.and_then(|id| id.parse().ok()))
}

pub(super) async fn find(desk: &Desk, caller: &Caller, id: PayeeId) -> Result<PayeeLine, Error> {
    let mut reader = desk.store.read().await?;
    rows::get(&mut reader, id)
        .await?
        .filter(|line| caller.may_see(line.payee.client_id))
        .filter(|line| line.payee.saved_at.is_some() && line.payee.deleted_at.is_none())
        .ok_or(Error::NotFound("Beneficiary"))
}

/// Saved payees in the caller's sight, newest first, older than `before`; and where older ones start. `client` is the
/// number of the client whose payees are wanted; one that does not exist has none.
pub async fn list(
    desk: &Desk,
    caller: &Caller,
    search: Option<&str>,
    client: Option<i64>,
    before: Option<PayeeId>,
    limit: usize,
) -> Result<(Vec<PayeeLine>, Option<PayeeId>), Error> {
    permit(desk, caller, Operation::ReadPayees).await?;
    let mut reader = desk.store.read().await?;
    let mut filter = filter(caller, search);
    if let Some(number) = client {
        let found = wallets::client_by_number(&mut reader, number).await?;
        let Some(found) = found.filter(|client| caller.may_see(client.id)) else { return Ok((Vec::new(), None)) };
        filter.client = Some(found.id);
    }
    let mut lines = rows::list(&mut reader, &filter, before, limit as i64 + 1).await?;
    let more = lines.len() > limit;
    lines.truncate(limit);
    let older = lines.last().map(|line| line.payee.id).filter(|_| more);
    Ok((lines, older))
}

/// Saved payees by page number.
pub async fn numbered(
    desk: &Desk,
    caller: &Caller,
    search: Option<&str>,
    (page, limit, oldest_first): (i64, i64, bool),
) -> Result<Numbered<PayeeLine>, Error> {
    permit(desk, caller, Operation::ReadPayees).await?;
    let window = page_window(page, limit)?;
    let mut reader = desk.store.read().await?;
    let filter = filter(caller, search);
    let (rows, total) = rows::numbered(&mut reader, &filter, oldest_first, window, DEEPEST).await?;
    Ok(Numbered { rows, total })
}

/// Deletes a saved payee: it cannot be chosen any more, and payouts made to it keep it.
pub async fn delete(desk: &Desk, caller: &Caller, id: PayeeId) -> Result<(), Error> {
    permit(desk, caller, Operation::ChangePayees).await?;
    let line = match find(desk, caller, id).await {
        Err(Error::NotFound(what)) => {
            let refusal = Refusal::new(Rule::PayeeNotFound, "There is no such payee.");
            let entry = Entry::done(caller, desk.clock.now(), "payee.delete").about(id).refused(&refusal);
            audit_only(desk, entry).await?;
            return Err(Error::NotFound(what));
        }
        found => found?,
    };
    let caller = caller.clone();
    let deleted = desk
        .store
        .write(move |tx| {
            let caller = caller.clone();
            let client = line.payee.client_id;
            Box::pin(async move {
                let now = tx.now();
                let deleted = rows::delete(tx, id).await?;
                if deleted {
                    let mut entry = Entry::done(&caller, now, "payee.delete").about(id);
                    entry.client_id = Some(client);
                    tx.audit(entry);
                }
                Ok(deleted)
            })
        })
        .await?;
    if deleted { Ok(()) } else { Err(Error::NotFound("Beneficiary")) }
}

/// A credential's own client, or the one that a person named.
async fn client_of(
    desk: &Desk,
    caller: &Caller,
    checks: &mut Fields,
    number: Option<&str>,
) -> Result<Option<ClientId>, Error> {
    let number: Option<i64> = checks.parsed("client", number, "the number of a client");
    match (caller.client(), number) {
        (Some(own), _) => Ok(Some(own)),
        (None, Some(number)) => {
            let mut reader = desk.store.read().await?;
            let found = wallets::client_by_number(&mut reader, number).await?;
            if found.is_none() {
                checks.wrong("client", "must be one of the clients");
            }
            Ok(found.map(|client| client.id))
        }
        (None, None) => {
            checks.wrong("client", "is required");
            Ok(None)
        }
    }
}

/// The id of the payee with these details, who is saved from now on.
async fn save(tx: &mut Tx<'_>, details: PayeeDetails, client: ClientId) -> Result<String, sqlx::Error> {
    if let Some(id) = rows::with_details(tx, client, &details.fingerprint).await? {
        rows::keep(tx, &id).await?;
        return Ok(id);
    }
    let mut payee = details.into_payee(client, tx.mint());
    payee.saved_at = Some(tx.now());
    rows::insert(tx, &payee).await?;
    Ok(payee.id.to_string())
}

fn filter(caller: &Caller, search: Option<&str>) -> PayeeFilter {
    let search = search.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    PayeeFilter { client: caller.client(), search }
}
