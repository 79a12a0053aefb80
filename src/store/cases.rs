//! Cases: reading them, and the changes that move no money.

use serde::Deserialize;

use super::sql::{Conditions, Table, Value, int, text};
use super::{Reader, StoreError, Tx};
use crate::domain::case::{Case, Kind, Verdict};
use crate::domain::ids::{CaseId, CaseNoteId, StaffId};
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
    /// The last line about the rail in the payout's history, and when it was written.
    pub last_answer: Option<String>,
    pub last_answer_at: Option<i64>,
    /// When a job asks the rail again.
    pub next_question_at: Option<i64>,
    /// The version of the payout, reversal or cancellation as it stands.
    pub version_now: Option<i64>,
}

/// How many cases are open in a currency, and what is at stake.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CaseTotal {
    pub currency: Currency,
    pub cases: i64,
    pub amount_minor: i64,
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
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }
}

/// Open or closed ones: the oldest first, respectively the newest; behind `after` in that order.
pub async fn list(
    reader: &mut Reader,
    open: bool,
    after: Option<CaseId>,
    limit: i64,
) -> Result<Vec<CaseLine>, StoreError> {
    let mut conditions = Conditions::default();
    conditions.and(if open { "c.state <> 'closed'" } else { "c.state = 'closed'" }, []);
    if let Some(after) = after {
        conditions.and(if open { "c.id > ?" } else { "c.id < ?" }, [after.to_string().into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    let order = if open { "ASC" } else { "DESC" };
    let chosen = format!("SELECT c.* FROM cases c {} ORDER BY c.id {order} LIMIT {limit}", conditions.where_clause());
    let inner = format!("{} ORDER BY c.id {order}", line(&format!("({chosen})")));
    reader.rows(&columns(), &inner, conditions.values()).await
}

pub async fn get(reader: &mut Reader, id: CaseId) -> Result<Option<CaseLine>, StoreError> {
    let inner = line("(SELECT * FROM cases WHERE id = $1)");
    Ok(reader.rows(&columns(), &inner, &[id.to_string().into()]).await?.into_iter().next())
}

/// Sums over the open ones, one for each currency.
pub async fn totals(reader: &mut Reader) -> Result<Vec<CaseTotal>, StoreError> {
    let inner = "SELECT q.currency, COUNT(*) AS cases, CAST(SUM(q.amount_minor) AS BIGINT) AS amount_minor FROM (SELECT \
                 currency, amount_minor FROM cases WHERE state <> 'closed' ORDER BY id LIMIT $1) AS q GROUP BY \
                 q.currency ORDER BY q.currency";
    reader.rows(&["currency", "cases", "amount_minor"], inner, &[COUNTED.into()]).await
}

/// The notes on a case, newest first.
pub async fn notes(reader: &mut Reader, id: CaseId) -> Result<Vec<CaseNote>, StoreError> {
    let inner = "SELECT n.id, n.note, s.name AS staff_name FROM case_notes n JOIN staff s ON s.id = n.staff_id WHERE \
                 n.case_id = $1 ORDER BY n.id DESC LIMIT $2";
    reader.rows(&["id", "note", "staff_name"], inner, &[id.to_string().into(), NOTES.into()]).await
}

/// Makes somebody look after an open case; answers whether it is one.
pub async fn take(tx: &mut Tx<'_>, id: CaseId, staff: StaffId) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE cases SET owner_staff_id = $2, version = version + 1 WHERE id = $1 AND state <> 'closed'";
    Ok(tx.execute(sql, &[id.to_string().into(), staff.to_string().into()]).await? == 1)
}

/// Adds a note, to a closed case too.
pub async fn add_note(tx: &mut Tx<'_>, id: CaseId, staff: StaffId, note: &str) -> Result<(), sqlx::Error> {
    let note_id: CaseNoteId = tx.mint().next();
    let sql = "INSERT INTO case_notes (id, case_id, staff_id, note) VALUES ($1, $2, $3, $4)";
    let values = [note_id.to_string().into(), id.to_string().into(), staff.to_string().into(), note.into()];
    tx.execute(sql, &values).await.map(|_| ())
}

/// What somebody proposes for an open case, seen with these versions of it and of its subject; answers whether both
/// still stand.
pub async fn propose(
    tx: &mut Tx<'_>,
    case: &Case,
    subject_version: i64,
    staff: StaffId,
    verdict: Verdict,
    reason: &str,
) -> Result<bool, sqlx::Error> {
    let sql = format!(
        "UPDATE cases SET state = 'settling', verdict = $3, verdict_reason = $4, proposed_by = $5, proposed_at = $6, \
         subject_version = $7, version = version + 1 WHERE id = $1 AND version = $2 AND state = 'open' AND {} = $7",
        version_now(case.kind, "cases")
    );
    let values = [
        Value::from(case.id.to_string()),
        case.version.into(),
        verdict.name().into(),
        reason.into(),
        staff.to_string().into(),
        tx.now().into(),
        subject_version.into(),
    ];
    Ok(tx.execute(&sql, &values).await? == 1)
}

/// Takes a proposal back; answers whether there was one.
pub async fn withdraw(tx: &mut Tx<'_>, id: CaseId) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE cases SET state = 'open', verdict = NULL, verdict_reason = NULL, proposed_by = NULL, \
               proposed_at = NULL, subject_version = NULL, version = version + 1 WHERE id = $1 AND state = 'settling'";
    Ok(tx.execute(sql, &[id.to_string().into()]).await? == 1)
}

/// Makes the subject of a doubt due, so that a job asks its rail at the next look; answers whether it is still in doubt.
pub async fn ask_now(tx: &mut Tx<'_>, case: &Case) -> Result<bool, sqlx::Error> {
    let sql = match case.kind {
        Kind::UnknownPayout => "UPDATE payouts SET due_at = $2 WHERE id = $1 AND outcome_unknown_since IS NOT NULL",
        Kind::UnknownReversal => "UPDATE reversals SET due_at = $2 WHERE id = $1 AND outcome_unknown_since IS NOT NULL",
        Kind::UnansweredCancellation => "UPDATE cancellations SET due_at = $2 WHERE id = $1 AND state = 'unanswered'",
        Kind::PaidAfterRefund => return Ok(false),
    };
    Ok(tx.execute(sql, &[case.subject_id.as_str().into(), tx.now().into()]).await? == 1)
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
        "last_answer",
        "last_answer_at",
        "next_question_at",
        "version_now",
    ]);
    columns
}

/// The columns of a [`CaseLine`] over these cases.
fn line(cases: &str) -> String {
    let name = |column: &str| format!("(SELECT name FROM staff WHERE id = c.{column})");
    let last = |column: &str| {
        format!(
            "(SELECT e.{column} FROM payout_events e WHERE e.payout_id = c.payout_id AND e.event_type IN ('provider', \
             'cancellation', 'reversal', 'loss') ORDER BY e.seq DESC LIMIT 1)"
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
    format!(
        "SELECT {}, p.reference_id, b.first_name AS payee_first_name, b.last_name AS payee_last_name, l.name AS \
         client_name, p.rail, {} AS owner_name, {} AS proposer_name, {} AS confirmer_name, {} AS last_answer, {} AS \
         last_answer_at, {} AS next_question_at, {} AS version_now FROM {cases} AS c JOIN payouts p ON p.id = c.payout_id \
         JOIN payees b ON b.id = p.payee_id JOIN clients l ON l.id = c.client_id",
        CASES.select("c"),
        name("owner_staff_id"),
        name("proposed_by"),
        name("confirmed_by"),
        last("message"),
        last("created_at"),
        of_subject("due_at"),
        of_subject("version"),
    )
}

/// The version of a case's subject, over the case.
fn version_now(kind: Kind, case: &str) -> String {
    let table = match kind {
        Kind::UnknownPayout | Kind::PaidAfterRefund => "payouts",
        Kind::UnknownReversal => "reversals",
        Kind::UnansweredCancellation => "cancellations",
    };
    format!("(SELECT s.version FROM {table} s WHERE s.id = {case}.subject_id)")
}
