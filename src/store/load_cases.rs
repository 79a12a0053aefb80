//! The cases that units of a set settle; read only for these.

use std::collections::BTreeSet;

use sqlx::AnyConnection;

use super::cases::CASES;
use super::sql::{self, Engine, Value};
use crate::domain::books::Books;
use crate::domain::case::Case;
use crate::domain::command::{Command, Unit};

/// The query, built once.
#[derive(Debug)]
pub struct CaseLoader {
    query: String,
}

/// The ids that the units of a set name.
#[derive(Debug, Default)]
pub struct WantedCases(BTreeSet<String>);

impl CaseLoader {
    pub fn new(engine: Engine) -> CaseLoader {
        let from = format!("{} JOIN cases c ON c.id = value", engine.each_text(1));
        CaseLoader { query: format!("SELECT {}", engine.text_array(&CASES.object(engine, "c"), &from)) }
    }

    /// Adds to the books what the units name.
    pub async fn load(
        &self,
        connection: &mut AnyConnection,
        wanted: WantedCases,
        books: &mut Books,
    ) -> Result<(), sqlx::Error> {
        if wanted.0.is_empty() {
            return Ok(());
        }
        let cases: Vec<Case> = sql::read_list(connection, self.query.clone(), &[Value::json(&wanted.0)]).await?;
        books.cases = cases.into_iter().map(|case| (case.id, case)).collect();
        Ok(())
    }
}

impl WantedCases {
    pub fn add(&mut self, unit: &Unit) {
        if let Command::Settle(settle) = &unit.command {
            self.0.insert(settle.case_id.to_string());
        }
    }
}
