//! Who may agree to what one admin asks for.

use super::{Desk, permit};
use crate::domain::caller::Caller;
use crate::domain::ids::StaffId;
use crate::domain::payout::Refusal;
use crate::domain::second_admin::Admins;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::store::second_admin as rows;

/// What a page says of it.
#[derive(Debug, Clone)]
pub struct Agreement {
    /// The names of those who can agree, in order.
    pub who: Vec<String>,
    /// Whether the caller may agree, or why not.
    pub may: Result<(), Refusal>,
}

/// Who may agree to what somebody has asked for, and whether the caller may.
pub async fn agreement(desk: &Desk, caller: &Caller, asker: StaffId) -> Result<Agreement, Error> {
    permit(desk, caller, Operation::ManageRules).await?;
    let me = caller.person().ok_or(Error::Forbidden)?;
    let admins = admins(desk).await?;
    let who = admins.who(asker).into_iter().map(|admin| admin.name.clone()).collect();
    Ok(Agreement { who, may: admins.check_agree(asker, me) })
}

/// Who would have to agree if the caller asked: none where the caller is the only admin.
pub async fn before(desk: &Desk, caller: &Caller) -> Result<Option<Agreement>, Error> {
    permit(desk, caller, Operation::ManageRules).await?;
    let me = caller.person().ok_or(Error::Forbidden)?;
    let admins = admins(desk).await?;
    if admins.is_alone(me) {
        return Ok(None);
    }
    let who = admins.who(me).into_iter().map(|admin| admin.name.clone()).collect();
    Ok(Some(Agreement { who, may: admins.check_ask(me) }))
}

pub(super) async fn admins(desk: &Desk) -> Result<Admins, Error> {
    let mut reader = desk.store.read().await?;
    Ok(rows::read(&mut reader, desk.clock.now()).await?)
}
