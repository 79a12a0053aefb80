//! What can be frozen, found by what was typed.

use crate::domain::caller::Caller;
use crate::domain::freeze::Scope;
use crate::domain::ids::{ClientId, CredentialId, PayeeId, WalletId};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::fields::Fields;
use crate::service::wallets::find_client;
use crate::service::{Desk, permit};
use crate::store::wallets::MOST_WALLETS;
use crate::store::{Reader, credentials, freezes as rows, payees, wallets};

/// What is frozen, or to be frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub scope: Scope,
    /// As [`Freeze::subject`](crate::domain::freeze::Freeze::subject) keeps it.
    pub id: String,
    pub name: String,
    /// None for a rail and for everything.
    pub client_id: Option<ClientId>,
}

/// One that can be chosen in a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub id: String,
    pub name: String,
}

/// What can be chosen; none where there are too many to list, so that an id is asked for.
pub async fn choices(desk: &Desk, caller: &Caller, scope: Scope) -> Result<Option<Vec<Choice>>, Error> {
    permit(desk, caller, Operation::Freeze).await?;
    let mut reader = desk.store.read().await?;
    let choice = |id: String, name: String| Choice { id, name };
    Ok(match scope {
        Scope::Client => {
            let clients = wallets::clients(&mut reader).await?.into_iter();
            Some(clients.map(|client| choice(client.id.to_string(), client.name)).collect())
        }
        Scope::Wallet => {
            let clients = wallets::clients(&mut reader).await?;
            let owner = |id: ClientId| {
                let found = clients.iter().find(|client| client.id == id);
                found.map(|client| client.name.clone()).unwrap_or_default()
            };
            let wallets = wallets::list(&mut reader, caller.client(), MOST_WALLETS).await?.into_iter();
            let name = |name: &str, client| format!("{name}, {}", owner(client));
            Some(wallets.map(|w| choice(w.id.to_string(), name(&w.name, w.client_id))).collect())
        }
        Scope::Rail => {
            let rails = rows::rails(&mut reader).await?.into_iter();
            Some(rails.map(|rail| choice(rail.clone(), rail)).collect())
        }
        Scope::Everything | Scope::Payee | Scope::Credential => None,
    })
}

/// The subject that was typed, in the caller's sight; otherwise what is wrong with it.
///
/// Errors: programs freeze nothing that is not their client's.
pub(super) async fn find(
    desk: &Desk,
    caller: &Caller,
    fields: &mut Fields,
    scope: Scope,
    typed: &str,
) -> Result<Option<Subject>, Error> {
    let own_only = caller.client().is_some();
    if own_only && matches!(scope, Scope::Everything | Scope::Rail) {
        fields
            .wrong("scope", "must be client, wallet, payee or credential: programs freeze only what is their client's");
        return Ok(None);
    }
    if scope == Scope::Everything {
        if !typed.is_empty() {
            fields.wrong("subject", "must be blank for everything");
        }
        return Ok(Some(Subject { scope, id: String::new(), name: String::new(), client_id: None }));
    }
    if typed.is_empty() {
        fields.wrong("subject", "is required");
        return Ok(None);
    }
    let mut reader = desk.store.read().await?;
    let found = match scope {
        Scope::Rail => {
            let known = rows::rails(&mut reader).await?.into_iter().find(|rail| rail == typed);
            return Ok(match known {
                Some(rail) => Some(Subject { scope, id: rail.clone(), name: rail, client_id: None }),
                None => {
                    fields.wrong("subject", "must be the provider of a wallet");
                    None
                }
            });
        }
        Scope::Client => client(&mut reader, typed).await?,
        Scope::Wallet => wallet(&mut reader, typed).await?,
        Scope::Payee => payee(&mut reader, typed).await?,
        Scope::Credential => credential(&mut reader, typed).await?,
        Scope::Everything => None,
    };
    let found = found.filter(|(_, _, client)| caller.may_see(*client));
    if found.is_none() {
        fields.wrong("subject", format!("must be the id of a {} of this desk", scope.name()));
    }
    Ok(found.map(|(id, name, client)| Subject { scope, id, name, client_id: Some(client) }))
}

type Found = Option<(String, String, ClientId)>;

async fn client(reader: &mut Reader, typed: &str) -> Result<Found, Error> {
    let found = find_client(reader, typed).await?;
    Ok(found.map(|client| (client.id.to_string(), client.name, client.id)))
}

async fn wallet(reader: &mut Reader, typed: &str) -> Result<Found, Error> {
    let found = match (typed.parse::<i64>(), typed.parse::<WalletId>()) {
        (Ok(number), _) => wallets::by_number(reader, number).await?,
        (_, Ok(id)) => wallets::by_id(reader, id).await?,
        _ => None,
    };
    Ok(found.map(|wallet| (wallet.id.to_string(), wallet.name, wallet.client_id)))
}

/// Also a payee that is not saved: whoever is paid may have to be stopped.
async fn payee(reader: &mut Reader, typed: &str) -> Result<Found, Error> {
    let Ok(id) = typed.parse::<PayeeId>() else { return Ok(None) };
    let found = payees::get(reader, id).await?;
    Ok(found.map(|line| (line.payee.id.to_string(), line.payee.name(), line.payee.client_id)))
}

async fn credential(reader: &mut Reader, typed: &str) -> Result<Found, Error> {
    let Ok(id) = typed.parse::<CredentialId>() else { return Ok(None) };
    let found = credentials::find(reader, id).await?;
    Ok(found.map(|credential| (credential.id.to_string(), credential.name, credential.client_id)))
}
