//! `verify` against rows that were changed behind the desk's back.

use std::time::Duration;

use paydesk::service::reversals::{self, ReversalInput};
use paydesk::service::{payouts, verify};
use paydesk::store::{Engine, Reader};

use crate::support::app::{TestDesk, desk};

/// A desk on which something of everything has happened.
async fn busy() -> TestDesk {
    let test = desk().await;
    let paid = test.completed("50.00").await.payout.id;
    let part = ReversalInput { amount: Some("5.00".into()), reason: Some("r".into()), ..ReversalInput::default() };
    reversals::reverse(&test.desk, &test.operator, paid, &part, None, None, Duration::ZERO).await.expect("a reversal");
    test.run_jobs(2).await;
    let cancelled = test.payout("10.00").await.payout.id;
    payouts::cancel(&test.desk, &test.operator, cancelled, None, None, None).await.expect("a refund");
    test.payout("20.00").await;
    test.verify().await;
    test
}

/// Writes past every rule: somebody with the file in their hands is not held up by triggers either.
async fn by_hand(test: &TestDesk, sql: &'static str) {
    let changed = test.desk.store.write(move |tx| Box::pin(async move { tx.execute(sql, &[]).await }));
    assert!(changed.await.expect(sql) > 0, "{sql} changed nothing");
}

async fn without_triggers(test: &TestDesk) {
    let engine = test.desk.store.engine();
    let dropped = test.desk.store.write(move |tx| {
        Box::pin(async move {
            for table in ["ledger_transactions", "postings", "payout_events", "audit_log"] {
                if engine == Engine::Postgres {
                    tx.execute(&format!("ALTER TABLE {table} DISABLE TRIGGER USER"), &[]).await?;
                } else {
                    tx.execute(&format!("DROP TRIGGER {table}_stay"), &[]).await?;
                    tx.execute(&format!("DROP TRIGGER {table}_remain"), &[]).await?;
                }
            }
            Ok(())
        })
    });
    dropped.await.expect("no triggers");
}

async fn differences(test: &TestDesk) -> Vec<String> {
    let mut reader = Reader::open(&test.location).await.expect("a reader");
    verify::verify(&mut reader, &test.desk.keys.ids()).await.expect("a report").differences
}

#[tokio::test(flavor = "multi_thread")]
async fn each_promise_is_found_broken_by_its_own_check() {
    let test = busy().await;
    without_triggers(&test).await;
    let counters = "the counters behind tabs and totals equal what they count";
    let paid = "money out by the quarter of an hour equals the completed payouts";
    let totals = "a payee's totals equal the payouts completed to it";
    let history = "the history of a payout is complete and ends in its state";
    let reversal = "a completed reversal has exactly its ledger transaction, any other one has none";
    let lines = "each statement line continues the one before it";
    let wallet = "a wallet's two balances are the sum of its postings";
    let moved = "a ledger transaction moves its wallet by exactly its postings";
    let chain = "the audit chain is unbroken";
    let mut before = Vec::new();
    // One after the other on one desk; what each adds to the report is its own.
    for (change, promises) in [
        ("UPDATE payout_counters SET payouts = payouts + 1 WHERE bucket = 'completed'", &[counters][..]),
        ("UPDATE payout_counters SET amount_minor = amount_minor + 1 WHERE bucket = 'cancelled'", &[counters]),
        ("UPDATE payout_counters SET fees_minor = fees_minor + 1 WHERE bucket = 'created'", &[counters]),
        ("DELETE FROM payout_counters WHERE bucket = 'cancelled'", &[counters]),
        ("UPDATE money_out SET payouts = payouts + 1", &[paid]),
        ("UPDATE money_out SET amount_minor = amount_minor - 1", &[paid]),
        ("UPDATE money_out SET slot = slot + 900000000", &[paid, paid]),
        ("UPDATE payee_totals SET payouts = payouts + 1", &[totals]),
        ("UPDATE payee_totals SET amount_minor = amount_minor + 1", &[totals]),
        ("DELETE FROM payee_totals", &[totals]),
        ("UPDATE wallets SET available_minor = available_minor + 1 WHERE number = 1", &[wallet]),
        ("UPDATE postings SET amount_minor = amount_minor + 1 WHERE to_account = 'USD:fees'", &[wallet, moved]),
        (
            "UPDATE ledger_transactions SET held_after_minor = held_after_minor + 1 WHERE kind = 'PAYOUT_SETTLED'",
            &[lines, lines],
        ),
        ("UPDATE ledger_transactions SET reversal_id = NULL WHERE kind = 'PAYOUT_REVERSAL'", &[reversal]),
        ("DELETE FROM payout_events WHERE to_state = 'cancelled'", &[history]),
        ("UPDATE audit_log SET reason = 'another' WHERE seq = 3", &[chain]),
    ] {
        by_hand(&test, change).await;
        let now = differences(&test).await;
        let new = now.iter().filter(|line| !before.contains(*line));
        let found: Vec<&str> = new.map(|line| line.split(": ").next().unwrap_or_default()).collect();
        assert_eq!(found, promises, "{change}: {now:?}");
        before = now;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn doubts_without_cases_and_losses_that_do_not_add_up_are_found() {
    let test = desk().await;
    // One that nobody answers about, and one that is paid after its refund.
    test.payout("90.43").await;
    test.completed("90.57").await;
    test.verify().await;
    without_triggers(&test).await;
    let doubt = "every doubt has its one open case, and no other case is open but those of what rails did wrong";
    let case = "every loss has its case";
    let loss = "what was paid after its refund is booked as a loss, and nothing else is";
    let paid = "what a payout's payee has is what was paid out less what came back";
    let mut before = Vec::new();
    for (change, promises) in [
        ("UPDATE cases SET subject_id = 'pyt_gone' WHERE kind = 'unknown_payout'", &[doubt, doubt][..]),
        ("UPDATE cases SET subject_id = 'pyt_gone' WHERE kind = 'paid_after_refund'", &[case]),
        ("UPDATE postings SET amount_minor = amount_minor + 1 WHERE from_account = 'USD:loss'", &[paid, loss]),
    ] {
        by_hand(&test, change).await;
        let now = differences(&test).await;
        let new = now.iter().filter(|line| !before.contains(*line));
        let found: Vec<&str> = new.map(|line| line.split(": ").next().unwrap_or_default()).collect();
        assert_eq!(found, promises, "{change}: {now:?}");
        before = now;
    }
}
