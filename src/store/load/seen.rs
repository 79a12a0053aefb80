//! Payouts that were read before it was their set's turn: those that still stand as they were are not read again.
//!
//! A reader takes them apart while the writer is busy with the set before. Whether they still stand is asked inside the
//! transaction, so nothing is planned on what has changed since.

use std::collections::HashSet;

use sqlx::AnyConnection;

use crate::domain::command::PayoutRecord;
use crate::domain::ids::PayoutId;
use crate::store::sql::{self, Engine, Value};

/// The question, built once.
#[derive(Debug)]
pub struct SeenLoader {
    query: String,
}

impl SeenLoader {
    pub fn new(engine: Engine) -> SeenLoader {
        // When a job looks again moves without a new version, and so do the payee's details.
        let from = format!(
            "{} JOIN payouts p ON p.id = (value ->> 0) JOIN payees b ON b.id = p.payee_id WHERE p.version = \
             CAST(value ->> 1 AS BIGINT) AND COALESCE(p.due_at, -1) = CAST(value ->> 2 AS BIGINT) AND b.version = \
             CAST(value ->> 3 AS BIGINT)",
            engine.each(1)
        );
        SeenLoader { query: format!("SELECT {}", engine.text_array("p.id", &from)) }
    }

    /// Which of these are as they were.
    pub async fn still(
        &self,
        connection: &mut AnyConnection,
        seen: &[&PayoutRecord],
    ) -> Result<HashSet<PayoutId>, sqlx::Error> {
        if seen.is_empty() {
            return Ok(HashSet::new());
        }
        let rows: Vec<_> = seen
            .iter()
            .map(|record| &record.payout)
            .zip(seen.iter().map(|record| record.payee.version))
            .map(|(payout, payee)| (payout.id, payout.version, payout.due_at.unwrap_or(-1), payee))
            .collect();
        let ids: Vec<PayoutId> = sql::read_list(connection, self.query.clone(), &[Value::json(&rows)]).await?;
        Ok(ids.into_iter().collect())
    }
}
