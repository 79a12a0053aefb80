//! Payouts that staff pay at the bank: what is to be done, who took it, and what was said of it.

#[cfg(test)]
mod plans;
mod questions;
mod work;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

pub use self::questions::{Question, Waiting, questions, waiting};
pub use self::work::{COUNTED, Part, WorkFilter, WorkLine, WorkTotal, list, totals};
use super::apply::update;
use super::sql::{self, Engine, Script, Table, Value, int, text};
use super::{Reader, StoreError};
use crate::domain::books::Books;
use crate::domain::command::{ByHand, Command, News, Unit, Work};
use crate::domain::ids::{PayoutId, StaffId};
use crate::domain::manual::{Kind, ManualAnswer};

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
const ANSWER_CHANGES: &[&str] = &["payout_version", "state", "confirmed_by", "confirmed_name", "closed_at", "version"];

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
             n.reference = value ->> 'reference' AND n.kind IN ('payout', 'aftermath') AND n.verdict = 'done' AND n.state <> 'withdrawn'",
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
            // What waits may be why nobody knows yet.
            Command::Advance(advance) if advance.news == News::Unknown => {
                self.payouts.insert(advance.payout_id.to_string());
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
