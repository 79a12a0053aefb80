//! The accounts of payees: added, switched off, deleted; sealed where they are kept, opened for a rail or for whoever
//! may see them.

use serde_json::{Map, Value};

use super::approval_requests::rare;
use super::fields::Fields;
use super::idempotency::{Answered, Earlier, earlier, key};
use super::payees::input::{AccountInput, parse_account};
use super::{Desk, audit_only, links, payees, permit, permit_on};
use crate::domain::approval::{Act, Need, Proposal};
use crate::domain::audit::{Entry, Outcome};
use crate::domain::books::StoredKey;
use crate::domain::caller::Caller;
use crate::domain::freeze::{Freezes, Stop};
use crate::domain::ids::{AccountId, PayeeId, PayoutLinkId};
use crate::domain::money::Currency;
use crate::domain::payee::{Payee, PayeeDetails};
use crate::domain::payee_account::{AccountDetails, AccountIdentity, AccountKind, PayeeAccount, number, plain_number};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::keys::{Keys, Unsealable};
use crate::store::payee_accounts::{self as rows, AccountFilter, AccountLine};
use crate::store::sealed::PAYEE_ACCOUNT;
use crate::store::{Tx, freezes, keys, payees as payee_rows, payouts};

/// Bank details in full. They go into one answer that nobody keeps.
#[derive(Clone)]
pub struct Revealed {
    pub payee: Payee,
    pub account: Option<PayeeAccount>,
    /// Empty when no account is known.
    pub identifiers: Map<String, Value>,
}

/// Which accounts of saved payees are wanted.
#[derive(Debug, Clone, Default)]
pub struct AccountQuery<'a> {
    pub payee: Option<PayeeId>,
    /// The account number, IBAN, UPI address or revtag, whole.
    pub number: Option<&'a str>,
    /// Made at or after, and before, in Unix microseconds.
    pub from: Option<i64>,
    pub to: Option<i64>,
}

/// An account whose identifiers are not sealed yet.
#[derive(Clone)]
pub struct Plain {
    pub kind: AccountKind,
    pub currency: Option<Currency>,
    pub country: Option<String>,
    pub holder_name: Option<String>,
    pub identifiers: Map<String, Value>,
    pub label: Option<String>,
}

/// Adds an account to a saved payee. The same details again answer the account that has them, switched off or not.
///
/// Errors: the payee is switched off ([`Rule::PayeeInactive`]); a rule wants it approved first ([`Rule::NeedsApproval`]),
/// and staff have asked for that then.
pub async fn add(
    desk: &Desk,
    caller: &Caller,
    payee: PayeeId,
    input: &AccountInput,
    idempotency_key: Option<&str>,
) -> Result<Answered<AccountLine>, Error> {
    permit_on(desk, caller, Operation::ChangePayees, payee).await?;
    add_for(desk, caller, payee, input, idempotency_key).await
}

/// The same for a use case that has its own permission.
pub(super) async fn add_for(
    desk: &Desk,
    caller: &Caller,
    payee: PayeeId,
    input: &AccountInput,
    idempotency_key: Option<&str>,
) -> Result<Answered<AccountLine>, Error> {
    const ACTION: &str = "payee_account.create";
    let mut checks = Fields::default();
    let details = parse_account(&desk.keys, &mut checks, input);
    checks.done()?;
    let details = details.ok_or(Error::Internal)?;
    let client = payees::find_for(desk, caller, payee, ACTION).await?.payee.client_id;
    let key = key(caller, ACTION, idempotency_key, &(payee, &details))?;
    let caller = caller.clone();
    let added = desk
        .store
        .write(move |tx| {
            let (details, caller, key) = (details.clone(), caller.clone(), key.clone());
            Box::pin(async move {
                let entry = Entry { client_id: Some(client), ..Entry::done(&caller, tx.now(), ACTION) };
                match earlier(tx, key.as_ref(), &entry).await? {
                    Earlier::None => {}
                    Earlier::Same(id) => return Ok(Ok((id, true, true))),
                    Earlier::Other(refusal) => return Ok(Err(refusal)),
                }
                let (id, there, asked) = match rows::with_details(tx, payee, &details.fingerprint).await? {
                    Some(id) => (id, true, None),
                    None => {
                        let owner = payee_rows::find(tx, payee).await?.filter(|payee| payee.deleted_at.is_none());
                        let gone = || Refusal::new(Rule::PayeeNotFound, "There is no such payee.");
                        let owner = owner.ok_or_else(gone).and_then(|owner| may_have_more(&owner).map(|()| owner));
                        let owner = match owner {
                            Ok(owner) => owner,
                            Err(refusal) => {
                                tx.audit(entry.about(payee).refused(&refusal));
                                return Ok(Err(refusal));
                            }
                        };
                        let mut account = details.into_account(&owner, tx.mint());
                        let need = match needed(tx, &caller, &account).await? {
                            Ok(need) => need,
                            Err(refusal) => {
                                tx.audit(entry.about(payee).refused(&refusal));
                                return Ok(Err(refusal));
                            }
                        };
                        let asked = put(tx, &caller, &owner, &mut account, need).await?;
                        (account.id.to_string(), false, asked)
                    }
                };
                if let Some(refusal) = asked {
                    tx.audit(entry.about(&id));
                    return Ok(Err(refusal));
                }
                if let Some(key) = key {
                    keys::insert(tx, &StoredKey { key, outcome: id.clone(), created_at: tx.now() }).await?;
                }
                let outcome = if there { Outcome::Repeated } else { Outcome::Done };
                tx.audit(Entry { outcome, ..entry.about(&id) });
                Ok(Ok((id, there, false)))
            })
        })
        .await?;
    let (id, repeated, replayed) = added?;
    let mut reader = desk.store.read().await?;
    let id: AccountId = id.parse().map_err(|_| Error::Internal)?;
    let value = rows::get(&mut reader, id).await?.ok_or(Error::Internal)?;
    Ok(Answered { value, repeated, replayed })
}

/// One account of a saved payee in the caller's sight, masked.
pub async fn get(desk: &Desk, caller: &Caller, id: AccountId) -> Result<AccountLine, Error> {
    permit(desk, caller, Operation::ReadPayees).await?;
    find(desk, caller, id).await
}

/// Accounts in the caller's sight, newest first, older than `before`; and where older ones start.
pub async fn list(
    desk: &Desk,
    caller: &Caller,
    query: &AccountQuery<'_>,
    before: Option<AccountId>,
    limit: usize,
) -> Result<(Vec<AccountLine>, Option<AccountId>), Error> {
    permit(desk, caller, Operation::ReadPayees).await?;
    let mut reader = desk.store.read().await?;
    let mut lines = rows::list(&mut reader, &filter(desk, caller, query), before, limit as i64 + 1).await?;
    let more = lines.len() > limit;
    lines.truncate(limit);
    let older = lines.last().map(|line| line.account.id).filter(|_| more);
    Ok((lines, older))
}

/// The same behind the first `skip`: for contracts that page so.
pub async fn skipped(
    desk: &Desk,
    caller: &Caller,
    query: &AccountQuery<'_>,
    (skip, limit): (i64, i64),
) -> Result<Vec<AccountLine>, Error> {
    permit(desk, caller, Operation::ReadPayees).await?;
    let mut reader = desk.store.read().await?;
    Ok(rows::page(&mut reader, &filter(desk, caller, query), (skip, limit)).await?)
}

/// Switches an account off, so that no new payout goes to it, or on again. Twice is once.
pub async fn set_active(desk: &Desk, caller: &Caller, id: AccountId, active: bool) -> Result<AccountLine, Error> {
    let action = if active { "payee_account.switch_on" } else { "payee_account.switch_off" };
    let line = find_for(desk, caller, id, action).await?;
    let (client, caller) = (line.account.client_id, caller.clone());
    let switched = desk
        .store
        .write(move |tx| {
            let caller = caller.clone();
            Box::pin(async move {
                let entry = Entry { client_id: Some(client), ..Entry::done(&caller, tx.now(), action).about(id) };
                // As it stands now: it may have been switched or deleted since it was looked up.
                let account = rows::find(tx, id).await?.filter(|account| account.deleted_at.is_none());
                let Some(account) = account else {
                    let refusal = Refusal::new(Rule::NotFound, "There is no such account.");
                    tx.audit(entry.refused(&refusal));
                    return Ok(Err(Error::NotFound("Account")));
                };
                if active
                    && !account.is_active()
                    && let Some(refusal) = may_switch_on(tx, &caller, &account).await?
                {
                    tx.audit(entry.refused(&refusal));
                    return Ok(Err(refusal.into()));
                }
                let changed = rows::set_active(tx, id, active).await?;
                let outcome = if changed { Outcome::Done } else { Outcome::Repeated };
                tx.audit(Entry { outcome, ..entry });
                Ok(Ok(()))
            })
        })
        .await?;
    switched?;
    let mut reader = desk.store.read().await?;
    rows::get(&mut reader, id).await?.ok_or(Error::Internal)
}

/// What a rule asks for before a new account of a payee is used.
///
/// Errors: a program gives it, or nobody could approve it.
pub(super) async fn needed(
    tx: &mut Tx<'_>,
    caller: &Caller,
    account: &PayeeAccount,
) -> Result<Result<Option<Need>, Refusal>, sqlx::Error> {
    let act = Act::UseAccount { account_id: account.id, payee_id: account.payee_id };
    rare::gate(tx, caller, &account.id.to_string(), &act, Some(account.client_id)).await
}

/// Writes a new account. What has to be approved first stands switched off and is asked for: that refusal is answered.
pub(super) async fn put(
    tx: &mut Tx<'_>,
    caller: &Caller,
    owner: &Payee,
    account: &mut PayeeAccount,
    need: Option<Need>,
) -> Result<Option<Refusal>, sqlx::Error> {
    if need.is_some() {
        account.wait();
    }
    rows::insert(tx, account).await?;
    match need {
        Some(need) => ask(tx, caller, owner, account, need).await.map(Some),
        None => Ok(None),
    }
}

/// Asks for the use of an account that stands switched off.
pub(super) async fn ask(
    tx: &mut Tx<'_>,
    caller: &Caller,
    owner: &Payee,
    account: &PayeeAccount,
    need: Need,
) -> Result<Refusal, sqlx::Error> {
    let act = Act::UseAccount { account_id: account.id, payee_id: account.payee_id };
    rare::ask(tx, caller, about(owner, account, act), need).await
}

/// Refuses to switch on what is frozen, or what a rule wants approved first; staff have asked for that then.
async fn may_switch_on(
    tx: &mut Tx<'_>,
    caller: &Caller,
    account: &PayeeAccount,
) -> Result<Option<Refusal>, sqlx::Error> {
    let freezes = Freezes(freezes::active_now(tx).await?);
    let frozen = freezes
        .check_caller(caller, Stop::Approve)
        .and_then(|()| freezes.check_payee(account.client_id, account.payee_id, Stop::Approve));
    if let Err(refusal) = frozen {
        return Ok(Some(refusal));
    }
    let need = match needed(tx, caller, account).await? {
        Ok(None) => return Ok(None),
        Ok(Some(need)) => need,
        Err(refusal) => return Ok(Some(refusal)),
    };
    let Some(owner) = payee_rows::find(tx, account.payee_id).await? else { return Ok(None) };
    ask(tx, caller, &owner, account, need).await.map(Some)
}

/// What is asked when an account is to be used; its numbers stay masked.
fn about(owner: &Payee, account: &PayeeAccount, act: Act) -> Proposal {
    Proposal {
        amount: None,
        subject_id: account.id.to_string(),
        client_id: Some(account.client_id),
        title: format!("Pay {} to another account", owner.name()),
        facts: vec![
            ("Account", account.label.clone().unwrap_or_default()),
            ("Holder", account.holder_name.clone().unwrap_or_default()),
            ("Until then", "The account stands switched off".to_owned()),
        ],
        act,
    }
}

/// Deletes an account: it cannot be chosen any more, and payouts made to it keep it.
pub async fn delete(desk: &Desk, caller: &Caller, id: AccountId) -> Result<(), Error> {
    const ACTION: &str = "payee_account.delete";
    let line = find_for(desk, caller, id, ACTION).await?;
    let (client, caller) = (line.account.client_id, caller.clone());
    let deleted = desk
        .store
        .write(move |tx| {
            let caller = caller.clone();
            Box::pin(async move {
                let deleted = rows::delete(tx, id).await?;
                if deleted {
                    tx.audit(Entry { client_id: Some(client), ..Entry::done(&caller, tx.now(), ACTION).about(id) });
                }
                Ok(deleted)
            })
        })
        .await?;
    if deleted { Ok(()) } else { Err(Error::NotFound("Account")) }
}

/// The details in full of the account that a saved payee is paid on unless another one is named; the audit log has it
/// before they are shown, and every refusal too.
pub async fn reveal(desk: &Desk, caller: &Caller, id: PayeeId) -> Result<Revealed, Error> {
    permit_on(desk, caller, Operation::RevealAccounts, id).await?;
    let line = payees::find_for(desk, caller, id, REVEAL).await?;
    let entry = Entry::done(caller, desk.clock.now(), REVEAL).about(id);
    let account = line.account().cloned();
    opened(desk, line.payee, account, entry).await
}

/// The same of one account.
pub async fn reveal_one(desk: &Desk, caller: &Caller, id: AccountId) -> Result<Revealed, Error> {
    permit_on(desk, caller, Operation::RevealAccounts, id).await?;
    let line = found(desk, caller, id, REVEAL).await?;
    let entry = Entry::done(caller, desk.clock.now(), REVEAL).about(line.payee.id);
    let entry = entry.because(line.account.label.clone());
    opened(desk, line.payee, Some(line.account), entry).await
}

/// The bank details that a payout link was claimed with, saved or not; the audit log has it, about the payee.
pub async fn reveal_of_link(desk: &Desk, caller: &Caller, id: PayoutLinkId) -> Result<Revealed, Error> {
    permit(desk, caller, Operation::RevealAccounts).await?;
    let record = links::get(desk, caller, id).await?;
    let entry = Entry::done(caller, desk.clock.now(), REVEAL);
    let Some(payout) = record.link.payout_id else {
        let refusal = Refusal::new(Rule::PayeeNotFound, "No claim of it stands, so there are no bank details.");
        audit_only(desk, entry.about(id).refused(&refusal)).await?;
        return Err(Error::NotFound("Bank details"));
    };
    let paid = {
        let mut reader = desk.store.read().await?;
        payouts::records(&mut reader, &[payout]).await?.pop().ok_or(Error::Internal)?
    };
    let entry = entry.about(paid.payee.id);
    opened(desk, paid.payee, paid.account, entry).await
}

const REVEAL: &str = "payee.reveal";

/// Writes who looked, then opens the account.
async fn opened(desk: &Desk, payee: Payee, account: Option<PayeeAccount>, entry: Entry) -> Result<Revealed, Error> {
    let opened = account.as_ref().map(|account| open(&desk.keys, account)).transpose().map_err(|error| {
        tracing::error!(%error, payee = %payee.id, "an account cannot be opened");
        Error::Internal
    })?;
    audit_only(desk, Entry { client_id: Some(payee.client_id), ..entry }).await?;
    let identifiers = opened.as_deref().map(serde_json::from_str).transpose().map_err(|_| Error::Internal)?;
    Ok(Revealed { payee, account, identifiers: identifiers.unwrap_or_default() })
}

async fn find(desk: &Desk, caller: &Caller, id: AccountId) -> Result<AccountLine, Error> {
    let mut reader = desk.store.read().await?;
    rows::get(&mut reader, id)
        .await?
        .filter(|line| caller.may_see(line.account.client_id) && line.account.deleted_at.is_none())
        .filter(|line| line.payee.saved_at.is_some() && line.payee.deleted_at.is_none())
        .ok_or(Error::NotFound("Account"))
}

/// The same for somebody who may change payees.
async fn find_for(desk: &Desk, caller: &Caller, id: AccountId, action: &str) -> Result<AccountLine, Error> {
    permit_on(desk, caller, Operation::ChangePayees, id).await?;
    found(desk, caller, id, action).await
}

/// The account; that there is none is written down.
pub(super) async fn found(desk: &Desk, caller: &Caller, id: AccountId, action: &str) -> Result<AccountLine, Error> {
    match find(desk, caller, id).await {
        Err(Error::NotFound(what)) => {
            let refusal = Refusal::new(Rule::AccountNotFound, "There is no such account.");
            let entry = Entry::done(caller, desk.clock.now(), action).about(id).refused(&refusal);
            audit_only(desk, entry).await?;
            Err(Error::NotFound(what))
        }
        found => found,
    }
}

fn filter(desk: &Desk, caller: &Caller, query: &AccountQuery<'_>) -> AccountFilter {
    AccountFilter {
        client: caller.client(),
        payee: query.payee,
        number_hash: query.number.map(|number| number_hash(&desk.keys, number).unwrap_or_default()),
        from: query.from,
        to: query.to,
    }
}

/// Who is switched off gets no more accounts.
pub(super) fn may_have_more(payee: &Payee) -> Result<(), Refusal> {
    if payee.disabled_at.is_none() {
        return Ok(());
    }
    Err(Refusal::new(Rule::PayeeInactive, format!("{} is switched off and gets no new accounts.", payee.name()))
        .instead("Switch the payee on again first."))
}

/// Gives details the fingerprint by which their payee is found again.
pub fn identify(keys: &Keys, details: &mut PayeeDetails) {
    details.fingerprint = keys.fingerprint(&details.identity().text());
}

/// Seals an account just given, and hashes what finds it again.
pub fn account(keys: &Keys, plain: Plain) -> AccountDetails {
    let text = Value::Object(plain.identifiers.clone()).to_string();
    let identity = AccountIdentity {
        kind: plain.kind,
        currency: plain.currency,
        country: plain.country.as_deref(),
        holder_name: plain.holder_name.as_deref(),
        identifiers: &text,
    };
    AccountDetails {
        fingerprint: keys.fingerprint(&identity.text()),
        number_hash: number(&plain.identifiers).and_then(|number| number_hash(keys, &number)),
        identifiers: keys.seal(&PAYEE_ACCOUNT.purpose(), &text),
        kind: plain.kind,
        currency: plain.currency,
        country: plain.country,
        holder_name: plain.holder_name,
        label: plain.label,
    }
}

/// What finds an account by its number; none for a text without a letter or digit.
pub fn number_hash(keys: &Keys, number: &str) -> Option<String> {
    let plain = plain_number(number);
    let has_any = plain.chars().any(char::is_alphanumeric);
    has_any.then(|| keys.fingerprint(&format!("account number {plain}")))
}

/// The account's identifiers, a JSON object as text. Whoever shows them asks [`reveal_one`] instead.
pub fn open(keys: &Keys, account: &PayeeAccount) -> Result<String, Unsealable> {
    keys.open(&PAYEE_ACCOUNT.purpose(), &account.identifiers)
}

/// The account's identifiers, for somebody who has shown that they may use them.
///
/// Errors: it was sealed under a key that is gone.
pub(super) fn members(desk: &Desk, account: &PayeeAccount) -> Result<Map<String, Value>, Error> {
    let opened = open(&desk.keys, account).map_err(|error| {
        tracing::error!(%error, account = %account.id, "an account cannot be opened");
        Error::Internal
    })?;
    serde_json::from_str(&opened).map_err(|_| Error::Internal)
}

/// An account's hashes under the current secret: fingerprint, and hash of the number.
pub fn hashes(keys: &Keys, account: &PayeeAccount, opened: &str) -> (String, Option<String>) {
    let members: Map<String, Value> = serde_json::from_str(opened).unwrap_or_default();
    let number_hash = number(&members).and_then(|number| number_hash(keys, &number));
    (keys.fingerprint(&identity(account, opened).text()), number_hash)
}

/// What its fingerprint is made of.
pub fn identity<'a>(account: &'a PayeeAccount, opened: &'a str) -> AccountIdentity<'a> {
    AccountIdentity {
        kind: account.kind,
        currency: account.currency,
        country: account.country.as_deref(),
        holder_name: account.holder_name.as_deref(),
        identifiers: opened,
    }
}
