//! A freeze as JSON, and the members that make one.

use serde::Serialize;

use super::time;
use crate::api::v1::error::ApiError;
use crate::api::v1::posted::Members;
use crate::domain::freeze;
use crate::domain::ids::FreezeId;
use crate::service::freezes::NewFreeze;

/// A freeze: from its making on nothing in it is handed to a provider, approved or claimed, until it is lifted.
#[derive(Debug, Serialize)]
pub struct Freeze<'a> {
    id: FreezeId,
    /// `client`, `wallet`, `payee` or `credential`.
    scope: &'static str,
    /// The id of what is frozen.
    subject_id: &'a str,
    subject_name: &'a str,
    reason: &'a str,
    /// A drill stops nothing.
    drill: bool,
    /// `active` or `lifted`.
    status: &'static str,
    frozen_by: &'a str,
    created_at: String,
    /// Who asks for it to be lifted; another person lifts it.
    lift_requested_by: Option<&'a str>,
    lift_requested_at: Option<String>,
    lift_reason: Option<&'a str>,
    lifted_by: Option<&'a str>,
    lifted_at: Option<String>,
}

impl<'a> From<&'a freeze::Freeze> for Freeze<'a> {
    fn from(freeze: &'a freeze::Freeze) -> Freeze<'a> {
        Freeze {
            id: freeze.id,
            scope: freeze.scope.name(),
            subject_id: &freeze.subject,
            subject_name: &freeze.subject_name,
            reason: &freeze.reason,
            drill: freeze.drill,
            status: freeze.state.name(),
            frozen_by: &freeze.maker_name,
            created_at: time(freeze.id.created_at()),
            lift_requested_by: freeze.asker_name.as_deref(),
            lift_requested_at: freeze.asked_at.map(time),
            lift_reason: freeze.asked_reason.as_deref(),
            lifted_by: freeze.lifter_name.as_deref(),
            lifted_at: freeze.lifted_at.map(time),
        }
    }
}

/// Reads the members of `POST /api/v1/freezes` and refuses others.
///
/// `subject_id` is the id of a client, wallet, beneficiary or credential; of a client or wallet its number will do.
pub fn input(mut members: Members) -> Result<NewFreeze, ApiError> {
    let new = NewFreeze {
        scope: members.text("scope").unwrap_or_default(),
        subject: members.id("subject_id").unwrap_or_default(),
        reason: members.text("reason").unwrap_or_default(),
        drill: members.flag("drill").unwrap_or(false),
    };
    members.nothing_else()?;
    Ok(new)
}
