//! Payouts that staff pay at the bank: what is to be done, who took it, and what was said of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use super::apply::update;
use super::sql::{self, Conditions, Engine, Script, Table, Value, int, text};
use super::{Reader, StoreError};
use crate::domain::books::Books;
use crate::domain::case::Verdict;
use crate::domain::command::{ByHand, Command, Unit, Work};
use crate::domain::ids::{CancellationId, PayoutId, ReversalId, StaffId, WalletId};
use crate::domain::manual::{Kind, ManualAnswer};
use crate::domain::money::{Currency, Money};

const TAKINGS: Table =
    Table { name: "manual_takings", columns: &[text("payout_id"), text("staff_id"), int("taken_at")] };

const ANSWERS: Table = Table {
    name: "manual_answers",
    columns: &[
        text("id"),
        text("kind"),
        text("subject_id"),
        text("payout_id"),
        text("wallet_id"),
        text("verdict"),
        text("reference"),
        text("paid_on"),
        text("reason"),
        int("payout_version"),
        text("state"),
        text("recorded_by"),
        text("recorded_name"),
        text("confirmed_by"),
        text("confirmed_name"),
        int("closed_at"),
        int("version"),
    ],
};

/// What may change on an answer.
const ANSWER_CHANGES: &[&str] = &["state", "confirmed_by", "confirmed_name", "closed_at", "version"];

/// How many payouts the sums look at.
pub const COUNTED: i64 = 10_000;

/// Which payouts are wanted: those that nobody has taken, or those that somebody has and that have no outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    ToPay,
    Taken,
}

/// Which of them.
#[derive(Debug, Clone, Default)]
pub struct WorkFilter {
    pub wallet: Option<WalletId>,
    /// Taken by this person.
    pub taker: Option<StaffId>,
}

/// A payout to be paid at the bank. Amounts in minor units, times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WorkLine {
    pub id: PayoutId,
    pub reference_id: String,
    pub amount_minor: i64,
    pub currency: Currency,
    /// What the payee gets.
    pub destination_minor: i64,
    pub destination_currency: Currency,
    pub payee_first_name: String,
    pub payee_last_name: String,
    pub account_label: Option<String>,
    pub wallet_name: String,
    pub client_name: String,
    pub queued_at: Option<i64>,
    pub taken_at: Option<i64>,
    pub taker_name: Option<String>,
    pub outcome_unknown_since: Option<i64>,
    /// What somebody recorded and nobody has confirmed yet.
    pub waiting: Option<Verdict>,
    /// Cancellations without an answer.
    pub asked: i64,
}

/// How many payouts, and how much, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WorkTotal {
    pub currency: Currency,
    pub payouts: i64,
    pub amount_minor: i64,
}

/// Something that staff are asked: whether it was stopped, or came back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Question {
    pub kind: Kind,
    pub subject_id: String,
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

const LINE: &[&str] = &[
    "id",
    "reference_id",
    "amount_minor",
    "currency",
    "destination_minor",
    "destination_currency",
    "payee_first_name",
    "payee_last_name",
    "account_label",
    "wallet_name",
    "client_name",
    "queued_at",
    "taken_at",
    "taker_name",
    "outcome_unknown_since",
    "waiting",
    "asked",
];

const QUESTION: &[&str] = &[
    "kind",
    "subject_id",
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

impl WorkLine {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    /// What is to be paid.
    pub fn destination(&self) -> Money {
        Money::new(self.destination_minor, self.destination_currency)
    }

    pub fn payee_name(&self) -> String {
        format!("{} {}", self.payee_first_name, self.payee_last_name).trim().to_owned()
    }
}

impl WorkTotal {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }
}

impl Question {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    pub fn payee_name(&self) -> String {
        format!("{} {}", self.payee_first_name, self.payee_last_name).trim().to_owned()
    }

    /// When it was asked, in Unix microseconds.
    pub fn asked_at(&self) -> i64 {
        let cancellation = self.subject_id.parse::<CancellationId>().map(CancellationId::created_at);
        let reversal = || self.subject_id.parse::<ReversalId>().map(ReversalId::created_at);
        cancellation.or_else(|_| reversal()).unwrap_or_default()
    }
}

/// Oldest first, newer than `after`.
pub async fn list(
    reader: &mut Reader,
    part: Part,
    filter: &WorkFilter,
    after: Option<PayoutId>,
    limit: i64,
) -> Result<Vec<WorkLine>, StoreError> {
    let mut conditions = filter.conditions(part);
    if let Some(after) = after {
        conditions.and("p.id > ?", [after.to_string().into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    let chosen = format!("SELECT p.* FROM payouts p {} ORDER BY p.id LIMIT {limit}", conditions.where_clause());
    let inner = format!(
        "SELECT p.id, p.reference_id, p.amount_minor, p.currency, p.destination_minor, p.destination_currency, \
         b.first_name AS payee_first_name, b.last_name AS payee_last_name, a.label AS account_label, w.name AS \
         wallet_name, c.name AS client_name, p.queued_at, t.taken_at, (SELECT name FROM staff WHERE id = t.staff_id) \
         AS taker_name, p.outcome_unknown_since, (SELECT n.verdict FROM manual_answers n WHERE n.subject_id = p.id AND \
         n.state = 'waiting') AS waiting, (SELECT COUNT(*) FROM cancellations n WHERE n.payout_id = p.id AND n.state IN \
         ('requested', 'unanswered')) AS asked FROM ({chosen}) AS p JOIN payees b ON b.id = p.payee_id JOIN wallets w \
         ON w.id = p.wallet_id JOIN clients c ON c.id = p.client_id LEFT JOIN payee_accounts a ON a.id = p.account_id \
         LEFT JOIN manual_takings t ON t.payout_id = p.id ORDER BY p.id"
    );
    reader.rows(LINE, &inner, conditions.values()).await
}

/// Sums over all of them, the oldest [`COUNTED`].
pub async fn totals(reader: &mut Reader, part: Part, filter: &WorkFilter) -> Result<Vec<WorkTotal>, StoreError> {
    let mut conditions = filter.conditions(part);
    let limit = conditions.bind(Value::Int(COUNTED));
    let inner = format!(
        "SELECT q.currency, COUNT(*) AS payouts, CAST(SUM(q.amount_minor) AS BIGINT) AS amount_minor FROM (SELECT \
         p.destination_currency AS currency, p.destination_minor AS amount_minor FROM payouts p {} ORDER BY p.id LIMIT \
         {limit}) AS q GROUP BY q.currency ORDER BY q.currency",
        conditions.where_clause()
    );
    reader.rows(&["currency", "payouts", "amount_minor"], &inner, conditions.values()).await
}

/// What staff are asked, the oldest first of each kind, at most `limit` of each.
pub async fn questions(reader: &mut Reader, limit: i64) -> Result<Vec<Question>, StoreError> {
    let around = "p.reference_id, {amount}, b.first_name AS payee_first_name, b.last_name AS payee_last_name, w.name AS \
                  wallet_name, c.name AS client_name, n.reason, (SELECT m.verdict FROM manual_answers m WHERE \
                  m.subject_id = n.id AND m.state = 'waiting') AS waiting";
    let joins = "JOIN payouts p ON p.id = n.payout_id AND p.rail = 'manual' JOIN payees b ON b.id = p.payee_id JOIN \
                 wallets w ON w.id = p.wallet_id JOIN clients c ON c.id = p.client_id";
    // Written out as the partial index of cancellations has it; reversals without an answer are few.
    let of = |kind: &str, table: &str, state: &str, amount: &str| {
        format!(
            "SELECT '{kind}' AS kind, n.id AS subject_id, n.payout_id, {} FROM (SELECT n.* FROM {table} n WHERE n.due_at \
             IS NULL AND n.state = '{state}' ORDER BY n.id LIMIT $1) AS n {joins}",
            around.replace("{amount}", amount)
        )
    };
    let cancellations = of("cancellation", "cancellations", "requested", "p.amount_minor, p.currency");
    let reversals = of("reversal", "reversals", "pending", "n.amount_minor, n.currency");
    let inner = format!("SELECT * FROM ({cancellations} UNION ALL {reversals}) AS q ORDER BY q.kind, q.subject_id");
    reader.rows(QUESTION, &inner, &[limit.into()]).await
}

/// What was said of a payout and of what is asked about it, newest first.
pub async fn answers(reader: &mut Reader, id: PayoutId) -> Result<Vec<ManualAnswer>, StoreError> {
    let inner = format!(
        "SELECT {} FROM manual_answers n WHERE n.payout_id = $1 ORDER BY n.id DESC LIMIT 200",
        ANSWERS.select("n")
    );
    reader.rows(&ANSWERS.columns(), &inner, &[id.to_string().into()]).await
}

/// Who took it, and when.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Taker {
    pub staff_id: StaffId,
    pub name: String,
    pub taken_at: i64,
}

pub async fn taker(reader: &mut Reader, id: PayoutId) -> Result<Option<Taker>, StoreError> {
    let inner = "SELECT t.staff_id, s.name, t.taken_at FROM manual_takings t JOIN staff s ON s.id = t.staff_id WHERE \
                 t.payout_id = $1";
    let found = reader.rows(&["staff_id", "name", "taken_at"], inner, &[id.to_string().into()]).await?;
    Ok(found.into_iter().next())
}

impl WorkFilter {
    fn conditions(&self, part: Part) -> Conditions {
        let mut conditions = Conditions::default();
        // Written out as the partial index has it.
        conditions.and("p.rail = 'manual'", []);
        match part {
            Part::ToPay => conditions.and("p.state = 'queued' AND p.hold_id IS NOT NULL", []),
            Part::Taken => conditions.and("p.state = 'processing'", []),
        }
        if let Some(wallet) = self.wallet {
            conditions.and("p.wallet_id = ?", [wallet.to_string().into()]);
        }
        if let Some(taker) = self.taker {
            let taken =
                "p.id IN (SELECT k.payout_id FROM manual_takings k WHERE k.staff_id = ? AND k.payout_id = p.id)";
            conditions.and(taken, [taker.to_string().into()]);
        }
        conditions
    }
}

/// The query of what units know of answers, built once.
#[derive(Debug)]
pub struct ManualLoader {
    query: Arc<str>,
}

/// What the units of a set name.
#[derive(Debug, Default)]
pub struct WantedManual {
    payouts: BTreeSet<String>,
    references: Vec<Reference>,
}

#[derive(Debug, Serialize)]
struct Reference {
    payout: String,
    reference: String,
}

impl ManualLoader {
    pub fn new(engine: Engine) -> ManualLoader {
        let answer = ANSWERS.object(engine, "n");
        let named = format!("{} JOIN manual_answers n ON n.payout_id = value", engine.each_text(1));
        let alike = format!(
            "{} JOIN payouts p ON p.id = value ->> 'payout' JOIN manual_answers n ON n.wallet_id = p.wallet_id AND \
             n.reference = value ->> 'reference' AND n.kind = 'payout' AND n.verdict = 'done' AND n.state <> 'withdrawn'",
            engine.each(2)
        );
        let columns = [engine.text_array(&answer, &named), engine.text_array(&answer, &alike)];
        ManualLoader { query: format!("SELECT {}", columns.join(", ")).into() }
    }

    /// Adds to the books what the units name; asks nothing for a set that names nothing.
    pub async fn load(
        &self,
        connection: &mut AnyConnection,
        wanted: WantedManual,
        books: &mut Books,
    ) -> Result<(), sqlx::Error> {
        if wanted.payouts.is_empty() {
            return Ok(());
        }
        let json = |text: Result<String, serde_json::Error>| Value::Text(text.expect("texts"));
        let values = [json(serde_json::to_string(&wanted.payouts)), json(serde_json::to_string(&wanted.references))];
        for part in sql::read_arrays(connection, Arc::clone(&self.query), &values, 2).await? {
            let answers: Vec<ManualAnswer> = sql::decode(&part)?;
            books.by_hand.answers.extend(answers.into_iter().map(|answer| (answer.id, answer)));
        }
        Ok(())
    }
}

impl WantedManual {
    pub fn add(&mut self, unit: &Unit) {
        match &unit.command {
            Command::ByHand(by_hand) => {
                let payout = by_hand.payout_id.to_string();
                if let Work::Record(said) = &by_hand.work
                    && let Some(reference) = said.reference.clone()
                {
                    self.references.push(Reference { payout: payout.clone(), reference });
                }
                self.payouts.insert(payout);
            }
            // What ends by it may end what waits for a second person.
            Command::Settle(settle) => {
                self.payouts.insert(settle.payout_id.to_string());
            }
            _ => {}
        }
    }

    /// The reversals of which something is said: named, or with an answer of theirs that is confirmed.
    pub fn reversal(by_hand: &ByHand) -> Option<String> {
        match &by_hand.work {
            Work::Record(said) if said.kind == Kind::Reversal => Some(said.subject_id.clone()),
            Work::Confirm { reversal_id, .. } => reversal_id.clone(),
            _ => None,
        }
    }
}

/// Writes what a set changed of it.
pub fn write(script: &mut Script, books: &Books) {
    #[derive(Serialize)]
    struct Guarded<'a> {
        version_before: i64,
        #[serde(flatten)]
        row: &'a ManualAnswer,
    }
    let by_hand = &books.by_hand;
    script.insert(&TAKINGS, &by_hand.takings);
    let changed: Vec<Guarded<'_>> = by_hand
        .changed_answers
        .iter()
        .map(|(id, version)| Guarded { version_before: *version, row: &by_hand.answers[id] })
        .collect();
    update(script, &ANSWERS, ANSWER_CHANGES, &changed);
    // After the changes: one that ended makes room for a new one.
    let new: Vec<&ManualAnswer> = by_hand.new_answers.iter().map(|id| &by_hand.answers[id]).collect();
    script.insert(&ANSWERS, &new);
}
