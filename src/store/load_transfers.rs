//! What units on transfers, and those with the id of a request, need to know besides; read only for these.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use sqlx::AnyConnection;

use super::sql::{self, Engine, Value};
use super::tables::{REQUEST_IDS, TRANSFERS};
use crate::domain::books::Books;
use crate::domain::command::{Command, Unit};
use crate::domain::request_id::RequestId;
use crate::domain::transfer::Transfer;

/// The query, built once.
#[derive(Debug)]
pub struct TransferLoader {
    query: Arc<str>,
}

/// What the units of a set name.
#[derive(Debug, Default)]
pub struct WantedTransfers<'a> {
    transfers: BTreeSet<String>,
    requests: Vec<Request<'a>>,
}

/// An id that may have made something before, for the client of a wallet.
#[derive(Debug, Serialize)]
struct Request<'a> {
    wallet: i64,
    request: &'a str,
}

/// How many parts the query has.
const PARTS: usize = 2;

impl TransferLoader {
    pub fn new(engine: Engine) -> TransferLoader {
        let columns = [
            engine.text_array(
                &TRANSFERS.object(engine, "t"),
                &format!("{} JOIN transfers t ON t.id = value", engine.each_text(1)),
            ),
            engine.text_array(
                &REQUEST_IDS.object(engine, "r"),
                &format!(
                    "{} JOIN wallets v ON v.number = CAST(value ->> 'wallet' AS BIGINT) JOIN request_ids r ON \
                     r.request_id = (value ->> 'request') AND r.client_id = v.client_id",
                    engine.each(2)
                ),
            ),
        ];
        TransferLoader { query: format!("SELECT {}", columns.join(",\n")).into() }
    }

    /// Adds to the books what the units name.
    pub async fn load(
        &self,
        connection: &mut AnyConnection,
        wanted: WantedTransfers<'_>,
        books: &mut Books,
    ) -> Result<(), sqlx::Error> {
        if wanted.transfers.is_empty() && wanted.requests.is_empty() {
            return Ok(());
        }
        let values = [json(&wanted.transfers), json(&wanted.requests)];
        let parts = sql::read_arrays(connection, Arc::clone(&self.query), &values, PARTS).await?;
        let parts: [String; PARTS] = parts.try_into().expect("as many as asked for");
        let transfers: Vec<Transfer> = sql::decode(&parts[0])?;
        books.transfers = transfers.into_iter().map(|transfer| (transfer.id, transfer)).collect();
        let used: Vec<RequestId> = sql::decode(&parts[1])?;
        books.request_ids = used.into_iter().map(|used| ((used.client_id, used.request_id.clone()), used)).collect();
        Ok(())
    }
}

impl<'a> WantedTransfers<'a> {
    pub fn add(&mut self, unit: &'a Unit) {
        match &unit.command {
            Command::Transfer(new) => {
                self.requests.push(Request { wallet: new.source_number, request: &new.request_id });
            }
            Command::EndTransfer(end) => {
                self.transfers.insert(end.transfer_id.to_string());
            }
            _ => {}
        }
    }
}

fn json(value: &impl Serialize) -> Value {
    Value::Text(serde_json::to_string(value).expect("texts and integers"))
}
