//! The tables whose rows travel as JSON. Columns stand in the order of their row's struct, because rows that are read
//! often come as JSON arrays, without names.

use super::sql::{Table, int, text};

pub const PAYOUTS: Table = Table {
    name: "payouts",
    columns: &[
        text("id"),
        text("client_id"),
        text("wallet_id"),
        text("payee_id"),
        text("account_id"),
        text("link_id"),
        text("reference_id"),
        text("origin"),
        text("request_id"),
        text("extra"),
        int("notify"),
        text("state"),
        text("action"),
        text("closed_by"),
        int("amount_minor"),
        int("fees_minor"),
        text("currency"),
        int("destination_minor"),
        text("destination_currency"),
        text("rate"),
        int("reversed_minor"),
        int("reversed_source_minor"),
        int("reversed_done_minor"),
        text("hold_id"),
        text("rail"),
        text("maker_staff_id"),
        text("maker_credential_id"),
        text("credential_creator_id"),
        text("checker_staff_id"),
        text("description"),
        text("metadata"),
        text("failure_code"),
        text("failure_reason"),
        text("rail_reference"),
        int("queued_at"),
        int("submitted_at"),
        int("settling_at"),
        int("completed_at"),
        int("failed_at"),
        int("cancelled_at"),
        int("expired_at"),
        int("returned_at"),
        int("outcome_unknown_since"),
        int("due_at"),
        int("version"),
    ],
};

pub const PAYEES: Table = Table {
    name: "payees",
    columns: &[
        text("id"),
        text("client_id"),
        text("kind"),
        text("email"),
        text("first_name"),
        text("last_name"),
        text("country"),
        text("phone"),
        text("contact_type"),
        text("reference"),
        text("metadata"),
        text("fingerprint"),
        int("saved_at"),
        int("disabled_at"),
        int("deleted_at"),
        int("updated_at"),
        int("version"),
    ],
};

pub const PAYEE_ACCOUNTS: Table = Table {
    name: "payee_accounts",
    columns: &[
        text("id"),
        text("payee_id"),
        text("client_id"),
        text("kind"),
        text("currency"),
        text("country"),
        text("holder_name"),
        text("identifiers"),
        text("label"),
        text("fingerprint"),
        text("number_hash"),
        int("disabled_at"),
        int("deleted_at"),
    ],
};

pub const WALLETS: Table = Table {
    name: "wallets",
    columns: &[
        text("id"),
        int("number"),
        text("client_id"),
        text("name"),
        text("currency"),
        int("available_minor"),
        int("held_minor"),
        int("approval_limit_minor"),
        int("fee_basis_points"),
        int("fee_fixed_minor"),
        int("fee_minimum_minor"),
        int("threshold_minor"),
        text("rail"),
        int("created_at"),
        int("updated_at"),
        int("closed_at"),
        int("version"),
    ],
};

pub const EVENTS: Table = Table {
    name: "payout_events",
    columns: &[
        text("payout_id"),
        int("seq"),
        text("event_type"),
        text("from_state"),
        text("to_state"),
        text("actor_type"),
        text("actor_name"),
        text("message"),
        text("note"),
        text("via"),
        text("request_id"),
        int("created_at"),
    ],
};

pub const LINKS: Table = Table {
    name: "payout_links",
    columns: &[
        text("id"),
        text("client_id"),
        text("wallet_id"),
        text("state"),
        text("closed_by"),
        text("close_reason"),
        text("contact_id"),
        text("contact_name"),
        text("contact_type"),
        text("contact_phone"),
        text("contact_email"),
        text("purpose"),
        int("amount_minor"),
        int("fees_minor"),
        text("currency"),
        text("description"),
        text("receipt"),
        text("reference"),
        text("notes"),
        int("send_sms"),
        int("send_email"),
        int("expire_by"),
        text("payout_methods"),
        text("transfer_reason"),
        int("save_payee"),
        text("request_id"),
        int("attempt_count"),
        int("failure_count"),
        text("payee_id"),
        text("account_id"),
        text("payout_id"),
        text("hold_id"),
        text("maker_staff_id"),
        text("maker_credential_id"),
        text("credential_creator_id"),
        text("checker_staff_id"),
        text("cancel_reason"),
        text("replaces_id"),
        text("replaced_by_id"),
        int("issued_at"),
        int("claimed_at"),
        int("reopened_at"),
        int("closed_at"),
        int("due_at"),
        int("remind_at"),
        int("reminded_at"),
        text("token_hash"),
        text("token_sealed"),
        int("version"),
    ],
};

pub const LINK_EVENTS: Table = Table {
    name: "payout_link_events",
    columns: &[
        text("link_id"),
        int("seq"),
        text("event_type"),
        text("from_state"),
        text("to_state"),
        text("actor_type"),
        text("actor_name"),
        text("message"),
        text("note"),
        text("via"),
        text("request_id"),
        int("created_at"),
    ],
};

pub const LEDGER: Table = Table {
    name: "ledger_transactions",
    columns: &[
        text("id"),
        text("kind"),
        text("client_id"),
        text("wallet_id"),
        text("payout_id"),
        text("reversal_id"),
        text("link_id"),
        text("transfer_id"),
        text("hold_id"),
        text("hold_phase"),
        text("currency"),
        int("available_delta_minor"),
        int("held_delta_minor"),
        int("available_after_minor"),
        int("held_after_minor"),
        text("remarks"),
        text("booked_by"),
        int("created_at"),
    ],
};

pub const TRANSFERS: Table = Table {
    name: "transfers",
    columns: &[
        text("id"),
        text("client_id"),
        text("source_wallet_id"),
        text("target_wallet_id"),
        text("state"),
        int("amount_minor"),
        text("currency"),
        text("reference"),
        text("request_id"),
        text("failure_code"),
        text("maker_staff_id"),
        text("maker_credential_id"),
        int("completed_at"),
        int("updated_at"),
        int("version"),
    ],
};

pub const POSTINGS: Table = Table {
    name: "postings",
    columns: &[
        text("transaction_id"),
        int("position"),
        text("from_account"),
        text("to_account"),
        int("amount_minor"),
        text("currency"),
    ],
};

pub const QUOTES: Table = Table {
    name: "quotes",
    columns: &[
        text("id"),
        text("client_id"),
        text("wallet_id"),
        text("payee_id"),
        text("account_id"),
        int("amount_minor"),
        int("fees_minor"),
        text("currency"),
        int("destination_minor"),
        text("destination_currency"),
        text("rate"),
        text("client_transfer_id"),
        text("metadata"),
        text("extra"),
        int("notify"),
        int("expires_at"),
        int("committed_at"),
    ],
};

pub const REVERSALS: Table = Table {
    name: "reversals",
    columns: &[
        text("id"),
        text("payout_id"),
        text("client_id"),
        text("wallet_id"),
        text("state"),
        int("amount_minor"),
        text("currency"),
        int("source_minor"),
        int("remaining_minor"),
        text("reason"),
        text("client_transfer_id"),
        text("statement_description"),
        text("metadata"),
        int("notify"),
        text("maker_staff_id"),
        text("maker_credential_id"),
        text("failure_reason"),
        int("completed_at"),
        int("failed_at"),
        int("outcome_unknown_since"),
        int("due_at"),
        int("version"),
    ],
};

pub const CANCELLATIONS: Table = Table {
    name: "cancellations",
    columns: &[
        text("id"),
        text("payout_id"),
        text("client_id"),
        text("state"),
        text("reason"),
        text("answer"),
        text("actor_name"),
        int("answered_at"),
        int("due_at"),
        int("version"),
    ],
};

pub const FREEZES: Table = Table {
    name: "freezes",
    columns: &[
        text("id"),
        text("scope"),
        text("subject"),
        text("subject_name"),
        text("client_id"),
        text("reason"),
        int("drill"),
        text("state"),
        text("maker_staff_id"),
        text("maker_name"),
        text("maker_credential_id"),
        text("stood"),
        int("asked_at"),
        text("asker_staff_id"),
        text("asker_name"),
        text("asker_credential_id"),
        text("asker_creator_id"),
        text("asked_reason"),
        int("lifted_at"),
        text("lifter_name"),
        int("resumed_at"),
        int("version"),
    ],
};

pub const CASES: Table = Table {
    name: "cases",
    columns: &[
        text("id"),
        text("kind"),
        text("subject_id"),
        text("payout_id"),
        text("client_id"),
        int("amount_minor"),
        text("currency"),
        int("since"),
        text("state"),
        text("owner_staff_id"),
        text("verdict"),
        text("verdict_reason"),
        text("proposed_by"),
        int("proposed_at"),
        int("subject_version"),
        text("ending"),
        text("confirmed_by"),
        int("closed_at"),
        int("version"),
    ],
};

pub const KEYS: Table = Table {
    name: "idempotency_keys",
    columns: &[
        text("caller"),
        text("operation"),
        text("key"),
        text("request_hash"),
        text("outcome"),
        int("created_at"),
    ],
};

pub const MESSAGES: Table = Table {
    name: "messages",
    columns: &[
        text("id"),
        text("about_kind"),
        text("about_id"),
        text("client_id"),
        text("kind"),
        text("channel"),
        text("recipient"),
        text("data"),
        text("link_token"),
        text("code"),
        text("state"),
        int("attempts"),
        int("next_at"),
        text("last_error"),
        int("sent_at"),
        text("provider_answer"),
    ],
};

pub const WEBHOOK_EVENTS: Table = Table {
    name: "webhook_events",
    columns: &[
        text("id"),
        text("client_id"),
        text("kind"),
        text("about_id"),
        text("from_state"),
        text("to_state"),
        text("snapshot"),
        int("due_at"),
    ],
};

pub const WEBHOOK_DELIVERIES: Table = Table {
    name: "webhook_deliveries",
    columns: &[
        text("id"),
        text("webhook_id"),
        text("event_id"),
        text("name"),
        text("about_id"),
        text("body"),
        text("state"),
        int("attempts"),
        int("round_from"),
        int("round_at"),
        int("next_at"),
        int("sent_at"),
        int("status"),
        text("answer"),
    ],
};

pub const AUDIT: Table = Table {
    name: "audit_log",
    columns: &[
        text("chain"),
        int("seq"),
        int("at"),
        text("actor_id"),
        text("actor_name"),
        text("via"),
        text("ip"),
        text("request_id"),
        text("action"),
        text("subject_id"),
        text("client_id"),
        text("outcome"),
        text("rule"),
        text("reason"),
        text("hash"),
    ],
};

pub const COUNTERS: Table = Table {
    name: "payout_counters",
    columns: &[
        text("wallet_id"),
        text("client_id"),
        text("currency"),
        text("bucket"),
        int("payouts"),
        int("amount_minor"),
        int("fees_minor"),
    ],
};

pub const LINK_COUNTERS: Table = Table { name: "payout_link_counters", columns: COUNTERS.columns };

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{Event, EventType};
    use crate::domain::ids::{Id, Mint};
    use crate::domain::message::{self, About, Channel, Kind, Message};
    use crate::domain::payee::PayeeDetails;
    use crate::domain::payee_account::{AccountDetails, AccountKind};
    use crate::domain::payout::State;
    use crate::domain::webhook::{self, Delivery, DeliveryState};

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
            due_at: None,
        };
        assert_eq!(members(&told), WEBHOOK_EVENTS.columns());
    }
}
