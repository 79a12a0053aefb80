//! The audit log, for people.

use super::{Desk, permit};
use crate::domain::audit::Head;
use crate::domain::caller::Caller;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::store::audit::{self as rows, AuditFilter, AuditLine};

/// Rows newest first, older than `before`; and where older ones start.
pub async fn list(
    desk: &Desk,
    caller: &Caller,
    filter: &AuditFilter,
    before: Option<i64>,
    limit: usize,
) -> Result<(Vec<AuditLine>, Option<i64>), Error> {
    permit(desk, caller, Operation::ReadAudit).await?;
    let mut reader = desk.store.read().await?;
    let mut lines = rows::list(&mut reader, filter, before, limit as i64 + 1).await?;
    let more = lines.len() > limit;
    lines.truncate(limit);
    let older = lines.last().map(|line| line.number).filter(|_| more);
    Ok((lines, older))
}

/// The newest entry of every chain: a copy of it kept elsewhere proves all entries before it.
pub async fn heads(desk: &Desk, caller: &Caller) -> Result<Vec<Head>, Error> {
    permit(desk, caller, Operation::ReadAudit).await?;
    let mut reader = desk.store.read().await?;
    Ok(rows::heads(&mut reader).await?)
}
