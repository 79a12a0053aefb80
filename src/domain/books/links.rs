//! Payout links among the records that a set of units works on.

use super::totals::{Counted, count};
use super::{Books, CounterDelta};
use crate::domain::caller::{Caller, Who};
use crate::domain::command::LinkRecord;
use crate::domain::event::{EventType, LinkEvent};
use crate::domain::ids::PayoutLinkId;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::payout_link::{PayoutLink, State};
use crate::domain::webhook::Kind;

/// A line for a payout link's history.
#[derive(Debug)]
pub struct LinkLine {
    pub event_type: EventType,
    pub from: Option<State>,
    pub to: State,
    pub message: String,
    pub note: Option<String>,
}

impl LinkLine {
    /// A line that moves nothing.
    pub fn remark(event_type: EventType, state: State, message: impl Into<String>, note: Option<String>) -> LinkLine {
        LinkLine { event_type, from: Some(state), to: state, message: message.into(), note }
    }
}

impl Books {
    /// The payout link, if it exists and the caller may see it; a recipient sees only their own.
    pub fn link(&self, id: PayoutLinkId, caller: &Caller) -> Result<&PayoutLink, Refusal> {
        let own = match caller.who {
            Who::Recipient { link_id, .. } => link_id == id,
            _ => true,
        };
        self.links
            .get(&id)
            .map(|record| &record.link)
            .filter(|link| own && caller.may_see(link.client_id))
            .ok_or_else(|| Refusal::new(Rule::LinkNotFound, "There is no such payout link."))
    }

    /// The link to change; its version rises once per call.
    pub fn change_link(&mut self, id: PayoutLinkId, how: impl FnOnce(&mut PayoutLink)) {
        let record = self.links.get_mut(&id).expect("a plan changes only what was loaded");
        self.links_before.entry(id).or_insert_with(|| Some(record.link.clone()));
        record.link.version += 1;
        how(&mut record.link);
    }

    /// Adds a link made by this set.
    pub fn add_link(&mut self, record: LinkRecord) {
        self.links_before.insert(record.link.id, None);
        self.links.insert(record.link.id, record);
    }

    /// Writes a line into the link's history. Webhooks are told of the link as it stands now, so a change of state
    /// comes first.
    pub fn link_event(&mut self, link_id: PayoutLinkId, caller: &Caller, now: i64, line: LinkLine) {
        let record = self.links.get_mut(&link_id).expect("events belong to loaded links");
        let event = LinkEvent {
            link_id,
            seq: record.events.last().map_or(1, |last| last.seq + 1),
            event_type: line.event_type,
            from_state: line.from,
            to_state: line.to,
            actor_type: caller.actor_type().to_owned(),
            actor_name: caller.name().to_owned(),
            message: line.message,
            note: line.note,
            via: caller.via.name().to_owned(),
            request_id: caller.request_id.clone(),
            created_at: now,
        };
        record.events.push(event.clone());
        self.changes.link_events.push(event);
        if let Some(kind) = Kind::of_link(line.event_type, line.from, line.to) {
            self.announce_link(link_id, kind, line.from, line.to);
        }
    }

    /// Links made by this set.
    pub fn new_links(&self) -> impl Iterator<Item = &PayoutLink> {
        self.links_before.iter().filter(|(_, before)| before.is_none()).map(|(id, _)| &self.links[id].link)
    }

    /// Links changed by this set, with the version they were loaded at.
    pub fn changed_links(&self) -> impl Iterator<Item = (&PayoutLink, i64)> {
        self.links_before
            .iter()
            .filter_map(|(id, before)| before.as_ref().map(|before| (&self.links[id].link, before.version)))
    }

    /// How the counters of payout links change.
    pub fn link_counter_deltas(&self) -> Vec<CounterDelta> {
        count(self.links_before.iter().map(|(id, before)| (before.as_ref(), &self.links[id].link)))
    }
}

impl Counted for PayoutLink {
    fn one(&self) -> CounterDelta {
        CounterDelta {
            wallet_id: self.wallet_id,
            client_id: self.client_id,
            currency: self.currency,
            bucket: link_bucket(self).to_owned(),
            payouts: 1,
            amount_minor: self.amount_minor,
            fees_minor: self.fees_minor,
        }
    }
}

/// The tab a payout link stands under: its state, apart from what is open again after an attempt.
pub fn link_bucket(link: &PayoutLink) -> &'static str {
    if link.is_reopened() { "reopened" } else { link.state.name() }
}
