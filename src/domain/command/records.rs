//! The records that outcomes show: a payout and a payout link with all around them.

use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::event::{Event, EventType, LinkEvent};
use crate::domain::payee::Payee;
use crate::domain::payee_account::PayeeAccount;
use crate::domain::payout::{ClosedBy, Payout, State};
use crate::domain::payout_link::PayoutLink;

/// What a payout's history says when its rail contradicts itself.
pub const FAILED_AFTER_PAID: &str = "Provider says that it failed, after it said that it was paid";

/// How the line begins that says that two people found it out.
const CONTRADICTION_SETTLED: &str = "Staff settled the contradiction";

/// A payout with all that answers show of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutRecord {
    pub payout: Payout,
    pub payee: Payee,
    /// The account that is paid, if one is known.
    pub account: Option<PayeeAccount>,
    pub wallet_number: i64,
    pub wallet_name: String,
    /// Oldest first.
    #[serde(deserialize_with = "in_order")]
    pub events: Vec<Event>,
}

/// A payout link with all that answers show of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRecord {
    pub link: PayoutLink,
    pub wallet_number: i64,
    pub wallet_name: String,
    /// Who pays.
    pub client_name: String,
    /// When the address was first really sent by email, and as a text message.
    pub emailed_at: Option<i64>,
    pub texted_at: Option<i64>,
    /// Oldest first.
    #[serde(deserialize_with = "link_in_order")]
    pub events: Vec<LinkEvent>,
}

impl PayoutRecord {
    /// Whether a rail was ever given it, even one that then said it had not taken it.
    pub fn was_handed_over(&self) -> bool {
        self.payout.submitted_at.is_some() || self.events.iter().any(|event| event.to_state == State::Processing)
    }

    /// Whether it was paid after its refund, which the desk has lost.
    pub fn is_lost(&self) -> bool {
        self.events.iter().any(|event| event.event_type == EventType::Loss)
    }

    /// Whether its rail said that it failed after it had said that it was paid.
    pub fn is_contradicted(&self) -> bool {
        let contradicts = |event: &Event| event.event_type == EventType::Provider && event.message == FAILED_AFTER_PAID;
        self.events.iter().any(contradicts)
    }

    /// Whether nobody has found out yet which of both is true.
    pub fn is_in_contradiction(&self) -> bool {
        let about = |event: &&Event| {
            event.event_type == EventType::Provider
                && (event.message == FAILED_AFTER_PAID || event.message.starts_with(CONTRADICTION_SETTLED))
        };
        let last = self.events.iter().rev().find(about);
        self.payout.returned_at.is_none() && last.is_some_and(|event| event.message == FAILED_AFTER_PAID)
    }

    /// When two people settled what became of it, in Unix microseconds, because its rail did not say so itself.
    pub fn settled_at(&self) -> Option<i64> {
        let payout = &self.payout;
        if payout.state == State::Completed {
            // Written by the unit that completed it; about its reversals staff may settle something later.
            let mut settled = self.events.iter().filter(|event| Some(event.created_at) == payout.completed_at);
            let by_staff = |event: &Event| event.event_type == EventType::Provider && event.actor_type == "admin";
            return payout.completed_at.filter(|_| settled.any(by_staff));
        }
        let settled =
            payout.is_refunded() && payout.submitted_at.is_some() && payout.closed_by == Some(ClosedBy::Staff);
        payout.failed_at.or(payout.cancelled_at).filter(|_| settled)
    }

    /// The account that is paid, in words that may be shown.
    pub fn account_label(&self) -> Option<&str> {
        self.account.as_ref()?.label.as_deref()
    }
}

impl PayoutRecord {
    /// Leaves out what is sealed: where it is kept besides its own row, it would outlive the key it is sealed under.
    pub fn forget_secrets(&mut self) {
        self.account.iter_mut().for_each(|account| account.identifiers.clear());
    }
}

impl LinkRecord {
    /// When it last changed, in Unix microseconds.
    pub fn updated_at(&self) -> i64 {
        self.events.last().map_or_else(|| self.link.id.created_at(), |event| event.created_at)
    }
}

/// Events in the order of their history, however they were collected.
fn in_order<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Event>, D::Error> {
    let mut events = Vec::<Event>::deserialize(input)?;
    events.sort_by_key(|event| event.seq);
    Ok(events)
}

fn link_in_order<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<LinkEvent>, D::Error> {
    let mut events = Vec::<LinkEvent>::deserialize(input)?;
    events.sort_by_key(|event| event.seq);
    Ok(events)
}
