//! Payouts and payout links from a CSV file: every row is right, or nothing is made.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::find;
use super::lines::Lines;
use super::new::{Draft, blank, insert};
use super::row::{self, Asked, Content};
use crate::domain::approval::Verb as RuleVerb;
use crate::domain::audit::hex;
use crate::domain::batch::{Batch, Fate, Item, ItemState, State, Summary, Verb, in_full};
use crate::domain::caller::Caller;
use crate::domain::ids::{Id, PayeeId};
use crate::domain::maker::Maker;
use crate::domain::money::{Money, group};
use crate::domain::wallet::Wallet;
use crate::error::{Error, FieldError};
use crate::service::idempotency::Answered;
use crate::service::{Desk, permit};
use crate::store::sealed::BATCH_ROW;
use crate::store::wallets::MOST_WALLETS;
use crate::store::{approval_rules, batches as rows, wallets};

/// The most rows of one file.
pub const MOST_ROWS: usize = 5_000;
/// The most wrong cells that are told at once.
const MOST_WRONG: usize = 200;
/// The most that are collected, row by row and then by what is looked up, before the first ones of the file are told.
const MOST_FOUND: usize = 10 * MOST_WRONG;

/// A cell that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The line of the file: the head is the first one.
    pub row: usize,
    pub column: String,
    /// What stands there.
    pub value: String,
    /// What is wrong and how to fix it, to be read after the column's name.
    pub fix: String,
}

/// What a file came to.
#[derive(Debug, Clone)]
pub enum Checked {
    /// A batch that is ready to be started; the one from before when the file came again.
    Ready(Box<Answered<Batch>>),
    /// Nothing was made. More cells than these may be wrong when there are very many.
    Wrong(Vec<Wrong>),
}

/// A row that can be read, with what it comes to.
struct Row {
    line: usize,
    cells: HashMap<&'static str, String>,
    content: Content,
    asked: Asked,
}

/// What is wrong so far.
#[derive(Default)]
struct Findings(Vec<Wrong>);

/// Checks every row of a file, and makes a batch when all are right. The same file makes no second one.
pub async fn create(desk: &Desk, caller: &Caller, verb: Verb, name: &str, bytes: &[u8]) -> Result<Checked, Error> {
    permit(desk, caller, verb.operation()).await?;
    let hash = hex(&Sha256::digest(bytes));
    let mut reader = desk.store.read().await?;
    // Before its rows are looked at: what was made of them then would only be in their way.
    let before = rows::find_of_file(&mut reader, verb.name(), &hash, caller.client()).await?;
    drop(reader);
    if let Some(id) = before {
        let value = find(desk, id.parse().map_err(|_| Error::Internal)?).await?.ok_or(Error::Internal)?;
        return Ok(Checked::Ready(Box::new(Answered { value, repeated: true, replayed: true })));
    }
    let mut findings = Findings::default();
    let read = read(desk, caller, verb, bytes, &mut findings).await?;
    let mut reader = desk.store.read().await?;
    let known = wallets::list(&mut reader, caller.client(), MOST_WALLETS).await?;
    let rules = approval_rules::standing(&mut reader, RuleVerb::Create).await?;
    let people = approval_rules::people(&mut reader).await?;
    let mut items = Vec::with_capacity(read.len());
    let mut summary = Summary::default();
    let mut contents = Vec::with_capacity(read.len());
    let mut needed: HashMap<i64, i64> = HashMap::new();
    for row in &read {
        let Some((wallet, total)) = cost(row, &known, &mut findings) else { continue };
        let need = row.asked.needs(wallet, &rules).filter(|need| !need.rules.is_empty());
        if let Some(Err(refusal)) = need.as_ref().map(|need| need.check_possible(&people, &Maker::of(caller))) {
            let amount = row.cells.get("amount").map_or("", String::as_str);
            findings.cell(row.line, "amount", amount, &format!("cannot be approved: {}", in_full(&refusal)));
        }
        if let Some(held) = row.asked.holds(wallet, &rules) {
            let sum = needed.entry(wallet.number).or_default();
            *sum = sum.saturating_add(held.minor);
            summary.move_wallet(wallet.id, -held.minor);
        }
        let waits =
            need.map(|need| format!("Made, and not sent out before it is approved: a rule asks for {}.", need.words()));
        summary.group(Fate::Now, waits, Some(total));
        let text = serde_json::to_string(&row.content).expect("texts");
        contents.push(desk.keys.seal(&BATCH_ROW.purpose(), &text));
        items.push(item(items.len() as i64 + 1, row.asked.name(), total));
    }
    twice(&read, &mut findings);
    references(&mut reader, &read, &known, &mut findings).await?;
    payees(&mut reader, &read, &known, &mut findings).await?;
    for wallet in &known {
        let needed = needed.get(&wallet.number).copied().unwrap_or(0);
        if needed > wallet.available_minor {
            let sum = Money::new(needed, wallet.currency);
            let fix = format!(
                "adds up to {sum} with fees from {}, which has {} available: top it up, or take rows out",
                wallet.name,
                wallet.available()
            );
            findings.wrong(Wrong { row: 1, column: "amount".into(), value: String::new(), fix });
        }
    }
    drop(reader);
    if read.is_empty() && findings.0.is_empty() {
        findings.head("file", "holds no row: put one payment on each line below the head");
    }
    if !findings.0.is_empty() {
        return Ok(Checked::Wrong(findings.told()));
    }
    let count = items.len() as i64;
    let batch = Batch {
        state: State::Ready,
        file_hash: Some(hash),
        items: count,
        acting: count,
        pending: count,
        summary: serde_json::to_string(&summary).expect("texts and integers"),
        sorted_at: Some(desk.clock.now()),
        ..blank(caller, verb, format!("The file {name}"))
    };
    let draft = Draft { batch, input: None, position: None, items, contents };
    Ok(Checked::Ready(Box::new(insert(desk, caller, draft, None).await?)))
}

/// Reads the file row by row, each by the checks of a single one.
async fn read(
    desk: &Desk,
    caller: &Caller,
    verb: Verb,
    bytes: &[u8],
    findings: &mut Findings,
) -> Result<Vec<Row>, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lines = Lines::new(bytes);
    let mut file = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut records = file.records();
    let head = match records.next() {
        Some(Ok(head)) => head,
        Some(Err(_)) => {
            findings.head("file", "cannot be read: save it as CSV in UTF-8");
            return Ok(Vec::new());
        }
        None => {
            findings.head("file", "is empty");
            return Ok(Vec::new());
        }
    };
    let Some(columns) = columns(verb, &head, findings) else { return Ok(Vec::new()) };
    let mut read = Vec::new();
    for (number, record) in records.enumerate() {
        let place = match &record {
            Ok(record) => record.position(),
            Err(error) => error.position(),
        };
        let line = lines.of(place.map_or(0, csv::Position::byte));
        if number >= MOST_ROWS {
            findings.head("file", &format!("holds more than {} rows: divide it", group(MOST_ROWS as u64)));
            break;
        }
        let Ok(record) = record else {
            let fix = "cannot be read: save the file as CSV in UTF-8".to_owned();
            findings.wrong(Wrong { row: line, column: "row".into(), value: String::new(), fix });
            continue;
        };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if record.len() > columns.len() {
            let fix = format!(
                "has {} cells where the head has {}: put texts with commas in quotes",
                record.len(),
                columns.len()
            );
            findings.wrong(Wrong { row: line, column: "row".into(), value: String::new(), fix });
            continue;
        }
        // An export puts an apostrophe before what a spreadsheet would take for a formula.
        let clean = |cell: &str| cell.trim().strip_prefix('\'').unwrap_or(cell.trim()).to_owned();
        let cells: HashMap<&'static str, String> =
            columns.iter().zip(record.iter()).map(|(name, cell)| (*name, clean(cell))).collect();
        if let Some((name, _)) = cells.iter().find(|(_, cell)| cell.contains('\0')) {
            findings.cell(line, name, "", "must not contain U+0000");
            continue;
        }
        let content = match row::content(verb, &cells) {
            Ok(content) => content,
            Err(errors) => {
                findings.fields(line, &cells, errors);
                continue;
            }
        };
        match row::asked(desk, caller, &content).await {
            Ok(asked) => read.push(Row { line, cells, content, asked }),
            Err(Error::Validation(errors)) => findings.fields(line, &cells, errors),
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// The columns of the head, in their order; none when one of them is unknown, missing or there twice.
fn columns(verb: Verb, head: &csv::StringRecord, findings: &mut Findings) -> Option<Vec<&'static str>> {
    let known = row::columns(verb);
    if head.len() > 2 * known.len() {
        let (has, most) = (group(head.len() as u64), known.len());
        findings
            .head("file", &format!("has {has} columns in its head, where there can be {most}: take the others out"));
        return None;
    }
    let mut columns: Vec<&'static str> = Vec::new();
    for cell in head {
        let name = cell.trim().to_lowercase().replace(' ', "_");
        match known.iter().find(|column| column.name == name) {
            Some(column) if columns.contains(&column.name) => findings.cell(1, column.name, cell, "is there twice"),
            Some(column) => columns.push(column.name),
            None => {
                let names: Vec<&str> = known.iter().map(|column| column.name).collect();
                findings.cell(1, cell, cell, &format!("is no column of this file; there are {}", names.join(", ")));
            }
        }
    }
    for column in known.iter().filter(|column| column.needed && !columns.contains(&column.name)) {
        findings.cell(1, column.name, "", "is missing: every row needs it");
    }
    findings.0.is_empty().then_some(columns)
}

/// The wallet that a row pays from, and what it takes from it with fees.
fn cost<'a>(row: &Row, known: &'a [Wallet], findings: &mut Findings) -> Option<(&'a Wallet, Money)> {
    let amount = row.asked.amount();
    let wrong = |findings: &mut Findings, column: &'static str, fix: String| {
        findings.cell(row.line, column, row.cells.get(column).map_or("", String::as_str), &fix);
        None
    };
    let Some(wallet) = known.iter().find(|wallet| wallet.number == row.asked.wallet()) else {
        return wrong(findings, "wallet_id", "must be the number of one of your wallets".into());
    };
    if wallet.closed_at.is_some() {
        return wrong(findings, "wallet_id", format!("names {}, which is closed", wallet.name));
    }
    if wallet.currency != amount.currency {
        return wrong(findings, "currency", format!("must be {}, which {} holds", wallet.currency.code(), wallet.name));
    }
    match wallet.fee(amount.minor) {
        Some(fee) => Some((wallet, Money::new(amount.minor + fee, amount.currency))),
        None => wrong(findings, "amount", "is too large with its fees".into()),
    }
}

/// Names that stand in two rows.
fn twice(read: &[Row], findings: &mut Findings) {
    let mut first: HashMap<&str, usize> = HashMap::new();
    for row in read {
        // A reference is one of its own for each client; within one file, that is simply once.
        if let Some(line) = first.insert(row.asked.name(), row.line) {
            findings.cell(
                row.line,
                row.asked.name_column(),
                row.asked.name(),
                &format!("stands in row {line} too: give each its own"),
            );
        }
    }
}

/// Names that an earlier payout or link of the client has.
async fn references(
    reader: &mut crate::store::Reader,
    read: &[Row],
    known: &[Wallet],
    findings: &mut Findings,
) -> Result<(), Error> {
    let wallet = |row: &Row| known.iter().find(|wallet| wallet.number == row.asked.wallet());
    let wanted: Vec<(String, String)> =
        read.iter().filter_map(|row| Some((row.asked.name().to_owned(), wallet(row)?.client_id.to_string()))).collect();
    let links = matches!(read.first().map(|row| &row.asked), Some(Asked::Link(_)));
    let taken = rows::taken(reader, &wanted, links).await?;
    for row in read {
        let Some(wallet) = wallet(row) else { continue };
        let client = wallet.client_id.to_string();
        if let Some(taken) = taken.iter().find(|taken| taken.name == row.asked.name() && taken.client_id == client) {
            let fix = format!("is taken by {}: give it another one, or take the row out", taken.id);
            findings.cell(row.line, row.asked.name_column(), row.asked.name(), &fix);
        }
    }
    Ok(())
}

/// Saved payees that cannot be paid from the wallet of their row.
async fn payees(
    reader: &mut crate::store::Reader,
    read: &[Row],
    known: &[Wallet],
    findings: &mut Findings,
) -> Result<(), Error> {
    let named: Vec<PayeeId> = read.iter().filter_map(|row| row.asked.payee()).collect();
    if named.is_empty() {
        return Ok(());
    }
    let usable = rows::usable_payees(reader, &named).await?;
    for row in read {
        let Some(payee) = row.asked.payee() else { continue };
        let client = known.iter().find(|wallet| wallet.number == row.asked.wallet()).map(|wallet| wallet.client_id);
        if !usable.iter().any(|found| found.id == payee && Some(found.client_id) == client) {
            let fix = "must be a saved payee of the wallet's client that is not switched off";
            findings.cell(row.line, "beneficiary_id", &payee.to_string(), fix);
        }
    }
    Ok(())
}

fn item(seq: i64, name: &str, total: Money) -> Item {
    Item {
        batch_id: Id::first_at(0),
        seq,
        subject: None,
        named: Some(name.to_owned()),
        state: ItemState::Pending,
        ask: false,
        amount_minor: Some(total.minor),
        currency: Some(total.currency),
        version: None,
        shown: None,
        rule: None,
        reason: None,
        result_id: None,
        at: None,
    }
}

impl Findings {
    fn head(&mut self, column: &str, fix: &str) {
        self.cell(1, column, "", fix);
    }

    fn cell(&mut self, row: usize, column: &str, value: &str, fix: &str) {
        let short = |text: &str, most: usize| text.chars().filter(|c| !c.is_control()).take(most).collect::<String>();
        self.wrong(Wrong { row, column: short(column, 60), value: short(value, 80), fix: fix.to_owned() });
    }

    /// Enough of them to tell; what stands further down is found when these are put right.
    fn wrong(&mut self, wrong: Wrong) {
        if self.0.len() < MOST_FOUND {
            self.0.push(wrong);
        }
    }

    fn fields(&mut self, row: usize, cells: &HashMap<&'static str, String>, errors: Vec<FieldError>) {
        for error in errors {
            self.cell(row, error.field, cells.get(error.field).map_or("", String::as_str), &error.message);
        }
    }

    /// The first of them, in the order of the file.
    fn told(mut self) -> Vec<Wrong> {
        self.0.sort_by_key(|wrong| wrong.row);
        self.0.truncate(MOST_WRONG);
        self.0
    }
}
