//! What proves a credential: made with it, and replaced while the one before lives on for a while.

use super::waiting::{self, HOUR};
use super::{Credential, Issued, draft};
use crate::domain::approval::Act;
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::dialect::Dialect;
use crate::domain::ids::{ApprovalRequestId, CredentialId};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::{Desk, api_keys, oauth, passwords, permit, secrets};
use crate::store::credentials::{self as rows, TokenKind};

/// How long the secret before may live on, in hours, as the form offers it.
pub const OVERLAPS: [i64; 4] = [0, 1, 24, 168];

/// A new name and secret of a program, and what is kept of the secret.
pub(super) struct Made {
    pub username: String,
    /// What the program is given; none where it has a key of its own.
    pub shown: Option<String>,
    pub kept: Option<String>,
}

/// Makes a name and a secret. `live` for programs that pay for real.
pub(super) async fn make(desk: &Desk, dialect: Dialect, live: bool) -> Result<Made, Error> {
    let mode = if live { "live" } else { "test" };
    let username = match dialect {
        Dialect::Wallet => format!("pd_{}", secrets::handle()),
        Dialect::Revolut => secrets::letters(24),
        Dialect::Razorpay => format!("rzp_{mode}_{}", secrets::letters(14)),
        Dialect::MassPay => format!("mp_{mode}_{}", secrets::letters(14)),
    };
    let (shown, kept) = another(desk, dialect, &username).await?.unzip();
    Ok(Made { username, shown, kept })
}

/// Another secret for a program, as it is shown and as it is kept; none where the program makes its own key.
async fn another(desk: &Desk, dialect: Dialect, username: &str) -> Result<Option<(String, String)>, Error> {
    Ok(match dialect {
        Dialect::Wallet => {
            let password = format!("sk_{}", secrets::secret());
            let hash = passwords::hash(&desk.access, password.clone()).await?;
            Some((password, hash))
        }
        Dialect::Razorpay => {
            let secret = secrets::letters(32);
            let hash = secrets::digest(&secret);
            Some((secret, hash))
        }
        Dialect::MassPay => {
            let secret = secrets::secret();
            Some((api_keys::join(username, &secret), secrets::digest(&secret)))
        }
        Dialect::Revolut => None,
    })
}

/// Gives a credential a new secret, shown this once; the one before works for so many hours yet.
///
/// Where a rule wants that approved, the one before goes on as it was until then. Without any hours, the tokens that were handed out end too. `version` is the one that the form was made from.
pub async fn rotate(
    desk: &Desk,
    caller: &Caller,
    id: CredentialId,
    overlap: &str,
    version: i64,
) -> Result<Issued, Error> {
    permit(desk, caller, Operation::ManageCredentials).await?;
    let hours = hours(overlap)?;
    let credential = super::get(desk, caller, id).await?;
    let Some((shown, kept)) = another(desk, credential.dialect, &credential.username).await? else {
        return Err(Error::field("certificate", "is what proves this credential: upload another one"));
    };
    let (credential, waits) = replace(desk, caller, id, version, kept, hours, "credential.rotate").await?;
    Ok(Issued { credential, secret: Some(shown), waits })
}

/// Keeps the certificate that a credential for Revolut's dialect signs with; the one before works for so many hours yet.
/// Where a rule wants that approved, it is asked for, and the request answered.
pub async fn upload_certificate(
    desk: &Desk,
    caller: &Caller,
    id: CredentialId,
    certificate: &str,
    overlap: &str,
    version: i64,
) -> Result<(Credential, Option<ApprovalRequestId>), Error> {
    permit(desk, caller, Operation::ManageCredentials).await?;
    let credential = super::get(desk, caller, id).await?;
    if credential.dialect != Dialect::Revolut {
        return Err(Error::NotFound("Certificate"));
    }
    if certificate.trim().is_empty() {
        return Err(Error::field("certificate", "is required"));
    }
    let certificate = draft::checked(certificate, desk.clock.now()).map_err(|why| Error::field("certificate", why))?;
    replace(desk, caller, id, version, certificate, hours(overlap)?, "credential.certify").await
}

/// Makes the one-time code that a client of Revolut's dialect gets its first tokens for; one made before no longer works.
///
/// A code alone is of no use: whoever brings it signs with a certificate that works, so it needs no approval of its own.
pub async fn make_code(desk: &Desk, caller: &Caller, id: CredentialId) -> Result<(Credential, String), Error> {
    permit(desk, caller, Operation::ManageCredentials).await?;
    let credential = super::get(desk, caller, id).await?;
    if credential.dialect != Dialect::Revolut {
        return Err(Error::NotFound("Code"));
    }
    if credential.revoked_at.is_some() {
        return Err(gone().into());
    }
    if credential.waiting_since.is_some() {
        return Err(waiting::waits().into());
    }
    if credential.certificate.is_none() {
        return Err(Error::field(
            "certificate",
            "must be uploaded first: a code only works for who signs with its key",
        ));
    }
    let mut reader = desk.store.read().await?;
    let code = oauth::new_token(rows::is_live(&mut reader, credential.client_id).await?);
    drop(reader);
    let row = oauth::row(&code, id, TokenKind::Code, secrets::handle(), desk.clock.now() + oauth::CODE_LIFE);
    let (caller, client) = (caller.clone(), credential.client_id);
    desk.store
        .write(move |tx| {
            let (caller, row) = (caller.clone(), row.clone());
            Box::pin(async move {
                rows::end_codes(tx, id).await?;
                rows::insert_token(tx, &row).await?;
                let mut entry = Entry::done(&caller, tx.now(), "credential.code").about(id);
                entry.client_id = Some(client);
                tx.audit(entry);
                Ok(())
            })
        })
        .await?;
    Ok((credential, code))
}

async fn replace(
    desk: &Desk,
    caller: &Caller,
    id: CredentialId,
    version: i64,
    secret: String,
    hours: i64,
    action: &'static str,
) -> Result<(Credential, Option<ApprovalRequestId>), Error> {
    let caller = caller.clone();
    let replaced = desk
        .store
        .write(move |tx| {
            let (caller, secret) = (caller.clone(), secret.clone());
            Box::pin(async move {
                let now = tx.now();
                let Some(before) = rows::get(tx, id).await? else { return Ok(Err(Error::NotFound("Credential"))) };
                let mut entry = Entry::done(&caller, now, action).about(id);
                entry.client_id = Some(before.client_id);
                let act = Act::UseSecret { credential_id: id, overlap_hours: hours };
                let need = match may_replace(&before, version) {
                    Ok(()) => waiting::gate(tx, &caller, id, before.client_id, &act).await?,
                    Err(refusal) => Err(refusal),
                };
                let need = match need {
                    Ok(need) => need,
                    Err(refusal) => {
                        tx.audit(entry.refused(&refusal));
                        return Ok(Err(refusal.into()));
                    }
                };
                let (written, waits, words) = match (need, caller.person()) {
                    (Some(need), Some(by)) => {
                        let written = rows::keep_next_secret(tx, id, version, (&secret, by)).await?;
                        let waits =
                            if written > 0 { waiting::ask(tx, &caller, &before, act, need).await? } else { None };
                        (written, waits, "It works once it is approved.".to_owned())
                    }
                    _ => {
                        let until = now + hours * HOUR;
                        let written = rows::replace_secret(tx, id, version, (&secret, caller.person()), until).await?;
                        if hours == 0 && written > 0 {
                            rows::end_tokens(tx, id).await?;
                        }
                        let words = match hours {
                            0 => "The one before stopped at once.".to_owned(),
                            hours => format!("The one before works for {hours} h yet."),
                        };
                        (written, None, words)
                    }
                };
                if written == 0 {
                    // Another process was faster.
                    let refusal = stale();
                    tx.audit(entry.refused(&refusal));
                    return Ok(Err(refusal.into()));
                }
                tx.audit(entry.because(Some(words)));
                let Some(credential) = rows::get(tx, id).await? else { return Ok(Err(Error::Internal)) };
                Ok(Ok((credential, waits)))
            })
        })
        .await?;
    desk.access.forget();
    replaced
}

/// Whether it may get another secret, seen from the version that the form was made from.
fn may_replace(credential: &Credential, version: i64) -> Result<(), Refusal> {
    if credential.revoked_at.is_some() {
        Err(gone())
    } else if credential.waiting_since.is_some() {
        Err(waiting::waits())
    } else if credential.version != version {
        Err(stale())
    } else {
        Ok(())
    }
}

fn hours(text: &str) -> Result<i64, Error> {
    let hours = text.trim().parse::<i64>().ok().filter(|hours| OVERLAPS.contains(hours));
    hours.ok_or_else(|| Error::field("overlap", "must be one of the times offered"))
}

fn gone() -> Refusal {
    Refusal::new(Rule::WrongState, "The credential is revoked.").instead("Make a new one.")
}

fn stale() -> Refusal {
    Refusal::new(Rule::Stale, "The credential changed while you were reading.")
        .instead("Look at it as it is now, then decide again.")
}
