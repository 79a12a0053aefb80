//! Writing what a set planned: a handful of statements over sets of rows, in one call.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use serde::Serialize;
use serde_json::{Value, json};

use super::cases::CASES;
use super::sql::{Engine, Script, Table};
use super::tables::{
    AUDIT, CANCELLATIONS, COUNTERS, EVENTS, KEYS, LEDGER, LINK_COUNTERS, LINK_EVENTS, LINKS, MESSAGES, PAYEE_ACCOUNTS,
    PAYEES, PAYOUTS, POSTINGS, QUOTES, REVERSALS, TRANSFERS, WALLETS,
};
use super::{approval_requests, batches, deliveries, manual, transfers};
use crate::domain::audit::Link;
use crate::domain::books::{Books, CounterDelta, PaidDelta, PayeeDelta};
use crate::domain::payee::Payee;
use crate::domain::payee_account::PayeeAccount;
use crate::domain::payout::Payout;
use crate::domain::payout_link::PayoutLink;

/// A column of a payout that may change after it is made.
struct Change {
    column: &'static str,
    differs: fn(&Payout, &Payout) -> bool,
    value: fn(&Payout) -> Value,
}

macro_rules! changes {
    ($($field:ident),* $(,)?) => {
        &[$(Change {
            column: stringify!($field),
            differs: |before, after| before.$field != after.$field,
            value: |payout| json!(payout.$field),
        }),*]
    };
}

const PAYOUT_CHANGES: &[Change] = changes![
    state,
    action,
    closed_by,
    reversed_minor,
    reversed_source_minor,
    reversed_done_minor,
    checker_staff_id,
    failure_code,
    failure_reason,
    hold_id,
    rail_reference,
    queued_at,
    submitted_at,
    settling_at,
    completed_at,
    failed_at,
    cancelled_at,
    expired_at,
    returned_at,
    outcome_unknown_since,
    due_at,
    version,
];

const REVERSAL_CHANGES: &[&str] = &[
    "state",
    "amount_minor",
    "source_minor",
    "remaining_minor",
    "failure_reason",
    "completed_at",
    "failed_at",
    "outcome_unknown_since",
    "due_at",
    "version",
];

const CANCELLATION_CHANGES: &[&str] = &["state", "answer", "answered_at", "due_at", "version"];

/// What changes on a case when it is settled.
const CASE_CHANGES: &[&str] = &["state", "ending", "confirmed_by", "closed_at", "version"];

/// What may change on a payout link after it is made.
const LINK_CHANGES: &[&str] = &[
    "state",
    "closed_by",
    "close_reason",
    "expire_by",
    "attempt_count",
    "failure_count",
    "payee_id",
    "account_id",
    "payout_id",
    "hold_id",
    "checker_staff_id",
    "cancel_reason",
    "replaced_by_id",
    "issued_at",
    "claimed_at",
    "reopened_at",
    "closed_at",
    "due_at",
    "remind_at",
    "reminded_at",
    "version",
];

const WALLET_CHANGES: &[&str] = &["available_minor", "held_minor", "updated_at", "version"];

/// A row with the version it was loaded at: the guard of its update.
#[derive(Debug, Serialize)]
struct Guarded<'a, T> {
    version_before: i64,
    #[serde(flatten)]
    row: &'a T,
}

/// A word that finds a payee.
#[derive(Debug, Serialize)]
struct Word {
    word: String,
    payee_id: String,
}

/// A word that finds a payout link.
#[derive(Debug, Serialize)]
struct LinkWord {
    word: String,
    client_id: String,
    link_id: String,
}

/// A payee that was only paid so far and is kept from now on.
#[derive(Debug, Serialize)]
struct Saved {
    payee_id: String,
    saved_at: i64,
}

/// The script that writes the set's changes and its audit rows.
pub fn script(engine: Engine, books: &Books, audit: &[Link]) -> Script {
    let mut script = Script::new(engine);
    let changes = &books.changes;
    let wallets: Vec<_> =
        books.changed_wallets().map(|(row, version_before)| Guarded { version_before, row }).collect();
    update(&mut script, &WALLETS, WALLET_CHANGES, &wallets);
    payouts(&mut script, books);
    insert_payees(&mut script, &changes.new_payees);
    insert_accounts(&mut script, &changes.new_accounts);
    insert_links(&mut script, books);
    script.insert(&PAYOUTS, &books.new_payouts().collect::<Vec<_>>());
    quotes(&mut script, books);
    links(&mut script, books);
    reversals(&mut script, books);
    cancellations(&mut script, books);
    cases(&mut script, books);
    approval_requests::write(&mut script, books);
    manual::write(&mut script, books);
    let (moved, new) = (&changes.changed_transfers, &changes.new_transfers);
    records(&mut script, (&TRANSFERS, transfers::CHANGES), &books.transfers, moved, new);
    script.insert(&LEDGER, &changes.transactions);
    script.insert(&POSTINGS, &changes.postings);
    script.insert(&EVENTS, &changes.events);
    script.insert(&LINK_EVENTS, &changes.link_events);
    counters(&mut script, books);
    spending(&mut script, books);
    script.insert(&MESSAGES, &changes.messages);
    deliveries::insert_events(&mut script, &changes.webhook_events);
    keys(&mut script, books);
    batches::write_results(&mut script, books);
    script.insert(&AUDIT, audit);
    script
}

/// Payees with the words that find them.
pub fn insert_payees(script: &mut Script, payees: &[Payee]) {
    script.insert(&PAYEES, payees);
    insert_words(script, payees);
}

/// The words that find these payees.
pub fn insert_words(script: &mut Script, payees: &[Payee]) {
    let words: Vec<Word> = payees
        .iter()
        .flat_map(|payee| payee.words().into_iter().map(|word| Word { word, payee_id: payee.id.to_string() }))
        .collect();
    let sql = "INSERT INTO payee_words (word, payee_id) SELECT value ->> 'word', value ->> 'payee_id' FROM {rows}";
    script.add(sql, &words, words.len());
}

/// Accounts, after the payees whose they are.
pub fn insert_accounts(script: &mut Script, accounts: &[PayeeAccount]) {
    script.insert(&PAYEE_ACCOUNTS, accounts);
}

/// Counter rows, money out and payee totals: differences added to what stands.
pub fn add_totals(script: &mut Script, counters: &[CounterDelta], paid: &[PaidDelta], payees: &[PayeeDelta]) {
    count(script, &COUNTERS, counters);
    script.add(
        "INSERT INTO money_out (client_id, currency, slot, payouts, amount_minor) SELECT value ->> 'client_id', \
         value ->> 'currency', CAST(value ->> 'slot' AS BIGINT), CAST(value ->> 'payouts' AS BIGINT), \
         CAST(value ->> 'amount_minor' AS BIGINT) FROM {rows} WHERE TRUE ON CONFLICT (currency, slot, client_id) DO \
         UPDATE SET payouts = money_out.payouts + excluded.payouts, amount_minor = money_out.amount_minor + \
         excluded.amount_minor",
        paid,
        paid.len(),
    );
    script.add(
        "INSERT INTO payee_totals (payee_id, currency, payouts, amount_minor, last_payout_at) SELECT \
         value ->> 'payee_id', value ->> 'currency', CAST(value ->> 'payouts' AS BIGINT), \
         CAST(value ->> 'amount_minor' AS BIGINT), CAST(value ->> 'last_payout_at' AS BIGINT) FROM {rows} WHERE TRUE \
         ON CONFLICT (payee_id, currency) DO UPDATE SET payouts = payee_totals.payouts + excluded.payouts, \
         amount_minor = payee_totals.amount_minor + excluded.amount_minor, last_payout_at = \
         CASE WHEN excluded.last_payout_at > payee_totals.last_payout_at THEN excluded.last_payout_at ELSE \
         payee_totals.last_payout_at END",
        payees,
        payees.len(),
    );
}

/// Differences added to the rows of one counter table.
fn count(script: &mut Script, table: &Table, counters: &[CounterDelta]) {
    let name = table.name;
    let sql = format!(
        "INSERT INTO {name} ({}) SELECT {} FROM {{rows}} WHERE TRUE ON CONFLICT (wallet_id, bucket) DO UPDATE SET \
         payouts = {name}.payouts + excluded.payouts, amount_minor = {name}.amount_minor + excluded.amount_minor, \
         fees_minor = {name}.fees_minor + excluded.fees_minor",
        table.columns().join(", "),
        table.values(),
    );
    // A row that would start below zero breaks its CHECK before the conflict is seen, so rises come first and falls
    // go to rows that exist.
    let (rises, falls): (Vec<_>, Vec<_>) =
        counters.iter().partition(|delta| delta.payouts >= 0 && delta.amount_minor >= 0 && delta.fees_minor >= 0);
    script.add(&sql, &rises, rises.len());
    let sql = format!(
        "UPDATE {name} SET payouts = payouts + CAST(value ->> 'payouts' AS BIGINT), amount_minor = amount_minor + \
         CAST(value ->> 'amount_minor' AS BIGINT), fees_minor = fees_minor + CAST(value ->> 'fees_minor' AS BIGINT) \
         FROM {{rows}} WHERE wallet_id = value ->> 'wallet_id' AND bucket = value ->> 'bucket'"
    );
    script.add(&sql, &falls, falls.len());
}

/// Payouts are many in a set, so only the columns that changed somewhere in it are written, from short rows: id, version
/// before, then those columns. Indexes on the others are left alone.
fn payouts(script: &mut Script, books: &Books) {
    let changed: Vec<(&Payout, &Payout)> = books.changed_payouts().collect();
    let moved = |change: &&Change| changed.iter().any(|(before, after)| (change.differs)(before, after));
    let columns: Vec<&Change> = PAYOUT_CHANGES.iter().filter(moved).collect();
    if columns.is_empty() {
        return;
    }
    let row = |(before, after): &(&Payout, &Payout)| -> Vec<Value> {
        let guard = [json!(after.id), json!(before.version)];
        guard.into_iter().chain(columns.iter().map(|change| (change.value)(after))).collect()
    };
    let rows: Vec<Vec<Value>> = changed.iter().map(row).collect();
    let names: Vec<&str> = columns.iter().map(|change| change.column).collect();
    let sql = format!(
        "UPDATE payouts SET {} FROM {{rows}} WHERE payouts.id = value ->> 0 AND payouts.version = CAST(value ->> 1 AS \
         BIGINT)",
        PAYOUTS.assignments_from(&names, 2),
    );
    script.add_bare(&sql, &rows);
}

fn counters(script: &mut Script, books: &Books) {
    let (paid, payees) = books.paid_deltas();
    add_totals(script, &books.counter_deltas(), &paid, &payees);
    count(script, &LINK_COUNTERS, &books.link_counter_deltas());
}

/// What programs with caps have sent out. Another process may have counted something meanwhile, then nothing is written
/// and the count shows it.
fn spending(script: &mut Script, books: &Books) {
    let rows: Vec<_> = books.changed_spending().collect();
    let int = |name: &str| format!("CAST(value ->> '{name}' AS BIGINT)");
    let sql = format!(
        "INSERT INTO credential_spending (credential_id, day, spent_minor, version) SELECT value ->> 'credential_id', {}, \
         {}, {} FROM {{rows}} WHERE TRUE ON CONFLICT (credential_id) DO UPDATE SET day = excluded.day, spent_minor = \
         excluded.spent_minor, version = excluded.version WHERE credential_spending.version + 1 = excluded.version",
        int("day"),
        int("spent_minor"),
        int("version"),
    );
    script.add(&sql, &rows, rows.len());
}

/// New links with the words that find them; before payouts and the ledger, which name their link.
fn insert_links(script: &mut Script, books: &Books) {
    let new: Vec<&PayoutLink> = books.new_links().collect();
    script.insert(&LINKS, &new);
    let words: Vec<LinkWord> = new
        .iter()
        .flat_map(|link| {
            let words = link.words().into_iter();
            words.map(|word| LinkWord { word, client_id: link.client_id.to_string(), link_id: link.id.to_string() })
        })
        .collect();
    let sql = "INSERT INTO payout_link_words (word, client_id, link_id) SELECT value ->> 'word', \
               value ->> 'client_id', value ->> 'link_id' FROM {rows}";
    script.add(sql, &words, words.len());
}

fn links(script: &mut Script, books: &Books) {
    let changed: Vec<_> = books.changed_links().map(|(row, version_before)| Guarded { version_before, row }).collect();
    update(script, &LINKS, LINK_CHANGES, &changed);
    let saved: Vec<Saved> = books
        .changes
        .saved_payees
        .iter()
        .map(|(id, saved_at)| Saved { payee_id: id.to_string(), saved_at: *saved_at })
        .collect();
    let sql = "UPDATE payees SET saved_at = CAST(value ->> 'saved_at' AS BIGINT) FROM {rows} WHERE payees.id = \
               value ->> 'payee_id' AND payees.saved_at IS NULL";
    script.add(sql, &saved, saved.len());
}

/// New quotes, and those that became payouts: each only once.
fn quotes(script: &mut Script, books: &Books) {
    let row = |id| &books.quotes[id];
    let new: Vec<_> = books.changes.new_quotes.iter().map(row).collect();
    script.insert(&QUOTES, &new);
    let committed: Vec<_> = books.changes.committed_quotes.iter().map(row).collect();
    let sql = "UPDATE quotes SET committed_at = CAST(value ->> 'committed_at' AS BIGINT) FROM {rows} WHERE quotes.id = \
               value ->> 'id' AND quotes.committed_at IS NULL";
    script.add(sql, &committed, committed.len());
}

fn reversals(script: &mut Script, books: &Books) {
    let changes = &books.changes;
    let (changed, new) = (&changes.changed_reversals, &changes.new_reversals);
    records(script, (&REVERSALS, REVERSAL_CHANGES), &books.reversals, changed, new);
}

/// New keys, in the place of those whose time is over.
fn keys(script: &mut Script, books: &Books) {
    let changes = &books.changes;
    let sql = "DELETE FROM idempotency_keys WHERE (caller, operation, key, created_at) IN (SELECT value ->> 'caller', \
               value ->> 'operation', value ->> 'key', CAST(value ->> 'created_at' AS BIGINT) FROM {rows})";
    script.add(sql, &changes.worn_keys, changes.worn_keys.len());
    script.insert(&KEYS, &changes.keys);
}

fn cancellations(script: &mut Script, books: &Books) {
    let changes = &books.changes;
    let (changed, new) = (&changes.changed_cancellations, &changes.new_cancellations);
    records(script, (&CANCELLATIONS, CANCELLATION_CHANGES), &books.cancellations, changed, new);
}

/// Cases of doubts that ended are closed before those of new doubts are opened: one subject has one open case of a kind.
fn cases(script: &mut Script, books: &Books) {
    let changes = &books.changes;
    let settled: Vec<_> = changes
        .settled_cases
        .iter()
        .map(|id| &books.cases[id])
        .map(|row| Guarded { version_before: row.version - 1, row })
        .collect();
    update(script, &CASES, CASE_CHANGES, &settled);
    let sql = "UPDATE cases SET state = 'closed', ending = 'answered', closed_at = CAST(value ->> 'closed_at' AS \
               BIGINT), version = version + 1 FROM {rows} WHERE cases.subject_id = value ->> 'subject_id' AND \
               cases.kind = value ->> 'kind' AND cases.state <> 'closed'";
    script.add(sql, &changes.ended_doubts, changes.ended_doubts.len());
    script.insert(&CASES, &changes.new_cases);
}

/// Changed records, then new ones: one that ended makes room for a new one.
fn records<K: Eq + Hash, T: Serialize>(
    script: &mut Script,
    (table, columns): (&Table, &[&str]),
    rows: &HashMap<K, T>,
    changed: &BTreeMap<K, i64>,
    new: &[K],
) {
    let guarded = |(id, version): (&K, &i64)| Guarded { version_before: *version, row: &rows[id] };
    update(script, table, columns, &changed.iter().map(guarded).collect::<Vec<_>>());
    script.insert(table, &new.iter().map(|id| &rows[id]).collect::<Vec<_>>());
}

/// An update guarded by id and version: a row that another process changed is not touched, and the count shows it.
pub(super) fn update<T: Serialize>(script: &mut Script, table: &Table, columns: &[&str], rows: &[T]) {
    let name = table.name;
    let sql = format!(
        "UPDATE {name} SET {} FROM {{rows}} WHERE {name}.id = value ->> 'id' AND {name}.version = \
         CAST(value ->> 'version_before' AS BIGINT)",
        table.assignments(columns),
    );
    script.add(&sql, rows, rows.len());
}
