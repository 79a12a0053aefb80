//! A payout's record in display values: head, facts, ledger and timeline.

use super::story::Story;
use super::{PayoutFacts, PayoutHead};
use crate::domain::command::PayoutRecord;
use crate::domain::event::{Event, EventType};
use crate::domain::payout::{Payout, State};
use crate::store::payouts::{Detail, NumberedTransaction};
use crate::web::display::{EventView, PathView, Sentence};
use crate::web::ledger::{Books, EntryView, LedgerEntry};
use crate::web::time::Zone;
use crate::web::words;

/// A payout as its pages show it, in the reader's zone.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    pub detail: &'a Detail,
    pub zone: Zone,
    /// Unix microseconds.
    pub now: i64,
}

impl Told<'_> {
    pub fn head(&self, verb: &'static str) -> PayoutHead {
        let payout = &self.detail.record.payout;
        let exchanged = payout.currency != payout.destination_currency;
        PayoutHead {
            id: payout.id.to_string(),
            verb,
            reference: payout.reference_id.clone(),
            payee: self.detail.record.payee.name(),
            status: words::payout_status(payout),
            money: payout.amount().into(),
            fees: payout.fees().figures(),
            total: payout.total().into(),
            destination: exchanged.then(|| payout.destination().into()),
            on_record: false,
            act: None,
        }
    }

    pub fn facts(&self) -> PayoutFacts {
        let PayoutRecord { payout, payee, wallet_number, wallet_name, .. } = &self.detail.record;
        let provider_note = match (&payout.rail_reference, payout.submitted_at) {
            (Some(reference), _) => format!("reference {reference}"),
            (None, Some(at)) => format!("sent {}, no reference yet", self.zone.at(at, self.now)),
            (None, None) => "no reference, not sent".to_owned(),
        };
        let exchange = payout
            .rate
            .as_ref()
            .map(|rate| format!("{} at {rate} arrives as {}", payout.amount(), payout.destination()));
        let failure = payout.failure_reason.as_ref().map(|reason| match &payout.failure_code {
            Some(code) => format!("{reason} ({code})"),
            None => reason.clone(),
        });
        let is_saved = payee.saved_at.is_some() && payee.deleted_at.is_none();
        PayoutFacts {
            payee: payee.name(),
            payee_href: is_saved.then(|| format!("/payees/{}", payee.id)),
            payee_email: payee.email.clone().unwrap_or_default(),
            account: account(&self.detail.record),
            description: payout.description.clone().unwrap_or_default(),
            reference: payout.reference_id.clone(),
            link: payout.link_id.map(|id| (format!("/payout-links/{id}"), id.short())),
            wallet: wallet_name.clone(),
            wallet_href: format!("/wallets/{wallet_number}"),
            client: self.detail.client_name.clone(),
            provider: words::provider(&payout.rail),
            provider_note,
            exchange,
            created: self.zone.on(payout.id.created_at()),
            created_by: self.maker(),
            approval: self.approval(),
            failure,
            reversible: reversible(&self.detail.record),
        }
    }

    /// The timeline, newest first, with what comes next on top.
    pub fn events(&self) -> Vec<EventView> {
        let mut shown = Vec::new();
        let mut before: Option<&'static str> = None;
        for event in &self.detail.record.events {
            let status = event_status(event);
            shown.push(self.event(event, before));
            if event.event_type == EventType::StatusChange {
                before = Some(status.1);
            }
        }
        if let Some(next) = next(&self.detail.record.payout) {
            shown.push(EventView {
                class: "s-created",
                what: Sentence::default().text(format!("Next: {next}")),
                time: None,
                text: None,
                sub: None,
                next: true,
            });
        }
        shown.reverse();
        shown
    }

    /// The payout's ledger transactions, oldest first.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        self.books().entries(&self.detail.ledger, &self.detail.postings)
    }

    /// A ledger transaction named as proof.
    pub fn entry(&self, transaction: &NumberedTransaction) -> EntryView {
        self.books().entry(transaction)
    }

    fn books(&self) -> Books<'_> {
        let record = &self.detail.record;
        Books { wallet: &record.wallet_name, fees_minor: record.payout.fees_minor, zone: self.zone }
    }

    /// Where the money is now.
    pub fn path(&self) -> PathView {
        let record = &self.detail.record;
        let waits = record.payout.state == State::ActionRequired;
        let wanted = record.events.iter().rev().find(|event| event.to_state == State::ActionRequired);
        Story {
            payout: &record.payout,
            payee: &record.payee.name(),
            wallet: &record.wallet_name,
            wallet_href: format!("/wallets/{}", record.wallet_number),
            wanted: wanted.filter(|_| waits).and_then(|event| event.note.as_deref()),
            asked: self.detail.cancellations.iter().any(|asked| asked.state.is_open()),
            lost: record.is_lost(),
            contradicted: record.is_in_contradiction(),
            zone: self.zone,
            now: self.now,
        }
        .path()
    }

    /// Who made it: a person, or the program with its owner.
    pub fn maker(&self) -> String {
        let owner = self.detail.maker_name.as_deref().unwrap_or("Paydesk");
        match &self.detail.credential_name {
            Some(program) => format!("{program} (program of {owner})"),
            None => owner.to_owned(),
        }
    }

    /// Who asked for each reversal, oldest first: the history names them in the order in which they were asked.
    pub fn reversal_makers(&self) -> Vec<String> {
        let asked = self
            .detail
            .record
            .events
            .iter()
            .filter(|event| event.event_type == EventType::Reversal && event.message.ends_with("asked for"));
        asked.map(|event| event.actor_name.clone()).collect()
    }

    fn approval(&self) -> Option<String> {
        let payout = &self.detail.record.payout;
        if payout.waits_for_approval() {
            return Some("Waits for a second person".to_owned());
        }
        payout.checker_staff_id?;
        let decision = self.detail.record.events.iter().find(|event| {
            event.message.starts_with("Payout approved") || event.message.starts_with("Payout sent back")
        })?;
        let note = decision.note.as_ref().map_or_else(String::new, |note| format!(": “{note}”"));
        let verb = if decision.to_state == State::Cancelled { "sent it back" } else { "approved it" };
        Some(format!("{} {verb} {}{note}", decision.actor_name, self.zone.when(decision.created_at, self.now)))
    }

    fn event(&self, event: &Event, before: Option<&'static str>) -> EventView {
        let (class, word) = event_status(event);
        let what = match (event.event_type, before) {
            (EventType::StatusChange, Some(before)) => Sentence::default().strong(before).text(" → ").strong(word),
            (EventType::StatusChange, None) => Sentence::default().strong(word),
            _ => Sentence::default().strong(event.message.clone()),
        };
        let message = event
            .message
            .replace(" by admin", &format!(" by {}", event.actor_name))
            .replace(" by client", &format!(" by {}", event.actor_name));
        let note = event.note.as_ref().map(|note| format!("“{note}”"));
        let text = match (event.event_type, note) {
            (EventType::StatusChange, Some(note)) => Some(format!("{message}. {note}")),
            (EventType::StatusChange, None) => Some(format!("{message}.")),
            (_, note) => note,
        };
        let by = if event.actor_type == "system" { String::new() } else { format!("{} · ", event.actor_name) };
        EventView {
            class,
            what,
            time: Some(self.zone.short(event.created_at, self.now)),
            text,
            sub: Some(format!("{by}{} · request {}", words::via(&event.via), event.request_id)),
            next: false,
        }
    }
}

/// The payee's account in words that may be shown.
pub fn account(record: &PayoutRecord) -> String {
    record.account_label().unwrap_or_default().to_owned()
}

fn reversible(record: &PayoutRecord) -> String {
    let payout = &record.payout;
    if record.is_lost() {
        return "No: it was refunded before it was paid; the desk has lost it".to_owned();
    }
    if payout.returned_at.is_some() {
        return "No: the bank returned it".to_owned();
    }
    match payout.state {
        State::Completed if payout.reversed_minor == 0 => format!("Up to {}", payout.reversible()),
        State::Completed => format!("{} left; {} reversed or asked for so far", payout.reversible(), payout.reversed()),
        state if state.is_final() => "No: it was not paid".to_owned(),
        _ => format!("After it is completed, up to {}", payout.destination()),
    }
}

fn next(payout: &Payout) -> Option<String> {
    let provider = words::provider(&payout.rail);
    match payout.state {
        State::Created => Some("joins the queue".to_owned()),
        State::Queued => Some(format!("handed to {provider}")),
        State::ActionRequired if payout.waits_for_approval() => Some("someone approves it or sends it back".to_owned()),
        State::Processing | State::Settling => Some(format!("{provider} tells the outcome")),
        _ => None,
    }
}

fn event_status(event: &Event) -> (&'static str, &'static str) {
    match event.event_type {
        EventType::StatusChange if event.to_state == State::ActionRequired && event.message.contains("approval") => {
            ("s-approve", "To approve")
        }
        EventType::StatusChange => {
            let status = words::state_status(event.to_state);
            (status.class, status.word)
        }
        EventType::Reversal | EventType::Return => ("s-reversed", ""),
        EventType::Cancellation => ("s-asked", ""),
        EventType::Provider => ("s-unknown", ""),
        EventType::Loss => ("s-failed", ""),
        EventType::Approval => ("s-approve", ""),
        EventType::Funding | EventType::Extension | EventType::Message => ("s-queued", ""),
    }
}
