//! What staff are asked: whether a payout was stopped, whether money came back, and whether what somebody says that the
//! bank did afterwards is so.

use serde::Deserialize;

use super::work::{COUNTED, TO_PAY};
use crate::domain::case::Verdict;
use crate::domain::ids::{CancellationId, PayoutId};
use crate::domain::manual::Kind;
use crate::domain::money::{Currency, Money};
use crate::store::sql::{Select, Value};
use crate::store::{Reader, StoreError};

/// Something that staff are asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Question {
    pub kind: Kind,
    /// The cancellation, the reversal, or the answer that waits for a second person.
    pub id: String,
    pub payout_id: PayoutId,
    pub reference_id: String,
    pub amount_minor: i64,
    pub currency: Currency,
    pub payee_first_name: String,
    pub payee_last_name: String,
    pub wallet_name: String,
    pub client_name: String,
    pub reason: Option<String>,
    pub waiting: Option<Verdict>,
}

const QUESTION: &[&str] = &[
    "kind",
    "id",
    "payout_id",
    "reference_id",
    "amount_minor",
    "currency",
    "payee_first_name",
    "payee_last_name",
    "wallet_name",
    "client_name",
    "reason",
    "waiting",
];

impl Question {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    pub fn payee_name(&self) -> String {
        format!("{} {}", self.payee_first_name, self.payee_last_name).trim().to_owned()
    }

    /// When it was asked, in Unix microseconds.
    pub fn asked_at(&self) -> i64 {
        asked_at(rest(&self.id)).unwrap_or_default()
    }
}

// What is open of each kind, written out as the indexes have it: no rail is asked about these.
const CANCELLATIONS: &str = "cancellations n WHERE n.due_at IS NULL AND n.state = 'requested'";
const REVERSALS: &str = "reversals n WHERE n.due_at IS NULL AND n.state = 'pending'";
const AFTERMATHS: &str = "manual_answers n WHERE n.kind = 'aftermath' AND n.state = 'waiting'";

/// What waits for staff: payouts that nobody has taken, and questions; how many, and the oldest of each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Waiting {
    pub to_pay: i64,
    pub oldest_to_pay: Option<PayoutId>,
    pub questions: i64,
    /// The id without the part that names its kind.
    pub oldest_question: Option<String>,
}

impl Waiting {
    /// Since when the oldest of all waits, in Unix microseconds.
    pub fn since(&self) -> Option<i64> {
        let question = self.oldest_question.as_ref().and_then(|rest| asked_at(rest));
        self.oldest_to_pay.map(PayoutId::created_at).into_iter().chain(question).min()
    }
}

/// Counts at most [`COUNTED`] of each kind.
pub async fn waiting(reader: &mut Reader) -> Result<Waiting, StoreError> {
    Ok(reader.select(&select_waiting()).await?.into_iter().next().unwrap_or_default())
}

pub(super) fn select_waiting() -> Select {
    let count = |from: &str| format!("(SELECT COUNT(*) FROM (SELECT 1 FROM {from} LIMIT $1) AS q)");
    let to_pay = format!("payouts p WHERE {TO_PAY}");
    let asked = [CANCELLATIONS, REVERSALS, AFTERMATHS];
    let oldest = asked.map(|from| format!("SELECT SUBSTR(MIN(n.id), 5) AS rest FROM {from}")).join(" UNION ALL ");
    let inner = format!(
        "SELECT {} AS to_pay, (SELECT MIN(p.id) FROM {to_pay}) AS oldest_to_pay, {} AS questions, (SELECT MIN(o.rest) \
         FROM ({oldest}) AS o) AS oldest_question",
        count(&to_pay),
        asked.map(count).join(" + "),
    );
    let columns = vec!["to_pay", "oldest_to_pay", "questions", "oldest_question"];
    Select { columns, inner, values: vec![Value::Int(COUNTED)] }
}

/// An id without its kind: ids of every kind are in the order of their times from there on.
fn rest(id: &str) -> &str {
    id.split_once('_').map_or("", |(_, rest)| rest)
}

/// The time in an id of any kind, in Unix microseconds.
fn asked_at(rest: &str) -> Option<i64> {
    format!("can_{rest}").parse().ok().map(CancellationId::created_at)
}

/// Oldest first, asked after the question `after`.
pub async fn questions(reader: &mut Reader, after: Option<&str>, limit: i64) -> Result<Vec<Question>, StoreError> {
    reader.select(&select(after, limit)).await
}

/// Each kind is read by an index of what is open, and cut to the page before they meet.
pub(super) fn select(after: Option<&str>, limit: i64) -> Select {
    let rest = after.map(rest).unwrap_or_default();
    // The sum of texts keeps SQLite from going through all payouts of the rail.
    let of = |kind: &str, from: &str, amount: &str, reason: &str, waiting: &str| {
        format!(
            "SELECT '{kind}' AS kind, n.id, n.payout_id, p.reference_id, {amount}, b.first_name AS payee_first_name, \
             b.last_name AS payee_last_name, w.name AS wallet_name, c.name AS client_name, {reason} AS reason, {waiting} \
             AS waiting FROM (SELECT n.* FROM {from} ORDER BY n.id LIMIT $1) AS n JOIN payouts p ON p.id = n.payout_id \
             AND p.rail || '' = 'manual' JOIN payees b ON b.id = p.payee_id JOIN wallets w ON w.id = p.wallet_id JOIN clients \
             c ON c.id = p.client_id"
        )
    };
    let waiting = "(SELECT m.verdict FROM manual_answers m WHERE m.subject_id = n.id AND m.state = 'waiting')";
    let asked = [
        of(
            "cancellation",
            &format!("{CANCELLATIONS} AND n.id > 'can_' || $2"),
            "p.amount_minor, p.currency",
            "n.reason",
            waiting,
        ),
        of(
            "reversal",
            &format!("{REVERSALS} AND n.id > 'rev_' || $2"),
            "n.amount_minor, n.currency",
            "n.reason",
            waiting,
        ),
        of(
            "aftermath",
            &format!("{AFTERMATHS} AND n.id > 'ans_' || $2"),
            "p.amount_minor, p.currency",
            "n.reason",
            "n.verdict",
        ),
    ];
    let inner = format!("SELECT * FROM ({}) AS q ORDER BY SUBSTR(q.id, 5) LIMIT $1", asked.join(" UNION ALL "));
    Select { columns: QUESTION.to_vec(), inner, values: vec![Value::Int(limit), rest.into()] }
}
