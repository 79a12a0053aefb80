//! Writing a lot at once: sample data and the rows of `seed`.

use serde::Serialize;

use super::sql::{Script, Value};
use super::tables::{EVENTS, LEDGER, PAYOUTS, POSTINGS, WALLETS};
use super::{Tx, apply};
use crate::domain::books::{Books, CounterDelta, PaidDelta, PayeeDelta};
use crate::domain::ids::{ClientId, HoldId, LedgerTransactionId, PayeeId, PayoutId, StaffId};
use crate::domain::payee::Payee;
use crate::domain::wallet::Wallet;

/// One made-up payout. It travels as an array, and what is the same for all stands in the SQL: the JSON functions
/// would otherwise be most of the work.
#[derive(Debug, Serialize)]
pub struct SeedRow(
    /// 0: the payout's id.
    pub PayoutId,
    /// 1: its hold.
    pub HoldId,
    /// 2: its payee.
    pub PayeeId,
    /// 3: the rest of its reference.
    pub String,
    /// 4: its state.
    pub &'static str,
    /// 5: when it was made, and 6: when it ended, in Unix microseconds.
    pub i64,
    pub i64,
    /// 7, 8: the ledger transactions that open and close its hold.
    pub LedgerTransactionId,
    pub LedgerTransactionId,
    /// 9, 10: available and held after opening; 11, 12: after closing.
    pub i64,
    pub i64,
    pub i64,
    pub i64,
);

/// What all payouts of a seeded wallet have in common, and what a chunk of them adds to the figures.
#[derive(Debug)]
pub struct SeedChunk {
    pub wallet: Wallet,
    pub staff: StaffId,
    pub amount_minor: i64,
    pub fees_minor: i64,
    pub rows: Vec<SeedRow>,
    pub counters: Vec<CounterDelta>,
    pub paid: Vec<PaidDelta>,
    pub payees: Vec<PayeeDelta>,
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

/// Payees, and a top-up that pays for all that follows.
pub async fn start_seed(tx: &mut Tx<'_>, payees: &[Payee], books: &Books) -> Result<(), sqlx::Error> {
    let mut script = Script::new(tx.engine());
    apply::insert_payees(&mut script, payees);
    tx.script(script).await?;
    write_books(tx, books).await
}

/// A chunk of payouts: first every hold is opened, then those of payouts that have ended are closed.
pub async fn write_seed(tx: &mut Tx<'_>, chunk: &SeedChunk) -> Result<(), sqlx::Error> {
    let (client, wallet) = (chunk.wallet.client_id, chunk.wallet.id);
    let (amount, fees) = (chunk.amount_minor, chunk.fees_minor);
    let total = amount + fees;
    let (count, open) = (chunk.rows.len(), chunk.rows.iter().filter(|row| row.4 == "queued").count());
    let ended = count - open;
    let int = |place: usize| format!("CAST(value ->> {place} AS BIGINT)");
    let (made, end) = (int(5), int(6));
    let when = |state: &str| format!("CASE value ->> 4 WHEN '{state}' THEN {end} END");
    let (completed, failed, cancelled) = (when("completed"), when("failed"), when("cancelled"));
    let mut script = Script::new(tx.engine());
    let payouts = format!(
        "INSERT INTO payouts ({}) SELECT value ->> 0, '{client}', '{wallet}', value ->> 2, NULL, 'BENCH_' || \
         (value ->> 3), value ->> 4, NULL, CASE WHEN value ->> 4 IN ('failed', 'cancelled') THEN 'rail' END, 'USD', \
         'USD', NULL, value ->> 1, 'sandbox', '{}', NULL, NULL, 'Benchmark', NULL, NULL, NULL, NULL, {amount}, {fees}, \
         {amount}, 0, 0, 0, {made} + 1000000, {completed}, NULL, {completed}, {failed}, {cancelled}, NULL, NULL, NULL, \
         NULL, 2 FROM {{rows}}",
        PAYOUTS.columns().join(", "),
        chunk.staff,
    );
    script.add(&payouts, &chunk.rows, count);
    let ledger = LEDGER.columns().join(", ");
    let opened = format!(
        "INSERT INTO ledger_transactions ({ledger}) SELECT value ->> 7, 'PAYOUT', '{client}', '{wallet}', value ->> 0, \
         NULL, value ->> 1, 'open', 'USD', 'Benchmark', -{total}, {total}, {}, {}, {made} FROM {{rows}}",
        int(9),
        int(10)
    );
    script.add(&opened, &chunk.rows, count);
    let closed = format!(
        "INSERT INTO ledger_transactions ({ledger}) SELECT value ->> 8, CASE value ->> 4 WHEN 'completed' THEN \
         'PAYOUT_SETTLED' ELSE 'PAYOUT_REFUND' END, '{client}', '{wallet}', value ->> 0, NULL, value ->> 1, 'close', \
         'USD', 'Benchmark', CASE value ->> 4 WHEN 'completed' THEN 0 ELSE {total} END, -{total}, {}, {}, {end} FROM \
         {{rows}} WHERE value ->> 4 <> 'queued'",
        int(11),
        int(12)
    );
    script.add(&closed, &chunk.rows, ended);
    let (available, held) = (format!("'{wallet}:available'"), format!("'{wallet}:held'"));
    for (position, minor, outside) in [(0, amount, "'USD:paid_out'"), (1, fees, "'USD:fees'")] {
        let columns = POSTINGS.columns().join(", ");
        let into = format!(
            "INSERT INTO postings ({columns}) SELECT value ->> 7, {available}, {held}, 'USD', {position}, {minor} FROM \
             {{rows}}"
        );
        script.add(&into, &chunk.rows, count);
        let out = format!(
            "INSERT INTO postings ({columns}) SELECT value ->> 8, {held}, CASE value ->> 4 WHEN 'completed' THEN \
             {outside} ELSE {available} END, 'USD', {position}, {minor} FROM {{rows}} WHERE value ->> 4 <> 'queued'"
        );
        script.add(&out, &chunk.rows, ended);
    }
    let events = EVENTS.columns().join(", ");
    for (seq, from, to, at) in [(1, "NULL", "'created'", &made), (2, "'created'", "(value ->> 4)", &end)] {
        let event = format!(
            "INSERT INTO payout_events ({events}) SELECT value ->> 0, 'status_change', {from}, {to}, 'system', \
             'Paydesk', 'Payout ' || {to}, NULL, 'command', 'seed', {seq}, {at} FROM {{rows}}"
        );
        script.add(&event, &chunk.rows, count);
    }
    apply::add_totals(&mut script, &chunk.counters, &chunk.paid, &chunk.payees);
    tx.script(script).await?;
    let sql = "UPDATE wallets SET available_minor = $2, held_minor = $3, version = version + 1 WHERE id = $1";
    let balances = [Value::from(chunk.wallet.available_minor), chunk.wallet.held_minor.into()];
    let [available, held] = balances;
    tx.execute(sql, &[wallet.to_string().into(), available, held]).await.map(|_| ())
}
