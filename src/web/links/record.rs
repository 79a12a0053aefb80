//! A payout link's record in display values: head, facts, ledger, attempts, messages and timeline.

use super::story::Story;
use super::{LinkFacts, LinkHead, name};
use crate::domain::event::{EventType, LinkEvent};
use crate::domain::message::{Channel, Message};
use crate::domain::money::group;
use crate::domain::payout_link::{PayoutLink, State};
use crate::service::messages;
use crate::store::payout_links::LinkDetail;
use crate::web::display::{EventView, PathView, Sentence, StatusView, TimeView};
use crate::web::ledger::{Books, LedgerEntry};
use crate::web::time::{Zone, lasted};
use crate::web::words;

/// A link as its pages show it, in the reader's zone.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    pub detail: &'a LinkDetail,
    /// Newest first.
    pub messages: &'a [Message],
    pub zone: Zone,
    /// Unix microseconds.
    pub now: i64,
}

/// A payout of the link: the one that pays it, or an attempt that ended unpaid.
#[derive(Clone, Debug)]
pub struct AttemptRow {
    pub href: String,
    pub reference: String,
    pub recipient: String,
    /// Masked.
    pub account: String,
    pub status: StatusView,
    /// Why it failed; empty when it did not.
    pub why: String,
    pub made: TimeView,
}

/// A message to the recipient and what became of it.
#[derive(Clone, Debug)]
pub struct MessageRow {
    pub time: TimeView,
    /// For example `Payout link`.
    pub kind: &'static str,
    /// For example `Email`.
    pub channel: &'static str,
    pub to: String,
    pub status: StatusView,
    /// More than the status, or empty.
    pub result: String,
}

impl Told<'_> {
    pub fn link(&self) -> &PayoutLink {
        &self.detail.record.link
    }

    pub fn head(&self, verb: &'static str) -> LinkHead {
        let link = self.link();
        LinkHead {
            id: link.id.to_string(),
            verb,
            name: name(link),
            recipient: link.contact_name.clone(),
            status: words::link_status(link.state, link.is_reopened(), link.close_reason),
            money: link.amount().into(),
            fees: link.fees().figures(),
            total: link.total().into(),
            on_record: false,
            act: None,
        }
    }

    pub fn facts(&self) -> LinkFacts {
        let (record, link) = (&self.detail.record, self.link());
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let other = |id: crate::domain::ids::PayoutLinkId| (format!("/payout-links/{id}"), id.short());
        LinkFacts {
            recipient: link.contact_name.clone(),
            kind: text(&link.contact_type),
            payee_href: link.contact_id.map(|id| format!("/payees/{id}")),
            email: text(&link.contact_email),
            phone: text(&link.contact_phone),
            purpose: text(&link.purpose),
            description: text(&link.description),
            reference: text(&link.reference),
            receipt: text(&link.receipt),
            notes: notes(link.notes.as_deref()),
            wallet: record.wallet_name.clone(),
            wallet_href: format!("/wallets/{}", record.wallet_number),
            client: record.client_name.clone(),
            methods: words::methods(&link.payout_methods),
            transfer_reason: link.transfer_reason.clone(),
            expires: link.expire_by.map(|end| self.zone.on(end)),
            expires_note: match link.expire_by {
                Some(end) if link.state.is_open() && end > self.now => format!("in {}", lasted(end - self.now)),
                Some(_) if link.state.is_open() => "its time is over".to_owned(),
                _ => String::new(),
            },
            messages: match (link.send_email, link.send_sms) {
                (true, true) => "By email and text message".to_owned(),
                (true, false) => "By email".to_owned(),
                (false, true) => "By text message".to_owned(),
                (false, false) => "None: hand the address over yourself".to_owned(),
            },
            saves: if link.save_payee { "Yes, once paid" } else { "No" },
            created: self.zone.on(link.id.created_at()),
            created_by: self.maker(),
            approval: self.approval(),
            request_id: link.request_id.clone(),
            replaces: link.replaces_id.map(other),
            replaced_by: link.replaced_by_id.map(other),
        }
    }

    /// Where the money is now.
    pub fn path(&self) -> PathView {
        let record = &self.detail.record;
        Story {
            link: &record.link,
            attempts: &self.detail.attempts,
            wallet: &record.wallet_name,
            wallet_href: format!("/wallets/{}", record.wallet_number),
            rail: &self.detail.wallet.rail,
            told: self.messages.first().map(|message| message.state),
            zone: self.zone,
            now: self.now,
        }
        .path()
    }

    /// Its ledger transactions and those of its payouts, oldest first.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        self.books().entries(&self.detail.ledger, &self.detail.postings)
    }

    pub fn books(&self) -> Books<'_> {
        let record = &self.detail.record;
        Books { wallet: &record.wallet_name, fees_minor: record.link.fees_minor, zone: self.zone }
    }

    /// Its payouts, newest first.
    pub fn attempts(&self) -> Vec<AttemptRow> {
        let row = |attempt: &crate::store::payout_links::Attempt| AttemptRow {
            href: format!("/payouts/{}", attempt.id),
            reference: attempt.reference_id.clone(),
            recipient: format!("{} {}", attempt.payee_first_name, attempt.payee_last_name).trim().to_owned(),
            account: words::masked_account(attempt.account_label.as_deref().unwrap_or_default()),
            status: words::state_status(attempt.state),
            why: attempt.failure_reason.clone().unwrap_or_default(),
            made: self.zone.short(attempt.id.created_at(), self.now),
        };
        self.detail.attempts.iter().rev().map(row).collect()
    }

    /// What was written to the recipient, newest first.
    pub fn deliveries(&self) -> Vec<MessageRow> {
        let row = |message: &Message| {
            let status = words::message_status(message.state);
            let result = messages::words(message);
            MessageRow {
                time: self.zone.short(message.sent_at.unwrap_or_else(|| message.id.created_at()), self.now),
                kind: message.kind.words(),
                channel: words::channel(message.channel),
                to: message.recipient.clone(),
                status,
                // The status says the first words already.
                result: result
                    .strip_prefix(status.word)
                    .map_or(result.as_str(), |rest| rest.trim_start_matches(": "))
                    .to_owned(),
            }
        };
        self.messages.iter().map(row).collect()
    }

    /// Why no message stands there, or what is wrong with those that do.
    pub fn deliveries_note(&self) -> &'static str {
        let link = self.link();
        match link.state {
            State::Pending => "It is sent once it is approved.",
            _ if !link.send_email && !link.send_sms => "None was asked for. The address can be handed over by hand.",
            _ => "None yet.",
        }
    }

    /// The timeline, newest first, with what comes next on top.
    pub fn events(&self) -> Vec<EventView> {
        let mut shown = Vec::new();
        let mut before: Option<&'static str> = None;
        for event in &self.detail.record.events {
            let (class, word) = event_status(event, before.is_some());
            shown.push(self.event(event, before, (class, word)));
            if event.event_type == EventType::StatusChange {
                before = Some(word);
            }
        }
        if let Some(next) = self.next() {
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

    /// Who made it: a person, or the program with its owner.
    pub fn maker(&self) -> String {
        let owner = self.detail.maker_name.as_deref().unwrap_or("Paydesk");
        match &self.detail.credential_name {
            Some(program) => format!("{program} (program of {owner})"),
            None => owner.to_owned(),
        }
    }

    /// The decision of a checker, once there is one.
    pub fn decision(&self) -> Option<&LinkEvent> {
        self.link().checker_staff_id?;
        self.detail.record.events.iter().find(|event| {
            event.message.starts_with("Payout link approved") || event.message.starts_with("Payout link sent back")
        })
    }

    fn approval(&self) -> Option<String> {
        if self.link().state == State::Pending {
            return Some("Waits for a second person".to_owned());
        }
        let decision = self.decision()?;
        let note = decision.note.as_ref().map_or_else(String::new, |note| format!(": “{note}”"));
        let verb = if decision.to_state == State::Rejected { "sent it back" } else { "approved it" };
        Some(format!("{} {verb} {}{note}", decision.actor_name, self.zone.when(decision.created_at, self.now)))
    }

    fn next(&self) -> Option<String> {
        let link = self.link();
        match link.state {
            State::Pending => Some("someone approves it or sends it back".to_owned()),
            State::Issued => Some(format!("{} claims it", link.contact_name)),
            State::Processing => Some(format!("{} tells the outcome", words::provider(&self.detail.wallet.rail))),
            _ => None,
        }
    }

    fn event(
        &self,
        event: &LinkEvent,
        before: Option<&'static str>,
        (class, word): (&'static str, &'static str),
    ) -> EventView {
        let status = event.event_type == EventType::StatusChange;
        let what = match (status, before) {
            (true, Some(before)) => Sentence::default().strong(before).text(" → ").strong(word),
            (true, None) => Sentence::default().strong(word),
            _ => Sentence::default().strong(event.message.clone()),
        };
        let message = ["admin", "client"].iter().fold(event.message.clone(), |text, who| {
            text.replace(&format!(" by {who}"), &format!(" by {}", event.actor_name))
        });
        let note = event.note.as_ref().map(|note| format!("“{note}”"));
        let text = match (status, note) {
            (true, Some(note)) => Some(format!("{message}. {note}")),
            (true, None) => Some(format!("{message}.")),
            (false, note) => note,
        };
        let by = match event.actor_type.as_str() {
            "system" => String::new(),
            "recipient" => "The recipient · ".to_owned(),
            _ => format!("{} · ", event.actor_name),
        };
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

/// Where messages to the recipient can go: the email address, and the phone number.
pub fn channels(link: &PayoutLink) -> Vec<(Channel, String)> {
    let email = link.contact_email.clone().map(|email| (Channel::Email, email));
    let phone =
        link.contact_phone.as_deref().and_then(crate::domain::message::phone).map(|phone| (Channel::Sms, phone));
    email.into_iter().chain(phone).collect()
}

/// `1 attempt failed; 3 are allowed`, or nothing.
pub fn attempts_note(link: &PayoutLink) -> String {
    let most = crate::domain::payout_link::MOST_FAILURES;
    match link.failure_count {
        0 => String::new(),
        failed => format!("{} of {most} failed; after {most} the link closes", group(failed.unsigned_abs())),
    }
}

/// Class and word of the state that an event reached. `later`: it is not the first.
fn event_status(event: &LinkEvent, later: bool) -> (&'static str, &'static str) {
    match event.event_type {
        EventType::StatusChange => {
            let reopened = later && event.from_state == Some(State::Processing);
            let status = words::link_status(event.to_state, reopened, None);
            (status.class, status.word)
        }
        EventType::Return => ("s-reversed", ""),
        EventType::Loss => ("s-failed", ""),
        EventType::Approval => ("s-approve", ""),
        _ => ("s-queued", ""),
    }
}

/// Each member of a JSON object as `name: value`.
fn notes(text: Option<&str>) -> Vec<String> {
    let members: serde_json::Map<String, serde_json::Value> =
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let line = |(name, value): (&String, &serde_json::Value)| match value.as_str() {
        Some(text) => format!("{name}: {text}"),
        None => format!("{name}: {value}"),
    };
    members.iter().map(line).collect()
}
