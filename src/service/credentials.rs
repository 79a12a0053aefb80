//! Credentials: how programs sign in, for which client, and what they may do.

use std::net::IpAddr;

use ipnet::IpNet;

use super::fields::Fields;
use super::{Desk, passwords, permit, secrets};
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::ids::{ClientId, CredentialId, StaffId};
use crate::domain::staff::{Operation, Scope};
use crate::error::Error;
use crate::store::Reader;
use crate::store::credentials as rows;
pub use crate::store::credentials::Credential;
use crate::store::staff::{self as people, Member};
use crate::store::wallets::{self, Client};

/// A credential to be made, as typed.
#[derive(Debug, Clone, Default)]
pub struct NewCredential {
    /// The client's id or number.
    pub client: String,
    /// The owner's id or email; the owner counts as the maker of what the program makes.
    pub owner: String,
    pub name: String,
    /// `READ`, `WRITE`, `PAY`, `READ_SENSITIVE`.
    pub scopes: Vec<String>,
    /// Addresses and networks, separated by blanks, commas or lines; empty allows every address.
    pub ip_list: String,
}

/// A new credential with its secret, which is shown once and cannot be read again.
#[derive(Clone)]
pub struct Issued {
    pub credential: Credential,
    pub password: String,
}

/// The most addresses and networks of one credential.
const MOST_NETWORKS: usize = 100;

/// Makes a credential. [`Error::Validation`] names every field that cannot be used.
pub async fn create(desk: &Desk, caller: &Caller, new: &NewCredential) -> Result<Issued, Error> {
    permit(desk, caller, Operation::ManageCredentials).await?;
    let mut fields = Fields::default();
    let name = fields.required("name", Some(&new.name), 100);
    let scopes = scopes(&mut fields, &new.scopes);
    let networks = networks(&new.ip_list).unwrap_or_else(|why| {
        fields.wrong("ip_list", why);
        Vec::new()
    });
    if scopes.contains(&Scope::ReadSensitive) && new.ip_list.trim().is_empty() {
        fields.wrong("ip_list", "is required for READ_SENSITIVE");
    }
    let mut reader = desk.store.read().await?;
    let client = find_client(&mut reader, &new.client).await?;
    if client.is_none() {
        fields.wrong("client", "must be a client of this desk");
    }
    let owner = find_owner(&mut reader, &new.owner).await?.filter(Member::is_enabled);
    if owner.is_none() {
        fields.wrong("owner", "must be a staff member who can sign in");
    }
    drop(reader);
    fields.done()?;
    let (Some(client), Some(owner)) = (client, owner) else { return Err(Error::Internal) };

    let password = format!("sk_{}", secrets::secret());
    let hash = passwords::hash(&desk.access, password.clone()).await?;
    let draft = Draft {
        client,
        owner,
        name,
        username: format!("pd_{}", secrets::handle()),
        scopes: words(scopes.iter().map(|scope| scope.name())),
        ip_list: words(networks),
    };
    let caller = caller.clone();
    let credential = desk
        .store
        .write(move |tx| {
            let (caller, draft, hash) = (caller.clone(), draft.clone(), hash.clone());
            Box::pin(async move {
                // A form that is sent twice makes one credential.
                if rows::is_named(tx, draft.client.id, &draft.name).await? {
                    return Ok(None);
                }
                let credential = draft.credential(tx.mint().next(), caller.person());
                rows::insert(tx, &credential, &hash).await?;
                let mut entry = Entry::done(&caller, tx.now(), "credential.create").about(credential.id);
                entry.client_id = Some(credential.client_id);
                let what = format!("{} for {}: {}", credential.name, credential.client_name, credential.scopes);
                tx.audit(entry.because(Some(what)));
                Ok(Some(credential))
            })
        })
        .await?;
    desk.access.forget();
    let credential =
        credential.ok_or_else(|| Error::field("name", "belongs to another credential of this client already"))?;
    Ok(Issued { credential, password })
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
                    rows::end_refresh_tokens(tx, id).await?;
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

/// Reads addresses and networks in CIDR notation. The error is to be read after the field's name.
pub fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    let words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let mut networks = Vec::new();
    for word in words {
        let network = match word.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address.to_canonical()),
            Err(_) => word
                .parse::<IpNet>()
                .map_err(|_| "must be addresses or networks such as 203.0.113.7 or 203.0.113.0/24".to_owned())?
                .trunc(),
        };
        if !networks.contains(&network) {
            networks.push(network);
        }
    }
    if networks.len() > MOST_NETWORKS {
        return Err(format!("must have at most {MOST_NETWORKS} addresses and networks"));
    }
    Ok(networks)
}

/// Whether a list as it is kept admits the address; an empty one admits every address.
pub fn admits(ip_list: &str, ip: Option<IpAddr>) -> bool {
    if ip_list.is_empty() {
        return true;
    }
    let Some(ip) = ip.map(|ip| ip.to_canonical()) else { return false };
    ip_list.split(' ').filter_map(|network| network.parse::<IpNet>().ok()).any(|network| network.contains(&ip))
}

/// The scopes as they are kept.
pub fn scopes_of(text: &str) -> Vec<Scope> {
    text.split(' ').filter_map(Scope::from_name).collect()
}

/// What a credential will be once it has an id.
#[derive(Debug, Clone)]
struct Draft {
    client: Client,
    owner: Member,
    name: String,
    username: String,
    scopes: String,
    ip_list: String,
}

impl Draft {
    fn credential(self, id: CredentialId, created_by: Option<StaffId>) -> Credential {
        Credential {
            id,
            client_id: self.client.id,
            client_name: self.client.name,
            staff_id: self.owner.id,
            owner_name: self.owner.name,
            name: self.name,
            username: self.username,
            scopes: self.scopes,
            ip_list: self.ip_list,
            created_by,
            last_used_at: None,
            revoked_at: None,
            version: 1,
        }
    }
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Issued({})", self.credential.id)
    }
}

fn scopes(fields: &mut Fields, names: &[String]) -> Vec<Scope> {
    let mut scopes: Vec<Scope> = Vec::new();
    for name in names {
        match Scope::from_name(name.trim()) {
            Some(scope) if scopes.contains(&scope) => {}
            Some(scope) => scopes.push(scope),
            None => {
                fields.wrong("scopes", "must be READ, WRITE, PAY or READ_SENSITIVE");
                return scopes;
            }
        }
    }
    if scopes.is_empty() {
        fields.wrong("scopes", "must have at least one");
    }
    scopes
}

async fn find_client(reader: &mut Reader, text: &str) -> Result<Option<Client>, Error> {
    let text = text.trim();
    Ok(match (text.parse::<ClientId>(), text.parse::<i64>()) {
        (Ok(id), _) => wallets::client(reader, id).await?,
        (_, Ok(number)) => wallets::client_by_number(reader, number).await?,
        _ => None,
    })
}

async fn find_owner(reader: &mut Reader, text: &str) -> Result<Option<Member>, Error> {
    match text.trim().parse::<StaffId>() {
        Ok(id) => Ok(people::find(reader, id).await?),
        Err(_) => Ok(people::find_by_email(reader, &text.trim().to_lowercase()).await?),
    }
}

fn words<T: ToString>(parts: impl IntoIterator<Item = T>) -> String {
    parts.into_iter().map(|part| part.to_string()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::FieldError;

    fn ip(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[test]
    fn addresses_and_networks_are_read_in_any_list_form() {
        let list = networks("203.0.113.7, 198.51.100.9/24\n2001:db8::/32 ::ffff:192.0.2.1 203.0.113.7").unwrap();
        let list = words(list);
        assert_eq!(list, "203.0.113.7/32 198.51.100.0/24 2001:db8::/32 192.0.2.1/32");
        assert!(admits(&list, ip("198.51.100.200")));
        assert!(admits(&list, ip("::ffff:203.0.113.7")));
        assert!(admits(&list, ip("2001:db8::1")));
        assert!(!admits(&list, ip("203.0.113.8")));
        assert!(!admits(&list, None));
        assert!(admits("", None));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["10.0.0.0/33", "example.com", "10.0.0", "1.2.3.4/"] {
            assert!(networks(text).is_err(), "{text}");
        }
    }

    #[test]
    fn at_least_one_known_scope_is_needed() {
        for (names, wrong) in [(vec![], true), (vec!["ALL"], true), (vec!["READ", "PAY", "READ"], false)] {
            let mut fields = Fields::default();
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            let read = scopes(&mut fields, &names);
            let errors = matches!(fields.done(), Err(Error::Validation(errors))
                if errors.iter().all(|FieldError { field, .. }| *field == "scopes"));
            assert_eq!(errors, wrong, "{names:?}");
            assert!(wrong || read == [Scope::Read, Scope::Pay]);
        }
    }
}
