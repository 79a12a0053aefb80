//! Writing a lot at once: sample data and the rows of `seed`.

use serde::Serialize;

use super::sql::{Script, Value};
use super::tables::{EVENTS, LEDGER, PAYOUTS, POSTINGS, WALLETS};
use super::{Tx, apply};
use crate::domain::books::{Books, CounterDelta, PaidDelta, PayeeDelta};
use crate::domain::event::Event;
use crate::domain::ids::ClientId;
use crate::domain::ledger::{LedgerTransaction, PostingRow};
use crate::domain::payee::Payee;
use crate::domain::payout::Payout;
use crate::domain::wallet::Wallet;

/// How many rows one statement takes.
const CHUNK: usize = 5_000;

/// Rows made outside the planner, all about payouts that have ended or stand still.
#[derive(Debug, Default)]
pub struct Rows {
    pub payees: Vec<Payee>,
    pub payouts: Vec<Payout>,
    pub transactions: Vec<LedgerTransaction>,
    pub postings: Vec<PostingRow>,
    pub events: Vec<Event>,
    pub counters: Vec<CounterDelta>,
    pub paid: Vec<PaidDelta>,
    pub payee_totals: Vec<PayeeDelta>,
}

/// Clients and wallets, as they stand before anything happened in them.
pub async fn insert_wallets(
    tx: &mut Tx<'_>,
    clients: &[(ClientId, i64, String)],
    wallets: &[Wallet],
) -> Result<(), sqlx::Error> {
    for (id, number, name) in clients {
        let values = [Value::from(*number), id.to_string().into(), name.as_str().into()];
        tx.execute("INSERT INTO clients (number, id, name) VALUES ($1, $2, $3)", &values).await?;
    }
    let mut script = Script::new(tx.engine());
    script.insert(&WALLETS, wallets);
    tx.script(script).await?;
    tx.restart_numbers(&["clients", "wallets"]).await
}

/// Everything a planner changed on empty books. Audit rows go through [`Tx::audit`].
pub async fn write_books(tx: &mut Tx<'_>, books: &Books) -> Result<(), sqlx::Error> {
    for entry in &books.changes.audit {
        tx.audit(entry.clone());
    }
    tx.script(apply::script(tx.engine(), books, &[])).await
}

/// Rows in chunks, in the order their references need.
pub async fn write_rows(tx: &mut Tx<'_>, rows: &Rows) -> Result<(), sqlx::Error> {
    let mut script = Script::new(tx.engine());
    apply::insert_payees(&mut script, &rows.payees);
    tx.script(script).await?;
    chunks(tx, &PAYOUTS, &rows.payouts).await?;
    chunks(tx, &LEDGER, &rows.transactions).await?;
    chunks(tx, &POSTINGS, &rows.postings).await?;
    chunks(tx, &EVENTS, &rows.events).await?;
    let mut script = Script::new(tx.engine());
    apply::add_totals(&mut script, &rows.counters, &rows.paid, &rows.payee_totals);
    tx.script(script).await
}

async fn chunks<T: Serialize>(tx: &mut Tx<'_>, table: &super::sql::Table, rows: &[T]) -> Result<(), sqlx::Error> {
    for chunk in rows.chunks(CHUNK) {
        let mut script = Script::new(tx.engine());
        script.insert(table, chunk);
        tx.script(script).await?;
    }
    Ok(())
}
