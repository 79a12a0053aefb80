//! Payees: save, find, change, switch off, delete.

pub mod input;
mod save;

use self::input::{PayeeFields, PayeeInput, parse_payee};
use self::save::save;
use super::fields::Fields;
use super::idempotency::{Answered, Earlier, earlier, key};
use super::wallets::{Numbered, page_window};
use super::{Desk, accounts, audit_only, permit, permit_on};
use crate::domain::audit::{Entry, Outcome};
use crate::domain::books::StoredKey;
use crate::domain::caller::Caller;
use crate::domain::ids::{ClientId, PayeeId};
use crate::domain::payee::{Payee, PayeeDetails};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::error::{Error, FieldError};
use crate::store::payees::{self as rows, PayeeFilter, PayeeLine};
use crate::store::sql::DEEPEST;
use crate::store::{keys, wallets};

/// Which saved payees are wanted.
#[derive(Debug, Clone, Default)]
pub struct PayeeQuery<'a> {
    /// The start of an email, a reference, or a name from one of its words on; or a whole account number.
    pub search: Option<&'a str>,
    /// The number of a client; one that does not exist has no payees.
    pub client: Option<i64>,
    /// The account number, IBAN or revtag of one of its accounts, whole.
    pub number: Option<&'a str>,
    /// Made at or after, and before, in Unix microseconds.
    pub from: Option<i64>,
    pub to: Option<i64>,
}

/// How often a change that somebody else came before is tried again.
const TRIES: usize = 3;

/// Saves a payee of a client, named by its number; a credential's own client needs no naming.
///
/// The same details again answer the payee that has them: nobody is saved twice. An account that comes with them is
/// added to it, once too. `fields` says what must be there and how errors name it.
///
/// Errors: a rule wants the account approved first ([`Rule::NeedsApproval`]). Of staff the payee is saved then, and the
/// account stands switched off until what they have asked for so is approved.
pub async fn create(
    desk: &Desk,
    caller: &Caller,
    client_number: Option<&str>,
    input: &PayeeInput,
    fields: PayeeFields,
    idempotency_key: Option<&str>,
) -> Result<Answered<PayeeLine>, Error> {
    permit(desk, caller, Operation::ChangePayees).await?;
    save_for(desk, caller, client_number, input, fields, idempotency_key).await
}

/// The same for a use case that has its own permission.
pub(super) async fn save_for(
    desk: &Desk,
    caller: &Caller,
    client_number: Option<&str>,
    input: &PayeeInput,
    fields: PayeeFields,
    idempotency_key: Option<&str>,
) -> Result<Answered<PayeeLine>, Error> {
    let mut checks = Fields::default();
    let details = parse_payee(&desk.keys, &mut checks, input, fields);
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
                let entry = Entry { client_id: Some(client), ..Entry::done(&caller, tx.now(), "payee.create") };
                match earlier(tx, key.as_ref(), &entry).await? {
                    Earlier::None => {}
                    Earlier::Same(id) => return Ok(Ok((id, true))),
                    Earlier::Other(refusal) => return Ok(Err(refusal)),
                }
                let id = match save(tx, &caller, details, client).await? {
                    Ok((id, None)) => id,
                    Ok((id, Some(asked))) => {
                        tx.audit(entry.about(&id));
                        return Ok(Err(asked));
                    }
                    Err(refusal) => {
                        tx.audit(entry.refused(&refusal));
                        return Ok(Err(refusal));
                    }
                };
                if let Some(key) = key {
                    keys::insert(tx, &StoredKey { key, outcome: id.clone(), created_at: tx.now() }).await?;
                }
                tx.audit(entry.about(&id));
                Ok(Ok((id, false)))
            })
        })
        .await?;
    let (id, replayed) = saved?;
    let value = line(desk, id.parse().map_err(|_| Error::Internal)?).await?;
    Ok(Answered { value, repeated: replayed, replayed })
}

/// What is wrong with the fields of a payee that is not saved yet.
pub async fn check(
    desk: &Desk,
    caller: &Caller,
    client_number: Option<&str>,
    input: &PayeeInput,
    fields: PayeeFields,
) -> Result<Vec<FieldError>, Error> {
    permit(desk, caller, Operation::ChangePayees).await?;
    let mut checks = Fields::default();
    parse_payee(&desk.keys, &mut checks, input, fields);
    client_of(desk, caller, &mut checks, client_number).await?;
    match checks.done() {
        Err(Error::Validation(errors)) => Ok(errors),
        done => done.map(|()| Vec::new()),
    }
}

/// One saved payee in the caller's sight.
pub async fn get(desk: &Desk, caller: &Caller, id: PayeeId) -> Result<PayeeLine, Error> {
    permit(desk, caller, Operation::ReadPayees).await?;
    find(desk, caller, id).await
}

/// The payee of a client with these details, saved or only paid before.
pub(super) async fn known(desk: &Desk, client: ClientId, fingerprint: &str) -> Result<Option<PayeeLine>, Error> {
    let mut reader = desk.store.read().await?;
    let Some(id) = rows::known(&mut reader, client, fingerprint).await? else { return Ok(None) };
    Ok(rows::get(&mut reader, id.parse().map_err(|_| Error::Internal)?).await?)
}

pub(super) async fn find(desk: &Desk, caller: &Caller, id: PayeeId) -> Result<PayeeLine, Error> {
    let mut reader = desk.store.read().await?;
    rows::get(&mut reader, id)
        .await?
        .filter(|line| caller.may_see(line.payee.client_id))
        .filter(|line| line.payee.saved_at.is_some() && line.payee.deleted_at.is_none())
        .ok_or(Error::NotFound("Beneficiary"))
}

/// The same for somebody who wants to change it: that there is none is written down.
pub(super) async fn find_for(desk: &Desk, caller: &Caller, id: PayeeId, action: &str) -> Result<PayeeLine, Error> {
    match find(desk, caller, id).await {
        Err(Error::NotFound(what)) => {
            let refusal = Refusal::new(Rule::PayeeNotFound, "There is no such payee.");
            let entry = Entry::done(caller, desk.clock.now(), action).about(id).refused(&refusal);
            audit_only(desk, entry).await?;
            Err(Error::NotFound(what))
        }
        found => found,
    }
}

/// Saved payees in the caller's sight, newest first, older than `before`; and where older ones start. Each comes with
/// its accounts.
pub async fn list(
    desk: &Desk,
    caller: &Caller,
    query: &PayeeQuery<'_>,
    before: Option<PayeeId>,
    limit: usize,
) -> Result<(Vec<PayeeLine>, Option<PayeeId>), Error> {
    permit(desk, caller, Operation::ReadPayees).await?;
    let mut reader = desk.store.read().await?;
    let mut filter = filter(desk, caller, query);
    if let Some(number) = query.client {
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
    let filter = filter(desk, caller, &PayeeQuery { search, ..PayeeQuery::default() });
    let total = rows::count(&mut reader, &filter, DEEPEST).await?;
    let rows = rows::page(&mut reader, &filter, oldest_first, window).await?;
    Ok(Numbered { rows, total })
}

/// Saved payees behind the first `skip`, newest first: for contracts that page so.
pub async fn skipped(
    desk: &Desk,
    caller: &Caller,
    query: &PayeeQuery<'_>,
    (skip, limit): (i64, i64),
) -> Result<Vec<PayeeLine>, Error> {
    permit(desk, caller, Operation::ReadPayees).await?;
    let mut reader = desk.store.read().await?;
    Ok(rows::page(&mut reader, &filter(desk, caller, query), false, (skip, limit)).await?)
}

/// Changes a payee's own details, and switches it off or on when `active` says so. What is not said stays; what is
/// blank is taken away. Accounts are not touched.
///
/// Errors: another payee has these details ([`Rule::PayeeExists`]); others kept changing it ([`Rule::Stale`]).
pub async fn update(
    desk: &Desk,
    caller: &Caller,
    id: PayeeId,
    input: &PayeeInput,
    fields: PayeeFields,
    active: Option<bool>,
) -> Result<PayeeLine, Error> {
    permit_on(desk, caller, Operation::ChangePayees, id).await?;
    let action = match (*input == PayeeInput::default(), active) {
        (true, Some(true)) => "payee.switch_on",
        (true, Some(false)) => "payee.switch_off",
        _ => "payee.update",
    };
    for _ in 0..TRIES {
        let before = find_for(desk, caller, id, action).await?.payee;
        let mut checks = Fields::default();
        let details = parse_payee(&desk.keys, &mut checks, &input.over(&before), fields);
        checks.done()?;
        if let Some(changed) = write(desk, caller, action, before, details, active).await? {
            changed?;
            return line(desk, id).await;
        }
    }
    let refusal = Refusal::new(Rule::Stale, "Others kept changing this payee.").instead("Try again.");
    audit_only(desk, Entry::done(caller, desk.clock.now(), action).about(id).refused(&refusal)).await?;
    Err(refusal.into())
}

/// Switches a payee off, so that it gets no new payouts and accounts, or on again. Twice is once.
pub async fn set_active(desk: &Desk, caller: &Caller, id: PayeeId, active: bool) -> Result<PayeeLine, Error> {
    update(desk, caller, id, &PayeeInput::default(), PayeeFields::STAFF, Some(active)).await
}

/// Deletes a saved payee: it cannot be chosen any more, and payouts made to it keep it.
pub async fn delete(desk: &Desk, caller: &Caller, id: PayeeId) -> Result<(), Error> {
    permit(desk, caller, Operation::ChangePayees).await?;
    let line = find_for(desk, caller, id, "payee.delete").await?;
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

/// Writes the payee with these details; none when it was changed since `before` was read.
async fn write(
    desk: &Desk,
    caller: &Caller,
    action: &'static str,
    before: Payee,
    details: PayeeDetails,
    active: Option<bool>,
) -> Result<Option<Result<(), Refusal>>, Error> {
    let caller = caller.clone();
    let written = desk.store.write(move |tx| {
        let (before, details, caller) = (before.clone(), details.clone(), caller.clone());
        Box::pin(async move {
            let now = tx.now();
            let entry =
                Entry { client_id: Some(before.client_id), ..Entry::done(&caller, now, action).about(before.id) };
            let same = rows::with_details(tx, before.client_id, &details.fingerprint).await?;
            if same.is_some_and(|id| id != before.id.to_string()) {
                let refusal = Refusal::new(Rule::PayeeExists, "Another payee of this client has these details.")
                    .instead("Use that one, or give this one details of its own.");
                tx.audit(entry.refused(&refusal));
                return Ok(Some(Err(refusal)));
            }
            let mut after = details.over(&before);
            after.disabled_at = match active {
                Some(true) => None,
                Some(false) => before.disabled_at.or(Some(now)),
                None => before.disabled_at,
            };
            if after == before {
                tx.audit(Entry { outcome: Outcome::Repeated, ..entry });
                return Ok(Some(Ok(())));
            }
            after.updated_at = now;
            after.version += 1;
            if !rows::change(tx, &after).await? {
                return Ok(None);
            }
            tx.audit(entry);
            Ok(Some(Ok(())))
        })
    });
    Ok(written.await?)
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

async fn line(desk: &Desk, id: PayeeId) -> Result<PayeeLine, Error> {
    let mut reader = desk.store.read().await?;
    rows::get(&mut reader, id).await?.ok_or(Error::Internal)
}

fn filter(desk: &Desk, caller: &Caller, query: &PayeeQuery<'_>) -> PayeeFilter {
    let given = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let search = given(query.search);
    PayeeFilter {
        client: caller.client(),
        search_hash: search.as_deref().and_then(|text| accounts::number_hash(&desk.keys, text)),
        search,
        number_hash: given(query.number).map(|number| {
            // What holds no letter or digit is nobody's number.
            accounts::number_hash(&desk.keys, &number).unwrap_or_default()
        }),
        from: query.from,
        to: query.to,
    }
}
