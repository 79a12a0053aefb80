//! What units on quotes need to know besides; read only for these.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use super::sql::{self, Engine, Value};
use super::tables::QUOTES;
use crate::domain::books::Books;
use crate::domain::command::{Command, Unit};
use crate::domain::ids::ClientId;
use crate::domain::quote::Quote;

/// The query, built once.
#[derive(Debug)]
pub struct QuoteLoader {
    query: Arc<str>,
}

/// What the units of a set name.
#[derive(Debug, Default)]
pub struct WantedQuotes<'a> {
    quotes: BTreeSet<String>,
    transfers: Vec<Transfer<'a>>,
}

/// A `client_transfer_id` that may be used already, by a payout or by a quote.
#[derive(Debug, Serialize)]
struct Transfer<'a> {
    wallet: i64,
    transfer: &'a str,
}

#[derive(Debug, Deserialize)]
struct UsedRequest {
    client_id: ClientId,
    request_id: String,
}

/// How many parts the query has.
const PARTS: usize = 3;

impl QuoteLoader {
    pub fn new(engine: Engine) -> QuoteLoader {
        let (each, names) = (|place| engine.each(place), |place| engine.each_text(place));
        let quote = QUOTES.object(engine, "q");
        // Of several quotes with the same transfer id only the newest can be open: an open one allows no other.
        let newest = "SELECT MAX(o.id) FROM quotes o WHERE o.client_transfer_id = value ->> 'transfer' AND o.client_id = \
                      v.client_id";
        let used = |named: &str| {
            format!(
                "SELECT p.client_id, p.request_id FROM {named} JOIN payouts p ON p.request_id = wanted.transfer AND \
                 p.client_id = wanted.client_id AND p.origin = 'masspay'"
            )
        };
        let asked = format!(
            "(SELECT value ->> 'transfer' AS transfer, v.client_id FROM {} JOIN wallets v ON v.number = CAST(value ->> \
             'wallet' AS BIGINT)) AS wanted",
            each(2)
        );
        let quoted = format!(
            "(SELECT q.client_transfer_id AS transfer, q.client_id FROM {} JOIN quotes q ON q.id = value) AS wanted",
            names(1)
        );
        let columns = [
            engine.text_array(&quote, &format!("{} JOIN quotes q ON q.id = value", names(1))),
            engine.text_array(
                &quote,
                &format!(
                    "{} JOIN wallets v ON v.number = CAST(value ->> 'wallet' AS BIGINT) JOIN quotes q ON q.id = \
                     ({newest})",
                    each(2)
                ),
            ),
            engine.array(&["client_id", "request_id"], &format!("{} UNION {}", used(&asked), used(&quoted))),
        ];
        QuoteLoader { query: format!("SELECT {}", columns.join(",\n")).into() }
    }

    /// Adds to the books what the units name.
    pub async fn load(
        &self,
        connection: &mut AnyConnection,
        wanted: WantedQuotes<'_>,
        books: &mut Books,
    ) -> Result<(), sqlx::Error> {
        if wanted.quotes.is_empty() && wanted.transfers.is_empty() {
            return Ok(());
        }
        let values = [Value::json(&wanted.quotes), Value::json(&wanted.transfers)];
        let parts = sql::read_arrays(connection, Arc::clone(&self.query), &values, PARTS).await?;
        let parts: [String; PARTS] = parts.try_into().expect("as many as asked for");
        let [named, holding, used] = &parts;
        for part in [named, holding] {
            let quotes: Vec<Quote> = sql::decode(part)?;
            books.quotes.extend(quotes.into_iter().map(|quote| (quote.id, quote)));
        }
        let used: Vec<UsedRequest> = sql::decode(used)?;
        books.request_ids = used.into_iter().map(|used| (used.client_id, used.request_id)).collect();
        Ok(())
    }
}

impl<'a> WantedQuotes<'a> {
    pub fn add(&mut self, unit: &'a Unit) {
        match &unit.command {
            Command::Quote(new) => {
                let transfer = new.client_transfer_id.as_deref();
                self.transfers.extend(transfer.map(|transfer| Transfer { wallet: new.wallet_number, transfer }));
            }
            Command::CommitQuote(commit) => {
                self.quotes.insert(commit.quote_id.to_string());
            }
            _ => {}
        }
    }
}
