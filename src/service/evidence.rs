//! Files as evidence on cases: putting them there, reading them, and marking one as withdrawn.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::cases::work;
use super::fields::Fields;
use super::{Desk, audit_only, permit};
use crate::domain::audit::{Entry, Outcome, hex};
use crate::domain::caller::Caller;
use crate::domain::evidence::{Evidence, LARGEST, MOST, check};
use crate::domain::ids::{CaseId, EvidenceId};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::store::evidence::{self as rows, Kept, NewFile};

/// The longest reason.
const LONGEST: usize = 500;

/// Puts a file on a case, open or closed. Answers whether it is new: the same file again does nothing.
///
/// Errors: it is none that is kept (`file`); the case has as many as it may have.
pub async fn add(desk: &Desk, caller: &Caller, id: CaseId, file: Option<(&str, &[u8])>) -> Result<bool, Error> {
    let (_, staff_id, entry) = work(desk, caller, id, "case.file").await?;
    let Some((name, bytes)) = file else { return Err(Error::field("file", "must be chosen")) };
    let (name, kind) = check(name, bytes).map_err(|wrong| Error::field("file", format!("cannot be kept: {wrong}")))?;
    let file = NewFile {
        case_id: id,
        kind: kind.name(),
        size: bytes.len() as i64,
        sha256: hex(&Sha256::digest(bytes)),
        staff_id,
        content: STANDARD.encode(bytes),
        name,
    };
    let entry = entry.because(Some(format!("{}, SHA-256 {}", file.name, file.sha256)));
    let file = std::sync::Arc::new(file);
    let kept = desk.store.write(move |tx| {
        let (entry, file) = (entry.clone(), std::sync::Arc::clone(&file));
        Box::pin(async move {
            let kept = rows::keep(tx, &file, MOST).await?;
            tx.audit(match kept {
                Kept::New(_) => entry,
                Kept::There(_) => Entry { outcome: Outcome::Repeated, ..entry },
                Kept::Full => entry.refused(&full()),
            });
            Ok(kept)
        })
    });
    match kept.await? {
        Kept::New(_) => Ok(true),
        Kept::There(_) => Ok(false),
        Kept::Full => Err(Error::field("file", "cannot be added: the case has 10 files already. Put more into one")),
    }
}

/// A file with its content, for whoever may see cases; the audit log says who took it away.
pub async fn read(desk: &Desk, caller: &Caller, case: CaseId, id: EvidenceId) -> Result<(Evidence, Vec<u8>), Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let mut reader = desk.store.read().await?;
    let file = rows::get(&mut reader, case, id).await?.ok_or(Error::NotFound("File"))?;
    let content = rows::content(&mut reader, id).await?.ok_or(Error::NotFound("File"))?;
    drop(reader);
    let bytes = STANDARD.decode(content).ok().filter(|bytes| bytes.len() <= LARGEST);
    let Some(bytes) = bytes.filter(|bytes| hex(&Sha256::digest(bytes)) == file.sha256) else {
        tracing::error!(evidence = %id, "a file is not what was put there");
        return Err(Error::Internal);
    };
    let entry = Entry::done(caller, desk.clock.now(), "case.read_file").about(case);
    audit_only(desk, entry.because(Some(file.name.clone()))).await?;
    Ok((file, bytes))
}

/// Says of a file that it does not count, and why. It stays, and can still be read.
pub async fn withdraw(desk: &Desk, caller: &Caller, case: CaseId, id: EvidenceId, reason: &str) -> Result<(), Error> {
    let (_, staff, entry) = work(desk, caller, case, "case.withdraw_file").await?;
    let mut reader = desk.store.read().await?;
    let file = rows::get(&mut reader, case, id).await?.ok_or(Error::NotFound("File"))?;
    drop(reader);
    let mut checks = Fields::default();
    let reason = checks.required("file_reason", Some(reason), LONGEST);
    checks.done()?;
    let entry = entry.because(Some(format!("{}: {reason}", file.name)));
    let done = desk.store.write(move |tx| {
        let (entry, reason) = (entry.clone(), reason.clone());
        Box::pin(async move {
            let done = rows::withdraw(tx, case, id, staff, &reason).await?;
            if done {
                tx.audit(entry);
            }
            Ok(done)
        })
    });
    match done.await? {
        true => Ok(()),
        false => Err(Refusal::new(Rule::WrongState, "The file is withdrawn already.").into()),
    }
}

fn full() -> Refusal {
    Refusal::new(Rule::Invalid, "The case has 10 files already.")
}
