//! The transfers that units of a set name; read only for these.

use std::collections::BTreeSet;

use sqlx::AnyConnection;

use super::sql::{self, Engine, Value};
use super::tables::TRANSFERS;
use crate::domain::books::Books;
use crate::domain::command::{Command, Unit};
use crate::domain::transfer::Transfer;

/// The query, built once.
#[derive(Debug)]
pub struct TransferLoader {
    query: String,
}

/// The ids that the units of a set name.
#[derive(Debug, Default)]
pub struct WantedTransfers(BTreeSet<String>);

impl TransferLoader {
    pub fn new(engine: Engine) -> TransferLoader {
        let from = format!("{} JOIN transfers t ON t.id = value", engine.each_text(1));
        TransferLoader { query: format!("SELECT {}", engine.text_array(&TRANSFERS.object(engine, "t"), &from)) }
    }

    /// Adds to the books what the units name.
    pub async fn load(
        &self,
        connection: &mut AnyConnection,
        wanted: WantedTransfers,
        books: &mut Books,
    ) -> Result<(), sqlx::Error> {
        if wanted.0.is_empty() {
            return Ok(());
        }
        let values = [Value::json(&wanted.0)];
        let transfers: Vec<Transfer> = sql::read_list(connection, self.query.clone(), &values).await?;
        books.transfers = transfers.into_iter().map(|transfer| (transfer.id, transfer)).collect();
        Ok(())
    }
}

impl WantedTransfers {
    pub fn add(&mut self, unit: &Unit) {
        if let Command::EndTransfer(end) = &unit.command {
            self.0.insert(end.transfer_id.to_string());
        }
    }
}
