//! A freeze as JSON, and the members that make one.

use serde::Serialize;
use utoipa::ToSchema;

use super::kinds::{self, FreezeScope, FreezeStatus, SubjectGiven, Time};
use super::{sample, time};
use crate::api::v1::error::ApiError;
use crate::api::v1::posted::Members;
use crate::domain::freeze;
use crate::domain::ids::FreezeId;
use crate::service::freezes;

/// A freeze: from its making on nothing in it is handed to a provider, approved or claimed, until it is lifted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Freeze<'a> {
    #[schema(value_type = kinds::FreezeId)]
    id: FreezeId,
    #[schema(value_type = FreezeScope)]
    scope: &'static str,
    /// The id of what is frozen.
    subject_id: &'a str,
    subject_name: &'a str,
    reason: &'a str,
    /// A drill stops nothing.
    drill: bool,
    #[schema(value_type = FreezeStatus)]
    status: &'static str,
    frozen_by: &'a str,
    #[schema(value_type = Time)]
    created_at: String,
    /// Who asks for it to be lifted; another person lifts it.
    lift_requested_by: Option<&'a str>,
    #[schema(value_type = Option<Time>)]
    lift_requested_at: Option<String>,
    lift_reason: Option<&'a str>,
    lifted_by: Option<&'a str>,
    #[schema(value_type = Option<Time>)]
    lifted_at: Option<String>,
}

/// Something to freeze, for the description; [`input`] reads it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFreeze {
    #[schema(value_type = FreezeScope)]
    scope: &'static str,
    #[schema(value_type = SubjectGiven)]
    subject_id: i64,
    /// Why: people read it, and it stays in the audit log.
    #[schema(max_length = 500)]
    reason: &'static str,
    /// True to practise: a drill stops nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    drill: Option<bool>,
}

/// Asking for a lift, for the description.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftRequest {
    /// Why it can go on.
    #[schema(max_length = 500)]
    reason: &'static str,
}

impl NewFreeze {
    pub fn example() -> NewFreeze {
        NewFreeze { scope: "wallet", subject_id: 1, reason: "A faulty run of payouts", drill: None }
    }
}

impl LiftRequest {
    pub fn example() -> LiftRequest {
        LiftRequest { reason: "The run is mended" }
    }
}

impl Freeze<'static> {
    pub fn example() -> Freeze<'static> {
        Freeze {
            id: sample("frz_01kf0qxa00e2n9k3v8m4t6w7yz"),
            scope: "wallet",
            subject_id: "wal_01kf0qxa00e2n9k3v8m4t6w7yz",
            subject_name: "Main USD",
            reason: "A faulty run of payouts",
            drill: false,
            status: "lifted",
            frozen_by: "ERP",
            created_at: "2026-01-15T10:30:00Z".into(),
            lift_requested_by: Some("ERP"),
            lift_requested_at: Some("2026-01-15T11:02:00Z".into()),
            lift_reason: Some("The run is mended"),
            lifted_by: Some("Grace Oyelaran"),
            lifted_at: Some("2026-01-15T11:05:00Z".into()),
        }
    }
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
pub fn input(mut members: Members) -> Result<freezes::NewFreeze, ApiError> {
    let new = freezes::NewFreeze {
        scope: members.text("scope").unwrap_or_default(),
        subject: members.id("subject_id").unwrap_or_default(),
        reason: members.text("reason").unwrap_or_default(),
        drill: members.flag("drill").unwrap_or(false),
    };
    members.nothing_else()?;
    Ok(new)
}
