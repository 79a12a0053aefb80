//! Credentials: how programs sign in, for which client, and what they may do.

mod draft;
mod secret;
mod waiting;

use super::fields::Fields;
use super::wallets::find_client;
use super::{Desk, permit};
use crate::domain::approval::Act;
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::credential::day;
use crate::domain::dialect::Dialect;
use crate::domain::ids::{ApprovalRequestId, CredentialId, StaffId};
use crate::domain::money::{Currency, Money};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::store::credentials as rows;
pub use crate::store::credentials::Credential;
use crate::store::staff::{self as people, Member};
use crate::store::wallets::{self, Client, MOST_WALLETS};
use crate::store::{Reader, approval_requests as requests};
use draft::Draft;
pub use draft::{admits, networks, scopes_of};
pub use secret::{OVERLAPS, make_code, rotate, upload_certificate};
pub(in crate::service) use waiting::{effect, undo};
pub use waiting::{expected, waiting};

/// A credential to be made, as typed.
#[derive(Debug, Clone, Default)]
pub struct NewCredential {
    /// `wallet`, `revolut`, `razorpay` or `masspay`; blank is `wallet`.
    pub dialect: String,
    /// The client's id or number.
    pub client: String,
    /// The owner's id or email; the owner counts as the maker of what the program makes.
    pub owner: String,
    pub name: String,
    /// `READ`, `WRITE`, `PAY`, `READ_SENSITIVE`.
    pub scopes: Vec<String>,
    /// Addresses and networks, separated by blanks, commas or lines; empty allows every address.
    pub ip_list: String,
    /// The last day on which it works: `2027-12-31`; blank never ends.
    pub last_day: String,
    /// What the caps are in; blank without caps.
    pub cap_currency: String,
    /// The most in one call, and in one day, in major units; blank has no bound.
    pub most_per_call: String,
    pub most_per_day: String,
    /// The host that signs, for Revolut's dialect.
    pub issuer: String,
    /// The certificate it signs with (PEM), for Revolut's dialect; blank when it is uploaded later.
    pub certificate: String,
}

/// A new credential with its secret, which is shown once and cannot be read again.
#[derive(Clone)]
pub struct Issued {
    pub credential: Credential,
    /// None where the program signs with a key of its own.
    pub secret: Option<String>,
    /// What has to be approved before it works.
    pub waits: Option<ApprovalRequestId>,
}

/// Makes a credential. [`Error::Validation`] names every field that cannot be used.
///
/// Where a rule wants new credentials approved it is there, and its secret is shown, but nothing works before that; only a
/// command of the host needs nobody. Refused at once when nobody could approve it.
pub async fn create(desk: &Desk, caller: &Caller, new: &NewCredential) -> Result<Issued, Error> {
    permit(desk, caller, Operation::ManageCredentials).await?;
    let mut fields = Fields::default();
    let draft = Draft::read(&mut fields, new, desk.clock.now());
    let mut reader = desk.store.read().await?;
    let client = find_client(&mut reader, &new.client).await?;
    if client.is_none() {
        fields.wrong("client", "must be a client of this desk");
    }
    let owner = find_owner(&mut reader, &new.owner).await?.filter(Member::is_enabled);
    if owner.is_none() {
        fields.wrong("owner", "must be a staff member who can sign in");
    }
    fields.done()?;
    let (Some(client), Some(owner)) = (client, owner) else { return Err(Error::Internal) };
    let live = rows::is_live(&mut reader, client.id).await?;
    drop(reader);

    let made = secret::make(desk, draft.dialect, live).await?;
    let kept = made.kept.or_else(|| draft.certificate.clone());
    let (caller, username) = (caller.clone(), made.username);
    let written = desk
        .store
        .write(move |tx| {
            let (caller, draft, client, owner) = (caller.clone(), draft.clone(), client.clone(), owner.clone());
            let (username, kept) = (username.clone(), kept.clone());
            Box::pin(async move {
                // A form that is sent twice makes one credential.
                if rows::is_named(tx, client.id, draft.name()).await? {
                    return Ok(Err(Error::field("name", "belongs to another credential of this client already")));
                }
                let now = tx.now();
                let id: CredentialId = tx.mint().next();
                let mut entry = Entry::done(&caller, now, "credential.create").about(id);
                entry.client_id = Some(client.id);
                let act = Act::UseCredential { credential_id: id };
                let need = match waiting::gate(tx, &caller, id, client.id, &act).await? {
                    Ok(need) => need,
                    Err(refusal) => {
                        tx.audit(entry.refused(&refusal));
                        return Ok(Err(refusal.into()));
                    }
                };
                let mut row = draft.row(id, client, owner, username, kept, caller.person());
                row.credential.waiting_since = need.as_ref().map(|_| now);
                rows::insert(tx, &row).await?;
                let credential = row.credential;
                let what = format!("{} for {}: {}", credential.name, credential.client_name, credential.scopes);
                tx.audit(entry.because(Some(what)));
                let waits = match need {
                    Some(need) => waiting::ask(tx, &caller, &credential, act, need).await?,
                    None => None,
                };
                Ok(Ok((credential, waits)))
            })
        })
        .await?;
    desk.access.forget();
    let (credential, waits) = written?;
    Ok(Issued { credential, secret: made.shown, waits })
}

/// All credentials, the newest first.
pub async fn list(desk: &Desk, caller: &Caller) -> Result<Vec<Credential>, Error> {
    permit(desk, caller, Operation::ManageCredentials).await?;
    let mut reader = desk.store.read().await?;
    Ok(rows::list(&mut reader).await?)
}

/// One credential.
pub async fn get(desk: &Desk, caller: &Caller, id: CredentialId) -> Result<Credential, Error> {
    permit(desk, caller, Operation::ManageCredentials).await?;
    let mut reader = desk.store.read().await?;
    rows::find(&mut reader, id).await?.ok_or(Error::NotFound("Credential"))
}

/// What a credential with caps has sent out today (UTC); none without caps.
pub async fn spent_today(desk: &Desk, caller: &Caller, credential: &Credential) -> Result<Option<Money>, Error> {
    permit(desk, caller, Operation::ManageCredentials).await?;
    let Some(caps) = credential.caps() else { return Ok(None) };
    let mut reader = desk.store.read().await?;
    let minor = rows::spent_on(&mut reader, credential.id, day(desk.clock.now())).await?;
    Ok(Some(Money::new(minor, caps.currency)))
}

/// The account numbers that a program of Razorpay's dialect may name: those of its client's open wallets in INR.
pub async fn account_numbers(desk: &Desk, caller: &Caller, credential: &Credential) -> Result<Vec<String>, Error> {
    permit(desk, caller, Operation::ManageCredentials).await?;
    if credential.dialect != Dialect::Razorpay {
        return Ok(Vec::new());
    }
    let mut reader = desk.store.read().await?;
    let wallets = wallets::list(&mut reader, Some(credential.client_id), MOST_WALLETS).await?;
    let rupees = wallets.iter().filter(|wallet| wallet.currency == Currency::INR && wallet.closed_at.is_none());
    Ok(rupees.map(|wallet| wallet.account_number()).collect())
}

/// Who can be named when a credential is made: the clients, and the staff who can sign in.
pub async fn choices(desk: &Desk, caller: &Caller) -> Result<(Vec<Client>, Vec<Member>), Error> {
    permit(desk, caller, Operation::ManageCredentials).await?;
    let mut reader = desk.store.read().await?;
    let clients = wallets::clients(&mut reader).await?;
    let mut owners = people::list(&mut reader).await?;
    owners.retain(Member::is_enabled);
    Ok((clients, owners))
}

/// Takes a credential back for good: its tokens stop working at once.
pub async fn revoke(desk: &Desk, caller: &Caller, id: CredentialId) -> Result<Credential, Error> {
    permit(desk, caller, Operation::ManageCredentials).await?;
    let caller = caller.clone();
    let revoked = desk
        .store
        .write(move |tx| {
            let caller = caller.clone();
            Box::pin(async move {
                let now = tx.now();
                if rows::revoke(tx, id, now).await? > 0 {
                    rows::end_tokens(tx, id).await?;
                    requests::end_of_now(tx, &id.to_string(), "The credential was revoked.").await?;
                    let mut entry = Entry::done(&caller, now, "credential.revoke").about(id);
                    entry.client_id = rows::get(tx, id).await?.map(|credential| credential.client_id);
                    tx.audit(entry);
                }
                rows::get(tx, id).await
            })
        })
        .await?;
    desk.access.forget();
    revoked.ok_or(Error::NotFound("Credential"))
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Issued({})", self.credential.id)
    }
}

async fn find_owner(reader: &mut Reader, text: &str) -> Result<Option<Member>, Error> {
    match text.trim().parse::<StaffId>() {
        Ok(id) => Ok(people::find(reader, id).await?),
        Err(_) => Ok(people::find_by_email(reader, &text.trim().to_lowercase()).await?),
    }
}
