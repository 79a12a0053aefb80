//! Columns stand in the order of the structs they are read into.

use super::*;
use crate::domain::event::{Event, EventType};
use crate::domain::ids::{Id, Mint};
use crate::domain::message::{self, About, Channel, Kind, Message};
use crate::domain::payee::PayeeDetails;
use crate::domain::payee_account::{AccountDetails, AccountKind};
use crate::domain::payout::State;
use crate::domain::webhook::{self, Delivery, DeliveryState};
use crate::store::deliveries::{WEBHOOK_DELIVERIES, WEBHOOK_EVENTS};

/// The names of the members as they are written.
fn members(row: &impl serde::Serialize) -> Vec<String> {
    let text = serde_json::to_string(row).unwrap();
    text.split(&['{', ','][..])
        .filter_map(|part| part.split_once(':')?.0.split('"').nth(1))
        .map(str::to_owned)
        .collect()
}

#[test]
fn columns_stand_in_the_order_of_their_structs() {
    let mut mint = Mint::new(|| 1);
    let payee = PayeeDetails::default().into_payee(Id::first_at(1), &mut mint);
    assert_eq!(members(&payee), PAYEES.columns());
    let account = AccountDetails {
        kind: AccountKind::Upi,
        currency: None,
        country: None,
        holder_name: None,
        identifiers: String::new(),
        label: None,
        fingerprint: String::new(),
        number_hash: None,
    };
    assert_eq!(members(&account.into_account(&payee, &mut mint)), PAYEE_ACCOUNTS.columns());
    let event = Event {
        payout_id: Id::first_at(1),
        seq: 1,
        event_type: EventType::StatusChange,
        from_state: None,
        to_state: State::Created,
        actor_type: String::new(),
        actor_name: String::new(),
        message: String::new(),
        note: None,
        via: String::new(),
        request_id: String::new(),
        created_at: 1,
    };
    assert_eq!(members(&event), EVENTS.columns());
    let message = Message {
        id: Id::first_at(1),
        about_kind: About::Link,
        about_id: String::new(),
        client_id: Id::first_at(1),
        kind: Kind::LinkIssued,
        channel: Channel::Email,
        recipient: String::new(),
        data: String::new(),
        link_token: None,
        code: None,
        state: message::State::Waiting,
        attempts: 0,
        next_at: None,
        last_error: None,
        sent_at: None,
        provider_answer: None,
    };
    assert_eq!(members(&message), MESSAGES.columns());
    let delivery = Delivery {
        id: Id::first_at(1),
        webhook_id: Id::first_at(1),
        event_id: Id::first_at(1),
        name: String::new(),
        about_id: None,
        body: String::new(),
        state: DeliveryState::Waiting,
        attempts: 0,
        round_from: 0,
        round_at: 0,
        next_at: None,
        sent_at: None,
        status: None,
        answer: None,
    };
    assert_eq!(members(&delivery), WEBHOOK_DELIVERIES.columns());
    let told = webhook::Event {
        id: Id::first_at(1),
        client_id: Id::first_at(1),
        kind: webhook::Kind::PayoutCreated,
        about_id: String::new(),
        from_state: None,
        to_state: String::new(),
        snapshot: String::new(),
    };
    assert_eq!(members(&told), WEBHOOK_EVENTS.columns());
}
