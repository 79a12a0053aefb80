//! Re-adding everything: the ledger, the states, the counters and the audit chain.

use crate::domain::audit::Head;
use crate::error::Error;
use crate::store::verify::{self as rows, CHECKS};
use crate::store::{Reader, audit, sealed};

/// What was found. Nothing in `differences` means that every promise holds.
#[derive(Debug, Default)]
pub struct Report {
    pub payouts: i64,
    pub ledger_transactions: i64,
    pub audit_rows: i64,
    /// The head of each audit chain; note it down elsewhere to notice a chain that was cut short.
    pub heads: Vec<Head>,
    pub differences: Vec<String>,
}

/// How many audit rows are read at once.
const CHUNK: i64 = 5_000;
/// How many values under foreign keys are named per column.
const NAMED: i64 = 20;

/// Checks everything on one snapshot; `keys` are the ids of the keys that open what is sealed.
pub async fn verify(reader: &mut Reader, keys: &[String]) -> Result<Report, Error> {
    rows::begin(reader).await?;
    let report = look(reader, keys).await;
    rows::end(reader).await?;
    report
}

async fn look(reader: &mut Reader, keys: &[String]) -> Result<Report, Error> {
    let mut report = Report::default();
    if let Some(found) = rows::file(reader).await? {
        report.differences.push(format!("the file is damaged: {found}"));
    }
    (report.payouts, report.ledger_transactions) = rows::sizes(reader).await?;
    for check in CHECKS {
        for broken in rows::broken(reader, check).await? {
            report.differences.push(format!("{}: {}: {}", check.promise, broken.id, broken.detail));
        }
    }
    for column in sealed::COLUMNS {
        for broken in sealed::foreign(reader, column, keys, NAMED).await? {
            report.differences.push(format!("what is sealed names a key of this desk: {}: {broken}", column.purpose()));
        }
    }
    for name in audit::chains(reader).await? {
        chain(reader, &name, &mut report).await?;
    }
    Ok(report)
}

async fn chain(reader: &mut Reader, name: &str, report: &mut Report) -> Result<(), Error> {
    let mut head = Head::start(name);
    loop {
        let lines = audit::chain(reader, name, head.seq, CHUNK).await?;
        let read = lines.len() as i64;
        for line in lines {
            if !line.link.follows(&head) {
                report.differences.push(format!(
                    "the audit chain is unbroken: {name} row {} (number {}) was changed, or rows before it are missing",
                    line.link.seq, line.number
                ));
            }
            head = line.link.head();
            report.audit_rows += 1;
        }
        if read < CHUNK {
            report.heads.push(head);
            return Ok(());
        }
    }
}
