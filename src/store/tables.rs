//! The tables whose rows travel as JSON, column by column.

use super::sql::Table;

pub const PAYOUTS: Table = Table {
    name: "payouts",
    text: &[
        "id",
        "client_id",
        "wallet_id",
        "payee_id",
        "account_id",
        "reference_id",
        "state",
        "action",
        "closed_by",
        "currency",
        "destination_currency",
        "rate",
        "hold_id",
        "rail",
        "maker_staff_id",
        "maker_credential_id",
        "checker_staff_id",
        "description",
        "metadata",
        "failure_code",
        "failure_reason",
        "rail_reference",
    ],
    int: &[
        "amount_minor",
        "fees_minor",
        "destination_minor",
        "reversed_minor",
        "reversed_source_minor",
        "reversed_done_minor",
        "queued_at",
        "submitted_at",
        "settling_at",
        "completed_at",
        "failed_at",
        "cancelled_at",
        "expired_at",
        "returned_at",
        "outcome_unknown_since",
        "due_at",
        "version",
    ],
};

pub const PAYEES: Table = Table {
    name: "payees",
    text: &[
        "id",
        "client_id",
        "email",
        "first_name",
        "last_name",
        "country",
        "phone",
        "account_id",
        "account_identifiers",
        "account_label",
        "metadata",
        "fingerprint",
    ],
    int: &["saved_at", "deleted_at"],
};

pub const WALLETS: Table = Table {
    name: "wallets",
    text: &["id", "client_id", "name", "currency", "rail"],
    int: &[
        "number",
        "available_minor",
        "held_minor",
        "approval_limit_minor",
        "fee_basis_points",
        "fee_fixed_minor",
        "fee_minimum_minor",
        "threshold_minor",
        "created_at",
        "updated_at",
        "closed_at",
        "version",
    ],
};

pub const EVENTS: Table = Table {
    name: "payout_events",
    text: &[
        "payout_id",
        "event_type",
        "from_state",
        "to_state",
        "actor_type",
        "actor_name",
        "message",
        "note",
        "via",
        "request_id",
    ],
    int: &["seq", "created_at"],
};

pub const LEDGER: Table = Table {
    name: "ledger_transactions",
    text: &[
        "id",
        "kind",
        "client_id",
        "wallet_id",
        "payout_id",
        "reversal_id",
        "hold_id",
        "hold_phase",
        "currency",
        "remarks",
    ],
    int: &[
        "available_delta_minor",
        "held_delta_minor",
        "available_after_minor",
        "held_after_minor",
        "created_at",
    ],
};

pub const POSTINGS: Table = Table {
    name: "postings",
    text: &["transaction_id", "from_account", "to_account", "currency"],
    int: &["position", "amount_minor"],
};

pub const REVERSALS: Table = Table {
    name: "reversals",
    text: &[
        "id",
        "payout_id",
        "client_id",
        "wallet_id",
        "state",
        "currency",
        "reason",
        "client_transfer_id",
        "statement_description",
        "metadata",
        "maker_staff_id",
        "maker_credential_id",
        "failure_reason",
    ],
    int: &[
        "amount_minor",
        "source_minor",
        "remaining_minor",
        "completed_at",
        "failed_at",
        "outcome_unknown_since",
        "due_at",
        "version",
    ],
};

pub const CANCELLATIONS: Table = Table {
    name: "cancellations",
    text: &["id", "payout_id", "client_id", "state", "reason", "answer", "actor_name"],
    int: &["answered_at", "due_at", "version"],
};

pub const KEYS: Table = Table {
    name: "idempotency_keys",
    text: &["caller", "operation", "key", "request_hash", "outcome"],
    int: &["created_at"],
};

pub const AUDIT: Table = Table {
    name: "audit_log",
    text: &[
        "chain",
        "actor_id",
        "actor_name",
        "via",
        "ip",
        "request_id",
        "action",
        "subject_id",
        "client_id",
        "outcome",
        "rule",
        "reason",
        "hash",
    ],
    int: &["seq", "at"],
};

pub const COUNTERS: Table = Table {
    name: "payout_counters",
    text: &["wallet_id", "bucket", "client_id", "currency"],
    int: &["payouts", "amount_minor", "fees_minor"],
};
