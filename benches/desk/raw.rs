//! The same work by C SQLite alone, in this process: no HTTP, no rules, no hashing.

use std::ffi::{CStr, CString};
use std::path::Path;
use std::ptr;
use std::time::Instant;

use libsqlite3_sys as c;

struct Database(*mut c::sqlite3);
struct Statement(*mut c::sqlite3_stmt);

impl Database {
    fn open(path: &Path) -> Database {
        let path = CString::new(path.to_str().expect("a name")).expect("a name");
        let mut handle = ptr::null_mut();
        // SAFETY: the path is a C string and the handle is checked before it is used.
        let code = unsafe { c::sqlite3_open(path.as_ptr(), &mut handle) };
        assert_eq!(code, c::SQLITE_OK);
        let database = Database(handle);
        database.run(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = \
             MEMORY; PRAGMA cache_size = -65536; PRAGMA busy_timeout = 5000",
        );
        database
    }

    fn run(&self, sql: &str) {
        let text = CString::new(sql).expect("SQL");
        // SAFETY: the handle is open and the text is a C string.
        let code = unsafe { c::sqlite3_exec(self.0, text.as_ptr(), None, ptr::null_mut(), ptr::null_mut()) };
        assert_eq!(code, c::SQLITE_OK, "{sql}");
    }

    fn prepare(&self, sql: &str) -> Statement {
        let text = CString::new(sql).expect("SQL");
        let mut statement = ptr::null_mut();
        // SAFETY: as above; the statement is checked before it is used.
        let code = unsafe { c::sqlite3_prepare_v2(self.0, text.as_ptr(), -1, &mut statement, ptr::null_mut()) };
        assert_eq!(code, c::SQLITE_OK, "{sql}");
        Statement(statement)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // SAFETY: every statement of this file is finalised before its database is dropped.
        unsafe { c::sqlite3_close(self.0) };
    }
}

impl Statement {
    fn text(&self, place: i32, text: &str) -> &Statement {
        // SAFETY: SQLite copies the text (TRANSIENT) before the call returns.
        unsafe {
            c::sqlite3_bind_text(self.0, place, text.as_ptr().cast(), text.len() as i32, c::SQLITE_TRANSIENT());
        }
        self
    }

    fn int(&self, place: i32, number: i64) -> &Statement {
        // SAFETY: the statement is alive.
        unsafe { c::sqlite3_bind_int64(self.0, place, number) };
        self
    }

    /// Runs to the end; each row's first `columns` columns are read as text.
    fn rows(&self, columns: i32) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        // SAFETY: the statement is alive; texts are copied before the next step.
        unsafe {
            while c::sqlite3_step(self.0) == c::SQLITE_ROW {
                let text = |column| {
                    let text = c::sqlite3_column_text(self.0, column);
                    if text.is_null() {
                        String::new()
                    } else {
                        CStr::from_ptr(text.cast()).to_string_lossy().into_owned()
                    }
                };
                rows.push((0..columns).map(text).collect());
            }
            assert_eq!(c::sqlite3_reset(self.0), c::SQLITE_OK);
        }
        rows
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: finalised once.
        unsafe { c::sqlite3_finalize(self.0) };
    }
}

/// Ids of payouts that can be cancelled, oldest first.
pub fn queued(path: &Path, count: usize) -> Vec<String> {
    let database = Database::open(path);
    let sql = format!("SELECT id FROM payouts WHERE state = 'queued' ORDER BY id LIMIT {count}");
    let ids: Vec<String> = database.prepare(&sql).rows(1).into_iter().map(|mut row| row.remove(0)).collect();
    assert_eq!(ids.len(), count, "enough queued payouts");
    ids
}

/// The id that is this far from the newest.
pub fn nth_newest(path: &Path, nth: usize) -> String {
    let database = Database::open(path);
    let sql = format!("SELECT id FROM payouts ORDER BY id DESC LIMIT 1 OFFSET {nth}");
    database.prepare(&sql).rows(1).remove(0).remove(0)
}

/// A whole copy, with nothing left in a WAL.
pub fn copy(from: &Path, to: &Path) {
    let database = Database::open(from);
    database.run(&format!("VACUUM INTO '{}'", to.display()));
}

/// Writes the rows of these cancels, `group` to a commit; answers the rate per second.
///
/// Wallet and counters once per commit, as the desk does; every other row once per cancel. The audit rows carry a
/// ready-made hash.
pub fn cancels(path: &Path, ids: &[String], group: usize) -> f64 {
    let database = Database::open(path);
    let wallet = database.prepare("SELECT id, client_id FROM wallets LIMIT 1").rows(2).remove(0);
    let (wallet, client) = (wallet[0].as_str(), wallet[1].as_str());
    let (available, held, paid) = (format!("{wallet}:available"), format!("{wallet}:held"), "f".repeat(64));
    let hold = database.prepare("SELECT hold_id FROM payouts WHERE id = ?1");
    let payout = database.prepare(
        "UPDATE payouts SET state = 'cancelled', closed_by = 'client', cancelled_at = ?2, due_at = NULL, version = \
         version + 1 WHERE id = ?1 AND version = 2",
    );
    let ledger = database.prepare(
        "INSERT INTO ledger_transactions (id, kind, client_id, wallet_id, payout_id, hold_id, hold_phase, currency, \
         available_delta_minor, held_delta_minor, available_after_minor, held_after_minor, remarks, created_at) VALUES \
         (?1, 'PAYOUT_REFUND', ?2, ?3, ?4, ?5, 'close', 'USD', 10150, -10150, 1, 1, 'Refund of cancelled payout', ?6)",
    );
    let posting = database.prepare("INSERT INTO postings VALUES (?1, ?2, ?3, ?4, ?5, 'USD')");
    let event = database.prepare(
        "INSERT INTO payout_events (payout_id, seq, event_type, from_state, to_state, actor_type, actor_name, message, \
         via, request_id, created_at) VALUES (?1, 3, 'status_change', 'queued', 'cancelled', 'client', 'bench', \
         'Payout cancelled by client', 'api_v1', 'req_0123456789abcdef01234567', ?2)",
    );
    let audit = database.prepare(
        "INSERT INTO audit_log (chain, seq, at, actor_id, actor_name, via, ip, request_id, action, subject_id, \
         client_id, outcome, hash) VALUES ('raw', ?1, ?2, 'key_01m7y494cme1xvk5p3jgn47wff', 'bench', 'api_v1', \
         '127.0.0.1', 'req_0123456789abcdef01234567', 'payout.cancel', ?3, ?4, 'done', ?5)",
    );
    let balance = database.prepare(
        "UPDATE wallets SET available_minor = available_minor + ?2, held_minor = held_minor - ?2, \
                          version = version + 1 WHERE id = ?1",
    );
    let counter = database.prepare(
        "UPDATE payout_counters SET payouts = payouts + ?3, amount_minor = amount_minor + ?4, fees_minor = fees_minor \
         + ?5 WHERE wallet_id = ?1 AND bucket = ?2",
    );
    let seq = "SELECT COALESCE(MAX(seq), 0) FROM audit_log WHERE chain = 'raw'";
    let earlier: i64 = database.prepare(seq).rows(1)[0][0].parse().expect("a number");
    let started = Instant::now();
    for (number, ids) in ids.chunks(group).enumerate() {
        database.run("BEGIN IMMEDIATE");
        for (place, id) in ids.iter().enumerate() {
            let at = earlier + (number * group + place) as i64;
            let hold_id = hold.text(1, id).rows(1).remove(0).remove(0);
            let transaction = format!("ltx_raw{at:022}");
            payout.text(1, id).int(2, at).rows(0);
            ledger
                .text(1, &transaction)
                .text(2, client)
                .text(3, wallet)
                .text(4, id)
                .text(5, &hold_id)
                .int(6, at)
                .rows(0);
            for (position, amount) in [(0, 10_000), (1, 150)] {
                posting
                    .text(1, &transaction)
                    .int(2, position)
                    .text(3, &held)
                    .text(4, &available)
                    .int(5, amount)
                    .rows(0);
            }
            event.text(1, id).int(2, at).rows(0);
            audit.int(1, at + 1).int(2, at).text(3, id).text(4, client).text(5, &paid).rows(0);
        }
        let all = ids.len() as i64;
        balance.text(1, wallet).int(2, all * 10_150).rows(0);
        counter.text(1, wallet).text(2, "queued").int(3, -all).int(4, -all * 10_000).int(5, -all * 150).rows(0);
        counter.text(1, wallet).text(2, "cancelled").int(3, all).int(4, all * 10_000).int(5, all * 150).rows(0);
        database.run("COMMIT");
    }
    ids.len() as f64 / started.elapsed().as_secs_f64()
}

/// What the list page of staff shows, read by C.
pub struct Page {
    statement: Statement,
    _database: Database,
}

impl Page {
    pub fn open(path: &Path) -> Page {
        let database = Database::open(path);
        let statement = database.prepare(
            "SELECT p.id, p.reference_id, p.state, p.action, p.outcome_unknown_since, p.submitted_at, p.returned_at, \
             p.amount_minor, p.fees_minor, p.currency, p.destination_minor, p.destination_currency, p.reversed_minor, \
             p.description, p.rail, p.version, p.maker_staff_id, p.payee_id, b.first_name, b.last_name, b.email, \
             a.label, w.number, w.name, c.name, (SELECT e.actor_name FROM payout_events e WHERE e.payout_id = \
             p.id ORDER BY e.seq DESC LIMIT 1), (SELECT e.created_at FROM payout_events e WHERE e.payout_id = p.id \
             ORDER BY e.seq DESC LIMIT 1) FROM (SELECT * FROM payouts ORDER BY id DESC LIMIT 51) AS p JOIN payees b ON \
             b.id = p.payee_id LEFT JOIN payee_accounts a ON a.id = p.account_id JOIN wallets w ON w.id = p.wallet_id JOIN clients c ON c.id = p.client_id ORDER BY p.id \
             DESC",
        );
        Page { statement, _database: database }
    }

    /// The rows, a line each.
    pub fn read(&self) -> String {
        let rows = self.statement.rows(27);
        assert_eq!(rows.len(), 51);
        rows.iter().map(|row| row.join("\t") + "\n").collect()
    }
}
