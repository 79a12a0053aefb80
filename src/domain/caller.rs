//! Who asks for something, and from where.

use serde::{Deserialize, Serialize};

use super::ids::{ClientId, CredentialId, PayoutLinkId, StaffId};
use super::staff::{Role, Scope};

/// A person, a program, whoever opened a payout link, or Paydesk itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    Staff {
        id: StaffId,
        name: String,
        role: Role,
    },
    Credential {
        id: CredentialId,
        name: String,
        owner: StaffId,
        owner_role: Role,
        /// Who made the secret that proved it this time, and so has seen it; none when a command of the host did.
        created_by: Option<StaffId>,
        client_id: ClientId,
        scopes: Vec<Scope>,
    },
    /// Whoever holds the address of a payout link. They may claim or decline that link, and nothing else.
    Recipient {
        link_id: PayoutLinkId,
        client_id: ClientId,
        /// The contact's name on the link: nobody has proved to be them.
        name: String,
    },
    System,
}

/// The way a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    Page,
    ApiV1,
    Revolut,
    Razorpay,
    #[serde(rename = "masspay")]
    MassPay,
    Job,
    Command,
}

/// Someone asking for something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    pub who: Who,
    pub via: Via,
    pub ip: Option<String>,
    pub request_id: String,
}

impl Caller {
    /// Paydesk itself: jobs, time and provider news.
    pub fn system(via: Via, request_id: impl Into<String>) -> Caller {
        Caller { who: Who::System, via, ip: None, request_id: request_id.into() }
    }

    /// The person behind the caller: the staff member, or the owner of the credential.
    pub fn person(&self) -> Option<StaffId> {
        match &self.who {
            Who::Staff { id, .. } => Some(*id),
            Who::Credential { owner, .. } => Some(*owner),
            Who::Recipient { .. } | Who::System => None,
        }
    }

    /// Everybody who can act through the caller: the staff member, or the owner of the credential and whoever made
    /// the secret that it came with. None of them checks what another of them made.
    pub fn people(&self) -> impl Iterator<Item = StaffId> {
        self.person().into_iter().chain(self.credential_creator())
    }

    /// Who made the secret of the credential that acts, when somebody did.
    pub fn credential_creator(&self) -> Option<StaffId> {
        match &self.who {
            Who::Credential { created_by, .. } => *created_by,
            _ => None,
        }
    }

    pub fn credential(&self) -> Option<CredentialId> {
        match &self.who {
            Who::Credential { id, .. } => Some(*id),
            _ => None,
        }
    }

    /// The client a program or recipient is bound to; staff and Paydesk itself see all.
    pub fn client(&self) -> Option<ClientId> {
        match &self.who {
            Who::Credential { client_id, .. } | Who::Recipient { client_id, .. } => Some(*client_id),
            _ => None,
        }
    }

    pub fn may_see(&self, client: ClientId) -> bool {
        self.client().is_none_or(|own| own == client)
    }

    pub fn name(&self) -> &str {
        match &self.who {
            Who::Staff { name, .. } | Who::Credential { name, .. } | Who::Recipient { name, .. } => name,
            Who::System => "Paydesk",
        }
    }

    /// The id of who acts, as the audit log and idempotency keys write it.
    pub fn id(&self) -> String {
        match &self.who {
            Who::Staff { id, .. } => id.to_string(),
            Who::Credential { id, .. } => id.to_string(),
            Who::Recipient { link_id, .. } => format!("recipient:{link_id}"),
            Who::System => "system".into(),
        }
    }

    /// `actor_type` of an event: `client`, `admin` or `system` (contracts/wallet-payouts.md section 3), and
    /// `recipient` in the history of a payout link.
    pub fn actor_type(&self) -> &'static str {
        match self.who {
            Who::Staff { .. } => "admin",
            Who::Credential { .. } => "client",
            Who::Recipient { .. } => "recipient",
            Who::System => "system",
        }
    }
}

impl Via {
    pub fn name(self) -> &'static str {
        match self {
            Via::Page => "page",
            Via::ApiV1 => "api_v1",
            Via::Revolut => "revolut",
            Via::Razorpay => "razorpay",
            Via::MassPay => "masspay",
            Via::Job => "job",
            Via::Command => "command",
        }
    }
}
