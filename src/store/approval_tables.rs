//! The tables of approvals, whose rows travel as JSON.

use super::sql::{Table, int, text};

pub const RULES: Table = Table {
    name: "approval_rules",
    columns: &[
        text("id"),
        text("verb"),
        text("client_id"),
        text("currency"),
        int("from_minor"),
        int("people"),
        text("role"),
        text("made_by"),
        text("end_asked_by"),
        int("end_asked_at"),
        text("ended_by"),
        int("ended_at"),
        int("version"),
    ],
};

pub const NEEDS: Table =
    Table { name: "approval_needs", columns: &[text("subject_id"), int("people"), text("role"), text("rules")] };

pub const APPROVALS: Table = Table {
    name: "approvals",
    columns: &[
        text("subject_id"),
        int("shown"),
        text("staff_id"),
        text("creator_staff_id"),
        text("name"),
        text("note"),
        int("given_at"),
    ],
};

pub const REQUESTS: Table = Table {
    name: "approval_requests",
    columns: &[
        text("id"),
        text("verb"),
        text("subject_id"),
        text("client_id"),
        text("currency"),
        int("amount_minor"),
        text("title"),
        text("facts"),
        text("act"),
        int("people"),
        text("role"),
        text("rules"),
        text("reason"),
        text("maker_staff_id"),
        text("maker_name"),
        text("state"),
        text("answer"),
        int("ended_at"),
        int("expires_at"),
        int("version"),
    ],
};
