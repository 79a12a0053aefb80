//! Who made something that a second person may have to check.

use super::caller::{Caller, Who};
use super::ids::{CredentialId, Id, StaffId};
use super::payout::{Refusal, Rule};

/// Everybody behind a payout or a payout link: a staff member, or a credential with its owner and whoever made the
/// secret that it was used by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maker {
    /// Who made it, or owns the credential that did.
    pub staff_id: StaffId,
    pub credential_id: Option<CredentialId>,
    /// Who made the secret that the credential was used by, and so has seen it: when the credential was made, or later.
    pub credential_creator_id: Option<StaffId>,
}

impl Maker {
    /// Everybody behind what this caller makes.
    pub fn of(caller: &Caller) -> Maker {
        Maker {
            staff_id: caller.person().unwrap_or_else(nobody),
            credential_id: caller.credential(),
            credential_creator_id: caller.credential_creator(),
        }
    }

    /// One person, and nobody through any program; none is behind nothing.
    pub fn alone(person: Option<StaffId>) -> Maker {
        Maker { staff_id: person.unwrap_or_else(nobody), credential_id: None, credential_creator_id: None }
    }

    /// Whether the person is behind it.
    pub fn is(&self, person: StaffId) -> bool {
        self.staff_id == person || self.credential_creator_id == Some(person)
    }

    /// Refuses a checker who made it, directly or through a credential that they own or made the secret of.
    ///
    /// Approving and sending back come here, for payouts and payout links, by pages and by every API.
    pub fn check_checker(&self, caller: &Caller) -> Result<(), Refusal> {
        let Some(same) = caller.people().find(|person| self.is(*person)) else { return Ok(()) };
        let reason = match (&caller.who, self.credential_id) {
            (Who::Staff { .. }, None) => "You made it, so someone else has to check it.",
            (Who::Staff { .. }, Some(_)) if self.staff_id == same => {
                "A program of yours made it, so someone else has to check it."
            }
            (Who::Staff { .. }, Some(_)) => {
                "You made the secret of the credential that made it, so someone else has to check it."
            }
            _ => "Nobody checks what they made, not even through a credential that they own or made the secret of.",
        };
        Err(Refusal::new(Rule::MakerIsChecker, reason).instead("Ask another approver."))
    }
}

/// An id that no person has: ids of people are made after 1970.
fn nobody() -> StaffId {
    Id::first_at(0)
}
