//! The questions `paydesk verify` asks the database; each answers the rows that break a promise.

use serde::Deserialize;

use super::sql::Engine;
use super::{Reader, StoreError, sql};

/// A promise, and the query for the rows that break it: `id` and `detail`.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    pub promise: &'static str,
    pub broken: &'static str,
}

/// A row that breaks a promise.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Broken {
    pub id: String,
    pub detail: String,
}

/// How many rows are named per promise.
const NAMED: usize = 20;

/// Every promise about money and states that the rows themselves can show.
pub const CHECKS: &[Check] = &[
    Check {
        promise: "a wallet's two balances are the sum of its postings",
        broken: "SELECT w.id, 'available ' || w.available_minor || ' but postings say ' || COALESCE(a.minor, 0) || \
            ', held ' || w.held_minor || ' but postings say ' || COALESCE(h.minor, 0) AS detail FROM wallets w \
            LEFT JOIN (SELECT account, SUM(minor) AS minor FROM (SELECT to_account AS account, SUM(amount_minor) AS \
            minor FROM postings GROUP BY to_account UNION ALL SELECT from_account, -SUM(amount_minor) FROM postings \
            GROUP BY from_account) AS s GROUP BY account) AS a ON a.account = w.id || ':available' LEFT JOIN (SELECT \
            account, SUM(minor) AS minor FROM (SELECT to_account AS account, SUM(amount_minor) AS minor FROM \
            postings GROUP BY to_account UNION ALL SELECT from_account, -SUM(amount_minor) FROM postings GROUP BY \
            from_account) AS s GROUP BY account) AS h ON h.account = w.id || ':held' WHERE w.available_minor <> \
            COALESCE(a.minor, 0) OR w.held_minor <> COALESCE(h.minor, 0)",
    },
    Check {
        promise: "a ledger transaction moves its wallet by exactly its postings",
        broken: "SELECT t.id, 'number ' || t.number AS detail FROM ledger_transactions t LEFT JOIN (SELECT \
            transaction_id, SUM(CASE WHEN to_account LIKE '%:available' THEN amount_minor ELSE 0 END) - SUM(CASE \
            WHEN from_account LIKE '%:available' THEN amount_minor ELSE 0 END) AS available, SUM(CASE WHEN \
            to_account LIKE '%:held' THEN amount_minor ELSE 0 END) - SUM(CASE WHEN from_account LIKE '%:held' THEN \
            amount_minor ELSE 0 END) AS held FROM postings GROUP BY transaction_id) AS p ON p.transaction_id = t.id \
            WHERE t.kind <> 'TRANSFER' AND (p.transaction_id IS NULL OR p.available <> t.available_delta_minor OR p.held \
            <> t.held_delta_minor)",
    },
    Check {
        promise: "a transfer takes from one wallet what it brings to the other, by one posting, or moves nothing",
        broken: "SELECT t.id, 'state ' || t.state || ', lines ' || COALESCE(l.lines, 0) || ', postings ' || \
            COALESCE(p.postings, 0) AS detail FROM transfers t LEFT JOIN (SELECT transfer_id, COUNT(*) AS lines, \
            SUM(available_delta_minor) AS sum_minor, SUM(ABS(held_delta_minor)) AS held FROM ledger_transactions WHERE \
            transfer_id IS NOT NULL GROUP BY transfer_id) AS l ON l.transfer_id = t.id LEFT JOIN (SELECT \
            b.transfer_id, COUNT(*) AS postings, MIN(s.amount_minor) AS amount_minor, MIN(s.from_account) AS \
            from_account, MIN(s.to_account) AS to_account FROM ledger_transactions b JOIN postings s ON \
            s.transaction_id = b.id WHERE b.transfer_id IS NOT NULL GROUP BY b.transfer_id) AS p ON p.transfer_id = \
            t.id LEFT JOIN ledger_transactions o ON o.transfer_id = t.id AND o.wallet_id = t.source_wallet_id LEFT \
            JOIN ledger_transactions i ON i.transfer_id = t.id AND i.wallet_id = t.target_wallet_id WHERE CASE WHEN \
            t.state <> 'completed' THEN l.lines IS NOT NULL ELSE l.lines IS NULL OR p.postings IS NULL OR p.postings \
            <> 1 OR l.held <> 0 OR p.amount_minor <> t.amount_minor OR i.id IS NULL OR i.available_delta_minor <> \
            t.amount_minor OR p.to_account <> t.target_wallet_id || ':available' OR CASE WHEN t.source_wallet_id IS \
            NULL THEN l.lines <> 1 OR i.kind <> 'FUNDING' ELSE l.lines <> 2 OR l.sum_minor <> 0 OR i.kind <> \
            'TRANSFER' OR o.id IS NULL OR o.kind <> 'TRANSFER' OR p.from_account <> t.source_wallet_id || \
            ':available' END END",
    },
    Check {
        promise: "each statement line continues the one before it",
        broken: "SELECT q.id, 'number ' || q.number AS detail FROM (SELECT id, number, available_after_minor, \
            held_after_minor, available_delta_minor, held_delta_minor, LAG(available_after_minor, 1, 0) OVER w AS \
            available_before, LAG(held_after_minor, 1, 0) OVER w AS held_before FROM ledger_transactions WINDOW w AS \
            (PARTITION BY wallet_id ORDER BY number)) AS q WHERE q.available_before + q.available_delta_minor <> \
            q.available_after_minor OR q.held_before + q.held_delta_minor <> q.held_after_minor",
    },
    Check {
        promise: "a hold is opened for amount and fees, and closed exactly when its payout has ended",
        broken: "SELECT p.id, 'state ' || p.state || ', opened ' || COALESCE(o.kind, 'never') || ', closed ' || \
            COALESCE(c.kind, 'never') AS detail FROM payouts p LEFT JOIN ledger_transactions o ON o.hold_id = \
            p.hold_id AND o.hold_phase = 'open' LEFT JOIN ledger_transactions c ON c.hold_id = p.hold_id AND \
            c.hold_phase = 'close' WHERE (p.hold_id IS NULL AND p.state IN ('created', 'processing', 'settling', 'completed')) OR p.hold_id IS NOT NULL AND \
            (o.id IS NULL OR o.payout_id <> p.id OR \
            o.held_delta_minor <> p.amount_minor + p.fees_minor OR (c.id IS NOT NULL AND c.held_delta_minor <> \
            -(p.amount_minor + p.fees_minor)) OR COALESCE(c.kind, 'none') <> CASE WHEN p.state = 'completed' THEN \
            'PAYOUT_SETTLED' WHEN p.state IN ('failed', 'cancelled', 'expired') THEN 'PAYOUT_REFUND' ELSE 'none' \
            END)",
    },
    Check {
        promise: "every hold belongs to a payout or a payout link",
        broken: "SELECT t.id, 'hold ' || t.hold_id AS detail FROM ledger_transactions t LEFT JOIN payouts p ON \
            p.hold_id = t.hold_id LEFT JOIN ledger_transactions o ON o.hold_id = t.hold_id AND o.hold_phase = 'open' \
            WHERE t.hold_id IS NOT NULL AND CASE WHEN t.link_id IS NULL THEN p.id IS NULL ELSE o.id IS NULL OR \
            o.link_id IS NULL OR o.link_id <> t.link_id END",
    },
    Check {
        promise: "a payout link's money is held exactly while it is issued, and each claim and end releases it once",
        broken: "SELECT l.id, 'state ' || l.state || ', opened ' || COALESCE(h.opened, 0) || ', closed ' || \
            COALESCE(h.closed, 0) || ', claimed ' || l.attempt_count AS detail FROM payout_links l LEFT JOIN (SELECT \
            link_id, SUM(CASE WHEN hold_phase = 'open' THEN 1 ELSE 0 END) AS opened, SUM(CASE WHEN hold_phase = \
            'close' THEN 1 ELSE 0 END) AS closed, MIN(ABS(held_delta_minor)) AS least, MAX(ABS(held_delta_minor)) AS \
            most FROM ledger_transactions WHERE link_id IS NOT NULL GROUP BY link_id) AS h ON h.link_id = l.id LEFT \
            JOIN ledger_transactions c ON c.hold_id = l.hold_id AND c.hold_phase = 'close' WHERE COALESCE(h.opened, \
            0) - COALESCE(h.closed, 0) <> CASE WHEN l.state = 'issued' THEN 1 ELSE 0 END OR COALESCE(h.closed, 0) <> \
            l.attempt_count + CASE WHEN l.state IN ('cancelled', 'expired') AND l.issued_at IS NOT NULL THEN 1 ELSE \
            0 END OR h.least <> l.amount_minor + l.fees_minor OR h.most <> l.amount_minor + l.fees_minor OR \
            (l.state = 'issued' AND c.id IS NOT NULL) OR (l.hold_id IS NULL) <> (l.issued_at IS NULL)",
    },
    Check {
        promise: "a claimed payout link has its payout, which costs what the link held and stands where the link says",
        broken: "SELECT l.id, 'state ' || l.state || ', payout ' || COALESCE(p.state, 'none') || ', claimed ' || \
            l.attempt_count || ', payouts ' || COALESCE(n.payouts, 0) AS detail FROM payout_links l LEFT JOIN payouts \
            p ON p.id = l.payout_id LEFT JOIN (SELECT link_id, COUNT(*) AS payouts FROM payouts WHERE link_id IS NOT \
            NULL GROUP BY link_id) AS n ON n.link_id = l.id WHERE COALESCE(n.payouts, 0) <> l.attempt_count OR \
            (l.payout_id IS NOT NULL AND (p.id IS NULL OR p.link_id IS NULL OR p.link_id <> l.id OR p.wallet_id <> \
            l.wallet_id OR p.amount_minor <> l.amount_minor OR p.fees_minor <> l.fees_minor OR p.payee_id <> \
            l.payee_id OR p.state IN ('failed', 'cancelled', 'expired') OR (p.state = 'completed') <> (l.state = \
            'processed')))",
    },
    Check {
        promise: "the history of a payout link is complete and ends in its state",
        broken: "SELECT l.id, 'state ' || l.state || ', history of ' || COALESCE(e.lines, 0) AS detail FROM \
            payout_links l LEFT JOIN (SELECT link_id, COUNT(*) AS lines, MIN(seq) AS first_seq, MAX(seq) AS last_seq \
            FROM payout_link_events GROUP BY link_id) AS e ON e.link_id = l.id LEFT JOIN payout_link_events v ON \
            v.link_id = l.id AND v.seq = e.last_seq WHERE e.lines IS NULL OR e.first_seq <> 1 OR e.last_seq <> \
            e.lines OR v.to_state <> l.state",
    },
    Check {
        promise: "the counters of payout links equal what they count",
        broken: "SELECT q.wallet_id AS id, q.bucket || ': counted ' || q.counted || ', there are ' || q.there AS \
            detail FROM (SELECT COALESCE(c.wallet_id, l.wallet_id) AS wallet_id, COALESCE(c.bucket, l.bucket) AS \
            bucket, COALESCE(c.payouts, 0) AS counted, COALESCE(l.links, 0) AS there, COALESCE(c.amount_minor, 0) \
            AS counted_amount, COALESCE(l.amount_minor, 0) AS amount, COALESCE(c.fees_minor, 0) AS counted_fees, \
            COALESCE(l.fees_minor, 0) AS fees FROM payout_link_counters c FULL JOIN (SELECT wallet_id, CASE WHEN \
            reopened_at IS NOT NULL THEN 'reopened' ELSE state END AS bucket, COUNT(*) AS links, \
            SUM(amount_minor) AS amount_minor, SUM(fees_minor) AS fees_minor FROM payout_links GROUP BY 1, 2) AS l \
            ON l.wallet_id = c.wallet_id AND l.bucket = c.bucket) AS q WHERE q.counted <> q.there OR \
            q.counted_amount <> q.amount OR q.counted_fees <> q.fees",
    },
    Check {
        promise: "what is reversed is the sum of the reversals, and never more than was paid",
        broken: "SELECT p.id, 'reversed ' || p.reversed_minor || ', completed ' || p.reversed_done_minor AS detail \
            FROM payouts p LEFT JOIN (SELECT payout_id, SUM(CASE WHEN state <> 'failed' THEN amount_minor ELSE 0 \
            END) AS open_sum, SUM(CASE WHEN state = 'completed' THEN amount_minor ELSE 0 END) AS done_sum, \
            SUM(COALESCE(source_minor, 0)) AS source_sum FROM reversals GROUP BY payout_id) AS r ON r.payout_id = \
            p.id WHERE p.reversed_minor <> COALESCE(r.open_sum, 0) OR p.reversed_done_minor <> \
            COALESCE(r.done_sum, 0) OR p.reversed_source_minor <> COALESCE(r.source_sum, 0) OR p.reversed_minor > \
            p.destination_minor OR (p.reversed_minor > 0 AND p.state <> 'completed')",
    },
    Check {
        promise: "what a payout's payee has is what was paid out less what came back",
        broken: "SELECT p.id, 'stands as paid out: ' || COALESCE(o.minor, 0) || ' ' || p.destination_currency || ', \
            elsewhere ' || COALESCE(o.other, 0) AS detail FROM payouts p LEFT JOIN (SELECT t.payout_id, SUM(CASE WHEN \
            s.to_account = q.account THEN s.amount_minor WHEN s.from_account = q.account THEN -s.amount_minor ELSE 0 \
            END) AS minor, SUM(CASE WHEN s.to_account <> q.account AND s.to_account LIKE '%:paid_out' THEN 1 WHEN \
            s.from_account <> q.account AND s.from_account LIKE '%:paid_out' THEN 1 ELSE 0 END) AS other FROM \
            ledger_transactions t JOIN (SELECT id, destination_currency || ':paid_out' AS account FROM payouts) AS q \
            ON q.id = t.payout_id JOIN postings s ON s.transaction_id = t.id GROUP BY t.payout_id) AS o ON \
            o.payout_id = p.id WHERE COALESCE(o.other, 0) <> 0 OR COALESCE(o.minor, 0) <> CASE WHEN p.state = \
            'completed' AND p.returned_at IS NULL THEN p.destination_minor - p.reversed_done_minor WHEN p.state IN \
            ('failed', 'cancelled', 'expired') AND EXISTS (SELECT 1 FROM ledger_transactions l WHERE l.payout_id = p.id \
            AND l.kind = 'LOSS') THEN p.destination_minor ELSE 0 END",
    },
    Check {
        promise: "every doubt has its one open case, and no other case is open but those of what rails did wrong",
        broken: "SELECT COALESCE(d.id, c.subject_id) AS id, COALESCE(d.kind, c.kind) || ', ' || COALESCE(c.cases, 0) || \
            ' open cases' AS detail FROM (SELECT id, 'unknown_payout' AS kind FROM payouts WHERE outcome_unknown_since IS \
            NOT NULL UNION ALL SELECT id, 'unknown_reversal' FROM reversals WHERE outcome_unknown_since IS NOT NULL UNION \
            ALL SELECT id, 'unanswered_cancellation' FROM cancellations WHERE state = 'unanswered') AS d FULL JOIN \
            (SELECT subject_id, kind, COUNT(*) AS cases FROM cases WHERE state <> 'closed' AND kind NOT \
            IN ('paid_after_refund', 'failed_after_paid') GROUP BY subject_id, kind) AS c ON c.subject_id = d.id AND c.kind = d.kind WHERE d.id IS \
            NULL OR c.cases IS NULL OR c.cases <> 1",
    },
    Check {
        promise: "what staff pay was taken by somebody, and ended as it is recorded",
        broken: "SELECT p.id, 'state ' || p.state AS detail FROM payouts p LEFT JOIN manual_takings t ON t.payout_id = \
            p.id LEFT JOIN manual_answers n ON n.subject_id = p.id AND n.kind = 'payout' AND n.state = 'booked' WHERE p.rail = 'manual' AND \
            ((p.submitted_at IS NULL) <> (t.payout_id IS NULL) OR (n.verdict = 'done' AND p.state <> 'completed') OR \
            (n.verdict = 'not_done' AND p.state <> 'failed'))",
    },
    Check {
        promise: "what staff say that the bank did afterwards is booked",
        broken: "SELECT n.payout_id AS id, 'verdict ' || n.verdict AS detail FROM manual_answers n JOIN payouts p ON p.id \
            = n.payout_id LEFT JOIN ledger_transactions t ON t.payout_id = p.id AND t.kind = 'LOSS' WHERE n.kind = \
            'aftermath' AND n.state = 'booked' AND ((n.verdict = 'done' AND t.id IS NULL) OR (n.verdict = 'not_done' AND \
            p.returned_at IS NULL))",
    },
    Check {
        promise: "nothing waits to be confirmed of what has ended",
        broken: "SELECT n.id, p.id || ', ' || p.state AS detail FROM manual_answers n JOIN payouts p ON p.id = n.payout_id \
            WHERE n.state = 'waiting' AND n.kind NOT IN ('reversal', 'aftermath') AND p.state IN ('completed', 'failed', 'cancelled', \
            'expired')",
    },
    Check {
        promise: "no question stands open about what has ended",
        broken: "SELECT a.id, 'payout ' || p.state AS detail FROM cancellations a JOIN payouts p ON p.id = a.payout_id \
            WHERE a.state IN ('requested', 'unanswered') AND p.state IN ('completed', 'failed', 'cancelled', 'expired')",
    },
    Check {
        promise: "what a rail said had failed after it was paid has its case",
        broken: "SELECT e.payout_id AS id, 'seq ' || e.seq AS detail FROM payout_events e LEFT JOIN cases c ON \
            c.subject_id = e.payout_id AND c.kind = 'failed_after_paid' WHERE e.event_type = 'provider' AND e.message = \
            'Provider says that it failed, after it said that it was paid' AND c.id IS NULL",
    },
    Check {
        promise: "every loss has its case",
        broken: "SELECT t.payout_id AS id, 'kind ' || t.kind AS detail FROM ledger_transactions t LEFT JOIN cases c ON \
            c.subject_id = t.payout_id AND c.kind = 'paid_after_refund' WHERE t.kind = 'LOSS' AND c.id IS NULL",
    },
    Check {
        promise: "what was paid after its refund is booked as a loss, and nothing else is",
        broken: "SELECT p.id, 'state ' || p.state || ', ' || COALESCE(l.losses, 0) || ' losses, ' || \
            COALESCE(e.lines, 0) || ' in its history' AS detail FROM (SELECT payout_id FROM ledger_transactions WHERE \
            kind = 'LOSS' UNION SELECT payout_id FROM payout_events WHERE event_type = 'loss') AS q JOIN payouts p ON \
            p.id = q.payout_id LEFT JOIN (SELECT t.payout_id, COUNT(*) AS losses, SUM(s.amount_minor) AS minor FROM \
            ledger_transactions t JOIN postings s ON s.transaction_id = t.id WHERE t.kind = 'LOSS' AND s.from_account \
            LIKE '%:loss' GROUP BY t.payout_id) AS l ON l.payout_id = p.id LEFT JOIN (SELECT payout_id, COUNT(*) AS \
            lines FROM payout_events WHERE event_type = 'loss' GROUP BY payout_id) AS e ON e.payout_id = p.id WHERE \
            l.losses IS NULL OR l.losses <> 1 OR e.lines IS NULL OR e.lines <> 1 OR l.minor <> p.destination_minor OR \
            p.hold_id IS NULL OR p.state NOT IN ('failed', 'cancelled', 'expired')",
    },
    Check {
        promise: "what is exchanged has a rate, and what is not reaches its payee as it left",
        broken: "SELECT p.id, p.amount_minor || ' ' || p.currency || ' for ' || p.destination_minor || ' ' || \
            p.destination_currency || ' at ' || COALESCE(p.rate, 'none') AS detail FROM payouts p WHERE CASE WHEN \
            p.currency = p.destination_currency THEN p.amount_minor <> p.destination_minor OR p.rate IS NOT NULL ELSE \
            p.rate IS NULL END",
    },
    Check {
        promise: "a quote became its payout exactly when it was committed, and as it was promised",
        broken: "SELECT q.id, 'committed ' || COALESCE(q.committed_at, 0) || ', payout ' || COALESCE(p.state, 'none') \
            AS detail FROM quotes q LEFT JOIN payouts p ON p.id = q.id WHERE (q.committed_at IS NULL) <> (p.id IS NULL) \
            OR (p.id IS NOT NULL AND (p.wallet_id <> q.wallet_id OR p.payee_id <> q.payee_id OR p.amount_minor <> \
            q.amount_minor OR p.fees_minor <> q.fees_minor OR p.destination_minor <> q.destination_minor OR \
            p.destination_currency <> q.destination_currency))",
    },
    Check {
        promise: "a completed reversal has exactly its ledger transaction, any other one has none",
        broken: "SELECT r.id, 'state ' || r.state AS detail FROM reversals r LEFT JOIN ledger_transactions t ON \
            t.reversal_id = r.id WHERE (r.state = 'completed' AND (t.id IS NULL OR t.available_delta_minor <> \
            r.source_minor OR t.kind <> 'PAYOUT_REVERSAL')) OR (r.state <> 'completed' AND t.id IS NOT NULL)",
    },
    Check {
        promise: "the history of a payout is complete and ends in its state",
        broken: "SELECT p.id, 'state ' || p.state || ', history of ' || COALESCE(e.lines, 0) AS detail FROM payouts p \
            LEFT JOIN (SELECT payout_id, COUNT(*) AS lines, MIN(seq) AS first_seq, MAX(seq) AS last_seq FROM \
            payout_events GROUP BY payout_id) AS e ON e.payout_id = p.id LEFT JOIN payout_events l ON l.payout_id = \
            p.id AND l.seq = e.last_seq WHERE e.lines IS NULL OR e.first_seq <> 1 OR e.last_seq <> e.lines OR \
            l.to_state <> p.state",
    },
    Check {
        promise: "the counters behind tabs and totals equal what they count",
        broken: "SELECT q.wallet_id AS id, q.bucket || ': counted ' || q.counted || ', there are ' || q.there AS \
            detail FROM (SELECT COALESCE(c.wallet_id, p.wallet_id) AS wallet_id, COALESCE(c.bucket, p.bucket) AS \
            bucket, COALESCE(c.payouts, 0) AS counted, COALESCE(p.payouts, 0) AS there, COALESCE(c.amount_minor, 0) \
            AS counted_amount, COALESCE(p.amount_minor, 0) AS amount, COALESCE(c.fees_minor, 0) AS counted_fees, \
            COALESCE(p.fees_minor, 0) AS fees FROM payout_counters c FULL JOIN (SELECT wallet_id, CASE WHEN state = \
            'action_required' AND action = 'approval' THEN 'to_approve' WHEN outcome_unknown_since IS NOT NULL THEN \
            'unknown' ELSE state END AS bucket, COUNT(*) AS payouts, SUM(amount_minor) AS amount_minor, \
            SUM(fees_minor) AS fees_minor FROM payouts GROUP BY 1, 2) AS p ON p.wallet_id = c.wallet_id AND p.bucket \
            = c.bucket) AS q WHERE q.counted <> q.there OR q.counted_amount <> q.amount OR q.counted_fees <> q.fees",
    },
    Check {
        promise: "the counts of a batch equal its items",
        broken: "SELECT b.id, 'counted ' || b.items || ': ' || b.pending || ', ' || b.done || ', ' || b.asked || ', ' || \
            b.refused || ', ' || b.failed || '; there are ' || COALESCE(i.items, 0) || ': ' || COALESCE(i.pending, 0) || \
            ', ' || COALESCE(i.done, 0) || ', ' || COALESCE(i.asked, 0) || ', ' || COALESCE(i.refused, 0) || ', ' || \
            COALESCE(i.failed, 0) AS detail FROM batches b LEFT JOIN (SELECT batch_id, COUNT(*) AS items, SUM(CASE WHEN \
            state = 'pending' THEN 1 ELSE 0 END) AS pending, SUM(CASE WHEN state = 'done' THEN 1 ELSE 0 END) AS done, \
            SUM(CASE WHEN state = 'asked' THEN 1 ELSE 0 END) AS asked, SUM(CASE WHEN state = 'refused' THEN 1 ELSE 0 \
            END) AS refused, SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END) AS failed FROM batch_items GROUP BY \
            batch_id) AS i ON i.batch_id = b.id WHERE b.items <> COALESCE(i.items, 0) OR b.pending <> \
            COALESCE(i.pending, 0) OR b.done <> COALESCE(i.done, 0) OR b.asked <> COALESCE(i.asked, 0) OR b.refused <> \
            COALESCE(i.refused, 0) OR b.failed <> COALESCE(i.failed, 0) OR b.acting > b.items OR (b.state = 'done' AND \
            b.pending <> 0) OR (b.started_at IS NULL AND b.done + b.asked + b.failed > 0)",
    },
    Check {
        promise: "what a batch has done is done: cancelled, asked for, reversed or made",
        broken: "SELECT i.batch_id AS id, 'item ' || i.seq || ', ' || b.verb || ', ' || i.state AS detail FROM batch_items i \
            JOIN batches b ON b.id = i.batch_id LEFT JOIN payouts p ON p.id = COALESCE(i.subject, i.result_id) LEFT JOIN \
            reversals r ON r.id = i.result_id LEFT JOIN cancellations n ON n.id = i.result_id LEFT JOIN payout_links l ON \
            l.id = i.result_id WHERE i.state IN ('done', 'asked') AND b.drill = 0 AND CASE WHEN i.state = 'asked' THEN n.id IS NULL OR \
            n.payout_id <> i.subject WHEN b.verb = 'cancel' THEN p.id IS NULL OR p.state <> 'cancelled' WHEN b.verb = \
            'reverse' THEN r.id IS NULL OR r.payout_id <> i.subject WHEN b.verb = 'create_links' THEN l.id IS NULL ELSE \
            p.id IS NULL END",
    },
    Check {
        promise: "money out by the quarter of an hour equals the completed payouts",
        broken: "SELECT client_id AS id, currency || ' in the slot ' || slot || ': counted ' || SUM(counted) || ' of ' \
            || SUM(said) || ', there are ' || SUM(there) || ' of ' || SUM(paid) AS detail FROM (SELECT client_id, \
            currency, slot, payouts AS counted, amount_minor AS said, 0 AS there, 0 AS paid FROM money_out UNION ALL \
            SELECT client_id, currency, completed_at - completed_at % 900000000, 0, 0, 1, amount_minor FROM payouts \
            WHERE completed_at IS NOT NULL) AS q GROUP BY client_id, currency, slot HAVING SUM(counted) <> \
            SUM(there) OR SUM(said) <> SUM(paid)",
    },
    Check {
        promise: "a payee's totals equal the payouts completed to it",
        broken: "SELECT payee_id AS id, currency || ': counted ' || SUM(counted) || ' of ' || SUM(said) || ', there \
            are ' || SUM(there) || ' of ' || SUM(paid) AS detail FROM (SELECT payee_id, currency, payouts AS counted, \
            amount_minor AS said, 0 AS there, 0 AS paid FROM payee_totals UNION ALL SELECT payee_id, \
            destination_currency, 0, 0, 1, destination_minor FROM payouts WHERE completed_at IS NOT NULL) AS q GROUP \
            BY payee_id, currency HAVING SUM(counted) <> SUM(there) OR SUM(said) <> SUM(paid)",
    },
];

/// Starts one snapshot for all checks.
pub async fn begin(reader: &mut Reader) -> Result<(), StoreError> {
    match reader.engine {
        Engine::Sqlite => sql::batch(&mut reader.connection, "BEGIN").await?,
        Engine::Postgres => {
            sql::batch(&mut reader.connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        }
    }
    Ok(())
}

pub async fn end(reader: &mut Reader) -> Result<(), StoreError> {
    Ok(sql::batch(&mut reader.connection, "ROLLBACK").await?)
}

/// The rows that break a promise, the first of them by id.
pub async fn broken(reader: &mut Reader, check: &Check) -> Result<Vec<Broken>, StoreError> {
    let inner = format!("SELECT b.id, b.detail FROM ({}) AS b ORDER BY b.id LIMIT {NAMED}", check.broken);
    reader.rows(&["id", "detail"], &inner, &[]).await
}

/// What the engine itself finds wrong with its file.
pub async fn file(reader: &mut Reader) -> Result<Option<String>, StoreError> {
    match reader.engine {
        Engine::Sqlite => {
            let found = reader.text("PRAGMA quick_check(1)".into(), &[]).await?;
            Ok(found.filter(|text| text != "ok"))
        }
        Engine::Postgres => Ok(None),
    }
}

/// How many payouts and ledger transactions there are.
pub async fn sizes(reader: &mut Reader) -> Result<(i64, i64), StoreError> {
    let payouts = reader.int("SELECT COUNT(*) FROM payouts".into(), &[]).await?;
    let transactions = reader.int("SELECT COUNT(*) FROM ledger_transactions".into(), &[]).await?;
    Ok((payouts.unwrap_or(0), transactions.unwrap_or(0)))
}
