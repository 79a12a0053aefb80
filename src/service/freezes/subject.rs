//! What can be frozen, found by what was typed.

use crate::domain::caller::Caller;
use crate::domain::freeze::Scope;
use crate::domain::ids::{ClientId, CredentialId, PayeeId, WalletId};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::fields::Fields;
use crate::service::wallets::find_client;
use crate::service::{Desk, permit};
use crate::store::credentials::Credential;
use crate::store::freezes::NamedPayee;
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

/// The most payees that are offered to choose from.
const MOST_FOUND: i64 = 20;

/// Whether the caller may freeze such a thing at all.
pub(super) fn may_name(caller: &Caller, scope: Scope) -> bool {
    caller.client().is_none() || !matches!(scope, Scope::Everything | Scope::Rail)
}

/// What can be chosen; none where there are too many to list, so that something is typed and looked for.
pub async fn choices(desk: &Desk, caller: &Caller, scope: Scope) -> Result<Option<Vec<Choice>>, Error> {
    permit(desk, caller, Operation::Freeze).await?;
    let mut reader = desk.store.read().await?;
    let choice = |id: String, name: String| Choice { id, name };
    let clients = wallets::clients(&mut reader).await?;
    let owner = |id: ClientId| {
        let found = clients.iter().find(|client| client.id == id);
        found.map(|client| client.name.clone()).unwrap_or_default()
    };
    Ok(match scope {
        Scope::Client => {
            Some(clients.iter().map(|client| choice(client.id.to_string(), client.name.clone())).collect())
        }
        Scope::Wallet => {
            let wallets = wallets::list(&mut reader, caller.client(), MOST_WALLETS).await?.into_iter();
            Some(wallets.map(|w| choice(w.id.to_string(), format!("{}, {}", w.name, owner(w.client_id)))).collect())
        }
        Scope::Credential => {
            let all = credentials::list(&mut reader).await?.into_iter().filter(|one| caller.may_see(one.client_id));
            let ended = |ended: bool| if ended { ", revoked" } else { "" };
            let name =
                |one: &Credential| format!("{}, {}{}", one.name, owner(one.client_id), ended(one.revoked_at.is_some()));
            Some(all.map(|one| choice(one.id.to_string(), name(&one))).collect())
        }
        Scope::Rail => {
            let rails = rows::rails(&mut reader).await?.into_iter();
            Some(rails.map(|rail| choice(rail.clone(), capital(&rail))).collect())
        }
        Scope::Everything | Scope::Payee => None,
    })
}

/// The payees that what was typed may mean: those of whose name or email a word starts like it. At most 20.
pub async fn found(desk: &Desk, caller: &Caller, typed: &str) -> Result<Vec<Choice>, Error> {
    permit(desk, caller, Operation::Freeze).await?;
    let mut reader = desk.store.read().await?;
    let found = starting(&mut reader, caller, typed).await?;
    Ok(found.into_iter().map(|one| Choice { name: one.in_full(), id: one.id }).collect())
}

async fn starting(reader: &mut Reader, caller: &Caller, typed: &str) -> Result<Vec<NamedPayee>, Error> {
    match typed.trim() {
        "" => Ok(Vec::new()),
        text => Ok(rows::payees_starting(reader, text, caller.client(), MOST_FOUND).await?),
    }
}

/// The subject that was typed, in the caller's sight; otherwise what is wrong with it.
pub(super) async fn find(
    desk: &Desk,
    caller: &Caller,
    fields: &mut Fields,
    scope: Scope,
    typed: &str,
) -> Result<Option<Subject>, Error> {
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
                Some(rail) => Some(Subject { scope, name: capital(&rail), id: rail, client_id: None }),
                None => {
                    fields.wrong("subject", "must be the provider of a wallet");
                    None
                }
            });
        }
        Scope::Client => client(&mut reader, typed).await?,
        Scope::Wallet => wallet(&mut reader, typed).await?,
        Scope::Payee => match payee(&mut reader, typed).await? {
            Some(found) => Some(found),
            None => match starting(&mut reader, caller, typed).await?.as_slice() {
                [] => None,
                [one] => Some((one.id.clone(), one.name(), one.client_id)),
                several => {
                    let many = several.len() as i64 >= MOST_FOUND;
                    let more = if many { " or more; type more of it, or" } else { ":" };
                    fields.wrong("subject", format!("may be one of {}{more} choose one", several.len()));
                    return Ok(None);
                }
            },
        },
        Scope::Credential => credential(&mut reader, typed).await?,
        Scope::Everything => None,
    };
    let found = found.filter(|(_, _, client)| caller.may_see(*client));
    if found.is_none() {
        let how = match scope {
            Scope::Payee => "the id, the email or the start of a name of a payee of this desk".to_owned(),
            _ => format!("the id of a {} of this desk", scope.name()),
        };
        fields.wrong("subject", format!("must be {how}"));
    }
    Ok(found.map(|(id, name, client)| Subject { scope, id, name, client_id: Some(client) }))
}

/// The provider's name for a rail: `Sandbox` for `sandbox`.
fn capital(rail: &str) -> String {
    let mut letters = rail.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
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
