//! Writing a lot at once: sample data and the rows of `seed`.

use serde::Serialize;

use super::sql::{Script, Table, Value};
use super::tables::{EVENTS, LEDGER, PAYOUTS, POSTINGS, WALLETS};
use super::{Tx, apply};
use crate::domain::books::{Books, CounterDelta, PaidDelta, PayeeDelta};
use crate::domain::ids::{AccountId, ClientId, HoldId, LedgerTransactionId, PayeeId, PayoutId, StaffId};
use crate::domain::payee::Payee;
use crate::domain::payee_account::PayeeAccount;
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
    /// 13: the payee's account.
    pub AccountId,
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

/// Payees with an account each, and a top-up that pays for all that follows.
pub async fn start_seed(
    tx: &mut Tx<'_>,
    (payees, accounts): (&[Payee], &[PayeeAccount]),
    books: &Books,
) -> Result<(), sqlx::Error> {
    let mut script = Script::new(tx.engine());
    apply::insert_payees(&mut script, payees);
    apply::insert_accounts(&mut script, accounts);
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
    let quoted = |text: &dyn std::fmt::Display| format!("'{text}'");
    let (client, wallet_id, text) = (quoted(&client), quoted(&wallet), |place: usize| format!("(value ->> {place})"));
    let same = |text: &str| text.to_owned();
    let mut script = Script::new(tx.engine());
    let payouts = insert(
        &PAYOUTS,
        &[
            ("id", text(0)),
            ("client_id", client.clone()),
            ("wallet_id", wallet_id.clone()),
            ("payee_id", text(2)),
            ("account_id", text(13)),
            ("reference_id", format!("'BENCH_' || {}", text(3))),
            ("origin", same("'desk'")),
            ("state", text(4)),
            ("closed_by", same("CASE WHEN value ->> 4 IN ('failed', 'cancelled') THEN 'rail' END")),
            ("amount_minor", amount.to_string()),
            ("fees_minor", fees.to_string()),
            ("currency", same("'USD'")),
            ("destination_minor", amount.to_string()),
            ("destination_currency", same("'USD'")),
            ("reversed_minor", same("0")),
            ("reversed_source_minor", same("0")),
            ("reversed_done_minor", same("0")),
            ("hold_id", text(1)),
            ("rail", same("'sandbox'")),
            ("maker_staff_id", quoted(&chunk.staff)),
            ("description", same("'Benchmark'")),
            ("queued_at", format!("{made} + 1000000")),
            ("submitted_at", completed.clone()),
            ("completed_at", completed),
            ("failed_at", failed),
            ("cancelled_at", cancelled),
            ("version", same("2")),
        ],
    );
    script.add(&format!("{payouts} FROM {{rows}}"), &chunk.rows, count);
    let ledger = |id: usize, phase: &str, kind: &str, deltas: [String; 2], after: [usize; 2], at: &str| {
        insert(
            &LEDGER,
            &[
                ("id", text(id)),
                ("kind", same(kind)),
                ("client_id", client.clone()),
                ("wallet_id", wallet_id.clone()),
                ("payout_id", text(0)),
                ("hold_id", text(1)),
                ("hold_phase", format!("'{phase}'")),
                ("currency", same("'USD'")),
                ("available_delta_minor", deltas[0].clone()),
                ("held_delta_minor", deltas[1].clone()),
                ("available_after_minor", int(after[0])),
                ("held_after_minor", int(after[1])),
                ("remarks", same("'Benchmark'")),
                ("created_at", same(at)),
            ],
        )
    };
    let opened = ledger(7, "open", "'PAYOUT'", [format!("-{total}"), total.to_string()], [9, 10], &made);
    script.add(&format!("{opened} FROM {{rows}}"), &chunk.rows, count);
    let kind = "CASE value ->> 4 WHEN 'completed' THEN 'PAYOUT_SETTLED' ELSE 'PAYOUT_REFUND' END";
    let back = format!("CASE value ->> 4 WHEN 'completed' THEN 0 ELSE {total} END");
    let closed = ledger(8, "close", kind, [back, format!("-{total}")], [11, 12], &end);
    script.add(&format!("{closed} FROM {{rows}} WHERE value ->> 4 <> 'queued'"), &chunk.rows, ended);
    let (available, held) = (format!("'{wallet}:available'"), format!("'{wallet}:held'"));
    for (position, minor, outside) in [(0, amount, "'USD:paid_out'"), (1, fees, "'USD:fees'")] {
        let posting = |id: usize, from: &str, to: &str| {
            insert(
                &POSTINGS,
                &[
                    ("transaction_id", text(id)),
                    ("position", position.to_string()),
                    ("from_account", same(from)),
                    ("to_account", same(to)),
                    ("amount_minor", minor.to_string()),
                    ("currency", same("'USD'")),
                ],
            )
        };
        script.add(&format!("{} FROM {{rows}}", posting(7, &available, &held)), &chunk.rows, count);
        let to = format!("CASE value ->> 4 WHEN 'completed' THEN {outside} ELSE {available} END");
        let out = posting(8, &held, &to);
        script.add(&format!("{out} FROM {{rows}} WHERE value ->> 4 <> 'queued'"), &chunk.rows, ended);
    }
    for (seq, from, to, at) in [(1, "NULL", same("'created'"), &made), (2, "'created'", text(4), &end)] {
        let event = insert(
            &EVENTS,
            &[
                ("payout_id", text(0)),
                ("seq", seq.to_string()),
                ("event_type", same("'status_change'")),
                ("from_state", same(from)),
                ("to_state", to.clone()),
                ("actor_type", same("'system'")),
                ("actor_name", same("'Paydesk'")),
                ("message", format!("'Payout ' || {to}")),
                ("via", same("'command'")),
                ("request_id", same("'seed'")),
                ("created_at", at.clone()),
            ],
        );
        script.add(&format!("{event} FROM {{rows}}"), &chunk.rows, count);
    }
    apply::add_totals(&mut script, &chunk.counters, &chunk.paid, &chunk.payees);
    tx.script(script).await?;
    let sql = "UPDATE wallets SET available_minor = $2, held_minor = $3, version = version + 1 WHERE id = $1";
    let balances = [Value::from(chunk.wallet.available_minor), chunk.wallet.held_minor.into()];
    let [available, held] = balances;
    tx.execute(sql, &[wallet.to_string().into(), available, held]).await.map(|_| ())
}

/// `INSERT INTO … (columns) SELECT expressions`; columns that are not named stay NULL.
fn insert(table: &Table, columns: &[(&str, String)]) -> String {
    let known = table.columns();
    assert!(columns.iter().all(|(name, _)| known.contains(name)), "columns of {}", table.name);
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let values: Vec<&str> = columns.iter().map(|(_, value)| value.as_str()).collect();
    format!("INSERT INTO {} ({}) SELECT {}", table.name, names.join(", "), values.join(", "))
}
