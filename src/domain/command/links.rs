//! What is asked of payout links.

use serde::Serialize;

use crate::domain::ids::PayoutLinkId;
use crate::domain::money::Money;
use crate::domain::payee::PayeeDetails;
use crate::domain::payout_link::{Contact, LinkPolicy, Methods};

/// A payout link to make; what makes it the same request, so without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewLink {
    pub wallet_number: i64,
    pub amount: Money,
    pub contact: Contact,
    pub purpose: Option<String>,
    pub description: Option<String>,
    pub receipt: Option<String>,
    pub reference: Option<String>,
    /// A JSON object, as text.
    pub notes: Option<String>,
    pub send_sms: bool,
    pub send_email: bool,
    /// In Unix microseconds; none stays open until it is cancelled.
    pub expire_by: Option<i64>,
    pub payout_methods: Methods,
    pub transfer_reason: Option<String>,
    pub save_payee: bool,
    /// The client's own id of the request: the same one makes no second link.
    pub request_id: Option<String>,
}

/// The secret in a link's address, made outside because chance has no place in the domain.
#[derive(Debug, Clone)]
pub struct LinkToken {
    pub hash: String,
    pub sealed: String,
}

#[derive(Debug, Clone)]
pub struct CreateLink {
    pub new: NewLink,
    pub token: LinkToken,
    /// Ends so long after it is made, in microseconds; takes the place of `expire_by`.
    pub open_for: Option<i64>,
    /// Too little money makes a link that has failed, in place of none: its `request_id` is used up all the same.
    pub may_fail: bool,
}

#[derive(Debug, Clone)]
pub struct CancelLink {
    pub link_id: PayoutLinkId,
    pub policy: LinkPolicy,
    pub reason: Option<String>,
    pub version: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct ReplaceLink {
    pub link_id: PayoutLinkId,
    pub reason: Option<String>,
    pub version: Option<i64>,
    /// The secret of the new one.
    pub token: LinkToken,
}

#[derive(Debug, Clone)]
pub struct ExtendLink {
    pub link_id: PayoutLinkId,
    /// In Unix microseconds.
    pub expire_by: i64,
    pub version: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct ResendLink {
    pub link_id: PayoutLinkId,
    pub version: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct DecideLink {
    pub link_id: PayoutLinkId,
    pub approve: bool,
    pub note: Option<String>,
    pub version: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct ClaimLink {
    pub link_id: PayoutLinkId,
    pub details: PayeeDetails,
    /// How long the rail lets a queued payout wait, in microseconds.
    pub queue_delay: i64,
}

#[derive(Debug, Clone)]
pub struct DeclineLink {
    pub link_id: PayoutLinkId,
    pub reason: Option<String>,
}

#[derive(Debug, Clone)]
pub struct ExpireLink {
    pub link_id: PayoutLinkId,
    /// The version that the job saw.
    pub version: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct RemindLink {
    pub link_id: PayoutLinkId,
    /// The version that the job saw.
    pub version: Option<i64>,
}
