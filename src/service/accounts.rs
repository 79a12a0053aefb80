//! The bank details of payees: sealed where they are kept, opened for a rail or for whoever may see them.

use serde_json::{Map, Value};

use super::{Desk, audit_only, links, payees, permit};
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::command::PayeeDetails;
use crate::domain::ids::{PayeeId, PayoutLinkId};
use crate::domain::payee::{Identity, Payee};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::keys::{Keys, Unsealable};
use crate::store::payees::{self as rows, PayeeLine};
use crate::store::sealed::PAYEE_ACCOUNT;

/// Bank details in full. They go into one answer that nobody keeps.
#[derive(Clone)]
pub struct Revealed {
    pub line: PayeeLine,
    /// Empty when no account is known.
    pub identifiers: Map<String, Value>,
}

/// A saved payee's bank details in full; the audit log has it before they are shown, and every refusal too.
pub async fn reveal(desk: &Desk, caller: &Caller, id: PayeeId) -> Result<Revealed, Error> {
    permit(desk, caller, Operation::RevealAccounts).await?;
    let entry = Entry::done(caller, desk.clock.now(), "payee.reveal").about(id);
    let line = match payees::find(desk, caller, id).await {
        Err(Error::NotFound(what)) => {
            let refusal = Refusal::new(Rule::PayeeNotFound, "There is no such payee.");
            audit_only(desk, entry.refused(&refusal)).await?;
            return Err(Error::NotFound(what));
        }
        found => found?,
    };
    opened(desk, line, entry).await
}

/// The bank details that a payout link was claimed with, saved or not; the audit log has it, about the payee.
pub async fn reveal_of_link(desk: &Desk, caller: &Caller, id: PayoutLinkId) -> Result<Revealed, Error> {
    permit(desk, caller, Operation::RevealAccounts).await?;
    let record = links::get(desk, caller, id).await?;
    let entry = Entry::done(caller, desk.clock.now(), "payee.reveal");
    let Some(payee) = record.link.payee_id else {
        let refusal = Refusal::new(Rule::PayeeNotFound, "No claim of it stands, so there are no bank details.");
        audit_only(desk, entry.about(id).refused(&refusal)).await?;
        return Err(Error::NotFound("Bank details"));
    };
    let line = {
        let mut reader = desk.store.read().await?;
        rows::get(&mut reader, payee).await?.ok_or(Error::Internal)?
    };
    opened(desk, line, entry.about(payee)).await
}

/// Writes who looked, then opens the account.
async fn opened(desk: &Desk, line: PayeeLine, entry: Entry) -> Result<Revealed, Error> {
    let opened = open(&desk.keys, &line.payee).map_err(|error| {
        tracing::error!(%error, payee = %line.payee.id, "an account cannot be opened");
        Error::Internal
    })?;
    audit_only(desk, Entry { client_id: Some(line.payee.client_id), ..entry }).await?;
    let identifiers = opened.as_deref().map(serde_json::from_str).transpose().map_err(|_| Error::Internal)?;
    Ok(Revealed { line, identifiers: identifiers.unwrap_or_default() })
}

/// Seals the account of details just given, and gives them the fingerprint by which they are found again.
pub fn seal_details(keys: &Keys, details: &mut PayeeDetails) {
    let identity = Identity {
        email: &details.email,
        first_name: &details.first_name,
        last_name: &details.last_name,
        country: details.country.as_deref(),
        phone: details.phone.as_deref(),
        identifiers: details.identifiers.as_deref(),
    };
    details.fingerprint = keys.fingerprint(&identity.text());
    details.identifiers = details.identifiers.take().map(|text| keys.seal(&PAYEE_ACCOUNT.purpose(), &text));
}

/// Seals the account of a made-up payee; its fingerprint stays.
pub fn seal(keys: &Keys, payee: &mut Payee) {
    let sealed = payee.account_identifiers.take().map(|text| keys.seal(&PAYEE_ACCOUNT.purpose(), &text));
    payee.account_identifiers = sealed;
}

/// The account's identifiers, a JSON object; none when no account is known.
pub fn open(keys: &Keys, payee: &Payee) -> Result<Option<String>, Unsealable> {
    payee.account_identifiers.as_deref().map(|sealed| keys.open(&PAYEE_ACCOUNT.purpose(), sealed)).transpose()
}
