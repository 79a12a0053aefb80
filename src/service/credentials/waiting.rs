//! Credentials and secrets that a rule wants approved before they work.

use super::{Credential, rows};
use crate::domain::approval::{Act, Need, Proposal, Verb};
use crate::domain::audit::Entry;
use crate::domain::caller::{Caller, Who};
use crate::domain::dialect::Dialect;
use crate::domain::ids::{ApprovalRequestId, ClientId, CredentialId};
use crate::domain::maker::Maker;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::approval_requests::{self, Shown, rare};
use crate::service::approval_rules::{Expected, expected as by_rules};
use crate::service::{Desk, permit};
use crate::store::{Tx, approval_requests as requests};

pub(super) const HOUR: i64 = 3_600 * 1_000_000;

/// What rules ask for before a credential is made for the client, or gets another secret; told before it is.
pub async fn expected(desk: &Desk, caller: &Caller, client: Option<ClientId>) -> Result<Option<Expected>, Error> {
    permit(desk, caller, Operation::ManageCredentials).await?;
    let mut reader = desk.store.read().await?;
    by_rules(&mut reader, &Maker::of(caller), Verb::NewCredential, client, None).await
}

/// The request that the credential, or another secret of it, waits for.
pub async fn waiting(desk: &Desk, caller: &Caller, credential: &Credential) -> Result<Option<Shown>, Error> {
    permit(desk, caller, Operation::ManageCredentials).await?;
    if credential.waiting_since.is_none() && credential.next_secret_by.is_none() {
        return Ok(None);
    }
    let mut reader = desk.store.read().await?;
    let open = requests::open_of(&mut reader, &credential.id.to_string()).await?;
    drop(reader);
    match open.first() {
        Some(request) => approval_requests::show(desk, caller, request.id).await.map(Some),
        None => Ok(None),
    }
}

/// What rules ask for before this works. Whoever owns the machine needs nobody.
pub(super) async fn gate(
    tx: &mut Tx<'_>,
    caller: &Caller,
    credential: CredentialId,
    client: ClientId,
    act: &Act,
) -> Result<Result<Option<Need>, Refusal>, sqlx::Error> {
    match caller.who {
        Who::System => Ok(Ok(None)),
        _ => rare::gate(tx, caller, &credential.to_string(), act, Some(client)).await,
    }
}

/// Asks for it, in the unit that wrote it; answers the request.
pub(super) async fn ask(
    tx: &mut Tx<'_>,
    caller: &Caller,
    credential: &Credential,
    act: Act,
    need: Need,
) -> Result<Option<ApprovalRequestId>, sqlx::Error> {
    let asked = rare::ask(tx, caller, about(credential, act), need).await?;
    Ok(rare::left(&asked))
}

/// Why nothing can be changed about a credential that is not approved yet: what was shown is what is approved.
pub(super) fn waits() -> Refusal {
    Refusal::new(Rule::WrongState, "The credential waits for approval.")
        .instead("Wait until it is approved, or revoke it and make a new one.")
}

/// What is shown of it; secrets never.
fn about(credential: &Credential, act: Act) -> Proposal {
    let or = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
    let mut facts = vec![
        ("Client", credential.client_name.clone()),
        ("Owner", credential.owner_name.clone()),
        ("API", credential.dialect.words().to_owned()),
        ("Known by", credential.username.clone()),
        ("May do", credential.scopes.clone()),
        ("Allowed from", or(&credential.ip_list, "Any address")),
        ("Caps", caps(credential)),
    ];
    let proof = if credential.dialect == Dialect::Revolut { "certificate" } else { "secret" };
    let title = match &act {
        Act::UseSecret { overlap_hours: 0, .. } => {
            facts.push(("Once approved", format!("The {proof} before it stops at once")));
            format!("Use another {proof} of {}", credential.name)
        }
        Act::UseSecret { overlap_hours, .. } => {
            facts.push(("Once approved", format!("The {proof} before it works for {overlap_hours} h yet")));
            format!("Use another {proof} of {}", credential.name)
        }
        _ => {
            facts.push(("Until then", "Every call is refused".to_owned()));
            format!("Use the new credential {}", credential.name)
        }
    };
    Proposal {
        act,
        subject_id: credential.id.to_string(),
        client_id: Some(credential.client_id),
        amount: None,
        title,
        facts,
    }
}

fn caps(credential: &Credential) -> String {
    use crate::domain::money::Money;
    let Some(caps) = credential.caps() else { return "None".to_owned() };
    let money = |minor: i64| Money::new(minor, caps.currency);
    let call = caps.call_minor.map(|minor| format!("{} in one call", money(minor)));
    let day = caps.day_minor.map(|minor| format!("{} in one day", money(minor)));
    call.into_iter().chain(day).collect::<Vec<_>>().join(", ")
}

/// Lets work what was approved, or says why it can no longer be.
pub(in crate::service) async fn effect(
    tx: &mut Tx<'_>,
    act: &Act,
    entry: &mut Entry,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let done = match act {
        Act::UseCredential { credential_id } => {
            entry.action = "credential.let_in".to_owned();
            rows::let_in(tx, *credential_id).await?
        }
        Act::UseSecret { credential_id, overlap_hours } => {
            entry.action = "credential.rotate".to_owned();
            let old_until = tx.now() + overlap_hours * HOUR;
            let used = rows::use_next_secret(tx, *credential_id, old_until).await?;
            if used && *overlap_hours == 0 {
                rows::end_tokens(tx, *credential_id).await?;
            }
            used
        }
        _ => false,
    };
    Ok(if done { Ok(()) } else { Err(Refusal::new(Rule::Stale, "The credential has changed since, or is revoked.")) })
}

/// Takes back what was not approved: a credential for good, or the secret that was to come next.
pub(in crate::service) async fn undo(tx: &mut Tx<'_>, caller: &Caller, act: &Act) -> Result<(), sqlx::Error> {
    let now = tx.now();
    let (id, action) = match act {
        Act::UseCredential { credential_id } if rows::revoke(tx, *credential_id, now).await? > 0 => {
            rows::end_tokens(tx, *credential_id).await?;
            (*credential_id, "credential.revoke")
        }
        Act::UseSecret { credential_id, .. } if rows::drop_next_secret(tx, *credential_id).await? => {
            (*credential_id, "credential.drop_secret")
        }
        _ => return Ok(()),
    };
    let mut entry = Entry::done(caller, now, action).about(id).because(Some("It was not approved.".to_owned()));
    entry.client_id = rows::get(tx, id).await?.map(|credential| credential.client_id);
    tx.audit(entry);
    Ok(())
}
