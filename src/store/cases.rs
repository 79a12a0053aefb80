//! Reading cases; what changes them without moving money is in `case_work`.

use serde::Deserialize;

use super::sql::{Conditions, Table, Value, int, text};
use super::{Reader, StoreError};
use crate::domain::case::{Case, Kind, State};
use crate::domain::command::FAILED_AFTER_PAID;
use crate::domain::ids::{CaseId, CaseNoteId, ClientId, PayoutId, StaffId};
use crate::domain::money::{Currency, Money};

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
        int("questions"),
        int("asked_at"),
        int("version"),
    ],
};

/// A case with the words around it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CaseLine {
    #[serde(flatten)]
    pub case: Case,
    pub reference_id: String,
    pub payee_first_name: String,
    pub payee_last_name: String,
    pub client_name: String,
    pub rail: String,
    pub owner_name: Option<String>,
    pub proposer_name: Option<String>,
    pub confirmer_name: Option<String>,
    pub wallet_number: i64,
    pub wallet_name: String,
    pub rail_reference: Option<String>,
    /// Why the cancellation or reversal was asked for, and by whom.
    pub asked_because: Option<String>,
    pub asked_by: Option<String>,
    /// What the rail itself said last about this, and when; none while it never has.
    pub last_answer: Option<String>,
    pub last_answer_note: Option<String>,
    pub last_answer_at: Option<i64>,
    /// When a job asks the rail again.
    pub next_question_at: Option<i64>,
    /// The version of the payout, reversal or cancellation as it stands.
    pub version_now: Option<i64>,
}

/// A case that something points to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CaseRef {
    pub id: CaseId,
    pub kind: Kind,
    pub state: State,
}

/// What is at stake in a currency, each payout once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CaseTotal {
    pub currency: Currency,
    pub cases: i64,
    pub payouts: i64,
    /// Of payouts and reversals whose outcome nobody knows.
    pub unknown_minor: i64,
    /// Booked as lost, and not dealt with yet.
    pub lost_minor: i64,
}

/// Which cases of the open or of the closed ones.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    pub closed: bool,
    pub owner: Option<Owner>,
    pub kind: Option<Kind>,
    pub client: Option<ClientId>,
    pub currency: Option<Currency>,
}

/// Who looks after a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Staff(StaffId),
    Nobody,
}

/// Something that somebody wrote down.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CaseNote {
    pub id: CaseNoteId,
    pub note: String,
    pub staff_name: String,
}

/// How many open cases the sums look at.
const COUNTED: i64 = 10_000;

/// How many notes of a case are shown, the newest.
const NOTES: i64 = 200;

impl CaseLine {
    pub fn payee_name(&self) -> String {
        format!("{} {}", self.payee_first_name, self.payee_last_name).trim().to_owned()
    }
}

impl CaseTotal {
    pub fn unknown(&self) -> Money {
        Money::new(self.unknown_minor, self.currency)
    }

    pub fn lost(&self) -> Money {
        Money::new(self.lost_minor, self.currency)
    }
}

/// Open ones, the oldest first, or closed ones, the newest first; behind `after` in that order.
pub async fn list(
    reader: &mut Reader,
    filter: &CaseFilter,
    after: Option<CaseId>,
    limit: i64,
) -> Result<Vec<CaseLine>, StoreError> {
    let mut conditions = conditions(filter);
    if let Some(after) = after {
        conditions.and(if filter.closed { "c.id < ?" } else { "c.id > ?" }, [after.to_string().into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    let order = if filter.closed { "DESC" } else { "ASC" };
    let chosen = format!("SELECT c.* FROM cases c {} ORDER BY c.id {order} LIMIT {limit}", conditions.where_clause());
    let inner = format!("{} ORDER BY c.id {order}", line(&format!("({chosen})")));
    reader.rows(&columns(), &inner, conditions.values()).await
}

fn conditions(filter: &CaseFilter) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.and(if filter.closed { "c.state = 'closed'" } else { "c.state <> 'closed'" }, []);
    match filter.owner {
        Some(Owner::Staff(id)) => conditions.and("c.owner_staff_id = ?", [id.to_string().into()]),
        Some(Owner::Nobody) => conditions.and("c.owner_staff_id IS NULL", []),
        None => {}
    }
    if let Some(kind) = filter.kind {
        conditions.and("c.kind = ?", [kind.name().into()]);
    }
    if let Some(client) = filter.client {
        conditions.and("c.client_id = ?", [client.to_string().into()]);
    }
    if let Some(currency) = filter.currency {
        conditions.and("c.currency = ?", [currency.code().into()]);
    }
    conditions
}

/// The cases of one payout, with what about it and its questions and reversals is or was not known; newest first, at most
/// twenty.
pub async fn of_payout(reader: &mut Reader, id: PayoutId) -> Result<Vec<CaseRef>, StoreError> {
    let inner = "SELECT id, kind, state FROM cases WHERE payout_id = $1 ORDER BY id DESC LIMIT 20";
    reader.rows(&["id", "kind", "state"], inner, &[id.to_string().into()]).await
}

/// Those whose proposal waits for a second person, the oldest first; at most `limit`.
pub async fn settling(reader: &mut Reader, limit: i64) -> Result<Vec<CaseLine>, StoreError> {
    let inner = line("(SELECT c.* FROM cases c WHERE c.state = 'settling' ORDER BY c.id LIMIT $1)");
    reader.rows(&columns(), &format!("{inner} ORDER BY c.id"), &[limit.into()]).await
}

pub async fn get(reader: &mut Reader, id: CaseId) -> Result<Option<CaseLine>, StoreError> {
    let inner = line("(SELECT * FROM cases WHERE id = $1)");
    Ok(reader.rows(&columns(), &inner, &[id.to_string().into()]).await?.into_iter().next())
}

/// Sums over those of the first [`COUNTED`] that match, one for each currency: a payout counts once, whatever is not
/// known about it, and so does each reversal of a payout that is not itself in doubt.
pub async fn totals(reader: &mut Reader, filter: &CaseFilter) -> Result<Vec<CaseTotal>, StoreError> {
    let mut conditions = conditions(filter);
    let limit = conditions.bind(Value::Int(COUNTED));
    let of =
        |kinds: &str, how: &str| format!("COALESCE({how}(CASE WHEN q.kind IN ({kinds}) THEN q.amount_minor END), 0)");
    let (payout, reversals, lost) = (
        of("'unknown_payout', 'unanswered_cancellation', 'failed_after_paid'", "MAX"),
        of("'unknown_reversal'", "SUM"),
        of("'paid_after_refund'", "SUM"),
    );
    let inner = format!(
        "SELECT s.currency, CAST(SUM(s.cases) AS BIGINT) AS cases, COUNT(*) AS payouts, CAST(SUM(CASE WHEN s.payout > 0 \
         THEN s.payout ELSE s.reversals END) AS BIGINT) AS unknown_minor, CAST(SUM(s.lost) AS BIGINT) AS lost_minor FROM \
         (SELECT q.currency, COUNT(*) AS cases, {payout} AS payout, {reversals} AS reversals, {lost} AS lost FROM (SELECT \
         c.payout_id, c.kind, c.currency, c.amount_minor FROM cases c {} ORDER BY c.id LIMIT {limit}) AS q GROUP BY \
         q.payout_id, q.currency) AS s GROUP BY s.currency ORDER BY s.currency",
        conditions.where_clause()
    );
    let columns = ["currency", "cases", "payouts", "unknown_minor", "lost_minor"];
    reader.rows(&columns, &inner, conditions.values()).await
}

/// How many are open, counted up to [`COUNTED`].
pub async fn open(reader: &mut Reader) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM cases WHERE state <> 'closed' LIMIT $1) AS q";
    Ok(reader.int(sql.to_owned(), &[COUNTED.into()]).await?.unwrap_or_default())
}

/// The notes on a case, newest first.
pub async fn notes(reader: &mut Reader, id: CaseId) -> Result<Vec<CaseNote>, StoreError> {
    let inner = "SELECT n.id, n.note, s.name AS staff_name FROM case_notes n JOIN staff s ON s.id = n.staff_id WHERE \
                 n.case_id = $1 ORDER BY n.id DESC LIMIT $2";
    reader.rows(&["id", "note", "staff_name"], inner, &[id.to_string().into(), NOTES.into()]).await
}

fn columns() -> Vec<&'static str> {
    let mut columns = CASES.columns();
    columns.extend([
        "reference_id",
        "payee_first_name",
        "payee_last_name",
        "client_name",
        "rail",
        "owner_name",
        "proposer_name",
        "confirmer_name",
        "wallet_number",
        "wallet_name",
        "rail_reference",
        "asked_because",
        "asked_by",
        "last_answer",
        "last_answer_note",
        "last_answer_at",
        "next_question_at",
        "version_now",
    ]);
    columns
}

/// The columns of a [`CaseLine`] over these cases.
fn line(cases: &str) -> String {
    let name = |column: &str| format!("(SELECT name FROM staff WHERE id = c.{column})");
    // What the rail said of this subject: not that it said nothing, nor what people say or other questions came to.
    let last = |column: &str| {
        format!(
            "(SELECT e.{column} FROM payout_events e WHERE e.payout_id = c.payout_id AND e.actor_type = 'system' AND \
             ((c.kind = 'unknown_payout' AND ((e.event_type = 'status_change' AND e.to_state IN ('settling', \
             'completed', 'failed', 'action_required')) OR e.message = 'Provider answers again')) OR (c.kind = \
             'paid_after_refund' AND e.event_type = 'loss') OR (c.kind = 'failed_after_paid' AND e.message = \
             '{FAILED_AFTER_PAID}') OR (c.kind = 'unanswered_cancellation' AND e.created_at = (SELECT a.answered_at FROM \
             cancellations a WHERE a.id = c.subject_id) AND (e.message = 'Provider refused to cancel' OR e.message LIKE \
             'Payout %the provider confirmed%')) OR (c.kind = 'unknown_reversal' AND e.event_type = 'reversal' AND \
             e.created_at = (SELECT COALESCE(r.completed_at, r.failed_at) FROM reversals r WHERE r.id = c.subject_id))) \
             ORDER BY e.seq DESC LIMIT 1)"
        )
    };
    let of_subject = |column: &str| {
        let one = |table: &str| format!("(SELECT {column} FROM {table} WHERE id = c.subject_id)");
        format!(
            "CASE c.kind WHEN 'unknown_reversal' THEN {} WHEN 'unanswered_cancellation' THEN {} ELSE {} END",
            one("reversals"),
            one("cancellations"),
            one("payouts")
        )
    };
    let asked = |cancellation: &str, reversal: &str| {
        format!(
            "CASE c.kind WHEN 'unanswered_cancellation' THEN (SELECT {cancellation} FROM cancellations x WHERE x.id = \
             c.subject_id) WHEN 'unknown_reversal' THEN (SELECT {reversal} FROM reversals x WHERE x.id = c.subject_id) END"
        )
    };
    format!(
        "SELECT {}, p.reference_id, b.first_name AS payee_first_name, b.last_name AS payee_last_name, l.name AS \
         client_name, p.rail, p.rail_reference, w.number AS wallet_number, w.name AS wallet_name, {} AS asked_because, {} AS \
         asked_by, {} AS owner_name, {} AS proposer_name, {} AS confirmer_name, {} AS last_answer, {} AS \
         last_answer_note, {} AS last_answer_at, {} AS next_question_at, {} AS version_now FROM {cases} AS c JOIN payouts \
         p ON p.id = c.payout_id JOIN wallets w ON w.id = p.wallet_id JOIN payees b ON b.id = p.payee_id JOIN clients l ON l.id = c.client_id",
        CASES.select("c"),
        asked("x.reason", "x.reason"),
        asked("x.actor_name", "(SELECT name FROM staff WHERE id = x.maker_staff_id)"),
        name("owner_staff_id"),
        name("proposed_by"),
        name("confirmed_by"),
        last("message"),
        last("note"),
        last("created_at"),
        of_subject("due_at"),
        of_subject("version"),
    )
}
