//! Freezes of the demo that are over: one in earnest and a drill. None stands, so that the samples can be used.

use crate::domain::caller::Caller;
use crate::error::Error;
use crate::service::Desk;
use crate::service::freezes::{self, NewFreeze};

/// Freezes, asks and lifts.
pub async fn make(desk: &Desk, operator: &Caller, approver: &Caller) -> Result<(), Error> {
    for (scope, subject, reason, drill, answer) in [
        ("wallet", "2", "Two payouts to an account that the payee does not know", false, "The payee has confirmed it"),
        ("everything", "", "Drill of the quarter", true, "Everybody knew what to do"),
    ] {
        let new = NewFreeze { scope: scope.into(), subject: subject.into(), reason: reason.into(), drill };
        let freeze = freezes::create(desk, operator, &new, None).await?.value;
        freezes::ask(desk, operator, freeze.id, Some(answer), None, None).await?;
        freezes::lift(desk, approver, freeze.id, None, None).await?;
    }
    Ok(())
}
